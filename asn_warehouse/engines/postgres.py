"""The shared engine: lake rows copied into PostgreSQL, and a candidate in schemas of its own.

``lake.<dataset>`` holds the admitted rows of every month that was ever needed, one partition per
month; a batch is copied once, and ``lake.loaded`` says which are there. A candidate sees of them
what the embedded engine sees of the Parquet files: views that name the batches one by one.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
from psycopg import sql

from asn_warehouse import contracts
from asn_warehouse.engines import columns
from asn_warehouse.engines import duckdb as embedded
from asn_warehouse.engines.duckdb import Batch, Lake
from asn_warehouse.errors import BuildFailed, ConfigurationError
from asn_warehouse.settings import Settings
from asn_warehouse.switching import pseudonyms_made_by

LAKE = "lake"
LAYERS = ("staging", "core", "marts", "codes", "rules")
"""Schemas into which dbt builds, as the project names them."""

OLDEST = 150000
_SESSION = "-c timezone=UTC -c work_mem=128MB -c maintenance_work_mem=256MB -c jit=off"
"""How a session of the build works: large sorts and hashes in memory, no compilation of plans."""

_TYPES = {
    "VARCHAR": "text",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BOOLEAN": "boolean",
}
_CANDIDATE = r"^(build|parity_[a-z]+)_\d{4}_\d{2}(_|$)"
_LOCK = 5_236_001
"""Key of the advisory lock of whoever loads the lake."""


def candidate_schema(directory: Path, layer: str = "") -> str:
    """Return the schema of ``layer`` of the candidate in ``directory``, such as build/2026-10."""
    return "_".join(filter(None, (*directory.parts[-2:], layer))).replace("-", "_")


def dsn(settings: Settings) -> str:
    """Return where PostgreSQL is.

    Raises:
        ConfigurationError: when nobody said it.
    """
    if settings.postgres_dsn is None:
        raise ConfigurationError(
            "The target postgres needs a server.",
            mend="Set ASN_POSTGRES_DSN to postgresql://user@host:port/database.",
        )
    return settings.postgres_dsn.get_secret_value()


@contextmanager
def connect(settings: Settings) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Yield a connection in a transaction of its own: kept when the block ends well.

    Raises:
        ConfigurationError: when the server cannot be reached or is not one we can compute on.
    """
    try:
        connection = psycopg.connect(dsn(settings), options="-c timezone=UTC")
    except psycopg.OperationalError as error:
        raise ConfigurationError(
            f"PostgreSQL cannot be reached: {' '.join(str(error).split())}",
            mend="Look at ASN_POSTGRES_DSN and whether the server runs.",
        ) from error
    with connection:
        _assert_usable(connection)
        yield connection


def dbt_environment(settings: Settings, directory: Path) -> dict[str, str]:
    """Return what the target ``postgres`` of profiles.yml reads; the password is masked by dbt."""
    given = psycopg.conninfo.conninfo_to_dict(dsn(settings))
    wanted = {
        "ASN_BUILD_SCHEMA": candidate_schema(directory),
        "ASN_BUILD_HOST": given.get("host") or given.get("hostaddr"),
        "ASN_BUILD_PORT": given.get("port"),
        "ASN_BUILD_USER": given.get("user"),
        "ASN_BUILD_DBNAME": given.get("dbname") or given.get("user"),
        "ASN_BUILD_SSLMODE": given.get("sslmode"),
        "DBT_ENV_SECRET_BUILD_PASSWORD": given.get("password"),
        "PGOPTIONS": _SESSION,
    }
    return {name: str(value) for name, value in wanted.items() if value is not None}


def see_lake(
    settings: Settings, candidate: duckdb.DuckDBPyConnection, lake: Lake, directory: Path
) -> int:
    """Make the empty candidate of a period that sees ``lake``; return how many rows were copied.

    Args:
        settings: paths and the server.
        directory: the candidate's folder, which names its schemas.
        candidate: the embedded candidate of the same period: its commit log and reference files.
        lake: what counts for the period, file by file.

    Raises:
        ConfigurationError: when the server cannot be used.
    """
    with connect(settings) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        _create_lake(connection, settings)
        _forget_outdated(connection, settings)
        missing = _not_loaded(connection, lake)
        _create_partitions(connection, missing)
    copied = _load(settings, candidate, missing)
    with connect(settings) as connection:
        for dataset, month in sorted({(dataset, batch.month) for dataset, batch in missing}):
            connection.execute(
                sql.SQL("analyze {}").format(_name(LAKE, _partition(dataset, month)))
            )
        _create_candidate(connection, settings, lake, directory)
    _copy_small(settings, candidate, directory)
    return copied


