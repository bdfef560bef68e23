"""The counts of many tables as one system of sums, each count in it once.

The same people stand under several names: in several tables, once per competency, as a total with a
single part. Whoever knows one of these counts knows all, so they are one variable. A count of zero
is known to everybody and is left out.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

Cell = Hashable
Vector = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Equation:
    """A total that equals the sum of its parts, all of them cells of one table."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The total first, then the parts."""
        return (self.total, *self.parts)


@dataclass(frozen=True)
class System:
    """Variables above zero, and the sums that hold between them: ``sums`` @ ``values`` = 0.

    ``variable`` is the place of each cell among ``values``; a cell of zero or without a value has
    none. ``members`` are the cells of each variable.
    """

    values: Vector
    sums: csr_matrix
    variable: Mapping[Cell, int]
    members: Sequence[Sequence[Cell]]

    def marked(self, cells: Iterable[Cell]) -> Mask:
        """Return which variables have one of ``cells`` among their members."""
        mask = np.zeros(len(self.values), dtype=bool)
        mask[[self.variable[c] for c in cells if c in self.variable]] = True
        return mask

    def parts(self, size: int) -> list[Numbers]:
        """Return the variables in parts that no sum connects, small ones in one up to ``size``."""
        _, component = connected_components(abs(self.sums.T) @ abs(self.sums), directed=False)
        order = np.argsort(component, kind="stable")
        found: list[list[Numbers]] = []
        waiting, waits = list[Numbers](), 0
        for group in np.split(order, np.flatnonzero(np.diff(component[order])) + 1):
            if len(group) >= size:
                found.append([group])
                continue
            if waits + len(group) > size:
                found.append(waiting)
                waiting, waits = [], 0
            waiting.append(group)
            waits += len(group)
        found.append(waiting)
        return [np.sort(np.concatenate(groups)) for groups in found if groups]

    def part(self, variables: Numbers) -> "System":
        """Return the system of ``variables`` and of the sums that speak of them alone."""
        sums = self.sums.tocsc()[:, variables].tocsr()
        sums = sums[np.diff(sums.indptr) > 0]
        members = [self.members[v] for v in map(int, variables)]
        number = {cell: i for i, cells in enumerate(members) for cell in cells}
        return System(self.values[variables], sums, number, members)

    def pairs(self) -> Mask:
        """Return which sums say no more than that two variables are the same."""
        lengths, differences = np.diff(self.sums.indptr), np.ravel(self.sums.sum(axis=1))
        found: Mask = (lengths == 2) & (differences == 0)
        return found

    def cells(self, mask: Mask) -> frozenset[Cell]:
        """Return the members of the variables in ``mask``."""
        return frozenset(cell for v in map(int, np.flatnonzero(mask)) for cell in self.members[v])

    def most(self, worth: Mapping[Cell, int]) -> Vector:
        """Return for each variable the largest ``worth`` of its members."""
        return np.array([max(worth.get(c, 0) for c in m) for m in self.members], dtype=float)


def system_of(
    counts: Mapping[Cell, int | None],
    equations: Iterable[Equation],
    constants: Collection[Cell] = frozenset(),
    same: Iterable[Equation] = (),
) -> System:
    """Return the system of ``counts``; sums with a missing value in them are left out.

    ``constants`` are known to everybody: no variables, and the sums are those of the others.
    ``same`` equate two cells that stay two variables, since that may have to be given up.

    Raises:
        ValueError: when a sum does not hold.
    """
    value = {c: v for c, v in counts.items() if v and c not in constants}
    leader = {cell: cell for cell in value}
    first = _finder(leader)
    waiting: list[dict[Cell, int]] = []
    for equation in equations:
        values = [counts.get(c) for c in equation.cells]
        if None in values:
            continue
        if 2 * (values[0] or 0) != sum(v or 0 for v in values):
            raise ValueError(f"a sum that does not hold: {equation.total!r}")
        factors: dict[Cell, int] = {}
        if equation.total in value:
            factors[equation.total] = -1
        for part in equation.parts:
            if part in value:
                factors[part] = factors.get(part, 0) + 1
        if factors:
            waiting.append(factors)
    kept: dict[frozenset[tuple[Cell, int]], None] = {}
    is_merging = True
    while is_merging:
        is_merging, kept, left = False, {}, []
        for factors in waiting:
            reduced: dict[Cell, int] = {}
            for cell, factor in factors.items():
                one = first(cell)
                reduced[one] = reduced.get(one, 0) + factor
            reduced = {cell: factor for cell, factor in reduced.items() if factor}
            if len(reduced) == 2 and sum(reduced.values()) == 0:
                a, b = reduced
                if value[a] == value[b] and abs(reduced[a]) == 1:
                    leader[b] = a
                    is_merging = True
                    continue
            if reduced:
                left.append(reduced)
                kept[frozenset(reduced.items())] = None
        waiting = left
    for equation in same:
        a, b = map(first, equation.cells)
        if a != b:
            kept[frozenset({(a, -1), (b, 1)})] = None
    return _numbered(value, leader, first, kept)


def _finder(leader: dict[Cell, Cell]) -> Callable[[Cell], Cell]:
    def first(cell: Cell) -> Cell:
        while leader[cell] != cell:
            leader[cell] = leader[leader[cell]]
            cell = leader[cell]
        return cell

    return first


def _numbered(
    value: Mapping[Cell, int],
    leader: Mapping[Cell, Cell],
    first: Callable[[Cell], Cell],
    kept: Iterable[frozenset[tuple[Cell, int]]],
) -> System:
    """Number the variables in the order of the cells, the sums in that of their variables."""
    place: dict[Cell, int] = {}
    members: list[list[Cell]] = []
    variable: dict[Cell, int] = {}
    for cell in leader:
        number = place.setdefault(first(cell), len(place))
        if number == len(members):
            members.append([])
        members[number].append(cell)
        variable[cell] = number
    rows = sorted({_upright(sorted((place[c], f) for c, f in row)) for row in kept})
    entries = [(r, c, f) for r, row in enumerate(rows) for c, f in row]
    row, column, factor = zip(*entries, strict=True) if entries else ((), (), ())
    sums = csr_matrix(
        (np.array(factor, dtype=float), (row, column)), shape=(len(rows), len(members))
    )
    values = np.array([value[m[0]] for m in members], dtype=float)
    return System(values, sums, variable, members)


def _upright(row: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return ``row`` with its first factor above zero: a sum and its negative are one."""
    sign = 1 if row[0][1] > 0 else -1
    return tuple((column, sign * factor) for column, factor in row)
