"""Superset, started for real as `make bi` does it: every chart has rows, an agency only its own.

    make bi-install && ASN_TEST_BI=1 ASN_TEST_BI_HOME=var pytest tests/bi

needs Chromium and about two minutes. ``ASN_TEST_BI_HOME`` names a home with published months, such
as the demo's; it is not changed. Without it the tests run a month of their own, whose eight
agencies are so few that whole charts are hidden: then every chart must have an answer, not rows.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from bi_browser import Browser, Page, chromium, signed_in, visit  # noqa: E402

from asn_warehouse.bi.superset import ENVIRONMENT  # noqa: E402
from asn_warehouse.serving.temporary import free_port  # noqa: E402

CHARTS = {"nasional": 12, "program": 11, "talenta": 10, "instansi": 14}
ADMIN_PASSWORD = "9tWq-Kx2v_Zr7mLs4"


def _missing() -> str:
    """Return why it cannot be started here; empty where it can."""
    if os.environ.get("ASN_TEST_BI") != "1":
        return "set ASN_TEST_BI=1 to start Superset for real"
    if not (ENVIRONMENT / "bin" / "superset").exists():
        return "Superset is not installed: make bi-install"
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        return "Chromium is not installed: apt-get install chromium"
    return ""


pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(_missing()), reason=_missing()),
]


@dataclass
class Running:
    """Superset that answers: where, the home that it shows, and the agency that was let in."""

    url: str
    home: Path
    agency: str
    agency_name: str
    password: str
    said: str


@pytest.fixture(scope="module")
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is published."""
    if named := os.environ.get("ASN_TEST_BI_HOME"):
        source = Path(named)
    else:
        source = request.getfixturevalue("month").settings.home
    copy = tmp_path_factory.mktemp("bi")
    for folder in ("reference", "warehouse"):
        shutil.copytree(source / folder, copy / folder, ignore=shutil.ignore_patterns("build"))
    return copy


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[Running]:
    """Superset as `make bi AGENCY=…` starts it; Ctrl-C ends it and all that it started."""
    with duckdb.connect(str(home / "warehouse" / "marts.duckdb"), read_only=True) as connection:
        ((agency, name),) = connection.execute(
            "select agency_code, agency_name from marts.competency_gap_agency"
            " where family is null and competency_code is null and position_level is null"
            " order by period desc, people desc limit 1"
        ).fetchall()
    port = free_port()
    environment = {n: v for n, v in os.environ.items() if not n.startswith("ASN_")}
    environment |= {"ASN_HOME": str(home), "ASN_BI_PASSWORD": ADMIN_PASSWORD, "COLUMNS": "200"}
    command = [sys.executable, PROJECT / "scripts" / "bi.py", "--port", str(port)]
    log = home / "said.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [*command, "--agency", agency], env=environment, stdout=file, stderr=file
        )
    try:
        end = time.monotonic() + 900
        while "Stop with" not in log.read_text() and time.monotonic() < end:
            assert process.poll() is None, log.read_text()
            time.sleep(1)
        said = log.read_text()
        found = re.search(rf"instansi-{agency} \(.*\): (\S+)", said)
        assert found, said
        yield Running(f"http://127.0.0.1:{port}", home, agency, name, found[1], said)
    finally:
        postgres = {int(pid) for pid in _children(process.pid)}
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, log.read_text()
        time.sleep(1)
        assert [pid for pid in postgres if Path(f"/proc/{pid}").exists()] == []
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, "Superset still answers"


