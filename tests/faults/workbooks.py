"""Workbooks: sheets, titles, merged cells, formulas, macros, links; what Excel makes of cells."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import openpyxl
import xlsxwriter
from faults.catalogue import Answer, Case, accepted, case, hopeless, partly, refused
from faults.packed import rewritten
from faults.rows import APPRAISAL, COURSE, JOB, NIPS, appraisals, book, courses, jobs
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.worksheet.worksheet import Worksheet

KINERJA, COURSES, JABATAN = "kinerja.xlsx", "peserta_pelatihan.xlsx", "jabatan.xlsx"
EXCEL = {"kinerja.nip.excel_number": 1}
SPOILT = "rusak karena Excel"
BROKEN = refused("file.unreadable", "Excel")
NO_COLUMNS = refused("file.missing_column", "Kolom wajib tidak ada")
EMPTY = refused("file.empty", "Berkas kosong")
SHEET = "xl/worksheets/sheet1.xml"


def filled(count: int = 3) -> list[list[object]]:
    return [list(APPRAISAL), *appraisals(count)]


def by_hand(
    edit: Callable[[Worksheet], Any], rows: list[list[object]] | None = None
) -> Callable[[], bytes]:
    """Return a maker of a workbook of appraisals after ``edit`` of its sheet, as a person would."""

    def make() -> bytes:
        page = openpyxl.Workbook().active
        for row in rows or filled():
            page.append(row)
        edit(page)
        stream = io.BytesIO()
        page.parent.save(stream)
        return stream.getvalue()

    return make


def with_cell(place: str, value: object, style: str = "") -> Callable[[], bytes]:
    """Return a maker of a workbook of appraisals whose cell ``place`` holds ``value``."""

    def edit(page: Worksheet) -> None:
        page[place] = value
        if style:
            page[place].number_format = style

    return by_hand(edit)


def in_xml(old: bytes, new: bytes, part: str = SHEET) -> Callable[[], bytes]:
    """Return a maker of a workbook in whose ``part`` the text ``old`` is ``new``."""

    def edit(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        assert old in data
        return data.replace(old, new, 1)

    return lambda: rewritten(book(filled()), edit)


def plus(name: str, data: bytes) -> Callable[[], bytes]:
    """Return a maker of a workbook with the part ``name`` added."""

    def make() -> bytes:
        stream = io.BytesIO(book(filled()))
        with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        return stream.getvalue()

    return make


def sheet_cases() -> list[Case]:
    guide: list[list[object]] = [["Petunjuk pengisian"], ["Isi lembar berikut"]]
    other = [list(APPRAISAL), *appraisals(2, first=30)]
    titled = [["DATA KINERJA"], ["per Oktober 2026"], [], *filled()]
    three = accepted(3)
    return [
        case("sheet-third", "puts the data into the third sheet", KINERJA,
             lambda: book(guide, [], filled()), three),
        case("sheet-hidden-guide", "hides the sheet with the guide", KINERJA,
             lambda: book(guide, filled(), names=("Petunjuk", "Data"), hidden=("Petunjuk",)),
             three),
        case("sheet-hidden-data", "hides the sheet with the data", KINERJA,
             lambda: book(guide, filled(), names=("Petunjuk", "Data"), hidden=("Data",)),
             refused("file.hidden_sheet", "lembar tersembunyi")),
        case("sheets-two-with-data", "has the header in two sheets", KINERJA,
             lambda: book(filled(), other), three),
        case("sheet-name-odd", "gives a sheet an odd name", KINERJA,
             lambda: book(filled(), names=("Data “2026” & 'lain' <x>",)), three),
        case("sheet-chart-first", "puts a chart before the data", KINERJA, chart_first, three),
        case("sheet-empty", "sends an empty sheet", KINERJA, lambda: book([]), EMPTY),
        case("sheets-empty", "sends three empty sheets", KINERJA, lambda: book([], [], []), EMPTY),
        case("sheet-header-only", "sends a sheet with a header only", KINERJA,
             lambda: book([APPRAISAL]), refused("file.no_rows", "hanya berisi baris judul")),
        case("sheet-of-blanks", "sends a sheet of formatted blanks under the header", KINERJA,
             by_hand(formatted_blanks, [list(APPRAISAL)]),
             refused("file.no_rows", "hanya berisi baris judul")),
        case("sheet-blanks-below", "leaves two hundred formatted blank rows below", KINERJA,
             by_hand(formatted_blanks), three),
        case("sheet-guide-only", "sends the guide without the data", KINERJA,
             lambda: book(guide), NO_COLUMNS),
        case("title-rows", "has a title of three rows", KINERJA, lambda: book(titled),
             accepted(3)),
        case("title-merged", "merges the cells of the title", KINERJA,
             by_hand(lambda page: page.merge_cells("A1:F1"), titled), three),
        case("title-long", "has sixty rows of remarks above the header", KINERJA,
             lambda: book([*[["catatan"]] * 60, *filled()]), NO_COLUMNS),
        case("columns-blank-between", "leaves blank columns between", KINERJA,
             lambda: book([[x for cell in row for x in (None, cell)] for row in filled()]), three),
        case("rows-hidden", "hides rows and columns by a filter", KINERJA, by_hand(hide), three),
        case("merged-person", "merges the NIP over two rows", KINERJA,
             by_hand(lambda page: page.merge_cells("A3:A4")),
             partly(3, {"kinerja.nip.required": 1}, "kosong", numbers=(4,))),
        case("header-of-two-rows", "has a header of two rows", KINERJA,
             lambda: book([APPRAISAL, ["(18 angka)", "(TTTT)", "", "(1-3)", "(1-3)", ""],
                           *appraisals(3)]),
             partly(4, {f"kinerja.{rule}": 1 for rule in (
                 "nip.format", "tahun.format", "periode.required", "hasil_kerja.format",
                 "perilaku_kerja.format")}, "tidak dapat dibaca", rejected=1, numbers=(2,))),
        case("row-of-totals", "ends with a row of totals", KINERJA,
             lambda: book([*filled(), ["Jumlah", None, None, 6, 6, 6]]),
             partly(4, {f"kinerja.{rule}": 1 for rule in (
                 "nip.format", "tahun.required", "periode.required", "hasil_kerja.range",
                 "perilaku_kerja.range", "kuadran.range")}, "di luar batas", rejected=1,
                 numbers=(5,))),
        case("remark-beside", "writes a remark beside the table", KINERJA,
             with_cell("J2", "periksa lagi"), three),
        case("remark-below", "writes a remark below the table", KINERJA,
             with_cell("J9", "disahkan oleh"), three),
    ]  # fmt: skip


def formatted_blanks(page: Worksheet) -> None:
    for line in range(page.max_row + 1, 200):
        for column in range(1, 7):
            page.cell(line, column).number_format = "@"


def hide(page: Worksheet) -> None:
    page.auto_filter.ref = "A1:F4"
    page.row_dimensions[3].hidden = True
    page.column_dimensions["F"].hidden = True


def chart_first() -> bytes:
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    chart = workbook.add_chart({"type": "bar"})
    workbook.add_chartsheet("Grafik").set_chart(chart)
    page = workbook.add_worksheet("Data")
    for line, row in enumerate(filled()):
        page.write_row(line, 0, row)
    chart.add_series({"values": "=Data!$D$2:$D$4"})
    workbook.close()
    return stream.getvalue()


def number_cases() -> list[Case]:
    rows = courses()
    nip = float(NIPS[1])
    wrong = partly(3, EXCEL, SPOILT, numbers=(3,))
    one = accepted(1)
    return [
        case("cell-nip-number", "types an NIP as a number", KINERJA, with_cell("A3", nip), wrong),
        case("cell-nip-number-styled", "types an NIP as a number that shows its digits", KINERJA,
             with_cell("A3", nip, "0"), wrong),
        case("cell-nip-all-numbers", "types all NIPs as numbers", KINERJA,
             lambda: book([APPRAISAL, *[[float(str(r[0])), *r[1:]] for r in appraisals(3)]]),
             hopeless(3, {"kinerja.nip.excel_number": 3}, SPOILT)),
        case("cell-nip-short-number", "types the first digits of an NIP as a number", KINERJA,
             with_cell("A3", 19800317),
             partly(3, {"kinerja.nip.format": 1}, "tidak dapat dibaca", numbers=(3,))),
        case("cell-numbers-as-text", "formats all numbers as text", KINERJA,
             lambda: book([[str(cell) for cell in row] for row in filled()]), accepted(3)),
        case("cell-number-and-fraction", "types 2,5 for a whole number", KINERJA,
             with_cell("D3", 2.5),
             partly(3, {"kinerja.hasil_kerja.format": 1}, "tidak dapat dibaca", numbers=(3,))),
        case("cell-thousandth", "has a number with three decimals", COURSES,
             lambda: book([COURSE, [NIPS[0], "P", "I", 12.345, "LULUS", 1.234, "2026-10-01"]]),
             accepted(1, values={"nilai_post": [12.345], "jp_diakui": [1.234]})),
        case("cell-noise", "has a sum with noise behind the comma", COURSES,
             lambda: book([COURSE, [NIPS[0], "P", "I", 0.1 + 0.2, "LULUS", 84.99999999999999,
                                    "2026-10-01"]]),
             accepted(1, values={"nilai_post": [0.3], "jp_diakui": [85.0]})),
        case("cell-huge", "has a number too large for hours", COURSES,
             lambda: book([COURSE, rows[0], [*rows[1][:5], -1e20, "2026-10-09"]]),
             partly(2, {"peserta_pelatihan.jp_diakui.range": 1}, "di luar batas", numbers=(3,))),
        case("cell-code-number", "types codes as numbers", COURSES,
             lambda: book([COURSE, [NIPS[0], 7, 3, 81, "LULUS", 40, "2026-10-01"]]),
             accepted(1, values={"kode_program": ["7"], "angkatan": ["3"]})),
        case("cell-true", "has ticks for yes and no", JABATAN,
             lambda: book([JOB, *[[*r[:6], n == 0] for n, r in enumerate(jobs("A", "B"))]]),
             accepted(2, values={"strategis": ["Y", "T"]})),
        case("cell-rich", "makes half of a name bold", JABATAN,
             by_hand(rich, [list(JOB), *jobs("A")]),
             accepted(1, values={"nama_jabatan": ["Analis Muda"]})),
        case("cell-spaces", "has blanks and breaks around a text", JABATAN,
             lambda: book([JOB, *jobs("  Analis \n")]),
             accepted(1, values={"nama_jabatan": ["Analis"]})),
        case("cell-longest", "fills a cell to Excel's end", JABATAN,
             lambda: book([JOB, *jobs("A" * 32_767)]), one),
        case("cell-escape", "has control signs in a name", JABATAN,
             lambda: book([JOB, *jobs("A", "B\x07_x0041_")]), accepted(2)),
    ]  # fmt: skip


def rich(page: Worksheet) -> None:
    page["B2"] = CellRichText(TextBlock(InlineFont(b=True), "Analis "), "Muda")


def date_cases() -> list[Case]:
    day = date(2026, 8, 17)

    def dated(value: object, style: str = "dd/mm/yyyy", old: bool = False) -> Callable[[], bytes]:
        def edit(page: Worksheet) -> None:
            if old:
                page.parent.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
            page["G2"] = value
            page["G2"].number_format = style

        return by_hand(edit, [list(COURSE), *courses(2)])

    good = accepted(2, values={"tanggal_selesai": [day, date(2026, 10, 9)]})
    wrong = {"peserta_pelatihan.tanggal_selesai.format": 1,
             "peserta_pelatihan.finished_without_date": 1}  # fmt: skip
    bad = partly(2, wrong, "tidak dapat dibaca", rejected=1, numbers=(2,))
    return [
        case("day-cell", "types a date that Excel knows", COURSES, dated(day), good),
        case("day-cell-long", "shows a date with the name of the day", COURSES,
             dated(day, "dddd, d mmmm yyyy"), good),
        case("day-cell-time", "has a date with a time", COURSES,
             dated(datetime(2026, 8, 17, 13, 30), "dd/mm/yyyy hh:mm"), good),
        case("day-serial", "has the number of a date", COURSES, dated(46251, "General"), good),
        case("day-text", "types a date as text", COURSES, dated("17 Agustus 2026", "@"), good),
        case("day-1904", "uses a workbook that counts from 1904", COURSES, dated(day, old=True),
             good),
        case("day-time-only", "has a time for a date", COURSES, dated(time(13, 30), "hh:mm"), bad),
        case("day-before-1900", "has nought formatted as date", COURSES, dated(0), bad),
        case("day-negative", "has a negative number formatted as date", COURSES, dated(-5), bad),
        case("day-for-year", "formats a year as date", KINERJA,
             with_cell("B3", date(2025, 1, 1), "yyyy"),
             partly(3, {"kinerja.tahun.format": 1}, "tidak dapat dibaca", numbers=(3,))),
    ]  # fmt: skip


def formula_cases() -> list[Case]:

    def formula(result: object, text: str = "=1+1") -> Callable[[], bytes]:
        def make() -> bytes:
            stream = io.BytesIO()
            workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
            page = workbook.add_worksheet()
            for line, row in enumerate(filled()):
                page.write_row(line, 0, row)
            page.write_formula("D3", text, None, result)
            workbook.close()
            return stream.getvalue()

        return make

    error = refused("file.formula", "Rumus tidak menghasilkan nilai")
    return [
        case("formula-number", "computes a rating", KINERJA, formula(2), accepted(3)),
        case("formula-text", "computes a rating as text", KINERJA, formula("2"), accepted(3)),
        case("formula-wrong", "computes a rating out of bounds", KINERJA, formula(7),
             partly(3, {"kinerja.hasil_kerja.range": 1}, "di luar batas", numbers=(3,))),
        case("formula-not-computed", "has a program write a formula nobody computed", KINERJA,
             with_cell("D3", "=1+1"), error),
        case("formula-error", "has a formula that fails", KINERJA, formula("#DIV/0!", "=1/0"),
             error),
        case("formula-error-optional", "has a failed look-up in an optional column", KINERJA,
             in_xml(b'<c r="F3"><v>2</v></c>',
                    b'<c r="F3" t="e"><f>VLOOKUP(1,A1,1)</f><v>#N/A</v></c>'),
             error),
        case("formula-other-book", "computes from another workbook", KINERJA,
             formula(2, "='[lain.xlsx]Data'!A1"), accepted(3)),
        case("formula-command", "has a formula that starts a program", KINERJA,
             formula(2, "=cmd|'/C calc'!A0"), accepted(3)),
        case("formula-as-text", "has a text that looks like a formula", JABATAN,
             lambda: book([JOB, *jobs("=1+1", '=HYPERLINK("http://x","y")')]),
             accepted(2, values={"nama_jabatan": ["=1+1", '=HYPERLINK("http://x","y")']})),
    ]  # fmt: skip


def insides_cases() -> list[Case]:
    entity = (b"<worksheet ", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet ')
    text = b"<sst "
    laughs = b"<!DOCTYPE x [" + b"".join(
        b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha") for n in range(10)
    ) + b"]>" + text  # fmt: skip
    links = (b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
             b'<externalBook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
             b'relationships" r:id="rId1"/></externalLink>')  # fmt: skip
    three = accepted(3)
    return [
        case("inside-macro", "renames a workbook with macros to .xlsx", KINERJA,
             plus("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)),
             refused("file.macro", "memuat makro")),
        case("inside-links", "sends a workbook with links to others", KINERJA,
             plus("xl/externalLinks/externalLink1.xml", links), three),
        case("inside-program", "sends a workbook with a program inside", KINERJA,
             plus("xl/embeddings/oleObject1.exe", b"MZ" + bytes(256)), three),
        case("inside-path", "sends a workbook with a part outside of it", KINERJA,
             plus("../../../tmp/keluar.txt", b"x"), three),
        case("inside-entity", "sends a workbook that names a file of the server", KINERJA,
             in_xml(*entity), three),
        case("inside-entity-used", "sends a workbook that shows a file of the server", KINERJA,
             lambda: rewritten(in_xml(*entity)(), lambda n, part: part.replace(
                 b"<v>2025</v>", b"<v>&a;</v>", 1)), partly(
                3, {"kinerja.tahun.required": 1}, "kosong", numbers=(2,)
            )),
        case("inside-laughs", "sends a workbook whose texts grow without end", KINERJA,
             lambda: rewritten(in_xml(text, laughs, "xl/sharedStrings.xml")(),
                               lambda n, part: part.replace(b"<t>TAHUNAN</t>", b"<t>&l9;</t>")),
             BROKEN),
        case("inside-no-places", "sends cells that do not say where they stand", KINERJA,
             without_places, BROKEN),
        case("inside-inline", "sends texts inside the cells", KINERJA,
             by_hand(lambda page: None), three),
        case("inside-no-texts", "sends a workbook whose texts are gone", KINERJA,
             lambda: rewritten(book(filled()), lambda n, part: None
                               if n == "xl/sharedStrings.xml" else part), BROKEN),
        case("inside-wrong-text", "sends a cell that names a text that is not there", KINERJA,
             in_xml(b'<c r="C3" t="s"><v>7</v></c>', b'<c r="C3" t="s"><v>9999</v></c>'), BROKEN),
        case("inside-wrong-extent", "sends a sheet that overstates its size", KINERJA,
             in_xml(b'<dimension ref="A1:F4"/>', b'<dimension ref="A1:XFD1048576"/>'), three),
        case("inside-far-corner", "sends a sheet with a cell at the far corner", KINERJA,
             in_xml(b"</sheetData>",
                    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
             refused("file.too_large", "terlalu besar")),
        case("inside-protected", "protects the sheet against changes", KINERJA,
             by_hand(lambda page: page.protection.set_password("rahasia")), three),
        case("inside-comment", "writes comments into cells", KINERJA, by_hand(comment), three),
    ]  # fmt: skip


def comment(page: Worksheet) -> None:
    page["A2"].comment = openpyxl.comments.Comment("cek NIP", "Ani")


def without_places() -> bytes:
    def edit(name: str, part: bytes) -> bytes:
        return re.sub(rb' r="[A-Z]*[0-9]+"', b"", part) if name == SHEET else part

    return rewritten(book(filled()), edit)


def locked() -> bytes:
    """Return a workbook that Excel would open with a password only."""
    from msoffcrypto.format.ooxml import OOXMLFile

    stream = io.BytesIO()
    OOXMLFile(io.BytesIO(book(filled()))).encrypt("rahasia", stream)
    return stream.getvalue()


def locked_cases() -> list[Case]:
    answer: Answer = refused("file.password", "kata sandi")
    return [
        case("locked", "protects the workbook by a password", KINERJA, locked, answer),
        case("locked-cut", "sends half of a workbook with a password", KINERJA,
             lambda: locked()[: len(locked()) // 2], answer),
        case("old-excel", "renames an old .xls to .xlsx", KINERJA,
             b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "Workbook".encode("utf-16-le") * 9,
             refused("file.old_excel", "Excel lama")),
    ]  # fmt: skip


def cases() -> list[Case]:
    return [
        *sheet_cases(),
        *number_cases(),
        *date_cases(),
        *formula_cases(),
        *insides_cases(),
        *locked_cases(),
    ]
