"""The nine boxes, readiness for the next level, careers and succession."""

from asn_warehouse.report import marts
from asn_warehouse.report.agency import figures
from asn_warehouse.report.agency.figures import of
from asn_warehouse.report.agency.parts import Block, Box, Boxes, Comparison, Topic
from asn_warehouse.report.agency.view import View, has_any
from asn_warehouse.report.context import column, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.model import Paragraph, Table, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import cell

_PERFORMANCE = ("above", "meets", "below")
_POTENTIAL = ("low", "medium", "high")
_CAREER = (
    ("promotions_per_1000", "decimal1"),
    ("rotations_per_1000", "decimal1"),
    ("transfers_in_per_1000", "decimal1"),
    ("transfers_out_per_1000", "decimal1"),
    ("median_years_in_level", "decimal1"),
    ("stalled_share", "share"),
    ("competence_spread", "decimal1"),
)
_READY = (
    ("people", "integer"),
    ("tenured", "integer"),
    ("eligible_share", "share"),
    ("ready", "integer"),
    ("ready_share", "share"),
)
_BENCH = ("incumbent_retires_within_months", "ready_now", "ready_soon")
_RISKS = ("vacant", "no_successor", "thin", "covered")
_LISTED = 10
_ENOUGH = 3
"""A level with fewer figures to show is left out."""


def topic(view: View) -> Topic:
    """Return the part on talent and careers."""
    mobility = (of(marts.CAREER_MOBILITY, n, k, **figures.ALL_LEVELS) for n, k in _CAREER)
    ready = (
        of(marts.PROMOTION_READINESS, n, "share", **figures.ALL_LEVELS)
        for n in ("eligible_share", "ready_share")
    )
    blocks: list[Block] = [
        *_boxes(view),
        Comparison(
            "karier",
            "Karier dan kesiapan naik jenjang",
            view.measures((figures.POOL_SHARE, *ready, *mobility)),
        ),
        *_readiness(view),
        *_succession(view),
    ]
    return Topic(
        "talenta", "Talenta dan karier", tuple(blocks), _bench_rest(view), starts_page=False
    )


def _boxes(view: View) -> list[Block]:
    rows = view.rows(marts.TALENT_BOX).where(position_level=None)
    by_place = {
        (r.values.get("performance_category"), r.values.get("potential_category")): r
        for r in rows.rows
    }
    if not by_place:
        return [
            Paragraph(
                "Kotak talenta belum dapat dihitung: nilai kinerja dan potensial instansi ini "
                "belum ada."
            )
        ]
    grid = tuple(
        tuple(_box(by_place.get((performance, potential))) for potential in _POTENTIAL)
        for performance in _PERFORMANCE
    )
    boxes = Boxes(
        "kotak",
        "Pegawai menurut kotak talenta",
        tuple(label("performance", p) for p in _PERFORMANCE),
        tuple(label("potential", p) for p in _POTENTIAL),
        grid,
    )
    placed, unplaced = rows.cell("placed_people"), rows.cell("unplaced_people")
    words = (
        f"{placed.text('integer')} pegawai dapat ditempatkan pada kotak talenta; "
        f"{unplaced.text('integer')} belum, karena nilai kinerja atau potensialnya belum ada. "
        "Kelompok rencana suksesi (KRS) adalah kotak 7, 8, dan 9. Kotak adalah bahan pertimbangan; "
        "keputusan tetap pada pejabat yang berwenang."
    )
    return [Paragraph(words), boxes]


def _box(row: ProtectedRow | None) -> Box:
    number = int(row.values["box"]) if row else 0
    return Box(number, cell(row, "people"), cell(row, "share"), number in figures.POOL)


def _readiness(view: View) -> list[Block]:
    rows = view.rows(marts.PROMOTION_READINESS).where(position_level=...)
    lines = []
    levels = view.context.levels(rows)
    for level in levels:
        row = rows.where(position_level=level).first()
        cells = [cell(row, name) for name, _ in _READY]
        if sum(has_any([c]) for c in cells) >= _ENOUGH:
            following = view.context.level(row.values["next_level"]) if row else ""
            lines.append([text(view.context.level(level)), text(following), *cells])
    if not lines:
        return []
    of_mart = marts.PROMOTION_READINESS
    columns = [
        column("position_level", weight=2, of=of_mart),
        column("next_level", weight=2, of=of_mart),
        *(column(n, k, of=of_mart) for n, k in _READY),
    ]
    caption = "Kesiapan naik jenjang menurut jenjang"
    blocks: list[Block] = [table("kesiapan", caption, columns, lines)]
    if len(lines) < len(levels):
        blocks.append(Paragraph(label("agency_report", "levels_hidden"), is_note=True))
    return blocks


def at_risk(view: View) -> list[ProtectedRow]:
    """Return the agency's strategic positions, the greatest risk first."""
    rows = view.rows(marts.SUCCESSION_BENCH).rows

    def order(row: ProtectedRow) -> tuple[int, int, str, str]:
        risk, months = row.values.get("risk"), row.values.get("incumbent_retires_within_months")
        place = _RISKS.index(risk) if risk in _RISKS else len(_RISKS)
        return place, 999 if months is None else int(months), *_names(row)

    return sorted(rows, key=order)


def _names(row: ProtectedRow) -> tuple[str, str]:
    return str(row.values.get("position_code")), str(row.values.get("unit_code"))


def _succession(view: View) -> list[Block]:
    rows = at_risk(view)
    if not rows:
        if view.is_left_out(marts.SUCCESSION_BENCH, *marts.SUCCESSION_BENCH.rule.keys):
            words = label("agency_report", "bench_left_out").format(
                threshold=view.context.threshold
            )
        else:
            words = label("agency_report", "no_bench")
        return [Paragraph(words)]
    return [_bench(view, rows[:_LISTED], "suksesi")]


def _bench(view: View, rows: list[ProtectedRow], id_: str) -> Table:
    of_mart = marts.SUCCESSION_BENCH
    columns = [
        column("position_name", weight=3, of=of_mart),
        column("position_level", weight=1.6, of=of_mart),
        *(column(n, "integer", of=of_mart) for n in _BENCH),
        column("risk", weight=1.5, of=of_mart),
    ]
    cells = [
        [
            text(r.values.get("position_name") or r.values["position_code"]),
            text(view.context.level(r.values.get("position_level"))),
            *(cell(r, n) for n in _BENCH),
            text(label("succession_risk", r.values["risk"]))
            if r.values.get("risk")
            else cell(r, "risk"),
        ]
        for r in rows
    ]
    return table(id_, "Jabatan strategis menurut risiko suksesi", columns, cells, is_long=True)


def _bench_rest(view: View) -> tuple[Table, ...]:
    rows = at_risk(view)
    return (_bench(view, rows, "suksesi-semua"),) if len(rows) > _LISTED else ()
