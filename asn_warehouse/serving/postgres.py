"""The served PostgreSQL: months are replaced by rows, in one transaction.

Rows are deleted and inserted, not partitions swapped: a reader who asked before the commit sees the
old month in all its tables and one who asks after it the new one, whatever the isolation level; no
reader waits, and none is waited for. A partition that is swapped is empty to whoever still looks
through an older snapshot.

Rows come by ADBC into a temporary table, which only this session sees, and go on from there under
the policies of the mart.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

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
    mart_of,
    said_of,
    tables,
)
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
from asn_warehouse.serving.tables import OPS, PARTITIONS, SERVED, Catalogue
from asn_warehouse.settings import Settings

_INCOMING = "incoming"
_BATCH = 65_536
_LOCK = int.from_bytes(b"asn-pub\0")
_APPENDED = ("audit", "publication")
_WITHOUT = "The serving store was left as it was."

Piece = tuple[Table, Period]


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
        """Replace the months that differ, with their history, in one transaction."""
        with self._session() as connection:
            try:
                self._prepare(connection, content)
                connection.commit()
                done("prepared")
                touched = self._exchange(connection, content, done)
                self._write_changes(connection, content)
                self._write_ops(connection, content.events)
                done("built")
                connection.commit()
            except Error as error:
                connection.rollback()
                raise PublishConflict(f"PostgreSQL refused: {error}", mend=_WITHOUT) from error
            except BaseException:
                connection.rollback()
                raise
        done("swapped")
        self._tidy(touched)

    def refresh_ops(self, events: list[ops.Row]) -> None:
        """Replace the tables of schema ``ops`` in one transaction."""
        with self._session() as connection:
            if not _is_there(connection, OPS, "publication"):
                settle(connection)
                return
            self._write_ops(connection, events)
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield what is served, as of one moment, as the served file would show it."""
        with self._session() as connection, engine.connect(self._settings) as reader:
            execute(connection, "set transaction isolation level repeatable read read only")
            if not _is_there(connection, OPS, SERVED):
                raise NotPublished("Nothing is published.", mend="`asn run` publishes a month.")
            reader.execute("attach ':memory:' as marts; use marts; create schema ops")
            for schema in (SAFE, OPEN):
                reader.execute(f"create schema {schema}")
            for schema, name in _readable(connection):
                found = _arrow(connection, f"select * from {qualified(schema, name)}")
                place = "main" if schema == MARTS else schema
                reader.register("found", found)
                reader.execute(f"create table {qualified(place, name)} as from found")
                reader.unregister("found")
            settle(connection)
            yield reader

    def _prepare(self, connection: Connection, content: Content) -> None:
        """Make what is missing: tables, columns, months, comments, grants and policies."""
        catalogue = Catalogue(connection)
        for (schema, name), versions in content.tables.items():
            marts = [(version, mart_of(version, (schema, name))) for version in versions]
            schemas = (pq.read_schema(self._file(version, mart)) for version, mart in marts)
            columns = tables.union(map(tables.columns_of, schemas))
            catalogue.ensure(schema, name, columns, monthly=True)
            for version, _ in marts:
                catalogue.ensure_month(schema, name, version.period)
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

    def _exchange(self, connection: Connection, content: Content, done: Step) -> list[Piece]:
        """Delete what is not to be served any more and insert what is new; return what changed."""
        wanted, held = content.pieces(), _served(connection)
        missing = [key for key in wanted if held.get(key) != wanted[key][1].sha256]
        touched = sorted({*missing, *(held.keys() - wanted.keys())})
        for table, period in touched:
            _delete(connection, table, period)
        for table in sorted({table for table, _ in missing}):
            for key in sorted(key for key in missing if key[0] == table):
                self._insert(connection, *wanted[key])
            done(f"loaded {said_of(table)}")
        return touched

    def _insert(self, connection: Connection, version: Version, mart: Mart) -> None:
        with pq.ParquetFile(self._file(version, mart)) as file:
            schema = file.schema_arrow
            _receive(
                connection, pa.RecordBatchReader.from_batches(schema, file.iter_batches(_BATCH))
            )
        day = version.period.first_day
        rows, others = fetch(
            connection,
            "select count(*), count(*) filter (where period is distinct from $1)"
            f" from pg_temp.{_INCOMING}",
            [day],
        )[0]
        if (rows, others) != (mart.rows, 0):
            raise PublishConflict(
                f"{mart.schema}.{mart.name} of {version.period} does not have its {mart.rows} rows."
            )
        _move(connection, mart.schema, mart.name, schema.names)
        row = {
            "table_schema": mart.schema,
            "table_name": mart.name,
            "period": day,
            "version": version.version,
            "rows": mart.rows,
            "content_sha256": mart.sha256,
            "is_restricted": mart.restricted,
        }
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        execute(
            connection,
            f"insert into {OPS}.{SERVED} ({', '.join(row)}) values ({places})",
            list(row.values()),
        )

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

    def _tidy(self, touched: list[Piece]) -> None:
        """Free the rows that nobody sees any more; what is served does not depend on it."""
        try:
            with connect(self._settings, autocommit=True) as connection:
                for table, period in touched:
                    place = qualified(PARTITIONS, tables.partition(*table, period))
                    execute(connection, f"vacuum (analyze, truncate false) {place}")
                for table in sorted({table for table, _ in touched}):
                    execute(connection, f"analyze {qualified(*table)}")
        except Error as error:
            structlog.get_logger().warning("serving.not_tidied", reason=str(error))

    def _file(self, version: Version, mart: Mart) -> Path:
        return archive.path_of(self._settings, version, mart)


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


def _readable(connection: Connection) -> list[tuple[str, str]]:
    """Return the tables that hold no persons."""
    found = fetch(
        connection,
        f"""
        select n.nspname::text, c.relname::text
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in ('{MARTS}', '{SAFE}', '{OPEN}', '{OPS}') and c.relkind in ('r', 'p')
          and not exists (
            select 1 from {OPS}.{SERVED} as s
            where s.table_schema = n.nspname and s.table_name = c.relname and s.is_restricted)
        order by 1, 2
        """,
    )
    return [(schema, name) for schema, name in found]


def _arrow(connection: Connection, query: str) -> pa.Table:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetch_arrow_table()


def _delete(connection: Connection, table: Table, period: Period) -> None:
    day = period.first_day
    execute(connection, f"delete from {qualified(*table)} where period = $1", [day])
    execute(
        connection,
        f"delete from {OPS}.{SERVED} where table_schema = $1 and table_name = $2 and period = $3",
        [*table, day],
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
