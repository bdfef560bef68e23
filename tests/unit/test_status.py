"""`asn status` tells what every agency has sent of every dataset, also what it has not."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from support import AGENCY, APPRAISAL, GOOD, OTHER, PERIOD, RECEIVED, Home, appraisals, csv_text

from asn_warehouse import cli, lake
from asn_warehouse import status as module
from asn_warehouse.contracts import datasets
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.status import Submission, submission_status

OCTOBER = Period.parse(PERIOD)
LATE = datetime(2026, 11, 10, 17, 0, tzinfo=UTC)
"""The moment at which the due day of the test's calendar is over in Jakarta."""

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def asn(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run ``asn status`` over the home; returns exit code and what was printed."""
    monkeypatch.setenv("ASN_HOME", str(home.settings.home))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(cli, "_leave", sys.exit)

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["asn", "status", "-p", PERIOD, *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out + shown.err

    return call


def cells(home: Home) -> dict[tuple[str, str], Submission]:
    return {(s.agency_code, s.dataset): s for s in submission_status(home.settings, OCTOBER)}


def expect_in_calendar(home: Home, dataset: str, wajib: str) -> None:
    """Say in the calendar whether a dataset is expected, or take it out."""
    path = home.settings.reference / "kalender.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{PERIOD},{dataset},")]
    added = [f"{PERIOD},{dataset},2026-11-10,{wajib}\n"] if wajib else []
    path.write_text("".join([*kept, *added]), "utf-8")


def test_every_agency_times_every_dataset_is_there_sent_or_not(home: Home) -> None:
    found = cells(home)
    assert set(found) == {(a, d) for a in (AGENCY, OTHER) for d in datasets(home.settings)}
    assert {submission.status for submission in found.values()} == {"missing"}


def test_on_time_ends_with_the_due_day_in_jakarta(home: Home) -> None:
    home.land("kinerja.csv", GOOD, received=LATE.replace(hour=16, minute=59, second=59))
    home.land("kinerja.csv", GOOD, agency=OTHER, received=LATE)
    home.ingest()
    found = cells(home)
    assert found[AGENCY, "kinerja"].status == "on_time"
    assert found[OTHER, "kinerja"].status == "late"
    assert found[OTHER, "kinerja"].due_at == LATE.replace(tzinfo=None)


def test_a_dataset_that_the_calendar_does_not_expect_is_neither_missing_nor_late(
    home: Home,
) -> None:
    expect_in_calendar(home, "kinerja", "T")
    expect_in_calendar(home, "potensi", "")
    home.land("kinerja.csv", GOOD, received=LATE)
    home.ingest()
    sent, unsent = cells(home)[AGENCY, "kinerja"], cells(home)[AGENCY, "potensi"]
    assert (sent.status, sent.rows_read, sent.revisions) == ("not_expected", 3, 1)
    assert (unsent.status, unsent.due_at, unsent.revisions) == ("not_expected", None, 0)


def test_a_refused_correction_leaves_what_counts_and_is_told(home: Home) -> None:
    rows = appraisals(4)
    rows[1][3] = 9
    home.land("kinerja.csv", csv_text(APPRAISAL, rows))
    home.ingest()
    home.land("kinerja.csv", "nip;tahun\n1;2\n", received=LATE)
    home.land("kinerja.csv", "nip;tahun\n1;2\n", agency=OTHER)
    home.ingest()
    kept, refused = cells(home)[AGENCY, "kinerja"], cells(home)[OTHER, "kinerja"]
    assert (kept.status, kept.revisions, kept.rows_read, kept.rejected) == ("on_time", 2, 4, 1)
    assert (kept.refusal_rule, kept.has_refused_revision) == ("file.missing_column", True)
    assert kept.top_reason == "kinerja.hasil_kerja.range"
    assert (refused.status, refused.rows_read) == ("refused", None)
    assert (refused.refusal_rule, refused.has_refused_revision) == ("file.missing_column", False)


def logged(dataset: str, revision: int, day: int, sha256: str, **more: object) -> dict[str, object]:
    """Return a row of the commit log of ``AGENCY``."""
    row: dict[str, object] = dict.fromkeys(lake.SUBMISSION_COLUMNS)
    return row | {
        "submission_id": f"{dataset}-{revision}",
        "agency_code": AGENCY,
        "dataset": dataset,
        "revision": revision,
        "received_at": datetime(2026, 11, day, 1),
        "file_sha256": sha256,
        "status": "diterima",
        "rows_replayed": 0,
        "top_reasons": "[]",
        **more,
    }


def test_a_replay_belongs_to_the_file_that_was_sent_before(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same cases as the unit test `a_replay_is_not_a_file_of_the_agency` of the mart."""
    refused = {"status": "ditolak", "refusal_rule": "file.encoding"}
    whole = {"status": "ditolak", "refusal_rule": "file.all_rejected"}
    log = [
        logged("pegawai", 1, 1, "s1", rows_rejected=3),
        logged("pegawai", 2, 20, "s1", rows_rejected=1, rows_replayed=2),
        logged("kinerja", 1, 1, "s3", rows_rejected=3),
        logged("kinerja", 2, 2, "s4", **refused),
        logged("kinerja", 3, 20, "s3", rows_rejected=0, rows_replayed=3),
        logged("jabatan", 1, 1, "s6", **whole),
        logged("jabatan", 2, 20, "s6", rows_rejected=0, rows_replayed=4),
    ]
    table = lake.pa.Table.from_pylist(log)
    monkeypatch.setattr(module, "read_submissions", lambda settings, period: table)
    found = {
        dataset: (
            one.status, one.received_at.day if one.received_at else None, one.revisions,
            one.refusal_rule, one.has_refused_revision, one.rejected, one.replayed,
        )
        for (agency, dataset), one in cells(home).items()
        if agency == AGENCY and one.revisions
    }  # fmt: skip
    assert found == {
        "pegawai": ("on_time", 1, 2, None, False, 1, 2),
        "kinerja": ("on_time", 1, 3, "file.encoding", True, 0, 3),
        "jabatan": ("on_time", 1, 2, None, False, 0, 4),
    }


def test_a_month_outside_the_calendar_is_wrong_use(home: Home) -> None:
    with pytest.raises(UsageError, match="expects nothing for 2031-01"):
        submission_status(home.settings, Period.parse("2031-01"))


def test_the_matrix_shows_one_line_for_each_agency_and_what_its_signs_mean(
    home: Home, asn: Call
) -> None:
    home.land("kinerja.csv", GOOD)
    home.ingest()
    home.land("kinerja.csv", "nip;tahun\n1;2\n", received=LATE)
    home.land("kinerja.csv", GOOD, agency=OTHER, received=LATE)
    home.ingest()
    code, out = asn()
    lines = out.splitlines()
    (mine,) = [line for line in lines if line.startswith(f" {AGENCY} ")]
    (other,) = [line for line in lines if line.startswith(f" {OTHER} ")]
    letters = next(line for line in lines if " a b c " in line)
    place = (
        letters.index(" a b ")
        + 1
        + 2 * list(dict.fromkeys(s for _, s in cells(home))).index("kinerja")
    )
    assert code == 0
    assert mine[place : place + 2] == "✓!" and mine.count("M") == len(datasets(home.settings)) - 1
    assert other[place : place + 2] == "L " and "✓" not in other
    assert mine.split()[-2:] == other.split()[-2:] == ["3", "0"]
    (total,) = [line.split() for line in lines if line.startswith("    all ")]
    assert total[1:] == ["1", "1", "32", "0", "0"]
    assert "refused: 1" in out and "Nothing of 2026-10 is published." in out
    for name in datasets(home.settings):
        assert name in out


def test_missing_shows_only_agencies_of_which_something_is_lacking(home: Home, asn: Call) -> None:
    for name in datasets(home.settings):
        expect_in_calendar(home, name, "Y" if name == "kinerja" else "T")
    home.land("kinerja.csv", GOOD)
    home.ingest()
    _, out = asn("--missing")
    assert f" {OTHER} " in out and f" {AGENCY} " not in out
    assert "1 of 2 agencies lack something." in out


def test_one_agency_is_shown_with_dates_rows_and_reasons(home: Home, asn: Call) -> None:
    rows = appraisals(4)
    rows[1][3] = 9
    home.land("kinerja.csv", csv_text(APPRAISAL, rows), received=RECEIVED)
    home.ingest()
    code, out = asn("--agency", AGENCY)
    (line,) = [line.split() for line in out.splitlines() if line.startswith(" kinerja ")]
    assert code == 0
    assert line == ["kinerja", "on", "time", "10-11", "05-11", "10:00", "1", "4", "1", "0",
                    "kinerja.hasil_kerja.range"]  # fmt: skip
    assert sum(" missing " in line for line in out.splitlines()) == len(datasets(home.settings)) - 1
    code, out = asn("--agency", "9999")
    assert code == 2 and "Agency '9999' is not in force in 2026-10." in out
