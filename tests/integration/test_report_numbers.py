"""Every figure of page, PDF and workbook is that of a protected table of the month."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from e2e_home import OCTOBER, PROJECT, SPEC, Month
from html_tables import tables
from mart_numbers import Compared, Sheet, Truth, agrees, is_a_figure

pytestmark = pytest.mark.slow
ENOUGH = 200
COUNTED = {"kiriman", "bukti", "bentuk", "jenis", "skm-mutu"}
"""Tables that count rows of the tables, or share out a row; looked at one by one."""
OF_RULES = ("aturan-", "alasan")
"""Tables of rules and of reasons in words, which have tests of their own."""


OF_SITE = {"t-figures", "t-excluded", "t-orphans", "t-revisions", "t-editions", "t-rules"}
OF_SITE |= {"t-submission_dataset", "t-submission_trend"}
"""Tables of the site that count rows, or hold none of a table's figures."""
WORDS = ("Ringkasan", "Catatan", "Aturan")
"""Sheets of the workbook that no table of figures stands on."""
KEY_FIGURES = {
    "ASN terhitung": ("position_fit", "people"),
    "Cakupan penilaian": ("competency_gap_national", "coverage"),
    "Rata-rata kesenjangan": ("competency_gap_national", "gap_mean"),
    "Memenuhi standar": ("competency_gap_national", "met_share"),
    "PNS mencapai 20 JP": ("learning_hours", "reached_20_share"),
    "Rata-rata jam pelajaran": ("learning_hours", "hours_mean"),
    "Rata-rata IP ASN": ("professionalism_index", "ip_asn"),
    "Indeks Kepuasan Masyarakat (IKM)": ("service_satisfaction", "ikm"),
}
"""Those that stand in one row of the nation."""


@pytest.fixture(scope="module")
def folder(month: Month) -> Path:
    """The report that the month's own run wrote."""
    return month.settings.report / str(OCTOBER) / "v1"


@pytest.fixture(scope="module")
def truth(month: Month) -> Truth:
    """The protected tables as the archive has them."""
    return Truth(month.settings.warehouse / "publications" / str(OCTOBER) / "v1" / "safe")


@pytest.fixture(scope="module")
def page(folder: Path) -> list[Sheet]:
    """The tables of the report as one page."""
    return [Sheet(t.id, t.caption, t.head, t.rows) for t in tables(_page(folder)) if t.id]


def _page(folder: Path) -> str:
    return (folder / f"laporan-nasional-{OCTOBER}.html").read_text("utf-8")


def _compared(truth: Truth, sheets: Iterable[Sheet]) -> Compared:
    total = Compared()
    for sheet in sheets:
        total += truth.compare(sheet)
    return total


def _of_marts(sheets: Iterable[Sheet]) -> list[Sheet]:
    return [s for s in sheets if s.name not in COUNTED and not s.name.startswith(OF_RULES)]


def test_every_figure_of_the_page_is_that_of_a_mart(page: list[Sheet], truth: Truth) -> None:
    done = _compared(truth, _of_marts(page))
    assert done.wrong == []
    assert done.figures >= ENOUGH and done.hidden >= 50 and done.missing >= 10
    figures = [
        sum(is_a_figure(cell) for row in s.rows for cell in row[1:]) for s in _of_marts(page)
    ]
    assert done.figures > 0.9 * sum(figures), "many figures are of no table that was found"


def test_counts_of_submissions_evidence_and_grades_are_those_of_the_rows(
    page: list[Sheet], truth: Truth
) -> None:
    shown = {sheet.name: {row[0]: row[1:] for row in sheet.rows} for sheet in page}
    sent = Counter(
        (row["dataset"], row["status"]) for row in truth.marts["submission_scorecard"].rows
    )
    datasets = truth.marts["submission_scorecard"].words["dataset"]
    for words, cells in shown["kiriman"].items():
        statuses = ("on_time", "late", "refused", "missing")
        counts = [sent[datasets[words], status] for status in statuses]
        assert cells[:4] == [str(count) for count in counts], words
    assert len(shown["kiriman"]) >= 14
    runs = truth.marts["program_effectiveness"].rows
    evidence = Counter(row["evidence"] for row in runs if row["agency_code"] is None)
    told = [int(cells[0].replace(".", "")) for cells in shown["bukti"].values()]
    assert sorted(told) == sorted(evidence.values())
    found = truth.marts["service_satisfaction"].rows
    grades = Counter(r["grade"] for r in found if r["agency_code"] and not r["service_code"])
    assert sum(int(cells[0]) for cells in shown["skm-mutu"].values()) == sum(grades.values()) > 0


