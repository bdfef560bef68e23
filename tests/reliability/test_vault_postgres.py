"""PostgreSQL follows a rotation and an erasure: its copy of the lake, and what it serves."""

from pathlib import Path

import psycopg
import pytest
from candidates import make_candidate
from pydantic import SecretStr
from support import Home
from vault_home import HER, MONTHS, people_home, pseudonyms

from asn_warehouse import build, persons, publish, rotation, vault
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

OCTOBER = Period.parse(MONTHS[0])
REASON = "letter ND-31/2026"
NEW = "the next key of the tests, more than 32"


@pytest.fixture
def home(tmp_path: Path, postgres: str) -> Home:
    """A home that computes on PostgreSQL and serves from it."""
    return people_home(tmp_path / "home", postgres_dsn=SecretStr(postgres), target="postgres")


def query(settings: Settings, text: str) -> list[tuple[object, ...]]:
    assert settings.postgres_dsn is not None
    with psycopg.connect(settings.postgres_dsn.get_secret_value()) as connection:
        return connection.execute(text.encode()).fetchall()


def copied(settings: Settings, dataset: str) -> list[object]:
    rows = query(
        settings, f"select person_key from lake.{dataset} order by agency_code, row_number"
    )
    return [key for (key,) in rows]


def test_the_copy_of_the_lake_is_emptied_and_made_anew(home: Home) -> None:
    build.prepare(home.settings, OCTOBER)
    before = copied(home.settings, "pegawai")
    assert before == pseudonyms(home, "pegawai", "person_key")[MONTHS[0]]
    rotation.rotate(home.settings.model_copy(update={"new_pseudonym_key": SecretStr(NEW)}), REASON)
    settings = home.settings.model_copy(update={"pseudonym_key": SecretStr(NEW)})
    assert copied(settings, "pegawai") == [] == query(settings, "select 1 from lake.loaded")
    schemas = "select nspname from pg_namespace where nspname like 'build%'"
    assert query(settings, schemas) == []
    build.prepare(settings, OCTOBER)
    after = copied(settings, "pegawai")
    assert after == pseudonyms(home, "pegawai", "person_key")[MONTHS[0]]
    assert after == [vault.pseudonym(NEW.encode(), str(key)) for key in before]
    build.prepare(settings, OCTOBER)
    assert copied(settings, "pegawai") == after, "once"


def test_a_copy_that_a_killed_rotation_left_is_found_by_the_next_build(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.prepare(home.settings, OCTOBER)
    monkeypatch.setattr(rotation, "bring_up", lambda *_: None)
    rotation.rotate(home.settings.model_copy(update={"new_pseudonym_key": SecretStr(NEW)}), REASON)
    settings = home.settings.model_copy(update={"pseudonym_key": SecretStr(NEW)})
    stale = copied(settings, "kinerja")
    build.prepare(settings, OCTOBER)
    fresh = copied(settings, "kinerja")
    assert fresh == pseudonyms(home, "kinerja", "person_key")[MONTHS[0]]
    assert not {*fresh} & {*stale}


def test_what_is_served_has_the_new_pseudonyms_in_the_same_version(home: Home) -> None:
    publish.publish(home.settings, make_candidate(home.settings, MONTHS[0]))
    before = query(home.settings, "select person_key from marts.gap_person order by 1")
    counts = query(home.settings, "select table_name, rows from ops.served order by 1")
    rotation.rotate(home.settings.model_copy(update={"new_pseudonym_key": SecretStr(NEW)}), REASON)
    settings = home.settings.model_copy(update={"pseudonym_key": SecretStr(NEW)})
    after = query(settings, "select person_key from marts.gap_person order by 1")
    assert after == sorted((vault.pseudonym(NEW.encode(), str(key)),) for (key,) in before)
    assert query(settings, "select table_name, rows from ops.served order by 1") == counts
    events = "select version, action from ops.publication order by number"
    assert query(settings, events) == [(1, "publish"), (1, "rotate")]
    audited = "select action, actor is not null from ops.audit order by number"
    assert query(settings, audited)[:2] == [("publish", True), ("rotate", True)]
    current = publish.current(settings, OCTOBER)
    assert current is not None and current.version == 1


def test_an_erased_person_is_gone_from_the_copy_of_the_lake(home: Home) -> None:
    build.prepare(home.settings, OCTOBER)
    hers = persons.lookup(home.settings, REASON, nip=HER["nip"])
    assert hers is not None and hers.person_key in copied(home.settings, "pegawai")
    persons.erase(home.settings, REASON, nip=HER["nip"])
    assert copied(home.settings, "pegawai") == []
    build.prepare(home.settings, OCTOBER)
    assert copied(home.settings, "pegawai") == pseudonyms(home, "pegawai", "person_key")[MONTHS[0]]
