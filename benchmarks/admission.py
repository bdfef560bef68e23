"""Admission of competency assessments against DuckDB's bare conversion of the same bytes.

    .venv/bin/python benchmarks/admission.py [--rows 5000000] [--files 64] [--record]

Writes synthetic CSVs, then in one run, one after the other: the floor (``read_csv`` with types →
zstd Parquet, one statement) and admission whole (plan, judge, pseudonyms, lake, receipts, commit).
The pair is repeated; the figure that counts is the median of the ratios. ``--record`` keeps it in
``benchmarks/results/admission.json`` with the machine it ran on.
"""

import argparse
import csv
import json
import platform
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb
import structlog

from asn_warehouse.admission import ingest
from asn_warehouse.contracts import dataset
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings, get_settings

PERIOD = Period(2026, 10)
DATASET = "penilaian_kompetensi"
RESULT = Path(__file__).parent / "results" / "admission.json"


def write_files(settings: Settings, rows: int, files: int) -> list[Path]:
    """Write ``files`` CSVs, one per agency, with about ``rows`` rows in all, nine per person."""
    settings.reference.mkdir(parents=True)
    codes = [f"{7000 + index}" for index in range(files)]
    reference = {
        "instansi": (
            ["kode_instansi", "nama_instansi", "jenis", "berlaku_mulai"],
            [[code, f"Instansi {code}", "KABUPATEN", "2020-01-01"] for code in codes],
        ),
        "kalender": (
            ["period", "dataset", "jatuh_tempo", "wajib"],
            [[str(PERIOD), DATASET, "2026-11-08", "Y"]],
        ),
        "wilayah": (["kode_wilayah", "nama", "kode_provinsi", "terpencil"], []),
    }
    for name, (header, lines) in reference.items():
        with (settings.reference / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *lines])
    connection = duckdb.connect()
    connection.execute(
        """create table person as
        select range as k, (1962 + k % 38)::varchar || lpad((1 + k // 38 % 12)::varchar, 2, '0')
            || lpad((1 + k // 456 % 28)::varchar, 2, '0') || (1990 + k % 38)::varchar
            || lpad((1 + k // 12768 % 12)::varchar, 2, '0') || (1 + k % 2)::varchar
            || lpad((1 + k // 12768 % 998)::varchar, 3, '0') as nip
        from range(?)""",
        [rows // 9],
    )
    connection.execute(
        """create table competency as select unnest(
        ['M.01', 'M.02', 'M.03', 'M.04', 'M.05', 'M.06', 'M.07', 'M.08', 'SK.01']) as code"""
    )
    paths = []
    for index, code in enumerate(codes):
        path = settings.landing / str(PERIOD) / code / f"{DATASET}.csv"
        path.parent.mkdir(parents=True)
        connection.execute(
            f"""copy (
            select nip,
                (date '2024-01-01' + (hash(k) % 900)::integer)::varchar as tanggal_penilaian,
                code as kode_kompetensi, 'PEMETAAN' as tujuan,
                (1 + hash(k, code) % 5)::integer as level_capaian,
                case when k % 2 = 0 then 'ASSESSMENT_CENTER' else 'CACT' end as metode,
                null as kode_jabatan_sasaran, 'Pusat Penilaian Kompetensi ASN' as penyelenggara
            from person, competency where k % {files} = {index} order by k, code
            ) to '{path}' (header)"""
        )
        paths.append(path)
    connection.close()
    return paths


def bare_conversion(settings: Settings, paths: list[Path]) -> float:
    """Return the seconds of DuckDB's typed CSV → zstd Parquet, one statement, checks none."""
    columns = {c.name: c.lake_type for c in dataset(settings, DATASET).columns}
    target = settings.home / "floor.parquet"
    started = time.perf_counter()
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * from read_csv(?, header = true, columns = {columns}))"
            f" to '{target}' (format parquet, compression zstd)",
            [[str(path) for path in paths]],
        )
    seconds = time.perf_counter() - started
    target.unlink()
    return seconds


def admission(settings: Settings, rows: int) -> float:
    """Return the seconds of admission whole, into a lake that is removed afterwards."""
    started = time.perf_counter()
    summary = ingest(settings, PERIOD)
    seconds = time.perf_counter() - started
    if summary.rows_accepted != rows or summary.rows_rejected:
        raise SystemExit(f"{summary.rows_accepted} rows accepted instead of {rows}")
    for folder in (settings.lake, settings.outbox, settings.vault / "rejected"):
        shutil.rmtree(folder, ignore_errors=True)
    return seconds


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


def main() -> None:
    """Measure, print, and record when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--files", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    about = machine()
    with tempfile.TemporaryDirectory(prefix="asn-bench-") as folder:
        settings = get_settings(Path(folder) / "home")
        paths = write_files(settings, options.rows, options.files)
        rows = options.rows // 9 * 9
        size = sum(path.stat().st_size for path in paths)
        print(f"{rows:,} rows in {len(paths)} files, {size / 1024**2:.0f} MB")
        bare_conversion(settings, paths)
        runs = []
        for number in range(1, options.repeat + 1):
            floor, whole = bare_conversion(settings, paths), admission(settings, rows)
            runs.append({"floor_s": round(floor, 2), "admission_s": round(whole, 2)})
            print(
                f"run {number}: floor {floor:.2f} s, admission {whole:.2f} s, {whole / floor:.2f}×"
            )
    ratio = statistics.median(run["admission_s"] / run["floor_s"] for run in runs)
    print(f"median ratio {ratio:.2f} (bound 4)")
    if options.record:
        result = {
            "measured_on": datetime.now(tz=UTC).date().isoformat(),
            "rows": rows,
            "files": len(paths),
            "bytes": size,
            "runs": runs,
            "median_ratio": round(ratio, 2),
            "machine": about,
        }
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(result, indent=2) + "\n")
        print(f"recorded in {RESULT}")


if __name__ == "__main__":
    main()
