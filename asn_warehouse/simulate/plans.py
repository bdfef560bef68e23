"""The yearly development plan (``rencana_pengembangan``)."""

import numpy as np
import pyarrow as pa

from asn_warehouse.periods import Period
from asn_warehouse.simulate.draws import IntArray, stream
from asn_warehouse.simulate.programs import Runs
from asn_warehouse.simulate.rosters import TECHNICAL, TECHNICAL_PER_FAMILY
from asn_warehouse.simulate.structure import LEVELS, Structure

_LEADERSHIP_LEVELS = {1: "PENGAWAS", 2: "ADMINISTRATOR", 3: "JPT_PRATAMA"}
_UNPLANNED_SHARE = 0.15
_LEVEL_SHARE = 0.7
_FUNCTIONAL_TRAINING = "2"

Line = tuple[int, float, str | None, int | None, float | None]
"""Participants, hours for each, provider, month of beginning, rupiah."""


def development_plan(
    runs: Runs,
    structure: Structure,
    first_grid: IntArray,
    agency: int,
    name: str,
    period: Period,
    seed: int,
) -> pa.Table:
    """Return ``rencana_pengembangan`` of one agency: the plan of the year, the same every month.

    It follows the agency's programmes. Some of these were never planned, and some functional
    training is planned that no programme delivers.
    """
    rng = stream(seed, "plan", agency, period.year)
    low, high = structure.offset[agency : agency + 2]
    people = first_grid.reshape(-1, len(LEVELS))[low:high].sum(axis=0)
    lines: dict[tuple[str, str, str], Line] = {}
    for program in np.flatnonzero(runs.owner == agency).tolist():
        if rng.random() < _UNPLANNED_SHARE and lines:
            continue
        month, cost = _schedule(runs, program, period.year)
        provider = "Lembaga Administrasi Negara" if runs.is_leadership[program] else name
        hours = float(runs.hours[program])
        for code in str(runs.competencies[program]).split(";"):
            for level in _targets(rng, people, int(runs.is_leadership[program])):
                target = max(1, round(float(people[level] * rng.uniform(0.05, 0.3))))
                line = (target, hours, provider, month, cost)
                lines[code, LEVELS[level], runs.forms[program]] = line
    for family in np.unique(structure.family[low:high]).tolist():
        code = TECHNICAL[family * TECHNICAL_PER_FAMILY + int(rng.integers(TECHNICAL_PER_FAMILY))]
        functional = (code, "AHLI_MUDA", _FUNCTIONAL_TRAINING)
        lines[functional] = (int(rng.integers(5, 40)), 60.0, None, None, None)
    codes, levels, forms = zip(*lines.keys(), strict=True)
    targets, each, providers, months, costs = zip(*lines.values(), strict=True)
    return pa.table(
        {
            "tahun": pa.array([period.year] * len(lines)),
            "kode_kompetensi": pa.array(codes),
            "jenjang_jabatan": pa.array(levels),
            "jenis_diklat": pa.array(forms),
            "target_peserta": pa.array(targets),
            "target_jp": pa.array(each),
            "penyelenggara": pa.array(providers, pa.string()),
            "bulan_mulai": pa.array(months, pa.int64()),
            "anggaran": pa.array(costs, pa.float64()),
        }
    )


def _schedule(runs: Runs, program: int, year: int) -> tuple[int | None, float | None]:
    """Return month and cost of a programme's first run in a year, none if it has no run."""
    own = np.flatnonzero((runs.program == program) & (runs.start_month // 12 == year))
    if not len(own):
        return None, None
    return int(runs.start_month[own[0]] % 12) + 1, float(runs.cost[own[0]])


def _targets(rng: np.random.Generator, people: IntArray, leadership: int) -> list[int]:
    if leadership:
        return [LEVELS.index(_LEADERSHIP_LEVELS[leadership])]
    present = np.flatnonzero(people)
    return [int(level) for level in present[rng.random(len(present)) < _LEVEL_SHARE]]
