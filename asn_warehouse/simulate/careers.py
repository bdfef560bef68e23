"""What happens to people from one month to the next."""

from dataclasses import dataclass, replace

import numpy as np

from asn_warehouse.periods import Period
from asn_warehouse.simulate.career_events import (
    ACTING,
    APPOINTMENT,
    LEAVING,
    PROMOTION,
    ROTATION,
    STANDING_IN,
    TRANSFER,
    CareerEvents,
)
from asn_warehouse.simulate.draws import BoolArray, IntArray, stream, to_day
from asn_warehouse.simulate.population import (
    CPNS,
    PNS,
    PPPK,
    People,
    random_units,
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


def advance(
    people: People, structure: Structure, period: Period, number: int, seed: int
) -> tuple[Ghosts, CareerEvents]:
    """Move everyone to the end of ``period``, month ``number`` of the run.

    People retire, leave, join, rotate, rise and change agency; the first month only retires.
    Returns the ghosts, and what happened, to be reported in ``riwayat_jabatan``.
    """
    rng = stream(seed, "careers", number)
    last = to_day(period.last_day)
    retiring = people.is_employed & (people.retires <= last)
    people.is_employed &= ~retiring
    if number == 0:
        nobody = np.array([], dtype=np.int64)
        return Ghosts.none(), CareerEvents.of(nobody, nobody, nobody, LEAVING)
    leaves = rng.random(len(people)) < np.where(people.status >= PPPK, 0.0012, 0.0005)
    leaves &= people.is_employed
    people.is_employed &= ~leaves
    acting = _act(people, period, stream(seed, "acting", number))
    gone = _leave(people, retiring, leaves, period, stream(seed, "leaving", number))
    rotated = _rotate(people, structure, period, rng)
    promoted = _promote(people, period, rng)
    ghosts, transferred = _transfer(people, structure, period, rng)
    joining = people.joins == number
    people.is_employed |= joining
    people.status[(people.status == CPNS) & (people.appointed < last - 430)] = PNS
    if period.month in (4, 10):
        _raise_grades(people, period)
    joined = _join(people, np.flatnonzero(joining))
    return ghosts, CareerEvents.join([gone, rotated, promoted, transferred, joined, acting])


def _leave(
    people: People, retiring: BoolArray, leaves: BoolArray, period: Period, rng: np.random.Generator
) -> CareerEvents:
    who = np.flatnonzero(retiring | leaves)
    return CareerEvents.of(
        who,
        people.agency[who],
        np.where(retiring[who], people.retires[who], _start_days(rng, period, len(who))),
        LEAVING,
        level_before=people.level[who],
        unit_before=people.unit[who],
    )


def _join(people: People, who: IntArray) -> CareerEvents:
    return CareerEvents.of(
        who,
        people.agency[who],
        people.appointed[who],
        APPOINTMENT,
        level_after=people.level[who],
        unit_after=people.unit[who],
    )


def _act(people: People, period: Period, rng: np.random.Generator) -> CareerEvents:
    """Let some act in the next higher post of their unit; they keep their own."""
    chance = np.where(people.level == PELAKSANA, 0.0005, 0.008)
    chance[~people.is_employed | (people.level > PELAKSANA) | (people.level < 2)] = 0.0
    who = np.flatnonzero(rng.random(len(people)) < chance)
    events = CareerEvents.of(
        who,
        people.agency[who],
        _start_days(rng, period, len(who)),
        ACTING,
        level_before=people.level[who],
        level_after=NEXT_LEVEL[people.level[who]],
        unit_before=people.unit[who],
        unit_after=people.unit[who],
    )
    events.kind[rng.random(len(who)) < 0.4] = STANDING_IN
    return events


def _employed(people: People, rng: np.random.Generator, share: float) -> IntArray:
    return np.flatnonzero(people.is_employed & (rng.random(len(people)) < share))


def _start_days(rng: np.random.Generator, period: Period, count: int) -> IntArray:
    return to_day(period.first_day) + rng.integers(0, 25, count)


def _rotate(
    people: People, structure: Structure, period: Period, rng: np.random.Generator
) -> CareerEvents:
    who = _employed(people, rng, 0.005)
    who = who[people.level[who] >= PELAKSANA]
    left = people.unit[who]
    people.unit[who] = random_units(rng, structure, people.agency[who])
    people.position_since[who] = _start_days(rng, period, len(who))
    return _moves(people, who, ROTATION, unit_before=left)


def _moves(people: People, who: IntArray, kind: int, **before: IntArray) -> CareerEvents:
    """Return that people came to where they are now; from the same unless ``before`` says else."""
    return CareerEvents.of(
        who,
        people.agency[who],
        people.position_since[who],
        kind,
        level_before=before.get("level_before", people.level[who]),
        level_after=people.level[who],
        unit_before=before.get("unit_before", people.unit[who]),
        unit_after=people.unit[who],
        destination=before.get("destination", np.full(len(who), -1)),
    )


def _promote(people: People, period: Period, rng: np.random.Generator) -> CareerEvents:
    """Raise some along the ladder, the able more often."""
    chance = 0.004 * np.exp(0.5 * people.skill)
    free = ~np.isin(people.level, (*_TOP_OF_LADDERS, PELAKSANA)) & (people.status == PNS)
    who = np.flatnonzero(people.is_employed & free & (rng.random(len(people)) < chance))
    left = people.level[who]
    people.level[who] = NEXT_LEVEL[left]
    people.position_since[who] = _start_days(rng, period, len(who))
    people.retires[who] = retirement_days(people.birth[who], people.level[who])
    return _moves(people, who, PROMOTION, level_before=left)


def _transfer(
    people: People, structure: Structure, period: Period, rng: np.random.Generator
) -> tuple[Ghosts, CareerEvents]:
    who = _employed(people, rng, 0.0015)
    who = who[(people.level[who] >= PELAKSANA) & (people.status[who] == PNS)]
    count = len(structure.offset) - 1
    stay = rng.random(len(who)) < 0.2
    left, left_unit = people.agency[who], people.unit[who]
    ghosts = Ghosts(who[stay], left[stay], left_unit[stay], people.position_since[who][stay])
    people.agency[who] = (left + rng.integers(1, count, len(who))) % count
    people.unit[who] = random_units(rng, structure, people.agency[who])
    people.position_since[who] = _start_days(rng, period, len(who))
    came = _moves(people, who, TRANSFER, unit_before=left_unit, destination=people.agency[who])
    went = replace(came, sender=left, unit_after=np.full(len(who), -1))
    return ghosts, CareerEvents.join([went, came])


def _raise_grades(people: People, period: Period) -> None:
    """Raise grades that are four years old, on the first of April and October."""
    today = to_day(period.first_day)
    due = people.is_employed & (people.status == PNS) & (people.grade < 12)
    due &= people.grade_since < today - 1460
    people.grade[due] += 1
    people.grade_since[due] = today
