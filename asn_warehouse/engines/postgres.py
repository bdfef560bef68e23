"""The shared engine: a candidate in schemas of its own, over the copy of the lake.

Of the copy a candidate sees what the embedded engine sees of the Parquet files: views that name
months and batches one by one. What dbt builds is fetched into the candidate's file, step by step:
gates, publication and reports know one kind of candidate.
"""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from psycopg import sql

from asn_warehouse import access
from asn_warehouse.access import BUILDER, LOADER
from asn_warehouse.access.declaration import CANDIDATES
from asn_warehouse.engines import columns, lake_copy, server
from asn_warehouse.engines import duckdb as embedded
from asn_warehouse.engines.duckdb import Lake
from asn_warehouse.engines.lake_copy import LAKE
from asn_warehouse.engines.schemas import candidate_name, candidate_schema
from asn_warehouse.engines.server import Connection, connect
from asn_warehouse.errors import BuildFailed
from asn_warehouse.serving import session
from asn_warehouse.settings import Settings

KEPT = timedelta(days=3)
"""How long a candidate that was not published is kept, for whoever asks why."""

_TLS = {"sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}
"""Files of the DSN that dbt's connections find in libpq's own variables."""


def assert_named(settings: Settings) -> None:
    """Assert that somebody said where the server is.

    Raises:
        UsageError: when nobody did.
    """
    server.dsn(settings)


def dbt_environment(settings: Settings, directory: Path) -> dict[str, str]:
    """Return what the target ``postgres`` of profiles.yml reads; the password is masked by dbt.

    It says where a connection by the DSN really ends, whatever of it the DSN left to defaults.

    Raises:
        UsageError: when nobody said where the server is.
        ConfigurationError: when it cannot be used.
    """
    with connect(settings) as connection:
        info = connection.info
        found = {
            "ASN_BUILD_SCHEMA": candidate_name(directory),
            "ASN_BUILD_HOST": info.host,
            "ASN_BUILD_PORT": str(info.port),
            "ASN_BUILD_USER": info.user,
            "ASN_BUILD_DBNAME": info.dbname,
            "DBT_ENV_SECRET_BUILD_PASSWORD": info.password,
            "PGOPTIONS": server.session_options(settings),
        }
        if connection.execute("select current_user").fetchone() == (BUILDER,):
            found["ASN_BUILD_ROLE"] = BUILDER
        given = info.get_parameters()
    found["ASN_BUILD_SSLMODE"] = given.get("sslmode", "prefer")
    return found | {name: given[key] for key, name in _TLS.items() if key in given}


def see_lake(
    settings: Settings, candidate: duckdb.DuckDBPyConnection, lake: Lake, directory: Path
) -> int:
    """Make the empty candidate of a period that sees ``lake``; return how many rows were copied.

    Args:
        settings: paths and the server.
        candidate: the embedded candidate of the same period: its commit log and reference files.
        lake: what counts for the period, file by file.
        directory: the candidate's folder, which names its schemas.

    Raises:
        UsageError: when nobody said where the server is.
        ConfigurationError: when it cannot be used, or holds the lake of another home.
    """
    with connect(settings, LOADER) as connection:
        lake_copy.lock(connection)
        missing = lake_copy.make_ready(connection, settings, lake)
        if lake_copy.empty_outdated(connection, settings):
            _drop(connection, _candidates(connection))
            missing = lake_copy.make_ready(connection, settings, lake)
        _drop(connection, _expired(connection))
        _protect_new(connection, LOADER, LAKE)
    copied = lake_copy.load(settings, candidate, missing)
    with connect(settings, LOADER) as connection:
        lake_copy.analyse(connection, missing)
        _create_candidate(connection, settings, lake, directory)
    _copy_small(settings, candidate, directory)
    return copied


def fetch(
    settings: Settings,
    candidate: duckdb.DuckDBPyConnection,
    directory: Path,
    built: Iterable[tuple[str, str]],
) -> int:
    """Copy what dbt ``built`` (layer and table) into the embedded candidate, all of it or nothing.

    Returns:
        The number of tables and views that were copied.

    Raises:
        BuildFailed: when one of them is not there.
    """
    tables = {(candidate_schema(directory, layer), name): (layer, name) for layer, name in built}
    with connect(settings) as connection:
        typed = _described(connection, {schema for schema, _ in tables})
    gone = sorted(".".join(place) for place in tables.keys() - typed.keys())
    if gone:
        raise BuildFailed(f"PostgreSQL does not hold what dbt built: {', '.join(gone)}.")
    with server.adbc(settings) as connection, connection.cursor() as cursor:
        candidate.begin()
        for (schema, table), (layer, name) in sorted(tables.items()):
            cursor.execute(_read_query(schema, table, typed[schema, table]))
            _store(candidate, layer, name, cursor.fetch_record_batch())
        candidate.commit()
    return len(tables)


def protect(settings: Settings, directory: Path) -> None:
    """Put row policies and grants on the candidate in ``directory``, where `asn grant` was run."""
    _protect(settings, BUILDER, candidate_name(directory))


def is_there(settings: Settings, directory: Path) -> bool:
    """Return whether the server still holds the candidate in ``directory``."""
    with connect(settings) as connection:
        return candidate_name(directory) in _candidates(connection)


def drop(settings: Settings, directory: Path) -> None:
    """Drop the schemas of the candidate in ``directory``, if there are any."""
    with connect(settings) as connection:
        _drop(connection, [candidate_name(directory)])


def forget_outdated(settings: Settings) -> None:
    """Empty the copy of the lake, and drop candidates, if pseudonyms were made anew since.

    Raises:
        ConfigurationError: when the server cannot be used.
    """
    with connect(settings, LOADER) as connection:
        lake_copy.lock(connection)
        if not lake_copy.is_there(connection) or not lake_copy.is_ours(connection, settings):
            return
        if lake_copy.empty_outdated(connection, settings):
            _drop(connection, _candidates(connection))


def _protect(settings: Settings, owner: str, within: str) -> None:
    with session.connect(settings, role=owner) as connection:
        _protect_new(connection, owner, within)
        connection.commit()


def _protect_new(connection: session.Session, owner: str, within: str) -> None:
    """Protect what was made in the transaction under way, so that nobody ever sees it otherwise.

    Where `asn grant` was not run, or not for the user of the DSN, there is nobody to act as.
    """
    if session.fetch(connection, "select current_user::text") == [(owner,)]:
        access.protect(connection, owner, within)


def _candidates(connection: Connection) -> list[str]:
    """Return the names of all candidates."""
    found = connection.execute(
        r"select distinct substring(nspname from '^.*\d{4}_\d{2}')"
        " from pg_namespace where nspname ~ %s order by 1",
        [CANDIDATES],
    ).fetchall()
    return [name for (name,) in found]


def _expired(connection: Connection) -> list[str]:
    """Return the candidates that nobody published, and that have lain there long enough."""
    kept = connection.execute(
        "select name from lake.candidate where prepared_at > now() - %s", [KEPT]
    ).fetchall()
    return sorted(set(_candidates(connection)) - {name for (name,) in kept})


def _drop(connection: Connection, names: Iterable[str]) -> None:
    for name in names:
        with server.acting_as(connection, BUILDER):
            for (schema,) in connection.execute(
                r"select nspname from pg_namespace where nspname ~ ('^' || %s || '_[a-z]+$')",
                [name],
            ).fetchall():
                connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
        if lake_copy.is_there(connection):
            with server.acting_as(connection, LOADER):
                connection.execute("delete from lake.candidate where name = %s", [name])


def _create_candidate(
    connection: Connection, settings: Settings, lake: Lake, directory: Path
) -> None:
    name = candidate_name(directory)
    _drop(connection, [name])
    connection.execute("insert into lake.candidate (name) values (%s)", [name])
    with server.acting_as(connection, BUILDER):
        _create_schemas(connection, settings, lake, directory)


def _create_schemas(
    connection: Connection, settings: Settings, lake: Lake, directory: Path
) -> None:
    for layer in ("lake", "reference"):
        schema = sql.Identifier(candidate_schema(directory, layer))
        connection.execute(sql.SQL("create schema {}").format(schema))
    for dataset, batches in lake.batches.items():
        seen = lake_copy.typed_columns(settings, dataset)
        connection.execute(
            sql.SQL(
                "create view {view} with (security_invoker = true) as select {listed} from {table}"
                " where period = any({months}) and batch_id = any({batches})"
            ).format(
                view=sql.Identifier(candidate_schema(directory, "lake"), dataset),
                listed=sql.SQL(", ").join(map(sql.Identifier, seen)),
                table=sql.Identifier(LAKE, dataset),
                months=server.texts(sorted({batch.month for batch in batches})),
                batches=server.texts(sorted(batch.batch_id for batch in batches)),
            )
        )


def _copy_small(settings: Settings, candidate: duckdb.DuckDBPyConnection, directory: Path) -> None:
    small = [("lake", "submission"), *(("reference", name) for name in columns.REFERENCE)]
    with server.adbc(settings) as connection, connection.cursor() as cursor:
        for layer, table in small:
            source = f"{embedded.identifier(layer)}.{embedded.identifier(table)}"
            rows = candidate.sql(f"from {source}").to_arrow_reader()
            server.create_filled(cursor, rows, candidate_schema(directory, layer), table)
        _protect_new(connection, BUILDER, candidate_name(directory))
        connection.commit()


def _described(
    connection: Connection, schemas: set[str]
) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return the columns with their types of every table and view in ``schemas``."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in connection.execute(
        """
        select table_schema, table_name, column_name, data_type
        from information_schema.columns
        where table_schema = any(%s)
        order by table_schema, table_name, ordinal_position
        """,
        [sorted(schemas)],
    ).fetchall():
        found.setdefault((schema, table), []).append((column, kind))
    return found


def _read_query(schema: str, table: str, typed: list[tuple[str, str]]) -> str:
    """Return a query in types that Arrow and DuckDB know: numeric would come as text."""
    chosen = sql.SQL(", ").join(
        sql.SQL("{name}::double precision as {name}" if kind == "numeric" else "{name}").format(
            name=sql.Identifier(column)
        )
        for column, kind in typed
    )
    query = sql.SQL("select {} from {}").format(chosen, sql.Identifier(schema, table))
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
