"""dlt into PostgreSQL, ``dbt build`` there, then Great Expectations on frames of pandas.

dlt gets Arrow tables and loads them with COPY, the fastest way that its ``postgres`` extra has. Of
the project's expectations those are asked that Great Expectations can ask of a frame; its SQL
expectations, almost half of them, are left out.
"""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pandas as pd
import pyarrow as pa
import sqlalchemy
from landing import read, received
from task import Task

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "GX_ANALYTICS_ENABLED": "false"}
_ARROW = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}
_DLT: dict[str, dict[str, Any]] = {
    "VARCHAR": {"data_type": "text"},
    "INTEGER": {"data_type": "bigint", "precision": 32},
    "BIGINT": {"data_type": "bigint"},
    "DOUBLE": {"data_type": "double"},
    "DATE": {"data_type": "date"},
    "TIMESTAMP": {"data_type": "timestamp", "timezone": False},
}
_SYSTEM = {
    "submission_id": "VARCHAR",
    "agency_code": "VARCHAR",
    "row_number": "INTEGER",
    "period": "VARCHAR",
}


def main() -> None:
    """Do it, stage by stage."""
    task = Task()
    with task.stage("dlt"):
        _load(task)
    with task.stage("dbt build"):
        place = urlsplit(task.dsn)
        task.dbt_build(
            "postgres",
            {
                "PEER_HOST": place.hostname or "localhost",
                "PEER_PORT": str(place.port or 5432),
                "PEER_USER": unquote(place.username or ""),
                "PEER_PASSWORD": unquote(place.password or ""),
                "PEER_DATABASE": unquote(place.path[1:]),
            },
        )
    with task.stage("Great Expectations"):
        _expect(task)
    task.done()


def _load(task: Task) -> None:
    """Load the datasets, the commit log of their files, and the reference files."""
    import dlt

    log: list[dict[str, Any]] = []

    def run(schema: str, resources: list[Any]) -> None:
        # dlt wants a password, also for a server that asks for none.
        destination = dlt.destinations.postgres(task.dsn.replace("@", ":none@"))
        pipeline = dlt.pipeline(
            schema, pipelines_dir=str(task.out / "dlt"), destination=destination,
            dataset_name=schema,
        )  # fmt: skip
        pipeline.run(resources, loader_file_format="csv").raise_on_failed_jobs()

    def resource(name: str, columns: dict[str, str], tables: Iterator[pd.DataFrame]) -> Any:
        schema = pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()])
        arrow = (pa.Table.from_pandas(t, schema, preserve_index=False) for t in tables)
        hints = {name: {**_DLT[kind]} for name, kind in columns.items()}
        return dlt.resource(arrow, name=name, columns=hints, write_disposition="replace")

    def frames(dataset: str) -> Iterator[pd.DataFrame]:
        for file in task.of(dataset):
            rows = read(task, file)
            log.append(received(task, file, rows))
            yield rows

    def reference(name: str, columns: dict[str, str]) -> Iterator[pd.DataFrame]:
        days = [column for column, kind in columns.items() if kind == "DATE"]
        path = task.home / "reference" / f"{name}.csv"
        yield pd.read_csv(path, dtype=str, parse_dates=days)

    run("lake", [resource(name, _columns(task, name), frames(name)) for name in task.columns])
    run("lake", [resource("submission", task.submission, iter([pd.DataFrame(log)]))])
    run(
        "reference",
        [resource(name, own, reference(name, own)) for name, own in task.reference.items()],
    )


def _columns(task: Task, dataset: str) -> dict[str, str]:
    """Return names and types of what the models read of a dataset."""
    own = {key: kind for key, kind, _ in task.columns[dataset].values() if key is not None}
    derived = {name: kind for name, (kind, _) in task.derived[dataset].items()}
    return _SYSTEM | own | derived


def _expect(task: Task) -> None:
    """Ask the expectations of every suite that can be asked of a frame.

    Raises:
        SystemExit: when one is not met, or cannot be asked.
    """
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("peer")
    engine = sqlalchemy.create_engine(task.dsn.replace("postgresql:", "postgresql+psycopg2:"))
    failed: list[str] = []
    for path in sorted((task.project / "expectations").glob("*.json")):
        suite = json.loads(path.read_text())
        for name, batch in suite["meta"]["batches"].items():
            rows = pd.read_sql(batch["query"], engine)
            asked = [
                {"type": e["type"], "kwargs": e["kwargs"], "meta": e["meta"]}
                for e in suite["expectations"]
                if e["meta"]["batch"] == name
                and e["type"] != "unexpected_rows_expectation"
                and 0 < len(rows) >= e["meta"].get("from_rows", 0)
            ]
            key = f"{suite['name']}.{name}"
            definition = source.add_dataframe_asset(key).add_batch_definition_whole_dataframe("all")
            answer = definition.get_batch({"dataframe": rows}).validate(
                gx.ExpectationSuite(name=key, expectations=asked), result_format="BOOLEAN_ONLY"
            )
            failed += [r.expectation_config.meta["id"] for r in answer.results if not r.success]
    if failed:
        raise SystemExit(f"not met: {', '.join(failed)}")


if __name__ == "__main__":
    main()
