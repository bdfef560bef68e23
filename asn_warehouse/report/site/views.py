"""What a table of the site shows: which rows of which mart, by what, and how it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asn_warehouse.report.marts import Mart

PERIOD = "period"
TOTAL = "~"
"""How a filter names the rows that are totals over its key."""
EVERY = object()
"""In place of a key's value: the rows of all its values, the total among them."""
EVIDENCE = ("strong", "moderate", "weak", "none")


@dataclass(frozen=True)
class Picture:
    """A chart of a table's rows: its kind, and the columns that it draws.

    ``bar`` and ``line`` draw one column each; ``dumbbell`` two, the ideal first; ``stacked`` the
    parts of a whole; ``intervals`` a mean with its lower and upper bound. ``title`` names it in the
    catalogue of words; by default what it draws does.
    """

    kind: str
    columns: tuple[str, ...]
    limit: int = 16
    totals: bool = True
    title: str = ""


@dataclass(frozen=True)
class View:
    """A table made of the rows of a mart.

    Args:
        id: its name in the page and in the catalogue of words.
        mart: where the rows stand.
        keys: columns of words, by which the rows are told apart.
        measures: columns of figures and their kinds; kind ``unit`` follows the row's own unit,
            ``code:<list>`` is a code, ``name`` a name that no language changes.
        where: the values that all other keys of the mart have; None is the total.
        filters: keys that the reader may choose; those with a default begin with it.
        months: whether the earlier published months are there as well.
        order: columns by which the rows are ranked, the largest first; by default by the keys.
        limit: how many rows there are at most.
        pictures: charts of the table.
    """

    id: str
    mart: Mart
    keys: tuple[str, ...]
    measures: tuple[tuple[str, str], ...]
    where: Mapping[str, Any] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    months: bool = False
    order: tuple[str, ...] = ()
    limit: int | None = None
    pictures: tuple[Picture, ...] = ()

    @property
    def names(self) -> list[str]:
        """The columns in their order."""
        return [*self.keys, *(name for name, _ in self.measures)]


def trend(id_: str, mart: Mart, where: Mapping[str, Any], *measures: tuple[str, str]) -> View:
    """Return a table of the published months, with a line for each of its measures."""
    lines = tuple(Picture("line", (name,)) for name, _ in measures)
    return View(id_, mart, (PERIOD,), measures, where=where, months=True, pictures=lines)
