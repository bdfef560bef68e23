"""Versions: repeats change nothing, reverts are exact, two publishers conflict."""

import shutil
import threading
from pathlib import Path

import duckdb
import pytest
from candidates import make_candidate, served_rows, settings_of

from asn_warehouse import archive, ops, publish
from asn_warehouse.errors import BuildFailed, NotPublished, PublishConflict
from asn_warehouse.periods import Period

OCTOBER = Period.parse("2026-10")


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_publishing_the_same_content_again_changes_no_byte(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    first = publish.publish(settings, make_candidate(settings, "2026-10"))
    before = files_below(settings.warehouse / "publications")
    served = settings.marts_database.read_bytes()
    again = publish.publish(settings, make_candidate(settings, "2026-10"))
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.version, again.published_at) == (first.version, first.published_at)
    assert files_below(settings.warehouse / "publications") == before
    assert settings.marts_database.read_bytes() == served
    assert len(ops.read(settings, "publication")) == 1


def test_order_of_rows_and_last_bits_of_sums_leave_no_trace(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    first = publish.publish(settings, make_candidate(settings, "2026-10"))
    context = make_candidate(settings, "2026-10")
    with duckdb.connect(str(context.database)) as connection:
        connection.execute(
            """
            create or replace table marts.gap_person as
              from marts.gap_person order by person_key desc;
            update marts.gap_agency set gap_mean = gap_mean + 1e-13;
            """
        )
    assert not publish.publish(settings, context).is_new
    with duckdb.connect(str(context.database)) as connection:
        connection.execute("update marts.gap_agency set gap_mean = gap_mean + 1e-5")
    changed = publish.publish(settings, context)
    assert changed.is_new and changed.content_sha256 != first.content_sha256


def test_other_months_are_untouched_and_all_stay_served(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    for period in ("2026-08", "2026-09"):
        publish.publish(settings, make_candidate(settings, period))
    earlier = served_rows(settings)
    publish.publish(settings, make_candidate(settings, "2026-10", seed=5))
    later = served_rows(settings)
    for name, rows in earlier.items():
        assert [row for row in later[name] if row[0] < OCTOBER.first_day] == rows
    assert publish.published_periods(settings) == [Period.parse(f"2026-{m:02}") for m in (8, 9, 10)]


def test_person_level_marts_are_served_for_the_last_periods_only(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, restricted_periods=2)
    for month in ("07", "08", "09", "10"):
        publish.publish(settings, make_candidate(settings, f"2026-{month}"))
    publish.publish(settings, make_candidate(settings, "2026-08", seed=9))
    served = served_rows(settings)
    months = {name: sorted({row[0].month for row in rows}) for name, rows in served.items()}
    assert months == {
        "gap_person": [9, 10],
        "gap_agency": [7, 8, 9, 10],
        "scorecard": [7, 8, 9, 10],
    }


def test_revert_restores_the_version_before_exactly_and_records_it(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    publish.publish(settings, make_candidate(settings, "2026-09"))
    first = publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    rows = served_rows(settings)
    publish.publish(settings, make_candidate(settings, "2026-10", seed=2))
    assert served_rows(settings) != rows
    reverted = publish.revert(settings, OCTOBER)
    assert served_rows(settings) == rows
    assert reverted.version == 1 and reverted.published_at == first.published_at
    assert publish.current(settings, OCTOBER).content_sha256 == first.content_sha256
    assert [r["action"] for r in ops.read(settings, "publication")][-1] == "revert"
    assert publish.revert(settings, OCTOBER, 2).version == 2


def test_revert_goes_back_to_what_was_served_before_not_to_the_next_lower_number(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path)
    for seed in (1, 2):
        publish.publish(settings, make_candidate(settings, "2026-10", seed=seed))
    publish.revert(settings, OCTOBER)
    third = publish.publish(settings, make_candidate(settings, "2026-10", seed=3))
    assert third.version == 3
    assert publish.revert(settings, OCTOBER).version == 1


def test_revert_to_what_never_was_is_refused(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with pytest.raises(NotPublished, match="Nothing of 2026-10"):
        publish.revert(settings, OCTOBER)
    publish.publish(settings, make_candidate(settings, "2026-10"))
    with pytest.raises(NotPublished, match="no version before"):
        publish.revert(settings, OCTOBER)
    with pytest.raises(NotPublished, match="Version 7"):
        publish.revert(settings, OCTOBER, 7)


def test_revert_refuses_an_archive_that_was_changed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    for seed in (1, 2):
        publish.publish(settings, make_candidate(settings, "2026-10", seed=seed))
    before = served_rows(settings)
    file = archive.directory(settings, OCTOBER, 1) / "gap_agency.parquet"
    shutil.copy(archive.directory(settings, OCTOBER, 2) / "gap_agency.parquet", file)
    with pytest.raises(PublishConflict, match="not what was published"):
        publish.revert(settings, OCTOBER)
    assert served_rows(settings) == before


def test_two_publishers_at_once_conflict(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    context = make_candidate(settings, "2026-10")
    inside, leave = threading.Event(), threading.Event()

    def wait(step: str) -> None:
        if step == "archived":
            inside.set()
            assert leave.wait(30)

    slow = threading.Thread(target=publish.publish, args=(settings, context, wait))
    slow.start()
    try:
        assert inside.wait(30)
        with pytest.raises(PublishConflict, match="under way"):
            publish.publish(settings, context)
        with pytest.raises(PublishConflict, match="under way"):
            publish.revert(settings, OCTOBER)
    finally:
        leave.set()
        slow.join()
    assert publish.current(settings, OCTOBER).version == 1


@pytest.mark.parametrize("missing", publish.REQUIRED)
def test_a_candidate_that_was_not_audited_is_refused(tmp_path: Path, missing: str) -> None:
    settings = settings_of(tmp_path)
    passed = tuple(step for step in publish.REQUIRED if step != missing)
    with pytest.raises(PublishConflict, match=missing):
        publish.publish(settings, make_candidate(settings, "2026-10", passed=passed))
    assert not settings.marts_database.exists()


def test_an_audit_of_another_build_does_not_count(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    first = make_candidate(settings, "2026-10", seed=1)
    audits = {p.name: p.read_text() for p in first.directory.glob("*.passed.json")}
    second = make_candidate(settings, "2026-10", seed=2, passed=())
    for name, text in audits.items():
        (second.directory / name).write_text(text)
    with pytest.raises(PublishConflict, match="has not passed"):
        publish.publish(settings, second)
    with pytest.raises(BuildFailed, match="Another build"):
        publish.publish(settings, first)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("drop table marts.scorecard", "scorecard"),
        ("create table marts.stray as select 1 as x", "stray"),
        ("insert into marts.scorecard select date '2026-09-01', 'x', 1, 9", "1 rows"),
    ],
)
def test_a_candidate_with_wrong_marts_is_refused(
    tmp_path: Path, statement: str, message: str
) -> None:
    settings = settings_of(tmp_path)
    publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    before = served_rows(settings)
    context = make_candidate(settings, "2026-10", seed=2)
    with duckdb.connect(str(context.database)) as connection:
        connection.execute(statement)
    with pytest.raises(PublishConflict, match=message):
        publish.publish(settings, context)
    assert served_rows(settings) == before


def test_a_lost_served_database_comes_back_from_the_archive(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    publish.publish(settings, make_candidate(settings, "2026-09"))
    publish.publish(settings, make_candidate(settings, "2026-10"))
    rows = served_rows(settings)
    settings.marts_database.unlink()
    assert not publish.publish(settings, make_candidate(settings, "2026-10")).is_new
    assert served_rows(settings) == rows


def test_a_mart_that_gained_a_column_is_served_beside_its_older_months(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    publish.publish(settings, make_candidate(settings, "2026-09"))
    context = make_candidate(settings, "2026-10")
    with duckdb.connect(str(context.database)) as connection:
        connection.execute("alter table marts.scorecard add column orphans bigint default 4")
    publish.publish(settings, context)
    with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
        found = connection.execute(
            "select month_no, orphans from marts.scorecard order by period"
        ).fetchall()
    assert found == [(9, None), (10, 4)]


def test_ops_tables_are_served_and_can_be_refreshed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    publish.refresh_ops(settings)
    assert not settings.marts_database.exists()
    publish.publish(settings, make_candidate(settings, "2026-10"))
    rows = served_rows(settings)
    ops.record(settings, "report", {"period": "2026-10", "version": 1, "pages": 3})
    publish.refresh_ops(settings)
    assert served_rows(settings) == rows
    with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'ops'"
            " order by table_name"
        ).fetchall()
        report = connection.execute("select period, version, pages from ops.report").fetchall()
        published = connection.execute("select period, version, action from ops.publication")
        assert published.fetchall() == [("2026-10", 1, "publish")]
    names = ["audit", "build", "gate", "publication", "report", "submission"]
    assert [name for (name,) in tables] == names
    assert report == [("2026-10", 1, 3)]
