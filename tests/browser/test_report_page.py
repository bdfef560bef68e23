"""The page of the report in a real browser."""

import shutil

import pytest
from report_fixture import AGENCIES, PERIODS, publish_fixture

from asn_warehouse import report
from asn_warehouse.settings import get_settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    from playwright.sync_api import sync_playwright

    settings = get_settings(tmp_path_factory.mktemp("home"))
    publish_fixture(settings)
    made = report.make_report(settings, PERIODS[1])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.requests = []
        tab.troubles = []
        tab.on("request", lambda request: tab.requests.append(request.url))
        tab.on("pageerror", lambda error: tab.troubles.append(str(error)))
        tab.on("console", lambda line: tab.troubles.append(line.text))
        tab.goto((made.directory / f"laporan-nasional-{PERIODS[1]}.html").as_uri())
        yield tab
        browser.close()


def names(page):
    return page.locator("#instansi tbody tr:visible th").all_inner_texts()


def test_nothing_but_the_page_is_loaded_and_nothing_goes_wrong(page):
    assert len(page.requests) == 1 and page.requests[0].startswith("file:")
    assert page.troubles == []


def test_the_agency_table_sorts_by_a_column_and_leaves_the_unknown_last(page):
    head = page.locator("#instansi thead th", has_text="Rata-rata jam pelajaran")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    cells = page.locator("#instansi tbody tr td:nth-child(6)")
    raw = [c.get_attribute("data-value") for c in cells.all()]
    known = [float(v) for v in raw if v]
    assert len(known) == len(AGENCIES) - 1 and known == sorted(known) and raw[-1] == ""
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    raw = [c.get_attribute("data-value") for c in cells.all()]
    assert [float(v) for v in raw if v] == sorted(known, reverse=True) and raw[-1] == ""


def test_an_agency_is_found_by_part_of_its_name_or_its_code(page):
    box = page.get_by_label("Cari instansi")
    box.fill("kendari")
    assert names(page) == ["Pemerintah Kota Kendari"]
    box.fill("64")
    assert names(page) == ["Pemerintah Provinsi Jawa Tengah"]
    box.fill("tidak ada")
    assert names(page) == [] and "0 instansi" in page.locator("#temuan").inner_text()
    box.fill("")
    assert len(names(page)) == len(AGENCIES)


def test_a_phone_shows_the_page_without_sideways_scrolling(page):
    page.set_viewport_size({"width": 390, "height": 800})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert width <= 390


def test_every_picture_is_named_and_every_table_has_a_caption(page):
    pictures = page.get_by_role("img")
    assert pictures.count() >= 8
    assert all(len(p.get_attribute("aria-label") or "") > 40 for p in pictures.all())
    assert page.locator("table").count() == page.locator("table > caption").count() > 10
