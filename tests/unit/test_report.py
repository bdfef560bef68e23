"""The national report, made from a published fixture and read back with other tools."""

import csv
import hashlib
import io
import json
import re
from dataclasses import replace

import duckdb
import openpyxl
import pypdf
import pytest
from report_fixture import (
    AGENCIES,
    PERIODS,
    TABLES,
    publish_a_year_ago,
    publish_fixture,
    publish_second_version,
)

from asn_warehouse import ops, report
from asn_warehouse.admission.rules import checks
from asn_warehouse.contracts import datasets
from asn_warehouse.errors import NotPublished, ReportFailed
from asn_warehouse.periods import Period
from asn_warehouse.report import compose, formats, marts, pdf, source
from asn_warehouse.report.labels import catalogue, heading, mart_headings, mart_title
from asn_warehouse.report.model import Chart, Paragraph
from asn_warehouse.report.sections import notes, quality, revision
from asn_warehouse.report.words import changes
from asn_warehouse.settings import get_settings

PERIOD = PERIODS[1]
THERE = [mart for mart in marts.MARTS if mart.name in TABLES]
STEM = f"laporan-nasional-{PERIOD}"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    found = get_settings(tmp_path_factory.mktemp("home"))
    publish_fixture(found)
    publish_a_year_ago(found)
    return found


@pytest.fixture(scope="module")
def made(settings):
    return report.make_report(settings, PERIOD)


@pytest.fixture(scope="module")
def content(settings):
    return compose.report(compose.context(settings, source.read(settings, PERIOD)))


def digests(result):
    return {file.path.name: file.sha256 for file in result.files}


def national(settings, mart, columns, where="true"):
    with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
        return connection.execute(
            f"select {columns} from marts.{mart} where period = ? and {where}", [PERIOD.first_day]
        ).fetchall()


def test_the_same_publication_gives_the_same_bytes(settings, made):
    rows = len(ops.read(settings, "report"))
    before = digests(made)
    for file in made.files:
        file.path.unlink()
    assert digests(report.make_report(settings, PERIOD)) == before
    assert len(ops.read(settings, "report")) == rows == len(before)


