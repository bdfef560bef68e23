"""How many people are needed where, who retires when, and how well new people were chosen."""

from collections.abc import Sequence
from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import Context, column, drawn, share_of, text
from asn_warehouse.report.labels import heading, label
from asn_warehouse.report.marts import POSITION_FIT, RECRUITMENT_QUALITY, WORKFORCE_PLAN
from asn_warehouse.report.model import Block, Cell, Paragraph, Section, Table, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import Rows, cell

_RETIRING = tuple(f"retiring_{months}_months" for months in (12, 24, 36, 60))
_PLACES = ("needed", "filled", "vacant", "surplus")
_MEASURES = (*_PLACES, *_RETIRING, "net_need_12_months")
_LACKING = tuple(f"lacking_competency_{rank}" for rank in (1, 2, 3))
_COMPONENTS = {
    "basic": "SKD",
    "technical": "Teknis",
    "managerial": "Manajerial",
    "sociocultural": "Sosial kultural",
}
_SELECTED = (
    ("applicants", "integer"),
    ("passed_administration_share", "share"),
    ("hired", "integer"),
    ("hired_share", "share"),
    ("hired_measured", "integer"),
    ("hired_below_standard", "integer"),
    ("hired_below_standard_share", "share"),
)


def section(context: Context) -> Section:
    """Return the section on the workforce."""
    blocks: list[Block] = [*_plan(context), *_recruitment(context)]
    return Section("tenaga", "Kebutuhan pegawai, pensiun, dan pengadaan", tuple(blocks))


def _plan(context: Context) -> list[Block]:
    missing = absent(context, WORKFORCE_PLAN)
    if missing is not None:
        return [missing]
    nation = context.published.mart(WORKFORCE_PLAN).where(agency_code=None)
    total = nation.where(position_level=None, job_family=None)
    levels = nation.where(job_family=None)
    fields = nation.where(position_level=None)
    by_level = [(context.level(c), levels.where(position_level=c)) for c in context.levels(levels)]
    by_field = [(context.field(f), fields.where(job_family=f)) for f in context.fields(fields)]
    everyone = (label("report", "all"), total)
    return [
        Paragraph(
            f"Analisis beban kerja menetapkan {total.cell('needed').text('integer')} kebutuhan; "
            f"{total.cell('filled').text('integer')} pegawai tersedia, "
            f"{total.cell('vacant').text('integer')} lowong dan "
            f"{total.cell('surplus').text('integer')} kelebihan (dihitung setiap jabatan; "
            "kelebihan di satu jabatan tidak menutup lowongan di jabatan lain). Dalam "
            f"{context.rule('workforce', 'retirement_12_months')} bulan "
            f"{total.cell('retiring_12_months').text('integer')} pegawai mencapai batas usia "
            f"pensiun; kebutuhan bersihnya "
            f"{total.cell('net_need_12_months').text('integer')}."
        ),
        *_retiring(total),
        _places("tenaga-jenjang", "position_level", [*by_level, everyone]),
        *_vacant(by_field, _places("tenaga-bidang", "job_family", [*by_field, everyone])),
        _lacking(context, by_field),
    ]


def _retiring(total: Rows) -> list[Block]:
    cells = {heading(name, WORKFORCE_PLAN.name): total.cell(name) for name in _RETIRING}
    return charted(
        "grafik-pensiun",
        "Pegawai yang mencapai batas usia pensiun, nasional (kumulatif)",
        "Batang mendatar: banyaknya pegawai yang mencapai batas usia pensiun dalam 12 sampai 60 "
        "bulan, kumulatif.",
        [charts.Point(name, drawn(found), found.text("integer")) for name, found in cells.items()],
        partial(charts.bars, axis="Pegawai"),
        table(
            "pensiun",
            "Pegawai yang mencapai batas usia pensiun",
            [column("retiring", weight=2), column("people", "integer", of=POSITION_FIT)],
            [[text(name), found] for name, found in cells.items()],
            is_narrow=True,
        ),
    )


def _places(id_: str, key: str, named: Sequence[tuple[str, Rows]]) -> Table:
    words = {"position_level": "jenjang jabatan", "job_family": "rumpun jabatan"}[key]
    return table(
        id_,
        f"Kebutuhan, ketersediaan, dan pensiun menurut {words}, nasional",
        [
            column(key, weight=2.2, of=WORKFORCE_PLAN),
            *(column(name, "integer", of=WORKFORCE_PLAN) for name in _MEASURES),
        ],
        [[text(name), *(rows.cell(m) for m in _MEASURES)] for name, rows in named],
        totals=[len(named) - 1],
    )


