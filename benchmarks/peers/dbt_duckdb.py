"""dbt-duckdb alone: views over the landing files, then ``dbt build``; nothing is kept but marts."""

import duckdb
import pandas as pd
from task import Task


def main() -> None:
    """Do it, stage by stage."""
    task = Task()
    database = task.out / "peer.duckdb"
    with task.stage("views"), duckdb.connect(str(database)) as connection:
        connection.execute("create schema lake; create schema reference")
        for dataset in task.columns:
            connection.execute(f"create view lake.{dataset} as {_view(task, dataset)}")
        _log(connection, task)
        for name, columns in task.reference.items():
            connection.execute(
                f"create table reference.{name} as from {_csv([_reference(task, name)], columns)}"
            )
    with task.stage("dbt build"):
        task.dbt_build("duckdb", {"PEER_DATABASE": str(database)})
    task.done()


def _view(task: Task, dataset: str) -> str:
    """Return a query of a dataset's files under the names of the models."""
    chosen = [
        f"sha256({name}) as {key}"
        if key != name
        else f"coalesce({name}, {'null' if default is None else default}) as {name}"
        for name, (key, _, default) in task.columns[dataset].items()
        if key is not None
    ]
    end = f"last_day(date '{task.period}-01')"
    chosen += [
        f"cast({expression.replace('period_end', end)} as {kind}) as {name}"
        for name, (kind, expression) in task.derived[dataset].items()
    ]
    period, agency = "split_part(filename, '/', -3)", "split_part(filename, '/', -2)"
    return (
        f"select {period} || '-' || {agency} || '-{dataset}' as submission_id,"
        f" {agency} as agency_code, {period} as period, {', '.join(chosen)},"
        f" cast(row_number() over () as integer) as row_number from {_files(task, dataset)}"
    )


def _files(task: Task, dataset: str) -> str:
    columns = {name: kind for name, (_, kind, _) in task.columns[dataset].items()}
    return _csv([file.path for file in task.of(dataset)], columns)


def _csv(paths: list[str], columns: dict[str, str]) -> str:
    return f"read_csv({paths}, header = true, filename = true, columns = {columns})"


def _reference(task: Task, name: str) -> str:
    return str(task.home / "reference" / f"{name}.csv")


def _log(connection: duckdb.DuckDBPyConnection, task: Task) -> None:
    """Make the commit log of all files: who sent what when, rows and filled cells."""
    counts = []
    for dataset, columns in task.columns.items():
        own = [name for name, (key, *_) in columns.items() if key is not None]
        filled = " + ".join(f"count({name})" for name in own)
        counts.append(
            f"select filename, count(*) as n, {len(own)} as width, {filled} as filled"
            f" from {_files(task, dataset)} group by filename"
        )
    landed = pd.DataFrame(
        [(*file, task.submission_id(file)) for file in task.files],
        columns=["agency_code", "dataset", "filename", "received_at", "submission_id"],
    )
    connection.register("landed", landed)
    known = {
        "period": f"'{task.period}'", "revision": "1", "status": "'diterima'", "rows_read": "n",
        "rows_accepted": "n", "rows_rejected": "0", "rows_warned": "0", "rows_replayed": "0",
        "cells_total": "n * width", "cells_filled": "filled",
        "file_sha256": "submission_id",
        **{name: name for name in ("agency_code", "dataset", "received_at", "submission_id")},
    }  # fmt: skip
    chosen = ", ".join(
        f"cast({known.get(name, 'null')} as {kind}) as {name}"
        for name, kind in task.submission.items()
    )
    connection.execute(
        f"create table lake.submission as select {chosen} from landed"
        f" inner join ({' union all '.join(counts)}) using (filename)"
    )


if __name__ == "__main__":
    main()
