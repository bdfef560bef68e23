"""As whom PostgreSQL is asked for a user of Superset, and what such a login can make of itself."""

import importlib.util
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import psycopg
import pytest
from access_server import Place, granted_place
from postgres_server import Server
from sqlalchemy import make_url

from asn_warehouse.bi import logins
from asn_warehouse.bi.superset import write_secret
from asn_warehouse.errors import ConfigurationError

CONFIG = Path(__file__).resolve().parents[2] / "bi" / "superset" / "superset_config.py"
OWN, OTHER = "4011", "4012"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[Place]:
    home: Path = tmp_path_factory.mktemp("superset")
    with (
        postgres_server.empty_database() as dsn,
        granted_place(home, postgres_server, dsn) as granted,
    ):
        yield granted


@pytest.fixture(scope="module")
def made(place: Place) -> dict[str, Any]:
    """The logins, made a second time over one that somebody had widened."""
    logins.renew(place.dsn, [OWN])
    place.administer(f"grant asn_analyst, asn_agency_{OTHER} to asn_superset_agency_{OWN}")
    return logins.renew(place.dsn, [OWN])


def session(place: Place, login: dict[str, str]) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(Server(place.dsn).as_user(login["user"], login["password"]).dsn)


def agencies(connection: psycopg.Connection[tuple[Any, ...]], table: str) -> set[str | None]:
    return {code for (code,) in connection.execute(f"select distinct agency_code from {table}")}


def test_an_agency_sees_its_rows_from_the_first_statement(
    place: Place, made: dict[str, Any]
) -> None:
    with session(place, made["agencies"][OWN]) as connection:
        assert agencies(connection, "marts.gap_agency") == {OWN}
        assert agencies(connection, "marts.gap_person") == {OWN}
        assert agencies(connection, "safe.t_by_agency") == {OWN, None}


@pytest.mark.parametrize(
    "attack",
    [
        f"set role asn_agency_{OTHER}",
        f"select set_config('role', 'asn_agency_{OTHER}', false)",
        "set role asn_analyst",
        "set session authorization asn_superset_analyst",
        "reset role",
        "set role none",
    ],
)
def test_no_statement_makes_an_agency_another(
    place: Place, made: dict[str, Any], attack: str
) -> None:
    with session(place, made["agencies"][OWN]) as connection:
        connection.autocommit = True
        try:
            connection.execute(attack)
        except psycopg.errors.InsufficientPrivilege:
            assert "none" not in attack and "reset" not in attack
        assert agencies(connection, "marts.gap_agency") <= {OWN}
        assert agencies(connection, "marts.gap_person") <= {OWN}
        assert agencies(connection, "safe.t_by_agency") <= {OWN, None}


def test_readers_see_safe_marts_alone_and_analysts_all(place: Place, made: dict[str, Any]) -> None:
    with session(place, made["reader"]) as connection:
        assert {OWN, OTHER, None} <= agencies(connection, "safe.t_by_agency")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from marts.gap_agency")
    with session(place, made["analyst"]) as connection:
        assert {OWN, OTHER} <= agencies(connection, "marts.gap_agency")


def test_passwords_are_new_each_time_and_kept_from_others(
    place: Place, made: dict[str, Any], tmp_path: Path
) -> None:
    again = logins.renew(place.dsn, [OWN])
    assert again["reader"]["password"] != made["reader"]["password"]
    write_secret(tmp_path / "logins.json", json.dumps(again))
    assert stat.S_IMODE((tmp_path / "logins.json").stat().st_mode) == 0o600


def test_whoever_may_not_make_logins_is_told_what_to_do(place: Place) -> None:
    with pytest.raises(ConfigurationError, match="refused") as told:
        logins.renew(Server(place.dsn).as_user("t_publisher").dsn, [OWN])
    assert "administrator" in str(told.value)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Superset's configuration, as Superset loads it."""
    known = {"host": "127.0.0.1", "port": 5433, "database": "asn"}
    known |= {name: {"user": name, "password": "p"} for name in ("reader", "analyst")}
    known["agencies"] = {OWN: {"user": f"agency_{OWN}", "password": "p"}}
    write_secret(tmp_path / "logins.json", json.dumps(known))
    write_secret(tmp_path / "secret_key", "k")
    monkeypatch.setenv("ASN_BI_HOME", str(tmp_path))
    spec = importlib.util.spec_from_file_location("superset_config_here", CONFIG)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked_as(config: ModuleType, name: str | None, *roles: str, host: str = "") -> str:
    """Return the login with which PostgreSQL is asked for a user who has these roles."""
    user = SimpleNamespace(username=name, roles=[SimpleNamespace(name=role) for role in roles])
    manager = SimpleNamespace(find_user=lambda username: user if roles else None)
    uri = make_url(f"postgresql://somebody@{host or 'gudang-asn.invalid'}/asn")
    found, _ = config.DB_CONNECTION_MUTATOR(uri, {}, name, manager, None)
    return str(found.username)


def test_who_is_signed_in_decides_the_login(config: ModuleType) -> None:
    assert asked_as(config, f"instansi-{OWN}", "Instansi") == f"agency_{OWN}"
    assert asked_as(config, f"instansi-{OWN}", "Instansi", "Admin") == f"agency_{OWN}"
    assert asked_as(config, "admin", "Admin") == "analyst"
    assert asked_as(config, "budi", "Pembaca") == "reader"
    assert asked_as(config, "budi", "Gamma") == "reader"
    assert asked_as(config, "gone") == "reader"
    assert asked_as(config, None) == "reader"
    assert asked_as(config, "admin", "Admin", host="elsewhere") == "somebody"


@pytest.mark.parametrize("name", [f"instansi-{OTHER}", "instansi-", OWN, "admin", f"x-{OWN}"])
def test_an_agency_that_is_not_known_is_nobody(config: ModuleType, name: str) -> None:
    with pytest.raises(PermissionError, match="no agency's account"):
        asked_as(config, name, "Instansi")


def test_superset_keeps_no_answers_and_calls_nobody(config: ModuleType) -> None:
    assert config.DATA_CACHE_CONFIG == {"CACHE_TYPE": "NullCache"}
    assert config.FEATURE_FLAGS["CACHE_QUERY_BY_USER"]
    assert "http" not in str(config.TALISMAN_CONFIG["content_security_policy"])
    assert config.D3_FORMAT["decimal"] == "," and config.D3_FORMAT["thousands"] == "."
