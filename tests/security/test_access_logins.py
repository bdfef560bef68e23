"""`asn grant` as an administrator meets it, and the logins of agencies that it opens and closes."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from access_server import Place, granted_place
from access_ways import plain
from postgres_server import Server

from asn_warehouse import audit, cli

PASSWORD = "9tWq-Kx2v_Zr7mLs4"
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[Place]:
    home: Path = tmp_path_factory.mktemp("granted")
    with (
        postgres_server.empty_database() as dsn,
        granted_place(home, postgres_server, dsn) as granted,
    ):
        yield granted


@pytest.fixture
def call(place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return a function that runs ``asn grant …``: its exit code and what it printed."""
    monkeypatch.setenv("ASN_HOME", str(place.settings.home))
    monkeypatch.setenv("ASN_POSTGRES_DSN", place.dsn)
    monkeypatch.delenv("ASN_LOGIN_PASSWORD", raising=False)

    def run(*arguments: str, stdin: str = "", as_user: str = "") -> tuple[int, str, str]:
        if as_user:
            monkeypatch.setenv("ASN_POSTGRES_DSN", Server(place.dsn).as_user(as_user).dsn)
        monkeypatch.setattr("sys.argv", ["asn", "grant", *arguments])
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        monkeypatch.setattr(cli, "_leave", sys.exit)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def signs_in(place: Place) -> tuple[bool, str | None]:
    """Return whether agency 4011 may sign in, and the verifier of its password."""
    with psycopg.connect(place.dsn) as admin:
        found = admin.execute(
            "select rolcanlogin, rolpassword from pg_authid where rolname = 'asn_agency_4011'"
        ).fetchone()
    assert found is not None
    return found[0], found[1]


def test_it_prints_what_it_changed_and_nothing_the_second_time(place: Place, call: Call) -> None:
    place.administer("grant select on marts.gap_person to public")
    dry = call("--dry-run")
    assert dry == (0, 'revoke SELECT on "marts"."gap_person" from public cascade;\n', "")
    assert call() == (0, "view marts.gap_person: 1 change\n1 change\n", "")
    assert call() == (0, "Nothing had to be changed.\n", "")


def test_a_copy_of_a_mart_made_by_hand_is_named(place: Place, call: Call) -> None:
    place.administer("create table public.copied as select * from marts.gap_person")
    code, said, error = call()
    place.administer("drop table public.copied")
    assert (code, said) == (1, "Nothing had to be changed.\n")
    assert "no policy allows: public.copied." in error and error.count("\n") == 1


def test_an_agency_signs_in_with_its_password_and_then_no_more(place: Place, call: Call) -> None:
    place.administer("alter role asn_agency_4011 nologin password null")
    code, said, error = call("--agency", "4011", "--login", stdin=f"{PASSWORD}\n")
    assert (code, said, error) == (0, "asn_agency_4011 signs in with its new password.\n", "")
    may, verifier = signs_in(place)
    assert may and verifier is not None and verifier.startswith("SCRAM-SHA-256$")
    login = Server(place.dsn).as_user("asn_agency_4011", PASSWORD).dsn
    with psycopg.connect(login) as session:
        assert set(plain(session, "marts.gap_person")) == {"4011"}
        assert call()[:2] == (0, "Nothing had to be changed.\n")
        assert signs_in(place) == (may, verifier), "asn grant leaves logins alone"
        code, said, _ = call("--agency", "4011", "--no-login")
        assert (code, said) == (
            0,
            "asn_agency_4011 signs in no more; its sessions were ended.\n",
        )
        with pytest.raises(psycopg.OperationalError):
            session.execute("select 1")
    assert signs_in(place) == (False, None)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(login)
    place.administer("alter role asn_agency_4011 login")


def test_the_password_is_in_no_audit_log_or_file(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASN_LOGIN_PASSWORD", PASSWORD)
    place.administer("alter system set log_statement = 'all'", "select pg_reload_conf()")
    try:
        code, said, error = call("--agency", "4011", "--login")
    finally:
        place.administer("alter system reset log_statement", "select pg_reload_conf()")
    assert code == 0 and PASSWORD not in said + error
    rows = [row for row in audit.rows(place.settings) if row["action"] == "grant"]
    assert "asn_agency_4011 may sign in" in str(rows[-1]["details"])
    assert PASSWORD not in json.dumps(rows, default=str)
    files = [path for path in place.settings.home.rglob("*") if path.is_file()]
    assert files and not [path for path in files if PASSWORD.encode() in path.read_bytes()]
    with psycopg.connect(place.dsn) as admin:
        folder = admin.execute("show data_directory").fetchone()
    assert folder is not None
    log = Path(folder[0]).parent / "log"
    if log.exists():
        told = log.read_bytes()
        assert PASSWORD.encode() not in told
        assert b"alter role" in told


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "A password is needed"),
        ("kT9-fV3_xQ7", "fewer than 16 characters"),
        ("a1a1a1a1a1a1a1a1a1a1", "fewer than 8 different"),
        ("kT9-fV3 password xQ7", "tried first"),
        ("asn_agency_4011-x9Kq", "tried first"),
        (" kT9-fV3_xQ7mLs4w", "begins or ends"),
        ("kT9-fV3_xQ7\tmLs4wab", "do not print"),
    ],
)
def test_a_weak_password_is_refused_and_not_repeated(
    place: Place, call: Call, password: str, reason: str
) -> None:
    before = signs_in(place)
    code, said, error = call("--agency", "4011", "--login", stdin=f"{password}\n")
    assert (code, said) == (2, "")
    assert reason in error and error.count("\n") == 1
    assert not password or password not in error
    assert signs_in(place) == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--agency", "9999", "--login"), "There is no agency 9999."),
        (("--agency", "40 11", "--login"), "'40 11' is no agency code."),
        (("--agency", "4011"), "--agency and --login belong together."),
        (("--login",), "--agency and --login belong together."),
        (("--agency", "4011", "--login", "--dry-run"), "--dry-run is for asn grant without"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    call: Call, arguments: tuple[str, ...], reason: str
) -> None:
    code, said, error = call(*arguments, stdin=f"{PASSWORD}\n")
    assert (code, said) == (2, "")
    assert reason in error and error.count("\n") == 1


def test_who_is_no_administrator_is_told_so(call: Call) -> None:
    for arguments in ((), ("--agency", "4011", "--login")):
        code, said, error = call(*arguments, stdin=f"{PASSWORD}\n", as_user="t_analyst")
        assert (code, said) == (1, "")
        assert "PostgreSQL refused" in error and "administrator" in error, error
        assert PASSWORD not in error and error.count("\n") == 1
