"""Small cells and their complements: what a table of counts may show.

A count below the threshold could point at a person, so it is hidden (primary suppression). A
hidden count could be computed again, or bounded, from totals in the same table, so further counts
are hidden until every hidden count may have values that lie at least the threshold apart
(complementary suppression). Zero says that there is nobody and stays zero; a missing value was not
reported; neither is a hidden count.

All functions are pure and deterministic: the same table gives the same answer.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from asn_warehouse.cell_system import Cell, Equation, system_of
from asn_warehouse.shifts import NotProtected, Shifts

__all__ = ["Answer", "Cell", "Equation", "NotProtected", "Problem", "Status", "primary", "suppress"]

Counts = Mapping[Cell, int | None]
_TOGETHER = 3_000
"""Of how many counts parts that no sum connects are made."""


class Status(StrEnum):
    """What a reader learns about a cell."""

    SHOWN = "shown"
    SUPPRESSED = "suppressed"
    NOT_REPORTED = "not_reported"


def primary(counts: Counts, threshold: int) -> dict[Cell, Status]:
    """Return the status of each count by its own size: 1 … threshold − 1 are suppressed."""
    return {cell: _primary_status(value, threshold) for cell, value in counts.items()}


def _primary_status(value: int | None, threshold: int) -> Status:
    if value is None:
        return Status.NOT_REPORTED
    return Status.SUPPRESSED if 0 < value < threshold else Status.SHOWN


@dataclass(frozen=True)
class Problem:
    """Counts to protect, the sums that hold between them, and what is known of them elsewhere.

    Of cells that may be hidden those with the lowest of ``costs`` are, then the smallest;
    ``places`` numbers cells that hang together most. ``hidden`` are cells to be hidden in any case,
    ``elsewhere`` those that are hidden in what was published earlier and stay so, ``known`` those
    that a reader knows from there. ``shown_elsewhere`` are constants: shown in what was published
    earlier. ``same`` equate hidden cells with those hidden earlier.
    """

    counts: Counts
    equations: Sequence[Equation]
    threshold: int
    costs: Mapping[Cell, int] = field(default_factory=dict)
    places: Mapping[Cell, int] = field(default_factory=dict)
    hidden: Collection[Cell] = ()
    elsewhere: Collection[Cell] = ()
    known: Collection[Cell] = ()
    shown_elsewhere: Collection[Cell] = frozenset()
    same: Sequence[Equation] = ()


@dataclass(frozen=True)
class Answer:
    """The status of each count, and the counts hidden although a reader may know them.

    ``loosened`` were published earlier, shown or hidden, with the same value. Hiding them protects
    only from those who do not know that they stayed the same.
    """

    statuses: Mapping[Cell, Status]
    loosened: frozenset[Cell]


def suppress(
    counts: Counts,
    equations: Sequence[Equation],
    threshold: int,
    costs: Mapping[Cell, int] | None = None,
) -> dict[Cell, Status]:
    """Return the status of each count so that no suppressed one can be bounded by the shown ones.

    ``equations`` may share cells (rows, columns and hierarchies of one table). ``costs``
    are those of a ``Problem``. Whoever knows every shown count, all sums and that a
    suppressed count is at least 1 cannot bound any of them to less than ``threshold`` between
    its smallest and its largest value.

    Raises:
        NotProtected: when that cannot be achieved.
        ValueError: when a sum does not hold.
    """
    problem = Problem(counts, equations, threshold, costs=costs or {})
    return dict(solve(problem).statuses)


def solve(problem: Problem) -> Answer:
    """Return what may be shown of ``problem``; as ``suppress``, with what is known elsewhere.

    What was published earlier never forbids to publish: cells that cannot be protected as long as
    a reader knows that they stayed the same are loosened, at last all that stayed the same.

    Raises:
        NotProtected: when hidden counts can be bounded whatever is hidden.
        ValueError: when a sum does not hold.
    """
    counts = problem.counts
    statuses = primary(counts, problem.threshold)
    system = system_of(counts, problem.equations, problem.shown_elsewhere, problem.same)
    if not len(system.values):
        return Answer(statuses, frozenset())
    hidden = (
        (system.values < problem.threshold)
        | system.marked(problem.hidden)
        | system.marked(problem.elsewhere)
    )
    free = ~system.marked(problem.known)
    elsewhere = frozenset(problem.elsewhere)
    known_and_small = hidden & ~free
    costs = system.most(problem.costs)
    places = np.array([max(problem.places.get(c, -1) for c in m) for m in system.members])
    published = ~system.marked(c for c in counts if c not in elsewhere)
    loosened = known_and_small.copy()
    parts = [part for part in system.parts(_TOGETHER) if (hidden & free)[part].any()]
    parts.sort(key=len, reverse=True)
    found = [
        Shifts(
            system.part(part),
            problem.threshold,
            hidden=(hidden & free)[part],
            free=free[part],
            costs=costs[part],
            places=places[part],
            published=published[part],
        )
        for part in parts
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for part, shifts, _ in zip(parts, found, pool.map(Shifts.protect, found), strict=True):
            hidden[part] |= shifts.hidden
            loosened[part] |= shifts.loosened()
    return Answer(
        statuses | dict.fromkeys(system.cells(hidden), Status.SUPPRESSED),
        system.cells(loosened) - elsewhere,
    )
