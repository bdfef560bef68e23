"""PostgreSQL at awkward moments: publishers that die or wait, readers that look at what was."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from candidates import make_candidate
from served_postgres import OCTOBER, loads_in, on_postgres, rows_in, versions_in
from structlog.testing import capture_logs

from asn_warehouse import ops, publish, serving
from asn_warehouse.errors import PublishConflict
from asn_warehouse.settings import Settings

KILLS = 25
SEED = 20261122

PUBLISHERS = """
import os, sys, time
from pathlib import Path
import adbc_driver_postgresql.dbapi, duckdb, pyarrow.parquet
from candidates import settings_of
from asn_warehouse import build, publish
from asn_warehouse.periods import Period
from asn_warehouse.serving import postgres

for home in sys.stdin:
    pid = os.fork()
    if pid == 0:
        os.dup2(2, 1)
        settings = settings_of(Path(home.strip()))
        publish.publish(settings, build.load_context(settings, Period.parse("2026-10")))
        os._exit(0)
    print(pid, flush=True)
    started = time.monotonic()
    print(os.waitpid(pid, 0)[1], time.monotonic() - started, flush=True)
"""
"""Starts a publisher for each line: a process of its own, which need not import anything."""


@contextmanager
def publishers(dsn: str) -> Iterator[Callable[[Path, float | None], tuple[int, float]]]:
    """Yield what publishes the candidate of a home and kills the process after so many seconds.

    It returns how the process ended, and after how many seconds.
    """
    paths = os.pathsep.join(str(p) for p in (Path(__file__).parents[1], Path(__file__).parents[2]))
    with subprocess.Popen(
        [sys.executable, "-c", PUBLISHERS],
        env={**os.environ, "PYTHONPATH": paths, "ASN_POSTGRES_DSN": dsn},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        told, said = process.stdin, process.stdout
        assert told is not None
        assert said is not None

        def publish_and_kill(home: Path, after: float | None) -> tuple[int, float]:
            told.write(f"{home}\n")
            told.flush()
            pid = int(said.readline())
            if after is not None:
                time.sleep(after)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            status, lasted = said.readline().split()
            return os.waitstatus_to_exitcode(int(status)), float(lasted)

        yield publish_and_kill
        told.close()


def published_when_free(settings: Settings, seed: int) -> publish.Publication:
    """Publish as soon as the server has noticed that the killed publisher's session is over."""
    end = time.monotonic() + 20
    while True:
        try:
            return publish.publish(settings, make_candidate(settings, "2026-10", seed=seed))
        except PublishConflict:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def test_a_publisher_killed_at_any_moment_leaves_the_old_or_the_new_month_whole(
    tmp_path: Path, postgres: str, record_property: Callable[[str, object], None]
) -> None:
    settings = on_postgres(tmp_path, postgres)
    publish.publish(settings, make_candidate(settings, "2026-09", seed=1))
    chance = random.Random(SEED)
    killed = new = 0
    with publishers(postgres) as publish_and_kill:
        publish.publish(settings, make_candidate(settings, "2026-10", seed=2))
        make_candidate(settings, "2026-10", seed=3)
        ended, lasts = publish_and_kill(settings.home, None)
        assert ended == 0
        for number in range(KILLS):
            seed = 4 + number
            before, events = rows_in(postgres), versions_in(postgres)
            make_candidate(settings, "2026-10", seed=seed)
            moment = lasts * (number + chance.random()) / KILLS
            ended, lasted = publish_and_kill(settings.home, moment)
            killed += ended == -signal.SIGKILL
            assert ended in (0, -signal.SIGKILL)
            if ended == 0:
                lasts = min(lasts, lasted)
            left, told = rows_in(postgres), versions_in(postgres)
            published_when_free(settings, seed)
            after = rows_in(postgres)
            assert after != before
            assert left in (before, after), number
            assert (left == after) == (told != events), "what is served is what is said to be"
            assert versions_in(postgres) == [*events, ("2026-10", 3 + number, "publish")]
            new += left == after
            tables, shown = loads_in(postgres)
            assert tables == shown, "nothing is left of whoever was killed"
    assert len(ops.read(settings, "publication")) == 3 + KILLS
    record_property("publishers", KILLS)
    record_property("killed", killed)
    record_property("within_seconds", round(lasts, 2))
    record_property("held_the_new_version", new)
    assert killed >= KILLS // 2


def test_a_snapshot_of_before_still_sees_the_month_that_was_replaced(
    tmp_path: Path, postgres: str
) -> None:
    settings = on_postgres(tmp_path, postgres)
    publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    count = "select count(*), sum(gap) from marts.gap_person"
    with psycopg.connect(postgres) as early, psycopg.connect(postgres) as reader:
        for connection in (early, reader):
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        early.execute("select 1")
        before = reader.execute(count).fetchall()
        publish.publish(settings, make_candidate(settings, "2026-10", seed=2, people=70))
        assert reader.execute(count).fetchall() == before
        assert early.execute(count).fetchall() == before, "it had not read the mart before"
        tables, shown = loads_in(postgres)
        assert tables > shown
        reader.rollback()
        early.rollback()
        assert reader.execute(count).fetchall()[0][0] == 70
    publish.publish(settings, make_candidate(settings, "2026-10", seed=3))
    tables, shown = loads_in(postgres)
    assert tables == shown


def test_a_publisher_says_who_is_in_its_way_and_gives_up(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path, postgres, postgres_lock_seconds=2)
    publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    before = rows_in(postgres)
    with psycopg.connect(postgres, application_name="backup") as holder:
        holder.execute("lock table partitions.shown in share mode")
        pid = holder.info.backend_pid
        with (
            capture_logs() as logs,
            pytest.raises(PublishConflict, match=rf"after 2 s.*{pid} of \w+ \(backup\)"),
        ):
            publish.publish(settings, make_candidate(settings, "2026-10", seed=2))
        waits = [entry for entry in logs if entry["event"] == "serving.waits_for_lock"]
        assert waits and re.search(rf"{pid} of \w+ \(backup\)", str(waits[0]["held_by"]))
        assert rows_in(postgres) == before
        assert publish.current(settings, OCTOBER).version == 1
    assert publish.publish(settings, make_candidate(settings, "2026-10", seed=2)).version == 2


def test_a_report_reads_its_month_and_the_one_before_only(tmp_path: Path, postgres: str) -> None:
    settings = on_postgres(tmp_path, postgres)
    for month in ("07", "08", "10"):
        publish.publish(settings, make_candidate(settings, f"2026-{month}"))
    with serving.open_store(settings).read(OCTOBER) as connection:
        found = connection.execute("select month(period) from marts.scorecard order by 1")
        assert found.fetchall() == [(8,), (10,)]
        assert len(connection.execute("from ops.publication").fetchall()) == 3
