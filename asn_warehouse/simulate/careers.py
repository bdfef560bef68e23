"""What happens to people from one month to the next."""

from dataclasses import dataclass

import numpy as np

from asn_warehouse.periods import Period
from asn_warehouse.simulate.draws import IntArray, stream, to_day
from asn_warehouse.simulate.population import (
    CPNS,
    PNS,
    PPPK,
    People,
    move_to_random_unit,
    retirement_days,
)
from asn_warehouse.simulate.structure import NEXT_LEVEL, PELAKSANA, Structure

_TOP_OF_LADDERS = (0, 1, 2, 3, 6, 10)


@dataclass(frozen=True)
class Ghosts:
    """People whose former agency still lists them in the month after a transfer."""

    who: IntArray
    agency: IntArray
    unit: IntArray
    position_since: IntArray

    @classmethod
    def none(cls) -> "Ghosts":
        """Return no ghosts."""
        empty = np.array([], dtype=np.int64)
        return cls(empty, empty, empty, empty)


def advance(people: People, structure: Structure, period: Period, number: int, seed: int) -> Ghosts:
    """Move everyone to the end of ``period``, month ``number`` of the run; return the ghosts.

    People retire, leave, join, rotate, rise and change agency. The first month only retires.
    """
    rng = stream(seed, "careers", number)
    last = to_day(period.last_day)
    people.is_employed &= people.retires > last
    if number == 0:
        return Ghosts.none()
    leaves = rng.random(len(people)) < np.where(people.status >= PPPK, 0.0012, 0.0005)
    people.is_employed &= ~leaves
    _rotate(people, structure, period, rng)
    _promote(people, period, rng)
    ghosts = _transfer(people, structure, period, rng)
    people.is_employed |= people.joins == number
    people.status[(people.status == CPNS) & (people.appointed < last - 430)] = PNS
    if period.month in (4, 10):
        _raise_grades(people, period)
    return ghosts


def _employed(people: People, rng: np.random.Generator, share: float) -> IntArray:
    return np.flatnonzero(people.is_employed & (rng.random(len(people)) < share))


def _start_days(rng: np.random.Generator, period: Period, count: int) -> IntArray:
    return to_day(period.first_day) + rng.integers(0, 25, count)


def _rotate(people: People, structure: Structure, period: Period, rng: np.random.Generator) -> None:
    who = _employed(people, rng, 0.005)
    who = who[people.level[who] >= PELAKSANA]
    move_to_random_unit(rng, structure, people, who)
    people.position_since[who] = _start_days(rng, period, len(who))


def _promote(people: People, period: Period, rng: np.random.Generator) -> None:
    """Raise some along the ladder, the able more often."""
    chance = 0.004 * np.exp(0.5 * people.skill)
    free = ~np.isin(people.level, (*_TOP_OF_LADDERS, PELAKSANA)) & (people.status == PNS)
    who = np.flatnonzero(people.is_employed & free & (rng.random(len(people)) < chance))
    people.level[who] = NEXT_LEVEL[people.level[who]]
    people.position_since[who] = _start_days(rng, period, len(who))
    people.retires[who] = retirement_days(people.birth[who], people.level[who])


def _transfer(
    people: People, structure: Structure, period: Period, rng: np.random.Generator
) -> Ghosts:
    who = _employed(people, rng, 0.0015)
    who = who[(people.level[who] >= PELAKSANA) & (people.status[who] == PNS)]
    count = len(structure.offset) - 1
    stay = rng.random(len(who)) < 0.2
    ghosts = Ghosts(
        who[stay],
        people.agency[who][stay],
        people.unit[who][stay],
        people.position_since[who][stay],
    )
    people.agency[who] = (people.agency[who] + rng.integers(1, count, len(who))) % count
    move_to_random_unit(rng, structure, people, who)
    people.position_since[who] = _start_days(rng, period, len(who))
    return ghosts


def _raise_grades(people: People, period: Period) -> None:
    """Raise grades that are four years old, on the first of April and October."""
    today = to_day(period.first_day)
    due = people.is_employed & (people.status == PNS) & (people.grade < 12)
    due &= people.grade_since < today - 1460
    people.grade[due] += 1
    people.grade_since[due] = today
