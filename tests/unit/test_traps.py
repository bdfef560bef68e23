"""The traps of the domain, and for each the tests that prove that nobody falls into it.

A name with ``::`` is a test in ``tests/``; one with a dot is a unit test of a dbt model,
``model.test``, which the suite runs as part of ``tests/integration/test_dbt_unit_tests.py``.
"""

import ast
from functools import cache
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
MODELS = PROJECT / "dbt_project" / "models"

TRAPS = {
    "the two category sets of the JPM never mix": (
        "job_person_match.jpm_needs_all_nine_and_the_latest_purpose_counts",
        "position_fit.position_fit_counts_each_set_by_itself",
    ),
    "a JPM over 100": (
        "job_person_match.jpm_categories_at_the_edges_of_their_bands",
        "int_talent__assessment.worked_example_and_cap",
    ),
    "20 JP are a floor for PNS, 24 a ceiling for PPPK": (
        "learning_hours.floor_is_inclusive_and_ceiling_is_not",
        "int_learning__person_year.whom_floor_and_ceiling_bind",
    ),
    "quadrants (1,3) and (2,3) are 4": (
        "fct_performance.predicate_follows_the_matrix_of_both_ratings",
        "unit/test_dbt_project.py::"
        "test_performance_matrix_gives_every_pair_of_ratings_its_predicate",
    ),
    "the box follows from the categories": (
        "int_talent__box.nine_boxes_from_nine_pairs",
        "int_talent__box.lower_bounds_are_inclusive",
        "int_talent__box.thresholds_of_an_agency_override_the_default",
        "unit/test_dbt_project.py::test_nine_boxes_follow_from_both_categories",
    ),
    "validity of three years to the day, 29 February included": (
        "fct_assessment.assessment_is_valid_for_three_years_to_the_day",
        "fct_assessment.assessment_of_leap_day_is_valid_until_the_end_of_january",
    ),
    "an IKM of all fours is exactly 100": (
        "int_service_satisfaction__year.four_everywhere_is_exactly_one_hundred",
    ),
    "an IKM of 88.305 is A, of 88.304 B": ("service_satisfaction.edges_of_the_grades",),
    "bands without a hole: IP ASN of 60, 60.01 and 80.5": (
        "professionalism_person.worked_example_and_edges_of_the_categories",
        "unit/test_dbt_project.py::test_bands_of_a_set_leave_no_hole_and_never_overlap",
    ),
    "a person in two agencies in one month": (
        "dim_person.person_counts_once_where_the_position_began_last",
        "int_submission__excluded.everyone_counts_or_has_a_reason",
        "integration/test_conservation.py::test_persons_in_are_counted_or_excluded_with_a_reason",
    ),
    "a transfer during the year: learning follows the person": (
        "int_learning__person_year.learning_follows_the_person_to_the_next_agency",
        "fct_learning.a_run_that_two_agencies_report_counts_once",
        "int_program__participant.each_person_once_per_run",
        "int_talent__movement.a_transfer_that_both_agencies_tell_counts_once_in_and_once_out",
    ),
    "an agency that splits or merges": (
        "dim_agency.agency_holds_on_the_last_day_of_the_month",
        "dim_person.people_of_a_merged_or_split_agency_count_where_they_are_now",
        "fct_assessment.result_of_a_former_agency_or_for_a_target_job_is_the_person_s",
        "integration/test_bad_input.py::"
        "test_an_agency_that_was_merged_away_is_unknown_in_later_months",
    ),
    "a position without a standard": (
        "fct_requirement.position_without_own_standard_takes_the_default_of_its_level",
    ),
    "an assessment against a target job": (
        "fct_assessment.result_of_a_former_agency_or_for_a_target_job_is_the_person_s",
        "job_person_match.jpm_needs_all_nine_and_the_latest_purpose_counts",
        "int_talent__successor.a_successor_is_of_the_pool_and_at_most_one_level_below",
    ),
    "a programme with one participant": (
        "int_program__gain.one_participant_has_no_spread",
        "int_program__effect.worked_examples_of_one_and_two_strata",
        "int_program__evidence.evidence_at_the_edges",
    ),
    "a programme whose participants all drop out": ("int_program__evidence.delivery_and_reaction",),
    "tests of 0 and of 100 before the course": (
        "int_program__gain.pre_score_of_zero_and_of_hundred",
    ),
    "a comparison group of zero": (
        "int_program__stratum.comparison_group_of_zero",
        "int_program__effect.nothing_matched_no_rows",
        "int_program__evidence.strong_evidence_needs_a_balanced_comparison",
    ),
    "an unbalanced comparison is never called strong, nor moderate for itself": (
        "int_program__evidence.strong_evidence_needs_a_balanced_comparison",
        "integration/test_planted_truths.py::"
        "test_whom_the_programme_without_effect_is_given_to_deceives_a_naive_comparison",
        "integration/test_planted_truths.py::"
        "test_a_programme_without_effect_is_called_moderate_or_strong_in_at_most_5_of_100",
    ),
    "an unanswered reverse item": ("int_job_satisfaction__answer.reverse_items_are_turned",),
    "an empty month": ("unit/test_traps.py::test_every_mart_says_what_it_is_in_an_empty_month",),
    "the first month ever": (
        "integration/test_month.py::test_a_month_without_faults_ends_with_exit_code_0",
        "job_satisfaction.first_year_and_no_answers",
    ),
    "agencies dissolve and change their name": (
        "dim_agency.agency_holds_on_the_last_day_of_the_month",
    ),
    "NIP or NI PPPK by digits 13 and 14; a mismatch is a warning": (
        "integration/test_faults.py::test_warned_rows_are_exactly_the_labelled_ones_and_are_let_in",
        "integration/test_faults.py::test_every_rule_of_every_contract_was_broken_at_least_once",
    ),
    "one certificate in two endpoints": (
        "fct_learning.participation_finds_its_programme_and_certificates_count_once",
        "int_learning__person_year.hours_of_the_calendar_year",
    ),
    "versions of a rule": (
        "int_talent__score.weights_before_2026_are_rows_of_their_own",
        "unit/test_dbt_project.py::test_versions_of_a_rule_never_overlap",
    ),
}

