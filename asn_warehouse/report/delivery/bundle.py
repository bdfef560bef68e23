"""A finished report as it is delivered: the files of its folder, as its manifest lists them."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asn_warehouse.archive import file_sha256
from asn_warehouse.errors import DeliveryRefused
from asn_warehouse.periods import Period
from asn_warehouse.report.files import MANIFEST
from asn_warehouse.settings import Settings


@dataclass(frozen=True)
class File:
    """A file of a report: its name below the folder, its SHA-256 (hex), its size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Bundle:
    """A report: which publication it is of, its folder, its files, the manifest last.

    ``published_at`` is UTC; ``content_sha256`` is that of the publication.
    """

    period: Period
    version: int
    directory: Path
    published_at: datetime
    content_sha256: str
    files: tuple[File, ...]

    @property
    def manifest(self) -> File:
        """The manifest; its digest stands for the whole report."""
        return self.files[-1]

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files)

    @property
    def heads(self) -> tuple[File, ...]:
        """The files that lie at the top of the folder: what a reader opens first."""
        return tuple(file for file in self.files if "/" not in file.name)

    def path(self, file: File) -> Path:
        """Return where ``file`` lies."""
        return self.directory / file.name


def read(settings: Settings, period: Period, version: int) -> Bundle:
    """Return the report of a version after each of its files was compared with the manifest.

    Raises:
        DeliveryRefused: when there is no report, or its files are not those of its manifest.
    """
    directory = settings.report / str(period) / f"v{version}"
    path = directory / MANIFEST
    if not path.is_file():
        raise DeliveryRefused(
            f"There is no report of {period}, version {version}.", mend=_again(period)
        )
    data = path.read_bytes()
    listed: dict[str, Any] = json.loads(data)
    if listed.get("is_as_known"):
        raise DeliveryRefused(
            f"{directory} holds a month as it is known now; it was never published.",
            mend=_again(period),
        )
    files = sorted((_file(row) for row in listed["files"]), key=lambda file: file.name)
    files.append(File(MANIFEST, hashlib.sha256(data).hexdigest(), len(data)))
    bundle = Bundle(
        period=Period.parse(listed["period"]),
        version=int(listed["version"]),
        directory=directory,
        published_at=datetime.fromisoformat(listed["published_at"].removesuffix("Z")),
        content_sha256=str(listed["content_sha256"]),
        files=tuple(files),
    )
    if (bundle.period, bundle.version) != (period, version):
        raise DeliveryRefused(
            f"{directory} holds the report of {bundle.period}, version {bundle.version}.",
            mend=_again(period),
        )
    _assert_whole(bundle)
    return bundle


def _file(row: dict[str, Any]) -> File:
    return File(str(row["path"]), str(row["sha256"]), int(row["bytes"]))


def _assert_whole(bundle: Bundle) -> None:
    names = {file.name for file in bundle.files}
    there = {
        path.relative_to(bundle.directory).as_posix()
        for path in bundle.directory.rglob("*")
        if not path.is_dir()
    }
    odd = sorted(names ^ there) or [
        file.name for file in bundle.files if file_sha256(bundle.path(file)) != file.sha256
    ]
    if odd:
        raise DeliveryRefused(
            f"{bundle.directory} is not what its manifest lists: {odd[0]}"
            + (f" and {len(odd) - 1} more." if len(odd) > 1 else "."),
            mend=_again(bundle.period),
        )


def _again(period: Period) -> str:
    return f"Make it again: `asn report --period {period}`; then it must be approved again."
