"""What a publication loads over several connections: all of it or nothing, and no waiting."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest
from candidates import make_candidate
from served_postgres import OCTOBER, loads_in, on_postgres, rows_in, versions_in

from asn_warehouse import archive, publish
from asn_warehouse.errors import PublishConflict
from asn_warehouse.serving import loading
from asn_warehouse.settings import Settings


def losing_a_row(settings: Settings, mart: str) -> Callable[[str], None]:
    """Return a step that takes a row from the archived file of a mart before it is loaded."""

    def step(name: str) -> None:
        if name == "archived":
            path = archive.directory(settings, OCTOBER, 2) / f"{mart}.parquet"
            rows = pq.read_table(path)
            pq.write_table(rows.slice(1), path)

    return step


@pytest.mark.parametrize("mart", ["gap_agency", "gap_person"])
def test_when_one_table_cannot_be_loaded_none_is_kept(
    tmp_path: Path, postgres: str, mart: str
) -> None:
    settings = on_postgres(tmp_path, postgres)
    publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    before = rows_in(postgres)
    context = make_candidate(settings, "2026-10", seed=2)
    with pytest.raises(PublishConflict, match=f"marts.{mart} of 2026-10 does not have its"):
        publish.publish(settings, context, losing_a_row(settings, mart))
    assert rows_in(postgres) == before
    tables, shown = loads_in(postgres)
    assert tables == shown
    assert publish.publish(settings, context).version == 2


def test_when_one_table_cannot_be_loaded_nobody_waits_for_the_others(
    tmp_path: Path, postgres: str
) -> None:
    settings = on_postgres(tmp_path, postgres)
    publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    spoil = losing_a_row(settings, "gap_agency")
    with ExitStack() as stack:

        def step(name: str) -> None:
            spoil(name)
            if name == "prepared":
                holder = stack.enter_context(psycopg.connect(postgres))
                holder.execute("lock table stored_marts.gap_person")

        started = time.monotonic()
        with pytest.raises(PublishConflict, match="gap_agency of 2026-10 does not have its"):
            publish.publish(settings, make_candidate(settings, "2026-10", seed=2), step)
        assert time.monotonic() - started < settings.postgres_lock_seconds / 2


def test_who_reads_one_agency_reads_its_rows_only(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path, postgres)
    context = make_candidate(settings, "2026-10", people=20_000)
    with duckdb.connect(str(context.database)) as connection:
        connection.execute("update marts.gap_person set agency_code = 4000 + hash(person_key) % 90")
    publish.publish(settings, context)
    with psycopg.connect(postgres) as connection:
        found = connection.execute(
            "explain (analyze, buffers, format json)"
            " select * from marts.gap_person where agency_code = '4011'"
        ).fetchall()
        pages = connection.execute(
            "select relpages from pg_class"
            " where relkind = 'r' and relname like 'gap_person_2026_10_%'"
        ).fetchall()
    (plan,) = found[0][0]
    read = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    assert plan["Plan"]["Actual Rows"] > 100
    assert read < pages[0][0] / 10


def test_a_lock_that_is_not_given_back_ends_a_publication(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path, postgres, postgres_lock_seconds=1)
    publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    with ExitStack() as stack:

        def step(name: str) -> None:
            if name == "prepared":
                holder = stack.enter_context(psycopg.connect(postgres))
                holder.execute("lock table stored_marts.gap_person")

        with pytest.raises(PublishConflict, match="lock timeout"):
            publish.publish(settings, make_candidate(settings, "2026-10", seed=2), step)


def test_nobody_publishes_while_a_killed_publisher_is_still_loading(
    tmp_path: Path, postgres: str
) -> None:
    settings = on_postgres(tmp_path, postgres)
    context = make_candidate(settings, "2026-10", seed=1)
    with psycopg.connect(postgres) as orphan:
        orphan.execute("select pg_advisory_xact_lock_shared(%s)", [loading.LOCK])
        with pytest.raises(PublishConflict, match="under way"):
            publish.publish(settings, context)
        assert versions_of(postgres) == 0
    assert publish.publish(settings, context).is_new
    assert len(versions_in(postgres)) == 1


def versions_of(dsn: str) -> int:
    """Return how many tables the server has of what is served."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "select count(*) from pg_tables where schemaname in ('ops', 'partitions')"
        ).fetchall()
        return int(found[0][0])
