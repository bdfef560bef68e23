"""The catalogue of what agencies read: one text per rule, Indonesian and English."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from asn_warehouse.contracts import Column, Dataset

Language = Literal["id", "en"]

VALUE_LENGTH = 300
"""A longer value is cut; the longest of our own is the list of a contract's required columns."""

CODES_SHOWN = 25
_VALUE_PLACE = re.compile(r":? \{value\}")


@dataclass(frozen=True)
class Message:
    """What is wrong and where, and how to mend it, ready to be read."""

    text: str
    mend: str


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return the texts by kind of check and by file refusal."""
    source = files("asn_warehouse.admission").joinpath("messages.yaml")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return loaded


def message(
    rule: str,
    dataset: Dataset | None = None,
    *,
    value: object = "",
    row: object = "",
    language: Language = "id",
) -> Message:
    """Return the text of ``rule``, its places filled; without a value it speaks of none.

    Raises:
        KeyError: when the catalogue and the contract have no such rule.
    """
    own = next((r for r in dataset.rules if r.id == rule), None) if dataset else None
    shown = shortened(str(value))
    if own is not None:
        places = {"value": shown, "row": row, "column": ", ".join(own.columns)}
        text = _fitting(own.text[language], shown)
        return Message(text.format(**places), own.mend[language].format(**places))
    column = _column(dataset, rule)
    texts = catalogue()[rule if rule.startswith("file.") else rule.rsplit(".", 1)[1]]
    if column is None and dataset is not None:
        name = ", ".join(c.name for c in dataset.key)
    else:
        name = column.name if column else ""
    places = {
        "value": shown,
        "row": row,
        "column": name,
        "hint_id": _hint(column, "id"),
        "hint_en": _hint(column, "en"),
    }
    mend = texts["mend_id" if language == "id" else "mend_en"]
    return Message(_fitting(texts[language], shown).format(**places), mend.format(**places))


def shortened(value: str) -> str:
    """Return what an agency wrote on one line, cut where it is long."""
    line = " ".join(value.split())
    return line if len(line) <= VALUE_LENGTH else f"{line[: VALUE_LENGTH - 1]}…"


def _fitting(text: str, value: str) -> str:
    return text if value else _VALUE_PLACE.sub("", text)


def _column(dataset: Dataset | None, rule: str) -> Column | None:
    parts = rule.split(".")
    if dataset is None or len(parts) != 3:
        return None
    return next((c for c in dataset.columns if c.name == parts[1]), None)


def _hint(column: Column | None, language: Language) -> str:
    """Return what a column takes: its codes, its bounds, or how its values are written."""
    if column is None:
        return ""
    if column.codes:
        listed = ", ".join(column.codes[:CODES_SHOWN])
        if len(column.codes) <= CODES_SHOWN:
            return listed
        return {
            "id": f"{listed}, dan lainnya pada lembar Kode templat",
            "en": f"{listed}, and others in the template's sheet of codes",
        }[language]
    bounds = _bounds(column, language)
    written = {
        (
            "date",
            "id",
        ): "Tulis tanggal yang ada, misalnya 2026-10-31 atau 31/10/2026.",
        ("date", "en"): "Write a date that exists, for example 2026-10-31 or 31/10/2026.",
        ("nip", "id"): "Isi NIP 18 angka tanpa huruf; format kolom harus Teks.",
        ("nip", "en"): "Enter an NIP of 18 digits; the column must be formatted as Text.",
        ("integer", "id"): f"Isi bilangan bulat{bounds}.",
        ("integer", "en"): f"Enter a whole number{bounds}.",
        ("number", "id"): f"Isi angka{bounds}, misalnya 85,5.",
        ("number", "en"): f"Enter a number{bounds}, for example 85.5.",
    }.get((column.kind, language))
    if written:
        return written
    return {
        "id": f"Tulis seperti contoh {column.example}. {column.description}",
        "en": f"Write it as in the example {column.example}.",
    }[language]


def _bounds(column: Column, language: Language) -> str:
    if column.minimum is not None and column.maximum is not None:
        joint = {"id": "sampai", "en": "to"}[language]
        return f" {column.minimum:g} {joint} {column.maximum:g}"
    words = {"id": ("lebih dari", "paling sedikit"), "en": ("above", "at least")}[language]
    limits = (column.exclusive_minimum, column.minimum)
    parts = [f" {w} {limit:g}" for w, limit in zip(words, limits, strict=True) if limit is not None]
    return "".join(parts)
