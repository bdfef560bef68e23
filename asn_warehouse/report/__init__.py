"""The national monthly report, made only from what is published."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from asn_warehouse.periods import Period
from asn_warehouse.report.files import MANIFEST, ReportFile, ReportResult, manifest, write
from asn_warehouse.settings import Settings

if TYPE_CHECKING:
    from asn_warehouse.report.model import Report
    from asn_warehouse.report.source import Edition

__all__ = ["ReportFile", "ReportResult", "make_agency_report", "make_report"]

Progress = Callable[[str], None]


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
    made[MANIFEST] = manifest(edition, made)
    result = write(settings, edition, f"v{edition.version}", made)
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
