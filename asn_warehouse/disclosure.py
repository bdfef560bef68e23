"""Small cells and their complements: what a table of counts may show.

A count below the threshold could point at a person, so it is hidden (primary suppression). A
hidden count could be computed again from totals in the same table, so further counts are hidden
until no hidden count follows from what is shown (complementary suppression). Zero says that there
is nobody and stays zero; a missing value was not reported; neither is a hidden count.

All functions are pure and deterministic: the same table gives the same answer.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Cell = Hashable
Counts = Mapping[Cell, int | None]
_PRIME = 2**61 - 1


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


def suppress(counts: Counts, equations: Sequence[Equation], threshold: int) -> dict[Cell, Status]:
    """Return the status of each count so that no suppressed one follows from the shown ones.

    ``equations`` may share cells (rows, columns and hierarchies of one table). Where the parts
    hidden behind a shown total add up to less than ``threshold``, or could only all be one, a
    further cell is hidden as well. Source: SDC Handbook, chapter 5; threshold by setting.
    """
    statuses = primary(counts, threshold)
    usable = [e for e in equations if all(counts.get(c) is not None for c in e.cells)]
    of_cell: dict[Cell, list[int]] = defaultdict(list)
    for index, equation in enumerate(usable):
        for cell in equation.cells:
            of_cell[cell].append(index)
    _complete(statuses, counts, usable, of_cell, threshold, range(len(usable)))
    while found := exposed(statuses, usable):
        touched = _hide_partners(found, statuses, counts, usable, of_cell)
        _complete(statuses, counts, usable, of_cell, threshold, sorted(touched))
    return statuses


def _complete(
    statuses: dict[Cell, Status],
    counts: Counts,
    equations: Sequence[Equation],
    of_cell: Mapping[Cell, list[int]],
    threshold: int,
    start: Iterable[int],
) -> None:
    """Hide further cells until every equation hides none, or enough of its cells."""
    waiting = list(start)
    while waiting:
        following: set[int] = set()
        for index in waiting:
            equation = equations[index]
            while not _is_safe(equation, statuses, counts, threshold):
                partner = _partner(equation, statuses, counts)
                if partner is None:
                    break
                statuses[partner] = Status.SUPPRESSED
                following.update(i for i in of_cell[partner] if i != index)
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


def _partner(equation: Equation, statuses: Mapping[Cell, Status], counts: Counts) -> Cell | None:
    """Return the smallest shown part above zero, else the total, else nothing."""
    open_parts = [
        (counts[c] or 0, i)
        for i, c in enumerate(equation.parts)
        if statuses[c] is Status.SHOWN and counts[c]
    ]
    if open_parts:
        return equation.parts[min(open_parts)[1]]
    if statuses[equation.total] is Status.SHOWN and counts[equation.total]:
        return equation.total
    return None


def _hide_partners(
    found: set[Cell],
    statuses: dict[Cell, Status],
    counts: Counts,
    equations: Sequence[Equation],
    of_cell: Mapping[Cell, list[int]],
) -> set[int]:
    """Hide one more cell near each exposed one; return the equations that this touches."""
    touched: set[int] = set()
    for cell in sorted(found, key=repr):
        near = [cell]
        seen = {cell}
        while near:
            partner = next(
                (
                    p
                    for c in near
                    for i in of_cell[c]
                    if (p := _partner(equations[i], statuses, counts)) is not None
                ),
                None,
            )
            if partner is not None:
                statuses[partner] = Status.SUPPRESSED
                touched.update(of_cell[partner])
                break
            near = [
                n for c in near for i in of_cell[c] for n in equations[i].cells if n not in seen
            ]
            near = list(dict.fromkeys(near))
            seen.update(near)
    if not touched:
        raise ValueError("suppressed cells are exposed and nothing is left to hide")
    return touched


def exposed(statuses: Mapping[Cell, Status], equations: Sequence[Equation]) -> set[Cell]:
    """Return the suppressed cells that an attacker computes exactly from the shown ones.

    The attacker knows every shown cell and all equations. A hidden cell follows from them exactly
    if it is zero in every solution of the homogeneous system; one solution with arbitrary values
    of the free cells, modulo a large prime, tells that.
    """
    rows: list[dict[Cell, int]] = []
    for equation in equations:
        row: dict[Cell, int] = defaultdict(int)
        for cell in equation.parts:
            row[cell] += 1
        row[equation.total] -= 1
        hidden = {c: v % _PRIME for c, v in row.items() if v and statuses[c] is Status.SUPPRESSED}
        if hidden:
            rows.append(hidden)
    unknown = list(dict.fromkeys(c for row in rows for c in row))
    solution = _some_solution(rows, unknown)
    return {cell for cell in unknown if solution[cell] == 0}


def _some_solution(rows: list[dict[Cell, int]], unknown: Sequence[Cell]) -> dict[Cell, int]:
    """Return a solution of ``rows`` × cells = 0 modulo the prime with arbitrary free cells."""
    solved = _peel(rows)
    core = [rows[i] for i in range(len(rows)) if i not in {i for i, _ in solved}]
    steps = [(pivot, rows[i]) for i, pivot in solved] + _eliminate(core)
    pivots = {pivot for pivot, _ in steps}
    solution: dict[Cell, int] = {}
    value = 1
    for cell in unknown:
        if cell not in pivots:
            value = value * 6364136223846793005 % _PRIME
            solution[cell] = value
    for pivot, row in reversed(steps):
        rest = sum(v * solution[c] for c, v in row.items() if c != pivot) % _PRIME
        solution[pivot] = -rest * pow(row[pivot], -1, _PRIME) % _PRIME
    return solution


def _peel(rows: Sequence[Mapping[Cell, int]]) -> list[tuple[int, Cell]]:
    """Return (row, cell) pairs in the order in which a cell stood in no other row left."""
    places: dict[Cell, set[int]] = defaultdict(set)
    for index, row in enumerate(rows):
        for cell in row:
            places[cell].add(index)
    single = [cell for cell, where in places.items() if len(where) == 1]
    solved: list[tuple[int, Cell]] = []
    while single:
        cell = single.pop()
        if len(places[cell]) != 1:
            continue
        index = next(iter(places[cell]))
        solved.append((index, cell))
        for other in rows[index]:
            places[other].discard(index)
            if len(places[other]) == 1:
                single.append(other)
    return solved


def _eliminate(rows: Sequence[Mapping[Cell, int]]) -> list[tuple[Cell, dict[Cell, int]]]:
    """Return the echelon form of ``rows``: each pivot with its row, pivots of others removed."""
    echelon: dict[Cell, dict[Cell, int]] = {}
    for source in sorted(rows, key=len):
        row = dict(source)
        while pivot := next((c for c in row if c in echelon), None):
            factor = row[pivot] * pow(echelon[pivot][pivot], -1, _PRIME) % _PRIME
            for cell, value in echelon[pivot].items():
                left = (row.get(cell, 0) - factor * value) % _PRIME
                if left:
                    row[cell] = left
                else:
                    row.pop(cell, None)
        if row:
            echelon[next(iter(row))] = row
    return list(echelon.items())
