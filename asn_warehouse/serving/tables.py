"""The tables that serve: made, widened and described without a reader waiting for it.

A mart is partitioned by month. Partitions lie in a schema of their own that nobody may use: they
are read through the mart, where the grants and policies are. They are attached and never detached,
for attaching is all that readers do not feel.
"""

from collections.abc import Iterable

import pyarrow as pa

from asn_warehouse.archive import MARTS, OPEN, SAFE
from asn_warehouse.engines.duckdb import identifier, literal
from asn_warehouse.errors import PublishConflict
from asn_warehouse.periods import Period
from asn_warehouse.serving.comments import Comments
from asn_warehouse.serving.session import Connection, execute, fetch, qualified

OPS = "ops"
PARTITIONS = "partitions"
MONTHLY = (MARTS, SAFE, OPEN)
"""Schemas whose tables hold published months."""
SCHEMAS = (*MONTHLY, OPS, PARTITIONS)

SERVED = "served"
SERVED_COLUMNS = {
    "table_schema": "text",
    "table_name": "text",
    "period": "date",
    "version": "bigint",
    "rows": "bigint",
    "content_sha256": "text",
    "is_restricted": "boolean",
}
"""``ops.served``: which version of which month each table holds."""

Columns = dict[str, str]

_LOCK_TIMEOUT = "10s"
_INDEXED = ("agency_code", "person_key", "program_code")
_WIDER = {
    ("integer", "bigint"),
    ("smallint", "integer"),
    ("smallint", "bigint"),
    ("integer", "double precision"),
    ("bigint", "double precision"),
}


def columns_of(schema: pa.Schema) -> Columns:
    """Return the PostgreSQL types of an Arrow schema.

    Raises:
        PublishConflict: when it has a type that no mart may have.
    """
    return {field.name: _type_of(field) for field in schema}


def _type_of(field: pa.Field) -> str:
    kind = field.type
    simple = {
        pa.int16(): "smallint",
        pa.int32(): "integer",
        pa.int64(): "bigint",
        pa.float64(): "double precision",
        pa.bool_(): "boolean",
        pa.date32(): "date",
        pa.string(): "text",
        pa.large_string(): "text",
    }
    if kind in simple:
        return simple[kind]
    if pa.types.is_timestamp(kind) and kind.tz is None:
        return "timestamp without time zone"
    if pa.types.is_decimal(kind):
        return f"numeric({kind.precision},{kind.scale})"
    raise PublishConflict(f"Column {field.name} has a type that cannot be served: {kind}.")


def union(schemas: Iterable[Columns]) -> Columns:
    """Return the columns of all, the wider type where they differ.

    Raises:
        PublishConflict: when neither of two types holds the values of the other.
    """
    found: Columns = {}
    for columns in schemas:
        for name, kind in columns.items():
            found[name] = _wider(name, found.get(name, kind), kind)
    return found


def _wider(name: str, one: str, other: str) -> str:
    if one == other or (other, one) in _WIDER:
        return one
    if (one, other) in _WIDER:
        return other
    raise PublishConflict(f"Column {name} is {one} in one version and {other} in another.")


class Catalogue:
    """What tables there are in the schemas that serve; changed one table at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._make_schemas()
        self._tables: dict[tuple[str, str], Columns] = {}
        for schema, table, column, kind in fetch(connection, _COLUMNS):
            self._tables.setdefault((schema, table), {})[column] = kind
        self._comments = {
            (schema, table, column): text
            for schema, table, column, text in fetch(connection, _COMMENTS)
        }
        self.made: list[tuple[str, str]] = []

    def has(self, schema: str, table: str) -> bool:
        """Return whether there is such a table."""
        return (schema, table) in self._tables

    def columns(self, schema: str, table: str) -> Columns:
        """Return the columns of a table."""
        return self._tables[schema, table]

    def ensure(self, schema: str, table: str, columns: Columns, *, monthly: bool = False) -> None:
        """Make the table where it is not there; add and widen columns where it is."""
        place = qualified(schema, table)
        there = self._tables.get((schema, table))
        if there is None:
            listed = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
            parted = " partition by list (period)" if monthly else ""
            execute(self._connection, f"create table {place} ({listed}){parted}")
            self._tables[schema, table] = dict(columns)
            self.made.append((schema, table))
            keys = [name for name in _INDEXED if name in columns]
            if monthly and keys:
                listed = ", ".join(map(identifier, keys))
                execute(self._connection, f"create index on {place} ({listed})")
            return
        for name, kind in columns.items():
            column = identifier(name)
            if name not in there:
                execute(self._connection, f"alter table {place} add column {column} {kind}")
            elif (wider := _wider(name, there[name], kind)) != there[name]:
                execute(self._connection, f"alter table {place} alter column {column} type {wider}")
                there[name] = wider
            there.setdefault(name, kind)

    def ensure_month(self, schema: str, table: str, period: Period) -> None:
        """Attach an empty partition for ``period`` where there is none."""
        name = partition(schema, table, period)
        if self.has(PARTITIONS, name):
            return
        place, parent = qualified(PARTITIONS, name), qualified(schema, table)
        execute(self._connection, f"create table {place} (like {parent} including all)")
        day = literal(str(period.first_day))
        execute(
            self._connection, f"alter table {parent} attach partition {place} for values in ({day})"
        )
        self._tables[PARTITIONS, name] = dict(self.columns(schema, table))
        self.made.append((PARTITIONS, name))

    def describe(self, schema: str, table: str, comments: Comments) -> None:
        """Write the comments of a table and its columns where they differ."""
        place = qualified(schema, table)
        there = self.columns(schema, table)
        wanted = {"": comments.table, **comments.columns}
        for column, text in wanted.items():
            if column and column not in there:
                continue
            if self._comments.get((schema, table, column)) == text:
                continue
            of = f"column {place}.{identifier(column)}" if column else f"table {place}"
            execute(self._connection, f"comment on {of} is {literal(text)}")

    def _make_schemas(self) -> None:
        execute(self._connection, f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
        there = {name for (name,) in fetch(self._connection, _NAMESPACES)}
        for name in SCHEMAS:
            if name not in there:
                execute(self._connection, f"create schema {name}")


def partition(schema: str, table: str, period: Period) -> str:
    """Return the name of the table that holds one month of a table."""
    month = str(period).replace("-", "_")
    return f"{table}_{month}" if schema == MARTS else f"{schema}_{table}_{month}"


_NAMESPACES = "select nspname::text from pg_namespace"
_IN = ", ".join(literal(name) for name in SCHEMAS)
_COLUMNS = f"""
    select n.nspname::text, c.relname::text, a.attname::text,
           format_type(a.atttypid, a.atttypmod)
    from pg_attribute as a
    join pg_class as c on c.oid = a.attrelid
    join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ({_IN}) and c.relkind in ('r', 'p')
      and a.attnum > 0 and not a.attisdropped
    order by c.oid, a.attnum
"""
_COMMENTS = f"""
    select n.nspname::text, c.relname::text, coalesce(a.attname::text, ''), d.description
    from pg_description as d
    join pg_class as c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
    join pg_namespace as n on n.oid = c.relnamespace
    left join pg_attribute as a on a.attrelid = c.oid and a.attnum = d.objsubid and a.attnum > 0
    where n.nspname in ({_IN})
"""
