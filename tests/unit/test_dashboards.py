"""Superset's dashboards, resolved without it: dashboard, chart, dataset, dbt model and column."""

import re
import runpy
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from asn_warehouse import safe_marts
from asn_warehouse.report.labels import mart_headings

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "benchmarks"))

import bi_queries  # noqa: E402

ASSETS = PROJECT / "bi" / "superset" / "assets"
PUBLIC = {"nasional", "program", "talenta"}
DASHBOARDS = PUBLIC | {"instansi"}
NAMES_OF_FORMATS = {",.0f", ",.1f", ",.2f", ",.1%", "$,.0f"}
ENGLISH = re.compile(
    r"\b(the|of|by|and|per agency|total|count|average|gap|share|people|level|training|agency|score"
    r"|overview|untitled|dashboard|chart|sum|avg|mean|rate|status of)\b",
    re.IGNORECASE,
)

Asset = dict[str, Any]


def loaded(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)


@cache
def assets(kind: str) -> dict[str, Asset]:
    """Every asset of a kind by the name of its file."""
    paths = (ASSETS / kind).rglob("*.yaml")
    return {path.stem: loaded(path) for path in sorted(paths)}


@cache
def by_uuid(kind: str) -> dict[str, Asset]:
    return {asset["uuid"]: asset for asset in assets(kind).values()}


@cache
def model(mart: str) -> Asset:
    """The declaration of a mart."""
    (path,) = (PROJECT / "dbt_project" / "models" / "marts").rglob(f"{mart}.yml")
    declared: Asset = loaded(path)["models"][0]
    return declared


def source(dataset: Asset) -> tuple[str, str]:
    """The schema and the mart that a dataset reads."""
    if dataset["sql"] is None:
        return dataset["schema"], dataset["table_name"]
    found = re.fullmatch(r"select \* from (\w+)\.(\w+)", dataset["sql"])
    assert found, f"{dataset['table_name']}: {dataset['sql']} is more than one mart"
    return found[1], found[2]


@pytest.fixture(scope="module")
def tables() -> duckdb.DuckDBPyConnection:
    """An empty table for every mart that a dataset reads, with the columns of its model."""
    connection = duckdb.connect()
    for dataset in assets("datasets").values():
        schema, mart = source(dataset)
        columns = [f"{one['name']} {one['data_type']}" for one in model(mart)["columns"]]
        if schema == "safe":
            columns += ["disclosure_status varchar", "suppressed varchar"]
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create table {schema}.{mart} ({', '.join(columns)})")
    return connection


def charts_of(dashboard: Asset) -> list[Asset]:
    """What a dashboard places, each with its place."""
    return [
        part["meta"]
        for part in dashboard["position"].values()
        if isinstance(part, dict) and part["type"] == "CHART"
    ]


def columns_of(params: Asset) -> list[str]:
    """The columns that a chart names, in whatever role."""
    named = [*params.get("all_columns", ()), *params.get("column_config", {})]
    for role in ("groupby", "x_axis", "x_axis_sort"):
        value = params.get(role) or []
        named += [value] if isinstance(value, str) else value
    named += [re.findall(r'"(\w+)"', one)[0] for one in params.get("order_by_cols", ())]
    named += [one["subject"] for one in params["adhoc_filters"]]
    return named


def metrics_of(params: Asset) -> list[str]:
    """The metrics that a chart names; none is written in the chart itself."""
    found = [*params.get("metrics", ()), *([params["metric"]] if "metric" in params else [])]
    assert all(isinstance(metric, str) for metric in found), "a metric belongs into the dataset"
    return found


def test_the_folder_is_what_superset_imports_as_assets() -> None:
    assert loaded(ASSETS / "metadata.yaml")["type"] == "assets"
    assert set(assets("dashboards")) == DASHBOARDS
    assert {board["slug"] for board in assets("dashboards").values()} == DASHBOARDS
    assert len(assets("databases")) == 1 and len(assets("charts")) >= 40


