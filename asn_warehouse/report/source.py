"""What is published for a period, as schema ``safe`` shows it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.rules import Rule
from asn_warehouse.safe_marts.files import protected_row
from asn_warehouse.settings import Settings

Record = dict[str, Any]
RULES = "dim_rule"


@dataclass(frozen=True)
class Edition:
    """Which publication of a period the report is about.

    ``marts`` are those it was published with, None where its archive does not say; ``warnings``
    are those of its gate, rows of ``quality_change.Change``. Counts of people below ``threshold``
    are hidden; None where it has no protected tables. ``left_out`` names for each mart the levels
    of detail, by their keys, that are too fine to be shown.
    """

    period: Period
    version: int
    as_of: datetime
    published_at: datetime
    content_sha256: str
    marts: frozenset[str] | None = None
    warnings: tuple[Record, ...] = ()
    threshold: int | None = None
    left_out: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)

    def has(self, mart: str) -> bool:
        """Return whether ``mart`` was there when this was published."""
        return self.marts is None or mart in self.marts

    def is_left_out(self, mart: str, *keys: str) -> bool:
        """Return whether details of ``mart`` by exactly these keys are too fine to be shown."""
        return any({*keys} == {*level} for level in self.left_out.get(mart, ()))


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

    ``rules`` are all rows of ``dim_rule``, whatever they are for and whenever in force;
    ``excluded`` are sums over all agencies of who counts and who does not.
    """

    edition: Edition
    current: dict[str, Rows]
    previous: dict[str, Rows]
    previous_period: Period | None
    rules: tuple[Rule, ...]
    excluded: dict[str, int]

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
        threshold=facts.get("thresholds", {}).get("safe"),
        left_out=facts.get("left_out", {}).get("safe", {}),
    )


def _current_version(settings: Settings, period: Period) -> int | None:
    events = serving.open_store(settings).events() or []
    versions = [event["version"] for event in events if event["period"] == str(period)]
    return int(str(versions[-1])) if versions else None


def _timestamp(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None)


def read(settings: Settings, period: Period, version: int | None = None) -> Published:
    """Return what is published for ``period`` as schema ``safe`` shows it.

    The current version is read from the serving store, an earlier one from its archive.

    Raises:
        ReportFailed: when the period is not published, a mart that it was published with is
            missing, or it was published before rules or protected tables were kept with the marts.
    """
    edition = find_edition(settings, period, version)
    lacks = "rules" if not edition.has(RULES) else "" if edition.threshold else "protected tables"
    if lacks:
        raise ReportFailed(
            f"Version {edition.version} of {period} was published before {lacks} were kept"
            " with it.",
            mend=f"Its report of then is in {settings.report / str(period)}; "
            f"`asn run --period {period} --as-of '{edition.as_of}'` computes the same month anew.",
        )
    is_current = edition.version == _current_version(settings, period)
    archive = settings.warehouse / "publications" / str(period) / f"v{edition.version}"
    with serving.open_store(settings).read(period) as connection:
        place = _Place(connection, period, None if is_current else archive)
        current = {
            mart.name: place.rows(mart) if edition.has(mart.name) else Rows(mart, ())
            for mart in marts.MARTS
        }
        if not any(rows.rows for rows in current.values()):
            raise ReportFailed(
                f"Nothing is published for {period}.", mend="Publish the period again."
            )
        excluded = place.national_sums(marts.SUBMISSION_SCORECARD)
        earlier = _previous_period(connection, period)
        previous = (
            {mart.name: _Place(connection, earlier, None).rows(mart) for mart in marts.MARTS}
            if earlier
            else {}
        )
        known = _read_rules(connection, period, None if is_current else archive)
    return Published(edition, current, previous, earlier, known, excluded)


def _previous_period(connection: duckdb.DuckDBPyConnection, period: Period) -> Period | None:
    name = marts.SUBMISSION_SCORECARD.name
    found = connection.execute(
        f"select max(period) from safe.{name} where period < ?", [period.first_day]
    ).fetchall()
    return Period.of(found[0][0]) if found and found[0][0] else None


@dataclass(frozen=True)
class _Place:
    """Where a month is read: the serving store, or the archive of one of its versions."""

    connection: duckdb.DuckDBPyConnection
    period: Period
    archive: Path | None

    def rows(self, mart: marts.Mart) -> Rows:
        """Return the protected rows of ``mart`` in the order of its keys."""
        found = self._found(
            "*",
            self._relation("safe", mart),
            mart,
            f"order by {_order(('period', *mart.rule.keys))}",
        )
        return Rows(mart, tuple(protected_row(mart, row) for row in found))

    def national_sums(self, mart: marts.Mart) -> dict[str, int]:
        """Return the sums over all agencies of counts that stand in no protected table."""
        listed = ", ".join(f'sum("{n}")::bigint as "{n}"' for n in mart.national_only)
        sums = self._found(listed, self._relation("marts", mart), mart)[0]
        return {name: value or 0 for name, value in sums.items()}

    def _relation(self, schema: str, mart: marts.Mart) -> str:
        if self.archive is None:
            return f"{schema}.{mart.name}"
        folder = self.archive if schema == "marts" else self.archive / schema
        return f"read_parquet({literal(folder / f'{mart.name}.parquet')})"

    def _found(self, listed: str, relation: str, mart: marts.Mart, more: str = "") -> list[Record]:
        try:
            found = self.connection.execute(
                f"select {listed} from {relation} where period = ? {more}", [self.period.first_day]
            )
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        except duckdb.Error as error:
            raise ReportFailed(
                f"Mart {mart.name} of {self.period} cannot be read: {error}",
                mend="Publish it again.",
            ) from error


def _order(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}" nulls first' for name in names)


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


def agencies(published: Published) -> list[tuple[str, str]]:
    """Return code and name of every agency of the period, submitted or not, by name."""
    names: dict[str, str] = {}
    for row in published.mart(marts.SUBMISSION_SCORECARD).rows:
        code = row.values.get("agency_code")
        if code is not None:
            names[code] = row.values.get("agency_name") or code
    return sorted(names.items(), key=lambda pair: (pair[1], pair[0]))
