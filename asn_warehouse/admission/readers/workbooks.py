"""Excel workbooks: the first visible sheet that has the header, below a title or not."""

import mmap
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from asn_warehouse.admission.header import Header, is_named, match_header, recognised
from asn_warehouse.admission.landing import LandedFile
from asn_warehouse.admission.parsing import WHITESPACE
from asn_warehouse.admission.readers.base import (
    AMBIGUOUS_FRACTION,
    Readable,
    damaged_nip,
    numbered,
    refuse_bomb,
)
from asn_warehouse.admission.readers.sheet_xml import (
    Extent,
    Part,
    Parts,
    column_letters,
    numeric_rows,
    scan_sheet,
    workbook_parts,
)
from asn_warehouse.contracts import Column, Dataset
from asn_warehouse.errors import SubmissionRefused
from asn_warehouse.settings import Settings

TITLE_ROWS = 50
MAX_CELLS = 12_000_000
"""A sheet may span so many cells, empty ones between included: some 70 bytes of memory each."""

MAX_TEXT_BYTES = 256 * 1024**2
"""The part that holds a workbook's texts is read into memory whole."""

NAMED_CELLS = 5
DAYS_TO_1904 = 1462
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DAMAGES = (
    zipfile.BadZipFile, fastexcel.FastExcelError, OSError, ValueError, KeyError, EOFError,
    ElementTree.ParseError, NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True)
class _Sheet:
    """A sheet as text, and the row of it that names the dataset's columns best (0 is the first)."""

    part: Part
    extent: Extent
    cells: pa.RecordBatch
    titles: list[str]
    at: int
    found: int

    def letters(self, place: int) -> str:
        """Return the letters of the column at ``place`` of ``cells``."""
        return column_letters(self.extent.first_column + place)