def test_every_uuid_is_one_assets_and_every_reference_leads_to_one() -> None:
    kinds = ("databases", "datasets", "charts", "dashboards")
    counted = Counter(asset["uuid"] for kind in kinds for asset in assets(kind).values())
    assert set(counted.values()) == {1}
    placed, datasets = [], set()
    for name, board in assets("dashboards").items():
        for meta in charts_of(board):
            chart = by_uuid("charts")[meta["uuid"]]
            assert meta["sliceName"] == chart["slice_name"], name
            placed.append(meta["uuid"])
        numbers = [meta["chartId"] for meta in charts_of(board)]
        assert len(set(numbers)) == len(numbers), name
        for part in board["position"].values():
            for child in part.get("children", ()) if isinstance(part, dict) else ():
                assert child in board["position"], f"{name}: {child}"
        for choice in board["metadata"]["native_filter_configuration"]:
            assert set(choice["scope"]["excluded"]) <= set(numbers), name
            datasets |= {target["datasetUuid"] for target in choice["targets"]}
    assert sorted(placed) == sorted(by_uuid("charts")), "a chart on no dashboard, or on two"
    datasets |= {chart["dataset_uuid"] for chart in assets("charts").values()}
    assert datasets == set(by_uuid("datasets")), "a dataset that nothing uses, or that is not there"
    assert {d["database_uuid"] for d in assets("datasets").values()} == set(by_uuid("databases"))


def test_no_dashboard_reads_persons_and_public_ones_read_safe_marts_alone() -> None:
    for name, board in assets("dashboards").items():
        for meta in charts_of(board):
            dataset = by_uuid("datasets")[by_uuid("charts")[meta["uuid"]]["dataset_uuid"]]
            schema, mart = source(dataset)
            assert schema == ("safe" if name in PUBLIC else "marts"), meta["sliceName"]
            assert not model(mart)["config"]["meta"]["restricted"], mart
            names = [column["name"] for column in model(mart)["columns"]]
            assert "person_key" not in names, mart
            # PostgreSQL limits rows by the agency's code: a table without it is nobody's.
            assert schema == "safe" or "agency_code" in names, mart
            if schema == "safe":
                assert mart in {one.name for one in safe_marts.MARTS}, mart


def test_columns_of_datasets_are_those_of_the_models() -> None:
    script = PROJECT / "scripts" / "superset_datasets.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, f"run `make bi-datasets`: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("name", sorted(assets("datasets")))
def test_columns_and_metrics_of_a_dataset_can_be_computed(
    name: str, tables: duckdb.DuckDBPyConnection
) -> None:
    dataset = assets("datasets")[name]
    schema, mart = source(dataset)
    assert name == f"{schema}.{mart}" and dataset["schema"] == schema
    place = f"{schema}.{mart}"
    for column in dataset["columns"]:
        tables.execute(f"select {column['expression'] or column['column_name']} from {place}")
    for metric in dataset["metrics"]:
        assert metric["d3format"] in NAMES_OF_FORMATS, metric["metric_name"]
        (found,) = tables.execute(f"select {metric['expression']} from {place}").fetchall()
        counts_rows = metric["expression"] == "count(*)"
        assert found == ((0,) if counts_rows else (None,)), "a statistic over no case is null"


@pytest.mark.parametrize("name", sorted(assets("charts")))
def test_a_chart_asks_for_what_its_dataset_has(name: str) -> None:
    chart = assets("charts")[name]
    params = chart["params"]
    dataset = by_uuid("datasets")[chart["dataset_uuid"]]
    columns = {column["column_name"] for column in dataset["columns"]}
    metrics = {metric["metric_name"] for metric in dataset["metrics"]}
    named = columns_of(params)
    assert params["viz_type"] == chart["viz_type"]
    assert set(named) <= columns | metrics, name
    assert set(metrics_of(params)) <= metrics, name
    assert metrics_of(params) or params["query_mode"] == "raw", name
    formats = [params[key] for key in ("y_axis_format",) if key in params]
    formats += [one["d3NumberFormat"] for one in params.get("column_config", {}).values()]
    assert set(formats) <= NAMES_OF_FORMATS, name
    if chart["viz_type"] == "table" and dataset["schema"] == "safe":
        numbers = {
            c["column_name"] for c in dataset["columns"] if c["type"] in ("BIGINT", "DOUBLE")
        }
        if numbers & set(named):
            assert "disembunyikan" in named or name == "nasional_sasaran", name


