"""The safe marts as CSV, after suppression: ISO dates, decimal points, one status per row.

An empty cell that ``suppressed`` names is hidden; any other empty cell was not reported.
"""

import csv
import io
from datetime import date, datetime
from typing import Any

from asn_warehouse.disclosure import Status
from asn_warehouse.report import marts
from asn_warehouse.report.source import Published, Rows


def files(published: Published) -> dict[str, bytes]:
    """Return the CSV files by name."""
    there = [mart for mart in marts.MARTS if published.edition.has(mart.name)]
    return {f"data/{mart.name}.csv": _csv(published.mart(mart)) for mart in there}


def _csv(rows: Rows) -> bytes:
    names = [n for n in rows.rows[0].values if n in rows.mart.columns] if rows.rows else []
    names = names or sorted(rows.mart.columns)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*names, "disclosure_status", "suppressed"])
    for row in rows.rows:
        hidden = [n for n in names if row.statuses.get(n) is Status.SUPPRESSED]
        values = [plain(row.values.get(n)) for n in names]
        writer.writerow([*values, str(row.status), ";".join(hidden)])
    return buffer.getvalue().encode()


def plain(value: Any) -> str:
    """Return a value as machines read it; text that a spreadsheet would run is made harmless."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in "=+@\t\r" and text else text