def open_workbook(settings: Settings, file: LandedFile, dataset: Dataset, sha256: str) -> Readable:
    """Return the rows of a workbook's first visible sheet that has the header.

    Raises:
        SubmissionRefused: when it cannot be opened, or breaks the header rules.
    """
    path = Path(file.path)
    _refuse_compound(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_contents(settings, archive)
            parts = workbook_parts(archive)
            sheet = _find_sheet(path, archive, parts, dataset)
            header = match_header(dataset, sheet.titles)
            _refuse_dead(sheet, header)
            columns = _columns(archive, sheet, header, dataset, is_1904=parts.is_1904)
    except _DAMAGES as error:
        raise SubmissionRefused("file.unreadable", value="Excel") from error
    table = _filled_rows(columns, sheet.at + 2)
    titles = tuple(sheet.titles)
    return Readable(file, sha256, "xlsx", header, titles, sheet.at + 2, table=table)


def _refuse_compound(path: Path) -> None:
    """Refuse workbooks of the old kind: .xls under another name, and all that have a password."""
    with path.open("rb") as stream:
        if stream.read(len(_COMPOUND_FILE)) != _COMPOUND_FILE:
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            is_locked = content.find(_ENCRYPTED) >= 0
    raise SubmissionRefused("file.password" if is_locked else "file.old_excel")


def _refuse_contents(settings: Settings, archive: zipfile.ZipFile) -> None:
    """Refuse macros and bombs by what the archive lists; nothing has been unpacked yet."""
    for entry in archive.infolist():
        name = entry.filename.lower()
        if name.endswith("vbaproject.bin"):
            raise SubmissionRefused("file.macro")
        if entry.flag_bits & 1:
            raise SubmissionRefused("file.password")
        is_text = name.endswith("sharedstrings.xml")
        limit = MAX_TEXT_BYTES if is_text else settings.max_expanded_bytes
        refuse_bomb(entry.compress_size, entry.file_size, limit)


def _find_sheet(path: Path, archive: zipfile.ZipFile, parts: Parts, dataset: Dataset) -> _Sheet:
    """Return the first visible sheet that names the dataset's columns best.

    What nobody sees is not what an agency means to send: a hidden sheet is only named.
    """
    workbook = fastexcel.read_excel(path)

    def read(name: str) -> _Sheet:
        extent = scan_sheet(archive, parts.sheets[name].path)
        if extent.cells > MAX_CELLS:
            raise SubmissionRefused("file.too_large", value=f"{extent.cells} sel")
        page = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        titles, at, found = _titles(page.to_arrow(), extent, dataset)
        return _Sheet(parts.sheets[name], extent, page.to_arrow(), titles, at, found)

    best: _Sheet | None = None
    for name in [name for name, part in parts.sheets.items() if part.is_visible]:
        sheet = read(name)
        best = sheet if best is None or sheet.found > best.found else best
    required = [column for column in dataset.columns if column.required]
    if best is None or not all(is_named(column, best.titles) for column in required):
        for name in [name for name, part in parts.sheets.items() if not part.is_visible]:
            titles = read(name).titles
            if all(is_named(column, titles) for column in required):
                raise SubmissionRefused("file.hidden_sheet", value=name)
    if best is None or not best.cells.num_rows:
        raise SubmissionRefused("file.empty")
    return best


def _titles(cells: pa.RecordBatch, extent: Extent, dataset: Dataset) -> tuple[list[str], int, int]:
    """Return the header row's cells, where it stands, and how many columns it names."""
    head = [list(row.values()) for row in cells.slice(0, TITLE_ROWS).to_pylist()]
    for (column, top), (last_column, bottom) in extent.merged:
        if column == last_column and top < bottom <= len(head):
            # A title that is merged over several rows belongs to the lowest as well.
            place = column - extent.first_column
            if 0 <= place < len(head[0]) and head[bottom - 1][place] is None:
                head[bottom - 1][place] = head[top - 1][place]
    rows = [["" if cell is None else cell for cell in row] for row in head] or [[]]
    counts = [recognised(dataset, row) for row in rows]
    at = counts.index(max(counts))
    titles = rows[at]
    while titles and not titles[-1].strip():
        titles.pop()
    return titles, at, counts[at]


def _refuse_dead(sheet: _Sheet, header: Header) -> None:
    """Refuse a sheet in which a column that counts has errors or formulas without a result."""
    places = {place for _, place in header.positions}
    dead = [
        f"{column_letters(column)}{row}"
        for column, row in sheet.extent.dead
        if row > sheet.at + 1 and column - sheet.extent.first_column in places
    ]
    if dead:
        more = ", …" if len(dead) > NAMED_CELLS else ""
        raise SubmissionRefused("file.formula", value=", ".join(dead[:NAMED_CELLS]) + more)


def _columns(
    archive: zipfile.ZipFile, sheet: _Sheet, header: Header, dataset: Dataset, *, is_1904: bool
) -> list[pa.Array]:
    """Return the columns below the header, numeric cells so that they cannot be misread.

    An NIP that is a number in the workbook has lost digits: it is written in scientific notation,
    as Excel shows it. A number such as 1.234 gets another decimal: it is no thousand. Bare days
    of a workbook that counts from 1904 are counted as everywhere else.
    """
    columns = [sheet.cells.column(place).slice(sheet.at + 1) for place in range(header.width)]
    suspects: dict[int, tuple[Column, list[int]]] = {}
    for name, place in header.positions:
        column = dataset.column(name)
        pattern = _suspicious(column, is_1904=is_1904)
        if pattern is None:
            continue
        found = pc.indices_nonzero(pc.match_substring_regex(columns[place], pattern)).to_pylist()
        if found:
            suspects[place] = (column, found)
    numbers = {sheet.extent.first_column + place: place for place in suspects}
    rows = numeric_rows(archive, sheet.part.path, set(numbers)) if suspects else {}
    for number, place in numbers.items():
        column, found = suspects[place]
        wrong = [at for at in found if at + sheet.at + 2 in rows[number]]
        if wrong:
            texts = columns[place].to_pylist()
            for at in wrong:
                texts[at] = _number(texts[at], column)
            columns[place] = pa.array(texts, pa.string())
    return columns


def _suspicious(column: Column, *, is_1904: bool) -> str | None:
    """Return the pattern of texts whose meaning depends on whether the cell is a number."""
    if column.kind == "nip":
        return "^[0-9]{16,}$"
    if column.kind in ("integer", "number"):
        return f"^{AMBIGUOUS_FRACTION}$"
    return r"^[0-9]+(\.[0-9]+)?$" if column.kind == "date" and is_1904 else None


def _number(text: str, column: Column) -> str:
    if column.kind == "nip":
        return damaged_nip(float(text))
    return str(int(float(text)) + DAYS_TO_1904) if column.kind == "date" else f"{text}0"


def _filled_rows(columns: list[pa.Array], first: int) -> pa.Table:
    """Return the rows that are not blank; ``first`` is the number of the first of ``columns``."""
    count = len(columns[0])
    has_value = pa.array([False]).take(pa.array([0] * count, pa.int32()))
    for column in columns:
        is_filled = pc.not_equal(pc.utf8_trim(column, WHITESPACE), "")
        has_value = pc.or_(has_value, pc.fill_null(is_filled, False))
    numbers = pa.array(range(first, first + count), pa.int32())
    return numbered(numbers.filter(has_value), [column.filter(has_value) for column in columns])
