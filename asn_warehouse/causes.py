"""Which submissions a publication knew, and which ones tell two publications of a month apart."""

from dataclasses import astuple, dataclass, fields
from pathlib import Path

import duckdb

from asn_warehouse import contracts
from asn_warehouse.archive import Version, directory
from asn_warehouse.engines import columns
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.settings import Settings

SUBMISSIONS = "submissions"
"""File of a version that lists the submissions that counted in it, and those refused that month."""

_KNOWN = """
select dataset, agency_code, period, submission_id, coalesce(revision, 0), status = 'ditolak'
from lake.submission
where received_at <= ?
qualify row_number() over (
    partition by dataset, agency_code, period, status = 'ditolak'
    order by revision desc, received_at desc, submission_id desc
) = 1
order by all
"""


@dataclass(frozen=True)
class Submission:
    """One submission that a version knew: it counted, or it was refused."""

    dataset: str
    agency_code: str
    period: str
    submission_id: str
    revision: int
    is_refused: bool


@dataclass(frozen=True)
class Cause:
    """A submission that only one of two versions knew; ``change`` says whether the newer one."""

    submission: Submission
    agency_name: str | None
    change: str

    def told(self) -> dict[str, object]:
        """Return what a reader is told of it."""
        return {
            "agency_code": self.submission.agency_code,
            "agency_name": self.agency_name,
            "dataset": self.submission.dataset,
            "period": self.submission.period,
            "revision": self.submission.revision,
            "change": self.change,
        }


def known(
    connection: duckdb.DuckDBPyConnection, settings: Settings, version: Version
) -> list[Submission]:
    """Return what ``version`` can have counted of the commit log that its candidate saw."""
    rows = connection.execute(_KNOWN, [version.as_of]).fetchall()
    return _in_use(settings, version, [Submission(*row) for row in rows])


def known_before(
    connection: duckdb.DuckDBPyConnection, settings: Settings, previous: Version
) -> list[Submission]:
    """Return what ``previous`` knew: its own list, or of an old archive what came by its as-of."""
    if not any(extra.name == SUBMISSIONS for extra in previous.extras):
        return known(connection, settings, previous)
    path = directory(settings, previous.period, previous.version) / f"{SUBMISSIONS}.parquet"
    rows = connection.execute(f"from read_parquet({engine.literal(path)})").fetchall()
    return [Submission(*row) for row in rows]


def write(connection: duckdb.DuckDBPyConnection, found: list[Submission], path: Path) -> None:
    """Write the list of submissions of a version."""
    typed = "dataset varchar, agency_code varchar, period varchar, submission_id varchar"
    connection.execute(
        f"create or replace temporary table known ({typed}, revision integer, is_refused boolean)"
    )
    if found:
        marks = ", ".join("?" * len(fields(Submission)))
        connection.executemany(f"insert into known values ({marks})", list(map(astuple, found)))
    connection.execute(
        f"copy (from known order by all) to {engine.literal(path)}"
        " (format parquet, compression zstd)"
    )


def causes(
    settings: Settings, before: list[Submission], after: list[Submission], names: dict[str, str]
) -> list[Cause]:
    """Return by agency and dataset what only one side knew.

    Of a place that both sides fill differently, the later of the two submissions is told: it
    ``arrived`` since, or an earlier as-of has ``hidden`` it.
    """
    snapshots = _snapshots(settings) if before or after else set()
    old = {_place(item, snapshots): item for item in before}
    new = {_place(item, snapshots): item for item in after}
    found: list[Cause] = []
    for place in sorted(old.keys() | new.keys()):
        both = [side[place] for side in (old, new) if place in side]
        chosen = max(both, key=_age)
        if old.get(place) != new.get(place):
            change = "arrived" if chosen == new.get(place) else "hidden"
            found.append(Cause(chosen, names.get(chosen.agency_code), change))
    return found


def _age(item: Submission) -> tuple[str, int, str]:
    return item.period, item.revision, item.submission_id


def _snapshots(settings: Settings) -> set[str]:
    return {name for name, d in contracts.datasets(settings).items() if d.nature == "snapshot"}


def _place(item: Submission, snapshots: set[str]) -> tuple[str, str, bool, str]:
    """Return what only one submission can fill: of a snapshot, one month stands for all."""
    month = "" if item.dataset in snapshots and not item.is_refused else item.period
    return item.agency_code, item.dataset, item.is_refused, month


def _in_use(settings: Settings, version: Version, found: list[Submission]) -> list[Submission]:
    """Leave out months too old to count, snapshots that a newer one stands for, old refusals.

    What was refused because no contract knows its dataset is behind no table.
    """
    if not found:
        return []
    snapshots = _snapshots(settings)
    first = {
        name: str(version.period.previous(columns.window_months(settings, name)))
        for name in contracts.datasets(settings)
    }
    newest: dict[tuple[str, str, bool, str], Submission] = {}
    for item in found:
        if item.dataset not in first:
            continue
        oldest = str(version.period) if item.is_refused else first[item.dataset]
        if oldest <= item.period <= str(version.period):
            place = _place(item, snapshots)
            newest[place] = max(item, newest.get(place, item), key=_age)
    return sorted(newest.values(), key=astuple)
