"""The served PostgreSQL: a month is loaded beside the one before, then shown by one transaction.

A mart is a view on the loads that one small table names. A reader who asked before that table
changed sees the old month in all its tables and one who asks after it the new one, whatever the
isolation level; no reader waits. What else is changed with it, ``ops`` and what a publication
changed, is a few rows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import structlog
from adbc_driver_manager import Error

from asn_warehouse import access, archive, changes, ops
from asn_warehouse.archive import MARTS, OPEN, SAFE, Mart, Version
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.errors import NotPublished, PublishConflict
from asn_warehouse.periods import Period
from asn_warehouse.serving import (
    Content,
    Step,
    Table,
    append_only,
    comments,
    loading,
    loads,
    mart_of,
    tables,
)
from asn_warehouse.serving.loading import Piece
from asn_warehouse.serving.patience import patiently
from asn_warehouse.serving.session import (
    Connection,
    connect,
    execute,
    fetch,
    identifier,
    is_granted,
    qualified,
    settle,
)
from asn_warehouse.serving.tables import OPS, PARTITIONS, SERVED, SHOWN, Catalogue
from asn_warehouse.settings import Settings

_INCOMING = "incoming"
_LOCK = int.from_bytes(b"asn-pub\0")
_APPENDED = ("audit", "publication")
_WITHOUT = "The serving store was left as it was."

T = TypeVar("T")


class PostgresStore:
    """The store of a shared installation."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._held: Connection | None = None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the server's lock of publishers; the server gives it back when the holder dies."""
        with connect(self._settings) as connection:
            got = fetch(connection, "select pg_try_advisory_lock($1)", [_LOCK])[0][0]
            got = got and loading.is_over(connection)
            settle(connection)
            if not got:
                raise PublishConflict(
                    "Another publication is under way.", mend="Try again when it has ended."
                )
            self._held = connection
            try:
                yield
            finally:
                self._held = None

    @contextmanager
    def _session(self) -> Iterator[Connection]:
        if self._held is not None:
            yield self._held
            return
        with connect(self._settings) as connection:
            yield connection

    def events(self) -> list[ops.Row] | None:
        """Return ``ops.publication``; None while the store has never served anything."""
        return self._rows("publication") or None

    def audit(self) -> list[ops.Row]:
        """Return ``ops.audit``."""
        return self._rows("audit")

    def _rows(self, table: str) -> list[ops.Row]:
        with self._session() as connection:
            if not _is_there(connection, OPS, table):
                return []
            found = _arrow(connection, f"select * from {qualified(OPS, table)} order by number")
            settle(connection)
        return [{name: _plain(value) for name, value in row.items()} for row in found.to_pylist()]

    def holds(self, content: Content) -> bool:
        """Return whether every month of every mart is served in the version asked for."""
        wanted = {key: mart.sha256 for key, (_, mart) in content.pieces().items()}
        with self._session() as connection:
            held = _served(connection)
            settle(connection)
        return held == wanted

    def serve(self, content: Content, done: Step) -> None:
        """Load the months that differ, then show them, with their history, in one transaction."""
        with self._session() as connection:
            try:
                self._serve(connection, content, done)
            except Error as error:
                connection.rollback()
                raise PublishConflict(f"PostgreSQL refused: {error}", mend=_WITHOUT) from error
            except BaseException:
                connection.rollback()
                raise
        done("swapped")
        self.tidy()

    def _serve(self, connection: Connection, content: Content, done: Step) -> None:
        def transaction(what: str, action: Callable[[], T]) -> T:
            return patiently(connection, self._settings.postgres_lock_seconds, what, action)

        transaction("make tables", lambda: self._prepare(connection, content))
        done("prepared")
        self._sweep(within=0)
        wanted, held = content.pieces(), _served(connection)
        settle(connection)
        new = {key: wanted[key] for key in wanted if held.get(key) != wanted[key][1].sha256}
        made = loading.load(self._settings, connection, new, done)

        def attach() -> None:
            for (table, period), load_id in made.items():
                loads.attach(connection, table, period, load_id)

        transaction("attach what was loaded", attach)
        loads.let_plans_end(connection, {table for table, _ in made})
        settle(connection)
        done("attached")

        def switch() -> None:
            for key in sorted({*new, *(held.keys() - wanted.keys())}):
                _forget(connection, *key)
            for key in sorted(new):
                _note(connection, key, *new[key], made.get(key))
            execute(connection, f"delete from {PARTITIONS}.{loads.HORIZON}")
            self._write_changes(connection, content)
            self._write_ops(connection, content.events)
            done("built")

        transaction("show what was loaded", switch)

    def tidy(self) -> None:
        """Drop the loads that nobody is shown; what is served does not depend on it."""
        with self._session() as connection:
            is_there = _is_there(connection, PARTITIONS, loads.HORIZON)
            settle(connection)
        if is_there:
            self._sweep()

    def refresh_ops(self, events: list[ops.Row]) -> None:
        """Replace the tables of schema ``ops`` in one transaction."""
        with self._session() as connection:
            is_there = _is_there(connection, OPS, "publication")
            settle(connection)
            if is_there:
                patiently(
                    connection,
                    self._settings.postgres_lock_seconds,
                    "bring schema ops up to date",
                    lambda: self._write_ops(connection, events),
                )

    @contextmanager
    def read(self, period: Period | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield what is served, as of one moment, as the served file would show it."""
        with self._session() as connection, engine.connect(self._settings) as reader:
            execute(connection, "set transaction isolation level repeatable read read only")
            if not _is_there(connection, OPS, SERVED):
                raise NotPublished("Nothing is published.", mend="`asn run` publishes a month.")
            reader.execute("attach ':memory:' as marts; use marts; create schema ops")
            for schema in (SAFE, OPEN):
                reader.execute(f"create schema {schema}")
            for schema, name, is_monthly in _readable(connection):
                query = f"select * from {qualified(schema, name)}"
                if period is not None and is_monthly:
                    query += f" where period in ({_months(connection, period)})"
                found = _arrow(connection, query)
                place = "main" if schema == MARTS else schema
                reader.register("found", found)
                reader.execute(f"create table {qualified(place, name)} as from found")
                reader.unregister("found")
            settle(connection)
            yield reader

    def _prepare(self, connection: Connection, content: Content) -> None:
        """Make what is missing: tables, columns, comments, grants and policies."""
        catalogue = Catalogue(connection)
        catalogue.ensure(PARTITIONS, SHOWN, tables.SHOWN_COLUMNS)
        catalogue.ensure(PARTITIONS, loads.HORIZON, {"held": "integer"})
        for (schema, name), versions in content.tables.items():
            files = (
                archive.path_of(self._settings, v, mart_of(v, (schema, name))) for v in versions
            )
            columns = tables.union(map(tables.columns_of, map(pq.read_schema, files)))
            catalogue.ensure_view(schema, name, columns)
        catalogue.ensure(MARTS, changes.NAME, tables.columns_of(changes.schema()))
        catalogue.ensure(OPS, SERVED, tables.SERVED_COLUMNS)
        for table, rows in self._ops_tables(content.events).items():
            catalogue.ensure(OPS, table, tables.columns_of(rows.schema))
            catalogue.describe(OPS, table, comments.of_ops(table))
        catalogue.describe(OPS, SERVED, comments.of_ops(SERVED))
        append_only.guard(connection)
        for schema, name in (*content.tables, (MARTS, changes.NAME)):
            said = comments.of_mart(self._settings, name, is_protected=schema != MARTS)
            if said is not None:
                catalogue.describe(schema, name, said)
        if is_granted(connection):
            access.protect(connection, access.PUBLISHER)
        loads.raise_horizon(connection)

    def _write_changes(self, connection: Connection, content: Content) -> None:
        with engine.connect(self._settings) as local:
            changes.load(local, self._settings, content.published)
            rows = local.sql(f"from main.{changes.NAME}").to_arrow_table()
        _replace(connection, MARTS, changes.NAME, rows)

    def _write_ops(self, connection: Connection, events: list[ops.Row]) -> None:
        found = self._ops_tables(events)
        catalogue = Catalogue(connection)
        for table, rows in found.items():
            catalogue.ensure(OPS, table, tables.columns_of(rows.schema))
        for table, rows in found.items():
            if table in _APPENDED:
                _append(connection, table, rows)
            else:
                _replace(connection, OPS, table, rows)

    def _ops_tables(self, events: list[ops.Row]) -> dict[str, pa.Table]:
        with engine.connect(self._settings) as local:
            ops.materialise(local, self._settings)
            ops.write_table(local, "publication", events)
            return {
                name: local.sql(f"from ops.{identifier(name)}").to_arrow_table()
                for name in ("submission", *ops.TABLES)
            }

    def _sweep(self, **how: float) -> None:
        try:
            with connect(self._settings, autocommit=True) as connection:
                loads.sweep(connection, **how)
        except Error as error:
            structlog.get_logger().warning("serving.not_swept", reason=str(error))


def _is_there(connection: Connection, schema: str, table: str) -> bool:
    return bool(
        fetch(connection, "select to_regclass($1) is not null", [f"{schema}.{table}"])[0][0]
    )


def _served(connection: Connection) -> dict[Piece, str]:
    if not _is_there(connection, OPS, SERVED):
        return {}
    found = fetch(
        connection, f"select table_schema, table_name, period, content_sha256 from {OPS}.{SERVED}"
    )
    return {((schema, name), Period.of(day)): digest for schema, name, day, digest in found}


def _readable(connection: Connection) -> list[tuple[str, str, bool]]:
    """Return the tables and views that hold no persons, and whether their rows are of months."""
    listed = ", ".join(f"'{schema}'" for schema in (*tables.MONTHLY, OPS))
    found = fetch(
        connection,
        f"""
        select n.nspname::text, c.relname::text, n.nspname <> '{OPS}'
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in ({listed}) and c.relkind in ('r', 'v')
          and (c.relkind = 'r' or exists (
            select 1 from {OPS}.{SERVED} as s
            where s.table_schema = n.nspname and s.table_name = c.relname
              and not s.is_restricted))
        order by 1, 2
        """,
    )
    return [(schema, name, is_monthly) for schema, name, is_monthly in found]


def _months(connection: Connection, period: Period) -> str:
    """Return a month and the one served before it, as dates of SQL."""
    found = fetch(
        connection,
        f"select max(period) from {OPS}.{SERVED} where period < $1",
        [period.first_day],
    )
    days = [period.first_day, *(day for (day,) in found if day is not None)]
    return ", ".join(f"date '{day}'" for day in days)


def _arrow(connection: Connection, query: str) -> pa.Table:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetch_arrow_table()


def _forget(connection: Connection, table: Table, period: Period) -> None:
    for place in (f"{OPS}.{SERVED}", f"{PARTITIONS}.{SHOWN}"):
        execute(
            connection,
            f"delete from {place} where table_schema = $1 and table_name = $2 and period = $3",
            [*table, period.first_day],
        )


def _note(
    connection: Connection, key: Piece, version: Version, mart: Mart, load_id: int | None
) -> None:
    """Say that a month of a table is served, and by which load if it has rows."""
    row = {"table_schema": mart.schema, "table_name": mart.name, "period": key[1].first_day}
    if load_id is not None:
        _insert(connection, PARTITIONS, SHOWN, {**row, tables.LOAD: load_id})
    more = {"version": version.version, "rows": mart.rows, "content_sha256": mart.sha256}
    _insert(connection, OPS, SERVED, {**row, **more, "is_restricted": mart.restricted})


def _insert(connection: Connection, schema: str, table: str, row: dict[str, object]) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    execute(
        connection,
        f"insert into {qualified(schema, table)} ({', '.join(row)}) values ({places})",
        list(row.values()),
    )


def _receive(connection: Connection, rows: pa.RecordBatchReader) -> None:
    """Put rows into the temporary table of this session."""
    execute(connection, f"drop table if exists pg_temp.{_INCOMING}")
    with connection.cursor() as cursor:
        cursor.adbc_ingest(_INCOMING, rows, mode="create", temporary=True)


def _move(connection: Connection, schema: str, table: str, names: list[str]) -> None:
    listed = ", ".join(map(identifier, names))
    execute(
        connection,
        f"insert into {qualified(schema, table)} ({listed})"
        f" select {listed} from pg_temp.{_INCOMING}",
    )
    execute(connection, f"drop table pg_temp.{_INCOMING}")


def _replace(connection: Connection, schema: str, table: str, rows: pa.Table) -> None:
    execute(connection, f"delete from {qualified(schema, table)}")
    if rows.num_rows:
        _receive(connection, rows.to_reader())
        _move(connection, schema, table, rows.schema.names)


def _append(connection: Connection, table: str, rows: pa.Table) -> None:
    """Add the numbered rows that ``ops.<table>`` does not have; what it has is left alone."""
    known = fetch(connection, f"select coalesce(max(number), 0) from {qualified(OPS, table)}")
    new = rows.filter(pc.field("number") > known[0][0])
    if new.num_rows:
        _receive(connection, new.to_reader())
        _move(connection, OPS, table, new.schema.names)


def _plain(value: object) -> object:
    return ops.stamp(value) if isinstance(value, datetime) else value