INDEXED = {
    "kpi_scorecard": "empty_period_has_every_row",
    "submission_scorecard": "no_accepted_row_and_many_orphans",
}
"""Marts that have rows in an empty month, and the test that says which."""

FROM_OTHERS = {
    "competency_gap_person": "one row for each requirement of a counted person",
    "dim_rule": "of the rules, whatever was sent",
    "professionalism_person": "one row for each counted PNS",
    "program_effectiveness": "int_program__evidence has a row for each run, and none without",
    "publication_diff": "filled when a month is published, from two publications",
    "service_satisfaction": "int_service_satisfaction__year has no row without an answer",
    "submission_orphan": "one row for each orphan",
    "talent_pool": "one row for each counted person",
}
"""Marts without such a test of their own, and what makes them empty."""


@cache
def unit_tests() -> dict[str, dict]:
    """Every unit test of the dbt project as ``model.test``."""
    return {
        f"{test['model']}.{test['name']}": test
        for path in sorted(MODELS.rglob("*.yml"))
        for test in (yaml.safe_load(path.read_text("utf-8")) or {}).get("unit_tests", [])
    }


@cache
def functions(file: str) -> set[str]:
    """The functions that a test file defines."""
    tree = ast.parse((PROJECT / "tests" / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_tests_that_exist(trap: str) -> None:
    known = unit_tests()
    assert TRAPS[trap]
    for name in TRAPS[trap]:
        file, _, function = name.partition("::")
        if function:
            assert function in functions(file), name
            assert function.startswith("test_"), name
        else:
            assert name in known, name
            assert known[name]["expect"], name


def test_every_mart_says_what_it_is_in_an_empty_month() -> None:
    """Each has a unit test that gives it nothing and expects no row, or a reason stands above."""
    nothing = {
        test["model"]
        for test in unit_tests().values()
        if test["expect"].get("rows") == []
        and any(given.get("rows") == [] for given in test["given"])
    }
    marts = {p.stem for p in (MODELS / "marts").rglob("*.sql") if not p.stem.startswith("int_")}
    marts |= {"dim_rule"}
    assert len(marts) > 25
    known = unit_tests()
    assert all(f"{mart}.{test}" in known for mart, test in INDEXED.items())
    assert marts - nothing - set(INDEXED) == set(FROM_OTHERS)
