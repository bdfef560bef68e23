"""That the matrix fails where access was loosened, and what whoever may write a schema can try."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from access_matrix import assert_matrix
from access_server import Place, granted_place
from postgres_server import Server

from asn_warehouse import access

LOOSENED = (
    "drop policy asn_own on stored_marts.gap_person",
    "alter policy asn_own on stored_marts.gap_person using (true)",
    "alter table stored_marts.gap_person disable row level security",
    "alter view marts.gap_agency set (security_invoker = false)",
    "grant select on marts.scorecard to public",
    "grant usage on schema stored_marts to asn_agency",
    "grant select on ops.publication to asn_bi",
    "grant update on ops.report to asn_analyst",
    "grant asn_analyst to t_bi",
)
ATTACKS = (
    "create function build_2026_10_core.f() returns setof text language plpgsql {rights}"
    " as $$ begin return query select person_key from marts.gap_person; end $$",
    "create function build_2026_10_core.f() returns setof text language plpgsql {rights}"
    " as $$ begin return query execute 'select person_key from stored_marts.gap_person'; end $$",
    "create function build_2026_10_core.f() returns setof text language plpgsql {rights}"
    " as $$ begin set local role asn_publisher;"
    " return query select person_key from marts.gap_person; end $$",
)
"""Functions of a builder, who may write the schemas of candidates."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[Place]:
    home: Path = tmp_path_factory.mktemp("granted")
    with (
        postgres_server.empty_database() as dsn,
        granted_place(home, postgres_server, dsn) as granted,
    ):
        yield granted


@pytest.mark.parametrize("statement", LOOSENED)
def test_the_matrix_notices_what_was_loosened(place: Place, statement: str) -> None:
    place.administer(statement)
    try:
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            assert_matrix(place)
    finally:
        access.apply(place.settings)
        place.administer("revoke asn_analyst from t_bi")
    assert access.apply(place.settings) == []


@pytest.mark.parametrize("rights", ["security definer", "security invoker"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_function_of_a_builder_reads_no_mart(place: Place, attack: str, rights: str) -> None:
    """Neither with the builder's rights for anybody, nor with an agency's for that agency."""
    with place.login("t_builder") as session:
        session.execute(attack.format(rights=rights).encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("select build_2026_10_core.f()")
        session.rollback()
        session.execute(attack.format(rights=rights).encode())
        session.execute("grant usage on schema build_2026_10_core to asn_agency, asn_bi")
        session.execute("grant execute on function build_2026_10_core.f() to asn_agency, asn_bi")
        session.commit()
    try:
        with (
            place.login("t_bi") as session,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            session.execute("select build_2026_10_core.f()")
        with place.login("asn_agency_4011") as session:
            try:
                found = session.execute("select build_2026_10_core.f()").fetchall()
            except psycopg.errors.InsufficientPrivilege:
                found = []
            session.rollback()
            own = session.execute("select person_key from marts.gap_person").fetchall()
            assert own and set(found) in (set(), set(own))
    finally:
        changed = access.apply(place.settings)
        place.administer("drop function build_2026_10_core.f()")
    assert {change.subject for change in changed} == {
        "function build_2026_10_core.f()",
        "schema build_2026_10_core",
    }


def test_a_view_of_a_builder_on_marts_is_refused(place: Place) -> None:
    for statement in (
        "create view build_2026_10_core.v as select * from marts.gap_person",
        "create view build_2026_10_core.v as select * from stored_marts.gap_person",
        "create table build_2026_10_core.v (like marts.gap_person)",
        "create table build_2026_10_core.v () inherits (stored_marts.gap_person)",
    ):
        with (
            place.login("t_builder") as session,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            session.execute(statement.encode())
