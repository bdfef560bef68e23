"""Hours of learning, programmes and their results, mentoring, feedback, and what others offer."""

from asn_warehouse.disclosure import Status
from asn_warehouse.report import marts
from asn_warehouse.report.agency import figures, needs
from asn_warehouse.report.agency.figures import of
from asn_warehouse.report.agency.parts import Block, Comparison, Topic
from asn_warehouse.report.agency.view import View, charted, has_any
from asn_warehouse.report.context import column, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.model import Cell, Paragraph, Table, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import cell

_HOURS = (
    ("hours_mean", "decimal1"),
    ("hours_median", "decimal1"),
    ("reached_20_share", "share"),
    ("over_24_share", "share"),
    ("no_learning_share", "share"),
)
_LEVEL = (
    ("people", "integer"),
    ("hours_mean", "decimal1"),
    ("hours_median", "decimal1"),
    ("reached_20_share", "share"),
    ("no_learning_share", "share"),
)
_RESULTS = (
    ("runs", "integer"),
    ("participants", "integer"),
    ("completion_rate", "share"),
    ("reaction_mean", "decimal2"),
    ("gain_mean", "decimal1"),
)
_OFFERS, _NEEDS = 6, 8


def topic(view: View) -> Topic:
    """Return the part on learning."""
    hours = view.measures(of(marts.LEARNING_HOURS, n, k, **figures.ALL_STATUSES) for n, k in _HOURS)
    floor = view.context.rule("learning", "pns_hours_floor")
    ceiling = view.context.rule("learning", "pppk_hours_ceiling")
    blocks: list[Block] = [
        Paragraph(
            f"Jam pelajaran (JP) dihitung sejak 1 Januari {view.period.year} sampai akhir bulan "
            f"laporan. PNS wajib paling sedikit {floor} JP setahun; bagi PPPK {ceiling} JP adalah "
            "batas atas."
        ),
        Comparison("jp", label("agency_report", "compared"), hours),
        *_forms(view),
        *_levels(view),
        *_programs(view),
        _mentoring(view),
        _feedback(view),
    ]
    title = "Pembelajaran dan program"
    return Topic("pembelajaran", title, tuple(blocks), starts_page=False)


def wanted(view: View) -> Topic:
    """Return the part on what to learn next, and programmes worth taking over."""
    blocks = (*_needs(view), *_offered(view))
    more = (_offer_table(view, needs.offers(view), "tukar-semua"),)
    title = "Kebutuhan dan program yang dapat diambil"
    return Topic("kebutuhan-pelatihan", title, blocks, more, starts_page=False)


def _forms(view: View) -> list[Block]:
    measures = view.measures(
        of(
            marts.LEARNING_HOURS,
            group,
            "share",
            over="hours_total",
            words=label("form_group", group),
            **figures.ALL_STATUSES,
        )
        for group in marts.FORM_GROUPS
    )
    return charted("bentuk", "Bagian JP menurut bentuk pembelajaran", measures)


def _levels(view: View) -> list[Block]:
    rows = view.rows(marts.LEARNING_HOURS).where(employment_status=None, position_level=...)
    levels = view.context.levels(rows)
    found = [(lvl, rows.where(position_level=lvl).first()) for lvl in levels]
    lines = [(lvl, [cell(row, n) for n, _ in _LEVEL]) for lvl, row in found]
    shown = [(lvl, cells) for lvl, cells in lines if has_any(cells)]
    if not shown:
        return []
    first = column("position_level", weight=2.2, of=marts.LEARNING_HOURS)
    columns = [first, *(column(n, k, of=marts.LEARNING_HOURS) for n, k in _LEVEL)]
    cells = [[text(view.context.level(lvl)), *found] for lvl, found in shown]
    blocks: list[Block] = [table("jp-jenjang", "Jam pelajaran menurut jenjang", columns, cells)]
    if len(shown) < len(lines):
        blocks.append(Paragraph(label("agency_report", "levels_hidden"), is_note=True))
    return blocks


def _programs(view: View) -> list[Block]:
    rows = view.rows(marts.PROGRAM_COMPARISON)
    order = (*marts.FORM_GROUPS, None)
    found = [(g, row) for g in order if (row := rows.where(form_group=g).first()) is not None]
    if not found:
        return [
            Paragraph(
                "Tidak ada program dengan peserta dari instansi ini yang berakhir dalam dua belas "
                "bulan terakhir, atau datanya tidak dikirim."
            )
        ]
    of_mart = marts.PROGRAM_COMPARISON
    columns = [
        column("form_group", weight=2, of=of_mart),
        column("obstacle", weight=1.5, of=of_mart),
        column("gain_interval", weight=1.5),
        *(column(n, k, of=of_mart) for n, k in _RESULTS),
        column("cost_per_gain_point", "money", 1.3, of=of_mart),
    ]
    cells = [
        [
            text(label("form_group", g) if g else label("report", "all")),
            _coded(view, row, "obstacle"),
            _interval(row),
            *(cell(row, n) for n, _ in _RESULTS),
            cell(row, "cost_per_gain_point"),
        ]
        for g, row in found
    ]
    caption = "Program dua belas bulan terakhir menurut bentuk: hasil, biaya, kendala"
    totals = [i for i, (g, _) in enumerate(found) if g is None]
    blocks: list[Block] = [table("program", caption, columns, cells, totals=totals)]
    if view.is_left_out(marts.PROGRAM_EFFECTIVENESS, *marts.PROGRAM_EFFECTIVENESS.rule.keys):
        words = label("agency_report", "runs_left_out").format(threshold=view.context.threshold)
        blocks.append(Paragraph(words, is_note=True))
    return blocks


