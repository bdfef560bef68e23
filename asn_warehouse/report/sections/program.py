"""Programmes that ended in the last twelve months: delivery, reaction, learning."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from asn_warehouse.disclosure import Status
from asn_warehouse.report import charts
from asn_warehouse.report.blocks import charted
from asn_warehouse.report.context import Context, column, counted, drawn, integer, short_name, text
from asn_warehouse.report.formats import number
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import PROGRAM_COMPARISON, PROGRAM_EFFECTIVENESS
from asn_warehouse.report.model import Block, Cell, Paragraph, Section, Table, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.sections import forms
from asn_warehouse.report.source import cell

EVIDENCE = ("strong", "moderate", "weak", "none")
_DRAWN = 12
"""Programmes with an interval, drawn and listed first."""
_LISTED = 18
_MEASURES = (
    ("participants", "integer"),
    ("completion_rate", "share"),
    ("reaction_mean", "decimal2"),
    ("pre_mean", "decimal1"),
    ("post_mean", "decimal1"),
    ("gain_mean", "decimal1"),
)


def section(context: Context) -> Section:
    """Return the section on programmes."""
    rows = ranked(context.programs.where(agency_code=None).rows)
    if not rows:
        words = "Tidak ada program yang berakhir dalam dua belas bulan terakhir."
        return Section("program", "Efektivitas program", (Paragraph(words),))
    blocks: list[Block] = [Paragraph(_words(context, rows)), _evidence(rows)]
    shown = [r for r in rows if r.values.get("evidence") in ("strong", "moderate")]
    shown = [r for r in shown if drawn(cell(r, "gain_ci_low")) is not None][:_DRAWN]
    others = [r for r in rows if r not in shown][: _LISTED - len(shown)]
    listed = listing(
        context, ranked([*shown, *others]), "program-daftar", _caption(len(rows)), is_long=True
    )
    blocks += _gains(context, shown, listed) if shown else [listed]
    blocks += [
        *_effects(context, rows),
        *forms.blocks(context),
    ]
    return Section("program", "Efektivitas program", tuple(blocks))


def _caption(found: int) -> str:
    if found <= _LISTED:
        return "Program yang berakhir dalam dua belas bulan terakhir"
    return (
        f"{integer(_LISTED)} dari {integer(found)} program, diurutkan menurut bukti lalu banyaknya "
        "peserta; selengkapnya pada buku kerja"
    )


def ranked(rows: Iterable[ProtectedRow]) -> list[ProtectedRow]:
    """Return programme runs in the order of the report."""
    return sorted(rows, key=_order)


def _order(row: ProtectedRow) -> tuple[Any, ...]:
    """By evidence, then size: programmes are not ranked on differences that may be chance."""
    values = row.values
    evidence = EVIDENCE.index(values["evidence"]) if values.get("evidence") in EVIDENCE else 9
    people = values.get("participants") or 0
    keys = (values["program_agency_code"], values["program_code"], values["run"])
    return (evidence, -people, *map(str, keys))


def _words(context: Context, rows: list[ProtectedRow]) -> str:
    ended = f"{integer(len(rows))} angkatan program berakhir dalam dua belas bulan terakhir."
    with_gain = [r for r in rows if drawn(cell(r, "gain_pct")) is not None]
    if not with_gain or context.gain_target is None:
        return f"{ended} Belum ada yang memiliki cukup nilai tes awal dan tes akhir."
    met = sum(1 for r in with_gain if r.values.get("target_met"))
    return (
        f"{ended} {integer(len(with_gain))} di antaranya memiliki cukup nilai tes awal dan tes "
        f"akhir; {integer(met)} mencapai sasaran kenaikan "
        f"{number(context.gain_target, 'share')} terhadap tes awal. Bukti disebut sedang bila "
        f"paling sedikit {context.rule('program', 'evidence_moderate_n')} peserta bernilai lengkap "
        f"dan selang kepercayaan {context.rule('program', 'confidence_level', 'share')} seluruhnya "
        "di atas nol; tanpa kelompok pembanding bukti tidak pernah disebut kuat. Di bawah "
        f"{context.rule('program', 'evidence_minimum_n')} peserta tidak ada statistik yang "
        "ditampilkan."
    )


def _effects(context: Context, rows: list[ProtectedRow]) -> list[Block]:
    """Return the effect on performance of the programmes that have one, or that there is none."""
    found = [r for r in rows if drawn(cell(r, "performance_effect")) is not None][:_LISTED]
    if not found:
        return [
            Paragraph(
                "Efek terhadap nilai kinerja, dibandingkan dengan pegawai sepadan yang tidak ikut, "
                "belum dapat ditampilkan untuk satu angkatan pun: penilaian kinerja paling sedikit "
                f"{context.rule('program', 'after_months')} bulan sesudah program belum ada, atau "
                "pesertanya terlalu sedikit."
            )
        ]
    measures = (
        ("matched_participants", "integer"),
        ("comparison_people", "integer"),
        ("performance_effect", "decimal2"),
        ("performance_effect_ci_low", "decimal2"),
        ("performance_effect_ci_high", "decimal2"),
        ("max_standardised_difference", "decimal2"),
    )
    return [
        table(
            "efek-kinerja",
            "Efek program terhadap nilai kinerja, dibandingkan dengan pegawai sepadan",
            [
                column("program", weight=3),
                *(column(m, k, of=PROGRAM_EFFECTIVENESS) for m, k in measures),
                column("evidence", of=PROGRAM_EFFECTIVENESS),
            ],
            [
                [
                    text(_name(context, r)),
                    *(cell(r, m) for m, _ in measures),
                    text(label("evidence", r.values.get("evidence"))),
                ]
                for r in found
            ],
        )
    ]


def _evidence(rows: list[ProtectedRow]) -> Table:
    found = Counter(str(r.values.get("evidence")) for r in rows)
    cells = [[text(label("evidence", e)), counted(found[e])] for e in EVIDENCE if e != "strong"]
    if found["strong"]:
        cells.insert(0, [text(label("evidence", "strong")), counted(found["strong"])])
    return table(
        "bukti",
        "Banyaknya angkatan program menurut kekuatan bukti",
        [
            column("evidence", weight=2, of=PROGRAM_EFFECTIVENESS),
            column("runs", "integer", of=PROGRAM_COMPARISON),
        ],
        cells,
        is_narrow=True,
    )


def _name(context: Context, row: ProtectedRow) -> str:
    name = str(row.values.get("program_name") or row.values["program_code"])
    return f"{name} ({row.values['run']})"


def _organiser(context: Context, row: ProtectedRow) -> str:
    """Return the short name of the agency that holds the programme, or its code."""
    code = row.values["program_agency_code"]
    name = context.submissions.cell("agency_name", agency_code=code).value
    return short_name(str(name or code))


def _gains(context: Context, rows: list[ProtectedRow], listed: Table) -> list[Block]:
    points = [
        charts.Point(
            f"{_name(context, row)}, {_organiser(context, row)}",
            drawn(cell(row, "gain_mean")),
            cell(row, "gain_mean").text("decimal1"),
            low=drawn(cell(row, "gain_ci_low")),
            high=drawn(cell(row, "gain_ci_high")),
        )
        for row in rows
    ]
    return charted(
        "grafik-kenaikan",
        "Kenaikan nilai tes, dengan selang kepercayaan 95%",
        "Titik: rata-rata kenaikan nilai tes dalam poin; garis tebal: selang kepercayaan 95%; "
        "program dengan bukti paling sedikit sedang dan peserta terbanyak.",
        points,
        partial(charts.intervals, axis="Kenaikan nilai tes (poin, skala 0–100)"),
        listed,
    )


def listing(
    context: Context, rows: list[ProtectedRow], id_: str, caption: str, *, is_long: bool
) -> Table:
    """Return a table of programme runs with what they gave and what they cost."""
    columns = [
        column("program", weight=3.2),
        column("organiser", weight=2.2),
        *(column(name, kind, of=PROGRAM_EFFECTIVENESS) for name, kind in _MEASURES),
        column("gain_interval", weight=1.7),
        column("gain_pct", "share", of=PROGRAM_EFFECTIVENESS),
        column("evidence", of=PROGRAM_EFFECTIVENESS),
        column("cost_per_gain_point", "money", 1.3, of=PROGRAM_EFFECTIVENESS),
    ]
    cells = [
        [
            text(_name(context, row)),
            text(_organiser(context, row)),
            *(cell(row, name) for name, _ in _MEASURES),
            _interval(row),
            cell(row, "gain_pct"),
            text(label("evidence", row.values.get("evidence"))),
            cell(row, "cost_per_gain_point"),
        ]
        for row in rows
    ]
    return table(id_, caption, columns, cells, is_long=is_long)


def _interval(row: ProtectedRow) -> Cell:
    low, high = cell(row, "gain_ci_low"), cell(row, "gain_ci_high")
    if low.status is not Status.SHOWN or high.status is not Status.SHOWN:
        return Cell(None, low.status)
    return Cell(f"{low.text('decimal1')} … {high.text('decimal1')}")
