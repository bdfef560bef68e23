"""Every unit test of the dbt project runs and passes."""

import dataclasses
import shutil
import sys
from collections import Counter
from pathlib import Path

import duckdb
import psycopg
import pytest
import yaml
from e2e_home import PROJECT, Month
from on_postgres import Computed, computing_on
from postgres_server import Server
from psycopg import sql

from asn_warehouse import build, dbt_process
from asn_warehouse.dbt_results import read_manifest, read_outcome
from asn_warehouse.engines.schemas import LAYERS, candidate_schema


def written() -> list[str]:
    """Return the names of the unit tests as the project's files have them."""
    return [
        test["name"]
        for path in sorted((PROJECT / "dbt_project" / "models").rglob("*.yml"))
        for test in (yaml.safe_load(path.read_text("utf-8")) or {}).get("unit_tests", [])
    ]


@pytest.mark.slow
def test_every_unit_test_of_the_project_runs_and_passes(
    month: Month, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = month.result.context
    assert made is not None
    database = shutil.copy2(made.database, tmp_path / "build.duckdb")
    context = dataclasses.replace(made, database=database, target_dir=tmp_path / "target")
    arguments, profile = build._arguments(context), build.dbt_environment(context)
    project = dbt_process.parsed(context.dbt_dir, context.engine)
    dbt_process._move(project, profile)
    with dbt_process._environment(profile):
        result = dbt_process._invoke(["test", "--select", "test_type:unit", *arguments], project)
    assert result.exception is None, result.exception
    outcome = read_outcome(context.target_dir)
    ran = {n: status for n, status in outcome.statuses.items() if n.startswith("unit_test.")}
    assert {n: outcome.messages.get(n) for n, status in ran.items() if status != "pass"} == {}
    known = read_manifest(context.target_dir)["unit_tests"]
    assert set(ran) == set(known)
    assert Counter(test["name"] for test in known.values()) == Counter(written())
    assert len(ran) > 50
    with capsys.disabled():
        sys.stdout.write(f"\ndbt: {len(known)} unit tests in {outcome.seconds:.0f} s\n")


@pytest.mark.slow
def test_every_unit_test_passes_on_postgresql(
    month_on_postgres: Computed, postgres_server: Server, tmp_path: Path
) -> None:
    """In a database that calls the layers as the project does: fixtures name rows of the seeds."""
    made = dataclasses.replace(month_on_postgres.context, target_dir=tmp_path / "target")
    with postgres_server.copy_of(month_on_postgres.dsn) as dsn:
        with psycopg.connect(dsn) as connection:
            connection.execute("alter schema lake rename to lake_rows")
            connection.execute("alter schema marts rename to marts_served")
            for layer in (*LAYERS, "lake", "reference"):
                old, new = candidate_schema(made.directory, layer), layer
                connection.execute(
                    sql.SQL("alter schema {} rename to {}").format(
                        sql.Identifier(old), sql.Identifier(new)
                    )
                )
        with computing_on(dsn):
            profile = build.dbt_environment(made) | {"ASN_BUILD_SCHEMA": "main"}
        with dbt_process._environment(profile):
            command = ["test", "--select", "test_type:unit", *build._arguments(made)]
            result = dbt_process._invoke(command, None)
    assert result.exception is None, result.exception
    outcome = read_outcome(made.target_dir)
    ran = {n: status for n, status in outcome.statuses.items() if n.startswith("unit_test.")}
    assert {n: outcome.messages.get(n) for n, status in ran.items() if status != "pass"} == {}
    assert len(ran) == len(written()) > 50


@pytest.mark.slow
def test_the_columns_described_are_those_that_were_built(month: Month) -> None:
    """What a yml says of a table and what the table has are the same, in every layer."""
    made = month.result.context
    assert made is not None
    with duckdb.connect(str(made.database), read_only=True) as connection:
        listed = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema in ('staging', 'core', 'marts')"
        ).fetchall()
    built: dict[str, set[str]] = {}
    for table, column in listed:
        built.setdefault(table, set()).add(column)
    described = {
        model["name"]: {column["name"] for column in model["columns"]}
        for path in sorted((PROJECT / "dbt_project" / "models").rglob("*.yml"))
        for model in (yaml.safe_load(path.read_text("utf-8")) or {}).get("models", [])
        if model.get("columns")
    }
    assert len(described) > 90
    wrong = {name: columns ^ built.get(name, set()) for name, columns in described.items()}
    assert {name: found for name, found in wrong.items() if found} == {}
