"""Each expectation at the gate of marts is seen to fail once: one copy of a month, many wounds."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from e2e_home import PROJECT, Month
from gate_mutations import is_number, noticed_by, notices, survivors, table_of, undone

from asn_warehouse import quality, quality_docs
from asn_warehouse.quality import Suite

pytestmark = pytest.mark.slow

NO_SUITE = {"publication_diff", "dim_rule"}
"""A build leaves the first empty; the second holds rows of the project, tested when it is built."""
BY_HAND = {
    "program_effectiveness.effect_interval": """
        update marts.program_effectiveness
        set performance_effect = 5, performance_effect_ci_low = 6, performance_effect_ci_high = 7
        where rowid = 0
    """,
    "program_effectiveness.strong": """
        update marts.program_effectiveness
        set evidence = 'strong', matched_participants = 40, performance_effect_ci_low = 1,
            performance_effect_ci_high = 2, max_standardised_difference = 0.2
        where rowid = 0
    """,
    "program_effectiveness.moderate": """
        update marts.program_effectiveness
        set evidence = 'moderate', gain_n = 30, gain_mean = 0, gain_ci_low = -1, gain_ci_high = 1
        where rowid = 0
    """,
    "program_effectiveness.participants.sum": """
        update marts.program_effectiveness set participants = 0
    """,
    "program_exchange.own": "update marts.program_exchange set program_agency_code = agency_code",
    "dim_person.counted_share": "update core.dim_person set is_counted = false where rowid % 2 = 0",
    "submission_orphan.left_out_share": """
        update marts.submission_orphan set is_left_out = true, rows = rows + 10000000
    """,
    "succession_bench.risk": """
        update marts.succession_bench set risk = 'vacant' where incumbents > 0
    """,
    "professionalism_person.only_pns": """
        update marts.professionalism_person set employment_status = 'pppk' where is_measured
    """,
}
"""What no change of a single cell or row breaks, whichever rows come last in their tables."""

ENDED = "may hold answers or cases of agencies that have ended"
LEVEL_LEFT = "may hold moves to a level that nobody of the agency holds now"
FREE = {
    ("career_mobility", "demotions"): LEVEL_LEFT,
    ("career_mobility", "promotions"): LEVEL_LEFT,
    ("career_mobility", "rotations"): LEVEL_LEFT,
    ("career_mobility", "transfers_in"): LEVEL_LEFT,
    ("career_mobility", "transfers_out"): LEVEL_LEFT,
    ("career_mobility", "units_compared"): "of units, which have several levels",
    ("job_satisfaction", "alpha_items"): "of the questionnaire",
    ("job_satisfaction", "alpha_respondents"): ENDED,
    ("job_satisfaction", "respondents"): ENDED,
    ("kpi_scorecard", "cases"): ENDED,
    ("program_comparison", "obstacle_runs"): "of the one obstacle that is most frequent",
    ("program_effectiveness", "hours"): "of the run",
    ("program_effectiveness", "behaviour_n"): "may hold answers of agencies without participants",
    ("program_effectiveness", "reaction_n"): "may hold answers of agencies without participants",
    ("program_comparison", "reaction_n"): "may hold answers of agencies without participants",
    ("service_satisfaction", "respondents"): ENDED,
    ("service_satisfaction", "elements_asked"): "of the questionnaire",
}
"""Counts of a row of totals that are no sum of other rows, and why."""


@pytest.fixture(scope="module")
def suites() -> list[Suite]:
    found = quality.read_suites(PROJECT / "expectations")
    return [suite for suite in found if suite.stage == "marts"]


@pytest.fixture(scope="module")
def copy(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    assert month.result.context is not None
    folder = tmp_path_factory.mktemp("wounded")
    yield Path(shutil.copy(month.result.context.database, folder / "build.duckdb"))
    shutil.rmtree(folder)


@pytest.fixture
def built(copy: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(copy)) as connection:
        yield connection


def test_no_expectation_is_broken_by_the_month_as_it_is(
    built: duckdb.DuckDBPyConnection, suites: list[Suite]
) -> None:
    waiting = {i["meta"]["id"] for s in suites for i in s.expectations if "from_rows" in i["meta"]}
    assert set().union(*(noticed_by(built, suite) for suite in suites)) <= waiting


def test_every_expectation_notices_a_wrong_cell_or_row(
    built: duckdb.DuckDBPyConnection, suites: list[Suite]
) -> None:
    blind = set().union(*(survivors(built, suite) for suite in suites))
    assert blind - set(BY_HAND) == set()


def test_what_takes_more_than_one_cell_is_noticed_too(
    built: duckdb.DuckDBPyConnection, suites: list[Suite]
) -> None:
    for name, statement in BY_HAND.items():
        (suite,) = [s for s in suites if name in {i["meta"]["id"] for i in s.expectations}]
        with undone(built, statement):
            assert name in noticed_by(built, suite), name


def test_a_total_that_is_off_by_one_is_noticed_whatever_it_counts(
    built: duckdb.DuckDBPyConnection, suites: list[Suite]
) -> None:
    blind, tried = set(), 0
    for suite in suites:
        for batch in suite.batches:
            described = built.execute(f"describe {table_of(batch)}").fetchall()
            if "is_total" not in {name for name, *_ in described}:
                continue
            for name, kind, *_ in described:
                if kind not in ("BIGINT", "INTEGER"):
                    continue
                total = f"(select max(rowid) from {table_of(batch)} where is_total and {name} > 0)"
                wound = f"update {table_of(batch)} set {name} = {name} + 1 where rowid = {total}"
                with undone(built, wound) as allowed:
                    changed = built.execute(f"select {total}").fetchall()[0][0] is not None
                    if allowed and changed:
                        tried += 1
                        if not noticed_by(built, _of(suite, batch.name)):
                            blind.add((batch.name, name))
    assert blind - set(FREE) == set()
    assert tried > 80


def test_a_mart_without_its_totals_or_without_its_parts_is_noticed(
    built: duckdb.DuckDBPyConnection, suites: list[Suite]
) -> None:
    blind = []
    for suite in suites:
        for batch in suite.batches:
            table = table_of(batch)
            if "is_total" in {name for name, *_ in built.execute(f"describe {table}").fetchall()}:
                for which in ("is_total", "not is_total"):
                    with undone(built, f"delete from {table} where {which}"):
                        if not noticed_by(built, _of(suite, batch.name)):
                            blind.append((table, which))
    assert blind == []


def test_every_share_and_score_of_a_mart_has_a_range(
    built: duckdb.DuckDBPyConnection, suites: list[Suite]
) -> None:
    bounded = {
        (item["meta"]["batch"], item["kwargs"]["column"])
        for suite in suites
        for item in suite.expectations
        if item["type"] == "expect_column_values_to_be_between"
    }
    wanted = {
        (batch.name, name)
        for suite in suites
        for batch in suite.batches
        for name, kind, *_ in built.execute(f"describe {table_of(batch)}").fetchall()
        if is_number(kind) and name.split("_")[-1] in ("share", "score", "coverage", "rate", "mean")
    }
    assert len(wanted) > 70
    assert wanted - bounded == set()


def test_every_mart_has_a_suite_that_looks_at_it(
    built: duckdb.DuckDBPyConnection, suites: list[Suite]
) -> None:
    marts = built.execute(
        "select table_name from information_schema.tables where table_schema = 'marts'"
    ).fetchall()
    seen = {batch.name for suite in suites for batch in suite.batches}
    assert {name for (name,) in marts} - seen <= NO_SUITE


def test_great_expectations_notices_what_the_plain_questions_notice(
    built: duckdb.DuckDBPyConnection, suites: list[Suite], tmp_path: Path
) -> None:
    """One expectation of each kind, asked by the gate's own machinery of a broken table."""
    kinds = {item["type"]: (suite, item) for suite in suites for item in suite.expectations}
    assert len(kinds) >= 6
    for table in {item["meta"]["batch"] for _, item in kinds.values()}:
        (batch,) = [b for s in suites for b in s.batches if b.name == table]
        built.execute(f"create temporary table {table} as {batch.query}")
        columns = [
            name
            for name, kind, *_ in built.execute(f"describe {table}").fetchall()
            if is_number(kind)
        ]
        built.execute(f"update {table} set {', '.join(f'{c} = -7' for c in columns)}")
        built.execute(f"insert into {table} from {table} limit 1")
    with quality_docs.open_inspector(built, tmp_path, "2026-10", "marts") as inspector:
        for _, item in kinds.values():
            query = f"select * from {item['meta']['batch']}"
            found = inspector.inspect(item["meta"]["id"], query, [item])
            assert bool(found) == notices(built, item, f"({query})"), item["meta"]["id"]
            assert not any(finding.get("is_broken") for finding in found)


def _of(suite: Suite, batch: str) -> Suite:
    """Return the suite with the expectations on one table only."""
    items = tuple(item for item in suite.expectations if item["meta"]["batch"] == batch)
    return Suite(suite.name, suite.stage, suite.batches, items)
