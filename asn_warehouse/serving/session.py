"""Connections to the PostgreSQL that serves, and statements on them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from adbc_driver_manager import Error
from adbc_driver_manager.dbapi import Connection
from adbc_driver_postgresql import dbapi

from asn_warehouse.engines.duckdb import identifier
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.settings import Settings

PUBLISHER = "asn_publisher"
"""The role that owns what is served, once ``asn grant`` has made it."""

__all__ = [
    "Connection",
    "Session",
    "connect",
    "execute",
    "fetch",
    "identifier",
    "is_granted",
    "qualified",
    "settle",
]


class Session(Protocol):
    """A connection of whichever driver: access is declared and looked at over both."""

    def cursor(self) -> Any:
        """Return a cursor."""


@contextmanager
def connect(
    settings: Settings, *, autocommit: bool = False, role: str | None = PUBLISHER
) -> Iterator[Connection]:
    """Yield a connection that acts as ``role``, where it is there and one may be it; zone UTC.

    Args:
        settings: the server.
        autocommit: end a transaction with each statement.
        role: None to act as whoever the DSN names.

    Raises:
        ConfigurationError: when there is no DSN, or no server answers under it.
    """
    if settings.postgres_dsn is None:
        raise ConfigurationError("No PostgreSQL is configured.", mend="Set ASN_POSTGRES_DSN.")
    try:
        connection = dbapi.connect(settings.postgres_dsn.get_secret_value(), autocommit=autocommit)
    except Error as error:
        # What libpq says of a DSN that it cannot parse repeats it, password and all.
        said = str(error).partition("connection to server")
        reason = "".join(said[1:]).strip() or "The DSN cannot be read."
        raise ConfigurationError(
            f"The PostgreSQL of ASN_POSTGRES_DSN does not answer: {reason}",
            mend="Check the DSN and that the server runs.",
        ) from None
    try:
        execute(connection, "set timezone = 'UTC'")
        # Nothing that somebody put into a schema of theirs is found by a name without a schema.
        execute(connection, "set search_path = pg_catalog, pg_temp")
        if role is not None and may_act_as(connection, role):
            execute(connection, f"set role {identifier(role)}")
        settle(connection, autocommit=autocommit)
        yield connection
    finally:
        connection.close()


def is_granted(connection: Connection) -> bool:
    """Return whether ``asn grant`` was run on this database: roles are those of the server."""
    return bool(fetch(connection, IS_GRANTED))


def may_act_as(connection: Connection, role: str) -> bool:
    """Return whether who is connected may act as ``role``, of those granted on this database."""
    return bool(fetch(connection, MAY_ACT_AS.format("$1"), [role]))


IS_GRANTED = f"""
    select 1 from pg_namespace as n join pg_roles as o on o.oid = n.nspowner
    where n.nspname = 'marts' and o.rolname = '{PUBLISHER}'
"""
MAY_ACT_AS = f"""
    select 1 from pg_roles as r
    where r.rolname = {{}} and pg_has_role(session_user, r.oid, 'member') and exists ({IS_GRANTED})
"""


def settle(connection: Connection, *, autocommit: bool = False) -> None:
    """End the transaction under way, so that no snapshot is held."""
    if not autocommit:
        connection.commit()


def execute(connection: Session, statement: str, values: Sequence[object] = ()) -> int:
    """Run a statement that returns nothing; return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values) or None)
        return int(cursor.rowcount)


def fetch(
    connection: Session, statement: str, values: Sequence[object] = ()
) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values) or None)
        return [tuple(row) for row in cursor.fetchall()]


def qualified(schema: str, table: str) -> str:
    """Return a quoted name with its schema."""
    return f"{identifier(schema)}.{identifier(table)}"
