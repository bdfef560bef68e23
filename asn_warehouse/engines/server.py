"""Sessions on the PostgreSQL that computes, and statements that they share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from asn_warehouse.access.declaration import BUILDER, LOADER
from asn_warehouse.errors import ConfigurationError, UsageError
from asn_warehouse.serving import session
from asn_warehouse.serving.session import MAY_ACT_AS
from asn_warehouse.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST = 150000
"""The first version with views that read with the rights of whoever asks."""

_INCOMING = "incoming"


def dsn(settings: Settings) -> str:
    """Return where PostgreSQL is.

    Raises:
        UsageError: when nobody said it.
    """
    if settings.postgres_dsn is None:
        raise UsageError(
            "Computing on PostgreSQL needs a server.",
            mend="Set ASN_POSTGRES_DSN to postgresql://user@host:port/database.",
        )
    return settings.postgres_dsn.get_secret_value()


def session_options(settings: Settings) -> str:
    """Return how a session of the build works, as libpq takes it in PGOPTIONS.

    Sorts and hashes of a month stay in memory (``work_mem`` is per node of a plan and per worker);
    parallel workers help the few models that read whole datasets. Plans are not compiled: with
    hundreds of short statements compiling takes longer than running. A commit does not wait for the
    disk: what a crash takes away is a candidate, which is computed again.
    """
    chosen = {
        "timezone": "UTC",
        "work_mem": settings.postgres_work_mem,
        "max_parallel_workers_per_gather": settings.postgres_workers,
        "jit": "off",
        "synchronous_commit": "off",
    }
    return " ".join(f"-c {name}={value}" for name, value in chosen.items())


@contextmanager
def connect(settings: Settings, role: str = BUILDER) -> Iterator[Connection]:
    """Yield a connection in a transaction of its own: kept when the block ends well.

    It acts as ``role`` where `asn grant` has made that role and the user of the DSN may be it.

    Raises:
        UsageError: when nobody said where the server is.
        ConfigurationError: when it cannot be reached, is not one we can compute on, or refuses.
    """
    place = dsn(settings)
    try:
        connection = psycopg.connect(place, options="-c timezone=UTC")
    except psycopg.OperationalError as error:
        raise ConfigurationError(
            f"PostgreSQL cannot be reached: {' '.join(str(error).split())}",
            mend="Look at ASN_POSTGRES_DSN and whether the server runs.",
        ) from None
    except psycopg.ProgrammingError:
        # What libpq says of a DSN that it cannot parse repeats it, password and all.
        raise UsageError(
            "ASN_POSTGRES_DSN cannot be read.",
            mend="Write postgresql://user@host:port/database.",
        ) from None
    try:
        with connection:
            _assert_usable(connection)
            _act_as(connection, role)
            yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"PostgreSQL refused: {error.diag.message_primary}.",
            mend=f"The user of ASN_POSTGRES_DSN computes as a member of {LOADER} and {BUILDER}.",
        ) from error


@contextmanager
def acting_as(connection: Connection, role: str) -> Iterator[None]:
    """Act as another role, where one may, until the block ends well."""
    found = connection.execute("select current_user").fetchone()
    before = str(found[0]) if found else ""
    _act_as(connection, role)
    yield
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(before)))


def _act_as(connection: Connection, role: str) -> None:
    if connection.execute(MAY_ACT_AS.format("%s").encode(), [role]).fetchone() is not None:
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))


@contextmanager
def adbc(settings: Settings, role: str = BUILDER) -> Iterator[Any]:
    """Yield a connection that takes and gives Arrow, as ``role`` where one may."""
    with session.connect(settings, role=role) as connection:
        yield connection


def create_filled(cursor: Any, rows: pa.RecordBatchReader, schema: str, table: str) -> None:
    """Make a table of Arrow ``rows``."""
    cursor.adbc_ingest(table, rows, mode="create", db_schema_name=schema)


def append(cursor: Any, rows: pa.RecordBatchReader, schema: str, table: str) -> int:
    """Add Arrow ``rows`` to a table; return how many they were.

    They come into a temporary table and are inserted from there: a table with forced policies takes
    no COPY, but from a superuser.
    """
    counted = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal counted
        for batch in rows:
            counted += batch.num_rows
            yield batch

    reader = pa.RecordBatchReader.from_batches(rows.schema, batches())
    cursor.adbc_ingest(_INCOMING, reader, mode="create", temporary=True)
    listed = sql.SQL(", ").join(map(sql.Identifier, rows.schema.names))
    incoming = sql.Identifier("pg_temp", _INCOMING)
    move = sql.SQL("insert into {} ({}) select {} from {}").format(
        sql.Identifier(schema, table), listed, listed, incoming
    )
    cursor.execute(move.as_string(None))
    cursor.execute(sql.SQL("drop table {}").format(incoming).as_string(None))
    return counted


def texts(values: list[str]) -> sql.Composable:
    """Return an SQL array of texts."""
    return sql.SQL("array[{}]::text[]").format(sql.SQL(", ").join(map(sql.Literal, values)))


def _assert_usable(connection: Connection) -> None:
    """Assert a version with security_invoker views, and text ordered as the other engines do."""
    if connection.info.server_version < OLDEST:
        raise ConfigurationError(
            "PostgreSQL is older than 15.", mend="Use a server of version 15 or later."
        )
    row = connection.execute(
        "select datcollate, pg_encoding_to_char(encoding) from pg_database"
        " where datname = current_database()"
    ).fetchone()
    if row is None or row[0] not in ("C", "POSIX", "C.UTF-8", "C.utf8") or row[1] != "UTF8":
        raise ConfigurationError(
            f"The database orders text by {row[0] if row else '?'}: results would differ.",
            mend="Create it with: create database … template template0 encoding 'UTF8'"
            " lc_collate 'C' lc_ctype 'C'.",
        )
