"""Faults of a single cell, derived from what the contract says about its column."""

from collections.abc import Callable
from typing import Any

from asn_warehouse.contracts import Column
from asn_warehouse.simulate.dialects import Dialect
from asn_warehouse.simulate.exports import TYPED_KINDS
from asn_warehouse.simulate.potential import ASPECTS
from asn_warehouse.simulate.satisfaction import ELEMENTS

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
    "identity": lambda column: (
        column.kind in ("text", "upper") and not column.is_identity and column.pattern is None
    ),
}
"""Kinds of rule of a column, and the columns that have them."""

_BAD_DATES = ("31-02-2026", "2026-13-05", "belum ada")
_BAD_ENDS = ("?", "/99")
_BAD_WORDS = {"integer": ("tiga", "2,5"), "number": ("dua puluh", "12a")}
_IDENTITIES = ("NIP 19800317 200501 1 001", "NIK.7471011703800001")
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
    return f"{row[column.name]}{_BAD_ENDS[variant % len(_BAD_ENDS)]}"


def _out_of_range(column: Column, variant: int) -> str:
    if column.exclusive_minimum is not None:
        return str(int(column.exclusive_minimum))
    if column.maximum is not None and column.maximum < 100 and variant % 2 == 0:
        return str(int(column.maximum) + (2 if column.maximum == 5 else 1))
    return str(int(column.minimum or 0) - 1)


def _spoilt_by_excel(nip: str, variant: int, dialect: Dialect) -> str | float:
    """Return the number that a spreadsheet makes of an NIP: 15 digits, the rest zeros."""
    rounded = int(nip) // 1000 * 1000
    if dialect.format in ("xlsx", "json", "jsonl"):
        return float(rounded)
    return f"{rounded:.2E}" if variant % 2 == 0 else str(rounded)


def _can_hold(column: Column, kind: str, dialect: Dialect) -> bool:
    """Say whether a file of the dialect can have the fault and be answered for it.

    Parquet types its columns; SIASN's envelope fills some columns that are empty.
    """
    if dialect.format == "parquet" and kind in ("format", "ambiguous"):
        return column.kind not in TYPED_KINDS
    return not (dialect.is_enveloped and kind == "required" and column.siasn_default)


def _is_single(column: Column, row: dict[str, Any]) -> bool:
    """Say whether losing this cell breaks no rule but the cell's own.

    An unknown sex counts as the one with digit 2 in the NIP, an unknown status as PPPK. A result
    without all aspects of potential needs the score and the other way round; an answer to a
    survey needs another beside it.
    """
    if column.name == "skor_potensi":
        return None not in [row[aspect] for aspect in ASPECTS]
    if column.name in ASPECTS:
        return row["skor_potensi"] is not None
    if column.name in ELEMENTS:
        return any(row[element] is not None for element in ELEMENTS if element != column.name)
    if column.name == "jenis_kelamin":
        return bool(row["jenis_kelamin"] == "P")
    if column.name == "status_asn":
        return str(row["status_asn"]).startswith("PPPK")
    return True


def _companions(column: Column, row: dict[str, Any]) -> dict[str, str | float | None]:
    """Return what else must change so that the cell's fault is the only one.

    Without a scale the scores have none to fit; without an end date nobody has finished.
    """
    if column.name == "skala_maks":
        return {"nilai_pre": None, "nilai_post": None}
    if column.name == "tanggal_selesai" and "status" in row:
        return {"status": "BERJALAN"}
    return {}


def cell_fault(
    column: Column, kind: str, row: dict[str, Any], variant: int, dialect: Dialect
) -> dict[str, str | float | None] | None:
    """Return the edit that makes the row break ``<column>.<kind>`` alone, or None if it cannot."""
    if not _is_single(column, row) or not _can_hold(column, kind, dialect):
        return None
    faulty: dict[str, str | float | None] = {
        "required": None,
        "code": _BAD_CODES[variant % len(_BAD_CODES)],
        "ambiguous": "1.234",
    }
    if kind == "format":
        faulty[kind] = _bad_format(column, row, variant)
    elif kind == "range":
        faulty[kind] = _out_of_range(column, variant)
    elif kind == "excel_number":
        faulty[kind] = _spoilt_by_excel(row["nip"], variant, dialect)
    elif kind == "identity":
        before = row[column.name] or ""
        faulty[kind] = f"{before} {_IDENTITIES[variant % len(_IDENTITIES)]}".strip()
    return {**_companions(column, row), column.name: faulty[kind]}
