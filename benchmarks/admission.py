"""Admission against DuckDB's own conversion of the same bytes: the bound is 4 times.

    .venv/bin/python benchmarks/admission.py [--people 400000] [--files 64] [--record]

Writes synthetic CSVs of the three largest datasets, then in one run, one after the other: the floor
(``read_csv`` with types → zstd Parquet, one statement a dataset) and admission whole (plan, judge,
pseudonyms, lake, receipts, commit). The pair is repeated; the figure that counts is the median of
the ratios. ``--record`` keeps it in ``benchmarks/results/admission.json``.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import structlog
from common import SETS, admission, bare_conversion, machine, record, write_files

from asn_warehouse.settings import get_settings


def main() -> None:
    """Measure, print, and record when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=400_000)
    parser.add_argument("--files", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--datasets", nargs="+", default=list(SETS))
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    about = machine()
    with tempfile.TemporaryDirectory(prefix="asn-bench-") as folder:
        settings = get_settings(Path(folder) / "home")
        paths = write_files(settings, options.datasets, options.people, options.files)
        rows = options.people * 9 * len(paths)
        size = sum(path.stat().st_size for files in paths.values() for path in files)
        print(f"{rows:,} rows of {', '.join(paths)}, {size / 1024**2:.0f} MB")
        bare_conversion(settings, paths)
        runs = []
        for number in range(1, options.repeat + 1):
            floor, whole = bare_conversion(settings, paths), admission(settings, rows)
            runs.append(
                {
                    "floor_s": round(floor.wall, 2),
                    "admission_s": round(whole.wall, 2),
                    "floor_cpu_s": round(floor.cpu, 2),
                    "admission_cpu_s": round(whole.cpu, 2),
                }
            )
            print(
                f"run {number}: floor {floor.wall:.2f} s, admission {whole.wall:.2f} s,"
                f" {whole.wall / floor.wall:.2f}×, of processor time {whole.cpu / floor.cpu:.2f}×"
            )
    ratio = statistics.median(run["admission_s"] / run["floor_s"] for run in runs)
    work = statistics.median(run["admission_cpu_s"] / run["floor_cpu_s"] for run in runs)
    print(f"median ratio {ratio:.2f} (bound 4), of processor time {work:.2f}")
    if options.record:
        result = {
            "datasets": list(paths),
            "rows": rows,
            "files": options.files * len(paths),
            "bytes": size,
            "runs": runs,
            "median_ratio": round(ratio, 2),
            "median_cpu_ratio": round(work, 2),
            "machine": about,
        }
        record("admission", result)


if __name__ == "__main__":
    main()
