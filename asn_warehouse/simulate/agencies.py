"""The agencies of a simulation: who they are, how large, and the operator's reference files."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings
from asn_warehouse.simulate.draws import IntArray, share_out, stream
from asn_warehouse.simulate.places import PROVINCES, Region, agency_numbers, regions
from asn_warehouse.simulate.spec import DATASETS, SimulationSpec

KENDARI = "7471"
DUE_DAY = 8


@dataclass(frozen=True)
class Agency:
    """An agency with its place in the state and a typical head count."""

    code: str
    name: str
    kind: str
    region: str | None
    typical_size: float
    focus: str | None = None

    @property
    def is_central(self) -> bool:
        """Whether it serves the whole country."""
        return self.kind in ("KEMENTERIAN", "KEMENKO", "LPNK", "LNS")


_CENTRAL = (
    Agency("4011", "Badan Kepegawaian Negara", "LPNK", None, 2_600, "ADMINISTRASI"),
    Agency("4012", "Lembaga Administrasi Negara", "LPNK", None, 1_100, "ADMINISTRASI"),
    Agency("3024", "Kementerian Kesehatan", "KEMENTERIAN", None, 15_000, "KESEHATAN"),
    Agency(
        "2060",
        "Kementerian Pendayagunaan Aparatur Negara dan Reformasi Birokrasi",
        "KEMENTERIAN",
        None,
        900,
        "PELAYANAN",
    ),
    Agency("3011", "Kementerian Keuangan", "KEMENTERIAN", None, 24_000, "KEUANGAN"),
    Agency("4031", "Badan Pusat Statistik", "LPNK", None, 6_000, "PERENCANAAN"),
    Agency("2010", "Kementerian Dalam Negeri", "KEMENTERIAN", None, 4_500, "PELAYANAN"),
    Agency("3033", "Kementerian Pekerjaan Umum", "KEMENTERIAN", None, 9_000, "INFRASTRUKTUR"),
    Agency("3059", "Kementerian Komunikasi dan Digital", "KEMENTERIAN", None, 3_000, "TIK"),
    Agency("4101", "Komisi Nasional Hak Asasi Manusia", "LNS", None, 700, "HUKUM"),
    Agency("1010", "Kementerian Koordinator Bidang Pangan", "KEMENKO", None, 700, "PERENCANAAN"),
    Agency("3025", "Kementerian Agama", "KEMENTERIAN", None, 60_000, "PENDIDIKAN"),
)
_PROVINCES_FIRST = ("32", "74", "33", "95", "53")
_REGIONS_FIRST = (
    "7471",
    "3273",
    "7407",
    "3310",
    "5314",
    "7472",
    "9501",
    "3503",
    "7412",
    "7371",
    "1209",
    "7208",
    "3374",
)
_TYPICAL = {"PROVINSI": 17_000.0, "KABUPATEN": 7_500.0, "KOTA": 6_500.0}


def _province(code: str) -> Agency:
    name = next(p[1] for p in PROVINCES if p[0] == code)
    number = f"{agency_numbers()[code]}00"
    return Agency(number, f"Pemerintah Provinsi {name}", "PROVINSI", code, _TYPICAL["PROVINSI"])


def _local(region: Region) -> Agency:
    kind = "KOTA" if region.is_city else "KABUPATEN"
    number = f"{agency_numbers()[region.province]}{region.code[2:]}"
    size = _TYPICAL[kind] * (0.5 if region.is_remote else 1.0)
    return Agency(number, f"Pemerintah {region.name}", kind, region.code, size)


def _candidates() -> list[Agency]:
    """Return every agency that can be simulated, the ones that a small run needs first."""
    by_code = {region.code: region for region in regions()}
    local = [_local(by_code[code]) for code in _REGIONS_FIRST]
    provinces = [_province(code) for code in _PROVINCES_FIRST]
    first = [local[0], *_CENTRAL[:2], local[1], provinces[0], _CENTRAL[2], local[2], provinces[1]]
    first += [*local[3:6], _CENTRAL[3], provinces[2], *local[6:9], _CENTRAL[4], provinces[3]]
    first += [*_CENTRAL[5:7], *local[9:12], provinces[4], local[12], *_CENTRAL[7:]]
    rest = [_province(p[0]) for p in PROVINCES if p[0] not in _PROVINCES_FIRST]
    rest += [_local(r) for r in by_code.values() if r.code not in (*_REGIONS_FIRST, "3171")]
    more = [
        Agency(f"4{n}", f"Lembaga Pemerintah Nonkementerian {n - 199}", "LPNK", None, 1_800)
        for n in range(200, 300)
    ]
    return [*first, *rest, *more]


def choose_agencies(spec: SimulationSpec) -> list[Agency]:
    """Return the agencies of the simulation; Kendari, BKN and LAN always come first."""
    return _candidates()[: spec.agencies]


def agency_sizes(spec: SimulationSpec, agencies: list[Agency]) -> IntArray:
    """Return people per agency: heavy-tailed, summing to ``spec.people``, none too small."""
    rng = stream(spec.seed, "sizes")
    noise = np.exp(rng.normal(0.0, 0.45, len(agencies)))
    noise[0] = 1.0
    weights = np.array([agency.typical_size for agency in agencies]) * noise
    return share_out(spec.people, weights, spec.least_people)


def _write(path: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_reference(settings: Settings, spec: SimulationSpec, agencies: list[Agency]) -> None:
    """Write the operator's ``instansi``, ``kalender`` and ``wilayah``."""
    _write(
        settings.reference / "instansi.csv",
        [
            "kode_instansi",
            "nama_instansi",
            "jenis",
            "kode_wilayah",
            "berlaku_mulai",
            "berlaku_sampai",
            "kode_pengganti",
        ],
        (
            [a.code, a.name, a.kind, _region_code(a), "2015-01-01", "", ""]
            for a in sorted(agencies, key=lambda a: a.code)
        ),
    )
    _write(
        settings.reference / "kalender.csv",
        ["period", "dataset", "jatuh_tempo", "wajib"],
        (
            [str(period), dataset, due_on(period).isoformat(), _is_due(period, dataset)]
            for period in spec.periods
            for dataset in DATASETS
        ),
    )
    _write(
        settings.reference / "wilayah.csv",
        ["kode_wilayah", "nama", "kode_provinsi", "terpencil"],
        ([r.code, r.name, r.province, "Y" if r.is_remote else "T"] for r in regions()),
    )


def _region_code(agency: Agency) -> str:
    """Return the four-digit seat: the city or regency itself, a province's first city."""
    if agency.region is None:
        return "3171"
    if len(agency.region) == 4:
        return agency.region
    own = [region.code for region in regions() if region.province == agency.region]
    return next((code for code in own if code[2:] >= "71"), own[0])


def due_on(period: Period) -> date:
    """Return the day by which the files of a month are due."""
    return period.next().first_day.replace(day=DUE_DAY)


def _is_due(period: Period, dataset: str) -> str:
    """Standards are due once a quarter, staff surveys at its end, the rest every month.

    Selections and sanctions are never due: an agency may have had none.
    """
    never = dataset in ("seleksi", "hukuman_disiplin")
    quarterly = {"standar_kompetensi": 1, "survei_kepuasan_kerja": 0}
    is_due = period.month % 3 == quarterly.get(dataset, period.month % 3)
    return "Y" if is_due and not never else "T"
