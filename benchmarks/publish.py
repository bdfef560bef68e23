"""Publication on PostgreSQL against bare ADBC ingest of the same tables: the bound is 2.5 times.

    .venv/bin/python benchmarks/publish.py [--people 100000] [--nation] [--repeat 3] [--record]

Makes a month with so many rows in each restricted mart (``--nation``: 5.6 million). In one run, one
after the other: the floor (ADBC ingest of the marts' Parquet files into new tables without indexes,
one commit a table) and ``publish`` whole (export, comparison with what is replaced, archive, load,
indexes, statistics, policies, switch, dropping what was replaced), for a month that is new and for
one that replaces another. Marts without persons, and what protects them, are not in it: their size
does not depend on that of the nation. The figures that count are the medians of both ratios; where
other work runs on the machine, those of processor time. ``--record`` keeps them in
``benchmarks/results/publish.json``.

What a table costs whatever its size (statistics of 30,000 rows, a sixth of a second or more) weighs
below a million rows; the bound is for the nation.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import floor
import psycopg
import structlog
from common import Cost, machine, record
from national_month import PERIOD, make_candidate

from asn_warehouse import access, archive, publish
from asn_warehouse.settings import Settings, get_settings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgres_server import running_server

NATION = 5_600_000
_SESSIONS_END = 0.5
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_wal_size=4GB")


def main() -> None:
    """Measure, print, and record when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--nation", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files lie meanwhile")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    people = NATION if options.nation else options.people
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    about = machine()
    runs = []
    with running_server(DURABLE) as server, tempfile.TemporaryDirectory(dir=options.folder) as top:
        about["postgresql"] = _asked(server.dsn, "show server_version")
        for number in range(1, options.repeat + 1):
            with server.empty_database() as dsn:
                os.environ["ASN_POSTGRES_DSN"] = dsn
                settings = get_settings(Path(top) / f"home{number}")
                run = _measured(settings, dsn, people)
            runs.append(run)
            print(f"run {number}: {run}", flush=True)
    ratios = {
        name: round(statistics.median(run[name] for run in runs), 2)
        for name in ("new_ratio", "replaced_ratio", "new_cpu_ratio", "replaced_cpu_ratio")
    }
    print(f"median ratios {ratios} (bound 2.5)")
    if options.record:
        result = {"rows_in_each_mart": people, "runs": runs, **ratios, "machine": about}
        record("publish", result)


class _Meter:
    """What is taken since it was made, in seconds: on the clock, and of processors.

    Processor time is that of this process and of the server's sessions that have ended.
    """

    def __init__(self, dsn: str) -> None:
        with psycopg.connect(dsn) as connection:
            backend = str(connection.info.backend_pid)
            parent = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1]
        self._server = Path(f"/proc/{parent}/stat")
        self._wall, self._cpu = time.perf_counter(), self._processors()

    def _processors(self) -> float:
        ended = self._server.read_text().rpartition(")")[2].split()[13:15]
        return time.process_time() + sum(map(int, ended)) / os.sysconf("SC_CLK_TCK")

    def read(self) -> Cost:
        wall = time.perf_counter() - self._wall
        time.sleep(_SESSIONS_END)
        return Cost(wall, self._processors() - self._cpu)


def _measured(settings: Settings, dsn: str, people: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for number, name in enumerate(("new", "replaced"), start=1):
        context = make_candidate(settings, people, seed=number)
        if number == 1:
            _grant(settings)
        meter = _Meter(dsn)
        publish.publish(settings, context)
        whole = meter.read()
        floor = _bare_ingest(settings, dsn, number)
        found |= {
            f"{name}_floor_s": round(floor.wall, 2),
            f"{name}_publish_s": round(whole.wall, 2),
            f"{name}_ratio": round(whole.wall / floor.wall, 3),
            f"{name}_floor_cpu_s": round(floor.cpu, 2),
            f"{name}_publish_cpu_s": round(whole.cpu, 2),
            f"{name}_cpu_ratio": round(whole.cpu / floor.cpu, 3),
        }
    return found


def _grant(settings: Settings) -> None:
    """Make the roles, so that what is published is under policies."""
    settings.reference.mkdir(parents=True, exist_ok=True)
    head = "kode_instansi,nama_instansi,jenis,kode_wilayah,berlaku_mulai,berlaku_sampai,"
    (settings.reference / "instansi.csv").write_text(f"{head}kode_pengganti\n")
    access.apply(settings)


def _bare_ingest(settings: Settings, dsn: str, version: int) -> Cost:
    folder = archive.directory(settings, PERIOD, version)
    marts = archive.load(settings, PERIOD, version).marts
    with floor.room(dsn):
        meter = _Meter(dsn)
        floor.ingest([folder / f"{mart.name}.parquet" for mart in marts], dsn)
        return meter.read()


def _asked(dsn: str, query: str) -> str:
    with psycopg.connect(dsn) as connection:
        return str(connection.execute(query.encode()).fetchall()[0][0])


if __name__ == "__main__":
    main()
