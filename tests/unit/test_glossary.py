"""The glossary is what the contracts and the staging models say."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_the_glossary_is_not_stale_and_leaves_no_word_without_its_pair() -> None:
    command = [sys.executable, str(PROJECT / "scripts" / "glossary.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run scripts/glossary.py"
    text = (PROJECT / "docs" / "glossary.md").read_text("utf-8")
    hidden = [line.split("|")[1].strip() for line in text.splitlines() if "vault" in line]
    assert hidden == ["`nama`", "`tanggal_lahir`", "`tmt_cpns`", "`tmt_pensiun`"]
