"""From a number to its law: the rules, models, datasets and submissions behind a published column.

What was published is explained by what was published with it: the rules as ``dim_rule`` holds them
and the lineage that lies beside the marts. Before that, by the project as it is now.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

import duckdb

from asn_warehouse import archive, contracts, lineage, publish, rules, serving
from asn_warehouse.engines import columns
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.engines.duckdb import identifier
from asn_warehouse.errors import NotPublished, UsageError
from asn_warehouse.lineage import Column, Lineage, Node
from asn_warehouse.periods import Period
from asn_warehouse.publish import Publication
from asn_warehouse.reference import agencies_in_force
from asn_warehouse.rules import Rule
from asn_warehouse.settings import Settings

ROWS_SHOWN = 12
"""Rows and submissions that are told one by one; of more only their number is told."""

_COUNTING = """
with admitted as (
    from ops.submission
    where status <> 'ditolak' and received_at <= $as_of and period <= $period
    qualify row_number() over (
        partition by dataset, agency_code, period
        order by revision desc, received_at desc, submission_id desc
    ) = 1
)
from admitted
where dataset = $dataset and period >= $first
qualify $is_event or row_number() over (partition by agency_code order by period desc) = 1
"""
"""The submissions that count, as ``int_submission__counting`` has them; a test keeps them equal."""


@dataclass(frozen=True)
class Values:
    """The published rows: how many, and the first of them unless they are of persons."""

    rows: int
    known: int
    keys: tuple[str, ...] = ()
    shown: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True)
class Submission:
    """A submission that counts; times are UTC."""

    submission_id: str
    agency_code: str
    period: str
    received_at: datetime
    revision: int
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    is_carried_forward: bool


@dataclass(frozen=True)
class Dataset:
    """What stands behind a number of one dataset: the newest submissions, and how many in all."""

    name: str
    title: str
    agencies: int = 0
    submissions: int = 0
    carried_forward: int = 0
    shown: tuple[Submission, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """All that is known of a column of a mart; without a publication there are no values."""

    mart: Node
    column: Column
    lineage: Lineage
    on: date
    rules: tuple[Rule, ...]
    datasets: tuple[Dataset, ...]
    publication: Publication | None = None
    agency_code: str | None = None
    agency_name: str | None = None
    values: Values | None = None


@dataclass(frozen=True)
class Source:
    """What explanations are made from: a publication and what was published with it.

    Without a publication, the project as it is now.
    """

    settings: Settings
    publication: Publication | None
    lineage: Lineage
    rules: tuple[Rule, ...]
    connection: duckdb.DuckDBPyConnection
    datasets: dict[tuple[str, str | None], Dataset] = field(default_factory=dict)

    @property
    def on(self) -> date:
        """The day of which the rules in force are told."""
        return self.publication.period.last_day if self.publication else date.today()


def explain(
    settings: Settings,
    mart: str,
    column: str,
    period: Period | None = None,
    agency: str | None = None,
) -> Explanation:
    """Return what stands behind ``mart.column``.

    Args:
        settings: where things live.
        mart: a public mart.
        column: one of its columns.
        period: a published month; default the newest that has the column, if there is one.
        agency: code of an agency; default the nation.

    Raises:
        UsageError: when there is no such mart, column, agency or published month; it names the
            nearest.
        BuildFailed: when nothing is published and dbt cannot read the project.
    """
    publication = _publication(settings, period)
    with open_source(settings, publication) as source:
        is_told = publication is None or period is not None or _has(source.lineage, mart, column)
        if is_told or not _is_declared(settings, mart, column):
            return explain_column(source, mart, column, agency)
    with open_source(settings, None) as source:
        return explain_column(source, mart, column, agency)


@contextmanager
def open_source(settings: Settings, publication: Publication | None) -> Iterator[Source]:
    """Yield what columns are explained from.

    Raises:
        BuildFailed: when there is no publication and dbt cannot read the project.
    """
    if publication is None:
        known = tuple(rules.of_project(settings))
        with engine.connect(settings) as connection:
            yield Source(settings, None, lineage.of_project(settings), known, connection)
        return
    with serving.open_store(settings).read(publication.period) as connection:
        known = _rules(connection, settings, publication.period.first_day)
        yield Source(settings, publication, _lineage(settings, publication), known, connection)


def explain_column(source: Source, mart: str, column: str, agency: str | None) -> Explanation:
    """Return what stands behind ``mart.column``, of the nation or of one agency.

    Raises:
        UsageError: when there is no such mart, column or agency.
    """
    node: Node = _found(source.lineage.marts, mart, "mart")
    chosen: Column = _found(node.columns, column, f"column of {mart}")
    names = source.lineage.datasets(mart)
    told = Explanation(
        mart=node,
        column=chosen,
        lineage=source.lineage,
        on=source.on,
        rules=tuple(rules.resting(source.rules, chosen.rule_sets)),
        datasets=tuple(Dataset(name, _title(source.settings, name)) for name in names),
    )
    publication = source.publication
    if publication is None:
        if agency is not None:
            raise NotPublished(f"{mart}.{column} is not published yet.", mend="Leave out --agency.")
        return told
    return replace(
        told,
        publication=publication,
        agency_code=agency,
        agency_name=_agency_name(source.settings, publication.period, agency),
        values=_values(source.connection, node, chosen, publication.period.first_day, agency),
        datasets=tuple(_dataset(source, publication, name, agency) for name in names),
    )


def _publication(settings: Settings, period: Period | None) -> Publication | None:
    if period is None:
        periods = publish.published_periods(settings)
        return publish.current(settings, periods[-1]) if periods else None
    found = publish.current(settings, period)
    if found is None:
        raise NotPublished(
            f"Nothing of {period} is published.", mend=f"Run `asn run --period {period}`."
        )
    return found


def _lineage(settings: Settings, publication: Publication | None) -> Lineage:
    if publication is not None:
        folder = archive.directory(settings, publication.period, publication.version)
        path = folder / lineage.FILE
        if path.exists():
            return Lineage.from_json(path.read_text(encoding="utf-8"))
    return lineage.of_project(settings)


def _rules(
    connection: duckdb.DuckDBPyConnection, settings: Settings, day: date
) -> tuple[Rule, ...]:
    """Return the rules published with a month; of one published without, those of the project."""
    try:
        found = rules.published(connection, "marts.dim_rule", day)
    except duckdb.CatalogException:
        found = []
    return tuple(found or rules.of_project(settings))


def _has(known: Lineage, mart: str, column: str) -> bool:
    return mart in known.marts and column in known.marts[mart].columns


def _is_declared(settings: Settings, mart: str, column: str) -> bool:
    """Return whether the project as it is now has such a column, without asking dbt."""
    files = (settings.dbt_dir / "models").rglob("*.yml")
    line = f"- name: {column}\n"
    return any(path.stem == mart and line in path.read_text(encoding="utf-8") for path in files)


def _found(known: dict[str, Any], name: str, what: str) -> Any:
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=3, cutoff=0.4)
    words = f"Did you mean {' or '.join(near)}?" if near else f"There is {', '.join(known)}."
    raise UsageError(f"{name!r} is no {what}.", mend=words)


def _title(settings: Settings, dataset: str) -> str:
    return contracts.dataset(settings, dataset).label


def _agency_name(settings: Settings, period: Period, agency: str | None) -> str | None:
    if agency is None:
        return None
    known = agencies_in_force(settings, period)
    if agency not in known:
        raise UsageError(
            f"Agency {agency!r} is not in force in {period}.",
            mend="Its code must stand in reference/instansi.csv.",
        )
    return known[agency]


def _values(
    connection: duckdb.DuckDBPyConnection, mart: Node, column: Column, day: date, agency: str | None
) -> Values | None:
    """Return the published rows of an agency, or of the nation where the mart has such rows.

    Of a restricted mart only their number. None where the store has no such table any more.
    """
    table = f"main.{identifier(mart.name)}"
    try:
        connection.execute(f"describe {table}")
    except duckdb.CatalogException:
        return None
    where, parameters = "period = ?", [day.isoformat()]
    if "agency_code" in mart.columns and not mart.restricted:
        where += " and agency_code is not distinct from ?"
        parameters.append(agency)  # type: ignore[arg-type]
    elif "agency_code" in mart.columns and agency is not None:
        where += " and agency_code = ?"
        parameters.append(agency)
    name = identifier(column.name)
    rows, known = connection.execute(
        f"select count(*), count({name}) from {table} where {where}", parameters
    ).fetchall()[0]
    if mart.restricted:
        return Values(rows, known)
    keys = tuple(k for k in mart.grain if k not in ("period", "agency_code", column.name))
    listed = ", ".join(map(identifier, (*keys, column.name)))
    found = connection.execute(
        f"select {listed} from {table} where {where} order by all nulls first limit {ROWS_SHOWN}",
        parameters,
    ).fetchall()
    return Values(rows, known, keys, tuple(found))


def _dataset(source: Source, publication: Publication, name: str, agency: str | None) -> Dataset:
    """Return the submissions of a dataset that a publication was made of, the newest first."""
    if (name, agency) not in source.datasets:
        found = _counting(source, publication, name, agency)
        source.datasets[name, agency] = Dataset(
            name=name,
            title=_title(source.settings, name),
            agencies=len({one.agency_code for one in found}),
            submissions=len(found),
            carried_forward=sum(one.is_carried_forward for one in found),
            shown=tuple(found[:ROWS_SHOWN]) if agency is not None else (),
        )
    return source.datasets[name, agency]


def _counting(
    source: Source, publication: Publication, name: str, agency: str | None
) -> list[Submission]:
    period = publication.period
    is_event = contracts.dataset(source.settings, name).nature == "event"
    months = columns.window_months(source.settings, name) if is_event else _carried(source)
    rows = source.connection.execute(
        "select submission_id, agency_code, period, received_at, revision, rows_read,"
        " rows_accepted, rows_rejected, not $is_event and period < $period"
        f" from ({_COUNTING}) where $agency is null or agency_code = $agency"
        " order by period desc, agency_code",
        {
            "dataset": name,
            "period": str(period),
            "first": str(period.previous(months)),
            "as_of": publication.as_of,
            "is_event": is_event,
            "agency": agency,
        },
    ).fetchall()
    return [Submission(*row) for row in rows]


def _carried(source: Source) -> int:
    """Return for how many months a snapshot may stand in for a missing one."""
    entries = ["snapshot.carry_forward_months"]
    return max(
        int(rule.value)
        for rule in rules.resting(source.rules, entries)
        if rule.is_in_force(source.on)
    )
