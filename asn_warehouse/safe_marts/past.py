"""What readers have of a month and of those beside it when a version of it is published.

Whoever read a version may have kept it, so a version that was replaced counts as one that is
served. Each new one is protected against all of them, and one that was served before may be served
again as it was: it tells nobody anything new.
"""

import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import scipy

from asn_warehouse import archive, cell_system, count_tables, disclosure, row_keys, shifts
from asn_warehouse.archive import Mart as Table
from asn_warehouse.archive import Version
from asn_warehouse.files import sync
from asn_warehouse.periods import Period
from asn_warehouse.report import protection
from asn_warehouse.safe_marts import MARTS
from asn_warehouse.settings import Settings

ENGINE = (disclosure, cell_system, shifts, count_tables, row_keys, protection)
"""The modules that, with those of this package, decide what is hidden."""


@dataclass(frozen=True)
class Past:
    """Versions that were served and have protected tables, in the order of months and numbers.

    ``own`` are all of the month itself. ``near`` are those that are served now: of the month, of
    the nearest month before it and of the nearest after it that have any. ``older`` are all others
    of these months, what says the same as another left out.
    """

    own: tuple[Version, ...] = ()
    near: tuple[Version, ...] = ()
    older: tuple[Version, ...] = ()


def of(period: Period, served: Mapping[Period, Version], ever: Iterable[Version]) -> Past:
    """Return what readers have when ``period`` is published.

    Args:
        period: the month.
        served: what is served of each month.
        ever: every version that ever was.
    """
    known = sorted((v for v in ever if v.protected), key=lambda v: (v.period, v.version))
    months = {
        max((v.period for v in known if v.period < period), default=period),
        min((v.period for v in known if v.period > period), default=period),
        period,
    }
    near = [served[month] for month in sorted(months) if month in served]
    near = [version for version in near if version.protected]
    said_already = {_content(version) for version in near}
    older: list[Version] = []
    for version in known:
        if version.period in months and _content(version) not in said_already:
            said_already.add(_content(version))
            older.append(version)
    own = tuple(version for version in known if version.period == period)
    return Past(own, tuple(near), tuple(older))


def _content(version: Version) -> tuple[Period, frozenset[Table]]:
    return version.period, frozenset(said(version))


def said(version: Version) -> list[Table]:
    """Return the tables of ``version`` from which its readers know something, and these exact."""
    return [*_ruled(version.marts), *version.protected]


def digest(marts: Iterable[Table], thresholds: dict[str, int]) -> str:
    """Return what stands for all that protected tables are made of but what readers have."""
    lines = [rules_sha256(), repr(sorted(thresholds.items()))]
    lines += [f"{mart.name} {mart.sha256}" for mart in _ruled(marts)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _ruled(marts: Iterable[Table]) -> list[Table]:
    names = {mart.name for mart in MARTS}
    return sorted((mart for mart in marts if mart.name in names), key=lambda mart: mart.name)


@cache
def rules_sha256() -> str:
    """Return the digest of the code that decides what is hidden, and of what solves for it."""
    paths = [Path(str(module.__file__)) for module in ENGINE]
    paths += sorted(Path(__file__).parent.glob("*.py"))
    found = hashlib.sha256(scipy.__version__.encode())
    for path in paths:
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def copied(
    settings: Settings, versions: Sequence[Version], wanted: str, folder: Path
) -> tuple[Table, ...] | None:
    """Copy the protected tables of the first of ``versions`` that was made of the same.

    Args:
        settings: where the archive lies.
        versions: those of the month that were served.
        wanted: the digest of what the tables are to be made of.
        folder: that of the version to be.

    Returns:
        the files as ``folder`` has them; None where no version was made of the same.

    Raises:
        PublishConflict: when a file is not what was published.
    """
    same = next((version for version in versions if version.protection_sha256 == wanted), None)
    if same is None:
        return None
    archive.verify(settings, same, same.protected)
    for schema in dict.fromkeys(table.schema for table in same.protected):
        (folder / schema).mkdir()
    for table in same.protected:
        shutil.copyfile(archive.path_of(settings, same, table), folder / table.file)
        sync(folder / table.file)
    for schema in dict.fromkeys(table.schema for table in same.protected):
        sync(folder / schema)
    return same.protected
