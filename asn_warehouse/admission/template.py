"""The workbook that an agency fills, made from the contract so that a filled one is admitted.

Four sheets: ``Data`` to be filled, ``Contoh`` with example rows, ``Kode`` with every code list and
``Petunjuk`` with the rules in words. Same arguments, same bytes.
"""

from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from asn_warehouse.admission.template_guide import Addressee, write_guide
from asn_warehouse.codes import code_labels
from asn_warehouse.contracts import Column, Dataset
from asn_warehouse.files import replacing
from asn_warehouse.settings import Settings

DATA_SHEET = "Data"
OTHER_SHEETS = ("Contoh", "Kode", "Petunjuk")
HEADER_ROW = 3
"""The header's row, counted from zero: title, explanations and duties stand above it."""

DATA_ROWS = 5_000
"""So many rows have drop-downs and checks; formats hold for the whole column."""

CREATED = datetime(2026, 1, 1)
"""The same for every template, so that equal contracts give equal bytes."""

DATE_FORMAT = "[$-421]dd mmm yyyy"
"""Shows the month's Indonesian name: who typed 5/11 sees at once whether it became May."""

_WIDTHS = {"nip": 22, "respondent": 20, "date": 16, "integer": 16, "number": 18}
_TEXT_KINDS = ("text", "upper", "nip", "respondent", "code")


@dataclass(frozen=True)
class _Styles:
    title: Format
    note: Format
    duty: Format
    link: Format
    required: Format
    optional: Format
    text: Format
    date: Format
    number: Format
    plain: Format

    def of(self, column: Column) -> Format:
        """Return the format of a column's cells."""
        if column.kind in _TEXT_KINDS:
            return self.text
        return self.date if column.kind == "date" else self.number


def write_template(path: Path, settings: Settings, dataset: Dataset, to: Addressee) -> None:
    """Write the template of ``dataset`` to ``path``, which is replaced whole."""
    with replacing(path, durable=False) as target:
        book = xlsxwriter.Workbook(str(target), {"strings_to_formulas": False})
        book.set_properties(
            {"title": f"Templat {dataset.label}", "created": CREATED, "author": "", "company": ""}
        )
        styles = _styles(book)
        data = book.add_worksheet(DATA_SHEET)
        example, codes, guide = (book.add_worksheet(name) for name in OTHER_SHEETS)
        lists = _write_codes(codes, settings, dataset, styles)
        _write_data(data, dataset, to, lists, styles)
        _write_examples(example, dataset, styles)
        write_guide(guide, book, dataset, to, first_row=HEADER_ROW + 2)
        book.close()


def _styles(book: xlsxwriter.Workbook) -> _Styles:
    def style(**properties: object) -> Format:
        return book.add_format({"font_name": "Calibri", "font_size": 11, **properties})

    head = {"bold": True, "border": 1, "border_color": "#1F4E79", "num_format": "@"}
    return _Styles(
        title=style(bold=True, font_size=14),
        note=style(text_wrap=True, valign="top", font_color="#404040", font_size=10),
        duty=style(italic=True, font_color="#404040", font_size=10),
        link=style(italic=True, font_color="#0B5394", font_size=10, underline=1),
        required=style(**head, bg_color="#1F4E79", font_color="#FFFFFF"),
        optional=style(**head, bg_color="#DDEBF7", font_color="#1F2A36"),
        text=style(num_format="@"),
        date=style(num_format=DATE_FORMAT, align="left"),
        number=style(),
        plain=style(text_wrap=True, valign="top"),
    )


def _write_data(
    sheet: Worksheet,
    dataset: Dataset,
    to: Addressee,
    lists: dict[str, tuple[int, int]],
    styles: _Styles,
) -> None:
    """Write title, explanations, duties and header; format and check the cells below them."""
    first, last = HEADER_ROW + 1, HEADER_ROW + DATA_ROWS
    sheet.write_string(0, 0, to.title(dataset), styles.title)
    sheet.set_row(0, 22)
    _write_header(sheet, dataset, styles, HEADER_ROW)
    lines = 1
    for position, column in enumerate(dataset.columns):
        width = _width(column)
        sheet.set_column(position, position, width, styles.of(column))
        sheet.write_string(1, position, column.description, styles.note)
        lines = max(lines, ceil(len(column.description) / width))
        duty = "wajib" if column.required else "boleh kosong"
        area = lists.get(column.code_list or column.suggested_list or "")
        if area is None:
            sheet.write_string(2, position, duty, styles.duty)
        else:
            place = f"internal:'Kode'!A{area[0] + 1}"
            sheet.write_url(2, position, place, styles.link, f"{duty} · lihat kode")
        check = _validation(column, f"{xl_col_to_name(position)}{first + 1}", area)
        if check:
            sheet.data_validation(first, position, last, position, check)
    sheet.set_row(1, lines * 14 + 4)
    width = len(dataset.columns) - 1
    sheet.ignore_errors(
        {"number_stored_as_text": f"A{first + 1}:{xl_col_to_name(width)}{last + 1}"}
    )
    sheet.freeze_panes(first, 1)
    _print_setup(sheet, HEADER_ROW)


def _write_header(sheet: Worksheet, dataset: Dataset, styles: _Styles, row: int) -> None:
    for position, column in enumerate(dataset.columns):
        style = styles.required if column.required else styles.optional
        sheet.write_string(row, position, column.name, style)


