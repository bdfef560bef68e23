"""The exposures name exactly what the report reads, as it is read."""

import re
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from e2e_home import OCTOBER, Month

from asn_warehouse.dbt_results import read_manifest
from asn_warehouse.report import compose, package, page, pdf, source, workbook
from asn_warehouse.report.model import Report

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exposures(month: Month) -> dict[str, dict[str, Any]]:
    """The exposures of the project by name; of dashboards, tests/unit/test_dashboards.py tells."""
    assert month.result.context is not None
    manifest = read_manifest(month.result.context.target_dir)
    found = {exposure["name"]: exposure for exposure in manifest["exposures"].values()}
    return {name: exposure for name, exposure in found.items() if exposure["type"] != "dashboard"}


def names(exposure: dict[str, Any], kind: str) -> set[str]:
    """What an exposure depends on: models or metrics by name."""
    parts = [node.split(".") for node in exposure["depends_on"]["nodes"]]
    assert {part[0] for part in parts} <= {"model", "metric"}
    return {part[-1] for part in parts if part[0] == kind}


class Recorder:
    """A connection that notes which published tables are asked for."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: set[str]) -> None:
        self.connection, self.tables = connection, tables

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def execute(self, query: str, *parameters: Any) -> duckdb.DuckDBPyConnection:
        self.tables.update(re.findall(r"(?<![\w/])(?:marts|safe)\.(\w+)", query))
        return self.connection.execute(query, *parameters)


def test_each_form_of_the_report_depends_on_the_marts_and_metrics_that_it_reads(
    month: Month, exposures: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[str] = set()
    whole = source.Published.mart

    def recorded(published: source.Published, mart: Any) -> source.Rows:
        read.add(mart.name)
        return whole(published, mart)

    tables: set[str] = set()
    connect = duckdb.connect
    monkeypatch.setattr(source.Published, "mart", recorded)
    with monkeypatch.context() as patch:
        patch.setattr(duckdb, "connect", lambda *a, **k: Recorder(connect(*a, **k), tables))
        published = source.read(month.settings, OCTOBER)
    beside = tables - set(published.current)  # read, and handed to every form: the rules
    context = compose.context(month.settings, published)
    report = compose.report(context)
    composed = read | beside
    assert beside and composed <= tables
    forms: dict[str, Callable[[Report], object]] = {
        "national_report_pdf": pdf.render,
        "national_report_page": page.render,
        "national_report_workbook": lambda made: workbook.render(made, context),
    }
    assert {*forms, "open_data_files"} == set(exposures)
    figures = {figure.metric for figure in report.key_figures}
    for name, render in forms.items():
        read.clear()
        render(report)
        assert names(exposures[name], "model") == composed | read, name
        assert names(exposures[name], "metric") == figures, name


def test_open_data_depends_on_the_tables_that_the_package_has(
    month: Month, exposures: dict[str, dict[str, Any]]
) -> None:
    edition = source.read(month.settings, OCTOBER).edition
    made = set(package.files(month.settings, edition))
    tables = {f"data/{name}.csv" for name in names(exposures["open_data_files"], "model")}
    others = {name for name in made if "/kode/" in name or name.startswith("data/kamus-")}
    assert len(others) > 10
    assert {name for name in made if name.endswith(".csv")} - others == tables


def test_every_exposure_has_an_owner_a_maturity_and_a_name_for_readers(
    exposures: dict[str, dict[str, Any]],
) -> None:
    for name, exposure in exposures.items():
        assert exposure["owner"]["name"] and exposure["maturity"], name
        assert exposure["label"] and exposure["description"], name
