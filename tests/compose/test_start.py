"""The containers, started for real: a month goes from files to a report that the site answers.

    ASN_TEST_COMPOSE=1 pytest --log-cli-level=INFO tests/compose

needs Docker, or podman with podman-compose (its options of the machine go into CONTAINERS_CONF),
and about 3 minutes on two cores, the build apart. Where the build needs options, build the image
first; where no image registry is reachable, `tests/compose/stand_ins.sh` makes the base images.
Project name, volumes and ports are the test's own; everything is removed at the end. A `.env` in
the project is used, else secrets are made for the test.
"""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE = PROJECT / "docker-compose.yml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))[
    "services"
]
LOG = logging.getLogger(__name__)
NAME = "asn-test"
PERIOD = "2026-10"
AIRFLOW = "http://127.0.0.1:18080"
SITE = "http://127.0.0.1:18081"


def _engine() -> list[str] | str:
    """Return the compose command of this machine, or why there is none."""
    if os.environ.get("ASN_TEST_COMPOSE") != "1":
        return "set ASN_TEST_COMPOSE=1 to start the containers for real"
    if (
        shutil.which("docker")
        and not subprocess.run(
            ["docker", "compose", "version"], capture_output=True, check=False
        ).returncode
    ):
        return ["docker", "compose"]
    if shutil.which("podman-compose"):
        return ["podman-compose"]
    return "neither docker compose nor podman-compose is here"


ENGINE = _engine()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(isinstance(ENGINE, str), reason=str(ENGINE)),
]


def lines_of(path: Path) -> dict[str, str]:
    """Return the variables of an env file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.split("=", 1)[0]: line.split("=", 1)[1] for line in lines}


def until(seconds: int, what: str, ask: Callable[[], Any]) -> Any:
    """Return what ``ask`` gives, once that is true; what it asks need not be there yet."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if answer := ask():
                return answer
        except urllib.error.HTTPError as error:
            if error.code != 404 and error.code < 500:
                raise
        except OSError:
            pass
        time.sleep(2)
    pytest.fail(f"{what}: not within {seconds} s")


