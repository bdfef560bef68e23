"""Month on month: which agencies' key figures moved further than a rule row expects.

A figure that jumps is as often a file of half an agency as a reform. It is no reason to hold up 639
others, so the gate warns and names agencies, and fails nobody. The bounds are rows of the rule set
``month_change``; what is compared with is the month published before, as it is served, from its
archive.
"""

from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from asn_warehouse import archive, lineage, publish
from asn_warehouse.archive import Version
from asn_warehouse.build import BuildContext
from asn_warehouse.dbt_results import read_manifest
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.settings import Settings

SUITE = "month_change"
TABLE = "month_change"

_COUNTS = ("people", "respondents", "filled")
"""Columns that say how many people a figure is about; a table has one of them."""

_BOUNDS = """
select name, value, unit, note_id
from rules.rule_parameter
where rule_set = 'month_change'
  and valid_from <= ? and (valid_to is null or valid_to >= ?)
order by name
"""


@dataclass(frozen=True)
class Change:
    """A figure of one agency that moved further than ``bound``; names no person."""

    table: str
    measure: str
    agency_code: str
    agency_name: str
    previous_period: str
    before: float
    after: float
    bound: float
    unit: str

    def line(self) -> str:
        """Return the warning in one line."""
        return (
            f"{self.table}.{self.measure} of {self.agency_name} ({self.agency_code}):"
            f" {self.before:g} in {self.previous_period}, now {self.after:g};"
            f" expected within {self.bound:g} {self.unit.replace('_', ' ')}"
        )

    def to_row(self) -> dict[str, object]:
        """Return it for the journal and the archive."""
        return asdict(self)


@dataclass(frozen=True)
class Compared:
    """What was compared: the month before, None where none is published, and expectations."""

    previous_period: str | None
    rows: int
    expectations: tuple[dict[str, Any], ...]
    changes: tuple[Change, ...]


def compare(
    connection: duckdb.DuckDBPyConnection, settings: Settings, context: BuildContext
) -> Compared | None:
    """Compare the candidate's agencies with the month published before it; None without bounds.

    Leaves the temporary table ``month_change`` of every figure compared, for the Data Docs.

    Args:
        connection: opened on the candidate; may be read-only.
        settings: where the archive lies.
        context: the candidate.
    """
    bounds = _bounds(connection, context)
    if not bounds:
        return None
    previous = _previous(settings, context)
    if previous is None:
        return Compared(None, 0, (), ())
    least = next((value for name, value, *_ in bounds if name == "min_people"), 0.0)
    connection.execute(
        f"create or replace temporary table {TABLE} (table_name varchar, measure varchar,"
        " agency_code varchar, agency_name varchar, value_before double, value_after double,"
        " bound double, unit varchar, is_outside boolean)"
    )
    made = lineage.from_manifest(read_manifest(context.target_dir))
    expectations = []
    for name, bound, unit, note in bounds:
        table, _, measure = name.partition(".")
        if not measure or not _is_comparable(table, unit, made, previous, context):
            continue
        keys = [key for key in made.nodes[table].grain if key not in ("period", "agency_code")]
        _add(connection, settings, previous, (table, measure, keys), (bound, unit, least))
        expectations.append(_expectation(name, note, bound, unit))
    rows = connection.execute(f"select count(*) from {TABLE}").fetchall()[0][0]
    return Compared(str(previous.period), rows, tuple(expectations), _changes(connection, previous))


def _previous(settings: Settings, context: BuildContext) -> Version | None:
    """Return what is served of the last month before the candidate's."""
    earlier = [p for p in publish.published_periods(settings) if p < context.period]
    served = publish.current(settings, max(earlier)) if earlier else None
    return None if served is None else archive.load(settings, served.period, served.version)


def _bounds(
    connection: duckdb.DuckDBPyConnection, context: BuildContext
) -> list[tuple[str, float, str, str]]:
    there = connection.execute(
        "select 1 from information_schema.tables"
        " where table_schema = 'rules' and table_name = 'rule_parameter'"
    ).fetchall()
    last = context.period.last_day
    return connection.execute(_BOUNDS, [last, last]).fetchall() if there else []


def _is_comparable(
    table: str, unit: str, made: lineage.Lineage, previous: Version, context: BuildContext
) -> bool:
    """Return whether both months have the table, and count in the same year where that matters."""
    if table not in made.nodes or table not in {mart.name for mart in previous.marts}:
        return False
    same_year = previous.period.first_day.year == context.period.first_day.year
    return same_year or unit != "hours_in_year"


def _add(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    previous: Version,
    figure: tuple[str, str, list[str]],
    limit: tuple[float, str, float],
) -> None:
    """Add every agency's figure of both months to the table, and whether it is outside."""
    table, measure, keys = figure
    bound, unit, least = limit
    path = archive.directory(settings, previous.period, previous.version) / f"{table}.parquet"
    before, now = f"read_parquet({engine.literal(path)})", f"marts.{engine.identifier(table)}"
    names = [row[0] for row in connection.execute(f"describe {now}").fetchall()]
    people = next(name for name in _COUNTS if name in names)
    change = "abs(n.value - o.value)"
    if unit == "share_of_previous":
        change = f"{change} / nullif(abs(o.value), 0)"
    totals = " and ".join(["agency_code is not null", *(f"{key} is null" for key in keys)])
    chosen = f"agency_code, agency_name, {engine.identifier(measure)} as value, {people} as people"
    connection.execute(
        f"""
        insert into {TABLE}
        select ?, ?, n.agency_code, n.agency_name, o.value, n.value, ?, ?, {change} > ? + 1e-9
        from (select {chosen} from {now} where {totals}) as n
        inner join (select {chosen} from {before} where {totals}) as o
          on n.agency_code = o.agency_code
        where o.value is not null and n.value is not null
          and greatest(o.people, n.people) >= ?
        """,
        [table, measure, bound, unit, bound, least],
    )


def _changes(connection: duckdb.DuckDBPyConnection, previous: Version) -> tuple[Change, ...]:
    found = connection.execute(
        "select table_name, measure, agency_code, agency_name, round(value_before, 6),"
        f" round(value_after, 6), bound, unit from {TABLE} where is_outside"
        " order by table_name, measure, agency_code"
    ).fetchall()
    month = str(previous.period)
    return tuple(
        Change(table, measure, code, name, month, before, after, bound, unit)
        for table, measure, code, name, before, after, bound, unit in found
    )


def _expectation(name: str, note: str, bound: float, unit: str) -> dict[str, Any]:
    """Return what Great Expectations asks of one figure; its answer names the agencies."""
    table, _, measure = name.partition(".")
    return {
        "type": "unexpected_rows_expectation",
        "severity": "warning",
        "kwargs": {
            "unexpected_rows_query": "select string_agg(agency_name || ' (' || agency_code || ')',"
            " ', ' order by agency_code) as agencies from {batch}"
            f" where table_name = {engine.literal(table)} and measure = {engine.literal(measure)}"
            " and is_outside having count(*) > 0"
        },
        "meta": {
            "id": f"{SUITE}.{name}",
            "batch": SUITE,
            "id_ID": note,
            "allowed": f"a change of at most {bound:g} {unit.replace('_', ' ')}",
        },
    }
