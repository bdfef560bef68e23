"""Faults of a single cell, derived from what the contract says about its column."""

from collections.abc import Callable
from typing import Any

from asn_warehouse.contracts import Column
from asn_warehouse.simulate.dialects import Dialect

_TYPED = ("nip", "date", "integer", "number")

CELL_KINDS: dict[str, Callable[[Column], bool]] = {
    "required": lambda column: column.required,
    "format": lambda column: column.kind in _TYPED or column.pattern is not None,
    "code": lambda column: column.kind == "code",
    "range": lambda column: any(
        bound is not None for bound in (column.minimum, column.maximum, column.exclusive_minimum)
    ),
    "ambiguous": lambda column: column.kind in ("integer", "number"),
    "excel_number": lambda column: column.kind == "nip",
}
"""Kinds of rule of a column, and the columns that have them."""

_BAD_DATES = ("31-02-2026", "2026-13-05", "belum ada")
_BAD_WORDS = {"integer": ("tiga", "2,5"), "number": ("dua puluh", "12a")}
_BAD_CODES = ("TIDAK_ADA", "?")


def _bad_format(column: Column, row: dict[str, Any], variant: int) -> str:
    if column.kind == "nip":
        nip = str(row["nip"])
        return (nip[:-1], f"{nip[:4]}13{nip[6:]}")[variant % 2]
    if column.kind == "date":
        return _BAD_DATES[variant % len(_BAD_DATES)]
    if column.kind in _BAD_WORDS:
        words = _BAD_WORDS[column.kind]
        return words[variant % len(words)]
    return ("tidak tahu", "X-99")[variant % 2]


def _out_of_range(column: Column, variant: int) -> str:
    if column.exclusive_minimum is not None:
        return str(int(column.exclusive_minimum))
    if column.maximum is not None and column.maximum < 100 and variant % 2 == 0:
        return str(int(column.maximum) + (2 if column.maximum == 5 else 1))
    return str(int(column.minimum or 0) - 1)


def _spoilt_by_excel(nip: str, variant: int, dialect: Dialect) -> str | float:
    """Return the number that a spreadsheet makes of an NIP: 15 digits, the rest zeros."""
    rounded = int(nip) // 1000 * 1000
    if dialect.format == "xlsx":
        return float(rounded)
    return f"{rounded:.2E}" if variant % 2 == 0 else str(rounded)


def _is_single(column: Column, row: dict[str, Any]) -> bool:
    """Say whether losing this cell breaks no rule but the cell's own."""
    conditions = {
        # An unknown sex counts as the one with digit 2, an unknown status as PPPK.
        ("pegawai", "jenis_kelamin"): row.get("jenis_kelamin") == "P",
        ("pegawai", "status_asn"): str(row.get("status_asn", "")).startswith("PPPK"),
        ("peserta_pelatihan", "tanggal_selesai"): row.get("status") not in ("LULUS", "TIDAK_LULUS"),
        ("peserta_pelatihan", "skala_maks"): row.get("nilai_pre") is None,
    }
    dataset = "pegawai" if "tmt_cpns" in row else "peserta_pelatihan"
    return conditions.get((dataset, column.name), True)


def cell_fault(
    column: Column, kind: str, row: dict[str, Any], variant: int, dialect: Dialect
) -> dict[str, str | float | None] | None:
    """Return the edit that makes the row break ``<column>.<kind>`` alone, or None if it cannot."""
    if not _is_single(column, row):
        return None
    if kind == "required":
        return {column.name: None}
    if kind == "format":
        return {column.name: _bad_format(column, row, variant)}
    if kind == "code":
        return {column.name: _BAD_CODES[variant % len(_BAD_CODES)]}
    if kind == "range":
        return {column.name: _out_of_range(column, variant)}
    if kind == "ambiguous":
        return {column.name: "1.234"}
    return {column.name: _spoilt_by_excel(row["nip"], variant, dialect)}
