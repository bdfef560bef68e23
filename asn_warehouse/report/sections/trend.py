"""How the key figures moved over the published months."""

from collections.abc import Sequence
from functools import partial

from asn_warehouse.report import charts, formats, summary
from asn_warehouse.report.blocks import charted
from asn_warehouse.report.context import Context, column, drawn, text
from asn_warehouse.report.metrics import metric_label
from asn_warehouse.report.model import Paragraph, Section, table


def section(months: Sequence[Context]) -> Section:
    """Return the section on the key figures of ``months``, the latest first."""
    title = "Perkembangan angka utama"
    if len(months) < 2:
        words = "Belum ada bulan terbit sebelumnya, sehingga perkembangan belum dapat digambar."
        return Section("perkembangan", title, (Paragraph(words),))
    ordered = months[::-1]
    points, rows = [], []
    for context in ordered:
        cells = [find(context) for *_, find in summary.FIGURES]
        rows.append([text(formats.month(context.period)), *cells])
    for i, (_, metric, kind, _) in enumerate(summary.FIGURES, start=1):
        for context, row in zip(ordered, rows, strict=True):
            cell = row[i]
            name = formats.short_month(context.period)
            points.append(charts.Point(name, drawn(cell), cell.text(kind), metric_label(metric)))
    shares = {metric_label(metric) for _, metric, kind, _ in summary.FIGURES if kind == "share"}
    names = [formats.short_month(context.period) for context in ordered]
    figures = table(
        "perkembangan-bulan",
        "Angka utama menurut bulan terbit",
        [
            column("month", weight=1.6),
            *(
                column(id_, kind, title=metric_label(metric))
                for id_, metric, kind, _ in summary.FIGURES
            ),
        ],
        rows,
    )
    words = (
        f"{len(ordered)} bulan terbit, sampai dua belas bulan ke belakang, masing-masing menurut "
        "terbitan yang berlaku ketika laporan ini terbit. Setiap garis memiliki sumbunya sendiri "
        "yang mulai dari nol. Angka yang dirahasiakan atau tidak dilaporkan tidak digambar."
    )
    draw = partial(charts.trends, months=names, share=shares)
    chart = charted(
        "grafik-perkembangan",
        "Angka utama menurut bulan",
        "Sepuluh garis kecil, satu untuk setiap angka utama, menurut bulan terbit.",
        points,
        draw,
        figures,
    )
    return Section("perkembangan", title, (Paragraph(words), *chart))
