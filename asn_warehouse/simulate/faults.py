"""Row faults: what each rule's fault looks like, and where it is put.

Every faulty row has exactly one fault, so that a check that answers anything but the labelled rule
is wrong.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from asn_warehouse.contracts import Column, Dataset, Severity
from asn_warehouse.periods import Period
from asn_warehouse.simulate.cells import CELL_KINDS, cell_fault
from asn_warehouse.simulate.dialects import Dialect, as_text, number_text
from asn_warehouse.simulate.row_rules import CONFLICTS, COPIES, ROW_RULES
from asn_warehouse.simulate.sheets import Sheet
from asn_warehouse.simulate.spec import Label

TRIES = 300


@dataclass(frozen=True)
class Fault:
    """One fault to place: the rule that must answer and how a row comes to break it."""

    dataset: str
    rule: str
    severity: Severity
    variant: int
    column: Column | None = None

    @property
    def kind(self) -> str:
        """The last part of the rule id."""
        return self.rule.rsplit(".", 1)[1]


def all_faults(datasets: dict[str, Dataset], per_rule: int, seed: int) -> list[Fault]:
    """Return ``per_rule`` faults for every row rule of every contract, in a seeded order."""
    found = []
    for name, dataset in sorted(datasets.items()):
        rules: list[tuple[str, Severity, Column | None]] = [
            (f"{name}.{kind}", "error", None) for kind in ("duplicate", "conflict", "broken_row")
        ]
        rules += [(rule.id, rule.severity, None) for rule in dataset.rules]
        rules += [
            (f"{name}.{column.name}.{kind}", "error", column)
            for column in dataset.columns
            for kind, applies in CELL_KINDS.items()
            if applies(column)
        ]
        found += [
            Fault(name, rule, severity, n, column)
            for rule, severity, column in rules
            for n in range(per_rule)
        ]
    rng = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    rng.shuffle(found)
    return _csv_first(found, rng)


def _csv_first(faults: list[Fault], rng: random.Random) -> list[Fault]:
    """Move faults that need lines to the front quarter; workbooks and the like may come last."""
    ordered = [fault for fault in faults if fault.kind != "broken_row"]
    quarter = len(ordered) // 4
    for fault in faults:
        if fault.kind == "broken_row":
            ordered.insert(rng.randint(0, quarter), fault)
    return ordered


class FaultQueue:
    """Hands faults out to the files of a simulation until none is left.

    A file gets twice its even share: the files of the first month, which come first, are larger.
    """

    def __init__(self, faults: list[Fault], files: dict[str, int], seed: int) -> None:
        self._waiting: dict[str, deque[Fault]] = {name: deque() for name in files}
        for fault in faults:
            self._waiting[fault.dataset].append(fault)
        self._files = {name: max(1, count) for name, count in files.items()}
        self._seed = seed

    @property
    def waiting(self) -> list[str]:
        """Rules whose faults found no row yet."""
        return [fault.rule for faults in self._waiting.values() for fault in faults]

    def inject(
        self, table: pa.Table, dataset: Dataset, dialect: Dialect, period: Period, agency_code: str
    ) -> tuple[Sheet, list[Label]]:
        """Return the submission as text with this file's share of faults, and their labels."""
        waiting, files = self._waiting[dataset.name], self._files[dataset.name]
        share = -(-2 * len(waiting) // files)
        self._files[dataset.name] = max(1, files - 1)
        rng = random.Random(f"{self._seed}/{period}/{agency_code}/{dataset.name}")  # noqa: S311
        editor = _Editor(table, dataset, dialect, period, rng)
        for _ in range(len(waiting)):
            if editor.placed >= share:
                break
            fault = waiting.popleft()
            if not editor.place(fault):
                waiting.append(fault)
        sheet = editor.sheet()
        file_name = f"{dataset.name}.{dialect.format}"
        return sheet, [
            Label(
                agency_code,
                str(period),
                dataset.name,
                file_name,
                sheet.row_number(row),
                fault.rule,
                fault.severity,
            )
            for row, fault in editor.labels
        ]


class _Editor:
    """Edits the rows of one file; of some datasets copies are edited so that no row is lost."""

    def __init__(
        self,
        table: pa.Table,
        dataset: Dataset,
        dialect: Dialect,
        period: Period,
        rng: random.Random,
    ) -> None:
        self._table, self._dataset, self._dialect = table, dataset, dialect
        self._period, self._rng = period, rng
        self._is_copied = dataset.name in COPIES
        self._edits: dict[tuple[int, str], str | None] = {}
        self._extra: list[dict[str, Any]] = []
        self._used: set[int] = set()
        self._floats: dict[tuple[int, str], float] = {}
        self._broken: list[int] = []
        self._open_quote: dict[str, Any] | None = None
        self.labels: list[tuple[int, Fault]] = []
        self.placed = 0

    def _row(self, index: int) -> dict[str, Any]:
        return self._table.slice(index, 1).to_pylist()[0]  # type: ignore[no-any-return]

    def _append(self, row: dict[str, Any]) -> int:
        self._extra.append(row)
        return int(self._table.num_rows) + len(self._extra) - 1

    def place(self, fault: Fault) -> bool:
        """Put a fault into the file if it has a fitting row; say whether it did."""
        rows, room = self._table.num_rows, max(1, self._table.num_rows // 3)
        if rows == 0 or (len(self._used) >= room and not self._is_copied):
            return False
        for index in self._rng.sample(range(rows), min(TRIES, rows)):
            if index not in self._used and self._apply(fault, index):
                self.placed += 1
                return True
        return False

    def _apply(self, fault: Fault, index: int) -> bool:
        row = self._row(index)
        if self._is_copied and fault.kind != "duplicate":
            row = COPIES[self._dataset.name](row, len(self._extra) + 1)
        structural: dict[str, Callable[[Fault, int, dict[str, Any]], bool]] = {
            "duplicate": self._duplicate,
            "conflict": self._conflict,
            "broken_row": self._break,
        }
        if fault.kind in structural:
            return structural[fault.kind](fault, index, row)
        edits = self._edits_for(fault, row)
        if edits is None:
            return False
        target = self._append(row) if self._is_copied else index
        self._used.add(target)
        for column, value in edits.items():
            if isinstance(value, float):
                self._floats[target, column] = value
                self._edits[target, column] = number_text(value, self._dialect)
            else:
                self._edits[target, column] = value
        self.labels.append((target, fault))
        return True

    def _edits_for(self, fault: Fault, row: dict[str, Any]) -> dict[str, str | float | None] | None:
        if fault.column is not None:
            return cell_fault(fault.column, fault.kind, row, fault.variant, self._dialect)
        return ROW_RULES[fault.rule](row, self._period, self._dialect)

    def _duplicate(self, fault: Fault, index: int, row: dict[str, Any]) -> bool:
        self._used.add(index)
        self.labels.append((self._append(row), fault))
        return True

    def _conflict(self, fault: Fault, index: int, row: dict[str, Any]) -> bool:
        other = CONFLICTS[self._dataset.name](row)
        if other is None:
            return False
        first = self._append(row) if self._is_copied else index
        self._used.add(first)
        self.labels += [(first, fault), (self._append({**row, **other}), fault)]
        return True

    def _break(self, fault: Fault, index: int, row: dict[str, Any]) -> bool:
        if not self._dialect.is_csv and self._dialect.format != "jsonl":
            return False
        if self._dialect.is_csv and fault.variant % 2 and self._open_quote is None:
            self._open_quote = row
            self.labels.append((-1, fault))
            return True
        target = self._append(row) if self._is_copied else index
        self._used.add(target)
        self._broken.append(target)
        self.labels.append((target, fault))
        return True

    def sheet(self) -> Sheet:
        """Return the file as text with every edit made."""
        extra = [*self._extra, *([self._open_quote] if self._open_quote else [])]
        table = self._table
        if extra:
            table = pa.concat_tables([table, pa.Table.from_pylist(extra, schema=table.schema)])
        last = table.num_rows - 1
        self.labels = [(last if row == -1 else row, fault) for row, fault in self.labels]
        text = as_text(table, self._dialect)
        for name in {column for _, column in self._edits}:
            values = text[name].to_pylist()
            for (row, column), value in self._edits.items():
                if column == name:
                    values[row] = value
            place = text.column_names.index(name)
            text = text.set_column(place, name, pa.array(values, pa.string()))
        return Sheet(
            self._dataset,
            self._dialect,
            text,
            edited=set(self._edits) - set(self._floats),
            float_cells=self._floats,
            extra_fields=self._broken,
            has_open_quote=self._open_quote is not None,
        )
