"""The audit that PostgreSQL serves: added to, and never changed, whoever asks."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from candidates import make_candidate, settings_of
from postgres_server import Server, dumped, programs

from asn_warehouse import access, audit, publish
from asn_warehouse.errors import AsnError
from asn_warehouse.settings import Settings

CHANGES = (
    "update ops.audit set actor = 'nobody'",
    "update ops.audit set actor = 'nobody' where false",
    "delete from ops.audit",
    "truncate ops.audit",
    "truncate ops.audit restart identity cascade",
    "with gone as (delete from ops.audit returning 1) select count(*) from gone",
    "merge into ops.audit as a using (select 1) as t on true when matched then delete",
    "insert into ops.audit select * from ops.audit on conflict do nothing; delete from ops.audit",
)


@pytest.fixture(scope="module")
def original(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Server
) -> Iterator[tuple[Path, str]]:
    """A home whose two publications are served and audited, and its database."""
    home = tmp_path_factory.mktemp("audited") / "home"
    with postgres_server.empty_database() as dsn:
        settings = settings_of(home, postgres_dsn=dsn, operator="sri")
        for seed in (1, 2):
            publish.publish(settings, make_candidate(settings, "2026-10", seed=seed))
        yield home, dsn


@pytest.fixture
def settings(
    original: tuple[Path, str], postgres_server: Server, tmp_path: Path
) -> Iterator[Settings]:
    """A copy of both."""
    home, dsn = original
    shutil.copytree(home, tmp_path / "home")
    with postgres_server.copy_of(dsn) as copied:
        yield settings_of(tmp_path / "home", postgres_dsn=copied, operator="sri")


@pytest.fixture
def admin(settings: Settings) -> Iterator[psycopg.Connection]:
    """A superuser of the server."""
    with psycopg.connect(dsn_of(settings), autocommit=True) as connection:
        yield connection


def dsn_of(settings: Settings) -> str:
    assert settings.postgres_dsn is not None
    return settings.postgres_dsn.get_secret_value()


def assert_refused(connection: psycopg.Connection) -> None:
    before = connection.execute("select * from ops.audit order by number").fetchall()
    assert len(before) == 2
    for change in CHANGES:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(change.encode())
    assert connection.execute("select * from ops.audit order by number").fetchall() == before


@pytest.mark.parametrize("role", ["a superuser", "its owner", "a replica"])
def test_nobody_changes_a_row(settings: Settings, admin: psycopg.Connection, role: str) -> None:
    if role == "its owner":
        admin.execute("create role some_owner")
        admin.execute("grant usage on schema ops to some_owner")
        admin.execute("alter table ops.audit owner to some_owner")
        try:
            admin.execute("set role some_owner")
            assert_refused(admin)
        finally:
            admin.execute("reset role")
            admin.execute("drop owned by some_owner cascade")
            admin.execute("drop role some_owner")
        return
    if role == "a replica":
        admin.execute("set session_replication_role = replica")
    assert_refused(admin)


def test_rows_are_still_added_and_the_copy_is_the_same(settings: Settings) -> None:
    assert audit.compared(settings) == 2
    audit.record(settings, "lookup", reason="letter ND-31/2026")
    publish.refresh_ops(settings)
    assert audit.compared(settings) == 3


def test_nobody_may_call_what_refuses(admin: psycopg.Connection) -> None:
    acl = "select proacl::text from pg_proc where proname = 'refuse_change'"
    ((granted,),) = admin.execute(acl).fetchall()
    assert granted is not None and not re.search(r"[{,]=X", granted)


def test_a_restored_dump_refuses_as_well(settings: Settings, postgres_server: Server) -> None:
    with postgres_server.empty_database() as dsn:
        subprocess.run(
            [programs() / "psql", "-q", "-v", "ON_ERROR_STOP=1", dsn],
            input=dumped(dsn_of(settings)).encode(),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        with psycopg.connect(dsn, autocommit=True) as connection:
            assert_refused(connection)


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ("update ops.audit set actor = 'nobody' where number = 2", 2),
        ("update ops.audit set reason = 'x' where number = 1", 1),
        ("delete from ops.audit where number = 1", 1),
        ("insert into ops.audit select * from ops.audit where number = 1", 2),
    ],
)
def test_what_an_administrator_changed_all_the_same_is_found(
    settings: Settings, admin: psycopg.Connection, change: str, row: int
) -> None:
    admin.execute("alter table ops.audit disable trigger user")
    admin.execute(change.encode())
    with pytest.raises(AsnError, match=f"not that of the home, at row {row}"):
        audit.compared(settings)


def test_rows_that_only_the_store_has_are_found(settings: Settings) -> None:
    path = settings.warehouse / "ops" / "audit.jsonl"
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    (settings.vault / "audit.head").unlink()
    with pytest.raises(AsnError, match="not that of the home, at row 2"):
        audit.compared(settings)


def test_grants_leave_the_refusal_and_are_in_the_audit(
    settings: Settings, admin: psycopg.Connection
) -> None:
    settings.reference.mkdir(parents=True)
    head = "kode_instansi,nama_instansi,jenis,kode_wilayah,berlaku_mulai,berlaku_sampai"
    (settings.reference / "instansi.csv").write_text(f"{head},kode_pengganti\n")
    assert access.apply(settings)
    assert access.apply(settings) == []
    assert [row["action"] for row in audit.rows(settings)] == ["publish", "publish", "grant"]
    admin.execute("set role asn_publisher")
    assert_refused(admin)
