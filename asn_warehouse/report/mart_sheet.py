"""What of every protected mart a workbook shows: a sheet each, with codes in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from asn_warehouse.report import marts
from asn_warehouse.report.context import Context
from asn_warehouse.report.labels import label, mart_headings
from asn_warehouse.report.model import Cell, Column
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import Rows, cell

_SHARES = (
    "share",
    "reject_rate",
    "coverage",
    "full_coverage",
    "gain_pct",
    "normalised_gain",
    "completion_rate",
    "response_rate",
)
_MONEY = ("cost", "cost_per_participant", "cost_per_gain_point")
_SCORES = ("completeness", "validity", "timeliness", "consistency", "score", "hours")
_HIDDEN = (
    "period",
    "is_total",
    "performance_category",
    "potential_category",
    "top_reasons",
    "reason",
    "reason_name_en",
)
_NAMES = {
    "agency_name": ("agency_code", "national"),
    "competency_name": ("competency_code", "all"),
    "service_name": ("service_code", "all"),
}
"""Names beside a code, and what a total over it is called."""
_GROUPS = {
    "family": "family",
    "form_group": "form_group",
    "evidence": "evidence",
    "status": "submission_status",
    "dataset": "dataset",
    "risk": "succession_risk",
    "most_frequent_blocker": "blocker",
    "region_class": "region_class",
    "province_code": "province",
    "category": "ip_category",
    "indicator": "indicator",
    "unit": "unit",
}
"""Columns of which the labels of the report say the words."""
_CODES = {
    "position_level": "position_level",
    "next_level": "position_level",
    "employment_status": "employment_status",
    "job_family": "job_family",
    "learning_form": "learning_form",
    "recommended_form": "learning_form",
    "alternative_form": "learning_form",
    "obstacle": "obstacle",
    "method": "assessment_method",
    "track": "recruitment_track",
    "lowest_element": "service_element",
    **{f"lacking_competency_{rank}": "competency" for rank in (1, 2, 3)},
}
"""Columns of which a code list says the words."""


@dataclass(frozen=True)
class MartSheet:
    """A sheet made from one mart: its name, its rows, what a row is about."""

    name: str
    mart: marts.Mart
    grain: str
    keep: Callable[[Mapping[str, Any]], bool] = lambda _: True


def _is_summed(values: Mapping[str, Any]) -> bool:
    return values.get("competency_code") is None


SHEETS = (
    MartSheet("Kepatuhan", marts.SUBMISSION_SCORECARD, "instansi × data"),
    MartSheet("Tanpa pasangan", marts.SUBMISSION_ORPHAN, "instansi × data × sebab"),
    MartSheet(
        "Kesenjangan nasional", marts.COMPETENCY_GAP_NATIONAL, "rumpun × kompetensi × jenjang"
    ),
    MartSheet("Kesenjangan instansi", marts.COMPETENCY_GAP_AGENCY, "rumpun × jenjang", _is_summed),
    MartSheet(
        "Kesenjangan bidang", marts.COMPETENCY_GAP_FIELD, "instansi × rumpun jabatan × rumpun"
    ),
    MartSheet("Cakupan penilaian", marts.ASSESSMENT_COVERAGE, "instansi × jenjang × metode"),
    MartSheet("Kesesuaian", marts.POSITION_FIT, "instansi × jenjang"),
    MartSheet("Kebutuhan pelatihan", marts.TRAINING_NEED, "instansi × kompetensi × jenjang"),
    MartSheet("Jam pelajaran", marts.LEARNING_HOURS, "tahun berjalan, instansi × status × jenjang"),
    MartSheet("Akses belajar", marts.LEARNING_ACCESS, "tahun berjalan, kelas wilayah × provinsi"),
    MartSheet("Program", marts.PROGRAM_EFFECTIVENESS, "program × instansi"),
    MartSheet("Bentuk pembelajaran", marts.PROGRAM_COMPARISON, "instansi × bentuk"),
    MartSheet("Pertukaran program", marts.PROGRAM_EXCHANGE, "instansi × kompetensi × program"),
    MartSheet("Talenta", marts.TALENT_BOX, "instansi × jenjang × kotak"),
    MartSheet("Suksesi", marts.SUCCESSION_BENCH, "instansi × jabatan strategis"),
    MartSheet("Kesiapan naik jenjang", marts.PROMOTION_READINESS, "instansi × jenjang"),
    MartSheet("Mobilitas karier", marts.CAREER_MOBILITY, "instansi × jenjang"),
    MartSheet("IP ASN", marts.PROFESSIONALISM_INDEX, "instansi × status"),
    MartSheet("Kepuasan masyarakat", marts.SERVICE_SATISFACTION, "instansi × layanan"),
    MartSheet("Kepuasan kerja", marts.JOB_SATISFACTION, "instansi"),
    MartSheet("Sasaran", marts.KPI_SCORECARD, "instansi × indikator"),
    MartSheet("Kebutuhan pegawai", marts.WORKFORCE_PLAN, "instansi × jenjang × rumpun jabatan"),
    MartSheet("Pengadaan", marts.RECRUITMENT_QUALITY, "instansi × jalur × jenjang"),
)
"""Every mart of the report, in the order of its sections."""


def columns(rows: Rows) -> list[Column]:
    """Return the columns of a mart that a sheet shows, with their headings and formats."""
    mart, headings = rows.mart, mart_headings(rows.mart.name)
    names = rows.rows[0].values if rows.rows else mart.rule.keys
    return [
        Column(name, headings[name], kind_of(name, rows))
        for name in names
        if name in mart.columns and name not in _HIDDEN
    ]


def worded(context: Context, row: ProtectedRow, name: str, keys: Sequence[str]) -> Cell:
    """Return a cell in which codes are words and a total is named."""
    value = row.values.get(name)
    if value is None and name in keys:
        return Cell(label("report", "all"))
    code, total = _NAMES.get(name, (name, ""))
    if value is None and total and code in keys and row.values.get(code) is None:
        return Cell(label("report", total))
    if value is None:
        return cell(row, name)
    if name in _GROUPS:
        return Cell(label(_GROUPS[name], value))
    if name in _CODES:
        return Cell(context.known(_CODES[name], value))
    return cell(row, name)


def kind_of(name: str, rows: Rows) -> str:
    """Return the format of a column: by its name, else by what stands in it."""
    rule = rows.mart.rule
    if name in (*rule.keys, *_GROUPS, *_CODES):
        return "text"
    if name in _MONEY:
        return "money"
    if name in _SHARES or name.endswith("_share"):
        return "share"
    if name in _SCORES:
        return "score"
    found = next((r.values[name] for r in rows.rows if r.values.get(name) is not None), None)
    if found is None:
        return "integer" if name in rule.counts else "text"
    return _of_value(found)


def _of_value(value: Any) -> str:
    if isinstance(value, bool | str):
        return "text"
    if isinstance(value, int):
        return "integer"
    return "date" if isinstance(value, date) else "decimal2"
