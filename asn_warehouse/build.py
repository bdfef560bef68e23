"""Compute a month: a candidate database from the lake, dbt in process, proof that all of it ran."""

import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb
import structlog

from asn_warehouse import dbt_process, fingerprints, ops, switching
from asn_warehouse.candidate import (
    BuildContext,
    assert_current,
    directory_of,
    is_marked,
    load_context,
    mark,
    notes,
)
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
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.engines.shared import shared_engine
from asn_warehouse.errors import AsnError, BuildFailed
from asn_warehouse.periods import Period
from asn_warehouse.reference import check_reference
from asn_warehouse.settings import Settings, get_settings

__all__ = [
    "COMPLETE",
    "LAYERS",
    "TOPICS",
    "BuildContext",
    "assert_complete",
    "assert_current",
    "assert_open",
    "build",
    "dbt_environment",
    "dismiss",
    "is_marked",
    "load_context",
    "mark",
    "models",
    "notes",
    "prepare",
    "record_results",
    "run_dbt",
]

TOPICS = ("competency", "learning", "program", "talent", "workforce", "index", "submission")
LAYERS: dict[str, tuple[str, ...]] = {
    "staging": ("source:*", "tag:staging"),
    "core": ("tag:core",),
    "marts": tuple(f"tag:{topic}" for topic in TOPICS),
}
"""What dbt builds, in order; together they are the whole project."""

COMPLETE = "complete"

_NAMES = {"postgres": "PostgreSQL", "spark": "The cluster"}


def prepare(
    settings: Settings, period: Period, as_of: datetime | None = None, purpose: str = ""
) -> BuildContext:
    """Make the empty candidate of ``period``: a new database that sees the lake as of a moment.

    Args:
        settings: where things live.
        period: the month to compute.
        as_of: submissions received later (UTC, no zone) do not count; default the moment at which
            the last submission was received, so that repeats give the same bytes.
        purpose: what the candidate is for, if not to be gated and published.

    Raises:
        ConfigurationError: when there is nothing to compute from, or a reference file is wrong.
    """
    check_reference(settings)
    switching.settle(settings)
    directory = directory_of(settings, period, purpose)
    directory.mkdir(parents=True, exist_ok=True)
    for stale in (*directory.glob("build.*"), *directory.glob("*.json*")):
        stale.unlink(missing_ok=True)
    target = directory / "target"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    database = directory / "build.duckdb"
    with engine.connect(settings, database) as connection:
        lake = engine.see_lake(connection, settings, period, as_of)
        shared = shared_engine(settings.target)
        if shared is not None:
            shared.see_lake(settings, connection, lake, directory)
    rules = fingerprints.rules_sha256(settings)
    context = BuildContext(
        build_id=fingerprints.build_id(settings, lake, rules),
        home=settings.home,
        period=period,
        as_of=lake.as_of,
        database=database,
        target_dir=target,
        dbt_dir=settings.dbt_dir,
        engine=settings.target,
        git_revision=fingerprints.git_revision(settings.project_dir),
        prepared_at=ops.now(),
        dbt_vars={"period": str(period.first_day), "as_of": ops.stamp(lake.as_of)},
        attempt=uuid.uuid4().hex,
        rules_sha256=rules,
    )
    (directory / "build.json").write_text(context.to_json(), encoding="utf-8")
    return context


def run_dbt(context: BuildContext, select: Iterable[str]) -> DbtOutcome:
    """Build what ``select`` names, and assert that all that dbt ran passed.

    That nothing of the project was left out is asserted once, by ``assert_complete``.

    Raises:
        BuildFailed: when a node failed or was skipped, or when nothing was selected.
    """
    assert_current(context)
    assert_open(context)
    (context.target_dir / "run_results.json").unlink(missing_ok=True)
    with _failure_recorded(context):
        profile = dbt_environment(context)
        project = dbt_process.parsed(context.dbt_dir, context.engine)
        dbt_process.build(
            _arguments(context),
            profile,
            project,
            list(select),
            context.target_dir,
            is_described=context.journal.exists(),
        )
    return record_results(context)


