"""What one more small file costs beyond its bytes: the bound is 15 milliseconds.

    .venv/bin/python benchmarks/small_files.py [--files 640] [--rows 8000] [--record]

The same rows as one file of one agency, and as a file from each of 640 agencies, are admitted one
after the other in one run. The pair is repeated; the figure that counts is the median of the
differences, divided by the files that there are more. ``--record`` keeps it in
``benchmarks/results/small_files.json``.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import structlog
from common import admission, machine, record, write_files

from asn_warehouse.settings import get_settings

DATASET = "penilaian_kompetensi"


def main() -> None:
    """Measure, print, and record when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=640)
    parser.add_argument("--rows", type=int, default=8_000, help="of one file")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    about = machine()
    people = options.files * options.rows // 9
    with tempfile.TemporaryDirectory(prefix="asn-bench-") as folder:
        one, many = (get_settings(Path(folder) / name) for name in ("one", "many"))
        write_files(one, [DATASET], people, 1)
        write_files(many, [DATASET], people, options.files)
        runs = []
        for number in range(1, options.repeat + 1):
            whole, split = admission(one, people * 9), admission(many, people * 9)
            more = options.files - 1
            run = {
                "one_s": round(whole.wall, 2),
                "many_s": round(split.wall, 2),
                "ms": round(1000 * (split.wall - whole.wall) / more, 2),
                "cpu_ms": round(1000 * (split.cpu - whole.cpu) / more, 2),
            }
            runs.append(run)
            print(f"run {number}: {run}")
    cost, work = (statistics.median(run[key] for run in runs) for key in ("ms", "cpu_ms"))
    print(f"median {cost:.1f} ms a file (bound 15), of processor time {work:.1f} ms")
    if options.record:
        result = {
            "dataset": DATASET,
            "rows": people * 9,
            "files": options.files,
            "runs": runs,
            "median_ms": cost,
            "median_cpu_ms": work,
            "machine": about,
        }
        record("small_files", result)


if __name__ == "__main__":
    main()
