"""Whether two engines computed the same: every public mart, row for row."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from asn_warehouse import build, lineage
from asn_warehouse.build import BuildContext
from asn_warehouse.dbt_results import read_manifest
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.engines.shared import shared_engine
from asn_warehouse.errors import BuildFailed, UsageError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

EMBEDDED = "duckdb"
OTHERS = ("postgres", "spark")
PURPOSE = "parity"
RELATIVE = 1e-9
"""How far two doubles may lie apart, by the larger one; all else is equal exactly."""

EXAMPLES = 3
"""Most differences that are named, of each column and of the rows of either side."""

_BOTH = "o.is_there and n.is_there"
_PERSON, _SHOWN = "_key", 12
"""Keys of persons are pseudonyms; their beginning is enough to find the row."""


@dataclass(frozen=True)
class Difference:
    """One cell that differs, or with ``column`` None a row that only one side has."""

    column: str | None
    key: dict[str, Any]
    values: tuple[Any, Any]
    """The cell on either side; of a row whether it is there."""


@dataclass(frozen=True)
class Comparison:
    """How a mart of one engine compares with the same of another."""

    mart: str
    rows: tuple[int, int]
    missing: int
    """Rows of either side whose key the other lacks."""
    columns: dict[str, int]
    """Columns that differ, and in how many rows that both sides have."""
    largest: float
    """Largest relative distance of two doubles."""
    examples: tuple[Difference, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Return whether both sides say the same."""
        return not (self.missing or self.columns)


def check(
    settings: Settings, period: Period, as_of: datetime | None = None, other: str = OTHERS[0]
) -> list[Comparison]:
    """Compute ``period`` by DuckDB and by ``other`` beside the month's own candidate, and compare.

    The server keeps nothing of it; both candidates' files stay, to be looked into.

    Raises:
        UsageError: when nobody said where the server is, or there is no such engine.
        ConfigurationError: when there is nothing to compute from, or no server to compute on.
        BuildFailed: when an engine failed.
    """
    shared = shared_engine(other)
    if shared is None:
        raise UsageError(f"{other!r} is no other engine.", mend=f"Choose {' or '.join(OTHERS)}.")
    shared.assert_named(settings)
    contexts = [
        build.build(
            settings.model_copy(update={"target": target}), period, as_of, f"{PURPOSE}_{target}"
        )
        for target in (EMBEDDED, other)
    ]
    compared = compare(settings, *contexts)
    for context in contexts:
        build.dismiss(context)
    return compared


def compare(settings: Settings, one: BuildContext, other: BuildContext) -> list[Comparison]:
    """Return how the public marts of two candidates of one month compare, by name.

    Raises:
        BuildFailed: when there is none, when a mart's key is not known, or its columns differ.
    """
    marts = lineage.from_manifest(read_manifest(one.target_dir)).marts
    unknown = [name for name, mart in marts.items() if not mart.grain]
    if unknown or not marts:
        raise BuildFailed(f"Marts without a tested grain: {', '.join(unknown) or 'no marts'}.")
    with engine.connect(settings) as connection:
        for alias, context in (("o", one), ("n", other)):
            place = engine.literal(context.database)
            connection.execute(f"attach {place} as {alias} (read_only)")
        return [_compare(connection, name, marts[name].grain) for name in sorted(marts)]


def _compare(connection: duckdb.DuckDBPyConnection, mart: str, keys: tuple[str, ...]) -> Comparison:
    sides = [f"{side}.marts.{engine.identifier(mart)}" for side in "on"]
    typed, also = (
        {row[0]: row[1] for row in connection.execute(f"describe {side}").fetchall()}
        for side in sides
    )
    if typed != also:
        raise BuildFailed(f"{mart} has other columns: {sorted(typed.items() ^ also.items())}.")
    on = " and ".join(f"o.{c} is not distinct from n.{c}" for c in map(engine.identifier, keys))
    joined = (
        f"(select *, true as is_there from {sides[0]}) as o"
        f" full join (select *, true as is_there from {sides[1]}) as n on {on}"
    )
    doubles = [name for name, kind in typed.items() if kind == "DOUBLE"]
    differs = {name: _differs(name, name in doubles) for name in typed if name not in keys}
    near = ", ".join(f"max({_distance(name)}) filter (where {_BOTH})" for name in doubles)
    counted = [
        f"(select count(*) from {sides[0]})",
        f"(select count(*) from {sides[1]})",
        f"count(*) filter (where ({_BOTH}) is null)",
        f"coalesce(greatest({near}), 0)" if near else "0",
        *(f"count(*) filter (where {_BOTH} and ({how}))" for how in differs.values()),
    ]
    one, other, missing, largest, *changed = connection.execute(
        f"select {', '.join(counted)} from {joined}"
    ).fetchall()[0]
    columns = {name: count for name, count in zip(differs, changed, strict=True) if count}
    examples = [*_lone_rows(connection, joined, keys)] if missing else []
    for name in columns:
        examples += _cells(connection, joined, keys, name, differs[name])
    return Comparison(mart, (one, other), missing, columns, float(largest), tuple(examples))


def _cells(
    connection: duckdb.DuckDBPyConnection,
    joined: str,
    keys: tuple[str, ...],
    name: str,
    differs: str,
) -> Iterator[Difference]:
    """Return the first cells of a column that differ, in the order of their keys."""
    values = [f"{side}.{engine.identifier(name)}" for side in "on"]
    for key, found in _named(connection, joined, keys, values, f"{_BOTH} and ({differs})"):
        yield Difference(name, key, found)


def _lone_rows(
    connection: duckdb.DuckDBPyConnection, joined: str, keys: tuple[str, ...]
) -> Iterator[Difference]:
    """Return the first rows that only one side has, of each side."""
    for there, gone in (("o", "n"), ("n", "o")):
        values = [f"coalesce({side}.is_there, false)" for side in "on"]
        lone = f"{there}.is_there and {gone}.is_there is null"
        for key, found in _named(connection, joined, keys, values, lone):
            yield Difference(None, key, found)


def _named(
    connection: duckdb.DuckDBPyConnection,
    joined: str,
    keys: tuple[str, ...],
    values: list[str],
    where: str,
) -> Iterator[tuple[dict[str, Any], tuple[Any, Any]]]:
    """Return the first rows of ``joined`` under a condition: their keys and two values."""
    chosen = [f"coalesce(o.{c}, n.{c}) as {c}" for c in map(engine.identifier, keys)]
    answer = connection.execute(
        f"select {', '.join([*chosen, *values])} from {joined} where {where}"
        f" order by all limit {EXAMPLES}"
    )
    for *key, one, other in answer.fetchall():
        yield dict(zip(keys, map(_key, keys, key), strict=True)), (one, other)


def _key(name: str, value: Any) -> Any:
    if name.endswith(_PERSON) and isinstance(value, str) and len(value) > _SHOWN:
        return f"{value[:_SHOWN]}…"
    return value


def _distance(name: str) -> str:
    """Return how far two doubles lie apart, by the larger one; 0 where they are equal."""
    left, right = (f"{side}.{engine.identifier(name)}" for side in "on")
    return (
        f"case when {left} = {right} then 0"
        f" else abs({left} - {right}) / greatest(abs({left}), abs({right})) end"
    )


def _differs(name: str, is_double: bool) -> str:
    left, right = (f"{side}.{engine.identifier(name)}" for side in "on")
    if not is_double:
        return f"{left} is distinct from {right}"
    return (
        f"({left} is null) <> ({right} is null) or coalesce({_distance(name)} > {RELATIVE}, false)"
    )
