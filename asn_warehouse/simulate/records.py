"""Disciplinary sanctions (``hukuman_disiplin``) and talent records (``rekam_jejak``)."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from asn_warehouse.periods import Period
from asn_warehouse.simulate.draws import (
    FloatArray,
    IntArray,
    days,
    decimals,
    integers,
    labels,
    lasting,
    lasting_normal,
    month_of,
    month_start,
    to_day,
)
from asn_warehouse.simulate.population import People
from asn_warehouse.simulate.rosters import Roster

SANCTIONED_SHARE = 0.002
"""Sanctions a year; five years are in the register."""
SANCTION_YEARS = 5
SANCTIONS = ("R", "S", "B")
_SANCTION_BOUNDS = (0.58, 0.88)
_SANCTION_MONTHS = np.array([6, 12, 12])

RESENT_MONTHS = 3


@dataclass(frozen=True)
class _Kind:
    """A kind of talent record: how often, how many years back it is known, its usual mark."""

    code: str
    yearly_share: float
    years_back: int
    usual_mark: float


_KINDS = (
    _Kind("PENGHARGAAN", 0.05, 5, 80.0),
    _Kind("PENUGASAN_TIM", 0.15, 3, 78.0),
    _Kind("UMPAN_BALIK_360", 0.35, 2, 76.0),
)


def sanctions(people: People, roster: Roster, agency: int, period: Period, seed: int) -> pa.Table:
    """Return ``hukuman_disiplin`` of one agency: its register of five years, sent every month."""
    who = roster.who[roster.rows(agency)]
    parts = []
    for year in range(period.year - SANCTION_YEARS, period.year + 1):
        key = who * 10_000 + year
        chance = SANCTIONED_SHARE * np.exp(-0.3 * people.innate[who])
        day = to_day(Period(year, 1).first_day) + _day_of_year(seed, "sanction day", key)
        known = (day > people.appointed[who]) & (day <= to_day(period.last_day))
        parts.append((known & (lasting(seed, "sanctioned", key) < chance), day))
    is_known = np.array([known for known, _ in parts])
    back, row = np.nonzero(is_known)
    start, person = np.array([day for _, day in parts])[back, row], who[row]
    key = person * 10_000 + back
    level = np.searchsorted(_SANCTION_BOUNDS, lasting(seed, "sanction level", key))
    is_open = (level == 2) & (lasting(seed, "sanction end", key) < 0.3)
    end = month_start(month_of(start) + _SANCTION_MONTHS[level])
    return pa.table(
        {
            "nip": integers(people.nip[person]).cast(pa.string()),
            "tanggal_mulai": days(start),
            "tingkat": labels(SANCTIONS, level),
            "tanggal_akhir": days(end, is_open),
        }
    )


def talent_records(
    people: People, roster: Roster, agency: int, period: Period, is_first: bool, seed: int
) -> pa.Table:
    """Return ``rekam_jejak`` of one agency: the last three months, at first all years that count.

    Most records have a mark, which follows the person's ability.
    """
    who = roster.who[roster.rows(agency)]
    begin = period.previous(RESENT_MONTHS - 1)
    parts = []
    for number, kind in enumerate(_KINDS):
        first = period.year - kind.years_back if is_first else begin.year
        for year in range(first, period.year + 1):
            person, day, mark = _year_records(people, who, kind, year, seed)
            sent = (day <= to_day(period.last_day)) & (is_first | (day >= to_day(begin.first_day)))
            size = int(sent.sum())
            parts.append((person[sent], np.full(size, number), day[sent], mark[sent]))
    person, kinds, day, mark = (np.concatenate(part) for part in zip(*parts, strict=True))
    return pa.table(
        {
            "nip": integers(people.nip[person]).cast(pa.string()),
            "jenis": labels([kind.code for kind in _KINDS], kinds),
            "tanggal": days(day),
            "nilai": decimals(mark, np.isnan(mark)),
        }
    )


def _year_records(
    people: People, who: IntArray, kind: _Kind, year: int, seed: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return person, day and mark (NaN where there is none) of a kind of record in a year."""
    key = who * 10_000 + year
    day = to_day(Period(year, 1).first_day) + _day_of_year(seed, f"{kind.code} day", key)
    chosen = (lasting(seed, kind.code, key) < kind.yearly_share) & (day > people.appointed[who])
    noise = lasting_normal(seed, f"{kind.code} mark", key[chosen])
    mark = kind.usual_mark + 6 * people.innate[who[chosen]] + 6 * noise
    is_unmarked = who[chosen] % 9 == 0
    return who[chosen], day[chosen], np.where(is_unmarked, np.nan, np.clip(mark.round(1), 40, 100))


def _day_of_year(seed: int, topic: str, key: IntArray) -> IntArray:
    return np.floor(lasting(seed, topic, key) * 365).astype(np.int64)
