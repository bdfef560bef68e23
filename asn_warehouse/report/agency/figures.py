"""Figures that an agency, its peers and the nation have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asn_warehouse.disclosure import Status
from asn_warehouse.report import marts
from asn_warehouse.report.context import added, drawn
from asn_warehouse.report.labels import heading, label
from asn_warehouse.report.model import Cell
from asn_warehouse.report.source import Month, Rows

Find = Callable[[Month, str | None], Cell]
"""Return a figure of a month for an agency, or for the nation where there is no code."""


@dataclass(frozen=True)
class Figure:
    """A figure: its name in code, its name in words, how it is printed, where it stands."""

    id: str
    label: str
    kind: str
    find: Find


def of(
    mart: marts.Mart,
    column: str,
    kind: str,
    *,
    over: str | None = None,
    words: str | None = None,
    **keys: Any,
) -> Figure:
    """Return the figure of ``column`` in the row with these keys, or its share of ``over``."""

    def find(month: Month, code: str | None) -> Cell:
        rows = _rows(month, mart, code).where(**keys)
        found = rows.cell(column)
        return found if over is None else share_of(found, rows.cell(over))

    id_ = "/".join([mart.name, column, over or "", *(f"{k}={v}" for k, v in keys.items())])
    return Figure(id_, words or heading(column, mart.name), kind, find)


def _rows(month: Month, mart: marts.Mart, code: str | None) -> Rows:
    """Return the rows of an agency or the nation; gaps of the nation have a mart of their own."""
    if mart is marts.COMPETENCY_GAP_AGENCY and code is None:
        return month.rows(marts.COMPETENCY_GAP_NATIONAL)
    return month.rows(mart).where(agency_code=code)


def share_of(part: Cell, whole: Cell) -> Cell:
    """Return a share; hidden where a side of it is, not reported over nothing."""
    if Status.SUPPRESSED in (part.status, whole.status):
        return Cell(None, Status.SUPPRESSED)
    number, total = drawn(part), drawn(whole)
    if number is None or not total:
        return Cell(None, Status.NOT_REPORTED)
    return Cell(number / total)


def _on_time(month: Month, code: str | None) -> Cell:
    rows = month.rows(marts.SUBMISSION_SCORECARD)
    found = (rows if code is None else rows.where(agency_code=code)).rows
    expected = [r for r in found if r.values["status"] != "not_expected"]
    if not expected:
        return Cell(None, Status.NOT_REPORTED)
    return Cell(sum(r.values["status"] == "on_time" for r in expected) / len(expected))


def _data_score(month: Month, code: str | None) -> Cell:
    rows = month.rows(marts.SUBMISSION_SCORECARD)
    found = (rows if code is None else rows.where(agency_code=code)).rows
    expected = [r for r in found if r.values["status"] != "not_expected"]
    known = [float(r.values["score"]) for r in expected if r.values.get("score") is not None]
    return Cell(sum(known) / len(known)) if known else Cell(None, Status.NOT_REPORTED)


def _pool_share(month: Month, code: str | None) -> Cell:
    rows = _rows(month, marts.TALENT_BOX, code).where(position_level=None)
    pool = added([rows.cell("people", box=box) for box in POOL])
    return share_of(pool, rows.cell("placed_people"))


POOL = (9, 8, 7)
ON_TIME = Figure("on_time", label("agency_figure", "on_time"), "share", _on_time)
DATA_SCORE = Figure("data_score", heading("data_score"), "score", _data_score)
POOL_SHARE = Figure("pool_share", label("agency_figure", "pool_share"), "share", _pool_share)
GAP = {"family": None, "competency_code": None, "position_level": None}
ALL_LEVELS = {"position_level": None}
ALL_STATUSES = {"employment_status": None, "position_level": None}
PEOPLE = of(marts.POSITION_FIT, "people", "integer", **ALL_LEVELS)
COVERAGE = of(marts.COMPETENCY_GAP_AGENCY, "coverage", "share", **GAP)
GAP_MEAN = of(marts.COMPETENCY_GAP_AGENCY, "gap_mean", "decimal2", **GAP)
MET_SHARE = of(marts.COMPETENCY_GAP_AGENCY, "met_share", "share", **GAP)
HOURS_MEAN = of(marts.LEARNING_HOURS, "hours_mean", "decimal1", **ALL_STATUSES)
REACHED_20 = of(marts.LEARNING_HOURS, "reached_20_share", "share", **ALL_STATUSES)
IP_ASN = of(marts.PROFESSIONALISM_INDEX, "ip_asn", "decimal1", employment_status=None)
IKM = of(marts.SERVICE_SATISFACTION, "ikm", "decimal2", service_code=None)
JOB_SATISFACTION = of(marts.JOB_SATISFACTION, "score", "decimal1")
KEY_FIGURES = (
    ON_TIME,
    DATA_SCORE,
    PEOPLE,
    COVERAGE,
    GAP_MEAN,
    MET_SHARE,
    HOURS_MEAN,
    REACHED_20,
    POOL_SHARE,
    IP_ASN,
    IKM,
    JOB_SATISFACTION,
)
