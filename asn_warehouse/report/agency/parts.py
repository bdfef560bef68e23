"""What the report of an agency says, before it becomes pages or sheets."""

from dataclasses import dataclass
from datetime import datetime

from asn_warehouse.periods import Period
from asn_warehouse.report.model import Cell, Paragraph, Table


@dataclass(frozen=True)
class Measure:
    """One figure of the agency beside its peers (their median) and the nation."""

    label: str
    kind: str
    own: Cell
    peers: Cell
    national: Cell

    @property
    def cells(self) -> tuple[Cell, Cell, Cell]:
        """The three figures in the order in which they are printed."""
        return self.own, self.peers, self.national


@dataclass(frozen=True)
class Tile:
    """A key figure: a measure, and what it was in the published month before."""

    measure: Measure
    previous: Cell | None
    change: str


@dataclass(frozen=True)
class Comparison:
    """A table of measures, each in its own kind of number."""

    id: str
    caption: str
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Bars:
    """Measures of one kind on one scale from ``low`` to ``high``, drawn and printed."""

    id: str
    caption: str
    measures: tuple[Measure, ...]
    low: float
    high: float


@dataclass(frozen=True)
class Box:
    """A field of the talent grid: its number, people, share, and whether it is of the pool."""

    number: int
    people: Cell
    share: Cell
    is_pool: bool


@dataclass(frozen=True)
class Boxes:
    """The grid of nine: rows by performance, highest first; columns by potential, lowest first."""

    id: str
    caption: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    boxes: tuple[tuple[Box, ...], ...]


@dataclass(frozen=True)
class Task:
    """One thing to do: how urgent (1 is first), what about, what, from which figure, by when."""

    urgency: int
    topic: str
    action: str
    reason: str
    until: str


@dataclass(frozen=True)
class Tasks:
    """The to-do list, most urgent first."""

    id: str
    caption: str
    tasks: tuple[Task, ...]


Block = Paragraph | Table | Comparison | Bars | Boxes | Tasks


@dataclass(frozen=True)
class Topic:
    """A part of the report; ``more`` are tables that only the workbook has room for."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    more: tuple[Table, ...] = ()
    starts_page: bool = True


@dataclass(frozen=True)
class AgencyReport:
    """The whole report of one agency, a period and a version."""

    code: str
    name: str
    period: Period
    version: int
    as_of: datetime
    published_at: datetime
    content_sha256: str
    facts: tuple[tuple[str, str], ...]
    summary: tuple[str, ...]
    tiles: tuple[Tile, ...]
    topics: tuple[Topic, ...]
