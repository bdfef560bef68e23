"""Retention: rejected rows hold what agencies wrote of people, and are not kept for ever."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from asn_warehouse import audit, following, ops
from asn_warehouse.files import replacing
from asn_warehouse.lake import clear_partial, exclusive, read_submissions
from asn_warehouse.settings import Settings


@dataclass(frozen=True)
class Expired:
    """What was removed: rejected rows of the vault, and workbooks of the outbox."""

    rows: int
    workbooks: int


def remove_expired(settings: Settings, now: datetime | None = None) -> Expired:
    """Remove rejected rows ``rejected_days`` after their file was received, and their workbooks.

    Receipts, counts and rules stay. A replay does not make rows younger. Run twice, it does
    nothing more.

    Args:
        settings: where things live, and how long rejected rows are kept.
        now: the present moment (UTC, no zone).
    """
    limit = (now or ops.now()) - timedelta(days=settings.rejected_days)
    places = (settings.vault / "rejected").glob("*/period=*")
    months = {place.name.removeprefix("period=") for place in places}
    months |= {place.name for place in settings.outbox.glob("20??-??")}
    rows = workbooks = 0
    for month in sorted(months):
        with exclusive(settings, f"admission-{month}"):
            clear_partial(settings, month)
            log = read_submissions(settings, month).to_pylist()
            kept = _kept(settings, month, log, limit)
            old = _old_workbooks(settings, month, log, limit)
            removed = sum(before - len(table) for before, table in kept.values())
            if removed or old:
                _record(settings, month, removed, len(old))
            for path, (_, table) in kept.items():
                _keep(path, table)
            for path in old:
                path.unlink()
        rows, workbooks = rows + removed, workbooks + len(old)
    if rows or workbooks:
        following.show_audit(settings)
    return Expired(rows, workbooks)


def _received(log: list[dict[str, Any]]) -> dict[str, datetime]:
    """Return by submission when its file was received first: a replay is of the same file."""
    first: dict[tuple[str, str, str], datetime] = {}
    for row in sorted(log, key=lambda row: row["received_at"]):
        first.setdefault(
            (row["agency_code"], row["dataset"], row["file_sha256"]), row["received_at"]
        )
    return {
        row["submission_id"]: first[row["agency_code"], row["dataset"], row["file_sha256"]]
        for row in log
    }


def _kept(
    settings: Settings, month: str, log: list[dict[str, Any]], limit: datetime
) -> dict[Path, tuple[int, pa.Table]]:
    """Return the files of which rows expired: how many rows they have, and those that stay.

    Rows of a batch that was never committed are as old as their file.
    """
    received, found = _received(log), {}
    for path in sorted((settings.vault / "rejected").glob(f"*/period={month}/[!.]*.parquet")):
        table = pq.read_table(path, partitioning=None)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
        ids = {
            one
            for one in pc.unique(table["submission_id"]).to_pylist()
            if received.get(one, written) >= limit
        }
        stays = table.filter(pc.is_in(table["submission_id"], pa.array(sorted(ids), pa.string())))
        if len(stays) < len(table):
            found[path] = (len(table), stays)
    return found


def _old_workbooks(
    settings: Settings, month: str, log: list[dict[str, Any]], limit: datetime
) -> list[Path]:
    """Return the workbooks of rejected rows whose last submission expired."""
    received = _received(log)
    last = {(row["agency_code"], row["dataset"]): received[row["submission_id"]] for row in log}
    return [
        path
        for path in sorted((settings.outbox / month).glob("*/*.ditolak.xlsx"))
        if last.get((path.parent.name, path.name.split(".")[0]), limit) < limit
    ]


def _keep(path: Path, table: pa.Table) -> None:
    if not len(table):
        path.unlink()
        return
    with replacing(path) as temporary:
        temporary.touch(mode=0o600)
        pq.write_table(table, temporary, compression="zstd")


def _record(settings: Settings, month: str, rows: int, workbooks: int) -> None:
    """Record the removal before it is done: killed in between, the rest is recorded again."""
    audit.record(
        settings,
        "expire",
        period=month,
        details=f"{rows} rejected rows and {workbooks} workbooks,"
        f" kept for {settings.rejected_days} days",
    )