def _children(pid: int) -> list[str]:
    """Return the processes that a process started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for path in tasks for child in path.read_text().split()]


@pytest.fixture(scope="module")
def browser(running: Running) -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def admin(browser: Browser, running: Running) -> Page:
    return signed_in(browser, running.url, "admin", ADMIN_PASSWORD)


@pytest.fixture(scope="module")
def agency(browser: Browser, running: Running) -> Page:
    return signed_in(browser, running.url, f"instansi-{running.agency}", running.password)


def asked(page: Page, running: Running, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    """Return status and JSON of a request with the session of a page."""
    answer: dict[str, Any] = page.evaluate(
        """async ([path, body]) => {
            const csrf = (await (await fetch('/api/v1/security/csrf_token/')).json()).result;
            const answer = await fetch(path, body === null ? {} : {
                method: 'POST', body: JSON.stringify(body),
                headers: {'Content-Type': 'application/json', 'X-CSRFToken': csrf},
            });
            const text = await answer.text();
            let json = null;
            try { json = JSON.parse(text); } catch (error) { json = {text}; }
            return {status: answer.status, json};
        }""",
        [path, body],
    )
    return answer


def test_it_says_where_what_and_how_to_stop(running: Running) -> None:
    assert running.url in running.said and "temporary PostgreSQL" in running.said
    assert ADMIN_PASSWORD not in running.said
    for name in ("secret_key", "logins.json", "accounts.json"):
        assert (running.home / "bi" / name).stat().st_mode & 0o777 == 0o600, name
    assert (running.home / "bi").stat().st_mode & 0o777 == 0o700
    kept = (running.home / "bi" / "superset.log").read_text() + running.said
    assert "postgresql://" not in kept


@pytest.mark.parametrize("slug", CHARTS)
def test_every_chart_of_every_dashboard_has_rows(admin: Page, running: Running, slug: str) -> None:
    seen = visit(admin, running.url, slug)
    assert seen.errors == [] and seen.elsewhere == []
    assert len(seen.rows) == CHARTS[slug]
    if "ASN_TEST_BI_HOME" not in os.environ:
        assert sum(map(bool, seen.rows.values())) > CHARTS[slug] // 2
        return
    for number, rows in seen.rows.items():
        assert rows, f"{slug}: chart {number} is empty"
        assert any(v is not None for row in rows for v in row.values()), f"{slug}: {number}"


@pytest.mark.parametrize("slug", CHARTS)
def test_an_agency_sees_only_its_rows(agency: Page, running: Running, slug: str) -> None:
    seen = visit(agency, running.url, slug)
    assert seen.errors == [] and len(seen.rows) == CHARTS[slug]
    named = {
        row["agency_name"] for rows in seen.rows.values() for row in rows if "agency_name" in row
    }
    assert named <= {running.agency_name, None}
    if slug in ("nasional", "instansi"):
        assert agency.get_by_text(running.agency_name).first.is_visible()
    if slug == "instansi":
        with duckdb.connect(str(running.home / "warehouse" / "marts.duckdb"), read_only=True) as c:
            ((people,),) = c.execute(
                "select people from marts.competency_gap_agency where agency_code = ?"
                " and family is null and competency_code is null and position_level is null"
                " order by period desc limit 1",
                [running.agency],
            ).fetchall()
        assert f"{people:,}".replace(",", ".") in agency.inner_text("body")


def test_an_agency_that_asks_for_all_gets_its_own(
    admin: Page, agency: Page, running: Running
) -> None:
    """The request names no agency and asks PostgreSQL to act as another: nothing comes of it."""
    listed = asked(admin, running, "/api/v1/dataset/?q=(page_size:100)", None)
    numbers = {one["table_name"]: one["id"] for one in listed["json"]["result"]}
    for table in ("competency_gap_agency_instansi", "competency_gap_agency"):
        other = "(select set_config('role', 'asn_analyst', false)) is not null"
        for where in ("", other, "set_config('role', 'asn_analyst', false) <> ''"):
            body = {
                "datasource": {"id": numbers[table], "type": "table"},
                "queries": [
                    {
                        "columns": ["agency_code"],
                        "metrics": ["pegawai"],
                        "row_limit": 1000,
                        "extras": {"where": where},
                    }
                ],
                "result_format": "json",
                "result_type": "full",
            }
            answer = asked(agency, running, "/api/v1/chart/data", body)
            if answer["status"] == 200:
                (result,) = answer["json"]["result"]
                assert {r["agency_code"] for r in result["data"]} <= {running.agency, None}
            assert answer["status"] == 200 or where, answer
        everyone = asked(admin, running, "/api/v1/chart/data", {**body, "queries": [
            {"columns": ["agency_code"], "metrics": ["pegawai"], "row_limit": 1000}
        ]})  # fmt: skip
        assert len(everyone["json"]["result"][0]["data"]) > 2, "the attack had nothing to find"


def test_an_agency_writes_no_sql_and_changes_nothing(agency: Page, running: Running) -> None:
    sql = {"database_id": 1, "sql": "select * from marts.competency_gap_agency"}
    assert asked(agency, running, "/api/v1/sqllab/execute/", sql)["status"] in (401, 403)
    for path, body in (
        ("/api/v1/chart/", {"slice_name": "x", "datasource_id": 1, "datasource_type": "table"}),
        ("/api/v1/dashboard/", {"dashboard_title": "x"}),
        ("/api/v1/dataset/", {"database": 1, "table_name": "x"}),
        ("/api/v1/database/", {"database_name": "x"}),
    ):
        assert asked(agency, running, path, body)["status"] in (401, 403, 404, 405), path


def test_a_stranger_sees_nothing(browser: Browser, running: Running) -> None:
    page = browser.new_page()
    page.goto(f"{running.url}/superset/dashboard/nasional/")
    assert "/login" in page.url
    assert page.request.get(f"{running.url}/api/v1/dashboard/").status in (401, 403)
    page.close()
