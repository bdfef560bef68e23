"""Every agency in one table."""

from typing import Any

from asn_warehouse.disclosure import Status
from asn_warehouse.report import marts
from asn_warehouse.report.context import Context, column, counted, text
from asn_warehouse.report.model import Cell, Paragraph, Section, table
from asn_warehouse.report.source import agencies

TABLE_ID = "instansi"


def section(context: Context) -> Section:
    """Return the section with the table of agencies."""
    columns = [
        column("agency_name", weight=3.4, of=marts.POSITION_FIT),
        column("agency_code", weight=0.9, of=marts.POSITION_FIT),
        column("people", "integer", of=marts.POSITION_FIT),
        column("coverage", "share", of=marts.COMPETENCY_GAP_AGENCY),
        column("gap_mean", "decimal2", of=marts.COMPETENCY_GAP_AGENCY),
        column("hours_mean", "decimal1", of=marts.LEARNING_HOURS),
        column("ip_asn", "decimal1", of=marts.PROFESSIONALISM_INDEX),
        column("ikm", "decimal1", of=marts.SERVICE_SATISFACTION),
        column("data_score", "score"),
    ]
    cells = [
        [
            text(name),
            text(code),
            context.fit.cell("people", agency_code=code, position_level=None),
            *_gap(context, code),
            context.learning.cell(
                "hours_mean", agency_code=code, employment_status=None, position_level=None
            ),
            context.published.mart(marts.PROFESSIONALISM_INDEX).cell(
                "ip_asn", agency_code=code, employment_status=None
            ),
            context.published.mart(marts.SERVICE_SATISFACTION).cell(
                "ikm", agency_code=code, service_code=None
            ),
            data_score(context, code),
        ]
        for code, name in agencies(context.published)
    ]
    words = (
        "Semua instansi, menurut abjad. Garis datar berarti tidak dilaporkan: instansi tidak "
        "mengirim data yang diperlukan, atau belum ada hasil yang dapat dihitung. Skor data adalah "
        "rata-rata skor kiriman yang wajib (kelengkapan, kesahihan, ketepatan waktu, konsistensi)."
    )
    found = table(TABLE_ID, "Instansi menurut ukuran utama", columns, cells, is_long=True)
    return Section("per-instansi", "Tabel instansi", (Paragraph(words), found))


def _gap(context: Context, code: str) -> list[Cell]:
    rows = context.gap_agency.where(
        agency_code=code, family=None, competency_code=None, position_level=None
    )
    return [rows.cell("coverage"), rows.cell("gap_mean")]


def data_score(context: Context, code: Any) -> Cell:
    """Return the mean score of the submissions expected from an agency; of ``...`` from all."""
    rows = context.submissions.where(agency_code=code).rows
    scores = [r.values.get("score") for r in rows if r.values.get("status") != "not_expected"]
    known = [float(s) for s in scores if s is not None]
    if not known:
        return Cell(None, Status.NOT_REPORTED)
    return Cell(sum(known) / len(known))


def reporting(context: Context) -> Cell:
    """Return how many agencies have people in the marts of the period."""
    codes = {code for code, _ in agencies(context.published)}
    present = {r.values["agency_code"] for r in context.fit.where(position_level=None).rows}
    return counted(len(codes & present))
