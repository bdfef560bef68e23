"""What every section needs: published figures, words, rules, and a few ways to build tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asn_warehouse.disclosure import Status
from asn_warehouse.periods import Period
from asn_warehouse.report import formats, marts
from asn_warehouse.report.labels import CodeLabels, catalogue, heading, label
from asn_warehouse.report.model import Cell, Column
from asn_warehouse.report.rules import parameter
from asn_warehouse.report.source import Published, Rows
from asn_warehouse.rules import Rule

UNKNOWN = "TIDAK_DIKETAHUI"
"""The code of marts for a place or position that no list has."""
FAMILIES = ("managerial", "sociocultural", "technical", "digital")


@dataclass(frozen=True)
class Context:
    """The figures of a period, with the words and the rules that go with them."""

    published: Published
    codes: CodeLabels
    rules: tuple[Rule, ...]
    box_actions: dict[int, str]
    gain_target: float | None
    threshold: int

    @property
    def period(self) -> Period:
        """The period of the report."""
        return self.published.edition.period

    @property
    def gap_national(self) -> Rows:
        """Competency gaps of the nation."""
        return self.published.mart(marts.COMPETENCY_GAP_NATIONAL)

    @property
    def gap_agency(self) -> Rows:
        """Competency gaps by agency."""
        return self.published.mart(marts.COMPETENCY_GAP_AGENCY)

    @property
    def fit(self) -> Rows:
        """Fit of people and positions."""
        return self.published.mart(marts.POSITION_FIT)

    @property
    def learning(self) -> Rows:
        """Learning hours of the year to date."""
        return self.published.mart(marts.LEARNING_HOURS)

    @property
    def programs(self) -> Rows:
        """Programme runs that ended in the last twelve months."""
        return self.published.mart(marts.PROGRAM_EFFECTIVENESS)

    @property
    def talent(self) -> Rows:
        """Talent boxes."""
        return self.published.mart(marts.TALENT_BOX)

    @property
    def submissions(self) -> Rows:
        """Submissions, every agency by every dataset."""
        return self.published.mart(marts.SUBMISSION_SCORECARD)

    @property
    def orphans(self) -> Rows:
        """Rows that name something unknown, by reason."""
        return self.published.mart(marts.SUBMISSION_ORPHAN)

    def rule(self, rule_set: str, item: str, kind: str = "integer") -> str:
        """Return the value of a rule in force, in words; the sign of the missing where none is."""
        return formats.value(parameter(self.rules, rule_set, item), kind)

    def level(self, code: Any) -> str:
        """Return the name of a position level; null is all of them."""
        return label("report", "all") if code is None else self.codes.of("position_level", code)

    def levels(self, rows: Rows) -> list[str]:
        """Return the position levels in ``rows``, highest first."""
        present = {r.values.get("position_level") for r in rows.rows}
        return [code for code in self.codes.order("position_level") if code in present]

    def fields(self, rows: Rows) -> list[str]:
        """Return the fields of work in ``rows`` in the order of their list."""
        present = {r.values.get("job_family") for r in rows.rows} - {None}
        known = [code for code in self.codes.order("job_family") if code in present]
        return known + sorted(str(code) for code in present - set(known))

    def field(self, code: str) -> str:
        """Return the name of a field of work."""
        return self.known("job_family", code)

    def known(self, code_list: str, code: str) -> str:
        """Return the label of a code; of one that stands for the unknown, that it is unknown."""
        return label("report", "unknown") if code == UNKNOWN else self.codes.of(code_list, code)

    def competency(self, code: str) -> str:
        """Return code and name of a competency."""
        name = self.codes.of("competency", code)
        return code if name == code else f"{code} {name}"


def short_name(agency: str) -> str:
    """Return the name of an agency as tables with little room write it."""
    for long, short in catalogue()["short_name"].items():
        if agency.startswith(f"{long} "):
            return f"{short} {agency.removeprefix(f'{long} ')}"
    return agency


def column(
    key: str,
    kind: str = "text",
    weight: float = 1.0,
    *,
    of: marts.Mart | None = None,
    title: str | None = None,
) -> Column:
    """Return a column with the heading that its mart gives it, or with one of the report's own."""
    return Column(key, title or heading(key, of.name if of else None), kind, weight)


def text(value: Any) -> Cell:
    """Return a cell of words."""
    return Cell(value)


def counted(value: int) -> Cell:
    """Return a cell of a count that speaks of files or agencies, not of people."""
    return Cell(value)


def ratio(part: int, whole: int) -> Cell:
    """Return a share; over no case there is none."""
    return Cell(part / whole) if whole else Cell(None, Status.NOT_REPORTED)


def share_of(part: Cell, whole: Cell) -> Cell:
    """Return one cell as a share of another; hidden or not reported where either is."""
    for cell in (part, whole):
        if cell.value is None:
            return Cell(None, cell.status)
    if not whole.value:
        return Cell(None, Status.NOT_REPORTED)
    return Cell(float(part.value) / float(whole.value))


def added(cells: Sequence[Cell]) -> Cell:
    """Return the sum of counts; hidden if one is hidden, not reported if none was reported."""
    if any(c.status is Status.SUPPRESSED for c in cells):
        return Cell(None, Status.SUPPRESSED)
    known = [c.value for c in cells if c.value is not None]
    return Cell(sum(known)) if known else Cell(None, Status.NOT_REPORTED)


def drawn(cell: Cell) -> float | None:
    """Return the value for a chart, or None where there is nothing to draw."""
    if cell.status is not Status.SHOWN or cell.value is None:
        return None
    return float(cell.value)


def joined(words: Sequence[str]) -> str:
    """Return a list in words: a, b dan c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} dan {words[-1]}"


def integer(value: int) -> str:
    """Return a count in words."""
    return formats.number(value, "integer")
