"""The nine boxes as a grid of buttons."""

from dataclasses import dataclass

from asn_warehouse.disclosure import Status
from asn_warehouse.report.context import Context
from asn_warehouse.report.sections.talent import BOXES, POOL
from asn_warehouse.report.site.tables import Box, figure
from asn_warehouse.report.site.words import Phrase, Words

_PERFORMANCE = ("above", "meets", "below")
_POTENTIAL = ("low", "medium", "high")


@dataclass(frozen=True)
class Tile:
    """One box: its number, the people in it and their share; ``mark`` is that of a hidden one."""

    number: int
    words: Phrase
    column: Phrase
    people: Box
    share: Box
    is_pool: bool
    mark: str


@dataclass(frozen=True)
class Row:
    """The three boxes of one category of performance."""

    words: Phrase
    boxes: tuple[Tile, ...]


@dataclass(frozen=True)
class Nine:
    """The grid with its columns, or the reason why there is none."""

    lines: tuple[Row, ...]
    columns: tuple[Phrase, ...]
    empty: Phrase | None


def boxes(words: Words, context: Context, agency: str | None) -> Nine:
    """Return the grid of an agency, or of the nation."""
    rows = context.talent.where(agency_code=agency, position_level=None)
    if not rows.rows:
        return Nine((), (), words.say("no_rows"))
    lines = []
    for performance in _PERFORMANCE:
        tiles = []
        for potential in _POTENTIAL:
            box = BOXES[performance, potential]
            people = figure(rows.cell("people", box=box), "integer")
            tiles.append(
                Tile(
                    box,
                    words.code("box", box),
                    words.code("potential", potential),
                    people,
                    figure(rows.cell("share", box=box), "share"),
                    box in POOL,
                    "s" if people.status is Status.SUPPRESSED else "",
                )
            )
        lines.append(Row(words.code("performance", performance), tuple(tiles)))
    columns = tuple(words.code("potential", name) for name in _POTENTIAL)
    return Nine(tuple(lines), columns, None)
