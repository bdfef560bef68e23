"""Code lists (*kode referensi*) as files of the package."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from asn_warehouse import codes
from asn_warehouse.disclosure import Status
from asn_warehouse.report.labels import catalogue
from asn_warehouse.report.package.resource import Field, Resource, as_csv
from asn_warehouse.settings import Settings

if TYPE_CHECKING:
    from asn_warehouse.report.package.tables import OpenTable

AGENCY, COMPETENCY = "agency", "competency"
_TITLES = {
    AGENCY: ("Kode instansi", "Agencies"),
    COMPETENCY: ("Kode kompetensi", "Competencies"),
    "assessment_method": ("Metode penilaian kompetensi", "Assessment methods"),
    "dataset": ("Jenis data kiriman", "Datasets of submissions"),
    "disclosure_status": ("Status baris", "Status of a row"),
    "employment_status": ("Status kepegawaian", "Employment status"),
    "evidence": ("Kekuatan bukti", "Strength of evidence"),
    "family": ("Rumpun kompetensi", "Competency families"),
    "form_group": ("Kelompok bentuk pembelajaran", "Groups of learning forms"),
    "job_family": ("Rumpun jabatan", "Fields of work"),
    "learning_form": ("Bentuk pengembangan kompetensi (jenis diklat)", "Learning forms"),
    "mark": ("Tanda kepastian aturan", "How sure a rule is"),
    "obstacle": ("Hambatan program", "Obstacles of programmes"),
    "orphan_reason": ("Sebab tanpa pasangan", "Reasons of unknown references"),
    "performance": ("Kategori kinerja", "Categories of performance"),
    "position_level": ("Jenjang jabatan", "Position levels"),
    "potential": ("Kategori potensial", "Categories of potential"),
    "recruitment_track": ("Jalur seleksi", "Selection tracks"),
    "service_element": ("Unsur pelayanan", "Elements of service"),
    "submission_status": ("Status kiriman", "Status of a submission"),
}
_OF_COLUMN = {
    "agency_code": AGENCY,
    "program_agency_code": AGENCY,
    "competency_code": COMPETENCY,
    **{f"lacking_competency_{n}": COMPETENCY for n in (1, 2, 3)},
    "alternative_form": "learning_form",
    "dataset": "dataset",
    "employment_status": "employment_status",
    "evidence": "evidence",
    "family": "family",
    "form_group": "form_group",
    "job_family": "job_family",
    "learning_form": "learning_form",
    "lowest_element": "service_element",
    "mark": "mark",
    "method": "assessment_method",
    "next_level": "position_level",
    "obstacle": "obstacle",
    "performance_category": "performance",
    "position_level": "position_level",
    "potential_category": "potential",
    "reason": "orphan_reason",
    "recommended_form": "learning_form",
    "status": "submission_status",
    "track": "recruitment_track",
}
_UNKNOWN = ("TIDAK_DIKETAHUI", "Tidak diketahui", "Unknown")
_WITH_UNKNOWN = ("job_family", "position_level")
"""Lists of which marts say where the agency has not told, or nobody knows, the code."""
_STATUSES = {
    Status.SHOWN: ("Ditampilkan", "shown"),
    Status.SUPPRESSED: ("Disembunyikan", "suppressed"),
    Status.NOT_REPORTED: ("Tidak dilaporkan", "not reported"),
}


def of_column(column: str) -> str | None:
    """Return the name of the list that the values of a column are of; None where there is none."""
    return _OF_COLUMN.get(column)


def of(settings: Settings, marts: Iterable["OpenTable"]) -> dict[str, Resource]:
    """Return every list that a column of ``marts`` uses, by name."""
    tables = [*marts]
    used = sorted({field.codes for table in tables for field in table.fields if field.codes})
    return {name: _resource(name, _rows(settings, name, tables)) for name in used}


def _resource(name: str, rows: list[tuple[str, str, str]]) -> Resource:
    title, title_en = _TITLES[name]
    fields = (
        Field("code", "string", "Kode", "Code", measure="kode", required=True),
        Field("label_id", "string", "Sebutan", "Label in Indonesian", measure="teks"),
        Field("label_en", "string", "Sebutan (Inggris)", "Label in English", measure="teks"),
    )
    description = f"Kode referensi: {title}. Codes of: {title_en}."
    csv = as_csv([field.name for field in fields], rows)
    return Resource(
        f"kode-{name.replace('_', '-')}",
        f"kode/{name}.csv",
        title,
        title_en,
        description,
        fields,
        ("code",),
        csv,
    )


def _rows(settings: Settings, name: str, tables: list["OpenTable"]) -> list[tuple[str, str, str]]:
    if name in (AGENCY, COMPETENCY):
        found = _named(tables, name)
        return [(code, label, "") for code, label in sorted(found.items())]
    if name == "disclosure_status":
        return [(str(status), *words) for status, words in _STATUSES.items()]
    if name in catalogue() and name != "dataset":
        return [(code, label, code.replace("_", " ")) for code, label in catalogue()[name].items()]
    words, words_en = (codes.code_labels(settings, name, language) for language in ("id", "en"))
    unknown = [_UNKNOWN] if name in _WITH_UNKNOWN else []
    return [(code, words[code], words_en[code]) for code in words] + unknown


def _named(tables: list["OpenTable"], wanted: str) -> dict[str, str]:
    """Return the names that the tables themselves give to codes of agencies or competencies."""
    found: dict[str, set[str]] = {}
    for table in tables:
        for field in table.fields:
            if field.codes != wanted:
                continue
            said = field.name.removesuffix("_code") + "_name"
            values = table.data.column(field.name).to_pylist()
            has_names = said in table.data.column_names
            labels = table.data.column(said).to_pylist() if has_names else [None] * len(values)
            for code, label in zip(values, labels, strict=True):
                if code is not None:
                    found.setdefault(code, set()).update({label} - {None})
    return {code: min(labels, default="") for code, labels in found.items()}
