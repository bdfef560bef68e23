"""What all tests share: the helpers beside this file can be imported by name."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support import Home, make_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with reference files, two agencies and the calendar of 2026-10 and 2026-11."""
    return make_home(tmp_path / "home")
