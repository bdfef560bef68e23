"""dbt inside this process: parse once, build what is selected, leave no connection behind."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from asn_warehouse.errors import BuildFailed
from asn_warehouse.files import replacing
from asn_warehouse.fingerprints import fingerprint

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

_QUIET = ("--log-level", "none", "--log-level-file", "info", "--no-version-check")
_CHOICE = ("--indirect-selection", "buildable", "--exclude-resource-type", "unit_test")
"""A test of models of two layers runs with the later one; unit tests prove code, not a month."""

_NOT_FOR_DBT = ("ASN_PSEUDONYM_KEY", "ASN_NEW_PSEUDONYM_KEY")

_PLACE = {"ASN_BUILD_DB": "build.duckdb", "ASN_BUILD_DBNAME": "build", "ASN_BUILD_SCHEMA": "place"}
"""Where the project is parsed to be: not a place that is, but one that each candidate replaces."""

_parsed: "dict[tuple[str, str], Manifest]" = {}


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


def parsed(dbt_dir: Path, target: str) -> "Manifest":
    """Return the project as ``target`` reads it, for the caller alone; no month is in it.

    A process parses it once. The next one starts from what dbt noted of the files, in the
    ``target`` folder of the project where that can be written, and reads what changed since.

    Raises:
        BuildFailed: when dbt cannot read the project.
    """
    key = target, fingerprint([dbt_dir])
    if key not in _parsed:
        _parsed[key] = _parse(dbt_dir, target)
    found: Manifest = _parsed[key].deepcopy()
    return found


def build(
    arguments: list[str],
    environment: Mapping[str, str],
    manifest: "Manifest",
    select: list[str],
    target_dir: Path,
    *,
    is_described: bool = False,
) -> None:
    """Run ``dbt build`` for ``select``; the results lie in ``target_dir``, and the manifest.

    Args:
        arguments: options common to every command: project, profile, target, vars, folders.
        environment: what the profile reads: the database of the build.
        manifest: the project as ``parsed`` returns it; dbt writes into it.
        select: dbt selectors.
        target_dir: the target folder that ``arguments`` name.
        is_described: an earlier run has written the manifest, whole.

    Raises:
        BuildFailed: when dbt fails before it runs a node; failed nodes are in
            ``run_results.json``.
    """
    _move(manifest, environment)
    brief = ["--no-write-json"] if is_described else []
    with _environment(environment):
        result = _invoke(["build", "--select", *select, *_CHOICE, *brief, *arguments], manifest)
    if result.exception is not None:
        raise BuildFailed(f"dbt build failed: {_one_line(result.exception)}")
    if is_described:
        result.result.write(str(target_dir / "run_results.json"))


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


def _parse(dbt_dir: Path, target: str) -> "Manifest":
    noted = dbt_dir / "target" / f"{target}.msgpack"
    with TemporaryDirectory() as scratch, _environment(_PLACE):
        folders = dbt_dir, Path(scratch), Path(scratch, "logs")
        command = ["parse", *common_arguments(*folders, target, {})]
        if noted.exists():
            command += ["--partial-parse-file-path", str(noted)]
        result = _invoke(command, None)
        if not result.success:
            raise BuildFailed(f"dbt cannot read the project: {_one_line(result.exception)}")
        with suppress(OSError), replacing(noted, durable=False) as temporary:
            shutil.copyfile(Path(scratch, "partial_parse.msgpack"), temporary)
    found: Manifest = result.result
    return found


def _move(manifest: "Manifest", environment: Mapping[str, str]) -> None:
    """Let all relations of ``manifest`` be in the database and the schemas of a build."""
    place = _PLACE["ASN_BUILD_SCHEMA"] + "_"
    schema = environment.get("ASN_BUILD_SCHEMA", "") + "_"
    database = environment.get("ASN_BUILD_DBNAME") or Path(environment["ASN_BUILD_DB"]).stem
    for node in chain(manifest.nodes.values(), manifest.sources.values()):
        old = _qualifier(node)
        if node.database is not None:
            node.database = database
        if node.schema.startswith(place):
            node.schema = schema + node.schema.removeprefix(place)
        if node.relation_name:
            node.relation_name = node.relation_name.replace(old, _qualifier(node), 1)


def _qualifier(node: Any) -> str:
    """Return what stands before the name of a relation; Spark knows no databases over schemas."""
    return f"{node.schema}." if node.database is None else f'"{node.database}"."{node.schema}".'


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
    others = [name for name in os.environ if name.startswith("ASN_BUILD_")]
    before = {name: os.environ.get(name) for name in (*ours, *others, *_NOT_FOR_DBT)}
    for name in (*others, *_NOT_FOR_DBT):
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
