"""Role × table × agency: who reads what, by every way to ask, and that nobody else writes."""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psycopg
import pytest
from candidates import make_candidate, settings_of
from postgres_server import Server, _from_wheel, _installed
from psycopg import sql

from asn_warehouse import access, publish
from asn_warehouse.build import BuildContext
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.periods import Period
from asn_warehouse.serving.session import connect
from asn_warehouse.settings import Settings

AGENCIES = ("4011", "4012", "7107")
PEOPLE = 60
ALL, OWN, NONE = "all rows", "own rows", "denied"
LOGINS = {
    "t_loader": "asn_loader",
    "t_builder": "asn_builder",
    "t_analyst": "asn_analyst",
    "t_bi": "asn_bi",
    **{f"asn_agency_{code}": "asn_agency" for code in AGENCIES},
    "t_agency": "asn_agency",
}
STRANGER = "t_stranger"
PUBLISHING = "t_publisher"
"""Who signs in, and as a member of what; the publisher is whoever publishes."""

MATRIX = {
    "marts.gap_person": {"asn_analyst": ALL, "asn_agency": OWN},
    "marts.gap_agency": {"asn_analyst": ALL, "asn_bi": ALL, "asn_agency": OWN},
    "marts.scorecard": {"asn_analyst": ALL, "asn_bi": ALL},
    "marts.publication_diff": {"asn_analyst": ALL, "asn_bi": ALL},
    "marts.v_gap_person": {"asn_analyst": ALL, "asn_agency": OWN},
    "ops.publication": {"asn_analyst": ALL, "asn_bi": ALL, "asn_agency": ALL},
    "ops.served": {"asn_analyst": ALL, "asn_bi": ALL, "asn_agency": ALL},
    "ops.submission": {"asn_analyst": ALL, "asn_agency": OWN},
    "ops.build": {"asn_analyst": ALL},
    "ops.gate": {"asn_analyst": ALL},
    "ops.report": {"asn_analyst": ALL},
    "ops.audit": {},
    "partitions.gap_person_2026_10": {},
    "partitions.gap_agency_2026_10": {},
    "partitions.scorecard_2026_10": {},
    "lake.pegawai": {"asn_loader": ALL, "asn_builder": ALL},
    "build_2026_10_core.dim_person": {"asn_loader": ALL, "asn_builder": ALL},
    "build_2026_10_staging.stg_pegawai": {"asn_builder": ALL},
}
"""Every table and view, and who reads it; whoever is not named is denied."""

Count = Callable[[psycopg.Connection[tuple[object, ...]], str], Counter[object]]


