"""The people of a simulation: one array per attribute, marginals as in domain rules §9.7."""

from dataclasses import dataclass, field

import numpy as np

from asn_warehouse.simulate.agencies import Agency
from asn_warehouse.simulate.draws import (
    BoolArray,
    FloatArray,
    IntArray,
    calendar_digits,
    month_of,
    month_start,
    pick,
    rank_in_group,
    stream,
)
from asn_warehouse.simulate.names import LAST, MEN, WOMEN
from asn_warehouse.simulate.spec import SimulationSpec
from asn_warehouse.simulate.structure import PELAKSANA, RETIREMENT_AGE, Structure

STATUSES = ("PNS", "CPNS", "PPPK", "PPPK_PARUH_WAKTU")
PNS, CPNS, PPPK, PART_TIME = range(4)
PNS_GRADES = tuple(
    f"{rank}/{step}"
    for rank, steps in (("I", "abcd"), ("II", "abcd"), ("III", "abcd"), ("IV", "abcde"))
    for step in steps
)
GRADES = (
    *PNS_GRADES,
    *[
        "I",
        "II",
        "III",
        "IV",
        "V",
        "VI",
        "VII",
        "VIII",
        "IX",
        "X",
        "XI",
        "XII",
        "XIII",
        "XIV",
        "XV",
        "XVI",
        "XVII",
    ],
)
EDUCATION = ("05", "10", "15", "17", "20", "25", "30", "35", "40", "42", "45", "47", "50")
_EDUCATION_SHARE = (0.8, 1.2, 10.0, 3.0, 1.2, 1.5, 9.2, 4.0, 55.0, 3.2, 9.5, 0.6, 0.92)
_EDUCATION_AGE = np.array([18, 18, 18, 18, 19, 20, 21, 22, 22, 23, 24, 27, 28])
_START_GRADE = np.array([0, 2, 4, 4, 5, 5, 6, 8, 8, 8, 9, 9, 10])
_TOP_GRADE = np.array([4, 6, 9, 9, 10, 10, 11, 13, 13, 13, 14, 14, 15])
_PPPK_GRADE = np.array([0, 3, 4, 4, 4, 5, 6, 8, 8, 8, 9, 9, 10]) + len(PNS_GRADES)
_FUNCTIONAL_SHARE = np.array([0.1, 0.1, 0.27, 0.27, 0.6, 0.7, 0.73, 0.75, 0.75, 0.9, 0.8, 0.9, 0.9])
DEGREE = EDUCATION.index("35")
LEGAL_STANDINGS = ("01", "03", "15", "02", "20", "04")
_LEGAL_SHARE = (98.2, 0.7, 0.2, 0.3, 0.4, 0.2)
PPPK_SINCE = 2021 * 12 + 1
"""Month index of the first contract appointments."""


@dataclass
class People:
    """State of everyone who is, or will be, employed; changed month by month."""

    agency: IntArray
    unit: IntArray
    level: IntArray
    sex: IntArray
    """0 male, 1 female."""
    status: IntArray
    birth: IntArray
    appointed: IntArray
    nip: IntArray
    education: IntArray
    grade: IntArray
    grade_since: IntArray
    position_since: IntArray
    retires: IntArray
    legal: IntArray
    education_fit: IntArray
    first_name: IntArray
    last_name: IntArray
    skill: FloatArray
    """Latent ability, standard normal at the start, raised by learning."""
    is_employed: BoolArray
    joins: IntArray
    """Number of the month in which the person joins; 0 is the first."""
    innate: FloatArray = field(init=False)
    """Ability at the start."""

    def __post_init__(self) -> None:
        self.innate = self.skill.copy()

    def __len__(self) -> int:
        return len(self.nip)


