"""Who takes part in training, what it does to them, and what they say about it."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asn_warehouse.periods import Period
from asn_warehouse.simulate.draws import (
    BoolArray,
    FloatArray,
    IntArray,
    days,
    decimals,
    integers,
    labels,
    stream,
)
from asn_warehouse.simulate.population import People
from asn_warehouse.simulate.programs import Runs
from asn_warehouse.simulate.rosters import Roster
from asn_warehouse.simulate.spec import Density
from asn_warehouse.simulate.structure import LEVELS, Structure

EXTERNAL_SHARE = 0.12
_LEADERSHIP_LEVEL = {LEVELS.index("PENGAWAS"): 1, LEVELS.index("ADMINISTRATOR"): 2}
STATUSES = ("LULUS", "TIDAK_LULUS", "MENGUNDURKAN_DIRI", "BERJALAN")
SCALES = np.array([100.0, 10.0, 4.0])


@dataclass
class Enrolments:
    """All participations so far, one array entry each."""

    person: IntArray = field(default_factory=lambda: np.array([], dtype=np.int64))
    run: IntArray = field(default_factory=lambda: np.array([], dtype=np.int64))
    agency: IntArray = field(default_factory=lambda: np.array([], dtype=np.int64))
    outcome: IntArray = field(default_factory=lambda: np.array([], dtype=np.int64))
    pre: FloatArray = field(default_factory=lambda: np.array([], dtype=np.float64))
    post: FloatArray = field(default_factory=lambda: np.array([], dtype=np.float64))
    lag: IntArray = field(default_factory=lambda: np.array([], dtype=np.int64))
    """Months from the end of the run to the behaviour survey; 0 if there is none."""
    answers: IntArray = field(default_factory=lambda: np.array([], dtype=np.int64))
    """1 when the participant answers the reaction survey."""

    def add(self, **more: IntArray | FloatArray) -> None:
        """Append participations."""
        for name, values in more.items():
            setattr(self, name, np.r_[getattr(self, name), values])


def enrol(
    enrolments: Enrolments,
    people: People,
    structure: Structure,
    roster: Roster,
    runs: Runs,
    month: int,
    seed: int,
    density: Density,
) -> None:
    """Add the participants of all runs that start in a month index; completing raises skill."""
    rng = stream(seed, "enrolment", month)
    person, run, agency = _choose(rng, people, structure, roster, runs, month, density)
    program = runs.program[run]
    size = len(person)
    outcome = np.searchsorted([0.9, 0.96], rng.random(size), side="right")
    skill = people.skill[person]
    pre = np.clip(56 + 5 * skill + rng.normal(0, 11, size), 5, 95)
    gain = runs.gain[program] + rng.normal(0, 7, size)
    post = np.clip(pre + gain * (100 - pre) / 44, 0, 100)
    done = outcome == 0
    np.add.at(people.skill, person[done], gain[done] / 300)
    behaviour = np.where(rng.random(size) < 0.2, rng.integers(3, 7, size), 0)
    enrolments.add(
        person=person,
        run=run,
        agency=agency,
        outcome=outcome,
        pre=np.round(pre, 1),
        post=np.round(post, 1),
        lag=np.where(done, behaviour, 0),
        answers=((rng.random(size) < density.surveyed) & (outcome < 2)).astype(np.int64),
    )


def _choose(
    rng: np.random.Generator,
    people: People,
    structure: Structure,
    roster: Roster,
    runs: Runs,
    month: int,
    density: Density,
) -> tuple[IntArray, IntArray, IntArray]:
    """Return person, run and agency; remote units lean to e-learning, some go elsewhere."""
    now = np.flatnonzero(runs.start_month == month)
    now = now[np.argsort(runs.owner[runs.program[now]], kind="stable")]
    owner = runs.owner[runs.program[now]]
    digital = runs.is_e_learning[runs.program[now]]
    pull = runs.pull[runs.program[now]]
    bounds = np.searchsorted(owner, np.arange(len(roster.bounds)))
    chosen, picked, at = [], [], []
    for agency in range(len(roster.bounds) - 1):
        rows = roster.rows(agency)
        low, high = bounds[agency], bounds[agency + 1]
        count = rows.stop - rows.start
        take = rng.random(count) < density.enrolled
        take[rng.choice(count, min(5, count), replace=False)] = True
        local = np.flatnonzero(take)
        remote = structure.region_is_remote[structure.region[roster.unit[rows][local]]]
        point = rng.random(len(local))
        near = np.cumsum(pull[low:high])
        far = np.cumsum(pull[low:high] * np.where(digital[low:high] == 1, 3.5, 1.0))
        index = np.where(
            remote,
            np.searchsorted(far, point * far[-1], side="right"),
            np.searchsorted(near, point * near[-1], side="right"),
        )
        chosen.append(local + rows.start)
        picked.append(now[low + index])
        at.append(np.full(len(local), agency))
    row, run, where = np.concatenate(chosen), np.concatenate(picked), np.concatenate(at)
    person = roster.who[row]
    run = _send_elsewhere(
        rng, people, structure, runs, now, person, roster.unit[row], run, density.led
    )
    return person, run, where


def _send_elsewhere(
    rng: np.random.Generator,
    people: People,
    structure: Structure,
    runs: Runs,
    now: IntArray,
    person: IntArray,
    unit: IntArray,
    run: IntArray,
    led: float,
) -> IntArray:
    """Move managers to LAN's leadership courses and some others to a central agency's programme."""
    rank = np.array([_LEADERSHIP_LEVEL.get(n, 3 if n < 3 else 0) for n in range(len(LEVELS))])
    wanted = rank[people.level[person]]
    goes = rng.random(len(person)) < np.where(wanted > 0, led, EXTERNAL_SHARE)
    leadership = runs.is_leadership[runs.program[now]]
    central = np.isin(runs.owner[runs.program[now]], _central_owners(runs))
    fields = structure.family[unit]
    result = run.copy()
    for level in (1, 2, 3):
        _redirect(rng, result, goes & (wanted == level), now[leadership == level])
    technical = central & (leadership == 0) & (runs.pull[runs.program[now]] > 0)
    for code in range(10):
        offers = now[technical & (runs.field[runs.program[now]] == code)]
        _redirect(rng, result, goes & (wanted == 0) & (fields == code), offers)
    return result


def _central_owners(runs: Runs) -> IntArray:
    """Return agencies that offer leadership courses or whose programmes run every month."""
    codes = np.array([code[:1] for code in runs.codes.to_pylist()])
    return np.unique(runs.owner[np.isin(codes, ["1", "2", "3", "4"])])


def _redirect(rng: np.random.Generator, run: IntArray, who: BoolArray, offers: IntArray) -> None:
    if len(offers) and who.any():
        run[who] = rng.choice(offers, int(who.sum()))


def by_agency(enrolments: Enrolments, chosen: BoolArray, agencies: int) -> list[IntArray]:
    """Return the chosen participations of each agency, in the order in which they began."""
    index = np.flatnonzero(chosen)
    index = index[np.argsort(enrolments.agency[index], kind="stable")]
    bounds = np.searchsorted(enrolments.agency[index], np.arange(agencies + 1))
    return np.split(index, bounds[1:-1])


def sent_in(
    enrolments: Enrolments, runs: Runs, period: Period, is_first: bool, agencies: int
) -> list[IntArray]:
    """Return each agency's participations in runs that ended or go on; at first all so far."""
    now = period.year * 12 + period.month - 1
    ends = runs.end_month[enrolments.run]
    starts = runs.start_month[enrolments.run]
    sent = (ends >= now) | is_first
    return by_agency(enrolments, sent & (starts <= now), agencies)


