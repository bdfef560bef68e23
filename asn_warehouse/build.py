"""Compute a month: a candidate database from the lake, dbt in process, proof that all of it ran."""

import hashlib
import json
import shutil
import subprocess
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import duckdb

from asn_warehouse import dbt_process, ops, switching
from asn_warehouse.dbt_results import (
    DbtOutcome,
    append_outcome,
    layer,
    read_journal,
    read_manifest,
    read_outcome,
    runnable,
    some,
)
from asn_warehouse.engines import columns
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.errors import BuildFailed
from asn_warehouse.periods import Period
from asn_warehouse.reference import check_reference
from asn_warehouse.settings import Settings, get_settings

TOPICS = ("competency", "learning", "program", "talent", "workforce", "index", "submission")
LAYERS: dict[str, tuple[str, ...]] = {
    "staging": ("source:*", "tag:staging"),
    "core": ("tag:core",),
    "marts": tuple(f"tag:{topic}" for topic in TOPICS),
}
"""What dbt builds, in order; together they are the whole project."""

COMPLETE = "complete"
FETCHED = "fetched"

_NOT_PROJECT = {"target", "logs", "dbt_packages", "__pycache__", ".user.yml"}


@dataclass(frozen=True)
class BuildContext:
    """One candidate: which month, as known when, computed by which rules, and where it lies."""

    build_id: str
    home: Path
    period: Period
    as_of: datetime
    database: Path
    target_dir: Path
    dbt_dir: Path
    engine: str
    git_revision: str | None
    prepared_at: datetime
    dbt_vars: dict[str, str]
    attempt: str = ""
    rules_sha256: str = ""

    @property
    def directory(self) -> Path:
        """The folder of this candidate."""
        return self.database.parent

    @property
    def journal(self) -> Path:
        """What dbt ran in this build, one line per run."""
        return self.directory / "results.jsonl"

    def to_json(self) -> str:
        """Return the context as JSON text."""
        row = asdict(self) | {"period": str(self.period)}
        return json.dumps(row, indent=2, default=str) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the context that ``to_json`` wrote."""
        row: dict[str, Any] = json.loads(text)
        row["period"] = Period.parse(row["period"])
        for name in ("as_of", "prepared_at"):
            row[name] = datetime.fromisoformat(row[name])
        for name in ("home", "database", "target_dir", "dbt_dir"):
            row[name] = Path(row[name])
        return cls(**row)


def prepare(
    settings: Settings, period: Period, as_of: datetime | None = None, purpose: str = "build"
) -> BuildContext:
    """Make the empty candidate of ``period``: a new database that sees the lake as of a moment.

    Args:
        settings: where things live.
        period: the month to compute.
        as_of: submissions received later (UTC, no zone) do not count; default the moment at which
            the last submission was received, so that repeats give the same bytes.
        purpose: the folder of the candidate; only those in ``build`` are gated and published.

    Raises:
        ConfigurationError: when there is nothing to compute from, or a reference file is wrong.
    """
    check_reference(settings)
    switching.settle(settings)
    directory = _directory(settings, period, purpose)
    directory.mkdir(parents=True, exist_ok=True)
    for stale in (*directory.glob("build.*"), *directory.glob("*.json*")):
        stale.unlink(missing_ok=True)
    target = directory / "target"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    database = directory / "build.duckdb"
    with engine.connect(settings, database) as connection:
        lake = engine.see_lake(connection, settings, period, as_of)
        if settings.target == "postgres":
            from asn_warehouse.engines import postgres

            postgres.see_lake(settings, connection, lake, directory)
    rules = _rules_sha256(settings)
    context = BuildContext(
        build_id=_build_id(settings, lake, rules),
        home=settings.home,
        period=period,
        as_of=lake.as_of,
        database=database,
        target_dir=target,
        dbt_dir=settings.dbt_dir,
        engine=settings.target,
        git_revision=_git_revision(settings.project_dir),
        prepared_at=ops.now(),
        dbt_vars={"period": str(period.first_day), "as_of": ops.stamp(lake.as_of)},
        attempt=uuid.uuid4().hex,
        rules_sha256=rules,
    )
    (directory / "build.json").write_text(context.to_json(), encoding="utf-8")
    return context


def load_context(settings: Settings, period: Period) -> BuildContext:
    """Return the context of the candidate of ``period``.

    Raises:
        BuildFailed: when none was prepared.
    """
    path = _directory(settings, period) / "build.json"
    if not path.exists():
        raise BuildFailed(
            f"No build of {period} was prepared.", mend=f"Run `asn build --period {period}`."
        )
    return BuildContext.from_json(path.read_text(encoding="utf-8"))


def run_dbt(context: BuildContext, select: Iterable[str]) -> DbtOutcome:
    """Build what ``select`` names, and assert that every selected node ran and passed.

    Raises:
        BuildFailed: when a node failed, was skipped or is missing from dbt's results, or when
            nothing was selected.
    """
    assert_current(context)
    chosen = list(select)
    arguments = _arguments(context)
    key = (context.build_id, str(context.database), fingerprint([context.dbt_dir]))
    (context.target_dir / "run_results.json").unlink(missing_ok=True)
    with _failure_recorded(context):
        profile = dbt_environment(context)
        wanted = dbt_process.selected(arguments, profile, key, chosen)
        dbt_process.build(arguments, profile, key, chosen)
    outcome = record_results(context)
    with _failure_recorded(context):
        missing = (wanted & set(runnable(read_manifest(context.target_dir)))) - set(
            outcome.statuses
        )
        if missing:
            raise BuildFailed(f"dbt did not run {len(missing)} selected nodes: {some(missing)}.")
    return outcome


def record_results(context: BuildContext) -> DbtOutcome:
    """Take dbt's ``run_results.json`` into the record of this build; once per run of dbt.

    Whoever runs dbt (this module, or Cosmos in a task) calls it after each run. A failure is
    written to ``ops.build`` before it is raised.

    Raises:
        BuildFailed: when a node failed or was skipped, or dbt left no new results.
    """
    with _failure_recorded(context):
        outcome = read_outcome(context.target_dir)
        append_outcome(context.journal, outcome)
        outcome.assert_good()
    return outcome


def assert_complete(context: BuildContext) -> DbtOutcome:
    """Assert that every model, seed and test of the project ran and passed in this build.

    The first time it holds, counts and seconds are written to ``ops.build``; publish asks for it.

    Raises:
        BuildFailed: names what did not run, or what ran and left no table.
    """
    outcome = read_journal(context.journal)
    nodes = runnable(read_manifest(context.target_dir))
    missing = set(nodes) - set(outcome.statuses)
    if missing:
        raise BuildFailed(
            f"{len(missing)} of {len(nodes)} nodes of the project never ran in build"
            f" {context.build_id}: {some(missing)}."
        )
    outcome.assert_good()
    _fetch(context)
    _assert_tables(context, nodes)
    if not is_marked(context, COMPLETE):
        _record_build(context, "complete", outcome, None)
        mark(context, COMPLETE)
    return outcome


def build(
    settings: Settings, period: Period, as_of: datetime | None = None, purpose: str = "build"
) -> BuildContext:
    """Prepare and compute all layers of ``period``; no gates, nothing published.

    Raises:
        ConfigurationError: when there is nothing to compute from.
        BuildFailed: when dbt failed or did not run all.
    """
    context = prepare(settings, period, as_of, purpose)
    for select in LAYERS.values():
        run_dbt(context, select)
    assert_complete(context)
    return context


def dbt_environment(context: BuildContext) -> dict[str, str]:
    """Return the environment in which dbt finds the candidate.

    Raises:
        ConfigurationError: when the engine is a server that nobody named.
    """
    found = {"ASN_BUILD_DB": str(context.database)}
    if context.engine == "postgres":
        from asn_warehouse.engines import postgres

        found |= postgres.dbt_environment(get_settings(context.home), context.directory)
    return found


def models(context: BuildContext, schema: str) -> dict[str, dict[str, Any]]:
    """Return the ``meta`` of each model that the project puts into ``schema``, by name.

    Raises:
        BuildFailed: when dbt left no manifest.
    """
    return {
        node["alias"]: dict(node["config"].get("meta") or node.get("meta") or {})
        for node in runnable(read_manifest(context.target_dir)).values()
        if node["resource_type"] == "model" and layer(node) == schema
    }


def assert_current(context: BuildContext) -> None:
    """Assert that nobody prepared the period anew since: the candidate is still this build's.

    Raises:
        BuildFailed: when somebody did.
    """
    path = context.directory / "build.json"
    if not path.exists() or BuildContext.from_json(path.read_text("utf-8")) != context:
        raise BuildFailed(
            f"Another build of {context.period} was prepared since this one.",
            mend="Let one of them end, then run the month again.",
        )


def mark(context: BuildContext, step: str, **details: object) -> None:
    """Note in the candidate's folder that ``step`` was passed by this very build, and how.

    Raises:
        BuildFailed: when the period was prepared anew since.
    """
    assert_current(context)
    path = context.directory / f"{step}.passed.json"
    path.write_text(
        json.dumps({"build_id": context.build_id, **details}, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )


def is_marked(context: BuildContext, step: str) -> bool:
    """Return whether this very build passed ``step``."""
    return notes(context, step).get("build_id") == context.build_id


def notes(context: BuildContext, step: str) -> dict[str, Any]:
    """Return what ``mark`` noted when ``step`` was last passed; empty when it never was."""
    path = context.directory / f"{step}.passed.json"
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@contextmanager
def _failure_recorded(context: BuildContext) -> Iterator[None]:
    try:
        yield
    except BuildFailed as error:
        _record_build(context, "failed", read_journal(context.journal), error.message)
        raise


def _record_build(
    context: BuildContext, status: str, outcome: DbtOutcome, message: str | None
) -> None:
    row: ops.Row = {
        "build_id": context.build_id,
        "period": str(context.period),
        "as_of": context.as_of,
        "engine": context.engine,
        "git_revision": context.git_revision,
        "status": status,
        "models": outcome.count("model"),
        "tests": outcome.count("test"),
        "seeds": outcome.count("seed"),
        "duration_seconds": round(outcome.seconds, 3),
        "message": message,
    }
    ops.record(get_settings(context.home), "build", row)


def _arguments(context: BuildContext) -> list[str]:
    folders = (context.dbt_dir, context.target_dir, context.directory / "logs")
    return dbt_process.common_arguments(*folders, context.engine, context.dbt_vars)


def _fetch(context: BuildContext) -> None:
    """Bring what a server computed into the candidate's file, once; all later steps read that."""
    if context.engine != "postgres" or is_marked(context, FETCHED):
        return
    from asn_warehouse.engines import postgres

    settings = get_settings(context.home)
    with engine.connect(settings, context.database) as connection:
        tables = postgres.fetch(settings, connection, context.directory)
    mark(context, FETCHED, tables=tables)