def _vacant(named: Sequence[tuple[str, Rows]], places: Table) -> list[Block]:
    cells = [(name, rows.cell("vacant"), rows.cell("needed")) for name, rows in named]
    shares = [(name, vacant, share_of(vacant, needed)) for name, vacant, needed in cells]
    return charted(
        "grafik-lowong",
        "Bagian kebutuhan yang lowong menurut rumpun jabatan",
        "Batang mendatar: lowongan dibagi kebutuhan menurut rumpun jabatan.",
        [
            charts.Point(name, drawn(share), f"{share.text('share')} ({vacant.text('integer')})")
            for name, vacant, share in shares
        ],
        partial(charts.bars, axis="Bagian kebutuhan", share=True, room=0.3),
        places,
    )


def _lacking(context: Context, named: Sequence[tuple[str, Rows]]) -> Table:
    return table(
        "tenaga-kompetensi",
        "Kompetensi yang paling kurang menurut rumpun jabatan, nasional",
        [
            column("job_family", weight=1.6, of=WORKFORCE_PLAN),
            *(column(name, weight=2, of=WORKFORCE_PLAN) for name in _LACKING),
        ],
        [
            [text(name), *(_competency(context, rows.first(), key) for key in _LACKING)]
            for name, rows in named
        ],
    )


def _competency(context: Context, row: ProtectedRow | None, key: str) -> Cell:
    found = cell(row, key)
    return found if found.value is None else text(context.competency(str(found.value)))


def _recruitment(context: Context) -> list[Block]:
    missing = absent(context, RECRUITMENT_QUALITY)
    if missing is not None:
        return [missing]
    nation = context.published.mart(RECRUITMENT_QUALITY).where(
        agency_code=None, position_level=None
    )
    total = nation.where(track=None)
    present = {r.values["track"] for r in nation.rows}
    tracks = [t for t in context.codes.order("recruitment_track") if t in present]
    named = [(context.codes.of("recruitment_track", t), nation.where(track=t)) for t in tracks]
    named.append((label("report", "all"), total))
    return [
        Paragraph(
            f"Seleksi {context.rule('recruitment', 'window_years')} tahun terakhir: "
            f"{total.cell('applicants').text('integer')} pelamar, "
            f"{total.cell('hired').text('integer')} diterima "
            f"({total.cell('hired_share').text('share')}). Dari yang diterima dan terukur, "
            f"{total.cell('hired_below_standard_share').text('share')} berada di bawah nilai "
            "ambang jalurnya."
        ),
        table(
            "pengadaan",
            "Mutu pengadaan menurut jalur seleksi, nasional",
            [
                column("track", weight=2, of=RECRUITMENT_QUALITY),
                *(column(m, k, of=RECRUITMENT_QUALITY) for m, k in _SELECTED),
            ],
            [[text(name), *(rows.cell(m) for m, _ in _SELECTED)] for name, rows in named],
            totals=[len(named) - 1],
        ),
        *_components(total),
    ]


def _components(total: Rows) -> list[Block]:
    hired, others = heading("hired"), heading("not_hired")
    points, cells = [], []
    for key, name in _COMPONENTS.items():
        means = [total.cell(f"{key}_mean_{who}") for who in ("hired", "not_hired")]
        points += [
            charts.Point(name, drawn(mean), mean.text("decimal1"), who)
            for mean, who in zip(means, (hired, others), strict=True)
        ]
        cells.append([text(name), *means])
    return charted(
        "grafik-pengadaan",
        "Rata-rata nilai seleksi pelamar yang diterima dan tidak diterima",
        "Untuk setiap komponen seleksi dua titik pada skala 0 sampai 100: rata-rata yang diterima "
        "dan yang tidak diterima.",
        points,
        partial(
            charts.dumbbells, axis="Nilai (0–100)", ideal=others, actual=hired, domain=(0, 100)
        ),
        table(
            "pengadaan-nilai",
            "Rata-rata nilai seleksi menurut komponen, kedua jalur",
            [
                column("selection_component", weight=2),
                column("hired", "decimal1"),
                column("not_hired", "decimal1"),
            ],
            cells,
            is_narrow=True,
        ),
    )
