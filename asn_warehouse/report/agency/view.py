"""What the sections of one agency's report see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import Any

from asn_warehouse import reference
from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.disclosure import Status
from asn_warehouse.periods import Period
from asn_warehouse.report import compose, marts
from asn_warehouse.report.agency.figures import Figure
from asn_warehouse.report.agency.parts import Bars, Block, Measure
from asn_warehouse.report.agency.peers import Grouping, Peers, grouping
from asn_warehouse.report.context import Context, drawn
from asn_warehouse.report.model import Cell
from asn_warehouse.report.source import Month, Published, Rows, agencies
from asn_warehouse.settings import Settings


@dataclass(frozen=True)
class Nation:
    """All agencies of a publication; made once, whatever number of reports are made from it."""

    context: Context
    names: dict[str, str]
    grouping: Grouping
    contracts: dict[str, Dataset]
    _values: dict[str, dict[str, float]] = field(default_factory=dict, repr=False)
    _national: dict[str, Cell] = field(default_factory=dict, repr=False)

    @property
    def month(self) -> Month:
        """The month of the publication."""
        return self.context.published.month

    def national(self, figure: Figure) -> Cell:
        """Return a figure of the nation."""
        if figure.id not in self._national:
            self._national[figure.id] = figure.find(self.month, None)
        return self._national[figure.id]

    @cached_property
    def forms(self) -> dict[str, str]:
        """The form of learning recommended to the nation, by competency."""
        rows = self.month.rows(marts.TRAINING_NEED)
        return {
            str(row.values["competency_code"]): str(row.values["recommended_form"])
            for row in rows.where(agency_code=None, position_level=None).rows
            if row.values.get("recommended_form")
        }

    def values(self, figure: Figure) -> dict[str, float]:
        """Return a figure of every agency that shows it, by code."""
        if figure.id not in self._values:
            found = {code: drawn(figure.find(self.month, code)) for code in self.names}
            self._values[figure.id] = {c: v for c, v in found.items() if v is not None}
        return self._values[figure.id]


def nation(settings: Settings, published: Published) -> Nation:
    """Return all agencies of a publication, with what decides about peers.

    The kind of each agency is what the publication says; one from before it was kept there takes
    it from the reference list, as in force in its month.
    """
    context = compose.context(settings, published)
    edition = published.edition
    kinds = edition.agency_types or reference.agency_types_in_force(settings, edition.period)
    names = dict(agencies(published))
    day = edition.period.last_day
    return Nation(
        context=context,
        names=names,
        grouping=grouping(
            settings,
            published.month,
            (rule for rule in published.rules if rule.is_in_force(day)),
            {code: kind for code, kind in kinds.items() if code in names},
        ),
        contracts=datasets(settings),
    )


@dataclass(frozen=True)
class View:
    """One agency among all: its figures, those of its peers and of the nation."""

    nation: Nation
    code: str
    peers: Peers

    @property
    def name(self) -> str:
        """Name of the agency in force in the month."""
        return self.nation.names[self.code]

    @property
    def context(self) -> Context:
        """Figures, words and rules of the publication."""
        return self.nation.context

    @property
    def period(self) -> Period:
        """The month of the report."""
        return self.nation.month.period

    def rows(self, mart: marts.Mart) -> Rows:
        """Return the rows of the agency in a mart."""
        return self.nation.month.rows(mart).where(agency_code=self.code)

    def own(self, figure: Figure) -> Cell:
        """Return a figure of the agency."""
        return figure.find(self.nation.month, self.code)

    def before(self, figure: Figure) -> Cell | None:
        """Return a figure of the agency in the published month before, None without one."""
        previous = self.context.published.previous
        return figure.find(previous, self.code) if previous else None

    def measure(self, figure: Figure) -> Measure:
        """Return a figure of the agency beside the median of its peers and the nation's."""
        values = self.nation.values(figure)
        among = [values[code] for code in self.peers.codes if code in values]
        middle = Cell(median(among)) if among else Cell(None, Status.NOT_REPORTED)
        return Measure(
            figure.label, figure.kind, self.own(figure), middle, self.nation.national(figure)
        )

    def measures(self, figures: Iterable[Figure]) -> tuple[Measure, ...]:
        """Return several measures."""
        return tuple(self.measure(figure) for figure in figures)

    def is_left_out(self, mart: marts.Mart, *keys: str) -> bool:
        """Return whether details of a mart by exactly these keys are too fine to be shown."""
        return self.context.published.edition.is_left_out(mart.name, *keys)


def view(nation: Nation, code: str) -> View:
    """Return one agency among all."""
    return View(nation, code, nation.grouping.of(code))


def has_any(cells: Sequence[Cell]) -> bool:
    """Return whether a cell of a row has something to show."""
    return any(cell.status is Status.SHOWN and cell.value is not None for cell in cells)


def charted(
    id_: str, caption: str, measures: tuple[Measure, ...], *, low: float = 0, high: float = 0
) -> list[Block]:
    """Return a chart whose scale holds all figures, ``low`` and ``high``; none without a figure."""
    seen = [v for m in measures for c in m.cells if (v := drawn(c)) is not None]
    if not seen or min(low, *seen) == max(high, *seen):
        return []
    return [Bars(id_, caption, measures, min(low, *seen), max(high, *seen))]


def value(row: Any, column: str) -> Any:
    """Return a value of a row; None where it is hidden or not there."""
    return row.values.get(column) if row is not None else None
