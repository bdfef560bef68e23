"""What PostgreSQL holds of the lake: each batch once, and of a candidate only what it may see."""

import shutil
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from e2e_home import OCTOBER, SEPTEMBER, Month
from on_postgres import computing_on
from psycopg import sql

from asn_warehouse.contracts import datasets
from asn_warehouse.engines import duckdb as embedded
from asn_warehouse.engines import postgres as server
from asn_warehouse.engines.server import dsn
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings, get_settings


@pytest.mark.slow
def test_a_batch_is_copied_once_and_seen_as_the_embedded_engine_sees_it(
    month: Month, postgres: str, tmp_path: Path
) -> None:
    for folder in ("lake", "reference"):
        shutil.copytree(month.settings.home / folder, tmp_path / folder)
    with computing_on(postgres):
        settings = get_settings(tmp_path)
        september, seen = seen_by_both(settings, SEPTEMBER)
        assert september > 0
        assert sum(seen.values()) == september
        october, both = seen_by_both(settings, OCTOBER)
        assert october > 0
        assert sum(both.values()) == september + october
        assert seen_by_both(settings, OCTOBER) == (0, both)
        assert seen_by_both(settings, SEPTEMBER) == (0, seen)


@pytest.mark.slow
def test_what_came_later_is_not_seen(month: Month, postgres: str, tmp_path: Path) -> None:
    for folder in ("lake", "reference"):
        shutil.copytree(month.settings.home / folder, tmp_path / folder)
    with computing_on(postgres):
        settings = get_settings(tmp_path)
        _, all_of_it = seen_by_both(settings, OCTOBER)
        with embedded.connect(settings) as candidate:
            lake = embedded.see_lake(candidate, settings, OCTOBER, None)
            before = lake.as_of - timedelta(days=20)
            lake = embedded.see_lake(candidate, settings, OCTOBER, before)
            assert server.see_lake(settings, candidate, lake, folder_of(OCTOBER)) == 0
            assert sum(rows_of(settings, OCTOBER).values()) < sum(all_of_it.values())


def folder_of(period: Period) -> Path:
    """Return the folder whose name the candidate of ``period`` bears."""
    return Path("build") / str(period)


def seen_by_both(settings: Settings, period: Period) -> tuple[int, dict[str, int]]:
    """Return how many rows were copied for ``period``, and how many it sees of each dataset."""
    with embedded.connect(settings) as candidate:
        lake = embedded.see_lake(candidate, settings, period, None)
        copied = server.see_lake(settings, candidate, lake, folder_of(period))
        wanted = {
            name: candidate.execute(
                f"select count(*) from lake.{embedded.identifier(name)}"
            ).fetchall()[0][0]
            for name in datasets(settings)
        }
    assert rows_of(settings, period) == wanted
    return copied, wanted


def rows_of(settings: Settings, period: Period) -> dict[str, int]:
    """Return how many rows of each dataset the candidate of ``period`` sees on the server."""
    schema = server.candidate_schema(folder_of(period), "lake")
    with psycopg.connect(dsn(settings)) as connection:
        return {
            name: connection.execute(
                sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
            ).fetchall()[0][0]
            for name in datasets(settings)
        }
