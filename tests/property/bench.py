"""Files in, verdicts out: admission's own readers and engine, without landing and storing."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from support import AGENCY, PERIOD, make_home

from asn_warehouse import vault
from asn_warehouse.admission.admit import judge, open_files
from asn_warehouse.admission.batch import Batch
from asn_warehouse.admission.landing import describe
from asn_warehouse.admission.outcomes import Outcome
from asn_warehouse.contracts import dataset
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

MONTH = Period.parse(PERIOD)
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Judged:
    """One file after judging: typed values of every row by number, and which were let in."""

    outcome: Outcome
    rows: dict[int, Row]
    accepted: dict[int, Row]

    @property
    def rejected(self) -> dict[int, tuple[str, ...]]:
        """Failed rules by row number."""
        return {row.row_number: row.rules for row in self.outcome.rejected}


@dataclass(frozen=True)
class Bench:
    """Readers and engine over one folder."""

    settings: Settings
    engine: duckdb.DuckDBPyConnection
    folder: Path

    @classmethod
    @contextmanager
    def over(cls, folder: Path) -> Iterator["Bench"]:
        """Yield a bench whose files lie in ``folder``."""
        settings = make_home(folder / "home").settings
        with vault.private_engine(settings) as engine:
            yield cls(settings, engine, folder / "files")

    def judge(self, name: str, files: Sequence[tuple[str, bytes]]) -> list[Judged]:
        """Judge files of the dataset ``name``, given by ending and bytes, all together."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        paths = [self.folder / f"{n:04d}{ending}" for n, (ending, _) in enumerate(files)]
        for path, (_, data) in zip(paths, files, strict=True):
            path.write_bytes(data)
        landed = [
            describe(self.settings, path, AGENCY, {AGENCY: ""}, PERIOD, name) for path in paths
        ]
        found: dict[str, Judged] = {}
        with vault.scratch(self.settings) as scratch:
            readables, refused = open_files(self.settings, landed, scratch)

            def keep(batch: Batch, outcomes: list[Outcome]) -> list[Outcome]:
                for index, outcome in enumerate(outcomes):
                    rows, accepted = typed_rows(batch, index), accepted_rows(batch, index)
                    found[outcome.file.path] = Judged(outcome, rows, accepted)
                return outcomes

            if readables:
                judge(self.engine, self.settings, dataset(self.settings, name), MONTH, readables,
                      keep)  # fmt: skip
        found |= {outcome.file.path: Judged(outcome, {}, {}) for outcome in refused}
        return [found[str(path)] for path in paths]


def typed_rows(batch: Batch, index: int) -> dict[int, Row]:
    """Return the typed values of the rows of a file that were read, whatever became of them."""
    return _rows(batch, f"from typed as t join files using (file_index) where file_index = {index}")


def accepted_rows(batch: Batch, index: int) -> dict[int, Row]:
    """Return the rows of a file that go into the lake."""
    return _rows(batch, f"{batch.accepted()} and file_index = {index}")


def _rows(batch: Batch, source: str) -> dict[int, Row]:
    columns = ", ".join(f"t.{column.name}" for column in batch.dataset.columns)
    query = f"select {batch.row_number()}, {columns} {source}"
    return {number: row for number, *row in map(tuple, batch.connection.execute(query).fetchall())}
