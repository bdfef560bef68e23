"""The report as a workbook: one topic per sheet, the same bytes on repeat."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from asn_warehouse.disclosure import Status
from asn_warehouse.report import formats, marts
from asn_warehouse.report.context import Context, column
from asn_warehouse.report.labels import catalogue, label, mart_headings, mart_title
from asn_warehouse.report.model import Cell, Column, Paragraph, Report, Table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import Rows, cell
from asn_warehouse.report.words import facts

_NUMBER = {
    "integer": "#,##0",
    "decimal1": "#,##0.0",
    "decimal2": "#,##0.00",
    "score": "#,##0.0",
    "money": "#,##0",
    "share": "0.0%",
    "date": "yyyy-mm-dd",
}
_SHARES = ("coverage", "gain_pct", "normalised_gain", "completion_rate", "response_rate")
_MONEY = ("cost", "cost_per_participant", "cost_per_gain_point")
_COUNTS = (
    "rows",
    "rows_read",
    "accepted",
    "rejected",
    "warned",
    "replayed",
    "orphans",
    "revisions",
)
_HIDDEN = ("period", "is_total", "performance_category", "potential_category", "top_reasons")


@dataclass(frozen=True)
class _Sheet:
    """A sheet made from one mart: its name, its rows, what a row is about."""

    name: str
    mart: marts.Mart
    grain: str
    keep: Callable[[Any], bool] = lambda _: True


def _is_summed(values: Any) -> bool:
    return values.get("competency_code") is None


_SHEETS = (
    _Sheet("Kepatuhan", marts.SUBMISSION_SCORECARD, "instansi × data"),
    _Sheet(
        "Tanpa pasangan",
        marts.SUBMISSION_ORPHAN,
        "instansi × data × sebab",
    ),
    _Sheet(
        "Kesenjangan nasional",
        marts.COMPETENCY_GAP_NATIONAL,
        "rumpun × kompetensi × jenjang",
    ),
    _Sheet(
        "Kesenjangan instansi",
        marts.COMPETENCY_GAP_AGENCY,
        "rumpun × jenjang",
        _is_summed,
    ),
    _Sheet("Kesesuaian", marts.POSITION_FIT, "instansi × jenjang"),
    _Sheet(
        "Jam pelajaran",
        marts.LEARNING_HOURS,
        "tahun berjalan, instansi × status × jenjang",
    ),
    _Sheet("Program", marts.PROGRAM_EFFECTIVENESS, "program × instansi"),
    _Sheet("Talenta", marts.TALENT_BOX, "instansi × jenjang × kotak"),
)


class _Book:
    """A workbook being written, with its formats."""

    def __init__(self, buffer: io.BytesIO, created: datetime) -> None:
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
        sheet.write_string(1, 0, _LEGEND, self.soft)
        for c, shown in enumerate(columns):
            sheet.write_string(3, c, shown.label, self.head)
            sheet.set_column(c, c, _width(shown, [row[c] for row, _ in rows[:400]]))
        for r, (row, strong) in enumerate(rows, start=4):
            for c, (found, shown) in enumerate(zip(row, columns, strict=True)):
                self._write(sheet, (r, c), found, shown.kind, strong)
        sheet.freeze_panes(4, 1)
        if rows:
            sheet.autofilter(3, 0, 3 + len(rows), len(columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(3)

    def _write(
        self, sheet: Worksheet, place: tuple[int, int], found: Cell, kind: str, strong: bool
    ) -> None:
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


_LEGEND = (
    f"{formats.SUPPRESSED} = dirahasiakan; {formats.NOT_REPORTED} = tidak dilaporkan; 0 = nol. "
    "Baris tebal adalah jumlah."
)


def render(report: Report, context: Context) -> bytes:
    """Return the workbook."""
    buffer = io.BytesIO()
    book = _Book(buffer, report.published_at)
    _summary(book, report)
    for spec in _SHEETS:
        _mart_sheet(book, context, spec)
    for section in report.sections:
        for found in section.tables:
            if found.id == "instansi":
                _table_sheet(book, "Instansi", found)
    _notes(book, report)
    _rules(book, report, context)
    book.book.close()
    return buffer.getvalue()


def _summary(book: _Book, report: Report) -> None:
    columns = [
        column("indicator", weight=2),
        column("value", "printed"),
        column("previous", "printed"),
        column("change"),
        column("note"),
    ]
    rows = [
        (
            [
                Cell(f.label),
                Cell(f.text),
                Cell(f.previous.text(f.kind) if f.previous else None),
                Cell(f.change),
                Cell(f.note),
            ],
            False,
        )
        for f in report.key_figures
    ]
    book.sheet("Ringkasan", report.heading, columns, rows)


def _mart_sheet(book: _Book, context: Context, spec: _Sheet) -> None:
    found = context.published.mart(spec.mart)
    names = _columns(found)
    headings = {**catalogue()["columns"], **mart_headings(spec.mart.name)}
    columns = [Column(n, headings[n], _kind(n, spec.mart)) for n in names]
    rows = [
        (
            [_worded(context, row, n, spec.mart.rule.keys) for n in names],
            bool(row.values.get("is_total")),
        )
        for row in found.rows
        if spec.keep(row.values)
    ]
    title = f"{mart_title(spec.mart.name)}, {spec.grain}, {formats.month(context.period)}"
    book.sheet(spec.name, title, columns, rows)


def _columns(rows: Rows) -> list[str]:
    if not rows.rows:
        return [n for n in rows.mart.rule.keys if n not in _HIDDEN]
    return [n for n in rows.rows[0].values if n in rows.mart.columns and n not in _HIDDEN]


def _kind(name: str, mart: marts.Mart) -> str:
    kind = "text"
    if name in _MONEY:
        kind = "money"
    elif name.endswith("_share") or name in ("share", "reject_rate", *_SHARES):
        kind = "share"
    elif name in mart.rule.counts or name in _COUNTS:
        kind = "integer"
    elif name.endswith("_on"):
        kind = "date"
    elif name in mart.rule.statistics and name != "target_met":
        kind = "decimal2"
    elif name in ("completeness", "validity", "timeliness", "consistency", "score", "hours"):
        kind = "score"
    return kind


_GROUPS = {
    "family": "family",
    "form_group": "form_group",
    "evidence": "evidence",
    "status": "submission_status",
    "dataset": "dataset",
}
_CODES = {
    "position_level": "position_level",
    "employment_status": "employment_status",
    "learning_form": "learning_form",
    "obstacle": "obstacle",
}


def _worded(context: Context, row: ProtectedRow, name: str, keys: Sequence[str]) -> Cell:
    """Return a cell in which codes are words and a total is named."""
    value = row.values.get(name)
    if value is None and name in keys:
        return Cell(label("report", "all"))
    if value is None or name not in {**_GROUPS, **_CODES}:
        return cell(row, name)
    if name in _GROUPS:
        return Cell(label(_GROUPS[name], value))
    return Cell(context.codes.of(_CODES[name], value))


def _table_sheet(book: _Book, name: str, table: Table) -> None:
    rows = [(row, i in table.totals) for i, row in enumerate(table.rows)]
    book.sheet(name, table.caption, table.columns, rows)


def _notes(book: _Book, report: Report) -> None:
    sheet = book.book.add_worksheet("Catatan")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, "Catatan metode", book.title)
    lines = [(name, value) for name, value in facts(report)]
    lines.append(("Sidik isi (SHA-256)", report.content_sha256))
    notes = report.sections[-1]
    lines += [("", block.text) for block in notes.blocks if isinstance(block, Paragraph)]
    for r, (name, value) in enumerate(lines, start=2):
        sheet.write_string(r, 0, name, book.words)
        sheet.write_string(r, 1, value, book.words)


def _rules(book: _Book, report: Report, context: Context) -> None:
    """Write every rule in force that a published column rests on, one per row."""
    kinds = {"valid_from": "date"}
    columns = [
        Column(name, words, kinds.get(name, "text"))
        for name, words in mart_headings("dim_rule").items()
        if name not in ("period", "rule_set", "item", "is_in_force")
    ]
    rows = [
        {
            **vars(rule),
            "topic": label("rule_topic", rule.topic),
            "note_id": rule.note,
            "valid_to": formats.day(rule.valid_to) if rule.valid_to else "seterusnya",
            "marts": ", ".join(rule.marts),
        }
        for rule in context.rules
    ]
    title = f"Aturan yang berlaku pada {formats.day(report.period.last_day)}"
    cells = [([Cell(row[c.key]) for c in columns], False) for row in rows]
    book.sheet("Aturan", title, columns, cells)


def _width(column: Column, cells: Sequence[Cell]) -> float:
    if column.is_number:
        return float(max(11, min(16, len(column.label) * 0.7)))
    longest = max((len(c.text(column.kind)) for c in cells), default=0)
    return float(max(12, min(48, longest + 2, 48)))
