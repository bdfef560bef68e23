"""Records of named values, as JSON has them, on their way to rows of text under a header."""

import re
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from asn_warehouse.admission.header import (
    MAX_COLUMNS,
    Header,
    folded_names,
    named,
    refuse_forbidden,
    refuse_missing,
)
from asn_warehouse.admission.parsing import MISSING, WHITESPACE
from asn_warehouse.admission.readers.base import CELL_CHARACTERS, TextRows, damaged_nip, unambiguous
from asn_warehouse.contracts import Column, Dataset, fold
from asn_warehouse.errors import SubmissionRefused
from asn_warehouse.reference import read_reference, reference_path
from asn_warehouse.settings import Settings

Scalar = str | int | float | bool | None
Value = Scalar | type["Nested"]
Pairs = list[tuple[str, Value]]

_IDENTIFIER = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
"""SIASN's own identifiers: they count only where no other name of the column gives a value."""

_EXACT = 1e15
"""Below it a fraction without decimals is a whole number, digit by digit."""


class Nested:
    """Stands for a value that holds other values."""


class Slot(NamedTuple):
    """Where the value of a key goes: the column, and how good a name of it the key is."""

    column: int
    rank: int


class Records:
    """Collects records under the columns of a dataset, whatever of its names they use.

    Several names of one column in one record are one value: the first, in the contract's order,
    that is not missing. Keys that no column has are ignored and named.
    """

    def __init__(self, dataset: Dataset, regions: dict[str, str]) -> None:
        self._dataset = dataset
        self._regions = regions
        self._by_name = {
            name: Slot(position, rank)
            for position, column in enumerate(dataset.columns)
            for rank, name in enumerate(folded_names(column))
        }
        self._slots: dict[str, Slot | None] = {}
        self._titles: dict[int, str] = {}
        self._rows = TextRows(len(dataset.columns))
        self.count = 0

    def slot(self, key: str) -> Slot | None:
        """Return where values of ``key`` go; None where they are ignored.

        Raises:
            SubmissionRefused: when ``key`` is forbidden, or there are too many keys.
        """
        if key not in self._slots:
            refuse_forbidden([key])
            self._slots[key] = self._by_name.get(fold(key))
            if len(self._slots) > MAX_COLUMNS:
                raise SubmissionRefused("file.too_wide", value=f"> {MAX_COLUMNS}")
        return self._slots[key]

    def add(self, number: int, pairs: Pairs) -> None:
        """Add the record ``pairs`` as row ``number``.

        Raises:
            SubmissionRefused: when a column is named twice, or its value is no single value.
        """
        found: dict[Slot, tuple[str, Value]] = {}
        for key, value in pairs:
            slot = self.slot(key)
            if slot is None:
                continue
            if slot in found:
                raise SubmissionRefused("file.duplicate_column", value=key)
            found[slot] = (key, value)
        row: list[str | None] = [None] * len(self._dataset.columns)
        for slot in sorted(found):
            key, value = found[slot]
            text = self._text(self._dataset.columns[slot.column], key, value)
            self._titles.setdefault(slot.column, key)
            if text is not None and _is_better(text, row[slot.column]):
                row[slot.column] = text
        self._rows.add(number, row)
        self.count += 1

    def _text(self, column: Column, key: str, value: Value) -> str | None:
        if isinstance(value, type):
            raise SubmissionRefused("file.nested_column", value=key)
        text = as_text(value, column)
        if column.siasn_names == "wilayah" and text is not None:
            text = self._regions.get(fold_region(text), text)
        if text is not None and len(text) > CELL_CHARACTERS:
            raise SubmissionRefused("file.long_cell", value=key)
        return text

    def finish(self, *, is_siasn: bool) -> tuple[Header, tuple[str, ...], pa.Table]:
        """Return header, titles as the agency wrote them, and the rows.

        SIASN's training history, for one, has no status: such columns have a default there.

        Raises:
            SubmissionRefused: when a required column is in no record.
        """
        if not self._titles:
            raise SubmissionRefused("file.json_shape")
        columns = self._dataset.columns
        defaults = {
            position: column.siasn_default
            for position, column in enumerate(columns)
            if is_siasn and column.siasn_default is not None
        }
        for position in defaults:
            self._titles.setdefault(position, columns[position].name)
        places = sorted(self._titles)
        refuse_missing(self._dataset, [columns[position].name for position in places])
        table = self._rows.table()
        cells = [
            _filled(table[f"c{position}"], defaults[position])
            if position in defaults
            else table[f"c{position}"]
            for position in places
        ]
        header = Header(
            positions=tuple((columns[p].name, index) for index, p in enumerate(places)),
            width=len(places),
            ignored=named([key for key, slot in self._slots.items() if slot is None]),
        )
        titles = tuple(self._titles[position] for position in places)
        names = ["row_number", *(f"c{index}" for index in range(len(places)))]
        return header, titles, pa.table([table["row_number"], *cells], names=names)


def region_codes(settings: Settings) -> dict[str, str]:
    """Return the code of every region by its folded name: SIASN says where people work by name.

    Without the operator's list, as at an agency's own desk, there are none.
    """
    if not reference_path(settings, "wilayah").is_file():
        return {}
    rows = read_reference(settings, "wilayah")
    return {fold_region(row["nama"]): row["kode_wilayah"] for row in rows}


def fold_region(name: str) -> str:
    """Return a region's name without case and blanks; ``Kab.`` is short for ``Kabupaten``."""
    return re.sub(r"^kab(?!upaten)", "kabupaten", fold(name))


def as_text(value: Scalar, column: Column) -> str | None:
    """Return ``value`` as a person would have typed it into ``column``."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "Y" if value else "T"
    if isinstance(value, int):
        return str(value)
    if column.kind == "nip":
        return damaged_nip(value)
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return unambiguous(repr(value), column)


def _is_better(text: str, than: str | None) -> bool:
    if than is None or _is_missing(than):
        return True
    is_identifier = _IDENTIFIER.fullmatch(than) is not None
    return is_identifier and not _is_missing(text) and _IDENTIFIER.fullmatch(text) is None


def _is_missing(text: str) -> bool:
    return text.strip(WHITESPACE).upper() in MISSING


def _filled(column: pa.ChunkedArray, default: str) -> pa.ChunkedArray:
    """Return ``column`` with ``default`` where it has no value."""
    text = pc.utf8_upper(pc.utf8_trim(column, WHITESPACE))
    has_value = pc.invert(pc.is_in(text, pa.array([*MISSING, None], pa.string())))
    return pc.if_else(has_value, column, default)
