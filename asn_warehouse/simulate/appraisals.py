"""Appraisals of performance (``kinerja``)."""

import math
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from asn_warehouse.periods import Period
from asn_warehouse.simulate.draws import (
    FloatArray,
    IntArray,
    integers,
    labels,
    pick,
    stream,
    to_day,
)
from asn_warehouse.simulate.population import People
from asn_warehouse.simulate.rosters import Roster
from asn_warehouse.simulate.spec import Density

CYCLES = ("TAHUNAN", "TW1", "TW2", "TW3", "TW4")
BEHAVIOUR_LEAD = 0.3
"""How much easier the behaviour is rated than the result, in standard deviations of ability."""
_ABILITY, _NOISE, _ABOVE, _BELOW = 0.7, 0.8, 0.95, -1.7

Ratings = tuple[IntArray, IntArray]
"""Result and behaviour of some people: 1 above, 2 as, 3 below expectation."""
Correction = Callable[[int, int, IntArray, Ratings], Ratings]
"""Called with year, cycle, people and their own ratings; returns the ratings that are sent."""


def _cycles(period: Period, density: Density) -> list[tuple[int, int, int]]:
    """Return year, cycle and last month index of what may have ended, oldest first."""
    ended = []
    now = period.year * 12 + period.month - 1
    for year in range(period.year - density.appraised_years, period.year + 1):
        for cycle in range(5 if density.appraised_quarterly else 1):
            last = year * 12 + (11 if cycle == 0 else cycle * 3 - 1)
            is_kept = cycle == 0 or year == period.year or last >= now - 5
            if last < now and is_kept:
                ended.append((year, cycle, last))
    return ended


def appraisal_lags(people: int, seed: int) -> IntArray:
    """Return for each person how many months after its cycle an appraisal is sent."""
    return 1 + pick(stream(seed, "appraisal lag"), (0.6, 0.3, 0.1), people)


def appraised(people: People, own: IntArray, year: int) -> IntArray:
    """Return those of ``own`` who were appointed before a year began."""
    return own[people.appointed[own] < to_day(Period(year, 1).first_day)]


def ratings(
    people: People, who: IntArray, year: int, cycle: int, agency: int, seed: int
) -> Ratings:
    """Return how an agency rates ``who`` in a cycle; the same whenever it is asked for."""
    rng = stream(seed, "appraisals", year, cycle, agency)
    result = _ratings(rng, people.skill[who])
    return result, _ratings(rng, people.skill[who] + BEHAVIOUR_LEAD)


def rating_shares(skill: FloatArray) -> FloatArray:
    """Return the chance of each rating (columns 1, 2, 3) of people of this ability."""
    below_above = 0.5 * (1 + _erf((_ABOVE - _ABILITY * skill) / (_NOISE * math.sqrt(2))))
    below = 0.5 * (1 + _erf((_BELOW - _ABILITY * skill) / (_NOISE * math.sqrt(2))))
    return np.stack([1 - below_above, below_above - below, below], axis=-1)


_erf = np.vectorize(math.erf, otypes=[np.float64])


def appraisals(
    people: People,
    roster: Roster,
    agency: int,
    period: Period,
    is_first: bool,
    seed: int,
    quadrants: IntArray,
    lag: IntArray,
    density: Density,
    correct: Correction | None = None,
) -> pa.Table:
    """Return ``kinerja`` of one agency.

    An appraisal is sent one, two or three months after its cycle ended (``lag``, 60, 30 and 10 % of
    people); the first month carries all that were due by then. ``quadrants`` maps result ×
    behaviour (1–3); ``correct`` may change ratings before they are sent.
    """
    own = roster.who[roster.rows(agency)]
    now = period.year * 12 + period.month - 1
    parts: list[tuple[IntArray, int, int, IntArray, IntArray]] = []
    for year, cycle, last in _cycles(period, density):
        due = last + lag[own]
        is_sent = due <= now if is_first else due == now
        who = appraised(people, own[is_sent], year)
        rated = ratings(people, who, year, cycle, agency, seed)
        parts.append((who, year, cycle, *(correct(year, cycle, who, rated) if correct else rated)))
    who = np.concatenate([part[0] for part in parts])
    sizes = [len(part[0]) for part in parts]
    result = np.concatenate([part[3] for part in parts])
    behaviour = np.concatenate([part[4] for part in parts])
    return pa.table(
        {
            "nip": integers(people.nip[who]).cast(pa.string()),
            "tahun": integers(np.repeat([part[1] for part in parts], sizes)),
            "periode": labels(CYCLES, np.repeat([part[2] for part in parts], sizes)),
            "hasil_kerja": integers(result),
            "perilaku_kerja": integers(behaviour),
            "kuadran": integers(quadrants[result, behaviour], who % 11 == 0),
        }
    )


def _ratings(rng: np.random.Generator, skill: FloatArray) -> IntArray:
    """Return 1 above, 2 as, 3 below expectation."""
    score = _ABILITY * skill + rng.normal(0, _NOISE, len(skill))
    return np.select([score > _ABOVE, score > _BELOW], [1, 2], 3).astype(np.int64)
