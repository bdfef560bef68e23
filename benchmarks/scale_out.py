"""A month of a home by DuckDB and by Spark, with one worker and with two: seconds and processors.

The home must have admitted its month (`asn simulate`, `asn ingest`). Nothing is published. With
``--record`` the figures go to ``results/``.
"""

import argparse
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from common import record

from asn_warehouse import build, cluster
from asn_warehouse.candidate import BuildContext
from asn_warehouse.dbt_results import read_journal
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings, get_settings

SLOWEST = 10


@dataclass(frozen=True)
class Run:
    """What one way to compute the month took: seconds by step, and of processors in all."""

    way: str
    seconds: dict[str, float]
    processor_seconds: dict[str, float]
    slowest_models: dict[str, float]


def measured(settings: Settings, period: Period, way: str) -> Run:
    """Compute the month once."""
    before, began = processors(settings), time.monotonic()
    context = build.prepare(settings, period, None, "scale_out")
    seconds = {"prepare": time.monotonic() - began}
    for layer, select in build.LAYERS.items():
        began = time.monotonic()
        build.run_dbt(context, select)
        seconds[layer] = time.monotonic() - began
    build.assert_complete(context)
    after = processors(settings)
    used = {name: after[name] - before.get(name, 0.0) for name in after}
    build.dismiss(context)
    return Run(way, _rounded(seconds), _rounded(used), slowest(context))


def processors(settings: Settings) -> dict[str, float]:
    """Return the seconds of processors that this process and the cluster's have taken so far."""
    times = os.times()
    found = {"asn": times.user + times.system}
    known = cluster.known(settings)
    for one in known.processes if known else ():
        process = psutil.Process(one.pid)
        for child in (process, *process.children(recursive=True)):
            name = one.name if child.pid == one.pid else f"executor of {one.name}"
            taken = child.cpu_times()
            found[name] = found.get(name, 0.0) + taken.user + taken.system
    return found


def slowest(context: BuildContext) -> dict[str, float]:
    """Return the models that took longest, with their seconds."""
    taken = read_journal(context.journal).node_seconds
    models = sorted(
        ((seconds, name.rpartition(".")[2]) for name, seconds in taken.items() if name[0] == "m"),
        reverse=True,
    )
    return {name: round(seconds, 1) for seconds, name in models[:SLOWEST]}


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in figures.items()}


def main() -> None:
    """Compute the month by every way, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--period", type=Period.parse, default=Period(2026, 10))
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--record", metavar="NAME")
    given = parser.parse_args()
    settings = get_settings(given.home)
    runs = [measured(settings, given.period, "duckdb")]
    print(runs[-1], flush=True)
    sparkling = settings.model_copy(update={"target": "spark"})
    os.environ["ASN_TARGET"] = "spark"
    for workers in given.workers:
        cluster.stop(sparkling)
        cluster.start(sparkling, workers)
        try:
            for temper in ("cold", "warm"):
                runs.append(measured(sparkling, given.period, f"spark {workers} {temper}"))
                print(runs[-1], flush=True)
        finally:
            cluster.stop(sparkling)
    if given.record:
        record(given.record, {"runs": [asdict(run) for run in runs]})


if __name__ == "__main__":
    main()
