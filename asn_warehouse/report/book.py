"""The workbook being written: its formats, tables as sheets, the same bytes on repeat."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from asn_warehouse.disclosure import Status
from asn_warehouse.report import formats
from asn_warehouse.report.model import Cell, Column

_NUMBER = {
    "integer": "#,##0",
    "decimal1": "#,##0.0",
    "decimal2": "#,##0.00",
    "score": "#,##0.0",
    "money": "#,##0",
    "share": "0.0%",
    "date": "yyyy-mm-dd",
}


class Book:
    """A workbook being written, with its formats."""

    def __init__(self, buffer: io.BytesIO, created: datetime, mark: str = "") -> None:
        """Begin a workbook; ``mark`` stands over every table."""
        self.legend = f"{mark} {LEGEND}".strip()
        self.book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
        self.book.set_properties({"created": created, "title": "", "author": ""})
        self.title = self._format(bold=True, font_size=14, font_color="#12436D")
        self.soft = self._format(font_color="#55636F", text_wrap=False)
        self.head = self._format(
            bold=True,
            font_color="#FFFFFF",
            bg_color="#12436D",
            text_wrap=True,
            valign="top",
            border=1,
            border_color="#D5DCE3",
        )
        self.words = self._format(text_wrap=True, valign="top")
        self._kinds: dict[tuple[str, bool], Any] = {}

    def _format(self, **properties: Any) -> Any:
        return self.book.add_format({"font_name": "Calibri", "font_size": 10, **properties})

    def kind(self, kind: str, *, strong: bool) -> Any:
        """Return the cell format of a kind of number or text."""
        if (kind, strong) not in self._kinds:
            properties: dict[str, Any] = {"valign": "top"}
            if kind in _NUMBER:
                properties |= {"num_format": _NUMBER[kind], "align": "right"}
            if strong:
                properties |= {"bold": True, "bg_color": "#F1F4F7"}
            self._kinds[kind, strong] = self._format(**properties)
        return self._kinds[kind, strong]

    def sheet(
        self,
        name: str,
        title: str,
        columns: Sequence[Column],
        rows: Sequence[tuple[Sequence[Cell], bool]],
    ) -> None:
        """Write one table: title, legend, header that stays in sight, rows; totals strong."""
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, title, self.title)
        sheet.write_string(1, 0, self.legend, self.soft)
        for c, shown in enumerate(columns):
            sheet.write_string(3, c, shown.label, self.head)
            sheet.set_column(c, c, _width(shown, [row[c] for row, _ in rows[:400]]))
        for r, (row, strong) in enumerate(rows, start=4):
            for c, (found, shown) in enumerate(zip(row, columns, strict=True)):
                self.write(sheet, (r, c), found, shown.kind, strong)
        sheet.freeze_panes(4, 1)
        if rows:
            sheet.autofilter(3, 0, 3 + len(rows), len(columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(3)

    def write(
        self, sheet: Worksheet, place: tuple[int, int], found: Cell, kind: str, strong: bool
    ) -> None:
        """Write a cell at (row, column): a number as a number, words and signs as text."""
        style = self.kind(kind, strong=strong)
        value = found.value
        if found.status is Status.SUPPRESSED or value is None:
            sheet.write_string(*place, found.text(kind), style)
        elif isinstance(value, bool) or kind not in _NUMBER or isinstance(value, datetime):
            sheet.write_string(*place, formats.value(value, kind), style)
        elif isinstance(value, date):
            sheet.write_datetime(*place, datetime(value.year, value.month, value.day), style)
        else:
            sheet.write_number(*place, float(value), style)


LEGEND = (
    f"{formats.SUPPRESSED} = dirahasiakan; {formats.NOT_REPORTED} = tidak dilaporkan; 0 = nol. "
    "Baris tebal adalah jumlah."
)


def _width(column: Column, cells: Sequence[Cell]) -> float:
    if column.is_number:
        return float(max(11, min(16, len(column.label) * 0.7)))
    longest = max((len(c.text(column.kind)) for c in cells), default=0)
    return float(max(12, min(48, longest + 2, 48)))
