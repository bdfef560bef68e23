"""The key figures and the few sentences on top of the report."""

from collections.abc import Callable

from asn_warehouse.disclosure import Status
from asn_warehouse.report import formats, marts
from asn_warehouse.report.context import Context, joined
from asn_warehouse.report.labels import catalogue
from asn_warehouse.report.metrics import metric_label, metric_note
from asn_warehouse.report.model import Cell, KeyFigure
from asn_warehouse.report.sections.agencies import reporting
from asn_warehouse.report.sections.talent import pool_people
from asn_warehouse.report.source import agencies

_GAP = {"family": None, "competency_code": None, "position_level": None}
_LEARNING = {"agency_code": None, "employment_status": None, "position_level": None}
_PLACE = {"agency_code": None, "position_level": None}
_STATUS = {"agency_code": None, "employment_status": None}
_SERVICE = {"agency_code": None, "service_code": None}


def _on_time(context: Context) -> Cell:
    expected = [r for r in context.submissions.rows if r.values["status"] != "not_expected"]
    if not expected:
        return Cell(None, Status.NOT_REPORTED)
    return Cell(sum(r.values["status"] == "on_time" for r in expected) / len(expected))


FIGURES: tuple[tuple[str, str, str, Callable[[Context], Cell]], ...] = (
    ("tepat-waktu", "submission_on_time_share", "share", _on_time),
    ("asn", "people", "integer", lambda c: c.fit.cell("people", **_PLACE)),
    (
        "cakupan",
        "competency_coverage",
        "share",
        lambda c: c.gap_national.cell("coverage", **_GAP),
    ),
    (
        "kesenjangan",
        "competency_gap_mean",
        "decimal2",
        lambda c: c.gap_national.cell("gap_mean", **_GAP),
    ),
    (
        "memenuhi",
        "competency_met_share",
        "share",
        lambda c: c.gap_national.cell("met_share", **_GAP),
    ),
    (
        "jp",
        "learning_reached_20_share",
        "share",
        lambda c: c.learning.cell("reached_20_share", **_LEARNING),
    ),
    (
        "jp-rata",
        "learning_hours_mean",
        "decimal1",
        lambda c: c.learning.cell("hours_mean", **_LEARNING),
    ),
    ("krs", "talent_pool_people", "integer", lambda c: pool_people(c.talent.where(**_PLACE))),
    (
        "ip-asn",
        "ip_asn_mean",
        "decimal1",
        lambda c: c.published.mart(marts.PROFESSIONALISM_INDEX).cell("ip_asn", **_STATUS),
    ),
    (
        "ikm",
        "service_satisfaction_ikm",
        "decimal2",
        lambda c: c.published.mart(marts.SERVICE_SATISFACTION).cell("ikm", **_SERVICE),
    ),
)
"""Id, metric, number format and where the figure stands; the metric says what it is called."""


def key_figures(
    context: Context, previous: Context | None, year_ago: Context | None
) -> tuple[KeyFigure, ...]:
    """Return the key figures, with those of the months to compare with where there are any."""
    return tuple(
        KeyFigure(
            id=id_,
            metric=metric,
            label=metric_label(metric),
            cell=find(context),
            kind=kind,
            note=metric_note(metric) or catalogue()["figure_note"].get(metric, ""),
            previous=find(previous) if previous else None,
            year_ago=find(year_ago) if year_ago else None,
        )
        for id_, metric, kind, find in FIGURES
    )


def _inside(words: str) -> str:
    """Return a label as it stands inside a sentence; an acronym keeps its capitals."""
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def sentences(
    context: Context, figures: tuple[KeyFigure, ...], previous: Context | None
) -> tuple[str, ...]:
    """Return the summary in words."""
    figure = {f.id: f for f in figures}
    count = len(agencies(context.published))
    reported = reporting(context).value
    first = (
        f"Laporan ini menggambarkan {formats.month(context.period)}. Dari "
        f"{formats.number(count, 'integer')} instansi, {formats.number(reported, 'integer')} "
        f"memiliki data pegawai yang dapat dihitung, dengan {figure['asn'].text} ASN."
    )
    second = (
        f"Hasil penilaian kompetensi yang masih berlaku mencakup {figure['cakupan'].text}; "
        f"{figure['memenuhi'].text} di antaranya memenuhi standar jabatan, dengan rata-rata "
        f"kesenjangan {figure['kesenjangan'].text} tingkat."
    )
    floor = context.rule("learning", "pns_hours_floor")
    third = (
        f"{figure['jp'].text} PNS telah mencapai {floor} jam pelajaran sejak awal tahun, dan "
        f"{figure['krs'].text} orang berada pada kelompok rencana suksesi. Perkiraan IP ASN "
        f"{figure['ip-asn'].text} dan indeks kepuasan masyarakat {figure['ikm'].text}."
    )
    return first, second, third, _moved(figures, previous)


def _moved(figures: tuple[KeyFigure, ...], previous: Context | None) -> str:
    """Return which shares changed on the month before, in words."""
    if previous is None:
        return "Ini bulan terbit pertama; belum ada bulan pembanding."
    moved = [
        f"{_inside(f.label)} {f.change}"
        for f in figures
        if f.change not in ("tetap", "tidak dapat dibandingkan") and f.kind == "share"
    ]
    month = formats.month(previous.period)
    if not moved:
        return f"Dibandingkan dengan {month}, angka utama tetap."
    return f"Dibandingkan dengan {month}: {joined(moved)}."
