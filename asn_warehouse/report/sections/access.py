"""Access to learning by region: remote areas against the rest, and by province."""

from collections.abc import Sequence
from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import UNKNOWN, Context, column, drawn, text
from asn_warehouse.report.labels import catalogue, label
from asn_warehouse.report.marts import LEARNING_ACCESS
from asn_warehouse.report.model import Block, Cell, Column, Paragraph, table
from asn_warehouse.report.source import Rows

_MEASURES = (
    ("people_reported", "integer"),
    ("with_learning_share", "share"),
    ("hours_mean", "decimal1"),
    ("e_learning_share", "share"),
)
_CLASSES = ("remote", "other", "unknown")


def blocks(context: Context) -> Sequence[Block]:
    """Return what is known of access to learning by region of work."""
    missing = absent(context, LEARNING_ACCESS)
    if missing is not None:
        return (missing,)
    rows = context.published.mart(LEARNING_ACCESS)
    classes = rows.where(province_code=None)
    return (
        Paragraph(_words(classes)),
        *_classes(classes),
        _provinces(rows.where(region_class=None, province_code=...)),
    )


def _words(classes: Rows) -> str:
    remote, other = (classes.where(region_class=name) for name in ("remote", "other"))
    if not remote.rows or not other.rows:
        return "Akses belajar menurut wilayah kerja: kelas wilayah tidak semuanya dilaporkan."
    return (
        "Akses belajar menurut wilayah kerja pegawai: di wilayah terpencil "
        f"{remote.cell('with_learning_share').text('share')} pegawai sudah belajar tahun ini, "
        f"rata-rata {remote.cell('hours_mean').text('decimal1')} JP, "
        f"{remote.cell('e_learning_share').text('share')} JP melalui e-learning; di luar wilayah "
        f"terpencil {other.cell('with_learning_share').text('share')}, "
        f"{other.cell('hours_mean').text('decimal1')} JP, dan "
        f"{other.cell('e_learning_share').text('share')}."
    )


def _columns() -> list[Column]:
    return [column(name, kind, of=LEARNING_ACCESS) for name, kind in _MEASURES]


def _measured(rows: Rows) -> list[Cell]:
    return [rows.cell(name) for name, _ in _MEASURES]


def _classes(classes: Rows) -> list[Block]:
    found = [(label("region_class", c), classes.where(region_class=c)) for c in _CLASSES]
    found = [(name, rows) for name, rows in found if rows.rows]
    points = [
        charts.Point(name, drawn(share), f"{share.text('share')} ({hours.text('decimal1')} JP)")
        for name, rows in found
        for share, hours in [(rows.cell("e_learning_share"), rows.cell("hours_mean"))]
    ]
    found.append((label("report", "all"), classes.where(region_class=None)))
    return charted(
        "grafik-wilayah",
        "Bagian JP melalui e-learning menurut kelas wilayah (rata-rata JP)",
        "Batang mendatar: bagian jam pelajaran melalui e-learning menurut kelas wilayah; dalam "
        "kurung rata-rata JP setiap pegawai.",
        points,
        partial(charts.bars, axis="Bagian JP", share=True, room=0.3),
        table(
            "wilayah",
            "Akses belajar menurut kelas wilayah, nasional",
            [column("region_class", weight=2, of=LEARNING_ACCESS), *_columns()],
            [[text(name), *_measured(rows)] for name, rows in found],
            totals=[len(found) - 1],
        ),
    )


def _provinces(rows: Rows) -> Block:
    names = catalogue()["province"]
    present = {str(r.values["province_code"]) for r in rows.rows}
    codes = sorted(present, key=lambda code: (code == UNKNOWN, code))
    return table(
        "provinsi",
        "Akses belajar menurut provinsi tempat kerja",
        [column("province", weight=2), *_columns()],
        [[text(names.get(c, c)), *_measured(rows.where(province_code=c))] for c in codes],
        is_long=True,
    )
