"""The counts of many tables as one system of sums, each count in it once.

The same people stand under several names: in several tables, once per competency, as a total with a
single part. Whoever knows one of these counts knows all, so they are one variable. A count of zero
is known to everybody and is left out.

A cell is a number: its place in the vector of all counts. A sum is a row of a matrix over all
cells: 1 for each of its parts, -1 for its total.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csc_matrix, csr_matrix, vstack
from scipy.sparse.csgraph import connected_components

Cell = int
Vector = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


def sums_of(totals: Numbers, which: Numbers, parts: Numbers, cells: int) -> csr_matrix:
    """Return a row for each of ``totals``, of which ``parts`` are parts: each of that in ``which``.

    Args:
        totals: the cell that is the total of each sum.
        which: for each of ``parts`` the place of its total among ``totals``.
        parts: cells.
        cells: the number of all cells.
    """
    row = np.concatenate([np.arange(len(totals)), which])
    factor = np.repeat([-1.0, 1.0], [len(totals), len(parts)])
    return csr_matrix((factor, (row, np.concatenate([totals, parts]))), shape=(len(totals), cells))


@dataclass(frozen=True)
class System:
    """Variables above zero, and the sums that hold between them: ``sums`` @ ``values`` = 0.

    ``members`` has a row for each variable and a column for each cell: true where the cell is that
    variable. A cell of zero or without a value is none.
    """

    values: Vector
    sums: csr_matrix
    members: csr_matrix

    def marked(self, cells: Mask) -> Mask:
        """Return which variables have one of ``cells`` among their members."""
        return self.most(cells.astype(float)) > 0

    def most(self, worth: Vector | Numbers) -> Vector:
        """Return for each variable the largest ``worth`` of its members."""
        if not len(self.values):
            return np.zeros(0)
        found: Vector = np.maximum.reduceat(worth[self.members.indices], self.members.indptr[:-1])
        return found

    def cells(self, mask: Mask) -> frozenset[Cell]:
        """Return the members of the variables in ``mask``."""
        return frozenset(self.members[mask].indices.tolist())

    def in_cells(self, mask: Mask) -> Mask:
        """Return which of all cells are members of the variables in ``mask``."""
        found = np.zeros(self.members.shape[1], dtype=bool)
        found[self.members[mask].indices] = True
        return found

    def pairs(self) -> Mask:
        """Return which sums say no more than that two variables are the same."""
        lengths, differences = np.diff(self.sums.indptr), np.ravel(self.sums.sum(axis=1))
        found: Mask = (lengths == 2) & (differences == 0)
        return found

    def parts(self, size: int) -> list[Numbers]:
        """Return the variables in parts that no sum connects, small ones in one up to ``size``."""
        firsts = np.repeat(self.sums.indices[self.sums.indptr[:-1]], np.diff(self.sums.indptr))
        component = _connected(firsts, self.sums.indices, len(self.values))
        part_of, bundle, bundled = list[int](), 0, 0
        for length in np.bincount(component).tolist():
            if length >= size:
                part_of.append(-len(part_of) - 1)
                continue
            if bundled + length > size:
                bundle, bundled = bundle + 1, 0
            part_of.append(bundle)
            bundled += length
        part = np.array(part_of, dtype=np.int64)[component]
        order = np.argsort(part, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(part[order])) + 1) if len(order) else []

    def part(self, variables: Numbers) -> "System":
        """Return the system of ``variables``, in ascending order, and of the sums of them alone."""
        sums = self.sums[np.unique(self._by_variable[:, variables].indices)]
        column = np.searchsorted(variables, sums.indices)
        shape = (sums.shape[0], len(variables))
        return System(
            self.values[variables],
            csr_matrix((sums.data, column, sums.indptr), shape=shape),
            self.members[variables],
        )

    @cached_property
    def _by_variable(self) -> csc_matrix:
        return self.sums.tocsc()


def system_of(values: Vector, sums: csr_matrix, constants: Mask, same: Numbers) -> System:
    """Return the system of counts.

    Variables are numbered in the order of their first cells, sums in that of their variables.

    Args:
        values: the count of each cell; NaN where it is missing, which stands in no sum.
        sums: a row for each sum, a column for each cell.
        constants: cells known to everybody: no variables, and the sums are those of the others.
        same: pairs of cells (n × 2) that are equal and stay two variables, since that may have to
            be given up.

    Raises:
        ValueError: when a sum does not hold.
    """
    if (wrong := np.flatnonzero(sums @ values)).size:
        raise ValueError(f"a sum that does not hold: of the cells {sums[wrong[0]].indices}")
    cells = np.flatnonzero(~np.isnan(values) & (values != 0) & ~constants)
    variable = np.full(len(values), -1)
    variable[cells] = np.arange(len(cells))
    sums, values = sums[:, cells], values[cells]
    while True:
        sums.sum_duplicates()
        sums.eliminate_zeros()
        merged = _equal_pairs(sums, values)
        rest = sums[(np.diff(sums.indptr) > 0) & ~merged]
        if not merged.any():
            break
        one, other = sums[merged].indices.reshape(-1, 2).T
        number = _connected(one, other, len(values))
        shape = (rest.shape[0], number.max() + 1)
        sums = csr_matrix((rest.data, number[rest.indices], rest.indptr), shape=shape)
        values = values[np.unique(number, return_index=True)[1]]
        variable[cells] = number[variable[cells]]
    one, other = variable[same].T
    apart = one != other
    pairs = sums_of(one[apart], np.arange(apart.sum()), other[apart], len(values))
    members = csr_matrix(
        (np.ones(len(cells), dtype=bool), (variable[cells], cells)), (len(values), len(variable))
    )
    return System(values, _in_order(vstack([rest, pairs], format="csr")), members)


def _connected(one: Numbers, other: Numbers, size: int) -> Numbers:
    """Return for each of ``size`` nodes its component, numbered in the order of first nodes.

    Nodes are connected by edges from each in ``one`` to that in ``other``.
    """
    edges = csr_matrix((np.ones(len(one), dtype=bool), (one, other)), shape=(size, size))
    _, component = connected_components(edges, directed=False)
    found: Numbers = pd.factorize(component)[0]
    return found


def _equal_pairs(sums: csr_matrix, values: Vector) -> Mask:
    """Return which rows of ``sums`` say no more than that two counts of equal value are equal."""
    found: Mask = np.diff(sums.indptr) == 2
    first = sums.indptr[:-1][found]
    (one, factor), (other, opposite) = (
        (values[sums.indices[at]], sums.data[at]) for at in (first, first + 1)
    )
    found[found] = (one == other) & (factor == -opposite) & (abs(factor) == 1)
    return found


def _in_order(sums: csr_matrix) -> csr_matrix:
    """Return each sum once, its first factor above zero, ordered by variables and factors.

    A sum and its negative are one. Sums of the same rank have been alike so far; of these the next
    entry is compared at each step, and those that stay alike to their ends are the same.
    """
    sums.sort_indices()
    lengths = np.diff(sums.indptr)
    sums.data *= np.repeat(np.sign(sums.data[sums.indptr[:-1]]), lengths)
    scale = 2 * abs(sums.data).max(initial=0) + 1
    keys = (sums.indices * scale + sums.data).astype(np.int64)
    rank = np.zeros(len(lengths), dtype=np.int64)
    alike, depth = np.arange(len(lengths)), 0
    while alike.size:
        key = np.full(len(alike), -1)
        goes_on = lengths[alike] > depth
        key[goes_on] = keys[sums.indptr[:-1][alike[goes_on]] + depth]
        order = np.lexsort((key, rank[alike]))
        alike, key = alike[order], key[order]
        group = np.flatnonzero(np.diff(rank[alike], prepend=-1))
        start = np.flatnonzero(np.diff(rank[alike], prepend=-1) | np.diff(key, prepend=-2))
        size = np.diff(start, append=len(alike))
        since = start - group[np.searchsorted(group, start, side="right") - 1]
        rank[alike] += np.repeat(since, size)
        alike = alike[np.repeat(size > 1, size) & (key >= 0)]
        depth += 1
    _, first = np.unique(rank, return_index=True)
    return sums[first]
