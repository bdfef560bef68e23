"""What lies in the landing folder, what its path says, and how work is split."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support import AGENCY, GOOD, OTHER, PERIOD, RECEIVED, Home

from asn_warehouse import admission
from asn_warehouse.admission import landing
from asn_warehouse.admission.landing import Chunk, LandedFile, chunks, scan, strays
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period

MONTH = Period.parse(PERIOD)


def landed(home: Home) -> dict[str, LandedFile]:
    return {file.name: file for file in scan(home.settings, MONTH)}


@pytest.mark.parametrize(
    ("name", "dataset", "suffix", "refusal"),
    [
        ("kinerja.csv", "kinerja", ".csv", None),
        ("KINERJA.CSV", "kinerja", ".csv", None),
        ("kinerja.csv.gz", "kinerja", ".csv.gz", None),
        ("Kinerja.XLSX", "kinerja", ".xlsx", None),
        ("kinerja.xls", "kinerja", ".xls", "file.format"),
        ("kinerja.zip", "kinerja", ".zip", "file.format"),
        ("kinerja", "kinerja", "", "file.format"),
        ("kinerja_2026.csv", "kinerja_2026", ".csv", "file.unknown_dataset"),
        ("submission.csv", "submission", ".csv", "file.unknown_dataset"),
    ],
)
def test_a_name_says_dataset_and_format(
    home: Home, name: str, dataset: str, suffix: str, refusal: str | None
) -> None:
    home.land(name, GOOD)
    file = landed(home)[name]
    assert (file.dataset, file.suffix, file.refusal) == (dataset, suffix, refusal)
    assert (file.agency_code, file.period, file.size) == (AGENCY, PERIOD, len(GOOD))


def test_the_time_of_receipt_is_that_of_the_file_and_never_to_come(home: Home) -> None:
    home.land("kinerja.csv", GOOD)
    home.land("jabatan.csv", GOOD, received=datetime.now(tz=UTC) + timedelta(days=300))
    found = landed(home)
    assert found["kinerja.csv"].received_at == RECEIVED.replace(tzinfo=None)
    assert found["jabatan.csv"].received_at <= datetime.now(tz=UTC).replace(tzinfo=None)


def test_hidden_files_and_folders_are_not_submissions(home: Home) -> None:
    home.land(".kinerja.csv.part", GOOD)
    home.land("kinerja.csv", GOOD, agency=".trash")
    home.land("kinerja.csv", GOOD, period=".old")
    assert scan(home.settings, MONTH) == []
    assert strays(home.settings) == []


def test_a_file_over_the_limit_is_refused_unread(home: Home) -> None:
    home.land("kinerja.csv", GOOD)
    tight = home.settings.model_copy(update={"max_file_bytes": 10})
    assert [file.refusal for file in scan(tight, MONTH)] == ["file.too_large"]


def test_a_month_outside_the_calendar_is_a_usage_error_and_an_empty_one_is_empty(
    home: Home,
) -> None:
    with pytest.raises(UsageError, match="Period 2031-01 is not in the calendar"):
        scan(home.settings, Period(2031, 1))
    assert scan(home.settings, MONTH) == []


def test_an_ingest_before_anything_has_landed_is_a_usage_error(home: Home) -> None:
    home.settings.landing.rmdir()
    with pytest.raises(UsageError, match="Nothing has landed for 2026-10"):
        admission.ingest(home.settings, MONTH)


def test_a_chunk_survives_json(home: Home) -> None:
    home.land("kinerja.csv", GOOD)
    home.land("kinerja.csv", GOOD, agency="9999")
    (chunk,) = admission.plan(home.settings, MONTH)
    assert Chunk.from_dict(chunk.to_dict()) == chunk
    assert len(chunk.files) == 2


def test_a_plan_keeps_to_the_datasets_and_agencies_asked_for(home: Home) -> None:
    for agency in (AGENCY, OTHER):
        for name in ("kinerja.csv", "jabatan.csv", "unheard.csv"):
            home.land(name, GOOD, agency=agency)
    (chunk,) = admission.plan(home.settings, MONTH, ["kinerja"], [OTHER])
    assert [(f.agency_code, f.name) for f in chunk.files] == [
        (OTHER, "kinerja.csv"),
        (OTHER, "unheard.csv"),
    ]


def test_chunks_are_at_most_as_many_as_allowed_and_lose_no_file(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "CHUNK_BYTES", 100)
    home.land("kinerja.csv", GOOD)
    file = landed(home)["kinerja.csv"]
    files = [
        replace(file, agency_code=f"{n % 40}", dataset=f"d{n % 3}", size=37 * (n % 11) + 1)
        for n in range(120)
    ]
    for limit in (1, 2, 7, 64):
        found = chunks(files, limit)
        assert len(found) <= limit
        assert sorted(map(repr, (f for c in found for f in c.files))) == sorted(map(repr, files))
        assert {c.period for c in found} == {PERIOD}
    largest = max(sum(f.size for f in c.files) for c in chunks(files, 7))
    assert largest <= 2 * sum(f.size for f in files) / 7
    assert chunks([], 64) == []


def test_a_retried_chunk_admits_nothing_twice(home: Home) -> None:
    home.land("kinerja.csv", GOOD)
    home.land("kinerja.csv.gz", gzip.compress(GOOD.encode(), mtime=0))
    (chunk,) = admission.plan(home.settings, MONTH)
    first = admission.admit(home.settings, chunk)
    before = home.log()
    again = admission.admit(home.settings, chunk)
    assert home.log() == before
    assert [o.is_known for o in first + again] == [False, False, True, True]
    assert [(o.revision, o.submission_id) for o in first] == [
        (o.revision, o.submission_id) for o in again
    ]


def test_an_older_file_sent_once_more_is_a_new_revision(home: Home) -> None:
    home.land("kinerja.csv", GOOD)
    home.ingest()
    home.land("kinerja.csv", GOOD.rpartition("1980")[0], received=RECEIVED + timedelta(days=1))
    home.ingest()
    home.land("kinerja.csv", GOOD, received=RECEIVED + timedelta(days=2))
    home.ingest()
    assert [row["revision"] for row in home.log()] == [1, 2, 3]
    assert len(home.lake("kinerja")) == 3
