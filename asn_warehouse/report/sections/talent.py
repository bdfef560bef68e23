"""The nine boxes, and the pool of boxes 7, 8 and 9."""

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import charted
from asn_warehouse.report.context import Context, added, column, drawn, share_of, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import TALENT_BOX
from asn_warehouse.report.model import Block, Cell, Paragraph, Section, table
from asn_warehouse.report.source import Rows

POOL = (9, 8, 7)
_PERFORMANCE = ("above", "meets", "below")
_POTENTIAL = ("low", "medium", "high")
BOXES = {
    ("above", "low"): 4,
    ("above", "medium"): 7,
    ("above", "high"): 9,
    ("meets", "low"): 2,
    ("meets", "medium"): 5,
    ("meets", "high"): 8,
    ("below", "low"): 1,
    ("below", "medium"): 3,
    ("below", "high"): 6,
}


def section(context: Context) -> Section:
    """Return the section on talent."""
    nation = context.talent.where(agency_code=None)
    total = nation.where(position_level=None)
    pool = pool_people(total)
    placed = total.cell("placed_people")
    blocks: list[Block] = [
        Paragraph(
            f"{placed.text('integer')} ASN dapat ditempatkan pada kotak talenta; "
            f"{total.cell('unplaced_people').text('integer')} belum, karena nilai kinerja atau "
            f"potensialnya belum ada. Kelompok rencana suksesi (KRS) adalah kotak 7, 8, dan 9: "
            f"{pool.text('integer')} orang ({pool_share(total).text('share')} dari yang "
            "ditempatkan)."
        ),
        Paragraph(
            "Nilai dihitung atas komponen yang datanya tersedia bagi setiap orang: pada sumbu "
            "kinerja predikat, penghargaan, penugasan tim, dan umpan balik 360°; pada sumbu "
            "potensial penilaian dan pengembangan kompetensi, penilaian potensi, pengalaman "
            "jabatan, pendidikan, serta integritas dan moralitas. Komponen tanpa data tidak ikut "
            "dibobot. Kotak adalah bahan pertimbangan; keputusan tetap pada pejabat yang "
            "berwenang.",
            is_note=True,
        ),
        *_grid(context, total),
        _levels(context, nation),
    ]
    return Section("talenta", "Talenta", tuple(blocks))


def pool_people(rows: Rows) -> Cell:
    """Return the people in boxes 7 to 9 of a group that has all nine boxes."""
    return added([rows.cell("people", box=box) for box in POOL])


def pool_share(rows: Rows) -> Cell:
    """Return the people in boxes 7 to 9 as a share of all who are placed."""
    return share_of(pool_people(rows), rows.cell("placed_people"))


def _grid(context: Context, total: Rows) -> list[Block]:
    tiles, points = [], []
    for (performance, potential), box in BOXES.items():
        people, share = total.cell("people", box=box), total.cell("share", box=box)
        points.append(charts.Point(f"Kotak {box}", drawn(people), people.text("integer")))
        tiles.append(
            {
                "column": label("potential", potential),
                "row": label("performance", performance),
                "title": f"Kotak {box}",
                "text": people.text("integer"),
                "share": share.text("share"),
                "marked": box in POOL,
            }
        )
    cells = [
        [
            text(str(box)),
            text(label("performance", pair[0])),
            text(label("potential", pair[1])),
            total.cell("people", box=box),
            total.cell("share", box=box),
            text(context.box_actions.get(box, "")),
        ]
        for pair, box in sorted(BOXES.items(), key=lambda item: -item[1])
    ]
    columns = [
        column("box", weight=0.6, of=TALENT_BOX),
        column("performance_category", weight=1.5, of=TALENT_BOX),
        column("potential_category", weight=1.5, of=TALENT_BOX),
        column("people", "integer", weight=0.8, of=TALENT_BOX),
        column("share", "share", weight=0.8, of=TALENT_BOX),
        column("action", weight=4),
    ]
    return charted(
        "grafik-kotak",
        "Sembilan kotak talenta, nasional (biru tua: KRS)",
        "Kisi tiga kali tiga, kinerja terhadap potensial. "
        + "; ".join(f"{t['title']}: {t['text']} orang ({t['share']})" for t in tiles)
        + ".",
        points,
        lambda _: charts.grid(
            tiles,
            columns=[label("potential", p) for p in _POTENTIAL],
            rows=[label("performance", p) for p in _PERFORMANCE],
            axes=("Potensial", "Kinerja"),
        ),
        table("kotak", "Kotak talenta dan tindak lanjut yang dianjurkan", columns, cells),
    )


def _levels(context: Context, nation: Rows) -> Block:
    cells = []
    for code in [*context.levels(nation), None]:
        rows = nation.where(position_level=code)
        cells.append(
            [
                text(context.level(code)),
                rows.cell("placed_people"),
                *(rows.cell("people", box=box) for box in reversed(POOL)),
                pool_people(rows),
                pool_share(rows),
            ]
        )
    columns = [
        column("position_level", weight=2, of=TALENT_BOX),
        column("placed_people", "integer", of=TALENT_BOX),
        *(column(f"box{box}", "integer", title=f"Kotak {box}") for box in reversed(POOL)),
        column("pool", "integer"),
        column("pool_share", "share"),
    ]
    return table(
        "krs-jenjang",
        "Kelompok rencana suksesi menurut jenjang jabatan, nasional",
        columns,
        cells,
        totals=[len(cells) - 1],
    )