def _appointments(
    rng: np.random.Generator, spec: SimulationSpec, joins: IntArray
) -> tuple[IntArray, IntArray]:
    """Return status and month index of appointment."""
    size, first = len(joins), spec.first_period.year * 12 + spec.first_period.month - 1
    status = np.where(rng.random(size) < 0.356, PPPK, PNS)
    part_time = (status == PPPK) & (rng.random(size) < 0.04)
    status[part_time] = PART_TIME
    kind = pick(rng, (0.17, 0.814, 0.016), size)
    years = np.where(kind == 0, 0.1 + 4.9 * rng.random(size), 5.0 + 25.0 * rng.beta(1.4, 1.7, size))
    years = np.where(kind == 2, 30.5 + 4.5 * rng.beta(1.0, 2.5, size), years)
    longest = max(0.1, min(4.9, (first - PPPK_SINCE) / 12.0))
    contract = longest * rng.beta(1.3, 1.6, size)
    years = np.where(status >= PPPK, contract, years)
    month = first - np.floor(years * 12).astype(np.int64)
    month = np.where(joins > 0, first + joins, month)
    status[(status == PNS) & (first - month < 14)] = CPNS
    return status, month


def _birth_days(
    rng: np.random.Generator,
    status: IntArray,
    month: IntArray,
    education: IntArray,
    spec: SimulationSpec,
) -> IntArray:
    """Return birth days: 18 to 52 at appointment, under 57 at the start, old enough to study."""
    size = len(status)
    start = np.where(
        status >= PPPK, 20 + 31 * rng.beta(1.6, 2.2, size), 19 + 15 * rng.beta(1.8, 2.6, size)
    )
    start = np.maximum(start, _EDUCATION_AGE[education] + rng.random(size))
    first = spec.first_period.year * 12 + spec.first_period.month - 1
    start = np.minimum(start, 57.3 - np.maximum(first - month, 0) / 12.0)
    start = np.maximum(start, 18.3)
    return month_start(month) - np.floor(start * 365.25).astype(np.int64)


def make_nips(status: IntArray, birth: IntArray, month: IntArray, sex: IntArray) -> IntArray:
    """Return unique 18-digit numbers: PNS layout (§9.1) or PPPK layout (§9.2)."""
    year, month_number = month // 12, month % 12 + 1
    middle = np.where(status >= PPPK, year * 100 + 21, year * 100 + month_number)
    prefix = (calendar_digits(birth) * 1_000_000 + middle) * 10 + sex + 1
    return prefix * 1000 + rank_in_group(prefix) + 1


def _levels(
    rng: np.random.Generator,
    agencies: list[Agency],
    agency: IntArray,
    status: IntArray,
    education: IntArray,
    years: FloatArray,
) -> tuple[IntArray, IntArray]:
    """Return position level and, for managers, their place in the agency's order (else −1)."""
    size = len(agency)
    is_functional = rng.random(size) < _FUNCTIONAL_SHARE[education]
    expert = years + rng.normal(0, 3, size)
    keahlian = np.select([expert < 8, expert < 19, expert < 33], [9, 8, 7], 6)
    keahlian = np.where(status >= PPPK, np.where(rng.random(size) < 0.08, 8, 9), keahlian)
    keterampilan = np.select([expert < 2, expert < 10, expert < 20], [13, 12, 11], 10)
    keterampilan = np.where((status >= PPPK) & (keterampilan < 12), 12, keterampilan)
    functional = np.where(education >= DEGREE, keahlian, keterampilan)
    level = np.where(is_functional, functional, PELAKSANA).astype(np.int64)

    score = years + 4.0 * (education >= DEGREE) + 0.6 * education + rng.normal(0, 5, size)
    score[(status != PNS) | (years < 4) | (education < 6)] = -1e9
    order = np.lexsort((-score, agency))
    place = np.full(size, -1, dtype=np.int64)
    ranks = rank_in_group(agency[order])
    quotas = np.array([_manager_quota(a, int(n)) for a, n in _heads(agencies, agency)])
    bounds = np.cumsum(quotas, axis=1)
    own = bounds[agency[order]]
    chosen = (ranks < own[:, -1]) & (score[order] > -1e8)
    managers = order[chosen]
    level[managers] = (ranks[chosen, None] >= own[chosen]).sum(axis=1)
    place[managers] = ranks[chosen]
    return level, place


def _heads(agencies: list[Agency], agency: IntArray) -> list[tuple[Agency, int]]:
    counts = np.bincount(agency, minlength=len(agencies)).tolist()
    return list(zip(agencies, counts, strict=True))


