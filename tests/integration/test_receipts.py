"""What an agency gets back: a receipt to read, and a workbook of rejects to work off."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from support import AGENCY, APPRAISAL, GOOD, NIPS, PERIOD, RECEIVED, Home, appraisals, csv_text

from asn_warehouse.admission.receipts import TOP_REASONS

FOREIGN = (*APPRAISAL, "catatan")


def faulty() -> str:
    """Return eight rows: a range, an NIP of Excel, two problems in one row, a warning, a pair."""
    rows = [[*row, "catatan bebas"] for row in appraisals(8)]
    rows[1][3] = 9
    rows[2][0] = "1,98E+17"
    rows[4][2], rows[4][3] = "TW9", ""
    rows[5][5] = 5
    rows[7] = rows[6]
    return csv_text(FOREIGN, rows)


@pytest.fixture
def answered(home: Home) -> Home:
    """A home in which the faulty file was answered."""
    home.land("kinerja.csv", faulty())
    home.ingest()
    return home


def outbox(home: Home, name: str) -> Path:
    return home.settings.outbox / PERIOD / AGENCY / name


def page(home: Home) -> str:
    """Return the text of the receipt's page as a reader sees it."""

    class Reader(HTMLParser):
        seen = ""

        def handle_data(self, data: str) -> None:
            self.seen += f"{data} "

    reader = Reader()
    html = outbox(home, "kinerja.receipt.html").read_text("utf-8")
    reader.feed(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    return " ".join(reader.seen.split())


def rejects(home: Home) -> tuple[Worksheet, Worksheet]:
    book = openpyxl.load_workbook(outbox(home, "kinerja.ditolak.xlsx"))
    assert book.sheetnames == ["Ditolak", "Petunjuk"]
    return book["Ditolak"], book["Petunjuk"]


# -- the receipt ----------------------------------------------------------------------------------


def test_the_receipt_gives_an_example_of_each_reason_but_never_an_identity(answered: Home) -> None:
    found = {
        r["aturan"].removeprefix("kinerja."): (
            r["contoh_baris"],
            r["contoh_baris_lain"],
            r["contoh_isi"],
        )
        for r in answered.receipt("kinerja")["alasan"]
    }
    assert found == {
        "hasil_kerja.range": (3, [], "9"),
        "nip.excel_number": (4, [], None),
        "periode.code": (6, [], "TW9"),
        "hasil_kerja.required": (6, [], None),
        "quadrant": (7, [], "5"),
        "duplicate": (9, [], None),
    }
    for name in ("kinerja.receipt.json", "kinerja.receipt.html"):
        text = outbox(answered, name).read_text("utf-8")
        assert not any(nip in text for nip in NIPS) and "1,98E+17" not in text


def test_the_page_says_what_where_how_to_mend_and_what_to_do_next(answered: Home) -> None:
    told, receipt = page(answered), answered.receipt("kinerja")
    assert "Diterima sebagian" in told and "Oktober 2026" in told
    assert "Dibaca 8 Diterima 4 Ditolak 4 Diterima dengan peringatan 1" in told
    for reason in receipt["alasan"]:
        assert reason["alasan"] in told and reason["perbaikan"] in told
    assert "kirim ulang berkas itu seluruhnya" in told
    assert "kinerja.ditolak.xlsx" in told
    assert "tidak dikenal, sehingga isinya tidak dipakai: catatan." in told


def test_the_page_stands_alone_and_fits_paper_and_phone(answered: Home) -> None:
    html = outbox(answered, "kinerja.receipt.html").read_text("utf-8")
    assert not re.search(r"https?:|src=|<link|<script|url\(", html)
    assert 'name="viewport"' in html and "size: A4" in html and "max-width: 40rem" in html
    assert '<html lang="id">' in html


def test_reasons_beyond_the_first_ten_are_counted(home: Home) -> None:
    columns = tuple(f"u{n}" for n in range(1, 10))
    header = ("id_responden", "kode_layanan", "nama_layanan", *columns)
    rows = [
        [f"R-{n}", "L", "Layanan", *["9" if k == n else "3" for k in range(9)]] for n in range(9)
    ]
    rows += [["", "L", "Layanan", *["3"] * 9], ["R-x", "", "Layanan", *["3"] * 9]]
    rows += [["R-y", "L", "", *["3"] * 9], ["R-z", "L", "Layanan", *["3"] * 9]]
    home.land("survei_kepuasan_masyarakat.csv", csv_text(header, rows))
    home.ingest()
    receipt = home.receipt("survei_kepuasan_masyarakat")
    assert (len(receipt["alasan"]), receipt["alasan_lain"]) == (TOP_REASONS, 2)
    html = outbox(home, "survei_kepuasan_masyarakat.receipt.html").read_text("utf-8")
    assert "Masih ada 2 jenis masalah lain." in html


def test_a_receipt_names_the_revision_that_it_replaces_or_leaves_in_use(home: Home) -> None:
    forbidden = csv_text((*APPRAISAL, "gaji"), [[*row, 1] for row in appraisals(2)])
    told = []
    for hours, content in enumerate((forbidden, GOOD, forbidden, faulty())):
        home.land("kinerja.csv", content, received=RECEIVED + timedelta(hours=hours))
        home.ingest()
        receipt = home.receipt("kinerja")
        before = receipt["revisi_sebelumnya"]
        told.append((receipt["revisi"], receipt["status"], before and before["revisi"]))
        last = page(home)
        expected = {
            1: "Belum ada kiriman yang dipakai untuk bulan ini.",
            2: "Semua baris dipakai. Tidak ada yang perlu diperbaiki.",
            3: "Yang dipakai tetap kiriman sebelumnya: revisi 2.",
            4: "Kiriman ini menggantikan revisi 2.",
        }
        assert expected[receipt["revisi"]] in last
    assert told == [
        (1, "ditolak", None),
        (2, "diterima", None),
        (3, "ditolak", 2),
        (4, "diterima_sebagian", 2),
    ]
    assert home.receipt("kinerja")["revisi_sebelumnya"]["submission_id"] in last


# -- the workbook of rejects ----------------------------------------------------------------------


def test_the_cells_that_a_reason_is_about_are_marked_and_no_others(answered: Home) -> None:
    sheet, _ = rejects(answered)
    marked = {
        (row[-3].value, FOREIGN[at])
        for row in sheet.iter_rows(min_row=2)
        for at, cell in enumerate(row[: len(FOREIGN)])
        if cell.fill.fill_type == "solid"
    }
    key = {(9, name) for name in ("nip", "tahun", "periode")}
    assert marked == {(3, "hasil_kerja"), (4, "nip"), (6, "periode"), (6, "hasil_kerja"), *key}


def test_the_workbook_can_be_read_filtered_and_worked_off(answered: Home) -> None:
    sheet, guide = rejects(answered)
    assert [cell.value for cell in sheet[1]] == [*FOREIGN, "baris", "alasan", "cara memperbaiki"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:J{sheet.max_row}"
    two = next(row for row in sheet.iter_rows(min_row=2, values_only=True) if row[7] == 6)
    assert [line[:3] for line in two[8].splitlines()] == ["1. ", "2. "]
    assert len(two[8].splitlines()) == len(two[9].splitlines()) == 2
    told = " ".join(cell.value for (cell,) in guide.iter_rows())
    assert "kirim ulang berkas asal seluruhnya dengan nama kinerja.csv" in told
    assert "Jangan mengirim baris yang diperbaiki saja" in told


def test_what_an_agency_wrote_is_text_in_the_workbook(answered: Home) -> None:
    sheet, _ = rejects(answered)
    for row in sheet.iter_rows(min_row=2):
        assert all(cell.data_type in ("s", "n") for cell in row)
        assert all(isinstance(cell.value, str | None) for cell in row[: len(FOREIGN)])
        assert isinstance(row[-3].value, int)


def test_the_same_file_gives_the_same_bytes(home: Home) -> None:
    names = ("kinerja.receipt.json", "kinerja.receipt.html", "kinerja.ditolak.xlsx")
    found = []
    for _ in range(2):
        home.land("kinerja.csv", faulty())
        home.ingest()
        found.append([outbox(home, name).read_bytes() for name in names])
        for name in names:
            outbox(home, name).unlink()
        (home.settings.lake / "submission").rename(home.settings.home / f"log-{len(found)}")
    assert found[0] == found[1]