def test_hours_by_form_are_those_of_the_nation(page: list[Sheet], truth: Truth) -> None:
    (nation,) = truth.marts["learning_hours"].find({})
    forms = ("classical", "e_learning", "on_the_job", "mentoring_coaching")
    forms += ("community", "other_nonclassical", "seminar")
    (sheet,) = [sheet for sheet in page if sheet.name == "bentuk"]
    assert len(sheet.rows) == len(forms) + 1
    for row, name in zip(sheet.rows, (*forms, "hours_total"), strict=True):
        share = {"share": nation[name] / nation["hours_total"]}
        assert agrees(row[1], [nation], [name]) and agrees(row[2], [share], ["share"]), row


def test_gaps_by_kind_of_agency_are_those_of_its_agencies(
    month: Month, page: list[Sheet], truth: Truth
) -> None:
    """Over the agencies of which counts and mean are shown, each by how many are assessed."""
    archive = month.settings.warehouse / "publications" / str(OCTOBER) / "v1"
    kinds = json.loads((archive / "publication.json").read_text("utf-8"))["agency_types"]
    with (PROJECT / "dbt_project/seeds/codes/code_agency_type.csv").open() as file:
        codes = {row["label_id"]: row["code"] for row in csv.DictReader(file)}
    keys = ("family", "competency_code", "position_level")
    gaps = [
        row
        for row in truth.marts["competency_gap_agency"].rows
        if not any(row[key] for key in keys)
        and None not in (row["requirements"], row["assessed"], row["gap_mean"])
    ]
    (sheet,) = [sheet for sheet in page if sheet.name == "jenis"]
    assert sum(int(row[1]) for row in sheet.rows) == len(kinds) == SPEC.agencies
    for name, _, counted, assessed, coverage, mean, _ in sheet.rows:
        mine = [row for row in gaps if kinds[row["agency_code"]] == codes[name]]
        cases, needed = (sum(row[n] for row in mine) for n in ("assessed", "requirements"))
        assert int(counted) == len(mine), name
        if mine:
            total = sum(row["gap_mean"] * row["assessed"] for row in mine)
            true = {"assessed": cases, "coverage": cases / needed, "gap_mean": total / cases}
            for cell, column in (
                (assessed, "assessed"),
                (coverage, "coverage"),
                (mean, "gap_mean"),
            ):
                assert agrees(cell, [true], [column]), (name, column)


def test_every_figure_of_the_workbook_is_that_of_a_mart(folder: Path, truth: Truth) -> None:
    book = openpyxl.load_workbook(folder / f"laporan-nasional-{OCTOBER}.xlsx", read_only=True)
    sheets = []
    for sheet in book:
        rows = [*sheet.iter_rows(values_only=True)]
        if len(rows) > 4 and sheet.title not in WORDS:
            head = [str(cell) for cell in rows[3] if cell is not None]
            cells = [list(row[: len(head)]) for row in rows[4:]]
            sheets.append(Sheet(sheet.title, str(rows[0][0]), head, cells))
    done = _compared(truth, sheets)
    assert done.wrong == []
    assert len(sheets) >= 9 and done.tables == {sheet.name for sheet in sheets}
    assert done.figures >= 10 * ENOUGH and done.hidden >= ENOUGH and done.missing >= ENOUGH