def participants(
    enrolments: Enrolments, people: People, runs: Runs, index: IntArray, period: Period
) -> pa.Table:
    """Return ``peserta_pelatihan`` of the given participations as known at the end of a month."""
    now = period.year * 12 + period.month - 1
    run, person = enrolments.run[index], enrolments.person[index]
    program = runs.program[run]
    status = np.where(runs.end_month[run] > now, 3, enrolments.outcome[index])
    finished, passed = status <= 1, status == 0
    factor = SCALES[runs.scale[run]] / 100
    untested = runs.has_test[run] == 0
    hours = runs.hours[program].astype(float)
    return pa.table(
        {
            "nip": integers(people.nip[person]).cast(pa.string()),
            "kode_program": runs.codes.take(pa.array(program)),
            "angkatan": integers(runs.number[run]).cast(pa.string()),
            "nilai_pre": decimals(np.round(enrolments.pre[index] * factor, 1), untested),
            "nilai_post": decimals(
                np.round(enrolments.post[index] * factor, 1), untested | ~finished
            ),
            "skala_maks": decimals(
                SCALES[runs.scale[run]], (runs.scale[run] == 0) & (index % 3 == 0)
            ),
            "status": labels(STATUSES, status),
            "jp_diakui": decimals(hours, ~passed | (index % 10 == 0)),
            "nomor_sertifikat": _certificates(index, passed),
            "tanggal_selesai": days(runs.end[run], ~finished),
        }
    )


def _certificates(index: IntArray, passed: BoolArray) -> pa.Array:
    number = pc.binary_join_element_wise("SERT", integers(index).cast(pa.string()), "/")
    return pc.if_else(pa.array(passed), number, pa.scalar(None, pa.string()))
