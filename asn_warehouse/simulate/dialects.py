"""How agencies write their files: separators, encodings, header spellings, dates, numbers."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
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
_EXCEL_EPOCH = date(1899, 12, 30).toordinal()
_FIRST_DAY = to_day(date(1930, 1, 1))
_DAYS = to_day(date(2110, 1, 1)) - _FIRST_DAY
DateStyle = Literal["iso", "dashed", "slashed", "long", "serial", "cell"]
XLSX_PEOPLE = 400
XLSX_AGENCIES = 3


@dataclass(frozen=True)
class Dialect:
    """One agency's habits."""

    format: Literal["csv", "xlsx"] = "csv"
    delimiter: str = ","
    encoding: str = "utf-8"
    dates: DateStyle = "iso"
    decimals: Literal["point", "comma", "grouped"] = "point"
    header: Literal["contract", "upper", "spaced", "dotted", "alias"] = "contract"
    null: str | None = None
    sexes: tuple[str, str] = ("L", "P")
    is_quoted: bool = False
    newline: str = "\n"
    title_rows: int = 0

    @property
    def first_row(self) -> int:
        """Spreadsheet row of the first data row."""
        return 2 + self.title_rows


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


def choose_dialects(sizes: IntArray) -> list[Dialect]:
    """Return the dialect of each agency; up to three small ones send workbooks."""
    chosen = [_CSV[n % len(_CSV)] for n in range(len(sizes))]
    small = [n for n in np.argsort(sizes, kind="stable").tolist() if n > 2]
    small = [n for n in small if sizes[n] <= XLSX_PEOPLE]
    for place, agency in enumerate(small[:XLSX_AGENCIES]):
        chosen[agency] = _XLSX[place]
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
    forms = {
        "upper": column.name.upper(),
        "spaced": column.name.replace("_", " ").capitalize(),
        "dotted": column.name.replace("_", "."),
    }
    return forms.get(dialect.header, column.name)


def header(dataset: Dataset, dialect: Dialect) -> list[str]:
    """Return the column headings as the agency spells them, in the order of the contract."""
    return [_spelling(column, dialect) for column in dataset.columns]
