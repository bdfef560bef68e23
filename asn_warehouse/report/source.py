"""What is published for a period, read-only and after suppression."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from asn_warehouse import rules, serving
from asn_warehouse.disclosure import Status
from asn_warehouse.engines.duckdb import literal
from asn_warehouse.errors import NotPublished, ReportFailed
from asn_warehouse.periods import Period
from asn_warehouse.report import marts
from asn_warehouse.report.model import Cell
from asn_warehouse.report.protection import ProtectedRow, protect_together
from asn_warehouse.rules import Rule
from asn_warehouse.settings import Settings

Record = dict[str, Any]
RULES = "dim_rule"


@dataclass(frozen=True)
class Edition:
    """Which publication of a period the report is about.

    ``marts`` are those it was published with, None where its archive does not say; ``warnings``
    are those of its gate, rows of ``quality_change.Change``.
    """

    period: Period
    version: int
    as_of: datetime
    published_at: datetime
    content_sha256: str
    marts: frozenset[str] | None = None
    warnings: tuple[Record, ...] = ()

    def has(self, mart: str) -> bool:
        """Return whether ``mart`` was there when this was published."""
        return self.marts is None or mart in self.marts


@dataclass(frozen=True)
class Rows:
    """Protected rows of one mart, found by the values of their keys."""

    mart: marts.Mart
    rows: tuple[ProtectedRow, ...]

    def where(self, **keys: Any) -> "Rows":
        """Return the rows with exactly these key values; None is a total, ``...`` any but that."""
        return Rows(self.mart, tuple(r for r in self.rows if _matches(r.values, keys)))

    def first(self) -> ProtectedRow | None:
        """Return the first row, or None where there is none."""
        return self.rows[0] if self.rows else None

    def cell(self, column: str, **keys: Any) -> Cell:
        """Return a cell of the row with these keys; *not reported* where there is no such row."""
        return cell(self.where(**keys).first(), column)


def _matches(values: Any, keys: Record) -> bool:
    return all(
        values.get(k) is not None if wanted is ... else values.get(k) == wanted
        for k, wanted in keys.items()
    )


def cell(row: ProtectedRow | None, column: str) -> Cell:
    """Return the cell of ``column``; *not reported* without a row, a column or a value."""
    if row is None:
        return Cell(None, Status.NOT_REPORTED)
    value = row.values.get(column)
    status = row.statuses.get(column)
    if status is None:
        status = Status.NOT_REPORTED if value is None else Status.SHOWN
    return Cell(value, status)


@dataclass(frozen=True)
class Published:
    """All that the report knows: safe marts of the period and of the month to compare with.

    ``rules`` are all rows of ``dim_rule``, whatever they are for and whenever in force.
    """

    edition: Edition
    current: dict[str, Rows]
    previous: dict[str, Rows]
    previous_period: Period | None
    rules: tuple[Rule, ...]

    def mart(self, mart: marts.Mart) -> Rows:
        """Return the rows of a mart for the period; none where it was published without it."""
        return self.current[mart.name]


def find_edition(settings: Settings, period: Period, version: int | None) -> Edition:
    """Return the publication of ``period`` that counts, or the ``version`` asked for.

    Raises:
        NotPublished: when the period or the version is not published.
    """
    wanted = _current_version(settings, period) if version is None else version
    folder = settings.warehouse / "publications" / str(period) / f"v{wanted}"
    path = folder / "publication.json"
    if wanted is None or not path.is_file():
        name = f"{period}" if version is None else f"{period} version {version}"
        raise NotPublished(
            f"Period {name} is not published.",
            mend=f"Build and publish it first: asn run --period {period}.",
        )
    facts = json.loads(path.read_text("utf-8"))
    return Edition(
        period=period,
        version=int(facts["version"]),
        as_of=_timestamp(facts["as_of"]),
        published_at=_timestamp(facts["published_at"]),
        content_sha256=str(facts["content_sha256"]),
        marts=frozenset(m["name"] for m in facts["marts"]) if "marts" in facts else None,
        warnings=tuple(facts.get("warnings", ())),
    )


def _current_version(settings: Settings, period: Period) -> int | None:
    events = serving.open_store(settings).events() or []
    versions = [event["version"] for event in events if event["period"] == str(period)]
    return int(str(versions[-1])) if versions else None


def _timestamp(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None)


def read(settings: Settings, period: Period, version: int | None = None) -> Published:
    """Return what is published for ``period``, protected with the threshold of the settings.

    The current version is read from the serving store, an earlier one from its archive.

    Raises:
        ReportFailed: when the period is not published, a mart that it was published with is
            missing, or it was published before rules were kept with the marts.
    """
    edition = find_edition(settings, period, version)
    if not edition.has(RULES):
        raise ReportFailed(
            f"Version {edition.version} of {period} was published before rules were kept with it.",
            mend=f"Its report of then is in {settings.report / str(period)}; "
            f"`asn run --period {period} --as-of '{edition.as_of}'` computes the same month anew.",
        )
    is_current = edition.version == _current_version(settings, period)
    archive = settings.warehouse / "publications" / str(period) / f"v{edition.version}"
    with serving.open_store(settings).read() as connection:
        current = {
            mart.name: _read_mart(connection, mart, period, None if is_current else archive)
            if edition.has(mart.name)
            else []
            for mart in marts.MARTS
        }
        earlier = _previous_period(connection, period)
        previous = (
            {mart.name: _read_mart(connection, mart, earlier, None) for mart in marts.MARTS}
            if earlier
            else {}
        )
        known = _read_rules(connection, period, None if is_current else archive)
    if not any(current.values()):
        raise ReportFailed(f"Nothing is published for {period}.", mend="Publish the period again.")
    shown, before = _protect(current, settings), _protect(previous, settings)
    return Published(edition, shown, before, earlier, known)


def _previous_period(connection: duckdb.DuckDBPyConnection, period: Period) -> Period | None:
    name = marts.SUBMISSION_SCORECARD.name
    found = connection.execute(
        f"select max(period) from marts.{name} where period < ?", [period.first_day]
    ).fetchall()
    return Period.of(found[0][0]) if found and found[0][0] else None


def _read_mart(
    connection: duckdb.DuckDBPyConnection, mart: marts.Mart, period: Period, archive: Path | None
) -> list[Record]:
    """Return the rows of ``mart`` in a fixed order, known columns only."""
    place = f"marts.{mart.name}"
    parameters: list[Any] = []
    if archive is not None:
        place, parameters = "read_parquet(?)", [str(archive / f"{mart.name}.parquet")]
    try:
        described = connection.execute(f"describe select * from {place}", parameters).fetchall()
        names = [row[0] for row in described if row[0] in mart.readable]
        order = [n for n in ("period", *mart.rule.keys) if n in names]
        listed = ", ".join(f'"{n}"' for n in names)
        sorting = ", ".join(f'"{n}" nulls first' for n in order)
        found = connection.execute(
            f"select {listed} from {place} where period = ? order by {sorting}",
            [*parameters, period.first_day],
        ).fetchall()
    except duckdb.Error as error:
        raise ReportFailed(
            f"Mart {mart.name} of {period} cannot be read: {error}", mend="Publish it again."
        ) from error
    return [_with_all_people(dict(zip(names, row, strict=True))) for row in found]


def _read_rules(
    connection: duckdb.DuckDBPyConnection, period: Period, archive: Path | None
) -> tuple[Rule, ...]:
    relation = f"marts.{RULES}"
    if archive is not None:
        relation = f"read_parquet({literal(archive / f'{RULES}.parquet')})"
    try:
        found = rules.published(connection, relation, period.first_day)
    except duckdb.Error as error:
        raise ReportFailed(
            f"The rules of {period} cannot be read: {error}", mend="Publish it again."
        ) from error
    return tuple(found)


def _with_all_people(row: Record) -> Record:
    """Add the people of a talent row, placed or not: the same people that other marts count."""
    if row.get("placed_people") is None or row.get("unplaced_people") is None:
        return row
    return row | {"all_people": row["placed_people"] + row["unplaced_people"]}


def _protect(found: dict[str, list[Record]], settings: Settings) -> dict[str, Rows]:
    """Protect all marts together; of the two gap marts one holds the totals of the other."""
    if not found:
        return {}
    national, agency = marts.COMPETENCY_GAP_NATIONAL, marts.COMPETENCY_GAP_AGENCY
    gaps = [*({"agency_code": None, **row} for row in found[national.name]), *found[agency.name]]
    others = [m for m in marts.MARTS if m not in (national, agency)]
    tables = [(gaps, agency.rule), *((found[m.name], m.rule) for m in others)]
    both, *rest = protect_together(tables, settings.small_cell)
    cut = len(found[national.name])
    shown = {m.name: Rows(m, tuple(rows)) for m, rows in zip(others, rest, strict=True)}
    shown[national.name] = Rows(national, tuple(_without_agency(both[:cut])))
    shown[agency.name] = Rows(agency, tuple(both[cut:]))
    few = _few_people(found, settings.small_cell)
    return {name: _without_rows(rows, few) for name, rows in shown.items()}


def _few_people(found: dict[str, list[Record]], threshold: int) -> set[tuple[str, str]]:
    """Return agency and dataset of every submission whose rows are a few people to protect."""
    return {
        (row["agency_code"], row["dataset"])
        for row in found[marts.SUBMISSION_SCORECARD.name]
        if row["dataset"] in marts.SENSITIVE and 0 < (row["rows_read"] or 0) < threshold
    }


def _without_rows(rows: Rows, few: set[tuple[str, str]]) -> Rows:
    """Hide how many rows the submissions in ``few`` have."""

    def protected(row: ProtectedRow) -> ProtectedRow:
        if (row.values["agency_code"], row.values["dataset"]) not in few:
            return row
        names = [n for n in rows.mart.rows_of_people if row.values.get(n) is not None]
        hidden = dict.fromkeys(names, Status.SUPPRESSED)
        return ProtectedRow({**row.values, **dict.fromkeys(names)}, {**row.statuses, **hidden})

    if not rows.mart.rows_of_people:
        return rows
    return replace(rows, rows=tuple(map(protected, rows.rows)))


def _without_agency(rows: Sequence[ProtectedRow]) -> list[ProtectedRow]:
    return [
        replace(row, values={k: v for k, v in row.values.items() if k != "agency_code"})
        for row in rows
    ]


def agencies(published: Published) -> list[tuple[str, str]]:
    """Return code and name of every agency of the period, submitted or not, by name."""
    names: dict[str, str] = {}
    for row in published.mart(marts.SUBMISSION_SCORECARD).rows:
        code = row.values.get("agency_code")
        if code is not None:
            names[code] = row.values.get("agency_name") or code
    return sorted(names.items(), key=lambda pair: (pair[1], pair[0]))
