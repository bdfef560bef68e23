"""Job-person match: two sets of categories that are never mixed."""

from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import charted
from asn_warehouse.report.context import Context, column, drawn, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import MAPPING, POSITION_FIT, SELECTION
from asn_warehouse.report.model import Block, Paragraph, Section, table
from asn_warehouse.report.source import Rows, cell

_MEASURES = (
    ("people", "integer"),
    ("assessed", "integer"),
    ("coverage", "share"),
    ("jpm_mean_mapping", "decimal1"),
    ("jpm_mean_selection", "decimal1"),
    ("jpm_p10", "decimal1"),
    ("jpm_median", "decimal1"),
    ("jpm_p90", "decimal1"),
    ("overqualified_share", "share"),
)
_SETS = (
    ("pemetaan", "Penilaian untuk pemetaan jabatan", MAPPING),
    ("pengisian", "Penilaian untuk pengisian jabatan", SELECTION),
)


def section(context: Context) -> Section:
    """Return the section on the fit of people and positions."""
    nation = context.fit.where(agency_code=None)
    total = nation.where(position_level=None)
    blocks: list[Block] = [
        Paragraph(
            "Kesesuaian orang dan jabatan (JPM) adalah jumlah tingkat capaian dibagi jumlah "
            "tingkat standar atas sembilan kompetensi wajib, dalam persen; nilainya boleh lebih "
            "dari 100 dan hanya dihitung bila kesembilannya dinilai dan masih berlaku. "
            f"Secara nasional {total.cell('assessed').text('integer')} dari "
            f"{total.cell('people').text('integer')} ASN memiliki JPM "
            f"({total.cell('coverage').text('share')}). Rata-rata JPM "
            f"{total.cell('jpm_mean_mapping').text('decimal1')} pada penilaian untuk pemetaan dan "
            f"{total.cell('jpm_mean_selection').text('decimal1')} pada penilaian untuk pengisian "
            "jabatan."
        ),
        Paragraph(
            "Kategori mengikuti tujuan penilaian. Kategori pemetaan (optimal, cukup, kurang) dan "
            "kategori pengisian jabatan (memenuhi syarat, masih, kurang) memiliki batas yang "
            "berbeda, karena itu tidak pernah dijumlahkan."
        ),
    ]
    for names in _SETS:
        blocks += _categories(total, *names)
    levels = context.levels(nation)
    rows = [(context.level(code), nation.where(position_level=code)) for code in levels]
    rows.append((label("report", "all"), total))
    blocks.append(
        table(
            "jpm-jenjang",
            "JPM menurut jenjang jabatan, nasional",
            [
                column("position_level", weight=2, of=POSITION_FIT),
                *(column(m, k, of=POSITION_FIT) for m, k in _MEASURES),
            ],
            [[text(name), *(found.cell(m) for m, _ in _MEASURES)] for name, found in rows],
            totals=[len(rows) - 1],
        )
    )
    return Section("kesesuaian", "Kesesuaian jabatan", tuple(blocks))


def _categories(total: Rows, id_: str, title: str, columns: tuple[str, ...]) -> list[Block]:
    row = total.first()
    points, cells = [], []
    for name in columns:
        people, share = cell(row, name), cell(row, f"{name}_share")
        words = label("category", name.rsplit("_", 1)[1])
        points.append(
            charts.Point(words, drawn(share), f"{share.text('share')} ({people.text('integer')})")
        )
        cells.append([text(words), people, share])
    return charted(
        f"grafik-{id_}",
        title,
        f"Batang mendatar: bagian ASN yang dinilai menurut kategori; {title.lower()}. "
        + "; ".join(f"{p.label} {p.text}" for p in points)
        + ".",
        points,
        partial(charts.bars, axis="Bagian ASN yang dinilai", share=True, domain=(0, 1)),
        table(
            id_,
            f"{title}: kategori JPM, nasional",
            [
                column("jpm_category", weight=2),
                column("people", "integer", of=POSITION_FIT),
                column("part", "share"),
            ],
            cells,
            is_narrow=True,
        ),
    )
