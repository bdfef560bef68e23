"""Workbooks as people keep them, and workbooks that must not be opened."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from support import AGENCY, APPRAISAL, NIPS, Home, appraisals

from asn_warehouse.admission import Outcome
from asn_warehouse.admission.readers import sheet_xml

ROWS: list[list[Any]] = [list(APPRAISAL), *appraisals(3)]
Edit = Callable[[openpyxl.Workbook, Any], object]


def book(rows: list[list[Any]], edit: Edit | None = None) -> bytes:
    """Return a workbook with ``rows`` in one sheet, after ``edit`` of workbook and sheet."""
    made = openpyxl.Workbook()
    sheet = made.active
    for row in rows:
        sheet.append(row)
    if edit is not None:
        edit(made, sheet)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def repacked(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook one of whose parts has been changed, or added where it was not there."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        parts = {name: source.read(name) for name in source.namelist()}
        for name, data in {**parts, part: change(parts.get(part, b""))}.items():
            target.writestr(name, data)
    return stream.getvalue()


def with_rows(xml: bytes) -> bytes:
    """Return a workbook whose sheet has ``xml`` behind its rows."""
    return repacked(
        book(ROWS),
        "xl/worksheets/sheet1.xml",
        lambda sheet: sheet.replace(b"</sheetData>", xml + b"</sheetData>"),
    )


def sent(home: Home, content: bytes, name: str = "kinerja.xlsx") -> Outcome:
    home.land(name, content)
    return home.ingest()[AGENCY, name]


def hide(_: openpyxl.Workbook, sheet: Any) -> None:
    sheet.sheet_state = "hidden"
    sheet.parent.create_sheet("Catatan")["A1"] = "nip"


def hidden_before(made: openpyxl.Workbook, _: Any) -> None:
    other = made.create_sheet("Lama", 0)
    other.sheet_state = "veryHidden"
    for row in [ROWS[0], *appraisals(9, first=20)]:
        other.append(row)


def charts(made: openpyxl.Workbook, _: Any) -> None:
    made.create_chartsheet("Grafik", 0)


def merge_down(_: openpyxl.Workbook, sheet: Any) -> None:
    sheet.insert_rows(2)
    for column in "ABCDEF":
        sheet.merge_cells(f"{column}1:{column}2")


def group_titles(_: openpyxl.Workbook, sheet: Any) -> None:
    sheet.insert_rows(1)
    for column in "ABCF":
        sheet[f"{column}1"], sheet[f"{column}2"] = sheet[f"{column}2"].value, None
        sheet.merge_cells(f"{column}1:{column}2")
    sheet["D1"] = "Penilaian"
    sheet.merge_cells("D1:E1")


def rich(_: openpyxl.Workbook, sheet: Any) -> None:
    sheet["C3"] = CellRichText("TAHU", TextBlock(InlineFont(b=True), "NAN"))


def formula_beside(_: openpyxl.Workbook, sheet: Any) -> None:
    sheet["H3"] = "=1+1"


READ: dict[str, Edit] = {
    "a hidden sheet before": hidden_before,
    "a sheet of a chart before": charts,
    "titles merged over two rows": merge_down,
    "a group of titles": group_titles,
    "rich text": rich,
    "a formula without result beside the table": formula_beside,
}


@pytest.mark.parametrize("kind", READ)
def test_what_people_do_to_a_sheet_does_not_matter(home: Home, kind: str) -> None:
    outcome = sent(home, book(ROWS, READ[kind]))
    assert (outcome.status, outcome.rows_read) == ("diterima", 3), outcome.refusal_value
    assert {row["periode"] for row in home.lake("kinerja")} == {"TAHUNAN"}


def set_cell(place: str, value: object, kind: str | None = None) -> Edit:
    def edit(_: openpyxl.Workbook, sheet: Any) -> None:
        sheet[place] = value
        if kind is not None:
            sheet[place].data_type = kind

    return edit


OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504)
REFUSED: dict[str, tuple[bytes, str, str]] = {
    "only a hidden sheet": (book(ROWS, hide), "file.hidden_sheet", "Sheet"),
    "old Excel": (OLE, "file.old_excel", ""),
    "a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "file.password", ""),
    "macros": (
        repacked(book(ROWS), "xl/vbaProject.bin", lambda _: b"x"), "file.macro", "",
    ),
    "cut off": (book(ROWS)[:-100], "file.unreadable", "Excel"),
    "a sheet cut off": (
        repacked(book(ROWS), "xl/worksheets/sheet1.xml", lambda xml: xml[:-300]),
        "file.unreadable", "Excel",
    ),
    "no workbook inside": (
        repacked(book(ROWS), "xl/workbook.xml", lambda _: b""), "file.unreadable", "Excel",
    ),
    "entities": (
        repacked(book(ROWS), "xl/workbook.xml", lambda xml: b"<!DOCTYPE a>" + xml),
        "file.unreadable", "Excel",
    ),
    "a cell far out": (
        with_rows(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "file.too_large", "17179869184 sel",
    ),
    "cells that do not say where they stand": (
        with_rows(b"<row><c><v>1</v></c></row>"), "file.unreadable", "Excel",
    ),
    "a bomb": (with_rows(b" " * 100_000_000), "file.too_large", "> 95 MB"),
    "many texts": (
        repacked(book(ROWS), "xl/sharedStrings.xml",
                 lambda _: b"<si><t>a</t></si>" * 4_000_000),
        "file.too_large", "> 64 MB",
    ),
    "a text document": (b"nip,tahun\n1,2\n", "file.unreadable", "Excel"),
    "no sheet with data": (book([]), "file.empty", ""),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_a_faulty_workbook_is_refused_with_its_reason(home: Home, fault: str) -> None:
    content, rule, value = REFUSED[fault]
    outcome = sent(home, content)
    assert (outcome.refusal_rule, outcome.refusal_value) == (rule, value)


def test_formatted_blank_rows_and_columns_are_no_rows(home: Home) -> None:
    rows = (*range(10, 3_000), 1_048_576)
    cells = {row: [f'<c r="{chr(65 + n)}{row}" s="0"/>' for n in range(26)] for row in rows}
    blank = "".join(f'<row r="{row}">{"".join(found)}</row>' for row, found in cells.items())
    outcome = sent(home, with_rows(blank.encode()))
    assert (outcome.status, outcome.rows_read) == ("diterima", 3)


def test_a_computed_formula_counts_as_its_result(home: Home) -> None:
    def compute(sheet: bytes) -> bytes:
        return re.sub(rb'(<c r="E3"[^>]*>)<v>2</v>', rb"\1<f>1+2</f><v>3</v>", sheet)

    outcome = sent(home, repacked(book(ROWS), "xl/worksheets/sheet1.xml", compute))
    assert outcome.rows_accepted == 3
    assert [row["perilaku_kerja"] for row in home.lake("kinerja")] == [2, 3, 2]


JOB = ["kode_jabatan", "nama_jabatan", "jenjang_jabatan", "rumpun_jabatan", "kode_unor",
       "kebutuhan", "strategis"]  # fmt: skip


def test_a_failed_formula_costs_its_row_and_no_other(home: Home) -> None:
    jobs = [JOB, *([f"J-{n}", "Analis", "AHLI_MUDA", "TIK", "U-1", "2", "T"] for n in range(4))]

    def fail(_: openpyxl.Workbook, sheet: Any) -> None:
        set_cell("B3", "#N/A", "e")(_, sheet)
        set_cell("F4", "=1+1")(_, sheet)

    home.land("jabatan.xlsx", book(jobs, fail))
    outcome = home.ingest()[AGENCY, "jabatan.xlsx"]
    assert [(row.row_number, row.rules) for row in outcome.rejected] == [
        (3, ("jabatan.nama_jabatan.formula",)), (4, ("jabatan.kebutuhan.format",)),
    ]  # fmt: skip
    assert (outcome.rejected[0].cells[1], outcome.rejected[1].cells[5]) == ("#N/A", "#RUMUS!")
    assert [row["row_number"] for row in home.lake("jabatan")] == [2, 5]


def test_a_sheet_full_of_failed_formulas_is_refused(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_xml, "MAX_DEAD", 1)
    outcome = sent(home, book(ROWS, lambda _, sheet: [
        sheet.__setitem__(place, "=1+1") for place in ("E3", "E4")
    ]))  # fmt: skip
    assert (outcome.refusal_rule, outcome.refusal_value) == ("file.formula", "E3")


def test_an_nip_as_a_number_is_found_beside_a_blank_first_column(home: Home) -> None:
    rows = [[None, *row] for row in ROWS]
    rows[2][1] = int(NIPS[1])
    outcome = sent(home, book(rows))
    assert [(r.rule, r.rows, r.example_row) for r in outcome.reasons] == [
        ("kinerja.nip.excel_number", 1, 3)
    ]
    assert outcome.rows_accepted == 2


def test_days_of_a_workbook_that_counts_from_1904_are_the_same_days(home: Home) -> None:
    def from_1904(made: openpyxl.Workbook, _: Any) -> None:
        made.epoch = CALENDAR_MAC_1904

    head = ["nip", "kode_program", "angkatan", "status", "tanggal_selesai"]
    serial = (date(2026, 3, 20) - date(1904, 1, 1)).days
    days: list[Any] = [serial, datetime(2026, 3, 20), "20/03/2026"]
    rows = [[nip, "P", "I", "LULUS", day] for nip, day in zip(NIPS, days, strict=False)]
    assert sent(home, book([head, *rows], from_1904), "peserta_pelatihan.xlsx").rows_accepted == 3
    found = {row["tanggal_selesai"] for row in home.lake("peserta_pelatihan")}
    assert found == {date(2026, 3, 20)}


def test_a_sheet_of_many_blocks_reads_like_one_of_one(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_xml, "BLOCK_BYTES", 50)
    rows = [list(APPRAISAL), *appraisals(60)]
    rows[40][0] = int(NIPS[39])
    outcome = sent(home, book(rows, set_cell("I61", "=1")))
    assert (outcome.rows_read, outcome.rows_rejected) == (60, 1)
    assert outcome.rejected[0].row_number == 41
    assert sent(home, book(rows, set_cell("F61", "=1"))).rejected[-1].row_number == 61
