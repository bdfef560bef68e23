"""A server on which `asn grant` was run, with three agencies' rows, and how to sign in to it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from candidates import make_candidate, settings_of
from postgres_server import Server
from psycopg import sql

from asn_warehouse import access, publish
from asn_warehouse.build import BuildContext
from asn_warehouse.settings import Settings

Session = psycopg.Connection[tuple[Any, ...]]

AGENCIES = ("4011", "4012", "7107")
PEOPLE = 60
PUBLISHING = "t_publisher"
LOGINS = {
    "t_loader": "asn_loader",
    "t_builder": "asn_builder",
    PUBLISHING: "asn_publisher",
    "t_analyst": "asn_analyst",
    "t_bi": "asn_bi",
    **{f"asn_agency_{code}": "asn_agency" for code in AGENCIES},
    "t_agency": "asn_agency",
}
"""Who signs in, and as a member of what; whoever is an agency's without a code has no rows."""

STRANGER = "t_stranger"

_BY_HAND = """
    create schema if not exists lake;
    create schema build_2026_10_core;
    create schema build_2026_10_staging;
    create table lake.pegawai as
      select code as agency_code, 'k' as person_key from unnest(%(codes)s::text[]) as code;
    create table lake.loaded as select 'pegawai' as dataset;
    create table build_2026_10_core.dim_person as select * from lake.pegawai;
    create view build_2026_10_staging.stg_pegawai as select * from lake.pegawai;
"""
_PROTECTED = """
    create table {schema}.t_by_agency as
      select date '2026-10-01' as period, code as agency_code, 7 as people
      from unnest(%(codes)s::text[] || null::text) as code;
    create table {schema}.t_national as select date '2026-10-01' as period, 21 as people;
"""
_SERVED = """
    create view marts.v_gap_person as select * from marts.gap_person;
    create materialized view marts.m_people as select count(*) as people from marts.scorecard;
    create function marts.persons() returns setof marts.gap_person language sql stable
      as 'select * from marts.gap_person'
"""

_PROBE = """
    create schema probe;
    create function probe.asked(query text) returns setof text language plpgsql
      as 'begin return query execute query; end';
    revoke execute on function probe.asked from public
"""
"""A function with the rights of whoever calls it, in a schema that is not the project's."""


@dataclass(frozen=True)
class Place:
    """A granted database, and sessions of its logins that are kept open."""

    settings: Settings
    server: Server
    dsn: str
    sessions: dict[str, Session] = field(default_factory=dict)

    @contextmanager
    def login(self, user: str) -> Iterator[Session]:
        """Yield a session of ``user``; nothing that it does is kept."""
        if user not in self.sessions:
            self.sessions[user] = psycopg.connect(Server(self.dsn).as_user(user).dsn)
        session = self.sessions[user]
        try:
            yield session
        finally:
            session.rollback()
            session.execute("reset session authorization; deallocate all")
            session.rollback()

    def close(self) -> None:
        """End every session."""
        for session in self.sessions.values():
            session.close()

    def administer(self, *statements: str) -> None:
        """Run statements as the superuser."""
        with psycopg.connect(self.dsn, autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement.encode())


@contextmanager
def granted_place(home: Path, server: Server, dsn: str) -> Iterator[Place]:
    """Yield a database with one month, tables of every kind of schema, and every login."""
    settings = settings_of(home, postgres_dsn=dsn)
    settings.reference.mkdir(parents=True)
    head = "kode_instansi,nama_instansi,jenis,kode_wilayah,berlaku_mulai,berlaku_sampai,"
    lines = [f"{code},Instansi {code},KOTA,7471,2020-01-01,," for code in AGENCIES]
    (settings.reference / "instansi.csv").write_text(
        "\n".join([head + "kode_pengganti", *lines]) + "\n"
    )
    codes = {"codes": list(AGENCIES)}
    with psycopg.connect(dsn, autocommit=True) as admin:
        cursor = psycopg.ClientCursor(admin)
        cursor.execute(_BY_HAND, codes)
        publish.publish(settings, candidate(settings, seed=1))
        for schema in ("safe", "open"):
            cursor.execute(f"create schema if not exists {schema}".encode())
            cursor.execute(_PROTECTED.format(schema=schema), codes)
        for code in AGENCIES:
            cursor.execute(
                "insert into ops.submission (agency_code, dataset, period)"
                " values (%s, 'pegawai', '2026-10')",
                [code],
            )
        cursor.execute(_SERVED)
        cursor.execute(_PROBE)
        cursor.execute("analyze")
        access.apply(settings)
        users = {**LOGINS, STRANGER: None}
        for user, role in users.items():
            name = sql.Identifier(user)
            known = admin.execute("select 1 from pg_roles where rolname = %s", [user]).fetchone()
            how = "alter role {} login" if known else "create role {} login"
            admin.execute(sql.SQL(how).format(name))
            if role is not None:
                admin.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role), name))
                admin.execute(sql.SQL("grant usage on schema probe to {}").format(name))
                admin.execute(sql.SQL("grant execute on function probe.asked to {}").format(name))
    place = Place(settings, server, dsn)
    try:
        yield place
    finally:
        place.close()
        forget_roles(dsn, (*LOGINS, STRANGER))


def forget_roles(dsn: str, logins: tuple[str, ...]) -> None:
    """Drop what roles own in a database, and those that no other database needs."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        found = admin.execute(
            "select rolname from pg_roles where rolname like 'asn\\_%%' or rolname = any(%s)",
            [list(logins)],
        ).fetchall()
        for how in ("drop owned by {} cascade", "drop role {}"):
            for (role,) in found:
                with suppress(psycopg.errors.DependentObjectsStillExist):
                    admin.execute(sql.SQL(how).format(sql.Identifier(role)))


def candidate(settings: Settings, seed: int, period: str = "2026-10") -> BuildContext:
    """Return a candidate in which each agency has a third of the people."""
    context = make_candidate(settings, period, seed=seed, people=PEOPLE)
    codes = "', '".join(AGENCIES)
    with duckdb.connect(str(context.database)) as connection:
        connection.execute(
            f"""
            update marts.gap_person
              set agency_code = (['{codes}'])[1 + (rowid % {len(AGENCIES)})];
            create or replace table marts.gap_agency as
              select period, agency_code, count(*)::bigint as people, avg(gap)::double as gap_mean,
                     10::bigint as month_no
              from marts.gap_person group by all
            """
        )
    return context
