"""What the DAGs share: the choice of the month and the steps that tasks run; free of Airflow.

DAG files are parsed every few seconds, so this module imports nothing heavy at the top. Every
step takes and returns JSON, for tasks of one run may live in different processes: the month's
state lies in files under ``ASN_HOME``, and only names and counts travel between tasks.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from asn_warehouse.errors import AsnError, BuildFailed
from asn_warehouse.periods import Period

if TYPE_CHECKING:
    from asn_warehouse.build import BuildContext
    from asn_warehouse.quality import Stage
    from asn_warehouse.settings import Settings

TIMEZONE = "Asia/Jakarta"

MART_TOPICS = ("competency", "learning", "program", "talent", "workforce", "index", "submission")

DBT_SELECTORS: dict[str, tuple[str, ...]] = {
    "staging": ("source:*", "tag:staging"),
    "core": ("tag:core",),
    **{topic: (f"tag:{topic}",) for topic in MART_TOPICS},
}
"""What each dbt task of ``build_warehouse`` builds, in the order they run."""

DBT_FLAGS = ("--indirect-selection", "buildable", "--exclude-resource-type", "unit_test")
"""A test runs in the step that has all its models; formulas were tested before the deployment."""


def period_of_run(params: Mapping[str, Any], moment: datetime) -> str:
    """Return the month a run works on: the one asked for, else the month before ``moment``.

    ``moment`` is an aware time (the logical date, or the time of a run without one); the month
    before is taken on Jakarta's calendar.

    Raises:
        UsageError: when the month asked for is not written ``YYYY-MM``.
    """
    if params.get("period"):
        return str(Period.parse(str(params["period"])))
    return str(Period.of(local_date(moment)).previous())


def chosen_period(context: Mapping[str, Any]) -> str:
    """Return the month that a running task's DAG run works on."""
    return period_of_run(context["params"], moment_of_run(context))


def moment_of_run(context: Mapping[str, Any]) -> datetime:
    """Return the logical date of a task's run, or when it was to run if it has none."""
    run = context["dag_run"]
    moment: datetime = run.logical_date or run.run_after
    return moment


def local_date(moment: datetime) -> date:
    """Return the date of ``moment`` on Jakarta's calendar."""
    return moment.astimezone(ZoneInfo(TIMEZONE)).date()


def _settings() -> "Settings":
    from asn_warehouse.settings import get_settings

    return get_settings()


# Admission


def plan_chunks(context: Mapping[str, Any], family: str) -> list[dict[str, Any]]:
    """Return the new files of the run's month and ``family`` as chunks of about equal bytes."""
    from asn_warehouse import admission

    period = Period.parse(chosen_period(context))
    admission.refuse_strays(_settings())
    chunks = admission.plan(_settings(), period, datasets_of(family))
    return [chunk.to_dict() for chunk in chunks]


def datasets_of(family: str) -> list[str]:
    """Return the datasets whose contract has the domain ``family``."""
    from asn_warehouse.contracts import datasets

    return [d.name for d in datasets(_settings()).values() if d.family == family]


def admit_chunk(chunk: dict[str, Any]) -> dict[str, int]:
    """Admit one chunk; returns counts: files, refused, rows_read, rows_accepted, rows_rejected."""
    from asn_warehouse import admission

    outcomes = admission.admit(_settings(), admission.Chunk.from_dict(chunk))
    counts = Counter(
        files=len(outcomes),
        refused=sum(outcome.status == "ditolak" for outcome in outcomes),
        rows_read=sum(outcome.rows_read for outcome in outcomes),
        rows_accepted=sum(outcome.rows_accepted for outcome in outcomes),
        rows_rejected=sum(outcome.rows_rejected for outcome in outcomes),
    )
    return dict(counts)


