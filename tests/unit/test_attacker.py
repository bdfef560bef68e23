"""The attacker of the disclosure tests: what it must find, and what it cannot."""

from attacker import narrow
from named_cells import Equation, suppress

from asn_warehouse.disclosure import Status

COUNTS = {"t": 60, "a": 3, "b": 7, "c": 50}
SUM = Equation("t", ("a", "b", "c"))
THRESHOLD = 5


def bounds(hidden, counts=COUNTS, equations=(SUM,)):
    return narrow(counts, hidden, [(e.total, e.parts) for e in equations], THRESHOLD)


def test_without_complements_the_attacker_computes_what_is_hidden():
    small = {cell for cell, count in COUNTS.items() if count < THRESHOLD}
    assert bounds(small) == {"a": (3.0, 3.0)}


def test_with_complements_the_attacker_is_left_with_too_many_values():
    statuses = suppress(COUNTS, [SUM], THRESHOLD)
    hidden = {c for c, status in statuses.items() if status is Status.SUPPRESSED}
    assert hidden == {"a", "b"}
    assert bounds(hidden) == {}


def test_two_hidden_counts_of_a_small_sum_are_bounded():
    assert set(bounds({"a", "b"}, {"t": 24, "a": 2, "b": 2, "c": 20})) == {"a", "b"}


def test_a_month_before_gives_away_what_did_not_change():
    counts = {**COUNTS, "b before": 7}
    same = Equation("b before", ("b",))
    assert bounds({"a", "b"}, counts, (SUM, same)) == {"a": (3.0, 3.0), "b": (7.0, 7.0)}


def test_nothing_is_known_of_a_hidden_count_that_is_in_no_sum():
    assert bounds({"a"}, equations=()) == {}
