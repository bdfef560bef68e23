"""An attacker who bounds hidden counts by linear programming; shares no code with the protection.

What the attacker knows: every shown cell, every sum that holds, and that a hidden count is at
least 1; of two months also which counts stayed the same. A hidden cell is safe if its largest
possible value is at least ``width`` above its smallest.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

Cell = Hashable
Sum = tuple[Cell, Sequence[Cell]]
_ROUNDS = 12
_ROUNDING = 1e-5
_LARGE = 3_000
_FAR = 1_000


def narrow(
    counts: Mapping[Cell, int | None],
    hidden: Collection[Cell],
    sums: Iterable[Sum],
    width: int,
    *,
    wanted: Collection[Cell] | None = None,
    tries: int | None = None,
) -> dict[Cell, tuple[float, float]]:
    """Return the bounds of every hidden cell that can be told to less than ``width``.

    ``wanted`` are the hidden cells that interest the attacker, all of them by default. Cells that
    chance does not clear are looked at one by one: of those that hang together ``tries`` at most.
    """
    found: dict[Cell, tuple[float, float]] = {}
    for cells, equations in _parts(set(hidden), sums, counts):
        is_wanted = np.array([wanted is None or cell in wanted for cell in cells])
        found |= _narrow(counts, cells, equations, width, is_wanted, tries)
    return found


def over_months(
    months: Sequence[tuple[Mapping[Cell, int | None], Collection[Cell], Sequence[Sum]]],
    same: Iterable[tuple[Cell, Cell]],
    width: int,
    *,
    wanted: Collection[Cell] | None = None,
) -> dict[Cell, tuple[float, float]]:
    """Return what is told of months together: counts, hidden cells and sums of each.

    ``same`` are cells of the first month and of the second whose counts the attacker knows to be
    equal. Cells in the answer, and in ``wanted``, are (number of the month, cell).
    """
    counts = {(n, c): v for n, (values, _, _) in enumerate(months) for c, v in values.items()}
    hidden = {(n, c) for n, (_, cells, _) in enumerate(months) for c in cells}
    sums: list[Sum] = [
        ((n, total), [(n, part) for part in parts])
        for n, (_, _, known) in enumerate(months)
        for total, parts in known
    ]
    sums += [((0, one), [(1, other)]) for one, other in same]
    return narrow(counts, hidden, sums, width, wanted=wanted)


def _parts(
    hidden: set[Cell], sums: Iterable[Sum], counts: Mapping[Cell, int | None]
) -> list[tuple[list[Cell], list[tuple[dict[Cell, int], int]]]]:
    """Return hidden cells that hang together, with what is known of their weighted sums."""
    leader = {cell: cell for cell in hidden}

    def lead(cell: Cell) -> Cell:
        while leader[cell] != cell:
            leader[cell] = leader[leader[cell]]
            cell = leader[cell]
        return cell

    known: list[tuple[dict[Cell, int], int]] = []
    for total, parts in sums:
        factors: dict[Cell, int] = defaultdict(int)
        right = 0
        for cell, sign in [(total, -1), *((part, 1) for part in parts)]:
            if cell in hidden:
                factors[cell] += sign
            else:
                right -= sign * (counts[cell] or 0)
        factors = {cell: factor for cell, factor in factors.items() if factor}
        if factors:
            known.append((factors, right))
            first, *others = factors
            for other in others:
                leader[lead(other)] = lead(first)
    members: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in sorted(hidden, key=repr):
        members[lead(cell)].append(cell)
    held: dict[Cell, list[tuple[dict[Cell, int], int]]] = defaultdict(list)
    for factors, right in known:
        held[lead(next(iter(factors)))].append((factors, right))
    return [(cells, held[top]) for top, cells in members.items() if held[top]]


def _narrow(
    counts: Mapping[Cell, int | None],
    cells: list[Cell],
    equations: list[tuple[dict[Cell, int], int]],
    width: int,
    is_wanted: np.ndarray,
    tries: int | None,
) -> dict[Cell, tuple[float, float]]:
    place = {cell: i for i, cell in enumerate(cells)}
    entries = [
        (r, place[c], f) for r, (factors, _) in enumerate(equations) for c, f in factors.items()
    ]
    rows, columns, factors = (np.array(column) for column in zip(*entries, strict=True))
    matrix = csr_matrix((factors, (rows, columns)), shape=(len(equations), len(cells)))
    right = np.array([value for _, value in equations], dtype=float)
    truth = np.array([counts[cell] or 0 for cell in cells], dtype=float)
    assert np.all(matrix @ truth == right), "a sum that does not hold"
    bounds = np.column_stack([np.ones(len(cells)), truth + _FAR * width])

    method = "highs-ipm" if len(cells) > _LARGE else "highs"

    def reach(goal: np.ndarray) -> np.ndarray:
        result = linprog(goal, A_eq=matrix, b_eq=right, bounds=bounds, method=method)
        assert result.status == 0, result.message
        return result.x

    def unsure() -> np.ndarray:
        return is_wanted & (high - low < width - _ROUNDING)

    low, high = truth.copy(), truth.copy()

    def see(point: np.ndarray) -> None:
        np.minimum(low, point, out=low)
        np.maximum(high, point, out=high)

    chance = np.random.default_rng(7)
    for _ in range(_ROUNDS if len(cells) <= _LARGE else 3):
        if not unsure().any():
            return {}
        goal = np.where(unsure(), np.exp(chance.normal(0, 1.5, len(cells))), 0)
        goal *= chance.choice([-1, 1], len(cells))
        see(reach(goal))
        see(reach(-goal))
    one_by_one = chance.permutation(np.flatnonzero(unsure()))[:tries]
    for i in one_by_one:
        if unsure()[i]:
            goal = np.zeros(len(cells))
            goal[i] = 1
            see(reach(goal))
            see(reach(-goal))
    return {cells[i]: (float(low[i]), float(high[i])) for i in one_by_one if unsure()[i]}
