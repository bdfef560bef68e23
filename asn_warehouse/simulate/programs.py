"""Training programmes and their runs (``program_pelatihan``)."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from asn_warehouse.periods import Period
from asn_warehouse.simulate.agencies import Agency
from asn_warehouse.simulate.draws import (
    FloatArray,
    IntArray,
    constant,
    days,
    decimals,
    integers,
    labels,
    pick,
    rank_in_group,
    stream,
    to_day,
)
from asn_warehouse.simulate.rosters import TECHNICAL, TECHNICAL_PER_FAMILY
from asn_warehouse.simulate.structure import FAMILIES

HISTORY_MONTHS = 14
OBSTACLES = (
    None,
    "ANGGARAN",
    "WAKTU",
    "AKSES_TEKNOLOGI",
    "PESERTA",
    "PENGAJAR",
    "KURIKULUM",
    "LAINNYA",
)
_OBSTACLE_SHARE = (60, 11, 8, 8, 5, 4, 2, 2)

# form, title, competencies ({t}: technical of the agency's field), hours, days, cost, pull
_TEMPLATES: tuple[tuple[str, str, str, int, int, float, float], ...] = (
    ("16", "Literasi Digital ASN", "DIG.01;DIG.02", 12, 5, 8e6, 3.0),
    ("3", "Diklat Teknis {field}", "{t}", 40, 5, 180e6, 1.5),
    ("14", "Coaching Atasan Langsung", "M.06", 16, 20, 6e6, 1.0),
    ("23", "Komunitas Belajar {field}", "{t}", 8, 20, 2e6, 1.0),
    ("8", "Bimbingan Teknis {field}", "{t}", 24, 3, 90e6, 1.3),
    ("4", "Workshop Pelayanan Publik, Etika dan Integritas", "M.01;M.05", 16, 2, 60e6, 1.0),
    ("24", "Bimbingan di Tempat Kerja", "M.04;M.08", 20, 18, 3e6, 1.0),
    ("15", "Mentoring Pejabat Fungsional", "M.02;M.06", 20, 20, 5e6, 0.9),
    ("17", "Pelatihan Jarak Jauh Keamanan Informasi", "DIG.03;DIG.04", 24, 10, 20e6, 1.6),
    ("5", "Pelatihan Manajerial Pengambilan Keputusan", "M.07;M.08", 40, 5, 160e6, 0.8),
    ("9", "Seminar Mengelola Perubahan", "M.07", 6, 1, 25e6, 1.2),
    ("6", "Pelatihan Perekat Bangsa", "SK.01", 24, 4, 85e6, 0.8),
    ("11", "Kursus Komunikasi Efektif", "M.03", 30, 12, 70e6, 0.7),
    ("10", "Magang di Instansi Lain", "{t}", 60, 22, 40e6, 0.4),
    ("7", "Sosialisasi Peraturan Kepegawaian", "M.01", 4, 1, 10e6, 1.2),
    ("22", "Belajar Mandiri Terbimbing", "M.06;M.04", 10, 15, 1.5e6, 0.8),
)
_LEADERSHIP: tuple[tuple[str, str, int, int, float], ...] = (
    ("PKP", "Pelatihan Kepemimpinan Pengawas", 420, 75, 900e6),
    ("PKA", "Pelatihan Kepemimpinan Administrator", 480, 85, 1_100e6),
    ("PKN", "Pelatihan Kepemimpinan Nasional Tingkat II", 520, 95, 1_600e6),
)
E_LEARNING = ("16", "17")
GAIN_BY_FORM = {"3": 15.0, "8": 13.0, "16": 9.0, "17": 9.5, "14": 12.0, "15": 12.5, "24": 12.0}
"""True gain in points of 100 from before to after; other forms 8, leadership 14."""


@dataclass(frozen=True)
class Runs:
    """Programmes and their runs; a run belongs to the programme at ``program``."""

    codes: pa.Array
    names: pa.Array
    forms: list[str]
    competencies: pa.Array
    owner: IntArray
    gain: FloatArray
    pull: FloatArray
    """How strongly a programme draws participants of its own agency."""
    hours: IntArray
    is_leadership: IntArray
    """0, or the leadership programme's rank 1 to 3."""
    field: IntArray
    program: IntArray
    number: IntArray
    start: IntArray
    end: IntArray
    start_month: IntArray
    end_month: IntArray
    has_test: IntArray
    scale: IntArray
    cost: FloatArray
    """Rupiah of each run."""
    obstacle: IntArray
    quota: IntArray

    @property
    def is_e_learning(self) -> IntArray:
        """1 for each programme that is learned at a distance."""
        return np.array([int(form in E_LEARNING) for form in self.forms])


