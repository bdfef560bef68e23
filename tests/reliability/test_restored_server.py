"""A dump of what PostgreSQL serves, restored on an empty server, gives the report byte for byte."""

import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from e2e_home import OCTOBER, Month, digests
from postgres_server import Server, programs, running_server
from pydantic import SecretStr
from served_postgres import rows_in

from asn_warehouse import access, publish
from asn_warehouse import report as reporting
from asn_warehouse.settings import Settings

pytestmark = pytest.mark.slow


def run(program: str, *options: str, given: bytes = b"") -> bytes:
    """Return what a program of PostgreSQL writes."""
    command = [str(programs() / program), *options]
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


def test_the_report_from_a_restored_dump_is_the_report_of_the_file(
    month: Month, postgres: str, postgres_server: Server, tmp_path: Path
) -> None:
    shutil.copytree(month.settings.home, tmp_path / "home")
    home = {"home": tmp_path / "home", "postgres_dsn": SecretStr(postgres)}
    served = month.settings.model_copy(update=home)
    shutil.rmtree(served.report)
    served.marts_database.unlink()
    access.apply(served)
    assert OCTOBER in publish.restore(served)
    dump = run("pg_dump", "-Fc", postgres)
    roles = run("pg_dumpall", "--roles-only", "-d", postgres_server.dsn)
    with running_server() as empty, empty.empty_database() as dsn:
        run("psql", "-q", empty.dsn, given=roles)
        run("pg_restore", "--exit-on-error", "-d", dsn, given=dump)
        restored = served.model_copy(update={"postgres_dsn": SecretStr(dsn)})
        access.apply(restored)
        assert access.apply(restored) == []
        assert rows_in(dsn) == rows_in(postgres)
        assert_served_to_bi(dsn)
        assert publish.restore(restored) == [], "nothing is missing"
        made = reporting.make_report(restored, OCTOBER)
        assert digests(made.directory) == digests(of_the_file(month.settings))


def of_the_file(settings: Settings) -> Path:
    """Return the folder of the report that was made from the served file."""
    return settings.report / str(OCTOBER) / "v1"


def assert_served_to_bi(dsn: str) -> None:
    """Assert that the roles came with the dump: BI reads safe marts and no others."""
    with psycopg.connect(dsn) as connection:
        connection.execute("set role asn_bi")
        assert connection.execute("select count(*) from safe.competency_gap_agency").fetchall()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select 1 from marts.competency_gap_agency")
