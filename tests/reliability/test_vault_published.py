"""A published month after a rotation and an erasure: the same figures, archived and served."""

import shutil
from pathlib import Path

import duckdb
import pytest
from e2e_home import KEY, OCTOBER, Month
from pydantic import SecretStr

from asn_warehouse import archive, audit, build, persons, pipeline, publish, rotation, vault
from asn_warehouse.report.source import read
from asn_warehouse.settings import Settings

pytestmark = pytest.mark.slow

REASON = "letter ND-31/2026"
NEW = "the next key of the tests, more than 32"
RESTRICTED = ("job_person_match", "talent_pool", "succession_candidate", "professionalism_person")


@pytest.fixture
def settings(month: Month, tmp_path: Path) -> Settings:
    """A copy of the published month."""
    home = tmp_path / "home"
    shutil.copytree(month.settings.home, home)
    return month.settings.model_copy(update={"home": home})


def served(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def public_marts(settings: Settings) -> dict[str, str]:
    version = archive.load(settings, OCTOBER, 1)
    found = {mart.name: mart.sha256 for mart in version.marts if not mart.restricted}
    assert len(found) >= 15
    return found


def people(settings: Settings, mart: str) -> list[str]:
    rows = served(settings, f"select person_key from main.{mart} order by all")
    assert rows
    return [str(key) for (key,) in rows]


def test_a_rotated_month_is_what_a_build_under_the_new_key_gives(settings: Settings) -> None:
    before = {mart: people(settings, mart) for mart in RESTRICTED}
    figures, report = public_marts(settings), read(settings, OCTOBER)
    lookup = persons.lookup(settings, REASON, person_key=before["talent_pool"][0])
    assert lookup is not None
    done = rotation.rotate(
        settings.model_copy(update={"new_pseudonym_key": SecretStr(NEW)}), REASON
    )
    settings = settings.model_copy(update={"pseudonym_key": SecretStr(NEW)})
    assert done.archive_rows > 1_000 and done.verified > 1_000
    assert not (settings.warehouse / "build").exists()

    for mart, old in before.items():
        assert people(settings, mart) == sorted(vault.pseudonym(NEW.encode(), key) for key in old)
    archive.verify(settings, archive.load(settings, OCTOBER, 1))
    assert public_marts(settings) == figures
    assert read(settings, OCTOBER).current == report.current
    again = persons.lookup(settings, REASON, nip=lookup.nip)
    assert again is not None and (again.name, again.seen) == (lookup.name, lookup.seen)
    events = served(settings, "select number, action, version from ops.publication order by 1")
    assert events[-1] == (len(events), "rotate", 1)

    result = pipeline.run_month(settings, OCTOBER)
    assert result.publication is not None
    assert (result.publication.version, result.publication.is_new) == (1, False)
    actions = [(row["action"], row["version"]) for row in audit.rows(settings) if row["version"]]
    assert actions == [("publish", 1), ("rotate", 1)]


def test_an_erased_person_stays_in_the_counts_and_out_of_reach(settings: Settings) -> None:
    figures = public_marts(settings)
    key = people(settings, "talent_pool")[0]
    done = persons.erase(settings, REASON, person_key=key)
    assert done.archive_rows >= 2 and done.lake_rows >= 2 and done.identities >= 1
    assert public_marts(settings) == figures
    archive.verify(settings, archive.load(settings, OCTOBER, 1))
    for mart in RESTRICTED:
        assert key not in people(settings, mart)
    context = build.build(settings, OCTOBER)
    with duckdb.connect(str(context.database), read_only=True) as connection:
        rows = connection.execute("select person_key from marts.talent_pool order by all")
        assert [row[0] for row in rows.fetchall()] == people(settings, "talent_pool")
    assert KEY and publish.current(settings, OCTOBER) is not None
