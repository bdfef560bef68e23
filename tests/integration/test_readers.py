"""The same rows in every dialect, encoding and workbook give the same lake."""

import gzip
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from support import AGENCY, NIPS, Home, csv_text, make_home, workbook

from asn_warehouse.admission.readers import csv_files

DATASET = "peserta_pelatihan"
HEADER = ("nip", "kode_program", "angkatan", "nilai_pre", "nilai_post", "status", "jp_diakui",
          "nomor_sertifikat", "tanggal_selesai")  # fmt: skip
ALIASES = ("NIP BARU", "Kode Program", "ANGKATAN", "Pre_Test", "nilai.posttest", " Status ",
           "jumlahJam", "noSertipikat", "Tanggal Selesai")  # fmt: skip
ROWS: list[list[object]] = [
    [NIPS[0], "PKA-01", "III", 62.5, 81, "LULUS", 40, "SERT/1", date(2026, 3, 20)],
    [NIPS[1], "PKA-01", "III", 0.125, 99.75, "TIDAK_LULUS", 1234, "Šer é–2", date(2026, 10, 1)],
    [NIPS[2], "Pelatihan; dasar, \"A|B\"", "I", "", "", "BERJALAN", "", "", ""],
    [NIPS[3], "007", "I", "", 7, "LULUS", 8, "@x", date(2025, 12, 31)],
]  # fmt: skip


def texts(rows: list[list[object]] = ROWS) -> list[list[str]]:
    return [[str(cell) for cell in row] for row in rows]


