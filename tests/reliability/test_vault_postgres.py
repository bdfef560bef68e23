"""PostgreSQL follows a rotation and an erasure: its copy of the lake, and what it serves."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from candidates import make_candidate
from e2e_home import KEY, environment
from on_postgres import granted_pipeline
from postgres_server import Server, dumped
from pydantic import SecretStr
from support import Home
from vault_home import CANARIES, HER, HIM, MONTHS, files, holding, people_home, pseudonyms

from asn_warehouse import (
    audit,
    build,
    erasure,
    following,
    orchestration,
    persons,
    publish,
    rotation,
    vault,
)
from asn_warehouse.errors import AsnError, ConfigurationError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

OCTOBER = Period.parse(MONTHS[0])
REASON = "letter ND-31/2026"
NEW = "the next key of the tests, more than 32"


EVERY = os.environ.get("ASN_TEST_EVERY_KILL") == "1"
"""Whether everybody comes next after a kill; else only those who do it in ways of their own."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return people_home(tmp_path_factory.mktemp("original") / "home")


@pytest.fixture
def home(original: Home, tmp_path: Path, postgres: str) -> Home:
    """A home that computes on PostgreSQL and serves from it."""
    shutil.copytree(original.settings.home, tmp_path / "home")
    place = {"home": tmp_path / "home", "postgres_dsn": SecretStr(postgres), "target": "postgres"}
    return Home(original.settings.model_copy(update=place))


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
    monkeypatch.setattr(following, "follow", lambda *_: None)
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
    erasure.erase(home.settings, REASON, nip=HER["nip"])
    assert copied(home.settings, "pegawai") == []
    build.prepare(home.settings, OCTOBER)
    assert copied(home.settings, "pegawai") == pseudonyms(home, "pegawai", "person_key")[MONTHS[0]]


# -- killed in between -----------------------------------------------------------------------------

VICTIM = """
import os, signal, sys
from asn_warehouse import erasure, following, rotation
from asn_warehouse.settings import get_settings

following.follow = lambda settings: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "rotate":
    rotation.rotate(get_settings(), "letter ND-31/2026")
else:
    erasure.erase(get_settings(), "letter ND-31/2026", nip=sys.argv[2])
"""


def on_server(settings: Settings, key: str = KEY) -> dict[str, str]:
    """Return the environment of a process over a home that computes on PostgreSQL."""
    assert settings.postgres_dsn is not None
    return {
        **environment(settings.home),
        "ASN_PSEUDONYM_KEY": key,
        "ASN_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
        "ASN_TARGET": "postgres",
    }


