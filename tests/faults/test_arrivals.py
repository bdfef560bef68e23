"""Files that move while they are read, come twice, or come at the same moment."""

import gzip
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faults.rows import APPRAISAL, appraisals, book, table
from support import AGENCY, GOOD, OTHER, PERIOD, RECEIVED, Home

from asn_warehouse import admission
from asn_warehouse.periods import Period

MONTH = Period.parse(PERIOD)
LONG = table(APPRAISAL, appraisals(300))
CUT = len(LONG) // 2


def grow(path: Path) -> None:
    """Write the second half of a file whose first half has landed."""
    with path.open("ab") as file:
        file.write(LONG.encode()[CUT:])


def shrink(path: Path) -> None:
    os.truncate(path, 200)


def replace(path: Path) -> None:
    fresh = path.with_name(".kinerja.csv.part")
    fresh.write_text(LONG)
    fresh.replace(path)


def touch_with_other_bytes(path: Path) -> None:
    """Write other bytes of the same length at a later moment."""
    path.write_bytes(path.read_bytes().replace(b"TAHUNAN", b"TW1    "))


@pytest.mark.parametrize("move", [grow, shrink, replace, Path.unlink, touch_with_other_bytes])
def test_nothing_is_stored_of_a_file_that_moves_between_plan_and_reading(
    home: Home, move: Callable[[Path], None]
) -> None:
    path = home.land("kinerja.csv", LONG[:CUT])
    home.land("kinerja.csv", GOOD, agency=OTHER)
    (chunk,) = admission.plan(home.settings, MONTH)
    move(path)
    outcomes = {o.file.agency_code: o for o in admission.admit(home.settings, chunk)}
    assert (outcomes[AGENCY].status, outcomes[AGENCY].refusal_rule) == ("ditolak", "file.changing")
    assert outcomes[AGENCY].rows_read == 0
    assert "berubah" in home.receipt("kinerja")["penolakan_berkas"]["alasan"]
    assert home.lake("kinerja") == []
    assert len(home.lake("kinerja", OTHER)) == 3
    if path.exists():
        home.ingest()
        lines = path.read_bytes().count(b"\n") - 1
        rows = home.receipt("kinerja")["baris_dibaca"]
        assert rows - lines in (0, 1), "the next ingest reads what the file has become"


def test_of_a_file_that_grows_during_ingests_only_whole_states_are_stored(home: Home) -> None:
    """Rows end in the file's order: what is stored is one prefix of it, of whole lines."""
    path = home.land("kinerja.csv", LONG[:200])
    done = threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            for at in range(200, len(LONG), 400):
                file.write(LONG.encode()[at : at + 400])
                done.wait(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while writer.is_alive():
        seen += home.ingest().values()
    writer.join()
    home.ingest()
    assert seen, "no ingest ran while the file grew"
    for outcome in seen:
        assert outcome.rows_rejected <= 1, "at most the line that was being written"
    assert [row["row_number"] for row in home.lake("kinerja")] == list(range(2, 302))
    counts = [row["rows_read"] for row in home.log() if row["status"] != "ditolak"]
    assert counts == sorted(counts)
    assert counts[-1] == 300


def test_two_revisions_in_the_same_second_both_count_in_one_order(home: Home) -> None:
    names = {"kinerja.csv": 2, "kinerja.jsonl": 3, "kinerja.xlsx": 4}
    home.land("kinerja.csv", table(APPRAISAL, appraisals(2)))
    records = [dict(zip(APPRAISAL, row, strict=True)) for row in appraisals(3)]
    home.land("kinerja.jsonl", "\n".join(map(str, records)).replace("'", '"'))
    home.land("kinerja.xlsx", book([APPRAISAL, *appraisals(4)]))
    home.ingest()
    log = home.log()
    assert [(row["revision"], row["file_name"]) for row in log] == list(enumerate(names, start=1))
    assert [row["rows_read"] for row in log] == list(names.values())
    moments = [row["received_at"] for row in log]
    assert len(set(moments)) == 3 and moments == sorted(moments)
    assert len(home.lake("kinerja")) == 4, "the last one counts"
    before = home.log()
    assert home.ingest() == {}
    assert home.log() == before


def test_a_file_sent_again_within_its_second_is_another_revision(home: Home) -> None:
    home.land("kinerja.csv", table(APPRAISAL, appraisals(2)))
    home.ingest()
    home.land("kinerja.csv", table(APPRAISAL, appraisals(2)[::-1] + appraisals(1, first=9)))
    home.ingest()
    assert [(row["revision"], row["rows_read"]) for row in home.log()] == [(1, 2), (2, 3)]
    assert home.log()[1]["received_at"] - home.log()[0]["received_at"] >= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("names", "pack"),
    [
        (("kinerja.csv", "KINERJA.CSV"), lambda data: data),
        (("kinerja.csv", "Kinerja.csv"), lambda data: data),
        (("kinerja.csv.gz", "KINERJA.csv.GZ"), lambda data: gzip.compress(data, mtime=0)),
    ],
    ids=["upper", "mixed", "packed"],
)
def test_the_same_file_under_two_names_is_stored_once_however_often_ingest_runs(
    home: Home, names: tuple[str, str], pack: Callable[[bytes], bytes]
) -> None:
    for name in names:
        home.land(name, pack(GOOD.encode()))
    for _ in range(3):
        home.ingest()
    assert len(home.lake("kinerja")) == 3
    log = home.log()
    assert len(log) <= 2
    assert {row["status"] for row in log} == {"diterima"}
    assert len({row["submission_id"] for row in log}) == len(log)


def test_the_same_bytes_from_two_agencies_are_two_submissions(home: Home) -> None:
    data = gzip.compress(GOOD.encode(), mtime=0)
    for agency in (AGENCY, OTHER):
        home.land("kinerja.csv.gz", data, agency=agency)
    outcomes = home.ingest()
    assert {o.status for o in outcomes.values()} == {"diterima"}
    assert len({row["submission_id"] for row in home.log()}) == 2
    assert len(home.lake("kinerja")) == len(home.lake("kinerja", OTHER)) == 3


@pytest.mark.parametrize(
    "moment", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)]
)
def test_a_file_from_a_computer_without_a_clock_is_read(home: Home, moment: datetime) -> None:
    home.land("kinerja.csv", GOOD, received=moment)
    home.ingest()
    (row,) = home.log()
    assert row["status"] == "diterima"
    assert row["received_at"] <= datetime.now(tz=UTC).replace(tzinfo=None)


def test_a_folder_of_files_that_nobody_may_read_is_answered(home: Home) -> None:
    """Where the operator's account may not read a file, the others go on."""
    path = home.land("kinerja.csv", GOOD)
    home.land("kinerja.csv", GOOD, agency=OTHER)
    path.chmod(0)
    outcomes = home.ingest()
    assert outcomes[OTHER, "kinerja.csv"].status == "diterima"
    wanted = "diterima" if os.geteuid() == 0 else "ditolak"
    assert outcomes[AGENCY, "kinerja.csv"].status == wanted
    assert RECEIVED.date() == outcomes[OTHER, "kinerja.csv"].file.received_on
