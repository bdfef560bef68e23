"""As whom Superset asks PostgreSQL: one login for readers, one for analysts, one for each agency.

An agency's login is a member of ``asn_agency_<code>`` alone and acts as it from the first moment,
so that the row policies are PostgreSQL's whatever SQL Superset is made to send: there is no role
that it could change to. Passwords are new at every start.
"""

import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from asn_warehouse.access.declaration import ANALYST, BI, agency_role
from asn_warehouse.errors import ConfigurationError

PREFIX = "asn_superset"


def renew(dsn: str, agencies: Iterable[str]) -> dict[str, Any]:
    """Make the logins, each with a new password, and return them with the place of the server.

    Args:
        dsn: of an administrator: one who may create roles.
        agencies: codes of those that may look.

    Raises:
        ConfigurationError: when the user may not do it, or `asn grant` was not run.
    """
    try:
        with psycopg.connect(dsn) as connection:
            place = urlsplit(dsn)
            return {
                "host": connection.info.host,
                "port": connection.info.port,
                "database": unquote(place.path[1:]) or connection.info.dbname,
                "reader": _login(connection, PREFIX, BI),
                "analyst": _login(connection, f"{PREFIX}_analyst", ANALYST),
                "agencies": {
                    code: _login(
                        connection, f"{PREFIX}_agency_{code}", agency_role(code), acts=True
                    )
                    for code in agencies
                },
            }
    except psycopg.errors.UndefinedObject as error:
        raise ConfigurationError(
            "A role is not there yet.", mend="Run `asn grant` and `asn restore` first."
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"PostgreSQL refused: {error.diag.message_primary}",
            mend="Let ASN_POSTGRES_DSN name an administrator while `make bi` runs.",
        ) from error
    except psycopg.OperationalError as error:
        raise ConfigurationError(
            "The PostgreSQL of ASN_POSTGRES_DSN does not answer.",
            mend="Check the DSN and that the server runs.",
        ) from error


def _login(
    connection: psycopg.Connection[tuple[Any, ...]], name: str, role: str, *, acts: bool = False
) -> dict[str, str]:
    """Let ``name`` sign in with a new password as a member of ``role`` alone."""
    password = secrets.token_urlsafe(32)
    verifier = connection.pgconn.encrypt_password(
        password.encode(), name.encode(), b"scram-sha-256"
    ).decode()
    login, member_of = sql.Identifier(name), sql.Identifier(role)
    known = connection.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone()
    if not known:
        connection.execute(sql.SQL("create role {}").format(login))
    connection.execute(
        sql.SQL("alter role {} login password {}").format(login, sql.Literal(verifier))
    )
    connection.execute(sql.SQL("grant {} to {}").format(member_of, login))
    others = connection.execute(
        "select r.rolname from pg_auth_members as a join pg_roles as r on r.oid = a.roleid"
        " join pg_roles as m on m.oid = a.member where m.rolname = %s and r.rolname <> %s",
        [name, role],
    ).fetchall()
    for (other,) in others:
        connection.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(other), login))
    # Readers are many, processors few: helpers of one query take from others what they give it.
    connection.execute(
        sql.SQL("alter role {} set max_parallel_workers_per_gather = 0").format(login)
    )
    if acts:
        connection.execute(sql.SQL("alter role {} set role = {}").format(login, sql.Literal(role)))
    return {"user": name, "password": password}
