"""Gaps by kind of agency: central ones, provinces, regencies and cities."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from asn_warehouse.disclosure import Status
from asn_warehouse.report import charts
from asn_warehouse.report.blocks import charted
from asn_warehouse.report.context import Context, column, counted, drawn, ratio, text
from asn_warehouse.report.marts import COMPETENCY_GAP_AGENCY
from asn_warehouse.report.model import Block, Cell, Paragraph, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import agencies, cell

_TOTAL = {"family": None, "competency_code": None, "position_level": None}


def blocks(context: Context) -> Sequence[Block]:
    """Return the gaps by kind of agency, and where figures by region are to be found."""
    words = Paragraph(
        "Menurut wilayah: kesenjangan diterbitkan menurut instansi, jenjang, dan bidang, tidak "
        "menurut wilayah kerja pegawai. Tabel berikut membandingkan jenis instansi; kesenjangan "
        "setiap pemerintah daerah ada pada bagian Tabel instansi, dan akses belajar menurut kelas "
        "wilayah dan provinsi pada bagian Jam pelajaran dan akses."
    )
    return words, *_kinds(context)


def _kinds(context: Context) -> list[Block]:
    types = context.published.edition.agency_types
    codes = [code for code, _ in agencies(context.published)]
    rows = context.gap_agency.where(agency_code=..., **_TOTAL)
    by_agency = {r.values["agency_code"]: r for r in rows.rows}
    points, cells = [], []
    for kind in context.codes.order("agency_type"):
        mine = [code for code in codes if types.get(code) == kind]
        if mine:
            name = context.codes.of("agency_type", kind)
            cells.append([text(name), counted(len(mine)), *_measured(mine, by_agency)])
            gap = cells[-1][_GAP]
            points.append(charts.Point(name, drawn(gap), gap.text("decimal2")))
    return charted(
        "grafik-jenis",
        "Rata-rata kesenjangan menurut jenis instansi",
        "Batang mendatar: rata-rata kesenjangan dalam tingkat untuk setiap jenis instansi.",
        points,
        partial(charts.bars, axis="Rata-rata kesenjangan (tingkat)"),
        table(
            "jenis",
            "Kesenjangan menurut jenis instansi, dihitung dari angka instansi yang diterbitkan",
            [
                column("agency_type", weight=2),
                column("agencies", "integer"),
                column("agencies_counted", "integer"),
                *(
                    column(name, kind, of=COMPETENCY_GAP_AGENCY)
                    for name, kind in (
                        ("assessed", "integer"),
                        ("coverage", "share"),
                        ("gap_mean", "decimal2"),
                        ("met_share", "share"),
                    )
                ),
            ],
            cells,
        ),
    )


_HIDDEN = Cell(None, Status.SUPPRESSED)
_GAP = -2
"""Place of the mean gap in a row of the table."""


def _measured(mine: Sequence[str], by_agency: Mapping[Any, ProtectedRow]) -> list[Cell]:
    """Return how many agencies count, and the measures over those of which all is shown."""
    known = [by_agency[code] for code in mine if code in by_agency]
    known = [row for row in known if _is_whole(row)]
    assessed = _sum(known, "assessed")
    met = ratio(_sum(known, "met"), assessed) if _all_shown(known, "met") else _HIDDEN
    coverage = ratio(assessed, _sum(known, "requirements"))
    return [counted(len(known)), counted(assessed), coverage, _mean(known), met]


def _is_whole(row: ProtectedRow) -> bool:
    """Whether all is shown that a mean over agencies rests on."""
    names = ("requirements", "assessed", "gap_mean")
    return all(cell(row, name).value is not None for name in names)


def _all_shown(rows: Sequence[ProtectedRow], name: str) -> bool:
    return all(cell(row, name).value is not None for row in rows)


def _sum(rows: Sequence[ProtectedRow], name: str) -> int:
    return sum(int(cell(row, name).value or 0) for row in rows)


def _mean(rows: Sequence[ProtectedRow]) -> Cell:
    """Return the mean gap over all who are assessed."""
    assessed = _sum(rows, "assessed")
    if not assessed:
        return Cell(None, Status.NOT_REPORTED)
    gaps = sum(cell(r, "gap_mean").value * cell(r, "assessed").value for r in rows)
    return Cell(gaps / assessed)
