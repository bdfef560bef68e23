"""The officers' page says what the contracts say, and shows pictures that are there."""

import re
import subprocess
import sys
from pathlib import Path

from asn_warehouse.contracts import datasets
from asn_warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "agencies.md").read_text("utf-8")
PICTURE_BYTES = 150 * 1024


def test_the_table_of_datasets_is_not_stale() -> None:
    command = [sys.executable, str(PROJECT / "scripts" / "agencies_table.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run scripts/agencies_table.py"
    rows = re.findall(r"^\| `(\w+)` \| .*? \| (?:keadaan|kejadian) \|", PAGE, re.MULTILINE)
    assert rows == list(datasets(Settings()))


def test_every_picture_is_there_and_small() -> None:
    shown = re.findall(r"images/[\w-]+\.png", PAGE)
    assert len(shown) == 3
    for name in shown:
        assert 0 < (PROJECT / "docs" / name).stat().st_size <= PICTURE_BYTES, name


def test_every_command_on_the_page_has_the_options_it_shows() -> None:
    shown = set(re.findall(r"^asn (\w+) .*", PAGE, re.MULTILINE))
    assert shown == {"template", "check"}
    for command in shown:
        run = [sys.executable, "-c", "from asn_warehouse.cli import main; main()", command]
        told = subprocess.run([*run, "--help"], capture_output=True, text=True, check=True).stdout
        for line in re.findall(rf"^asn {command} .*", PAGE, re.MULTILINE):
            assert all(option in told for option in re.findall(r"--\w+", line)), line
