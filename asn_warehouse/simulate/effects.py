"""Programmes with a known effect: one that works, and one that does not but whom it is given to.

Both are held once in every agency (but the one with the known boxes), on the same competency, so
that the participants of neither stand in the other's comparison group.

*The programme that works* takes people at random. In the appraisal of the year of the course, each
participant's predicate rises one step with a chance that makes the expected rise δ points, the
same for everybody: δ = d × σ, where σ is the standard deviation of the change of the yearly score
from one year to the next among people without any course. So whatever the weights of the strata
are, the mean difference in differences between participants and comparable others is δ in
expectation: it is what ``performance_effect`` estimates. The very able, about one in a hundred, are
too near the top to rise by δ and rise for certain; the truth of a programme is the mean over those
whom it took.

*The programme without effect* changes nothing, neither the predicate nor the test score. Its
participants are sent because their last predicate was poor. Such people do better the year after,
with a course or without (regression to the mean), so that the participants seem to have improved;
a comparison with people of the same predicate does not. What nobody recorded, like ability beyond
the predicate, does not enter into the choice: no comparison of these data could make up for that.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from asn_warehouse.periods import Period
from asn_warehouse.simulate.agencies import Agency
from asn_warehouse.simulate.appraisals import (
    BEHAVIOUR_LEAD,
    Ratings,
    appraised,
    rating_shares,
    ratings,
)
from asn_warehouse.simulate.draws import FloatArray, IntArray, month_of, stream, to_day
from asn_warehouse.simulate.learning import Enrolments
from asn_warehouse.simulate.population import People
from asn_warehouse.simulate.programs import Runs
from asn_warehouse.simulate.rosters import Roster
from asn_warehouse.simulate.truths import BOX_AGENCY, Truth

COMPETENCY = "SK.01"
GAIN = 10.0
"""Points of 100 by which participants of the programme that works do better after it."""
_WORKS, _IDLE = range(2)
_TITLES = ("Penataran Perekat Bangsa", "Pembinaan Perekat Bangsa")
_FORMS = ("12", "13")
_MONTH, _FIRST_DAY, _LAST_DAY = 8, 3, 7
_PARTICIPANT_SHARE = 0.25
_MOST_PARTICIPANTS = 60
_POOR_PREDICATE, _POOR_WEIGHT = 3, 3.0
"""From this predicate on, people are sent this much more often than others."""


@dataclass(frozen=True)
class Scores:
    """The rule rows on predicates: predicate by ratings, points by predicate."""

    quadrants: IntArray
    points: FloatArray

    @property
    def step_up(self) -> IntArray:
        """Ratings (last axis: result, behaviour) that give the next better predicate."""
        plain: dict[int, tuple[int, int]] = {}
        cells = [(r, b) for r in (1, 2, 3) for b in (1, 2, 3)]
        for r, b in sorted(cells, key=lambda cell: abs(cell[0] - 2) + abs(cell[1] - 2)):
            plain.setdefault(int(self.quadrants[r, b]), (r, b))
        better = np.zeros((4, 4, 2), dtype=np.int64)
        for r, b in cells:
            better[r, b] = plain.get(int(self.quadrants[r, b]) - 1, (r, b))
        return better

    def moments(self, skill: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the variance of a yearly score, and what a step up adds to it on average."""
        shares = (
            rating_shares(skill)[:, :, None] * rating_shares(skill + BEHAVIOUR_LEAD)[:, None, :]
        )
        score = self.points[self.quadrants]
        better = self.step_up
        rise = score[better[..., 0], better[..., 1]] - score
        mean = (shares * score[1:, 1:]).sum(axis=(1, 2))
        square = (shares * score[1:, 1:] ** 2).sum(axis=(1, 2))
        return square - mean**2, (shares * rise[1:, 1:]).sum(axis=(1, 2))


@dataclass
class Effects:
    """The planted programmes: which run each agency holds, and whose predicate rises."""

    year: int
    runs: IntArray
    """Run of the programme that works and of the one that does not, by agency; −1 is none."""
    chance: FloatArray
    """Chance of a step up in the appraisal of ``year``, by person."""
    scores: Scores
    seed: int

    def correct(self, agency: int, year: int, cycle: int, who: IntArray, rated: Ratings) -> Ratings:
        """Return the ratings of a cycle with the effect in them."""
        if (year, cycle) != (self.year, 0):
            return rated
        rises = stream(self.seed, "planted rise", agency).random(len(who)) < self.chance[who]
        better = self.scores.step_up[rated]
        return np.where(rises, better[:, 0], rated[0]), np.where(rises, better[:, 1], rated[1])