def _assert_tables(context: BuildContext, nodes: dict[str, dict[str, Any]]) -> None:
    wanted = {
        (layer(node), node["alias"])
        for node in nodes.values()
        if node["resource_type"] in ("model", "seed")
    }
    with duckdb.connect(str(context.database), read_only=True) as connection:
        there = set(
            connection.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
        )
    if wanted - there:
        gone = sorted(".".join(name) for name in wanted - there)
        raise BuildFailed(f"{len(gone)} models ran and left no table: {some(gone)}.")


def _directory(settings: Settings, period: Period, purpose: str = "build") -> Path:
    return settings.warehouse / purpose / str(period)


def _rules_sha256(settings: Settings) -> str:
    """Return the digest of all that turns submissions into figures."""
    reference = [settings.reference / f"{name}.csv" for name in columns.REFERENCE]
    return fingerprint([settings.dbt_dir, settings.contracts_dir, *reference])


def _build_id(settings: Settings, lake: engine.Lake, rules: str) -> str:
    """Return an id that is the same whenever the same would be computed."""
    known = [
        str(lake.period),
        ops.stamp(lake.as_of),
        settings.target,
        lake.submissions,
        rules,
    ]
    return "b" + hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]


def fingerprint(roots: Iterable[Path]) -> str:
    """Return a digest of the names and bytes of all files under ``roots``."""
    digest = hashlib.sha256()
    for root in roots:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for path in files:
            name = path.relative_to(root.parent)
            if path.is_file() and not _NOT_PROJECT & set(name.parts):
                digest.update(f"{name}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _git_revision(project: Path) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(project), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
