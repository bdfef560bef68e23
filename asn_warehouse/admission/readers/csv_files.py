"""CSV in the dialects and encodings that agencies use."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from asn_warehouse.admission.header import match_header, recognised
from asn_warehouse.admission.landing import LandedFile
from asn_warehouse.admission.readers.base import Readable, text_table
from asn_warehouse.contracts import Dataset
from asn_warehouse.errors import SubmissionRefused
from asn_warehouse.settings import Settings

DELIMITERS = (",", ";", "\t", "|")
HEAD_BYTES = 256 * 1024
BLOCK_BYTES = 1024**2
SMALL_BYTES = 128 * 1024
"""A smaller file is cheaper to split here than to plan a statement for its layout."""

RECORD_LINES = 20
"""A quoted value may go on over so many lines; a quote open for longer was never closed."""


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
    if scan.encoding != "utf-8":
        path = _transcoded(path, scan.encoding, scratch / f"{sha256}.utf8.csv")
        scan = _scan(path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip():
        raise SubmissionRefused("file.empty")
    delimiter, cells = _dialect(dataset, head)
    header = match_header(dataset, cells)
    readable = Readable(
        file, sha256, "csv", header, tuple(cells), 2, delimiter=delimiter, source=path,
        rows=scan.rows,
    )  # fmt: skip
    is_small = path.stat().st_size < SMALL_BYTES
    if is_small or not scan.is_regular or not head.split("\n", 1)[0].strip():
        read_repaired(readable)
    return readable


def _unpacked(settings: Settings, path: Path, target: Path) -> Path:
    size = 0
    try:
        with gzip.open(path) as packed, target.open("wb") as plain:
            while block := packed.read(BLOCK_BYTES):
                size += len(block)
                if size > settings.max_expanded_bytes:
                    raise SubmissionRefused("file.too_large", value=f"> {size // 1024**2} MB")
                plain.write(block)
    except (OSError, EOFError, zlib.error) as error:
        raise SubmissionRefused("file.unreadable", value="gzip") from error
    return target


@dataclass(frozen=True)
class _Scan:
    """What one look at the bytes tells; ``rows`` is known where nothing is quoted."""

    encoding: str
    is_regular: bool
    rows: int | None = None


def _scan(path: Path) -> _Scan:
    """Return a text file's encoding and whether its lines are its records, as far as bytes tell.

    Where nothing is quoted, the number of lines is all that is asked: a reader that skips or
    swallows one will find another number of rows.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _Scan("utf-16", is_regular=True)
    quotes, lines, is_utf8, has_blank_lines, end = 0, 0, True, False, b""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK_BYTES):
            if b"\x00" in block:
                return _Scan(_utf16_without_mark(start), is_regular=True)
            lines += block.count(b"\n")
            if quotes or b'"' in block:
                quotes += block.count(b'"')
                has_blank_lines |= _BLANK_LINE.search(end + block) is not None
            if is_utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_utf8 = False
            end = block[-2:]
    rows = lines - 1 if end.endswith(b"\n") else lines
    return _Scan(
        "utf-8" if is_utf8 and not decoder.getstate()[0] else _windows_1252(path),
        is_regular=quotes % 2 == 0 and not has_blank_lines,
        rows=rows if quotes == 0 else None,
    )


_BLANK_LINE = re.compile(rb"\n\r?\n")


def _windows_1252(path: Path) -> str:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if _NOT_WINDOWS_1252.search(block):
                raise SubmissionRefused("file.encoding")
    return "cp1252"


def _utf16_without_mark(start: bytes) -> str:
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) < len(start) // 4 or min(even, odd) > len(start) // 20:
        raise SubmissionRefused("file.encoding")
    return "utf-16-le" if odd > even else "utf-16-be"


_NOT_WINDOWS_1252 = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d]")


def _transcoded(path: Path, encoding: str, target: Path) -> Path:
    try:
        with (
            path.open(encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as copy,
        ):
            while block := source.read(BLOCK_BYTES):
                if "\x00" in block:
                    raise SubmissionRefused("file.encoding")
                copy.write(block)
    except UnicodeError as error:
        raise SubmissionRefused("file.encoding") from error
    return target


def _dialect(dataset: Dataset, head: str) -> tuple[str, list[str]]:
    """Return the delimiter under which the header names most columns, and the header's cells."""

    def first_record(delimiter: str) -> list[str]:
        reader = csv.reader(io.StringIO(head.lstrip("\r\n")), delimiter=delimiter)
        try:
            return next(reader, [])
        except csv.Error:
            return []

    records = {delimiter: first_record(delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda d: (recognised(dataset, records[d]), len(records[d])))
    return best, records[best]


def read_repaired(readable: Readable) -> None:
    """Read a CSV line by line, so that each broken row is set aside with its own number."""
    if readable.source is None or readable.delimiter is None:
        raise ValueError("not a CSV")
    width = readable.header.width
    rows: list[list[str]] = []
    numbers: list[int] = []
    with readable.source.open(encoding="utf-8-sig", newline="") as stream:
        records = _records(stream, readable.delimiter, width)
        is_header = True
        for number, (cells, text) in enumerate(records, start=1):
            if is_header:
                is_header = not any(c.strip() for c in cells or [])
            elif cells is None:
                readable.broken.append((number, text))
            elif any(cell.strip() for cell in cells):
                rows.append(cells)
                numbers.append(number)
    readable.table = text_table(rows, numbers, readable.header)


def _records(stream: IO[str], delimiter: str, width: int) -> Iterator[tuple[list[str] | None, str]]:
    """Yield each record's cells, or None and its text where it is not a row of ``width`` cells."""
    pending: list[str] = []
    for line in _lines(stream):
        pending.append(line)
        while pending:
            cells, used = _parse(pending, delimiter, width)
            if cells is None and used == 0:
                break
            text = "".join(pending[: max(used, 1)])
            del pending[: max(used, 1)]
            yield cells, text.rstrip("\r\n")
    while pending:
        cells, used = _parse(pending, delimiter, width, is_last=True)
        text = "".join(pending[: max(used, 1)])
        del pending[: max(used, 1)]
        yield cells, text.rstrip("\r\n")


def _lines(stream: IO[str]) -> Iterator[str]:
    for line in stream:
        if line.strip("\r\n"):
            yield line
        else:
            yield "\n"


def _parse(
    lines: list[str], delimiter: str, width: int, *, is_last: bool = False
) -> tuple[list[str] | None, int]:
    """Return the first record of ``lines`` and how many it used; 0 used asks for another line."""
    first = lines[0]
    if not first.strip():
        return [], 1
    if first.count('"') % 2 == 0:
        cells = _cells(first, delimiter)
        return (cells if cells is not None and len(cells) == width else None), 1
    for used in range(2, len(lines) + 1):
        text = "".join(lines[:used])
        if text.count('"') % 2 == 0:
            cells = _cells(text, delimiter)
            return (cells, used) if cells is not None and len(cells) == width else (None, 1)
    wants_more = len(lines) < RECORD_LINES and not is_last
    return None, 0 if wants_more else 1


def _cells(text: str, delimiter: str) -> list[str] | None:
    try:
        records = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None
