"""Tables of counts and statistics, protected together.

Two tables that count the same people give each other away unless the same cells are hidden in
both, so all tables of a publication form one system of equations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, vstack

from asn_warehouse.cell_system import Mask, Numbers, Vector
from asn_warehouse.count_tables import Sheet, Table, links, sheets
from asn_warehouse.disclosure import NotProtected, Problem, Status, solve
from asn_warehouse.row_keys import coded, places

Hidden = pd.DataFrame
"""For each row of a table, and each of its protected columns by name, whether it is hidden."""


@dataclass(frozen=True)
class ProtectedRow:
    """A row in which hidden values are None, and the status of each protected column."""

    values: Mapping[str, Any]
    statuses: Mapping[str, Status]

    @property
    def status(self) -> Status:
        """Suppressed if any column is; not reported if all are; else shown."""
        found = set(self.statuses.values())
        if Status.SUPPRESSED in found:
            return Status.SUPPRESSED
        return Status.NOT_REPORTED if found == {Status.NOT_REPORTED} else Status.SHOWN


_OF_NATION, _OF_AGENCY = (20_000, 30, 10, 3), (3_000, 6, 1, 1)
"""How much readers would miss a row: a total, one broken down by one key, by two and so on."""


@dataclass(frozen=True)
class Neighbour:
    """What readers have beside a month: one near it, or the version that it replaces.

    ``tables`` are the exact ones, in the order of those to be protected (a table that there was
    not has no rows); ``hidden`` says which counts of them were hidden when they were published.
    """

    tables: Sequence[Table]
    hidden: Sequence[Hidden]


def protect_together(
    tables: Sequence[Table],
    threshold: int,
    *,
    given: Sequence[Neighbour] = (),
    hidden: Sequence[Hidden] = (),
) -> list[Hidden]:
    """Return what to hide of every table against subtraction within it and between the tables.

    A statistic is hidden where a count it rests on is, and where it has fewer cases than the
    threshold.

    Args:
        tables: the exact tables.
        threshold: below which count a count is small.
        given: months beside this one that stay as they were published.
        hidden: what is to be hidden of each table in any case.

    Raises:
        NotProtected: when hidden counts can be bounded whatever is hidden.
    """
    try:
        found = solve(problem_of(tables, threshold, given=given, hidden=hidden)).hidden
    except NotProtected as error:
        raise NotProtected(error.stuck, _name(tables, min(error.stuck))) from error
    ends = np.cumsum([table.values.size for table in tables])
    return [
        _with_statistics(table, counts.reshape(table.values.shape), threshold)
        for table, counts in zip(tables, np.split(found, ends), strict=False)
    ]


def _name(tables: Sequence[Table], cell: int) -> str:
    """Return the name of a count and the keys of its row; nothing of a neighbour's."""
    for table in tables:
        if cell < table.values.size:
            row, count = divmod(cell, len(table.rule.counts))
            keys = table.rows.iloc[row].reindex([*table.rule.keys]).dropna()
            return " ".join([table.rule.counts[count], *(f"{k}={v}" for k, v in keys.items())])
        cell -= table.values.size
    return ""


