"""Which encoding a text file has, and copies in UTF-8."""

import codecs
import re
from pathlib import Path

from asn_warehouse.errors import SubmissionRefused

BLOCK_BYTES = 1024**2
START_BYTES = 4096

_NOT_WINDOWS_1252 = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
_UTF8_LETTER = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


def utf16_encoding(start: bytes) -> str | None:
    """Return the kind of UTF-16 that a file which begins with ``start`` has; None for others.

    Raises:
        SubmissionRefused: when there are NUL bytes that no UTF-16 would have.
    """
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return utf16_without_mark(start) if b"\x00" in start else None


def utf16_without_mark(start: bytes) -> str:
    """Return which UTF-16 the bytes ``start``, some of them NUL, are by where the NULs stand.

    Raises:
        SubmissionRefused: when they are neither.
    """
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) < len(start) // 4 or min(even, odd) > len(start) // 20:
        raise SubmissionRefused("file.encoding")
    return "utf-16-le" if odd > even else "utf-16-be"


def windows_1252(path: Path) -> str:
    """Return ``cp1252`` where a file that is no UTF-8 can be that.

    Raises:
        SubmissionRefused: when it has bytes that Windows-1252 leaves open, or letters of UTF-8
            beside the stray bytes, which would become nonsense.
    """
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if _NOT_WINDOWS_1252.search(block) or _UTF8_LETTER.search(block):
                raise SubmissionRefused("file.encoding")
    return "cp1252"


def transcoded(path: Path, encoding: str, target: Path, newline: str | None = "") -> Path:
    """Write a text file to ``target`` as UTF-8 and return that.

    Raises:
        SubmissionRefused: when it is no text in ``encoding``.
    """
    try:
        with (
            path.open(encoding=encoding, newline=newline) as source,
            target.open("w", encoding="utf-8", newline="") as copy,
        ):
            while block := source.read(BLOCK_BYTES):
                if "\x00" in block:
                    raise SubmissionRefused("file.encoding")
                copy.write(block)
    except UnicodeError as error:
        raise SubmissionRefused("file.encoding") from error
    return target


def as_utf8(path: Path, target: Path) -> Path:
    """Return ``path`` itself, or its copy at ``target`` where it is UTF-16."""
    with path.open("rb") as file:
        encoding = utf16_encoding(file.read(START_BYTES))
    return path if encoding is None else transcoded(path, encoding, target)


def is_blank(path: Path) -> bool:
    """Return whether a text file in UTF-8 shows nothing at all."""
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if block.removeprefix(codecs.BOM_UTF8).strip():
                return False
    return True
