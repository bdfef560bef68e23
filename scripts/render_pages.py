"""Draw every page that readers of a report see, to be looked at one by one.

    python scripts/render_pages.py [--home var] [--period 2026-10] [--to var/pictures]

Draws the national PDF and those of three agencies, the sheets of both kinds of workbook as
LibreOffice prints them, and the pages of the site as a desk, a phone and paper show them. Needs
LibreOffice Calc, poppler-utils and Chromium (Debian: apt-get install libreoffice-calc
poppler-utils chromium).
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import sync_playwright
from rich.progress import track
from screenshots import FLAGS, latest

from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings, get_settings

WIDTHS = {"meja": 1280, "ponsel": 390}
AGENCIES = 3
RESOLUTION = 70
"""Dots per inch: a page of A4 is 580 pixels wide."""


def main() -> None:
    """Draw all pages and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--period", type=Period.parse)
    parser.add_argument("--to", type=Path)
    arguments = parser.parse_args()
    for program in ("soffice", "pdftoppm", "chromium"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not installed; see the head of this script.")
    settings = get_settings(arguments.home)
    report = newest_version(settings, arguments.period or latest(settings))
    target = arguments.to or settings.home / "pictures"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for document in track(documents(report), "PDF and workbooks", transient=True):
        draw_document(document, target / document.stem)
    draw_site(report, target / "situs")
    for folder in sorted(path for path in target.rglob("*") if path.is_dir()):
        pictures = len(list(folder.glob("*.png")))
        if pictures:
            print(f"{pictures:4} pictures in {folder}")


def newest_version(settings: Settings, period: Period) -> Path:
    """Return the folder of the highest version of the report of ``period``."""
    found = sorted((settings.report / str(period)).glob("v*"), key=lambda p: int(p.name[1:]))
    if not found:
        sys.exit(f"There is no report of {period} in {settings.report}.")
    return found[-1]


def documents(report: Path) -> list[Path]:
    """Return the PDF and the workbook of the nation and of the first, the middle, the last agency.

    By code, so that two reports of one month show the same ones.
    """
    agencies = sorted(path for path in (report / "instansi").iterdir() if path.is_dir())
    chosen = {agencies[i * (len(agencies) - 1) // (AGENCIES - 1)] for i in range(AGENCIES)}
    folders = [report, *sorted(chosen)] if agencies else [report]
    return [
        path for folder in folders for kind in ("pdf", "xlsx") for path in folder.glob(f"*.{kind}")
    ]


def draw_document(document: Path, stem: Path) -> None:
    """Write each page of a PDF, or of what LibreOffice prints of a workbook, as a picture."""
    with TemporaryDirectory() as name:
        folder = stem.parent / (stem.name + document.suffix.replace(".", "-"))
        folder.mkdir()
        source = document
        if document.suffix == ".xlsx":
            profile = f"-env:UserInstallation={(Path(name) / 'profile').as_uri()}"
            convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", name]
            subprocess.run([*convert, str(document)], check=True, capture_output=True)
            source = Path(name) / f"{document.stem}.pdf"
        draw_pdf(source, folder / "halaman")


def draw_pdf(source: Path, stem: Path) -> None:
    """Write each page of a PDF as a picture beside ``stem``."""
    draw = ["pdftoppm", "-png", "-r", str(RESOLUTION), str(source), str(stem)]
    subprocess.run(draw, check=True, capture_output=True)


def pages(report: Path) -> Iterator[Path]:
    """Yield the pages of the site: home, the lists, every topic and three agencies."""
    yield from (report / "index.html", report / "instansi.html")
    yield from sorted((report / "topik").glob("*.html"))
    for document in documents(report):
        if document.suffix == ".pdf" and document.parent != report:
            yield document.parent.with_suffix(".html")


def draw_site(report: Path, folder: Path) -> None:
    """Write pictures of the site's pages at both widths, in English once, and as printed."""
    folder.mkdir()
    with sync_playwright() as playwright, TemporaryDirectory() as name:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        tab = browser.new_page()
        for page in track(list(pages(report)), "Site", transient=True):
            place = page.relative_to(report).with_suffix("")
            stem = "-".join(place.parts)
            for width, pixels in WIDTHS.items():
                tab.set_viewport_size({"width": pixels, "height": 900})
                show(tab, page.as_uri())
                tab.screenshot(path=str(folder / f"{stem}-{width}.png"), full_page=True)
            paper = Path(name) / f"{stem}.pdf"
            tab.pdf(path=str(paper), prefer_css_page_size=True)
            draw_pdf(paper, folder / f"{stem}-cetak")
        tab.set_viewport_size({"width": WIDTHS["meja"], "height": 900})
        show(tab, f"{(report / 'index.html').as_uri()}?bahasa=en")
        tab.screenshot(path=str(folder / "index-english.png"), full_page=True)
        browser.close()


def show(tab: Any, address: str) -> None:
    """Open a page and wait until its charts are drawn."""
    tab.goto(address)
    tab.wait_for_function(
        "() => [...document.querySelectorAll('.chart')]"
        ".every(f => f.querySelector('svg') || f.querySelector('.plot > p'))"
    )


if __name__ == "__main__":
    main()
