"""``check`` gives the answer of admission before sending, and stores nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import (
    AGENCY,
    APPRAISAL,
    GOOD,
    NIPS,
    PERIOD,
    Home,
    appraisals,
    csv_text,
    make_home,
    workbook,
)

from asn_warehouse import admission
from asn_warehouse.admission.receipts import receipt
from asn_warehouse.contracts import dataset
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period

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
        ("gaji", AGENCY, "Dataset 'gaji' is not known"),
        ("kinerja", "9999", "Agency '9999' is not in force in 2026-10"),
    ],
)
def test_check_refuses_what_does_not_exist(
    home: Home, tmp_path: Path, name: str, agency: str, said: str
) -> None:
    sent = tmp_path / "kinerja.csv"
    sent.write_text(GOOD)
    with pytest.raises(UsageError, match=said):
        admission.check(home.settings, sent, name, agency, MONTH)
    with pytest.raises(UsageError, match="is not a file"):
        admission.check(home.settings, tmp_path, "kinerja", AGENCY, MONTH)