def killed(settings: Settings, kind: str) -> None:
    """Let ``kind`` change the home in a process that dies before PostgreSQL hears of it."""
    done = subprocess.run(
        [sys.executable, "-c", VICTIM, kind, HER["nip"]],
        env={**on_server(settings), "ASN_NEW_PSEUDONYM_KEY": NEW},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def says(settings: Settings, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from asn_warehouse.cli import main; main()", *arguments],
        env=on_server(settings, NEW),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def rotates_again(settings: Settings) -> None:
    old = settings.model_copy(
        update={"pseudonym_key": SecretStr(KEY), "new_pseudonym_key": SecretStr(NEW)}
    )
    assert rotation.rotate(old, REASON).was_interrupted


def keeps_house(settings: Settings) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in on_server(settings, NEW).items():
            patch.setenv(name, value)
        orchestration.remove_expired()


NEXT: dict[str, Callable[[Settings], None]] = {
    "the same command": rotates_again,
    "a command that only shows": lambda settings: says(settings, "audit"),
    "whoever publishes next": publish.refresh_ops,
    "the daily DAG": keeps_house,
}


@pytest.mark.parametrize("who", [*NEXT] if EVERY else [*NEXT][:2])
def test_whoever_comes_next_ends_a_rotation_that_was_killed_before_postgresql_followed(
    home: Home, who: str
) -> None:
    publish.publish(home.settings, make_candidate(home.settings, MONTHS[0]))
    build.prepare(home.settings, OCTOBER)
    before = [key for (key,) in query(home.settings, "select person_key from marts.gap_person")]
    copied_before = copied(home.settings, "pegawai")
    killed(home.settings, "rotate")
    assert before == [k for (k,) in query(home.settings, "select person_key from marts.gap_person")]
    settings = home.settings.model_copy(update={"pseudonym_key": SecretStr(NEW)})
    NEXT[who](settings)
    after = query(settings, "select person_key from marts.gap_person order by 1")
    assert after == sorted((vault.pseudonym(NEW.encode(), str(key)),) for key in before)
    if who != "whoever publishes next":
        assert copied(settings, "pegawai") == []
        assert not (settings.vault / "unserved.json").exists()
    build.prepare(settings, OCTOBER)
    assert not {*copied(settings, "pegawai")} & {*copied_before}
    assert [row["action"] for row in audit.rows(settings)].count("rotate") == 2
    events = "select version, action from ops.publication order by number"
    assert query(settings, events) == [(1, "publish"), (1, "rotate")]


def test_an_erasure_that_was_killed_before_postgresql_followed_is_proved_by_the_next_command(
    home: Home,
) -> None:
    build.prepare(home.settings, OCTOBER)
    hers = vault.pseudonym(KEY.encode(), HER["nip"])
    killed(home.settings, "erase")
    assert hers in copied(home.settings, "pegawai")
    following.catch_up(home.settings)
    assert hers not in dumped(home.settings.postgres_dsn.get_secret_value())
    assert holding(files(home.settings.lake, home.settings.vault), [hers, *CANARIES[:3]]) == {}
    (proof,) = (home.settings.vault / "erasures").iterdir()
    assert json.loads(proof.read_text())["postgres_tables"] >= 1


def test_a_server_that_does_not_answer_changes_nothing(home: Home) -> None:
    nowhere = SecretStr("postgresql://tests@127.0.0.1:1/postgres")
    settings = home.settings.model_copy(
        update={"postgres_dsn": nowhere, "new_pseudonym_key": SecretStr(NEW)}
    )
    before = {path: path.read_bytes() for path in files(settings.lake, settings.vault)}
    with pytest.raises(ConfigurationError, match="does not answer"):
        rotation.rotate(settings, REASON)
    with pytest.raises(ConfigurationError, match="does not answer"):
        erasure.erase(settings, REASON, nip=HER["nip"])
    assert {path: path.read_bytes() for path in files(settings.lake, settings.vault)} == before


# -- all that the database holds -------------------------------------------------------------------


def everything(home: Home) -> str:
    assert home.settings.postgres_dsn is not None
    text = dumped(home.settings.postgres_dsn.get_secret_value())
    assert "COPY ops.audit" in text
    return text


def all_keys(home: Home) -> set[str]:
    pairs = (("pegawai", "person_key"), ("kinerja", "person_key"))
    pairs += (("survei_kepuasan_masyarakat", "respondent_key"),)
    return {key for pair in pairs for key in pseudonyms(home, *pair)[MONTHS[0]]}


def test_no_old_pseudonym_is_left_in_the_database_or_the_home(home: Home) -> None:
    publish.publish(home.settings, make_candidate(home.settings, MONTHS[0]))
    served = {str(k) for (k,) in query(home.settings, "select person_key from marts.gap_person")}
    old = all_keys(home)
    build.prepare(home.settings, OCTOBER)
    text = everything(home)
    assert old | served == {key for key in old | served if key in text}
    rotation.rotate(home.settings.model_copy(update={"new_pseudonym_key": SecretStr(NEW)}), REASON)
    assert {key for key in old | served if key in everything(home)} == set()
    home = Home(home.settings.model_copy(update={"pseudonym_key": SecretStr(NEW)}))
    build.prepare(home.settings, OCTOBER)
    text = everything(home)
    assert all_keys(home) <= {*re.findall(r"\b[0-9a-f]{64}\b", text)}
    assert {key for key in old | served if key in text} == set()
    assert holding(files(home.settings.home), old | served) == {}


def test_no_identity_is_in_the_database_whatever_was_done(home: Home) -> None:
    keys = {name: vault.pseudonym(KEY.encode(), who["nip"]) for name, who in
            (("her", HER), ("him", HIM))}  # fmt: skip
    publish.publish(home.settings, make_candidate(home.settings, MONTHS[0]))
    build.prepare(home.settings, OCTOBER)
    persons.lookup(home.settings, f"{REASON} of {HER['nama']}", nip=HER["nip"])
    assert_nobody_is_named(everything(home))
    done = erasure.erase(home.settings, f"{REASON} of {HIM['nama']}", nip=HIM["nip"])
    assert done.postgres_tables >= 10 and done.postgres_rows >= 50
    proof = json.loads((home.settings.vault / "erasures" / f"{done.erasure_id}.json").read_text())
    assert (proof["postgres_tables"], proof["postgres_rows"], proof["found_afterwards"]) == (
        done.postgres_tables,
        done.postgres_rows,
        0,
    )
    build.prepare(home.settings, OCTOBER)
    text = everything(home)
    assert_nobody_is_named(text)
    assert keys["him"] not in text
    assert keys["her"] in text, "the search can find somebody"


def assert_nobody_is_named(text: str) -> None:
    named = [*CANARIES, *HIM.values(), "1980-03-17", "19800317", KEY, KEY.encode().hex()]
    named.remove("L")
    assert [value for value in named if value.lower() in text.lower()] == []


def test_an_erasure_of_somebody_still_there_is_no_proof(home: Home) -> None:
    build.prepare(home.settings, OCTOBER)
    hers = vault.pseudonym(KEY.encode(), HER["nip"])
    killed(home.settings, "erase")
    with psycopg.connect(home.settings.postgres_dsn.get_secret_value()) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute("create table marts.copy_of as select %s::text as note", [hers])
    with pytest.raises(AsnError, match=r"still in marts\.copy_of"):
        following.catch_up(home.settings)
    (proof,) = (home.settings.vault / "erasures").iterdir()
    assert "postgres_tables" not in json.loads(proof.read_text())
    with psycopg.connect(home.settings.postgres_dsn.get_secret_value()) as connection:
        connection.execute("drop table marts.copy_of")
    following.catch_up(home.settings)
    assert json.loads(proof.read_text())["postgres_tables"] >= 1
    assert not (home.settings.vault / "unserved.json").exists()


# -- as a login that is no superuser ---------------------------------------------------------------


def test_a_pipeline_without_further_rights_rotates_and_erases(
    home: Home, postgres: str, postgres_server: Server
) -> None:
    pipeline = granted_pipeline(postgres_server, postgres, home.settings.home)
    mine = home.settings.model_copy(update={"postgres_dsn": SecretStr(pipeline)})
    publish.publish(mine, make_candidate(mine, MONTHS[0]))
    build.prepare(mine, OCTOBER)
    rotation.rotate(mine.model_copy(update={"new_pseudonym_key": SecretStr(NEW)}), REASON)
    mine = mine.model_copy(update={"pseudonym_key": SecretStr(NEW)})
    build.prepare(mine, OCTOBER)
    hers = vault.chained((KEY.encode(), NEW.encode()), HER["nip"])
    assert hers in everything(home)
    done = erasure.erase(mine, REASON, nip=HER["nip"])
    assert done.postgres_tables >= 10 and done.postgres_rows >= 50
    text = everything(home)
    assert hers not in text and vault.pseudonym(KEY.encode(), HER["nip"]) not in text
    assert audit.compared(mine) == len(audit.rows(mine)) == 5


def test_a_rotation_ends_when_nobody_reads_what_was_served_before_it(
    home: Home, postgres: str
) -> None:
    publish.publish(home.settings, make_candidate(home.settings, MONTHS[0]))
    served = str(query(home.settings, "select person_key from marts.gap_person limit 1")[0][0])
    with psycopg.connect(postgres) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select count(*) from marts.gap_person").fetchall()
        settings = home.settings.model_copy(update={"new_pseudonym_key": SecretStr(NEW)})
        with pytest.raises(AsnError, match=r"has not followed yet: .* still being read"):
            rotation.rotate(settings, REASON)
        rows = reader.execute("select person_key from marts.gap_person").fetchall()
        assert served in {key for (key,) in rows}, "the reader sees what it began with"
    assert served in everything(home)
    settings = home.settings.model_copy(update={"pseudonym_key": SecretStr(NEW)})
    following.catch_up(settings)
    assert served not in everything(home)
