"""A whole month on PostgreSQL, made by a login that is no superuser: who reads what of it."""

import shutil
from collections.abc import Iterator

import psycopg
import pytest
from access_server import forget_roles
from e2e_home import Month
from month_access import LOGINS, assert_protected, assert_read_as_declared
from on_postgres import Computed, computing_on, granted_pipeline
from postgres_server import Server

from asn_warehouse import access, publish
from asn_warehouse.settings import get_settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(
    month: Month, postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An empty server that the pipeline's login has filled from the month's archive."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(month.settings.home, home)
    with postgres_server.empty_database() as dsn:
        with computing_on(granted_pipeline(postgres_server, dsn, home)):
            publish.restore(get_settings(home))
        yield dsn
        forget_roles(dsn, (*LOGINS,))


def test_every_mart_of_a_month_is_read_as_declared(served: str) -> None:
    assert_read_as_declared(served)


def test_what_the_pipeline_serves_is_protected(served: str) -> None:
    assert_protected(served)


def test_the_lake_and_a_candidate_are_protected(
    month_on_postgres: Computed, postgres_server: Server
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(month_on_postgres.dsn)["dbname"]
    dsn = postgres_server.database(str(name))
    owners = assert_protected(dsn)
    assert owners["lake"] == {"asn_loader"}
    candidates = [schema for schema in owners if schema.startswith("build_")]
    assert len(candidates) >= 5
    assert {owner for schema in candidates for owner in owners[schema]} == {"asn_builder"}
    with psycopg.connect(dsn) as admin:
        for role in (access.ANALYST, access.BI, access.AGENCY, access.PUBLISHER):
            for schema in ("lake", *candidates):
                may = admin.execute(
                    "select has_schema_privilege(%s, %s, 'usage')", [role, schema]
                ).fetchone()
                assert may == (False,), (role, schema)


def test_at_no_moment_did_a_killed_run_leave_a_table_without_policies(
    month_on_postgres: Computed,
) -> None:
    """Somebody looked all the time at what was committed, from the first table on."""
    looks = month_on_postgres.looks
    assert looks.taken > 100
    assert looks.found == set()
