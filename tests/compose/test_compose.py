"""What the container files promise; `test_start.py` beside this one starts them for real."""

import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE = PROJECT / "docker-compose.yml"
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services of the compose file."""
    return dict(yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"])


def test_the_services_are_those_of_a_small_team(services: dict[str, Any]) -> None:
    assert set(services) == {"postgres", "migrate", *AIRFLOW, "report-site"}


def test_every_image_is_pinned_to_a_version(services: dict[str, Any]) -> None:
    images = [service["image"] for service in services.values()]
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    images += re.findall(r"^FROM (\S+)", dockerfile, flags=re.MULTILINE)
    assert len(images) >= len(services) + 2
    for image in images:
        assert re.fullmatch(r"[a-z.]+/\S+:\d+\.\d+(\.\d+)?[a-z0-9.-]*", image), image


def test_every_service_has_a_health_check_and_limits(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert "mem_limit" in service and "cpus" in service, name
        check = service["healthcheck"]
        # The migration ends, so its exit code is its health.
        assert check.get("test") or (name == "migrate" and check["disable"] is True), name


def test_every_file_system_is_read_only_and_no_service_gains_privileges(
    services: dict[str, Any],
) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert not service.get("privileged"), name


def test_whoever_works_is_told_where_files_land_and_which_server_serves_and_computes(
    services: dict[str, Any],
) -> None:
    names = {"ASN_LANDING", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"}
    names |= {"ASN_POSTGRES_DSN", "ASN_TARGET"}
    for name in AIRFLOW:
        environment = services[name]["environment"]
        assert names <= set(environment), name
        assert not [key for key in names if environment[key] is not None], "no value of its own"


def test_ports_are_open_on_this_host_only(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_report_site_sees_reports_and_nothing_else_of_the_home(
    services: dict[str, Any],
) -> None:
    mounts = [mount.split(":") for mount in services["report-site"]["volumes"]]
    assert ["report", "/srv/report", "ro"] in mounts
    assert all(mount[0] != "home" and mount[-1] == "ro" for mount in mounts)


def test_a_secret_has_no_default_and_its_absence_stops_the_start(services: dict[str, Any]) -> None:
    found = 0
    for name, service in services.items():
        for key, value in service.get("environment", {}).items():
            if key.startswith(("AWS_", "ASN_SMTP_")):
                assert value is None, "object store and mail are choices: passed on, never set"
            elif re.search(r"PASSWORD$|SECRET|_KEY$|SQL_ALCHEMY_CONN", key):
                found += 1
                assert re.search(r"\$\{[A-Z_]+:\?[^}]+\}", str(value)), (name, key)
    assert found >= 10


def test_make_secrets_gives_every_variable_that_compose_demands(tmp_path: Path) -> None:
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE.read_text(encoding="utf-8")))
    first, second = tmp_path / "one.env", tmp_path / "two.env"
    for path in (first, second):
        subprocess.run([sys.executable, PROJECT / "scripts/make_secrets.py", path], check=True)
    one, two = (dict(_lines(path)) for path in (first, second))
    assert set(one) == demanded
    assert all(len(one[name]) >= 20 and one[name] != two[name] for name in demanded)
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    before = first.read_text()
    subprocess.run([sys.executable, PROJECT / "scripts/make_secrets.py", first], check=True)
    assert first.read_text() == before


def test_the_image_holds_no_secret_and_no_data() -> None:
    ignored = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    assert not [line for line in ignored if line.startswith("!") and re.search("env|var|git", line)]


def _lines(path: Path) -> list[tuple[str, str]]:
    return [
        (line.split("=", 1)[0], line.split("=", 1)[1])
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
