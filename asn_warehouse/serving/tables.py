"""The tables that serve: made, widened and described without a reader waiting for it.

A mart is a view. Its rows lie in ``stored_<schema>.<mart>``, which readers reach through the view
alone: they may not name it. Each load of a month is a partition of that table, told apart by
``period`` and ``load_id``, and the view shows the loads that ``partitions.shown`` names. A query
that names a month, by a subquery as well, reads no other.
"""

from collections.abc import Iterable

import pyarrow as pa

from asn_warehouse.archive import MARTS, OPEN, SAFE
from asn_warehouse.engines.duckdb import identifier, literal
from asn_warehouse.errors import PublishConflict
from asn_warehouse.serving.comments import Comments
from asn_warehouse.serving.session import Connection, execute, fetch, qualified

OPS = "ops"
PARTITIONS = "partitions"
MONTHLY = (MARTS, SAFE, OPEN)
"""Schemas whose views show published months."""
STORED = {schema: f"stored_{schema}" for schema in MONTHLY}
"""Schemas of the tables behind those views."""
SCHEMAS = (*MONTHLY, *STORED.values(), OPS, PARTITIONS)

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
SHOWN = "shown"
SHOWN_COLUMNS = {
    "table_schema": "text",
    "table_name": "text",
    "period": "date",
    "load_id": "bigint",
}
"""``partitions.shown``: the loads that the views show."""
PERIOD = "period"
LOAD = "load_id"

_PARTED = f" partition by range ({PERIOD}, {LOAD})"

Columns = dict[str, str]

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


def bounds(day: str, load_id: int) -> str:
    """Return what a partition holds: a month, by its first day, of one load."""
    return f"for values from ({literal(day)}, {load_id}) to ({literal(day)}, {load_id + 1})"


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
        self._loads_of: dict[tuple[str, str], list[str]] = {}
        for schema, table, load in fetch(connection, _PARTED_BY_LOAD):
            self._loads_of.setdefault((schema, table), []).extend([load] if load else [])

    def columns(self, schema: str, table: str) -> Columns:
        """Return the columns of a table."""
        return self._tables[schema, table]

    def ensure(self, schema: str, table: str, columns: Columns, *, more: str = "") -> None:
        """Make the table where it is not there; add and widen columns where it is."""
        place = qualified(schema, table)
        there = self._tables.get((schema, table))
        if there is None:
            listed = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
            execute(self._connection, f"create table {place} ({listed}){more}")
            self._tables[schema, table] = dict(columns)
            return
        for name, kind in columns.items():
            column = identifier(name)
            if name not in there:
                execute(self._connection, f"alter table {place} add column {column} {kind}")
            elif (wider := _wider(name, there[name], kind)) != there[name]:
                execute(self._connection, f"alter table {place} alter column {column} type {wider}")
                there[name] = wider
            there.setdefault(name, kind)

    def ensure_view(self, schema: str, table: str, columns: Columns) -> None:
        """Make the view of a mart and the table behind it, or add and widen their columns."""
        if (STORED[schema], table) in self._loads_of:
            self._part_by_month(schema, table)
        stored, shown = self._tables.get((STORED[schema], table)), self._tables.get((schema, table))
        if stored is not None and shown is not None:
            wanted = {name: _wider(name, stored.get(name, k), k) for name, k in columns.items()}
            if wanted.items() <= shown.items():
                return
            if any(stored.get(name, kind) != kind for name, kind in wanted.items()):
                # No view may rest on a column whose type changes.
                self._drop_view(schema, table)
        self.ensure(STORED[schema], table, {LOAD: "bigint", **columns}, more=_PARTED)
        found = {n: k for n, k in self._tables[STORED[schema], table].items() if n != LOAD}
        execute(self._connection, _view(schema, table, found))
        self._tables[schema, table] = found

    def _part_by_month(self, schema: str, table: str) -> None:
        """Part a table by month and load that an earlier release parted by load alone."""
        stored, former = (qualified(STORED[schema], name) for name in (table, f"former_{table}"))
        self._drop_view(schema, table)
        execute(self._connection, f"alter table {stored} rename to {identifier(f'former_{table}')}")
        execute(self._connection, f"create table {stored} (like {former}){_PARTED}")
        for load in self._loads_of.pop((STORED[schema], table)):
            place, (year, month, number) = qualified(PARTITIONS, load), load.rsplit("_", 3)[1:]
            execute(self._connection, f"alter table {former} detach partition {place}")
            execute(
                self._connection,
                f"alter table {stored} attach partition {place}"
                f" {bounds(f'{year}-{month}-01', int(number))}",
            )
        execute(self._connection, f"drop table {former}")

    def _drop_view(self, schema: str, table: str) -> None:
        execute(self._connection, f"drop view if exists {qualified(schema, table)}")
        self._tables.pop((schema, table), None)
        self._comments = {k: v for k, v in self._comments.items() if k[:2] != (schema, table)}

    def describe(self, schema: str, table: str, comments: Comments) -> None:
        """Write the comments of a table and its columns where they differ."""
        place = qualified(schema, table)
        there = self._tables[schema, table]
        what = "view" if (STORED.get(schema), table) in self._tables else "table"
        wanted = {"": comments.table, **comments.columns}
        for column, text in wanted.items():
            if column and column not in there:
                continue
            if self._comments.get((schema, table, column)) == text:
                continue
            of = f"column {place}.{identifier(column)}" if column else f"{what} {place}"
            execute(self._connection, f"comment on {of} is {literal(text)}")

    def _make_schemas(self) -> None:
        there = {name for (name,) in fetch(self._connection, _NAMESPACES)}
        for name in SCHEMAS:
            if name not in there:
                execute(self._connection, f"create schema {name}")


def _view(schema: str, table: str, columns: Columns) -> str:
    """Return what makes the view of a mart: the loads shown, under the rights of whoever asks."""
    listed = ", ".join(f"t.{identifier(name)}" for name in columns)
    return f"""
        create or replace view {qualified(schema, table)} with (security_invoker = true) as
        select {listed} from {qualified(STORED[schema], table)} as t
        where t.{LOAD} = any (array(
            select s.{LOAD} from {PARTITIONS}.{SHOWN} as s
            where s.table_schema = {literal(schema)} and s.table_name = {literal(table)}))
    """


_NAMESPACES = "select nspname::text from pg_namespace"
_IN = ", ".join(literal(name) for name in SCHEMAS)
_COLUMNS = f"""
    select n.nspname::text, c.relname::text, a.attname::text,
           format_type(a.atttypid, a.atttypmod)
    from pg_attribute as a
    join pg_class as c on c.oid = a.attrelid
    join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ({_IN}) and c.relkind in ('r', 'p', 'v')
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
_PARTED_BY_LOAD = f"""
    select n.nspname::text, c.relname::text, l.relname::text
    from pg_partitioned_table as p
    join pg_class as c on c.oid = p.partrelid
    join pg_namespace as n on n.oid = c.relnamespace
    left join pg_inherits as i on i.inhparent = c.oid
    left join pg_class as l on l.oid = i.inhrelid
    where n.nspname in ({_IN}) and p.partstrat = 'l'
    order by 1, 2, 3
"""
