"""A build is complete only when every model and test of the project ran: green is no proof."""

import dataclasses
import json
from pathlib import Path

import duckdb
import pytest
from candidates import make_candidate, settings_of

from asn_warehouse import build, dbt_process, ops
from asn_warehouse.build import BuildContext
from asn_warehouse.errors import BuildFailed
from asn_warehouse.settings import Settings

PROJECT = """
name: tiny
version: "1.0.0"
config-version: 2
profile: tiny
flags: {send_anonymous_usage_stats: false}
models: {tiny: {+materialized: table}}
"""
PROFILE = """
tiny:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: "{{ env_var('ASN_BUILD_DB') }}", schema: marts}
"""
TESTS = """
models:
  - name: second
    config: {meta: {restricted: true}}
    columns:
      - name: n
        data_tests: [not_null]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "home")


@pytest.fixture
def context(settings: Settings, tmp_path: Path) -> BuildContext:
    """Return the candidate of a project of two models, one test, and one model of another tag."""
    project = tmp_path / "dbt"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text(PROJECT)
    (project / "profiles.yml").write_text(PROFILE)
    (project / "models" / "second.yml").write_text(TESTS)
    write_model(project, "first", "core", "select 1 as n")
    write_model(project, "second", "core", "select n from {{ ref('first') }}")
    write_model(project, "third", "talent", "select n from {{ ref('second') }}")
    made = make_candidate(settings, "2026-10", passed=())
    (made.target_dir / "manifest.json").unlink()
    context = dataclasses.replace(made, dbt_dir=project)
    (context.directory / "build.json").write_text(context.to_json())
    return context


def write_model(project: Path, name: str, tag: str, query: str) -> None:
    (project / "models" / f"{name}.sql").write_text(f"{{{{ config(tags=['{tag}']) }}}}\n{query}\n")


def test_a_whole_build_is_complete_recorded_once_and_its_file_is_free(
    settings: Settings, context: BuildContext
) -> None:
    assert build.run_dbt(context, ["tag:core"]).count("model", "test") == 3
    build.run_dbt(context, ["tag:talent"])
    with duckdb.connect(str(context.database)) as connection:
        assert connection.execute("select n from marts.third").fetchall() == [(1,)]
    build.assert_complete(context)
    build.assert_complete(context)
    assert build.is_marked(context, build.COMPLETE)
    rows = ops.read(settings, "build")
    assert [(row["status"], row["models"], row["tests"]) for row in rows] == [("complete", 3, 1)]
    assert rows[0]["build_id"] == context.build_id and rows[0]["duration_seconds"] > 0
    assert build.models(context, "marts")["second"] == {"restricted": True}


def test_a_layer_that_was_left_out_is_named(context: BuildContext) -> None:
    build.run_dbt(context, ["tag:core"])
    with pytest.raises(BuildFailed, match=r"1 of 4 nodes .* never ran .*model\.tiny\.third"):
        build.assert_complete(context)
    assert not build.is_marked(context, build.COMPLETE)


def test_a_failed_model_and_what_was_skipped_for_it_stop_the_build(
    settings: Settings, context: BuildContext
) -> None:
    write_model(context.dbt_dir, "first", "core", "select 1 / no_such_column as n")
    with pytest.raises(
        BuildFailed, match=r"3 of 3 nodes did not pass: model\.tiny\.first.*no_such"
    ):
        build.run_dbt(context, ["tag:core"])
    row = ops.read(settings, "build")[-1]
    assert row["status"] == "failed" and "model.tiny.first" in str(row["message"])


def test_a_failed_data_test_stops_the_build(context: BuildContext) -> None:
    write_model(context.dbt_dir, "first", "core", "select cast(null as integer) as n")
    with pytest.raises(BuildFailed, match=r"test\.tiny\.not_null_second_n"):
        build.run_dbt(context, ["tag:core"])


def test_a_selection_of_nothing_fails(context: BuildContext) -> None:
    with pytest.raises(BuildFailed, match="nothing"):
        build.run_dbt(context, ["tag:no_such_tag"])


def test_a_project_that_cannot_be_read_fails_with_dbts_reason(context: BuildContext) -> None:
    write_model(context.dbt_dir, "third", "talent", "select * from {{ ref('nobody') }}")
    with pytest.raises(BuildFailed, match="nobody"):
        build.run_dbt(context, ["tag:core"])


def fake_results(context: BuildContext, invocation: str, **statuses: str) -> None:
    results = [
        {
            "unique_id": f"model.tiny.{name}",
            "status": status,
            "message": None,
            "execution_time": 0.1,
        }
        for name, status in statuses.items()
    ]
    row = {"metadata": {"invocation_id": invocation}, "elapsed_time": 1.0, "results": results}
    (context.target_dir / "run_results.json").write_text(json.dumps(row))


def fake_manifest(context: BuildContext, *names: str) -> None:
    nodes = {
        f"model.tiny.{name}": {
            "resource_type": "model",
            "schema": "marts",
            "alias": name,
            "config": {"materialized": "ephemeral" if name.startswith("e_") else "table"},
        }
        for name in names
    }
    (context.target_dir / "manifest.json").write_text(json.dumps({"nodes": nodes}))


def test_results_of_an_earlier_run_are_not_taken_twice(context: BuildContext) -> None:
    with pytest.raises(BuildFailed, match="left no results"):
        build.record_results(context)
    fake_results(context, "run-1", gap_agency="success")
    build.record_results(context)
    with pytest.raises(BuildFailed, match="no new results"):
        build.record_results(context)


@pytest.mark.parametrize("status", ["skipped", "error", "fail", "runtime error", "partial success"])
def test_any_status_but_success_stops_the_build(context: BuildContext, status: str) -> None:
    fake_results(context, "run-1", gap_agency="success", gap_person=status)
    with pytest.raises(BuildFailed, match="gap_person"):
        build.record_results(context)
    fake_manifest(context, "gap_agency", "gap_person")
    with pytest.raises(BuildFailed, match="gap_person"):
        build.assert_complete(context)


def test_a_model_that_ran_and_left_no_table_is_detected(context: BuildContext) -> None:
    fake_manifest(context, "gap_agency", "vanished", "e_helper")
    fake_results(context, "run-1", gap_agency="success", vanished="success")
    build.record_results(context)
    with pytest.raises(BuildFailed, match=r"left no table: marts\.vanished"):
        build.assert_complete(context)


def test_a_second_try_of_a_layer_counts(context: BuildContext) -> None:
    fake_manifest(context, "gap_agency", "e_helper")
    fake_results(context, "run-1", gap_agency="error")
    with pytest.raises(BuildFailed):
        build.record_results(context)
    fake_results(context, "run-2", gap_agency="success")
    build.record_results(context)
    assert build.assert_complete(context).count("model") == 1


def test_a_build_whose_period_was_prepared_anew_cannot_go_on(
    settings: Settings, context: BuildContext
) -> None:
    make_candidate(settings, "2026-10", seed=2, passed=())
    with pytest.raises(BuildFailed, match="Another build of 2026-10"):
        build.run_dbt(context, ["tag:core"])
    with pytest.raises(BuildFailed, match="Another build of 2026-10"):
        build.mark(context, build.COMPLETE)


def test_half_a_manifest_that_a_killed_run_left_is_written_anew(
    context: BuildContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a run that ended tells that the manifest is whole."""
    told: list[bool] = []

    def run(*_: object, is_described: bool) -> None:
        told.append(is_described)
        fake_results(context, f"run-{len(told)}", gap_agency="success")

    monkeypatch.setattr(dbt_process, "parsed", lambda *_: None)
    monkeypatch.setattr(dbt_process, "build", run)
    (context.target_dir / "manifest.json").write_text('{"nodes": ')
    build.run_dbt(context, ["tag:staging"])
    build.run_dbt(context, ["tag:core"])
    assert told == [False, True]