def admitted(home: Home, name: str, content: bytes) -> list[dict[str, Any]]:
    """Return the lake rows of ``content``, without what identifies the submission."""
    home.land(name, content)
    outcome = home.ingest()[AGENCY, name]
    assert outcome.status == "diterima", (outcome.refusal_rule, outcome.reasons)
    rows = home.lake(DATASET)
    assert len(rows) == outcome.rows_read
    own = ("submission_id", "row_number")
    return [{name: v for name, v in row.items() if name not in own} for row in rows]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The rows as plain UTF-8 CSV gives them, after a look at their values."""
    home = make_home(tmp_path_factory.mktemp("plain") / "home")
    rows = admitted(home, f"{DATASET}.csv", csv_text(HEADER, texts()).encode())
    found = [(r["nilai_pre"], r["nilai_post"], r["jp_diakui"], r["tanggal_selesai"]) for r in rows]
    assert found == [
        (62.5, 81.0, 40.0, date(2026, 3, 20)),
        (0.125, 99.75, 1234.0, date(2026, 10, 1)),
        (None, None, None, None),
        (None, 7.0, 8.0, date(2025, 12, 31)),
    ]
    assert [r["kode_program"] for r in rows] == [str(row[1]) for row in ROWS]
    assert len({r["person_key"] for r in rows}) == 4
    assert {r["skala_maks"] for r in rows} == {100.0}
    return rows


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16 LE with mark": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "UTF-16 BE with mark": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-16 LE": lambda text: text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: text.encode("utf-16-be"),
    "Windows-1252": lambda text: text.encode("cp1252"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"]
)
def test_every_delimiter_in_every_encoding_reads_alike(
    home: Home, expected: list[dict[str, Any]], delimiter: str, encoding: str
) -> None:
    content = ENCODINGS[encoding](csv_text(HEADER, texts(), delimiter))
    assert admitted(home, f"{DATASET}.csv", content) == expected


@pytest.mark.parametrize("encoding", ["UTF-8 with mark", "UTF-16 LE with mark", "Windows-1252"])
@pytest.mark.parametrize("is_small", [True, False], ids=["patient", "DuckDB"])
def test_a_packed_file_with_crlf_and_aliases_reads_alike_on_both_paths(
    home: Home,
    expected: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    is_small: bool,
) -> None:
    if not is_small:
        monkeypatch.setattr(csv_files, "SMALL_BYTES", 0)
    text = csv_text(ALIASES, texts(), ";").replace("\n", "\r\n")
    content = gzip.compress(ENCODINGS[encoding](text))
    assert admitted(home, f"{DATASET}.csv.gz", content) == expected


def test_the_order_of_columns_does_not_matter_and_unknown_ones_are_named(
    home: Home, expected: list[dict[str, Any]]
) -> None:
    rows = [["ya", *row[::-1]] for row in texts()]
    content = csv_text(("Keterangan", *ALIASES[::-1]), rows).encode()
    assert admitted(home, f"{DATASET}.csv", content) == expected
    assert home.receipt(DATASET)["kolom_diabaikan"] == ["Keterangan"]


# -- workbooks -------------------------------------------------------------------------------------


def typed_cells() -> list[list[object]]:
    """Return the rows as Excel holds them: numbers as numbers, days as days, no text for empty."""
    return [
        [
            datetime(cell.year, cell.month, cell.day) if isinstance(cell, date) else cell or None
            for cell in row
        ]
        for row in ROWS
    ]


def serial_cells() -> list[list[object]]:
    """Return the rows with days as bare serial numbers."""
    return [
        [
            (cell - date(1899, 12, 30)).days if isinstance(cell, date) else cell or None
            for cell in row
        ]
        for row in ROWS
    ]


WORKBOOKS: dict[str, list[list[object]]] = {
    "text cells": [list(HEADER), *texts()],
    "typed cells": [list(HEADER), *typed_cells()],
    "serial days": [list(ALIASES), *serial_cells()],
    "title rows": [["Daftar peserta"], ["per Oktober 2026"], [], list(ALIASES), *typed_cells()],
    "leading blank rows": [[], [], [], list(HEADER), *typed_cells()],
    "leading blank column": [[None, *row] for row in [HEADER, *typed_cells()]],
    "blank rows between": [list(HEADER), [], *[r for row in typed_cells() for r in (row, [])]],
}


@pytest.mark.parametrize("layout", WORKBOOKS)
@pytest.mark.parametrize("before", [(), ("Petunjuk", "Kosong")], ids=["one sheet", "third sheet"])
def test_a_workbook_reads_like_the_csv(
    home: Home,
    tmp_path: Path,
    expected: list[dict[str, Any]],
    layout: str,
    before: tuple[str, ...],
) -> None:
    path = workbook(tmp_path / "w.xlsx", WORKBOOKS[layout], before=before)
    assert admitted(home, f"{DATASET}.xlsx", path.read_bytes()) == expected


def test_a_merged_title_is_passed_over(home: Home, tmp_path: Path, expected: list[Any]) -> None:
    path = workbook(tmp_path / "w.xlsx", [["Daftar peserta"], list(HEADER), *typed_cells()])
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("A1:I1")
    book.save(path)
    assert admitted(home, f"{DATASET}.xlsx", path.read_bytes()) == expected
    assert [row["row_number"] for row in home.lake(DATASET)] == [3, 4, 5, 6]


def test_a_fraction_of_a_numeric_cell_is_no_thousand(home: Home, tmp_path: Path) -> None:
    rows = [[NIPS[0], "P", "I", 1.234, 12.345, "BERJALAN", 1234.0, None, None]]
    path = workbook(tmp_path / "w.xlsx", [list(HEADER), *rows])
    (row,) = admitted(home, f"{DATASET}.xlsx", path.read_bytes())
    assert (row["nilai_pre"], row["nilai_post"], row["jp_diakui"]) == (1.234, 12.345, 1234.0)


def test_codes_that_excel_holds_as_numbers_are_codes(home: Home, tmp_path: Path) -> None:
    header = ["kode_program", "angkatan", "nama_program", "jenis_diklat", "kode_kompetensi",
              "tanggal_mulai", "tanggal_selesai", "jumlah_jp", "penyelenggara"]  # fmt: skip
    days = [datetime(2026, 3, 2), datetime(2026, 3, 20)]
    rows = [header, [7, 2, "Dasar", 5, "M.04; m.08", *days, 40, "LAN"]]
    home.land("program_pelatihan.xlsx", workbook(tmp_path / "w.xlsx", rows).read_bytes())
    home.ingest()
    (row,) = home.lake("program_pelatihan")
    assert (row["kode_program"], row["angkatan"], row["jenis_diklat"]) == ("7", "2", "5")
    assert row["kode_kompetensi"] == "M.04;M.08"


# -- row numbers and the two paths -----------------------------------------------------------------


def test_row_numbers_of_a_workbook_are_those_of_the_spreadsheet(home: Home, tmp_path: Path) -> None:
    cells = typed_cells()
    cells[2][5] = "SALAH"
    rows = [[], ["Judul"], [], list(HEADER), cells[0], [], *cells[1:]]
    home.land(f"{DATASET}.xlsx", workbook(tmp_path / "w.xlsx", rows).read_bytes())
    home.ingest()
    assert home.receipt(DATASET)["alasan"][0]["contoh_baris"] == 8
    assert [row["row_number"] for row in home.lake(DATASET)] == [5, 7, 9]


def large_rows(count: int) -> list[list[str]]:
    """Return sound and unsound rows, some with a line break in a quoted cell."""
    rows = []
    for number, nip in enumerate(NIPS[:count]):
        row = [nip, f"P{number}", "I", "50", "60,5", "LULUS", "8", f"S{number}", "2026-10-01"]
        if number % 50 == 7:
            row[5] = "SALAH"
        if number % 50 == 11:
            row[7] = "dua\nbaris"
        if number % 50 == 13:
            row[8] = "31/02/2026"
        rows.append(row)
    return rows


@pytest.mark.parametrize("ending", ["sound", "broken row", "duplicate"])
def test_a_large_file_gets_the_same_answer_as_by_the_patient_path(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    rows = large_rows(300)
    if ending == "duplicate":
        rows.append(rows[0])
    text = csv_text(HEADER, rows, ";")
    if ending == "broken row":
        text = text.replace(";P100;", ";P;1;00;")
    patient = make_home(tmp_path / "patient")
    patient.land(f"{DATASET}.csv", text)
    slow = patient.ingest()[AGENCY, f"{DATASET}.csv"]
    repaired = []
    monkeypatch.setattr(csv_files, "SMALL_BYTES", 0)
    monkeypatch.setattr(csv_files, "read_repaired", repaired.append)
    home.land(f"{DATASET}.csv", text)
    fast = home.ingest()[AGENCY, f"{DATASET}.csv"]
    assert not repaired, "the file was meant for DuckDB"
    assert fast.rows_read == len(rows)
    assert fast.rows_rejected == 12 + (ending != "sound")
    assert [(r.row_number, r.rules) for r in fast.rejected] == [
        (r.row_number, r.rules) for r in slow.rejected
    ]
    assert [r.cells for r in fast.rejected] == [
        tuple(c or None for c in r.cells) for r in slow.rejected
    ]
    assert home.receipt(DATASET) == patient.receipt(DATASET)
    assert home.lake(DATASET) == patient.lake(DATASET)


def test_files_of_one_layout_are_read_together_and_one_broken_file_spoils_no_other(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_files, "SMALL_BYTES", 0)
    lines = csv_text(HEADER, large_rows(40)).splitlines()
    whole = "\n".join(lines) + "\n"
    lines[5] += ",lebih"
    home.land(f"{DATASET}.csv", "\n".join(lines) + "\n")
    home.land(f"{DATASET}.csv", whole, agency="7471")
    home.ingest()
    assert [r["row_number"] for r in home.lake(DATASET)][:6] == [2, 3, 4, 5, 7, 8]
    assert [r["row_number"] for r in home.lake(DATASET, "7471")][:6] == [2, 3, 4, 5, 6, 7]
    assert home.receipt(DATASET)["baris_ditolak"] == 3
    assert home.receipt(DATASET, "7471")["baris_ditolak"] == 2