@dataclass(frozen=True)
class Place:
    """A granted server with three agencies' rows, and how to sign in to it."""

    settings: Settings
    server: Server
    dsn: str

    open: dict[str, psycopg.Connection[tuple[object, ...]]] = field(default_factory=dict)

    @contextmanager
    def login(self, user: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        """Yield a connection of ``user`` of which nothing is kept."""
        if user not in self.open:
            self.open[user] = psycopg.connect(Server(self.dsn).as_user(user).dsn)
        connection = self.open[user]
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute("deallocate all")
            connection.rollback()

    def close(self) -> None:
        """End every login."""
        for connection in self.open.values():
            connection.close()


@pytest.fixture
def place(tmp_path: Path, postgres: str, postgres_server: Server) -> Iterator[Place]:
    settings = settings_of(tmp_path, postgres_dsn=postgres)
    settings.reference.mkdir(parents=True)
    head = "kode_instansi,nama_instansi,jenis,kode_wilayah,berlaku_mulai,berlaku_sampai,"
    lines = [f"{code},Instansi {code},KOTA,7471,2020-01-01,," for code in AGENCIES]
    (settings.reference / "instansi.csv").write_text(
        "\n".join([head + "kode_pengganti", *lines]) + "\n"
    )
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(
            """
            create schema lake; create schema build_2026_10_core;
            create schema build_2026_10_staging;
            create table lake.pegawai as
              select '4011' as agency_code, 'k' as person_key;
            create table build_2026_10_core.dim_person as from_lake;
            """.replace("as from_lake", "as select * from lake.pegawai").encode()
        )
        admin.execute("create view build_2026_10_staging.stg_pegawai as select * from lake.pegawai")
    publish.publish(settings, candidate(settings, seed=1))
    with psycopg.connect(postgres, autocommit=True) as admin:
        for code in AGENCIES:
            admin.execute(
                "insert into ops.submission (agency_code, dataset, period)"
                " values (%s, 'pegawai', '2026-10')",
                [code],
            )
        admin.execute(
            b"""
            create view marts.v_gap_person as select * from marts.gap_person;
            create function marts.persons() returns setof marts.gap_person language sql stable
              as 'select * from marts.gap_person'
            """
        )
        access.apply(settings)
        for user, role in {**LOGINS, STRANGER: None, PUBLISHING: "asn_publisher"}.items():
            if not admin.execute("select 1 from pg_roles where rolname = %s", [user]).fetchone():
                admin.execute(sql.SQL("create role {} login").format(sql.Identifier(user)))
            if role is not None:
                admin.execute(
                    sql.SQL("grant {} to {}").format(sql.Identifier(role), sql.Identifier(user))
                )
    granted = Place(settings, postgres_server, postgres)
    yield granted
    granted.close()
    with psycopg.connect(postgres, autocommit=True) as admin:
        for role in (*LOGINS, STRANGER, PUBLISHING, *access.ROLES):
            admin.execute(sql.SQL("drop owned by {} cascade").format(sql.Identifier(role)))
        for role in (*LOGINS, STRANGER, PUBLISHING, *access.ROLES):
            admin.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


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


def _column(connection: psycopg.Connection[tuple[object, ...]], table: str) -> str:
    schema, _, name = table.partition(".")
    found = connection.execute(
        "select 1 from pg_attribute where attrelid = to_regclass(%s) and attname = 'agency_code'",
        [f"{schema}.{name}"],
    ).fetchone()
    return "agency_code" if found else "'-'"


def _plain(connection: psycopg.Connection[tuple[object, ...]], table: str) -> Counter[object]:
    column = _column(connection, table)
    found = connection.execute(f"select {column} from {table}".encode())
    return Counter(row[0] for row in found)


def _prepared(connection: psycopg.Connection[tuple[object, ...]], table: str) -> Counter[object]:
    column = _column(connection, table)
    connection.execute(f"prepare asked as select {column} from {table}".encode())
    return Counter(row[0] for row in connection.execute("execute asked"))


def _copied(connection: psycopg.Connection[tuple[object, ...]], table: str) -> Counter[object]:
    column = _column(connection, table)
    with connection.cursor().copy(f"copy (select {column} from {table}) to stdout".encode()) as out:
        return Counter(row[0] for row in out.rows())


def _cursor(connection: psycopg.Connection[tuple[object, ...]], table: str) -> Counter[object]:
    column = _column(connection, table)
    connection.execute(f"declare c cursor for select {column} from {table}".encode())
    return Counter(row[0] for row in connection.execute("fetch all from c"))


def _joined(connection: psycopg.Connection[tuple[object, ...]], table: str) -> Counter[object]:
    column = _column(connection, table)
    found = connection.execute(
        f"with t as materialized (select {column} as a from {table}) select a from t".encode()
    )
    return Counter(row[0] for row in found)


WAYS: dict[str, Count] = {
    "select": _plain,
    "prepared": _prepared,
    "copy": _copied,
    "cursor": _cursor,
    "with": _joined,
}


def expectations(place: Place) -> dict[tuple[str, str], Counter[object] | None]:
    """Return for each login and table how many rows of each agency it sees; None where denied."""
    with psycopg.connect(place.dsn) as admin:
        everything = {table: _plain(admin, table) for table in MATRIX}
    found: dict[tuple[str, str], Counter[object] | None] = {}
    for user, role in LOGINS.items():
        own = user.removeprefix("asn_agency_")
        for table, readers in MATRIX.items():
            rows = everything[table]
            mine = Counter({own: rows[own]} if rows[own] else {})
            found[user, table] = {ALL: rows, OWN: mine, NONE: None}[readers.get(str(role), NONE)]
    return found


def assert_matrix(place: Place) -> None:
    """Assert every cell of the matrix in every way, and that nothing can be written or made."""
    tables = tables_in(place)
    assert tables == set(MATRIX), "each table and view of the project is in the matrix"
    asked = 0
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(Server(place.dsn).as_user(STRANGER).dsn)
    wanted_of = expectations(place)
    for user in LOGINS:
        for table in sorted(tables):
            wanted = wanted_of[user, table]
            for way, count in WAYS.items():
                with place.login(user) as connection:
                    try:
                        seen: Counter[object] | None = count(connection, table)
                    except psycopg.errors.InsufficientPrivilege:
                        seen = None
                    assert seen == wanted, (user, table, way)
                    asked += 1
            assert_no_writing(place, user, table)
            assert_explain(place, user, table, denied=wanted is None)
        assert_no_making(place, user)
        assert_no_other_role(place, user)
    assert asked == len(LOGINS) * len(tables) * len(WAYS)
    with connect(place.settings) as connection:
        assert access.unprotected(connection) == []


def tables_in(place: Place) -> set[str]:
    with psycopg.connect(place.dsn) as admin:
        found = admin.execute(
            "select n.nspname || '.' || c.relname from pg_class as c"
            " join pg_namespace as n on n.oid = c.relnamespace where c.relkind in ('r','p','v','m')"
            " and n.nspname !~ '^(pg_|information_schema)'"
        )
        return {str(name) for (name,) in found}


def assert_denied(place: Place, user: str, statement: str) -> None:
    with place.login(user) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())
        connection.rollback()


