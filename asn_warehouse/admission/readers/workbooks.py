"""Excel workbooks: the first sheet that has the header, below a title or not."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import fastexcel

from asn_warehouse.admission.header import Header, match_header, recognised
from asn_warehouse.admission.landing import LandedFile
from asn_warehouse.admission.readers.base import Readable, text_table
from asn_warehouse.contracts import Dataset
from asn_warehouse.errors import SubmissionRefused
from asn_warehouse.settings import Settings

TITLE_ROWS = 50
MAX_CELLS = 20_000_000
"""A sheet may span so many cells, empty ones between included."""

BLOCK_BYTES = 1024**2
MARKUP_BYTES = 64
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
SheetRows = list[list[str | None]]


def open_workbook(settings: Settings, file: LandedFile, dataset: Dataset, sha256: str) -> Readable:
    """Return the rows of a workbook's first sheet that has the header.

    Raises:
        SubmissionRefused: when it cannot be opened, or breaks the header rules.
    """
    path = Path(file.path)
    try:
        with zipfile.ZipFile(path) as archive:
            expanded = sum(entry.file_size for entry in archive.infolist())
            if expanded > settings.max_expanded_bytes:
                raise SubmissionRefused("file.too_large", value=f"{expanded // 1024**2} MB")
            _check_extent(archive)
        workbook = fastexcel.read_excel(path)
        sheets = [_sheet_text(workbook, name) for name in workbook.sheet_names]
    except (zipfile.BadZipFile, fastexcel.FastExcelError, OSError, ValueError) as error:
        raise SubmissionRefused("file.unreadable", value="Excel") from error
    name, rows, at = _find_header(dataset, sheets)
    cells = ["" if cell is None else cell for cell in rows[at]]
    while cells and not cells[-1].strip():
        cells.pop()
    header = match_header(dataset, cells)
    body = [
        (number, row[: header.width])
        for number, row in enumerate(rows[at + 1 :], start=at + 2)
        if any(cell and cell.strip() for cell in row[: header.width])
    ]
    _restore_numbers(path, name, dataset, header, body)
    table = text_table([row for _, row in body], [number for number, _ in body], header)
    return Readable(file, sha256, "xlsx", header, tuple(cells), at + 2, table=table)


def _check_extent(archive: zipfile.ZipFile) -> None:
    """Refuse a sheet whose used corner is so far out that reading it would take all memory.

    The size that a sheet states of itself can lie, so the cells are asked.
    """
    for part in archive.namelist():
        if not _SHEET_PART.fullmatch(part):
            continue
        columns = rows = 0
        with archive.open(part) as stream:
            tail = b""
            while block := stream.read(BLOCK_BYTES):
                cells = set(_CELL.findall(tail + block))
                tail = block[-MARKUP_BYTES:]
                columns = max([columns, *(_position(letters) for letters, _ in cells)])
                rows = max([rows, *(int(number) for _, number in cells)])
        if columns * rows > MAX_CELLS:
            raise SubmissionRefused("file.too_large", value=f"{columns * rows} sel")


def _position(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _sheet_text(workbook: fastexcel.ExcelReader, name: str) -> tuple[str, SheetRows]:
    sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    columns = [column.to_pylist() for column in sheet.to_arrow().columns]
    rows: SheetRows = [list(row) for row in zip(*columns, strict=True)]
    return name, rows


def _find_header(
    dataset: Dataset, sheets: list[tuple[str, SheetRows]]
) -> tuple[str, SheetRows, int]:
    """Return the first sheet and row that name the dataset's columns best."""
    best: tuple[int, str, SheetRows, int] = (0, "", [], 0)
    for name, rows in sheets:
        for at, row in enumerate(rows[:TITLE_ROWS]):
            found = recognised(dataset, [cell or "" for cell in row])
            if found > best[0]:
                best = (found, name, rows, at)
    if best[0] == 0:
        if not any(rows for _, rows in sheets):
            raise SubmissionRefused("file.empty")
        required = ", ".join(c.name for c in dataset.columns if c.required)
        raise SubmissionRefused("file.missing_column", value=required)
    return best[1], best[2], best[3]


_EXACT = 2**53
_LOOKS_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")


def _restore_numbers(
    path: Path,
    sheet: str,
    dataset: Dataset,
    header: Header,
    body: list[tuple[int, list[str | None]]],
) -> None:
    """Write numeric cells so that their text cannot be taken for something else.

    An NIP that is a number in the workbook has lost digits: it is written in scientific notation,
    as Excel shows it. A number such as 1.234 gets another decimal: it is no thousand.
    """
    kinds = {position: dataset.column(name).kind for name, position in header.positions}
    suspects = [
        (number, row, position, value)
        for number, row in body
        for position, value in enumerate(row)
        if value is not None and _is_suspect(kinds.get(position, "text"), value)
    ]
    if not suspects:
        return
    numeric = _numeric_cells(path, sheet, {position for _, _, position, _ in suspects})
    for number, row, position, value in suspects:
        if (position, number) in numeric:
            is_nip = kinds[position] == "nip"
            row[position] = f"{int(float(value)):.14E}" if is_nip else f"{value}0"


def _is_suspect(kind: str, value: str) -> bool:
    if kind == "nip":
        return value.isdigit() and int(value) > _EXACT
    return kind in ("integer", "number") and _LOOKS_AMBIGUOUS.fullmatch(value) is not None


def _numeric_cells(path: Path, sheet: str, positions: set[int]) -> set[tuple[int, int]]:
    """Return (column position, row number) of the cells of ``sheet`` that hold a bare number."""
    letters = {_letters(position): position for position in positions}
    with zipfile.ZipFile(path) as archive:
        xml = archive.read(_sheet_part(archive, sheet))
    pattern = re.compile(rb"<(?:\w+:)?c\s([^>]*?)/?>")
    found = set()
    for match in pattern.finditer(xml):
        reference = re.search(rb'\br="([A-Z]+)([0-9]+)"', match[1])
        kind = re.search(rb'\bt="(\w+)"', match[1])
        if reference and (kind is None or kind[1] == b"n"):
            position = letters.get(reference[1].decode())
            if position is not None:
                found.add((position, int(reference[2])))
    return found


def _letters(position: int) -> str:
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part inside a workbook that holds ``sheet``."""
    workbook = _xml(archive.read("xl/workbook.xml"))
    links = _xml(archive.read("xl/_rels/workbook.xml.rels"))
    identifier = next(
        value
        for element in workbook.iter()
        if element.tag.endswith("}sheet") and element.get("name") == sheet
        for key, value in element.attrib.items()
        if key.endswith("}id")
    )
    target = next(link.get("Target", "") for link in links if link.get("Id") == identifier)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _xml(part: bytes) -> ElementTree.Element:
    """Parse a part of a workbook; entity declarations, which no workbook needs, refuse the file."""
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise SubmissionRefused("file.unreadable", value="Excel")
    return ElementTree.fromstring(part)  # noqa: S314 - no DTD, hence no entity can expand
