"""How agencies write their files: separators, encodings, header spellings, dates, numbers."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import cycle
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asn_warehouse.contracts import Column, Dataset
from asn_warehouse.simulate.draws import IntArray, to_date, to_day

MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
_SIASN_NAME = re.compile(r"[a-z]+([A-Z][a-z]+)+")
_EXCEL_EPOCH = date(1899, 12, 30).toordinal()
_FIRST_DAY = to_day(date(1930, 1, 1))
_DAYS = to_day(date(2110, 1, 1)) - _FIRST_DAY
DateStyle = Literal["iso", "dashed", "slashed", "long", "serial", "cell"]
Format = Literal["csv", "csv.gz", "xlsx", "json", "jsonl", "parquet"]
Habits = dict[str, "Dialect"]
"""The dialect of each family of datasets: an agency's systems differ."""
XLSX_PEOPLE = 400
JSON_PEOPLE = 1_000
"""Larger agencies send no JSON."""


@dataclass(frozen=True)
class Dialect:
    """One agency's habits."""

    format: Format = "csv"
    delimiter: str = ","
    encoding: str = "utf-8"
    dates: DateStyle = "iso"
    decimals: Literal["point", "comma", "grouped"] = "point"
    header: Literal["contract", "upper", "spaced", "dotted", "alias", "siasn"] = "contract"
    null: str | None = None
    sexes: tuple[str, str] = ("L", "P")
    is_quoted: bool = False
    newline: str = "\n"
    title_rows: int = 0
    is_enveloped: bool = False
    """Whether records lie in SIASN's envelope."""

    @property
    def first_row(self) -> int:
        """Row of the first data: as in a spreadsheet, or 1 where there is no header."""
        return 1 if self.format in ("json", "jsonl", "parquet") else 2 + self.title_rows

    @property
    def is_csv(self) -> bool:
        """Whether lines and separators make the rows."""
        return self.format in ("csv", "csv.gz")


_CSV = (
    Dialect(delimiter=";", encoding="utf-8-sig", dates="slashed", header="upper", newline="\r\n"),
    Dialect(header="alias", dates="dashed"),
    Dialect(),
    Dialect(delimiter=";", decimals="comma", dates="dashed", header="spaced", is_quoted=True),
    Dialect(delimiter="\t", encoding="utf-16", dates="slashed", sexes=("M", "F"), null="NULL"),
    Dialect(delimiter="|", encoding="cp1252", dates="long", header="dotted", sexes=("1", "2")),
    Dialect(is_quoted=True, null="-"),
    Dialect(delimiter=";", encoding="cp1252", decimals="grouped", header="alias", newline="\r\n"),
    Dialect(delimiter=";", decimals="comma", null="N/A"),
    Dialect(delimiter="\t", dates="long", header="upper"),
)
_XLSX = (
    Dialect(format="xlsx", dates="cell", header="spaced"),
    Dialect(format="xlsx", dates="slashed", header="upper", title_rows=3),
    Dialect(format="xlsx", dates="serial", header="alias"),
)


_SIASN = Dialect(format="json", header="siasn", dates="dashed", sexes=("M", "F"), is_enveloped=True)
_JSON, _JSONL = Dialect(format="json"), Dialect(format="jsonl", header="alias", dates="slashed")
_PARQUET = Dialect(format="parquet")
_GZIP = Dialect(format="csv.gz", delimiter=";", decimals="comma", dates="dashed")
_EXPORTS: tuple[Habits, ...] = (
    {"hr": _SIASN, "training": _PARQUET, "survey": _GZIP},
    {"hr": _PARQUET, "training": _JSONL, "survey": _JSON},
    {},
    {"hr": _JSONL, "training": _GZIP, "survey": _PARQUET},
    {},
    {"hr": _JSON, "survey": _JSONL},
)
"""What an agency's systems export, by family of datasets; of the others it sends its usual CSV."""
FAMILIES = ("hr", "training", "survey")