def record_results(context: BuildContext) -> DbtOutcome:
    """Take dbt's ``run_results.json`` into the record of this build; once per run of dbt.

    What a server computed is then in the candidate's file, which all later steps read. A failure
    is written to ``ops.build`` before it is raised.

    Raises:
        BuildFailed: when a node failed or was skipped, dbt left no new results, or a table that it
            says it built is not there.
    """
    with _failure_recorded(context):
        outcome = read_outcome(context.target_dir)
        append_outcome(context.journal, outcome)
        outcome.assert_good()
        _fetch(context, outcome)
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
    _assert_tables(context, nodes)
    if not is_marked(context, COMPLETE):
        _protect(context)
        _record_build(context, "complete", outcome, None)
        mark(context, COMPLETE)
    return outcome


def build(
    settings: Settings, period: Period, as_of: datetime | None = None, purpose: str = ""
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
    shared = shared_engine(context.engine)
    if shared is not None:
        found |= shared.dbt_environment(get_settings(context.home), context.directory)
    return found


def assert_open(context: BuildContext) -> None:
    """Assert that dbt can go on with the candidate: a server drops those that were published.

    Raises:
        BuildFailed: when the server does not hold it any more.
    """
    shared = shared_engine(context.engine)
    if shared is not None and not shared.is_there(get_settings(context.home), context.directory):
        raise BuildFailed(
            f"{_NAMES[context.engine]} has dropped the candidate of {context.period}: it was"
            " published, is old, or pseudonyms have changed.",
            mend=f"Build the month from its beginning: `asn build --period {context.period}`.",
        )


def dismiss(context: BuildContext) -> None:
    """Let a server drop what it holds of a candidate; the candidate's file has all of it.

    For a candidate that was published or compared. Nothing depends on it: a server that is gone by
    then is worth a warning.
    """
    shared = shared_engine(context.engine)
    if shared is None:
        return
    try:
        shared.drop(get_settings(context.home), context.directory)
    except AsnError as error:
        structlog.get_logger().warning("build.not_dismissed", reason=error.message)


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


@contextmanager
def _failure_recorded(context: BuildContext) -> Iterator[None]:
    try:
        yield
    except BuildFailed as error:
        _record_build(context, "failed", read_journal(context.journal), error.message)
        try:
            _protect(context)
        except AsnError as other:
            structlog.get_logger().warning("build.not_protected", reason=other.message)
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


def _protect(context: BuildContext) -> None:
    """Limit who reads what a server keeps of a build that has ended, well or not."""
    shared = shared_engine(context.engine)
    if shared is not None:
        shared.protect(get_settings(context.home), context.directory)


def _fetch(context: BuildContext, outcome: DbtOutcome) -> None:
    """Bring what a server has just computed into the candidate's file."""
    shared = shared_engine(context.engine)
    if shared is None:
        return
    nodes = runnable(read_manifest(context.target_dir))
    built = _tables(nodes[name] for name in outcome.statuses if name in nodes)
    settings = get_settings(context.home)
    with engine.connect(settings, context.database) as connection:
        shared.fetch(settings, connection, context.directory, built)


def _tables(nodes: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return schema and name of the tables and views that nodes are."""
    return {
        (layer(node), node["alias"]) for node in nodes if node["resource_type"] in ("model", "seed")
    }


def _assert_tables(context: BuildContext, nodes: dict[str, dict[str, Any]]) -> None:
    wanted = _tables(nodes.values())
    with duckdb.connect(str(context.database), read_only=True) as connection:
        there = set(
            connection.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
        )
    if wanted - there:
        gone = sorted(".".join(name) for name in wanted - there)
        raise BuildFailed(f"{len(gone)} models ran and left no table: {some(gone)}.")
