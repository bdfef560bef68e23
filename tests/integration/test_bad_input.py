"""What a bad file gets: the exact answer to the agency, while everything else goes on."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

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

# -- whole files -----------------------------------------------------------------------------------


def truncated_workbook(folder: Path) -> bytes:
    whole = workbook(folder / "w.xlsx", [APPRAISAL, *appraisals(3)]).read_bytes()
    return whole[: len(whole) // 2]


def empty_workbook(folder: Path) -> bytes:
    return workbook(folder / "w.xlsx", []).read_bytes()


def header_only_workbook(folder: Path) -> bytes:
    return workbook(folder / "w.xlsx", [APPRAISAL]).read_bytes()


def content(text: str | bytes) -> Callable[[Path], bytes]:
    return lambda _: text.encode() if isinstance(text, str) else text


OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504) + "EncryptedPackage".encode("utf-16-le") * 9
EMPTY = ("file.empty", "Berkas kosong.", "Kirim ulang berkas yang berisi baris judul dan data.")
NO_ROWS = (
    "file.no_rows",
    "Berkas hanya berisi baris judul tanpa data.",
    "Kirim ulang berkas yang berisi data.",
)
UNREADABLE = (
    "file.unreadable",
    "Berkas Excel rusak dan tidak dapat dibuka.",
    "Buka dan simpan ulang berkas di komputer Anda, lalu kirim ulang.",
)
PASSWORD = (
    "file.password",
    "Berkas Excel terkunci dengan kata sandi.",
    "Hapus kata sandinya di Excel (Info, Proteksi Buku Kerja), simpan, lalu kirim ulang.",
)
ENCODING = (
    "file.encoding",
    "Berkas bukan teks yang dapat dibaca.",
    "Simpan ulang sebagai teks UTF-8 (di Excel: CSV UTF-8), lalu kirim ulang.",
)
AGENCY_TEXT = (
    "file.unknown_agency",
    "Kode instansi 9999 tidak dikenal atau tidak berlaku pada bulan laporan.",
    "Letakkan berkas di folder dengan kode instansi yang benar.",
)
UNKNOWN_DATASET = (
    "file.unknown_dataset",
    "Nama berkas daftar_hadir bukan nama data yang diminta.",
    "Beri nama berkas menurut data yang dikirim, misalnya pegawai.csv.",
)
FORMAT = (
    "file.format",
    "Jenis berkas kinerja.pdf tidak diterima.",
    "Kirim berkas .csv, .csv.gz, .xlsx, .json, .jsonl atau .parquet.",
)
MISSING = (
    "file.missing_column",
    "Kolom wajib tidak ada: tahun, hasil_kerja.",
    "Tambahkan kolom tersebut pada baris judul; urutan kolom bebas.",
)
TWICE = (
    "file.duplicate_column",
    "Kolom tahun muncul lebih dari sekali.",
    "Sisakan satu kolom dengan nama tersebut.",
)
LACKING = csv_text(("nip", "periode", "perilaku_kerja"), [[NIPS[0], "TAHUNAN", 2]])
DOUBLED = csv_text((*APPRAISAL, "TAHUN "), [[*row, 2025] for row in appraisals(2)])


@pytest.mark.parametrize(
    ("name", "agency", "make", "answer"),
    [
        pytest.param("kinerja.csv", "9999", content(GOOD), AGENCY_TEXT, id="unknown agency"),
        pytest.param("daftar_hadir.csv", AGENCY, content(GOOD), UNKNOWN_DATASET, id="dataset"),
        pytest.param("kinerja.pdf", AGENCY, content("%PDF-1.7"), FORMAT, id="format"),
        pytest.param("kinerja.csv", AGENCY, content(LACKING), MISSING, id="missing columns"),
        pytest.param("kinerja.csv", AGENCY, content(DOUBLED), TWICE, id="column twice"),
        pytest.param("kinerja.xlsx", AGENCY, truncated_workbook, UNREADABLE, id="truncated XLSX"),
        pytest.param("kinerja.xlsx", AGENCY, content(OLE), PASSWORD, id="XLSX with password"),
        pytest.param("kinerja.xlsx", AGENCY, content("PK\x03\x04 no"), UNREADABLE, id="garbage"),
        pytest.param("kinerja.csv", AGENCY, content(""), EMPTY, id="no byte"),
        pytest.param("kinerja.csv", AGENCY, content("\r\n \r\n"), EMPTY, id="blank lines only"),
        pytest.param("kinerja.xlsx", AGENCY, empty_workbook, EMPTY, id="empty sheet"),
        pytest.param(
            "kinerja.csv", AGENCY, content(csv_text(APPRAISAL, [])), NO_ROWS, id="CSV header only"
        ),
        pytest.param("kinerja.xlsx", AGENCY, header_only_workbook, NO_ROWS, id="XLSX header only"),
        pytest.param(
            "kinerja.csv", AGENCY, content(bytes(range(256)) * 40), ENCODING, id="binary junk"
        ),
        pytest.param(
            "kinerja.csv", AGENCY, content(GOOD.encode() + b"\x81\x8d\xff\n"), ENCODING, id="junk"
        ),
        pytest.param(
            "kinerja.csv.gz",
            AGENCY,
            content(b"\x1f\x8b\x08 cut off"),
            ("file.unreadable", "Berkas gzip rusak dan tidak dapat dibuka.", UNREADABLE[2]),
            id="broken gzip",
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_reason_and_the_other_agency_goes_on(
    home: Home,
    tmp_path: Path,
    name: str,
    agency: str,
    make: Callable[[Path], bytes],
    answer: tuple[str, str, str],
) -> None:
    home.land(name, make(tmp_path), agency=agency)
    home.land("kinerja.csv", GOOD, agency=OTHER)
    outcomes = home.ingest()
    dataset = name.partition(".")[0]
    receipt = home.receipt(dataset, agency)
    assert receipt["penolakan_berkas"] == dict(
        zip(("aturan", "alasan", "perbaikan"), answer, strict=True)
    )
    assert (receipt["status"], receipt["baris_diterima"]) == ("ditolak", 0)
    assert outcomes[agency, name].refusal_rule == answer[0]
    (logged,) = [row for row in home.log() if row["agency_code"] == agency]
    assert (logged["status"], logged["refusal_rule"]) == ("ditolak", answer[0])
    assert home.lake(dataset, agency) == []
    other_goes_on(home, outcomes)


@pytest.mark.parametrize("folder", ["2031-01", "Oktober"])
def test_a_month_outside_the_calendar_is_refused_and_the_month_goes_on(
    home: Home, folder: str
) -> None:
    home.land("kinerja.csv", GOOD, period=folder)
    home.land("kinerja.csv", GOOD, agency=OTHER)
    outcomes = home.ingest()
    receipt = home.receipt("kinerja", period=folder)
    assert receipt["penolakan_berkas"] == {
        "aturan": "file.unknown_period",
        "alasan": f"Bulan laporan {folder} tidak dikenal.",
        "perbaikan": "Tulis bulan laporan sebagai TTTT-BB, misalnya 2026-10.",
    }
    assert not (home.settings.lake / "kinerja" / f"period={folder}").exists()
    other_goes_on(home, outcomes)


def test_an_agency_that_was_merged_away_is_unknown_in_later_months(home: Home) -> None:
    agencies = home.settings.reference / "instansi.csv"
    agencies.write_text(agencies.read_text() + "3001,Lama,KOTA,,2020-01-01,2026-10-30,4011\n")
    home.land("kinerja.csv", GOOD, agency="3001")
    assert home.ingest()["3001", "kinerja.csv"].refusal_rule == "file.unknown_agency"


def test_a_file_over_the_limit_is_refused_and_says_how_large(home: Home) -> None:
    limited = Home(home.settings.model_copy(update={"max_file_bytes": 2_000}))
    limited.land("kinerja.csv", csv_text(APPRAISAL, appraisals(90)))
    limited.land("kinerja.csv", GOOD, agency=OTHER)
    outcomes = limited.ingest()
    assert limited.receipt("kinerja")["penolakan_berkas"]["alasan"] == (
        "Berkas terlalu besar: 0 MB."
    )
    other_goes_on(limited, outcomes)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_nothing_of_a_file_with_forbidden_columns_is_stored(
    home: Home, tmp_path: Path, suffix: str
) -> None:
    rows = [[*row, "Jalan Kenari 7", "7471010101900001"] for row in appraisals(3)]
    table = [(*APPRAISAL, "Alamat Rumah", "N.I.K"), *rows]
    if suffix == "csv":
        home.land("kinerja.csv", csv_text(table[0], rows))
    else:
        home.land("kinerja.xlsx", workbook(tmp_path / "w.xlsx", table).read_bytes())
    home.ingest()
    receipt = home.receipt("kinerja")
    assert receipt["penolakan_berkas"] == {
        "aturan": "file.forbidden_column",
        "alasan": "Berkas memuat kolom yang dilarang: Alamat Rumah, N.I.K. "
        "Tidak ada isi berkas yang disimpan.",
        "perbaikan": "Hapus kolom tersebut, lalu kirim ulang; "
        "data itu tidak boleh dikirim (UU 27/2022).",
    }
    kept = [p for p in home.settings.home.rglob("*") if p.is_file() and "landing" not in p.parts]
    assert {p.relative_to(home.settings.home).parts[0] for p in kept} <= {
        "reference", "lake", "outbox", "locks",
    }  # fmt: skip
    assert {p.parts[-3] for p in kept if "lake" in p.parts} == {"submission"}
    for path in kept:
        found = path.read_bytes()
        for canary in ("Jalan Kenari", "7471010101900001", NIPS[0]):
            assert canary.encode() not in found, path


# -- sent again ------------------------------------------------------------------------------------


def test_a_corrected_file_is_revision_two_and_the_same_bytes_again_are_nothing(home: Home) -> None:
    bad = appraisals(2)
    bad[0][3] = 9
    home.land("kinerja.csv", csv_text(APPRAISAL, bad))
    home.ingest()
    assert home.receipt("kinerja")["revisi"] == 1
    later = RECEIVED + timedelta(days=1)
    home.land("kinerja.csv", csv_text(APPRAISAL, appraisals(2)), received=later)
    home.ingest()
    assert (home.receipt("kinerja")["revisi"], home.receipt("kinerja")["status"]) == (2, "diterima")
    assert not (home.settings.outbox / PERIOD / AGENCY / "kinerja.ditolak.xlsx").exists()
    before = home.log()
    home.land("kinerja.csv", csv_text(APPRAISAL, appraisals(2)), received=later + timedelta(1))
    assert home.ingest() == {}
    assert home.log() == before
    assert [row["revision"] for row in before] == [1, 2]
    assert len(home.lake("kinerja")) == 2


def test_a_refused_revision_leaves_the_admitted_rows(home: Home) -> None:
    home.land("kinerja.csv", csv_text(APPRAISAL, appraisals(2)))
    home.ingest()
    home.land("kinerja.csv", LACKING, received=RECEIVED + timedelta(days=1))
    home.ingest()
    assert home.receipt("kinerja")["status"] == "ditolak"
    assert [row["status"] for row in home.log()] == ["diterima", "ditolak"]
    assert len(home.lake("kinerja")) == 2


def test_two_formats_are_two_revisions_in_the_order_of_receipt(home: Home, tmp_path: Path) -> None:
    book = workbook(tmp_path / "w.xlsx", [APPRAISAL, *appraisals(3)]).read_bytes()
    home.land("kinerja.xlsx", book, received=RECEIVED)
    home.land("kinerja.csv", csv_text(APPRAISAL, appraisals(2)), received=RECEIVED + timedelta(1))
    home.ingest()
    assert [(r["revision"], r["file_name"]) for r in home.log()] == [
        (1, "kinerja.xlsx"),
        (2, "kinerja.csv"),
    ]
    before = home.log()
    assert home.ingest() == {}, "a repeat of the ingest admits neither file again"
    assert home.log() == before
    assert len(home.lake("kinerja")) == 2
    again = RECEIVED + timedelta(days=2)
    home.land("kinerja.xlsx", book, received=again)
    home.ingest()
    assert [r["file_name"] for r in home.log()][2:] == ["kinerja.xlsx"], "sent once more"
    assert len(home.lake("kinerja")) == 3
