"""CSV in the dialects and encodings that agencies use."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asn_warehouse.admission.header import MAX_COLUMNS, is_named, match_header, recognised
from asn_warehouse.admission.landing import LandedFile
from asn_warehouse.admission.readers.base import Readable, refuse_bomb
from asn_warehouse.admission.readers.csv_rows import read_repaired
from asn_warehouse.admission.readers.encodings import (
    START_BYTES,
    transcoded,
    utf16_encoding,
    utf16_without_mark,
    windows_1252,
)
from asn_warehouse.contracts import Dataset
from asn_warehouse.errors import SubmissionRefused
from asn_warehouse.settings import Settings

DELIMITERS = (",", ";", "\t", "|")
HEAD_CHARACTERS = 1024**2
TITLE_RECORDS = 20
"""The header stands among the first so many records, below a title or not."""

BLOCK_BYTES = 1024**2
SMALL_BYTES = 8 * 1024
"""A smaller file is cheaper to split here than to plan a statement for its layout."""

_SAID_DELIMITER = re.compile(r"sep=(.)\r?\n")


def open_csv(
    settings: Settings, file: LandedFile, dataset: Dataset, sha256: str, scratch: Path
) -> Readable:
    """Return a CSV ready to be read; unpacked or converted copies go to ``scratch``.

    Raises:
        SubmissionRefused: when it is no text, or breaks the header rules.
    """
    path = Path(file.path)
    if file.suffix == ".csv.gz":
        path = _unpacked(settings, path, scratch / f"{sha256}.csv")
    scan = _scan(path)
    if scan.encoding != "utf-8" or scan.has_old_ends:
        newline = None if scan.has_old_ends else ""
        path = transcoded(path, scan.encoding, scratch / f"{sha256}.utf8.csv", newline)
        scan = _scan(path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head = stream.read(HEAD_CHARACTERS)
    if not head.strip():
        raise SubmissionRefused("file.empty")
    start = _find_header(dataset, head)
    if start.lines:
        path = _without_lines(path, start.lines, scratch / f"{sha256}.rows.csv")
        scan = _scan(path)
    header = match_header(dataset, start.cells)
    readable = Readable(
        file, sha256, "csv", header, tuple(start.cells), start.row + 1, delimiter=start.delimiter,
        source=path, rows=scan.rows,
    )  # fmt: skip
    is_small = path.stat().st_size < SMALL_BYTES
    if is_small or not scan.is_regular or not _is_even(readable):
        read_repaired(readable)
    return readable


def _unpacked(settings: Settings, path: Path, target: Path) -> Path:
    packed, size = path.stat().st_size, 0
    try:
        with gzip.open(path) as source, target.open("wb") as plain:
            while block := source.read(BLOCK_BYTES):
                size += len(block)
                refuse_bomb(packed, size, settings.max_expanded_bytes)
                plain.write(block)
    except (OSError, EOFError, zlib.error) as error:
        raise SubmissionRefused("file.unreadable", value="gzip") from error
    return target


@dataclass(frozen=True)
class _Scan:
    """What one look at the bytes tells; ``rows`` is known where nothing is quoted."""

    encoding: str
    is_regular: bool = True
    has_old_ends: bool = False
    rows: int | None = None


def _scan(path: Path) -> _Scan:
    """Return a text file's encoding and whether its lines are its records, as far as bytes tell.

    Where nothing is quoted, the number of lines is all that is asked: a reader that skips or
    swallows one will find another number of rows. A block without any end of a line has a line
    that is too long. Where lines end in several ways, DuckDB gives the whole file up.
    """
    with path.open("rb") as file:
        start = file.read(START_BYTES)
    encoding = utf16_encoding(start)
    if encoding is not None:
        return _Scan(encoding, has_old_ends="\n" not in start.decode(encoding, "ignore"))
    quotes, lines, returns, pairs, is_utf8, is_regular, end = 0, 0, 0, 0, True, True, b""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK_BYTES):
            if b"\x00" in block:
                return _Scan(utf16_without_mark(start))
            ends = block.count(b"\n")
            lines += ends
            quotes += block.count(b'"')
            returns += block.count(b"\r")
            pairs += block.count(b"\r\n") if returns else 0
            pairs += end.endswith(b"\r") and block.startswith(b"\n")
            is_regular &= not (len(block) == BLOCK_BYTES and ends == 0)
            is_regular &= _BLANK_LINE.search(end + block) is None
            if is_utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_utf8 = False
            end = block[-2:]
    rows = lines - 1 if end.endswith(b"\n") else lines
    is_regular &= quotes % 2 == 0 and returns == pairs and pairs in (0, lines)
    return _Scan(
        "utf-8" if is_utf8 and not decoder.getstate()[0] else windows_1252(path),
        is_regular=is_regular,
        has_old_ends=lines == 0 and returns > 0,
        rows=rows if quotes == 0 else None,
    )


_BLANK_LINE = re.compile(rb"\n\r?\n")


def _is_even(readable: Readable) -> bool:
    """Return whether a file without quotes has as many separators as its rows need.

    DuckDB takes a gigabyte to say so of some hundred thousand rows.
    """
    if readable.rows is None or readable.source is None or readable.delimiter is None:
        return True
    found, mark = 0, readable.delimiter.encode()
    with readable.source.open("rb", buffering=0) as file:
        while block := file.read(BLOCK_BYTES):
            found += block.count(mark)
    return found == (readable.rows + 1) * (readable.header.width - 1)


@dataclass(frozen=True)
class _Start:
    """Where the header stands: its cells, its row as a spreadsheet counts, the lines before."""

    delimiter: str
    cells: list[str]
    row: int
    lines: int


def _find_header(dataset: Dataset, head: str) -> _Start:
    """Return the header under the delimiter with which it names most columns.

    The header is the first record with any text, unless that names no column at all and a later
    one has all that are required: then there is a title above. Excel's own line ``sep=;`` is no
    row of the spreadsheet.
    """
    said = _SAID_DELIMITER.match(head)
    body = head[said.end() :] if said else head
    choices = [said[1]] if said else list(DELIMITERS)
    starts = [_start(body, delimiter, lambda cells: True) for delimiter in choices]
    best = max(starts, key=lambda start: (recognised(dataset, start.cells), len(start.cells)))
    if len(head) == HEAD_CHARACTERS and "\n" not in head:
        if len(best.cells) > MAX_COLUMNS:
            raise SubmissionRefused("file.too_wide", value=f"> {MAX_COLUMNS}")
        raise SubmissionRefused("file.long_line", value=1)
    if not recognised(dataset, best.cells):
        required = [column for column in dataset.columns if column.required]
        below = [
            _start(body, delimiter, lambda cells: all(is_named(c, cells) for c in required))
            for delimiter in choices
        ]
        best = next((start for start in below if start.cells), best)
    return _Start(best.delimiter, best.cells, best.row, best.lines + (said is not None))


def _start(text: str, delimiter: str, is_header: Callable[[list[str]], bool]) -> _Start:
    """Return the first record with any text that ``is_header``, or one without cells."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines = 0
    try:
        for row, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                if is_header(cells):
                    return _Start(delimiter, cells, row, lines)
                if row >= TITLE_RECORDS:
                    break
            lines = reader.line_num
    except csv.Error:
        pass
    return _Start(delimiter, [], 1, 0)


def _without_lines(path: Path, count: int, target: Path) -> Path:
    """Write a text file to ``target`` without its first ``count`` lines and return that."""
    with (
        path.open(encoding="utf-8-sig", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        for _ in range(count):
            source.readline()
        while block := source.read(BLOCK_BYTES):
            copy.write(block)
    return target
