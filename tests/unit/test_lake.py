"""The lake: a commit is seen whole or not at all, and the log comes sorted."""

import multiprocessing
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from asn_warehouse import files, lake
from asn_warehouse.contracts import SUBMISSION_COLUMNS
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings


def row(agency: str, dataset: str, revision: int, day: int = 5) -> dict[str, Any]:
    return {
        **dict.fromkeys(lake.SUBMISSION_SCHEMA.names),
        "submission_id": f"s{agency}{dataset}{revision}",
        "agency_code": agency,
        "dataset": dataset,
        "revision": revision,
        "received_at": datetime(2026, 11, day),
        "status": "diterima",
    }


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_an_empty_lake_has_an_empty_log_with_all_columns(home: Settings) -> None:
    log = lake.read_submissions(home)
    assert (len(log), log.column_names) == (0, list(SUBMISSION_COLUMNS))


def test_the_log_is_sorted_whatever_the_order_of_commits(home: Settings) -> None:
    lake.commit(home, "2026-11", "b3", [row("4011", "kinerja", 1)])
    lake.commit(home, "2026-10", "b2", [row("7471", "jabatan", 2), row("4011", "pegawai", 1)])
    lake.commit(home, "2026-10", "b1", [row("7471", "jabatan", 10), row("7471", "jabatan", 1)])
    found = lake.read_submissions(home).to_pylist()
    assert [(r["period"], r["agency_code"], r["dataset"], r["revision"]) for r in found] == [
        ("2026-10", "4011", "pegawai", 1),
        ("2026-10", "7471", "jabatan", 1),
        ("2026-10", "7471", "jabatan", 2),
        ("2026-10", "7471", "jabatan", 10),
        ("2026-11", "4011", "kinerja", 1),
    ]
    assert lake.read_submissions(home, "2026-11").num_rows == 1
    assert lake.read_submissions(home, Period(2026, 10)).num_rows == 4


def test_a_commit_is_visible_only_after_its_rename(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    rename = Path.replace

    def watched(source: Path, target: Path) -> Path:
        assert source.is_file() and source.stat().st_size > 0
        seen.append(lake.read_submissions(home).num_rows)
        return rename(source, target)

    monkeypatch.setattr(Path, "replace", watched)
    lake.commit(home, "2026-10", "b1", [row("4011", "jabatan", 1)])
    assert seen == [0]
    assert lake.read_submissions(home).num_rows == 1


def test_a_commit_that_fails_before_its_rename_leaves_nothing(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files, "sync", failing)
    with pytest.raises(OSError, match="disk full"):
        lake.commit(home, "2026-10", "b1", [row("4011", "jabatan", 1)])
    assert lake.read_submissions(home).num_rows == 0
    assert not [p for p in home.lake.rglob("*") if p.is_file()]


def test_a_half_written_file_of_a_killed_run_is_not_read(home: Settings) -> None:
    lake.commit(home, "2026-10", "b1", [row("4011", "jabatan", 1)])
    (lake.partition(home, "submission", "2026-10") / ".b2.parquet.77.tmp").write_bytes(b"PAR1")
    (lake.partition(home, "submission", "2026-10") / ".b3.parquet").write_bytes(b"PAR1")
    assert lake.read_submissions(home).num_rows == 1


def test_a_replacement_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.replacing(path) as target:
        target.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def _hold(home: Settings, name: str, trace: Path) -> None:
    with lake.exclusive(home, name):
        with trace.open("a") as file:
            file.write("in ")
        time.sleep(0.2)
        with trace.open("a") as file:
            file.write("out ")


def test_admissions_of_one_month_follow_each_other(home: Settings, tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    trace = tmp_path / "trace"
    both = [context.Process(target=_hold, args=(home, "x", trace)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(20)
    assert trace.read_text().split() == ["in", "out", "in", "out"]
