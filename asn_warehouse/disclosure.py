"""Small cells and their complements: what a table of counts may show.

A count below the threshold could point at a person, so it is hidden (primary suppression). A
hidden count could be computed again from totals in the same table, so further counts are hidden
until no hidden count follows from what is shown (complementary suppression). Zero says that there
is nobody and stays zero; a missing value was not reported; neither is a hidden count.

All functions are pure and deterministic: the same table gives the same answer.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Cell = Hashable
Counts = Mapping[Cell, int | None]
Vector = npt.NDArray[np.float64]
_ZERO = 1e-7
_SMALL = 1e-18
_MOST_STEPS = 5_000
AUDIT_LIMIT = 10_000


class Status(StrEnum):
    """What a reader learns about a cell."""

    SHOWN = "shown"
    SUPPRESSED = "suppressed"
    NOT_REPORTED = "not_reported"


@dataclass(frozen=True)
class Equation:
    """A total that equals the sum of its parts, all of them cells of one table."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The total first, then the parts."""
        return (self.total, *self.parts)


def primary(counts: Counts, threshold: int) -> dict[Cell, Status]:
    """Return the status of each count by its own size: 1 … threshold − 1 are suppressed."""
    return {cell: _primary_status(value, threshold) for cell, value in counts.items()}


def _primary_status(value: int | None, threshold: int) -> Status:
    if value is None:
        return Status.NOT_REPORTED
    return Status.SUPPRESSED if 0 < value < threshold else Status.SHOWN


def suppress(
    counts: Counts,
    equations: Sequence[Equation],
    threshold: int,
    ties: Mapping[Cell, Sequence[Cell]] | None = None,
    costs: Mapping[Cell, int] | None = None,
) -> dict[Cell, Status]:
    """Return the status of each count so that no suppressed one follows from the shown ones.

    ``equations`` may share cells (rows, columns and hierarchies of one table). Where the parts
    hidden behind a shown total add up to less than ``threshold``, or could only all be one, a
    further cell is hidden as well. That no equation alone gives a cell away holds for every
    table; that several together do not is assured up to ``AUDIT_LIMIT`` suppressed cells.
    ``ties`` names for a cell others that are hidden along with it unless they are zero. Of cells
    that may be hidden those with the lowest of ``costs`` are, then the smallest.
    Source: SDC Handbook, chapter 5; the threshold is a setting.
    """
    statuses = primary(counts, threshold)
    tied, priced = ties or {}, costs or {}
    for cell in [c for c, status in statuses.items() if status is Status.SUPPRESSED]:
        _hide(cell, statuses, counts, tied)
    usable = [e for e in equations if all(counts.get(c) is not None for c in e.cells)]
    of_cell: dict[Cell, list[int]] = defaultdict(list)
    for index, equation in enumerate(usable):
        for cell in equation.cells:
            of_cell[cell].append(index)
    _complete(statuses, counts, usable, of_cell, threshold, tied, priced, range(len(usable)))
    while _is_audited(statuses) and (found := exposed(statuses, usable)):
        touched = _hide_partners(found, statuses, counts, usable, of_cell, tied, priced)
        _complete(statuses, counts, usable, of_cell, threshold, tied, priced, sorted(touched))
    return statuses


def _is_audited(statuses: Mapping[Cell, Status]) -> bool:
    """Whether the table is small enough to look for what several equations together give away."""
    return sum(s is Status.SUPPRESSED for s in statuses.values()) <= AUDIT_LIMIT


def _hide(
    cell: Cell,
    statuses: dict[Cell, Status],
    counts: Counts,
    ties: Mapping[Cell, Sequence[Cell]],
) -> list[Cell]:
    """Hide ``cell`` and what is tied to it; return all that is hidden now and was not before."""
    changed = [cell] if statuses[cell] is Status.SHOWN else []
    statuses[cell] = Status.SUPPRESSED
    waiting = [cell]
    while waiting:
        for other in ties.get(waiting.pop(), ()):
            if statuses.get(other) is Status.SHOWN and counts[other]:
                statuses[other] = Status.SUPPRESSED
                changed.append(other)
                waiting.append(other)
    return changed


def _complete(
    statuses: dict[Cell, Status],
    counts: Counts,
    equations: Sequence[Equation],
    of_cell: Mapping[Cell, list[int]],
    threshold: int,
    ties: Mapping[Cell, Sequence[Cell]],
    costs: Mapping[Cell, int],
    start: Iterable[int],
) -> None:
    """Hide further cells until every equation hides none, or enough of its cells."""
    waiting = list(start)
    while waiting:
        following: set[int] = set()
        for index in waiting:
            equation = equations[index]
            while not _is_safe(equation, statuses, counts, threshold):
                partner = _partner([equation], statuses, counts, costs)
                if partner is None:
                    break
                for cell in _hide(partner, statuses, counts, ties):
                    following.update(of_cell[cell])
        waiting = sorted(following)


