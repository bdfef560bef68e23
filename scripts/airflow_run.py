"""Run DAGs in this process, without a scheduler, and look at what became of every task.

    python scripts/airflow_run.py --home var --period 2026-10 ingest_hr ingest_training

Prints one JSON line per DAG: its state and the state of each task. Exit code 1 when a run or a
task of it did not succeed. The metadata database must have been migrated.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from airflow_env import PROJECT_DIR, airflow_environment

NOT_NEEDED = {("report_monthly", "approve")}
"""Tasks that a good run may skip."""


@dataclass(frozen=True)
class DagOutcome:
    """The state of a DAG run and of each of its tasks (the worst of a mapped task)."""

    dag_id: str
    state: str
    tasks: dict[str, str]

    @property
    def failures(self) -> dict[str, str]:
        """Tasks that neither succeeded nor may be skipped."""
        bad = {
            name: state
            for name, state in self.tasks.items()
            if state != "success" and (self.dag_id, name) not in NOT_NEEDED
        }
        if self.tasks.get("summary") == "success" and bad.get("admit") == "skipped":
            del bad["admit"]  # nothing new to admit
        return bad

    @property
    def is_good(self) -> bool:
        """Whether the run succeeded and no task of it was left out."""
        return self.state == "success" and bool(self.tasks) and not self.failures


def run_dag(dag_id: str, conf: dict[str, object]) -> DagOutcome:
    """Run one DAG with ``conf`` as its parameters; the environment must be set before."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=PROJECT_DIR / "dags" / f"{dag_id}.py")
    if bag.import_errors:
        return DagOutcome(dag_id, "import error", {str(k): v for k, v in bag.import_errors.items()})
    dag = bag.dags[dag_id]
    # Only a scheduler looks at deadlines, and in Airflow 3.3 a run in process cannot end with one.
    dag.deadline = None
    for task in dag.tasks:
        task.retries = 0  # who watches a run does not want to wait for a retry
    run = dag.test(run_conf=conf)
    tasks: dict[str, str] = {}
    for instance in run.get_task_instances():
        state = str(instance.state)
        if tasks.get(instance.task_id, "success") == "success":
            tasks[instance.task_id] = state
    return DagOutcome(dag_id, str(run.state), tasks)


@contextmanager
def output_to(log: Path) -> Iterator[None]:
    """Send all output of this process, also of libraries in C, to ``log``."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in enumerate(kept, start=1):
                os.dup2(copy, number)
                os.close(copy)


def main() -> int:
    """Run the DAGs of the command line one after the other; stop at the first that is not good."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("ASN_HOME", "var")))
    parser.add_argument("--period", help="YYYY-MM; default: the month before now")
    parser.add_argument("--force", action="store_true", help="build although files are missing")
    parser.add_argument("dags", nargs="+")
    options = parser.parse_args()
    for name, value in airflow_environment(options.home).items():
        if name in ("ASN_HOME", "PATH") or name not in os.environ:
            os.environ[name] = value
    log = Path(os.environ["AIRFLOW_HOME"]) / "logs" / "runs.log"
    for dag_id in options.dags:
        conf: dict[str, object] = {"period": options.period} if options.period else {}
        if options.force and dag_id == "build_warehouse":
            conf["force"] = True
        with output_to(log):
            outcome = run_dag(dag_id, conf)
        print(json.dumps(asdict(outcome)), flush=True)
        if not outcome.is_good:
            print(f"Log: {log}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
