"""What stops a change that makes the month slower."""

import sys

import pytest
from e2e_home import PROJECT

sys.path.insert(0, str(PROJECT / "benchmarks"))

from nation import WORSE, guard


def test_a_month_within_the_bound_is_let_through(capsys: pytest.CaptureFixture[str]) -> None:
    guard(5.0 * WORSE, 5.0)
    assert "6.50 times the floor, recorded 5.00" in capsys.readouterr().out


def test_a_month_beyond_the_bound_fails_and_says_by_how_much() -> None:
    with pytest.raises(SystemExit, match=r"become slower: 6\.51 times the floor, recorded 5\.00"):
        guard(5.0 * WORSE + 0.01, 5.0)
