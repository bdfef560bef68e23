"""What PostgreSQL serves: whole months only, exactly what was published, whoever reads or dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from candidates import MARTS, make_candidate, served_rows, settings_of
from served_postgres import OCTOBER, on_postgres, rows_in, versions_in

from asn_warehouse import archive, ops, publish, serving
from asn_warehouse.errors import ConfigurationError, PublishConflict
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

READERS = 8
PUBLICATIONS = 20

VICTIM = """
import os, signal, sys
from collections.abc import Callable
from pathlib import Path
from candidates import settings_of
from asn_warehouse import build, publish
from asn_warehouse.periods import Period

def step(name):
    if name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

settings = settings_of(Path(sys.argv[1]))
publish.publish(settings, build.load_context(settings, Period.parse("2026-10")), step)
"""


def kill_at(home: Path, dsn: str, step: str) -> None:
    paths = os.pathsep.join(str(p) for p in (Path(__file__).parents[1], Path(__file__).parents[2]))
    done = subprocess.run(
        [sys.executable, "-c", VICTIM, str(home), step],
        env={**os.environ, "PYTHONPATH": paths, "ASN_POSTGRES_DSN": dsn},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_the_server_serves_what_the_file_would(tmp_path: Path, postgres: str) -> None:
    local, shared = settings_of(tmp_path / "file"), on_postgres(tmp_path / "server", postgres)
    for settings in (local, shared):
        for period, seed in (("2026-09", 1), ("2026-10", 2), ("2026-10", 3)):
            publish.publish(settings, make_candidate(settings, period, seed=seed))
    assert rows_in(postgres) == served_rows(local)
    assert not shared.marts_database.exists()
    assert [e["version"] for e in ops.read(shared, "publication")] == [1, 1, 2]
    assert versions_in(postgres) == [
        ("2026-09", 1, "publish"),
        ("2026-10", 1, "publish"),
        ("2026-10", 2, "publish"),
    ]
    with serving.open_store(local).read() as file, serving.open_store(shared).read() as server:
        for name in (*(n for n, restricted in MARTS.items() if not restricted), "publication_diff"):
            stated = f"select * exclude (published_at) from marts.{name} order by all"
            if name != "publication_diff":
                stated = f"from marts.{name} order by all"
            found = server.execute(stated).fetchall()
            assert found == file.execute(stated).fetchall()
            assert found
        with pytest.raises(duckdb.CatalogException):
            server.execute("from marts.gap_person")


def test_who_asks_for_a_month_reads_no_other(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path, postgres)
    months = ("2026-08", "2026-09", "2026-10")
    for seed, period in enumerate(months):
        publish.publish(settings, make_candidate(settings, period, seed=seed))
    latest = "(select max(period) from marts.gap_agency)"
    with psycopg.connect(postgres) as connection:
        for asked, planned in (("date '2026-10-01'", 1), (latest, len(months))):
            found = connection.execute(
                "explain (analyze, timing off)"
                f" select count(*) from marts.gap_person where period = {asked}".encode()
            ).fetchall()
            scans = [line for (line,) in found if " on gap_person_2026_" in line]
            assert len(scans) == planned
            (read,) = (scan for scan in scans if "never executed" not in scan)
            assert "gap_person_2026_10_" in read


def test_a_server_of_an_earlier_release_is_parted_by_month(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path, postgres)
    for seed, period in enumerate(("2026-08", "2026-09")):
        publish.publish(settings, make_candidate(settings, period, seed=seed))
    before = rows_in(postgres)
    with psycopg.connect(postgres) as connection:
        for (name,) in connection.execute(
            "select tablename::text from pg_tables where schemaname = 'stored_marts'"
        ).fetchall():
            part_by_load_alone(connection, name)
    assert rows_in(postgres) == before
    publish.publish(settings, make_candidate(settings, "2026-10", seed=2))
    fresh = on_postgres(tmp_path, postgres)
    assert publish.restore(fresh) == []
    after = rows_in(postgres)
    for name, rows in before.items():
        assert set(rows) < set(after[name]) or name == "publication_diff"
    with psycopg.connect(postgres) as connection:
        assert connection.execute(
            "select distinct partstrat::text from pg_partitioned_table"
        ).fetchall() == [("r",)]


def part_by_load_alone(connection: psycopg.Connection[Any], name: str) -> None:
    """Part the table behind a mart as the first release did."""
    loads = connection.execute(
        "select i.inhrelid::regclass::text, substring(i.inhrelid::regclass::text from '[0-9]+$')"
        f" from pg_inherits as i where i.inhparent = 'stored_marts.{name}'::regclass".encode()
    ).fetchall()
    told = connection.execute(
        f"select pg_get_viewdef('marts.{name}'::regclass)".encode()
    ).fetchall()[0][0]
    asked = [
        f"drop view marts.{name}",
        f"create table stored_marts.parted (like stored_marts.{name}) partition by list (load_id)",
    ]
    for place, load_id in loads:
        asked += [
            f"alter table stored_marts.{name} detach partition {place}",
            f"alter table stored_marts.parted attach partition {place} for values in ({load_id})",
        ]
    asked += [
        f"drop table stored_marts.{name}",
        f"alter table stored_marts.parted rename to {name}",
        f"create view marts.{name} with (security_invoker = true) as {told}",
    ]
    for statement in asked:
        connection.execute(statement.encode())


def test_the_same_content_again_touches_nothing(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path, postgres)
    publish.publish(settings, make_candidate(settings, "2026-10"))
    with psycopg.connect(postgres) as connection:
        before = connection.execute("select xmin, * from ops.served order by 2").fetchall()
        assert not publish.publish(settings, make_candidate(settings, "2026-10")).is_new
        assert connection.execute("select xmin, * from ops.served order by 2").fetchall() == before
    assert len(versions_in(postgres)) == 1


def test_revert_restores_the_version_before_exactly(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path, postgres)
    publish.publish(settings, make_candidate(settings, "2026-09", seed=4))
    publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    before = rows_in(postgres)
    publish.publish(settings, make_candidate(settings, "2026-10", seed=2, people=70))
    assert rows_in(postgres) != before
    assert publish.revert(settings, OCTOBER).version == 1
    assert rows_in(postgres) == before
    assert versions_in(postgres)[-1] == ("2026-10", 1, "revert")
    assert publish.revert(settings, OCTOBER, 2).version == 2


def test_persons_are_served_for_the_last_periods_only(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path, postgres, restricted_periods=2)
    for month in ("07", "08", "09", "10"):
        publish.publish(settings, make_candidate(settings, f"2026-{month}"))
    publish.publish(settings, make_candidate(settings, "2026-08", seed=9))
    months = {name: sorted({r[0].month for r in rows}) for name, rows in rows_in(postgres).items()}
    assert months == {
        "gap_agency": [7, 8, 9, 10],
        "gap_person": [9, 10],
        "scorecard": [7, 8, 9, 10],
    }


def test_a_mart_that_gains_and_widens_a_column_keeps_its_older_months(
    tmp_path: Path, postgres: str
) -> None:
    settings = on_postgres(tmp_path, postgres)
    publish.publish(settings, make_candidate(settings, "2026-09"))
    context = make_candidate(settings, "2026-10")
    with duckdb.connect(str(context.database)) as connection:
        connection.execute("alter table marts.scorecard add column orphans bigint default 4")
        connection.execute("alter table marts.scorecard alter month_no type double")
    publish.publish(settings, context)
    with psycopg.connect(postgres) as connection:
        found = connection.execute(
            "select month_no, orphans from marts.scorecard order by period"
        ).fetchall()
    assert found == [(9.0, None), (10.0, 4)]


def test_an_emptied_server_is_filled_again_from_the_archive(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path, postgres)
    for period in ("2026-09", "2026-10"):
        publish.publish(settings, make_candidate(settings, period))
    before = rows_in(postgres)
    assert publish.restore(settings) == []
    with psycopg.connect(postgres) as connection:
        connection.execute("drop schema marts, stored_marts, ops, partitions cascade")
    assert publish.restore(settings) == [Period.parse("2026-09"), OCTOBER]
    assert rows_in(postgres) == before
    with psycopg.connect(postgres) as connection:
        connection.execute("truncate stored_marts.scorecard, ops.served")
    assert publish.restore(settings) != []
    assert rows_in(postgres) == before


def test_a_publisher_of_another_home_waits_its_turn(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path / "one", postgres)
    other = on_postgres(tmp_path / "other", postgres)
    first, second = (make_candidate(s, "2026-10") for s in (settings, other))
    with serving.open_store(settings).lock(), pytest.raises(PublishConflict, match="under way"):
        publish.publish(other, second)
    assert publish.publish(settings, first).is_new


def test_what_is_wrong_with_a_dsn_is_told_without_its_password(tmp_path: Path) -> None:
    for dsn in (
        "postgresql://asn:s3cr3t-word@127.0.0.1:1/none",
        "host=127.0.0.1 port=1 password=s3cr3t-word user=asn",
        "host=127.0.0.1 pass s3cr3t-word",
    ):
        settings = on_postgres(tmp_path, dsn)
        with pytest.raises(ConfigurationError) as caught:
            publish.published_periods(settings)
        assert "s3cr3t" not in str(caught.value) + repr(settings)
        assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize(
    "step",
    [
        "exported",
        "archived",
        "prepared",
        "loaded gap_agency",
        "loaded gap_person",
        "built",
        "swapped",
    ],
)
def test_a_killed_publisher_leaves_the_old_or_the_new_month_and_the_next_one_finishes(
    tmp_path: Path, postgres: str, step: str
) -> None:
    settings = on_postgres(tmp_path, postgres)
    publish.publish(settings, make_candidate(settings, "2026-09", seed=1))
    publish.publish(settings, make_candidate(settings, "2026-10", seed=2))
    before = rows_in(postgres)
    make_candidate(settings, "2026-10", seed=3)
    kill_at(settings.home, postgres, step)
    left = rows_in(postgres)
    assert (left == before) == (step != "swapped")
    assert publish.current(settings, OCTOBER).version == (2 if step == "swapped" else 1)

    again = until_the_dead_let_go(settings)
    assert (again.version, again.is_new) == (2, step != "swapped")
    assert rows_in(postgres) != before
    archive.verify(settings, archive.load(settings, OCTOBER, 2))
    journal = [(r["period"], r["version"]) for r in ops.read(settings, "publication")]
    assert journal == [("2026-09", 1), ("2026-10", 1), ("2026-10", 2)]
    assert len(rows_in(postgres)["gap_person"]) == 100


def until_the_dead_let_go(settings: Settings) -> publish.Publication:
    """Publish as soon as the server has noticed that the killed publisher's session is over."""
    end = time.monotonic() + 20
    while True:
        try:
            return publish.publish(settings, make_candidate(settings, "2026-10", seed=3))
        except PublishConflict:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


