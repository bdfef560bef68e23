"""The ops journal: what was built, gated, published and reported; appended, never changed."""

import fcntl
import json
import os
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import structlog

from asn_warehouse.engines import duckdb as engine
from asn_warehouse.errors import UsageError
from asn_warehouse.settings import Settings

Row = dict[str, object]

TABLES: dict[str, dict[str, str]] = {
    "build": {
        "build_id": "varchar",
        "period": "varchar",
        "as_of": "timestamp",
        "engine": "varchar",
        "git_revision": "varchar",
        "status": "varchar",
        "models": "bigint",
        "tests": "bigint",
        "seeds": "bigint",
        "duration_seconds": "double",
        "message": "varchar",
        "recorded_at": "timestamp",
    },
    "gate": {
        "build_id": "varchar",
        "period": "varchar",
        "stage": "varchar",
        "suite": "varchar",
        "status": "varchar",
        "passed": "boolean",
        "expectations": "bigint",
        "failed": "bigint",
        "inspected_rows": "bigint",
        "failed_expectations": "varchar",
        "warnings": "varchar",
        "duration_seconds": "double",
        "recorded_at": "timestamp",
    },
    "publication": {
        "number": "bigint",
        "period": "varchar",
        "version": "bigint",
        "action": "varchar",
        "build_id": "varchar",
        "published_at": "timestamp",
        "as_of": "timestamp",
        "content_sha256": "varchar",
        "rows": "bigint",
        "replaces": "bigint",
        "actor": "varchar",
        "recorded_at": "timestamp",
    },
    "report": {
        "period": "varchar",
        "version": "bigint",
        "file": "varchar",
        "sha256": "varchar",
        "bytes": "bigint",
        "target": "varchar",
        "status": "varchar",
        "approved_by": "varchar",
        "delivered_at": "timestamp",
        "message": "varchar",
        "recorded_at": "timestamp",
    },
    "audit": {
        "number": "bigint",
        "recorded_at": "timestamp",
        "actor": "varchar",
        "action": "varchar",
        "period": "varchar",
        "version": "bigint",
        "subject": "varchar",
        "reason": "varchar",
        "details": "varchar",
        "event": "varchar",
        "previous_sha256": "varchar",
        "sha256": "varchar",
    },
}
"""Columns that each table always has; a writer may add more."""

_TABLE_NAME = re.compile(r"[a-z][a-z_]{1,40}")
_ARROW = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
}


def now() -> datetime:
    """Return the present moment in UTC, without zone, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def stamp(moment: datetime) -> str:
    """Return a UTC moment as the journal and dbt write it: ``YYYY-MM-DD HH:MM:SS[.ffffff]``."""
    return moment.isoformat(sep=" ")


def moment(text: str) -> datetime:
    """Return the aware moment that ISO text names; without a zone it is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def record(settings: Settings, table: str, row: Row) -> None:
    """Append ``row`` to the journal of ``table`` and force it to disk."""
    record_all(settings, table, [row])


def record_all(settings: Settings, table: str, rows: Iterable[Row]) -> None:
    """Append ``rows`` to the journal of ``table`` and force them to disk together.

    The lines are written with one call, so that a reader sees whole lines or nothing; a line that
    a crash cut off is closed first, so that it cannot swallow the next.
    """
    at = now()
    line = "".join(
        json.dumps({"recorded_at": at, **row}, ensure_ascii=False, default=_plain) + "\n"
        for row in rows
    )
    path = _path(settings, table)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = "\n" + line
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(settings: Settings, table: str) -> list[Row]:
    """Return the rows of ``table`` in the order they were recorded; a cut-off line is skipped."""
    path = _path(settings, table)
    if not path.exists():
        return []
    rows: list[Row] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line:
            continue
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            structlog.get_logger().warning("ops.line_cut_off", table=table, line=number)
    return rows


def materialise(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Replace schema ``ops`` of ``connection``: the journal and the mirror of the commit log."""
    connection.execute("create schema if not exists ops")
    engine.read_submissions(connection, settings)
    connection.execute("create or replace table ops.submission as from commit_log order by all")
    for table in TABLES:
        write_table(connection, table, read(settings, table))


def write_table(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    """Replace ``ops.<table>`` by ``rows``, with the columns of ``TABLES`` and what rows add."""
    connection.register("ops_rows", arrow_table(table, rows))
    connection.execute(f"create or replace table ops.{table} as from ops_rows")
    connection.unregister("ops_rows")


def arrow_table(table: str, rows: list[Row]) -> pa.Table:
    """Return ``rows`` with the columns of ``TABLES`` and what rows add."""
    kinds = dict(TABLES[table])
    for row in rows:
        for name, value in row.items():
            if kinds.get(name) is None and value is not None:
                kinds[name] = _kind(value)
    return pa.Table.from_pylist(
        [{name: _cell(row.get(name), kind) for name, kind in kinds.items()} for row in rows],
        schema=pa.schema([(name, _ARROW[kind]) for name, kind in kinds.items()]),
    )


def _path(settings: Settings, table: str) -> Path:
    if not _TABLE_NAME.fullmatch(table):
        raise UsageError(f"{table!r} is not a name of an ops table.")
    return settings.warehouse / "ops" / f"{table}.jsonl"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date | Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not belong in the ops journal")


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "bigint"
    return "double" if isinstance(value, float) else "varchar"


def _cell(value: object, kind: str) -> object:
    if value is None:
        return None
    if kind == "timestamp":
        moment = datetime.fromisoformat(str(value))
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    if kind == "varchar":
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if kind == "double" and isinstance(value, int):
        return float(value)
    return value