@dataclass
class Stack:
    """The running containers, seen from outside: compose, Airflow's API and the report site."""

    environment: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)

    def _done(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, cwd=PROJECT, capture_output=True, text=True, check=False
        )

    def compose(self, *arguments: str) -> None:
        """Run a compose command."""
        done = self._done([*ENGINE, "-p", NAME, "-f", str(COMPOSE), *arguments])
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]

    def inside(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a service's container; podman-compose would lose its exit code."""
        if ENGINE == ["podman-compose"]:
            return self._done(["podman", "exec", f"{NAME}_{service}_1", *command])
        options = ["-p", NAME, "-f", str(COMPOSE), "exec", "-T", service]
        return self._done([*ENGINE, *options, *command])

    def is_healthy(self, service: str) -> bool:
        """Run a service's own health check in its container, as the engine does."""
        kind, *test = SERVICES[service]["healthcheck"]["test"]
        command = ["sh", "-c", *test] if kind == "CMD-SHELL" else test
        return self.inside(service, *command).returncode == 0

    def api(self, method: str, path: str, body: object = None) -> Any:
        """Ask Airflow's API; returns its JSON."""
        request = urllib.request.Request(
            AIRFLOW + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **self.headers},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def log_in(self) -> None:
        """Take a token with the password of the env file."""
        user = {"username": "admin", "password": self.environment["ASN_ADMIN_PASSWORD"]}
        token = self.api("POST", "/auth/token", user)["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def run(self, dag: str, meanwhile: Callable[[str], None] | None = None, **conf: object) -> None:
        """Trigger a DAG and wait until it succeeded; ``meanwhile`` gets the path of the run."""
        started = time.monotonic()
        body = {"logical_date": None, "conf": {"period": PERIOD, **conf}}
        run = self.api("POST", f"/api/v2/dags/{dag}/dagRuns", body)
        path = f"/api/v2/dags/{dag}/dagRuns/{run['dag_run_id']}"
        if meanwhile:
            meanwhile(path)
        ended = ("success", "failed")
        until(600, dag, lambda: self.api("GET", path)["state"] in ended)
        tasks = self.api("GET", f"{path}/taskInstances")["task_instances"]
        states = {task["task_id"]: task["state"] for task in tasks}
        assert self.api("GET", path)["state"] == "success", (dag, states)
        LOG.info(f"{dag}: {time.monotonic() - started:.0f} s {states}")
        # What a scheduled run admitted before this one leaves nothing for `admit` to do.
        assert set(states.values()) - {"skipped"} == {"success"}, states
        assert {name for name, state in states.items() if state == "skipped"} <= {"admit"}, states


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole compose file, up and healthy; down with its volumes at the end."""
    secrets = PROJECT / ".env"
    if not secrets.exists():
        secrets = tmp_path_factory.mktemp("secrets") / ".env"
        subprocess.run([sys.executable, PROJECT / "scripts/make_secrets.py", secrets], check=True)
    ports = {"AIRFLOW_PORT": AIRFLOW.rsplit(":", 1)[1], "REPORT_PORT": SITE.rsplit(":", 1)[1]}
    running = Stack({**os.environ, **lines_of(secrets), **ports})
    running.compose("down", "-v")
    try:
        started = time.monotonic()
        running.compose("up", "-d")
        LOG.info(f"up: {time.monotonic() - started:.0f} s")
        for service in SERVICES.keys() - {"migrate"}:
            until(300, service, lambda service=service: running.is_healthy(service))
        LOG.info(f"all healthy: {time.monotonic() - started:.0f} s")
        running.log_in()
        yield running
    finally:
        running.compose("down", "-v")


def get(path: str) -> bytes:
    """Return what the report site answers."""
    with urllib.request.urlopen(SITE + path, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def test_a_month_goes_through_the_dags_to_the_site(stack: Stack) -> None:
    def approve(path: str) -> None:
        """Answer as the person does who approves the report."""
        address = f"{path}/taskInstances/approve/-1/hitlDetails"
        until(300, "the question for approval", lambda: stack.api("GET", address))
        answer = stack.api("PATCH", address, {"chosen_options": ["Approve"], "params_input": {}})
        assert answer["responded_by"]["name"] == "admin"

    size = ("--months", "1", "--agencies", "6", "--people", "600")
    made = stack.inside("scheduler", "asn", "simulate", "--period", PERIOD, *size)
    assert made.returncode == 0, made.stdout + made.stderr
    errors = stack.api("GET", "/api/v2/importErrors")["import_errors"]
    assert errors == []
    for dag in ("ingest_hr", "ingest_training", "ingest_survey"):
        stack.run(dag)
    stack.run("build_warehouse", force=True)
    stack.run("report_monthly", approve)

    assert "v1/" in get(f"/{PERIOD}/").decode()
    home = get(f"/{PERIOD}/v1/").decode()
    assert f"laporan-nasional-{PERIOD}.pdf" in home and "data/datapackage.json" in home
    manifest = json.loads(get(f"/{PERIOD}/v1/manifest.json"))
    assert manifest["period"] == PERIOD and manifest["version"] == 1
    kinds = {Path(file["path"]).suffix for file in manifest["files"]}
    assert {".html", ".pdf", ".xlsx", ".csv"} <= kinds
    for file in manifest["files"]:
        body = get(f"/{PERIOD}/v1/{file['path']}")
        assert hashlib.sha256(body).hexdigest() == file["sha256"], file
    assert get(f"/{PERIOD}/v1/laporan-nasional-{PERIOD}.pdf").startswith(b"%PDF-")
    assert b"<html" in get(f"/{PERIOD}/v1/index.html")[:200].lower()
    status = stack.inside("scheduler", "asn", "status", "--period", PERIOD)
    assert status.returncode == 0, status.stdout + status.stderr
    LOG.info(status.stdout)
