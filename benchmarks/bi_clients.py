"""Fifty readers who ask the dashboards' queries at once: the bound is 100 ms for 95 of 100.

    .venv/bin/python benchmarks/bi_clients.py --home var [--clients 50] [--seconds 30]
        [--agencies 640] [--months 12] [--reconnect] [--record]

Loads the published months of a home into a temporary PostgreSQL, as ``make bi`` does, and asks it
with the logins that Superset has, each under its row policies: a reader of the nation and the
agency with the most rows. Every client asks again as soon as it has its answer, at random one of
the queries of ``bi_queries``; all 50 share the machine with the server. ``pgbench`` asks where it
is installed, else threads of Python do. ``--agencies`` first copies rows, the programmes of
agencies among them, until the newest months have as many agencies as a nation; ``--months`` copies
the newest month until so many are served; ``--reconnect`` signs in anew for every query, as
Superset does, and does not count the signing in. ``--record`` keeps the result in
``benchmarks/results/bi_clients.json``.
"""

import argparse
import math
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
import structlog
from bi_queries import Query, of_dashboards, of_guide
from common import machine, record
from pydantic import SecretStr

from asn_warehouse import access
from asn_warehouse.bi import logins, store
from asn_warehouse.settings import Settings, get_settings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgres_server import programs

BOUND_MS = 100
CLIENTS, SECONDS = 50, 30.0
_THREADS = 2
_SLOWEST = 3
_ABORTED = re.compile(r"client \d+ .*aborted")


@dataclass
class Load:
    """What clients got: the number of each query and its milliseconds, and how many failed."""

    answers: list[tuple[int, float]]
    errors: int


def main() -> int:
    """Measure, print, record when asked; return 0 where the bound is held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="whose published months are asked")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each login")
    parser.add_argument("--agencies", type=int, help="copy rows until there are so many")
    parser.add_argument("--months", type=int, help="copy the newest month until there are so many")
    parser.add_argument("--reconnect", action="store_true", help="sign in anew for every query")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    about = machine()
    settings = get_settings(options.home) if options.home else get_settings()
    with store.served(settings.model_copy(update={"postgres_dsn": None})) as dsn:
        if options.agencies:
            widen(dsn, options.agencies)
        if options.months:
            lengthen(settings, dsn, options.months)
        result = measured(dsn, options.seconds, options.clients, reconnect=options.reconnect)
    if options.record:
        record("bi_clients", {**result, "machine": about})
    return 0 if result["is_within_bound"] else 1


def measured(
    dsn: str, seconds: float = SECONDS, clients: int = CLIENTS, *, reconnect: bool = False
) -> dict[str, Any]:
    """Return what clients of each login waited, and print it.

    Args:
        dsn: an administrator's, of a server that serves; the logins of Superset get new passwords.
        seconds: for which each login asks.
        clients: who ask at once, one login after the other.
        reconnect: sign in anew for every query.

    Returns:
        for each login the number of answers and errors, and milliseconds: of the median, of 95 and
        99 of 100 answers, and on average of the three queries that are slowest.

    Raises:
        ConfigurationError: when roles are missing, or the server does not answer.
        ValueError: when a dashboard has what ``bi_queries`` does not know.
    """
    with psycopg.connect(dsn) as connection:
        place = _place(connection)
    code = place["code"]
    queries = of_dashboards({"period": place["day"], "agency_name": place["name"]})
    queries += of_guide()
    known = logins.renew(dsn, [code])
    program = pgbench()
    roles: dict[str, dict[str, Any]] = {}
    for role, login, asked in (
        ("reader", known["reader"], [query for query in queries if query.schema == "safe"]),
        ("agency", known["agencies"][code], queries),
    ):
        own = _as_login(dsn, login)
        answered, with_rows = _answered_once(own, asked)
        if program:
            load = _by_pgbench(program, own, answered, seconds, clients, reconnect)
        else:
            load = _by_threads(own, answered, seconds, clients, reconnect)
        load.errors += len(asked) - len(answered)
        figures = _figures(load, answered)
        roles[role] = {"queries": len(asked), "with_rows": with_rows, **figures}
        print(f"{role}: {roles[role]} (bound {BOUND_MS} ms, no errors)", flush=True)
    return {
        "asked_by": "pgbench" if program else "threads of Python",
        "clients": clients,
        "seconds": seconds,
        "is_reconnecting": reconnect,
        "agencies": place["agencies"],
        "months": place["months"],
        "roles": roles,
        "is_within_bound": all(
            role["p95_ms"] < BOUND_MS and not role["errors"] for role in roles.values()
        ),
    }


def _place(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return the newest month, the agency with the most rows, and how many of both there are."""
    found = connection.execute(
        "select cast(period as varchar), agency_code, max(agency_name),"
        " count(*) over (partition by period) as agencies,"
        " (select count(distinct period) from marts.submission_scorecard) as months"
        " from marts.competency_gap_agency where agency_code is not null"
        " group by period, agency_code order by period desc, count(*) desc, agency_code"
    ).fetchall()
    return dict(zip(("day", "code", "name", "agencies", "months"), found[0], strict=True))


