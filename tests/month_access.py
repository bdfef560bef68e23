"""Who reads what of a whole month that a PostgreSQL serves, and that all of it is protected."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
from access_matrix import DENIED, granted_to_everybody
from access_ways import Seen, column, plain
from on_postgres import computing_on
from postgres_server import Server

from asn_warehouse import access
from asn_warehouse.serving.session import connect
from asn_warehouse.settings import get_settings

LOGINS = {"t_reads_all": "asn_analyst", "t_reads_safe": "asn_bi"}
AGENCIES = 3

_RELATIONS = r"""
    select n.nspname::text, c.relname::text from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname !~ '^(pg_|information_schema)'
    order by 1, 2
"""


def assert_read_as_declared(served: str) -> None:
    """Assert for every table what each login sees of it, and that agencies see enough to tell."""
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
