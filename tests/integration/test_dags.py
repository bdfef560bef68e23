"""The DAGs: what the bag holds, how fast it parses, and whole months run in process."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import psycopg
import pytest
from support import make_home
from vault_home import MONTHS, land

PROJECT = Path(__file__).resolve().parents[2]
PERIOD = "2026-10"
INGEST = ("ingest_hr", "ingest_training", "ingest_survey")
NAMED = {*INGEST, "build_warehouse", "report_monthly", "housekeeping"}
SCHEDULES = {
    "ingest_hr": "0 * * * *",
    "ingest_training": "10 * * * *",
    "ingest_survey": "20 * * * *",
    "build_warehouse": "0 3 * * *",
    "report_monthly": "0 6 10 * *",
    "housekeeping": "0 4 * * *",
}

# Like the dag-processor: Airflow itself is loaded once, each file is read in a fork of its own.
# The time is that of executing the file with all that it imports beyond Airflow's processor.
MEASURE = """
import importlib.util, json, multiprocessing, sys, time
import airflow.dag_processing.processor, airflow.models.taskinstance, airflow.sdk

def parse(path, pipe):
    started = time.perf_counter()
    spec = importlib.util.spec_from_file_location("dag_file", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    pipe.send(time.perf_counter() - started)

context = multiprocessing.get_context("fork")
seconds = {}
for path in sys.argv[1:]:
    best = []
    for _ in range(2):
        mine, theirs = context.Pipe()
        child = context.Process(target=parse, args=(path, theirs))
        child.start()
        best.append(mine.recv() if mine.poll(60) else 60.0)
        child.join()
    seconds[path] = min(best)
print(json.dumps(seconds))
"""

DESCRIBE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag

bag = DagBag(dag_folder=sys.argv[1])
print(json.dumps({
    "errors": {str(path): error for path, error in bag.import_errors.items()},
    "dags": {
        dag_id: {
            "schedule": dag.timetable.expression,
            "timezone": str(dag.timetable.timezone),
            "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "doc": bool(dag.doc_md),
            "tags": sorted(dag.tags),
            "deadline": [
                [alert.callback.path, alert.interval.total_seconds()]
                for alert in dag.deadline or []
            ],
            "pattern": dag.params.get_param("period").schema.get("pattern")
            if "period" in dag.params else "no month",
            "tasks": {
                task.task_id: {
                    "retries": task.retries,
                    "owner": task.owner,
                    "timeout": task.execution_timeout is not None,
                    "downstream": sorted(task.downstream_task_ids),
                }
                for task in dag.tasks
            },
        }
        for dag_id, dag in bag.dags.items()
    },
}))
"""


def environment(home: Path) -> dict[str, str]:
    """Return the environment of an Airflow over ``home``, as the demo uses it."""
    sys.path.insert(0, str(PROJECT / "scripts"))
    try:
        from airflow_env import airflow_environment
    finally:
        sys.path.pop(0)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")}
    return {**kept, **airflow_environment(home), "ASN_REPORT_APPROVAL": "false"}


def python(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own over ``home``."""
    return subprocess.run(
        [sys.executable, *arguments],
        env={**environment(home), **more},
        capture_output=True,
        text=True,
        timeout=600,
        cwd=PROJECT,
        check=False,
    )


def last_json(text: str) -> dict:
    """Return the last line of ``text`` that is JSON."""
    return json.loads([line for line in text.splitlines() if line.startswith("{")][-1])


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The bag of dags/, as JSON."""
    done = python(tmp_path_factory.mktemp("bag"), "-c", DESCRIBE, str(PROJECT / "dags"))
    assert done.returncode == 0, done.stderr
    return last_json(done.stdout)


def test_the_bag_holds_exactly_the_named_dags_and_no_error(bag: dict) -> None:
    assert bag["errors"] == {}
    assert set(bag["dags"]) == NAMED


@pytest.mark.parametrize("dag_id", sorted(NAMED))
def test_a_dag_runs_on_jakartas_calendar_once_at_a_time(bag: dict, dag_id: str) -> None:
    dag = bag["dags"][dag_id]
    assert dag["schedule"] == SCHEDULES[dag_id]
    assert dag["timezone"] == "Asia/Jakarta"
    assert dag["catchup"] is False
    assert dag["max_active_runs"] == 1
    assert dag["doc"] and dag["tags"]
    month = r"^20\d{2}-(0[1-9]|1[0-2])$"
    assert dag["pattern"] == ("no month" if dag_id == "housekeeping" else month)


def test_a_report_that_is_not_delivered_by_noon_of_the_10th_is_told(bag: dict) -> None:
    from airflow.sdk.module_loading import import_string

    ((callback, seconds),) = bag["dags"]["report_monthly"]["deadline"]
    assert seconds == 6 * 3600
    assert callable(import_string(callback))


def test_every_task_has_an_owner_retries_and_a_timeout(bag: dict) -> None:
    tasks = {
        (dag_id, name): task
        for dag_id, dag in bag["dags"].items()
        for name, task in dag["tasks"].items()
    }
    assert len(tasks) >= 25
    for key, task in tasks.items():
        assert task["owner"] == "data-platform", key
        assert task["retries"] >= 1, key
        # A person may take days to approve; that wait has a limit of its own.
        assert task["timeout"] or key == ("report_monthly", "approve"), key


CHAIN = [
    "period",
    "ready",
    "prepare",
    "needed",
    "staging",
    "gate_datasets",
    "core",
    "competency",
    "learning",
    "program",
    "talent",
    "workforce",
    "index",
    "submission",
    "gate_marts",
    "publish",
    "verify",
]


def test_the_build_is_one_line_so_that_nothing_passes_a_gate(bag: dict) -> None:
    tasks = bag["dags"]["build_warehouse"]["tasks"]
    assert set(tasks) == set(CHAIN)
    for name, following in pairwise(CHAIN):
        assert following in tasks[name]["downstream"], (name, following)


def test_the_dbt_tasks_build_what_a_build_without_airflow_builds() -> None:
    from asn_warehouse import build, orchestration

    ours = [part for parts in orchestration.DBT_SELECTORS.values() for part in parts]
    assert sorted(ours) == sorted(part for parts in build.LAYERS.values() for part in parts)


def test_each_file_parses_in_under_a_second(tmp_path: Path) -> None:
    files = sorted(str(path) for path in (PROJECT / "dags").glob("*.py"))
    done = python(tmp_path, "-c", MEASURE, *files)
    assert done.returncode == 0, done.stderr
    seconds = last_json(done.stdout)
    assert len(seconds) == len(NAMED)
    slow = {Path(path).name: round(took, 2) for path, took in seconds.items() if took >= 1.0}
    assert not slow, slow


# A month in process


@pytest.fixture(scope="module")
def dag_month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with one simulated month, admitted, built, published and reported by the DAGs."""
    home = tmp_path_factory.mktemp("dag_home")
    simulated = python(home, "-c", SIMULATE)
    assert simulated.returncode == 0, simulated.stderr
    migrated = python(home, "-m", "airflow", "db", "migrate")
    assert migrated.returncode == 0, migrated.stderr
    yield home
    shutil.rmtree(home, ignore_errors=True)


SIMULATE = f"""
from asn_warehouse.periods import Period
from asn_warehouse.settings import get_settings
from asn_warehouse.simulate import SimulationSpec, simulate

spec = SimulationSpec(
    period=Period.parse("{PERIOD}"), months=1, agencies=6, people=600, faults_per_rule=1, seed=7
)
simulate(get_settings(), spec)
"""


def run(home: Path, *arguments: str, **more: str) -> tuple[list[dict], str]:
    """Run DAGs over ``home``; returns their outcomes and what went wrong, if anything."""
    done = python(home, "scripts/airflow_run.py", "--home", str(home), *arguments, **more)
    outcomes = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    log = home / "airflow" / "logs" / "runs.log"
    tail = log.read_text(errors="replace")[-6000:] if log.exists() else ""
    return outcomes, done.stderr + tail


@pytest.mark.slow
def test_the_dags_take_a_month_from_landing_to_the_report(dag_month: Path) -> None:
    from asn_warehouse import lake, ops, publish
    from asn_warehouse.periods import Period
    from asn_warehouse.settings import get_settings

    share = dag_month / "srv"
    share.mkdir()
    outcomes, log = run(
        dag_month,
        *("--period", PERIOD, *INGEST, "build_warehouse", "report_monthly"),
        ASN_DELIVERY=f"{(dag_month / 'report').as_uri()},{share.as_uri()}",
    )
    assert [outcome["dag_id"] for outcome in outcomes] == [
        *INGEST,
        "build_warehouse",
        "report_monthly",
    ], log
    assert {outcome["state"] for outcome in outcomes} == {"success"}, log

    settings = get_settings(dag_month)
    submissions = lake.read_submissions(settings, Period.parse(PERIOD)).to_pylist()
    assert len({row["agency_code"] for row in submissions}) >= 6
    current = publish.current(settings, Period.parse(PERIOD))
    assert current is not None and current.version == 1 and current.rows > 0
    delivered = [row for row in ops.read(settings, "report") if row.get("delivered_at")]
    assert {(row["version"], row["status"]) for row in delivered} == {(1, "delivered")}
    assert {row["target"] for row in delivered} == {
        settings.report.as_uri(),
        share.as_uri(),
    }
    report = settings.report / PERIOD / "v1"
    assert contents(share / PERIOD / "v1") == contents(report) != {}
    with duckdb.connect(str(settings.marts_database), read_only=True) as served:
        mirrored = served.sql("select count(*) from ops.report where status = 'delivered'")
        assert mirrored.fetchall() == [(len(delivered),)]
    assert {Path(str(row["file"])).suffix for row in delivered} >= {".pdf", ".xlsx", ".html"}


@pytest.mark.slow
def test_a_second_run_finds_nothing_new_and_changes_nothing(dag_month: Path) -> None:
    from asn_warehouse.settings import get_settings

    served = get_settings(dag_month).marts_database
    before = served.read_bytes()
    outcomes, log = run(dag_month, "--period", PERIOD, *INGEST, "build_warehouse")
    states = {outcome["dag_id"]: outcome for outcome in outcomes}
    for dag_id in INGEST:
        assert states[dag_id]["tasks"]["admit"] == "skipped", log
        assert states[dag_id]["tasks"]["summary"] == "success", log
    assert states["build_warehouse"]["tasks"]["needed"] == "success", log
    assert states["build_warehouse"]["tasks"]["publish"] == "skipped", log
    assert served.read_bytes() == before


@pytest.mark.slow
def test_the_daily_dag_lets_rejected_rows_expire_and_watches_the_deadline(
    dag_month: Path, tmp_path: Path
) -> None:
    from asn_warehouse import audit, deadline, orchestration
    from asn_warehouse.periods import Period

    home = make_home(tmp_path / "home")
    land(home, MONTHS[0], datetime(2024, 1, 5, 3, tzinfo=UTC))
    land(home, MONTHS[1], datetime.now(UTC))
    for month in MONTHS:
        home.ingest(month)
    shutil.copytree(dag_month / "airflow", home.settings.home / "airflow")
    rejected = home.settings.vault / "rejected"
    assert {p.parent.name[7:] for p in rejected.rglob("*.parquet")} == {*MONTHS}
    outcomes, log = run(home.settings.home, "housekeeping")
    assert [(o["dag_id"], o["state"]) for o in outcomes] == [("housekeeping", "success")], log
    assert {p.parent.name[7:] for p in rejected.rglob("*.parquet")} == {MONTHS[1]}
    assert {path.parent.parent.name for path in home.settings.outbox.rglob("*.ditolak.xlsx")} == {
        MONTHS[1]
    }
    last = str(Period.of(orchestration.local_date(datetime.now(UTC))).previous())
    said = [(row["action"], row["period"]) for row in audit.rows(home.settings)]
    is_watched = orchestration.local_date(datetime.now(UTC)).day >= deadline.WATCH_FROM_DAY
    assert sorted(said) == [*([("alert", last)] if is_watched else []), ("expire", MONTHS[0])]


ANSWER = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from airflow.dag_processing.dagbag import DagBag
from delivery_home import PERIOD, publish, report, read
from asn_warehouse import orchestration
from asn_warehouse.settings import get_settings

settings = get_settings()
publish(settings)
files = [{"name": f.name, "sha256": f.sha256, "bytes": f.bytes} for f in report(settings).heads]
made = {"period": str(PERIOD), "version": 1, "files": files}
task = DagBag(dag_folder=sys.argv[1]).dags["report_monthly"].get_task("approve")
assert list(task.serialized_params) == ["alasan"]
ti = SimpleNamespace(
    xcom_pull=lambda task_ids: {"report": made}[task_ids], xcom_push=lambda **_: None, map_index=-1
)
for number, (answer, reason) in enumerate(json.loads(sys.argv[2])):
    event = {
        "chosen_options": [answer],
        "params_input": {"alasan": reason} if reason else {},
        "responded_at": datetime(2026, 11, 10, 7, number, tzinfo=UTC),
        "responded_by_user": {"id": "7", "name": "budi"},
    }
    skipped, delivered = [], ""
    for _ in range(2):  # the second time after a task that was killed
        try:
            task.execute_complete({"ti": ti, "task": task}, event)
        except BaseException as error:
            skipped = list(error.tasks)
    try:
        place = orchestration.delivery_targets()[0]
        delivered = orchestration.deliver_report(made, place)["status"]
    except Exception as error:
        delivered = type(error).__name__
    print(json.dumps({"answer": answer, "skipped": skipped, "delivered": delivered}))
"""


def test_a_persons_answer_is_kept_with_its_reason_and_decides_over_the_delivery(
    tmp_path: Path,
) -> None:
    """A refused report is not delivered, even by somebody who starts the skipped task by hand."""
    from asn_warehouse import audit
    from asn_warehouse.settings import get_settings

    answers = [("Reject", "JPM Kota Kendari keliru"), ("Approve", None), ("Reject", None)]
    paths = f"{PROJECT / 'tests'}{os.pathsep}{PROJECT}"
    done = python(
        tmp_path,
        *("-c", ANSWER, str(PROJECT / "dags"), json.dumps(answers)),
        PYTHONPATH=paths,
        ASN_REPORT_APPROVAL="true",
    )
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"ans')] == [
        {"answer": "Reject", "skipped": ["targets"], "delivered": "DeliveryRefused"},
        {"answer": "Approve", "skipped": [], "delivered": "delivered"},
        {"answer": "Reject", "skipped": ["targets"], "delivered": "DeliveryRefused"},
    ]
    rows = [row for row in audit.rows(get_settings(tmp_path)) if row["action"] != "publish"]
    assert [(r["action"], r["actor"], r["period"], r["version"], r["reason"]) for r in rows] == [
        ("refuse", "budi", "2026-10", 1, "JPM Kota Kendari keliru"),
        ("approve", "budi", "2026-10", 1, None),
        ("refuse", "budi", "2026-10", 1, None),
    ]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def tighten(expectations: Path) -> None:
    """Make a bound of the competency suite one that no month meets."""
    path = expectations / "competency.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    bound = next(
        item["kwargs"]
        for item in suite["expectations"]
        if item["type"] == "expect_column_values_to_be_between"
        and item["kwargs"]["column"] == "required_level"
    )
    bound["max_value"] = bound["min_value"]
    path.write_text(json.dumps(suite), encoding="utf-8")