def summarise(planned: int | None, results: Iterable[Mapping[str, int] | None]) -> dict[str, int]:
    """Return the sum of all chunks; ``planned`` is None when the plan itself failed.

    A refused file is an answer, so it never fails the run. A chunk without a result is none.

    Raises:
        AsnError: when there is no plan, or a chunk of it gave no result.
    """
    if planned is None:
        raise AsnError("The plan failed, so nothing was admitted.", mend="Read the log of plan.")
    done = [result for result in results if result is not None]
    total: Counter[str] = Counter(files=0, refused=0)
    for result in done:
        total.update(result)
    if len(done) != planned:
        raise AsnError(
            f"{planned - len(done)} of {planned} chunks were not admitted; the others were.",
            mend="Read the log of the failed chunk and run the DAG again: what is in is skipped.",
        )
    return dict(total)


# Readiness


def readiness(period: str, today: date) -> dict[str, Any]:
    """Return whether a month can be built, from the commit log and the operator's calendar.

    A month is ready when every expected agency × dataset has an accepted submission, or when
    the last due date lies before ``today`` and at least one submission was accepted. Keys:
    ``expected``, ``received`` (pairs), ``due_on`` (ISO date or null), ``is_ready``.
    """
    from asn_warehouse import lake, reference

    settings, month = _settings(), Period.parse(period)
    calendar = [
        row
        for row in reference.read_reference(settings, "kalender")
        if row["period"] == period and row["wajib"] == "Y"
    ]
    agencies = reference.agencies_in_force(settings, month)
    expected = {(agency, row["dataset"]) for agency in agencies for row in calendar}
    accepted = {
        (row["agency_code"], row["dataset"])
        for row in lake.read_submissions(settings, month).to_pylist()
        if row["status"] != "ditolak"
    }
    due_on = max((row["jatuh_tempo"] for row in calendar), default=None)
    is_late = due_on is not None and due_on < today.isoformat()
    return {
        "period": period,
        "expected": len(expected),
        "received": len(expected & accepted),
        "due_on": due_on,
        "is_ready": bool(accepted) and (expected <= accepted or is_late),
    }


# Build


def prepare_build(period: str) -> dict[str, Any]:
    """Make the month's candidate database; returns what the dbt tasks need, as text."""
    from asn_warehouse import build

    context = build.prepare(_settings(), Period.parse(period))
    return {
        "build_id": context.build_id,
        "period": period,
        "database": str(context.database),
        "target_dir": str(context.target_dir),
        "log_dir": str(context.directory / "logs"),
        "dbt_vars": {key: str(value) for key, value in context.dbt_vars.items()},
    }


def before_dbt(context: Mapping[str, Any], operator: object) -> None:
    """Forget the results of the dbt run before, so that they cannot pass for this one's.

    Where a server computes, dbt finds it in the environment of this process alone: Airflow would
    keep what an operator's own ``env`` holds.

    Raises:
        BuildFailed: when the server does not hold the candidate any more.
    """
    from asn_warehouse import build

    prepared = context["ti"].xcom_pull(task_ids="prepare")
    Path(prepared["target_dir"], "run_results.json").unlink(missing_ok=True)
    candidate = _context(_settings(), prepared["period"])
    build.assert_open(candidate)
    if candidate.engine == "postgres":
        os.environ.update(build.dbt_environment(candidate))


def after_dbt(project_dir: str, context: Mapping[str, Any]) -> None:
    """Close dbt's database and take what it ran into the record of the build.

    Cosmos calls it after dbt and before it looks at the outcome. Where dbt left no results, Cosmos
    raises dbt's own error, and a run that claims success without results fails at ``verify``.

    Raises:
        BuildFailed: when a node failed or was skipped.
    """
    from asn_warehouse import build

    _close_dbt()
    prepared = context["ti"].xcom_pull(task_ids="prepare")
    if Path(prepared["target_dir"], "run_results.json").exists():
        build.record_results(_context(_settings(), prepared["period"]))


def _close_dbt() -> None:
    """Close the database that dbt-duckdb keeps open for the next command of its process."""
    from contextlib import suppress

    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        with suppress(Exception):
            environment.close()
    DuckDBConnectionManager.close_all_connections()


def is_published(period: str, build_id: str) -> bool:
    """Return whether the served publication of the month comes from this very build."""
    from asn_warehouse import publish

    current = publish.current(_settings(), Period.parse(period))
    return current is not None and current.build_id == build_id


