"""Published months as whoever attacks them knows them: exact counts, the sums, what is hidden."""

from pathlib import Path
from typing import Any

from asn_warehouse.report.protection import problem_of
from asn_warehouse.safe_marts import files, protecting
from asn_warehouse.safe_marts.fineness import missing

Cell = tuple[int, int, str]
Place = tuple[int, tuple[Any, ...], str]


class Published:
    """Exact counts of a version, the sums between them, and what a protected schema hides.

    ``suppressed`` are the published cells that are hidden; ``unseen`` are these and what is
    published nowhere. ``values`` are the counts above zero by table, keys and name.
    """

    def __init__(self, folder: Path, schema: str = "safe") -> None:
        names = {path.stem for path in folder.glob("*.parquet")}
        exact, seen = (
            {name: t.to_pylist() for name, t in files.read(place, there).items()}
            for place, there in (
                (folder, names),
                (folder / schema, {path.stem for path in (folder / schema).glob("*.parquet")}),
            )
        )
        stacks = protecting._stacks(protecting._with_helpers(exact), missing(exact, seen))
        problem = problem_of([stack.table for stack in stacks], 5)
        self.counts = problem.counts
        self.sums = [(e.total, e.parts) for e in problem.equations]
        self.suppressed: set[Cell] = set()
        shown: set[Cell] = set()
        for t, stack in enumerate(stacks):
            rows = [row for mart in stack.marts for row in seen.get(mart.name, ())]
            assert len(rows) == len(stack.rows)
            marts = {mart.name: mart for mart in stack.marts}
            for i, (row, (name, _)) in enumerate(zip(rows, stack.origins, strict=True)):
                hidden = row["suppressed"].split(";")
                for count in (n for n in marts[name].rule.counts if n in row):
                    (self.suppressed if count in hidden else shown).add((t, i, count))
        self.unseen = {c for c, value in self.counts.items() if value and c not in shown}
        self.cells: dict[Place, Cell] = {
            (t, tuple(row.get(key) for key in stack.rule.keys), name): (t, i, name)
            for t, stack in enumerate(stacks)
            for i, row in enumerate(stack.rows)
            for name in stack.rule.counts
            if row[name]
        }


def unchanged(one: Published, other: Published) -> list[tuple[Cell, Cell]]:
    """Return the cells of both that have the same keys and count, the same people or not."""
    return [
        (cell, other.cells[place])
        for place, cell in one.cells.items()
        if place in other.cells and one.counts[cell] == other.counts[other.cells[place]]
    ]
