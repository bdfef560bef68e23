"""A CSV file of the package and what its columns mean."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

HIDDEN = "*"
MISSING = ""


@dataclass(frozen=True)
class Field:
    """A column: what it is called, what it means, in which unit it is counted.

    ``codes`` names the code list that its values are of; ``required`` columns are never empty.
    ``measure`` and ``unit`` are *ukuran* and *satuan* of Satu Data Indonesia.
    """

    name: str
    type: str
    title: str
    title_en: str
    description: str = ""
    measure: str = ""
    unit: str = ""
    codes: str | None = None
    required: bool = False
    minimum: int | None = None
    pattern: str | None = None
    rule_sets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resource:
    """A file of the package; ``key`` tells its rows apart, null among its values or not."""

    name: str
    path: str
    title: str
    title_en: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    csv: bytes = field(repr=False)


def as_csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as CSV: UTF-8, commas, line feeds, decimal points, ISO dates, UTC moments."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([plain(value) for value in row] for row in rows)
    return buffer.getvalue().encode()


def plain(value: Any) -> str:
    """Return a value as machines read it; text that a spreadsheet would run is made harmless."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in "=+@\t\r" and text else text
