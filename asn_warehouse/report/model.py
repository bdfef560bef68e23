"""What the report says, before it becomes pages, sheets or a web page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn_warehouse.disclosure import Status
from asn_warehouse.periods import Period
from asn_warehouse.report import formats

PRINTED = "printed"
"""The kind of a column whose numbers have formats of their own and come as text."""
NUMERIC = frozenset({"integer", "decimal1", "decimal2", "score", "money", "share"})


@dataclass(frozen=True)
class Cell:
    """A value and whether the reader may see it."""

    value: Any
    status: Status = Status.SHOWN

    def text(self, kind: str) -> str:
        """Return what a page prints: the value, ``*`` where suppressed, ``–`` where missing."""
        if self.status is Status.SUPPRESSED:
            return formats.SUPPRESSED
        return formats.value(self.value, kind)


@dataclass(frozen=True)
class Column:
    """A column of a table: key, heading and kind (a number format, ``text`` or ``date``)."""

    key: str
    label: str
    kind: str = "text"
    weight: float = 1.0

    @property
    def is_number(self) -> bool:
        """Whether the column is set flush right."""
        return self.kind in NUMERIC or self.kind == PRINTED


@dataclass(frozen=True)
class Table:
    """A table with a caption; ``totals`` holds the places of rows that sum up others."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: frozenset[int] = frozenset()
    is_long: bool = False
    is_narrow: bool = False

    def texts(self) -> list[list[str]]:
        """Return the rows as a page prints them."""
        return [
            [cell.text(column.kind) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    @property
    def has_suppressed(self) -> bool:
        """Whether a cell is hidden."""
        return any(c.status is Status.SUPPRESSED for row in self.rows for c in row)


@dataclass(frozen=True)
class Chart:
    """A picture with its words and, in ``table``, every figure that it draws."""

    id: str
    title: str
    alt: str
    svg: str
    table: Table


@dataclass(frozen=True)
class Paragraph:
    """Words between tables; a note is set smaller."""

    text: str
    is_note: bool = False


Block = Table | Chart | Paragraph


@dataclass(frozen=True)
class Section:
    """A part of the report with an anchor."""

    id: str
    title: str
    blocks: tuple[Block, ...]

    @property
    def tables(self) -> list[Table]:
        """Tables of the section, those of charts among them."""
        found = [b.table if isinstance(b, Chart) else b for b in self.blocks]
        return [b for b in found if isinstance(b, Table)]


@dataclass(frozen=True)
class KeyFigure:
    """One number that a reader should remember, and how it changed.

    ``previous`` is that of the month published before, ``year_ago`` that of the same month a year
    ago; None where there is no such month. ``metric`` is its name in the semantic layer, which says
    in what words it is shown.
    """

    id: str
    metric: str
    label: str
    cell: Cell
    kind: str
    note: str
    previous: Cell | None = None
    year_ago: Cell | None = None

    @property
    def text(self) -> str:
        """The number as printed."""
        return self.cell.text(self.kind)

    @property
    def change(self) -> str:
        """The change against the previous published month, in words."""
        return self._against(self.previous, "belum ada bulan pembanding")

    @property
    def change_on_year(self) -> str:
        """The change against the same month a year ago, in words."""
        return self._against(self.year_ago, "bulan yang sama tahun lalu belum terbit")

    def _against(self, before: Cell | None, without: str) -> str:
        if before is None:
            return without
        if any(c.value is None or c.status is not Status.SHOWN for c in (self.cell, before)):
            return "tidak dapat dibandingkan"
        difference = formats.difference(self.cell.value, before.value, self.kind)
        if not difference.removesuffix(" poin persen").strip("0,."):
            return "tetap"
        return difference


@dataclass(frozen=True)
class Report:
    """The whole report of a period and version."""

    period: Period
    version: int
    as_of: datetime
    published_at: datetime
    content_sha256: str
    title: str
    subtitle: str
    summary: tuple[str, ...]
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[Section, ...] = field(default=())
    is_as_known: bool = False

    @property
    def heading(self) -> str:
        """The title with its period."""
        return f"{self.title}, {formats.month(self.period)}"


def table(
    id_: str,
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    totals: Sequence[int] = (),
    is_long: bool = False,
    is_narrow: bool = False,
) -> Table:
    """Return a table from any sequences."""
    return Table(
        id_,
        caption,
        tuple(columns),
        tuple(tuple(r) for r in rows),
        frozenset(totals),
        is_long,
        is_narrow,
    )
