"""A CSV record by record, so that each row that cannot be split is set aside with its number."""

import csv
import io
from collections.abc import Iterator
from typing import IO

from asn_warehouse.admission.readers.base import (
    BROKEN_CHARACTERS,
    CELL_CHARACTERS,
    Broken,
    Readable,
    TextRows,
)

RECORD_LINES = 20
"""A quoted value may go on over so many lines; a quote open for longer was never closed."""

_NO_TEXT = "\r\n\x1a"
"""Ends of lines, and the mark with which DOS ends a file."""

csv.field_size_limit(CELL_CHARACTERS)


class _LongLine(str):
    """The beginning of a line that is too long to be a row."""


def read_repaired(readable: Readable) -> None:
    """Read a CSV line by line, so that each broken row is set aside with its own number.

    Raises:
        SubmissionRefused: when too many rows are broken, or memory does not hold the others.
    """
    if readable.source is None or readable.delimiter is None:
        raise ValueError("not a CSV")
    filled = [place for place, title in enumerate(readable.titles) if title.strip()]
    widths = range(filled[-1] + 1, readable.header.width + 1)
    rows, broken = TextRows(readable.header.width), Broken()
    with readable.source.open(encoding="utf-8-sig", newline="") as stream:
        records = _records(stream, readable.delimiter, widths)
        next(records)
        for number, (cells, text) in enumerate(records, start=readable.first_row):
            if cells is None:
                broken.add(number, text)
            elif any(cell.strip() for cell in cells):
                rows.add(number, cells)
    readable.table, readable.broken = rows.table(), broken.rows


Record = tuple[list[str] | None, str]


def _records(stream: IO[str], delimiter: str, widths: range) -> Iterator[Record]:
    """Yield each record's cells, or None and its text where it is not a row of ``widths`` cells.

    The greatest of ``widths`` is the header's, the least leaves its titles without text away.
    """
    pending: list[str] = []

    def settle(*, is_last: bool) -> Iterator[Record]:
        while pending:
            cells, used = _parse(pending, delimiter, widths, is_last=is_last)
            if used == 0:
                return
            text = "".join(pending[:used])
            del pending[:used]
            yield cells, text.rstrip("\r\n")

    for line in _lines(stream):
        if isinstance(line, _LongLine):
            yield from settle(is_last=True)
            yield None, line
        else:
            pending.append(line)
            yield from settle(is_last=False)
    yield from settle(is_last=True)


def _lines(stream: IO[str]) -> Iterator[str]:
    """Yield lines with their ends; of a line that is too long only its beginning is kept."""
    while line := stream.readline(CELL_CHARACTERS):
        if len(line) == CELL_CHARACTERS and line[-1] not in "\r\n":
            rest = line
            while rest and rest[-1] not in "\r\n":
                rest = stream.readline(CELL_CHARACTERS)
            yield _LongLine(line[:BROKEN_CHARACTERS])
        else:
            yield line if line.strip(_NO_TEXT) else "\n"


def _parse(
    lines: list[str], delimiter: str, widths: range, *, is_last: bool
) -> tuple[list[str] | None, int]:
    """Return the first record of ``lines`` and how many it used; 0 used asks for another line."""
    first = lines[0]
    if not first.strip():
        return [], 1
    if first.count('"') % 2 == 0:
        return _cells(first, delimiter, widths), 1
    for used in range(2, len(lines) + 1):
        text = "".join(lines[:used])
        if text.count('"') % 2 == 0:
            cells = _cells(text, delimiter, widths)
            return cells, used if cells is not None else 1
    wants_more = len(lines) < RECORD_LINES and not is_last
    return None, 0 if wants_more else 1


def _cells(text: str, delimiter: str, widths: range) -> list[str] | None:
    """Return a record's cells, as many as the header's; None where they are others.

    Separators at the end of rows or of the header alone, with nothing behind, do not matter.
    """
    try:
        records = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if len(records) != 1:
        return None
    (cells,) = records
    width = widths[-1]
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return cells[:width]
    return cells + [""] * (width - len(cells)) if len(cells) in widths else None
