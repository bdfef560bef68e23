"""Competency assessments (``penilaian_kompetensi``)."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from asn_warehouse.periods import Period
from asn_warehouse.simulate.draws import (
    BoolArray,
    FloatArray,
    IntArray,
    days,
    integers,
    labels,
    pick,
    stream,
    to_day,
)
from asn_warehouse.simulate.population import People
from asn_warehouse.simulate.rosters import DIGITAL, TECHNICAL, TECHNICAL_PER_FAMILY, Roster
from asn_warehouse.simulate.structure import NEXT_LEVEL, TYPICAL_LEVEL, Structure

PURPOSES = ("PEMETAAN", "PENGISIAN_JABATAN")
METHODS = ("CACT", "ASSESSMENT_CENTER", "SIMULASI", "WAWANCARA", "STUDI_KASUS", "PORTOFOLIO")
_METHOD_SHARE = (50, 25, 8, 8, 5, 4)
PROVIDERS = (
    "Pusat Penilaian Kompetensi ASN",
    "UPT Penilaian Kompetensi – Pemerintah Provinsi",
    "Lembaga Administrasi Negara",
    None,
)
HISTORY_DAYS = 1460
MONTHLY_SHARE = 0.015


@dataclass(frozen=True)
class Sitting:
    """People assessed on a day for a purpose; ``who`` may repeat on another day."""

    who: IntArray
    unit: IntArray
    day: IntArray
    purpose: IntArray


def _history(
    rng: np.random.Generator, who: IntArray, unit: IntArray, last: int, share: float
) -> Sitting:
    """Return about four years of sittings; the latest years have more."""
    chosen = np.flatnonzero(rng.random(len(who)) < share)
    day = last - np.floor(HISTORY_DAYS * rng.beta(1.0, 1.6, len(chosen))).astype(np.int64)
    again = rng.random(len(chosen)) < 0.15
    purpose = (rng.random(len(chosen)) < 0.12).astype(np.int64)
    second = last - rng.integers(0, 300, int(again.sum()))
    return Sitting(
        who=np.r_[who[chosen], who[chosen][again]],
        unit=np.r_[unit[chosen], unit[chosen][again]],
        day=np.r_[day, second],
        purpose=np.r_[purpose, 1 - purpose[again]],
    )


def _month(rng: np.random.Generator, who: IntArray, unit: IntArray, period: Period) -> Sitting:
    """Return the sittings of one month: at least three people."""
    count = min(len(who), max(3, round(MONTHLY_SHARE * len(who))))
    chosen = np.sort(rng.choice(len(who), count, replace=False))
    day = to_day(period.first_day) + rng.integers(0, 27, count)
    purpose = (rng.random(count) < 0.2).astype(np.int64)
    return Sitting(who[chosen], unit[chosen], day, purpose)


def sittings(
    people: People,
    roster: Roster,
    agency: int,
    period: Period,
    is_first: bool,
    seed: int,
    assessed: float,
) -> tuple[np.random.Generator, Sitting]:
    """Return who of an agency is assessed when, and the stream for the rest of the draws."""
    rng = stream(seed, "assessments", agency, period.year * 12 + period.month)
    rows = roster.rows(agency)
    own, unit = roster.who[rows], roster.unit[rows]
    last = to_day(period.last_day)
    sat = _history(rng, own, unit, last, assessed) if is_first else _month(rng, own, unit, period)
    after = sat.day > people.appointed[sat.who]
    return rng, Sitting(sat.who[after], sat.unit[after], sat.day[after], sat.purpose[after])


def assessments(
    people: People,
    structure: Structure,
    roster: Roster,
    agency: int,
    period: Period,
    is_first: bool,
    seed: int,
    statutory: tuple[str, ...],
    assessed: float,
) -> pa.Table:
    """Return ``penilaian_kompetensi`` of one agency; the first month carries the history.

    ``assessed`` is the share of people who have one.
    """
    rng, sat = sittings(people, roster, agency, period, is_first, seed, assessed)
    offered = _offered(rng, structure, sat, len(statutory))
    row, column = np.nonzero(offered.taken)
    level = _levels(rng, people, sat, offered.latent)[row, column]
    codes = (*statutory, *TECHNICAL, *DIGITAL)
    position = structure.position(sat.unit, NEXT_LEVEL[people.level[sat.who]])
    target = np.where(sat.purpose == 1, position, -1)
    method = pick(rng, _METHOD_SHARE, len(sat.who))
    provider = pick(rng, (55, 25, 12, 8), len(sat.who))
    return pa.table(
        {
            "nip": integers(people.nip[sat.who][row]).cast(pa.string()),
            "tanggal_penilaian": days(sat.day[row]),
            "kode_kompetensi": labels(codes, offered.code[row, column]),
            "tujuan": labels(PURPOSES, sat.purpose[row]),
            "level_capaian": integers(level),
            "metode": labels(METHODS, method[row]),
            "kode_jabatan_sasaran": labels(structure.position_codes, target[row]),
            "penyelenggara": labels(PROVIDERS, provider[row]),
        }
    )


@dataclass(frozen=True)
class _Offered:
    """Competencies by sitting: code index, whether taken, and shared latent noise."""

    code: IntArray
    taken: BoolArray
    latent: FloatArray


def _offered(
    rng: np.random.Generator, structure: Structure, sat: Sitting, statutory: int
) -> _Offered:
    size = len(sat.who)
    technical = statutory + structure.family[sat.unit][:, None] * TECHNICAL_PER_FAMILY
    digital = statutory + len(TECHNICAL)
    code = np.hstack(
        [
            np.tile(np.arange(statutory), (size, 1)),
            technical + np.arange(TECHNICAL_PER_FAMILY),
            np.tile(digital + np.arange(len(DIGITAL)), (size, 1)),
        ]
    )
    taken: BoolArray = np.ones(code.shape, dtype=np.bool_)
    is_partial = rng.random(size) < 0.04
    taken[:, 3:statutory] &= ~(is_partial[:, None] & (rng.random((size, statutory - 3)) < 0.4))
    taken[:, statutory : statutory + TECHNICAL_PER_FAMILY] = (rng.random(size) < 0.4)[:, None]
    taken[:, -len(DIGITAL) :] = (rng.random(size) < 0.25)[:, None]
    return _Offered(code, taken, np.asarray(rng.normal(0, 1, code.shape)))


def _levels(rng: np.random.Generator, people: People, sat: Sitting, latent: FloatArray) -> IntArray:
    """Return levels 1–5: what the position asks for, less a little, by ability and luck."""
    typical = TYPICAL_LEVEL[people.level[sat.who]][:, None]
    ability = people.skill[sat.who][:, None]
    weak = np.where(rng.random(latent.shape) < 0.06, -1.0, 0.0)
    return np.clip(np.round(typical - 0.15 + 0.45 * ability + 0.55 * latent + weak), 1, 5).astype(
        np.int64
    )
