"""The exposures name exactly what the report reads, as it is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from e2e_home import OCTOBER, Month

from asn_warehouse.dbt_results import read_manifest
from asn_warehouse.report import agency, compose, package, page, pdf, site, source, workbook
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


def recorded(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the names of tables of the archive, filled as they are read."""
    read: set[str] = set()
    whole = source.Month.table

    def table(one: source.Month, path: Path, columns: Any = None) -> Any:
        read.add(path.stem)
        return whole(one, path, columns)

    monkeypatch.setattr(source.Month, "table", table)
    return read


def assert_named(exposure: dict[str, Any], read: set[str], published: source.Published) -> None:
    """Assert that an exposure names what was read, and else only what this month leaves out."""
    named = names(exposure, "model")
    assert len(read) > 15 and read <= named, exposure["name"]
    assert named - read <= set(published.edition.left_out), exposure["name"]


def test_each_form_of_the_report_depends_on_the_marts_and_metrics_that_it_reads(
    month: Month, exposures: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = recorded(monkeypatch)
    published = source.read(month.settings, OCTOBER)
    context = compose.context(month.settings, published)
    report = compose.report(context)
    composed = read | {source.RULES}
    forms: dict[str, Callable[[Report], object]] = {
        "national_report_pdf": pdf.render,
        "national_report_page": page.render,
        "national_report_workbook": lambda made: workbook.render(made, context),
        "report_site": lambda made: site.render(context, made),
    }
    assert {*forms, "open_data_files", "agency_reports"} == set(exposures)
    figures = {figure.metric for figure in report.key_figures}
    for name, render in forms.items():
        read.clear()
        render(report)
        assert_named(exposures[name], composed | read, published)
        assert names(exposures[name], "metric") == figures, name


def test_the_reports_of_agencies_depend_on_the_marts_that_they_read(
    month: Month, exposures: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = recorded(monkeypatch)
    published = source.read(month.settings, OCTOBER)
    agency.render_one(month.settings, published, source.agencies(published)[0][0])
    assert_named(exposures["agency_reports"], read | {source.RULES}, published)


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
