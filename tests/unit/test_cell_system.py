"""Counts that no sum connects are looked at apart, and nothing of their sums is lost."""

from typing import Any

import numpy as np

from asn_warehouse.cell_system import Equation, System, system_of


def families(*sizes: int) -> System:
    """Return a system with a total of as many parts for each of ``sizes``."""
    counts: dict[Any, int | None] = {}
    equations = []
    for number, size in enumerate(sizes):
        parts = tuple((number, part) for part in range(size))
        counts |= dict.fromkeys(parts, 7) | {(number, "total"): 7 * size}
        equations.append(Equation((number, "total"), parts))
    return system_of(counts, equations)


def numbers(system: System, part: np.ndarray) -> list[Any]:
    """Return of which families the counts of ``part`` are."""
    cells: list[Any] = [cell for v in part for cell in system.members[v]]
    return sorted({cell[0] for cell in cells})


def test_what_a_sum_connects_stays_together_and_small_parts_are_bundled() -> None:
    system = families(9, 2, 3, 2)
    parts = system.parts(8)
    assert sorted(np.concatenate(parts)) == list(range(len(system.values)))
    assert sorted(numbers(system, part) for part in parts) == [[0], [1, 2], [3]]


def test_a_part_has_the_sums_of_its_variables_and_no_others() -> None:
    system = families(9, 2, 3, 2)
    for variables in system.parts(8):
        part = system.part(variables)
        assert not (part.sums @ part.values).any()
        assert list(part.members) == [system.members[v] for v in variables]
        assert part.marked(part.cells(part.values > 7)).sum() == part.sums.shape[0]
    assert sum(system.part(v).sums.shape[0] for v in system.parts(8)) == system.sums.shape[0] == 4
