"""Words that every form of the report uses."""

from asn_warehouse.report import formats
from asn_warehouse.report.model import KeyFigure, Report

WORDS = {
    "contents": "Isi",
    "summary": "Ringkasan",
    "page": "Halaman",
    "of": "dari",
    "digest": "Sidik isi (SHA-256):",
    "change": "Perubahan dibandingkan dengan bulan terbit sebelumnya.",
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
        ("Terbitan", f"ke-{report.version}, {formats.day(report.published_at)}"),
    ]


def change(figure: KeyFigure) -> str:
    """Return the change of a key figure as a short line."""
    if figure.previous is None:
        return figure.change
    before = figure.previous.text(figure.kind)
    return f"{figure.change} (sebelumnya {before})"
