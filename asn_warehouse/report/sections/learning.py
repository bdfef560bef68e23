"""Learning hours of the year to date, and who has access to learning."""

from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import charted
from asn_warehouse.report.context import Context, column, drawn, share_of, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import FORM_GROUPS, LEARNING_HOURS, PROGRAM_EFFECTIVENESS
from asn_warehouse.report.model import Block, Column, Paragraph, Section, table
from asn_warehouse.report.sections import access
from asn_warehouse.report.source import Rows, cell

_MEASURES = (
    ("people", "integer"),
    ("hours_mean", "decimal1"),
    ("hours_median", "decimal1"),
    ("reached_20", "integer"),
    ("reached_20_share", "share"),
    ("over_24", "integer"),
    ("over_24_share", "share"),
    ("no_learning", "integer"),
)


def section(context: Context) -> Section:
    """Return the section on learning hours."""
    nation = context.learning.where(agency_code=None)
    total = nation.where(employment_status=None, position_level=None)
    floor = context.rule("learning", "pns_hours_floor")
    ceiling = context.rule("learning", "pppk_hours_ceiling")
    blocks: list[Block] = [
        Paragraph(
            f"Jam pelajaran (JP) dihitung sejak 1 Januari {context.period.year} sampai akhir bulan "
            "laporan, dari kegiatan yang selesai; sertifikat yang sama dihitung satu kali. PNS "
            f"wajib paling sedikit {floor} JP setahun; bagi PPPK {ceiling} JP setahun adalah batas "
            "atas, bukan batas bawah."
        ),
        Paragraph(
            f"Rata-rata {total.cell('hours_mean').text('decimal1')} JP per ASN. "
            f"{total.cell('reached_20_share').text('share')} PNS telah mencapai {floor} JP, "
            "dan "
            f"{total.cell('over_24_share').text('share')} PPPK melebihi {ceiling} JP. "
            f"{total.cell('no_learning').text('integer')} ASN belum tercatat belajar tahun ini."
        ),
        _statuses(context, nation, total),
        *_levels(context, nation),
        *_forms(total),
        *access.blocks(context),
    ]
    return Section("jam-pelajaran", "Jam pelajaran dan akses", tuple(blocks))


def _measure_columns() -> list[Column]:
    return [column(name, kind, of=LEARNING_HOURS) for name, kind in _MEASURES]


def _statuses(context: Context, nation: Rows, total: Rows) -> Block:
    by_status = nation.where(employment_status=..., position_level=None)
    present = {r.values["employment_status"] for r in by_status.rows}
    order = [s for s in context.codes.order("employment_status") if s in present]
    rows = [
        (context.codes.of("employment_status", s), by_status.where(employment_status=s))
        for s in order
    ]
    rows.append((label("report", "all"), total))
    return table(
        "jp-status",
        "Jam pelajaran menurut status ASN, nasional",
        [column("employment_status", weight=2.4, of=LEARNING_HOURS), *_measure_columns()],
        [[text(name), *(found.cell(m) for m, _ in _MEASURES)] for name, found in rows],
        totals=[len(rows) - 1],
    )


def _levels(context: Context, nation: Rows) -> list[Block]:
    rows = nation.where(employment_status=None, position_level=...)
    points, cells = [], []
    for level in context.levels(rows):
        found = rows.where(position_level=level).first()
        share = cell(found, "reached_20_share")
        points.append(charts.Point(context.level(level), drawn(share), share.text("share")))
        cells.append([text(context.level(level)), *(cell(found, m) for m, _ in _MEASURES)])
    floor = context.rule("learning", "pns_hours_floor")
    return charted(
        "grafik-jp-jenjang",
        f"Bagian PNS yang telah mencapai {floor} JP menurut jenjang jabatan",
        f"Batang mendatar: bagian PNS yang mencapai {floor} JP menurut jenjang jabatan.",
        points,
        partial(charts.bars, axis="Bagian PNS", share=True),
        table(
            "jp-jenjang",
            "Jam pelajaran menurut jenjang jabatan, nasional",
            [column("position_level", weight=2.4, of=LEARNING_HOURS), *_measure_columns()],
            cells,
        ),
    )


def _forms(total: Rows) -> list[Block]:
    hours = {group: total.cell(group) for group in FORM_GROUPS}
    all_hours = total.cell("hours_total")
    points = [
        charts.Point(label("form_group", group), drawn(found), found.text("integer"))
        for group, found in hours.items()
    ]
    cells = [
        [text(label("form_group", group)), found, share_of(found, all_hours)]
        for group, found in hours.items()
    ]
    cells.append([text(label("report", "all")), all_hours, share_of(all_hours, all_hours)])
    return charted(
        "grafik-bentuk",
        "Jumlah JP menurut bentuk pembelajaran",
        "Batang mendatar: jumlah jam pelajaran tahun berjalan menurut bentuk pembelajaran. "
        + "; ".join(f"{p.label} {p.text} JP" for p in points)
        + ".",
        points,
        partial(charts.bars, axis="JP"),
        table(
            "bentuk",
            "Jumlah jam pelajaran menurut bentuk pembelajaran, nasional",
            [
                column("form_group", weight=2, of=PROGRAM_EFFECTIVENESS),
                column("hours_total", "integer", of=LEARNING_HOURS),
                column("part", "share"),
            ],
            cells,
            totals=[len(cells) - 1],
            is_narrow=True,
        ),
    )
