"""What lies in the landing folder: one file per agency, dataset and period, and what is new."""

import hashlib
import os
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from asn_warehouse.contracts import datasets
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.reference import agencies_in_force, calendar_periods, reference_path
from asn_warehouse.settings import Settings

FORMATS = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".xlsx": "xlsx",
    ".json": "json",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
}
"""What each ending of a file name stands for, as ``file_format`` of the commit log."""
PATH_RULES = (
    "file.link", "file.unknown_agency", "file.unknown_dataset", "file.format", "file.too_large",
)  # fmt: skip
"""Refusals that follow from a file's names and size alone."""

HIDDEN = (".", "~$")
"""Names beginning so are the file system's and Excel's own, not an agency's."""

NO_AGENCY = "tanpa-instansi"
"""Where the answer to a file goes that lies in no agency's folder."""

CHUNK_BYTES = 512 * 1024**2


@dataclass(frozen=True)
class LandedFile:
    """A file in the landing folder; ``refusal`` is set where its path alone refuses it.

    ``agency_code`` and ``dataset`` are plain codes: what people write into names of files and
    folders may be anything, a person's name included, and stays in ``path`` and the receipt.
    """

    path: str
    period: str
    agency_code: str
    dataset: str
    size: int
    received_at: datetime
    refusal: str | None = None
    places: dict[str, str] | None = None

    @property
    def name(self) -> str:
        """File name without folders, readable whatever its bytes; for the agency only."""
        return readable(Path(self.path).name)

    @property
    def plain_name(self) -> str:
        """File name as the commit log and the log of a run may hold it."""
        is_plain = self.suffix in FORMATS or re.fullmatch(r"\.[a-z0-9]{1,5}", self.suffix)
        return f"{self.dataset}{self.suffix if is_plain else ''}"

    @property
    def suffix(self) -> str:
        """Lower-case ending, ``.csv.gz`` counted as one."""
        lower = self.name.lower()
        return ".csv.gz" if lower.endswith(".csv.gz") else Path(lower).suffix

    @property
    def received_on(self) -> date:
        """Day of receipt (UTC)."""
        return self.received_at.date()


@dataclass(frozen=True)
class Chunk:
    """Files of one period that are admitted together."""

    period: str
    files: tuple[LandedFile, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able form, for passing between Airflow tasks."""
        files = [
            {**asdict(file), "received_at": file.received_at.isoformat()} for file in self.files
        ]
        return {"period": self.period, "files": files}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "Chunk":
        """Return the chunk that ``to_dict`` described."""
        files = [
            LandedFile(**{**file, "received_at": datetime.fromisoformat(file["received_at"])})
            for file in value["files"]
        ]
        return cls(value["period"], tuple(files))


def scan(settings: Settings, period: Period) -> list[LandedFile]:
    """Return every file landed for ``period``, sorted by agency, dataset and time of receipt.

    Raises:
        UsageError: when the period is not in the calendar.
    """
    folder = settings.landing / str(period)
    if str(period) not in calendar_periods(settings):
        raise UsageError(
            f"Period {period} is not in the calendar.",
            mend=f"Check the period, or add it to {reference_path(settings, 'kalender')}.",
        )
    if not folder.is_dir():
        return []
    in_force = agencies_in_force(settings, period)
    found = [describe(settings, path, code, in_force, str(period)) for code, path in _files(folder)]
    return sorted(found, key=lambda f: (f.agency_code, f.dataset, f.received_at, f.path))


def strays(settings: Settings) -> list[LandedFile]:
    """Return the files that lie under a month that is none, or is not in the calendar."""
    if not settings.landing.is_dir():
        return []
    months = calendar_periods(settings)
    if not settings.landing.is_dir():
        return []
    return [
        replace(
            describe(settings, path, code, {}, plain_code(folder.name, "bulan")),
            refusal="file.unknown_period",
            places={"value": readable(folder.name)},
        )
        for folder in sorted(settings.landing.iterdir())
        if folder.is_dir() and not folder.name.startswith(".") and folder.name not in months
        for code, path in _files(folder)
    ]


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Return agency code and path of one month's files, sorted; a loose file has no agency."""
    visible = [path for path in sorted(folder.iterdir()) if not path.name.startswith(HIDDEN)]
    loose = [(NO_AGENCY, path) for path in visible if path.is_file()]
    return loose + [
        (agency.name, path)
        for agency in visible
        if agency.is_dir()
        for path in sorted(agency.iterdir())
        if path.is_file() and not path.name.startswith(HIDDEN)
    ]


def readable(name: str) -> str:
    """Return a name of the file system as text that can be written, whatever its bytes."""
    return os.fsencode(name).decode("utf-8", "replace")


def plain_code(text: str, kind: str) -> str:
    """Return a name of a file or folder as a code: itself where it can be one, else a digest."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", text) and not re.search(r"[0-9]{5}", text):
        return text
    return f"{kind}-{hashlib.sha256(os.fsencode(text)).hexdigest()[:8]}"


def describe(
    settings: Settings,
    path: Path,
    agency_code: str,
    in_force: dict[str, str],
    period: str,
    dataset: str | None = None,
) -> LandedFile:
    """Return ``path`` as what an agency sent for a month; its names alone may refuse it."""
    status = path.stat()
    now = datetime.now(tz=UTC).replace(tzinfo=None)
    received = datetime.fromtimestamp(int(status.st_mtime), tz=UTC).replace(tzinfo=None)
    lower = path.name.lower()
    suffix = next((s for s in sorted(FORMATS, key=len, reverse=True) if lower.endswith(s)), None)
    stem = dataset or (lower.removesuffix(suffix) if suffix else Path(lower).stem)
    refusal: str | None = None
    places: dict[str, str] = {}
    if path.is_symlink():
        refusal = "file.link"
    elif agency_code not in in_force:
        refusal, places = "file.unknown_agency", {"value": readable(agency_code)}
    elif stem not in datasets(settings):
        refusal, places = "file.unknown_dataset", {"value": readable(stem)}
    elif suffix is None:
        refusal, places = "file.format", {"value": readable(path.name)}
    elif status.st_size > settings.max_file_bytes:
        refusal = "file.too_large"
        places = {"value": f"{status.st_size / 1024**2:.0f} MB"}
    return LandedFile(
        path=os.fspath(path),
        period=period,
        agency_code=agency_code if agency_code in in_force else plain_code(agency_code, "instansi"),
        dataset=stem if stem in datasets(settings) else plain_code(stem, "berkas"),
        size=status.st_size,
        received_at=min(received, now),
        refusal=refusal,
        places=places or None,
    )


def chunks(files: list[LandedFile], limit: int) -> list[Chunk]:
    """Spread ``files`` of one period over at most ``limit`` chunks of about equal bytes.

    Files of one dataset stay together as far as the bytes allow, since they are read together.
    """
    if not files:
        return []
    total = sum(file.size for file in files)
    target = max(CHUNK_BYTES, -(-total // limit))
    packed: list[list[LandedFile]] = [[]]
    filled = 0
    for file in sorted(files, key=lambda f: (f.dataset, f.agency_code, f.received_at, f.path)):
        if packed[-1] and filled + file.size > target and len(packed) < limit:
            packed.append([])
            filled = 0
        packed[-1].append(file)
        filled += file.size
    return [Chunk(files[0].period, tuple(group)) for group in packed]


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
