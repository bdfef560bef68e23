"""The professionalism index (IP ASN): its mean, its dimensions, how people spread over it."""

from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import Context, column, drawn, share_of, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import PROFESSIONALISM_INDEX
from asn_warehouse.report.model import Block, Paragraph, Section, table
from asn_warehouse.report.source import Rows

_CATEGORIES = ("very_high", "high", "medium", "low", "very_low")
_DIMENSIONS = ("qualification", "competency", "performance", "discipline")
_MEASURES = (
    ("people", "integer"),
    ("measured", "integer"),
    ("measured_share", "share"),
    ("ip_asn", "decimal1"),
    *((name, "decimal1") for name in _DIMENSIONS),
)


def section(context: Context) -> Section:
    """Return the section on the professionalism index."""
    title = "Indeks profesionalitas ASN (IP ASN)"
    missing = absent(context, PROFESSIONALISM_INDEX)
    if missing is not None:
        return Section("ip-asn", title, (missing,))
    nation = context.published.mart(PROFESSIONALISM_INDEX).where(agency_code=None)
    total = nation.where(employment_status=None)
    blocks: list[Block] = [
        Paragraph(_words(total)),
        *_categories(total),
        _statuses(context, nation),
    ]
    return Section("ip-asn", title, tuple(blocks))


def _words(total: Rows) -> str:
    category = total.cell("category").value
    standing = f", kategori {label('ip_category', category).lower()}" if category else ""
    dimensions = "; ".join(
        f"{name} {total.cell(key).text('decimal1')}"
        for key, name in zip(
            _DIMENSIONS, ("kualifikasi", "kompetensi", "kinerja", "disiplin"), strict=True
        )
    )
    return (
        f"Perkiraan IP ASN nasional {total.cell('ip_asn').text('decimal1')}{standing}. Dimensi: "
        f"{dimensions}. Indeks dihitung atas {total.cell('measured').text('integer')} dari "
        f"{total.cell('people').text('integer')} pegawai "
        f"({total.cell('measured_share').text('share')}) yang keempat dimensinya diketahui; hanya "
        "PNS yang diukur. Nilai resmi ditetapkan BKN; angka ini perkiraan menurut koefisien "
        "Peraturan BKN 8/2019."
    )


def _categories(total: Rows) -> list[Block]:
    measured = total.cell("measured")
    points, cells = [], []
    for name in _CATEGORIES:
        people = total.cell(name)
        words = label("ip_category", name)
        share = share_of(people, measured)
        points.append(
            charts.Point(words, drawn(share), f"{share.text('share')} ({people.text('integer')})")
        )
        cells.append([text(words), people, share])
    return charted(
        "grafik-ip",
        "PNS menurut kategori IP ASN, nasional",
        "Batang mendatar: bagian PNS terukur menurut kategori IP ASN; "
        + "; ".join(f"{p.label} {p.text}" for p in points)
        + ".",
        points,
        partial(charts.bars, axis="Bagian PNS terukur", share=True, room=0.3),
        table(
            "ip-kategori",
            "PNS terukur menurut kategori IP ASN",
            [
                column("category", weight=2, of=PROFESSIONALISM_INDEX),
                column("measured", "integer", of=PROFESSIONALISM_INDEX),
                column("part", "share"),
            ],
            cells,
            is_narrow=True,
        ),
    )


def _statuses(context: Context, nation: Rows) -> Block:
    present = {r.values["employment_status"] for r in nation.where(employment_status=...).rows}
    order = [s for s in context.codes.order("employment_status") if s in present]
    found = [
        (context.codes.of("employment_status", s), nation.where(employment_status=s)) for s in order
    ]
    found.append((label("report", "all"), nation.where(employment_status=None)))
    return table(
        "ip-status",
        "IP ASN dan dimensinya menurut status ASN, nasional",
        [
            column("employment_status", weight=2, of=PROFESSIONALISM_INDEX),
            *(column(m, k, of=PROFESSIONALISM_INDEX) for m, k in _MEASURES),
        ],
        [[text(name), *(rows.cell(m) for m, _ in _MEASURES)] for name, rows in found],
        totals=[len(found) - 1],
    )