def assert_no_writing(place: Place, user: str, table: str) -> None:
    """Assert that a reader changes nothing; who loads and builds does so in the own schemas."""
    if LOGINS[user] in ("asn_loader", "asn_builder") and not table.startswith(
        ("marts", "ops", "p")
    ):
        return
    for statement in (
        f"insert into {table} default values",
        f"delete from {table}",
        f"truncate {table}",
        f"copy {table} from stdin",
    ):
        if statement.startswith("truncate") and table in VIEWS:
            continue
        assert_denied(place, user, statement)


VIEWS = ("marts.v_gap_person", "build_2026_10_staging.stg_pegawai")


def assert_explain(place: Place, user: str, table: str, *, denied: bool) -> None:
    with place.login(user) as connection:
        try:
            plan = connection.execute(f"explain analyze select * from {table}".encode()).fetchall()
        except psycopg.errors.InsufficientPrivilege:
            assert denied
            return
    assert not denied
    if user.startswith("asn_agency_"):
        others = set(AGENCIES) - {user.removeprefix("asn_agency_")}
        assert not [line for line in plan if any(code in str(line) for code in others)]


def assert_no_making(place: Place, user: str) -> None:
    for statement in (
        "create table marts.mine (agency_code text)",
        "create table public.mine (agency_code text)",
        "create view ops.mine as select 1",
        "create function marts.mine() returns int language sql as 'select 1'",
        "alter table marts.gap_person disable row level security",
        "alter table marts.gap_person no force row level security",
        "create policy mine on marts.gap_person using (true)",
        "drop table marts.gap_person",
        "create role mine",
        "grant select on marts.gap_person to public",
    ):
        if statement.startswith("grant"):
            assert_grants_nothing(place, user, statement)
        else:
            assert_denied(place, user, statement)
    if LOGINS[user] not in ("asn_loader", "asn_builder"):
        assert_denied(place, user, "create temporary table mine (a int)")
        assert_denied(place, user, "create schema mine")


def assert_grants_nothing(place: Place, user: str, statement: str) -> None:
    with place.login(user) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege:
            return
        public = connection.execute(
            "select has_table_privilege('public', 'marts.gap_person', 'select')"
        )
        assert public.fetchone() == (False,)
        connection.rollback()


def assert_no_other_role(place: Place, user: str) -> None:
    for other in (*access.ROLES, *LOGINS, "tests"):
        if other in (user, LOGINS[user]):
            continue
        assert_denied(place, user, f'set role "{other}"')
        assert_denied(place, user, f'set session authorization "{other}"')
    if LOGINS[user] == "asn_agency":
        with place.login(user) as connection:
            connection.execute("set role asn_agency")
            assert _plain(connection, "marts.gap_person") == Counter()
            connection.execute("reset role")
            connection.execute("set row_security = off")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                _plain(connection, "marts.gap_person")
            connection.rollback()
            found = connection.execute("select agency_code from marts.persons()").fetchall()
            own = user.removeprefix("asn_agency_")
            assert {code for (code,) in found} == ({own} if own in AGENCIES else set())


