"""Reference files that the operator keeps: agencies, calendar and regions."""

import csv
from datetime import date
from pathlib import Path

from asn_warehouse.codes import code_list
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

AGENCY = ("kode_instansi", "nama_instansi", "jenis", "kode_wilayah", "berlaku_mulai",
          "berlaku_sampai", "kode_pengganti")  # fmt: skip
CALENDAR = ("period", "dataset", "jatuh_tempo", "wajib")
REGION = ("kode_wilayah", "nama", "kode_provinsi", "terpencil")
REQUIRED = {
    "instansi": ("kode_instansi", "nama_instansi", "jenis", "berlaku_mulai"),
    "kalender": CALENDAR,
    "wilayah": REGION,
}
COLUMNS = {"instansi": AGENCY, "kalender": CALENDAR, "wilayah": REGION}
KEYS = {
    "instansi": ("kode_instansi", "berlaku_mulai"),
    "kalender": ("period", "dataset"),
    "wilayah": ("kode_wilayah",),
}
DATES = {"berlaku_mulai", "berlaku_sampai", "jatuh_tempo"}


def read_reference(settings: Settings, name: str) -> list[dict[str, str]]:
    """Return the rows of a reference file, checked; an optional column that is absent is empty.

    Raises:
        ConfigurationError: when the file is missing, or a line is wrong (says which and why).
    """
    path = settings.reference / f"{name}.csv"
    if not path.is_file():
        raise ConfigurationError(
            f"Reference file {path} is missing.",
            mend=f"Write it with the columns {', '.join(COLUMNS[name])}; "
            "`asn simulate` writes one for a trial.",
        )
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [c for c in REQUIRED[name] if c not in (reader.fieldnames or [])]
        if missing:
            raise ConfigurationError(f"{path} lacks the columns {', '.join(missing)}.")
        rows = [{c: (row.get(c) or "").strip() for c in COLUMNS[name]} for row in reader]
    seen: set[tuple[str, ...]] = set()
    for line, row in enumerate(rows, start=2):
        key = tuple(row[column] for column in KEYS[name])
        problem = _problem(settings, name, row)
        if key in seen:
            problem = f"{', '.join(KEYS[name])} {', '.join(key)} stands there twice"
        seen.add(key)
        if problem:
            raise ConfigurationError(f"{path}, line {line}: {problem}.")
    return rows


def _problem(settings: Settings, name: str, row: dict[str, str]) -> str | None:
    empty = [c for c in REQUIRED[name] if not row[c]]
    if empty:
        return f"{empty[0]} is empty"
    for column in DATES & {c for c, value in row.items() if value}:
        try:
            date.fromisoformat(row[column])
        except ValueError:
            return f"{column} {row[column]!r} is not a date YYYY-MM-DD"
    if name == "instansi" and row["jenis"] not in code_list(settings, "agency_type"):
        return f"jenis {row['jenis']!r} is not in the code list agency_type"
    flag = {"kalender": "wajib", "wilayah": "terpencil"}.get(name)
    if flag and row[flag] not in ("Y", "T"):
        return f"{flag} {row[flag]!r} is neither Y nor T"
    return None


def check_reference(settings: Settings) -> None:
    """Read every reference file.

    Raises:
        ConfigurationError: for the first that is missing or wrong.
    """
    for name in COLUMNS:
        read_reference(settings, name)


def agencies_in_force(settings: Settings, period: Period) -> dict[str, str]:
    """Return name by code of the agencies in force on the last day of ``period``."""
    day = period.last_day.isoformat()
    return {
        row["kode_instansi"]: row["nama_instansi"]
        for row in read_reference(settings, "instansi")
        if row["berlaku_mulai"] <= day <= (row["berlaku_sampai"] or day)
    }


def agency_types_in_force(settings: Settings, period: Period) -> dict[str, str]:
    """Return the kind by code of the agencies in force on the last day of ``period``.

    Kinds are codes of ``code_agency_type``. Empty where there is no list of agencies.
    """
    if not reference_path(settings, "instansi").is_file():
        return {}
    day = period.last_day.isoformat()
    rows = sorted(read_reference(settings, "instansi"), key=lambda row: row["berlaku_mulai"])
    return {
        row["kode_instansi"]: row["jenis"]
        for row in rows
        if row["berlaku_mulai"] <= day <= (row["berlaku_sampai"] or day)
    }


def calendar_periods(settings: Settings) -> set[str]:
    """Return the months of the calendar, ``YYYY-MM``: no other month can be submitted."""
    return {row["period"] for row in read_reference(settings, "kalender")}


def reference_path(settings: Settings, name: str) -> Path:
    """Return where the reference file ``name`` lies."""
    return settings.reference / f"{name}.csv"
