"""dbt inside this process: parse once, build what is selected, leave no connection behind."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asn_warehouse.errors import BuildFailed

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

_QUIET = ("--log-level", "none", "--log-level-file", "info", "--no-version-check")
_CHOICE = ("--indirect-selection", "buildable", "--exclude-resource-type", "unit_test")
"""A test of models of two layers runs with the later one; unit tests prove code, not a month."""

_NOT_FOR_DBT = ("ASN_PSEUDONYM_KEY", "ASN_NEW_PSEUDONYM_KEY")

_KEPT = 3
"""Parsed projects kept in memory: of two engines, and of the pages about them."""

_parsed: "dict[tuple[str, ...], Manifest]" = {}


def common_arguments(
    dbt_dir: Path, target_dir: Path, logs: Path, target: str, dbt_vars: dict[str, str]
) -> list[str]:
    """Return the options common to every command: project, profile, folders, target, vars."""
    return [
        "--project-dir",
        str(dbt_dir),
        "--profiles-dir",
        str(dbt_dir),
        "--target",
        target,
        "--target-path",
        str(target_dir),
        "--log-path",
        str(logs),
        "--vars",
        json.dumps(dbt_vars),
    ]


def parse(arguments: list[str], key: tuple[str, ...]) -> "Manifest":
    """Return the parsed project, for the caller alone; ``manifest.json`` lies in the target folder.

    Raises:
        BuildFailed: when dbt cannot read the project.
    """
    with _environment({}):
        parsed: Manifest = _manifest(arguments, key).deepcopy()
        return parsed


def build(
    arguments: list[str], environment: Mapping[str, str], key: tuple[str, ...], select: list[str]
) -> None:
    """Run ``dbt build`` for ``select``; the results lie in the target folder that is named.

    Args:
        arguments: options common to every command: project, profile, target, vars, folders.
        environment: what the profile reads: the database of the build.
        key: what the parsed project depends on; the same key is parsed once per process.
        select: dbt selectors.

    Raises:
        BuildFailed: when dbt cannot parse the project or fails before it runs a node; failed
            nodes are in ``run_results.json``.
    """
    with _environment(environment):
        result = _invoke(
            ["build", "--select", *select, *_CHOICE, *arguments],
            _manifest(arguments, key).deepcopy(),
        )
    if result.exception is not None:
        raise BuildFailed(f"dbt build failed: {_one_line(result.exception)}")


def selected(
    arguments: list[str], environment: Mapping[str, str], key: tuple[str, ...], select: list[str]
) -> set[str]:
    """Return the ids of all nodes that ``select`` names.

    Raises:
        BuildFailed: when dbt cannot answer.
    """
    command = ["list", "--select", *select, *_CHOICE]
    command += ["--output", "json", "--output-keys", "unique_id"]
    with _environment(environment):
        result = _invoke([*command, *arguments], _manifest(arguments, key).deepcopy())
    if not result.success or not isinstance(result.result, list):
        raise BuildFailed(f"dbt list failed: {_one_line(result.exception)}")
    return {json.loads(line)["unique_id"] for line in result.result}


def write_docs(arguments: list[str], manifest: "Manifest") -> None:
    """Write ``static_index.html`` about ``manifest`` into the target folder; no data is read.

    Raises:
        BuildFailed: when dbt cannot compile a model.
    """
    command = ["docs", "generate", "--static", "--empty-catalog"]
    with _environment({}):
        result = _invoke([*command, *arguments], manifest)
    if not result.success:
        raise BuildFailed(f"dbt docs failed: {_one_line(result.exception)}")


def _manifest(arguments: list[str], key: tuple[str, ...]) -> "Manifest":
    if key not in _parsed:
        result = _invoke(["parse", *arguments], None)
        if not result.success:
            raise BuildFailed(f"dbt cannot read the project: {_one_line(result.exception)}")
        if len(_parsed) == _KEPT:
            del _parsed[next(iter(_parsed))]
        _parsed[key] = result.result
    return _parsed[key]


def _invoke(arguments: list[str], manifest: Any) -> "dbtRunnerResult":
    from dbt.cli.main import dbtRunner

    try:
        result = dbtRunner(manifest=manifest).invoke([*_QUIET, *arguments])
    finally:
        _close()
    if isinstance(result.exception, KeyboardInterrupt | SystemExit):
        raise result.exception
    return result


def _close() -> None:
    """Close dbt-duckdb's database, which it keeps for the next command of this process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    reset_adapters()
    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        with suppress(Exception):
            environment.close()
    DuckDBConnectionManager.close_all_connections()


@contextmanager
def _environment(given: Mapping[str, str]) -> Iterator[None]:
    """Give dbt what the profile reads, and keep from it what is none of its business."""
    ours = {
        "ASN_BUILD_DB": ":memory:",
        **given,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in (*ours, *_NOT_FOR_DBT)}
    for name in _NOT_FOR_DBT:
        os.environ.pop(name, None)
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:2000]
