"""What the XML of a workbook's sheet tells beside the values: its extent, numbers, dead formulas.

Sheets are read in blocks, so that what expands to gigabytes never lies in memory whole.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from asn_warehouse.errors import SubmissionRefused

BLOCK_BYTES = 1024**2
TAIL_BYTES = 64 * 1024**2
"""A cell's markup may be so long before the sheet is taken for damaged."""

MAX_NOTED = 10_000

_NAME = rb"<(?:\w+:)?"
_FORMULA = re.compile(_NAME + rb"f\b")
_FILLED = re.compile(
    _NAME + rb'c\s(?:[^>]*?\s)?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>'
    rb"(?:\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>))?\s*<(?:\w+:)?(?:v|is)\b"
)
_UNPLACED = re.compile(_NAME + rb'c(?:\s(?![^>]*\br=")[^>]*)?(?<!/)>')
_MERGED = re.compile(
    _NAME + rb'mergeCell\s[^>]*\bref="([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})"'
)
_WHOLE = re.compile(_NAME + rb"c\s([^>]*)(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
_KIND = re.compile(rb'\bt="(\w+)"')
_VALUE = re.compile(_NAME + rb"v>[^<]|" + _NAME + rb"is>")

Cell = tuple[int, int]
"""Column and row, both from 1, as a spreadsheet counts them."""


@dataclass
class Extent:
    """The corners of a sheet's filled cells, its merged cells, and formulas without a result."""

    first_column: int = 2**14
    columns: int = 0
    rows: int = 0
    merged: list[tuple[Cell, Cell]] = field(default_factory=list)
    dead: list[Cell] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """How many cells the rectangle from A1 to the last corner has."""
        return self.columns * self.rows


def scan_sheet(archive: zipfile.ZipFile, part: str) -> Extent:
    """Return the extent of a sheet; what it states of itself can lie, so the cells are asked.

    Raises:
        SubmissionRefused: when cells do not say where they stand.
    """
    extent = Extent()
    for block in _blocks(archive, part):
        if _UNPLACED.search(block):
            raise SubmissionRefused("file.unreadable", value="Excel")
        found = set(_FILLED.findall(block))
        columns = [column_number(letters) for letters in {letters for letters, _ in found}]
        extent.first_column = min([extent.first_column, *columns])
        extent.columns = max([extent.columns, *columns])
        extent.rows = max([extent.rows, *(int(row) for _, row in found)])
        room = MAX_NOTED - len(extent.merged)
        extent.merged += [(_cell(a), _cell(b)) for a, b in _MERGED.findall(block)[:room]]
        if b't="e"' in block or _FORMULA.search(block):
            extent.dead += _dead(block)[: MAX_NOTED - len(extent.dead)]
    return extent


def _dead(block: bytes) -> list[Cell]:
    """Return the cells that hold an error, or a formula whose result nobody has computed."""
    found = []
    for match in _WHOLE.finditer(block):
        kind = _KIND.search(match[1])
        is_error = kind is not None and kind[1] == b"e"
        is_open = _FORMULA.search(match[2]) is not None and not _VALUE.search(match[2])
        reference = _REFERENCE.search(match[1])
        if (is_error or is_open) and reference:
            found.append((column_number(reference[1]), int(reference[2])))
    return found


def numeric_rows(archive: zipfile.ZipFile, part: str, columns: set[int]) -> dict[int, set[int]]:
    """Return, for each of ``columns``, the rows whose cell holds a bare number."""
    names = b"|".join(column_letters(column).encode() for column in sorted(columns))
    pattern = re.compile(_NAME + rb'c\s([^>]*?\br="(' + names + rb')([0-9]+)"[^>]*)(?<!/)>')
    found: dict[int, set[int]] = {column: set() for column in columns}
    for block in _blocks(archive, part):
        for attributes, letters, row in pattern.findall(block):
            kind = _KIND.search(attributes)
            if kind is None or kind[1] == b"n":
                found[column_number(letters)].add(int(row))
    return found


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a sheet's XML in pieces that end where a cell or another element ends."""
    rest = b""
    with archive.open(part) as stream:
        while block := stream.read(BLOCK_BYTES):
            text = rest + block
            end = max(text.rfind(b"c>"), text.rfind(b"/>")) + 2
            if end == 1 and len(text) > TAIL_BYTES:
                raise SubmissionRefused("file.unreadable", value="Excel")
            end = end if end > 1 else 0
            yield text[:end]
            rest = text[end:]
    yield rest


def column_number(letters: bytes) -> int:
    """Return a column's number, A being 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """Return a column's letters, 1 being A."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _cell(reference: bytes) -> Cell:
    letters = reference.rstrip(b"0123456789")
    return column_number(letters), int(reference[len(letters) :])


@dataclass(frozen=True)
class Part:
    """Where a worksheet lies inside a workbook, and whether a person sees it."""

    path: str
    is_visible: bool


@dataclass(frozen=True)
class Parts:
    """The worksheets of a workbook by name, and whether its days count from 1904."""

    sheets: dict[str, Part]
    is_1904: bool


def workbook_parts(archive: zipfile.ZipFile) -> Parts:
    """Return the worksheets of a workbook in their order; sheets of charts are none.

    Raises:
        SubmissionRefused: when the XML declares entities, which no workbook needs.
    """
    book = _xml(archive.read("xl/workbook.xml"))
    links = _xml(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    sheets = {}
    for element in book.iter():
        if element.tag.endswith("}sheet"):
            link = next((v for k, v in element.attrib.items() if k.endswith("}id")), None)
            target = targets.get(link, "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if "chartsheets/" not in path:
                is_visible = element.get("state", "visible") == "visible"
                sheets[element.get("name", "")] = Part(path, is_visible)
    settings = next((e for e in book.iter() if e.tag.endswith("}workbookPr")), None)
    is_1904 = settings is not None and settings.get("date1904", "0") in ("1", "true")
    return Parts(sheets, is_1904)


def _xml(part: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise SubmissionRefused("file.unreadable", value="Excel")
    return ElementTree.fromstring(part)  # noqa: S314 - no DTD, hence no entity can expand
