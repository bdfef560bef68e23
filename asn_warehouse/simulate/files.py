"""Writes submissions: CSV in every dialect, small workbooks, and what programs export."""

import gzip
import io
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import xlsxwriter

from asn_warehouse.periods import Period
from asn_warehouse.simulate.agencies import due_on
from asn_warehouse.simulate.dialects import Dialect, header
from asn_warehouse.simulate.draws import stream
from asn_warehouse.simulate.exports import json_bytes, jsonl_bytes, parquet_bytes
from asn_warehouse.simulate.sheets import Sheet

_CREATED = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)
LATE_SHARE = 0.04


def _csv_bytes(table: pa.Table, dialect: Dialect) -> bytes:
    style = "needed" if dialect.is_quoted else "none"
    buffer = io.BytesIO()
    options = {"delimiter": dialect.delimiter, "eol": "\n"}
    try:
        write = pa_csv.WriteOptions(quoting_style=style, quoting_header=style, **options)
        pa_csv.write_csv(table, buffer, write)
    except pa.ArrowInvalid:
        buffer = io.BytesIO()
        pa_csv.write_csv(table, buffer, pa_csv.WriteOptions(**options))
    return buffer.getvalue()


def _break_lines(data: bytes, sheet: Sheet) -> bytes:
    separator = sheet.dialect.delimiter
    lines = data.decode("utf-8").removesuffix("\n").split("\n")
    for index in sheet.extra_fields:
        lines[index + 1] += f"{separator}tambahan{separator}lagi"
    if sheet.has_open_quote:
        last = sheet.text.slice(sheet.text.num_rows - 1).to_pylist()[0].values()
        cells = [str(cell or "").replace(separator, " ").replace('"', "") for cell in last]
        lines[-1] = separator.join([*cells[:-1], f'"{cells[-1]}'])
    return ("\n".join(lines) + "\n").encode()


def csv_bytes(sheet: Sheet, headings: Sequence[str] | None = None) -> bytes:
    """Return a CSV file in the sheet's dialect; ``headings`` replaces the usual header."""
    dialect = sheet.dialect
    table = sheet.text
    if dialect.null is not None:
        table = pa.table([pc.fill_null(c, dialect.null) for c in table.columns], table.column_names)
    names = list(headings or header(sheet.dataset, dialect))
    data = _csv_bytes(table.rename_columns(names), dialect)
    if sheet.extra_fields or sheet.has_open_quote:
        data = _break_lines(data, sheet)
    if dialect.newline != "\n":
        data = data.replace(b"\n", dialect.newline.encode())
    return data if dialect.encoding == "utf-8" else data.decode("utf-8").encode(dialect.encoding)


def xlsx_bytes(sheet: Sheet, headings: Sequence[str] | None = None) -> bytes:
    """Return a workbook: codes and NIP as text, numbers as numbers, dates as the dialect says."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    workbook.set_properties({"created": _CREATED})
    page = workbook.add_worksheet("Data")
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    top = sheet.dialect.title_rows
    if top:
        page.merge_range(0, 0, 0, 4, sheet.dataset.label.upper())
        page.write_string(1, 0, "Disusun oleh bagian kepegawaian")
    for column, heading in enumerate(headings or header(sheet.dataset, sheet.dialect)):
        page.write_string(top, column, heading)
    kinds = {column.name: column.kind for column in sheet.dataset.columns}
    for column, name in enumerate(sheet.text.column_names):
        kind = kinds.get(name, "text")
        for row, value in enumerate(sheet.text[name].to_pylist()):
            if (row, name) in sheet.float_cells:
                page.write_number(top + 1 + row, column, sheet.float_cells[row, name])
            elif value is None:
                continue
            elif (row, name) in sheet.edited:
                page.write_string(top + 1 + row, column, value)
            elif kind in ("integer", "number"):
                page.write_number(top + 1 + row, column, float(value))
            elif kind == "date" and sheet.dialect.dates == "serial":
                page.write_number(top + 1 + row, column, int(value))
            elif kind == "date" and sheet.dialect.dates == "cell":
                page.write_datetime(top + 1 + row, column, date.fromisoformat(value), day)
            else:
                page.write_string(top + 1 + row, column, value)
    workbook.close()
    return buffer.getvalue()


def sheet_bytes(sheet: Sheet) -> bytes:
    """Return the file of a sheet."""
    match sheet.dialect.format:
        case "xlsx":
            return xlsx_bytes(sheet)
        case "json":
            return json_bytes(sheet)
        case "jsonl":
            return jsonl_bytes(sheet)
        case "parquet":
            return parquet_bytes(sheet)
        case "csv.gz":
            return gzip.compress(csv_bytes(sheet), mtime=0)
        case "csv":
            return csv_bytes(sheet)


def received_at(period: Period, agency: int, step: int, seed: int, timezone: str) -> datetime:
    """Return when a file arrives: in office hours before the due day, a few after it."""
    rng = stream(seed, "received", agency, period.year * 12 + period.month)
    day, minute = int(rng.integers(1, due_on(period).day)), int(rng.integers(8 * 60, 15 * 60))
    is_late = rng.random() < LATE_SHARE
    start = due_on(period) + timedelta(days=1 + day // 3) if is_late else due_on(period)
    day_of = start if is_late else start.replace(day=day)
    return datetime.combine(day_of, time(0), ZoneInfo(timezone)) + timedelta(
        minutes=minute + 11 * step
    )


def write_file(path: Path, data: bytes, received: datetime) -> None:
    """Write a file and set the time at which it was received."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    nanoseconds = int(received.timestamp()) * 1_000_000_000
    os.utime(path, ns=(nanoseconds, nanoseconds))
