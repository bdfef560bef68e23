"""The archived files of a month: the same bytes whatever order its rows were computed in."""

from pathlib import Path

import duckdb
import pytest
from candidates import settings_of

from asn_warehouse import archive
from asn_warehouse.periods import Period

OCTOBER = Period.parse("2026-10")
ROWS = 20_000


def exported(folder: Path, seed: int, grain: tuple[str, ...]) -> bytes:
    """Return the file of a mart whose rows lie in an order that depends on ``seed``."""
    settings = settings_of(folder)
    settings.warehouse.mkdir(parents=True)
    database = folder / "build.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            f"""
            create schema marts;
            create table marts.gap_person as
              select date '2026-10-01' as period, (4000 + i % 7)::varchar as agency_code,
                     nullif(i % 5, 0) as family, md5(i::varchar) as person_key,
                     if(i % 9 = 0, null, sin(i * i))::double as gap, i % 3 = 0 as is_remote
              from range({ROWS}) as t(i) order by hash(i, {seed})
            """
        )
    made = archive.export(
        settings, database, OCTOBER, {"gap_person": True}, folder, {"gap_person": grain}
    )
    assert made[0].rows == ROWS
    return (folder / made[0].file).read_bytes()


@pytest.mark.parametrize("grain", [("period", "person_key"), ("person_key", "agency_code")])
def test_sorting_by_what_tells_rows_apart_gives_the_bytes_of_sorting_by_all(
    tmp_path: Path, grain: tuple[str, ...]
) -> None:
    by_all = exported(tmp_path / "all", 1, ())
    assert exported(tmp_path / "grain", 2, grain) == by_all


def test_a_grain_of_columns_that_are_not_there_sorts_by_all(tmp_path: Path) -> None:
    by_all = exported(tmp_path / "all", 1, ())
    assert exported(tmp_path / "grain", 2, ("period", "person_id")) == by_all
