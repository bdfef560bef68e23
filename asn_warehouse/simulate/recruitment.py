"""Selection of new staff (``seleksi``)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asn_warehouse.periods import Period
from asn_warehouse.simulate.draws import (
    BoolArray,
    FloatArray,
    IntArray,
    decimals,
    integers,
    labels,
    month_of,
    stream,
)
from asn_warehouse.simulate.population import PPPK, People
from asn_warehouse.simulate.structure import Structure

TRACKS = ("CPNS", "PPPK")
APPLICANTS_PER_POST = 9
MONTHS_BEFORE_START = 4
_HIRED_BONUS = 9.0


def is_announced(period: Period, is_first: bool) -> bool:
    """Say whether results of selections come out: in the first month, then once a quarter."""
    return is_first or period.month % 3 == 1


def hired(people: People, period: Period, number: int, agencies: int) -> list[IntArray]:
    """Return for each agency whom it hired in the selections that are announced in a month.

    The first month (``number`` 0) carries the selections of all who began in the year before it,
    and of those who join until results come out again; later ones those of the next three months.
    """
    ahead = (1 - period.month) % 3 or 3
    soon = (people.joins > number) & (people.joins <= number + ahead)
    if number == 0:
        now = period.year * 12 + period.month - 1
        soon |= people.is_employed & (month_of(people.appointed) > now - 12)
    who = np.flatnonzero(soon)
    who = who[np.argsort(people.agency[who], kind="stable")]
    return np.split(who, np.searchsorted(people.agency[who], np.arange(1, agencies)))


def selections(
    people: People,
    structure: Structure,
    hired: IntArray,
    agency: int,
    code: str,
    period: Period,
    number: int,
    seed: int,
) -> pa.Table:
    """Return ``seleksi`` of one agency: everyone who applied for the posts of the ``hired``."""
    rng = stream(seed, "selection", agency, number)
    rivals = rng.poisson(APPLICANTS_PER_POST, len(hired))
    post = np.repeat(hired, rivals + 1)
    is_hired = np.zeros(len(post), dtype=np.bool_)
    is_hired[np.cumsum(rivals + 1) - rivals - 1] = True
    is_contract = people.status[post] >= PPPK
    passed = is_hired | (rng.random(len(post)) < 0.82)
    ability = rng.normal(0, 1, len(post)) + np.where(is_hired, _HIRED_BONUS / 8, 0.0)
    position = structure.position(people.unit[post], people.level[post])
    return pa.table(
        {
            "nomor_peserta": _numbers(period, code, rng.permutation(len(post))),
            "tahun": integers((month_of(people.appointed[post]) - MONTHS_BEFORE_START) // 12),
            "jalur": labels(TRACKS, is_contract.astype(np.int64)),
            "kode_jabatan": labels(structure.position_codes, position),
            "lulus_administrasi": labels(("T", "Y"), passed.astype(np.int64)),
            "skor_skd": _scores(rng, 61, ability, ~passed | is_contract),
            "skor_teknis": _scores(rng, 57, ability, ~passed),
            "skor_manajerial": _scores(rng, 64, ability, ~passed | ~is_contract),
            "skor_sosiokultural": _scores(rng, 67, ability, ~passed | ~is_contract),
            "lulus_akhir": labels(("T", "Y"), is_hired.astype(np.int64)),
        }
    )


def _numbers(period: Period, code: str, index: IntArray) -> pa.Array:
    """Return applicants' numbers, unique by agency and month: never 16 or 18 digits."""
    prefix = f"{period.year % 100:02d}{period.month:02d}-{code}"
    serial = pc.utf8_lpad(integers(index + 1).cast(pa.string()), 6, "0")
    return pc.binary_join_element_wise(prefix, serial, "-")


def _scores(rng: np.random.Generator, mean: int, ability: FloatArray, null: BoolArray) -> pa.Array:
    score = mean + 8 * ability + rng.normal(0, 5, len(ability))
    return decimals(np.asarray(np.clip(score, 5.0, 100.0).round(2)), null)
