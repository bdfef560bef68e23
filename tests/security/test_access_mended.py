"""What somebody changed by hand on the server is found, and `asn grant` takes it back."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from access_server import Place, granted_place
from access_ways import plain
from postgres_server import Server

from asn_warehouse import access
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.serving.session import connect

BY_HAND = {
    "alter table stored_marts.gap_person no force row level security": "stored_marts.gap_person",
    "drop policy asn_own on stored_marts.gap_person": "stored_marts.gap_person",
    "alter policy asn_own on stored_marts.gap_person using (true)": "stored_marts.gap_person",
    "create policy stray on stored_marts.gap_agency to asn_agency using (true)": "gap_agency",
    "grant select on marts.gap_person to public": "marts.gap_person",
    "grant select on marts.gap_agency to asn_bi": "marts.gap_agency",
    "grant select (agency_code) on marts.gap_agency to asn_bi": "marts.gap_agency",
    "grant usage on schema stored_marts to asn_bi": "schema stored_marts",
    "alter view marts.gap_person set (security_invoker = false)": "marts.gap_person",
    "grant select on ops.publication to asn_bi": "ops.publication",
    "grant update on ops.audit to asn_publisher": "ops.audit",
    "grant insert on safe.t_national to asn_bi": "safe.t_national",
    "alter table safe.t_by_agency owner to t_bi": "safe.t_by_agency",
    "alter view marts.v_gap_person set (security_invoker = false)": "marts.v_gap_person",
    "alter view marts.v_gap_person reset (security_invoker)": "marts.v_gap_person",
    "grant usage on schema marts to asn_bi": "schema marts",
    "grant create on schema safe to public": "schema safe",
    "grant create on schema public to public": "schema public",
    "grant asn_analyst to asn_bi": "role asn_bi",
    "grant pg_read_all_data to asn_agency_4011": "role asn_agency_4011",
    "grant execute on function marts.persons() to public": "function marts.persons()",
    "alter default privileges in schema marts grant select on tables to asn_bi": "defaults of ",
    "alter default privileges for role asn_publisher grant select on tables to public": (
        "defaults of asn_publisher"
    ),
}
"""What an administrator might do in a hurry, and whose line of `asn grant` tells of it."""

LEAKS = {
    "create table public.copied as select * from marts.gap_person": "public.copied",
    "create view public.shown as select person_key from marts.gap_person": "public.shown",
    "create view public.again as select * from marts.v_gap_person": "public.again",
    "create materialized view public.kept as select gap from marts.gap_person": "public.kept",
    "create table build_2026_11 (agency_code text)": "public.build_2026_11",
    "create function public.told() returns bigint language sql security definer"
    " as 'select count(*) from marts.gap_person'": "public.told()",
    "alter table stored_marts.gap_agency no force row level security": "stored_marts.gap_agency",
    "alter table lake.pegawai no force row level security": "lake.pegawai",
    "alter table build_2026_10_core.dim_person disable row level security": (
        "build_2026_10_core.dim_person"
    ),
}
"""What shows rows that no policy allows."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[Place]:
    home: Path = tmp_path_factory.mktemp("granted")
    with (
        postgres_server.empty_database() as dsn,
        granted_place(home, postgres_server, dsn) as granted,
    ):
        yield granted


@pytest.mark.parametrize("statement", BY_HAND)
def test_what_was_changed_by_hand_is_named_and_taken_back(place: Place, statement: str) -> None:
    assert access.apply(place.settings) == []
    place.administer(statement)
    changed = access.apply(place.settings)
    assert [c for c in changed if BY_HAND[statement] in c.subject], changed
    assert access.apply(place.settings) == []


@pytest.mark.parametrize("statement", LEAKS)
def test_what_shows_rows_without_a_policy_is_found(place: Place, statement: str) -> None:
    with connect(place.settings, role=None) as connection, psycopg.connect(place.dsn) as admin:
        assert access.unprotected(connection) == []
        connection.commit()
        admin.execute(statement.encode())
        admin.commit()
        try:
            assert access.unprotected(connection) == [LEAKS[statement]]
        finally:
            connection.commit()
            place.administer(
                "drop view if exists public.shown, public.again",
                "drop materialized view if exists public.kept",
                "drop table if exists public.copied, public.build_2026_11",
                "drop function if exists public.told()",
            )
    access.apply(place.settings)


@pytest.mark.parametrize("attribute", ["superuser", "bypassrls", "createrole", "replication"])
def test_a_role_that_goes_round_the_policies_is_refused(place: Place, attribute: str) -> None:
    place.administer(f"alter role asn_bi {attribute}")
    try:
        with pytest.raises(ConfigurationError, match="asn_bi"):
            access.apply(place.settings)
    finally:
        place.administer(f"alter role asn_bi no{attribute}")


def test_a_dry_run_says_all_and_changes_nothing(place: Place) -> None:
    place.administer("grant select on marts.gap_person to public")
    shown = access.apply(place.settings, only_show=True)
    assert [change.statement for change in shown] == [
        'revoke SELECT on "marts"."gap_person" from public cascade'
    ]
    assert access.apply(place.settings) == shown


def test_tables_to_come_grant_nothing(place: Place) -> None:
    with psycopg.connect(place.dsn) as admin:
        admin.execute("set role asn_publisher")
        admin.execute("create table marts.to_come (agency_code text)")
        admin.execute("create function marts.to_come() returns int language sql as 'select 1'")
        for role in ("asn_bi", "asn_agency_4011", "asn_analyst"):
            admin.execute(f"reset role; set role {role}".encode())
            for statement in (b"select * from marts.to_come", b"select marts.to_come()"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege), admin.transaction():
                    admin.execute(statement)
        admin.rollback()


def test_a_login_by_another_name_acts_as_its_agency(place: Place) -> None:
    """An agency may have several people sign in: each takes the agency's role first."""
    place.administer("create role t_officer login in role asn_agency_4012")
    try:
        with psycopg.connect(Server(place.dsn).as_user("t_officer").dsn) as session:
            assert plain(session, "marts.gap_person") == {}
            session.execute("set role asn_agency_4012")
            assert set(plain(session, "marts.gap_person")) == {"4012"}
    finally:
        place.administer("drop role t_officer")
