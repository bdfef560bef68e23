"""One city on its own: Kota Kendari."""

from asn_warehouse.report import marts
from asn_warehouse.report.context import FAMILIES, Context, column, text
from asn_warehouse.report.labels import heading, label
from asn_warehouse.report.model import Block, Cell, Paragraph, Section, table
from asn_warehouse.report.sections.agencies import data_score
from asn_warehouse.report.sections.gap import measure_columns, measures
from asn_warehouse.report.sections.program import listing, ranked
from asn_warehouse.report.sections.talent import pool_people
from asn_warehouse.report.source import agencies

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
        *_programs(context, code, name),
    ]
    return Section("kota-kendari", "Kota Kendari", tuple(blocks))


def _figures(context: Context, code: str, name: str) -> Block:
    """Return the city beside the nation; each row has a number format of its own."""
    total = {"employment_status": None, "position_level": None}
    gap = {"family": None, "competency_code": None, "position_level": None}
    learning, fit = context.learning, context.fit
    national = label("report", "national")
    rows: list[tuple[str, Cell, Cell, str]] = [
        (
            heading("people", marts.POSITION_FIT.name),
            fit.cell("people", agency_code=code, position_level=None),
            fit.cell("people", agency_code=None, position_level=None),
            "integer",
        ),
        *(
            (
                heading(name_, marts.COMPETENCY_GAP_AGENCY.name),
                context.gap_agency.cell(name_, agency_code=code, **gap),
                context.gap_national.cell(name_, **gap),
                kind,
            )
            for name_, kind in (
                ("coverage", "share"),
                ("gap_mean", "decimal2"),
                ("met_share", "share"),
            )
        ),
        (
            heading("jpm_mean_mapping", marts.POSITION_FIT.name),
            fit.cell("jpm_mean_mapping", agency_code=code, position_level=None),
            fit.cell("jpm_mean_mapping", agency_code=None, position_level=None),
            "decimal1",
        ),
        *(
            (
                heading(name_, marts.LEARNING_HOURS.name),
                learning.cell(name_, agency_code=code, **total),
                learning.cell(name_, agency_code=None, **total),
                kind,
            )
            for name_, kind in (
                ("hours_mean", "decimal1"),
                ("reached_20_share", "share"),
                ("mentoring_coaching", "decimal1"),
            )
        ),
        (
            "Kelompok rencana suksesi (kotak 7–9)",
            pool_people(context.talent.where(agency_code=code, position_level=None)),
            pool_people(context.talent.where(agency_code=None, position_level=None)),
            "integer",
        ),
        (heading("data_score"), data_score(context, code), Cell(None), "score"),
    ]
    return table(
        "kendari",
        f"{name} dan nasional",
        [
            column("indicator", weight=2, of=marts.KPI_SCORECARD),
            column("value", "printed", title=name),
            column("national", "printed", title=national),
        ],
        [[text(words), Cell(a.text(k)), Cell(b.text(k))] for words, a, b, k in rows],
        is_narrow=True,
    )


def _families(context: Context, code: str, name: str) -> Block:
    rows = context.gap_agency.where(agency_code=code, competency_code=None, position_level=None)
    present = [f for f in FAMILIES if rows.where(family=f).rows]
    return table(
        "kendari-rumpun",
        f"Kesenjangan kompetensi {name} menurut rumpun",
        [column("family", weight=1.6, of=marts.COMPETENCY_GAP_AGENCY), *measure_columns()],
        [[text(label("family", f)), *measures(rows.where(family=f).first())] for f in present],
    )


def _programs(context: Context, code: str, name: str) -> list[Block]:
    """Return the programmes in which people of the city took part, with result and cost."""
    rows = ranked(context.programs.where(agency_code=code).rows)
    if context.published.edition.is_left_out(
        marts.PROGRAM_EFFECTIVENESS.name, *marts.PROGRAM_EFFECTIVENESS.rule.keys
    ):
        return [
            Paragraph(
                "Program menurut instansi tidak dimuat: dari satu instansi kebanyakan angkatan "
                f"diikuti kurang dari {context.threshold} orang, sehingga angkanya dirahasiakan."
            )
        ]
    if not rows:
        return [Paragraph(f"Tidak ada program dengan peserta dari {name} dalam dua belas bulan.")]
    caption = f"Program dengan peserta dari {name}: hasil, kepuasan, dan biaya"
    return [listing(context, rows[:_PROGRAMS], "kendari-program", caption, is_long=False)]
