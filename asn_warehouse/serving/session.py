"""Connections to the PostgreSQL that serves, and statements on them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from adbc_driver_manager import Error
from adbc_driver_manager.dbapi import Connection
from adbc_driver_postgresql import dbapi

from asn_warehouse.engines.duckdb import identifier
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.settings import Settings

PUBLISHER = "asn_publisher"
"""The role that owns what is served, once ``asn grant`` has made it."""

__all__ = ["Connection", "connect", "execute", "fetch", "identifier", "qualified", "settle"]


@contextmanager
def connect(settings: Settings, *, autocommit: bool = False) -> Iterator[Connection]:
    """Yield a connection as the publisher, where that role is there and one may be it; zone UTC.

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
        if may_publish(connection):
            execute(connection, f"set role {PUBLISHER}")
        settle(connection, autocommit=autocommit)
        yield connection
    finally:
        connection.close()


def may_publish(connection: Connection) -> bool:
    """Return whether the role of publishers exists and who is connected belongs to it."""
    return bool(
        fetch(
            connection,
            "select 1 from pg_roles"
            " where rolname = $1 and pg_has_role(current_user, oid, 'member')",
            [PUBLISHER],
        )
    )


def settle(connection: Connection, *, autocommit: bool = False) -> None:
    """End the transaction under way, so that no snapshot is held."""
    if not autocommit:
        connection.commit()


def execute(connection: Connection, statement: str, values: Sequence[object] = ()) -> int:
    """Run a statement that returns nothing; return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values) or None)
        return int(cursor.rowcount)


def fetch(
    connection: Connection, statement: str, values: Sequence[object] = ()
) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values) or None)
        return [tuple(row) for row in cursor.fetchall()]


def qualified(schema: str, table: str) -> str:
    """Return a quoted name with its schema."""
    return f"{identifier(schema)}.{identifier(table)}"
