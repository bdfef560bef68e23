"""What the DAGs share: the choice of the month and the steps that tasks run; free of Airflow.

DAG files are parsed every few seconds, so this module imports nothing heavy at the top. Every
step takes and returns JSON, for tasks of one run may live in different processes: the month's
state lies in files under ``ASN_HOME``, and only names and counts travel between tasks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from asn_warehouse.errors import AsnError, BuildFailed
from asn_warehouse.periods import Period

if TYPE_CHECKING:
    from asn_warehouse.build import BuildContext
    from asn_warehouse.quality import Stage
    from asn_warehouse.settings import Settings

TIMEZONE = "Asia/Jakarta"

REASON = "alasan"
"""Field of the approver's form."""

MART_TOPICS = ("competency", "learning", "program", "talent", "workforce", "index", "submission")

DBT_SELECTORS: dict[str, tuple[str, ...]] = {
    "staging": ("source:*", "tag:staging"),
    "core": ("tag:core",),
    **{topic: (f"tag:{topic}",) for topic in MART_TOPICS},
}
"""What each dbt task of ``build_warehouse`` builds, in the order they run."""


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
    """Make the month's candidate database; returns which build it is and of which month."""
    from asn_warehouse import build

    context = build.prepare(_settings(), Period.parse(period))
    return {"build_id": context.build_id, "period": period}


def run_dbt(period: str, step: str) -> dict[str, Any]:
    """Build one layer or topic of ``DBT_SELECTORS``; returns counts of nodes, and seconds.

    Raises:
        BuildFailed: when a node failed or was skipped, or a server dropped the candidate.
    """
    import structlog

    from asn_warehouse import build

    context = _context(_settings(), period)
    outcome = build.run_dbt(context, DBT_SELECTORS[step])
    counts = {f"{kind}s": outcome.count(kind) for kind in ("seed", "model", "test")}
    done = {**counts, "seconds": round(outcome.seconds, 1)}
    structlog.get_logger().info(
        "dbt.built", log=str(context.directory / "logs" / "dbt.log"), **done
    )
    return done


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
    """Make the report of what is published; returns its version, folder and files.

    ``files`` are those at the top of the folder, the manifest among them; ``count`` is of all.
    """
    from asn_warehouse import report

    result = report.make_report(_settings(), Period.parse(period))
    named = [(file.path.relative_to(result.directory).as_posix(), file) for file in result.files]
    return {
        "period": period,
        "version": result.version,
        "directory": str(result.directory),
        "count": len(named),
        "files": [
            {"name": name, "sha256": file.sha256, "bytes": file.bytes}
            for name, file in sorted(named, key=lambda pair: pair[0])
            if "/" not in name
        ],
    }


def approval_is_needed() -> bool:
    """Return whether a person must approve a report before it is delivered."""
    return _settings().report_approval


def delivery_targets() -> list[str]:
    """Return the addresses that the report goes to; they hold no secret."""
    from asn_warehouse.report import delivery

    return delivery.targets(_settings())


def decide(made: Mapping[str, Any], answer: Mapping[str, Any], *, is_approved: bool) -> None:
    """Record in ``ops.audit`` what a person answered about a report, and why.

    Args:
        made: what ``make_report`` returned.
        answer: the person's answer as Airflow gives it.
        is_approved: whether it is a yes.

    Raises:
        DeliveryRefused: when the report is not any more what the person was asked about.
    """
    from asn_warehouse import publish
    from asn_warehouse.report.delivery import approval, bundle

    settings, version = _settings(), int(made["version"])
    report = bundle.read(settings, Period.parse(made["period"]), version)
    approval.record(
        settings,
        report,
        approval.APPROVE if is_approved else approval.REFUSE,
        who=(answer.get("responded_by_user") or {}).get("name"),
        reason=(answer.get("params_input") or {}).get(REASON),
        event=f"report-{report.manifest.sha256[:24]}-{answer['responded_at']}",
    )
    publish.refresh_ops(settings)


def deliver_report(made: Mapping[str, Any], target: str) -> dict[str, Any]:
    """Deliver a report to one target; returns what became of it.

    Raises:
        DeliveryRefused: when it is not published, gated and approved, as it is now.
        DeliveryFailed: when the target did not take it; another try may succeed.
    """
    from asn_warehouse.report import delivery

    done = delivery.deliver(
        _settings(), Period.parse(made["period"]), int(made["version"]), target, _manifest(made)
    )
    return {"target": done.target, "status": done.status, "files": done.files, "bytes": done.bytes}


def conclude(
    targets: Sequence[str] | None, results: Iterable[Mapping[str, Any] | None]
) -> dict[str, int]:
    """Bring ``ops`` of the serving store up to date; returns how many targets got the report.

    Raises:
        AsnError: when not all of them did, or nobody knows the targets.
    """
    from asn_warehouse import publish

    publish.refresh_ops(_settings())
    done = [result for result in results if result is not None]
    if targets is None or len(done) != len(targets):
        missing = sorted(set(targets or ()) - {result["target"] for result in done})
        raise AsnError(
            f"The report did not get to: {', '.join(missing) or 'any target'}.",
            mend="Read the log of deliver, mend what it says and clear the failed tasks.",
        )
    return dict(Counter(result["status"] for result in done))


def _manifest(made: Mapping[str, Any]) -> str:
    """Return the digest of the manifest of a report as it was made."""
    digests = {str(file["name"]): str(file["sha256"]) for file in made["files"]}
    return digests["manifest.json"]


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


def watch_deadline(today: date) -> str | None:
    """Tell the operators when last month's report is at risk; returns what is wrong, if anything.

    Raises:
        DeliveryFailed: when they could not be told by mail.
    """
    from asn_warehouse import deadline, publish

    settings = _settings()
    risk = deadline.watch(settings, today)
    if risk is not None:
        publish.refresh_ops(settings)
    return risk


def report_is_late(context: Mapping[str, Any]) -> None:
    """Tell the operators that a run of ``report_monthly`` has not ended in time.

    Airflow calls it (``DeadlineAlert``) with the run as its API shows it.

    Raises:
        DeliveryFailed: when they could not be told by mail.
    """
    from asn_warehouse import deadline, ops

    run = context["dag_run"]
    moment = ops.moment(str(run.get("logical_date") or run["run_after"]))
    period = Period.parse(period_of_run(run.get("conf") or {}, moment))
    deadline.overdue(_settings(), period, f"report_monthly, {run['dag_run_id']}")
