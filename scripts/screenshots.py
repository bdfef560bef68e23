"""Take the pictures of the README from the report of a home: the site in a browser, the PDF.

    python scripts/screenshots.py [--home var] [--period 2026-10]

Needs Chromium (Debian: apt-get install chromium). Writes docs/images/situs.png, and
docs/images/laporan.png with the summary page of the PDF, drawn by Typst's own renderer of pages.
"""

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from asn_warehouse.periods import Period
from asn_warehouse.report import compose, pdf, source
from asn_warehouse.settings import PROJECT_DIR, Settings, get_settings

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
IMAGES = PROJECT_DIR / "docs" / "images"


def latest(settings: Settings) -> Period:
    """Return the latest period that has a report."""
    found = sorted(p.name for p in settings.report.glob("20??-??") if any(p.glob("v*")))
    if not found:
        sys.exit(f"There is no report in {settings.report}. Run `make demo` first.")
    return Period.parse(found[-1])


def picture_of_site(folder: Path, target: Path) -> None:
    """Write a picture of the first screen of the site."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is not installed: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        tab = browser.new_page(viewport={"width": 1200, "height": 1000})
        tab.goto((folder / "index.html").as_uri())
        tab.screenshot(path=str(target))
        browser.close()


def main() -> None:
    """Take both pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--period", type=Period.parse)
    arguments = parser.parse_args()
    settings = get_settings(arguments.home)
    period = arguments.period or latest(settings)
    published = source.read(settings, period)
    folder = settings.report / str(period) / f"v{published.edition.version}"
    IMAGES.mkdir(parents=True, exist_ok=True)
    picture_of_site(folder, IMAGES / "situs.png")
    report = compose.report(compose.context(settings, published))
    (IMAGES / "laporan.png").write_bytes(pdf.picture(report, page=2))
    print(f"Wrote situs.png and laporan.png of {period} to {IMAGES}.")


if __name__ == "__main__":
    main()
