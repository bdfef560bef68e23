"""Every number of a published month leads back to its rules, models, datasets and submissions."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest
from e2e_home import OCTOBER, PROJECT, Month, asn
from rich.console import Console

from asn_warehouse import explain, publish, rules
from asn_warehouse.cli.explain import as_json, as_tree
from asn_warehouse.errors import NotPublished, UsageError
from asn_warehouse.explain import Source
from asn_warehouse.rules import Rule

pytestmark = pytest.mark.slow
NOT_FROM_DATA = {"dim_rule", "publication_diff"}
"""Tables made from the rules, and from two publications."""

RULE_SEEDS = sorted((PROJECT / "dbt_project" / "seeds" / "rules").glob("*.csv"))


@pytest.fixture(scope="module")
def source(month: Month) -> Iterator[Source]:
    """What the published month is explained from."""
    publication = publish.current(month.settings, OCTOBER)
    with explain.open_source(month.settings, publication) as opened:
        yield opened


@pytest.fixture(scope="module")
def agency(month: Month) -> str:
    """An agency of which a snapshot was carried forward."""
    (code,) = candidate(
        month,
        "select min(agency_code) from staging.int_submission__counting where is_carried_forward",
    )[0]
    return str(code)


def candidate(month: Month, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query over the candidate that was published."""
    assert month.result.context is not None
    with duckdb.connect(str(month.result.context.database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def text_of(found: explain.Explanation) -> str:
    """The tree as it is printed."""
    console = Console(file=io.StringIO(), width=200, highlight=False)
    console.print(as_tree(found))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_every_published_column_is_explained_for_an_agency_and_the_nation(
    source: Source, agency: str
) -> None:
    assert source.publication is not None
    served = set(source.lineage.marts)
    columns = 0
    for mart in source.lineage.marts.values():
        assert bool(source.lineage.datasets(mart.name)) != (mart.name in NOT_FROM_DATA), mart.name
        for name in mart.columns:
            for code in (agency, None):
                told = as_json(explain.explain_column(source, mart.name, name, code))
                assert told["values"] is not None, mart.name
                assert {rule["rule_set"] for rule in told["rules"]} == {
                    entry.split(".")[0] for entry in mart.columns[name].rule_sets
                }
            columns += 1
    in_store = source.connection.execute(
        "select table_name from duckdb_tables() where database_name = 'marts'"
        " and schema_name = 'main'"
    ).fetchall()
    assert served == {name for (name,) in in_store}
    assert columns > 500


def test_no_person_is_ever_printed(source: Source, agency: str) -> None:
    inspected = 0
    for mart in source.lineage.marts.values():
        if not mart.restricted:
            continue
        keys = {
            key
            for (key,) in source.connection.execute(
                f"select person_key from marts.{mart.name}"
            ).fetchall()
        }
        for name in mart.columns:
            for code in (agency, None):
                found = explain.explain_column(source, mart.name, name, code)
                text = text_of(found) + json.dumps(as_json(found), default=str)
                assert not re.search(r"\d{18}|\b[0-9a-f]{32,}\b", text), (mart.name, name)
                assert not [key for key in keys if key in text]
                inspected += 1
    assert inspected > 50


def test_the_published_rules_are_every_row_of_every_seed_as_the_project_reads_them(
    month: Month, source: Source
) -> None:
    written = []
    for path in RULE_SEEDS:
        with path.open(encoding="utf-8", newline="") as file:
            written += [row["rule_id"] for row in csv.DictReader(file)]
    assert sorted(written) == [rule.rule_id for rule in source.rules]

    def plain(rule: Rule) -> dict[str, Any]:
        return {k: v for k, v in vars(rule).items() if k not in ("topic", "marts")}

    assert list(map(plain, source.rules)) == list(map(plain, rules.of_project(month.settings)))
    flags = source.connection.execute("select rule_id, is_in_force from marts.dim_rule").fetchall()
    assert dict(flags) == {r.rule_id: r.is_in_force(OCTOBER.last_day) for r in source.rules}
    without = {r.rule_set for r in source.rules if not r.marts}
    assert without == {"agency_report", "agency_size", "lake_months", "month_change"}


def test_a_number_has_the_rules_that_made_it_with_other_versions_marked(source: Source) -> None:
    ceiling = explain.explain_column(source, "learning_hours", "over_24", None)
    assert [rule.rule_id for rule in ceiling.rules] == ["learning.pppk_hours_ceiling"]
    text = text_of(ceiling)
    assert "PP 49/2018; Peraturan LAN 15/2020" in text and "[C: naskah peraturan" in text
    weight = as_json(explain.explain_column(source, "talent_pool", "award_weight", None))
    assert [(rule["value"], rule["valid_from"], rule["state"]) for rule in weight["rules"]] == [
        ("15", date(2017, 1, 1), "earlier version"),
        ("15", date(2026, 1, 1), "in force"),
    ]
    people = explain.explain_column(source, "position_fit", "people", None)
    assert people.rules == () and "none: a count" in text_of(people)


def test_a_value_is_the_published_one_and_totals_come_first(source: Source, agency: str) -> None:
    found = explain.explain_column(source, "position_fit", "jpm_mean", agency)
    assert found.values is not None
    published = source.connection.execute(
        "select position_level, jpm_mean from marts.position_fit where agency_code = ?", [agency]
    ).fetchall()
    assert found.values.rows == len(published) > 1
    assert set(found.values.shown) <= set(published) and found.values.shown[0][0] is None


def test_the_submissions_are_those_that_the_models_count(
    month: Month, source: Source, agency: str
) -> None:
    counting = candidate(
        month,
        "select dataset, agency_code, submission_id, is_carried_forward"
        " from staging.int_submission__counting",
    )
    told = set()
    for code in {code for _, code, *_ in counting}:
        for mart in source.lineage.marts:
            found = explain.explain_column(source, mart, "period", code)
            told |= {
                (dataset.name, code, one.submission_id, one.is_carried_forward)
                for dataset in found.datasets
                for one in dataset.shown
            }
    assert told == set(counting) and len(told) > 100
    assert any(is_carried for *_, is_carried in told)
    carried = explain.explain_column(source, "submission_scorecard", "score", agency)
    assert "carried forward" in text_of(carried)


def test_the_command_answers_at_once_and_says_what_is_near(month: Month) -> None:
    home = month.settings.home
    done = asn(
        home, "explain", "talent_box", "people", "--period", str(OCTOBER), "--format", "json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["period"] == str(OCTOBER)
    wrong = asn(home, "explain", "talent_bocks", "people")
    assert wrong.returncode == 2 and "Did you mean talent_box" in wrong.stderr
    with pytest.raises(UsageError, match="Did you mean people"):
        explain.explain(month.settings, "talent_box", "peoples")
    with pytest.raises(NotPublished):
        explain.explain(month.settings, "talent_box", "people", OCTOBER.next())
    with pytest.raises(UsageError, match="not in force"):
        explain.explain(month.settings, "talent_box", "people", OCTOBER, "0")