def run_gate(period: str, stage: "Stage") -> None:
    """Run the Great Expectations suites of a stage (``datasets`` or ``marts``).

    Agencies whose figures moved further than expected are warnings in the task's log.

    Raises:
        GateFailed: when an expectation is not met; says which and how far off.
    """
    import structlog

    from asn_warehouse import quality

    settings = _settings()
    result = quality.run_gate(settings, _context(settings, period), stage)
    for change in result.warnings:
        structlog.get_logger().warning("gate.month_change", **change.to_row())


def publish_month(period: str) -> dict[str, Any]:
    """Publish the audited candidate; returns version, build_id, rows and whether it is new."""
    from asn_warehouse import build, publish

    settings = _settings()
    context = _context(settings, period)
    build.assert_complete(context)
    publication = publish.publish(settings, context)
    build.dismiss(context)
    return {
        "version": publication.version,
        "build_id": publication.build_id,
        "rows": publication.rows,
        "is_new": publication.is_new,
    }


def verify_month(period: str) -> None:
    """Assert that every model of the build ran and that its publication row exists.

    Raises:
        BuildFailed: when one of them does not hold, however green the tasks before were.
    """
    from asn_warehouse import build, ops, publish

    settings = _settings()
    context = _context(settings, period)
    build.assert_complete(context)
    current = publish.current(settings, Period.parse(period))
    rows = [row for row in ops.read(settings, "publication") if str(row["period"])[:7] == period]
    if current is None or current.version not in {row["version"] for row in rows}:
        raise BuildFailed(f"No publication row exists for {period}, though its build ended.")


def _context(settings: "Settings", period: str) -> "BuildContext":
    from asn_warehouse import build

    return build.load_context(settings, Period.parse(period))


# Report


def make_report(period: str) -> dict[str, Any]:
    """Make the report of what is published; returns its version, folder and files."""
    from asn_warehouse import report

    result = report.make_report(_settings(), Period.parse(period))
    paths = sorted(path for path in result.directory.rglob("*") if path.is_file())
    return {
        "period": period,
        "version": result.version,
        "directory": str(result.directory),
        "files": [
            {
                "name": str(path.relative_to(result.directory)),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "bytes": path.stat().st_size,
            }
            for path in paths
        ],
    }


def approval_is_needed() -> bool:
    """Return whether a person must approve a report before it is delivered."""
    return _settings().report_approval


def deliver_report(made: Mapping[str, Any], approved_by: str | None) -> None:
    """Record in ``ops.report`` that each file of a version was delivered, and who approved it."""
    from asn_warehouse import audit, ops, publish

    settings, now = _settings(), ops.now()
    audit.record(
        settings,
        "approve" if approved_by else "deliver",
        who=approved_by,
        period=made["period"],
        version=made["version"],
        details=f"report, {len(made['files'])} files",
    )
    for file in made["files"]:
        row = {
            "period": made["period"],
            "version": made["version"],
            "file": file["name"],
            "sha256": file["sha256"],
            "bytes": file["bytes"],
            "approved_by": approved_by,
            "delivered_at": now,
        }
        ops.record(settings, "report", row)
    publish.refresh_ops(settings)


def refuse_report(made: Mapping[str, Any], refused_by: str | None) -> None:
    """Record that a person refused a report; it is not delivered."""
    from asn_warehouse import audit, publish

    settings = _settings()
    audit.record(
        settings,
        "refuse",
        who=refused_by,
        period=made["period"],
        version=made["version"],
        details=f"report, {len(made['files'])} files",
    )
    publish.refresh_ops(settings)


# Housekeeping


def remove_expired() -> dict[str, int]:
    """Remove rejected rows that have been kept long enough; returns counts of rows, workbooks.

    What a killed rotation or erasure left is finished before.

    Raises:
        AsnError: when PostgreSQL could not follow it.
    """
    from asn_warehouse import following, retention

    following.catch_up(_settings())
    gone = retention.remove_expired(_settings())
    return {"rows": gone.rows, "workbooks": gone.workbooks}