def _is_safe(
    equation: Equation, statuses: Mapping[Cell, Status], counts: Counts, threshold: int
) -> bool:
    hidden = [c for c in equation.cells if statuses[c] is Status.SUPPRESSED]
    if not hidden:
        return True
    if len(hidden) == 1:
        return False
    if equation.total in hidden:
        return True
    together = sum(counts[c] or 0 for c in hidden)
    return together >= threshold and together > len(hidden)


def _partner(
    equations: Iterable[Equation],
    statuses: Mapping[Cell, Status],
    counts: Counts,
    costs: Mapping[Cell, int],
) -> Cell | None:
    """Return the cheapest, then smallest shown cell above zero; a part before its total."""
    best: tuple[tuple[int, bool, int, int], Cell] | None = None
    place = 0
    for equation in equations:
        for cell in equation.cells:
            place += 1
            value = counts[cell]
            if statuses[cell] is Status.SHOWN and value:
                key = (costs.get(cell, 0), cell == equation.total, value, place)
                if best is None or key < best[0]:
                    best = (key, cell)
    return None if best is None else best[1]


def _hide_partners(
    found: set[Cell],
    statuses: dict[Cell, Status],
    counts: Counts,
    equations: Sequence[Equation],
    of_cell: Mapping[Cell, list[int]],
    ties: Mapping[Cell, Sequence[Cell]],
    costs: Mapping[Cell, int],
) -> set[int]:
    """Hide one more cell near each exposed one; return the equations that this touches."""
    touched: set[int] = set()
    dearest = max(costs.values(), default=0)
    for cell in sorted(found, key=repr):
        partner = _nearest(cell, statuses, counts, equations, of_cell, costs, dearest)
        if partner is None:
            partner = _nearest(cell, statuses, counts, equations, of_cell, costs, dearest + 1)
        if partner is not None:
            for changed in _hide(partner, statuses, counts, ties):
                touched.update(of_cell[changed])
    if not touched:
        raise ValueError("suppressed cells are exposed and nothing is left to hide")
    return touched


def _nearest(
    cell: Cell,
    statuses: Mapping[Cell, Status],
    counts: Counts,
    equations: Sequence[Equation],
    of_cell: Mapping[Cell, list[int]],
    costs: Mapping[Cell, int],
    below: int,
) -> Cell | None:
    """Return a shown cell that costs less than ``below``, the fewest equations from ``cell``."""
    near, seen = [cell], {cell}
    while near:
        around = [equations[i] for i in dict.fromkeys(i for c in near for i in of_cell[c])]
        partner = _partner(around, statuses, counts, costs)
        if partner is not None and costs.get(partner, 0) < below:
            return partner
        near = list(dict.fromkeys(n for e in around for n in e.cells if n not in seen))
        near = [n for n in near if statuses[n] is Status.SUPPRESSED]
        seen.update(near)
    return None


def exposed(statuses: Mapping[Cell, Status], equations: Sequence[Equation]) -> set[Cell]:
    """Return the suppressed cells that an attacker computes exactly from the shown ones.

    The attacker knows every shown cell and all equations. A hidden cell follows from them exactly
    if it is zero in every solution of the homogeneous system: in the projection of an arbitrary
    vector onto these solutions. Conjugate gradients find it in time nearly linear in the table;
    their rounding may at worst call a safe cell exposed.
    """
    place: dict[Cell, int] = {}
    entries: list[tuple[int, int, float]] = []
    count = 0
    for equation in equations:
        row: dict[Cell, int] = defaultdict(int)
        for cell in equation.parts:
            if statuses[cell] is Status.SUPPRESSED:
                row[cell] += 1
        if statuses[equation.total] is Status.SUPPRESSED:
            row[equation.total] -= 1
        hidden = [(cell, factor) for cell, factor in row.items() if factor]
        if hidden:
            scale = 1 / math.sqrt(sum(factor * factor for _, factor in hidden))
            for cell, factor in hidden:
                entries.append((count, place.setdefault(cell, len(place)), factor * scale))
            count += 1
    if not entries:
        return set()
    solution = _projection(entries, count, len(place))
    return {cell for cell, i in place.items() if abs(solution[i]) < _ZERO}


def _projection(entries: Sequence[tuple[int, int, float]], rows: int, columns: int) -> Vector:
    """Return the part of an arbitrary vector that solves every equation with zero on its right."""
    row, column, factor = (np.array(values) for values in zip(*entries, strict=True))

    def times(x: Vector) -> Vector:
        return np.bincount(row, factor * x[column], rows).astype(np.float64)

    def transposed(y: Vector) -> Vector:
        return np.bincount(column, factor * y[row], columns).astype(np.float64)

    rest: Vector = np.random.default_rng(1).uniform(1, 2, columns)
    slope = times(rest)
    direction = slope
    size = float(slope @ slope)
    for _ in range(_MOST_STEPS):
        if size < _SMALL:
            break
        step = transposed(direction)
        rest = rest - size / float(step @ step) * step
        slope = times(rest)
        size, before = float(slope @ slope), size
        direction = slope + size / before * direction
    return rest
