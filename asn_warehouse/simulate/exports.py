"""Submissions as programs export them: JSON, JSON Lines and Parquet."""

import io
import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from asn_warehouse.contracts import Column
from asn_warehouse.simulate.dialects import header
from asn_warehouse.simulate.sheets import Sheet

_TYPES = {"integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}
TYPED_KINDS = tuple(_TYPES)
"""Kinds of column that Parquet types, so that no cell of them can be unreadable."""


def json_bytes(sheet: Sheet) -> bytes:
    """Return a list of records, in SIASN's envelope where the dialect says so."""
    records = ",\n".join(_records(sheet))
    if sheet.dialect.is_enveloped:
        return f'{{"code":1,"data":[\n{records}\n]}}\n'.encode()
    return f"[\n{records}\n]\n".encode()


def jsonl_bytes(sheet: Sheet) -> bytes:
    """Return a record a line."""
    return "".join(f"{record}\n" for record in _records(sheet)).encode()


def _records(sheet: Sheet) -> Sequence[str]:
    parts: list[pa.Array | pa.ChunkedArray | str] = []
    for column, title in zip(
        sheet.dataset.columns, header(sheet.dataset, sheet.dialect), strict=True
    ):
        parts.append(f"{',' if parts else '{'}{json.dumps(title)}:")
        parts.append(_values(sheet, column))
    records: list[str] = pc.binary_join_element_wise(*parts, "}", "").to_pylist()
    for index in sheet.extra_fields:
        records[index] = records[index][:-2]
    return records


def _values(sheet: Sheet, column: Column) -> pa.ChunkedArray:
    """Return a column as JSON: bare numbers, and everything else, edited cells too, in quotes."""
    text = sheet.text[column.name]
    quoted = pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), '"', '\\"')
    values = pc.binary_join_element_wise('"', quoted, '"', "")
    if column.kind in ("integer", "number"):
        is_edited = np.zeros(len(text), dtype=np.bool_)
        is_edited[[row for row, name in sheet.edited if name == column.name]] = True
        values = pc.if_else(pa.array(is_edited), values, text)
    became = {
        row: number for (row, name), number in sheet.float_cells.items() if name == column.name
    }
    if became:
        cells = values.to_pylist()
        for row, number in became.items():
            cells[row] = repr(number)
        values = pa.chunked_array([cells])
    return pc.fill_null(values, "null")


def parquet_bytes(sheet: Sheet) -> bytes:
    """Return a table with numbers and dates as such."""
    columns = [
        pc.cast(sheet.text[column.name], _TYPES.get(column.kind, pa.string()))
        for column in sheet.dataset.columns
    ]
    buffer = io.BytesIO()
    titles = header(sheet.dataset, sheet.dialect)
    pq.write_table(pa.table(columns, names=titles), buffer, compression="zstd")
    return buffer.getvalue()
