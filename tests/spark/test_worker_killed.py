"""A worker that dies in the middle of a build costs time and nothing else."""

import os
import signal
import time
from pathlib import Path
from threading import Thread

import psutil
import pytest
from e2e_home import OCTOBER, Month
from on_spark import computing_on_spark

from asn_warehouse import build, cluster, parity
from asn_warehouse.settings import Settings

ENOUGH = 10
"""Tables of the layer under way at which the worker dies."""


def test_a_build_that_loses_a_worker_ends_with_the_same_marts(
    month: Month, spark_home: Path
) -> None:
    made = month.result.context
    assert made is not None
    with computing_on_spark(spark_home) as settings:
        context = build.prepare(settings, OCTOBER, made.as_of, "killed")
        build.run_dbt(context, build.LAYERS["staging"])
        died: list[str] = []
        killer = Thread(target=kill_a_worker, args=(settings, died))
        killer.start()
        build.run_dbt(context, build.LAYERS["core"])
        killer.join()
        assert died == ["worker 1"], "it died while core was built"
        build.run_dbt(context, build.LAYERS["marts"])
        build.assert_complete(context)
        known = cluster.known(settings)
        assert known is not None
        left = cluster.status(settings, known)
        assert (left.workers, left.answers, left.is_whole) == (1, True, False)
        compared = parity.compare(month.settings, made, context)
        build.dismiss(context)
    assert {mart.mart: mart for mart in compared if not mart.is_equal} == {}
    assert len(compared) >= 25


def test_a_cluster_that_lost_a_worker_is_started_anew(spark_home: Path) -> None:
    with computing_on_spark(spark_home) as settings:
        known = cluster.known(settings)
        assert known is not None
        if cluster.status(settings, known).is_whole:
            pytest.skip("no worker was lost")
        again = cluster.start(settings)
        assert cluster.status(settings, again).is_whole
        before, after = ({p.pid for p in one.processes} for one in (known, again))
        assert not before & after
        assert not [pid for pid in before if psutil.pid_exists(pid)]
        assert cluster.start(settings) == again, "one that works is left as it is"


def kill_a_worker(settings: Settings, died: list[str]) -> None:
    """Kill the first worker with its executor when some tables of core are there."""
    known = cluster.known(settings)
    assert known is not None
    core = settings.spark_tables / "build_killed_2026_10" / "core"
    end = time.monotonic() + 900
    while len([*core.glob("*/_SUCCESS")]) < ENOUGH:
        assert time.monotonic() < end
        time.sleep(0.05)
    worker = next(one for one in known.processes if one.name == "worker 1")
    process = psutil.Process(worker.pid)
    for one in (process, *process.children(recursive=True)):
        os.kill(one.pid, signal.SIGKILL)
    died.append(worker.name)
