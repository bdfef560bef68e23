"""Role × table × agency: who reads what, by every way to ask, and that nobody else writes."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from access_matrix import (
    DENIED,
    assert_all_protected,
    assert_denied,
    assert_matrix,
    assert_nobody_makes_or_becomes_anything,
    matrix_of,
)
from access_server import PEOPLE, PUBLISHING, Place, candidate, granted_place
from access_ways import plain
from candidates import make_candidate, settings_of
from postgres_server import Server, dumped, programs

from asn_warehouse import access, publish
from asn_warehouse.periods import Period


@pytest.fixture
def place(tmp_path: Path, postgres: str, postgres_server: Server) -> Iterator[Place]:
    with granted_place(tmp_path, postgres_server, postgres) as granted:
        yield granted


def test_the_matrix_holds_after_publishing_again_and_reverting(place: Place) -> None:
    assert_matrix(place)
    assert_nobody_makes_or_becomes_anything(place)
    assert publish.publish(place.settings, candidate(place.settings, seed=2)).version == 2
    assert_matrix(place)
    assert publish.revert(place.settings, Period.parse("2026-10")).version == 1
    assert_matrix(place)
    assert access.apply(place.settings) == []
    assert_matrix(place)


def test_the_matrix_holds_in_a_restored_dump(place: Place) -> None:
    dump = dumped(place.dsn)
    with place.server.empty_database() as dsn:
        psql = [programs() / "psql", "-q", "-v", "ON_ERROR_STOP=1", dsn]
        subprocess.run(psql, input=dump.encode(), stdout=subprocess.DEVNULL, check=True)
        restored = Place(settings_of(place.settings.home, postgres_dsn=dsn), place.server, dsn)
        access.apply(restored.settings)
        assert_matrix(restored)
        assert_nobody_makes_or_becomes_anything(restored)
        restored.close()
        with psycopg.connect(place.dsn) as one, psycopg.connect(dsn) as other:
            for table in matrix_of(place):
                stated = f"select * from {table} as t order by t.*".encode()
                assert one.execute(stated).fetchall() == other.execute(stated).fetchall(), table


def test_a_mart_that_is_published_later_is_denied_and_granted_alike(place: Place) -> None:
    context = candidate(place.settings, seed=3, period="2026-11")
    publish.publish(place.settings, context)
    with place.login("asn_agency_4012") as session:
        assert plain(session, "marts.gap_person") == {"4012": 2 * PEOPLE // 3}
        with pytest.raises(DENIED):
            plain(session, "stored_marts.gap_person")
    assert_all_protected(place)


def test_a_publisher_without_further_rights_publishes_and_reverts(place: Place) -> None:
    login = Server(place.dsn).as_user(PUBLISHING).dsn
    settings = settings_of(place.settings.home, postgres_dsn=login)
    assert publish.publish(settings, candidate(settings, seed=2)).version == 2
    assert publish.publish(settings, make_candidate(settings, "2026-11", seed=6)).is_new
    assert publish.revert(settings, Period.parse("2026-10")).version == 1
    with psycopg.connect(place.dsn) as admin:
        assert plain(admin, "marts.gap_person") == {"4011": 20 + 50, "4012": 20, "7107": 20}
        owners = admin.execute(
            "select distinct tableowner from pg_tables"
            " where schemaname ~ '^(marts|stored_|partitions)'"
        ).fetchall()
        assert owners == [("asn_publisher",)]
    for statement in (
        "delete from ops.audit",
        "update ops.audit set actor = 'nobody'",
        "truncate ops.audit",
        "select * from lake.pegawai",
        "select * from build_2026_10_core.dim_person",
        "create schema mine",
    ):
        assert_denied(place, PUBLISHING, statement)
