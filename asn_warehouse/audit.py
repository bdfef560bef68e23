"""The audit: who published, reverted, approved, looked up, erased; appended, never changed.

Each row carries the digest of the row before it, so that a row that was changed, taken out or put
in later is found; the vault keeps the digest of the last, so that rows at the end are missed too.
Nothing in it names a person of the files: a subject is a pseudonym.
"""

import hashlib
import json
import os
import pwd
import re
from collections.abc import Iterable

from asn_warehouse import ops, serving
from asn_warehouse.errors import AsnError, UsageError
from asn_warehouse.files import write_private
from asn_warehouse.settings import Settings
from asn_warehouse.switching import locked

TABLE = "audit"
_HEAD = "audit.head"
LONG_NUMBER = re.compile(r"(?:\d[\s.,/_-]*){16,}")
"""A number as long as an NIP or NIK, however it is grouped."""
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
        raise UsageError("A reason is needed.", mend="Say with --reason who asked, and what for.")
    if LONG_NUMBER.search(reason):
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
        _keep_head(settings, row)
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
    with locked(settings, "audit"):
        found, head = ops.read(settings, TABLE), _head(settings)
    before = ""
    for number, row in enumerate(found, start=1):
        chained = (row.get("number"), row.get("previous_sha256"), row.get("sha256"))
        if chained != (number, before, _digest(row)):
            raise _changed(settings, number)
        before = str(row["sha256"])
    # A recorder that was killed leaves one row more than the vault knows of.
    last, digest = head
    if last > len(found):
        raise _changed(settings, len(found) + 1)
    if last and found[last - 1]["sha256"] != digest:
        raise _changed(settings, last)
    return found


def compared(settings: Settings) -> int:
    """Return how many rows of the audit the serving store has, each the same as the home's.

    Raises:
        AsnError: when the home's audit was changed, or the store has another row than the home.
    """
    ours = ops.arrow_table(TABLE, rows(settings)).to_pylist()
    theirs = ops.arrow_table(TABLE, serving.open_store(settings).audit()).to_pylist()
    for number, row in enumerate(theirs, start=1):
        if number > len(ours) or row != ours[number - 1]:
            raise AsnError(
                f"The audit of the serving store is not that of the home, at row {number}.",
                mend="One of them was changed: compare both with the backup.",
            )
    return len(theirs)


def _changed(settings: Settings, number: int) -> AsnError:
    place = settings.warehouse / "ops" / "audit.jsonl"
    return AsnError(
        f"The audit was changed at row {number}.", mend=f"Compare {place} with the backup."
    )


def _keep_head(settings: Settings, row: ops.Row) -> None:
    write_private(settings.vault / _HEAD, f"{row['number']} {row['sha256']}\n")


def _head(settings: Settings) -> tuple[int, str]:
    """Return number and digest of the last row, as the vault knows them; an old one knows none."""
    path = settings.vault / _HEAD
    if not path.is_file():
        return 0, ""
    number, digest = path.read_text(encoding="utf-8").split()
    return int(number), digest


def _digest(row: ops.Row) -> str:
    """Return the SHA-256 of a row without its own digest; the row before is part of it."""
    content = {name: value for name, value in row.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
