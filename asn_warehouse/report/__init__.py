"""The national monthly report, made only from what is published."""

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

if TYPE_CHECKING:
    from asn_warehouse.report.model import Report
    from asn_warehouse.report.source import Edition

__all__ = ["ReportFile", "ReportResult", "make_agency_report", "make_report"]

Progress = Callable[[str], None]


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


def make_report(
    settings: Settings,
    period: Period,
    version: int | None = None,
    progress: Progress | None = None,
) -> ReportResult:
    """Write the report of ``period`` to ``report/<period>/v<n>/`` and record it in ``ops.report``.

    The same publication gives the same bytes. A report that cannot be finished leaves nothing.

    Args:
        settings: where things live, and the threshold of suppression.
        period: the month.
        version: the publication to report on; default the one that counts.
        progress: told the name of each step as it begins.

    Raises:
        ReportFailed: when the period or version is not published, or a mart cannot be read.
    """
    say = progress or _silent
    edition, made = _content(settings, period, version, say)
    say("menulis berkas")
    made["manifest.json"] = _manifest(edition, made)
    directory = _write(settings.report / str(period), f"v{edition.version}", made)
    files = [
        ReportFile(directory / name, hashlib.sha256(data).hexdigest(), len(data))
        for name, data in made.items()
    ]
    result = ReportResult(directory, files, edition.version)
    _record(settings, period, result)
    return result


def make_agency_report(
    settings: Settings, period: Period, agency_code: str, version: int | None = None
) -> ReportResult:
    """Write the report of one agency where the whole report of the month has it, without the rest.

    The bytes are those of the whole report. Nothing is recorded: only a whole report is delivered.

    Args:
        settings: where things live.
        period: the month.
        agency_code: the agency.
        version: the publication to report on; default the one that counts.

    Raises:
        UsageError: when the month has no such agency, or the period or version is not published.
        ReportFailed: when a mart cannot be read.
    """
    from asn_warehouse.files import replacing
    from asn_warehouse.report import agency, source

    published = source.read(settings, period, version)
    made = agency.render_one(settings, published, agency_code)
    number = published.edition.version
    directory = settings.report / str(period) / f"v{number}"
    files = []
    for name, data in made.items():
        path = directory / name
        with replacing(path) as partial:
            partial.write_bytes(data)
        files.append(ReportFile(path, hashlib.sha256(data).hexdigest(), len(data)))
    return ReportResult(files[0].path.parent, files, number)


def _silent(_: str) -> None:
    """Say nothing."""


def _content(
    settings: Settings, period: Period, version: int | None, say: Progress
) -> "tuple[Edition, dict[str, bytes]]":
    """Return the edition and the files by name; imports what only a report needs."""
    from asn_warehouse.report import agency, compose, package, page, pdf, site, source, workbook

    say("membaca mart")
    published = source.read(settings, period, version)
    say("menyusun isi dan grafik")
    context = compose.context(settings, published)
    report: Report = compose.report(context)
    stem = f"laporan-nasional-{period}"
    say("menyusun PDF")
    made = {f"{stem}.pdf": pdf.render(report)}
    say("menyusun buku kerja")
    made[f"{stem}.xlsx"] = workbook.render(report, context)
    say("menyusun halaman")
    made[f"{stem}.html"] = page.render(report)
    say("menyusun situs")
    made |= site.render(context, report)
    say("menyusun data terbuka")
    made |= package.files(settings, published.edition)
    say("menyusun laporan instansi")
    made |= agency.render_all(settings, published, say)
    return published.edition, made


def _manifest(edition: "Edition", made: dict[str, bytes]) -> bytes:
    content = {
        "period": str(edition.period),
        "version": edition.version,
        "as_of": edition.as_of.isoformat() + "Z",
        "published_at": edition.published_at.isoformat() + "Z",
        "content_sha256": edition.content_sha256,
        "files": [
            {"path": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in sorted(made.items())
        ],
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def _write(parent: Path, name: str, made: dict[str, bytes]) -> Path:
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


def _record(settings: Settings, period: Period, result: ReportResult) -> None:
    """Record the files in ``ops.report``, once for the same bytes."""
    from asn_warehouse import ops

    known = {tuple(row.get(name) for name in _IDENTITY) for row in ops.read(settings, "report")}
    rows = [
        {
            "period": str(period),
            "version": result.version,
            "file": str(file.path.relative_to(result.directory)),
            "sha256": file.sha256,
            "bytes": file.bytes,
        }
        for file in result.files
    ]
    ops.record_all(
        settings,
        "report",
        [row for row in rows if tuple(row[name] for name in _IDENTITY) not in known],
    )


_IDENTITY = ("period", "version", "file", "sha256")
