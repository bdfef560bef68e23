"""The floor: what the same bytes cost with DuckDB and ADBC alone, and nothing of this project."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_postgresql import dbapi

from asn_warehouse.build import BuildContext
from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.dbt_results import read_manifest
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.settings import Settings
from asn_warehouse.simulate import SimulationSpec
from asn_warehouse.simulate.dialects import Dialect
from asn_warehouse.simulate.world import dialects_by_agency

_DATES = {"iso": "%Y-%m-%d", "dashed": "%d-%m-%Y", "slashed": "%d/%m/%Y"}
_ENCODINGS = {"utf-8-sig": "utf-8", "cp1252": "latin-1"}


def conversion(settings: Settings, spec: SimulationSpec) -> float:
    """Return the seconds of DuckDB's typed reading of a simulated month into zstd Parquet.

    One statement for the files of a dataset that are written alike. Where a type cannot be read
    (months in words, grouped thousands) the column stays text; workbooks are left out, and files
    in cp1252 that have signs that Latin-1 has not.
    """
    alike: dict[tuple[str, Dialect], list[str]] = defaultdict(list)
    contracts = datasets(settings)
    for code, habits in dialects_by_agency(spec).items():
        for path in sorted((settings.landing / str(spec.period) / code).iterdir()):
            name = path.name.partition(".")[0]
            alike[name, habits[contracts[name].family]].append(str(path))
    target = settings.home / "floor.parquet"
    started = time.perf_counter()
    with duckdb.connect() as connection:
        for (name, dialect), paths in alike.items():
            if dialect.format == "xlsx":
                continue
            try:
                connection.execute(
                    f"copy (from {_reader(contracts[name], dialect)})"
                    f" to '{target}' (format parquet, compression zstd)",
                    [paths],
                )
            except duckdb.InvalidInputException:
                if dialect.encoding != "cp1252":
                    raise
    taken = time.perf_counter() - started
    target.unlink()
    return taken


def _reader(contract: Dataset, dialect: Dialect) -> str:
    if dialect.format == "parquet":
        return "read_parquet(?)"
    if not dialect.is_csv:
        return "read_json(?)"
    typed = {c.name: _type(c.lake_type, dialect) for c in contract.columns}
    options = {
        "columns": typed,
        "delim": dialect.delimiter,
        "quote": '"',
        "encoding": _ENCODINGS.get(dialect.encoding, dialect.encoding),
        "nullstr": dialect.null or "",
        "decimal_separator": "." if dialect.decimals == "point" else ",",
        "dateformat": _DATES.get(dialect.dates, "%Y-%m-%d"),
    }
    listed = ", ".join(f"{name} = {value!r}" for name, value in options.items())
    return f"read_csv(?, header = true, auto_detect = false, {listed})"


def _type(lake_type: str, dialect: Dialect) -> str:
    is_words = lake_type.lower() == "date" and dialect.dates not in _DATES
    is_grouped = lake_type.lower() == "double" and dialect.decimals == "grouped"
    return "varchar" if is_words or is_grouped else lake_type


def models(settings: Settings, context: BuildContext) -> float:
    """Return the seconds of the compiled SQL of every model, run in order straight in DuckDB.

    What dbt does beside it is left out: seeds (they are copied before), tests, contracts, hooks.
    """
    nodes = {
        name: node
        for name, node in read_manifest(context.target_dir)["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    }
    parents = {name: set(node["depends_on"].get("nodes", ())) for name, node in nodes.items()}
    order = TopologicalSorter({name: own & set(nodes) for name, own in parents.items()})
    database = settings.home / "floor" / context.database.name
    database.parent.mkdir(exist_ok=True)
    database.unlink(missing_ok=True)
    taken = 0.0
    with engine.connect(settings, database) as connection:
        engine.see_lake(connection, settings, context.period, context.as_of)
        connection.execute(f"attach '{context.database}' as made (read_only)")
        for name in order.static_order():
            node = nodes[name]
            schema, alias = node["schema"], node["alias"]
            connection.execute(f"create schema if not exists {schema}")
            if node["resource_type"] == "seed":
                connection.execute(f"create table {schema}.{alias} as from made.{schema}.{alias}")
                continue
            project = context.target_dir / "compiled" / node["package_name"]
            query = (project / node["original_file_path"]).read_text("utf-8")
            started = time.perf_counter()
            kind = node["config"]["materialized"]
            connection.execute(f"create {kind} {schema}.{alias} as {query}")
            taken += time.perf_counter() - started
    database.unlink()
    return taken


@contextmanager
def room(dsn: str) -> Iterator[None]:
    """Keep an empty schema ``bare`` on a server that has nothing left to write."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("drop schema if exists bare cascade")
        connection.execute("create schema bare")
        connection.execute("checkpoint")
    yield
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("drop schema bare cascade")
        connection.execute("checkpoint")


def ingest(files: list[Path], dsn: str) -> float:
    """Return the seconds of ADBC's ingest of Parquet files into new tables without indexes."""
    started = time.perf_counter()
    with dbapi.connect(dsn) as connection, connection.cursor() as cursor:
        for path in files:
            with pq.ParquetFile(path) as file:
                batches = file.iter_batches(65_536)
                rows = pa.RecordBatchReader.from_batches(file.schema_arrow, batches)
                table = f"{path.parent.name}_{path.stem}"
                cursor.adbc_ingest(table, rows, mode="create", db_schema_name="bare")
            connection.commit()
    return time.perf_counter() - started
