"""A run of the tests says what they measured."""

import subprocess
import sys
from pathlib import Path

TESTS = """
def test_readers(record_property):
    record_property("longest_stall_seconds", 0.21)
    record_property("looks", 7)

def test_nothing():
    pass
"""


def test_what_a_test_measured_is_printed_at_the_end_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "measured", "-p", "no:cacheprovider", tmp_path],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "= measured =" in done.stdout
    assert "test_readers: longest_stall_seconds 0.21, looks 7" in done.stdout
    assert "test_nothing:" not in done.stdout