def forget_outdated(settings: Settings) -> None:
    """Empty the copy of the lake, and drop candidates, if pseudonyms were made anew since.

    Raises:
        ConfigurationError: when the server cannot be used.
    """
    with connect(settings) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        found = connection.execute("select to_regclass('lake.loaded') is not null").fetchone()
        if found is not None and found[0]:
            _forget_outdated(connection, settings)


def fetch(settings: Settings, candidate: duckdb.DuckDBPyConnection, directory: Path) -> int:
    """Copy what dbt built into the embedded candidate, for gates, publication and reports.

    Returns:
        The number of tables and views that were copied.

    Raises:
        BuildFailed: when there is nothing to copy.
    """
    with connect(settings) as connection:
        described = connection.execute(
            """
            select table_schema, table_name, column_name, data_type
            from information_schema.columns
            where table_schema = any(%s)
            order by table_schema, table_name, ordinal_position
            """,
            [[candidate_schema(directory, layer) for layer in LAYERS]],
        ).fetchall()
    tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in described:
        tables.setdefault((schema, table), []).append((column, kind))
    if not tables:
        raise BuildFailed(f"PostgreSQL holds nothing of the build in {directory}.")
    prefix = candidate_schema(directory) + "_"
    with _adbc(settings) as adbc, adbc.cursor() as cursor:
        for (schema, table), typed in tables.items():
            layer = schema.removeprefix(prefix)
            cursor.execute(_read_query(schema, table, typed))
            _store(candidate, layer, table, cursor.fetch_record_batch())
    return len(tables)


def _assert_usable(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
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


def _create_lake(connection: psycopg.Connection[tuple[Any, ...]], settings: Settings) -> None:
    connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(LAKE)))
    connection.execute(
        """
        create table if not exists lake.loaded (
            dataset text not null,
            month text not null,
            batch_id text not null,
            rows bigint not null,
            loaded_at timestamptz not null default now(),
            primary key (dataset, month, batch_id)
        )
        """
    )
    for dataset in contracts.datasets(settings):
        table = _name(LAKE, dataset)
        typed = {**_typed(settings, dataset), "batch_id": "VARCHAR"}
        listed = sql.SQL(", ").join(_column(name, kind) for name, kind in typed.items())
        connection.execute(
            sql.SQL("create table if not exists {} ({}) partition by list (period)").format(
                table, listed
            )
        )
        for name, kind in typed.items():
            connection.execute(
                sql.SQL("alter table {} add column if not exists {}").format(
                    table, _column(name, kind)
                )
            )


def _forget_outdated(connection: psycopg.Connection[tuple[Any, ...]], settings: Settings) -> None:
    connection.execute("create table if not exists lake.pseudonyms (made_by text not null)")
    made_by = pseudonyms_made_by(settings)
    known = connection.execute("select made_by from lake.pseudonyms").fetchone()
    if (known[0] if known else "") == made_by:
        return
    connection.execute("delete from lake.pseudonyms")
    connection.execute("insert into lake.pseudonyms values (%s)", [made_by])
    connection.execute("truncate lake.loaded")
    for dataset in contracts.datasets(settings):
        if connection.execute("select to_regclass(%s)", [f"lake.{dataset}"]).fetchone() != (None,):
            connection.execute(sql.SQL("truncate {}").format(_name(LAKE, dataset)))
    for (schema,) in connection.execute(
        "select nspname from pg_namespace where nspname ~ %s", [_CANDIDATE]
    ).fetchall():
        connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))


def _not_loaded(
    connection: psycopg.Connection[tuple[Any, ...]], lake: Lake
) -> list[tuple[str, Batch]]:
    there = set(connection.execute("select dataset, month, batch_id from lake.loaded").fetchall())
    return [
        (dataset, batch)
        for dataset, batches in lake.batches.items()
        for batch in batches
        if (dataset, batch.month, batch.batch_id) not in there
    ]


def _create_partitions(
    connection: psycopg.Connection[tuple[Any, ...]], missing: Iterable[tuple[str, Batch]]
) -> None:
    for dataset, month in sorted({(dataset, batch.month) for dataset, batch in missing}):
        connection.execute(
            sql.SQL("create table if not exists {} partition of {} for values in ({})").format(
                _name(LAKE, _partition(dataset, month)), _name(LAKE, dataset), sql.Literal(month)
            )
        )


