"""Schema ``lake`` of PostgreSQL: the admitted rows of every month that was ever needed.

A table per dataset, a partition per month. A batch is copied once, in one transaction with its row
of ``lake.loaded``; a rotation or an erasure empties all of it. ``lake.home`` says whose lake it is:
two homes would take each other's batches for their own.
"""

import secrets
import socket
from collections.abc import Iterable
from pathlib import Path

import duckdb
from psycopg import sql

from asn_warehouse import contracts, switching
from asn_warehouse.access import LOADER
from asn_warehouse.engines import duckdb as embedded
from asn_warehouse.engines import server
from asn_warehouse.engines.duckdb import Batch, Lake
from asn_warehouse.engines.server import Connection
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.settings import Settings

LAKE = "lake"

_TYPES = {
    "VARCHAR": "text",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BOOLEAN": "boolean",
}
_LOCK = 5_236_001
"""Key of the advisory lock of whoever loads the lake."""

_OWN_TABLES = (
    """
    create table if not exists lake.loaded (
        dataset text not null,
        month text not null,
        batch_id text not null,
        rows bigint not null,
        loaded_at timestamptz not null default now(),
        primary key (dataset, month, batch_id)
    )
    """,
    """
    create table if not exists lake.candidate (
        name text primary key,
        prepared_at timestamptz not null default now()
    )
    """,
    "create table if not exists lake.pseudonyms (made_by text not null)",
    """
    create table if not exists lake.home (
        id text not null,
        place text not null,
        since timestamptz not null default now()
    )
    """,
)

Missing = list[tuple[str, Batch]]
"""Batches that are not copied yet, with their dataset."""


def lock(connection: Connection) -> None:
    """Let nobody else change the copy until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])


def is_there(connection: Connection) -> bool:
    """Return whether the database holds a copy of a lake."""
    found = connection.execute("select to_regclass('lake.home') is not null").fetchone()
    return found is not None and bool(found[0])


def make_ready(connection: Connection, settings: Settings, lake: Lake) -> Missing:
    """Make tables and partitions for what ``lake`` counts; return the batches to be copied.

    Raises:
        ConfigurationError: when the database holds the lake of another home.
    """
    # Not "if not exists", which asks for the right to make schemas where there is one, too.
    if connection.execute("select to_regnamespace(%s)", [LAKE]).fetchone() == (None,):
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(LAKE)))
    for statement in _OWN_TABLES:
        connection.execute(statement.encode())
    _claim(connection, settings)
    _create_tables(connection, settings)
    missing = _not_loaded(connection, lake)
    for dataset, month in _months(missing):
        connection.execute(
            sql.SQL("create table if not exists {} partition of {} for values in ({})").format(
                sql.Identifier(LAKE, _partition(dataset, month)),
                sql.Identifier(LAKE, dataset),
                sql.Literal(month),
            )
        )
    return missing


def load(settings: Settings, candidate: duckdb.DuckDBPyConnection, missing: Missing) -> int:
    """Copy batches, each with its row of ``lake.loaded`` in one transaction; return the rows."""
    copied = 0
    with server.adbc(settings, LOADER) as connection:
        for dataset, batch in missing:
            typed = {**typed_columns(settings, dataset), "batch_id": "VARCHAR"}
            query = embedded.typed_select(
                candidate, [batch.path], typed, {"batch_id": batch.batch_id}
            )
            at = (dataset, batch.month, batch.batch_id)
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock($1)", (_LOCK,))
                cursor.fetchall()
                cursor.execute(
                    "select 1 from lake.loaded where dataset = $1 and month = $2 and batch_id = $3",
                    at,
                )
                if not cursor.fetchall():
                    arrow = candidate.sql(query).to_arrow_reader()
                    rows = server.append(cursor, arrow, LAKE, _partition(dataset, batch.month))
                    cursor.execute(
                        "insert into lake.loaded (dataset, month, batch_id, rows)"
                        " values ($1, $2, $3, $4)",
                        (*at, rows),
                    )
                    copied += rows
            connection.commit()
    return copied


def analyse(connection: Connection, missing: Missing) -> None:
    """Tell the planner of the partitions that were filled."""
    for dataset, month in _months(missing):
        connection.execute(
            sql.SQL("analyze {}").format(sql.Identifier(LAKE, _partition(dataset, month)))
        )


def empty_outdated(connection: Connection, settings: Settings) -> bool:
    """Empty the copy if pseudonyms were made anew since it was made; return whether it was."""
    made_by = switching.pseudonyms_made_by(settings)
    known = connection.execute("select made_by from lake.pseudonyms").fetchone()
    if (known[0] if known else "") == made_by:
        return False
    connection.execute("delete from lake.pseudonyms")
    connection.execute("insert into lake.pseudonyms values (%s)", [made_by])
    connection.execute("truncate lake.loaded")
    for dataset in contracts.datasets(settings):
        if connection.execute("select to_regclass(%s)", [f"lake.{dataset}"]).fetchone() != (None,):
            connection.execute(sql.SQL("truncate {}").format(sql.Identifier(LAKE, dataset)))
    return True


def typed_columns(settings: Settings, dataset: str) -> dict[str, str]:
    """Return the columns of a dataset that models see, with the embedded engine's types."""
    return {**contracts.lake_columns(settings, dataset), "period": "VARCHAR"}