def _manager_quota(agency: Agency, people: int) -> list[int]:
    """Return posts JPT utama, JPT madya, JPT pratama, administrator, pengawas."""
    chief = 1 if agency.kind == "LPNK" else 0
    senior = {"KEMENTERIAN": 3, "KEMENKO": 3, "LPNK": 2, "PROVINSI": 1}.get(agency.kind, 0)
    top = max(2, round(0.0035 * people))
    middle = max(3, round(0.016 * people))
    return [chief, senior, top, middle, max(5, round(0.0365 * people))]


def create_people(
    spec: SimulationSpec, agencies: list[Agency], sizes: IntArray, structure: Structure
) -> People:
    """Return everyone of the first month and everyone who joins later, agency by agency."""
    rng = stream(spec.seed, "people")
    joiners = np.maximum(1, np.round(sizes * 0.004)).astype(np.int64)
    waves = [np.repeat(np.arange(len(agencies)), sizes)]
    waves += [np.repeat(np.arange(len(agencies)), joiners) for _ in range(1, spec.months)]
    agency = np.concatenate(waves)
    joins = np.repeat(np.arange(spec.months), [len(wave) for wave in waves])
    size = len(agency)
    status, month = _appointments(rng, spec, joins)
    education = pick(rng, _EDUCATION_SHARE, size)
    sex = (rng.random(size) < 0.562).astype(np.int64)
    birth = _birth_days(rng, status, month, education, spec)
    first = spec.first_period.year * 12 + spec.first_period.month - 1
    years = (first + 1 - month) / 12.0
    level, place = _levels(rng, agencies, agency, status, education, years)
    unit = random_units(rng, structure, agency)
    spread = structure.offset[agency] + place % np.diff(structure.offset)[agency]
    unit = np.where(place >= 0, spread, unit)
    steps = np.floor(np.maximum(years, 0) / 4).astype(np.int64)
    pns_grade = np.minimum(_START_GRADE[education] + steps, _TOP_GRADE[education])
    grade_month = month + np.minimum(steps, 8) * 48
    in_level = np.floor(np.maximum(years, 0.0) * 12 * rng.beta(1.2, 1.6, size)).astype(np.int64)
    position_month = np.where(joins > 0, month, np.minimum(first, first - in_level))
    position_month = np.maximum(position_month, month)
    remote = structure.region_is_remote[structure.region[unit]]
    return People(
        agency=agency,
        unit=unit,
        level=level,
        sex=sex,
        status=status,
        birth=birth,
        appointed=month_start(month),
        nip=make_nips(status, birth, month, sex),
        education=education,
        grade=np.where(status >= PPPK, _PPPK_GRADE[education], pns_grade),
        grade_since=month_start(np.where(status >= PPPK, month, grade_month)),
        position_since=month_start(position_month),
        retires=retirement_days(birth, level),
        legal=np.where(joins > 0, 0, pick(rng, _LEGAL_SHARE, size)),
        education_fit=pick(rng, (0.78, 0.14, 0.08), size),
        first_name=rng.integers(0, np.where(sex == 1, len(WOMEN), len(MEN))),
        last_name=rng.integers(0, len(LAST), size),
        skill=rng.normal(0, 1, size) - 0.25 * remote,
        is_employed=joins == 0,
        joins=joins,
    )


def retirement_days(birth: IntArray, level: IntArray) -> IntArray:
    """Return the first day of the month after the retirement age of the level is reached."""
    return month_start(month_of(birth) + RETIREMENT_AGE[level] * 12 + 1)


def random_units(rng: np.random.Generator, structure: Structure, agency: IntArray) -> IntArray:
    """Return a random unit of each person's agency, by the weights of the units."""
    cumulative = np.r_[0.0, np.cumsum(structure.weight)]
    low, high = structure.offset[agency], structure.offset[agency + 1]
    point = cumulative[low] + rng.random(len(agency)) * (cumulative[high] - cumulative[low])
    unit = np.searchsorted(cumulative, point, side="right") - 1
    return np.asarray(np.clip(unit, low, high - 1))
