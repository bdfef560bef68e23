"""Words that every form of the report uses."""

from asn_warehouse.report import formats
from asn_warehouse.report.model import Cell, KeyFigure, Report

WORDS = {
    "contents": "Isi",
    "summary": "Ringkasan",
    "page": "Halaman",
    "of": "dari",
    "digest": "Sidik isi (SHA-256):",
    "change": "Bulan terbit sebelumnya",
    "change_on_year": "Setahun lalu",
    "suppressed": f"{formats.SUPPRESSED} dirahasiakan untuk melindungi orang; baca catatan metode.",
    "search": "Cari instansi",
    "search_hint": "Ketik sebagian nama atau kode",
    "sort": "Urutkan menurut",
    "found": "instansi ditampilkan",
    "files": "Berkas",
}


def facts(report: Report) -> list[tuple[str, str]]:
    """Return the facts of the edition: label and value."""
    return [
        ("Bulan laporan", formats.month(report.period)),
        ("Keadaan pada", formats.day(report.period.last_day)),
        ("Data diterima sampai", formats.moment(report.as_of)),
        ("Terbitan", _edition(report)),
    ]


def edition(report: Report) -> str:
    """Return which edition a report is, short enough for the head of a page."""
    return "sementara, belum terbit" if report.is_as_known else f"terbitan ke-{report.version}"


def since(report: Report) -> str:
    """Return when the edition was published, or up to when its data are known."""
    if report.is_as_known:
        return f"Diketahui {formats.moment(report.as_of)}"
    return f"Terbit {formats.day(report.published_at)}"


def _edition(report: Report) -> str:
    if report.is_as_known:
        return "belum diterbitkan"
    return f"ke-{report.version}, {formats.day(report.published_at)}"


def changes(figure: KeyFigure) -> tuple[str, str]:
    """Return how a key figure changed on the month before and on a year ago, a line each."""
    month, year = WORDS["change"], WORDS["change_on_year"]
    return (
        f"{month}: {figure.change}{_before(figure, figure.previous)}",
        f"{year}: {figure.change_on_year}{_before(figure, figure.year_ago)}",
    )


def _before(figure: KeyFigure, cell: Cell | None) -> str:
    return f" (dari {cell.text(figure.kind)})" if cell is not None else ""
