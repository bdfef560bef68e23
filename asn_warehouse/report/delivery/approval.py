"""Who approved or refused a report, and why: rows of the audit.

A decision is about bytes. It names the digest of the report's manifest, so that a report that was
made anew must be approved anew.
"""

import re

from asn_warehouse import audit, ops
from asn_warehouse.report.delivery.bundle import Bundle
from asn_warehouse.settings import Settings

APPROVE, REFUSE = "approve", "refuse"
_LONGEST_REASON = 500


def record(
    settings: Settings,
    bundle: Bundle,
    action: str,
    *,
    who: str | None,
    reason: str | None,
    event: str | None = None,
) -> None:
    """Record that somebody approved or refused ``bundle``.

    Args:
        settings: where the audit lies.
        bundle: the report.
        action: ``APPROVE`` or ``REFUSE``.
        who: the person; default whoever works.
        reason: in the person's words; numbers as long as an NIP are taken out.
        event: what tells this answer from others, so that it is recorded once.
    """
    audit.record(
        settings,
        action,
        who=who,
        period=str(bundle.period),
        version=bundle.version,
        reason=_plain(reason),
        details=f"report, {len(bundle.files)} files, {_subject(bundle)}",
        event=event,
    )


def decision(settings: Settings, bundle: Bundle) -> ops.Row | None:
    """Return the last row of the audit that decides about these very bytes, or None.

    Raises:
        AsnError: when the audit was changed.
    """
    found = [
        row
        for row in audit.rows(settings)
        if row["action"] in (APPROVE, REFUSE)
        and (row["period"], row["version"]) == (str(bundle.period), bundle.version)
        and str(row["details"]).endswith(_subject(bundle))
    ]
    return found[-1] if found else None


def _subject(bundle: Bundle) -> str:
    return f"manifest {bundle.manifest.sha256}"


def _plain(reason: str | None) -> str | None:
    """Return a reason fit for the audit: one line, without numbers of persons."""
    words = re.sub(audit.LONG_NUMBER, "[…]", " ".join((reason or "").split()))
    return words[:_LONGEST_REASON] or None