@pytest.mark.slow
def test_a_failed_gate_fails_the_build_and_leaves_the_publication(
    dag_month: Path, tmp_path: Path
) -> None:
    from asn_warehouse.settings import get_settings

    served = get_settings(dag_month).marts_database
    before = served.read_bytes()
    project = tmp_path / "project"
    shutil.copytree(PROJECT / "expectations", project / "expectations")
    for name in ("contracts", "dbt_project"):
        (project / name).symlink_to(PROJECT / name)
    tighten(project / "expectations")

    outcomes, log = run(
        dag_month, "--force", "--period", PERIOD, "build_warehouse", ASN_PROJECT_DIR=str(project)
    )
    (outcome,) = outcomes
    assert outcome["state"] == "failed", log
    assert outcome["tasks"]["gate_marts"] == "failed", log
    assert outcome["tasks"]["publish"] == "upstream_failed", log
    assert "Gate marts of 2026-10 failed" in log
    assert "required_level" in log
    assert served.read_bytes() == before


@pytest.mark.slow
def test_the_build_dag_computes_and_serves_the_same_on_postgresql(
    dag_month: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home that moves to a server; the server asks no password, and so any will do."""
    from asn_warehouse import ops, publish
    from asn_warehouse.periods import Period
    from asn_warehouse.settings import get_settings

    period, secret = Period.parse(PERIOD), "a-password-of-the-tests"
    embedded = publish.current(get_settings(dag_month), period)
    assert embedded is not None
    server = {
        "ASN_TARGET": "postgres",
        "ASN_POSTGRES_DSN": postgres.replace("@", f":{secret}@", 1),
    }
    outcomes, log = run(dag_month, "--force", "--period", PERIOD, "build_warehouse", **server)
    assert [outcome["state"] for outcome in outcomes] == ["success"], log
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    settings = get_settings(dag_month)
    shared = publish.current(settings, period)
    assert shared is not None
    assert (shared.version, shared.content_sha256) == (1, embedded.content_sha256)
    assert ops.read(settings, "build")[-1]["engine"] == "postgres"
    with psycopg.connect(postgres) as connection:
        rows = connection.execute("select count(*) from marts.position_fit").fetchone()
        schemas = connection.execute("select nspname from pg_namespace").fetchall()
    assert rows is not None and rows[0] > 0
    assert not [name for (name,) in schemas if name.startswith("build_")], "dropped once published"
    kept = [path for path in (dag_month / "airflow").rglob("*") if path.is_file()]
    assert {path.name for path in kept} >= {"airflow.db", "runs.log"}
    assert [path for path in kept if secret.encode() in path.read_bytes()] == []
