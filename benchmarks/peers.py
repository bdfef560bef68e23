"""The same month from the same files, by us and as competent users of common tools would do it.

    make bench-peers
    .venv/bin/python benchmarks/peers.py [--home DIR --people 20000 --agencies 24 --record]

Simulates agencies that all write one plain CSV, which every peer can read, then runs in turn, each
in a process of its own, at ``--people`` and at twice that:

- ours: admission, build, gates, suppression and publication to PostgreSQL, without the report;
- dlt-postgres: dlt into PostgreSQL, ``dbt build`` there with defaults, Great Expectations on
  pandas;
- pandas: everything in memory, the marts written as Parquet;
- pandas-to-sql: the same, the marts written to PostgreSQL with ``to_sql``, as we publish them;
- dbt-duckdb: views over the files and ``dbt build``; no admission, gates or suppression.

Peers keep no identities either (a digest of the NIP), but reject nothing. Every mart of a peer must
have as many rows as ours. Time is that of the whole process, imports and all; rows are those of the
landing files. Bounds: we are to be at least 5 times as fast as dlt, 20 times as fast as pandas,
and to take no more than 1.6 times as long as dbt-duckdb.

The size is chosen by the slowest, dlt-postgres, so that all stand in one run. It finished 6,000
people of 6 agencies (157,000 rows) in 130 s on one busy core, and takes twice as long for twice
the rows. What we need before the first row (dbt parses, Great Expectations loads) is most of our
time up to there, and pandas is faster; the default is larger, and the growth says where it goes.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import psutil
import psycopg
import pyarrow.parquet as pq
import structlog
from common import machine, record
from nation import DURABLE, PERIOD, postmaster, watched_memory

from asn_warehouse import access, archive, contracts
from asn_warehouse.engines.columns import REFERENCE
from asn_warehouse.settings import Settings, get_settings
from asn_warehouse.simulate import NATIONAL, SimulationSpec, simulate

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgres_server import Server, running_server

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent / "peers"
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
PACKAGES = (
    "dlt", "dbt-core", "dbt-postgres", "dbt-duckdb", "duckdb", "great-expectations", "pandas",
)  # fmt: skip
OURS, PANDAS = "ours", "pandas_alone.py"
NOT_COMPUTED = {"publication_diff", "dim_rule"}
"""Marts that pandas does not make: what moved since a publication, and the rules themselves."""


class Peer(NamedTuple):
    """Somebody who does the month: with which Python, and how many times as fast we are to be."""

    script: str
    python: Path
    bound: float
    rows_of: Callable[[Path, str, str], int]
    """Of the folder it writes to, the DSN and a mart: the rows of that."""


def main() -> None:
    """Measure, print, and record when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--home",
        type=Path,
        default=ROOT / "var" / "peers",
        help="its folders of sizes are made anew",
    )
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--agencies", type=int, default=24)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    if not PYTHON.exists():
        raise SystemExit(f"There is no {PYTHON}: run `make bench-peers`.")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    about = {"versions": _versions(), "machine": machine()}
    sizes = []
    with running_server(DURABLE) as server:
        for people in (options.people, 2 * options.people):
            settings = get_settings(options.home / str(people))
            shutil.rmtree(settings.home, ignore_errors=True)
            spec = SimulationSpec(
                period=PERIOD,
                **NATIONAL | {"people": people, "agencies": options.agencies},
                plain=True,
            )
            rows = sum(simulate(settings, spec).rows.values())
            print(f"\n{people:,} people, {options.agencies} agencies, {rows:,} rows")
            runs = _all(settings, server, rows)
            sizes.append({"people": people, "rows": rows, "runs": runs})
    growth = _growth(*sizes)
    if options.record:
        record("peers", {"agencies": options.agencies, "sizes": sizes, "growth": growth, **about})


def _all(settings: Settings, server: Server, rows: int) -> dict[str, dict[str, Any]]:
    """Return seconds, rows a second and ratio of each, ours first."""
    runs: dict[str, dict[str, Any]] = {}
    for name, peer in PEERS.items():
        with server.empty_database() as dsn:
            run = _run(settings, name, peer, dsn)
            if name != OURS:
                _assert_same(settings, name, peer, dsn)
        ours = runs.get(OURS, run)
        runs[name] = {
            **run,
            "rows_per_s": round(rows / run["seconds"]),
            "ratio": round(run["seconds"] / ours["seconds"], 2),
            "cpu_ratio": round(run["cpu_s"] / ours["cpu_s"], 2),
        }
        _say(name, peer, runs[name])
    return runs


def _assert_same(settings: Settings, name: str, peer: Peer, dsn: str) -> None:
    """Assert that every mart of a peer has as many rows as ours.

    Raises:
        SystemExit: names those that have not.
    """
    ours = archive.load(settings, PERIOD, 1).marts
    there = {
        mart.name: (mart.rows, peer.rows_of(settings.home / name, dsn, mart.name))
        for mart in ours
        if mart.name not in (NOT_COMPUTED if peer.script == PANDAS else {archive.CHANGES})
    }
    wrong = {mart: counts for mart, counts in there.items() if len({*counts}) > 1}
    if wrong or not there:
        raise SystemExit(f"{name} has other marts than we (rows of ours, theirs): {wrong}")


