"""What a single faulty file may cost: less than a gigabyte, measured in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from e2e_home import environment
from faults.catalogue import Case
from faults.heavy import CASES
from support import AGENCY, PERIOD, Home

LIMIT_BYTES = 1024**3
SECONDS = 300
MEASURED = """
import json, sys
from pathlib import Path
from asn_warehouse.cli import main
try:
    main()
finally:
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
    open(sys.argv[0], "w").write(json.dumps(peak))
"""


def check(home: Home, case: Case, path: Path) -> tuple[int, str, int]:
    """Return exit code, what was said, and the peak of memory in bytes of ``asn check``."""
    noted = path.with_name("peak.json")
    command = MEASURED.replace("sys.argv[0]", repr(str(noted)))
    options = ["--dataset", case.dataset, "--agency", AGENCY, "--period", PERIOD]
    ended = subprocess.run(
        [sys.executable, "-c", command, "check", str(path), *options],
        env=environment(home.settings.home) | {"COLUMNS": "500"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr, json.loads(noted.read_text())


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_heavy_file_is_answered_within_a_gigabyte(home: Home, tmp_path: Path, case: Case) -> None:
    path = tmp_path / case.name
    case.write(path)
    code, said, peak = check(home, case, path)
    assert code == case.answer.exit_code, said
    assert case.answer.says in " ".join(said.split())
    assert peak < LIMIT_BYTES, f"{peak / 1024**2:.0f} MB"
