"""Tables of counts, and the sums that hold in them and between them.

Only sums that hold in the data are returned, since no other lets anybody subtract. What a total
adds up and what stands in for it is said by the rule of a table.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix

from asn_warehouse.cell_system import Numbers, Vector, sums_of
from asn_warehouse.row_keys import Groups, coded, combined, groups

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TableRule:
    """How the columns of one table hang together.

    ``keys`` are the columns whose null marks a total; ``counts`` are counts of people;
    ``identities`` say which count is the sum of other counts in the same row, and ``subtotals``
    which is also the sum of sums of these; ``statistics`` name
    for each mean, share or sum the counts that it rests on, the number of cases first.
    ``repeated`` names keys over which a count repeats the same people. ``links`` names for a count
    its name among the tables and the keys by which the same people are counted in others, where
    all further keys are null or repeated. ``sums`` names a key, a count and the count in the same
    row that the former adds up to over that key.
    """

    keys: tuple[str, ...]
    counts: tuple[str, ...]
    identities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subtotals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statistics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    links: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    sums: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows with the columns of a rule; those of its counts that they do not have are missing."""

    rows: pd.DataFrame
    rule: TableRule

    @cached_property
    def values(self) -> Matrix:
        """The counts (rows × counts of the rule); NaN where missing."""
        return self.rows.reindex(columns=[*self.rule.counts]).to_numpy(dtype=float)


@dataclass(frozen=True)
class Sheet:
    """A table whose cells are numbered row by row, from ``first`` on, of all sheets ``cells``.

    ``codes`` are the keys of its rows as numbers, equal values alike in all sheets; -1 is null.
    """

    table: Table
    codes: pd.DataFrame
    first: int
    cells: int

    @property
    def rule(self) -> TableRule:
        """The rule of the table."""
        return self.table.rule

    def cell(self, rows: Numbers, count: str) -> Numbers:
        """Return the cells of ``count`` in ``rows``."""
        return self.first + rows * len(self.rule.counts) + self.rule.counts.index(count)

    def column(self, count: str) -> Vector:
        """Return the values of ``count`` by row, NaN where missing, and NaN for row -1."""
        values = self.table.values[:, self.rule.counts.index(count)]
        return np.append(values, np.nan)

    def sums(self) -> Iterator[csr_matrix]:
        """Yield the sums over each key whose null is a total, and those in each row."""
        rule = self.rule
        for key in rule.keys:
            grouped = groups(self.codes[[*rule.keys]], key)
            for count in rule.counts:
                yield self._over(grouped, count)
                if count in rule.repeated.get(key, ()):
                    yield from self._repeated(grouped, count)
            for by, count, whole in rule.sums:
                if by == key:
                    yield self._beside(grouped, count, whole)
        for total, names in (*rule.identities.items(), *rule.subtotals.items()):
            if total in rule.counts:
                yield self._in_rows(total, [name for name in names if name in rule.counts])

    def _over(self, grouped: Groups, count: str) -> csr_matrix:
        """Return the sums of ``count`` over a key."""
        values = self.column(count)
        return self._that_hold(
            self.cell(grouped.totals, count),
            values[grouped.totals],
            grouped.of,
            self.cell(grouped.parts, count),
            np.nan_to_num(values[grouped.parts]),
        )

    def _repeated(self, grouped: Groups, count: str) -> Iterator[csr_matrix]:
        """Yield that parts with the same count are the same people, and those of their total."""
        values = self.column(count)
        known = ~np.isnan(values[grouped.parts])
        parts, of = grouped.parts[known], grouped.of[known]
        follows = (of[1:] == of[:-1]) & (values[parts[1:]] == values[parts[:-1]])
        yield self._same(count, parts[:-1][follows], parts[1:][follows])
        totals = grouped.totals[of]
        alike = values[totals] == values[parts]
        yield self._same(count, totals[alike], parts[alike])

    def _beside(self, grouped: Groups, count: str, whole: str) -> csr_matrix:
        """Return the sums over a key that stand as ``whole`` in the rows of their parts."""
        first = np.full(len(grouped.totals), -1)
        first[grouped.of[::-1]] = grouped.parts[::-1]
        return self._that_hold(
            self.cell(first, whole),
            self.column(whole)[first],
            grouped.of,
            self.cell(grouped.parts, count),
            self.column(count)[grouped.parts],
        )

    def _in_rows(self, total: str, names: Sequence[str]) -> csr_matrix:
        """Return the sums of the counts ``names`` in the same row."""
        rows = np.arange(len(self.codes))
        return self._that_hold(
            self.cell(rows, total),
            self.column(total)[rows],
            np.tile(rows, len(names)),
            np.concatenate([self.cell(rows, name) for name in names]),
            np.nan_to_num(np.concatenate([self.column(name)[rows] for name in names])),
        )

    def _that_hold(
        self, totals: Numbers, wholes: Vector, of: Numbers, parts: Numbers, values: Vector
    ) -> csr_matrix:
        """Return the sums that hold, without parts of zero: of each total, and parts of all."""
        holds = np.bincount(of, values, minlength=len(totals)) == wholes
        taken = holds[of] & (values != 0)
        number = np.cumsum(holds) - 1
        return sums_of(totals[holds], number[of[taken]], parts[taken], self.cells)

    def _same(self, count: str, rows: Numbers, others: Numbers) -> csr_matrix:
        return equal(self.cell(rows, count), self.cell(others, count), self.cells)


def equal(cells: Numbers, others: Numbers, size: int) -> csr_matrix:
    """Return the sums that say that each of ``cells`` is the same as its other, of ``size`` all."""
    return sums_of(cells, np.arange(len(others)), others, size)


def sheets(tables: Sequence[Table]) -> list[Sheet]:
    """Return tables with their cells numbered one table after the other."""
    ends = np.cumsum([0, *(table.values.size for table in tables)]).tolist()
    linked = (keys for table in tables for _, keys in table.rule.links.values())
    names = dict.fromkeys(key for keys in (*(t.rule.keys for t in tables), *linked) for key in keys)
    codes = coded([table.rows for table in tables], names)
    return [Sheet(*one, ends[-1]) for one in zip(tables, codes, ends, strict=False)]


def links(among: Sequence[Sheet]) -> Iterator[csr_matrix]:
    """Yield that counts of the same people in several sheets are the same, each and its next."""
    found: dict[tuple[str, tuple[str, ...]], list[pd.DataFrame]] = defaultdict(list)
    for sheet in among:
        for count, (name, keys) in sheet.rule.links.items():
            others = [k for k in sheet.rule.keys if k not in keys]
            further = [k for k in others if count not in sheet.rule.repeated.get(k, ())]
            values = sheet.column(count)[:-1]
            whole = (sheet.codes[further] < 0).all(axis=1).to_numpy() & ~np.isnan(values)
            rows = np.flatnonzero(whole)
            place = sheet.codes.loc[:, [*keys]].iloc[rows]
            found[name, keys].append(
                place.assign(value=values[rows].astype(np.int64), cell=sheet.cell(rows, count))
            )
    for counted in map(pd.concat, found.values()):
        people = combined(counted.drop(columns="cell"))
        order = np.argsort(people, kind="stable")
        cells, follows = counted["cell"].to_numpy()[order], np.diff(people[order]) == 0
        yield equal(cells[:-1][follows], cells[1:][follows], among[0].cells)
