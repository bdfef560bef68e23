"""Rejected rows: kept whole in the vault for a replay, and sent back to the agency."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from asn_warehouse.admission.messages import message
from asn_warehouse.admission.rules import checks
from asn_warehouse.admission.verdicts import SHOWN_ROWS, Rejected
from asn_warehouse.contracts import Dataset
from asn_warehouse.errors import ConservationError
from asn_warehouse.files import replacing
from asn_warehouse.settings import Settings
from asn_warehouse.vault import ensure_private

if TYPE_CHECKING:
    from asn_warehouse.admission.outcomes import Outcome

TEXT_WIDTH = 48
OWN_COLUMNS = ("baris", "alasan", "cara memperbaiki")
"""Columns of the workbook after the agency's own."""

GUIDE = (
    "Lembar Ditolak memuat baris dari {file} yang tidak diterima, seperti yang Anda kirim.",
    "Kolom baris menunjukkan nomor baris pada berkas Anda. Sel berwarna merah muda adalah isi yang "
    "perlu diperbaiki.",
    "Perbaiki pada berkas asal, bukan pada berkas ini.",
    "Lalu kirim ulang berkas asal seluruhnya dengan nama {sent_as}: kiriman terakhir "
    "menggantikan kiriman sebelumnya.",
    "Jangan mengirim baris yang diperbaiki saja, karena baris yang sudah diterima akan hilang.",
)

REJECTED_SCHEMA = pa.schema(
    [
        ("submission_id", pa.string()),
        ("agency_code", pa.string()),
        ("row_number", pa.int32()),
        ("rules", pa.list_(pa.string())),
        ("cells", pa.string()),
    ]
)


def store_rejected(
    settings: Settings,
    period: str,
    dataset: Dataset,
    rejected: Iterable[tuple["Outcome", Sequence[Rejected]]],
    batch_id: str,
) -> None:
    """Keep rejected rows in the vault, all of them, with the header they came under.

    ``rejected`` brings them slice by slice, so that they never are in memory together.

    Raises:
        ConservationError: when a submission's rows are not as many as it has rejected.
    """
    rejected = iter(rejected)
    first = next(rejected, None)
    if first is None:
        return
    folder = ensure_private(settings.vault, "rejected", dataset.name, f"period={period}")
    missing: Counter[str] = Counter()
    with (
        replacing(folder / f"{batch_id}.parquet") as target,
        pq.ParquetWriter(target, REJECTED_SCHEMA, compression="zstd") as writer,
    ):
        target.chmod(0o600)
        for outcome, rows in chain([first], rejected):
            missing.setdefault(outcome.submission_id, outcome.rows_rejected)
            missing[outcome.submission_id] -= len(rows)
            writer.write_table(_stored(outcome, rows))
        if any(missing.values()):
            raise ConservationError(
                f"Rejected rows of {', '.join(+missing)} are not all kept.",
                mend="Nothing was stored. Report it with the submission's id.",
            )


def _stored(outcome: "Outcome", rows: Sequence[Rejected]) -> pa.Table:
    count = len(rows)
    cells = [
        json.dumps({"header": outcome.header, "cells": row.cells}, ensure_ascii=False)
        for row in rows
    ]
    columns = [
        [outcome.submission_id] * count,
        [outcome.file.agency_code] * count,
        [row.row_number for row in rows],
        [row.rules for row in rows],
        cells,
    ]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, REJECTED_SCHEMA, strict=True)]
    return pa.table(arrays, schema=REJECTED_SCHEMA)


def value_of(outcome: "Outcome", dataset: Dataset, cells: tuple[str | None, ...], rule: str) -> str:
    """Return what the agency wrote in the column that ``rule`` is about; empty where unclear."""
    own = next((r.columns[0] for r in dataset.rules if r.id == rule), None)
    parts = rule.split(".")
    name = own or (parts[1] if len(parts) == 3 else None)
    if name is None or len(cells) != len(outcome.header):
        return ""
    position = dict(outcome.positions).get(name)
    return (cells[position] or "").strip() if position is not None else ""


