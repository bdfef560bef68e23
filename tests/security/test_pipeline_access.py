"""A whole month on PostgreSQL, made by a login that is no superuser: who reads what of it."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from access_matrix import granted_to_everybody
from access_server import forget_roles
from access_ways import Seen, column, plain
from e2e_home import Month
from on_postgres import Computed, computing_on, granted_pipeline
from postgres_server import Server

from asn_warehouse import access, publish
from asn_warehouse.serving.session import connect
from asn_warehouse.settings import get_settings

pytestmark = pytest.mark.slow

LOGINS = {"t_reads_all": "asn_analyst", "t_reads_safe": "asn_bi"}
AGENCIES = 3
DENIED = psycopg.errors.InsufficientPrivilege

_RELATIONS = r"""
    select n.nspname::text, c.relname::text from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname !~ '^(pg_|information_schema)'
    order by 1, 2
"""


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
    with ExitStack() as stack:
        admin = stack.enter_context(psycopg.connect(served, autocommit=True))
        for user, role in LOGINS.items():
            admin.execute(f"create role {user} login in role {role}".encode())
        codes = [
            str(code)
            for (code,) in admin.execute(
                "select distinct agency_code from marts.position_fit order by 1 limit %s",
                [AGENCIES],
            )
        ]
        assert len(codes) == AGENCIES
        for code in codes:
            admin.execute(f'alter role "asn_agency_{code}" login'.encode())
        sessions = {
            user: stack.enter_context(psycopg.connect(Server(served).as_user(user).dsn))
            for user in (*LOGINS, *(f"asn_agency_{code}" for code in codes))
        }
        places = admin.execute(_RELATIONS.encode()).fetchall()
        assert len([name for schema, name in places if schema == "marts"]) >= 30
        assert len([name for schema, name in places if schema == "safe"]) >= 20
        seen_by_agencies = 0
        for schema, name in places:
            if schema == "ops":
                continue
            table = f"{schema}.{name}"
            rows, has_agency = plain(admin, table), column(admin, table) == "agency_code"
            for user, session in sessions.items():
                wanted = allowed(user, schema, rows, has_agency=has_agency)
                assert seen(session, table) == wanted, (user, table)
                if user not in LOGINS and schema == "marts" and wanted:
                    seen_by_agencies += sum(wanted.values())
        assert seen_by_agencies > 1000


def allowed(user: str, schema: str, rows: Seen, *, has_agency: bool) -> Seen | None:
    """Return how many rows of each agency ``user`` is to see of a table with ``rows``."""
    role = LOGINS.get(user, "asn_agency")
    if role == "asn_analyst":
        return rows if schema in ("marts", "safe", "open") else None
    if role == "asn_bi":
        return rows if schema == "safe" else None
    own = user.removeprefix("asn_agency_")
    if schema == "safe":
        return Seen({code: n for code, n in rows.items() if code in (own, None, "-")})
    if schema == "marts" and has_agency:
        return Seen({own: rows[own]} if rows[own] else {})
    return None


def seen(session: psycopg.Connection[tuple[Any, ...]], table: str) -> Seen | None:
    """Return what a session sees of a table; None where it is denied."""
    try:
        return plain(session, table)
    except DENIED:
        return None
    finally:
        session.rollback()


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


def assert_protected(dsn: str) -> dict[str, set[str]]:
    """Assert forced policies and that PUBLIC may nothing; return who owns what in each schema."""
    with computing_on(dsn), connect(get_settings(Path()), role=None) as connection:
        assert access.unprotected(connection) == []
    owners: dict[str, set[str]] = {}
    with psycopg.connect(dsn) as admin:
        assert granted_to_everybody(admin) == []
        forced = admin.execute(
            "select count(*) from pg_class where relrowsecurity and relforcerowsecurity"
        ).fetchone()
        assert forced is not None and forced[0] > 50
        for schema, owner in admin.execute(
            "select relnamespace::regnamespace::text, pg_get_userbyid(relowner)::text from pg_class"
            " where relkind in ('r', 'p', 'v', 'm', 'f')"
            " and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'"
        ):
            owners.setdefault(schema, set()).add(owner)
    return owners
