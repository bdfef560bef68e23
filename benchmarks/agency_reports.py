"""Reports of all agencies of a nation: the bound is 4 minutes for 640 on two cores.

    .venv/bin/python benchmarks/agency_reports.py [--agencies 640] [--processes 2] [--record]

Takes a published month (``--home``, default that of the settings: `make demo` publishes one) and
writes an archive beside it in which every row of an agency stands for as many agencies as it takes
to have 640; then makes their pages and workbooks, as ``asn report`` does, and nothing else. Where
other work runs on the machine, processor time tells the same: 480 s. ``--record`` keeps the result
in ``benchmarks/results/agency_reports.json``.
"""

import argparse
import json
import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

import duckdb
from common import machine, record

from asn_warehouse import archive
from asn_warehouse.periods import Period
from asn_warehouse.reference import agency_types_in_force
from asn_warehouse.report import agency, source
from asn_warehouse.settings import Settings, get_settings

BOUND_S, CORES = 240, 2


def main() -> None:
    """Measure, print, and record when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--agencies", type=int, default=640)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=Path, help="where the files lie meanwhile")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    small = get_settings(options.home) if options.home else get_settings()
    about = machine()
    with tempfile.TemporaryDirectory(dir=options.folder) as top:
        settings = get_settings(Path(top) / "home")
        period = _replicate(small, settings, options.agencies)
        result = _measured(settings, period, options.processes)
    allowed = round(BOUND_S * CORES * options.agencies / 640)
    print(f"{result} (bound on {CORES} cores: {allowed} s of processor time)")
    if options.record:
        record("agency_reports", {"agencies": options.agencies, **result, "machine": about})


def _measured(settings: Settings, period: Period, processes: int) -> dict[str, object]:
    wall, cpu = time.perf_counter(), _processor_time()
    published = source.read(settings, period)
    made = agency.render_all(settings, published, processes=processes)
    wall, cpu = time.perf_counter() - wall, _processor_time() - cpu
    return {
        "processes": processes,
        "files": len(made),
        "bytes": sum(map(len, made.values())),
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu, 1),
        "cpu_s_per_agency": round(cpu * 2 / len(made), 3),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _processor_time() -> float:
    """Return seconds of processors that this process and its ended children took."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _replicate(small: Settings, large: Settings, agencies: int) -> Period:
    """Write the archive of the nation; return its newest month."""
    shutil.copytree(small.warehouse / "ops", large.warehouse / "ops")
    shutil.copyfile(small.marts_database, large.marts_database)  # says what is served
    newest = max(p.name for p in (small.warehouse / "publications").iterdir())
    for folder in sorted((small.warehouse / "publications").glob("*/v*")):
        period = Period.parse(folder.parent.name)
        target = archive.directory(large, period, int(folder.name[1:]))
        (target / archive.SAFE).mkdir(parents=True)
        kinds = agency_types_in_force(small, period)
        codes = _codes(folder, agencies)
        with duckdb.connect() as connection:
            connection.execute("create table agency (template varchar, code varchar)")
            connection.executemany("insert into agency values (?, ?)", codes)
            for path in (*folder.glob(f"{archive.SAFE}/*.parquet"), folder / "dim_rule.parquet"):
                _widen(connection, path, target / path.relative_to(folder))
            exact = folder / "submission_scorecard.parquet"
            _widen(connection, exact, target / exact.name)
        facts = json.loads((folder / "publication.json").read_text("utf-8"))
        facts["agency_types"] = {code: kinds[template] for template, code in codes}
        (target / "publication.json").write_text(json.dumps(facts), "utf-8")
    return Period.parse(newest)


def _codes(folder: Path, agencies: int) -> list[tuple[str, str]]:
    """Return for each new agency the one that it is like, and its code."""
    path = folder / archive.SAFE / "submission_scorecard.parquet"
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select distinct agency_code from read_parquet('{path}') order by 1"
        ).fetchall()
    return [(found[i % len(found)][0], f"{1000 + i}") for i in range(agencies)]


def _widen(connection: duckdb.DuckDBPyConnection, path: Path, target: Path) -> None:
    """Copy a table; each row of an agency becomes one for every agency that is like it."""
    found = f"read_parquet('{path}')"
    columns = [row[0] for row in connection.execute(f"describe select * from {found}").fetchall()]
    if "agency_code" not in columns:
        shutil.copyfile(path, target)
        return
    replaced = "coalesce(a.code, t.agency_code) as agency_code"
    if "agency_name" in columns:
        replaced += ", t.agency_name || coalesce(' ' || a.code, '') as agency_name"
    connection.execute(
        f"copy (select t.* replace ({replaced}) from {found} as t"
        f" left join agency as a on t.agency_code = a.template order by all) to '{target}'"
    )


if __name__ == "__main__":
    main()