def write_workbook(path: Path, outcome: "Outcome", dataset: Dataset, created: datetime) -> None:
    """Write the rejected rows of one file: the agency's own columns, then row, reason, mend.

    What an agency sent stays text, so that nothing of it is ever taken for a formula or a number.
    The cells that a reason is about are coloured.
    """
    with replacing(path, durable=False) as target:
        target.touch(mode=0o600)
        book = xlsxwriter.Workbook(str(target), {"in_memory": True, "strings_to_formulas": False})
        book.set_properties({"created": created, "title": f"Baris ditolak: {dataset.label}"})
        sheet, guide = book.add_worksheet("Ditolak"), book.add_worksheet("Petunjuk")
        _write_header(book, sheet, outcome)
        _write_rows(book, sheet, outcome, dataset)
        _write_guide(book, guide, outcome, dataset)
        book.close()


def _write_header(book: xlsxwriter.Workbook, sheet: Worksheet, outcome: "Outcome") -> None:
    theirs = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
    ours = book.add_format({"bold": True, "bg_color": "#FFE8CC", "border": 1})
    width, rows = len(outcome.header), len(outcome.rejected[:SHOWN_ROWS])
    for column, title in enumerate((*outcome.header, *OWN_COLUMNS)):
        sheet.write_string(0, column, title, theirs if column < width else ours)
    for column, title in enumerate(outcome.header):
        cells = (row.cells[column] or "" for row in outcome.rejected[:100] if len(row.cells) > 1)
        sheet.set_column(column, column, min(max(map(len, (title, *cells))) + 3, 32))
    sheet.set_column(width, width, 8)
    sheet.set_column(width + 1, width + 2, TEXT_WIDTH)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows, width + len(OWN_COLUMNS) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(width)}{rows + 1}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write_rows(
    book: xlsxwriter.Workbook, sheet: Worksheet, outcome: "Outcome", dataset: Dataset
) -> None:
    top = {"valign": "top"}
    text = book.add_format({**top, "num_format": "@"})
    marked = book.add_format({**top, "num_format": "@", "bg_color": "#FFC7CE", "border": 1})
    wrapped = book.add_format({**top, "num_format": "@", "text_wrap": True})
    plain = book.add_format(top)
    width = len(outcome.header)
    marks = _marks(outcome, dataset)
    for line, row in enumerate(outcome.rejected[:SHOWN_ROWS], start=1):
        wrong = set().union(*(marks[rule] for rule in row.rules))
        for column, cell in enumerate(row.cells):
            sheet.write_string(line, column, cell or "", marked if column in wrong else text)
        found = [
            message(
                rule,
                dataset,
                value=value_of(outcome, dataset, row.cells, rule),
                row=row.row_number,
            )
            for rule in row.rules
        ]
        sheet.write_number(line, width, row.row_number, plain)
        reasons, mends = _numbered([m.text for m in found]), _numbered([m.mend for m in found])
        sheet.write_string(line, width + 1, "\n".join(reasons), wrapped)
        sheet.write_string(line, width + 2, "\n".join(mends), wrapped)
        sheet.set_row(line, 15 * max(_lines(reasons), _lines(mends)))


def _numbered(texts: list[str]) -> list[str]:
    """Return texts with a number each, so that a reason finds its way to mend it."""
    if len(texts) == 1:
        return texts
    return [f"{number}. {text}" for number, text in enumerate(texts, start=1)]


def _lines(texts: list[str]) -> int:
    """Return how many lines texts take; not every program finds the height of a row itself."""
    return sum(ceil(len(text) / TEXT_WIDTH) for text in texts)


def _marks(outcome: "Outcome", dataset: Dataset) -> dict[str, set[int]]:
    """Return by rule where the cells stand that it is about; the key's, where it is about a row."""
    positions = dict(outcome.positions)
    key = tuple(column.name for column in dataset.key)
    return {
        check.id: {positions[name] for name in check.columns or key if name in positions}
        for check in checks(dataset)
    }


def _write_guide(
    book: xlsxwriter.Workbook, sheet: Worksheet, outcome: "Outcome", dataset: Dataset
) -> None:
    """Say what to do with the workbook: it is a list to work off, not a file to send."""
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 100)
    sheet.write_string(0, 0, f"Baris ditolak: {dataset.label}", book.add_format({"bold": True}))
    for line, sentence in enumerate(GUIDE, start=1):
        sent_as = f"{dataset.name}{outcome.file.suffix}"
        told = sentence.format(file=outcome.file.name, sent_as=sent_as)
        sheet.write_string(line, 0, told, wrapped)
