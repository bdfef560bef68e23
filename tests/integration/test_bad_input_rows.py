"""What a bad row gets: the exact reason to the agency, while the rest of its file goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from support import (
    AGENCY,
    APPRAISAL,
    GOOD,
    NIPS,
    OTHER,
    PERIOD,
    RECEIVED,
    Home,
    appraisals,
    csv_text,
    other_goes_on,
    workbook,
)

ASSESSMENT = ("nip", "tanggal_penilaian", "kode_kompetensi", "tujuan", "level_capaian", "metode")
COURSE = ("nip", "kode_program", "angkatan", "nilai_post", "status", "jp_diakui", "tanggal_selesai")
EXCEL = (
    "Ubah format kolom nip menjadi Teks, lalu isi ulang NIP 18 angka; "
    "angka yang hilang tidak dapat dikembalikan."
)
SPLIT = "Periksa tanda kutip dan jumlah pemisah kolom pada baris tersebut."
DATES = "Tulis tanggal yang ada, misalnya 2026-10-31 atau 31/10/2026."


def assessment(nip: str, day: str = "2026-10-12", level: str = "3") -> list[object]:
    return [nip, day, "M.01", "PEMETAAN", level, "CACT"]


def course(nip: str, score: str = "81", hours: str = "40") -> list[object]:
    return [nip, "PKA-01", "III", score, "LULUS", hours, "2026-10-09"]


def told(receipt: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the reasons of a receipt without its further examples."""
    further = ("contoh_baris_lain", "contoh_isi")
    return [{k: v for k, v in one.items() if k not in further} for one in receipt["alasan"]]


def reason(rule: str, row: int, text: str, mend: str, rows: int = 1) -> dict[str, Any]:
    return {
        "aturan": rule,
        "sifat": "ditolak",
        "jumlah_baris": rows,
        "contoh_baris": row,
        "alasan": text,
        "perbaikan": mend,
    }


@dataclass(frozen=True)
class BadRow:
    """A row that is rejected, third in a file of four rows, and what the agency is told."""

    dataset: str
    header: tuple[str, ...]
    good: Callable[..., list[object]]
    row: list[object]
    rule: str
    text: str
    mend: str


def on_assessment(row: list[object], rule: str, text: str, mend: str) -> BadRow:
    rule = f"penilaian_kompetensi.{rule}"
    return BadRow("penilaian_kompetensi", ASSESSMENT, assessment, row, rule, text, mend)


def on_course(row: list[object], rule: str, text: str, mend: str) -> BadRow:
    rule = f"peserta_pelatihan.{rule}"
    return BadRow("peserta_pelatihan", COURSE, course, row, rule, text, mend)


