"""Ways to build what sections are made of: a chart or why there is none, a table or why not."""

from collections.abc import Callable, Sequence

from asn_warehouse.report.charts import Point
from asn_warehouse.report.context import Context
from asn_warehouse.report.labels import mart_title
from asn_warehouse.report.marts import Mart
from asn_warehouse.report.model import Block, Chart, Paragraph, Table

_FIGURES = "Semua angkanya ada pada tabel di bawah grafik."


def charted(
    id_: str,
    title: str,
    alt: str,
    points: Sequence[Point],
    draw: Callable[[Sequence[Point]], str],
    table: Table,
) -> list[Block]:
    """Return a chart with its table; where no number can be drawn, the table and the reason."""
    if not table.rows:
        return []
    if not any(p.value is not None for p in points):
        return [Paragraph(_why_not(title, points), is_note=True), table]
    return [Chart(id_, title, f"{alt} {_FIGURES}", draw(points), table)]


def _why_not(title: str, points: Sequence[Point]) -> str:
    hidden = any(p.text == "*" for p in points)
    reason = "dirahasiakan" if hidden else "tidak dilaporkan"
    return f"Grafik «{title}» tidak digambar karena semua angkanya {reason}."


def absent(context: Context, mart: Mart, *keys: str) -> Paragraph | None:
    """Return why there are no rows of ``mart`` broken down by ``keys``; None where there are."""
    edition, title = context.published.edition, mart_title(mart.name)
    if not edition.has(mart.name):
        return Paragraph(f"Terbitan ini dibuat sebelum tabel «{title}» ada; bukan berarti nol.")
    if edition.is_left_out(mart.name, *keys):
        return Paragraph(
            f"Rincian «{title}» ini tidak dimuat: terlalu banyak angkanya menyangkut kurang dari "
            f"{context.threshold} orang. Itu bukan nol dan bukan tidak dilaporkan."
        )
    if not context.published.mart(mart).where(**dict.fromkeys(keys, ...)).rows:
        return Paragraph(f"Tabel «{title}» tidak berisi baris pada bulan ini: tidak dilaporkan.")
    return None