def test_the_manifest_names_every_file_with_its_digest(made):
    manifest = json.loads((made.directory / "manifest.json").read_text("utf-8"))
    assert manifest["period"] == "2026-10" and manifest["version"] == 1
    assert manifest["content_sha256"] == "1" * 64
    found = {
        str(p.relative_to(made.directory)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in made.directory.rglob("*")
        if p.is_file() and p.name != "manifest.json"
    }
    assert {f["path"]: f["sha256"] for f in manifest["files"]} == found
    assert len(found) > 3 + len(THERE)


def test_the_pdf_carries_its_month_and_the_key_figures(made, content):
    reader = pypdf.PdfReader(made.directory / f"{STEM}.pdf")
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert reader.metadata is not None and "Oktober 2026" in str(reader.metadata.title)
    for figure in content.key_figures:
        assert figure.text in text, figure.label
    for code, name, _, _ in AGENCIES:
        assert code in text and name.split()[-1] in text
    assert "Halaman 2 dari" in text and "September 2026" in text


def test_key_figures_are_those_of_the_marts(settings, content):
    figure = {f.id: f for f in content.key_figures}
    where = "agency_code is null and employment_status is null and position_level is null"
    people, share = national(settings, "learning_hours", "people, reached_20_share", where)[0]
    assert figure["asn"].text == formats.number(people, "integer")
    assert figure["jp"].text == formats.number(share, "share")
    where = "family is null and competency_code is null and position_level is null"
    gap = national(settings, "competency_gap_national", "gap_mean", where)[0][0]
    assert figure["kesenjangan"].text == formats.number(gap, "decimal2")


def test_every_chart_has_words_and_a_table_with_its_figures(content):
    charts = [b for s in content.sections for b in s.blocks if isinstance(b, Chart)]
    assert len(charts) >= 8
    for chart in charts:
        assert len(chart.alt) > 40 and chart.table.rows
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", chart.svg)
        figures = {t for row in chart.table.texts() for t in row if re.search(r"[0-9]", t)}
        drawn = re.findall(r">([^<]*[0-9][^<]*)</text>", chart.svg)
        assert any(figure in words for words in drawn for figure in figures), chart.id


def test_the_page_reaches_for_nothing_outside_itself(made):
    page = (made.directory / f"{STEM}.html").read_text("utf-8")
    assert not re.findall(r"https?://|src=|@import|url\((?!#)", page)
    assert page.count("<figure") == page.count('role="img" aria-label="') >= 8
    assert page.count("<table") == page.count("<caption>")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "Oktober 2026" in page and '<html lang="id">' in page


def test_the_workbook_opens_and_its_totals_are_those_of_the_marts(settings, made):
    book = openpyxl.load_workbook(made.directory / f"{STEM}.xlsx")
    assert book.sheetnames[0] == "Ringkasan" and "Aturan" in book.sheetnames
    sheet = book["Jam pelajaran"]
    head = [cell.value for cell in sheet[4]]
    assert sheet.freeze_panes == "B5"
    people = head.index(mart_headings("learning_hours")["people"])
    first = [cell.value for cell in sheet[5]]
    where = "agency_code is null and employment_status is null and position_level is null"
    assert first[people] == national(settings, "learning_hours", "people", where)[0][0]
    for name in book.sheetnames:
        for row in book[name].iter_rows():
            assert not any(cell.data_type == "f" for cell in row)


def test_restricted_marts_are_not_among_those_the_report_reads(settings, made):
    names = {mart.name for mart in marts.MARTS}
    assert not names & {"competency_gap_person", "job_person_match", "talent_pool"}
    for mart in marts.MARTS:
        assert "person_key" not in mart.columns
    for path in made.directory.rglob("*.*"):
        assert b"person_key" not in path.read_bytes()


def test_zero_suppressed_and_not_reported_are_printed_apart(content):
    found = {text for s in content.sections for t in s.tables for row in t.texts() for text in row}
    assert {"0", formats.SUPPRESSED, formats.NOT_REPORTED} <= found
    notes = " ".join(getattr(b, "text", "") for b in content.sections[-1].blocks)
    assert "kurang dari 5 orang" in notes and "benar-benar nol" in notes


def test_an_agency_that_sent_nothing_is_not_reported(content):
    table = next(t for s in content.sections for t in s.tables if t.id == "instansi")
    row = next(r for r in table.texts() if r[0] == "Lembaga Tanpa Kiriman")
    assert row[2:6] == [formats.NOT_REPORTED] * 4


def test_kota_kendari_has_a_section_of_its_own(content):
    section = next(s for s in content.sections if s.id == "kota-kendari")
    figures, families, programs = section.tables
    assert "JP coaching dan mentoring" in {row[0].value for row in figures.rows}
    assert len(families.rows) == 4
    owners = {row[1].value for row in programs.rows}
    assert len(programs.rows) >= 3 and owners == {"Kota Kendari"}


def test_ten_key_figures_say_how_they_changed_on_the_month_before_and_on_a_year_ago(content, made):
    assert len(content.key_figures) == len({f.metric for f in content.key_figures}) == 10
    reader = pypdf.PdfReader(made.directory / f"{STEM}.pdf")
    pdf_words = " ".join(" ".join(p.extract_text() for p in reader.pages).split())
    page = (made.directory / f"{STEM}.html").read_text("utf-8")
    sheet = openpyxl.load_workbook(made.directory / f"{STEM}.xlsx")["Ringkasan"]
    rows = {row[0].value: [cell.value for cell in row] for row in sheet.iter_rows(min_row=5)}
    for figure in content.key_figures:
        assert figure.year_ago.text(figure.kind) == figure.previous.text(figure.kind)
        on_month, on_year = changes(figure)
        assert on_month.startswith("Bulan terbit sebelumnya: ")
        assert on_year.startswith("Setahun lalu: ") and figure.change_on_year in on_year
        assert on_month in page and on_year in page, figure.label
        assert on_month in pdf_words and on_year in pdf_words, figure.label
        assert rows[figure.label][3] == figure.change
        assert rows[figure.label][5] == figure.change_on_year


def test_without_a_month_of_a_year_ago_the_words_say_so(content):
    alone = replace(content.key_figures[0], year_ago=None)
    assert changes(alone)[1] == "Setahun lalu: bulan yang sama tahun lalu belum terbit"


def test_key_figures_are_drawn_over_the_published_months(content):
    section = next(s for s in content.sections if s.id == "perkembangan")
    months = [row[0].value for row in section.tables[0].rows]
    assert months == ["Oktober 2025", "September 2026", "Oktober 2026"]
    chart = next(b for b in section.blocks if isinstance(b, Chart))
    for figure, column in zip(content.key_figures, section.tables[0].columns[1:], strict=True):
        assert column.label == figure.label
        assert figure.cell.value is None or figure.text in chart.svg


def test_changes_against_the_month_before_are_those_of_the_printed_numbers(content):
    months = {f.id for f in content.key_figures if f.previous.value is not None}
    assert months == {f.id for f in content.key_figures} - {"ip-asn", "ikm"}
    assert formats.difference(0.6721, 0.6389, "share") == "+3,3 poin persen"
    assert formats.difference(-0.285, -0.284, "decimal2") == "−0,01"


def test_what_is_unknown_is_added_up_over_all_agencies(content, settings):
    section = next(s for s in content.sections if s.id == "mutu-data")
    table = next(t for t in section.tables if t.id == "tanpa-pasangan")
    rows = source.read(settings, PERIOD).mart(marts.SUBMISSION_ORPHAN).rows
    left_out = [r.values for r in rows if r.values["is_left_out"]]
    line = next(r for r in table.texts() if r[0] == "person_unknown")
    total = formats.number(sum(r["rows"] for r in left_out), "integer")
    assert line == [
        "person_unknown",
        "tidak",
        total,
        str(len({r["agency_code"] for r in left_out})),
    ]
    assert "persons" not in rows[0].values


def test_few_sanctions_of_an_agency_are_hidden_everywhere_and_not_given_away(
    content, settings, made
):
    with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
        true = connection.execute(
            "select agency_code, rows_read from main.submission_scorecard"
            " where period = ? and dataset = 'hukuman_disiplin' and rows_read > 0",
            [PERIOD.first_day],
        ).fetchall()
    few = {agency for agency, rows in true if rows < settings.small_cell_open}
    assert few and len(few) < len(true)
    text = (made.directory / "data" / "submission_scorecard.csv").read_text("utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        is_few = row["dataset"] == "hukuman_disiplin" and row["agency_code"] in few
        assert (row["disclosure_status"] == "suppressed") == is_few
        hidden = {row[name] for name in marts.SUBMISSION_SCORECARD.rows_of_people}
        assert not is_few or hidden == {"*"}
    section = next(s for s in content.sections if s.id == "mutu-data")
    table = next(t for t in section.tables if t.id == "mutu")
    line = next(r for r in table.texts() if r[0] == "Hukuman disiplin")
    assert line[1:4] == [formats.SUPPRESSED] * 3


def test_what_a_model_names_is_not_named_again_by_the_report():
    own = catalogue()["columns"]
    read = [mart_headings(mart.name) for mart in marts.MARTS]
    assert len(own) > 20 and len(read) > 20
    assert [c for c in own if any(named.get(c) == own[c] for named in read)] == []


def test_headings_are_those_of_the_models(settings, made, content):
    """Tables of the report and sheets of the workbook; a title of its own is a code in words."""
    known = {words for mart in marts.MARTS for words in mart_headings(mart.name).values()}
    known |= set(catalogue()["columns"].values()) | set(catalogue()["submission_status"].values())
    titled = {
        "KRS",
        "Nasional",
        *(name for _, name, *_ in AGENCIES),
        *(f"Kotak {n}" for n in "789"),
        *(figure.label for figure in content.key_figures),
    }
    shown = {c.label for s in content.sections for t in s.tables for c in t.columns}
    assert len(shown) > 50 and shown - known - titled == set()
    book = openpyxl.load_workbook(made.directory / f"{STEM}.xlsx", read_only=True)
    sheet = next(iter(book["Kesenjangan nasional"].iter_rows(max_row=4, values_only=True)))
    assert sheet[0].startswith(f"{mart_title('competency_gap_national')}, ")


def test_a_column_without_a_name_is_not_printed():
    with pytest.raises(ReportFailed, match="unheard_of"):
        heading("unheard_of", "position_fit")
    with pytest.raises(ReportFailed, match="unheard_of"):
        heading("people", "unheard_of")


def test_every_dataset_and_every_reason_of_a_reject_has_its_words():
    """A dataset or a rule that the words forget would be missing in the report or stand as code."""
    known = datasets(get_settings())
    assert set(catalogue()["dataset"]) == set(known)
    kinds = {check.id.rsplit(".", 1)[-1] for d in known.values() for check in checks(d)}
    assert len(kinds) > 20 and kinds <= set(catalogue()["reject_kind"])


def test_a_period_that_is_not_published_has_no_report(settings):
    with pytest.raises(NotPublished, match="2026-12 is not published"):
        report.make_report(settings, Period(2026, 12))
    with pytest.raises(NotPublished, match="version 9"):
        report.make_report(settings, PERIOD, version=9)
    assert not (settings.report / "2026-12").exists()


def test_a_report_that_fails_half_way_leaves_nothing(settings, monkeypatch):
    other = PERIODS[0]
    monkeypatch.setattr(pdf, "render", lambda _: (_ for _ in ()).throw(RuntimeError("disk")))
    with pytest.raises(RuntimeError):
        report.make_report(settings, other)
    folder = settings.report / str(other)
    assert not folder.exists() or not any(folder.iterdir())


def test_an_earlier_version_is_reported_from_its_archive(tmp_path):
    settings = get_settings(tmp_path)
    publish_fixture(settings)
    first = source.read(settings, PERIOD)
    publish_second_version(settings, PERIOD)
    assert source.read(settings, PERIOD).edition.version == 2
    keys = {"agency_code": None, "employment_status": None, "position_level": None}
    again = source.read(settings, PERIOD, version=1)
    mean = first.mart(marts.LEARNING_HOURS).cell("hours_mean", **keys).value
    assert again.mart(marts.LEARNING_HOURS).cell("hours_mean", **keys).value == mean
    now = source.read(settings, PERIOD, version=2).mart(marts.LEARNING_HOURS)
    assert now.cell("hours_mean", **keys).value == pytest.approx(2 * mean)


def _rewrite(settings, **facts):
    """Change what ``publication.json`` of the first version says."""
    path = settings.warehouse / "publications" / str(PERIOD) / "v1" / "publication.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | facts), "utf-8")


def _archived(names):
    return [{"name": n, "rows": 0, "sha256": "", "restricted": False} for n in names]


def _said_to_lack(settings):
    """Return the paragraph that names the tables which version 1 was published without."""
    return re.search(r"bukan nol: ([^.]*)\.", _words(settings, 1))[1].split(", ")


def _words(settings, version, part=notes):
    now = compose.context(settings, source.read(settings, PERIOD, version))
    blocks = part.section(now).blocks
    return " ".join(block.text for block in blocks if isinstance(block, Paragraph))


def test_a_version_older_than_a_mart_is_reported_and_says_what_it_lacks(tmp_path):
    settings = get_settings(tmp_path)
    publish_fixture(settings)
    publish_second_version(settings, PERIOD)
    folder = settings.warehouse / "publications" / str(PERIOD) / "v1"
    for name in ("submission_orphan", "talent_box", "competency_gap_national", "dim_rule"):
        file = (folder if name == "dim_rule" else folder / "safe") / f"{name}.parquet"
        kept = file.read_bytes()
        _rewrite(settings, marts=_archived(n for n in TABLES if n != name))
        file.unlink()
        if name == "dim_rule":
            with pytest.raises(ReportFailed, match="before rules were kept") as failed:
                source.read(settings, PERIOD, version=1)
            assert "--as-of" in failed.value.mend
        else:
            assert mart_title(name) in _said_to_lack(settings), name
        file.write_bytes(kept)
    _rewrite(settings, marts=_archived(TABLES))
    assert mart_title("talent_box") not in _said_to_lack(settings)
    (folder / "safe" / "talent_box.parquet").unlink()
    with pytest.raises(ReportFailed, match="talent_box"):
        source.read(settings, PERIOD, version=1).mart(marts.TALENT_BOX)


def test_agencies_whose_figures_jumped_are_named_in_the_section_on_quality(tmp_path):
    settings = get_settings(tmp_path)
    publish_fixture(settings)
    assert "patut ditanyakan" not in _words(settings, 1, quality)
    change = {"table": "position_fit", "measure": "people", "previous_period": "2026-09"}
    names = ("Kota Kendari", "Badan Contoh")
    _rewrite(settings, warnings=[change | {"agency_name": name} for name in names])
    told = _words(settings, 1, quality)
    assert "terbitan bulan 2026-09" in told and "Badan Contoh, Kota Kendari." in told


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (42318, "integer", "42.318"),
        (0.125, "share", "12,5%"),
        (-0.004, "decimal2", "0,00"),
        (2.345, "decimal2", "2,35"),
        (1234567.5, "money", "1.234.568"),
        (None, "share", "–"),
    ],
)
def test_numbers_are_written_as_in_indonesia(value, kind, text):
    assert formats.value(value, kind) == text


