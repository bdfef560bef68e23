"""What a publication says, and what was published beside it, as schema ``safe`` shows it.

All is read from the archive, and the months beside it in the versions that were served when it was
published, so that its report can be made again after whatever was published later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq

from asn_warehouse import archive, rules, serving
from asn_warehouse.archive import Version
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
_SUMMED = frozenset(
    mart.name
    for mart in marts.MARTS
    if "agency_code" in mart.rule.keys
    and mart not in (marts.SUBMISSION_SCORECARD, marts.SUBMISSION_ORPHAN)
)
TOLD = (
    "table_name",
    "measure",
    "is_total",
    "rows_added",
    "rows_removed",
    "rows_changed",
    "previous_version",
    "caused_by",
    "has_new_rules",
)
"""Columns of ``publication_diff`` that give nothing away that is hidden."""
MONTHS = 12
"""How many months back a report looks."""


@dataclass(frozen=True)
class Edition:
    """Which publication of a period the report is about.

    ``marts`` are those it was published with, None where its archive does not say; ``warnings``
    are those of its gate, rows of ``quality_change.Change``. Counts of people below ``threshold``
    are hidden; None where it has no protected tables. ``left_out`` names for each mart the levels
    of detail, by their keys, that are too fine to be shown. ``agency_types`` say of what kind each
    agency was; empty where its archive does not. What ``is_as_known`` was never published: its
    version is the one that it would be.
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
    agency_types: Mapping[str, str] = field(default_factory=dict)
    is_as_known: bool = False

    @classmethod
    def of(cls, version: Version) -> "Edition":
        """Return the edition that an archived version is."""
        return cls(
            period=version.period,
            version=version.version,
            as_of=version.as_of,
            published_at=version.published_at,
            content_sha256=version.content_sha256,
            marts=frozenset(m.name for m in version.marts) if version.marts else None,
            warnings=version.warnings,
            threshold=version.thresholds.get(archive.SAFE),
            left_out=version.left_out.get(archive.SAFE, {}),
            agency_types=version.agency_types,
        )

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
        among = self.rows
        if "agency_code" in keys and keys["agency_code"] is not ...:
            among = self._by_agency.get(keys.pop("agency_code"), ())
        return Rows(self.mart, tuple(r for r in among if _matches(r.values, keys)))

    @cached_property
    def _by_agency(self) -> dict[str | None, tuple[ProtectedRow, ...]]:
        found: dict[str | None, list[ProtectedRow]] = {}
        for row in self.rows:
            found.setdefault(row.values.get("agency_code"), []).append(row)
        return {code: tuple(rows) for code, rows in found.items()}

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
class Month:
    """A published month: its edition, and the protected tables in ``folder``, read when wanted.

    One that ``is_summed`` has no rows of agencies where there are rows of the nation.
    """

    edition: Edition
    folder: Path
    is_summed: bool = False
    _read: dict[str, Rows] = field(default_factory=dict, compare=False, repr=False)

    @property
    def period(self) -> Period:
        """The month."""
        return self.edition.period

    def rows(self, mart: marts.Mart) -> Rows:
        """Return the protected rows of ``mart`` in the order of its keys; none if it had none.

        Raises:
            ReportFailed: when the mart was published and cannot be read.
        """
        if mart.name not in self._read:
            self._read[mart.name] = Rows(mart, tuple(self._rows(mart)))
        return self._read[mart.name]

    def _rows(self, mart: marts.Mart) -> list[ProtectedRow]:
        if not self.edition.has(mart.name):
            return []
        table = self.table(self.folder / archive.SAFE / f"{mart.name}.parquet")
        if self.is_summed and mart.name in _SUMMED:
            table = table.filter(pc.is_null(table["agency_code"]))
        return [protected_row(mart, row) for row in table.to_pylist()]

    def summed(self) -> "Month":
        """Return the month without the rows of agencies, where a mart sums them: quick to read."""
        return replace(self, is_summed=True, _read={})

    @property
    def changes(self) -> list[Record]:
        """What this version changed, as far as it may be told: no value, no difference."""
        path = self.folder / f"{archive.CHANGES}.parquet"
        return self.table(path, TOLD).to_pylist() if path.is_file() else []

    def table(self, path: Path, columns: Sequence[str] | None = None) -> Any:
        """Return a file of the month as an Arrow table.

        Raises:
            ReportFailed: when it cannot be read.
        """
        try:
            return pq.read_table(path, columns=list(columns) if columns else None)
        except (OSError, ValueError) as error:
            raise ReportFailed(
                f"Mart {path.stem} of {self.period} cannot be read: {error}",
                mend="Publish it again.",
            ) from error


