"""The report as a workbook: one topic per sheet, the same bytes on repeat."""

import io

from asn_warehouse.report import formats, mart_sheet, marts
from asn_warehouse.report.blocks import absent
from asn_warehouse.report.book import Book
from asn_warehouse.report.context import Context, column
from asn_warehouse.report.labels import label, mart_headings, mart_title
from asn_warehouse.report.mart_sheet import SHEETS, MartSheet
from asn_warehouse.report.model import Cell, Column, Paragraph, Report, Table
from asn_warehouse.report.words import facts

_TABLES = {
    "instansi": "Instansi",
    "perkembangan-bulan": "Perkembangan",
    "perubahan-tabel": "Perubahan tabel",
    "perubahan-kiriman": "Perubahan kiriman",
}
"""Tables of sections that are sheets of their own."""


def render(report: Report, context: Context) -> bytes:
    """Return the workbook."""
    buffer = io.BytesIO()
    mark = f"{report.subtitle}." if report.is_as_known else ""
    book = Book(buffer, report.published_at, mark)
    _summary(book, report)
    for spec in SHEETS:
        _mart_sheet(book, context, spec)
    for section in report.sections:
        for found in section.tables:
            if found.id in _TABLES:
                _table_sheet(book, _TABLES[found.id], found)
    _notes(book, report)
    _rules(book, report, context)
    book.book.close()
    return buffer.getvalue()


def _summary(book: Book, report: Report) -> None:
    columns = [
        column("indicator", weight=2, of=marts.KPI_SCORECARD),
        column("value", "printed"),
        column("previous", "printed"),
        column("change_on_month"),
        column("year_ago", "printed"),
        column("change_on_year"),
        column("note"),
    ]
    rows = [
        (
            [
                Cell(f.label),
                Cell(f.text),
                Cell(f.previous.text(f.kind) if f.previous else None),
                Cell(f.change),
                Cell(f.year_ago.text(f.kind) if f.year_ago else None),
                Cell(f.change_on_year),
                Cell(f.note),
            ],
            False,
        )
        for f in report.key_figures
    ]
    book.sheet("Ringkasan", report.heading, columns, rows)


def _mart_sheet(book: Book, context: Context, spec: MartSheet) -> None:
    found = context.published.mart(spec.mart)
    columns = mart_sheet.columns(found)
    keys = spec.mart.rule.keys
    rows = [
        (
            [mart_sheet.worded(context, row, c.key, keys) for c in columns],
            bool(row.values.get("is_total")),
        )
        for row in found.rows
        if spec.keep(row.values)
    ]
    title = f"{mart_title(spec.mart.name)}, {spec.grain}, {formats.month(context.period)}"
    missing = None if rows else absent(context, spec.mart, *keys)
    if missing is not None:
        title = f"{title}. {missing.text}"
    book.sheet(spec.name, title, columns, rows)


def _table_sheet(book: Book, name: str, table: Table) -> None:
    rows = [(row, i in table.totals) for i, row in enumerate(table.rows)]
    book.sheet(name, table.caption, table.columns, rows)


def _notes(book: Book, report: Report) -> None:
    sheet = book.book.add_worksheet("Catatan")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, "Catatan metode", book.title)
    lines = [(name, value) for name, value in facts(report)]
    lines.append(("Sidik isi (SHA-256)", report.content_sha256))
    for section in report.sections[-2:]:
        lines += [
            (section.title, block.text) for block in section.blocks if isinstance(block, Paragraph)
        ]
    for r, (name, value) in enumerate(lines, start=2):
        sheet.write_string(r, 0, name, book.words)
        sheet.write_string(r, 1, value, book.words)


def _rules(book: Book, report: Report, context: Context) -> None:
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
            "unit": label("rule_unit", rule.unit),
            "note_id": rule.note,
            "valid_to": formats.day(rule.valid_to) if rule.valid_to else "seterusnya",
            "marts": ", ".join(rule.marts),
        }
        for rule in context.rules
    ]
    title = f"Aturan yang berlaku pada {formats.day(report.period.last_day)}"
    cells = [([Cell(row[c.key]) for c in columns], False) for row in rows]
    book.sheet("Aturan", title, columns, cells)
