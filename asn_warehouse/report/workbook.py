"""The report as a workbook: one topic per sheet, the same bytes on repeat."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from asn_warehouse.report import formats, marts
from asn_warehouse.report.book import Book
from asn_warehouse.report.context import Context, column
from asn_warehouse.report.labels import catalogue, label, mart_headings, mart_title
from asn_warehouse.report.model import Cell, Column, Paragraph, Report, Table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import Rows, cell
from asn_warehouse.report.words import facts

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


def render(report: Report, context: Context) -> bytes:
    """Return the workbook."""
    buffer = io.BytesIO()
    book = Book(buffer, report.published_at)
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


def _summary(book: Book, report: Report) -> None:
    columns = [
        column("indicator", weight=2, of=marts.KPI_SCORECARD),
        column("value", "printed"),
        column("previous", "printed"),
        column("change_on_month"),
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


def _mart_sheet(book: Book, context: Context, spec: _Sheet) -> None:
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
    notes = report.sections[-1]
    lines += [("", block.text) for block in notes.blocks if isinstance(block, Paragraph)]
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
            "note_id": rule.note,
            "valid_to": formats.day(rule.valid_to) if rule.valid_to else "seterusnya",
            "marts": ", ".join(rule.marts),
        }
        for rule in context.rules
    ]
    title = f"Aturan yang berlaku pada {formats.day(report.period.last_day)}"
    cells = [([Cell(row[c.key]) for c in columns], False) for row in rows]
    book.sheet("Aturan", title, columns, cells)