_WHOLE = """
    select p.period, count(*), (select sum(people) from marts.gap_agency as a
                                where a.period = p.period), min(gap), max(gap)
    from marts.gap_person as p group by p.period order by p.period
"""


def test_readers_see_whole_months_only_while_months_are_published(
    tmp_path: Path, postgres: str, record_property: Callable[[str, object], None]
) -> None:
    settings = on_postgres(tmp_path, postgres)
    for period in ("2026-09", "2026-10"):
        publish.publish(settings, make_candidate(settings, period, people=2000))
    stop = threading.Event()
    wrong: list[object] = []
    stalls, looks = [0.0] * READERS, [0] * READERS

    def read(number: int) -> None:
        level = ("read committed", "repeatable read")[number % 2]
        try:
            with psycopg.connect(postgres) as connection:
                connection.prepare_threshold = (None, 0)[number // 2 % 2]
                while not stop.is_set():
                    started = time.monotonic()
                    connection.execute(f"begin isolation level {level}".encode())
                    found = [connection.execute(_WHOLE).fetchall() for _ in range(2)]
                    connection.rollback()
                    stalls[number] = max(stalls[number], time.monotonic() - started)
                    looks[number] += 1
                    for months in found:
                        if len(months) != 2 or any(n != people for _, n, people, *_ in months):
                            wrong.append(months)
                    if level == "repeatable read" and found[0] != found[1]:
                        wrong.append(("not repeatable", found))
        except psycopg.Error as error:
            wrong.append(error)

    readers = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        for number in range(PUBLICATIONS):
            period = ("2026-09", "2026-10")[number % 2]
            context = make_candidate(settings, period, seed=2 + number, people=2001 + number)
            assert publish.publish(settings, context).is_new
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    assert min(looks) >= PUBLICATIONS, looks
    record_property("readers", READERS)
    record_property("publications", PUBLICATIONS)
    record_property("looks", sum(looks))
    record_property("longest_stall_seconds", round(max(stalls), 3))
    assert max(stalls) < 5
