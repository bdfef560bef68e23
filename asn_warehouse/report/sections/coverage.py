"""Who is validly assessed, by which method, and whose results are about to expire."""

from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import Context, column, drawn, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import ASSESSMENT_COVERAGE
from asn_warehouse.report.model import Block, Column, Paragraph, Section, table
from asn_warehouse.report.source import Rows, cell

_EXPIRING = {
    "expiring_3_months": "expiring_soon_months",
    "expiring_6_months": "expiring_mid_months",
    "expiring_12_months": "expiring_late_months",
}
"""Counts of those who expire, and the rule that says within how many months."""
_MEASURES = (
    ("people", "integer"),
    ("assessed", "integer"),
    ("coverage", "share"),
    ("fully_assessed", "integer"),
    *((name, "integer") for name in _EXPIRING),
    ("expired", "integer"),
    ("never_assessed", "integer"),
)


def section(context: Context) -> Section:
    """Return the section on assessment coverage and expiry."""
    title = "Cakupan dan masa berlaku penilaian"
    missing = absent(context, ASSESSMENT_COVERAGE)
    if missing is not None:
        return Section("cakupan", title, (missing,))
    nation = context.published.mart(ASSESSMENT_COVERAGE).where(agency_code=None)
    total = nation.where(position_level=None, method=None)
    blocks: list[Block] = [
        Paragraph(_words(context, total)),
        *_expiring(context, total),
        *_methods(context, nation),
        *_levels(context, nation),
    ]
    return Section("cakupan", title, tuple(blocks))


def _words(context: Context, total: Rows) -> str:
    late = context.rule("assessment", "expiring_late_months")
    return (
        "Yang dihitung adalah kompetensi wajib; hasil penilaian berlaku "
        f"{context.rule('assessment', 'validity_years')} tahun. "
        f"{total.cell('assessed').text('integer')} dari {total.cell('people').text('integer')} ASN "
        f"memiliki hasil yang berlaku ({total.cell('coverage').text('share')}), "
        f"{total.cell('fully_assessed').text('integer')} di antaranya untuk semua kompetensi "
        f"wajib. Hasil {total.cell('expiring_12_months').text('integer')} orang berakhir dalam "
        f"{late} bulan; {total.cell('expired').text('integer')} sudah habis masa berlakunya dan "
        f"{total.cell('never_assessed').text('integer')} belum pernah dinilai."
    )


def _columns() -> list[Column]:
    return [column(name, kind, of=ASSESSMENT_COVERAGE) for name, kind in _MEASURES]


def _expiring(context: Context, total: Rows) -> list[Block]:
    points, cells = [], []
    for name, rule in _EXPIRING.items():
        words = f"Dalam {context.rule('assessment', rule)} bulan"
        found = total.cell(name)
        points.append(charts.Point(words, drawn(found), found.text("integer")))
        cells.append([text(words), found])
    return charted(
        "grafik-berakhir",
        "ASN yang hasil penilaiannya segera berakhir, nasional",
        "Batang mendatar: banyaknya ASN yang hasil penilaiannya berakhir, kumulatif.",
        points,
        partial(charts.bars, axis="ASN"),
        table(
            "berakhir",
            "ASN yang hasil penilaiannya berakhir (kumulatif)",
            [column("expiring", weight=2), column("assessed", "integer", of=ASSESSMENT_COVERAGE)],
            cells,
            is_narrow=True,
        ),
    )


def _methods(context: Context, nation: Rows) -> list[Block]:
    rows = nation.where(position_level=None, method=...)
    present = {r.values["method"] for r in rows.rows}
    methods = [m for m in context.codes.order("assessment_method") if m in present]
    points, cells = [], []
    for method in methods:
        found = rows.where(method=method).first()
        name, share = context.codes.of("assessment_method", method), cell(found, "coverage")
        points.append(charts.Point(name, drawn(share), share.text("share")))
        cells.append([text(name), *(cell(found, m) for m, _ in _MEASURES)])
    return charted(
        "grafik-metode",
        "Cakupan penilaian menurut metode, nasional",
        "Batang mendatar: bagian ASN yang memiliki hasil berlaku menurut metode penilaian.",
        points,
        partial(charts.bars, axis="Bagian ASN", share=True),
        table(
            "metode",
            "Penilaian menurut metode, nasional (seorang dapat dinilai dengan beberapa metode)",
            [column("method", weight=2, of=ASSESSMENT_COVERAGE), *_columns()],
            cells,
        ),
    )


def _levels(context: Context, nation: Rows) -> list[Block]:
    rows = nation.where(method=None)
    found = [
        (context.level(code), rows.where(position_level=code)) for code in context.levels(rows)
    ]
    found.append((label("report", "all"), rows.where(position_level=None)))
    return [
        table(
            "cakupan-jenjang",
            "Penilaian menurut jenjang jabatan, semua metode, nasional",
            [column("position_level", weight=2, of=ASSESSMENT_COVERAGE), *_columns()],
            [[text(name), *(row.cell(m) for m, _ in _MEASURES)] for name, row in found],
            totals=[len(found) - 1],
        )
    ]
