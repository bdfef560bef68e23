"""More than one machine: a candidate in databases of its own on a Spark cluster, over the lake.

Spark sees the same files as the embedded engine, and before a model runs it must count in them the
rows that were committed. What dbt builds are Parquet files, which the candidate's own file takes
in: gates, publication and reports know one kind of candidate.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb

from asn_warehouse.engines import duckdb as embedded
from asn_warehouse.engines import spark_lake, thrift
from asn_warehouse.engines.duckdb import Lake
from asn_warehouse.engines.schemas import LAYERS, candidate_name, candidate_schema
from asn_warehouse.engines.thrift import Connection, literal, location, name
from asn_warehouse.errors import BuildFailed, ConfigurationError, UsageError
from asn_warehouse.settings import Settings

_ALL_LAYERS = ("lake", "reference", spark_lake.FILES, *LAYERS)


def place(settings: Settings) -> tuple[str, int]:
    """Return host and port of the cluster's thrift server: the one that is named, or our own.

    Raises:
        UsageError: when there is neither.
    """
    if settings.spark_host:
        return settings.spark_host, settings.spark_port
    from asn_warehouse import cluster

    own = cluster.known(settings)
    if own is None:
        raise UsageError(
            "Computing on Spark needs a cluster.",
            mend="Set ASN_SPARK_HOST and ASN_SPARK_PORT, or start one here: `asn cluster start`.",
        )
    return cluster.HOST, own.port


def assert_named(settings: Settings) -> None:
    """Assert that somebody said where the cluster is, or started one.

    Raises:
        UsageError: when nobody did.
    """
    place(settings)


@contextmanager
def connect(settings: Settings) -> Iterator[Connection]:
    """Yield a session of the cluster.

    Raises:
        UsageError: when nobody said where it is.
        ConfigurationError: when it cannot be reached.
    """
    secret = settings.spark_password
    password = secret.get_secret_value() if secret else None
    with thrift.connect(*place(settings), settings.spark_user or None, password) as connection:
        yield connection


def dbt_environment(settings: Settings, directory: Path) -> dict[str, str]:
    """Return what the target ``spark`` of profiles.yml reads; the password is masked by dbt.

    Raises:
        UsageError: when nobody said where the cluster is.
    """
    host, port = place(settings)
    secret = settings.spark_password
    return {
        "ASN_BUILD_SCHEMA": candidate_name(directory),
        "ASN_BUILD_HOST": host,
        "ASN_BUILD_PORT": str(port),
        "ASN_BUILD_USER": settings.spark_user or "asn",
        "DBT_ENV_SECRET_BUILD_PASSWORD": (secret.get_secret_value() if secret else thrift.UNASKED),
    }


def see_lake(
    settings: Settings, candidate: duckdb.DuckDBPyConnection, lake: Lake, directory: Path
) -> int:
    """Let the cluster see what ``lake`` counts; return how many rows that is.

    Args:
        settings: where the cluster is, and where its tables lie.
        candidate: the embedded candidate, which sees the same lake.
        lake: what the period may look into.
        directory: folder of the candidate.

    Raises:
        UsageError: when nobody said where the cluster is.
        ConfigurationError: when it cannot be reached, or computes for another home.
        BuildFailed: when Spark counts other rows than were committed.
    """
    tables = _folder(settings, directory)
    with connect(settings) as connection:
        _drop(connection, settings, directory)
        for layer in _ALL_LAYERS:
            (tables / layer).mkdir(mode=0o770, parents=True)
            connection.execute(
                f"create database {candidate_schema(directory, layer)}"
                f" location {location(tables / layer)}"
            )
        spark_lake.register(connection, settings, directory, lake)
        spark_lake.hand_over(connection, candidate, directory, tables)
        return spark_lake.assert_whole(connection, candidate, lake, directory)


def fetch(
    settings: Settings,
    candidate: duckdb.DuckDBPyConnection,
    directory: Path,
    built: Iterable[tuple[str, str]],
) -> int:
    """Take what dbt ``built`` (layer and table) into the embedded candidate, all of it or nothing.

    Returns:
        The number of tables that were taken.

    Raises:
        BuildFailed: when one of them is not there, or its files hold other rows than Spark counts.
    """
    tables = sorted(set(built))
    rows = _counted(settings, directory, tables)
    candidate.begin()
    for layer, table in tables:
        folder = _folder(settings, directory) / layer / table
        taken = _take(candidate, layer, table, sorted(folder.glob("part-*.parquet")))
        if taken != rows[layer, table]:
            raise BuildFailed(
                f"Spark counts {rows[layer, table]} rows in {layer}.{table}, and {taken} lie in"
                f" {folder}.",
                mend="All machines must see ASN_SPARK_TABLES under the same name.",
            )
    candidate.commit()
    return len(tables)


def protect(settings: Settings, directory: Path) -> None:
    """Do nothing: who may read the tables is what the folder they lie in says."""


def is_there(settings: Settings, directory: Path) -> bool:
    """Return whether the cluster still holds the candidate in ``directory``."""
    with connect(settings) as connection:
        return bool(_databases(connection, directory))


def drop(settings: Settings, directory: Path) -> None:
    """Drop the databases of the candidate in ``directory``, if there are any."""
    with connect(settings) as connection:
        _drop(connection, settings, directory)


def _drop(connection: Connection, settings: Settings, directory: Path) -> None:
    """Drop a candidate with its files.

    Raises:
        ConfigurationError: when it is another home's.
    """
    databases, ours = _databases(connection, directory), _folder(settings, directory)
    for database in databases:
        told = {row[0]: row[1] for row in connection.execute(f"describe database {name(database)}")}
        if not Path(unquote(urlsplit(told["Location"]).path)).is_relative_to(ours):
            raise ConfigurationError(
                f"The cluster computes {database} for another home: {told['Location']}.",
                mend="Give each home a cluster, or a metastore, of its own.",
            )
    for database in databases:
        connection.execute(f"drop database {name(database)} cascade")
    if ours.exists():
        shutil.rmtree(ours)


def _databases(connection: Connection, directory: Path) -> list[str]:
    known = {row[0] for row in connection.execute("show databases")}
    wanted = [candidate_schema(directory, layer) for layer in _ALL_LAYERS]
    return [database for database in wanted if database in known]


def _counted(
    settings: Settings, directory: Path, tables: list[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Return how many rows Spark counts in each table."""
    if not tables:
        return {}
    query = " union all ".join(
        f"select {literal(layer)} as layer, {literal(table)} as place, count(*) as n"
        f" from {candidate_schema(directory, layer)}.{name(table)}"
        for layer, table in tables
    )
    with connect(settings) as connection:
        return {(layer, table): int(rows) for layer, table, rows in connection.execute(query)}


def _take(
    candidate: duckdb.DuckDBPyConnection, layer: str, table: str, files: list[Path]
) -> int | None:
    """Take the rows of ``files`` in as a table; return how many, or None without a file."""
    if not files:
        return None
    made = f"{embedded.identifier(layer)}.{embedded.identifier(table)}"
    candidate.execute(f"create schema if not exists {embedded.identifier(layer)}")
    rows = candidate.execute(
        f"create or replace table {made} as from read_parquet({embedded.path_list(files)})"
    ).fetchall()
    return int(rows[0][0])


def _folder(settings: Settings, directory: Path) -> Path:
    return settings.spark_tables / candidate_name(directory)
