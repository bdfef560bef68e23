"""Succession of strategic positions, readiness for the next level, and how people move."""

from collections import Counter
from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import Context, column, counted, drawn, integer, text
from asn_warehouse.report.labels import catalogue, label
from asn_warehouse.report.marts import CAREER_MOBILITY, PROMOTION_READINESS, SUCCESSION_BENCH
from asn_warehouse.report.model import Block, Cell, Paragraph, Section, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import Rows, cell

_READINESS = (
    ("people", "integer"),
    ("tenured", "integer"),
    ("eligible", "integer"),
    ("ready", "integer"),
    ("ready_share", "share"),
)
_BLOCKERS = tuple(
    f"blocked_{name}" for name in ("performance", "assessment_missing", "jpm", "discipline", "box")
)
_MOVES = ("promotions", "rotations", "transfers_in", "transfers_out", "demotions")
_MOBILITY = (
    *((f"{name}_per_1000", "decimal1") for name in _MOVES),
    ("median_years_in_level", "decimal1"),
    ("stalled_share", "share"),
)


def section(context: Context) -> Section:
    """Return the section on succession and careers."""
    blocks: list[Block] = [
        *_succession(context),
        *_promotion(context),
        *_mobility(context),
    ]
    return Section("karier", "Suksesi, kesiapan naik jenjang, dan mobilitas karier", tuple(blocks))


def _succession(context: Context) -> list[Block]:
    words = Paragraph(
        "Calon pengganti jabatan strategis berasal dari kelompok rencana suksesi instansi yang "
        "sama. Siap sekarang berarti JPM terhadap standar jabatan sasaran paling sedikit "
        f"{context.rule('succession', 'ready_now_jpm')}; jabatan aman bila paling sedikit "
        f"{context.rule('succession', 'covered_from')} calon siap sekarang."
    )
    missing = absent(context, SUCCESSION_BENCH, "agency_code", "position_code", "unit_code")
    if missing is not None:
        return [words, missing]
    rows = context.published.mart(SUCCESSION_BENCH).rows
    risks = Counter(_risk(row) for row in rows)
    names = [*catalogue()["succession_risk"].values(), label("report", "hidden")]
    names += sorted(set(risks) - set(names))
    points = [
        charts.Point(name, risks[name], integer(risks[name])) for name in names if risks[name]
    ]
    return [
        words,
        *charted(
            "grafik-suksesi",
            "Jabatan strategis menurut risiko suksesi, nasional",
            "Batang mendatar: banyaknya jabatan strategis menurut risiko suksesi.",
            points,
            partial(charts.bars, axis="Jabatan strategis"),
            table(
                "suksesi",
                "Jabatan strategis menurut risiko suksesi",
                [
                    column("risk", weight=2, of=SUCCESSION_BENCH),
                    column("positions", "integer"),
                ],
                [[text(p.label), counted(risks[p.label])] for p in points],
                is_narrow=True,
            ),
        ),
    ]


def _risk(row: ProtectedRow) -> str:
    found = cell(row, "risk")
    if found.text("text") == "*":
        return label("report", "hidden")
    return label("succession_risk", found.value)


def _promotion(context: Context) -> list[Block]:
    missing = absent(context, PROMOTION_READINESS)
    if missing is not None:
        return [missing]
    nation = context.published.mart(PROMOTION_READINESS).where(agency_code=None)
    total = nation.where(position_level=None)
    words = (
        f"Dari {total.cell('people').text('integer')} pegawai yang masih memiliki jenjang di atas "
        f"jenjangnya, {total.cell('eligible').text('integer')} memenuhi syarat naik jenjang dan "
        f"{total.cell('ready').text('integer')} siap "
        f"({total.cell('ready_share').text('share')}). {_blocker(total)}"
    )
    levels = context.levels(nation)
    found = [(context.level(code), nation.where(position_level=code)) for code in levels]
    shares = {name: rows.cell("ready_share") for name, rows in found}
    points = [charts.Point(n, drawn(share), share.text("share")) for n, share in shares.items()]
    found.append((label("report", "all"), total))
    readiness = table(
        "kesiapan",
        "Kesiapan naik jenjang menurut jenjang jabatan, nasional",
        [
            column("position_level", weight=2, of=PROMOTION_READINESS),
            *(column(m, k, of=PROMOTION_READINESS) for m, k in _READINESS),
        ],
        [[text(name), *(rows.cell(m) for m, _ in _READINESS)] for name, rows in found],
        totals=[len(found) - 1],
    )
    blockers = table(
        "hambatan",
        "Hambatan pegawai yang masa jabatannya cukup (seorang dapat memiliki beberapa hambatan)",
        [
            column("position_level", weight=2, of=PROMOTION_READINESS),
            *(column(name, "integer", of=PROMOTION_READINESS) for name in _BLOCKERS),
        ],
        [[text(name), *(rows.cell(b) for b in _BLOCKERS)] for name, rows in found],
        totals=[len(found) - 1],
    )
    return [
        Paragraph(words),
        *charted(
            "grafik-kesiapan",
            "Bagian pegawai yang siap naik jenjang menurut jenjang",
            "Batang mendatar: bagian pegawai yang siap naik jenjang.",
            points,
            partial(charts.bars, axis="Bagian pegawai", share=True),
            readiness,
        ),
        blockers,
    ]


def _blocker(total: Rows) -> str:
    name = total.cell("most_frequent_blocker").value
    if name is None:
        return "Hambatan tersering tidak dapat ditampilkan."
    people = total.cell(f"blocked_{name}").text("integer")
    return f"Hambatan tersering: {label('blocker', name).lower()} ({people} pegawai)."


def _mobility(context: Context) -> list[Block]:
    missing = absent(context, CAREER_MOBILITY)
    if missing is not None:
        return [missing]
    nation = context.published.mart(CAREER_MOBILITY).where(agency_code=None)
    total = nation.where(position_level=None)
    moves = ", ".join(_told(total.cell(name), name) for name in _MOVES)
    found = [
        (context.level(code), nation.where(position_level=code)) for code in context.levels(nation)
    ]
    found.append((label("report", "all"), total))
    return [
        Paragraph(
            f"Sejak Januari tercatat {moves}. Karier disebut tertahan setelah lebih dari "
            f"{context.rule('career', 'stalled_years')} tahun pada jenjang yang sama: "
            f"{total.cell('stalled').text('integer')} pegawai "
            f"({total.cell('stalled_share').text('share')}). Sebaran rata-rata JPM antarunit "
            f"{total.cell('competence_spread').text('decimal2')}, setahun lalu "
            f"{total.cell('competence_spread_year_ago').text('decimal2')}; sebaran yang mengecil "
            "berarti kompetensi lebih merata antarunit."
        ),
        table(
            "mobilitas",
            "Mobilitas karier menurut jenjang jabatan, nasional",
            [
                column("position_level", weight=2, of=CAREER_MOBILITY),
                *(column(m, k, of=CAREER_MOBILITY) for m, k in _MOBILITY),
            ],
            [[text(name), *(rows.cell(m) for m, _ in _MOBILITY)] for name, rows in found],
            totals=[len(found) - 1],
        ),
    ]


def _told(found: Cell, name: str) -> str:
    words = {
        "promotions": "promosi",
        "rotations": "rotasi",
        "transfers_in": "mutasi masuk",
        "transfers_out": "mutasi keluar",
        "demotions": "demosi",
    }
    return f"{found.text('integer')} {words[name]}"
