"""An agency with a known competency gap and one with known boxes of the talent matrix.

Both have a standard for every position, and assess everybody in the month against it. Of the
requirements of the first, a known share is met and each of the others missed by one level. In the
second, performance and potential put a known share of people into each box: whoever counts and has
an appraisal of the past year. It sends nothing on records, careers, sanctions and training, so that
potential is what its assessments, its tests of potential and the education of its people make it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from asn_warehouse.periods import Period
from asn_warehouse.simulate.appraisals import Ratings, appraised
from asn_warehouse.simulate.draws import (
    BoolArray,
    IntArray,
    constant,
    days,
    decimals,
    integers,
    labels,
    share_out,
    stream,
    to_day,
)
from asn_warehouse.simulate.population import People
from asn_warehouse.simulate.potential import ASPECTS
from asn_warehouse.simulate.rosters import DIGITAL, TECHNICAL, Roster, asked_competencies
from asn_warehouse.simulate.structure import TYPICAL_LEVEL, Structure
from asn_warehouse.simulate.truths import BOX_AGENCY, BOXES, GAP_AGENCY, Truth, Truths

LEAST_LEVEL = 2
"""Required at least, so that every requirement can be missed."""
NOT_SENT = (
    "rekam_jejak",
    "riwayat_jabatan",
    "hukuman_disiplin",
    "program_pelatihan",
    "peserta_pelatihan",
    "survei_pelatihan",
)
"""What the agency with the known boxes does not send."""
CATEGORIES = ("below", "meets", "above"), ("low", "medium", "high")
_RATINGS = np.array([[2, 3], [3, 2], [2, 2]])
"""Result and behaviour that are worth 40, 60 and 80 points."""
_POTENTIAL = np.array([20.0, 30.0, 100.0])
"""Score of the test of potential; with the lowest, the lowest levels are assessed as well."""
_FAMILIES = ("managerial", "sociocultural", "technical", "digital")


@dataclass(frozen=True)
class Standing:
    """What the two agencies send of their people on the last day of the month."""

    people: People
    structure: Structure
    roster: Roster
    statutory: tuple[str, ...]
    box_of: IntArray
    """Category of performance and of potential (0–2) by person; −1 is none."""
    missed: BoolArray
    """Requirements that the people of the agency with the gap miss, in the order of its roster."""

    def correct(self, agency: int, year: int, cycle: int, who: IntArray, rated: Ratings) -> Ratings:
        """Return the ratings that put the people of the agency with the boxes where they belong."""
        place = self.box_of[who, 0]
        if agency != BOX_AGENCY:
            return rated
        planted = _RATINGS[place]
        return (
            np.where(place >= 0, planted[:, 0], rated[0]),
            np.where(place >= 0, planted[:, 1], rated[1]),
        )

    def tables(self, agency: int, period: Period) -> dict[str, pa.Table]:
        """Return the tables of an agency that are not as usual."""
        if agency not in (GAP_AGENCY, BOX_AGENCY):
            return {}
        rows = self.roster.rows(agency)
        who, unit = self.roster.who[rows], self.roster.unit[rows]
        codes = asked_competencies(self.structure, unit, len(self.statutory))
        required = np.maximum(TYPICAL_LEVEL[self.people.level[who]], LEAST_LEVEL)[:, None]
        achieved = np.broadcast_to(required, codes.shape)
        day = np.full(len(who), to_day(period.first_day))
        if agency == GAP_AGENCY:
            achieved = achieved - self.missed
            return self._assessed(who, unit, codes, required, achieved, day)
        place = self.box_of[who, 1]
        achieved = np.where(place[:, None] == 0, 1, achieved)
        tested = place >= 0
        nothing = pa.nulls(int(tested.sum()), pa.int64())
        potential = {
            "nip": integers(self.people.nip[who[tested]]).cast(pa.string()),
            "tanggal_penilaian": days(day[tested]),
            **dict.fromkeys(ASPECTS, nothing),
            "skor_potensi": decimals(_POTENTIAL[place[tested]]),
        }
        return {
            **self._assessed(who, unit, codes, required, achieved, day),
            "potensi": pa.table(potential),
            **{name: pa.table({}) for name in NOT_SENT},
        }

    def _assessed(
        self,
        who: IntArray,
        unit: IntArray,
        codes: IntArray,
        required: IntArray,
        achieved: IntArray,
        day: IntArray,
    ) -> dict[str, pa.Table]:
        """Return standards and assessments; rows of the arrays are people, columns competencies."""
        names = (*self.statutory, *TECHNICAL, *DIGITAL)
        position = self.structure.position(unit, self.people.level[who])
        places, first = np.unique(position, return_index=True)
        wide, size = codes.shape[1], codes.size
        standards = {
            "kode_jabatan": labels(self.structure.position_codes, np.repeat(places, wide)),
            "kode_kompetensi": labels(names, codes[first].ravel()),
            "level_standar": integers(np.repeat(required[first, 0], wide)),
            "nomor_sk": constant("SKJ.1/2024", len(first) * wide),
            "berlaku_mulai": days(np.full(len(first) * wide, 19_723)),
        }
        assessments = {
            "nip": integers(np.repeat(self.people.nip[who], wide)).cast(pa.string()),
            "tanggal_penilaian": days(np.repeat(day, wide)),
            "kode_kompetensi": labels(names, codes.ravel()),
            "tujuan": constant("PEMETAAN", size),
            "level_capaian": integers(achieved.ravel()),
            "metode": constant("ASSESSMENT_CENTER", size),
            "kode_jabatan_sasaran": constant(None, size),
            "penyelenggara": constant(None, size),
        }
        return {
            "standar_kompetensi": pa.table(standards),
            "penilaian_kompetensi": pa.table(assessments),
        }


def plant_standing(
    people: People,
    structure: Structure,
    roster: Roster,
    statutory: tuple[str, ...],
    truths: Truths,
    matrix: dict[tuple[str, str], str],
    codes: Sequence[str],
    period: Period,
    seed: int,
) -> tuple[Standing, list[Truth]]:
    """Return what the two agencies send, and what it comes to.

    Everybody in the two agencies is made to count, and the education of those with known boxes
    fits. ``matrix`` has the box of each pair of categories.
    """
    own = np.isin(people.agency, (GAP_AGENCY, BOX_AGENCY))
    people.legal[own] = 0
    people.education_fit[people.agency == BOX_AGENCY] = 0
    box_of, boxes = _place(people, roster, truths, matrix, codes[BOX_AGENCY], period, seed)
    missed, gaps = _miss(structure, roster, len(statutory), truths, codes[GAP_AGENCY])
    return Standing(people, structure, roster, statutory, box_of, missed), [*boxes, *gaps]


def _place(
    people: People,
    roster: Roster,
    truths: Truths,
    matrix: dict[tuple[str, str], str],
    code: str,
    period: Period,
    seed: int,
) -> tuple[IntArray, list[Truth]]:
    """Return the categories of everybody, and the shares of the boxes."""
    who = appraised(people, roster.who[roster.rows(BOX_AGENCY)], period.year - 1)
    counts = share_out(len(who), np.array(truths.boxes), 0)
    pairs = {
        int(matrix[row, column]): (y, x)
        for y, row in enumerate(CATEGORIES[0])
        for x, column in enumerate(CATEGORIES[1])
    }
    placed = np.repeat([pairs[box + 1] for box in range(BOXES)], counts, axis=0)
    box_of = np.full((len(people), 2), -1)
    box_of[stream(seed, "planted boxes").permutation(who)] = placed
    found = [
        Truth("boxes", code, str(box + 1), measure, value)
        for box, count in enumerate(counts.tolist())
        for measure, value in (("people", count), ("share", count / len(who)))
    ]
    return box_of, found


def _miss(
    structure: Structure, roster: Roster, statutory: int, truths: Truths, code: str
) -> tuple[BoolArray, list[Truth]]:
    """Return which requirements are missed, evenly spread in each family, and the known gap."""
    unit = roster.unit[roster.rows(GAP_AGENCY)]
    shape = asked_competencies(structure, unit, statutory).shape
    columns = {
        "managerial": slice(0, statutory - 1),
        "sociocultural": slice(statutory - 1, statutory),
        "technical": slice(statutory, shape[1] - 2),
        "digital": slice(shape[1] - 2, shape[1]),
    }
    missed = np.zeros(shape, dtype=np.bool_)
    found = []
    for family in _FAMILIES:
        cells = missed[:, columns[family]]
        steps = np.floor(np.arange(cells.size + 1) * (1 - truths.met_share) + 1e-9)
        cells[:] = (np.diff(steps) > 0).reshape(cells.shape)
        found += _known(code, family, cells)
    return missed, [*found, *_known(code, "", missed)]


def _known(code: str, family: str, missed: BoolArray) -> list[Truth]:
    share = float(missed.mean())
    return [
        Truth("gap", code, family, "met_share", 1 - share),
        Truth("gap", code, family, "gap_mean", -share),
    ]
