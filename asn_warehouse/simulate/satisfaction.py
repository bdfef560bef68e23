"""Satisfaction of staff (``survei_kepuasan_kerja``) and of the public with services (SKM)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asn_warehouse.periods import Period
from asn_warehouse.simulate.agencies import Agency
from asn_warehouse.simulate.draws import integers, labels, pick, stream
from asn_warehouse.simulate.rosters import Roster
from asn_warehouse.simulate.structure import Structure

ITEMS = tuple(f"KK{n + 1:02d}" for n in range(10))
REVERSED = 3
"""The item that is scored in reverse."""
RESPONSE_SHARE = 0.1
ELEMENTS = tuple(f"u{n + 1}" for n in range(9))

_LOCAL_SERVICES = (
    "Penerbitan kartu keluarga",
    "Perekaman KTP elektronik",
    "Penerbitan akta kelahiran",
    "Perizinan berusaha",
    "Rawat jalan puskesmas",
    "Persetujuan bangunan gedung",
    "Pembayaran pajak daerah",
    "Penerimaan siswa baru",
)
_CENTRAL_SERVICES = (
    "Layanan informasi publik",
    "Penanganan pengaduan",
    "Konsultasi kebijakan",
    "Layanan perizinan",
    "Layanan kunjungan dan perpustakaan",
)
_TOKEN_FACTOR, _TOKEN_SPACE = 2_654_435_761, 2**32
_SHEETS = 2**17
"""Most answer sheets of an agency in a month."""


def _tokens(letter: str, period: Period, agency: int, size: int) -> pa.Array:
    """Return anonymous tokens, unique by survey, agency and month: never 16 or 18 digits."""
    month = (period.year * 12 + period.month) % 36
    index = (month * 640 + agency) * _SHEETS + np.arange(size)
    mixed = (index * _TOKEN_FACTOR) % _TOKEN_SPACE
    return pc.binary_join_element_wise(letter, integers(mixed).cast(pa.string()), "-")


def job_satisfaction(
    structure: Structure, roster: Roster, agency: int, period: Period, seed: int
) -> pa.Table:
    """Return ``survei_kepuasan_kerja`` of one agency: a tenth of its people, at least five."""
    rng = stream(seed, "job satisfaction", agency, period.year * 12 + period.month)
    unit = roster.unit[roster.rows(agency)]
    size = min(len(unit), max(5, round(RESPONSE_SHARE * len(unit))), _SHEETS)
    unit = unit[np.sort(rng.choice(len(unit), size, replace=False))]
    climate = stream(seed, "climate").normal(0, 0.3, len(structure.codes))[unit]
    mood = climate + rng.normal(0, 0.6, size)
    score = 3.5 + mood[:, None] + rng.normal(0, 0.7, (size, len(ITEMS)))
    points = np.clip(np.round(score), 1, 5).astype(np.int64)
    points[:, REVERSED] = 6 - points[:, REVERSED]
    row, item = np.divmod(np.arange(size * len(ITEMS)), len(ITEMS))
    return pa.table(
        {
            "id_responden": _tokens("K", period, agency, size).take(pa.array(row)),
            "kode_unor": labels(structure.codes, unit[row]),
            "butir": labels(ITEMS, item),
            "skor": integers(points.ravel()),
            "terbalik": labels(("T", "Y"), (item == REVERSED).astype(np.int64)),
        }
    )


def service_satisfaction(
    who: Agency, people: int, agency: int, period: Period, seed: int
) -> pa.Table:
    """Return ``survei_kepuasan_masyarakat`` of one agency, more answers where it is larger.

    Three services in ten are free, and there nobody is asked about the price (u4). A few people
    leave an element out.
    """
    names = _CENTRAL_SERVICES if who.is_central else _LOCAL_SERVICES
    lasting = stream(seed, "services", agency)
    quality = lasting.normal(0, 0.25, (len(names), len(ELEMENTS)))
    is_free = lasting.random(len(names)) < 0.3
    rng = stream(seed, "service satisfaction", agency, period.year * 12 + period.month)
    size = int(rng.poisson(len(names) * (10 + min(40.0, people / 150)))) + len(names)
    service = pick(rng, [2.0 + n for n in range(len(names), 0, -1)], size)
    mood = rng.normal(0, 0.35, size)[:, None]
    score = 3.3 + quality[service] + mood + rng.normal(0, 0.4, (size, len(ELEMENTS)))
    points = np.clip(np.round(score), 1, 4).astype(np.int64)
    skipped = rng.random(points.shape) < 0.015
    skipped[:, 3] |= is_free[service]
    codes = [f"LYN-{n + 1:02d}" for n in range(len(names))]
    return pa.table(
        {
            "id_responden": _tokens("M", period, agency, size),
            "kode_layanan": labels(codes, service),
            "nama_layanan": labels(names, service),
            **{u: integers(points[:, n], skipped[:, n]) for n, u in enumerate(ELEMENTS)},
        }
    )


def is_job_survey(period: Period, periods: list[Period]) -> bool:
    """Say whether staff are asked: in the last month of a quarter, or else in the first of all."""
    quarters = [p for p in periods if p.month % 3 == 0]
    return period in (quarters or periods[:1])
