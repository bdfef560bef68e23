"""Every question the warehouse was made for has its answer, and the answer exists."""

import re
from pathlib import Path

import pytest
import yaml

from asn_warehouse.cli import app

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "processes.md").read_text("utf-8")
AGREED = yaml.safe_load((PROJECT / "tests" / "interface" / "marts.yaml").read_text("utf-8"))

# The nine processes with the marts that must answer them, as the mission has them.
PROCESSES = {
    1: {"workforce_plan"},
    2: {"recruitment_quality"},
    3: {"career_mobility"},
    4: {
        "competency_gap_person", "competency_gap_agency", "competency_gap_national",
        "competency_gap_field", "training_need", "learning_hours", "program_effectiveness",
        "program_comparison", "program_exchange",
    },
    5: {"position_fit"},
    6: {"promotion_readiness", "career_mobility"},
    7: {"assessment_coverage"},
    8: {"submission_scorecard"},
    9: {"talent_pool", "talent_box", "succession_bench"},
}  # fmt: skip

BESIDE = {
    "professionalism_index", "service_satisfaction", "job_satisfaction", "kpi_scorecard",
    "learning_access",
}  # fmt: skip

# What else was asked for: words of the request, and a name without which it is not answered.
REQUESTS = (
    ("Four competency families", "competency_gap_agency.family"),
    ("outside the statutory JPM", "job_person_match.jpm"),
    ("Ideal against actual", "competency_gap_national.gap_mean"),
    ("in words and in numbers", "competency_gap_person.severity"),
    ("by effect and by cost", "program_comparison.cost_per_gain_point"),
    ("hours of each form", "learning_hours.mentoring_coaching"),
    ("hours of each form", "learning_hours.community"),
    ("case and simulation, rotation", "career_mobility.rotations"),
    ("pre-test and post-test", "program_effectiveness.post_mean"),
    ("performance appraisal", "program_effectiveness.performance_effect"),
    ("behaviour observed", "program_effectiveness.behaviour_mean"),
    ("participants' satisfaction", "program_effectiveness.reaction_mean"),
    ("rows that a user can change", "kpi_scorecard.target"),
    ("method, result, obstacle", "program_comparison.obstacle"),
    ("recommended to others", "program_exchange.people_it_would_serve"),
    ("gaps by field", "competency_gap_field.job_family"),
    ("its programmes, its mentoring", "learning_hours.mentoring_coaching"),
    ("its feedback survey", "program_effectiveness.reaction_mean"),
    ("Remote areas", "learning_access.e_learning_share"),
    ("rotation and its effect", "career_mobility.competence_spread"),
    ("talent pool for strategic positions", "succession_bench.bench_strength"),
    ("Reject, fix, replay", "submission_scorecard.replayed"),
    ("Both truths", "asn revert"),
    ("Both truths", "publication_diff.caused_by"),
    ("Missing is a row", "submission_scorecard.status"),
    ("Law as code", "dim_rule.source"),
    ("Effect with uncertainty", "program_effectiveness.evidence"),
    ("Suppression that survives subtraction", "tests/unit/test_disclosure.py"),
    ("Who may see a row", "protected"),
    ("A nation in one command", "asn simulate"),
    ("several engines", "dbt_project/macros/dialect"),
    ("Speed", "benchmarks/README.md"),
)


def rows() -> list[str]:
    """Rows of the tables of the page."""
    found = [line for line in PAGE.splitlines() if re.match(r"\| (?!---)", line)]
    assert len(found) > 35
    return found


def names(text: str) -> set[str]:
    """What a text sets in code type."""
    return set(re.findall(r"`([^`]+)`", text))


def published() -> set[str]:
    """Names of published tables and of their columns, with the table."""
    found = set(AGREED)
    for table, agreed in AGREED.items():
        for group in ("promised", "more"):
            for listed in agreed.get(group, {}).values():
                found |= {f"{table}.{column}" for column in listed}
    return found


def sections() -> set[str]:
    """Anchors of the sections that the report can have."""
    code = (PROJECT / "asn_warehouse" / "report" / "sections").glob("*.py")
    found = {
        anchor
        for path in code
        for anchor in re.findall(r'\bSection\(\s*"([a-z-]+)"', path.read_text("utf-8"))
    }
    assert len(found) >= 10
    return {f"report#{anchor}" for anchor in found}


def commands() -> set[str]:
    """Commands of the command line."""
    found = [
        c.name or c.callback.__name__.removesuffix("_command") for c in app.registered_commands
    ]
    assert len(found) >= 10
    return {f"asn {name}" for name in found}


def test_every_name_on_the_page_exists() -> None:
    words = {"mart", "mart.column", "report#section", "protected", "kpi_target"}
    known = published() | sections() | commands() | words
    unknown = {name for name in names(PAGE) - known if not (PROJECT / name).exists()}
    assert unknown == set()
    seeds = (PROJECT / "dbt_project/seeds/rules/rule_parameter.csv").read_text("utf-8")
    assert ",kpi_target," in seeds
    assert all((PROJECT / "docs" / link).is_file() for link in re.findall(r"\]\(([^)#]+)\)", PAGE))


def test_every_process_is_answered_by_its_marts() -> None:
    answers: dict[int, set[str]] = {}
    number = 0
    for row in PAGE.split("## What else")[0].splitlines():
        if cells := re.match(r"\| (\d*) ?\| (.*)", row):
            number = int(cells[1] or number)
            answers[number] = answers.get(number, set()) | names(cells[2])
    assert set(answers) == set(PROCESSES)
    for process, marts in PROCESSES.items():
        assert marts <= {name.split(".")[0] for name in answers[process]}, process


def test_the_indices_beside_the_processes_are_named() -> None:
    (line,) = [line for line in PAGE.splitlines() if line.startswith("Beside the nine")]
    assert {name.split(".")[0] for name in names(line)} == BESIDE


@pytest.mark.parametrize(("request_", "answer"), REQUESTS, ids=lambda v: v[:30])
def test_every_request_is_answered(request_: str, answer: str) -> None:
    about = [row for row in rows() if request_ in row]
    assert about, f"nothing on the page is about: {request_}"
    assert any(answer in names(row) for row in about), (request_, answer)


def test_every_row_names_where_its_answer_is() -> None:
    empty = [row for row in rows() if row.count("|") >= 3 and not names(row) and "where" not in row]
    assert empty == []
