"""What PostgreSQL holds of the lake: each batch once, and of a candidate only what it may see."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from e2e_home import OCTOBER, SEPTEMBER, Month
from later_month import Hand
from on_postgres import Computed, computing_on
from psycopg import sql
from recompute.lake import Lake

from asn_warehouse.contracts import datasets
from asn_warehouse.engines import duckdb as embedded
from asn_warehouse.engines import postgres as server
from asn_warehouse.engines.server import dsn
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings, get_settings

pytestmark = pytest.mark.slow


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


def test_of_a_replaced_submission_only_its_own_rows_are_copied(
    month: Month, postgres: str, tmp_path: Path
) -> None:
    for folder in ("lake", "reference"):
        shutil.copytree(month.settings.home / folder, tmp_path / folder)
    with computing_on(postgres):
        settings = get_settings(tmp_path)
        first, _ = seen_by_both(settings, OCTOBER)
        assert first > 1_000
        hand = Hand(tmp_path / "lake")
        known = Lake(tmp_path, tmp_path, str(OCTOBER), datetime(2027, 1, 31))
        staff = known.rows("pegawai")
        again = staff[staff["agency_code"] == staff["agency_code"].iloc[0]].head(40)
        late = pd.Timestamp("2026-11-20 03:00")
        hand.send("pegawai", again, str(OCTOBER), revision=7, received_at=late)
        hand.write()
        copied, _ = seen_by_both(settings, OCTOBER)
        assert copied == len(again) > 0
        assert seen_by_both(settings, OCTOBER)[0] == 0


def test_the_database_of_another_home_is_refused_and_left_alone(
    month: Month, postgres: str, tmp_path: Path
) -> None:
    for name in ("one", "other"):
        for folder in ("lake", "reference"):
            shutil.copytree(month.settings.home / folder, tmp_path / name / folder)
    with computing_on(postgres):
        one, other = get_settings(tmp_path / "one"), get_settings(tmp_path / "other")
        seen_by_both(one, SEPTEMBER)
        before = loaded(postgres)
        with pytest.raises(ConfigurationError, match=r"computes for another home since .*/one on"):
            seen_by_both(other, SEPTEMBER)
        (tmp_path / "other" / "lake" / "pseudonyms").write_text("changed")
        server.forget_outdated(other)
        assert loaded(postgres) == before
        moved = (tmp_path / "one").rename(tmp_path / "moved")
        assert seen_by_both(get_settings(moved), SEPTEMBER)[0] == 0


def test_a_candidate_that_nobody_published_goes_after_some_days(
    month: Month, postgres: str, tmp_path: Path
) -> None:
    for folder in ("lake", "reference"):
        shutil.copytree(month.settings.home / folder, tmp_path / folder)
    with computing_on(postgres):
        settings = get_settings(tmp_path)
        seen_by_both(settings, SEPTEMBER)
        seen_by_both(settings, OCTOBER)
        assert server.is_there(settings, folder_of(SEPTEMBER)), "two months may be under way"
        with psycopg.connect(postgres) as connection:
            connection.execute(
                "update lake.candidate set prepared_at = prepared_at - interval '4 days'"
                " where name = 'build_2026_09'"
            )
        seen_by_both(settings, OCTOBER)
        assert not server.is_there(settings, folder_of(SEPTEMBER))
        assert server.is_there(settings, folder_of(OCTOBER))
        server.drop(settings, folder_of(OCTOBER))
        assert not server.is_there(settings, folder_of(OCTOBER))
        server.drop(settings, folder_of(OCTOBER))
    with psycopg.connect(postgres) as connection:
        left = connection.execute(
            "select nspname from pg_namespace where nspname like 'build%'"
        ).fetchall()
    assert left == []


def test_no_month_is_read_that_a_model_does_not_look_into(month_on_postgres: Computed) -> None:
    later = "2031-01"
    with psycopg.connect(month_on_postgres.dsn) as connection:
        connection.execute(
            sql.SQL("create table lake.pegawai_later partition of lake.pegawai for values in ({})")
            .format(sql.Literal(later))
        )  # fmt: skip
        schema = server.candidate_schema(month_on_postgres.context.directory, "staging")
        plans = {
            str(source): plan_of(connection, source)
            for source in (sql.Identifier(schema, "stg_pegawai"), sql.Identifier("lake", "pegawai"))
        }
        connection.rollback()
    model, whole = plans.values()
    assert "pegawai_2026_10" in model
    assert "pegawai_later" not in model
    assert "pegawai_later" in whole, "a plan names the partitions that it reads"


def test_what_can_be_computed_again_is_not_logged_and_what_is_built_is_analysed(
    month_on_postgres: Computed,
) -> None:
    name = server.candidate_name(month_on_postgres.context.directory)
    with psycopg.connect(month_on_postgres.dsn) as connection:
        tables = connection.execute(
            """
            select n.nspname || '.' || c.relname, c.relpersistence, c.reltuples
            from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
            where c.relkind = 'r' and n.nspname = any(%s)
            """,
            [[f"{name}_{layer}" for layer in ("staging", "core", "marts")]],
        ).fetchall()
    assert len(tables) > 80
    assert [table for table, persistence, _ in tables if persistence != "u"] == []
    assert [table for table, _, rows in tables if rows < 0] == [], "never analysed"


def plan_of(connection: psycopg.Connection, source: sql.Identifier) -> str:
    """Return the plan of reading all of a table or view."""
    rows = connection.execute(sql.SQL("explain select * from {}").format(source)).fetchall()
    return "\n".join(row[0] for row in rows)


def loaded(dsn: str) -> list[tuple[object, ...]]:
    """Return which batches the database holds."""
    with psycopg.connect(dsn) as connection:
        return connection.execute("select * from lake.loaded order by 1, 2, 3").fetchall()


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
