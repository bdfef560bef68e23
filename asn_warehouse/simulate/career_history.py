"""The careers that lie behind the first roster."""

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
_FROM_ELSEWHERE = 0.15


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
    who, since = roster.who[rows], roster.position_since[rows]
    steps = _promotions(people, who, since)
    is_demoted = _demoted(rng, people, who, since, steps)
    row, day, level, kind = _posts(rng, people, who, since, steps, is_demoted)
    order = np.lexsort((day, row))
    row, day, level, kind = row[order], day[order], level[order], kind[order]
    is_new = np.r_[True, (row[1:] != row[:-1]) | (day[1:] != day[:-1])]
    row, day, level, kind = row[is_new], day[is_new], level[is_new], kind[is_new]
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


def _promotions(people: People, who: IntArray, since: IntArray) -> IntArray:
    """Return how many promotions, three and a half years apart, fit before the present post."""
    level, served = people.level[who], since - people.appointed[who]
    available = np.where(people.status[who] >= PPPK, 0, LADDER_FOOT[level] - level)
    return np.asarray(np.minimum(available, np.maximum(served // 1_280, served > 365)))


def _demoted(
    rng: np.random.Generator, people: People, who: IntArray, since: IntArray, steps: IntArray
) -> BoolArray:
    """Say for each whether the person, as few did, once stood a level higher than now."""
    level, served = people.level[who], since - people.appointed[who]
    can_fall = (NEXT_LEVEL[level] != level) & (people.status[who] < PPPK) & (served > 2_500)
    return np.asarray(can_fall & (steps == 0) & (rng.random(len(who)) < DEMOTED_SHARE))


def _posts(
    rng: np.random.Generator,
    people: People,
    who: IntArray,
    since: IntArray,
    steps: IntArray,
    is_demoted: BoolArray,
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return row of the roster, day, level and kind of every post, present ones included."""
    level, start = people.level[who], people.appointed[who]
    served = since - start
    everyone = np.arange(len(who))
    own, turn = np.nonzero(np.arange(5) < steps[:, None])
    risen = _risen(start[own], served[own], steps[own], turn)
    risen = np.where(turn == 0, since[own], risen)
    moved = (steps == 0) & (served > 0)
    last = everyone[moved]
    fell = everyone[is_demoted]
    count = np.minimum(rng.poisson(np.maximum(served, 0) / 365 / YEARS_BETWEEN_POSTS), 3)
    count[(served < 800) | is_demoted] = 0
    between = np.repeat(everyone, count)
    turned = start[between] + 200 + rng.integers(0, np.maximum(served[between] - 400, 1))
    later = np.zeros(len(between), dtype=np.int64)
    for n in range(5):
        later += (n < steps[between]) & (turned < _risen(start, served, steps, n)[between])
    return (
        np.r_[everyone, own, last, fell, between],
        np.r_[start, risen, since[last], start[fell] + served[fell] // 2, turned],
        np.r_[
            level + steps,
            level[own] + turn,
            level[last],
            NEXT_LEVEL[level[fell]],
            level[between] + later,
        ],
        np.r_[
            np.full(len(who), APPOINTMENT),
            np.full(len(own), PROMOTION),
            np.select(
                [is_demoted[last], served[last] < FIRST_POST_DAYS],
                [DEMOTION, APPOINTMENT],
                ROTATION,
            ),
            np.full(len(fell), PROMOTION),
            np.full(len(between), ROTATION),
        ],
    )


def _risen(start: IntArray, served: IntArray, steps: IntArray, turn: IntArray | int) -> IntArray:
    """Return the first of the month of the promotion that is ``turn`` before the last."""
    day = start + served * (steps - turn) // np.maximum(steps, 1)
    return month_start(month_of(np.asarray(day)))


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
