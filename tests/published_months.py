"""Published months as whoever attacks them knows them: exact counts, the sums, what is hidden."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from asn_warehouse.report.protection import problem_of
from asn_warehouse.safe_marts import files, protecting

Cell = tuple[int, int, str]
Place = tuple[int, tuple[Any, ...], str]


class Published:
    """Exact counts of a version, the sums between them, and what a protected schema hides.

    ``suppressed`` are the published cells that are hidden; ``unseen`` are these and what is
    published nowhere. ``values`` are the counts above zero by table, keys and name.
    """

    def __init__(self, folder: Path, schema: str = "safe") -> None:
        names = {path.stem for path in folder.glob("*.parquet")}
        month = {name: t.to_pylist() for name, t in files.read(folder, names).items()}
        tables, cuts = protecting._tables(month)
        problem = problem_of(tables, 5)
        self.counts = problem.counts
        self.sums = [(e.total, e.parts) for e in problem.equations]
        self.suppressed: set[Cell] = set()
        shown: set[Cell] = set()
        for t, parts in enumerate(cuts):
            start = 0
            for mart, count in parts:
                rows = self._rows(folder / schema / f"{mart.name}.parquet", count)
                for i, row in enumerate(rows, start):
                    hidden = row["suppressed"].split(";")
                    for name in (n for n in mart.rule.counts if n in row):
                        (self.suppressed if name in hidden else shown).add((t, i, name))
                start += count
        self.unseen = {c for c, value in self.counts.items() if value and c not in shown}
        self.cells: dict[Place, Cell] = {
            (t, tuple(rows[i].get(key) for key in rule.keys), name): (t, i, name)
            for t, (rows, rule) in enumerate(tables)
            for i, row in enumerate(rows)
            for name in rule.counts
            if row[name]
        }

    def _rows(self, path: Path, count: int) -> list[dict[str, Any]]:
        rows = pq.read_table(path).to_pylist() if path.exists() else []
        assert len(rows) == count
        return rows


def unchanged(one: Published, other: Published) -> list[tuple[Cell, Cell]]:
    """Return the cells of both that have the same keys and count, the same people or not."""
    return [
        (cell, other.cells[place])
        for place, cell in one.cells.items()
        if place in other.cells and one.counts[cell] == other.counts[other.cells[place]]
    ]