def is_ours(connection: Connection, settings: Settings) -> bool:
    """Return whether the copy in the database is of this home's lake."""
    path = _home_file(settings)
    found = connection.execute("select id from lake.home").fetchone()
    return found is not None and path.exists() and found[0] == path.read_text(encoding="utf-8")


def _claim(connection: Connection, settings: Settings) -> None:
    """Assert that the database is this home's; an unclaimed one becomes it."""
    ours = _home_id(settings)
    found = connection.execute("select id, place, since from lake.home").fetchone()
    if found is None:
        place = f"{settings.home} on {socket.gethostname()}"
        connection.execute("insert into lake.home (id, place) values (%s, %s)", [ours, place])
    elif found[0] != ours:
        raise ConfigurationError(
            f"The database of ASN_POSTGRES_DSN computes for another home since {found[2]:%Y-%m-%d}:"
            f" {found[1]}.",
            mend="Give each home a database of its own. Is that home gone for good?"
            " `drop schema lake cascade` there, and this one takes its place.",
        )


def _home_id(settings: Settings) -> str:
    """Return what tells this home's lake from others; it goes with the lake wherever it is."""
    path = _home_file(settings)
    with switching.locked(settings, "home-id"):
        if not path.exists():
            temporary = path.with_name(f".{path.name}.tmp")
            temporary.write_text(secrets.token_hex(8), encoding="utf-8")
            temporary.replace(path)
        return path.read_text(encoding="utf-8")


def _home_file(settings: Settings) -> Path:
    return settings.lake / "home"


def _create_tables(connection: Connection, settings: Settings) -> None:
    """Make the tables, and columns that a contract has got since; locks no table without need."""
    there: dict[str, set[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from information_schema.columns where table_schema = %s",
        [LAKE],
    ).fetchall():
        there.setdefault(table, set()).add(column)
    for dataset in contracts.datasets(settings):
        table = sql.Identifier(LAKE, dataset)
        typed = {**typed_columns(settings, dataset), "batch_id": "VARCHAR"}
        if dataset not in there:
            listed = sql.SQL(", ").join(_column(name, kind) for name, kind in typed.items())
            connection.execute(
                sql.SQL("create table {} ({}) partition by list (period)").format(table, listed)
            )
            continue
        for name in typed.keys() - there[dataset]:
            connection.execute(
                sql.SQL("alter table {} add column {}").format(table, _column(name, typed[name]))
            )


def _not_loaded(connection: Connection, lake: Lake) -> Missing:
    there = set(connection.execute("select dataset, month, batch_id from lake.loaded").fetchall())
    return [
        (dataset, batch)
        for dataset, batches in lake.batches.items()
        for batch in batches
        if (dataset, batch.month, batch.batch_id) not in there
    ]


def _months(missing: Iterable[tuple[str, Batch]]) -> list[tuple[str, str]]:
    return sorted({(dataset, batch.month) for dataset, batch in missing})


def _column(name: str, kind: str) -> sql.Composable:
    return sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_TYPES[kind.upper()]))


def _partition(dataset: str, month: str) -> str:
    return f"{dataset}_{month.replace('-', '_')}"
