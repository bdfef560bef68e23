"""Indices, satisfaction, targets, and the people that the agency needs."""

from asn_warehouse.disclosure import Status
from asn_warehouse.report import formats, marts
from asn_warehouse.report.agency import figures
from asn_warehouse.report.agency.figures import of
from asn_warehouse.report.agency.parts import Block, Comparison, Topic
from asn_warehouse.report.agency.view import View
from asn_warehouse.report.context import column, joined, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.model import Cell, Paragraph, Table, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import cell

_IP = ("ip_asn", "qualification", "competency", "performance", "discipline")
_PLAN = (
    "needed",
    "filled",
    "vacant",
    "surplus",
    "retiring_12_months",
    "retiring_24_months",
    "retiring_60_months",
    "net_need_12_months",
)
_HIRING = (
    ("applicants", "integer"),
    ("hired", "integer"),
    ("hired_share", "share"),
    ("basic_mean_hired", "decimal1"),
    ("technical_mean_hired", "decimal1"),
    ("hired_below_standard_share", "share"),
)
INDICATORS = ("test_score", "performance", "job_satisfaction", "service_satisfaction")
_SERVICES = 8


def topic(view: View) -> Topic:
    """Return the part on indices, satisfaction and targets."""
    ip = (of(marts.PROFESSIONALISM_INDEX, n, "decimal1", employment_status=None) for n in _IP)
    blocks: list[Block] = [
        Comparison(
            "indeks",
            "Indeks dan kepuasan",
            view.measures((*ip, figures.IKM, figures.JOB_SATISFACTION)),
        ),
        Paragraph(label("agency_report", "ip_note"), is_note=True),
        *_services(view),
        _targets(view),
    ]
    more = (_service_table(view, _service_rows(view), "layanan-semua"),)
    return Topic("layanan", "Indeks, layanan, dan sasaran", tuple(blocks), more, starts_page=False)


def plan(view: View) -> Topic:
    """Return the part on the people that the agency needs and hires."""
    share = of(
        marts.WORKFORCE_PLAN,
        "retiring_12_months",
        "share",
        over="filled",
        words=label("agency_figure", "retiring_share"),
        position_level=None,
        job_family=None,
    )
    vacant = of(
        marts.WORKFORCE_PLAN,
        "vacant",
        "share",
        over="needed",
        words=label("agency_figure", "vacant_share"),
        position_level=None,
        job_family=None,
    )
    hiring = (
        of(marts.RECRUITMENT_QUALITY, n, k, track=None, position_level=None) for n, k in _HIRING
    )
    needed = (
        of(marts.WORKFORCE_PLAN, n, "integer", position_level=None, job_family=None) for n in _PLAN
    )
    blocks: list[Block] = [
        Comparison(
            "kebutuhan-pegawai",
            "Kebutuhan pegawai dan pensiun",
            view.measures((*needed, vacant, share)),
        ),
        *_lacking(view),
        Comparison("pengadaan", "Pengadaan pegawai", view.measures(hiring)),
    ]
    return Topic("pegawai", "Kebutuhan dan pengadaan pegawai", tuple(blocks), starts_page=False)


def _service_rows(view: View) -> list[ProtectedRow]:
    rows = view.rows(marts.SERVICE_SATISFACTION).where(service_code=...).rows
    return sorted(rows, key=lambda r: str(r.values["service_code"]))


def _services(view: View) -> list[Block]:
    rows = _service_rows(view)
    if not rows:
        return [Paragraph("Survei kepuasan masyarakat instansi ini belum ada.")]
    return [_service_table(view, rows[:_SERVICES], "layanan")]


def _service_table(view: View, rows: list[ProtectedRow], id_: str) -> Table:
    of_mart = marts.SERVICE_SATISFACTION
    columns = [
        column("service_name", weight=3, of=of_mart),
        column("grade", of=of_mart),
        column("lowest_element", weight=2.2, of=of_mart),
        column("respondents", "integer", of=of_mart),
        column("ikm", "decimal2", 1.2, of=of_mart),
        column("ikm_last_year", "decimal2", 1.2, of=of_mart),
    ]
    cells = [
        [
            text(r.values.get("service_name") or r.values["service_code"]),
            cell(r, "grade"),
            element(view, r),
            cell(r, "respondents"),
            cell(r, "ikm"),
            cell(r, "ikm_last_year"),
        ]
        for r in rows
    ]
    return table(id_, "Kepuasan masyarakat menurut layanan", columns, cells)


def element(view: View, row: ProtectedRow | None) -> Cell:
    """Return the lowest element of a service in words."""
    found = cell(row, "lowest_element")
    if not found.value:
        return found
    codes = str(found.value).split(";")
    return Cell(
        joined([view.context.codes.of("service_element", c.strip().upper()) for c in codes])
    )


def targets(view: View) -> list[ProtectedRow]:
    """Return the agency's rows of targets, in the order of the report."""
    rows = view.rows(marts.KPI_SCORECARD)
    found = (rows.where(indicator=name).first() for name in INDICATORS)
    return [row for row in found if row is not None]


def amount(row: ProtectedRow, name: str) -> Cell:
    """Return a change or its target with its unit: points, or percent of the first value.

    A change has one digit more, so that one just below its target does not look like it.
    """
    found = cell(row, name)
    if found.status is not Status.SHOWN or found.value is None:
        return found
    kind = "decimal2" if name == "change" else "decimal1"
    if row.values.get("unit") == "points":
        return Cell(f"{formats.number(found.value, kind)} poin")
    return Cell(f"{formats.number(float(found.value) * 100, kind)}%")


def _targets(view: View) -> Table | Paragraph:
    rows = targets(view)
    if not rows:
        return Paragraph("Sasaran instansi ini belum dapat diukur.")
    of_mart = marts.KPI_SCORECARD
    columns = [
        column("indicator", weight=3, of=of_mart),
        column("change", weight=1.2, of=of_mart),
        column("target", weight=1.2, of=of_mart),
        column("met", weight=1.3, of=of_mart),
        column("baseline", "decimal1", of=of_mart),
        column("actual", "decimal1", of=of_mart),
        column("cases", "integer", of=of_mart),
    ]
    cells = [
        [
            text(label("indicator", r.values["indicator"])),
            amount(r, "change"),
            amount(r, "target"),
            cell(r, "met"),
            cell(r, "baseline"),
            cell(r, "actual"),
            cell(r, "cases"),
        ]
        for r in rows
    ]
    return table("sasaran", "Sasaran dan capaian", columns, cells)


def _lacking(view: View) -> list[Block]:
    row = view.rows(marts.WORKFORCE_PLAN).where(position_level=None, job_family=None).first()
    names = [f"lacking_competency_{i}" for i in (1, 2, 3)]
    found = [str(code) for n in names if row is not None and (code := row.values.get(n))]
    if not found:
        return []
    words = joined([view.context.competency(code) for code in found])
    return [Paragraph(f"Kompetensi yang paling banyak kurang pada pegawai yang ada: {words}.")]
