"""The report of a month as known now, and how it differs from the one that is published."""

from pathlib import Path

from asn_warehouse.archive import Version
from asn_warehouse.report import compose, difference, page, pdf, source, workbook
from asn_warehouse.report.files import MANIFEST, ReportResult, manifest, write
from asn_warehouse.settings import Settings

FOLDER = "sekarang"
"""Name of the folder beside those of the versions; delivery takes ``v<n>`` only."""


def make_report(
    settings: Settings, version: Version, folder: Path, published: Version
) -> ReportResult:
    """Write PDF, workbook and page of ``version``, and page and CSV of the difference.

    The same data give the same bytes. There is no open-data package: what is not published is no
    open data. The folder is for who made it: beside the publication it tells more than either.

    Args:
        settings: where things live.
        version: the month as known now.
        folder: where its files lie.
        published: the version that is served.

    Raises:
        ReportFailed: when a mart cannot be read.
    """
    known = source.as_known(settings, version, folder)
    context = compose.context(settings, known)
    report = compose.report(context)
    before = compose.context(settings, source.read(settings, published.period, published.version))
    found = difference.between(before, context)
    stem = f"laporan-sementara-{version.period}"
    made = {
        f"{stem}.pdf": pdf.render(report),
        f"{stem}.xlsx": workbook.render(report, context),
        f"{stem}.html": page.render(report),
        "perubahan.html": page.render(found.report(report)),
        "perubahan.csv": found.csv(),
    }
    made[MANIFEST] = manifest(
        known.edition, made, is_as_known=True, compared_with=published.version
    )
    result = write(settings, known.edition, FOLDER, made)
    result.directory.chmod(0o700)
    return result
