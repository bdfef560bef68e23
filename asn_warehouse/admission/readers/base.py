"""What every reader gives: the file's layout, and its rows unless DuckDB reads them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from asn_warehouse.admission.header import Header
from asn_warehouse.admission.landing import LandedFile
from asn_warehouse.contracts import Column
from asn_warehouse.errors import SubmissionRefused

CHUNK_ROWS = 20_000
CHUNK_CHARACTERS = 16 * 1024**2
"""So much text is held as Python objects before it becomes a chunk of Arrow."""

TABLE_BYTES = 640 * 1024**2
"""More text than this is not held in memory: no agency has so many rows in one file."""

CELL_CHARACTERS = 1024**2
"""A longer cell is no value of anything; Excel ends at 32,767 characters."""

HUGE_BYTES = 64 * 1024**2
RATIO = 250
"""What expands to more than ``HUGE_BYTES`` and this many times its size is a bomb, not data."""

MAX_BROKEN = 100_000
BROKEN_CHARACTERS = 32_767
"""So many rows that cannot be split are set aside, with as much text as a cell of Excel takes."""

AMBIGUOUS_FRACTION = r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}"
"""Text of a number that could be taken for thousands."""


@dataclass(frozen=True)
class CsvLayout:
    """What CSV files must share to be read in one statement."""

    delimiter: str
    header: Header


@dataclass
class Readable:
    """A landed file that can be read: its layout, and its rows unless DuckDB reads them.

    ``rows`` is how many rows the bytes show, where they show it: what a reader must find.
    """

    file: LandedFile
    sha256: str
    format: str
    header: Header
    titles: tuple[str, ...]
    first_row: int
    delimiter: str | None = None
    source: Path | None = None
    rows: int | None = None
    table: pa.Table | None = None
    broken: list[tuple[int, str]] = field(default_factory=list)

    @property
    def layout(self) -> CsvLayout | None:
        """The layout shared with other CSVs, or None where the rows are already in ``table``."""
        if self.table is not None or self.delimiter is None:
            return None
        return CsvLayout(self.delimiter, self.header)


def text_table(
    rows: Sequence[Sequence[str | None]], numbers: list[int], header: Header
) -> pa.Table:
    """Return rows as text columns ``c0``… beside their ``row_number``."""
    return _table(rows, numbers, header.width)


def _table(rows: Sequence[Sequence[str | None]], numbers: list[int], width: int) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    return numbered(pa.array(numbers, pa.int32()), [pa.array(c, pa.string()) for c in columns])


def numbered(
    numbers: pa.Array | pa.ChunkedArray, columns: list[pa.Array] | list[pa.ChunkedArray]
) -> pa.Table:
    """Return text columns as ``c0``… beside their ``row_number``.

    Raises:
        SubmissionRefused: where a text has NUL characters, which no database takes.
    """
    if any(pc.any(pc.match_substring(column, "\x00")).as_py() for column in columns):
        raise SubmissionRefused("file.encoding")
    names = [f"c{position}" for position in range(len(columns))]
    return pa.table([numbers, *columns], names=["row_number", *names])


class TextRows:
    """Rows of text on their way into Arrow, so that few of them are Python objects at a time."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: list[Sequence[str | None]] = []
        self._numbers: list[int] = []
        self._characters = 0
        self._bytes = 0
        self._chunks: list[pa.Table] = []

    def add(self, number: int, cells: Sequence[str | None]) -> None:
        """Add a row under its number.

        Raises:
            SubmissionRefused: where all rows so far are more than memory should hold.
        """
        self._rows.append(cells)
        self._numbers.append(number)
        self._characters += sum(map(len, filter(None, cells)))
        if len(self._rows) == CHUNK_ROWS or self._characters > CHUNK_CHARACTERS:
            self._flush()

    def _flush(self) -> None:
        chunk = _table(self._rows, self._numbers, self._width)
        self._rows, self._numbers, self._characters = [], [], 0
        self._bytes += chunk.nbytes
        refuse_excess(self._bytes)
        self._chunks.append(chunk)

    def table(self) -> pa.Table:
        """Return all rows as text columns beside their ``row_number``."""
        self._flush()
        return pa.concat_tables(self._chunks)


class Broken:
    """The rows of a file that cannot be split into columns: number and text."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, str]] = []

    def add(self, number: int, text: str) -> None:
        """Set a row aside.

        Raises:
            SubmissionRefused: when there are so many that the file as a whole is broken.
        """
        if len(self.rows) == MAX_BROKEN:
            raise SubmissionRefused("file.broken", value=self.rows[0][0])
        self.rows.append((number, text[:BROKEN_CHARACTERS]))


def damaged_nip(value: float) -> str:
    """Return an NIP that has lost digits as Excel would show it, so that the reason is plain."""
    return f"{value:.14E}"


def unambiguous(text: str, column: Column) -> str:
    """Return the text of a number so that its fraction cannot be taken for thousands."""
    is_number = column.kind in ("integer", "number")
    return f"{text}0" if is_number and re.fullmatch(AMBIGUOUS_FRACTION, text) else text


def refuse_excess(size: int) -> None:
    """Refuse a file whose text takes ``size`` bytes of memory, where that is too much."""
    if size > TABLE_BYTES:
        raise SubmissionRefused("file.too_large", value=f"> {TABLE_BYTES // 1024**2} MB")


def refuse_bomb(packed: int, expanded: int, limit: int) -> None:
    """Refuse what expands beyond ``limit`` bytes, or so much that it cannot be data."""
    if expanded > limit or (expanded > HUGE_BYTES and expanded > RATIO * max(packed, 1)):
        raise SubmissionRefused("file.too_large", value=f"> {(expanded - 1) // 1024**2} MB")
