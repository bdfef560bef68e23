"""Take the pictures of docs/agencies.md from the product itself, with simulated people.

    python scripts/agency_pictures.py

Needs LibreOffice Calc, poppler-utils and Chromium (Debian: apt-get install libreoffice-calc
poppler-utils chromium). Writes docs/images/{templat,ditolak,tanda-terima}.png.
"""

import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import openpyxl
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import sync_playwright
from screenshots import FLAGS

from asn_warehouse import admission
from asn_warehouse.admission.template import HEADER_ROW, write_template
from asn_warehouse.admission.template_guide import Addressee
from asn_warehouse.contracts import datasets
from asn_warehouse.periods import Period
from asn_warehouse.settings import PROJECT_DIR, Settings

PICTURES = PROJECT_DIR / "docs" / "images"
DATASET, AGENCY, MONTH = "kinerja", "7471", Period(2026, 10)
RECEIVED = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)
WIDTH = 1500
"""Width of a picture in pixels, and of a page of A4 in landscape at its resolution."""

SOUND: list[list[object]] = [
    ["198003172005012001", 2026, "TW3", 2, 2, 2],
    ["199205142023212015", 2026, "TW3", 1, 2, 2],
    ["197811302003121004", 2026, "TW3", 2, 1, 2],
    ["198507082010011012", 2026, "TW3", 3, 2, 3],
]
FAULTY: list[list[object]] = [
    ["198003172005012001", 2026, "TW5", 2, 2, 2],
    [1.99205142023212e17, 2026, "TW3", 1, 2, 2],
    ["197811302003121004", 2026, "TW3", 7, None, 2],
    ["198507082010011012", 2099, "TW3", 3, 2, 3],
    ["199001022015031003", 2026, "TW3", 1, 1, 1],
]


def main() -> None:
    """Take all pictures."""
    for program in ("soffice", "pdftoppm", "chromium"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not installed; see the head of this script.")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        settings = home(folder / "home")
        template = folder / "templat.xlsx"
        filled(settings, template, SOUND)
        landed = settings.landing / str(MONTH) / AGENCY / f"{DATASET}.xlsx"
        landed.parent.mkdir(parents=True)
        filled(settings, landed, FAULTY)
        os.utime(landed, (RECEIVED.timestamp(), RECEIVED.timestamp()))
        admission.ingest(settings, MONTH)
        answers = settings.outbox / str(MONTH) / AGENCY
        rejects = folder / "ditolak.xlsx"
        shutil.copy(answers / f"{DATASET}.ditolak.xlsx", rejects)
        for workbook in (template, rejects):
            as_on_screen(workbook)
            picture(workbook, PICTURES / f"{workbook.stem}.png")
        picture_of_receipt(answers / f"{DATASET}.receipt.html", PICTURES / "tanda-terima.png")
    for path in sorted(PICTURES.glob("*.png")):
        print(f"{path.relative_to(PROJECT_DIR)}: {path.stat().st_size // 1024} KB")


def home(folder: Path) -> Settings:
    """Return settings of a home whose reference files know the agency and the month."""
    settings = Settings(home=folder)
    settings.reference.mkdir(parents=True)
    texts = {
        "instansi": "kode_instansi,nama_instansi,jenis,berlaku_mulai\n"
        f"{AGENCY},Pemerintah Kota Kendari,KOTA,2020-01-01\n",
        "kalender": f"period,dataset,jatuh_tempo,wajib\n{MONTH},{DATASET},2026-11-10,Y\n",
        "wilayah": "kode_wilayah,nama,kode_provinsi,terpencil\n7471,Kota Kendari,74,T\n",
    }
    for name, text in texts.items():
        (settings.reference / f"{name}.csv").write_text(text, "utf-8")
    return settings


def filled(settings: Settings, path: Path, rows: list[list[object]]) -> None:
    """Write the template to ``path`` and fill it."""
    to = Addressee(AGENCY, "Pemerintah Kota Kendari", MONTH, date(2026, 11, 10))
    write_template(path, settings, datasets(settings)[DATASET], to)
    book = openpyxl.load_workbook(path)
    for line, row in enumerate(rows, start=HEADER_ROW + 2):
        for position, value in enumerate(row, start=1):
            book["Data"].cell(line, position, value)
    book.save(path)


def as_on_screen(path: Path) -> None:
    """Print the first sheet only, with grid and headings, as a spreadsheet shows it."""
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets[1:]:
        sheet.sheet_state = "hidden"
    first: Worksheet = book.worksheets[0]
    first.print_options.headings = True
    first.print_options.gridLines = True
    book.save(path)


def picture(workbook: Path, target: Path) -> None:
    """Write what LibreOffice prints of ``workbook``, cut to what is not white."""
    folder = workbook.parent
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*convert, str(workbook)], check=True, capture_output=True)
    page = ["pdftoppm", "-singlefile", "-scale-to-x", str(WIDTH), "-scale-to-y", "-1"]
    pdf = str(workbook.with_suffix(".pdf"))
    grey = subprocess.run([*page, "-gray", pdf], check=True, capture_output=True).stdout
    left, top, width, height = bounds(grey)
    cut = ["-x", str(left), "-y", str(top), "-W", str(width), "-H", str(height)]
    subprocess.run([*page, *cut, "-png", pdf, str(target.with_suffix(""))], check=True)


def bounds(image: bytes, margin: int = 12) -> tuple[int, int, int, int]:
    """Return left, top, width and height of what is not white in a grey PNM image."""
    _, size, _, pixels = image.split(b"\n", 3)
    width, height = map(int, size.split())
    inked = np.frombuffer(pixels, np.uint8).reshape(height, width) < 250
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    left, top = max(int(columns[0]) - margin, 0), max(int(rows[0]) - margin, 0)
    return left, top, int(columns[-1]) + margin - left, int(rows[-1]) + margin - top


def picture_of_receipt(page: Path, target: Path) -> None:
    """Write the receipt as a phone shows it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        tab = browser.new_page(viewport={"width": 400, "height": 860})
        tab.goto(page.as_uri())
        tab.screenshot(path=str(target))
        browser.close()


if __name__ == "__main__":
    main()