def test_dates_are_written_as_in_indonesia():
    assert formats.day(PERIOD.last_day) == "31 Oktober 2026"


def test_revisions_are_told_without_any_value(settings, monkeypatch):
    """Which tables moved, in how many rows and because of whom; never by how much."""
    cause = {
        "agency_code": "7371",
        "agency_name": "Pemerintah Kota Kendari",
        "dataset": "kinerja",
        "period": "2026-09",
        "revision": 2,
        "change": "arrived",
    }
    shared = {"previous_version": 1, "has_new_rules": False, "caused_by": json.dumps([cause])}
    moved = {"rows_added": 1, "rows_removed": 0, "rows_changed": 7}
    rows = [
        {"table_name": name, "measure": measure, "is_total": measure is None, **moved, **shared}
        for name in ("position_fit", "talent_pool")
        for measure in (None, "jpm_mean")
    ]
    published = source.read(settings, PERIOD)
    monkeypatch.setattr(source.Month, "changes", rows)
    section = revision.section(compose.context(settings, published))
    tables, causes = section.tables
    headings = mart_headings("position_fit")
    assert tables.texts() == [[mart_title("position_fit"), "1", "0", "7", headings["jpm_mean"]]]
    assert causes.texts() == [
        ["Pemerintah Kota Kendari", "Kinerja", "2026-09", "2", "kiriman baru"]
    ]
    assert not any("value" in name or "difference" in name for name in source.TOLD)
