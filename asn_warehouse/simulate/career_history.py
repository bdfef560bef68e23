"""The careers that lie behind the first roster."""

from dataclasses import dataclass

import numpy as np

from asn_warehouse.periods import Period
from asn_warehouse.simulate.career_events import (
    ACTING,
    APPOINTMENT,
    DEMOTION,
    PROMOTION,
    ROTATION,
    STANDING_IN,
    TRANSFER,
    CareerEvents,
)
from asn_warehouse.simulate.draws import BoolArray, IntArray, month_of, month_start, stream, to_day
from asn_warehouse.simulate.population import PPPK, People, random_units
from asn_warehouse.simulate.rosters import Roster
from asn_warehouse.simulate.structure import LADDER_FOOT, NEXT_LEVEL, Structure

YEARS_BETWEEN_POSTS = 9
FIRST_POST_DAYS = 1_826
"""A change of post so soon is the first appointment to a proper position."""
DEMOTED_SHARE = 0.01
ACTED_SHARE = 0.01
MOST_PROMOTIONS = 5
_FROM_ELSEWHERE = 0.15

Posts = tuple[IntArray, IntArray, IntArray, IntArray]
"""Row of the roster, day, level and kind of change of each post."""


def career_history(
    people: People, structure: Structure, roster: Roster, agency: int, period: Period, seed: int
) -> CareerEvents:
    """Return what led everyone of an agency's first roster to the position held there.

    Each career begins with the appointment and ends in the present position and unit on the day
    the roster names; between them lie promotions up the ladder and rotations, some of them
    transfers from an agency that is not named.
    """
    rng = stream(seed, "career history", agency)
    rows = roster.rows(agency)
    who = roster.who[rows]
    row, day, level, kind = _posts(rng, _past(rng, people, who, roster.position_since[rows]))
    is_first = np.r_[True, row[1:] != row[:-1]]
    is_last = np.r_[is_first[1:], True]
    unit = random_units(rng, structure, np.full(len(row), agency))
    unit = np.where(is_last, roster.unit[rows][row], unit)
    moved = (kind == ROTATION) & ~is_last & (rng.random(len(row)) < _FROM_ELSEWHERE)
    posts = CareerEvents(
        person=who[row],
        sender=np.full(len(row), agency),
        day=day,
        kind=np.where(moved, TRANSFER, kind),
        level_before=np.where(is_first, -1, np.r_[-1, level[:-1]]),
        level_after=level,
        unit_before=np.where(is_first | moved, -1, np.r_[-1, unit[:-1]]),
        unit_after=unit,
        destination=np.where(moved, agency, -1),
    )
    return CareerEvents.join([posts, _past_acting(rng, people, roster, agency, period)])


@dataclass(frozen=True)
class _Past:
    """What lies behind each row of a roster."""

    level: IntArray
    start: IntArray
    served: IntArray
    """Days from the appointment to the present post."""
    steps: IntArray
    """Promotions, the last of which led to the present post."""
    is_demoted: BoolArray
    """Whether the person, as few did, once stood a level higher."""

    def promoted_on(self, turn: int) -> IntArray:
        """Return the first of the month of the promotion that is ``turn`` before the last."""
        share = self.served * (self.steps - turn) // np.maximum(self.steps, 1)
        return month_start(month_of(self.start + share))


def _past(rng: np.random.Generator, people: People, who: IntArray, since: IntArray) -> _Past:
    """Return a past with promotions three and a half years apart; contracts know none."""
    level, served = people.level[who], since - people.appointed[who]
    is_contract = people.status[who] >= PPPK
    available = np.where(is_contract, 0, LADDER_FOOT[level] - level)
    steps = np.minimum(available, np.maximum(served // 1_280, served > 365))
    can_fall = (NEXT_LEVEL[level] != level) & ~is_contract & (served > 2_500) & (steps == 0)
    is_demoted = can_fall & (rng.random(len(who)) < DEMOTED_SHARE)
    return _Past(level, people.appointed[who], served, steps, is_demoted)


def _posts(rng: np.random.Generator, past: _Past) -> Posts:
    """Return every post, the present ones included, by row and day."""
    everyone = np.arange(len(past.level))
    parts = [
        (everyone, past.start, past.level + past.steps, np.full(len(everyone), APPOINTMENT)),
        *(_promotion(past, turn) for turn in range(MOST_PROMOTIONS)),
        _unpromoted(past),
        _peak(past),
        _rotations(rng, past),
    ]
    row, day, level, kind = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((day, row))
    row, day, level, kind = row[order], day[order], level[order], kind[order]
    is_new = np.r_[True, (row[1:] != row[:-1]) | (day[1:] != day[:-1])]
    return row[is_new], day[is_new], level[is_new], kind[is_new]


def _promotion(past: _Past, turn: int) -> Posts:
    own = np.flatnonzero(turn < past.steps)
    day = past.promoted_on(turn) if turn else past.start + past.served
    return own, day[own], past.level[own] + turn, np.full(len(own), PROMOTION)


def _unpromoted(past: _Past) -> Posts:
    """Return the present posts that no promotion led to."""
    own = np.flatnonzero((past.steps == 0) & (past.served > 0))
    reasons = [past.is_demoted[own], past.served[own] < FIRST_POST_DAYS]
    kind = np.select(reasons, [DEMOTION, APPOINTMENT], ROTATION)
    return own, (past.start + past.served)[own], past.level[own], kind


def _peak(past: _Past) -> Posts:
    """Return the higher posts of those who were demoted."""
    own = np.flatnonzero(past.is_demoted)
    day = (past.start + past.served // 2)[own]
    return own, day, NEXT_LEVEL[past.level[own]], np.full(len(own), PROMOTION)


def _rotations(rng: np.random.Generator, past: _Past) -> Posts:
    """Return up to three changes of post between appointment and present post."""
    years = np.maximum(past.served, 0) / 365
    count = np.minimum(rng.poisson(years / YEARS_BETWEEN_POSTS), 3)
    count[(past.served < 800) | past.is_demoted] = 0
    own = np.repeat(np.arange(len(count)), count)
    day = past.start[own] + 200 + rng.integers(0, np.maximum(past.served[own] - 400, 1))
    level = past.level[own]
    for turn in range(MOST_PROMOTIONS):
        level += (turn < past.steps[own]) & (day < past.promoted_on(turn)[own])
    return own, day, level, np.full(len(own), ROTATION)


def _past_acting(
    rng: np.random.Generator, people: People, roster: Roster, agency: int, period: Period
) -> CareerEvents:
    """Return who acted in a higher post of the unit in the last two years."""
    rows = roster.rows(agency)
    who, unit = roster.who[rows], roster.unit[rows]
    level, day = people.level[who], to_day(period.last_day) - rng.integers(0, 720, len(who))
    chosen = (level <= LADDER_FOOT[0]) & (level > 1) & (day > people.appointed[who] + 365)
    chosen &= rng.random(len(who)) < ACTED_SHARE
    kind = np.where(rng.random(len(who)) < 0.6, ACTING, STANDING_IN)
    acting = CareerEvents.of(
        who,
        np.full(len(who), agency),
        day,
        ACTING,
        level_before=level,
        level_after=NEXT_LEVEL[level],
        unit_before=unit,
        unit_after=unit,
    )
    acting.kind[:] = kind
    return acting.where(chosen)
