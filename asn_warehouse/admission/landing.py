"""What has landed: one file per agency, dataset and period, and what its path alone says."""

import hashlib
import os
import re
import secrets
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from asn_warehouse import vault
from asn_warehouse.admission.places import (
    Entry,
    entries,
    entry_of,
    fetch,
    is_remote,
    top,
    version_of,
)
from asn_warehouse.contracts import datasets
from asn_warehouse.errors import SubmissionRefused, UsageError
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
    "file.link", "file.nested", "file.unknown_agency", "file.unknown_dataset", "file.format",
    "file.too_large",
)  # fmt: skip
"""Refusals that follow from a file's names and size alone."""

NO_MONTH = "tanpa-bulan"
NO_AGENCY = "tanpa-instansi"
"""Where the answer to a file goes that lies in no agency's folder."""

CHUNK_BYTES = 512 * 1024**2


@dataclass(frozen=True)
class LandedFile:
    """A file that has landed; ``refusal`` is set where its path alone refuses it.

    ``agency_code`` and ``dataset`` are plain codes: what people write into names of files and
    folders may be anything, a person's name included, and stays in ``path`` and the receipt.
    ``version`` changes with the bytes; ``is_twin`` says that another file is there whose name
    differs in case alone.
    """

    path: str
    period: str
    agency_code: str
    dataset: str
    size: int
    received_at: datetime
    refusal: str | None = None
    places: dict[str, str] | None = None
    version: str = ""
    is_twin: bool = False

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
        ConfigurationError: when the landing place cannot be reached.
    """
    if str(period) not in calendar_periods(settings):
        raise UsageError(
            f"Period {period} is not in the calendar.",
            mend=f"Check the period, or add it to {reference_path(settings, 'kalender')}.",
        )
    in_force = agencies_in_force(settings, period)
    found = [
        _described(settings, entry, in_force, str(period))
        for entry in entries(settings, str(period))
    ]
    alike = Counter((f.agency_code, f.dataset, f.plain_name) for f in found if f.refusal is None)
    return sorted(
        (replace(f, is_twin=alike[f.agency_code, f.dataset, f.plain_name] > 1) for f in found),
        key=lambda f: (f.agency_code, f.dataset, f.received_at, f.path),
    )


def strays(settings: Settings) -> list[LandedFile]:
    """Return the files under no month, or under one that is none or not in the calendar."""
    months = calendar_periods(settings)
    names, loose = top(settings)
    found = [(NO_MONTH, entry.parts[0], entry) for entry in loose]
    found += [
        (plain_code(name, "bulan"), name, entry)
        for name in names
        if name not in months
        for entry in entries(settings, name)
    ]
    return [
        replace(
            _described(settings, entry, {}, month),
            refusal="file.unknown_period",
            places={"value": readable(name)},
        )
        for month, name, entry in found
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
    dataset: str,
) -> LandedFile:
    """Return the file at ``path``, of whatever name, as what an agency would send for a month."""
    suffix = _suffix(path.name) or "".join(path.suffixes[-1:])
    entry = replace(entry_of(path), parts=(agency_code, f"{dataset}{suffix}"))
    return _described(settings, entry, in_force, period)


def _described(
    settings: Settings, entry: Entry, in_force: dict[str, str], period: str
) -> LandedFile:
    """Return ``entry`` as what an agency sent for a month; its names alone may refuse it.

    Its parts are the agency's code and the file's name; more or fewer are a wrong place.
    """
    agency_code = entry.parts[0] if len(entry.parts) > 1 else NO_AGENCY
    name = "/".join(entry.parts[1:]) or entry.parts[0]
    lower = name.lower()
    suffix = _suffix(name)
    stem = lower.removesuffix(suffix) if suffix else lower[: -len(Path(lower).suffix) or None]
    refusal: str | None = None
    places: dict[str, str] = {}
    if not entry.is_plain:
        refusal = "file.link"
    elif agency_code not in in_force:
        refusal, places = "file.unknown_agency", {"value": readable(agency_code)}
    elif len(entry.parts) > 2:
        refusal, places = "file.nested", {"value": readable(name)}
    elif stem not in datasets(settings):
        refusal, places = "file.unknown_dataset", {"value": readable(stem)}
    elif suffix is None:
        refusal, places = "file.format", {"value": readable(name)}
    elif entry.size > settings.max_file_bytes:
        refusal, places = "file.too_large", {"value": f"{entry.size / 1024**2:.0f} MB"}
    now = datetime.now(tz=UTC).replace(tzinfo=None)
    return LandedFile(
        path=entry.path,
        period=period,
        agency_code=agency_code if agency_code in in_force else plain_code(agency_code, "instansi"),
        dataset=stem if stem in datasets(settings) else plain_code(stem, "berkas"),
        size=entry.size,
        received_at=min(entry.modified, now),
        refusal=refusal,
        places=places or None,
        version=entry.version,
    )


def _suffix(name: str) -> str | None:
    """Return the ending of ``name`` that says its format, the longest that does."""
    lower = name.lower()
    return next((s for s in sorted(FORMATS, key=len, reverse=True) if lower.endswith(s)), None)


def chunks(files: list[LandedFile], limit: int) -> list[Chunk]:
    """Spread ``files`` of one period over at most ``limit`` chunks of about equal bytes.

    Files of one dataset stay together as far as the bytes allow, since they are read together;
    those of one agency and dataset always do, since they are revisions in the order of receipt.
    """
    if not files:
        return []
    target = max(CHUNK_BYTES, -(-sum(file.size for file in files) // limit))
    packed: list[list[LandedFile]] = [[]]
    filled = 0
    ordered = sorted(files, key=lambda f: (f.dataset, f.agency_code, f.received_at, f.path))
    for _, group in groupby(ordered, key=lambda f: (f.dataset, f.agency_code)):
        revisions = list(group)
        size = sum(file.size for file in revisions)
        if packed[-1] and filled + size > target and len(packed) < limit:
            packed.append([])
            filled = 0
        packed[-1] += revisions
        filled += size
    return [Chunk(files[0].period, tuple(group)) for group in packed]


def at_hand(file: LandedFile, scratch: Path) -> LandedFile:
    """Return ``file`` where it can be read: an object is copied into a private folder.

    Raises:
        SubmissionRefused: when its bytes are no longer those that were listed.
        ConfigurationError: when the object store does not answer or does not let us in.
    """
    if is_remote(file.path):
        folder = vault.ensure_private(scratch / secrets.token_hex(8))
        copy = folder / file.path.rsplit("/", 1)[-1]
        is_same = fetch(file.path, file.version, copy)
        file = replace(file, path=os.fspath(copy), version=version_of(copy))
    else:
        is_same = not has_changed(file)
    if not is_same:
        raise SubmissionRefused("file.changing")
    return file


def has_changed(file: LandedFile) -> bool:
    """Return whether the bytes of a local file are no longer those that were listed."""
    return version_of(Path(file.path)) != file.version


def content_sha256(file: LandedFile) -> str:
    """Return the SHA-256 of a file's bytes, hex; empty where they are not at hand or not a file."""
    path = Path(file.path)
    is_readable = not is_remote(file.path) and path.is_file() and not path.is_symlink()
    return file_sha256(path) if is_readable else ""


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