def add_programs(
    runs: Runs, agencies: list[Agency], people: People, period: Period, scores: Scores, seed: int
) -> tuple[Runs, Effects]:
    """Return the programmes with the planted ones at their end, and where to find these."""
    owner = np.delete(np.arange(len(agencies)), BOX_AGENCY)
    kind = np.repeat([_WORKS, _IDLE], len(owner))
    owner = np.tile(owner, 2)
    size, year = len(owner), period.year - 1
    start = np.full(size, to_day(Period(year, _MONTH).first_day.replace(day=_FIRST_DAY)))
    end = start + _LAST_DAY - _FIRST_DAY
    rng = stream(seed, "planted programmes")
    codes = [f"{agencies[o].code}-9{k + 1}" for o, k in zip(owner, kind, strict=True)]
    none = np.zeros(size, dtype=np.int64)
    found = replace(
        runs,
        codes=pa.concat_arrays([runs.codes, pa.array(codes)]),
        names=pa.concat_arrays([runs.names, pa.array([_TITLES[k] for k in kind])]),
        forms=[*runs.forms, *[_FORMS[k] for k in kind]],
        competencies=pa.concat_arrays([runs.competencies, pa.array([COMPETENCY] * size)]),
        owner=np.r_[runs.owner, owner],
        gain=np.r_[runs.gain, np.where(kind == _WORKS, GAIN, 0.0)],
        pull=np.r_[runs.pull, none.astype(float)],
        hours=np.r_[runs.hours, none + 24],
        is_leadership=np.r_[runs.is_leadership, none],
        field=np.r_[runs.field, runs.field[np.searchsorted(runs.owner, owner)]],
        program=np.r_[runs.program, len(runs.codes) + np.arange(size)],
        number=np.r_[runs.number, none + 1],
        start=np.r_[runs.start, start],
        end=np.r_[runs.end, end],
        start_month=np.r_[runs.start_month, month_of(start)],
        end_month=np.r_[runs.end_month, month_of(end)],
        has_test=np.r_[runs.has_test, none + 1],
        scale=np.r_[runs.scale, none],
        cost=np.r_[runs.cost, np.round(rng.uniform(40e6, 90e6, size) / 1e5) * 1e5],
        obstacle=np.r_[runs.obstacle, none],
        quota=np.r_[runs.quota, none + _MOST_PARTICIPANTS],
    )
    held = np.full((2, len(agencies)), -1)
    held[kind, owner] = len(runs.program) + np.arange(size)
    return found, Effects(year, held, np.zeros(len(people)), scores, seed)


def enrol_planted(
    effects: Effects,
    enrolments: Enrolments,
    people: People,
    roster: Roster,
    runs: Runs,
    size: float,
    codes: list[str],
) -> list[Truth]:
    """Add the participants of the planted programmes; return what these come to.

    The world is as it is when everything else has happened in the month; ``size`` is the effect in
    standard deviations of the yearly change. Whose predicate rises is set in ``effects``.
    """
    variance, rise = effects.scores.moments(people.skill)
    everybody = appraised(people, roster.who, effects.year - 1)
    points = size * float(np.sqrt(2 * variance[everybody].mean()))
    truths = []
    for agency in np.flatnonzero(effects.runs[_WORKS] >= 0).tolist():
        rng = stream(effects.seed, "planted participants", agency)
        idle, works = _choose(rng, effects, people, roster, agency)
        effects.chance[works] = np.minimum(1.0, points / rise[works])
        planted = float((effects.chance[works] * rise[works]).mean())
        for kind, who, effect in ((_WORKS, works, planted), (_IDLE, idle, 0.0)):
            run = int(effects.runs[kind, agency])
            program = str(runs.codes[int(runs.program[run])])
            _enrol(rng, enrolments, people.skill[who], who, run, agency, runs)
            name = ("effect", "no_effect")[kind]
            truths += [
                Truth(name, codes[agency], program, "performance_effect", effect),
                Truth(name, codes[agency], program, "participants", len(who)),
            ]
    return truths


def _choose(
    rng: np.random.Generator, effects: Effects, people: People, roster: Roster, agency: int
) -> tuple[IntArray, IntArray]:
    """Return the participants of the programme without effect and of the one that works."""
    year, seed = effects.year - 1, effects.seed
    own = appraised(people, roster.who[roster.rows(agency)], year)
    rated = ratings(people, own, year, 0, agency, seed)
    is_poor = effects.scores.quadrants[rated] >= _POOR_PREDICATE
    count = min(_MOST_PARTICIPANTS, round(_PARTICIPANT_SHARE * len(own)))
    order = np.argsort(rng.random(len(own)) ** (1 / np.where(is_poor, _POOR_WEIGHT, 1.0)))
    idle, rest = own[order[::-1][:count]], own[order[::-1][count:]]
    return idle, rng.choice(rest, count, replace=False)


def _enrol(
    rng: np.random.Generator,
    enrolments: Enrolments,
    skill: FloatArray,
    who: IntArray,
    run: int,
    agency: int,
    runs: Runs,
) -> None:
    """Add participants who all finish, with scores before and after of the same ability."""
    size, gain = len(who), float(runs.gain[runs.program[run]])
    ability = 56 + 5 * skill
    before, after = (_marks(ability + rng.normal(0, 8, size) + more) for more in (0.0, gain))
    nothing = np.zeros(size, dtype=np.int64)
    enrolments.add(
        person=who,
        run=nothing + run,
        agency=nothing + agency,
        outcome=nothing,
        pre=before,
        post=after,
        lag=nothing,
        answers=(rng.random(size) < 0.42).astype(np.int64),
    )


def _marks(points: FloatArray) -> FloatArray:
    return np.asarray(np.round(np.clip(points, 0, 100), 1), dtype=np.float64)
