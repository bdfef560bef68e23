"""The site of a report: its pages as files, and in a real browser over file://."""

import csv
import json
import re
from io import StringIO

import pyarrow.parquet as pq
import pytest
from browser_pages import CHROMIUM, DESK, PHONE, Texts, drawn, opened_browser, shown_rows, uri
from markupsafe import escape
from playwright.sync_api import expect
from report_fixture import AGENCIES, PERIODS, publish_fixture

from asn_warehouse.disclosure import Status
from asn_warehouse.report import compose, formats, page, site, source
from asn_warehouse.report.model import Cell
from asn_warehouse.report.sections.talent import BOXES
from asn_warehouse.report.site import markup, tables
from asn_warehouse.report.site.agency_views import AGENCY_VIEWS
from asn_warehouse.report.site.topics import TOPICS
from asn_warehouse.report.site.words import LANGUAGES, Phrase, Words, catalogue
from asn_warehouse.settings import get_settings

ONE_PAGE = f"laporan-nasional-{PERIODS[1]}.html"
PAGES = ("index.html", "topik/kesenjangan.html", "instansi/7371.html")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = get_settings(tmp_path_factory.mktemp("home"))
    publish_fixture(settings)
    return settings


@pytest.fixture(scope="module")
def context(settings):
    return compose.context(settings, source.read(settings, PERIODS[1]))


@pytest.fixture(scope="module")
def report(context):
    return compose.report(context)


@pytest.fixture(scope="module")
def made(context, report):
    return site.render(context, report)


