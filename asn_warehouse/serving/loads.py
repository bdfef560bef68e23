"""A month of a mart in PostgreSQL: loaded where nobody sees it, and dropped when nobody needs it.

A load is a partition of the table behind a mart's view. It is filled by COPY, which does not obey
row policies, before it gets them; it is attached in the transaction that made it; and it is seen
once ``partitions.shown`` names it. Two moments need care, for a catalogue does not obey snapshots:

- A statement that was planned before the load was attached, and asks for its snapshot after the
  load is shown, would find neither the old month nor the new. ``let_plans_end`` waits between.
- A transaction at *repeatable read* whose snapshot is older than the switch still needs the old
  load. ``sweep`` drops it when no snapshot is that old any more, which only ``vacuum`` knows: it
  frees the row of ``partitions.horizon`` that the switch deleted.
"""

import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import structlog
import yaml
from adbc_driver_manager import Error

from asn_warehouse.archive import MARTS
from asn_warehouse.engines.duckdb import literal
from asn_warehouse.periods import Period
from asn_warehouse.serving import Table
from asn_warehouse.serving.session import Connection, execute, fetch, qualified
from asn_warehouse.serving.tables import (
    LOAD,
    PARTITIONS,
    SHOWN,
    STORED,
    Columns,
    bounds,
    columns_of,
)

HORIZON = "horizon"
_INDEXES = Path(__file__).with_name("indexes.yaml")
_AGENCY = "agency_code"
_BATCH = 65_536
_ARROW = {
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double precision": pa.float64(),
}
"""Types that another may have been widened to."""
_PLANNED_WITHIN = 2.0
_SWEPT_WITHIN = 3.0
_PAUSE = 0.02


def name_of(table: Table, period: Period, load_id: int) -> str:
    """Return the name of the table of a load; its number is the end of it."""
    schema, name = table
    month = str(period).replace("-", "_")
    return "_".join([*([] if schema == MARTS else [schema]), name, month, str(load_id)])


def raise_horizon(connection: Connection) -> None:
    """Put a row at the horizon for the switch to delete."""
    place = qualified(PARTITIONS, HORIZON)
    execute(connection, f"insert into {place} select 1 where not exists (select from {place})")


def next_id(connection: Connection) -> int:
    """Return a number that no load has; the lock of publishers is held."""
    return int(fetch(connection, _NEXT)[0][0])


def load(
    connection: Connection,
    table: Table,
    period: Period,
    load_id: int,
    columns: Columns,
    file: pq.ParquetFile,
) -> int:
    """Copy a file into a table of its own, index and analyse it; return how many rows it has."""
    made = name_of(table, period, load_id)
    place, like = qualified(PARTITIONS, made), qualified(STORED[table[0]], table[1])
    day = literal(str(period.first_day))
    execute(
        connection,
        f"create table {place} (like {like}, check ({LOAD} = {load_id} and period = {day}::date))",
    )
    execute(
        connection,
        f"alter table {place} alter {LOAD} set default {load_id}, alter {LOAD} set not null,"
        " alter period set not null",
    )
    with connection.cursor() as cursor:
        rows = cursor.adbc_ingest(
            made, _as_stored(file, columns), mode="append", db_schema_name=PARTITIONS
        )
    # Who reads one agency has its policy or a filter on it, and its rows lie together in the file:
    # an index on more columns costs five times as much, and reads no fewer pages.
    if _AGENCY in columns:
        execute(connection, f"create index on {place} ({_AGENCY})")
    for index in _more_indexes().get(table[0], {}).get(table[1], ()):
        execute(connection, f"create index on {place} {index}")
    execute(connection, f"analyze {place}")
    return rows


@cache
def _more_indexes() -> dict[str, dict[str, list[str]]]:
    """Return by schema and table the indexes that a table has of its own."""
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(_INDEXES.read_text("utf-8"))
    return found


def _as_stored(file: pq.ParquetFile, columns: Columns) -> pa.RecordBatchReader:
    """Return the rows of a file in the types of the table: COPY converts nothing."""
    schema = pa.schema(
        pa.field(
            field.name, _ARROW[columns[field.name]] if kind != columns[field.name] else field.type
        )
        for field, kind in zip(
            file.schema_arrow, columns_of(file.schema_arrow).values(), strict=True
        )
    )

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in file.iter_batches(_BATCH):
            yield batch.cast(schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def attach(connection: Connection, table: Table, period: Period, load_id: int) -> None:
    """Make the table of a load a partition; the view does not show it yet."""
    stored = qualified(STORED[table[0]], table[1])
    place = qualified(PARTITIONS, name_of(table, period, load_id))
    what = bounds(str(period.first_day), load_id)
    execute(connection, f"alter table {stored} attach partition {place} {what}")


def let_plans_end(connection: Connection, tables: Iterable[Table]) -> None:
    """Wait until no statement runs that was planned before the partitions of now; 2 s at most.

    Who holds a lock for longer has planned, and has its snapshot, or will plan anew.
    """
    names = [f"{STORED[schema]}.{name}" for schema, name in tables]
    listed = ", ".join(f"to_regclass({literal(name)})::oid" for name in names)
    query = (
        "select distinct virtualtransaction from pg_locks"
        f" where locktype = 'relation' and relation in ({listed})"
        " and database = (select oid from pg_database where datname = current_database())"
        " and pid <> pg_backend_pid()"
    )
    before, end = (
        set(fetch(connection, query)) if names else set(),
        time.monotonic() + _PLANNED_WITHIN,
    )
    while before and time.monotonic() < end:
        time.sleep(_PAUSE)
        before &= set(fetch(connection, query))


def sweep(connection: Connection, within: float = _SWEPT_WITHIN) -> list[str]:
    """Drop the loads that nobody needs any more; return those that somebody may need.

    Nobody waits for long: a lock is asked for a moment at a time.

    Args:
        connection: one that commits each statement.
        within: seconds after which what is left is left to the next publication.
    """
    end = time.monotonic() + within
    left = _not_shown(connection)
    while left:
        if _is_passed(connection):
            left = [made for made in left if not _drop(connection, made)]
        if not left or time.monotonic() > end:
            break
        time.sleep(_PAUSE * 10)
    if left:
        structlog.get_logger().info("serving.kept_for_readers", tables=len(left))
    return left


def _not_shown(connection: Connection) -> list[str]:
    return [name for (name,) in fetch(connection, _NOT_SHOWN)]


def _is_passed(connection: Connection) -> bool:
    """Return whether every snapshot is younger than the last switch."""
    execute(connection, f"vacuum (truncate true) {PARTITIONS}.{HORIZON}")
    return bool(fetch(connection, f"select pg_relation_size('{PARTITIONS}.{HORIZON}') = 0")[0][0])


def _drop(connection: Connection, made: str) -> bool:
    try:
        execute(connection, "set lock_timeout = '200ms'")
        execute(connection, f"drop table {qualified(PARTITIONS, made)}")
    except Error:
        return False
    return True


_LOADS = f"""
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = '{PARTITIONS}' and c.relkind = 'r' and c.relname ~ '_[0-9]+$'
"""
_NUMBER = "substring(c.relname from '[0-9]+$')::bigint"
_NEXT = f"""
    select 1 + coalesce(max(number), 0)
    from (
        select {_NUMBER} as number {_LOADS} union all select {LOAD} from {PARTITIONS}.{SHOWN}
    ) as l
"""
_NOT_SHOWN = f"""
    select c.relname::text {_LOADS}
      and not exists (select from {PARTITIONS}.{SHOWN} as s where s.{LOAD} = {_NUMBER})
    order by 1
"""
