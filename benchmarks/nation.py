"""A national month from landing files to the published marts and the report, against the floor.

    .venv/bin/python benchmarks/nation.py --home DIR [--people 56000 --agencies 64] [--record]

Simulates the nation where the home has no files yet, then does in turn: admission, build, gates,
publication to a PostgreSQL that syncs to disk, and report, as ``asn run`` does; then the floor on
the same files: DuckDB's bare typed CSV → zstd Parquet, the compiled SQL of every model straight in
DuckDB, and ADBC ingest of the published tables. What an earlier run made of the home is deleted.
The nation is to take 10 minutes, 12 GB and 2.5 times the floor at most; at other sizes the figure
that counts is the ratio. Stages, models, memory of all processes and bytes are printed as they
come; ``--record`` keeps them in ``benchmarks/results``, ``--guard`` fails when the ratio has become
more than 30 % worse than what is kept there of the same size. ``--bi-seconds`` lets readers ask
what was published, as ``bi_clients.py`` does, for so long with each login; the month's time is
without it.
"""

import argparse
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bi_clients
import floor
import psutil
import structlog
from common import machine, record, recorded

from asn_warehouse import access, archive, pipeline, publish, report
from asn_warehouse.build import BuildContext
from asn_warehouse.dbt_results import read_journal
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings, get_settings
from asn_warehouse.simulate import NATIONAL, SimulationSpec, simulate

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgres_server import running_server

PERIOD = Period(2026, 10)
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_wal_size=8GB")
BOUND = 2.5
WORSE = 1.3
"""How many times the recorded ratio a change may cost."""
_SLOWEST = 15


