"""A gate says what it inspected, which expectation failed and how far off, and shows no person."""

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from candidates import make_candidate, served_rows, settings_of

from asn_warehouse import build, ops, publish, quality
from asn_warehouse.build import BuildContext
from asn_warehouse.codes import code_list
from asn_warehouse.contracts import datasets
from asn_warehouse.errors import ConfigurationError, GateFailed
from asn_warehouse.settings import Settings, get_settings

PROJECT = Path(__file__).parents[2]
DATASETS = set(datasets(get_settings()))
TOPICS = {"competency", "learning", "program", "talent", "workforce", "index", "submission"}


def expect(kind: str, name: str, **kwargs: Any) -> dict[str, Any]:
    meta = {"id": f"gap_person.{name}", "batch": "gap_person", "id_ID": f"Alasan {name}."}
    return {"type": kind, "kwargs": kwargs, "meta": meta}


ROWS = expect("expect_table_row_count_to_be_between", "rows", min_value=1)
GAP = expect(
    "expect_column_values_to_be_between", "gap.range", column="gap", min_value=-3, max_value=0
)


def write_suite(
    project: Path,
    *expectations: dict[str, Any],
    stage: str = "marts",
    query: str = "select * from marts.gap_person",
    needs: tuple[str, ...] = ("pegawai",),
    must_be_sent: bool = False,
) -> None:
    folder = project / "expectations"
    folder.mkdir(parents=True, exist_ok=True)
    batches = {"gap_person": {"query": query, "needs": list(needs)}}
    suite = {
        "name": "gap",
        "meta": {"stage": stage, "batches": batches, "must_be_sent": must_be_sent},
        "expectations": list(expectations),
    }
    (folder / "gap.json").write_text(json.dumps(suite))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "home", project_dir=tmp_path / "project")


def audited(settings: Settings, *passed: str, people: int = 50, seed: int = 1) -> BuildContext:
    """Return a candidate with the schemas that a gate asks about what is missing."""
    context = make_candidate(settings, "2026-10", seed=seed, people=people, passed=passed)
    with duckdb.connect(str(context.database)) as connection:
        connection.execute(
            """
            create schema staging; create schema reference;
            create table staging.stg_pegawai (person_key varchar);
            create table reference.kalender (period varchar, dataset varchar, wajib varchar);
            """
        )
    return context


def execute(context: BuildContext, statement: str) -> None:
    with duckdb.connect(str(context.database)) as connection:
        connection.execute(statement)


def test_a_gate_that_passes_counts_what_it_inspected_and_lets_publish_go_on(
    settings: Settings,
) -> None:
    write_suite(settings.project_dir, ROWS, GAP)
    context = audited(settings, build.COMPLETE, "gate_datasets")
    result = quality.run_gate(settings, context, "marts")
    assert (result.expectations, result.inspected_rows, result.not_inspected) == (2, 50, ())
    row = ops.read(settings, "gate")[-1]
    assert (row["suite"], row["status"], row["passed"], row["failed"]) == ("gap", "passed", True, 0)
    assert row["build_id"] == context.build_id and row["inspected_rows"] == 50
    assert publish.publish(settings, context).version == 1


def test_a_failed_gate_names_suite_expectation_column_and_how_far_off(settings: Settings) -> None:
    tight = expect(
        "expect_column_values_to_be_between",
        "gap.range",
        column="gap",
        min_value=-2,
        max_value=0,
        mostly=0.9,
    )
    mean = expect("expect_column_mean_to_be_between", "gap.mean", column="gap", min_value=0)
    share = expect(
        "unexpected_rows_expectation",
        "met",
        unexpected_rows_query="select * from (select count(*) as people, "
        "count(*) filter (where gap = 0) as met from {batch}) where met < 40",
    )
    share["meta"]["allowed"] = "met at least 40"
    write_suite(settings.project_dir, ROWS, tight, mean, share)
    with pytest.raises(GateFailed) as failure:
        quality.run_gate(settings, audited(settings), "marts")
    first, *lines = failure.value.message.split("\n")
    assert "2026-10" in first and "nothing is published" in first
    assert {*lines, first.split("published. ")[1]} == {
        "gap: gap_person.gap.range (gap): observed 12 of 50 rows outside (24.00 %),"
        " allowed -2 to 0 in at least 90.00% of rows. Alasan gap.range.",
        "gap: gap_person.gap.mean (gap): observed -1.46, allowed 0 to …. Alasan gap.mean.",
        "gap: gap_person.met: observed people = 50, met = 13, allowed met at least 40. Alasan met.",
    }
    row = ops.read(settings, "gate")[-1]
    assert (row["status"], row["failed"], row["expectations"]) == ("failed", 3, 4)


