"""How content the public is with services (SKM), and employees with their work."""

from collections import Counter
from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import Context, column, counted, drawn, integer, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import JOB_SATISFACTION, SERVICE_SATISFACTION
from asn_warehouse.report.model import Block, Paragraph, Section, Table, table
from asn_warehouse.report.source import Rows, cell

_SCALE = (1, 4)
"""Answers to an element of the survey, the worst and the best."""
_LISTED = 10
_SERVICE = (
    ("respondents", "integer"),
    ("ikm", "decimal2"),
    ("grade", "text"),
    ("grade_name", "text"),
    ("ikm_last_year", "decimal2"),
)
_WORK = (
    ("respondents", "integer"),
    ("score", "decimal1"),
    ("cronbach_alpha", "decimal2"),
    ("score_last_year", "decimal1"),
    ("change", "decimal1"),
)


def section(context: Context) -> Section:
    """Return the section on satisfaction."""
    blocks: list[Block] = [*_public(context), *_work(context)]
    return Section("kepuasan", "Kepuasan masyarakat (SKM) dan kepuasan kerja", tuple(blocks))


def _public(context: Context) -> list[Block]:
    missing = absent(context, SERVICE_SATISFACTION)
    if missing is not None:
        return [missing]
    rows = context.published.mart(SERVICE_SATISFACTION)
    nation = rows.where(agency_code=None, service_code=None)
    agencies = rows.where(agency_code=..., service_code=None)
    return [
        Paragraph(_words(context, nation, agencies)),
        *elements(context, nation, "skm-unsur", "nasional"),
        _grades(agencies),
        _by_agency(agencies),
    ]


def _words(context: Context, nation: Rows, agencies: Rows) -> str:
    lowest = nation.cell("lowest_element").value
    element = context.codes.of("service_element", lowest).lower() if lowest else "tidak diketahui"
    before = nation.cell("ikm_last_year").text("decimal2")
    last = "belum ada" if before == "–" else before
    return (
        "Indeks kepuasan masyarakat (IKM) nasional atas survei "
        f"{context.rule('survey', 'window_months')} bulan terakhir "
        f"{nation.cell('ikm').text('decimal2')}, mutu pelayanan "
        f"{nation.cell('grade').text('text')} ({nation.cell('grade_name').text('text').lower()}), "
        "dari "
        f"{nation.cell('respondents').text('integer')} responden pada "
        f"{integer(len(agencies.rows))} instansi. Unsur terendah: {element}. IKM tahun lalu: "
        f"{last}."
    )


def elements(context: Context, rows: Rows, id_: str, whose: str) -> list[Block]:
    """Return the means of the nine elements of the survey as a chart with its table."""
    points, cells = [], []
    for code in context.codes.order("service_element"):
        mean = rows.cell(f"nrr_{code.lower()}")
        name = f"{code} {context.codes.of('service_element', code)}"
        points.append(charts.Point(name, drawn(mean), mean.text("decimal2")))
        cells.append([text(name), mean])
    return charted(
        f"grafik-{id_}",
        f"Nilai rata-rata unsur pelayanan, {whose} (1–4)",
        "Batang mendatar: nilai rata-rata setiap unsur pelayanan pada skala 1 sampai 4.",
        points,
        partial(charts.bars, axis="Nilai rata-rata (1–4)", domain=(0, _SCALE[1] * 1.1)),
        table(
            id_,
            f"Nilai rata-rata unsur pelayanan, {whose}",
            [column("element", weight=3), column("element_mean", "decimal2")],
            cells,
            is_narrow=True,
        ),
    )


def _grades(agencies: Rows) -> Table:
    found = Counter(
        (row.values["grade"], row.values["grade_name"])
        for row in agencies.rows
        if row.values["grade"]
    )
    hidden = len(agencies.rows) - sum(found.values())
    cells = [
        [text(f"{grade} ({name})"), counted(number)]
        for (grade, name), number in sorted(found.items())
    ]
    if hidden:
        cells.append([text(label("report", "hidden")), counted(hidden)])
    return table(
        "skm-mutu",
        "Instansi menurut mutu pelayanan",
        [column("grade", weight=2, of=SERVICE_SATISFACTION), column("agencies", "integer")],
        cells,
        is_narrow=True,
    )


def _by_agency(agencies: Rows) -> Table:
    rows = [r for r in agencies.rows if r.values.get("ikm") is not None]
    rows.sort(key=lambda r: (r.values["ikm"], str(r.values["agency_code"])))
    shown = rows[:_LISTED]
    return table(
        "skm-instansi",
        f"Instansi dengan IKM terendah ({integer(len(shown))} dari {integer(len(rows))}); layanan "
        "satu per satu pada buku kerja",
        [
            column("agency_name", weight=2.6, of=SERVICE_SATISFACTION),
            *(column(m, k, of=SERVICE_SATISFACTION) for m, k in _SERVICE),
        ],
        [
            [
                text(r.values["agency_name"]),
                *(cell(r, m) for m, _ in _SERVICE),
            ]
            for r in shown
        ],
    )


def _work(context: Context) -> list[Block]:
    missing = absent(context, JOB_SATISFACTION)
    if missing is not None:
        return [missing]
    rows = context.published.mart(JOB_SATISFACTION)
    nation = rows.where(agency_code=None)
    known = [r for r in rows.where(agency_code=...).rows if r.values.get("score") is not None]
    known.sort(key=lambda r: (r.values["score"], str(r.values["agency_code"])))
    lowest = known[:_LISTED]
    cells = [[text(r.values["agency_name"]), *(cell(r, m) for m, _ in _WORK)] for r in lowest]
    cells.append([text(label("report", "national")), *(nation.cell(m) for m, _ in _WORK)])
    before = nation.cell("change").text("decimal1")
    change = "belum ada nilai tahun lalu" if before == "–" else f"perubahan {before} poin"
    return [
        Paragraph(
            f"Kepuasan kerja nasional {nation.cell('score').text('decimal1')} (0–100) dari "
            f"{nation.cell('respondents').text('integer')} responden; {change}. Keandalan "
            f"kuesioner (alfa Cronbach) {nation.cell('cronbach_alpha').text('decimal2')}. Dari "
            "sebagian instansi hanya sebagian responden yang menjawab semua butir, sehingga alfa "
            "dirahasiakan."
        ),
        table(
            "kepuasan-kerja",
            f"Instansi dengan nilai kepuasan kerja terendah ({integer(len(lowest))} dari "
            f"{integer(len(known))}); selengkapnya pada buku kerja",
            [
                column("agency_name", weight=2.6, of=JOB_SATISFACTION),
                *(column(m, k, of=JOB_SATISFACTION) for m, k in _WORK),
            ],
            cells,
            totals=[len(cells) - 1],
        ),
    ]
