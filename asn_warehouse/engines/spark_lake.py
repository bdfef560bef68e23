"""The lake as a Spark cluster sees it: tables over its files, and proof that none is missing."""

from pathlib import Path

import duckdb

from asn_warehouse import contracts
from asn_warehouse.engines import columns
from asn_warehouse.engines import duckdb as embedded
from asn_warehouse.engines.duckdb import Batch, Lake
from asn_warehouse.engines.schemas import candidate_schema
from asn_warehouse.engines.thrift import Connection, literal, location, name
from asn_warehouse.errors import BuildFailed
from asn_warehouse.settings import Settings

FILES = "files"
"""Layer of the tables over the lake's folders; files that were never committed are among theirs."""

_TYPES = {"VARCHAR": "string", "INTEGER": "int", "TIMESTAMP": "timestamp_ntz"}
_SMALL = (("lake", "submission"), *(("reference", table) for table in columns.REFERENCE))
"""Tables that the embedded candidate has made, and gives to the cluster as they are."""


def register(connection: Connection, settings: Settings, directory: Path, lake: Lake) -> None:
    """Make the table over the folders of each dataset, and the view of its committed batches."""
    for dataset, batches in lake.batches.items():
        typed = contracts.lake_columns(settings, dataset)
        table = f"{candidate_schema(directory, FILES)}.{name(dataset)}"
        connection.execute(
            f"create table {table} ({_listed(typed)}, period string) using parquet"
            f" partitioned by (period) location {location(settings.lake / dataset)}"
        )
        if batches:
            connection.execute(f"alter table {table} add {_partitions(batches)}")
        seen = ", ".join(map(name, (*typed, "period")))
        connection.execute(
            f"create view {candidate_schema(directory, 'lake')}.{name(dataset)} as"
            f" select {seen} from {table} where {_committed(batches)}"
        )


def hand_over(
    connection: Connection, candidate: duckdb.DuckDBPyConnection, directory: Path, tables: Path
) -> None:
    """Make tables of the commit log and of the reference files below the folder ``tables``."""
    for layer, table in _SMALL:
        source = f"{embedded.identifier(layer)}.{embedded.identifier(table)}"
        folder = tables / layer / table
        folder.mkdir(mode=0o770)
        file = embedded.literal(folder / "all.parquet")
        candidate.execute(f"copy {source} to {file} (format parquet)")
        typed = {row[0]: row[1] for row in candidate.execute(f"describe {source}").fetchall()}
        connection.execute(
            f"create table {candidate_schema(directory, layer)}.{name(table)} ({_listed(typed)})"
            f" using parquet location {location(folder)}"
        )


def assert_whole(
    connection: Connection, candidate: duckdb.DuckDBPyConnection, lake: Lake, directory: Path
) -> int:
    """Assert that Spark counts the rows that were committed; return how many they are.

    Raises:
        BuildFailed: names the first month of a dataset of which it sees fewer, more or none.
    """
    committed, seen = _logged(candidate, lake), _counted(connection, lake, directory)
    wrong = sorted(
        place for place in committed.keys() | seen.keys() if committed.get(place) != seen.get(place)
    )
    if wrong:
        table, month = wrong[0]
        also = f" {len(wrong) - 1} more differ." if len(wrong) > 1 else ""
        raise BuildFailed(
            f"Spark does not see the lake whole: {' '.join((table, month)).strip()} has"
            f" {committed.get(wrong[0], 0)} committed rows, and it counts"
            f" {seen.get(wrong[0], 0)}.{also}",
            mend="All machines must see ASN_HOME under the same name; nothing was computed.",
        )
    return sum(seen.values())


def _counted(connection: Connection, lake: Lake, directory: Path) -> dict[tuple[str, str], int]:
    """Return how many rows the models will see, by table and month."""
    monthly = [
        f"select {literal(dataset)} as place, period, count(*) as n"
        f" from {candidate_schema(directory, 'lake')}.{name(dataset)} group by period"
        for dataset in lake.batches
    ]
    small = [
        f"select {literal(table)}, '', count(*) from {candidate_schema(directory, layer)}"
        f".{name(table)} having count(*) > 0"
        for layer, table in _SMALL
    ]
    rows = connection.execute(" union all ".join((*monthly, *small)))
    return {(table, month): int(counted) for table, month, counted in rows}


def _logged(candidate: duckdb.DuckDBPyConnection, lake: Lake) -> dict[tuple[str, str], int]:
    """Return how many rows the commit log counts in what the period may look into."""
    batches = {
        (dataset, batch.month, batch.batch_id)
        for dataset, files in lake.batches.items()
        for batch in files
    }
    found: dict[tuple[str, str], int] = {}
    for dataset, month, batch, rows in candidate.execute(
        "select dataset, period, batch_id, sum(rows_accepted) from lake.submission group by all"
    ).fetchall():
        if (dataset, month, batch) in batches and rows:
            found[dataset, month] = found.get((dataset, month), 0) + int(rows)
    for layer, table in _SMALL:
        source = f"{embedded.identifier(layer)}.{embedded.identifier(table)}"
        rows = candidate.execute(f"select count(*) from {source}").fetchall()[0][0]
        if rows:
            found[table, ""] = int(rows)
    return found


def _committed(batches: list[Batch]) -> str:
    """Return the condition that a row lies in one of the files of ``batches``."""
    if not batches:
        return "false"
    return f"_metadata.file_name in ({', '.join(literal(batch.path.name) for batch in batches)})"


def _partitions(batches: list[Batch]) -> str:
    months = {batch.month: batch.path.parent for batch in batches}
    return " ".join(
        f"partition (period = {literal(month)}) location {location(folder)}"
        for month, folder in sorted(months.items())
    )


def _listed(typed: dict[str, str]) -> str:
    """Return columns with their types as Spark calls them."""
    return ", ".join(
        f"{name(column)} {_TYPES.get(kind.upper(), kind)}" for column, kind in typed.items()
    )