HIDDEN = "NIP pada baris 4 rusak karena Excel menyimpannya sebagai angka."


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(
            on_assessment(assessment("1,98E+17"), "nip.excel_number", HIDDEN, EXCEL),
            id="scientific NIP",
        ),
        pytest.param(
            on_assessment(assessment("198003172005011000"), "nip.excel_number", HIDDEN, EXCEL),
            id="rounded NIP",
        ),
        pytest.param(
            on_assessment(
                assessment(NIPS[9], level="7"),
                "level_capaian.range",
                "Nilai pada kolom level_capaian baris 4 di luar batas: 7.",
                "Isi bilangan bulat 1 sampai 5.",
            ),
            id="level 7",
        ),
        pytest.param(
            on_assessment(
                assessment(NIPS[9], day="31-02-2026"),
                "tanggal_penilaian.format",
                "Isi kolom tanggal_penilaian pada baris 4 tidak dapat dibaca: 31-02-2026.",
                DATES,
            ),
            id="date 31-02",
        ),
        pytest.param(
            on_assessment(
                assessment(NIPS[9], day="12/11/2026"),
                "future_date",
                "Tanggal penilaian pada baris 4 belum terjadi: 12/11/2026.",
                "Isi kolom tanggal_penilaian dengan tanggal yang sebenarnya.",
            ),
            id="date to come",
        ),
        pytest.param(
            on_assessment(
                assessment(""),
                "nip.required",
                "Kolom nip pada baris 4 kosong.",
                "Isi kolom nip; kolom ini wajib.",
            ),
            id="no NIP",
        ),
        pytest.param(
            on_assessment(
                [*assessment(NIPS[9])[:5], "TEBAKAN"],
                "metode.code",
                "Kode pada kolom metode baris 4 tidak ada dalam daftar: TEBAKAN.",
                "Pakai salah satu kode: ASSESSMENT_CENTER, CACT, SIMULASI, WAWANCARA, "
                "STUDI_KASUS, PORTOFOLIO.",
            ),
            id="unknown code",
        ),
        pytest.param(
            on_course(
                course(NIPS[9], hours="1.234"),
                "jp_diakui.ambiguous",
                "Angka pada kolom jp_diakui baris 4 dapat dibaca dengan dua cara: 1.234.",
                "Tulis tanpa pemisah ribuan, misalnya 1234 untuk ribuan atau 1,2340 untuk pecahan.",
            ),
            id="ambiguous number",
        ),
        pytest.param(
            on_course(
                course(NIPS[9], score="delapan"),
                "nilai_post.format",
                "Isi kolom nilai_post pada baris 4 tidak dapat dibaca: delapan.",
                "Isi angka paling sedikit 0, misalnya 85,5.",
            ),
            id="words for a number",
        ),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason_and_the_rest_goes_on(
    home: Home, bad: BadRow
) -> None:
    rows = [bad.good(NIPS[0]), bad.good(NIPS[1]), bad.row, bad.good(NIPS[2])]
    home.land(f"{bad.dataset}.csv", csv_text(bad.header, rows, delimiter=";"))
    home.land("kinerja.csv", GOOD, agency=OTHER)
    outcomes = home.ingest()
    receipt = home.receipt(bad.dataset)
    assert told(receipt) == [reason(bad.rule, 4, bad.text, bad.mend)]
    assert receipt["status"] == "diterima_sebagian"
    counts = [receipt[f"baris_{what}"] for what in ("dibaca", "diterima", "ditolak")]
    assert counts == [4, 3, 1]
    assert [row["row_number"] for row in home.lake(bad.dataset)] == [2, 3, 5]
    header, rejected = home.rejects(bad.dataset)
    assert header == (*bad.header, "baris", "alasan", "cara memperbaiki")
    assert rejected[: len(bad.header)] == tuple(str(cell) for cell in bad.row)
    shown = bad.text
    if bad.text == HIDDEN:
        shown = f"{HIDDEN.removesuffix('.')}: {bad.row[0]}."
    assert rejected[len(bad.header) :] == (4, shown, bad.mend)
    other_goes_on(home, outcomes)


def test_a_comma_is_a_decimal_sign(home: Home) -> None:
    rows = [course(NIPS[0], "85,5", "1.234,5"), course(NIPS[1], "85.5", "1234")]
    home.land("peserta_pelatihan.csv", csv_text(COURSE, rows, ";"))
    assert home.ingest()[AGENCY, "peserta_pelatihan.csv"].status == "diterima"
    found = [(row["nilai_post"], row["jp_diakui"]) for row in home.lake("peserta_pelatihan")]
    assert found == [(85.5, 1234.5), (85.5, 1234.0)]


@pytest.mark.parametrize("mixed", [False, True], ids=["whole column", "mixed column"])
def test_an_nip_that_is_a_number_in_a_workbook_is_rejected(
    home: Home, tmp_path: Path, mixed: bool
) -> None:
    rows = appraisals(4)
    for row in rows[2:] if mixed else rows:
        row[0] = float(str(row[0]))
    home.land("kinerja.xlsx", workbook(tmp_path / "w.xlsx", [APPRAISAL, *rows]).read_bytes())
    home.land("kinerja.csv", GOOD, agency=OTHER)
    outcomes = home.ingest()
    receipt = home.receipt("kinerja")
    first, count = (4, 2) if mixed else (2, 4)
    text = f"NIP pada baris {first} rusak karena Excel menyimpannya sebagai angka."
    assert told(receipt) == [reason("kinerja.nip.excel_number", first, text, EXCEL, count)]
    assert receipt["status"] == ("diterima_sebagian" if mixed else "ditolak")
    assert len(home.lake("kinerja")) == (2 if mixed else 0)
    other_goes_on(home, outcomes)


