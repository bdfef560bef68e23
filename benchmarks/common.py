"""What the benchmarks share: a home, files of the three largest datasets, and the floor."""

import csv
import json
import platform
import shutil
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from asn_warehouse.admission import ingest
from asn_warehouse.contracts import Column, dataset
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

PERIOD = Period(2026, 10)
RESULTS = Path(__file__).parent / "results"
PEOPLE = """
    create table person as
    select range as k, (1962 + k % 38)::varchar || lpad((1 + k // 38 % 12)::varchar, 2, '0')
        || lpad((1 + k // 456 % 28)::varchar, 2, '0') || (1990 + k % 38)::varchar
        || lpad((1 + k // 12768 % 12)::varchar, 2, '0') || (1 + k % 2)::varchar
        || lpad((1 + k // 12768 % 998)::varchar, 3, '0') as nip
    from range(?)
"""
SETS = {
    "penilaian_kompetensi": """
        select nip, (date '2024-01-01' + (hash(k) % 900)::integer)::varchar as tanggal_penilaian,
            item as kode_kompetensi, 'PEMETAAN' as tujuan,
            (1 + hash(k, item) % 5)::integer as level_capaian,
            case when k % 2 = 0 then 'ASSESSMENT_CENTER' else 'CACT' end as metode,
            null as kode_jabatan_sasaran, 'Pusat Penilaian Kompetensi ASN' as penyelenggara
        from person, (select unnest(
            ['M.01', 'M.02', 'M.03', 'M.04', 'M.05', 'M.06', 'M.07', 'M.08', 'SK.01']) as item)""",
    "peserta_pelatihan": """
        select nip, '4011-PKA-' || lpad((hash(k, item) % 400)::varchar, 3, '0') as kode_program,
            item::varchar as angkatan, 40 + hash(k) % 40 as nilai_pre,
            (60 + hash(k, item) % 400 / 10)::decimal(5, 1) as nilai_post, 100 as skala_maks,
            'LULUS' as status, 40 as jp_diakui, 'SERT/' || k || '/' || item as nomor_sertifikat,
            (date '2026-01-01' + (hash(k, item) % 270)::integer)::varchar as tanggal_selesai
        from person, (select unnest(range(9)) as item)""",
    "survei_pelatihan": """
        select 'R-' || substr(md5(k::varchar), 1, 12) as id_responden,
            '4011-PKA-' || lpad((hash(k) % 400)::varchar, 3, '0') as kode_program,
            item // 5 + 1 as angkatan, 'REAKSI' as tahap,
            ['MATERI', 'PENGAJAR', 'METODE', 'FASILITAS', 'MANFAAT'][item % 5 + 1] as butir,
            (1 + hash(k, item) % 5)::integer as skor
        from person, (select unnest(range(9)) as item)""",
}
"""The three largest datasets: nine rows of each for every person."""


def write_reference(settings: Settings, codes: list[str]) -> None:
    """Write the operator's reference files for agencies ``codes``."""
    settings.reference.mkdir(parents=True)
    reference = {
        "instansi": (
            ["kode_instansi", "nama_instansi", "jenis", "berlaku_mulai"],
            [[code, f"Instansi {code}", "KABUPATEN", "2020-01-01"] for code in codes],
        ),
        "kalender": (
            ["period", "dataset", "jatuh_tempo", "wajib"],
            [[str(PERIOD), name, "2026-11-08", "Y"] for name in SETS],
        ),
        "wilayah": (["kode_wilayah", "nama", "kode_provinsi", "terpencil"], []),
    }
    for name, (header, lines) in reference.items():
        with (settings.reference / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *lines])


def write_files(
    settings: Settings, names: list[str], people: int, files: int
) -> dict[str, list[Path]]:
    """Write ``files`` CSVs of each dataset in ``names``, one per agency, nine rows per person."""
    codes = [f"{7000 + index}" for index in range(files)]
    write_reference(settings, codes)
    paths: dict[str, list[Path]] = {name: [] for name in names}
    with duckdb.connect() as connection:
        connection.execute(PEOPLE, [people])
        for name in names:
            for index, code in enumerate(codes):
                path = settings.landing / str(PERIOD) / code / f"{name}.csv"
                path.parent.mkdir(parents=True, exist_ok=True)
                first, last = people * index // files, people * (index + 1) // files
                connection.execute(
                    f"copy ({SETS[name]} where k >= {first} and k < {last} order by k, item)"
                    f" to '{path}' (header)"
                )
                paths[name].append(path)
    return paths


class Cost(NamedTuple):
    """What something took, in seconds: on the clock, and of all processors together."""

    wall: float
    cpu: float


class _Meter:
    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Cost:
        return Cost(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def bare_conversion(settings: Settings, paths: dict[str, list[Path]]) -> Cost:
    """Return what DuckDB's typed CSV → zstd Parquet takes, one statement a dataset."""
    target = settings.home / "floor.parquet"
    meter = _Meter()
    with duckdb.connect() as connection:
        for name, files in paths.items():
            columns = {c.name: c.lake_type for c in _written(settings, name, files[0])}
            connection.execute(
                f"copy (select * from read_csv(?, header = true, columns = {columns}))"
                f" to '{target}' (format parquet, compression zstd)",
                [[str(path) for path in files]],
            )
    cost = meter.read()
    target.unlink()
    return cost


def _written(settings: Settings, name: str, path: Path) -> list[Column]:
    with path.open() as file:
        header = file.readline().strip().split(",")
    return [dataset(settings, name).column(column) for column in header]


def admission(settings: Settings, rows: int) -> Cost:
    """Return what admission whole takes, into a lake that is removed afterwards."""
    meter = _Meter()
    summary = ingest(settings, PERIOD)
    cost = meter.read()
    if summary.rows_accepted != rows or summary.rows_rejected:
        raise SystemExit(f"{summary.rows_accepted} rows accepted instead of {rows}")
    for folder in (settings.lake, settings.outbox, settings.vault / "rejected"):
        shutil.rmtree(folder, ignore_errors=True)
    return cost


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    with duckdb.connect() as connection:
        threads = connection.execute("select current_setting('threads')").fetchall()[0][0]
    return {
        "processor": model,
        "threads": threads,
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "load_before": Path("/proc/loadavg").read_text().split()[0],
    }


def record(name: str, result: dict[str, object]) -> None:
    """Keep a result in ``benchmarks/results``."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    measured_on = datetime.now(tz=UTC).date().isoformat()
    path.write_text(json.dumps({"measured_on": measured_on, **result}, indent=2) + "\n")
    print(f"recorded in {path}")


def recorded(name: str) -> dict[str, Any]:
    """Return the result that is kept under ``name``."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return found