@pytest.fixture(scope="module")
def folder(made, report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, data in (made | {ONE_PAGE: page.render(report)}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with opened_browser() as tab:
        yield tab


@pytest.fixture
def tab(browser, folder):
    """A tab on the home page in Indonesian; nothing may leave the machine, nothing go wrong."""
    browser.goto(uri(folder, "index.html"))
    browser.evaluate("localStorage.clear()")
    yield browser
    browser.emulate_media(media="screen")
    browser.set_viewport_size(DESK)
    local = ("file:", "data:", "blob:")
    assert [u for u in browser.requests if not u.startswith(local)] == []
    assert browser.troubles == []


@pytest.fixture(scope="module")
def safe(settings):
    """Where the protected marts of the month lie."""
    return settings.warehouse / "publications" / str(PERIODS[1]) / "v1" / "safe"


@pytest.fixture(scope="module")
def boxes(safe):
    rows = pq.read_table(safe / "talent_box.parquet").to_pylist()
    return [row for row in rows if row["agency_code"] is None]


def test_the_same_publication_gives_the_same_bytes(context, report, made):
    assert site.render(context, report) == made


def test_there_is_a_page_for_every_topic_and_for_every_agency_even_a_silent_one(made):
    assert {name for name in made if name.endswith(".html")} == {
        "index.html",
        "instansi.html",
        *(f"topik/{topic.id}.html" for topic in TOPICS),
        *(f"instansi/{code}.html" for code, *_ in AGENCIES),
    }
    silent = made["instansi/4999.html"].decode()
    assert "tidak mengirim data pegawai" in silent and "laporan-4999-2026-10.pdf" in silent
    assert max(len(made[f"instansi/{code}.html"]) for code, *_ in AGENCIES) < 80_000


def test_both_languages_are_complete(made):
    for group, words in catalogue().items():
        for key, both in words.items():
            assert set(both) == set(LANGUAGES) and all(both.values()), (group, key)
    english = re.search(r"ASN_WORDS = (\{.*\});\n", made["aset/kata.js"].decode())[1]
    known = set(json.loads(english))
    seen = 0
    for name in made:
        if name.endswith(".html"):
            found = Texts(made[name].decode())
            assert found.loose == [], name
            assert found.keys <= known, name
            seen += len(found.keys)
    assert seen > 1_000


def test_every_table_of_the_site_is_named_in_both_languages():
    words = Words()
    for view in [*AGENCY_VIEWS, *(view for topic in TOPICS for view in topic.views)]:
        assert words.say(view.id, "views").en
        for name in view.names:
            if name != "period" and not words.has(name, "headings"):
                assert words.heading(view.mart.name, name).en, (view.id, name)


def test_figures_of_the_site_are_those_of_the_protected_marts(safe, made):
    places = [(f"topik/{t.id}.html", v, None) for t in TOPICS for v in t.views]
    places += [(f"instansi/{code}.html", v, code) for code, *_ in AGENCIES for v in AGENCY_VIEWS]
    compared = 0
    for name, view, agency in places:
        path = safe / f"{view.mart.name}.parquet"
        printed = Texts(made[name].decode()).tables.get(f"t-{view.id}")
        if printed is None or not path.is_file() or view.keys[:1] == ("period",):
            continue
        rows = pq.read_table(path).to_pylist()
        if "agency_code" in view.mart.rule.keys and "agency_code" not in view.where:
            rows = [r for r in rows if r["agency_code"] == agency]
        kinds = {n: k for n, k in view.measures if k in ("integer", "share", "decimal2")}
        wanted = {tuple(_said(r, n, k) for n, k in kinds.items()) for r in rows}
        for line in printed[1:]:
            cells = dict(zip(view.names, line, strict=True))
            assert tuple(cells[n] for n in kinds) in wanted, (name, view.id, line)
            compared += len(kinds)
    assert compared > 1_000


def _said(row, name, kind):
    hidden = name in row["suppressed"].split(";")
    return "*" if hidden else formats.value(row[name], kind)


def test_what_agencies_write_is_text_and_no_markup():
    name = '<script>alert("x")</script>'
    heads = (tables.Head("a", Phrase("A", "B"), "text"),)
    lines = (tables.Line((tables.Box(Phrase(name, name)),), {}),)
    text = markup.table(Words(), tables.SiteTable("x", Phrase(name, name), heads, lines))
    assert "<script" not in text and text.count(str(escape(name))) == 2


def test_zero_hidden_and_not_reported_are_three_signs():
    cells = (Cell(0), Cell(None, Status.SUPPRESSED), Cell(None, Status.NOT_REPORTED))
    line = tables.Line(tuple(tables.figure(cell, "integer") for cell in cells), {})
    heads = tuple(tables.Head(n, Phrase(n, n), "integer") for n in "abc")
    text = markup.table(Words(), tables.SiteTable("x", Phrase("x", "y"), heads, (line,)))
    signs = re.findall(r'class="(n[ so]*)">([0*–])<', text)
    assert signs == [("n", "0"), ("n s", "*"), ("n o", "–")] and text.count("<b>") == 3


def test_pages_load_their_own_files_and_nothing_else(tab, folder):
    for name in (*PAGES, "instansi.html", "topik/talenta.html", "topik/metode.html"):
        tab.goto(uri(folder, name))
        assert tab.evaluate("document.documentElement.scrollWidth") <= DESK["width"], name
        policy = tab.locator("meta[http-equiv]").get_attribute("content")
        assert "unsafe" not in policy and "default-src 'none'" in policy
    assert any(u.endswith("aset/vega.js") for u in tab.requests)


def test_an_agency_is_found_from_home_by_name_or_code(tab):
    box = tab.get_by_label("Cari instansi")
    box.fill("kendari")
    found = tab.locator("#hasil a")
    assert [" ".join(t.split()) for t in found.all_inner_texts()] == [
        "Pemerintah Kota Kendari 7371"
    ]
    assert tab.locator("#temuan").inner_text() == "1 instansi ditemukan."
    box.fill("64")
    assert "Jawa Tengah" in found.first.inner_text()
    box.fill("tidak ada")
    assert found.count() == 0 and tab.locator("#temuan").inner_text().startswith("0 ")
    box.fill("7371")
    found.click()
    assert tab.locator("h1").inner_text() == "Pemerintah Kota Kendari"


def test_agencies_are_sorted_with_the_unknown_last_and_searched(tab, folder):
    tab.goto(uri(folder, "instansi.html"))
    head = tab.locator("th[data-c=hours_mean]")
    names = [h.get_attribute("data-c") for h in tab.locator("thead th").all()]
    for order, sign in (("ascending", 1), ("descending", -1)):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == order
        cells = [row[names.index("hours_mean")] for row in shown_rows(tab, "agency_list")]
        known = [float(c.replace(",", ".")) for c in cells if c not in "*–"]
        assert len(known) == len(AGENCIES) - 1 and known == sorted(known)[::sign]
        assert cells[-1] == "–"
    assert "turun" in tab.locator("#agency_list .status").inner_text()
    tab.get_by_label("Cari instansi").fill("provinsi")
    assert len(shown_rows(tab, "agency_list")) == 2
    assert tab.locator("#agency_list .status").inner_text() == "2 baris ditampilkan"


def test_family_level_and_period_are_chosen_and_the_chart_follows(tab, folder):
    tab.goto(uri(folder, "topik/kesenjangan.html"))
    sheet = tab.locator("#gap_level")
    before = shown_rows(tab, "gap_level")
    assert {row[0] for row in before} == {"Oktober 2026"} and {r[1] for r in before} == {"Semua"}
    for name, value in (("family", "technical"), ("position_level", "PELAKSANA")):
        sheet.locator(f"select[data-f={name}]").select_option(value)
    sheet.locator("select[data-f=period]").select_option("2026-09")
    rows = shown_rows(tab, "gap_level")
    assert [row[:3] for row in rows] == [["September 2026", "Teknis", "Pelaksana"]]
    drawn(tab, "gap_level")
    said = sheet.locator("[role=img]").get_attribute("aria-label")
    assert rows[0][5] in said and rows[0][6] in said and said.count(";") == 1
    assert sheet.locator(".status").inner_text() == "1 baris ditampilkan"


def test_lines_show_every_published_month(tab, folder):
    tab.goto(uri(folder, "topik/kesenjangan.html"))
    drawn(tab, "gap_trend")
    rows = shown_rows(tab, "gap_trend")
    said = tab.locator("#gap_trend [role=img]").first.get_attribute("aria-label")
    assert [row[0] for row in rows] == ["Oktober 2026", "September 2026"]
    assert f"September 2026: {rows[1][1]}; Oktober 2026: {rows[0][1]}" in said


def test_english_is_spoken_and_remembered(tab, folder):
    tab.goto(uri(folder, "topik/kesenjangan.html"))
    row = shown_rows(tab, "gap_family")[0]
    tab.get_by_role("button", name="English").click()
    assert tab.evaluate("document.documentElement.lang") == "en"
    there = shown_rows(tab, "gap_family")[0]
    assert there[:2] == ["October 2026", "Managerial"]
    assert there[2:] == [cell.translate(str.maketrans(".,", ",.")) for cell in row[2:]]
    drawn(tab, "gap_family")
    said = tab.locator("#gap_family [role=img]").get_attribute("aria-label")
    assert said.startswith("Chart: ") and there[4] in said
    tab.get_by_role("link", name="Agencies", exact=True).click()
    expect(tab.locator("h1")).to_have_text("Agencies")
    tab.evaluate("localStorage.clear()")
    tab.locator("tbody a", has_text="Kendari").click()
    title = tab.locator("#agency_learning h2")
    expect(title).to_have_text("Hours of learning by status")
    assert tab.evaluate("localStorage.length") == 0
    tab.get_by_role("button", name="Indonesia").click()
    tab.reload()
    expect(title).to_have_text("Jam pelajaran menurut status")


def test_a_table_is_downloaded_as_it_is_shown(tab, folder, boxes):
    tab.goto(uri(folder, "topik/talenta.html"))
    with tab.expect_download() as waiting:
        tab.locator("#box_level .csv").click()
    saved = waiting.value
    assert saved.suggested_filename == f"box_level-{PERIODS[1]}.csv"
    rows = {r["box"]: r for r in csv.DictReader(StringIO(saved.path().read_text("utf-8")))}
    wanted = {f"Kotak {r['box']}": r for r in boxes if r["position_level"] is None}
    assert len(rows) == len(wanted) == 9
    for box, row in rows.items():
        assert int(row["people"]) == wanted[box]["people"]
        assert float(row["share"]) == pytest.approx(wanted[box]["share"], abs=1e-8)
    tab.locator("#box_level select[data-f=position_level]").select_option("")
    with tab.expect_download() as waiting:
        tab.locator("#box_level .csv").click()
    rows = list(csv.DictReader(StringIO(waiting.value.path().read_text("utf-8"))))
    hidden = sum("people" in row["suppressed"].split(";") for row in boxes)
    assert len(rows) == len(boxes) and sum(r["people"] == "*" for r in rows) == hidden > 0
    assert sum(r["people"] == "0" for r in rows) == sum(row["people"] == 0 for row in boxes)


def test_a_box_tells_its_people_by_level(tab, folder, boxes):
    tab.goto(uri(folder, "topik/talenta.html"))
    box = BOXES["above", "high"]
    button = tab.locator(f"[data-box='{box}']")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    wanted = [_said(r, "people", "integer") for r in boxes if r["box"] == box]
    people = [row[2] for row in shown_rows(tab, "box_level")]
    assert sorted(people) == sorted(wanted)
    said = tab.locator("#kotak-dipilih").inner_text()
    assert f"Kotak {box}" in said and "Potensial tinggi" in said and "orang" in said


def test_print_shows_every_row_and_no_control(tab, folder):
    tab.goto(uri(folder, "topik/kesenjangan.html"))
    drawn(tab, "gap_level")
    on_screen = len(shown_rows(tab, "gap_level"))
    tab.emulate_media(media="print")
    rows = tab.locator("#gap_level tbody tr").count()
    assert len(shown_rows(tab, "gap_level")) == rows > on_screen
    assert tab.locator("button.csv:visible, select:visible, nav:visible").count() == 0
    assert tab.locator("#gap_level svg:visible").count() == 1


def test_a_phone_shows_pages_without_sideways_scrolling(tab, folder):
    tab.set_viewport_size(PHONE)
    for name in (*PAGES, "instansi.html", "topik/talenta.html", ONE_PAGE):
        tab.goto(uri(folder, name))
        assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name


def test_the_keyboard_reaches_everything(tab, folder):
    tab.goto(uri(folder, "topik/kesenjangan.html"))
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "isi"
    tab.locator(".menu summary").focus()
    tab.keyboard.press("Enter")
    assert tab.locator(".menu li a:visible").count() == len(TOPICS)
    tab.keyboard.press("Escape")
    assert tab.locator(".menu li a:visible").count() == 0
    assert tab.evaluate("document.activeElement.tagName") == "SUMMARY"
    head = tab.locator("#gap_family th[data-c=gap_mean]")
    head.get_by_role("button").focus()
    tab.keyboard.press("Enter")
    outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert head.get_attribute("aria-sort") == "ascending" and outline == "solid"


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_serious_violation(tab, folder, name):
    from axe_playwright_python.sync_playwright import Axe

    tab.goto(uri(folder, name))
    tab.wait_for_selector("svg")
    found = Axe().run(tab, options={"preload": False}).response
    assert len(found["passes"]) > 20
    grave = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"]) for v in grave] == []


def test_the_one_page_report_sorts_and_searches(tab, folder):
    tab.goto(uri(folder, ONE_PAGE))
    head = tab.locator("#instansi thead th", has_text="Rata-rata jam pelajaran")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    cells = tab.locator("#instansi tbody tr td:nth-child(6)")
    raw = [c.get_attribute("data-value") for c in cells.all()]
    known = [float(v) for v in raw if v]
    assert len(known) == len(AGENCIES) - 1 and known == sorted(known) and raw[-1] == ""
    tab.get_by_label("Cari instansi").fill("kendari")
    names = tab.locator("#instansi tbody tr:visible th").all_inner_texts()
    assert names == ["Pemerintah Kota Kendari"]
    assert all(len(p.get_attribute("aria-label")) > 40 for p in tab.get_by_role("img").all())
    assert tab.locator("table").count() == tab.locator("table > caption").count() > 10
