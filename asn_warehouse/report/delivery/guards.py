"""What is asked of a report at the moment of its delivery, whoever asked it before."""

from collections.abc import Mapping

from asn_warehouse import archive, ops, serving
from asn_warehouse.archive import Version
from asn_warehouse.errors import DeliveryRefused, NotPublished
from asn_warehouse.periods import Period
from asn_warehouse.report.delivery import approval
from asn_warehouse.report.delivery.bundle import Bundle
from asn_warehouse.settings import Settings

STAGES = ("datasets", "marts")


def served_version(settings: Settings, period: Period) -> int:
    """Return the version of ``period`` that is served now.

    Raises:
        DeliveryRefused: when none is.
    """
    return int(str(_event(settings, period)["version"]))


def assert_deliverable(settings: Settings, bundle: Bundle) -> str | None:
    """Assert that ``bundle`` is the report of what is published, gated and approved; now.

    Returns:
        who approved it; None where ``ASN_REPORT_APPROVAL`` is false.

    Raises:
        DeliveryRefused: says which of it does not hold.
    """
    event = _event(settings, bundle.period)
    if int(str(event["version"])) != bundle.version:
        raise DeliveryRefused(
            f"Version {event['version']} of {bundle.period} is served now;"
            f" this is the report of version {bundle.version}.",
            mend="Start `report_monthly` for the month again, and approve the new report.",
        )
    version = _archived(settings, bundle)
    digests = {bundle.content_sha256, version.content_sha256, str(event["content_sha256"])}
    if len(digests) > 1:
        raise DeliveryRefused(
            f"The report of {bundle.period}, version {bundle.version}, is not about what is"
            " published under that number.",
            mend=f"Make it again: `asn report --period {bundle.period}`.",
        )
    _assert_gated(settings, version)
    return _approved_by(settings, bundle)


def _event(settings: Settings, period: Period) -> Mapping[str, object]:
    """Return the last publication or revert of ``period``."""
    events = serving.open_store(settings).events() or []
    found = [event for event in events if event["period"] == str(period)]
    if not found:
        raise DeliveryRefused(
            f"Nothing of {period} is published.", mend=f"`asn run --period {period}` publishes it."
        )
    return found[-1]


def _archived(settings: Settings, bundle: Bundle) -> Version:
    try:
        return archive.load(settings, bundle.period, bundle.version)
    except NotPublished as error:
        raise DeliveryRefused(error.message, mend="Restore the archive from the backup.") from error


def _assert_gated(settings: Settings, version: Version) -> None:
    """Assert that the last run of every suite of both gates passed in the version's build."""
    last = {
        (row["stage"], row["suite"]): bool(row["passed"])
        for row in ops.read(settings, "gate")
        if row["build_id"] == version.build_id
    }
    failed = sorted(f"{stage}/{suite}" for (stage, suite), passed in last.items() if not passed)
    missing = [stage for stage in STAGES if stage not in {stage for stage, _ in last}]
    if failed or missing:
        what = f"failed {', '.join(failed)}" if failed else f"never passed {' and '.join(missing)}"
        raise DeliveryRefused(
            f"Build {version.build_id} of {version.period} {what}.",
            mend="See the runbook gate-failed; deliver what passes both gates.",
        )


def _approved_by(settings: Settings, bundle: Bundle) -> str | None:
    decided = approval.decision(settings, bundle)
    if decided is None:
        if settings.report_approval:
            raise DeliveryRefused(
                f"Nobody approved the report of {bundle.period}, version {bundle.version}, as it is"
                " now.",
                mend="Approve it in Airflow under *Required actions*.",
            )
        return None
    who = str(decided["actor"])
    if decided["action"] != approval.APPROVE:
        reason = decided["reason"] or "no reason was given"
        raise DeliveryRefused(
            f"{who} refused the report of {bundle.period}, version {bundle.version}: {reason}.",
            mend="Mend what is wrong, then start `report_monthly` for the month again.",
        )
    return who