def test_a_set_of_values_that_is_not_complete_is_told_as_any_other_failure(
    settings: Settings,
) -> None:
    levels = expect(
        "expect_column_distinct_values_to_equal_set", "gaps", column="gap", value_set=[0, 1, 2]
    )
    columns = ["period", "person_key"]
    grain = expect("expect_compound_columns_to_be_unique", "grain", column_list=columns)
    write_suite(settings.project_dir, ROWS, levels, grain)
    context = audited(settings)
    execute(context, "insert into marts.gap_person from marts.gap_person limit 1")
    with pytest.raises(GateFailed) as failure:
        quality.run_gate(settings, context, "marts")
    told = failure.value.message
    assert "gaps (gap): observed 2 values missing, 3 not expected, allowed one of 0, 1, 2" in told
    assert "grain (period, person_key): observed 2 of 51 rows outside (3.92 %)" in told


def test_a_failed_gate_leaves_the_last_publication_untouched_byte_for_byte(
    settings: Settings,
) -> None:
    write_suite(settings.project_dir, ROWS, GAP)
    context = audited(settings, build.COMPLETE, "gate_datasets")
    quality.run_gate(settings, context, "marts")
    publish.publish(settings, context)
    rows = served_rows(settings)
    kept = [settings.marts_database, *(settings.warehouse / "publications").rglob("*.*")]
    before = {path: path.read_bytes() for path in kept if path.is_file()}

    tightened = json.loads(json.dumps(GAP))
    tightened["kwargs"]["min_value"] = -1
    write_suite(settings.project_dir, ROWS, tightened)
    context = audited(settings, build.COMPLETE, "gate_datasets", seed=3)
    with pytest.raises(GateFailed, match=r"gap\.range"):
        quality.run_gate(settings, context, "marts")
    with pytest.raises(publish.PublishConflict, match="gate_marts"):
        publish.publish(settings, context)
    assert {path: path.read_bytes() for path in before} == before
    assert served_rows(settings) == rows


def test_a_check_that_breaks_is_told_apart_from_data_that_fails(settings: Settings) -> None:
    wrong = expect("expect_column_values_to_not_be_null", "none.filled", column="no_such_column")
    write_suite(settings.project_dir, ROWS, wrong)
    with pytest.raises(GateFailed, match=r"none\.filled \(no_such_column\): could not be checked"):
        quality.run_gate(settings, audited(settings), "marts")


def test_a_batch_that_cannot_be_read_fails(settings: Settings) -> None:
    write_suite(settings.project_dir, ROWS, query="select * from marts.no_such_mart")
    with pytest.raises(GateFailed, match="no_such_mart"):
        quality.run_gate(settings, audited(settings), "marts")


def test_an_empty_mart_fails_when_its_data_were_sent_and_is_not_inspected_when_not(
    settings: Settings,
) -> None:
    write_suite(settings.project_dir, ROWS)
    also = json.loads((settings.expectations_dir / "gap.json").read_text())
    also["name"] = "scorecard"
    also["meta"]["batches"]["gap_person"]["query"] = "select * from marts.scorecard"
    also["expectations"][0]["meta"]["id"] = "scorecard.rows"
    (settings.expectations_dir / "scorecard.json").write_text(json.dumps(also))
    context = audited(settings, people=0)
    result = quality.run_gate(settings, context, "marts")
    assert result.not_inspected == ("gap.gap_person",)
    assert [suite.status for suite in result.suites] == ["not_inspected", "passed"]
    execute(context, "insert into staging.stg_pegawai values ('k')")
    with pytest.raises(GateFailed, match="0 rows"):
        quality.run_gate(settings, context, "marts")


def test_a_mart_that_may_be_empty_is_not_inspected_when_it_is(settings: Settings) -> None:
    write_suite(settings.project_dir, ROWS)
    path = settings.expectations_dir / "gap.json"
    suite = json.loads(path.read_text())
    suite["meta"]["batches"]["gap_person"]["may_be_empty"] = True
    suite["meta"]["batches"]["scorecard"] = {"query": "select * from marts.scorecard", "needs": []}
    one_more = {**ROWS["meta"], "id": "scorecard.rows", "batch": "scorecard"}
    suite["expectations"].append({**ROWS, "meta": one_more})
    path.write_text(json.dumps(suite))
    context = audited(settings, people=0)
    execute(context, "insert into staging.stg_pegawai values ('k')")
    result = quality.run_gate(settings, context, "marts")
    assert (result.not_inspected, result.expectations) == (("gap.gap_person",), 1)


def test_a_dataset_that_nobody_sent_fails_only_where_it_must_be_sent_this_month(
    settings: Settings,
) -> None:
    roster = "from staging.stg_pegawai"
    write_suite(settings.project_dir, ROWS, stage="datasets", query=roster, must_be_sent=True)
    context = audited(settings)
    with pytest.raises(GateFailed, match="inspected nothing"):
        quality.run_gate(settings, context, "datasets")
    execute(context, "insert into reference.kalender values ('2026-10', 'pegawai', 'Y')")
    with pytest.raises(GateFailed, match=r"pegawai\.submitted.*no accepted submission"):
        quality.run_gate(settings, context, "datasets")
    execute(
        context,
        "insert into lake.submission (dataset, period, status, received_at) values"
        " ('pegawai', '2026-10', 'diterima', timestamp '2026-11-09 00:00:00')",
    )
    with pytest.raises(GateFailed, match="0 rows"):
        quality.run_gate(settings, context, "datasets")
    assert not build.is_marked(context, "gate_datasets")