def _write_examples(sheet: Worksheet, dataset: Dataset, styles: _Styles) -> None:
    """Write the contract's examples, a column of the data in each row.

    Lying on its side the sheet has no header like that of ``Data``: whatever order the sheets are
    brought into, the examples cannot be taken for data.
    """
    numbers = range(1, len(dataset.columns[0].examples) + 1)
    titles = ("kolom", *(f"contoh baris {number}" for number in numbers), "keterangan")
    sheet.write_string(0, 0, "Contoh isian (lembar ini tidak dibaca)", styles.title)
    for position, title in enumerate(titles):
        sheet.write_string(1, position, title, styles.optional)
    for line, column in enumerate(dataset.columns, start=2):
        style = styles.required if column.required else styles.optional
        sheet.write_string(line, 0, column.name, style)
        for position, value in enumerate(column.examples, start=1):
            _write_value(sheet, line, position, column, value, styles.of(column))
        sheet.write_string(line, len(titles) - 1, column.description, styles.plain)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, len(titles) - 2, 36)
    sheet.set_column(len(titles) - 1, len(titles) - 1, 60)
    sheet.freeze_panes(2, 1)
    _print_setup(sheet, 1)


def _write_value(
    sheet: Worksheet, row: int, position: int, column: Column, value: str, style: Format
) -> None:
    if not value:
        sheet.write_blank(row, position, None, style)
    elif column.kind == "date":
        sheet.write_datetime(row, position, date.fromisoformat(value), style)
    elif column.kind in ("integer", "number"):
        sheet.write_number(row, position, float(value), style)
    else:
        sheet.write_string(row, position, value, style)


def _write_codes(
    sheet: Worksheet, settings: Settings, dataset: Dataset, styles: _Styles
) -> dict[str, tuple[int, int]]:
    """Write every code list in use; return first and last row of each, counted from zero."""
    used: dict[str, list[str]] = {}
    for column in dataset.columns:
        name = column.code_list or column.suggested_list
        if name:
            used.setdefault(name, []).append(column.name)
    sheet.set_column(0, 0, 34, styles.plain)
    sheet.set_column(1, 1, 24, styles.text)
    sheet.set_column(2, 2, 60, styles.plain)
    for position, title in enumerate(("dipakai di kolom", "kode", "arti")):
        sheet.write_string(0, position, title, styles.required)
    areas, row = {}, 1
    for name, columns in used.items():
        start = row
        for code, label in code_labels(settings, name).items():
            sheet.write_string(row, 0, ", ".join(columns), styles.plain)
            sheet.write_string(row, 1, code, styles.text)
            sheet.write_string(row, 2, label, styles.plain)
            row += 1
        areas[name] = (start, row - 1)
    sheet.freeze_panes(1, 0)
    if row > 1:
        sheet.autofilter(0, 0, row - 1, 2)
    _print_setup(sheet, 0)
    return areas


def _print_setup(sheet: Worksheet, header: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)


def _width(column: Column) -> int:
    """Return the width of a column in characters: its name and its values are seen whole."""
    longest = max(len(value) for value in (*column.examples, *column.codes))
    usual = _WIDTHS.get(column.kind, min(longest + 6, 34))
    return max(usual, len(column.name) + 3, 18)


def _validation(column: Column, cell: str, area: tuple[int, int] | None) -> dict[str, Any] | None:
    """Return what a cell of ``column`` takes, and what is said where it does not."""
    title, text = "", ""
    rule: dict[str, Any] = {}
    if area is not None:
        rule = {"validate": "list", "source": f"=Kode!$B${area[0] + 1}:$B${area[1] + 1}"}
        title, text = "Kode tidak ada dalam daftar", "Pilih kode dari daftar; lihat lembar Kode."
        if column.suggested_list:
            rule["error_type"] = "information"
            text = f"Kode ini tidak ada pada lembar Kode; periksa lagi. {column.description}"
    elif column.kind == "nip":
        rule = {"validate": "custom", "value": f'=LEN(SUBSTITUTE({cell}," ",""))=18'}
        title, text = "NIP harus 18 angka", "Isi NIP 18 angka tanpa huruf; format sel harus Teks."
    elif column.kind == "date":
        rule = {"validate": "date", "criteria": "between"}
        rule |= {"minimum": date(1900, 1, 1), "maximum": date(2100, 12, 31)}
        title, text = "Bukan tanggal", "Tulis tanggal, misalnya 31/10/2026."
    elif column.kind in ("integer", "number"):
        rule = _bounds(column)
        title, text = "Angka di luar batas", f"{column.description} Isi dengan angka saja."
    if not rule:
        return None
    return {"error_title": title, "error_message": text, **rule}


def _bounds(column: Column) -> dict[str, Any]:
    kind = {"validate": "integer" if column.kind == "integer" else "decimal"}
    if column.minimum is not None and column.maximum is not None:
        limits = {"minimum": column.minimum, "maximum": column.maximum}
        return {**kind, "criteria": "between", **limits}
    if column.exclusive_minimum is not None:
        return {**kind, "criteria": ">", "value": column.exclusive_minimum}
    if column.minimum is not None:
        return {**kind, "criteria": ">=", "value": column.minimum}
    return {}
