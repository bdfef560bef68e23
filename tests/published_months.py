"""Published months as whoever attacks them knows them: exact counts, the sums, what is hidden."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from named_cells import equations_of

from asn_warehouse.report.protection import problem_of
from asn_warehouse.safe_marts import files, protecting
from asn_warehouse.safe_marts.fineness import missing

Cell = tuple[int, int, str]
Place = tuple[int, tuple[Any, ...], str]


class Published:
    """Exact counts of a version, the sums between them, and what a protected schema hides.

    Cells are (place of the table, place of the row, count). ``suppressed`` are the published cells
    that are hidden; ``unseen`` are these and what is published nowhere. ``cells`` are the counts
    above zero by table, keys and name.
    """

    def __init__(self, folder: Path, schema: str = "safe") -> None:
        exact, seen = (
            files.frames(files.read(place, {path.stem for path in place.glob("*.parquet")}))
            for place in (folder, folder / schema)
        )
        stacks = protecting._stacks(protecting._with_helpers(exact), missing(exact, seen))
        problem = problem_of([stack.table for stack in stacks], 5)
        names: list[Cell] = []
        self.suppressed: set[Cell] = set()
        self.cells: dict[Place, Cell] = {}
        shown: set[Cell] = set()
        for t, stack in enumerate(stacks):
            rule, exact_rows = stack.table.rule, stack.table.rows
            rows = [
                (mart, row)
                for mart, _ in stack.parts
                for row in seen.get(mart.name, pd.DataFrame()).to_dict("records")
            ]
            assert len(rows) == len(exact_rows)
            names += [(t, i, count) for i in range(len(rows)) for count in rule.counts]
            for i, (mart, row) in enumerate(rows):
                hidden = row["suppressed"].split(";")
                for count in (n for n in mart.rule.counts if n in row):
                    (self.suppressed if count in hidden else shown).add((t, i, count))
            keys = exact_rows.reindex(columns=[*rule.keys]).astype(object)
            places = keys.where(keys.notna(), None).itertuples(index=False, name=None)
            for i, (place, values) in enumerate(zip(places, stack.table.values, strict=True)):
                for count, value in zip(rule.counts, values, strict=True):
                    if value > 0:
                        self.cells[t, place, count] = (t, i, count)
        self.counts = {
            cell: None if np.isnan(value) else int(value)
            for cell, value in zip(names, problem.counts, strict=True)
        }
        self.sums = [(e.total, e.parts) for e in equations_of(problem.sums, names)]
        self.unseen = {c for c, value in self.counts.items() if value and c not in shown}


def unchanged(one: Published, other: Published) -> list[tuple[Cell, Cell]]:
    """Return the cells of both that have the same keys and count, the same people or not."""
    return [
        (cell, other.cells[place])
        for place, cell in one.cells.items()
        if place in other.cells and one.counts[cell] == other.counts[other.cells[place]]
    ]