def test_the_benchmark_asks_what_every_chart_and_filter_asks(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    found = bi_queries.of_dashboards({"period": "2026-10-01", "agency_name": "Kota 'Baru'"})
    names = [query.name for query in found]
    choices = [
        choice["id"]
        for board in assets("dashboards").values()
        for choice in board["metadata"]["native_filter_configuration"]
    ]
    assert sorted(names) == sorted([*assets("charts"), *choices])
    for query in found:
        tables.execute(query.sql)
        assert f"{query.schema}." in query.sql
        follows = query.name not in choices and not query.name.endswith("_tren")
        assert ("(period) in (DATE '2026-10-01')" in query.sql) == follows, query.name
    assert len(bi_queries.of_guide()) == 10


def test_a_day_is_a_constant_in_what_superset_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret_key").write_text("of a test")
    monkeypatch.setenv("ASN_BI_HOME", str(tmp_path))
    config = runpy.run_path(str(PROJECT / "bi" / "superset" / "superset_config.py"))
    asked = "SELECT 1 FROM safe.talent_box WHERE period IN ({}) AND agency_name IN ('TO_DATE')"
    found = config["SQL_QUERY_MUTATOR"](
        asked.format("TO_DATE('2026-10-01', 'YYYY-MM-DD')"), database=None
    )
    assert found == asked.format("DATE '2026-10-01'")


def test_every_dashboard_chooses_a_month_and_the_agencys_an_agency() -> None:
    for name, board in assets("dashboards").items():
        datasets = [
            by_uuid("datasets")[by_uuid("charts")[meta["uuid"]]["dataset_uuid"]]
            for meta in charts_of(board)
        ]
        chosen = set()
        for choice in board["metadata"]["native_filter_configuration"]:
            (target,) = choice["targets"]
            column = target["column"]["name"]
            chosen.add(column)
            assert choice["controlValues"]["enableEmptyFilter"], f"{name}: {column} can be left out"
            assert choice["controlValues"]["defaultToFirstItem"], name
            for dataset in (*datasets, by_uuid("datasets")[target["datasetUuid"]]):
                known = {one["column_name"] for one in dataset["columns"]}
                assert column in known, f"{name}: {dataset['table_name']} cannot be filtered"
        # The date itself: PostgreSQL reads one month for it, and every month for a text of it.
        assert chosen == {"period"} | ({"agency_name"} if name == "instansi" else set())


def test_what_readers_see_is_indonesian() -> None:
    seen: list[str] = []
    for board in assets("dashboards").values():
        seen += [board["dashboard_title"], board["description"]]
        seen += [one["name"] for one in board["metadata"]["native_filter_configuration"]]
        seen += [
            part["meta"]["code"]
            for part in board["position"].values()
            if isinstance(part, dict) and part["type"] == "MARKDOWN"
        ]
    for chart in assets("charts").values():
        seen += [chart["slice_name"], chart["description"], chart["params"].get("subtitle") or "-"]
    for dataset in assets("datasets").values():
        seen += [metric["verbose_name"] for metric in dataset["metrics"]]
        headings = mart_headings(source(dataset)[1])
        for column in dataset["columns"]:
            if column["column_name"] in headings:
                assert column["verbose_name"] == headings[column["column_name"]]
            seen.append(column["verbose_name"])
    assert len(seen) > 300 and all(seen)
    assert [text for text in seen if ENGLISH.search(text)] == []


def test_exposures_name_the_marts_that_each_dashboard_reads() -> None:
    path = PROJECT / "dbt_project" / "models" / "exposures_dashboards.yml"
    exposures = {one["name"]: one for one in loaded(path)["exposures"]}
    assert set(exposures) == {f"dashboard_{slug}" for slug in DASHBOARDS}
    for slug, board in assets("dashboards").items():
        exposure = exposures[f"dashboard_{slug}"]
        read = {
            source(by_uuid("datasets")[by_uuid("charts")[meta["uuid"]]["dataset_uuid"]])[1]
            for meta in charts_of(board)
        }
        assert set(exposure["depends_on"]) == {f"ref('{mart}')" for mart in read}
        assert exposure["type"] == "dashboard" and exposure["label"] == board["dashboard_title"]


def test_no_password_and_no_real_host_is_in_the_assets() -> None:
    (database,) = assets("databases").values()
    assert database["sqlalchemy_uri"] == "postgresql+psycopg2://gudang-asn.invalid/asn"
    assert not any(database[f"allow_{what}"] for what in ("ctas", "cvas", "dml", "csv_upload"))