def _programs(
    agencies: list[Agency], sizes: IntArray, seed: int
) -> list[tuple[str, str, str, str, int, float, float, int, float, int, int, int]]:
    found = []
    for index, (agency, people) in enumerate(zip(agencies, sizes.tolist(), strict=True)):
        rng = stream(seed, "programmes", index)
        field = FAMILIES.index(agency.focus or FAMILIES[int(rng.integers(0, 4))])
        count = int(np.clip(5 + people // 120, 5, len(_TEMPLATES)))
        luck = np.exp(rng.normal(0, 0.25, len(_TEMPLATES)))
        for place, (form, title, codes, hours, length, cost, pull) in enumerate(_TEMPLATES[:count]):
            first = field * TECHNICAL_PER_FAMILY
            technical = TECHNICAL[first + place % TECHNICAL_PER_FAMILY]
            found.append(
                (
                    f"{agency.code}-{form.zfill(2)}-{place + 1:02d}",
                    title.format(field=FAMILIES[field].title()),
                    form,
                    codes.format(t=technical),
                    index,
                    GAIN_BY_FORM.get(form, 8.0) * float(luck[place]),
                    pull,
                    hours,
                    cost,
                    0,
                    field,
                    length,
                )
            )
        if agency.code == "4012":
            for rank, (short, title, hours, length, cost) in enumerate(_LEADERSHIP, start=1):
                codes = "M.01;M.03;M.04;M.06;M.07;M.08;SK.01"
                code = f"4012-{short}-01"
                row = (code, title, "1", codes, index, 14.0, 0.0, hours, cost, rank, field, length)
                found.append(row)
    return found


def plan_runs(
    agencies: list[Agency], sizes: IntArray, first: Period, months: int, seed: int
) -> Runs:
    """Return every programme, and its runs from 14 months before ``first`` on.

    About half the programmes run in a month, the first of each agency always. A run that is not
    a leadership course ends in the month in which it starts.
    """
    rows = _programs(agencies, sizes, seed)
    columns = list(zip(*rows, strict=True))
    owner, rank = np.array(columns[4]), np.array(columns[9])
    length = np.array(columns[11])
    rng = stream(seed, "runs")
    begin = first.year * 12 + first.month - 1 - HISTORY_MONTHS
    month = np.repeat(np.arange(begin, begin + HISTORY_MONTHS + months), len(rows))
    program = np.tile(np.arange(len(rows)), HISTORY_MONTHS + months)
    is_first = np.r_[True, owner[1:] != owner[:-1]]
    is_external = np.array([agencies[o].is_central for o in owner]) & (rank == 0)
    chance = np.where(is_first | is_external, 1.0, np.where(rank > 0, 0.4, 0.5))
    runs = rng.random(len(program)) < chance[program]
    month, program = month[runs], program[runs]
    cost = np.array(columns[8])[program]
    month_first = (month - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
    start = month_first.astype(np.int64) + rng.integers(0, 27 - np.minimum(length, 26)[program])
    end = start + length[program] - 1
    return Runs(
        codes=pa.array(columns[0]),
        names=pa.array(columns[1]),
        forms=list(columns[2]),
        competencies=pa.array(columns[3]),
        owner=owner,
        gain=np.array(columns[5]),
        pull=np.array(columns[6]),
        hours=np.array(columns[7]),
        cost=np.round(cost * (0.8 + 0.4 * rng.random(len(program))) / 1e5) * 1e5,
        is_leadership=rank,
        field=np.array(columns[10]),
        program=program,
        number=rank_in_group(program) + 1,
        start=start,
        end=end,
        start_month=month,
        end_month=_month_index(end),
        has_test=(rng.random(len(program)) < 0.75).astype(np.int64),
        scale=pick(rng, (92, 5, 3), len(program)),
        obstacle=pick(rng, _OBSTACLE_SHARE, len(program)),
        quota=rng.integers(2, 13, len(program)) * 10,
    )


def _month_index(day: IntArray) -> IntArray:
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12


def programs(runs: Runs, name: str, agency: int, period: Period, is_first: bool) -> pa.Table:
    """Return ``program_pelatihan`` of one agency: runs active in the month, at first all so far."""
    low, high = to_day(period.first_day), to_day(period.last_day)
    active = (runs.start <= high) & (is_first | (runs.end >= low))
    index = np.flatnonzero(active & (runs.owner[runs.program] == agency))
    program = runs.program[index]
    return pa.table(
        {
            "kode_program": runs.codes.take(pa.array(program)),
            "angkatan": integers(runs.number[index]).cast(pa.string()),
            "nama_program": runs.names.take(pa.array(program)),
            "jenis_diklat": pa.array(runs.forms).take(pa.array(program)),
            "kode_kompetensi": runs.competencies.take(pa.array(program)),
            "tanggal_mulai": days(runs.start[index]),
            "tanggal_selesai": days(runs.end[index]),
            "jumlah_jp": decimals(runs.hours[program].astype(float)),
            "penyelenggara": constant(name, len(index)),
            "biaya": decimals(runs.cost[index], index % 13 == 0),
            "kuota": integers(runs.quota[index], index % 9 == 0),
            "kendala": labels(OBSTACLES, runs.obstacle[index]),
        }
    )
