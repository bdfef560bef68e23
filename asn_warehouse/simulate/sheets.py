"""A submission as text on its way into a file."""

from dataclasses import dataclass, field

import pyarrow as pa

from asn_warehouse.contracts import Dataset
from asn_warehouse.simulate.dialects import Dialect


@dataclass
class Sheet:
    """A submission as text, with the places where faults were put."""

    dataset: Dataset
    dialect: Dialect
    text: pa.Table
    edited: set[tuple[int, str]] = field(default_factory=set)
    """(row index, column) of cells that must stay text where others are numbers or dates."""
    float_cells: dict[tuple[int, str], float] = field(default_factory=dict)
    """Cells that became a number on the way, as an NIP does in Excel."""
    extra_fields: list[int] = field(default_factory=list)
    """Row indexes that cannot be split: with fields beyond the header, or an object cut short."""
    has_open_quote: bool = False
    """Whether the last line of a CSV file opens a quote that is never closed."""

    def row_number(self, index: int) -> int:
        """Return the spreadsheet row of a row index."""
        return index + self.dialect.first_row