def main() -> None:
    """Measure, print, and record when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True, help="kept; 11 GB of files of a nation")
    parser.add_argument("--people", type=int, default=NATIONAL["people"])
    parser.add_argument("--agencies", type=int, default=NATIONAL["agencies"])
    parser.add_argument("--no-floor", action="store_true", help="measure the month alone")
    parser.add_argument("--bi-seconds", type=float, default=0, help="let 50 readers ask; 0: none")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--guard", action="store_true", help="fail when it has become worse")
    options = parser.parse_args()
    name = f"nation_{options.people}"
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    about = machine()
    result = {"people": options.people, "agencies": options.agencies}
    with running_server(DURABLE) as server, server.empty_database() as dsn:
        os.environ["ASN_POSTGRES_DSN"] = dsn
        settings = get_settings(options.home)
        spec = SimulationSpec(
            period=PERIOD,
            **NATIONAL | {"people": options.people, "agencies": options.agencies},
            overwrite=True,
        )
        result |= _simulated(settings, spec)
        clear(settings)
        month, context = measured_month(settings, postmaster(dsn))
        result |= month
        if options.bi_seconds:
            result["bi_clients"] = bi_clients.measured(dsn, options.bi_seconds)
        if not options.no_floor:
            result |= _against_floor(settings, spec, context, dsn, month["seconds"])
    if options.record:
        record(name, {**result, "machine": about})
    if options.guard:
        guard(float(result["ratio"]), float(recorded(name)["ratio"]))


def guard(ratio: float, before: float) -> None:
    """Exit with 1 when ``ratio`` is more than 30 % above the recorded one."""
    said = f"{ratio:.2f} times the floor, recorded {before:.2f}, bound {before * WORSE:.2f}"
    if ratio > before * WORSE:
        sys.exit(f"The month has become slower: {said}. If that is meant, record it anew.")
    print(f"The month is as fast as it was: {said}.")


def _simulated(settings: Settings, spec: SimulationSpec) -> dict[str, object]:
    """Write the files of the nation unless they are there; return how fast."""
    if settings.landing.is_dir() and any(settings.landing.iterdir()):
        return {}
    started = time.perf_counter()
    made = simulate(settings, spec)
    seconds = time.perf_counter() - started
    rows = sum(made.rows.values())
    print(f"simulated {rows:,} rows, {made.bytes / 1e9:.1f} GB in {seconds:.0f} s", flush=True)
    return {
        "rows": made.rows,
        "bytes": made.bytes,
        "simulated_rows_per_s": round(rows / seconds),
    }


def clear(settings: Settings) -> None:
    """Delete what an earlier run made of the files; the files stay."""
    kept = {settings.landing, settings.reference, settings.simulation}
    for path in set(settings.home.iterdir()) - kept:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def measured_month(
    settings: Settings, server: psutil.Process
) -> tuple[dict[str, object], BuildContext]:
    """Return seconds by stage and model, peak memory and bytes of a month that is run whole."""
    access.apply(settings)
    seconds: dict[str, float] = {}
    step = pipeline.Steps(seconds, _say)
    with watched_memory([psutil.Process(), server]) as peak:
        from asn_warehouse import admission

        summary = step("ingest", lambda: admission.ingest(settings, PERIOD))
        context, _ = pipeline.audited(settings, PERIOD, None, step)
        journal = read_journal(context.journal)
        published = Laps("publish")
        step("publish", lambda: publish.publish(settings, context, published))
        reported = Laps("report", begins=True)
        step("report", lambda: report.make_report(settings, PERIOD, progress=reported))
        reported("end")
        step("refresh ops", lambda: publish.refresh_ops(settings))
    whole = sum(seconds.values())
    slowest = sorted(journal.node_seconds.items(), key=lambda item: -item[1])[:_SLOWEST]
    for name, took in slowest:
        print(f"  {took:8.1f} s  {name}")
    print(f"whole month {whole:.0f} s, peak {peak.gigabytes:.1f} GB")
    found = {
        "rows_read": summary.rows_read,
        "seconds": {**seconds, **published.seconds, **reported.seconds},
        "whole_s": round(whole, 1),
        "slowest_nodes_s": {name: round(took, 1) for name, took in slowest},
        "peak_gb": round(peak.gigabytes, 2),
        "peak_gb_by_stage": peak.stages,
        "gigabytes": {
            folder.name: round(_size(folder) / 1e9, 2)
            for folder in (settings.landing, settings.lake, settings.warehouse, settings.report)
        },
    }
    return found, context


def _say(name: str, seconds: float | None) -> None:
    Peak.stage = name if seconds is None else ""
    if seconds is not None:
        print(f"  {seconds:8.1f} s  {name}", flush=True)


class Laps:
    """Told what is done (``begins``: what begins); keeps the seconds of each part of a stage."""

    def __init__(self, stage: str, *, begins: bool = False) -> None:
        """Begin to count now."""
        self.seconds: dict[str, float] = {}
        self._stage, self._begins, self._under_way = stage, begins, "begin"
        self._last = time.perf_counter()

    def __call__(self, what: str) -> None:
        """Keep what it took since the last time, as that of what has ended now."""
        now = time.perf_counter()
        key = f"{self._stage}: {self._under_way if self._begins else what}"
        self._under_way = what
        self.seconds[key] = round(self.seconds.get(key, 0.0) + now - self._last, 2)
        if now - self._last > 1:
            print(f"    {now - self._last:8.1f} s  {key}", flush=True)
        self._last = now


class Peak:
    """The most memory that was held at once, shared pages counted once."""

    stage = ""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self.gigabytes, self.stages = 0.0, dict[str, float]()

    def see(self, processes: list[psutil.Process]) -> None:
        """Look once."""
        held = 0
        for root in processes:
            for process in (root, *root.children(recursive=True)):
                held += _proportional(process.pid)
        now = round(held / 2**30, 2)
        self.gigabytes = max(self.gigabytes, now)
        self.stages[self.stage] = max(self.stages.get(self.stage, 0.0), now)


@contextmanager
def watched_memory(processes: list[psutil.Process]) -> Iterator[Peak]:
    """Look twice a second at the memory of ``processes`` and all that they start."""
    peak, ended = Peak(), threading.Event()

    def watch() -> None:
        while not ended.wait(0.5):
            peak.see(processes)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _proportional(pid: int) -> int:
    """Return the bytes that a process holds, of shared pages its share; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def postmaster(dsn: str) -> psutil.Process:
    """Return the server's first process."""
    import psycopg

    with psycopg.connect(dsn) as connection:
        return psutil.Process(connection.info.backend_pid).parent()


def _against_floor(
    settings: Settings,
    spec: SimulationSpec,
    context: BuildContext,
    dsn: str,
    seconds: dict[str, float],
) -> dict[str, object]:
    """Return the seconds of the floor, and how many times as long the month took."""
    published = sorted(archive.directory(settings, PERIOD, 1).rglob("*.parquet"))
    parts: dict[str, Callable[[], float]] = {
        "conversion": lambda: floor.conversion(settings, spec),
        "models": lambda: floor.models(settings, context),
        "ingest": lambda: floor.ingest(published, dsn),
    }
    took = {}
    for name, part in parts.items():
        with floor.room(dsn):
            took[name] = round(part(), 2)
        print(f"  {took[name]:8.1f} s  floor: {name}", flush=True)
    whole = sum(spent for name, spent in seconds.items() if ": " not in name)
    ratio = whole / sum(took.values())
    print(f"{ratio:.2f} times the floor of {sum(took.values()):.0f} s (bound {BOUND})")
    return {"floor_s": took, "ratio": round(ratio, 3)}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