def _run(settings: Settings, name: str, peer: Peer, dsn: str) -> dict[str, Any]:
    """Return what a month took: seconds whole and by stage, of processors, and gigabytes."""
    out = settings.home / name
    if name == OURS:
        os.environ["ASN_POSTGRES_DSN"] = dsn
        access.apply(get_settings(settings.home))
    out.mkdir()
    task = out / "task.json"
    task.write_text(json.dumps(_task(settings, out, dsn, to_sql=peer.rows_of is _in_server)))
    server = postmaster(dsn)
    before = _processor(server)
    started = time.perf_counter()
    complaints = out / "stderr.log"
    with complaints.open("w") as log, watched_memory([psutil.Process(), server]) as peak:
        done = subprocess.run(
            [peer.python, HERE / peer.script, task],
            cwd=out, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{complaints.read_text()[-4000:]}")
    stages: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    stages["start"] = round(seconds - sum(stages.values()), 2)
    return {
        "seconds": round(seconds, 2),
        "cpu_s": round(_processor(server) - before, 2),
        "peak_gb": peak.gigabytes,
        "stages": stages,
    }


def _processor(server: psutil.Process) -> float:
    """Return the processor seconds of all that this process and the server have started."""
    own, theirs = psutil.Process().cpu_times(), server.cpu_times()
    return float(
        sum(t.children_user + t.children_system for t in (own, theirs))
        + theirs.user
        + theirs.system
    )


def _task(settings: Settings, out: Path, dsn: str, *, to_sql: bool) -> dict[str, Any]:
    """Return what everybody is told: where things are, and the columns that the models read."""
    known = contracts.datasets(settings)
    landed = sorted((settings.landing / str(PERIOD)).glob("*/*.csv"))
    return {
        "project": str(ROOT),
        "home": str(settings.home),
        "out": str(out),
        "dsn": dsn,
        "to_sql": to_sql,
        "period": str(PERIOD),
        "files": [
            (
                path.parent.name,
                path.stem,
                str(path),
                datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
                .replace(tzinfo=None)
                .isoformat(timespec="microseconds"),
            )
            for path in landed
        ],
        "columns": {
            name: {c.name: (c.lake_name, c.lake_type, c.default) for c in dataset.columns}
            for name, dataset in known.items()
        },
        "derived": {
            name: {d.name: (d.type, d.expression) for d in dataset.derived}
            for name, dataset in known.items()
        },
        "reference": {
            name: {column: kind.upper() for column, kind in columns.items()}
            for name, columns in REFERENCE.items()
        },
        "submission": contracts.SUBMISSION_COLUMNS,
    }


def _in_parquet(out: Path, _: str, mart: str) -> int:
    return int(pq.ParquetFile(out / f"{mart}.parquet").metadata.num_rows)


def _in_duckdb(out: Path, _: str, mart: str) -> int:
    with duckdb.connect(str(out / "peer.duckdb"), read_only=True) as connection:
        return int(connection.execute(f"select count(*) from marts.{mart}").fetchall()[0][0])


def _in_server(_: Path, dsn: str, mart: str) -> int:
    with psycopg.connect(dsn) as connection:
        return int(connection.execute(f"select count(*) from marts.{mart}").fetchall()[0][0])


PEERS = {
    OURS: Peer("ours.py", Path(sys.executable), 1.0, _in_server),
    "dlt-postgres": Peer("dlt_postgres.py", PYTHON, 5.0, _in_server),
    "pandas": Peer(PANDAS, PYTHON, 20.0, _in_parquet),
    "pandas-to-sql": Peer(PANDAS, PYTHON, 20.0, _in_server),
    "dbt-duckdb": Peer("dbt_duckdb.py", PYTHON, 1 / 1.6, _in_duckdb),
}


def _say(name: str, peer: Peer, run: dict[str, Any]) -> None:
    stages = ", ".join(f"{stage} {seconds:g}" for stage, seconds in run["stages"].items())
    print(
        f"  {name:13} {run['seconds']:8.1f} s {run['rows_per_s']:9,} rows/s  × {run['ratio']:.2f}"
        f" (bound {peer.bound:.3g}; processor time × {run['cpu_ratio']:.2f})"
        f" {run['peak_gb']:.1f} GB: {stages}",
        flush=True,
    )


def _growth(once: dict[str, Any], twice: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return how many times as long each takes at twice the rows, and for a million more.

    What a process needs before the first row, which at small sizes is most of it, is not in the
    seconds for a million rows more; at small sizes other work makes them uncertain.
    """
    rows = twice["rows"] - once["rows"]
    growth = {}
    print("\nat twice the rows")
    for name, before in once["runs"].items():
        after = twice["runs"][name]
        longer = after["seconds"] / before["seconds"]
        cpu = after["cpu_s"] / before["cpu_s"]
        further = (after["cpu_s"] - before["cpu_s"]) / rows * 1_000_000
        print(
            f"  {name:13} × {longer:.2f} (processor time × {cpu:.2f},"
            f" {further:,.0f} s of it for a million rows more)"
        )
        growth[name] = {
            "seconds": round(longer, 2),
            "cpu_s": round(cpu, 2),
            "cpu_s_per_further_million": round(further, 1),
        }
    return growth


def _versions() -> dict[str, str]:
    """Return the versions of what the peers use."""
    listed = subprocess.run(
        [PYTHON, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    known = {
        package["name"].replace("_", "-"): package["version"]
        for package in json.loads(listed.stdout)
    }
    return {name: known[name] for name in PACKAGES}


if __name__ == "__main__":
    main()
