"""Models and macros as dbt compiles them, to be run over frames of a test's own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import duckdb
import pandas as pd
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).parents[1] / "dbt_project"
_SEEDS = [("codes", "stat_t_quantile"), ("rules", "rule_parameter")]


def _compile(work: Path, *what: str) -> dict[str, str]:
    environment = {"ASN_BUILD_DB": str(work / "build.duckdb"), "DO_NOT_TRACK": "1"}
    with mock.patch.dict(os.environ, environment):
        outcome = dbtRunner().invoke(
            [
                *("--quiet", "compile", *what),
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", str(work / "target"), "--log-path", str(work / "logs")),
                *("--vars", '{period: "2026-10-01", as_of: "2026-11-10 00:00:00"}'),
            ]
        )
    assert outcome.success, outcome.exception
    return {
        result.node.name: result.node.compiled_code
        for result in outcome.result.results
        if result.node.resource_type in ("model", "sql_operation")
    }


def compile_models(work: Path, models: list[str]) -> dict[str, str]:
    """Return the SQL of each model, compiled for October 2026."""
    found = _compile(work, "--select", *models)
    assert sorted(found) == sorted(models)
    return found


def compile_inline(work: Path, sql: str) -> str:
    """Return SQL of a test's own with its macros filled in."""
    (found,) = _compile(work, "--inline", sql).values()
    return found


@contextmanager
def seeded_database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty build with the seeds that models read, under the name dbt compiled for."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as build")
        for schema, seed in _SEEDS:
            path = PROJECT / "seeds" / schema / f"{seed}.csv"
            dates = ", types = {'valid_to': 'DATE'}" if schema == "rules" else ""
            connection.execute(f"create schema build.{schema}")
            connection.execute(
                f"create table build.{schema}.{seed} as select * from read_csv('{path}'{dates})"
            )
        connection.execute("create schema build.core")
        yield connection


def fill(database: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    """Create, or fill anew, a table that models read."""
    database.register("frame", frame)
    database.execute(f"create or replace table build.core.{table} as select * from frame")
    database.unregister("frame")
