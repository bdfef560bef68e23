"""The snapshots of a month: ``pegawai``, ``jabatan`` and ``standar_kompetensi``."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asn_warehouse.simulate.careers import Ghosts
from asn_warehouse.simulate.draws import IntArray, constant, days, integers, labels, stream
from asn_warehouse.simulate.names import LAST, MEN, WOMEN
from asn_warehouse.simulate.population import EDUCATION, GRADES, LEGAL_STANDINGS, STATUSES, People
from asn_warehouse.simulate.structure import (
    ECHELON,
    FAMILIES,
    FAMILY_TITLE,
    JOB_CLASS,
    LEVEL_TITLE,
    LEVEL_TYPE,
    LEVELS,
    PELAKSANA,
    TYPICAL_LEVEL,
    Structure,
)

TECHNICAL_PER_FAMILY = 3
DIGITAL = ("DIG.01", "DIG.02", "DIG.03", "DIG.04")
TECHNICAL = tuple(f"T.{n + 1:02d}" for n in range(TECHNICAL_PER_FAMILY * len(FAMILIES)))
"""Three technical competencies for each job family, in the order of the families."""


@dataclass(frozen=True)
class Roster:
    """Who each agency lists on the last day of a month; sorted by agency."""

    who: IntArray
    agency: IntArray
    unit: IntArray
    position_since: IntArray
    bounds: IntArray
    """Where each agency begins in the arrays, and at the end their length."""

    def rows(self, agency: int) -> slice:
        """Return the rows of an agency."""
        return slice(int(self.bounds[agency]), int(self.bounds[agency + 1]))


def take_roster(people: People, ghosts: Ghosts, agencies: int) -> Roster:
    """Return the employed, and the ghosts that a former agency still lists."""
    own = np.flatnonzero(people.is_employed)
    ghost = people.is_employed[ghosts.who]
    who = np.r_[own, ghosts.who[ghost]]
    agency = np.r_[people.agency[own], ghosts.agency[ghost]]
    order = np.argsort(agency, kind="stable")
    return Roster(
        who=who[order],
        agency=agency[order],
        unit=np.r_[people.unit[own], ghosts.unit[ghost]][order],
        position_since=np.r_[people.position_since[own], ghosts.position_since[ghost]][order],
        bounds=np.searchsorted(agency[order], np.arange(agencies + 1)),
    )


def _names(people: People, who: IntArray) -> pa.Array:
    sex = people.sex[who]
    first = labels([*MEN, *WOMEN], people.first_name[who] + sex * len(MEN))
    return pc.binary_join_element_wise(first, labels(LAST, people.last_name[who]), " ")


def employees(people: People, structure: Structure, roster: Roster, agency: int) -> pa.Table:
    """Return ``pegawai`` of one agency."""
    rows = roster.rows(agency)
    who, unit = roster.who[rows], roster.unit[rows]
    level = people.level[who]
    return pa.table(
        {
            "nip": integers(people.nip[who]).cast(pa.string()),
            "nama": _names(people, who),
            "tanggal_lahir": days(people.birth[who]),
            "jenis_kelamin": labels(("L", "P"), people.sex[who]),
            "status_asn": labels(STATUSES, people.status[who]),
            "kedudukan_hukum": labels(LEGAL_STANDINGS, people.legal[who]),
            "golongan": labels(GRADES, people.grade[who]),
            "tmt_golongan": days(people.grade_since[who]),
            "jenis_jabatan": labels(LEVEL_TYPE, level),
            "jenjang_jabatan": labels(LEVELS, level),
            "kode_jabatan": labels(structure.position_codes, structure.position(unit, level)),
            "tmt_jabatan": days(roster.position_since[rows]),
            "eselon": labels(ECHELON, level),
            "kode_unor": labels(structure.codes, unit),
            "nama_unor": labels(structure.names, unit),
            "kode_wilayah": labels(structure.region_codes, structure.region[unit]),
            "tingkat_pendidikan": labels(EDUCATION, people.education[who]),
            "pendidikan_sesuai_jabatan": labels(("Y", "T", None), people.education_fit[who]),
            "tmt_cpns": days(people.appointed[who]),
            "tmt_pensiun": days(people.retires[who], who % 17 == 0),
        }
    )


def position_grid(people: People, structure: Structure, roster: Roster) -> IntArray:
    """Return the number of people by unit and level, flattened."""
    cell = roster.unit * len(LEVELS) + people.level[roster.who]
    return np.bincount(cell, minlength=len(structure.codes) * len(LEVELS))


def positions(
    structure: Structure, first_grid: IntArray, grid: IntArray, agency: int, seed: int
) -> pa.Table:
    """Return ``jabatan`` of one agency: every cell that is filled now or was in the first month."""
    low, high = (int(n) * len(LEVELS) for n in structure.offset[agency : agency + 2])
    cells = np.arange(low, high)
    rng = stream(seed, "positions", agency)
    factor = 0.9 + 0.45 * rng.random(len(cells))
    used = (first_grid[low:high] > 0) | (grid[low:high] > 0)
    needed = np.maximum(1, np.round(first_grid[low:high] * factor)).astype(np.int64)[used]
    unit, level = cells[used] // len(LEVELS), cells[used] % len(LEVELS)
    is_strategic = (level < 3) | ((level == 3) & (rng.random(len(cells))[used] < 0.3))
    return pa.table(
        {
            "kode_jabatan": labels(structure.position_codes, structure.position(unit, level)),
            "nama_jabatan": _position_names(structure, unit, level),
            "jenjang_jabatan": labels(LEVELS, level),
            "rumpun_jabatan": labels(FAMILIES, structure.family[unit]),
            "kode_unor": labels(structure.codes, unit),
            "kebutuhan": integers(needed),
            "strategis": labels(("T", "Y"), is_strategic.astype(np.int64)),
            "kelas_jabatan": integers(JOB_CLASS[level], rng.random(len(cells))[used] < 0.05),
        }
    )


def _position_names(structure: Structure, unit: IntArray, level: IntArray) -> pa.Array:
    title = labels(LEVEL_TITLE, level)
    family = labels(FAMILY_TITLE, structure.family[unit])
    functional = pc.binary_join_element_wise(family, title, " ")
    managerial = pc.binary_join_element_wise(title, labels(structure.names, unit), " ")
    general = pc.binary_join_element_wise(title, family, " ")
    chosen = pc.if_else(pa.array(level < PELAKSANA), managerial, functional)
    return pc.if_else(pa.array(level == PELAKSANA), general, chosen)


def asked_competencies(structure: Structure, unit: IntArray, statutory: int) -> IntArray:
    """Return what a position in each unit asks for: places in statutory, technical and digital."""
    technical = statutory + structure.family[unit][:, None] * TECHNICAL_PER_FAMILY
    return np.hstack(
        [
            np.tile(np.arange(statutory), (len(unit), 1)),
            technical + np.arange(TECHNICAL_PER_FAMILY),
            np.tile(statutory + len(TECHNICAL) + np.arange(2), (len(unit), 1)),
        ]
    )


def standards(
    structure: Structure, first_grid: IntArray, agency: int, seed: int, statutory: tuple[str, ...]
) -> pa.Table:
    """Return ``standar_kompetensi``: about four positions in five, the rest have no standard."""
    low, high = (int(n) * len(LEVELS) for n in structure.offset[agency : agency + 2])
    cells = np.flatnonzero(first_grid[low:high] > 0) + low
    unit, level = cells // len(LEVELS), cells % len(LEVELS)
    position, first = np.unique(structure.position(unit, level), return_index=True)
    unit, level = unit[first], level[first]
    rng = stream(seed, "standards", agency)
    keep = rng.random(len(position)) < 0.8
    position, unit, level = position[keep], unit[keep], level[keep]
    codes = (*statutory, *TECHNICAL, *DIGITAL)
    asked = asked_competencies(structure, unit, len(statutory))
    shift = rng.choice([-1, 0, 1], p=[0.08, 0.84, 0.08], size=asked.shape)
    required = np.clip(TYPICAL_LEVEL[level][:, None] + shift, 1, 5)
    wide = asked.shape[1]
    number = f"SKJ.{agency + 1}/2024"
    return pa.table(
        {
            "kode_jabatan": labels(structure.position_codes, np.repeat(position, wide)),
            "kode_kompetensi": labels(codes, asked.ravel()),
            "level_standar": integers(required.ravel()),
            "nomor_sk": constant(number, asked.size),
            "berlaku_mulai": days(np.full(asked.size, 19_723)),
        }
    )
