"""Three months published in order by one engine, out of order by the other, then revised late."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from e2e_home import settings_over
from on_postgres import computing_on
from recompute import Recomputed

from asn_warehouse import archive, build, parity, publish, safe_marts
from asn_warehouse.build import BuildContext
from asn_warehouse.periods import Period
from asn_warehouse.publish import REQUIRED
from asn_warehouse.settings import Settings, get_settings

SEPTEMBER, OCTOBER, DECEMBER = (Period.parse(text) for text in ("2026-09", "2026-10", "2026-12"))
EARLY = datetime(2027, 1, 5)
"""Before the second revision of the biggest roster, and appraisals that came late."""

LATE = datetime(2027, 1, 31)

EVERY = os.environ.get("ASN_TEST_EVERY_MONTH") == "1"

Published = dict[tuple[Period, int], str]
"""By month and version the digest of what was published."""


def home_with(later: Recomputed, folder: Path) -> Path:
    """Return a home with the lake of ``later`` in which nothing was built."""
    for part in ("lake", "reference"):
        shutil.copytree(later.home / part, folder / part)
    return folder


@pytest.fixture(autouse=True)
def unprotected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish exact marts alone: what is hidden rests on what was published before."""
    monkeypatch.setattr(safe_marts.files, "write", lambda *_: ())


def published(settings: Settings, period: Period, as_of: datetime | None) -> BuildContext:
    """Build and publish a month; the gates are looked at elsewhere."""
    context = build.build(settings, period, as_of)
    for step in REQUIRED:
        build.mark(context, step)
    publish.publish(settings, context)
    build.dismiss(context)
    return context


def assert_same(file: Settings, one: BuildContext, other: BuildContext) -> None:
    """Assert that all public marts of two candidates are equal, and that there are many rows."""
    compared = parity.compare(file, one, other)
    assert len(compared) >= 25
    assert {mart.mart: mart for mart in compared if not mart.is_equal} == {}
    assert sum(mart.rows[0] for mart in compared) > 1_000


def digests_of(settings: Settings) -> Published:
    """Return what every version of every month holds."""
    folders = sorted((settings.warehouse / "publications").glob("*/v*"))
    found = [(Period.parse(path.parent.name), int(path.name[1:])) for path in folders]
    return {key: archive.load(settings, *key).content_sha256 for key in found}


@pytest.mark.slow
def test_a_month_before_one_that_was_published_is_the_same_on_both_engines(
    later: Recomputed, postgres: str, tmp_path: Path
) -> None:
    """December, with revisions and late files, then September beside it."""
    made = build.load_context(settings_over(later.home), DECEMBER)
    file = settings_over(home_with(later, tmp_path / "file"))
    september = build.build(file, SEPTEMBER)
    with computing_on(postgres):
        server = get_settings(home_with(later, tmp_path / "server"))
        assert_same(file, made, published(server, DECEMBER, made.as_of))
        assert_same(file, september, published(server, SEPTEMBER, None))
    assert left_on(postgres) == []
    assert set(digests_of(server)) == {(DECEMBER, 1), (SEPTEMBER, 1)}


@pytest.mark.slow
@pytest.mark.skipif(not EVERY, reason="ASN_TEST_EVERY_MONTH=1 computes eight months: some minutes")
def test_three_months_are_the_same_in_whatever_order_they_are_published(
    later: Recomputed, postgres: str, tmp_path: Path
) -> None:
    """December first as it was known on the fifth of January, then with what came later."""
    file = settings_over(home_with(later, tmp_path / "file"))
    out_of_order = [(DECEMBER, EARLY), (SEPTEMBER, None), (DECEMBER, LATE), (OCTOBER, None)]
    embedded = {period: published(file, period, known) for period, known in out_of_order}
    with computing_on(postgres):
        server = get_settings(home_with(later, tmp_path / "server"))
        in_order = [(SEPTEMBER, None), (OCTOBER, None), (DECEMBER, EARLY), (DECEMBER, LATE)]
        shared = {period: published(server, period, known) for period, known in in_order}
    assert left_on(postgres) == []
    contents = digests_of(file)
    assert digests_of(server) == contents
    assert set(contents) == {(SEPTEMBER, 1), (OCTOBER, 1), (DECEMBER, 1), (DECEMBER, 2)}
    assert contents[DECEMBER, 1] != contents[DECEMBER, 2]
    for period in (SEPTEMBER, OCTOBER, DECEMBER):
        assert_same(file, embedded[period], shared[period])


def left_on(dsn: str) -> list[str]:
    """Return the schemas of candidates that were not dropped."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute("select nspname from pg_namespace").fetchall()
    return [name for (name,) in found if name.startswith("build_")]
