"""Who has sent what: every agency in force against every dataset, as the scorecard has it.

The commit log and the calendar are read as they are now, so that the answer is there before
anything is built. A test keeps it equal to the mart ``submission_scorecard``.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from asn_warehouse.codes import code_list
from asn_warehouse.errors import UsageError
from asn_warehouse.lake import read_submissions
from asn_warehouse.periods import Period
from asn_warehouse.reference import agencies_in_force, read_reference
from asn_warehouse.settings import Settings

Status = Literal["on_time", "late", "missing", "refused", "not_expected"]

STATUSES: tuple[Status, ...] = ("on_time", "late", "missing", "refused", "not_expected")
LACKING = ("missing", "refused")
"""Statuses of a dataset that is expected and of which nothing counts."""

JAKARTA = ZoneInfo("Asia/Jakarta")
"""The zone whose days are due days, whatever the zone of the schedules."""

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Submission:
    """What an agency has sent of one dataset for one month; times in UTC without a zone.

    Row counts are those of the revision that counts and None without one; ``refusal_rule`` refused
    the last file, after one that counts where ``has_refused_revision``.
    """

    agency_code: str
    agency_name: str
    dataset: str
    status: Status
    due_at: datetime | None
    received_at: datetime | None = None
    revisions: int = 0
    rows_read: int | None = None
    accepted: int | None = None
    rejected: int | None = None
    warned: int | None = None
    replayed: int | None = None
    refusal_rule: str | None = None
    has_refused_revision: bool = False
    top_reason: str | None = None


def submission_status(settings: Settings, period: Period) -> list[Submission]:
    """Return every agency in force × every dataset, by agency code and in the order of the list.

    Raises:
        UsageError: when the calendar does not have the month.
    """
    calendar = {
        row["dataset"]: row
        for row in read_reference(settings, "kalender")
        if row["period"] == str(period)
    }
    if not calendar:
        raise UsageError(f"The calendar expects nothing for {period}.", mend="Check the period.")
    log: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in read_submissions(settings, period).to_pylist():
        log[row["agency_code"], row["dataset"]].append(row)
    return [
        _one(code, name, dataset, calendar.get(dataset), log.get((code, dataset), []))
        for code, name in sorted(agencies_in_force(settings, period).items())
        for dataset in code_list(settings, "dataset")
    ]


def _one(
    code: str,
    name: str,
    dataset: str,
    due: dict[str, str] | None,
    rows: list[dict[str, Any]],
) -> Submission:
    due_at = _end_of_day(due["jatuh_tempo"]) if due else None
    is_expected = due is not None and due["wajib"] == "Y"
    admitted = max((row for row in rows if row["status"] != "ditolak"), key=_order, default=None)
    received_at, refusal = _received_at(rows), _last_refusal(rows)
    submission = Submission(
        agency_code=code,
        agency_name=name,
        dataset=dataset,
        status=_status(is_expected, admitted is not None, received_at, due_at),
        due_at=due_at,
        received_at=received_at,
        revisions=len(rows),
        refusal_rule=refusal,
    )
    if admitted is None:
        return submission
    reasons = json.loads(admitted["top_reasons"] or "[]")
    return replace(
        submission,
        rows_read=admitted["rows_read"],
        accepted=admitted["rows_accepted"],
        rejected=admitted["rows_rejected"],
        warned=admitted["rows_warned"],
        replayed=admitted["rows_replayed"],
        has_refused_revision=refusal is not None,
        top_reason=reasons[0]["rule"] if reasons else None,
    )


def _end_of_day(day: str) -> datetime:
    """Return the moment at which a day is over in Jakarta."""
    following = datetime.fromisoformat(day).date() + timedelta(days=1)
    local = datetime.combine(following, time.min, tzinfo=JAKARTA)
    return local.astimezone(_UTC).replace(tzinfo=None)


def _order(row: dict[str, Any]) -> tuple[int, datetime, str]:
    return row["revision"], row["received_at"], row["submission_id"]


def _admitted_files(rows: list[dict[str, Any]]) -> set[str]:
    """Return the files of which something counts; a replay admits rows of a file sent before."""
    return {row["file_sha256"] for row in rows if row["status"] != "ditolak"}


def _received_at(rows: list[dict[str, Any]]) -> datetime | None:
    """Return when the first file came that was admitted; of refused ones the last."""
    files = _admitted_files(rows)
    moments: list[datetime] = [row["received_at"] for row in rows if row["file_sha256"] in files]
    if moments:
        return min(moments)
    return _order(max(rows, key=_order))[1] if rows else None


def _last_refusal(rows: list[dict[str, Any]]) -> str | None:
    """Return the rule that refused the last file which the agency sent; None if it was admitted."""
    if not rows:
        return None
    last = max(rows, key=lambda row: (row["rows_replayed"] == 0, _order(row)))
    if last["file_sha256"] in _admitted_files(rows):
        return None
    rule: str | None = last["refusal_rule"]
    return rule


def _status(
    is_expected: bool, is_admitted: bool, received_at: datetime | None, due_at: datetime | None
) -> Status:
    if not is_expected or due_at is None:
        return "not_expected"
    if received_at is None:
        return "missing"
    if not is_admitted:
        return "refused"
    return "on_time" if received_at < due_at else "late"
