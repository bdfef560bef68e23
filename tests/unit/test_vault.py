"""The vault: pseudonyms as by HMAC, one key for all processes, and nobody else reads it."""

import multiprocessing
import os
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from asn_warehouse import dbt_process, fingerprints, vault
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.settings import Settings

VALUES = (
    "198003172005011001",
    "",
    "R-8f3a21",
    "Ünïcödé – 名前 😀",
    "o'Neil; drop table x",
    "x" * 500,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


def by_sql(key: bytes, *values: str) -> list[str]:
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select {vault.pseudonym_sql(key, 'v')} from (select unnest(?::varchar[]) as v)",
            [list(values)],
        ).fetchall()
    return [found for (found,) in rows]


def by_hand(key: bytes, value: str) -> str:
    return hmac(key, value.encode(), sha256).hexdigest()


def test_hmac_is_that_of_the_standard() -> None:
    """RFC 4231, test cases 2 and 6 (a key longer than the block)."""
    assert by_sql(b"Jefe", "what do ya want for nothing?") == [
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ]
    assert by_sql(b"\xaa" * 131, "Test Using Larger Than Block-Size Key - Hash Key First") == [
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ]


@pytest.mark.parametrize("length", [32, 63, 64, 65, 200])
def test_sql_and_python_give_the_same_pseudonym(length: int) -> None:
    key = bytes(range(56, 56 + 200))[:length]
    expected = [by_hand(key, value) for value in VALUES]
    assert by_sql(key, *VALUES) == expected
    assert [vault.pseudonym(key, value) for value in VALUES] == expected


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=150), TEXT)
def test_sql_and_python_agree_for_any_key_and_text(key: bytes, value: str) -> None:
    assert by_sql(key, value) == [by_hand(key, value)]


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    home = Settings(home=tmp_path / "home", pseudonym_key=None)
    key = vault.pseudonym_key(home)
    path = home.vault / "pseudonym.key"
    assert len(key) == 64
    assert vault.pseudonym_key(home) == key == path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert home.vault.stat().st_mode & 0o777 == 0o700
    assert [p.name for p in home.vault.iterdir()] == ["pseudonym.key"]


def test_a_vault_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir(mode=0o755)
    vault.pseudonym_key(Settings(home=tmp_path, pseudonym_key=None))
    assert (tmp_path / "vault").stat().st_mode & 0o777 == 0o700


def _key(home: str, _: int) -> bytes:
    return vault.pseudonym_key(Settings(home=Path(home), pseudonym_key=None))


def test_processes_that_make_the_key_at_once_agree(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(5):
        home = str(tmp_path / str(attempt))
        with context.Pool(4) as pool:
            keys = pool.starmap(_key, [(home, number) for number in range(4)], chunksize=1)
        assert len(set(keys)) == 1
        assert len(keys[0]) == 64


def test_a_key_of_the_environment_counts_and_nothing_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASN_PSEUDONYM_KEY", "k" * 32)
    home = Settings(home=tmp_path / "home")
    assert vault.pseudonym_key(home) == b"k" * 32
    assert not home.vault.exists()
    assert "kkk" not in repr(home)


@pytest.mark.parametrize("where", ["setting", "file"])
def test_a_short_key_is_refused_without_being_shown(tmp_path: Path, where: str) -> None:
    short = "k" * 31
    home = Settings(home=tmp_path, pseudonym_key=SecretStr(short) if where == "setting" else None)
    if where == "file":
        vault.ensure_private(home.vault)
        (home.vault / "pseudonym.key").write_text(short)
    with pytest.raises(ConfigurationError, match="at least 32 random characters") as caught:
        vault.pseudonym_key(home)
    assert short not in str(caught.value)


def test_neither_dbt_nor_git_is_given_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("ASN_PSEUDONYM_KEY", "ASN_NEW_PSEUDONYM_KEY")
    for name in names:
        monkeypatch.setenv(name, "k" * 32)
    with dbt_process._environment({"ASN_BUILD_DB": "there"}):
        assert not {*names} & {*os.environ}
        assert os.environ["ASN_BUILD_DB"] == "there"
    assert all(os.environ[name] == "k" * 32 for name in names)

    monkeypatch.setenv("ASN_POSTGRES_DSN", "postgresql://sri:secret@nowhere/asn")
    git = tmp_path / "git"
    git.write_text(f"#!/bin/sh\nenv > {tmp_path / 'seen'}\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    fingerprints.git_revision(tmp_path)
    seen = (tmp_path / "seen").read_text()
    assert "PATH=" in seen and "kkk" not in seen and "secret" not in seen


def test_scratch_is_private_and_gone_even_after_an_error(tmp_path: Path) -> None:
    home = Settings(home=tmp_path)
    with pytest.raises(RuntimeError), vault.scratch(home) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "copy.csv").write_text("198003172005011001")
        raise RuntimeError
    assert not folder.exists()


def test_the_engine_that_sees_identities_spills_into_the_vault(tmp_path: Path) -> None:
    home = Settings(home=tmp_path, memory_limit="512MB", threads=1)
    with vault.private_engine(home) as connection:
        (spill,) = connection.execute("select current_setting('temp_directory')").fetchone() or (
            "",
        )
        assert Path(spill).is_relative_to(home.vault)
