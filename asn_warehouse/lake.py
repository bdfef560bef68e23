"""The lake: append-only Parquet by dataset and period, and the commit log that makes it visible.

A batch's rows count only when its submissions stand in ``lake/submission``, which is written last
and by one rename. Data without such rows is what a killed run left behind: nobody reads it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from asn_warehouse import switching
from asn_warehouse.contracts import SUBMISSION_COLUMNS
from asn_warehouse.files import replacing
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

_ARROW = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "TIMESTAMP": pa.timestamp("us"),
}
SUBMISSION_SCHEMA = pa.schema(
    [(n, _ARROW[t]) for n, t in SUBMISSION_COLUMNS.items() if n != "period"]
)


def partition(settings: Settings, dataset: str, period: str) -> Path:
    """Return the folder of one dataset's rows of one period."""
    return settings.lake / dataset / f"period={period}"


def clear_partial(settings: Settings, period: str) -> None:
    """Remove what killed admissions of ``period`` left half written; its lock must be held."""
    folders = [
        *settings.lake.glob(f"*/period={period}"),
        *settings.vault.glob(f"*/*/period={period}"),
        *(settings.outbox / period).glob("*"),
    ]
    for folder in folders:
        for partial in folder.glob(".*.tmp"):
            partial.unlink()


@contextmanager
def exclusive(settings: Settings, name: str) -> Iterator[None]:
    """Hold a lock on this home: admissions of the same ``name`` follow each other.

    Meanwhile nothing changes the keys of what is stored.
    """
    with switching.steady(settings), switching.locked(settings, name):
        yield


def commit(settings: Settings, period: str, batch_id: str, rows: list[dict[str, Any]]) -> None:
    """Make a batch visible: write its submission rows, last and atomically."""
    table = pa.Table.from_pylist(
        sorted(rows, key=lambda row: row["submission_id"]), schema=SUBMISSION_SCHEMA
    )
    target = partition(settings, "submission", period) / f"{batch_id}.parquet"
    with replacing(target) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_submissions(settings: Settings, period: Period | str | None = None) -> pa.Table:
    """Return the commit log of one period or of all, sorted by period, agency, dataset, revision.

    Shape: one row per submission, columns as ``contracts.SUBMISSION_COLUMNS``.
    """
    schema = SUBMISSION_SCHEMA.append(pa.field("period", pa.string()))
    root = settings.lake / "submission"
    folders = [root / f"period={period}"] if period is not None else sorted(root.glob("period=*"))
    tables = []
    for folder in folders:
        for path in sorted(folder.glob("[!.]*.parquet")):
            table = pq.read_table(path, schema=SUBMISSION_SCHEMA, partitioning=None)
            name = folder.name.removeprefix("period=")
            tables.append(table.append_column("period", pa.array([name] * len(table))))
    log = pa.concat_tables(tables) if tables else schema.empty_table()
    at = log.schema.get_field_index("rows_replayed")
    # A log written before there were replays has no such column.
    log = log.set_column(at, schema.field(at), log["rows_replayed"].fill_null(0))
    return log.select(list(SUBMISSION_COLUMNS)).sort_by(
        [(name, "ascending") for name in ("period", "agency_code", "dataset", "revision")]
    )
