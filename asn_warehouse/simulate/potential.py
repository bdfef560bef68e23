"""Assessments of potential (``potensi``)."""

import numpy as np
import pyarrow as pa

from asn_warehouse.periods import Period
from asn_warehouse.simulate.assessments import sittings
from asn_warehouse.simulate.draws import days, decimals, integers, pick, stream
from asn_warehouse.simulate.population import People
from asn_warehouse.simulate.rosters import Roster

ASPECTS = (
    "intelektual",
    "interpersonal",
    "kesadaran_diri",
    "berpikir_kritis",
    "pemecahan_masalah",
    "kecerdasan_emosional",
    "belajar_cepat",
    "motivasi_komitmen",
)
TESTED_SHARE = 0.6
_BOTH, _ASPECTS_ONLY, _SCORE_ONLY = range(3)


def potentials(
    people: People,
    roster: Roster,
    agency: int,
    period: Period,
    is_first: bool,
    seed: int,
    assessed: float,
) -> pa.Table:
    """Return ``potensi`` of one agency: three in five of those assessed sit this test as well.

    Most results have the eight aspects and the score, some only one of the two. Both follow the
    person's ability. ``assessed`` is as in ``assessments``.
    """
    rng = stream(seed, "potential", agency, period.year * 12 + period.month)
    _, sat = sittings(people, roster, agency, period, is_first, seed, assessed)
    tested = rng.random(len(sat.who)) < TESTED_SHARE
    tested[:2] = True
    places = np.unique(np.c_[sat.who, sat.day][tested], axis=0)
    who, day = places[:, 0], places[:, 1]
    kind = pick(rng, (60, 25, 15), len(who))
    latent = 3.3 + 0.6 * people.skill[who][:, None] + rng.normal(0, 0.7, (len(who), len(ASPECTS)))
    level = np.clip(np.round(latent), 1, 5).astype(np.int64)
    score = np.round(np.clip(latent.mean(axis=1) * 20 + rng.normal(0, 3, len(who)), 5, 100), 1)
    return pa.table(
        {
            "nip": integers(people.nip[who]).cast(pa.string()),
            "tanggal_penilaian": days(day),
            **{
                aspect: integers(level[:, n], kind == _SCORE_ONLY)
                for n, aspect in enumerate(ASPECTS)
            },
            "skor_potensi": decimals(score, kind == _ASPECTS_ONLY),
        }
    )
