"""A published month after a rotation and an erasure: the same figures, archived and served."""

import shutil
from pathlib import Path

import duckdb
import pytest
from e2e_home import OCTOBER, Month
from pydantic import SecretStr

from asn_warehouse import archive, audit, build, erasure, persons, rotation, vault
from asn_warehouse.report.marts import MARTS
from asn_warehouse.report.source import Published, read
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


def exported(settings: Settings, folder: Path) -> tuple[Path, dict[str, str]]:
    """Build the month anew; return where its marts lie and their digests."""
    context = build.build(settings, OCTOBER)
    folder.mkdir()
    restricted = {
        name: bool(meta.get("restricted")) for name, meta in build.models(context, "marts").items()
    }
    marts = archive.export(settings, context.database, OCTOBER, restricted, folder)
    return folder, {mart.name: mart.sha256 for mart in marts}


def untied(path: Path) -> list[tuple[object, ...]]:
    """Return what the list of successors says of those who are tied, but for who they are."""
    with duckdb.connect() as connection:
        return connection.execute(
            "select agency_code, position_code, unit_code, rank, readiness, talent_score,"
            f" jpm_target from read_parquet('{path}') order by all"
        ).fetchall()


def test_a_month_after_a_rotation_and_an_erasure_is_what_a_build_gives(
    settings: Settings, tmp_path: Path
) -> None:
    before = {mart: people(settings, mart) for mart in RESTRICTED}
    figures, report = public_marts(settings), read(settings, OCTOBER)
    lookup = persons.lookup(settings, REASON, person_key=before["talent_pool"][0])
    assert lookup is not None
    on_spark = settings.spark_tables / "build_2026_10" / "marts" / "talent_pool"
    on_spark.mkdir(parents=True)
    others = settings.spark_tables / "of another pipeline"
    others.mkdir()
    done = rotation.rotate(
        settings.model_copy(update={"new_pseudonym_key": SecretStr(NEW)}), REASON
    )
    settings = settings.model_copy(update={"pseudonym_key": SecretStr(NEW)})
    assert done.archive_rows > 1_000 and done.verified > 1_000
    assert not (settings.warehouse / "build").exists()
    assert [*settings.spark_tables.iterdir()] == [others]

    for mart, old in before.items():
        assert people(settings, mart) == sorted(vault.pseudonym(NEW.encode(), key) for key in old)
    again = persons.lookup(settings, REASON, nip=lookup.nip)
    assert again is not None and (again.name, again.seen) == (lookup.name, lookup.seen)
    assert_as_published(settings, figures, report)

    erased = erasure.erase(settings, REASON, person_key=again.person_key)
    assert erased.archive_rows >= 2 and erased.lake_rows >= 2 and erased.identities >= 1
    for mart, old in before.items():
        now = people(settings, mart)
        assert len(now) == len(old) and again.person_key not in now
    assert_as_published(settings, figures, report)
    events = served(settings, "select number, action, version from ops.publication order by 1")
    assert events == [(1, "publish", 1), (2, "rotate", 1), (3, "erase", 1)]
    actions = [(row["action"], row["version"]) for row in audit.rows(settings) if row["version"]]
    assert actions == [("publish", 1), ("rotate", 1), ("erase", 1)]

    folder, digests = exported(settings, tmp_path / "exported")
    version = archive.load(settings, OCTOBER, 1)
    differ = {mart.name for mart in version.marts if digests[mart.name] != mart.sha256}
    assert differ <= {"succession_candidate"}, "tied candidates are listed by pseudonym"
    archived = archive.directory(settings, OCTOBER, 1)
    name = "succession_candidate.parquet"
    assert untied(folder / name) == untied(archived / name) != []


def assert_as_published(settings: Settings, figures: dict[str, str], report: Published) -> None:
    """Assert that the archive is whole, and says of agencies what it said before."""
    archive.verify(settings, archive.load(settings, OCTOBER, 1))
    assert public_marts(settings) == figures
    now = read(settings, OCTOBER)
    assert [now.mart(mart) for mart in MARTS] == [report.mart(mart) for mart in MARTS]
