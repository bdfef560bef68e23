"""A report of what was published then, made again after all that was published since."""

import hashlib
import shutil
from pathlib import Path

import duckdb
import pytest
from report_fixture import PERIODS, publication_table, publish_fixture, write_publication

from asn_warehouse import archive, report
from asn_warehouse.periods import Period
from asn_warehouse.report import marts, source
from asn_warehouse.settings import Settings, get_settings

pytestmark = pytest.mark.slow
BEFORE, PERIOD = PERIODS
AFTER = PERIOD.next()
NATION = {"agency_code": None, "employment_status": None, "position_level": None}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home in which two months are published."""
    found = get_settings(tmp_path_factory.mktemp("home"))
    publish_fixture(found)
    return found


def _archive_anew(settings: Settings, of: Period, period: Period, version: int) -> None:
    """Archive the first version of a month as another one, hours of the nation doubled."""
    folder = archive.directory(settings, period, version)
    shutil.copytree(archive.directory(settings, of, 1), folder)
    for path in folder.rglob("learning_hours.parquet"):
        with duckdb.connect() as connection:
            connection.execute("create table hours as from read_parquet(?)", [str(path)])
            connection.execute(
                "update hours set hours_mean = 2 * hours_mean where agency_code is null"
            )
            connection.table("hours").write_parquet(str(path))
    write_publication(folder, period, version)


def _mean(month: source.Month | None) -> float:
    assert month is not None
    return float(month.rows(marts.LEARNING_HOURS).cell("hours_mean", **NATION).value)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_version_1_is_the_same_bytes_after_a_later_month_and_two_revisions(
    settings: Settings,
) -> None:
    """The month itself, the month before it and the one after are published anew meanwhile."""
    folder = report.make_report(settings, PERIOD).directory
    first = _digests(folder)
    then = source.read(settings, PERIOD)
    _archive_anew(settings, BEFORE, BEFORE, 2)
    _archive_anew(settings, PERIOD, PERIOD, 2)
    _archive_anew(settings, PERIOD, AFTER, 1)
    later = [(BEFORE, 1), (PERIOD, 1), (BEFORE, 2), (PERIOD, 2), (AFTER, 1)]
    publication_table(settings, later)
    now = source.read(settings, PERIOD)
    assert now.edition.version == 2 and _mean(now.month) == pytest.approx(2 * _mean(then.month))
    assert _mean(now.previous) == pytest.approx(2 * _mean(then.previous))
    assert source.read(settings, AFTER).edition.version == 1
    shutil.rmtree(folder)
    again = report.make_report(settings, PERIOD, version=1)
    assert again.version == 1 and again.directory == folder
    assert _digests(folder) == first and len(first) > 50
