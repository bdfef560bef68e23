"""What BI may rely on: the published tables are those agreed, no more, no less, and documented."""

import csv
import importlib
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import data_tests_of, meta_of

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "marts.md"
AGREED = yaml.safe_load((PROJECT / "tests" / "interface" / "marts.yaml").read_text("utf-8"))

PERSON = {
    "person_key", "agency_code", "agency_name", "employment_status", "position_level",
    "position_code", "unit_code", "region_code", "is_remote_region", "education_level", "sex",
    "age_band", "service_years",
}  # fmt: skip
CORE = {
    "dim_agency", "dim_position", "dim_competency", "dim_program", "dim_person", "fct_assessment",
    "fct_requirement", "fct_learning", "fct_performance", "fct_career_event", "fct_survey_answer",
}  # fmt: skip
TYPE_OF_NAME = {
    r"^period$": "date",
    r"_on$": "date",
    r"_at$": "timestamp",
    r"^(is|has|in)_": "boolean",
    r"(_share|_rate|_mean|_median|_idr|_weight|^coverage|^share|^cost\w*)$": "double",
    r"(_code|_key|_name)$": "varchar",
    r"^(people|participants|applicants|respondents|rows)\w*$": "bigint",
}


def columns(table: str) -> dict[str, str]:
    """Agreed columns of a table, with their types."""
    return {
        column: type_
        for group in ("promised", "more")
        for type_, names in AGREED[table].get(group, {}).items()
        for column in names
    }


@cache
def script() -> Any:
    """The script that writes the page."""
    sys.path.insert(0, str(PROJECT / "scripts"))
    return importlib.import_module("marts_page")


@pytest.fixture(scope="module")
def published(models: dict[str, Any]) -> dict[str, Any]:
    """Models that are published: those that say whether they are restricted."""
    found = {name: node for name, node in models.items() if "restricted" in meta_of(node)}
    assert len(found) > 25
    return found


def test_every_table_agreed_is_published_and_no_other(published: dict[str, Any]) -> None:
    assert set(published) == set(AGREED)


def test_every_column_agreed_is_there_with_its_type_and_no_other(
    published: dict[str, Any],
) -> None:
    wrong = {
        name: set(columns(name).items()) ^ {(c.name, c.data_type) for c in node.columns.values()}
        for name, node in published.items()
    }
    assert {name: found for name, found in wrong.items() if found} == {}


def test_every_table_keeps_its_contract_its_key_and_its_restriction(
    manifest: Any, published: dict[str, Any]
) -> None:
    for name, node in published.items():
        assert node.config.contract.enforced and node.description.startswith("Grain: period"), name
        assert meta_of(node)["restricted"] is AGREED[name]["restricted"], name
        unique = [
            t.test_metadata.kwargs["columns"]
            for t in data_tests_of(manifest, node)
            if t.test_metadata and t.test_metadata.name == "grain_is_unique"
        ]
        assert AGREED[name]["key"] in unique, name


def test_a_name_tells_the_type() -> None:
    wrong = [
        (table, column, type_)
        for table in AGREED
        for column, type_ in columns(table).items()
        for pattern, wanted in TYPE_OF_NAME.items()
        if re.search(pattern, column) and type_ != wanted
    ]
    assert wrong == []


def test_a_table_about_an_agency_names_it() -> None:
    for table in AGREED:
        assert ("agency_code" in columns(table)) == ("agency_name" in columns(table)), table


def test_whoever_is_a_row_is_known_by_the_common_attributes_and_no_more(
    models: dict[str, Any],
) -> None:
    of_a_person = set(models["dim_person"].columns) - {"period", "is_carried_forward"}
    restricted = [table for table, agreed in AGREED.items() if agreed["restricted"]]
    assert len(restricted) >= 5
    for table in restricted:
        assert set(columns(table)) >= PERSON, table
        assert set(columns(table)) & of_a_person <= PERSON, table


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text("utf-8") == script().page(), "run make marts"


def test_the_page_holds_every_table_and_column_agreed_and_no_other() -> None:
    chapters = dict(
        re.findall(r"^### `(\w+)`\n(.*?)(?=^##)", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    )
    assert set(chapters) == set(AGREED)
    for table, chapter in chapters.items():
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \| (.+) \|$", chapter, re.MULTILINE)
        assert {name: type_ for name, type_, _, _ in rows} == columns(table), table
        assert all(meaning.strip() and label.strip() for _, _, meaning, label in rows), table
        assert ("**Restricted.**" in chapter) is AGREED[table]["restricted"], table
        assert re.search(r"\?$", chapter.strip().split("\n\n")[1]), f"{table} answers no question"


def test_the_page_lists_core_for_analysts() -> None:
    listed = set(
        re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8").split("## For anal")[1], re.M)
    )
    assert listed >= CORE


def test_a_table_that_the_template_forgets_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = script().TEMPLATE.read_text("utf-8").replace("{{ talent_box }}\n", "")
    (tmp_path / "marts.md").write_text(text, "utf-8")
    monkeypatch.setattr(script(), "TEMPLATE", tmp_path / "marts.md")
    with pytest.raises(ValueError, match="talent_box"):
        script().page()


def test_the_page_quotes_rules_as_they_are() -> None:
    """Numbers of rules that the notes repeat; a rule that changes changes the note."""
    text = " ".join(PAGE.read_text("utf-8").split())
    folder = PROJECT / "dbt_project" / "seeds" / "rules"
    rules = {}
    for name in ("rule_band", "rule_parameter"):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rules[name] = {r["rule_id"]: r for r in csv.DictReader(file) if not r["valid_to"]}
    for grade in "abc":
        bound = float(rules["rule_band"][f"service.grade.{grade}"]["lower_bound"])
        assert f"{grade.upper()} from {bound:.2f}" in text
    for target in ("test_score", "performance", "service_satisfaction"):
        value = float(rules["rule_parameter"][f"kpi_target.{target}"]["value"])
        assert f"`{target}`: +{value:.0%}".replace("%", " %") in text
    points = rules["rule_parameter"]["kpi_target.job_satisfaction"]["value"]
    assert f"`job_satisfaction`: +{points} points" in text
