"""The ops journal is appended to, survives a cut-off line, and becomes tables."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from candidates import settings_of

from asn_warehouse import ops
from asn_warehouse.errors import UsageError


def test_rows_are_read_in_the_order_they_were_recorded(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert ops.read(settings, "build") == []
    for number in range(3):
        ops.record(settings, "build", {"build_id": f"b{number}", "as_of": datetime(2026, 11, 1, 2)})
    rows = ops.read(settings, "build")
    assert [row["build_id"] for row in rows] == ["b0", "b1", "b2"]
    assert rows[0]["as_of"] == "2026-11-01 02:00:00"
    assert all(row["recorded_at"] for row in rows)


def test_a_line_cut_off_by_a_crash_swallows_no_other(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    ops.record(settings, "gate", {"suite": "pegawai"})
    with (settings.warehouse / "ops" / "gate.jsonl").open("a") as file:
        file.write('{"suite": "jab')
    assert [row["suite"] for row in ops.read(settings, "gate")] == ["pegawai"]
    ops.record(settings, "gate", {"suite": "kinerja"})
    assert [row["suite"] for row in ops.read(settings, "gate")] == ["pegawai", "kinerja"]


def test_writers_at_the_same_time_lose_no_row(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    def write(writer: int) -> None:
        for number in range(20):
            ops.record(settings, "gate", {"suite": f"{writer}-{number}", "text": "x" * 5000})

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({row["suite"] for row in ops.read(settings, "gate")}) == 80


@pytest.mark.parametrize("name", ["../build", "Build", "a;b", ""])
def test_a_name_that_is_no_table_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        ops.record(settings_of(tmp_path), name, {})


def test_a_value_that_has_no_plain_form_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with pytest.raises(TypeError):
        ops.record(settings, "build", {"build_id": object()})
    assert ops.read(settings, "build") == []


def test_the_journal_becomes_typed_tables_with_what_writers_add(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    ops.record(settings, "report", {"period": "2026-10", "version": 1, "pages": 12})
    delivered = datetime(2026, 11, 10, 7, tzinfo=UTC).isoformat()
    ops.record(
        settings, "report", {"period": "2026-10", "delivered_at": delivered, "files": ["a", "b"]}
    )
    with duckdb.connect() as connection:
        ops.materialise(connection, settings)
        found = connection.execute(
            "select version, pages, files, delivered_at from ops.report order by rowid"
        ).fetchall()
        empty = connection.execute("select count(*), count(build_id) from ops.build").fetchall()
        log = connection.execute("select count(*) from ops.submission").fetchall()
        types = dict(
            connection.execute(
                "select column_name, data_type from information_schema.columns"
                " where table_schema = 'ops' and table_name = 'build'"
            ).fetchall()
        )
    assert found == [(1, 12, None, None), (None, None, '["a", "b"]', datetime(2026, 11, 10, 7))]
    assert empty == [(0, 0)] and log == [(0,)]
    assert types["as_of"] == "TIMESTAMP" and types["models"] == "BIGINT"
