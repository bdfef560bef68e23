"""Forms of learning side by side: what each gives, at what cost, and what stood in its way."""

from collections.abc import Sequence
from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import Context, column, drawn, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import FORM_GROUPS, PROGRAM_COMPARISON
from asn_warehouse.report.model import Block, Cell, Column, Paragraph, Table, table
from asn_warehouse.report.source import Rows

_COSTS = (("cost_per_participant", "money"), ("cost_per_gain_point", "money"))
_MEASURES = (
    ("runs", "integer"),
    ("participants", "integer"),
    ("completion_rate", "share"),
    ("reaction_mean", "decimal2"),
    ("gain_mean", "decimal1"),
    ("gain_ci_low", "decimal1"),
    ("gain_ci_high", "decimal1"),
    *_COSTS,
)


def blocks(context: Context) -> Sequence[Block]:
    """Return the forms of learning compared by effect and by cost, for the nation."""
    missing = absent(context, PROGRAM_COMPARISON, "form_group")
    if missing is not None:
        return (missing,)
    rows = context.published.mart(PROGRAM_COMPARISON).where(agency_code=None)
    found = {label("form_group", f): rows.where(form_group=f) for f in FORM_GROUPS}
    present = {name: form for name, form in found.items() if form.rows}
    return (
        Paragraph(
            "Bentuk pembelajaran dibandingkan menurut efek dan biaya atas angkatan yang berakhir "
            f"dalam {context.rule('program', 'window_months')} bulan terakhir. Peserta tiap bentuk "
            "tidak diacak; bentuk yang dipilih untuk kebutuhan yang lebih berat dapat tampak "
            "kurang berhasil."
        ),
        *_gains(
            present,
            compared(context, rows, "bentuk-banding", "Bentuk pembelajaran dibandingkan, nasional"),
        ),
        *_costs(present),
    )


def compared(context: Context, rows: Rows, id_: str, caption: str) -> Table:
    """Return a table of the forms of learning in ``rows`` of one agency or the nation."""
    present = [f for f in FORM_GROUPS if rows.where(form_group=f).rows]
    named = [(label("form_group", f), rows.where(form_group=f)) for f in present]
    named.append((label("report", "all"), rows.where(form_group=None)))
    columns: list[Column] = [
        column("form_group", weight=1.9, of=PROGRAM_COMPARISON),
        *(column(m, k, of=PROGRAM_COMPARISON) for m, k in _MEASURES),
        column("obstacle", weight=1.3, of=PROGRAM_COMPARISON),
    ]
    cells = [
        [text(name), *(form.cell(m) for m, _ in _MEASURES), _obstacle(context, form)]
        for name, form in named
    ]
    return table(id_, caption, columns, cells, totals=[len(cells) - 1])


def _obstacle(context: Context, form: Rows) -> Cell:
    code = form.cell("obstacle").value
    return text(context.codes.of("obstacle", code)) if code else form.cell("obstacle")


def _gains(present: dict[str, Rows], found: Table) -> list[Block]:
    points = [
        charts.Point(
            name,
            drawn(form.cell("gain_mean")),
            form.cell("gain_mean").text("decimal1"),
            low=drawn(form.cell("gain_ci_low")),
            high=drawn(form.cell("gain_ci_high")),
        )
        for name, form in present.items()
    ]
    known = [p for p in points if p.low is not None and p.value is not None]
    return charted(
        "grafik-bentuk-efek",
        "Kenaikan nilai tes menurut bentuk pembelajaran, dengan selang kepercayaan",
        "Titik: rata-rata kenaikan nilai tes; garis tebal: selang kepercayaan.",
        known,
        partial(charts.intervals, axis="Kenaikan nilai tes (poin, skala 0–100)"),
        found,
    )


def _costs(present: dict[str, Rows]) -> list[Block]:
    cells = {name: form.cell("cost_per_gain_point") for name, form in present.items()}
    return charted(
        "grafik-bentuk-biaya",
        "Biaya setiap poin kenaikan menurut bentuk pembelajaran",
        "Batang mendatar: biaya per peserta dibagi rata-rata kenaikan, dalam rupiah.",
        [charts.Point(name, drawn(found), found.text("money")) for name, found in cells.items()],
        partial(charts.bars, axis="Rupiah untuk satu poin kenaikan", room=0.25),
        table(
            "bentuk-biaya",
            "Biaya menurut bentuk pembelajaran",
            [
                column("form_group", weight=1.8, of=PROGRAM_COMPARISON),
                *(column(m, k, of=PROGRAM_COMPARISON) for m, k in _COSTS),
            ],
            [[text(name), *(form.cell(m) for m, _ in _COSTS)] for name, form in present.items()],
            is_narrow=True,
        ),
    )
