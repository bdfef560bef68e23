"""The whole way in one command: simulated agencies, three months, the real DAGs, the reports.

    make demo        (or: .venv/bin/python scripts/demo.py --help)

Every DAG runs in this one process with ``dag.test()`` over a fresh home (``ASN_HOME``, default
``var/``). Airflow's own output goes to ``<home>/airflow/logs/demo.log``.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent))

import demo_summary
from airflow_env import airflow_environment
from airflow_run import output_to, run_dag
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from asn_warehouse.errors import AsnError
from asn_warehouse.periods import Period

if TYPE_CHECKING:
    from asn_warehouse.settings import Settings

MARKER = ".demo"
MADE_BY_RUNS = (
    "airflow",
    "docs",
    "lake",
    "landing",
    "outbox",
    "reference",
    "report",
    "simulation",
    "vault",
    "warehouse",
)
DAGS = ("ingest_hr", "ingest_training", "ingest_survey", "build_warehouse", "report_monthly")


class DemoFailed(Exception):
    """A step of the demo did not do what it claims."""


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("ASN_HOME", "var")))
    parser.add_argument("--period", type=Period.parse, default=Period(2026, 10), help="last month")
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--agencies", type=int, default=24)
    parser.add_argument("--people", type=int, default=42_000)
    parser.add_argument("--seed", type=int, default=2026)
    return parser.parse_args()


def fresh_home(home: Path) -> None:
    """Empty ``home`` if an earlier demo made it.

    Raises:
        DemoFailed: when it holds data that no demo made.
    """
    there = [name for name in MADE_BY_RUNS if (home / name).exists()]
    if there and not (home / MARKER).exists():
        raise DemoFailed(
            f"{home} holds data that no demo made ({', '.join(there)}); nothing was touched. "
            "Choose another folder: ASN_HOME=~/asn-demo make demo"
        )
    own = landed(home) - set((home / MARKER).read_text().splitlines()[1:]) if there else set()
    if own and (home / MARKER).read_text().count("\n") > 1:
        raise DemoFailed(
            f"{home}/landing holds files that the demo did not write, such as {min(own)}; nothing "
            "was touched. Choose another folder: ASN_HOME=~/asn-demo make demo"
        )
    home.mkdir(parents=True, exist_ok=True)
    (home / MARKER).write_text("Made by scripts/demo.py; emptied when it runs again.\n")
    for name in there:
        shutil.rmtree(home / name)
    (home / "airflow" / "logs").mkdir(parents=True)


def landed(home: Path) -> set[str]:
    """Return the files of the landing folder, relative to it."""
    landing = home / "landing"
    return {str(path.relative_to(landing)) for path in landing.rglob("*") if path.is_file()}


def screen() -> Console:
    """Return a console on the real screen, whatever is redirected later."""
    return Console(file=os.fdopen(os.dup(1), "w", encoding="utf-8"), highlight=False)


def bar(console: Console) -> Progress:
    """Return a progress display that leaves nothing behind."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def simulate(settings: "Settings", options: argparse.Namespace, console: Console) -> None:
    """Write the agencies' files and the labelled faults."""
    from asn_warehouse.simulate import SimulationSpec
    from asn_warehouse.simulate import simulate as write

    spec = SimulationSpec(
        period=options.period,
        months=options.months,
        agencies=options.agencies,
        people=options.people,
        seed=options.seed,
    )
    started = time.monotonic()
    with bar(console) as progress:
        task = progress.add_task("simulating agencies", total=None)
        result = write(
            settings,
            spec,
            lambda done, total, what: progress.update(task, completed=done, total=total),
        )
    marker = settings.home / MARKER
    marker.write_text(marker.read_text() + "\n".join(sorted(landed(settings.home))) + "\n")
    console.print(
        f"[green]✓[/] simulated {len(result.agencies)} agencies, {result.people:,} people, "
        f"{len(result.periods)} months: {result.files} files, {sum(result.rows.values()):,} rows, "
        f"{result.faults} labelled faults ({time.monotonic() - started:.0f} s)"
    )


def run_one(dag_id: str, period: Period, log: Path) -> None:
    """Run one DAG in this process.

    Raises:
        DemoFailed: names the tasks that did not succeed.
    """
    with output_to(log):
        outcome = run_dag(dag_id, {"period": str(period)})
    if not outcome.is_good:
        bad = ", ".join(f"{name} {state}" for name, state in outcome.failures.items())
        raise DemoFailed(f"{dag_id} for {period} ended {outcome.state}: {bad}")


def months(options: argparse.Namespace, log: Path, console: Console) -> None:
    """Run every DAG for every month, oldest first."""
    for back in reversed(range(options.months)):
        period = options.period.previous(back)
        parts = []
        with bar(console) as progress:
            task = progress.add_task(str(period), total=len(DAGS))
            for dag_id in DAGS:
                progress.update(task, description=f"{period} {dag_id}")
                started = time.monotonic()
                run_one(dag_id, period, log)
                parts.append(f"{dag_id} {time.monotonic() - started:.0f} s")
                progress.advance(task)
        console.print(f"[green]✓[/] {period}: {' · '.join(parts)}")


def errors_of(log: Path) -> list[str]:
    """Return the last lines of the log that say what went wrong."""
    words = ("Error", "error:", "Failed", "failed:")
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return [line for line in lines if any(word in line for word in words)][-12:]


def demo(options: argparse.Namespace, console: Console) -> None:
    """Run all of it."""
    home = options.home.resolve()
    fresh_home(home)
    os.environ.update(airflow_environment(home), ASN_REPORT_APPROVAL="false", ASN_LANDING="")
    log = home / "airflow" / "logs" / "demo.log"
    from asn_warehouse.settings import get_settings

    settings = get_settings()
    with log.open("a", encoding="utf-8") as file:
        migration = subprocess.Popen(
            ["airflow", "db", "migrate"], stdout=file, stderr=subprocess.STDOUT
        )
        try:
            simulate(settings, options, console)
        finally:
            code = migration.wait()
    if code:
        raise DemoFailed(f"airflow db migrate ended with code {code}")
    months(options, log, console)
    demo_summary.show(
        settings, [options.period.previous(n) for n in range(options.months)], console
    )


def main() -> int:
    """Return 0 when every DAG of every month succeeded."""
    options = arguments()
    console = screen()
    started = time.monotonic()
    log = options.home.resolve() / "airflow" / "logs" / "demo.log"
    try:
        demo(options, console)
    except (DemoFailed, AsnError) as error:
        console.print(f"[red]✗[/] {error}", markup=True)
        for line in errors_of(log):
            console.print(f"  {line}", markup=False)
        console.print(f"Log: {log}")
        return 1
    console.print(f"[green]✓[/] done in {(time.monotonic() - started) / 60:.1f} minutes")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Libraries in C complain on stderr while the interpreter ends; the demo is over by then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.exit(code)