def test_a_gate_without_suites_fails(settings: Settings) -> None:
    with pytest.raises(GateFailed, match="inspected nothing"):
        quality.run_gate(settings, audited(settings), "marts")


def test_docs_explain_in_indonesian_and_hold_no_value_of_a_person(settings: Settings) -> None:
    members = expect(
        "expect_column_values_to_be_in_set",
        "person_key.members",
        column="person_key",
        value_set=["nobody"],
    )
    write_suite(settings.project_dir, ROWS, members)
    context = audited(settings)
    with pytest.raises(GateFailed) as failure:
        quality.run_gate(settings, context, "marts")
    with duckdb.connect(str(context.database), read_only=True) as connection:
        keys = [
            k for (k,) in connection.execute("select person_key from marts.gap_person").fetchall()
        ]
    pages = list((settings.docs / "gx").rglob("*.html"))
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert "Alasan person_key.members." in text
    assert "2026-10/marts/index.html" in (settings.docs / "gx" / "index.html").read_text()
    told = text + failure.value.message + json.dumps(ops.read(settings, "gate"))
    assert len(keys) == 50 and not [key for key in keys if key in told]


@pytest.mark.parametrize(
    "change",
    [
        lambda suite: suite["meta"].pop("stage"),
        lambda suite: suite["expectations"][0]["meta"].update(batch="other"),
        lambda suite: suite["expectations"][0]["meta"].update(id_ID=""),
        lambda suite: suite["expectations"].append(suite["expectations"][0]),
    ],
)
def test_a_suite_that_cannot_be_used_is_refused(settings: Settings, change: Any) -> None:
    write_suite(settings.project_dir, ROWS)
    path = settings.expectations_dir / "gap.json"
    suite = json.loads(path.read_text())
    change(suite)
    path.write_text(json.dumps(suite))
    with pytest.raises(ConfigurationError):
        quality.read_suites(settings.expectations_dir)


def test_every_dataset_and_topic_has_a_suite_with_words_beside_each_expectation() -> None:
    suites = quality.read_suites(PROJECT / "expectations")
    contracts = {path.stem for path in (PROJECT / "contracts").glob("*.yaml")}
    assert {s.name for s in suites if s.stage == "datasets"} == DATASETS
    assert {s.name for s in suites if s.stage == "marts"} == TOPICS
    for suite in suites:
        used = {item["meta"]["batch"] for item in suite.expectations}
        assert used == {batch.name for batch in suite.batches}
        assert {need for batch in suite.batches for need in batch.needs} <= contracts
    assert sum(len(suite.expectations) for suite in suites) > 100


def test_the_codes_that_a_gate_admits_are_those_of_a_code_list() -> None:
    """A code list that gains a value must not stop the month at a gate that has a copy of it."""
    folder = PROJECT / "dbt_project" / "seeds" / "codes"
    names = [path.stem.removeprefix("code_") for path in folder.glob("code_*.csv")]
    lists = {frozenset(code_list(get_settings(), name)) for name in names}
    copies = {
        item["meta"]["id"]: frozenset(item["kwargs"]["value_set"])
        for suite in quality.read_suites(PROJECT / "expectations")
        if suite.stage == "datasets"
        for item in suite.expectations
        if "value_set" in item["kwargs"]
    }
    assert len(copies) > 20
    assert {name for name, codes in copies.items() if codes not in lists} == set()


def test_no_query_of_a_suite_can_return_a_person() -> None:
    for suite in quality.read_suites(PROJECT / "expectations"):
        for item in suite.expectations:
            query = item["kwargs"].get("unexpected_rows_query", "")
            head = re.split(r"\bfrom\b", query, maxsplit=1)[0]
            assert not re.search(r"(person|respondent|applicant|certificate)_key", head), item[
                "meta"
            ]
            assert item["meta"].get("allowed") or not query, item["meta"]["id"]


def test_how_values_are_spread_is_asked_of_many_rows_only() -> None:
    """One agency's oddity in a small month does not hold up the others."""
    spread = {
        item["meta"]["id"]: item["meta"].get("from_rows", 0)
        for suite in quality.read_suites(PROJECT / "expectations")
        for item in suite.expectations
        if item["meta"]["id"].endswith((".reject_share", ".mean", "_share", ".against_last_month"))
        and not item["meta"]["id"].startswith(("competency_gap", "learning", "position", "talent"))
    }
    assert spread and all(rows >= 1000 for rows in spread.values()), spread


def test_only_the_roster_must_be_sent() -> None:
    suites = quality.read_suites(PROJECT / "expectations")
    assert [suite.name for suite in suites if suite.must_be_sent] == ["pegawai"]
