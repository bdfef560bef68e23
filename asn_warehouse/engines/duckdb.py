"""The embedded engine: connections that need no network, and a database that sees the lake."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import duckdb

from asn_warehouse import contracts
from asn_warehouse.engines import columns
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

_MEND_LAKE = "Restore the file from the backup of the lake; the lake is never edited by hand."


@dataclass(frozen=True)
class Batch:
    """Rows of one dataset that were admitted together: a file of the lake."""

    month: str
    batch_id: str
    path: Path


@dataclass(frozen=True)
class Lake:
    """The commit log as seen by one period: what of the lake exists for it."""

    period: Period
    as_of: datetime
    submissions: list[tuple[str, str, str, str]]
    """Counting submissions: dataset, agency code, period and submission id."""
    batches: dict[str, list[Batch]]
    """Files that the period may look into, by dataset."""


def engine_config(settings: Settings) -> dict[str, str | bool | int | float | list[str]]:
    """Return the DuckDB configuration that every connection of this project uses."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "temp_directory": str(settings.warehouse / "tmp"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "preserve_insertion_order": True,
    }
    if settings.threads is not None:
        config["threads"] = settings.threads
    return config


def connect(
    settings: Settings, database: Path | str = ":memory:", *, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    """Return a connection with the limits of ``settings``; no extension is fetched, zone UTC."""
    if not read_only:
        settings.warehouse.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(database), read_only=read_only, config=engine_config(settings))
    connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
    return connection


def literal(value: str | Path) -> str:
    """Return ``value`` as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return ``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def path_list(paths: list[Path]) -> str:
    """Return ``paths`` as an SQL list for ``read_parquet``."""
    return "[" + ", ".join(literal(path) for path in paths) + "]"


def read_submissions(
    connection: duckdb.DuckDBPyConnection, settings: Settings, last: Period | None = None
) -> None:
    """Make the temporary table ``commit_log`` of every submission up to period ``last``."""
    files = [
        path
        for path in sorted((settings.lake / "submission").glob("period=*/*.parquet"))
        if last is None or path.parent.name.removeprefix("period=") <= str(last)
    ]
    query = typed_select(connection, files, contracts.SUBMISSION_COLUMNS)
    connection.execute(f"create or replace temporary table commit_log as {query}")


def see_lake(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    period: Period,
    as_of: datetime | None,
) -> Lake:
    """Create schemas ``lake`` and ``reference``, pinned to what is committed at this moment.

    A view names its Parquet files one by one: a file that no submission row mentions is not seen,
    and a file that is committed later does not change a build under way. Only the months that the
    rules of ``period`` can look back to are opened.

    Args:
        connection: an empty build database.
        settings: paths and limits.
        period: the month to compute.
        as_of: submissions received later (UTC) do not count; default the latest received.

    Raises:
        ConfigurationError: when nothing was received by then, a committed file is gone, or a
            reference file is missing or wrong.
    """
    read_submissions(connection, settings, period)
    known = _latest(connection, as_of)
    if known is None:
        raise ConfigurationError(
            f"No submission for {period} or earlier was received"
            + (f" by {as_of:%Y-%m-%d %H:%M:%S} UTC." if as_of else "."),
            mend=f"Put files under {settings.landing_place} and run `asn ingest`.",
        )
    connection.execute("create schema if not exists lake")
    connection.execute("create schema if not exists reference")
    connection.execute("create or replace table lake.submission as from commit_log order by all")
    batches = {
        dataset: _committed(connection, settings, period, known, dataset)
        for dataset in contracts.datasets(settings)
    }
    for dataset, files in batches.items():
        _create_view(connection, settings, dataset, [batch.path for batch in files])
    for name, typed in columns.REFERENCE.items():
        _create_reference(connection, settings, name, typed)
    return Lake(period, known, _counting(connection, known), batches)


def _latest(connection: duckdb.DuckDBPyConnection, as_of: datetime | None) -> datetime | None:
    row = connection.execute(
        "select max(received_at) from commit_log where received_at <= coalesce(?, received_at)",
        [as_of],
    ).fetchall()[0]
    if row[0] is None:
        return None
    latest: datetime = row[0]
    return as_of or latest


def _counting(
    connection: duckdb.DuckDBPyConnection, as_of: datetime
) -> list[tuple[str, str, str, str]]:
    return connection.execute(
        """
        select dataset, agency_code, period, submission_id
        from commit_log
        where status <> 'ditolak' and received_at <= ?
        qualify row_number() over (
            partition by dataset, agency_code, period order by revision desc, submission_id
        ) = 1
        order by all
        """,
        [as_of],
    ).fetchall()


def _committed(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    period: Period,
    as_of: datetime,
    dataset: str,
) -> list[Batch]:
    """Return the files of ``dataset`` that were committed by then, months in order."""
    first = period.previous(columns.window_months(settings, dataset))
    batches = connection.execute(
        """
        select period, batch_id, sum(rows_accepted)
        from commit_log
        where dataset = ? and period between ? and ? and status <> 'ditolak' and received_at <= ?
        group by all order by all
        """,
        [dataset, str(first), str(period), as_of],
    ).fetchall()
    files: list[Batch] = []
    for month, batch, rows in batches:
        path = settings.lake / dataset / f"period={month}" / f"{batch}.parquet"
        if path.exists():
            files.append(Batch(month, batch, path))
        elif rows:
            raise ConfigurationError(f"The lake has lost {path}.", mend=_MEND_LAKE)
    return files


def _create_view(
    connection: duckdb.DuckDBPyConnection, settings: Settings, dataset: str, files: list[Path]
) -> None:
    typed = {**contracts.lake_columns(settings, dataset), "period": "varchar"}
    query = typed_select(connection, files, typed)
    connection.execute(f"create or replace view lake.{identifier(dataset)} as {query}")


def typed_select(
    connection: duckdb.DuckDBPyConnection,
    files: list[Path],
    typed: dict[str, str],
    constants: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return a query of the columns of ``typed`` over ``files``; a missing column is null.

    ``constants`` are texts that are not in the files.
    """
    if not files:
        nothing = ", ".join(
            f"cast(null as {kind}) as {identifier(name)}" for name, kind in typed.items()
        )
        return f"select {nothing} where false"
    source = (
        f"read_parquet({path_list(files)}, union_by_name = true, hive_partitioning = true,"
        " hive_types = {'period': varchar})"
    )
    present = {row[0] for row in connection.execute(f"describe select * from {source}").fetchall()}
    known = {name: identifier(name) for name in present}
    known |= {name: literal(value) for name, value in constants.items()}
    chosen = ", ".join(
        f"cast({known.get(name, 'null')} as {kind}) as {identifier(name)}"
        for name, kind in typed.items()
    )
    return f"select {chosen} from {source}"


def _create_reference(
    connection: duckdb.DuckDBPyConnection, settings: Settings, name: str, typed: dict[str, str]
) -> None:
    path = settings.reference / f"{name}.csv"
    chosen = ", ".join(
        f"cast(nullif(trim({identifier(column)}), '') as {kind}) as {identifier(column)}"
        for column, kind in typed.items()
    )
    try:
        connection.execute(
            f"create or replace table reference.{identifier(name)} as select {chosen} from"
            f" read_csv({literal(path)}, header = true, all_varchar = true, delim = ',',"
            " quote = '\"', strict_mode = true) order by all"
        )
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ConfigurationError(
            f"Reference file {path} cannot be used: {reason}",
            mend=f"It needs the columns {', '.join(typed)}.",
        ) from error