def problem_of(
    tables: Sequence[Table],
    threshold: int,
    *,
    given: Sequence[Neighbour] = (),
    hidden: Sequence[Hidden] = (),
) -> Problem:
    """Return the counts of all tables as one problem, with what is known from ``given``.

    Cells are numbered by table, row and count of the rule; those of the neighbours' tables follow.
    """
    nothing = [pd.DataFrame(index=table.rows.index) for table in tables]
    months = [Neighbour(tables, hidden or nothing), *given]
    numbered = sheets([table for month in months for table in month.tables])
    rest = iter(numbered)
    mine, *theirs = ([next(rest) for _ in month.tables] for month in months)
    counts = np.concatenate([sheet.table.values.ravel() for sheet in numbered])
    costs = np.concatenate([_costs(sheet.table) for sheet in numbered])
    marked = np.concatenate(
        [_by_cell(*one) for m in months for one in zip(m.tables, m.hidden, strict=True)]
    )
    is_own = np.arange(len(counts)) < sum(table.values.size for table in tables)
    elsewhere = marked & ~is_own
    pairs = [one for others in theirs for one in map(_same_places, mine, others)]
    same = np.concatenate([np.zeros((0, 2), dtype=np.int64), *pairs])
    here, there = same.T
    is_equal, was_hidden = counts[here] == counts[there], elsewhere[there]
    known, familiar = np.zeros((2, len(counts)), dtype=bool)
    known[here[is_equal & ~was_hidden]] = True
    familiar[here[was_hidden]] = True
    sums = [one for sheet in numbered for one in sheet.sums()]
    sums += [one for month in (mine, *theirs) for one in links(month)]
    return Problem(
        counts=counts,
        sums=vstack([csr_matrix((0, len(counts))), *sums], format="csr"),
        threshold=threshold,
        costs=np.where(is_own, costs // np.where(familiar, 4, 1), 0),
        places=_agencies(numbered),
        hidden=marked & is_own,
        elsewhere=elsewhere,
        known=known,
        shown_elsewhere=~marked & ~is_own,
        same=same[is_equal & was_hidden & ~known[here]],
    )


def _by_cell(table: Table, hidden: Hidden) -> Mask:
    counts = hidden.reindex(columns=[*table.rule.counts], fill_value=False)
    return counts.to_numpy(dtype=bool).ravel()


def _costs(table: Table) -> Vector:
    """Return by cell how much readers would miss it: totals more than details, the nation most."""
    is_known = table.rows.reindex(
        columns=[*dict.fromkeys(("agency_code", *table.rule.keys))]
    ).notna()
    of_agency = is_known.pop("agency_code").to_numpy()
    further = np.minimum(is_known.to_numpy(dtype=bool).sum(axis=1), len(_OF_NATION) - 1)
    worth = np.where(of_agency, np.take(_OF_AGENCY, further), np.take(_OF_NATION, further))
    return np.repeat(worth, len(table.rule.counts)).astype(float)


def _agencies(numbered: Sequence[Sheet]) -> Numbers:
    """Return by cell the number of the agency that it is of, -1 where it is of none."""
    counted = [sheet.table for sheet in numbered if sheet.rule.counts]
    agencies = [_agency(table.rows) for table in counted]
    found = [
        np.repeat(codes["agency"].to_numpy(), len(table.rule.counts))
        for table, codes in zip(counted, coded(agencies, ["agency"]), strict=True)
    ]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def _agency(rows: pd.DataFrame) -> pd.DataFrame:
    found = rows.reindex(columns=["agency_code", "program_agency_code"])
    return found["agency_code"].combine_first(found["program_agency_code"]).to_frame("agency")


def _same_places(sheet: Sheet, other: Sheet) -> Numbers:
    """Return pairs of cells (n × 2) above zero with the same keys in both sheets.

    Where several rows of ``other`` have the same keys there is none.
    """
    keys = [*sheet.rule.keys]
    place, number = places(sheet.codes[keys], other.codes[keys])
    rows = np.flatnonzero(number == 1)
    values, others = sheet.table.values[rows], other.table.values[place[rows]]
    row, count = np.nonzero((np.nan_to_num(values) != 0) & (np.nan_to_num(others) != 0))
    width = len(sheet.rule.counts)
    return np.column_stack(
        [
            sheet.first + rows[row] * width + count,
            other.first + place[rows[row]] * width + count,
        ]
    )


def _with_statistics(table: Table, counts: Mask, threshold: int) -> Hidden:
    """Return which counts (rows × counts) are hidden, and which statistics for their sake."""
    rows, rule = table.rows, table.rule
    hidden = dict(zip(rule.counts, counts.T, strict=True))
    for name in (name for name in rule.statistics if name in rows):
        bases = [base for base in rule.statistics[name] if base in rows]
        found = np.zeros(len(rows), dtype=bool)
        for base in bases:
            found |= hidden.get(base, False)
        if bases:
            cases = rows[bases[0]].to_numpy(dtype=float)
            found |= rows[name].notna() & (cases > 0) & (cases < threshold)
        hidden[name] = found
    return pd.DataFrame(hidden, index=rows.index)
