"""The archive of what was published: sorted Parquet, one folder per period and version."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import duckdb

from asn_warehouse.engines import duckdb as engine
from asn_warehouse.errors import NotPublished, PublishConflict
from asn_warehouse.files import sync
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

CHANGES = "publication_diff"
"""The mart that a build leaves empty, for publication knows what it says."""

_PERIOD = "period"
_DECIMALS = 6
_FLOATING = ("DOUBLE", "FLOAT")
LEVEL = 1
"""Of zstd: the files are no larger than at 3, and are written in seven eighths of the time."""


MARTS, SAFE, OPEN = "marts", "safe", "open"
"""Schemas of a month: exact; protected for readers inside government; for open data."""


@dataclass(frozen=True)
class Mart:
    """One published table of one period: its rows, the digest of its file, who may see it."""

    name: str
    rows: int
    sha256: str
    restricted: bool
    schema: str = MARTS

    @property
    def file(self) -> str:
        """Its file inside the folder of its version."""
        return (
            f"{self.name}.parquet" if self.schema == MARTS else f"{self.schema}/{self.name}.parquet"
        )


@dataclass(frozen=True)
class Version:
    """One publication of a period as archived; nothing in it changes afterwards.

    ``replaces`` is the version that was served before it, null for the first. Times are UTC.
    ``protected`` are the marts of schemas ``safe`` and ``open``; they rest on what readers had as
    well, and so are no part of the content; ``protection_sha256`` stands for all else that they
    were made of, and ``left_out`` names by schema and mart the levels of detail too fine for them,
    each by its keys. ``extras`` are files that are none either;
    ``rules_sha256`` stands for models, rules, contracts and reference files; ``warnings`` are those
    of its gate, rows of ``quality_change.Change``; ``agency_types`` say of what kind each agency
    was (``code_agency_type``). Archives of before they were kept have none.
    """

    period: Period
    version: int
    build_id: str
    as_of: datetime
    published_at: datetime
    replaces: int | None
    content_sha256: str
    marts: tuple[Mart, ...]
    extras: tuple[Mart, ...] = ()
    protected: tuple[Mart, ...] = ()
    thresholds: dict[str, int] = field(default_factory=dict)
    protection_sha256: str = ""
    left_out: dict[str, dict[str, list[list[str]]]] = field(default_factory=dict)
    rules_sha256: str = ""
    warnings: tuple[dict[str, Any], ...] = ()
    agency_types: dict[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[Mart, ...]:
        """All that is served: the marts, exact and protected."""
        return (*self.marts, *self.protected)

    @property
    def rows(self) -> int:
        """Rows of all marts."""
        return sum(mart.rows for mart in self.marts)

    def to_json(self) -> str:
        """Return the content of ``publication.json``."""
        row = asdict(self) | {"period": str(self.period), "rows": self.rows}
        return json.dumps(row, indent=2, default=str) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the version that ``to_json`` wrote."""
        row: dict[str, Any] = json.loads(text)
        row.pop("rows")
        row["period"] = Period.parse(row["period"])
        row["as_of"] = datetime.fromisoformat(row["as_of"])
        row["published_at"] = datetime.fromisoformat(row["published_at"])
        for name in ("marts", "extras", "protected"):
            row[name] = tuple(Mart(**mart) for mart in row.get(name, ()))
        row["warnings"] = tuple(row.get("warnings", ()))
        return cls(**row)


def directory(settings: Settings, period: Period, version: int) -> Path:
    """Return the folder of one version."""
    return settings.warehouse / "publications" / str(period) / f"v{version}"


def path_of(settings: Settings, version: Version, mart: Mart) -> Path:
    """Return the file of a table of ``version``."""
    return directory(settings, version.period, version.version) / mart.file


def load(settings: Settings, period: Period, version: int) -> Version:
    """Return what is archived as ``version`` of ``period``.

    Raises:
        NotPublished: when it is not there.
    """
    path = directory(settings, period, version) / "publication.json"
    if not path.exists():
        raise NotPublished(f"Version {version} of {period} was never published.")
    return Version.from_json(path.read_text(encoding="utf-8"))


def verify(settings: Settings, version: Version, tables: Iterable[Mart] | None = None) -> None:
    """Assert that the files of ``version`` are the bytes that were published; default all of them.

    Raises:
        PublishConflict: when a file is gone or was changed.
    """
    folder = directory(settings, version.period, version.version)
    for mart in (*version.tables, *version.extras) if tables is None else tables:
        path = folder / mart.file
        if not path.exists() or file_sha256(path) != mart.sha256:
            raise PublishConflict(
                f"{path} is not what was published.", mend="Restore it from the backup."
            )


