"""pandas from end to end: read the files, compute every mart, write Parquet, or a server's tables.

The marts are computed by the pandas code that tests hold ours against (``tests/recompute``).
"""

import sys
from pathlib import Path

import pandas as pd
import sqlalchemy
from landing import read, received
from task import Task

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from recompute import MARTS, Recomputed


class InMemory(Recomputed):
    """A month of which every row was read before."""

    def __init__(self, task: Task, frames: dict[str, pd.DataFrame]) -> None:
        """Take the rows of each dataset, and the commit log as ``submission``."""
        self._frames = frames
        super().__init__(task.home, task.out, task.period, task.as_of)

    def read(self, dataset: str) -> pd.DataFrame:
        """Return every row of a dataset."""
        return self._frames[dataset]


def main() -> None:
    """Do it, stage by stage."""
    task = Task()
    with task.stage("read"):
        frames, log = {}, []
        for dataset in task.columns:
            parts = [(file, read(task, file)) for file in task.of(dataset)]
            log += [received(task, file, rows) for file, rows in parts]
            frames[dataset] = pd.concat([rows for _, rows in parts], ignore_index=True)
        frames["submission"] = pd.DataFrame(log)
    with task.stage("compute"):
        month = InMemory(task, frames)
        marts = {name: month.once(compute) for name, (_, compute) in MARTS.items()}
    with task.stage("write"):
        _to_sql(marts, task.dsn) if task.to_sql else _to_parquet(marts, task.out)
    task.done()


def _to_parquet(marts: dict[str, pd.DataFrame], folder: Path) -> None:
    for name, rows in marts.items():
        rows.to_parquet(folder / f"{name}.parquet", index=False)


def _to_sql(marts: dict[str, pd.DataFrame], dsn: str) -> None:
    engine = sqlalchemy.create_engine(dsn.replace("postgresql:", "postgresql+psycopg2:"))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("create schema marts"))
        for name, rows in marts.items():
            # PostgreSQL takes 65,535 parameters in a statement.
            size = 65_535 // len(rows.columns)
            rows.to_sql(
                name, connection, schema="marts", index=False, method="multi", chunksize=size
            )


if __name__ == "__main__":
    main()