def _as_login(dsn: str, login: dict[str, str]) -> str:
    parts = urlsplit(dsn)
    user = f"{quote(login['user'])}:{quote(login['password'])}"
    return urlunsplit(parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}"))


def _answered_once(dsn: str, asked: list[Query]) -> tuple[list[Query], int]:
    """Ask each query once, which warms the server; return those answered, and how many had rows."""
    answered, with_rows = [], 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        for query in asked:
            try:
                with_rows += bool(connection.execute(query.sql.encode()).fetchall())
                answered.append(query)
            except psycopg.Error as error:
                print(f"{query.name}: {error}", file=sys.stderr)
    return answered, with_rows


def _figures(load: Load, asked: list[Query]) -> dict[str, Any]:
    milliseconds = sorted(took for _, took in load.answers)
    if not milliseconds:
        return {"answers": 0, "errors": load.errors, "p95_ms": float("inf")}
    by_query: dict[int, list[float]] = {}
    for number, took in load.answers:
        by_query.setdefault(number, []).append(took)
    means = {asked[n].name: round(statistics.fmean(took), 1) for n, took in by_query.items()}
    slowest = sorted(means.items(), key=lambda item: -item[1])[:_SLOWEST]

    def at(share: float) -> float:
        return round(milliseconds[math.ceil(share * len(milliseconds)) - 1], 1)

    return {
        "answers": len(milliseconds),
        "errors": load.errors,
        "p50_ms": at(0.5),
        "p95_ms": at(0.95),
        "p99_ms": at(0.99),
        "slowest_mean_ms": dict(slowest),
    }


def pgbench() -> Path | None:
    """Return PostgreSQL's own load generator, where there is one."""
    beside = programs() / "pgbench"
    return beside if beside.exists() else None


def _by_pgbench(
    program: Path, dsn: str, asked: list[Query], seconds: float, clients: int, reconnect: bool
) -> Load:
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        command: list[str | Path] = [program, "-n", "-c", str(clients), "-j", str(_THREADS)]
        command += ["-T", str(max(1, round(seconds))), "--log", f"--log-prefix={folder / 'log'}"]
        command += ["-C"] * reconnect
        for number, query in enumerate(asked):
            script = folder / f"{number}.sql"
            script.write_text(f"{query.sql};\n", "utf-8")
            command += ["-f", script]
        done = subprocess.run(
            [*command, _without_password(dsn)],
            env=os.environ | {"PGPASSWORD": unquote(urlsplit(dsn).password or "")},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        lines = [line.split() for path in folder.glob("log*") for line in path.open()]
    answers = [(int(script), int(took) / 1000) for _, _, took, script, *_ in lines]
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    return Load(answers, len(_ABORTED.findall(done.stderr)) or int(done.returncode != 0))


def _without_password(dsn: str) -> str:
    """Return a DSN that may be seen in the list of processes."""
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=f"{parts.username}@{parts.netloc.rpartition('@')[2]}"))


def _by_threads(
    dsn: str, asked: list[Query], seconds: float, clients: int, reconnect: bool
) -> Load:
    """Do what pgbench does; the figures hold Python's own time as well."""
    load, ready = Load([], 0), threading.Barrier(clients)

    def ask(seed: int) -> None:
        draw = random.Random(seed)
        connection = psycopg.connect(dsn, autocommit=True)
        ready.wait(60)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            if reconnect:
                connection.close()
                connection = psycopg.connect(dsn, autocommit=True)
            number = draw.randrange(len(asked))
            began = time.perf_counter()
            try:
                connection.execute(asked[number].sql.encode()).fetchall()
            except psycopg.Error:
                load.errors += 1
                break
            load.answers.append((number, 1000 * (time.perf_counter() - began)))
        connection.close()

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return load


