"""docs/security.md says what is declared, and the commands on it exist."""

import re
import subprocess
import sys
from pathlib import Path

from asn_warehouse.access.declaration import ROLES, SCHEMAS

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "security.md").read_text("utf-8")


def test_the_tables_are_not_stale() -> None:
    command = [sys.executable, str(PROJECT / "scripts" / "access_table.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run scripts/access_table.py"
    lines = re.findall(r"^\| `([\w.*]+)` \| `(asn_\w+)` \|", PAGE, re.MULTILINE)
    assert {name.partition(".")[0].replace("build_*", "build") for name, _ in lines} == {*SCHEMAS}
    assert {role for _, role in lines} <= set(ROLES)


def test_every_command_on_the_page_has_the_options_it_shows() -> None:
    shown = re.findall(r"`asn grant([^`]*)`", PAGE)
    assert len(shown) >= 5
    run = [sys.executable, "-c", "from asn_warehouse.cli import main; main()", "grant", "--help"]
    told = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    for options in shown:
        assert all(option in told for option in re.findall(r"--[\w-]+", options)), options


def test_the_files_it_names_are_there() -> None:
    for name in re.findall(r"\]\((\.\./[^)]+)\)|`(tests/[\w/]+\.py)`", PAGE):
        path = PROJECT / "docs" / name[0] if name[0] else PROJECT / name[1]
        assert path.is_file(), path
