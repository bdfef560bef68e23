"""Which further counts to hide so that the hidden ones cannot be bounded: linear programmes.

A shift is a change of hidden counts that leaves every sum as it is and every hidden count at least
1. Whoever sees only what is shown cannot tell the truth from the truth with a shift, so each shift
proves for every hidden count two values that it may have. A programme looks for a shift that moves
many counts that are still too narrow, at the least price: what is hidden already moves for nothing,
what is shown costs, and is hidden from then on if it moves.

Source: SDC Handbook, chapter 5; J. Kelly, B. Golden and A. Assad, "Cell suppression: disclosure
protection for sensitive tabular data", Networks 22 (1992); M. Fischetti and J. J. Salazar,
"Models and algorithms for optimizing cell suppression in tabular data with linear constraints",
J. Am. Stat. Assoc. 95 (2000).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack

from asn_warehouse.cell_system import Cell, Mask, Numbers, System, Vector

ROUNDING = 1e-6
"""By how much a sum or a bound may be missed: a tenth of a person in a hundred thousand tables."""
_NOTHING = 1e-7
_PRICES = (10.0, 100.0, 2_500.0, 25_000.0, 250_000.0)
_DEAR = 2_500.0
"""The price from which it is better to give up that a hidden count stayed the same."""
_LOOSENING = 1_000.0
_SMALL, _LARGE = 40, 15_000
_SIZES = (1_500, 5_000, 30_000)
"""How many variables are looked at together: fewer are done sooner, more find more shifts."""
_FEW, _GROUP, _RADII = 1 / 8, 1 / 60, (100, 1_000)
_PROGRESS, _PATIENCE, _IDLE, _REPEATS = 0.5, 0.95, 4, 3


class NotProtected(ValueError):
    """Hidden counts that can be bounded, with nothing left to hide: ``stuck`` are their cells."""

    def __init__(self, stuck: frozenset[Cell], name: str = "") -> None:
        """Say which count it is; without its name, the number of the first cell."""
        super().__init__(f"a hidden count can be told: {name or min(stuck)}")
        self.stuck = stuck


@dataclass
class Shifts:
    """Hidden variables of a system, and between which values each of them may lie.

    ``free`` variables may move; the others are known from elsewhere and move only where all else
    does not suffice. ``published`` variables were hidden earlier and stay so: they are protected
    as far as that can still be done. ``costs`` say how much a variable would be missed if it were
    hidden, ``places`` which hang together most. ``low`` and ``high`` are reached by shifts that
    were checked.
    """

    system: System
    width: int
    hidden: Mask
    free: Mask
    costs: Vector
    places: Numbers
    published: Mask

    def __post_init__(self) -> None:
        """Start with the truth as the only value that is known to be possible."""
        self.known = ~self.free
        self.values = self.system.values
        self.low, self.high = self.values.copy(), self.values.copy()
        self.chance = np.random.default_rng(1)
        self.prices = (1 + self.costs) * (1 + np.log2(self.values) / 10)
        self.prices[self.known] *= _LOOSENING
        self.given_up = np.zeros(len(self.values), dtype=bool)
        self.pairs = self.system.pairs()
        self._hold(self.system.sums)

    def narrow(self) -> Mask:
        """Return the hidden variables whose values are not yet proven to lie far apart."""
        found: Mask = self.hidden & (self.high - self.low < self.width - ROUNDING)
        return found

    def protect(self) -> None:
        """Hide until no hidden variable is narrow.

        Raises:
            NotProtected: when there is nothing left to hide.
        """
        self._widen(None)
        for price in _PRICES:
            self._protect_at(price, patient=price == _PRICES[-1])
            if price >= _DEAR:
                self._give_up(self._stuck())
        for limit in _RADII:
            if self._give_up(self._around(self._stuck(), self.hidden, limit)):
                self._protect_at(_PRICES[-1], patient=False)
        if self._stuck().any():
            self.free[:] = True
            self._protect_at(_PRICES[-1] * _LOOSENING, patient=True)
        if self._give_up(self.hidden):
            self._protect_at(_PRICES[-1] * _LOOSENING, patient=True)
        self._protect_each()

    def loosened(self) -> Mask:
        """Return the hidden variables of which one must not know that they stayed the same."""
        found: Mask = (self.known & self.hidden) | self.given_up
        return found

    def _stuck(self) -> Mask:
        """Return the narrow variables that were not published like that."""
        found: Mask = self.narrow() & ~self.published
        return found

    def _hold(self, sums: csr_matrix) -> None:
        """Take ``sums`` for those that hold; what stands in none may be as large as it likes."""
        self.sums = sums
        self.high[np.diff(sums.tocsc().indptr) == 0] = np.inf

    def _give_up(self, variables: Mask) -> bool:
        """Give up that ``variables`` are the same as others, while any is stuck.

        What was proven stays so, since fewer sums have to hold.
        """
        if not self._stuck().any():
            return False
        gone = self.pairs & (abs(self.sums) @ variables.astype(float) > 0)
        self.given_up[self.sums[gone].indices] = True
        self.pairs = self.pairs[~gone]
        self._hold(self.sums[~gone])
        return bool(gone.any())

    def _protect_at(self, price: float, *, patient: bool) -> None:
        """Hide what is worth ``price``, as long as that helps."""
        for limit in _SIZES:
            idle = 0
            while self.narrow().any() and idle < (_IDLE if patient else 1):
                before = int(self.narrow().sum())
                self._widen(price, limit)
                self._widen(None, limit)
                idle += self.narrow().sum() > before * (_PATIENCE if patient else _PROGRESS)
            if limit >= len(self.values):
                return

    def _protect_each(self) -> None:
        """Move one variable at a time, whatever it costs.

        Few of the others are needed: what is near, all of its place, and what is of no place. Who
        adds people to one place changes nothing else.
        """
        tried = self.published.copy()
        limits = [*(size for size in _SIZES if size < len(tried)), len(tried)]
        while (waiting := np.flatnonzero(self.narrow() & ~tried)).size:
            variable = int(waiting[0])
            tried[variable] = True
            start = np.arange(len(tried)) == variable
            home = self.free & ((self.places == self.places[variable]) | (self.places < 0))
            for limit in limits:
                among = home | self._around(start, self.free, limit)
                for sign in (1.0, -1.0, 1.0):
                    if self.narrow()[variable]:
                        self._move(among, self._only(variable, sign), _PRICES[-1] * _LOOSENING)
        if (stuck := self._stuck()).any():
            raise NotProtected(self.system.cells(stuck))

    def _widen(self, price: float | None, limit: int = max(_SIZES)) -> None:
        """Look for shifts among about ``limit`` variables at a time.

        Variables that are shown move, and are hidden, where that is worth ``price``. In a small
        system that is looked at for one narrow variable after the other, so that little is hidden.
        """
        may_move = self.free & self.hidden if price is None else self.free
        if len(self.values) <= _SMALL:
            for variable in map(int, np.flatnonzero(self.narrow())):
                for sign in (1.0, -1.0) if price is None else (1.0,):
                    if self.narrow()[variable]:
                        self._move(may_move, self._only(variable, sign), price or 1.0)
                if price is not None:
                    self._widen(None)
            return
        for _ in range(1 if price else _REPEATS):
            before = int(self.narrow().sum())
            for group, among in self._regions(may_move, limit):
                self._move(among, self._directions(group), price or 1.0)
            if self.narrow().sum() > before * _PATIENCE:
                return

    def _regions(self, may_move: Mask, limit: int) -> Iterator[tuple[Mask, Mask]]:
        """Yield narrow variables, and variables among which to look for a shift of them.

        That is all that may move, of some places at a time where there are many. A few narrow
        variables are looked at with what hangs together with them, mostly hidden.
        """
        waiting = self.chance.permutation(np.flatnonzero(self.narrow() & may_move))
        if limit >= len(self.values) or len(waiting) > limit * _FEW:
            for part in self._parts(limit):
                yield self.narrow() & part, may_move & part
            return
        for chosen in np.array_split(waiting, int(len(waiting) / (limit * _GROUP)) + 1):
            group = np.zeros(len(may_move), dtype=bool)
            group[chosen] = True
            group &= self.narrow()
            around = self._around(group, may_move & self.hidden, limit)
            yield group, around | self._around(group, may_move, limit // 3)

    def _only(self, variable: int, sign: float) -> Vector:
        """Return that only ``variable`` should go up (or down)."""
        goal = np.zeros(len(self.values))
        goal[variable] = sign
        return goal

    def _parts(self, limit: int) -> Iterable[Mask]:
        """Return random groups of places, each about ``limit`` and with what is hidden in none."""
        if len(self.values) <= limit:
            return [np.ones(len(self.values), dtype=bool)]
        sizes = np.bincount(self.places + 1)
        nowhere = (self.places < 0) & self.hidden
        parts, size = [nowhere], limit
        for place in self.chance.permutation(len(sizes) - 1):
            if size + sizes[place + 1] > limit:
                parts.append(nowhere)
                size = 0
            parts[-1] = parts[-1] | (self.places == place)
            size += sizes[place + 1]
        return parts[1:] or parts

    def _around(self, starts: Mask, among: Mask, limit: int) -> Mask:
        """Return about ``limit`` variables that hang together with ``starts``, by short sums."""
        found = starts.copy()
        reached = found
        lengths = np.diff(self.sums.indptr)
        while reached.any() and found.sum() < limit:
            rows = np.flatnonzero(abs(self.sums) @ reached.astype(float))
            rows = rows[np.argsort(lengths[rows], kind="stable")]
            new = self.sums[rows].indices
            new = new[among[new] & ~found[new]][: limit - int(found.sum())]
            reached = np.zeros(len(found), dtype=bool)
            reached[new] = True
            found |= reached
        return found

    def _directions(self, narrow: Mask) -> Vector:
        """Return by how much each of ``narrow`` should rather go up (or down, below zero).

        Weights differ widely, so that of two that cannot both go one does.
        """
        weights = np.exp(self.chance.normal(0, 1.5, len(narrow)))
        is_down = (self.low > 1) & (self.chance.random(len(narrow)) < 0.5)
        taken = narrow & (self.chance.random(len(narrow)) < 0.7)
        return np.where(taken, np.where(is_down, -weights, weights), 0.0)

    def _move(self, among: Mask, directions: Vector, price: float) -> None:
        """Solve for one shift of the variables ``among``, and note what it proves and hides."""
        columns = np.flatnonzero(among)
        goal = directions[columns]
        if not goal.any():
            return
        values, hidden = self.values[columns], self.hidden[columns]
        sums: csr_matrix = self.sums[:, columns]
        sums = sums[np.diff(sums.indptr) > 0]
        low, high = 1 - values, np.full(len(columns), np.inf)
        further = np.maximum(self.width, self.low[columns] + self.width - values)
        high = np.where(goal > 0, further, high)
        further = np.maximum(self.width, values - self.high[columns] + self.width)
        low = np.where(goal < 0, np.maximum(low, -further), low)
        shift = _solved(sums, low, high, goal * price, np.where(hidden, 0, self.prices[columns]))
        self._accept(columns, sums, shift)

    def _accept(self, columns: Numbers, sums: csr_matrix, shift: Vector) -> None:
        """Hide what ``shift`` moves and note the values it reaches, if it is a shift indeed."""
        shift[np.abs(shift) < _NOTHING] = 0
        values = self.values[columns] + shift
        if np.abs(sums @ shift).max(initial=0) > ROUNDING or values.min(initial=1) < 1 - ROUNDING:
            return
        self.hidden[columns[shift != 0]] = True
        self.low[columns] = np.minimum(self.low[columns], values)
        self.high[columns] = np.maximum(self.high[columns], values)


def _solved(sums: csr_matrix, low: Vector, high: Vector, reward: Vector, prices: Vector) -> Vector:
    """Return the shift within bounds with the most reward less the price of what it moves."""
    priced = np.flatnonzero(prices)
    matrix = hstack([sums, -sums[:, priced]], format="csc")
    objective = np.concatenate([prices - reward, prices[priced]])
    lowest = np.concatenate([np.where(prices > 0, 0, low), np.zeros(len(priced))])
    highest = np.concatenate([high, -low[priced]])
    result = linprog(
        objective,
        A_eq=matrix if matrix.shape[0] else None,
        b_eq=np.zeros(matrix.shape[0]) if matrix.shape[0] else None,
        bounds=np.column_stack([lowest, highest]),
        method="highs-ipm" if matrix.shape[1] > _LARGE else "highs-ds",
    )
    if result.x is None:
        return np.zeros(len(prices))
    shift: Vector = np.array(result.x[: len(prices)])
    shift[priced] -= result.x[len(prices) :]
    return shift
