"""Which levels of detail are left out of protected tables, and what goes with them."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from candidates import settings_of
from rosters import candidate, roster

from asn_warehouse import archive, publish
from asn_warehouse.periods import Period
from asn_warehouse.safe_marts import fineness
from asn_warehouse.safe_marts.indices import JOB_SATISFACTION, PROFESSIONALISM_INDEX
from asn_warehouse.safe_marts.learning import LEARNING_HOURS

KEYS = LEARNING_HOURS.rule.keys
AGENCY, STATUS, LEVEL = KEYS
OCTOBER = Period.parse("2026-10")

Row = dict[str, Any]


def rows(place: dict[str, str], *people: int | None) -> list[Row]:
    """Return a row for each number of people, all broken down by the keys of ``place``."""
    return [dict.fromkeys(KEYS) | place | {"people": number} for number in people]


def learning(*groups: list[Row]) -> dict[str, pd.DataFrame]:
    return {"learning_hours": pd.DataFrame([row for group in groups for row in group])}


def left_out(*groups: list[Row], threshold: int = 5) -> set[frozenset[str]]:
    month = learning(*groups)
    return fineness.too_fine(month, threshold)["learning_hours"]


DETAIL = {AGENCY: "4011", LEVEL: "JPT"}


def test_a_level_with_more_than_a_quarter_of_small_counts_is_left_out() -> None:
    assert left_out(rows(DETAIL, 4, 4, 9, 9, 9, 9, 9)) == {frozenset(DETAIL)}
    assert left_out(rows(DETAIL, 4, 4, 9, 9, 9, 9, 9, 9)) == set()


def test_nobody_and_not_reported_are_no_small_counts() -> None:
    assert left_out(rows(DETAIL, 4, 9, 9, 9, 0, 0, 0, None, None)) == set()
    assert left_out(rows(DETAIL, 4, 9, 9, 0, 0, 0, None, None)) == {frozenset(DETAIL)}
    assert left_out(rows(DETAIL, 0, None)) == set()


def test_the_threshold_is_that_of_the_schema() -> None:
    assert left_out(rows(DETAIL, 9, 9, 9)) == set()
    assert left_out(rows(DETAIL, 9, 9, 9), threshold=10) == {frozenset(DETAIL)}


def test_the_nation_and_totals_of_agencies_stay_however_few_they_are() -> None:
    assert left_out(rows({}, 1), rows({AGENCY: "4011"}, 1, 2), rows({LEVEL: "JPT"}, 1)) == set()
    nation = {STATUS: "PNS", LEVEL: "JPT"}
    assert left_out(rows(nation, 1, 1, 1)) == set()


def test_whatever_is_finer_than_a_level_left_out_goes_too() -> None:
    finer = {AGENCY: "4011", STATUS: "PNS", LEVEL: "JPT"}
    month = [
        *rows({}, 50),
        *rows({AGENCY: "4011"}, 50),
        *rows(DETAIL, 3, 2),
        *rows(finer, 40),
        *rows({AGENCY: "4011", STATUS: "PNS"}, 30),
    ]
    gone = left_out(month)
    assert gone == {frozenset(DETAIL)}
    (table,) = learning(month).values()
    assert fineness.kept(LEARNING_HOURS, table, gone).tolist() == [0, 1, 5]
    assert fineness.kept(LEARNING_HOURS, table, set()).tolist() == list(range(6))


def test_each_mart_is_judged_by_its_own_counts() -> None:
    small = [{AGENCY: "4011", "service_code": None, "respondents": 2}]
    status = [{AGENCY: "4011", STATUS: "PNS", "people": 3, "measured": 3}]
    month = {
        "job_satisfaction": pd.DataFrame(small),
        "professionalism_index": pd.DataFrame(status),
    }
    found = fineness.too_fine(month, 5)
    assert found[JOB_SATISFACTION.name] == set()
    assert found[PROFESSIONALISM_INDEX.name] == {frozenset((AGENCY, STATUS))}
    assert found[LEARNING_HOURS.name] == set()


def test_what_a_table_lacks_is_told_from_what_it_shows() -> None:
    exact = learning(rows({}, 50), rows(DETAIL, 3))
    shown = learning(rows({}, 50))
    assert fineness.missing(exact, shown) == {"learning_hours": {frozenset(DETAIL)}}
    assert fineness.missing(exact, exact) == {"learning_hours": set()}


def test_a_published_month_has_no_row_of_what_is_too_fine(tmp_path: Path) -> None:
    """What is left out inside government is left out for the public too."""
    settings = settings_of(tmp_path)
    publish.publish(settings, candidate(settings, "2026-10", roster(260, seed=4)))
    folder = archive.directory(settings, OCTOBER, 1)

    def levels(schema: str) -> set[frozenset[str]]:
        table = pq.read_table(folder / schema / "learning_hours.parquet").to_pandas()
        return {*fineness.levels(LEARNING_HOURS, table)[0]}

    exact, safe, public = levels("."), levels("safe"), levels("open")
    assert public <= safe < exact
    assert {frozenset(), frozenset((AGENCY,)), frozenset((STATUS, LEVEL))} <= public
    assert frozenset(KEYS) not in safe
