"""How two files of one mart differ: rows by key, values by column, and whose rows they are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from asn_warehouse.engines import duckdb as engine

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL")
_AGENCY = "agency_code"

Value = float | None


@dataclass(frozen=True)
class Difference:
    """What changed in a table (``measure`` None) or in one of its columns."""

    measure: str | None
    rows_before: int
    rows_after: int
    rows_added: int
    rows_removed: int
    rows_changed: int
    agencies: tuple[str, ...]
    value_before: Value = None
    value_after: Value = None
    largest_change: Value = None

    @property
    def is_change(self) -> bool:
        """Return whether anything differs."""
        return bool(
            (self.measure is None and self.rows_added + self.rows_removed)
            or self.rows_changed
            or self.value_before != self.value_after
        )


def compare(
    connection: duckdb.DuckDBPyConnection,
    before: Path | None,
    after: Path | None,
    keys: tuple[str, ...],
    *,
    with_measures: bool = True,
    hidden_in: str | None = None,
) -> list[Difference]:
    """Return what differs between two Parquet files of a table, the table as a whole first.

    Only agencies whose rows have another digest are joined, so that a late revision of one agency
    does not cost a join of the nation. A column that one side lacks is null there.

    Args:
        connection: any connection.
        before: the earlier file; None when there was no such table.
        after: the later file; None when there is none any more.
        keys: columns that tell rows apart; may be null. Where a side lacks one, no row is the same.
        with_measures: also say it of each column.
        hidden_in: the column in which a row names what it hides (``a;b``); what either side hides
            is not compared.
    """
    sides = {"before": _columns(connection, before), "after": _columns(connection, after)}
    names = list(dict.fromkeys([*sides["after"], *sides["before"]]))
    for side, path in (("before", before), ("after", after)):
        connection.execute(_side(side, path, names, sides))
    counts = {side: _count(connection, side) for side in sides}
    if not keys or not all(key in found for key in keys for found in sides.values()):
        whole = Difference(
            None,
            counts["before"],
            counts["after"],
            rows_added=counts["after"],
            rows_removed=counts["before"],
            rows_changed=0,
            agencies=_agencies_of_all(connection, names),
        )
        return [whole] if whole.is_change else []
    measures = [name for name in names if name not in keys]
    numeric = {
        name for name in measures if all(_is_number(found.get(name)) for found in sides.values())
    }
    told = measures if with_measures else []
    found = _joined(connection, keys, measures, told, numeric, hidden_in)
    measures = told
    totals = _totals(connection, keys, [name for name in measures if name in numeric])
    shared = (counts["before"], counts["after"], found["added"], found["removed"])
    differences = [Difference(None, *shared, found["changed"], _listed(found["agencies"]))]
    for number, name in enumerate(measures):
        old, new = totals.get(name, (None, None))
        differences.append(
            Difference(
                name,
                *shared,
                found[f"changed_{number}"],
                _listed(found[f"agencies_{number}"]),
                old,
                new,
                found.get(f"largest_{number}"),
            )
        )
    return [item for item in differences if item.is_change]


def _columns(connection: duckdb.DuckDBPyConnection, path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    described = connection.execute(f"describe from read_parquet({engine.literal(path)})")
    return {name: kind for name, kind, *_ in described.fetchall() if name != "period"}


def _side(side: str, path: Path | None, names: list[str], sides: dict[str, dict[str, str]]) -> str:
    """Return the view of one side with the columns of both, in one order and of one type."""
    columns = sides[side]
    kinds = {
        name: kinds.pop()
        if len(kinds := {found[name] for found in sides.values() if name in found}) == 1
        else "VARCHAR"
        for name in names
    }
    chosen = ", ".join(
        f"cast({engine.identifier(name) if name in columns else 'null'} as {kinds[name]})"
        f" as {engine.identifier(name)}"
        for name in names
    )
    source = "(select 1) where false" if path is None else f"read_parquet({engine.literal(path)})"
    return f"create or replace temporary view diff_{side} as select {chosen} from {source}"


def _count(connection: duckdb.DuckDBPyConnection, side: str) -> int:
    return int(connection.execute(f"select count(*) from diff_{side}").fetchall()[0][0])


def _agencies_of_all(connection: duckdb.DuckDBPyConnection, names: list[str]) -> tuple[str, ...]:
    if _AGENCY not in names:
        return ()
    return _listed(
        connection.execute(
            f"select list(distinct {_AGENCY}) from"
            f" (select {_AGENCY} from diff_before union all select {_AGENCY} from diff_after)"
        ).fetchall()[0][0]
    )


def _joined(
    connection: duckdb.DuckDBPyConnection,
    keys: tuple[str, ...],
    measures: list[str],
    told: list[str],
    numeric: set[str],
    hidden_in: str | None,
) -> dict[str, Any]:
    """Return the counts of a full join on the keys, over the rows of touched agencies.

    Of ``measures`` the table's own counts are made; those in ``told`` also have counts of theirs.
    """
    names = [*keys, *measures]
    connection.execute(_touched(names))
    agency = f"coalesce(n.{_AGENCY}, o.{_AGENCY})" if _AGENCY in names else "cast(null as varchar)"
    both = "o.is_there and n.is_there"
    selected = [
        "count(*) filter (where o.is_there is null) as added",
        "count(*) filter (where n.is_there is null) as removed",
    ]
    for number, name in enumerate(told):
        column = engine.identifier(name)
        condition = f"{both} and {_differs(name, hidden_in)}"
        selected += [
            f"count(*) filter (where {condition}) as changed_{number}",
            f"list(distinct {agency}) filter (where {condition}) as agencies_{number}",
        ]
        if name in numeric:
            change = f"abs(cast(n.{column} as double) - cast(o.{column} as double))"
            selected.append(f"max({change}) filter (where {condition}) as largest_{number}")
    differs = [_differs(name, hidden_in) for name in measures]
    any_differs = f"({' or '.join(differs)})" if differs else "false"
    moved = f"not coalesce({both}, false) or {any_differs}"
    selected += [
        f"count(*) filter (where {both} and {any_differs}) as changed",
        f"list(distinct {agency}) filter (where {moved}) as agencies",
    ]
    on = " and ".join(
        f"o.{engine.identifier(key)} is not distinct from n.{engine.identifier(key)}"
        for key in keys
    )
    sides = [
        f"(select *, true as is_there from diff_{side} as s {_of_touched(names)})"
        for side in ("before", "after")
    ]
    answer = connection.execute(
        f"select {', '.join(selected)} from {sides[0]} as o full join {sides[1]} as n on {on}"
    )
    columns = [column[0] for column in answer.description or []]
    return dict(zip(columns, answer.fetchall()[0], strict=True))


def _differs(name: str, hidden_in: str | None) -> str:
    """Return the condition that a column says something else; what a side hides says nothing."""
    column = engine.identifier(name)
    differs = f"o.{column} is distinct from n.{column}"
    if hidden_in is None:
        return differs
    hidden = " or ".join(
        f"list_contains(string_split({side}.{engine.identifier(hidden_in)}, ';'),"
        f" {engine.literal(name)})"
        for side in ("o", "n")
    )
    return f"({differs} and not coalesce({hidden}, false))"


def _touched(names: list[str]) -> str:
    """Return the statement that finds the agencies whose rows differ, by count and digest."""
    if _AGENCY not in names:
        return "select 1"
    digest = f"sum(cast(hash({', '.join(map(engine.identifier, names))}) as hugeint))"
    sides = (
        f"(select {_AGENCY}, count(*) as rows, {digest} as digest from diff_{side} group by all)"
        for side in ("before", "after")
    )
    before, after = sides
    return f"""
        create or replace temporary table diff_touched as
        select coalesce(n.{_AGENCY}, o.{_AGENCY}) as {_AGENCY}
        from {before} as o full join {after} as n
          on o.{_AGENCY} is not distinct from n.{_AGENCY}
        where o.rows is distinct from n.rows or o.digest is distinct from n.digest
    """


def _of_touched(names: list[str]) -> str:
    if _AGENCY not in names:
        return ""
    return (
        f"where exists (from diff_touched as t where t.{_AGENCY} is not distinct from s.{_AGENCY})"
    )


def _totals(
    connection: duckdb.DuckDBPyConnection, keys: tuple[str, ...], measures: list[str]
) -> dict[str, tuple[Value, Value]]:
    """Return each measure in the one row of totals of both sides; empty where there is none.

    The row of totals is the one in which every key is null that is null in any row.
    """
    if not measures:
        return {}
    is_null = [f"coalesce(bool_or({engine.identifier(key)} is null), false)" for key in keys]
    both = "(from diff_before union all from diff_after)"
    flags = connection.execute(f"select {', '.join(is_null)} from {both}").fetchall()[0]
    open_keys = [key for key, flag in zip(keys, flags, strict=True) if flag]
    if not open_keys:
        return {}
    where = " and ".join(f"{engine.identifier(key)} is null" for key in open_keys)
    others = ", ".join(engine.identifier(key) for key in keys if key not in open_keys) or "0"
    top = f"select distinct {others} from {both} where {where} limit 2"
    if len(connection.execute(top).fetchall()) != 1:
        return {}
    chosen = ", ".join(f"cast({engine.identifier(name)} as double)" for name in measures)
    rows = {
        side: connection.execute(f"select {chosen} from diff_{side} where {where}").fetchall()
        for side in ("before", "after")
    }
    nothing = (None,) * len(measures)
    old, new = (next(iter(rows[side]), nothing) for side in ("before", "after"))
    return {name: (old[i], new[i]) for i, name in enumerate(measures)}


def _is_number(kind: str | None) -> bool:
    return kind is None or kind.partition("(")[0] in _NUMBERS


def _listed(values: object) -> tuple[str, ...]:
    found = values if isinstance(values, list) else []
    return tuple(sorted(value for value in found if value is not None))