def export(
    settings: Settings,
    database: Path,
    period: Period,
    restricted: dict[str, bool],
    folder: Path,
    grains: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> tuple[Mart, ...]:
    """Write every mart of a candidate to ``folder``: sorted by all columns, zstd Parquet, fsynced.

    Floating numbers are kept to six decimals, so that the order in which threads added them up
    leaves no trace in the bytes.

    Args:
        settings: limits of the engine.
        database: the candidate.
        period: the one month it holds.
        restricted: for each mart, whether it holds persons.
        folder: new folder to write into.
        grains: for each mart the columns that tell its rows apart, where they were tested. Sorting
            ends at the last of them: the bytes are the same, and it takes half the time.

    Raises:
        PublishConflict: when a mart is missing, was not expected, or holds another month.
    """
    with engine.connect(settings, database, read_only=True) as connection:
        present = {
            row[0]
            for row in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts'"
            ).fetchall()
        }
        wanted = restricted.keys() - {CHANGES}
        odd_names = (present - {CHANGES}) ^ wanted
        if odd_names or not wanted:
            odd = ", ".join(sorted(odd_names)) or "none at all"
            raise PublishConflict(f"The candidate's marts are not those of the project: {odd}.")
        marts = [
            _export_mart(connection, period, name, restricted[name], folder, grains.get(name, ()))
            for name in sorted(wanted)
        ]
    sync(folder)
    return tuple(marts)


def _export_mart(
    connection: duckdb.DuckDBPyConnection,
    period: Period,
    name: str,
    restricted: bool,
    folder: Path,
    grain: Sequence[str],
) -> Mart:
    table = f"marts.{engine.identifier(name)}"
    other = connection.execute(
        f"select count(*) from {table} where period is distinct from ?", [period.first_day]
    ).fetchall()[0][0]
    if other:
        raise PublishConflict(f"marts.{name} holds {other} rows that are not of {period}.")
    columns = dict(row[:2] for row in connection.execute(f"describe {table}").fetchall())
    chosen = ", ".join(
        f"round({engine.identifier(column)}, {_DECIMALS}) as {engine.identifier(column)}"
        if kind in _FLOATING
        else engine.identifier(column)
        for column, kind in columns.items()
    )
    path = folder / f"{name}.parquet"
    order = _order(list(columns), grain)
    rows = connection.execute(
        f"copy (select {chosen} from {table} order by {order}) to {engine.literal(path)}"
        f" (format parquet, compression zstd, compression_level {LEVEL})"
    ).fetchall()[0][0]
    return sealed(folder, name, rows, restricted=restricted)


def _order(columns: list[str], grain: Sequence[str]) -> str:
    """Return the columns to sort by: those that come before the last of the grain, and it.

    The month is the same in all rows; in front it would fill the part of each key that DuckDB
    compares first.
    """
    told = [column for column in grain if column != _PERIOD]
    if not told or not set(told) <= set(columns):
        return "all"
    last = max(map(columns.index, told))
    return ", ".join(engine.identifier(name) for name in columns[: last + 1] if name != _PERIOD)


def sealed(
    folder: Path, name: str, rows: int, *, restricted: bool = False, schema: str = MARTS
) -> Mart:
    """Return the record of the file of a table after it was forced to disk."""
    mart = Mart(name, rows, "", restricted, schema)
    path = folder / mart.file
    sync(path)
    return replace(mart, sha256=file_sha256(path))


def content_sha256(marts: tuple[Mart, ...]) -> str:
    """Return the digest of a publication's content: names and digests of its files, in order."""
    lines = "".join(f"{mart.name} {mart.sha256}\n" for mart in sorted(marts, key=_name))
    return hashlib.sha256(lines.encode()).hexdigest()


def keep(settings: Settings, version: Version, folder: Path) -> None:
    """Make ``folder`` the archive of ``version``: all of it appears at once.

    A folder of that number that was never served (its publisher was killed) is replaced.
    """
    path = folder / "publication.json"
    path.write_text(version.to_json(), encoding="utf-8")
    sync(path)
    sync(folder)
    final = directory(settings, version.period, version.version)
    shutil.rmtree(final, ignore_errors=True)
    folder.rename(final)
    sync(final.parent)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name(mart: Mart) -> str:
    return mart.name
