"""The embedded engine and PostgreSQL compute the same month, mart for mart and row for row."""

import dataclasses
import shutil
import sys
from pathlib import Path

import duckdb
import pytest
from e2e_home import Month
from on_postgres import Computed

from asn_warehouse import parity
from asn_warehouse.build import BuildContext
from asn_warehouse.parity import Comparison


def differing(compared: list[Comparison]) -> dict[str, Comparison]:
    """Return the marts that differ, of at least twenty-five with rows in most of them."""
    assert len(compared) >= 25
    assert sum(1 for mart in compared if min(mart.rows) > 0) >= len(compared) - 1
    return {mart.mart: mart for mart in compared if not mart.is_equal}


@pytest.mark.slow
def test_a_month_with_faults_is_the_same_on_both_engines(
    month: Month, month_on_postgres: Computed, capsys: pytest.CaptureFixture[str]
) -> None:
    made = month.result.context
    assert made is not None
    compared = parity.compare(month.settings, made, month_on_postgres.context)
    assert differing(compared) == {}
    rows = sum(mart.rows[0] for mart in compared)
    farthest = max(mart.largest for mart in compared)
    with capsys.disabled():
        sys.stdout.write(f"\nparity: {len(compared)} marts, {rows} rows, {farthest:.1e} apart\n")


@pytest.mark.slow
def test_a_value_and_a_row_that_differ_are_found(month: Month, tmp_path: Path) -> None:
    made = month.result.context
    assert made is not None
    changed = changed_copy(
        made,
        tmp_path,
        "update marts.job_person_match set jpm = jpm * (1 + 1e-8) where jpm is not null",
        "update marts.talent_box set people = people + 1 where is_total",
        "delete from marts.kpi_scorecard where agency_code is null",
        "update marts.position_fit set jpm_median = null where is_total and agency_code is null",
    )
    found = differing(parity.compare(month.settings, made, changed))
    assert set(found) == {"job_person_match", "talent_box", "kpi_scorecard", "position_fit"}
    assert set(found["job_person_match"].columns) == {"jpm"}
    cells = found["job_person_match"].examples
    cell, people = cells[0], found["job_person_match"].columns["jpm"]
    assert cell.column == "jpm" and cell.values[1] == pytest.approx(cell.values[0], rel=1e-7)
    assert cell.values[0] != cell.values[1]
    assert len(cell.key["person_key"]) == 13, "a pseudonym is not printed whole"
    assert len(cells) == 3 <= people
    assert found["talent_box"].columns.keys() == {"people"}
    assert found["kpi_scorecard"].missing > 0
    lone = found["kpi_scorecard"].examples
    assert {(row.column, row.key["agency_code"], row.values) for row in lone} == {
        (None, None, (True, False))
    }
    assert found["position_fit"].columns == {
        "jpm_median": found["position_fit"].columns["jpm_median"]
    }


def changed_copy(made: BuildContext, folder: Path, *statements: str) -> BuildContext:
    """Return a copy of a candidate in which ``statements`` have changed rows."""
    database = Path(shutil.copy2(made.database, folder / "build.duckdb"))
    with duckdb.connect(str(database)) as connection:
        for statement in statements:
            connection.execute(statement)
    return dataclasses.replace(made, database=database)
