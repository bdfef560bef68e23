"""Nothing is lost and nothing is made up, from the file to the built marts."""

from collections import Counter
from typing import Any

import duckdb
import pytest
from e2e_home import OCTOBER, Month, rows_of
from support import AGENCY, APPRAISAL, GOOD, Home, appraisals, csv_text

from asn_warehouse.admission import storing, verdicts
from asn_warehouse.contracts import datasets
from asn_warehouse.errors import ConservationError
from asn_warehouse.lake import read_submissions


def stored_rows(month: Month, place: str) -> Counter[str]:
    """Count the rows of every submission in ``place``: the lake, or the vault's rejected rows."""
    roots = {"lake": month.settings.lake, "rejected": month.settings.vault / "rejected"}
    found: Counter[str] = Counter()
    for name in datasets(month.settings):
        files = sorted((roots[place] / name).rglob("*.parquet"))
        if files:
            query = "select submission_id, count(*) from stored group by 1"
            found += Counter(dict(rows_of(files, query)))
    return found


@pytest.mark.slow
def test_rows_read_are_accepted_or_rejected_and_stand_in_lake_or_vault(month: Month) -> None:
    log = read_submissions(month.settings).to_pylist()
    assert len(log) > 100
    for row in log:
        assert row["rows_read"] == row["rows_accepted"] + row["rows_rejected"], row
    lake, rejected = stored_rows(month, "lake"), stored_rows(month, "rejected")
    assert lake == Counter({n["submission_id"]: n["rows_accepted"] for n in log})
    assert rejected == Counter({n["submission_id"]: n["rows_rejected"] for n in log})
    assert lake.total() > 30_000
    assert rejected.total() > 150


@pytest.mark.slow
def test_every_landed_file_has_one_submission_or_is_answered_as_a_stray(month: Month) -> None:
    log = Counter(
        (n["period"], n["agency_code"], n["file_name"])
        for n in read_submissions(month.settings).to_pylist()
    )
    landed = {
        path.relative_to(month.settings.landing).parts
        for path in month.settings.landing.rglob("*")
        if path.is_file()
    }
    known = {place for place in landed if place[0] in month.simulated.periods}
    assert log == Counter(known)
    strays = landed - known
    assert len(strays) == 1
    for period, agency, file in strays:
        receipt = month.settings.outbox / period / agency / f"{file.split('.')[0]}.receipt.json"
        assert receipt.is_file()


@pytest.mark.slow
def test_persons_in_are_counted_or_excluded_with_a_reason(month: Month) -> None:
    context = month.result.context
    assert context is not None
    admitted = {
        (n["agency_code"], n["period"]): n["submission_id"]
        for n in read_submissions(month.settings).to_pylist()
        if n["dataset"] == "pegawai" and n["status"] != "ditolak"
    }
    rosters = {agency: admitted[agency, period] for agency, period in sorted(admitted)}
    assert len(rosters) == len(month.simulated.agencies), "October, else carried forward"
    people = dict(
        rows_of(
            sorted((month.settings.lake / "pegawai").rglob("*.parquet")),
            "select submission_id, count(distinct person_key) from stored group by 1",
        )
    )
    persons_in = {agency: people[submission] for agency, submission in rosters.items()}
    with duckdb.connect(str(context.database), read_only=True) as connection:
        persons = connection.execute(
            """
            select agency_code, count_if(is_counted), count_if(not is_counted),
                count_if(is_counted <> (exclusion_reason is null))
            from core.dim_person group by 1
            """
        ).fetchall()
        told = connection.execute(
            """
            select agency_code, people_counted,
                excluded_inactive + excluded_duplicate_person + excluded_other
            from marts.submission_scorecard where dataset = 'pegawai'
            """
        ).fetchall()
        marts = {
            name: dict(
                connection.execute(
                    f"select agency_code, count(*) from marts.{name} group by 1"
                ).fetchall()
            )
            for name in ("job_person_match", "talent_pool")
        }
    assert {agency: counted + excluded for agency, counted, excluded, _ in persons} == persons_in
    assert sum(unclear for *_, unclear in persons) == 0
    counts = {agency: (counted, excluded) for agency, counted, excluded, _ in persons}
    assert {agency: (counted, excluded) for agency, counted, excluded in told} == counts
    assert sum(excluded for _, excluded in counts.values()) > 0, "nobody was excluded"
    for name, found in marts.items():
        assert found == {agency: counted for agency, (counted, _) in counts.items()}, name


def test_a_lost_row_stops_admission_and_nothing_is_stored(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.land("kinerja.csv", csv_text(APPRAISAL, [*appraisals(3), appraisals(1)[0]]))
    honest = verdicts._shown
    lost = {0: []}
    monkeypatch.setattr(verdicts, "_shown", lambda batch: {**honest(batch), **lost})
    with pytest.raises(ConservationError, match="4 rows read, 3 accepted, 1 rejected"):
        home.ingest(str(OCTOBER))
    assert home.log() == []
    assert not list(home.settings.lake.rglob("*.parquet"))
    monkeypatch.undo()
    home.land("kinerja.csv", GOOD)
    assert len(home.ingest(str(OCTOBER))) == 1
    assert len(home.log()) == 1


def test_a_row_that_was_not_written_as_accepted_leaves_nothing_behind(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.land("kinerja.csv", GOOD)
    whole = storing._rows

    def nameless(*arguments: Any) -> str:
        return (
            "select * replace (case row_number when 2 then '' else submission_id end"
            f" as submission_id) from ({whole(*arguments)})"
        )

    monkeypatch.setattr(storing, "_rows", nameless)
    with pytest.raises(ConservationError, match="1 written"):
        home.ingest()
    assert not list(home.settings.lake.rglob("*.parquet"))
    monkeypatch.undo()
    assert home.ingest()[AGENCY, "kinerja.csv"].rows_accepted == 3
