"""The files of a finished report: all of them appear at once, the manifest lists the others."""

import hashlib
import json
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asn_warehouse.settings import Settings

if TYPE_CHECKING:
    from asn_warehouse.report.source import Edition

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class ReportFile:
    """A file of a report: where it lies, its SHA-256 (hex) and size in bytes."""

    path: Path
    sha256: str
    bytes: int


@dataclass(frozen=True)
class ReportResult:
    """A finished report: its folder, its files (the manifest last) and the version it is about."""

    directory: Path
    files: list[ReportFile]
    version: int


def manifest(edition: "Edition", made: dict[str, bytes], **more: object) -> bytes:
    """Return the manifest of the files ``made`` by name; ``more`` is said of the report as well."""
    content = {
        "period": str(edition.period),
        "version": edition.version,
        "as_of": edition.as_of.isoformat() + "Z",
        "published_at": edition.published_at.isoformat() + "Z",
        "content_sha256": edition.content_sha256,
        **more,
        "files": [
            {"path": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in sorted(made.items())
        ],
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def write(
    settings: Settings, edition: "Edition", name: str, made: dict[str, bytes]
) -> ReportResult:
    """Write the files ``made`` to the folder ``name`` of the edition's month, all at once."""
    directory = _put(settings.report / str(edition.period), name, made)
    files = [
        ReportFile(directory / path, hashlib.sha256(data).hexdigest(), len(data))
        for path, data in made.items()
    ]
    return ReportResult(directory, files, edition.version)


def _put(parent: Path, name: str, made: dict[str, bytes]) -> Path:
    """Put the files in place at once; a folder with the same bytes is left as it is."""
    final = parent / name
    if _is_there(final, made):
        return final
    parent.mkdir(parents=True, exist_ok=True)
    for stale in parent.glob(".partial-*"):
        shutil.rmtree(stale, ignore_errors=True)
    partial = parent / f".partial-{uuid.uuid4().hex}"
    try:
        for path, data in made.items():
            target = partial / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        if final.exists():
            replaced = parent / f".partial-{uuid.uuid4().hex}"
            final.rename(replaced)
            partial.rename(final)
            shutil.rmtree(replaced)
        else:
            partial.rename(final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final


def _is_there(final: Path, made: dict[str, bytes]) -> bool:
    found = {str(p.relative_to(final)) for p in final.rglob("*") if p.is_file()}
    return found == set(made) and all((final / n).read_bytes() == d for n, d in made.items())
