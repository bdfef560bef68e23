"""The national report of a month that the pipeline made: every section says something."""

import re

import openpyxl
import pypdf
import pytest
from e2e_home import OCTOBER, Month

from asn_warehouse.report import compose, source
from asn_warehouse.report.labels import mart_title
from asn_warehouse.report.mart_sheet import SHEETS
from asn_warehouse.report.marts import MARTS
from asn_warehouse.report.model import Chart, Paragraph

STEM = f"laporan-nasional-{OCTOBER}"
SECTIONS = [
    "perkembangan",
    "kepatuhan",
    "kesenjangan",
    "cakupan",
    "kesesuaian",
    "kebutuhan",
    "jam-pelajaran",
    "program",
    "pertukaran",
    "talenta",
    "karier",
    "ip-asn",
    "kepuasan",
    "sasaran",
    "tenaga",
    "per-instansi",
    "kota-kendari",
    "mutu-data",
    "perubahan",
    "catatan",
]
ENGLISH = re.compile(
    r"\b(null|None|nan|True|False|unknown|agency|gap|score|share|training|need|level|"
    r"(?<![eE]-)learning|TIDAK_DIKETAHUI|[A-Z]{3,}_[A-Z]+|[a-z]+_[a-z_]+)\b"
)
"""What a reader of Indonesian should never meet: English, codes, names of columns."""


@pytest.fixture(scope="module")
def directory(month: Month):
    return month.result.report.directory


@pytest.fixture(scope="module")
def content(month: Month):
    settings = month.settings
    return compose.report(compose.context(settings, source.read(settings, OCTOBER)))


def test_the_sections_stand_in_their_order_and_are_bookmarks_of_the_pdf(content, directory):
    ids = [section.id for section in content.sections]
    assert ids == [name for name in SECTIONS if name in ids]
    assert set(SECTIONS) - set(ids) <= {"kota-kendari"}
    reader = pypdf.PdfReader(directory / f"{STEM}.pdf")
    bookmarks = [entry.title for entry in reader.outline]
    assert bookmarks == ["Ringkasan", *(section.title for section in content.sections)]
    assert 20 <= len(reader.pages) <= 40
    assert reader.trailer["/Root"]["/Lang"] == "id-ID"


def test_every_section_has_a_table_or_says_why_not(content):
    for section in content.sections:
        words = [block for block in section.blocks if isinstance(block, Paragraph)]
        assert section.tables or words, section.id
        assert all(table.rows for table in section.tables), section.id
    charts = [b for s in content.sections for b in s.blocks if isinstance(b, Chart)]
    assert len(charts) >= 20
    for chart in charts:
        drawn = re.findall(r">([^<]*[0-9][^<]*)</text>", chart.svg)
        figures = {text for row in chart.table.texts() for text in row if re.search(r"\d", text)}
        assert any(figure in words for words in drawn for figure in figures), chart.id


def test_no_english_and_no_code_is_left_in_the_report(content):
    said = [block.text for s in content.sections for block in s.blocks if hasattr(block, "text")]
    said += [figure.label + figure.note for figure in content.key_figures]
    for section in content.sections[:-3]:
        for table in section.tables:
            said += [table.caption, *(column.label for column in table.columns)]
            said += [text for row in table.texts() for text in row]
    assert len(said) > 500
    assert [words for words in said if ENGLISH.search(words)] == []


def test_the_workbook_has_a_sheet_for_every_mart(directory, content):
    assert {sheet.mart.name for sheet in SHEETS} == {mart.name for mart in MARTS}
    book = openpyxl.load_workbook(directory / f"{STEM}.xlsx", read_only=True)
    for sheet in SHEETS:
        rows = list(book[sheet.name].iter_rows(values_only=True))
        assert rows[0][0].startswith(mart_title(sheet.mart.name)), sheet.name
        assert len(rows) > 4 or "tidak" in rows[0][0], sheet.name
    assert {"Ringkasan", "Instansi", "Catatan", "Aturan"} <= set(book.sheetnames)
    notes = {row[0] for row in book["Catatan"].iter_rows(values_only=True)}
    assert "Perubahan sejak terbitan sebelumnya" in notes