def _coded(view: View, row: ProtectedRow, name: str) -> Cell:
    """Return a code in words; hidden or not reported as the cell is."""
    found = cell(row, name)
    return Cell(view.context.codes.of(name, found.value)) if found.value else found


def _interval(row: ProtectedRow) -> Cell:
    low, high = cell(row, "gain_ci_low"), cell(row, "gain_ci_high")
    if low.status is not Status.SHOWN or high.status is not Status.SHOWN:
        return Cell(None, low.status)
    return Cell(f"{low.text('decimal1')} … {high.text('decimal1')}")


def _mentoring(view: View) -> Comparison:
    group = "mentoring_coaching"
    share = of(
        marts.LEARNING_HOURS,
        group,
        "share",
        over="hours_total",
        words=label("agency_figure", "mentoring_share"),
        **figures.ALL_STATUSES,
    )
    result = [of(marts.PROGRAM_COMPARISON, name, kind, form_group=group) for name, kind in _RESULTS]
    return Comparison("mentoring", "Mentoring dan coaching", view.measures((share, *result)))


def _feedback(view: View) -> Comparison:
    found = (
        of(marts.PROGRAM_COMPARISON, "reaction_n", "integer", form_group=None),
        of(marts.PROGRAM_COMPARISON, "reaction_mean", "decimal2", form_group=None),
        of(
            marts.SERVICE_SATISFACTION,
            "respondents",
            "integer",
            words=label("agency_figure", "service_respondents"),
            service_code=None,
        ),
        figures.IKM,
        figures.JOB_SATISFACTION,
    )
    return Comparison(
        "umpan-balik", "Umpan balik peserta, masyarakat, dan pegawai", view.measures(found)
    )


def _needs(view: View) -> list[Block]:
    found = needs.needs(view)[:_NEEDS]
    if not found:
        return [Paragraph("Kebutuhan pelatihan instansi ini belum dapat dihitung atau dimuat.")]
    columns = [
        column("competency", weight=3),
        column("recommended_form", weight=2.2, of=marts.TRAINING_NEED),
        column("need_rank", "integer", of=marts.PROGRAM_EXCHANGE),
        column("people_with_gap", "integer", 1.2, of=marts.PROGRAM_EXCHANGE),
        column("gap_mean", "decimal2", 1.2, of=marts.COMPETENCY_GAP_AGENCY),
    ]
    cells = [
        [
            text(f"{n.code} {n.name}"),
            text(n.form or None),
            Cell(n.rank),
            n.people,
            n.gap,
        ]
        for n in found
    ]
    words = label("agency_report", "needs")
    if view.is_left_out(marts.TRAINING_NEED, "agency_code", "competency_code"):
        words = f"{words} {label('agency_report', 'needs_left_out')}"
    return [
        Paragraph(words),
        table("kebutuhan", "Kebutuhan pelatihan terbesar", columns, cells),
    ]


def _offered(view: View) -> list[Block]:
    found = needs.offers(view)
    if not found:
        return [Paragraph(label("agency_report", "no_offers"))]
    return [
        Paragraph(label("agency_report", "offers")),
        _offer_table(view, found[:_OFFERS], "tukar"),
    ]


def _offer_table(view: View, found: list[ProtectedRow], id_: str) -> Table:
    of_mart = marts.PROGRAM_EXCHANGE
    columns = [
        column("competency", weight=1.9),
        column("program", weight=2.6),
        column("program_agency_name", weight=2, title=label("agency_report", "owner")),
        column("learning_form", weight=1.5, of=of_mart),
        column("evidence", of=of_mart),
        column("gain_mean", "decimal1", 1.1, of=of_mart),
        column("cost_per_participant", "money", 1.3, of=of_mart),
        column("people_it_would_serve", "integer", 1.1, of=of_mart),
    ]
    cells = [
        [
            text(f"{r.values['competency_code']} {r.values['competency_name']}"),
            text(r.values.get("program_name") or r.values["program_code"]),
            text(r.values.get("program_agency_name") or r.values["program_agency_code"]),
            _coded(view, r, "learning_form"),
            text(label("evidence", r.values.get("evidence"))),
            cell(r, "gain_mean"),
            cell(r, "cost_per_participant"),
            cell(r, "people_it_would_serve"),
        ]
        for r in found
    ]
    return table(id_, "Program instansi lain yang layak diambil", columns, cells)
