"""Rejected rows: kept whole in the vault for a replay, and sent back to the agency."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from asn_warehouse.admission.messages import message
from asn_warehouse.contracts import Dataset
from asn_warehouse.lake import replacing
from asn_warehouse.settings import Settings
from asn_warehouse.vault import ensure_private

if TYPE_CHECKING:
    from asn_warehouse.admission.outcomes import Outcome

WORKBOOK_ROWS = 100_000
"""A workbook holds so many rejected rows at most; the receipt says when there are more."""

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
    settings: Settings, period: str, dataset: Dataset, outcomes: list["Outcome"], batch_id: str
) -> None:
    """Keep the rejected rows of a batch in the vault, with the header they came under."""
    rows = [
        {
            "submission_id": outcome.submission_id,
            "agency_code": outcome.file.agency_code,
            "row_number": row.row_number,
            "rules": list(row.rules),
            "cells": json.dumps({"header": outcome.header, "cells": row.cells}, ensure_ascii=False),
        }
        for outcome in outcomes
        if not outcome.is_known
        for row in outcome.rejected
    ]
    if not rows:
        return
    folder = ensure_private(settings.vault, "rejected", dataset.name, f"period={period}")
    with replacing(folder / f"{batch_id}.parquet") as target:
        pq.write_table(pa.Table.from_pylist(rows, REJECTED_SCHEMA), target, compression="zstd")
        target.chmod(0o600)


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

    All cells are text, so that nothing an agency sent is ever taken for a formula or a number.
    """
    with replacing(path, durable=False) as target:
        target.touch(mode=0o600)
        workbook = xlsxwriter.Workbook(
            str(target), {"in_memory": True, "strings_to_formulas": False}
        )
        workbook.set_properties({"created": created, "title": f"Baris ditolak: {dataset.label}"})
        sheet = workbook.add_worksheet("Ditolak")
        bold = workbook.add_format({"bold": True, "bg_color": "#FFE8CC", "border": 1})
        text = workbook.add_format({"num_format": "@"})
        wrapped = workbook.add_format({"num_format": "@", "text_wrap": True})
        titles = [*outcome.header, "baris", "alasan", "cara memperbaiki"]
        for column, title in enumerate(titles):
            sheet.write_string(0, column, title, bold)
        width = len(outcome.header)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(width - 1, 0), 18, text)
        sheet.set_column(width + 1, width + 2, 60, wrapped)
        for line, row in enumerate(outcome.rejected[:WORKBOOK_ROWS], start=1):
            for column, cell in enumerate(row.cells):
                sheet.write_string(line, column, cell or "", text)
            found = [
                message(
                    rule,
                    dataset,
                    value=value_of(outcome, dataset, row.cells, rule),
                    row=row.row_number,
                )
                for rule in row.rules
            ]
            sheet.write_string(line, width, str(row.row_number), text)
            sheet.write_string(line, width + 1, "\n".join(m.text for m in found), wrapped)
            sheet.write_string(line, width + 2, "\n".join(m.mend for m in found), wrapped)
        workbook.close()
