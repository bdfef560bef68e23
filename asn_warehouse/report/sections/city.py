"""One city on its own: Kota Kendari."""

from functools import partial

from asn_warehouse.report import charts, marts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import FAMILIES, Context, column, drawn, text
from asn_warehouse.report.labels import heading, label
from asn_warehouse.report.model import Block, Cell, Paragraph, Section, table
from asn_warehouse.report.sections import forms
from asn_warehouse.report.sections.agencies import data_score
from asn_warehouse.report.sections.gap import measure_columns, measures
from asn_warehouse.report.sections.program import listing, ranked
from asn_warehouse.report.sections.satisfaction import elements
from asn_warehouse.report.sections.talent import pool_people
from asn_warehouse.report.source import Rows, agencies

_CITY = "kota kendari"
_PROGRAMS = 10


def section(context: Context) -> Section | None:
    """Return the section on Kota Kendari, or None where it is not among the agencies."""
    found = [(code, name) for code, name in agencies(context.published) if _CITY in name.lower()]
    if not found:
        return None
    code, name = found[0]
    blocks: list[Block] = [
        Paragraph(f"{name} dibandingkan dengan angka nasional pada bulan yang sama."),
        _figures(context, code, name),
        _families(context, code, name),
        *_fields(context, code, name),
        *_programs(context, code, name),
        *_feedback(context, code, name),
    ]
    return Section("kota-kendari", "Kota Kendari", tuple(blocks))


_Figure = tuple[str, Cell, Cell, str]
"""What it is called, of the city, of the nation, and its number format."""


def _figures(context: Context, code: str, name: str) -> Block:
    """Return the city beside the nation; each row has a number format of its own."""
    talent = context.talent
    mine, national = (
        pool_people(talent.where(agency_code=c, position_level=None)) for c in (code, None)
    )
    rows: list[_Figure] = [
        *_beside(context.fit, code, ("people", "integer")),
        *_gaps(context, code),
        *_beside(context.fit, code, ("jpm_mean_mapping", "decimal1")),
        *_beside(
            context.learning,
            code,
            ("hours_mean", "decimal1"),
            ("reached_20_share", "share"),
            ("mentoring_coaching", "integer"),
        ),
        ("Kelompok rencana suksesi (kotak 7–9)", mine, national, "integer"),
        *_indices(context, code),
        (heading("data_score"), data_score(context, code), data_score(context, ...), "score"),
    ]
    return table(
        "kendari",
        f"{name} dan nasional",
        [
            column("indicator", weight=2, of=marts.KPI_SCORECARD),
            column("value", "printed", title=name),
            column("national", "printed", title=label("report", "national")),
        ],
        [[text(words), Cell(a.text(k)), Cell(b.text(k))] for words, a, b, k in rows],
        is_narrow=True,
    )


def _beside(rows: Rows, code: str, *measures: tuple[str, str]) -> list[_Figure]:
    """Return measures of a mart in the rows that are totals but for the agency."""
    keys = dict.fromkeys(key for key in rows.mart.rule.keys if key != "agency_code")
    city, nation = (rows.where(agency_code=c, **keys) for c in (code, None))
    return [
        (heading(name, rows.mart.name), city.cell(name), nation.cell(name), kind)
        for name, kind in measures
    ]


def _gaps(context: Context, code: str) -> list[_Figure]:
    total = {"family": None, "competency_code": None, "position_level": None}
    city = context.gap_agency.where(agency_code=code, **total)
    nation = context.gap_national.where(**total)
    return [
        (heading(name, marts.COMPETENCY_GAP_AGENCY.name), city.cell(name), nation.cell(name), kind)
        for name, kind in (("coverage", "share"), ("gap_mean", "decimal2"), ("met_share", "share"))
    ]


def _indices(context: Context, code: str) -> list[_Figure]:
    """Return the indices of the city and the nation."""
    wanted = (
        (marts.PROFESSIONALISM_INDEX, "ip_asn", "decimal1"),
        (marts.SERVICE_SATISFACTION, "ikm", "decimal2"),
        (marts.JOB_SATISFACTION, "score", "decimal1"),
        (marts.PROGRAM_COMPARISON, "reaction_mean", "decimal2"),
    )
    return [
        figure
        for mart, name, kind in wanted
        for figure in _beside(context.published.mart(mart), code, (name, kind))
    ]


