"""Disclosure control as tests speak of it: cells have names, tables are lists of rows."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import csr_matrix

from asn_warehouse.cell_system import sums_of
from asn_warehouse.count_tables import Table, TableRule, sheets
from asn_warehouse.disclosure import Problem, Status, solve
from asn_warehouse.report import protection
from asn_warehouse.report.protection import Hidden, ProtectedRow
from asn_warehouse.safe_marts import MARTS, files, protecting

Cell = Hashable
Row = dict[str, Any]


@dataclass(frozen=True)
class Equation:
    """A total that equals the sum of its parts."""

    total: Cell
    parts: tuple[Cell, ...]


def equations_of(sums: csr_matrix, names: Sequence[Cell]) -> list[Equation]:
    """Return the rows of a matrix of sums, each with the names of its cells."""
    found = []
    for start, end in pairwise(sums.indptr):
        cells = [names[cell] for cell in sums.indices[start:end]]
        signed = list(zip(cells, sums.data[start:end], strict=True))
        (total,) = (cell for cell, factor in signed if factor < 0)
        found.append(Equation(total, tuple(cell for cell, factor in signed if factor > 0)))
    return found


def sums_between(equations: Sequence[Equation], number: Mapping[Cell, int]) -> csr_matrix:
    """Return equations as a matrix of sums over the cells that ``number`` numbers."""
    which = [row for row, e in enumerate(equations) for _ in e.parts]
    parts = [number[part] for e in equations for part in e.parts]
    totals = [number[e.total] for e in equations]
    return sums_of(*(np.array(one, dtype=int) for one in (totals, which, parts)), len(number))


def problem(
    counts: Mapping[Cell, int | None],
    equations: Sequence[Equation],
    threshold: int,
    *,
    costs: Mapping[Cell, int] | None = None,
    places: Mapping[Cell, int] | None = None,
    elsewhere: Collection[Cell] = (),
    shown_elsewhere: Collection[Cell] = (),
    same: Sequence[tuple[Cell, Cell]] = (),
) -> Problem:
    """Return counts with names as a problem; cells are numbered in their order."""
    number = {cell: i for i, cell in enumerate(counts)}

    def marked(cells: Collection[Cell]) -> np.ndarray:
        return np.array([cell in cells for cell in counts], dtype=bool)

    return Problem(
        np.array([np.nan if n is None else n for n in counts.values()], dtype=float),
        sums_between(equations, number),
        threshold,
        costs=np.array([(costs or {}).get(cell, 0) for cell in counts], dtype=float),
        places=np.array([(places or {}).get(cell, -1) for cell in counts], dtype=int),
        hidden=marked(()),
        elsewhere=marked(elsewhere),
        known=marked(()),
        shown_elsewhere=marked(shown_elsewhere),
        same=np.array([[number[a], number[b]] for a, b in same], dtype=int).reshape(-1, 2),
    )


def suppress(
    counts: Mapping[Cell, int | None],
    equations: Sequence[Equation],
    threshold: int,
    costs: Mapping[Cell, int] | None = None,
) -> dict[Cell, Status]:
    """Return the status of each count when all are protected together."""
    hidden = solve(problem(counts, equations, threshold, costs=costs)).hidden
    return {
        cell: _status(value, is_hidden)
        for (cell, value), is_hidden in zip(counts.items(), hidden.tolist(), strict=True)
    }


def _status(value: Any, is_hidden: bool) -> Status:
    if is_hidden:
        return Status.SUPPRESSED
    return Status.NOT_REPORTED if value is None else Status.SHOWN


def table_of(rows: Sequence[Row], rule: TableRule) -> Table:
    return Table(pd.DataFrame(rows), rule)


def table_equations(rows: Sequence[Row], rule: TableRule) -> list[Equation]:
    """Return the sums that hold in a table; cells are (place of the row, count)."""
    (sheet,) = sheets([table_of(rows, rule)])
    names = [(i, count) for i in range(len(rows)) for count in rule.counts]
    return [e for sums in sheet.sums() for e in equations_of(sums, names)]


def protect(rows: Sequence[Row], rule: TableRule, threshold: int) -> list[ProtectedRow]:
    """Return the rows of one table as they may be shown."""
    return protect_together([(rows, rule)], threshold)[0]


def protect_together(
    tables: Sequence[tuple[Sequence[Row], TableRule]], threshold: int
) -> list[list[ProtectedRow]]:
    """Return the rows of several tables as they may be shown together."""
    hidden = protection.protect_together([table_of(*table) for table in tables], threshold)
    return [as_shown(rows, hides, rule) for (rows, rule), hides in zip(tables, hidden, strict=True)]


def as_shown(rows: Sequence[Row], hidden: Hidden, rule: TableRule) -> list[ProtectedRow]:
    """Return rows with what is hidden of them None."""
    found = []
    for row, hides in zip(rows, hidden.to_dict("records"), strict=True):
        names = [name for name in (*rule.counts, *rule.statistics) if name in row]
        found.append(
            ProtectedRow(
                {name: None if hides.get(name) else value for name, value in row.items()},
                {name: _status(row[name], hides[name]) for name in names},
            )
        )
    return found


def protect_month(month: Mapping[str, list[Row]], threshold: int) -> dict[str, list[ProtectedRow]]:
    """Return the rows of marts as one who reads their protected tables finds them."""
    exact = {name: pa.Table.from_pylist(rows) for name, rows in month.items()}
    hidden = protecting.protect_schemas(files.frames(exact), {"": threshold})[""]
    return {
        mart.name: [
            files.protected_row(mart, row)
            for row in files.protected_table(mart, exact[mart.name], hidden[mart.name]).to_pylist()
        ]
        for mart in MARTS
        if mart.name in exact
    }