def choose_dialects(sizes: IntArray, *, plain: bool = False) -> list[Habits]:
    """Return each agency's dialects; ``plain`` gives all of them the CSV that any program reads.

    The first three send CSV; of the others every second small one sends workbooks, up to three
    in all, and the rest mix CSV with what their systems export: JSON only where it is not large.
    """
    if plain:
        return [dict.fromkeys(FAMILIES, Dialect()) for _ in sizes]
    chosen: list[Habits] = [dict.fromkeys(FAMILIES, _CSV[n % len(_CSV)]) for n in range(len(sizes))]
    workbooks, exports = list(_XLSX), cycle(_EXPORTS)
    others = [n for n in np.argsort(sizes, kind="stable").tolist() if n > 2]
    for place, agency in enumerate(others):
        if workbooks and place % 2 == 0 and sizes[agency] <= XLSX_PEOPLE:
            chosen[agency] = dict.fromkeys(FAMILIES, workbooks.pop(0))
        else:
            chosen[agency] |= {
                family: dialect
                for family, dialect in next(exports).items()
                if sizes[agency] <= JSON_PEOPLE or dialect.format not in ("json", "jsonl")
            }
    return chosen


def date_text(day: date, dialect: Dialect) -> str:
    """Return a date as the agency writes it."""
    if dialect.dates == "serial":
        return str(day.toordinal() - _EXCEL_EPOCH)
    if dialect.dates == "long":
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    if dialect.dates in ("dashed", "slashed"):
        return day.strftime("%d-%m-%Y" if dialect.dates == "dashed" else "%d/%m/%Y")
    return day.isoformat()


@cache
def _date_words(style: DateStyle) -> pa.Array:
    """Return the text of every day from 1930 to 2109."""
    dialect = Dialect(dates=style)
    return pa.array([date_text(to_date(_FIRST_DAY + n), dialect) for n in range(_DAYS)])


def number_text(value: float, dialect: Dialect) -> str:
    """Return a number as the agency writes it; only unambiguous thousands are grouped."""
    text = str(int(value)) if value == math.floor(value) else f"{value:.2f}".rstrip("0")
    if dialect.decimals == "grouped" and value >= 1_000_000:
        return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    return text if dialect.decimals == "point" else text.replace(".", ",")


def _by_dictionary(values: pa.ChunkedArray, text: Callable[[object], str]) -> pa.Array:
    """Return text for each value, formatting each distinct value once."""
    encoded = pc.dictionary_encode(values)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    words = pa.array([text(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return words.take(encoded.indices)


def as_text(table: pa.Table, dialect: Dialect) -> pa.Table:
    """Return the table with every value as the agency writes it; missing values stay null."""
    columns = {}
    for name in table.column_names:
        values = table[name].combine_chunks()
        if pa.types.is_date(values.type):
            day = pc.subtract(values.cast(pa.int32()), _FIRST_DAY)
            values = _date_words(dialect.dates).take(day)
        elif pa.types.is_floating(values.type):
            values = _by_dictionary(values, lambda number: number_text(number, dialect))  # type: ignore[arg-type]
        elif pa.types.is_integer(values.type):
            values = values.cast(pa.string())
        elif name == "jenis_kelamin" and dialect.sexes != ("L", "P"):
            values = pc.if_else(pc.equal(values, "L"), *dialect.sexes)
        columns[name] = values
    return pa.table(columns)


def _spelling(column: Column, dialect: Dialect) -> str:
    if dialect.header == "alias" and column.aliases:
        return column.aliases[0]
    if dialect.header == "siasn":
        return next((name for name in column.aliases if _SIASN_NAME.fullmatch(name)), column.name)
    forms = {
        "upper": column.name.upper(),
        "spaced": column.name.replace("_", " ").capitalize(),
        "dotted": column.name.replace("_", "."),
    }
    return forms.get(dialect.header, column.name)


def header(dataset: Dataset, dialect: Dialect) -> list[str]:
    """Return the column headings as the agency spells them, in the order of the contract."""
    return [_spelling(column, dialect) for column in dataset.columns]
