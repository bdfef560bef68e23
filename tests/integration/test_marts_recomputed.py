"""Every public mart against the same month computed in pandas from the lake."""

import duckdb
import pandas as pd
import pytest
from e2e_home import PROJECT
from gate_mutations import noticed_by
from recompute import MARTS, Recomputed, differences

from asn_warehouse import quality

pytestmark = pytest.mark.slow

NOT_COMPUTED = {
    "publication_diff": "compares publications, which a build knows nothing of",
    "dim_rule": "shows the rule files, whose numbers are written again beside each formula",
}
"""Public tables that this does not compute, and why."""

WEIGHTS = "the weights of a year are the same for everybody"
CONSTANT = {
    ("job_person_match", "competencies_required"): "a standard holds all nine",
    **{
        ("talent_pool", f"{name}_weight"): WEIGHTS
        for name in (
            "performance_main", "award", "team_assignment", "feedback_360", "competency_assessment",
            "competency_development", "position_experience", "potential_assessment", "education",
            "field_fit", "integrity",
        )
    },
    **{
        ("professionalism_person", f"{name}_weight"): WEIGHTS
        for name in ("qualification", "competency", "performance", "discipline")
    },
    ("professionalism_person", "is_estimate"): "no official value is sent",
    ("professionalism_index", "is_estimate"): "no official value is sent",
    ("training_need", "alternative_form"): "only mild gaps have one, and it is mentoring",
    ("talent_box", "without_potential"): "education is always known, so potential is",
    ("submission_scorecard", "excluded_other"): "people of agencies that ended: no row for those",
}  # fmt: skip
"""Columns with one value only in both months, and why they can have no other."""

WORDS = {
    ("competency_gap_person", "severity"): {"met", "mild", "moderate", "severe", "unassessed"},
    ("job_person_match", "category"): {"O", "CO", "KO", "MS", "MMS", "KMS"},
    ("program_effectiveness", "evidence"): {"strong", "moderate", "weak", "none"},
    ("training_need", "evidence"): {"strong", "moderate", "none"},
    ("talent_box", "box"): set(range(1, 10)),
    ("talent_pool", "box"): set(range(1, 10)),
    ("succession_bench", "risk"): {"vacant", "no_successor", "thin", "covered"},
    ("succession_candidate", "readiness"): {"now", "soon", "not_ready", "unassessed"},
    ("professionalism_person", "category"): {"very_high", "high", "medium", "low", "very_low"},
    ("service_satisfaction", "grade"): {"A", "B", "C", "D"},
    ("learning_access", "region_class"): {"remote", "other", "unknown"},
    ("submission_scorecard", "status"): {"on_time", "late", "missing", "refused", "not_expected"},
    ("submission_orphan", "reason"): {
        "person_unknown", "program_unknown", "position_unknown", "competency_unknown",
        "unit_unknown", "agency_unknown",
    },
}  # fmt: skip


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Recomputed:
    """One of the two months, by name."""
    found: Recomputed = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("name", sorted(MARTS))
@pytest.mark.parametrize("seen", ["again", "later"], indirect=True)
def test_mart_holds_what_pandas_computes_from_the_lake(seen: Recomputed, name: str) -> None:
    keys, compute = MARTS[name]
    mart, types = seen.mart(name)
    assert len(mart)
    assert differences(mart, types, seen.once(compute), keys) == []


def test_one_agency_that_has_ended_stops_no_month_at_the_gate(later: Recomputed) -> None:
    suites = [s for s in quality.read_suites(PROJECT / "expectations") if s.stage == "marts"]
    waiting = {i["meta"]["id"] for s in suites for i in s.expectations if "from_rows" in i["meta"]}
    with duckdb.connect(str(later.database), read_only=True) as connection:
        broken = set().union(*(noticed_by(connection, suite) for suite in suites))
    assert broken <= waiting


def test_no_public_table_is_left_out(again: Recomputed) -> None:
    with duckdb.connect(str(again.database), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
    assert {name for (name,) in tables} - set(NOT_COMPUTED) == set(MARTS)


def test_every_column_varies_or_has_a_reason_not_to(again: Recomputed, later: Recomputed) -> None:
    constant = set()
    for name in MARTS:
        both = pd.concat([again.mart(name)[0], later.mart(name)[0]])
        constant |= {(name, column) for column in both if both[column].nunique() < 2}
    assert constant == set(CONSTANT)


def test_every_word_of_a_classification_occurs(again: Recomputed, later: Recomputed) -> None:
    for (name, column), words in WORDS.items():
        found = [set(month.mart(name)[0][column].dropna()) for month in (again, later)]
        assert set.union(*found) == words, (name, column)


TYPES = {"agency_code": "VARCHAR", "people": "BIGINT", "mean": "DOUBLE", "is_total": "BOOLEAN"}
ROWS = pd.DataFrame(
    {"agency_code": ["a", None], "people": [3, 5], "mean": [0.5, None], "is_total": [False, True]}
)
SAME = ROWS.assign(agency_code=["a", "*"])


@pytest.mark.parametrize(
    "other",
    [
        SAME.drop(columns="people"),
        SAME.assign(new=1),
        SAME.head(1),
        pd.concat([SAME, SAME.assign(agency_code="b")]),
        pd.concat([SAME, SAME]),
        SAME.assign(people=[3, 4]),
        SAME.assign(mean=[0.5 + 2e-9, None]),
        SAME.assign(mean=[0.5, 0.0]),
        SAME.assign(is_total=[None, True]),
    ],
    ids=["column", "more", "row", "rows", "twice", "count", "mean", "zero", "unknown"],
)
def test_a_difference_is_told(other: pd.DataFrame) -> None:
    assert differences(ROWS, TYPES, SAME, ["agency_code"]) == []
    assert differences(ROWS, TYPES, other, ["agency_code"])
