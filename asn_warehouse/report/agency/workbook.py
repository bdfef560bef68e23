"""The report of an agency as a workbook: a sheet for each topic, its tables one below another."""

import io
from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from asn_warehouse.report import formats
from asn_warehouse.report.agency.parts import (
    AgencyReport,
    Bars,
    Block,
    Boxes,
    Comparison,
    Measure,
    Tasks,
    Topic,
)
from asn_warehouse.report.book import LEGEND, Book
from asn_warehouse.report.labels import label
from asn_warehouse.report.model import Cell, Paragraph, Table

_WIDTHS = (44, 18, 18, 18, 16, 16, 16, 16, 16, 16)
_TASK_WIDTHS = (6, 16, 18, 70, 60, 30)
Line = tuple[Sequence[tuple[Cell, str]], bool]
"""Cells with their kinds, and whether they sum up others."""


class _Sheet:
    """A worksheet that is written from its top to its end."""

    def __init__(self, book: Book, name: str, title: str, widths: Sequence[float]) -> None:
        self._book = book
        self._sheet: Worksheet = book.book.add_worksheet(name)
        self._row = 0
        for place, width in enumerate(widths):
            self._sheet.set_column(place, place, width)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        self.words(title, self._book.title)
        self.words(LEGEND, self._book.soft)
        self._row += 1

    def words(self, text: str, style: object) -> None:
        """Write a line of words."""
        self._sheet.write_string(self._row, 0, text, style)
        self._row += 1

    def table(self, caption: str, heads: Sequence[str], lines: Sequence[Line]) -> None:
        """Write a caption, headings and lines, then leave a row free."""
        self.words(caption, self._book.kind("text", strong=True))
        for place, head in enumerate(heads):
            self._sheet.write_string(self._row, place, head, self._book.head)
        self._row += 1
        for cells, is_total in lines:
            for place, (cell, kind) in enumerate(cells):
                self._book.write(self._sheet, (self._row, place), cell, kind, is_total)
            self._row += 1
        self._row += 1

    @property
    def plain(self) -> object:
        """The style of running words."""
        return self._book.soft


def render(report: AgencyReport) -> bytes:
    """Return the workbook; the same report gives the same bytes."""
    buffer = io.BytesIO()
    book = Book(buffer, report.published_at)
    _summary(book, report)
    for topic in report.topics:
        _topic(book, report, topic)
    book.book.close()
    return buffer.getvalue()


def _heading(report: AgencyReport, title: str) -> str:
    return f"{title}: {report.name}, {formats.month(report.period)}"


def _heads() -> tuple[str, str, str, str]:
    return (
        label("agency_report", "indicator"),
        label("agency_report", "own"),
        label("agency_report", "peers_short"),
        label("agency_report", "national"),
    )


def _summary(book: Book, report: AgencyReport) -> None:
    sheet = _Sheet(book, "Ringkasan", _heading(report, label("agency_report", "title")), _WIDTHS)
    facts = [*report.facts, ("Sidik isi (SHA-256)", report.content_sha256)]
    lines: list[Line] = [(((Cell(n), "text"), (Cell(v), "text")), False) for n, v in facts]
    sheet.table("Terbitan", (), lines)
    for sentence in report.summary:
        sheet.words(sentence, sheet.plain)
    sheet.words("", sheet.plain)
    rows: list[Line] = [
        (
            (
                *_measured(tile.measure),
                (tile.previous or Cell(None), tile.measure.kind),
                (Cell(tile.change), "text"),
            ),
            False,
        )
        for tile in report.tiles
    ]
    more = (label("agency_report", "previous"), label("agency_report", "changed"))
    sheet.table("Angka utama", (*_heads(), *more), rows)


def _measured(measure: Measure) -> list[tuple[Cell, str]]:
    return [(Cell(measure.label), "text"), *((cell, measure.kind) for cell in measure.cells)]


def _topic(book: Book, report: AgencyReport, topic: Topic) -> None:
    is_list = any(isinstance(block, Tasks) for block in topic.blocks)
    name = label("agency_sheet", topic.id)
    widths = _TASK_WIDTHS if is_list else _WIDTHS
    sheet = _Sheet(book, name, _heading(report, topic.title), widths)
    for block in (*topic.blocks, *(found for found in topic.more if found.rows)):
        _block(sheet, block)


def _block(sheet: _Sheet, block: Block) -> None:
    match block:
        case Paragraph():
            sheet.words(block.text, sheet.plain)
            sheet.words("", sheet.plain)
        case Table():
            kinds = [column.kind for column in block.columns]
            lines: list[Line] = [
                (list(zip(row, kinds, strict=True)), place in block.totals)
                for place, row in enumerate(block.rows)
            ]
            sheet.table(block.caption, [c.label for c in block.columns], lines)
        case Comparison() | Bars():
            measured: list[Line] = [(_measured(m), False) for m in block.measures]
            sheet.table(block.caption, _heads(), measured)
        case Boxes():
            _boxes(sheet, block)
        case Tasks():
            _tasks(sheet, block)


def _boxes(sheet: _Sheet, block: Boxes) -> None:
    heads = [label("agency_box", name) for name in ("box", "performance", "potential")]
    heads += [label("agency_box", name) for name in ("people", "share")]
    lines: list[Line] = [
        (
            (
                (Cell(f"Kotak {box.number}"), "text"),
                (Cell(block.rows[y]), "text"),
                (Cell(block.columns[x]), "text"),
                (box.people, "integer"),
                (box.share, "share"),
            ),
            box.is_pool,
        )
        for y, row in enumerate(block.boxes)
        for x, box in enumerate(row)
    ]
    sheet.table(block.caption, heads, lines)


def _tasks(sheet: _Sheet, block: Tasks) -> None:
    names = ("number", "urgency", "topic", "action", "reason", "until")
    lines: list[Line] = []
    for place, task in enumerate(block.tasks, start=1):
        texts = (
            label("agency_urgency", task.urgency),
            task.topic,
            task.action,
            task.reason,
            task.until,
        )
        lines.append(
            (((Cell(place), "integer"), *((Cell(words), "text") for words in texts)), False)
        )
    sheet.table(block.caption, [label("agency_task", name) for name in names], lines)
