"""What every reader gives: the file's layout, and its rows unless DuckDB reads them."""

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from asn_warehouse.admission.header import Header
from asn_warehouse.admission.landing import LandedFile


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
    rows: list[list[str]] | list[list[str | None]], numbers: list[int], header: Header
) -> pa.Table:
    """Return rows as text columns ``c0``… beside their ``row_number``."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * header.width
    arrays = [pa.array(column, pa.string()) for column in columns]
    names = [f"c{i}" for i in range(header.width)]
    return pa.table([pa.array(numbers, pa.int32()), *arrays], names=["row_number", *names])
