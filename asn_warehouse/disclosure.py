"""Small cells and their complements: what a table of counts may show.

A count below the threshold could point at a person, so it is hidden (primary suppression). A
hidden count could be computed again, or bounded, from totals in the same table, so further counts
are hidden until every hidden count may have values that lie at least the threshold apart
(complementary suppression). Zero says that there is nobody and stays zero; a missing value was not
reported; neither is a hidden count.

All functions are pure and deterministic: the same table gives the same answer.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.sparse import csr_matrix

from asn_warehouse.cell_system import Mask, Numbers, Vector, system_of
from asn_warehouse.shifts import NotProtected, Shifts

__all__ = ["Answer", "NotProtected", "Problem", "Status", "solve"]

_TOGETHER = 3_000
"""Of how many counts parts that no sum connects are made."""


class Status(StrEnum):
    """What a reader learns about a cell."""

    SHOWN = "shown"
    SUPPRESSED = "suppressed"
    NOT_REPORTED = "not_reported"


@dataclass(frozen=True)
class Problem:
    """Counts to protect, the sums that hold between them, and what is known of them elsewhere.

    All but the sums is by cell: ``counts`` (NaN where not reported) and ``sums`` as ``system_of``
    takes them. Of cells that may be hidden those with the lowest of ``costs`` are, then the
    smallest; ``places`` numbers cells that hang together most (-1: nowhere). ``hidden`` are to be
    hidden in any case, ``elsewhere`` those that are hidden in what was published earlier and stay
    so, ``known`` those that a reader knows from there. ``shown_elsewhere`` are constants: shown in
    what was published earlier. ``same`` pairs hidden cells with those hidden earlier.
    """

    counts: Vector
    sums: csr_matrix
    threshold: int
    costs: Vector
    places: Numbers
    hidden: Mask
    elsewhere: Mask
    known: Mask
    shown_elsewhere: Mask
    same: Numbers


@dataclass(frozen=True)
class Answer:
    """Which cells are hidden, and which of these although a reader may know them.

    ``loosened`` were published earlier, shown or hidden, with the same value. Hiding them protects
    only from those who do not know that they stayed the same.
    """

    hidden: Mask
    loosened: Mask


def solve(problem: Problem) -> Answer:
    """Return what must be hidden so that no hidden count can be bounded by the shown ones.

    Whoever knows every shown count, all sums and that a hidden count is at least 1 cannot bound any
    of them to less than the threshold between its smallest and its largest value. What was
    published earlier never forbids to publish: cells that cannot be protected as long as a reader
    knows that they stayed the same are loosened, at last all that stayed the same.

    Raises:
        NotProtected: when hidden counts can be bounded whatever is hidden.
        ValueError: when a sum does not hold.
    """
    system = system_of(problem.counts, problem.sums, problem.shown_elsewhere, problem.same)
    hidden = (system.values < problem.threshold) | system.marked(problem.hidden | problem.elsewhere)
    free = ~system.marked(problem.known)
    costs, places = system.most(problem.costs), system.most(problem.places).astype(np.int64)
    published = ~system.marked(~problem.elsewhere)
    loosened = hidden & ~free
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
    few = (problem.counts > 0) & (problem.counts < problem.threshold)
    return Answer(few | system.in_cells(hidden), system.in_cells(loosened) & ~problem.elsewhere)
