"""``check`` gives the answer of admission before sending, and stores nothing."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from support import (
    AGENCY,
    APPRAISAL,
    GOOD,
    NIPS,
    OTHER,
    PERIOD,
    Home,
    appraisals,
    csv_text,
    make_home,
    workbook,
)

from asn_warehouse import admission, cli
from asn_warehouse.admission.check import guess
from asn_warehouse.admission.receipts import receipt
from asn_warehouse.contracts import dataset
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

MONTH = Period.parse(PERIOD)


def faulty() -> str:
    rows = appraisals(8)
    rows[1][3] = 9
    rows[2][0] = "1,98E+17"
    rows[3] = rows[0]
    rows[4][5] = 5
    rows[6][1] = 2099
    return csv_text(APPRAISAL, rows).replace(f"{NIPS[7]},2025", f'{NIPS[7]},"2025')


FILES = {
    "sound": GOOD,
    "faulty": faulty(),
    "empty": "",
    "header only": csv_text(APPRAISAL, []),
    "missing column": csv_text(APPRAISAL[:3], [row[:3] for row in appraisals(2)]),
    "forbidden column": csv_text((*APPRAISAL, "gaji"), [[*r, 1] for r in appraisals(2)]),
    "all rejected": csv_text(APPRAISAL, [["1", 2025, "TAHUNAN", 2, 2, 2]]),
}


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() if p.is_file() else b"" for p in folder.rglob("*")}


@pytest.mark.parametrize("kind", FILES)
def test_check_gives_the_answer_of_admission_and_stores_nothing(
    home: Home, tmp_path: Path, kind: str
) -> None:
    sent = tmp_path / "apa saja namanya.csv"
    sent.write_text(FILES[kind])
    before = snapshot(tmp_path)
    checked = admission.check(home.settings, sent, "kinerja", AGENCY, MONTH)
    assert snapshot(tmp_path) == before
    home.land("kinerja.csv", FILES[kind], received=datetime.now(tz=UTC) - timedelta(minutes=1))
    admitted = home.ingest()[AGENCY, "kinerja.csv"]
    contract = dataset(home.settings, "kinerja")
    answers = [receipt(PERIOD, outcome, contract) for outcome in (checked, admitted)]
    for answer in answers:
        for own in ("berkas", "revisi", "submission_id", "diterima_pada"):
            del answer[own]
    assert answers[0] == answers[1]
    assert checked.rejected == admitted.rejected
    if kind == "faulty":
        assert (checked.rows_read, checked.rows_rejected, checked.rows_warned) == (8, 5, 1)


def test_check_reads_a_workbook(home: Home, tmp_path: Path) -> None:
    path = workbook(tmp_path / "kiriman.xlsx", [["Judul"], APPRAISAL, *appraisals(3)])
    outcome = admission.check(home.settings, path, "kinerja", AGENCY, MONTH)
    assert (outcome.status, outcome.rows_read, outcome.format) == ("diterima", 3, "xlsx")


def test_check_needs_no_reference_files(tmp_path: Path) -> None:
    """An agency that checks at home has neither the calendar nor the list of agencies."""
    home = make_home(tmp_path / "home")
    for path in home.settings.reference.iterdir():
        path.unlink()
    sent = tmp_path / "kinerja.csv"
    sent.write_text(GOOD)
    assert admission.check(home.settings, sent, "kinerja", "1234", MONTH).status == "diterima"


@pytest.mark.parametrize(
    ("name", "agency", "said"),
    [
        ("gaji", AGENCY, "Data 'gaji' tidak dikenal"),
        ("kinerja", "9999", "Kode instansi '9999' tidak berlaku pada 2026-10"),
    ],
)
def test_check_refuses_what_does_not_exist(
    home: Home, tmp_path: Path, name: str, agency: str, said: str
) -> None:
    sent = tmp_path / "kinerja.csv"
    sent.write_text(GOOD)
    with pytest.raises(UsageError, match=said):
        admission.check(home.settings, sent, name, agency, MONTH)
    with pytest.raises(UsageError, match="bukan berkas dan bukan folder"):
        admission.check(home.settings, tmp_path / "none.csv", "kinerja", AGENCY, MONTH)


def test_a_damaged_file_is_refused_as_by_admission(home: Home, tmp_path: Path) -> None:
    sent = tmp_path / "kinerja.xlsx"
    sent.write_bytes(b"PK\x03\x04 not a workbook")
    outcome = admission.check(home.settings, sent, "kinerja", AGENCY, MONTH)
    assert (outcome.status, outcome.refusal_rule) == ("ditolak", "file.unreadable")


NAMES = {
    "pegawai.xlsx": "pegawai",
    "Pegawai Okt (2).xlsx": "pegawai",
    "4011_RIWAYAT JABATAN.csv.gz": "riwayat_jabatan",
    "survei-kepuasan-kerja.csv": "survei_kepuasan_kerja",
    "pegawai dan jabatan.csv": None,
    "data.csv": None,
}


@pytest.mark.parametrize("name", NAMES)
def test_the_dataset_follows_from_the_name_of_a_file(name: str) -> None:
    assert guess(Settings(), Path(name)) == NAMES[name]


# -- folders --------------------------------------------------------------------------------------


def run_check(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str]:
    """Run ``asn check``; return exit code and what it printed."""
    monkeypatch.setattr(sys, "argv", ["asn", "check", *arguments])
    monkeypatch.setattr(cli, "_leave", sys.exit)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0), capsys.readouterr().out


@pytest.fixture
def landing(home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The landing folder of a month with a sound, a faulty, a refused and a strange file."""
    monkeypatch.setenv("ASN_HOME", str(home.settings.home))
    monkeypatch.setenv("ASN_MEMORY_LIMIT", "512MB")
    monkeypatch.setenv("COLUMNS", "80")
    home.land("kinerja.csv", FILES["faulty"])
    home.land("pegawai.csv", FILES["missing column"])
    home.land("surat.pdf", "x")
    home.land("kinerja.ditolak.xlsx", "our own answer")
    home.land(".kinerja.csv.part", "not yet sent")
    home.land("kinerja.csv", GOOD, agency=OTHER)
    return home.settings.landing / PERIOD


