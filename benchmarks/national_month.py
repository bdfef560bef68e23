"""A month of the nation to publish: the project's restricted marts, filled by DuckDB."""

import json
from datetime import datetime
from typing import Any

import yaml

from asn_warehouse import build
from asn_warehouse.build import BuildContext
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.periods import Period
from asn_warehouse.publish import REQUIRED
from asn_warehouse.settings import Settings

PERIOD = Period(2026, 10)
AGENCIES = 640
SOURCE = "source.asn_warehouse.lake.pegawai"
_AS_OF = datetime(2026, 11, 10, 1, 2, 3)

Model = dict[str, Any]


def restricted_models(settings: Settings) -> dict[str, Model]:
    """Return the models of the project's restricted marts as their yml declares them."""
    found: dict[str, Model] = {}
    for path in sorted((settings.dbt_dir / "models" / "marts").rglob("*.yml")):
        for model in (yaml.safe_load(path.read_text("utf-8")) or {}).get("models", []):
            if model.get("config", {}).get("meta", {}).get("restricted"):
                found[model["name"]] = model
    return found


def make_candidate(settings: Settings, people: int, seed: int) -> BuildContext:
    """Return an audited candidate with ``people`` rows in each restricted mart.

    Of two seeds a tenth of the agencies differ, as after late revisions.
    """
    models = restricted_models(settings)
    directory = settings.warehouse / "build" / str(PERIOD)
    target = directory / "target"
    target.mkdir(parents=True, exist_ok=True)
    database = directory / "build.duckdb"
    for stale in (*directory.glob("build.*"), *directory.glob("*.json*")):
        stale.unlink(missing_ok=True)
    with engine.connect(settings, database) as connection:
        connection.execute("create schema marts; create schema lake; create schema core")
        connection.execute(
            "create table lake.submission (dataset varchar, agency_code varchar, period varchar,"
            " submission_id varchar, revision integer, received_at timestamp, status varchar)"
        )
        connection.execute(
            f"create table core.dim_agency as select {_CODE} as agency_code,"
            f" 'Pemerintah Kabupaten ' || range as agency_name from range({AGENCIES})"
        )
        for name, model in models.items():
            columns = ", ".join(
                f"{_value(column['name'], column['data_type'], seed)} as {column['name']}"
                for column in model["columns"]
            )
            connection.execute(
                f"create table marts.{name} as select {columns} from ({_rows(people)})"
            )
    (target / "manifest.json").write_text(json.dumps(_manifest(models)))
    context = BuildContext(
        build_id=f"b{seed:016x}",
        home=settings.home,
        period=PERIOD,
        as_of=_AS_OF,
        database=database,
        target_dir=target,
        dbt_dir=settings.dbt_dir,
        engine="duckdb",
        git_revision=None,
        prepared_at=_AS_OF,
        dbt_vars={},
    )
    (directory / "build.json").write_text(context.to_json())
    for step in REQUIRED:
        build.mark(context, step)
    return context


_CODE = "(4000 + range)::varchar"
_TEXTS = {
    "agency_code": "agency_code",
    "agency_name": "'Pemerintah Kabupaten ' || agency_code",
    "person_key": "sha256(k::varchar)",
    "position_code": "agency_code || '-' || lpad((k % 900)::varchar, 5, '0')",
    "unit_code": "agency_code || '-U' || lpad((k % 60)::varchar, 3, '0')",
    "region_code": "(1100 + k % 500)::varchar",
    "competency_code": "'M.0' || (1 + k % 8)",
    "sex": "if(k % 2 = 0, 'L', 'P')",
    "blocking_gaps": "if(k % 3 = 0, 'M.01;M.04', null)",
}


def _rows(people: int) -> str:
    return (
        f"select range as k, (4000 + range % {AGENCIES})::varchar as agency_code,"
        f" range % {AGENCIES} % 10 = 0 as is_revised from range({people})"
    )


def _value(name: str, kind: str, seed: int) -> str:
    """Return an expression whose values look like those of the column."""
    number = f"(hash(k, '{name}', if(is_revised, {seed}, 0)) % 1048576)::bigint"
    if name == "period":
        return f"date '{PERIOD.first_day}'"
    if kind == "varchar":
        return _TEXTS.get(name, f"['PNS', 'PPPK', 'ADMINISTRATOR', 'S1/D4'][1 + {number} % 4]")
    return {
        "date": f"(date '2024-01-01' + ({number} % 900)::integer)",
        "boolean": f"({number} % 5 = 0)",
        "integer": f"({number} % 40)::integer",
        "double": f"if({number} % 9 = 0, null, ({number} % 10000) / 100.0)::double",
    }[kind]


def _manifest(models: dict[str, Model]) -> dict[str, object]:
    nodes: dict[str, object] = {}
    for name in models:
        nodes[f"model.asn_warehouse.{name}"] = {
            "resource_type": "model",
            "schema": "marts",
            "alias": name,
            "depends_on": {"nodes": [SOURCE]},
            "config": {"materialized": "table", "meta": {"restricted": True}},
        }
        columns = next(
            test["grain_is_unique"]["arguments"]["columns"]
            for test in models[name]["data_tests"]
            if "grain_is_unique" in test
        )
        nodes[f"test.asn_warehouse.grain_is_unique_{name}"] = {
            "resource_type": "test",
            "schema": "tests",
            "alias": f"grain_is_unique_{name}",
            "attached_node": f"model.asn_warehouse.{name}",
            "test_metadata": {"name": "grain_is_unique", "kwargs": {"columns": columns}},
            "config": {},
        }
    source = {"resource_type": "source", "source_name": "lake", "name": "pegawai"}
    return {"nodes": nodes, "sources": {SOURCE: source}}