def test_the_key_figures_are_those_of_the_nation_in_all_three(folder: Path, truth: Truth) -> None:
    page = _page(folder)
    shown = dict(re.findall(r"<h3>([^<]+)</h3><p class=\"value\">([^<]+)</p>", page))
    rows = openpyxl.load_workbook(folder / f"laporan-nasional-{OCTOBER}.xlsx")["Ringkasan"].values
    written = {row[0]: str(row[1]) for row in rows}
    reader = pypdf.PdfReader(folder / f"laporan-nasional-{OCTOBER}.pdf")
    printed = _even(" ".join(sheet.extract_text() for sheet in reader.pages[:3]))
    for words, (mart, column) in KEY_FIGURES.items():
        assert agrees(shown[words], truth.marts[mart].find({}), [column]), words
        assert written[words] == shown[words], words
        assert re.search(rf"{re.escape(_even(words))}.{{0,60}}?{re.escape(shown[words])}", printed)
    sent = [row["status"] for row in truth.marts["submission_scorecard"].rows]
    expected = [status for status in sent if status != "not_expected"]
    share = {"share": expected.count("on_time") / len(expected)}
    assert agrees(shown["Kiriman tepat waktu"], [share], ["share"])
    boxes = truth.marts["talent_box"]
    pool = [row for box in (7, 8, 9) for row in boxes.find({"box": box})]
    told = "*" if any("people" in row["suppressed"].split(";") for row in pool) else None
    assert shown["Kelompok rencana suksesi"] == (told or str(sum(row["people"] for row in pool)))


def test_every_table_of_the_pdf_has_the_figures_of_the_marts(
    folder: Path, page: list[Sheet], truth: Truth
) -> None:
    """Row by row as text flows: words and figures that were found right on the page."""
    reader = pypdf.PdfReader(folder / f"laporan-nasional-{OCTOBER}.pdf")
    text = _even(" ".join(sheet.extract_text() for sheet in reader.pages))
    figures = 0
    lacking = []
    for sheet in _of_marts(page):
        assert truth.compare(sheet).wrong == []
        for row in sheet.rows:
            if _even("".join(row)) in text:
                figures += sum(is_a_figure(cell) for cell in row[1:])
            else:
                lacking.append(f"{sheet.name}: {row}")
    assert lacking == []
    assert figures >= ENOUGH


def test_every_figure_of_the_site_is_that_of_a_mart(folder: Path, truth: Truth) -> None:
    """All pages on topics, and those of agencies as their agencies' figures."""
    done, cells = Compared(), 0
    pages = [*(folder / "topik").glob("*.html"), *(folder / "instansi").glob("*.html")]
    for path in [*pages, folder / "instansi.html"]:
        context = {"agency_code": path.stem} if path.parent.name == "instansi" else None
        for t in tables(path.read_text("utf-8")):
            if t.id not in OF_SITE:
                done += truth.compare(Sheet(t.id, t.caption, t.head, t.rows), context)
                cells += sum(is_a_figure(cell) for row in t.rows for cell in row[1:])
    assert done.wrong == []
    assert len(pages) >= 18 and len(done.tables) >= 30
    assert done.figures >= 10 * ENOUGH and done.figures > 0.9 * cells


def test_every_figure_of_an_agency_in_its_workbook_is_that_of_a_mart(
    folder: Path, truth: Truth
) -> None:
    total = Compared()
    for path in sorted(folder.glob("instansi/*/*.xlsx")):
        for sheet in openpyxl.load_workbook(path, read_only=True):
            for block in _blocks(sheet):
                total += truth.compare(block, {"agency_code": path.parent.name})
    assert total.wrong == []
    assert total.figures >= 5 * ENOUGH


def _blocks(sheet: Any) -> Iterator[Sheet]:
    """Yield the tables that stand on a sheet below each other, each below its caption."""
    rows = [[cell for cell in row if cell is not None] for row in sheet.values]
    for caption, head, first in zip(rows, rows[1:], rows[2:], strict=False):
        if len(caption) == 1 and len(head) > 1 and len(first) > 1:
            start = rows.index(head) + 1
            end = next((i for i, row in enumerate(rows[start:], start) if len(row) < 2), len(rows))
            names = [str(cell) for cell in head]
            yield Sheet(f"{sheet.title}: {caption[0]}", str(caption[0]), names, rows[start:end])


def _even(text: str) -> str:
    """Return a text without spaces, line ends and hyphens at line ends."""
    return re.sub(r"-\n|\s|\u00ad", "", text)