def test_a_folder_is_checked_whole_by_its_layout_and_nothing_is_stored(
    landing: Path, home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(home.settings.home)
    code, out = run_check(capsys, monkeypatch, str(landing))
    assert code == 3
    assert snapshot(home.settings.home) == before
    lines = out.splitlines()
    found = {line.split()[0]: line.split()[1:] for line in lines[1:5]}
    assert found == {
        "4011/kinerja.csv": ["diterima", "sebagian", "8", "3", "5", "1"],
        "4011/pegawai.csv": ["ditolak", "0", "0", "0", "0"],
        "4011/surat.pdf": ["ditolak", "0", "0", "0", "0"],
        "7471/kinerja.csv": ["diterima", "3", "3", "0", "0"],
    }
    assert max(map(len, lines)) <= 80
    assert "3 dari 4 berkas perlu diperbaiki." in lines
    assert not any(nip in out for nip in NIPS)


def test_a_folder_gives_the_answers_that_admission_gives(
    landing: Path, home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out = run_check(capsys, monkeypatch, str(landing), "--json")
    checked = {(one["kode_instansi"], one["data"]): one for one in json.loads(out)}
    for path in landing.rglob("*.ditolak.xlsx"):
        path.unlink()
    home.ingest()
    assert len(checked) == 4
    for (agency, name), one in checked.items():
        told = home.receipt(name, agency)
        for own in ("revisi", "submission_id", "diterima_pada"):
            del told[own], one[own]
        assert one == told


def test_a_warning_is_shown_with_an_example_of_what_the_row_says(
    landing: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out = run_check(capsys, monkeypatch, str(landing / AGENCY), "--json")
    reasons = {r["aturan"]: r for one in json.loads(out) for r in one["alasan"]}
    warned = reasons["kinerja.quadrant"]
    assert (warned["contoh_baris"], warned["contoh_isi"]) == (6, "5")
    assert warned["alasan"].startswith("Kuadran 5 pada baris 6 ")
    assert reasons["kinerja.nip.excel_number"]["contoh_isi"] is None


def test_only_the_dataset_asked_for_is_checked(
    landing: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out = run_check(capsys, monkeypatch, str(landing), "--dataset", "kinerja")
    assert "kinerja.csv" in out and "pegawai" not in out and "surat" not in out


def test_the_rejected_rows_of_a_folder_lie_under_its_agencies(
    landing: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "rejects"
    _, out = run_check(capsys, monkeypatch, str(landing), "--rejects", str(target))
    assert [p.relative_to(target).as_posix() for p in target.rglob("*.xlsx")] == [
        f"{AGENCY}/kinerja.ditolak.xlsx"
    ]
    sheet = openpyxl.load_workbook(target / AGENCY / "kinerja.ditolak.xlsx").worksheets[0]
    assert sheet.max_row == 1 + 5
    assert "kinerja.ditolak.xlsx" in out.replace("\n", "")


def test_a_loose_folder_needs_agency_and_month(
    home: Home,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASN_HOME", str(home.settings.home))
    folder = tmp_path / "kiriman"
    folder.mkdir()
    assert run_check(capsys, monkeypatch, str(folder))[0] == 2
    (folder / "kinerja.csv").write_text(GOOD)
    assert run_check(capsys, monkeypatch, str(folder))[0] == 2
    options = ("--agency", AGENCY, "--period", PERIOD)
    code, out = run_check(capsys, monkeypatch, str(folder), *options)
    assert (code, "Siap dikirim." in out) == (0, True)


def test_what_a_cell_says_cannot_write_on_the_terminal(
    home: Home,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = appraisals(2)
    rows[1][2] = "[red]X\x1b[31m"
    sent = tmp_path / "kinerja.csv"
    sent.write_text(csv_text(APPRAISAL, rows))
    monkeypatch.setenv("ASN_HOME", str(home.settings.home))
    options = ("--agency", AGENCY, "--period", PERIOD)
    code, out = run_check(capsys, monkeypatch, str(sent), *options)
    assert (code, "\x1b" in out, "[red]X\ufffd[31m" in out) == (3, False, True)
