"""Units, position levels and positions of the agencies."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from asn_warehouse.simulate.agencies import Agency
from asn_warehouse.simulate.draws import BoolArray, FloatArray, IntArray, stream
from asn_warehouse.simulate.places import regions

LEVELS = (
    "JPT_UTAMA",
    "JPT_MADYA",
    "JPT_PRATAMA",
    "ADMINISTRATOR",
    "PENGAWAS",
    "PELAKSANA",
    "AHLI_UTAMA",
    "AHLI_MADYA",
    "AHLI_MUDA",
    "AHLI_PERTAMA",
    "PENYELIA",
    "MAHIR",
    "TERAMPIL",
    "PEMULA",
)
PELAKSANA = LEVELS.index("PELAKSANA")
LEVEL_TYPE = ("1", "1", "1", "1", "1", "4", *["2"] * 8)
LEVEL_SHORT = ("JU", "JM", "JP", "AD", "PW", "PL", "UT", "MA", "MU", "PT", "PY", "MH", "TR", "PM")
LEVEL_TITLE = (
    "Kepala",
    "Deputi",
    "Kepala",
    "Kepala Bidang",
    "Kepala Seksi",
    "Pengelola",
    *(level.replace("_", " ").title() for level in LEVELS[6:]),
)
ECHELON = ("10", "12", "22", "31", "41", *[None] * 9)
RETIREMENT_AGE = np.array([60, 60, 60, 58, 58, 58, 65, 60, 58, 58, 58, 58, 58, 58])
TYPICAL_LEVEL = np.array([5, 5, 4, 3, 2, 1, 5, 4, 3, 2, 3, 2, 1, 1])
"""Competency level that positions of this level mostly ask for (about domain rules §1.3)."""
NEXT_LEVEL = np.array([0, 1, 1, 2, 3, 4, 6, 6, 7, 8, 10, 10, 11, 12])
LADDER_FOOT = np.array([5] * 6 + [9] * 4 + [13] * 4)
"""Level at which the ladder of a level begins; a smaller index stands higher."""
JOB_CLASS = np.array([17, 16, 14, 11, 9, 5, 13, 11, 9, 8, 8, 7, 6, 5])

FAMILIES = (
    "KESEHATAN",
    "PENDIDIKAN",
    "INFRASTRUKTUR",
    "KEUANGAN",
    "PERENCANAAN",
    "HUKUM",
    "TIK",
    "ADMINISTRASI",
    "PELAYANAN",
    "LAINNYA",
)
FAMILY_SHORT = ("KES", "DIK", "INF", "KEU", "REN", "HUK", "TIK", "ADM", "YAN", "LAI")
FAMILY_TITLE = (
    "Perawat",
    "Guru",
    "Teknik Jalan dan Jembatan",
    "Analis Anggaran",
    "Perencana",
    "Analis Hukum",
    "Pranata Komputer",
    "Analis SDM Aparatur",
    "Pengelola Pelayanan Publik",
    "Pengawas Lapangan",
)

_LOCAL_UNITS = (
    ("Dinas Pendidikan", "PENDIDIKAN", 22.0),
    ("SMP Negeri", "PENDIDIKAN", 14.0),
    ("Dinas Kesehatan", "KESEHATAN", 10.0),
    ("RSUD", "KESEHATAN", 9.0),
    ("Puskesmas", "KESEHATAN", 9.0),
    ("Dinas Pekerjaan Umum dan Penataan Ruang", "INFRASTRUKTUR", 5.0),
    ("Badan Keuangan dan Aset Daerah", "KEUANGAN", 4.0),
    ("Bappeda", "PERENCANAAN", 3.0),
    ("Bagian Hukum – Sekretariat Daerah", "HUKUM", 1.5),
    ("Dinas Komunikasi, Informatika dan Statistik", "TIK", 3.0),
    ("BKPSDM", "ADMINISTRASI", 3.0),
    ("Bagian Umum – Sekretariat Daerah", "ADMINISTRASI", 4.0),
    ("Dinas Penanaman Modal dan Pelayanan Terpadu", "PELAYANAN", 3.0),
    ("Kecamatan", "PELAYANAN", 6.0),
    ("Satuan Polisi Pamong Praja", "LAINNYA", 3.5),
)
_CENTRAL_UNITS = (
    ("Sekretariat Utama", "ADMINISTRASI", 8.0),
    ("Biro Keuangan", "KEUANGAN", 5.0),
    ("Biro Perencanaan, Evaluasi dan Kerja Sama", "PERENCANAAN", 5.0),
    ("Biro Hukum", "HUKUM", 4.0),
    ("Biro Sumber Daya Manusia", "ADMINISTRASI", 5.0),
    ("Pusat Data dan Sistem Informasi", "TIK", 6.0),
    ("Pusat Pelatihan", "PENDIDIKAN", 5.0),
    ("Inspektorat – Pengawasan Internal", "LAINNYA", 4.0),
    ("Direktorat Layanan", "PELAYANAN", 12.0),
    ("Direktorat Teknis", None, 22.0),
    ("Kantor Wilayah", None, 24.0),
)
_REPEATED = ("SMP Negeri", "Puskesmas", "Kecamatan", "Kantor Wilayah", "Direktorat Teknis")


@dataclass(frozen=True)
class Structure:
    """All units, agency after agency; positions are a unit × level grid."""

    codes: pa.Array
    names: pa.Array
    family: IntArray
    region: IntArray
    weight: FloatArray
    offset: IntArray
    """First unit of each agency, and at the end the number of units."""
    region_codes: pa.Array
    region_is_remote: BoolArray
    position_codes: pa.Array
    """Functional and general positions by family × level, then managerial ones by unit × level."""

    def position(self, unit: IntArray, level: IntArray) -> IntArray:
        """Return the index into ``position_codes`` of a unit and level."""
        shared = self.family[unit] * len(LEVELS) + level
        own = (len(FAMILIES) + unit) * len(LEVELS) + level
        return np.where(level < PELAKSANA, own, shared)


def _units(agency: Agency, people: int) -> list[tuple[str, str, float]]:
    """Return name, family and weight of an agency's units; larger agencies repeat some."""
    copies = int(np.clip(people // 300, 1, 12))
    units: list[tuple[str, str, float]] = []
    for name, family, weight in _CENTRAL_UNITS if agency.is_central else _LOCAL_UNITS:
        own = family or agency.focus or "LAINNYA"
        times = copies if name in _REPEATED else 1
        numbered = [f"{name} {n + 1:02d}" if times > 1 else name for n in range(times)]
        units += [(unit, own, weight / times) for unit in numbered]
    return units


def _unit_regions(agency: Agency, count: int, codes: list[str], seed: int) -> list[int]:
    """Return the region of each unit: central agencies sit in Jakarta and in regional offices."""
    rng = stream(seed, "unit regions", int(agency.code))
    if agency.is_central:
        offices = rng.integers(0, len(codes), count)
        jakarta = codes.index("3171")
        return [jakarta if n < 9 else int(offices[n]) for n in range(count)]
    own = [n for n, code in enumerate(codes) if code.startswith(str(agency.region))]
    return [own[int(n)] for n in rng.integers(0, len(own), count)]


def build_structure(agencies: list[Agency], sizes: IntArray, seed: int) -> Structure:
    """Return the units and positions of every agency."""
    places = regions()
    region_codes = [region.code for region in places]
    codes, names, family, weight, region, offset = [], [], [], [], [], [0]
    for agency, people in zip(agencies, sizes.tolist(), strict=True):
        units = _units(agency, people)
        for number, (name, unit_family, unit_weight) in enumerate(units):
            codes.append(f"{agency.code}{number + 1:03d}")
            names.append(name)
            family.append(FAMILIES.index(unit_family))
            weight.append(unit_weight)
        region += _unit_regions(agency, len(units), region_codes, seed)
        offset.append(len(codes))
    shared = [f"{f}-{level}" for f in FAMILY_SHORT for level in _level_keys()]
    own = [f"{unit}-{level}" for unit in codes for level in _level_keys()]
    return Structure(
        codes=pa.array(codes),
        names=pa.array(names),
        family=np.array(family),
        region=np.array(region),
        weight=np.array(weight),
        offset=np.array(offset),
        region_codes=pa.array(region_codes),
        region_is_remote=np.array([place.is_remote for place in places]),
        position_codes=pa.array([*shared, *own]),
    )


def _level_keys() -> list[str]:
    return [f"{kind}{short}" for kind, short in zip(LEVEL_TYPE, LEVEL_SHORT, strict=True)]
