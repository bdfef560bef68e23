"""Counts that no sum connects are looked at apart, and nothing of their sums is lost."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from named_cells import Equation, problem

from asn_warehouse.cell_system import System, system_of


def families(*sizes: int) -> System:
    """Return a system with a total of as many parts for each of ``sizes``."""
    counts: dict[Any, int | None] = {}
    equations = []
    for number, size in enumerate(sizes):
        parts = tuple((number, part) for part in range(size))
        counts |= dict.fromkeys(parts, 7) | {(number, "total"): 7 * size}
        equations.append(Equation((number, "total"), parts))
    made = problem(counts, equations, 5)
    return system_of(made.counts, made.sums, made.shown_elsewhere, made.same)


def numbers(sizes: tuple[int, ...], system: System, part: np.ndarray) -> list[int]:
    """Return of which families the counts of ``part`` are."""
    family = np.repeat(range(len(sizes)), [size + 1 for size in sizes])
    return sorted({int(family[cell]) for cell in system.members[part].indices})


def test_what_a_sum_connects_stays_together_and_small_parts_are_bundled() -> None:
    sizes = (9, 2, 3, 2)
    system = families(*sizes)
    parts = system.parts(8)
    assert sorted(np.concatenate(parts)) == list(range(len(system.values)))
    assert sorted(numbers(sizes, system, part) for part in parts) == [[0], [1, 2], [3]]


def test_a_part_has_the_sums_of_its_variables_and_no_others() -> None:
    system = families(9, 2, 3, 2)
    for variables in system.parts(8):
        part = system.part(variables)
        assert not (part.sums @ part.values).any()
        assert part.cells(part.values > 0) == {*system.members[variables].indices.tolist()}
        large = part.in_cells(part.values > 7)
        assert part.marked(large).sum() == large.sum() == part.sums.shape[0]
    assert sum(system.part(v).sums.shape[0] for v in system.parts(8)) == system.sums.shape[0] == 4


def system(counts: dict[Any, int], *sums: tuple[Any, tuple[Any, ...]]) -> System:
    made = problem(counts, [Equation(total, parts) for total, parts in sums], 5)
    return system_of(made.counts, made.sums, made.shown_elsewhere, made.same)


def rows(found: System) -> list[list[tuple[int, float]]]:
    """Return each sum as its variables and factors."""
    ends = found.sums.indptr
    entries = list(zip(found.sums.indices.tolist(), found.sums.data.tolist(), strict=True))
    return [entries[start:end] for start, end in pairwise(ends)]


def test_counts_that_are_all_of_their_total_are_one_variable_in_every_sum() -> None:
    """Counts of the same value that no sum calls equal stay apart."""
    counts = {"a": 3, "ab": 8, "b": 5, "c": 5, "ac": 8, "d": 8, "zero": 0, "e": 4, "de": 12}
    found = system(
        counts,
        ("b", ("c", "zero")),
        ("ab", ("a", "b")),
        ("ac", ("a", "c")),
        ("ac", ("d",)),
        ("de", ("d", "e")),
        ("de", ("ac", "e")),
    )
    names = [{list(counts)[cell] for cell in variable.indices} for variable in found.members]
    assert names == [{"a"}, {"ab"}, {"b", "c"}, {"ac", "d"}, {"e"}, {"de"}]
    assert rows(found) == [
        [(0, 1), (1, -1), (2, 1)],
        [(0, 1), (2, 1), (3, -1)],
        [(3, 1), (4, 1), (5, -1)],
    ]


@given(st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=6), max_size=12))
def test_each_sum_stands_once_in_the_order_of_its_variables(drawn: list[list[int]]) -> None:
    """Counts are 1, 2, 4 …, so that every sum is of its own; a part may stand in it twice."""
    counts: dict[Any, int] = {part: 2**part for part in range(7)}
    for parts in drawn:
        counts["total", *sorted(parts)] = sum(2**part for part in parts)
    found = system(counts, *((("total", *sorted(parts)), tuple(parts)) for parts in drawn))
    order = rows(found)
    assert order == sorted(order)
    assert len({tuple(row) for row in order}) == len(order)
    assert all(row[0][1] > 0 for row in order)
    assert not (found.sums @ found.values).any()
    firsts = [variable.indices.min() for variable in found.members]
    assert firsts == sorted(firsts)


def test_a_sum_that_does_not_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="does not hold"):
        system({"a": 1, "b": 2, "all": 4}, ("all", ("a", "b")))
