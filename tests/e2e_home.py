"""A whole simulated month for tests: simulated with labelled faults, admitted, built, published."""

import csv
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from asn_warehouse import admission, pipeline
from asn_warehouse.admission import IngestSummary
from asn_warehouse.periods import Period
from asn_warehouse.pipeline import MonthResult
from asn_warehouse.settings import Settings
from asn_warehouse.simulate import SimulationSpec, simulate
from asn_warehouse.simulate.spec import SimulationResult

PROJECT = Path(__file__).resolve().parents[1]
SEPTEMBER, OCTOBER = Period.parse("2026-09"), Period.parse("2026-10")
KEY = "a key of the tests, thirty-two and more"
SPEC = SimulationSpec(
    period=OCTOBER, months=2, agencies=8, people=1_500, faults_per_rule=1, seed=11
)
"""The smallest simulation, with a margin, in which every fault finds a row."""


@dataclass(frozen=True)
class Month:
    """A home after its month has run, and what every step returned; not to be changed."""

    settings: Settings
    simulated: SimulationResult
    earlier: IngestSummary
    result: MonthResult

    @property
    def ingests(self) -> tuple[IngestSummary, ...]:
        """What admission made of each month, the older one first."""
        assert self.result.ingest is not None
        return self.earlier, self.result.ingest


def settings_over(home: Path, project: Path = PROJECT) -> Settings:
    """Return settings over ``home`` with a small engine and the tests' key."""
    return Settings(
        home=home, project_dir=project, memory_limit="1GB", threads=2, pseudonym_key=KEY
    )


def faulty_month(home: Path) -> Month:
    """Simulate a month with faults in ``home`` and run it whole."""
    settings = settings_over(home)
    simulated = simulate(settings, SPEC)
    earlier = admission.ingest(settings, SEPTEMBER)
    return Month(settings, simulated, earlier, pipeline.run_month(settings, OCTOBER))


ASN = """
import sys
from datetime import datetime
from asn_warehouse import ops
from asn_warehouse.cli import main

moment = sys.argv.pop(1)
if moment:
    ops.now = lambda: datetime.fromisoformat(moment)
main()
"""


def asn(
    home: Path, *arguments: str, now: datetime | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command ``asn`` in a process of its own over ``home``, as if it were ``now``."""
    moment = now.isoformat() if now else ""
    return subprocess.run(
        [sys.executable, "-c", ASN, moment, *arguments],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=600,
        cwd=home.parent,
        check=False,
    )


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a process over ``home``, with the settings of ``settings_over``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASN_")}
    helpers = os.pathsep.join((str(PROJECT), str(PROJECT / "tests")))
    return {
        **kept,
        "PYTHONPATH": helpers,
        "ASN_HOME": str(home),
        "ASN_PSEUDONYM_KEY": KEY,
        "ASN_MEMORY_LIMIT": "1GB",
        "ASN_THREADS": "2",
        "DO_NOT_TRACK": "1",
    }


def digests(folder: Path, pattern: str = "*") -> dict[str, str]:
    """Return the SHA-256 of every file below ``folder`` by relative path; fails on none."""
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob(pattern))
        if path.is_file()
    }
    assert found, f"nothing below {folder}"
    return found


def truth(settings: Settings) -> list[dict[str, str]]:
    """Return the labelled faults of the simulation."""
    with (settings.simulation / "truth.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows_of(files: Iterable[Path], query: str) -> list[tuple[object, ...]]:
    """Return the rows of ``query`` over Parquet ``files``, which it calls ``stored``."""
    names = [str(path) for path in files]
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.read_parquet(names, hive_partitioning=True).create_view("stored")
        return connection.execute(query).fetchall()
