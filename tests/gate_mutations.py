"""Break a built month in small ways, to see which expectation notices: no month is run for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from asn_warehouse.quality import Batch, Suite

_NUMBERS = ("BIGINT", "INTEGER", "DOUBLE", "HUGEINT", "DECIMAL")


def table_of(batch: Batch) -> str:
    """Return the table that a batch shows whole."""
    assert batch.query.startswith("select * from "), batch.query
    return batch.query.removeprefix("select * from ")


@contextmanager
def undone(connection: duckdb.DuckDBPyConnection, statement: str) -> Iterator[bool]:
    """Run ``statement``, tell whether the tables allowed it, and take it back."""
    connection.execute("begin")
    try:
        connection.execute(statement)
        yield True
    except duckdb.ConstraintException:
        yield False
    finally:
        connection.execute("rollback")


def notices(connection: duckdb.DuckDBPyConnection, item: dict[str, Any], source: str) -> bool:
    """Return whether an expectation is not met, asked in plain SQL."""
    kwargs = item["kwargs"]
    match item["type"]:
        case "unexpected_rows_expectation":
            query = kwargs["unexpected_rows_query"].format(batch=source)
        case "expect_column_values_to_be_between":
            outside = [
                f"{kwargs['column']} {sign} {kwargs[name]}"
                for name, sign in (("min_value", "<"), ("max_value", ">"))
                if kwargs.get(name) is not None
            ]
            query = f"select 1 from {source} where {' or '.join(outside)}"
        case "expect_column_values_to_be_in_set":
            query = f"select 1 from {source} where {kwargs['column']} not in {_set(kwargs)}"
        case "expect_column_distinct_values_to_equal_set":
            query = (
                f"select 1 from {source} having count(distinct {kwargs['column']}) <>"
                f" {len(kwargs['value_set'])} or bool_or({kwargs['column']} not in {_set(kwargs)})"
            )
        case "expect_column_sum_to_be_between":
            query = f"select 1 from {source} having sum({kwargs['column']}) < {kwargs['min_value']}"
        case "expect_compound_columns_to_be_unique":
            columns = ", ".join(kwargs["column_list"])
            query = f"select 1 from {source} group by {columns} having count(*) > 1"
        case other:
            raise NotImplementedError(other)
    return bool(connection.execute(f"select exists ({query})").fetchall()[0][0])


def noticed_by(connection: duckdb.DuckDBPyConnection, suite: Suite) -> set[str]:
    """Return the ids of the expectations of ``suite`` that are not met."""
    sources = {batch.name: f"({batch.query})" for batch in suite.batches}
    return {
        item["meta"]["id"]
        for item in suite.expectations
        if notices(connection, item, sources[item["meta"]["batch"]])
    }


def mutations(
    connection: duckdb.DuckDBPyConnection, item: dict[str, Any], table: str
) -> Iterator[str]:
    """Return statements that break ``table`` where ``item`` looks: a cell, a row, all totals."""
    text = str(item["kwargs"])
    described = connection.execute(f"describe {table}").fetchall()
    named = [(name, kind) for name, kind, *_ in described if name in text]
    names = {name for name, *_ in described}
    yield f"insert into {table} from {table} limit 1"
    for name, kind in named:
        for row in _rows(connection, table, name, names):
            for value in _values(name, kind):
                yield f"update {table} set {name} = {value} where rowid = {row}"
    if "is_total" in names:
        yield f"delete from {table} where is_total"
        yield f"delete from {table} where not is_total"
    yield f"delete from {table} where rowid = (select min(rowid) from {table})"


def survivors(connection: duckdb.DuckDBPyConnection, suite: Suite) -> set[str]:
    """Return the ids of the expectations that notice none of the mutations."""
    batches = {batch.name: batch for batch in suite.batches}
    found = set()
    for item in suite.expectations:
        batch = batches[item["meta"]["batch"]]
        source, table = f"({batch.query})", table_of(batch)
        if not any(
            _is_noticed(connection, item, source, statement)
            for statement in mutations(connection, item, table)
        ):
            found.add(item["meta"]["id"])
    return found


def _is_noticed(
    connection: duckdb.DuckDBPyConnection, item: dict[str, Any], source: str, statement: str
) -> bool:
    with undone(connection, statement) as allowed:
        return allowed and notices(connection, item, source)


def _rows(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, names: set[str]
) -> list[int]:
    """Return a row of totals and one that is none, both with a value, and the first row."""
    total = "is_total" if "is_total" in names else "false"
    found = connection.execute(
        f"select max(rowid) filter (where {total}), max(rowid) filter (where not {total}),"
        f" (select min(rowid) from {table}) from {table} where {name} is not null"
    ).fetchall()[0]
    return list(dict.fromkeys(row for row in found if row is not None))


def _values(name: str, kind: str) -> list[str]:
    if is_number(kind):
        return [f"{name} + 1000", "1000", "-1000", f"{name} - 0.01", "null"]
    if kind == "BOOLEAN":
        return [f"not {name}", "null"]
    if kind in ("DATE", "TIMESTAMP"):
        return [f"{name} + interval 50 year", f"{name} - interval 50 year"]
    return ["'zz'", "null"]


def is_number(kind: str) -> bool:
    """Return whether a type of a column is one of numbers."""
    return kind.partition("(")[0] in _NUMBERS


def _set(kwargs: dict[str, Any]) -> str:
    return "(" + ", ".join(repr(value) for value in kwargs["value_set"]) + ")"