def _families(context: Context, code: str, name: str) -> Block:
    rows = context.gap_agency.where(agency_code=code, competency_code=None, position_level=None)
    present = [f for f in FAMILIES if rows.where(family=f).rows]
    return table(
        "kendari-rumpun",
        f"Kesenjangan kompetensi {name} menurut rumpun",
        [column("family", weight=1.6, of=marts.COMPETENCY_GAP_AGENCY), *measure_columns()],
        [[text(label("family", f)), *measures(rows.where(family=f).first())] for f in present],
    )


def _fields(context: Context, code: str, name: str) -> list[Block]:
    """Return the gaps of the city by field of work, beside those of the nation."""
    missing = absent(context, marts.COMPETENCY_GAP_FIELD, "agency_code", "job_family")
    if missing is not None:
        return [missing]
    rows = context.published.mart(marts.COMPETENCY_GAP_FIELD)
    city, nation = (rows.where(agency_code=c, family=None) for c in (code, None))
    fields = context.fields(city)
    gaps = {f: city.cell("gap_mean", job_family=f) for f in fields}
    points = [charts.Point(context.field(f), drawn(g), g.text("decimal2")) for f, g in gaps.items()]
    return charted(
        "grafik-kendari-bidang",
        f"Rata-rata kesenjangan {name} menurut rumpun jabatan",
        "Batang mendatar: rata-rata kesenjangan dalam tingkat untuk setiap rumpun jabatan.",
        points,
        partial(charts.bars, axis="Rata-rata kesenjangan (tingkat)"),
        table(
            "kendari-bidang",
            f"Kesenjangan {name} menurut rumpun jabatan, semua kompetensi",
            [
                column("job_family", weight=2, of=marts.COMPETENCY_GAP_FIELD),
                *measure_columns(),
                column("national", "decimal2", title=label("report", "national")),
            ],
            [
                [
                    text(context.field(f)),
                    *measures(city.where(job_family=f).first()),
                    nation.cell("gap_mean", job_family=f),
                ]
                for f in fields
            ],
        ),
    )


def _programs(context: Context, code: str, name: str) -> list[Block]:
    """Return the programmes of the city and the forms of learning its people took part in."""
    rows = ranked(context.programs.where(agency_code=None, program_agency_code=code).rows)
    caption = f"Program yang diselenggarakan {name} (semua peserta): hasil, kepuasan, dan biaya"
    blocks: list[Block] = (
        [listing(context, rows[:_PROGRAMS], "kendari-program", caption, is_long=False)]
        if rows
        else [Paragraph(f"Tidak ada program yang diselenggarakan {name} dalam dua belas bulan.")]
    )
    compared = absent(context, marts.PROGRAM_COMPARISON, "agency_code", "form_group")
    if compared is not None:
        return [*blocks, compared]
    mine = context.published.mart(marts.PROGRAM_COMPARISON).where(agency_code=code)
    words = f"Bentuk pembelajaran yang diikuti pegawai {name}, termasuk mentoring dan coaching"
    return [*blocks, forms.compared(context, mine, "kendari-bentuk", words)]


def _feedback(context: Context, code: str, name: str) -> list[Block]:
    """Return what participants, the public and employees of the city say."""
    found: list[Block] = []
    service = context.published.mart(marts.SERVICE_SATISFACTION)
    services = service.where(agency_code=code, service_code=...)
    if services.rows:
        measured = (("respondents", "integer"), ("ikm", "decimal2"), ("grade", "text"))
        whole = service.where(agency_code=code, service_code=None)
        lines = [
            (
                str(r.values.get("service_name") or r.values["service_code"]),
                r.values["service_code"],
            )
            for r in services.rows
        ]
        found += elements(context, whole, "kendari-unsur", name)
        found.append(
            table(
                "kendari-layanan",
                f"Kepuasan masyarakat menurut layanan, {name}",
                [
                    column("service_name", weight=3, of=marts.SERVICE_SATISFACTION),
                    *(column(m, k, of=marts.SERVICE_SATISFACTION) for m, k in measured),
                ],
                [
                    [text(line), *(services.cell(m, service_code=key) for m, _ in measured)]
                    for line, key in lines
                ],
                is_narrow=True,
            )
        )
    else:
        found.append(Paragraph(f"Survei kepuasan masyarakat {name} tidak dilaporkan."))
    return found
