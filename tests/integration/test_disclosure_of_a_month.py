"""A published month, all protected tables together, attacked from outside.

To look at every hidden count by itself takes long: chance clears most of them, and of those left
some are looked at here. With ``ASN_ATTACK_ALL=1`` all of them are.
"""

import os

import pytest
from attacker import narrow
from e2e_home import Month
from published_months import Published

TRIES = None if os.environ.get("ASN_ATTACK_ALL") else 12


@pytest.fixture(scope="module")
def published(month: Month) -> Published:
    folder = month.settings.warehouse / "publications" / "2026-10" / "v1"
    return Published(folder)


def test_no_hidden_count_of_a_month_can_be_bounded(published: Published) -> None:
    wanted = {cell for cell in published.suppressed if cell in published.counts}
    assert len(wanted) > 5_000
    told = narrow(published.counts, published.unseen, published.sums, 5, wanted=wanted, tries=TRIES)
    assert told == {}


def test_without_complements_hundreds_of_counts_are_told(published: Published) -> None:
    small = {cell for cell, value in published.counts.items() if value and value < 5}
    told = narrow(published.counts, small, published.sums, 5, tries=50)
    assert len(told) > 100


def test_whatever_is_below_the_threshold_is_hidden_and_no_zero_is(published: Published) -> None:
    for cell, value in published.counts.items():
        if value and value < 5:
            assert cell in published.unseen
    assert not any(published.counts[cell] == 0 for cell in published.suppressed)