def test_of_equal_rows_one_is_kept_and_of_conflicting_rows_none(home: Home) -> None:
    equal, conflicting = appraisals(1), appraisals(1, first=5)
    rows = [*equal, *conflicting, *equal, *appraisals(1, first=9), *conflicting, *equal]
    rows[4] = [*rows[4][:3], 1, 1, 1]
    home.land("kinerja.csv", csv_text(APPRAISAL, rows))
    home.land("kinerja.csv", GOOD, agency=OTHER)
    outcomes = home.ingest()
    receipt = home.receipt("kinerja")
    assert sorted(told(receipt), key=lambda found: found["aturan"]) == [
        reason(
            "kinerja.conflict",
            3,
            "Baris 3 bertentangan dengan baris lain yang kuncinya sama (nip, tahun, periode).",
            "Sisakan satu baris yang benar untuk kunci tersebut.",
            2,
        ),
        reason(
            "kinerja.duplicate",
            4,
            "Baris 4 sama persis dengan baris lain; satu baris tetap dipakai.",
            "Hapus baris yang berulang.",
            2,
        ),
    ]
    assert [row["row_number"] for row in home.lake("kinerja")] == [2, 5]
    other_goes_on(home, outcomes)


def test_a_broken_csv_row_loses_only_itself(home: Home) -> None:
    lines = csv_text(APPRAISAL, appraisals(7)).splitlines()
    lines[2] += ",terlalu,banyak"
    lines[4] = lines[4].replace("TAHUNAN", '"TAHUNAN')
    lines[6] = lines[6].rpartition(",")[0]
    home.land("kinerja.csv", "\n".join(lines) + "\n")
    home.land("kinerja.csv", GOOD, agency=OTHER)
    outcomes = home.ingest()
    text = "Baris 3 tidak dapat dipisahkan menjadi kolom."
    assert told(home.receipt("kinerja")) == [reason("kinerja.broken_row", 3, text, SPLIT, 3)]
    assert [row["row_number"] for row in home.lake("kinerja")] == [2, 4, 6, 8]
    assert [row[6] for row in home.rejects("kinerja")[1:]] == [3, 5, 7]
    other_goes_on(home, outcomes)


@pytest.mark.parametrize("blank", ["", "  ", ",,,,,"], ids=["empty", "spaces", "commas"])
def test_blank_lines_are_no_rows_and_keep_row_numbers_right(home: Home, blank: str) -> None:
    lines = csv_text(APPRAISAL, appraisals(4)).splitlines()
    lines[4] = lines[4].replace("TAHUNAN", "TW9")
    home.land("kinerja.csv", "\n".join([*lines[:2], blank, blank, *lines[2:], blank]))
    home.ingest()
    receipt = home.receipt("kinerja")
    assert (receipt["baris_dibaca"], receipt["baris_ditolak"]) == (4, 1)
    assert receipt["alasan"][0]["contoh_baris"] == 7
    assert [row["row_number"] for row in home.lake("kinerja")] == [2, 5, 6]


# -- cells that look like formulas -----------------------------------------------------------------


def test_cells_that_look_like_formulas_stay_text(home: Home) -> None:
    header = ("kode_jabatan", "nama_jabatan", "jenjang_jabatan", "rumpun_jabatan", "kode_unor",
              "kebutuhan", "strategis")  # fmt: skip
    names = ["=cmd|' /C calc'!A0", "+1", "@x", "-2+3", "=1+1"]
    rows = [[f"J{i}", name, "AHLI_MUDA", "HUKUM", "U1", 1, "T"] for i, name in enumerate(names)]
    rows += [[f"X{i}", name, "SALAH", "HUKUM", "U1", 1, "T"] for i, name in enumerate(names)]
    home.land("jabatan.csv", csv_text(header, rows))
    home.ingest()
    assert [row["nama_jabatan"] for row in home.lake("jabatan")] == names
    path = home.settings.outbox / PERIOD / AGENCY / "jabatan.ditolak.xlsx"
    sheet = openpyxl.load_workbook(path).active
    cells = [sheet.cell(row=line, column=2) for line in range(2, 7)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(name, "s") for name in names]


def test_the_day_of_receipt_bounds_a_date_where_it_is_after_the_month(home: Home) -> None:
    last = RECEIVED.date()
    days = (last, last + timedelta(days=1), date(2026, 10, 31))
    rows = [assessment(nip, day.isoformat()) for nip, day in zip(NIPS, days, strict=False)]
    home.land("penilaian_kompetensi.csv", csv_text(ASSESSMENT, rows))
    home.ingest()
    assert [row["row_number"] for row in home.lake("penilaian_kompetensi")] == [2, 4]