def _load(
    settings: Settings,
    candidate: duckdb.DuckDBPyConnection,
    missing: Iterable[tuple[str, Batch]],
) -> int:
    """Copy batches, each with its row of ``lake.loaded`` in one transaction."""
    copied = 0
    with _adbc(settings) as adbc:
        for dataset, batch in missing:
            typed = {**_typed(settings, dataset), "batch_id": "VARCHAR"}
            query = embedded.typed_select(
                candidate, [batch.path], typed, {"batch_id": batch.batch_id}
            )
            with adbc.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock($1)", (_LOCK,))
                cursor.fetchall()
                cursor.execute(
                    "select 1 from lake.loaded where dataset = $1 and month = $2 and batch_id = $3",
                    (dataset, batch.month, batch.batch_id),
                )
                if not cursor.fetchall():
                    rows = _ingest(
                        cursor,
                        candidate.sql(query).to_arrow_reader(),
                        LAKE,
                        _partition(dataset, batch.month),
                        "append",
                    )
                    cursor.execute(
                        "insert into lake.loaded (dataset, month, batch_id, rows)"
                        " values ($1, $2, $3, $4)",
                        (dataset, batch.month, batch.batch_id, rows),
                    )
                    copied += rows
            adbc.commit()
    return copied


def _create_candidate(
    connection: psycopg.Connection[tuple[Any, ...]], settings: Settings, lake: Lake, directory: Path
) -> None:
    for layer in (*LAYERS, "lake", "reference"):
        schema = sql.Identifier(candidate_schema(directory, layer))
        connection.execute(sql.SQL("drop schema if exists {} cascade").format(schema))
    for layer in ("lake", "reference"):
        schema = sql.Identifier(candidate_schema(directory, layer))
        connection.execute(sql.SQL("create schema {}").format(schema))
    for dataset, batches in lake.batches.items():
        connection.execute(
            sql.SQL(
                "create view {view} as select {listed} from {table}"
                " where period = any({months}) and batch_id = any({batches})"
            ).format(
                view=_name(candidate_schema(directory, "lake"), dataset),
                listed=sql.SQL(", ").join(map(sql.Identifier, _typed(settings, dataset))),
                table=_name(LAKE, dataset),
                months=_texts(sorted({batch.month for batch in batches})),
                batches=_texts(sorted(batch.batch_id for batch in batches)),
            )
        )


def _copy_small(settings: Settings, candidate: duckdb.DuckDBPyConnection, directory: Path) -> None:
    small = [("lake", "submission"), *(("reference", name) for name in columns.REFERENCE)]
    with _adbc(settings) as adbc, adbc.cursor() as cursor:
        for layer, table in small:
            source = f"{embedded.identifier(layer)}.{embedded.identifier(table)}"
            rows = candidate.sql(f"from {source}").to_arrow_reader()
            _ingest(cursor, rows, candidate_schema(directory, layer), table, "create")
        adbc.commit()


def _ingest(cursor: Any, rows: pa.RecordBatchReader, schema: str, table: str, mode: str) -> int:
    counted = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal counted
        for batch in rows:
            counted += batch.num_rows
            yield batch

    reader = pa.RecordBatchReader.from_batches(rows.schema, batches())
    cursor.adbc_ingest(table, reader, mode=mode, db_schema_name=schema)
    return counted


def _read_query(schema: str, table: str, typed: list[tuple[str, str]]) -> str:
    """Return a query in types that Arrow and DuckDB know: numeric would come as text."""
    chosen = sql.SQL(", ").join(
        sql.SQL("{name}::double precision as {name}" if kind == "numeric" else "{name}").format(
            name=sql.Identifier(column)
        )
        for column, kind in typed
    )
    query = sql.SQL("select {} from {}").format(chosen, _name(schema, table))
    return query.as_string(None)


def _store(
    candidate: duckdb.DuckDBPyConnection, layer: str, table: str, rows: pa.RecordBatchReader
) -> None:
    candidate.execute(f"create schema if not exists {embedded.identifier(layer)}")
    candidate.register("fetched", rows)
    candidate.execute(
        f"create or replace table {embedded.identifier(layer)}.{embedded.identifier(table)}"
        " as from fetched"
    )
    candidate.unregister("fetched")


@contextmanager
def _adbc(settings: Settings) -> Iterator[Any]:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(dsn(settings)) as connection:
        yield connection


def _typed(settings: Settings, dataset: str) -> dict[str, str]:
    return {**contracts.lake_columns(settings, dataset), "period": "VARCHAR"}


def _column(name: str, kind: str) -> sql.Composable:
    return sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_TYPES[kind.upper()]))


def _texts(values: list[str]) -> sql.Composable:
    return sql.SQL("array[{}]::text[]").format(sql.SQL(", ").join(map(sql.Literal, values)))


def _partition(dataset: str, month: str) -> str:
    return f"{dataset}_{month.replace('-', '_')}"


def _name(schema: str, table: str) -> sql.Identifier:
    return sql.Identifier(schema, table)