def widen(dsn: str, agencies: int) -> None:
    """Copy the rows of agencies, under other codes, until each month has so many of them.

    Rows of the nation's programmes are copied with the agency that has the programme. Marts with
    persons are left: no dashboard reads them.
    """
    with psycopg.connect(dsn) as connection:
        connection.execute(_MORE, {"agencies": agencies})
        for table, listed in connection.execute(_OF_AGENCIES).fetchall():
            columns = ", ".join(listed)
            for key, copies in _COPIES.items():
                if not {key, "agency_code"} <= set(listed):
                    continue
                copied = ", ".join(copies.get(name, f"t.{name}") for name in listed)
                rest = "" if key == "agency_code" else " where t.agency_code is null"
                connection.execute(
                    f"insert into {table} ({columns}) select {copied}"
                    f" from {table} as t join more as a on t.{key} = a.template{rest}".encode()
                )
    _vacuum(dsn)


def lengthen(settings: Settings, dsn: str, months: int) -> None:
    """Serve copies of the newest month as those before it, until there are so many.

    Marts with persons are left: the store keeps few months of them.
    """
    with psycopg.connect(dsn) as connection:
        connection.execute("set role asn_publisher")
        found = connection.execute(_MONTHS, {"months": months}).fetchall()
        for schema, name, day, load_id, place, listed in found:
            made = f"partitions.{schema}_{name}_{day:%Y_%m}_{load_id}"
            new = {"load_id": f"{load_id}", "period": f"date '{day}'"}
            for statement in (
                f"create table {made} (like {place} including indexes,"
                f" check (load_id = {load_id} and period = date '{day}'))",
                f"insert into {made} ({', '.join(listed)})"
                f" select {', '.join(new.get(column, column) for column in listed)} from {place}",
                f"alter table stored_{schema}.{name} attach partition {made}"
                f" for values from ('{day}', {load_id}) to ('{day}', {load_id + 1})",
                f"insert into partitions.shown values ('{schema}', '{name}', '{day}', {load_id})",
            ):
                connection.execute(statement.encode())
    access.apply(settings.model_copy(update={"postgres_dsn": SecretStr(dsn)}))
    _vacuum(dsn)


def _vacuum(dsn: str) -> None:
    """Do what a server does by itself a minute after rows came."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("vacuum analyze")


_COPIES = {
    "agency_code": {"agency_code": "a.code", "agency_name": "t.agency_name || ' ' || a.code"},
    "program_agency_code": {"program_agency_code": "a.code"},
}
"""By the column that holds the code of an agency whose rows are copied: what a copy has instead."""
_MORE = """
    create temporary table more as
    with known as (
        select agency_code, row_number() over (order by agency_code) - 1 as number,
            count(*) over () as known
        from (select distinct agency_code from marts.submission_scorecard) as s
    )
    select k.agency_code as template, 'N' || n as code
    from generate_series(1, %(agencies)s - (select max(known) from known)) as n
    join known as k on k.number = n %% k.known
"""
_SHOWN = """
    from partitions.shown as s
    join pg_class as c on c.relname ~ ('_' || s.load_id || '$')
        and c.relnamespace = 'partitions'::regnamespace and c.relkind = 'r'
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join ops.served as o using (table_schema, table_name, period)
    where not o.is_restricted
"""
_OF_AGENCIES = f"""
    select c.oid::regclass::text, array_agg(quote_ident(a.attname) order by a.attnum)
    {_SHOWN} group by c.oid having bool_or(a.attname = 'agency_code')
"""
_MONTHS = f"""
    with newest as (
        select s.table_schema, s.table_name, c.oid::regclass::text as place,
            array_agg(quote_ident(a.attname) order by a.attnum) as listed
        {_SHOWN} and period = (select max(period) from ops.served) group by 1, 2, c.oid
    )
    select n.table_schema, n.table_name, d.day,
        (select max(load_id) from partitions.shown) + row_number() over (), n.place, n.listed
    from newest as n
    cross join (
        select cast(max(period) - make_interval(months => m) as date) as day from ops.served
        cross join generate_series(1, %(months)s - 1) as m group by m
    ) as d
    where d.day not in (select period from ops.served)
"""


if __name__ == "__main__":
    sys.exit(main())
