"""A month as it is known now: marked on every form, told apart from its publication, never sent."""

import csv
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import openpyxl
import pypdf
import pytest
from e2e_home import OCTOBER, Month, digests
from report_fixture import PERIODS, publish_fixture

from asn_warehouse import archive, as_known, ops
from asn_warehouse.candidate import load_context
from asn_warehouse.errors import DeliveryRefused, NotPublished
from asn_warehouse.pipeline import Steps
from asn_warehouse.report import ReportResult, formats, marts, source
from asn_warehouse.report import as_known as reporting
from asn_warehouse.report.delivery import bundle
from asn_warehouse.settings import Settings, get_settings

pytestmark = pytest.mark.slow
PERIOD = PERIODS[1]
NATION = {"agency_code": None, "employment_status": None, "position_level": None}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home in which two months are published."""
    found = get_settings(tmp_path_factory.mktemp("home"))
    publish_fixture(found)
    return found


@pytest.fixture(scope="module")
def made(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ReportResult, Path]]:
    """The report of the month as known now, where the nation has learned twice the hours.

    Of agencies it hides a share that the publication shows: that is no news.
    """
    published = archive.load(settings, PERIOD, 1)
    folder = tmp_path_factory.mktemp("known") / "version"
    shutil.copytree(archive.directory(settings, PERIOD, 1), folder)
    for path in folder.rglob("learning_hours.parquet"):
        with duckdb.connect() as connection:
            connection.execute("create table hours as from read_parquet(?)", [str(path)])
            connection.execute(
                "update hours set hours_mean = 2 * hours_mean where agency_code is null"
            )
            if path.parent.name == archive.SAFE:
                connection.execute(
                    "update hours set over_24_share = null, suppressed = 'over_24_share'"
                    " where agency_code is not null"
                )
            connection.table("hours").write_parquet(str(path))
    yield reporting.make_report(settings, replace(published, version=2), folder, published), folder


def test_every_form_says_that_it_is_not_published(made: tuple[ReportResult, Path]) -> None:
    folder = made[0].directory
    assert folder.name == "sekarang" and stat.S_IMODE(folder.stat().st_mode) == 0o700
    pages = pypdf.PdfReader(folder / f"laporan-sementara-{PERIOD}.pdf").pages
    texts = [page.extract_text() for page in pages]
    assert len(texts) > 10 and "SEMENTARA" in texts[0]
    assert all("sementara, belum terbit" in text for text in texts[1:])
    page = (folder / f"laporan-sementara-{PERIOD}.html").read_text("utf-8")
    assert "SEMENTARA" in page and "belum diterbitkan" in page
    book = openpyxl.load_workbook(folder / f"laporan-sementara-{PERIOD}.xlsx", read_only=True)
    heads = [[cell for row in sheet.iter_rows(max_row=6, values_only=True) for cell in row if cell]
             for sheet in book]  # fmt: skip
    assert len(heads) > 5
    assert all("belum diterbitkan" in " ".join(map(str, head)) for head in heads)


def test_the_difference_names_what_moved_with_both_values(
    settings: Settings, made: tuple[ReportResult, Path]
) -> None:
    folder = made[0].directory
    before = source.read(settings, PERIOD).mart(marts.LEARNING_HOURS)
    mean = before.cell("hours_mean", **NATION).value
    with (folder / "perubahan.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["table_name"], row["measure"]) for row in rows} == {
        ("learning_hours", "hours_mean")
    }
    assert float(rows[0]["value_before"]) == pytest.approx(mean)
    assert float(rows[0]["value_after"]) == pytest.approx(2 * mean)
    page = (folder / "perubahan.html").read_text("utf-8")
    assert formats.number(mean, "decimal1") in page
    assert formats.number(2 * mean, "decimal1") in page


def test_it_is_neither_recorded_nor_delivered(
    settings: Settings, made: tuple[ReportResult, Path]
) -> None:
    assert ops.read(settings, "report") == []
    place = settings.report / str(PERIOD) / "v1"
    shutil.copytree(made[0].directory, place)
    with pytest.raises(DeliveryRefused, match="never published"):
        bundle.read(settings, PERIOD, 1)
    shutil.rmtree(place)


def test_the_same_data_give_the_same_bytes(
    settings: Settings, made: tuple[ReportResult, Path]
) -> None:
    result, folder = made
    first = digests(result.directory)
    shutil.rmtree(result.directory)
    published = archive.load(settings, PERIOD, 1)
    reporting.make_report(settings, replace(published, version=2), folder, published)
    assert digests(result.directory) == first


def test_nothing_that_is_published_changes(month: Month, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(month.settings.home, home, ignore=shutil.ignore_patterns("landing", "docs"))
    settings = month.settings.model_copy(update={"home": home})
    before = digests(settings.warehouse / "publications")
    served = settings.marts_database.read_bytes()
    context = load_context(settings, OCTOBER)  # of the month, audited, and published since
    own = context.database.relative_to(month.settings.home)
    candidate = replace(context, home=home, database=home / own)
    result = as_known.of_candidate(settings, candidate, Steps({}, None))
    assert digests(settings.warehouse / "publications") == before
    assert settings.marts_database.read_bytes() == served
    assert not list(settings.warehouse.rglob("version"))  # exact marts are gone
    rows = (result.directory / "perubahan.csv").read_text("utf-8").splitlines()
    assert len(rows) == 1, "nothing was sent since"
    with pytest.raises(NotPublished):
        as_known.report(settings, OCTOBER.next())
