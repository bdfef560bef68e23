"""Strategies for rows of any dataset: sound, unsound, and as untidy as people write them."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from support import NIPS

from asn_warehouse.admission.parsing import MISSING, WHITESPACE
from asn_warehouse.contracts import Column, Dataset, datasets
from asn_warehouse.settings import Settings

DATASETS = datasets(Settings())
BLANKS = st.text(" \t\u00a0\u200b\u2003\ufeff", max_size=2)
WILD = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff")
    | st.sampled_from(list("\",;|\t\n'\\=+-@#{}<> \u00a0")),
    max_size=8,
)
"""Text with everything that a reader of CSV could stumble over, but no control characters."""

WORDS = st.sampled_from(
    ["", "-", "NULL", "n/a", " ", "tidak tahu", "0", "=1+1", "1.234", "31/02/2026"]
)
FAR = date(2100, 12, 31)


def written(column: Column) -> st.SearchStrategy[str]:
    """Return texts that mostly are sound values of ``column``, in styles of all kinds."""
    match column.kind:
        case "nip":
            sound = st.sampled_from(NIPS) | st.sampled_from(NIPS).map(lambda n: f"'{n[:8]} {n[8:]}")
        case "code":
            sound = st.sampled_from(column.codes) | st.sampled_from(column.codes).map(str.lower)
        case "date":
            days = st.dates(date(1985, 1, 1), date(2027, 12, 31))
            sound = days.map(date.isoformat) | days.map(lambda day: day.strftime("%d/%m/%Y"))
        case "integer":
            sound = st.integers(-1, 6).map(str) | st.integers(2013, 2027).map(str)
        case "number":
            sound = st.integers(-1, 101).map(str) | st.sampled_from(["85,5", "0.5", "1.234,5"])
        case _:
            sound = st.sampled_from([column.example, *column.examples, "A", "B"])
    return sound


def cells(column: Column) -> st.SearchStrategy[str]:
    """Return texts for ``column``: sound, padded, missing, or wild."""
    sound = written(column)
    padded = st.tuples(BLANKS, sound, BLANKS).map("".join)
    return st.one_of(sound, sound, sound, padded, WORDS, WILD)


def rows(dataset: Dataset) -> st.SearchStrategy[list[str]]:
    """Return rows of texts under the columns of ``dataset``."""
    return st.tuples(*(cells(column) for column in dataset.columns)).map(list)


def is_row(row: list[str]) -> bool:
    """Return whether a row has any value: a row of blanks is none."""
    return any(cell.strip(WHITESPACE).upper() not in MISSING for cell in row)


def distinct(dataset: Dataset, table: list[list[str]]) -> list[list[str]]:
    """Return ``table`` with a key of its own for every row, under which rows may still be wrong."""
    first = dataset.key[0]
    at = [column.name for column in dataset.columns].index(first.name)
    return [[*row[:at], _nth_key(first, n), *row[at + 1 :]] for n, row in enumerate(table)]


def _nth_key(column: Column, n: int) -> str:
    if column.kind == "nip":
        return NIPS[n]
    if column.kind == "integer":
        return str(2014 + n)
    return f"T.X{n}" if column.kind == "upper" else f"K-{n}"


# -- values in every accepted style ----------------------------------------------------------------

MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
          "Oktober", "November", "Desember")  # fmt: skip
EPOCH = date(1899, 12, 30)
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cf", "Z"))


def values(column: Column) -> st.SearchStrategy[Any]:
    """Return values that ``column`` can hold, sound or not."""
    match column.kind:
        case "nip":
            return st.sampled_from(NIPS).map(int)
        case "code":
            return st.sampled_from(column.codes)
        case "date":
            return st.dates(EPOCH + timedelta(days=10_000), FAR)
        case "integer":
            return st.integers(-(2**31) + 1, 2**31 - 1) | st.integers(0, 100)
        case "number":
            whole = st.integers(-(10**9), 10**9)
            return st.tuples(whole, st.integers(0, 4)).map(lambda n: n[0] / 10 ** n[1])
        case "upper":
            return st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.;", min_size=1, max_size=9)
    words = st.lists(st.text(LETTERS, min_size=1, max_size=6), min_size=1, max_size=3)
    return words.map(" ".join).filter(lambda text: text.upper() not in MISSING)


def styles(column: Column, value: Any) -> list[str]:
    """Return ``value`` in every style that is accepted for ``column``."""
    match column.kind:
        case "nip":
            nip = str(value)
            grouped = f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}"
            return [nip, f"'{nip}", f'"{nip}"', grouped, f"{value:,}".replace(",", "\u00a0")]
        case "code":
            return [value, value.lower(), value.replace("_", " "), value.replace("_", "-").title()]
        case "date":
            return date_styles(value)
        case "integer":
            return number_styles(f"{value}")
        case "number":
            return number_styles(f"{value:.4f}".rstrip("0").removesuffix("."))
        case "upper":
            return [value, value.lower(), " ".join(value)]
    return [value]


def date_styles(day: date) -> list[str]:
    month = MONTHS[day.month - 1]
    return [
        day.isoformat(), f"{day.year}-{day.month}-{day.day}", f"{day.isoformat()} 00:00:00",
        f"{day.isoformat()}T07:30:00Z", day.strftime("%d-%m-%Y"), day.strftime("%d/%m/%Y"),
        f"{day.day}/{day.month}/{day.year}", f"{day.day}-{day.month}-{day.year}",
        f"{day.day} {month} {day.year}", f"{day.day:02d}  {month.upper()}  {day.year}",
        f"{day.day} {month[:3]}. {day.year}", f"{(day - EPOCH).days}", f"{(day - EPOCH).days}.0",
    ]  # fmt: skip


def number_styles(plain: str) -> list[str]:
    """Return a number with point, comma and thousands, but for what reads in two ways."""
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    whole, _, decimals = digits.partition(".")
    groups = f"{int(whole):,}"
    # A fraction of three digits behind one to three would read as thousands: another nought.
    if len(decimals) == 3:
        decimals += "0"
    tails = [decimals] if decimals else ["", "0"]
    found = []
    for tail in tails:
        found += [f"{sign}{whole}{mark}{tail}" if tail else f"{sign}{whole}" for mark in ".,"]
        if tail or groups.count(",") > 1:
            found.append(sign + groups.replace(",", ".") + (f",{tail}" if tail else ""))
            found.append(sign + groups + (f".{tail}" if tail else ""))
    return found if sign else [*found, f"+{found[0]}"]