def test_the_matrix_holds_after_publishing_again_and_reverting(place: Place) -> None:
    assert_matrix(place)
    assert publish.publish(place.settings, candidate(place.settings, seed=2)).version == 2
    assert_matrix(place)
    assert publish.revert(place.settings, Period.parse("2026-10")).version == 1
    assert_matrix(place)
    access.apply(place.settings)
    assert_matrix(place)


def test_a_mart_that_is_published_later_is_denied_and_granted_alike(place: Place) -> None:
    context = candidate(place.settings, seed=3, period="2026-11")
    publish.publish(place.settings, context)
    with place.login("asn_agency_4012") as connection:
        assert _plain(connection, "marts.gap_person") == Counter({"4012": 2 * PEOPLE // 3})
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _plain(connection, 'partitions."gap_person_2026_11"')
    with connect(place.settings) as connection:
        assert access.unprotected(connection) == []


def test_a_publisher_without_further_rights_publishes_and_reverts(place: Place) -> None:
    login = Server(place.dsn).as_user(PUBLISHING).dsn
    settings = settings_of(place.settings.home, postgres_dsn=login)
    assert publish.publish(settings, candidate(settings, seed=2)).version == 2
    assert publish.publish(settings, make_candidate(settings, "2026-11", seed=6)).is_new
    assert publish.revert(settings, Period.parse("2026-10")).version == 1
    with psycopg.connect(place.dsn) as admin:
        assert _plain(admin, "marts.gap_person") == {"4011": 20 + 50, "4012": 20, "7107": 20}
        owners = admin.execute(
            "select distinct tableowner from pg_tables where schemaname in ('marts', 'partitions')"
        ).fetchall()
        assert owners == [("asn_publisher",)]
    for statement in (
        "delete from ops.audit",
        "update ops.audit set actor = 'nobody'",
        "truncate ops.audit",
    ):
        assert_denied(place, PUBLISHING, statement)
    assert_denied(place, PUBLISHING, "select * from lake.pegawai")


def test_what_was_changed_by_hand_is_found_and_taken_back(place: Place) -> None:
    with psycopg.connect(place.dsn, autocommit=True) as admin:
        admin.execute(
            b"""
            alter table marts.gap_person no force row level security;
            grant select on marts.gap_person to public;
            grant select on marts.gap_person to asn_bi;
            create policy stray on marts.gap_agency to asn_agency using (true);
            grant asn_analyst to asn_bi;
            create table public.copied as select * from marts.gap_person;
            """
        )
        with connect(place.settings) as connection:
            assert access.unprotected(connection) == ["marts.gap_person", "public.copied"]
        admin.execute("drop table public.copied")
    access.apply(place.settings)
    assert_matrix(place)


def test_a_role_that_goes_round_the_policies_is_refused(place: Place) -> None:
    with psycopg.connect(place.dsn, autocommit=True) as admin:
        admin.execute("alter role asn_bi bypassrls")
        with pytest.raises(ConfigurationError, match="asn_bi"):
            access.apply(place.settings)
        admin.execute("alter role asn_bi nobypassrls")


def test_the_matrix_holds_in_a_restored_dump(place: Place, tmp_path: Path) -> None:
    programs = _installed()
    if programs is None or not (programs / "pg_dump").exists():
        programs = _from_wheel(tmp_path, copied=False)
    dump = subprocess.run([programs / "pg_dump", place.dsn], capture_output=True, check=True).stdout
    with place.server.empty_database() as dsn:
        subprocess.run(
            [programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", dsn], input=dump, check=True
        )
        settings = settings_of(place.settings.home, postgres_dsn=dsn)
        restored = Place(settings, place.server, dsn)
        access.apply(settings)
        assert_matrix(restored)
        restored.close()
        with psycopg.connect(place.dsn) as one, psycopg.connect(dsn) as other:
            for table in MATRIX:
                stated = f"select * from {table} as t order by t.*".encode()
                assert one.execute(stated).fetchall() == other.execute(stated).fetchall(), table
