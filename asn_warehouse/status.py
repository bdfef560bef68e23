"""Who has sent what: every agency in force against every dataset that the calendar asks for."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from asn_warehouse.errors import UsageError
from asn_warehouse.lake import read_submissions
from asn_warehouse.periods import Period
from asn_warehouse.reference import agencies_in_force, read_reference
from asn_warehouse.settings import Settings

Standing = Literal["on_time", "late", "missing", "refused"]


@dataclass
class AgencyStatus:
    """One agency's month: standing by dataset, rows, and its most frequent reasons."""

    agency_code: str
    agency_name: str
    standings: dict[str, Standing]
    rows_read: int = 0
    rows_rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def count(self, standing: Standing) -> int:
        """Return for how many datasets the agency stands so."""
        return sum(value == standing for value in self.standings.values())


def agency_status(settings: Settings, period: Period) -> list[AgencyStatus]:
    """Return the month of every agency in force, by agency code, sent or not.

    Raises:
        UsageError: when the calendar does not have the month.
    """
    due = {
        row["dataset"]: _end_of_day(row["jatuh_tempo"], settings)
        for row in read_reference(settings, "kalender")
        if row["period"] == str(period) and row["wajib"] == "Y"
    }
    if not due:
        raise UsageError(f"The calendar expects nothing for {period}.", mend="Check the period.")
    log: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in read_submissions(settings, period).to_pylist():
        log.setdefault((row["agency_code"], row["dataset"]), []).append(row)
    in_force = agencies_in_force(settings, period)
    return [_one(code, name, due, log) for code, name in sorted(in_force.items())]


def _end_of_day(day: str, settings: Settings) -> datetime:
    local = datetime.combine(datetime.fromisoformat(day).date(), time.max)
    return local.replace(tzinfo=ZoneInfo(settings.timezone)).astimezone(ZoneInfo("UTC"))


def _one(
    code: str,
    name: str,
    due: dict[str, datetime],
    log: dict[tuple[str, str], list[dict[str, Any]]],
) -> AgencyStatus:
    status = AgencyStatus(code, name, {})
    for dataset, due_at in due.items():
        rows = log.get((code, dataset), [])
        admitted = [row for row in rows if row["status"] != "ditolak"]
        if admitted:
            received = admitted[0]["received_at"].replace(tzinfo=ZoneInfo("UTC"))
            status.standings[dataset] = "on_time" if received <= due_at else "late"
            status.rows_read += admitted[-1]["rows_read"]
            status.rows_rejected += admitted[-1]["rows_rejected"]
        else:
            status.standings[dataset] = "refused" if rows else "missing"
        last = rows[-1] if rows else None
        if last is not None and last["refusal_rule"]:
            status.reasons[last["refusal_rule"]] += 1
        if admitted:
            for reason in json.loads(admitted[-1]["top_reasons"]):
                status.reasons[reason["rule"]] += reason["rows"]
    return status