@dataclass(frozen=True)
class Published:
    """All that the report knows.

    ``month`` is what the report is about; ``earlier`` are the published months before it, the
    latest first, at most twelve back, as they were served when the edition was published.
    ``rules`` are all rows of ``dim_rule``, whatever they are for and whenever in force;
    ``excluded`` are sums over all agencies of who counts and who does not.
    """

    month: Month
    earlier: tuple[Month, ...]
    rules: tuple[Rule, ...]
    excluded: dict[str, int]

    @property
    def edition(self) -> Edition:
        """The publication that the report is about."""
        return self.month.edition

    @property
    def previous(self) -> Month | None:
        """The published month next before it."""
        return self.earlier[0] if self.earlier else None

    @property
    def year_ago(self) -> Month | None:
        """The same month of the year before, where it is published."""
        wanted = self.month.period.previous(MONTHS)
        return next((month for month in self.earlier if month.period == wanted), None)

    def mart(self, mart: marts.Mart) -> Rows:
        """Return the rows of a mart for the period; none where it was published without it."""
        return self.month.rows(mart)


def read(settings: Settings, period: Period, version: int | None = None) -> Published:
    """Return what is published for ``period`` as schema ``safe`` shows it.

    Args:
        settings: where the archive lies.
        period: the month.
        version: the version of it; default the one that counts.

    Raises:
        NotPublished: when the period or the version is not published.
        ReportFailed: when a mart that it was published with cannot be read, or it was published
            before rules or protected tables were kept with the marts.
    """
    events = serving.open_store(settings).events() or []
    wanted = _latest(events, period) if version is None else version
    month = _month(settings, period, wanted)
    if month is None:
        name = f"{period}" if version is None else f"{period} version {version}"
        raise NotPublished(
            f"Period {name} is not published.",
            mend=f"Build and publish it first: asn run --period {period}.",
        )
    _assert_readable(settings, month.edition)
    return published(settings, month, _earlier(settings, month, events))


def as_known(settings: Settings, version: Version, folder: Path) -> Published:
    """Return what a version that is not published says, beside the months that are served now.

    Args:
        settings: where the archive of the other months lies.
        version: the version that it would be.
        folder: where its files lie.

    Raises:
        ReportFailed: when a mart cannot be read.
    """
    edition = replace(Edition.of(version), is_as_known=True)
    month = Month(edition, folder)
    events = serving.open_store(settings).events() or []
    return published(settings, month, _earlier(settings, month, events))


def published(settings: Settings, month: Month, earlier: Sequence[Month]) -> Published:
    """Return all that a report of ``month`` knows beside ``earlier`` months."""
    return Published(
        month,
        tuple(earlier),
        tuple(_rules(month)),
        _national_sums(month, marts.SUBMISSION_SCORECARD),
    )


def _latest(events: Sequence[Mapping[str, object]], period: Period) -> int | None:
    return _served(events).get(period)


def _served(events: Sequence[Mapping[str, object]]) -> dict[Period, int]:
    """Return the version that each period serves after ``events``: that of its last one."""
    return {Period.parse(str(e["period"])): int(str(e["version"])) for e in events}


def _month(settings: Settings, period: Period, version: int | None) -> Month | None:
    if version is None:
        return None
    try:
        archived = archive.load(settings, period, version)
    except NotPublished:
        return None
    return Month(Edition.of(archived), archive.directory(settings, period, version))


def _assert_readable(settings: Settings, edition: Edition) -> None:
    period = edition.period
    lacks = "rules" if not edition.has(RULES) else "" if edition.threshold else "protected tables"
    if lacks:
        raise ReportFailed(
            f"Version {edition.version} of {period} was published before {lacks} were kept"
            " with it.",
            mend=f"Its report of then is in {settings.report / str(period)}; "
            f"`asn run --period {period} --as-of '{edition.as_of}'` computes the same month anew.",
        )


def _earlier(
    settings: Settings, month: Month, events: Sequence[Mapping[str, object]]
) -> list[Month]:
    """Return the months before ``month`` that were served when its version was published."""
    this = (str(month.period), month.edition.version)
    places = [i for i, e in enumerate(events) if (e["period"], int(str(e["version"]))) == this]
    served = _served(events[: places[0]] if places else events)
    first = month.period.previous(MONTHS)
    found = [
        _month(settings, period, served[period])
        for period in sorted(served, reverse=True)
        if first <= period < month.period
    ]
    return [earlier for earlier in found if earlier is not None and earlier.edition.threshold]


def _national_sums(month: Month, mart: marts.Mart) -> dict[str, int]:
    """Return the sums over all agencies of counts that stand in no protected table."""
    table = month.table(month.folder / f"{mart.name}.parquet", list(mart.national_only))
    return {name: pc.sum(table[name]).as_py() or 0 for name in mart.national_only}


def _rules(month: Month) -> list[Rule]:
    relation = f"read_parquet({literal(month.folder / f'{RULES}.parquet')})"
    try:
        with duckdb.connect() as connection:
            return rules.published(connection, relation, month.period.first_day)
    except duckdb.Error as error:
        raise ReportFailed(
            f"The rules of {month.period} cannot be read: {error}", mend="Publish it again."
        ) from error


def agencies(published: Published) -> list[tuple[str, str]]:
    """Return code and name of every agency of the period, submitted or not, by name."""
    names: dict[str, str] = {}
    for row in published.mart(marts.SUBMISSION_SCORECARD).rows:
        code = row.values.get("agency_code")
        if code is not None:
            names[code] = row.values.get("agency_name") or code
    return sorted(names.items(), key=lambda pair: (pair[1], pair[0]))
