"""Planting known truths: what may be asked for, and that nothing else changes by it."""

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from asn_warehouse.periods import Period
from asn_warehouse.simulate import SimulationSpec, Truths
from asn_warehouse.simulate.appraisals import BEHAVIOUR_LEAD, _ratings, rating_shares
from asn_warehouse.simulate.effects import Scores

MARCH = Period.parse("2027-03")
QUADRANTS = np.array([[0] * 4, [0, 1, 2, 4], [0, 2, 2, 4], [0, 3, 3, 5]])
SCORES = Scores(QUADRANTS, np.array([0.0, 100.0, 80.0, 60.0, 40.0, 20.0]))


def spec(**changes: Any) -> SimulationSpec:
    """A specification that truths can be planted in, but for the changes."""
    asked: dict[str, Any] = {"period": MARCH, "months": 1, "faults_per_rule": 0, "agencies": 3}
    return SimulationSpec(**{**asked, "people": 600, "truths": Truths(), **changes})


def test_truths_need_one_clean_month_when_appraisals_are_in_and_large_agencies() -> None:
    assert spec().least_people * 3 == 600
    for wrong in (
        {"months": 2},
        {"faults_per_rule": 1},
        {"period": Period.parse("2026-10")},
        {"period": Period.parse("2027-02")},
        {"people": 599},
    ):
        with pytest.raises(ValidationError):
            spec(**wrong)
    assert spec(truths=None, months=2, people=180, period=Period.parse("2026-10"))


@pytest.mark.parametrize(
    "boxes", [(1.0,), (0.2,) * 9, (-0.1, 1.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)]
)
def test_boxes_are_nine_shares_that_add_up(boxes: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        Truths(boxes=boxes)


def test_a_step_up_is_the_next_better_predicate_and_never_two() -> None:
    better = SCORES.step_up
    for result in (1, 2, 3):
        for behaviour in (1, 2, 3):
            before = QUADRANTS[result, behaviour]
            after = QUADRANTS[tuple(better[result, behaviour])]
            assert after == max(1, before - 1), (result, behaviour)


@pytest.mark.parametrize("skill", [-1.5, 0.0, 1.0, 2.5])
def test_what_a_score_varies_and_rises_by_is_what_many_draws_give(skill: float) -> None:
    """The planted effect is worked out from these, never from what was drawn."""
    random, size = np.random.default_rng(5), 400_000
    result = _ratings(random, np.full(size, skill))
    behaviour = _ratings(random, np.full(size, skill + BEHAVIOUR_LEAD))
    score = SCORES.points[QUADRANTS[result, behaviour]]
    better = SCORES.step_up[result, behaviour]
    rise = SCORES.points[QUADRANTS[better[:, 0], better[:, 1]]] - score
    variance, expected = SCORES.moments(np.array([skill]))
    assert variance[0] == pytest.approx(score.var(), rel=0.02)
    assert expected[0] == pytest.approx(rise.mean(), abs=5 * rise.std() / math.sqrt(size))
    assert rating_shares(np.array([skill])).sum() == pytest.approx(1)
