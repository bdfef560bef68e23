"""The audit: who published, reverted, approved, looked up, erased; appended, never changed.

Each row carries the digest of the row before it, so that a row that was changed or taken out later
is found. Nothing in it names a person of the files: a subject is a pseudonym.
"""

import hashlib
import json
import os
import pwd
import re
from collections.abc import Iterable

from asn_warehouse import ops
from asn_warehouse.errors import AsnError, UsageError
from asn_warehouse.settings import Settings
from asn_warehouse.switching import locked

TABLE = "audit"
_NUMBER = re.compile(r"(?:\d[\s.,/_-]*){16,}")
_SHORTEST_REASON = 8


def actor(settings: Settings) -> str:
    """Return who works: the setting ``operator``, else the name of the system's user."""
    if settings.operator:
        return settings.operator
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def checked_reason(reason: str) -> str:
    """Return ``reason`` if it may stand in the audit, trimmed.

    Raises:
        UsageError: when it says nothing, or holds a number as long as an NIP or NIK.
    """
    reason = " ".join(reason.split())
    if len(reason) < _SHORTEST_REASON:
        raise UsageError("A reason is needed.", mend="Say who asked, and what for.")
    if _NUMBER.search(reason):
        raise UsageError(
            "The reason holds a number as long as an NIP or NIK.",
            mend="The audit names nobody: refer to a letter or a case number.",
        )
    return reason


def record(
    settings: Settings,
    action: str,
    *,
    who: str | None = None,
    period: str | None = None,
    version: int | None = None,
    subject: str | None = None,
    reason: str | None = None,
    details: str | None = None,
    event: str | None = None,
) -> ops.Row | None:
    """Append one row and force it to disk; None where a row of that ``event`` is there already.

    Args:
        settings: where the journal lies.
        action: what was done, one word.
        who: who did it; default whoever works.
        period: the month, where it is about one.
        version: the version of the month.
        subject: the pseudonym that it is about.
        reason: why, in the operator's words.
        details: counts and names of files; no identities.
        event: what can happen only once, so that what a killed run did is recorded once.
    """
    with locked(settings, "audit"):
        rows = ops.read(settings, TABLE)
        if event is not None and any(row.get("event") == event for row in rows):
            return None
        row: ops.Row = {
            "number": len(rows) + 1,
            "recorded_at": ops.stamp(ops.now()),
            "actor": who or actor(settings),
            "action": action,
            "period": period,
            "version": version,
            "subject": subject,
            "reason": reason,
            "details": details,
            "event": event,
            "previous_sha256": str(rows[-1]["sha256"]) if rows else "",
        }
        row["sha256"] = _digest(row)
        ops.record(settings, TABLE, row)
        return row


def publications(settings: Settings, events: Iterable[ops.Row]) -> None:
    """Record publications and reverts that the audit does not have yet, rows of ``publication``."""
    known = {row.get("event") for row in ops.read(settings, TABLE)}
    for event in events:
        name = f"publication-{event['number']}"
        if name not in known:
            record(
                settings,
                str(event["action"]),
                who=str(event.get("actor") or "unknown"),
                period=str(event["period"]),
                version=int(str(event["version"])),
                details=f"build {event['build_id']}, content {event['content_sha256']}",
                event=name,
            )


def rows(settings: Settings) -> list[ops.Row]:
    """Return the audit in order.

    Raises:
        AsnError: when a row was changed, taken out or put in.
    """
    found = ops.read(settings, TABLE)
    before = ""
    for number, row in enumerate(found, start=1):
        if (row["number"], row["previous_sha256"], row["sha256"]) != (number, before, _digest(row)):
            raise AsnError(
                f"The audit was changed at row {number}.",
                mend=f"Compare {settings.warehouse / 'ops' / 'audit.jsonl'} with the backup.",
            )
        before = str(row["sha256"])
    return found


def _digest(row: ops.Row) -> str:
    """Return the SHA-256 of a row without its own digest; the row before is part of it."""
    content = {name: value for name, value in row.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
