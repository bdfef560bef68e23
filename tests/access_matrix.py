"""Who reads each table and view of the project, and assertions that it is so in every way."""

import psycopg
import pytest
from access_server import AGENCIES, LOGINS, STRANGER, Place, Session
from access_ways import (
    ADMINISTERING,
    CHANGES,
    DEFINITIONS,
    ELSEWHERE,
    MADE_IN,
    MAKING,
    WAYS,
    Seen,
    plain,
)
from postgres_server import Server

from asn_warehouse import access
from asn_warehouse.serving.session import connect
from asn_warehouse.serving.temporary import ADMINISTRATOR

ALL, OWN, TOTALS, NONE = "all rows", "own rows", "own rows and totals", "denied"
MATRIX = {
    "marts.gap_person": {"asn_analyst": ALL, "asn_agency": OWN},
    "marts.gap_agency": {"asn_analyst": ALL, "asn_agency": OWN},
    "marts.scorecard": {"asn_analyst": ALL},
    "marts.publication_diff": {"asn_analyst": ALL},
    "marts.v_gap_person": {"asn_analyst": ALL, "asn_agency": OWN},
    "marts.m_people": {"asn_analyst": ALL},
    "safe.t_by_agency": {"asn_analyst": ALL, "asn_bi": ALL, "asn_agency": TOTALS},
    "safe.t_national": {"asn_analyst": ALL, "asn_bi": ALL, "asn_agency": ALL},
    "open.t_by_agency": {"asn_analyst": ALL},
    "open.t_national": {"asn_analyst": ALL},
    "ops.publication": {"asn_analyst": ALL, "asn_bi": ALL, "asn_agency": ALL},
    "ops.served": {"asn_analyst": ALL},
    "ops.submission": {"asn_analyst": ALL, "asn_agency": OWN},
    "ops.build": {"asn_analyst": ALL},
    "ops.gate": {"asn_analyst": ALL},
    "ops.report": {"asn_analyst": ALL},
    "ops.audit": {},
    "stored_marts.gap_person": {},
    "stored_marts.gap_agency": {},
    "stored_marts.scorecard": {},
    "partitions.shown": {},
    "partitions.horizon": {},
    "lake.pegawai": {"asn_loader": ALL, "asn_builder": ALL},
    "lake.loaded": {"asn_loader": ALL, "asn_builder": ALL},
    "build_2026_10_core.dim_person": {"asn_builder": ALL},
    "build_2026_10_staging.stg_pegawai": {"asn_builder": ALL},
}
"""Every table and view, and who reads it; whoever is not named is denied, as all are the loads.

The publisher, who is not named either, reads what it publishes.
"""

LOADS = ("gap_agency", "gap_person", "scorecard")

COLUMNS = ("number", "period", "version", "action", "published_at", "as_of", "replaces")
"""What others than analysts read of ops.publication."""

PUBLISHED = ("marts", "safe", "open", "ops", "stored_marts", "partitions")
OWNED = {
    "asn_loader": ("lake",),
    "asn_builder": ("build_2026_10_core", "build_2026_10_staging"),
    "asn_publisher": PUBLISHED,
}
NOT_TABLES = (
    *("marts.gap_person", "marts.gap_agency", "marts.scorecard"),
    *("marts.v_gap_person", "marts.m_people", "build_2026_10_staging.stg_pegawai"),
)
PROJECT = sorted({table.partition(".")[0] for table in MATRIX})
DENIED = psycopg.errors.InsufficientPrivilege


def assert_matrix(place: Place) -> None:
    """Assert every cell of the matrix in every way, and that no reader changes a row."""
    tables = tables_in(place)
    assert tables == set(matrix_of(place)), "each table and view of the project is in the matrix"
    asked, columns = 0, first_columns(place)
    for user, table, wanted in expectations(place):
        for way, ask in WAYS.items():
            with place.login(user) as session:
                try:
                    seen: Seen | None = ask(session, table)
                except DENIED:
                    seen = None
                assert seen == wanted, (user, table, way)
                asked += 1
        assert_explains_nothing(place, user, table, is_denied=wanted is None)
        if not is_owned(user, table):
            for statement in CHANGES:
                changing = statement.format(table=table, column=columns[table])
                assert_denied(place, user, changing, table)
    assert asked == len(LOGINS) * len(tables) * len(WAYS)
    assert_acting_as_the_role_shows_no_more(place)
    assert_agencies_see_only_their_own(place)
    assert_columns(place)
    assert_all_protected(place)


def assert_nobody_makes_or_becomes_anything(place: Place) -> None:
    """Assert that nobody defines, makes or administers, and that nobody becomes another role."""
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(Server(place.dsn).as_user(STRANGER).dsn)
    for user, role in LOGINS.items():
        for table in matrix_of(place):
            if not is_owned(user, table):
                for statement in DEFINITIONS:
                    assert_denied(place, user, statement.format(table=table), table)
        for schema in MADE_IN:
            if schema not in OWNED.get(role, ()):
                for statement in MAKING:
                    assert_denied(place, user, statement.format(schema=schema))
        for statement in (*ADMINISTERING, *(() if role in OWNED else ELSEWHERE)):
            if role not in statement:
                assert_denied(place, user, statement)
        if not is_owned(user, "safe.t_by_agency"):
            assert_grants_nothing(place, user)
        for other in (*access.ROLES, *LOGINS, ADMINISTRATOR):
            if other not in (user, role):
                assert_denied(place, user, f'set role "{other}"')
                assert_denied(place, user, f'set session authorization "{other}"')
                assert_denied(place, user, f"select set_config('role', '{other}', false)")
    for user in ("t_loader", "t_publisher"):
        assert_denied(place, user, "create schema mine")
    assert_denied(place, "t_bi", "select marts.persons()")
    assert_denied(place, "asn_agency_4011", "select marts.persons()")


def expectations(place: Place) -> list[tuple[str, str, Seen | None]]:
    """Return for each login and table how many rows of each agency it sees; None where denied."""
    found: list[tuple[str, str, Seen | None]] = []
    with psycopg.connect(place.dsn) as admin:
        for table, readers in matrix_of(place).items():
            rows = plain(admin, table)
            for user, role in LOGINS.items():
                own = user.removeprefix("asn_agency_")
                wanted = {
                    ALL: rows,
                    OWN: Seen({own: rows[own]} if rows[own] else {}),
                    TOTALS: Seen({code: n for code, n in rows.items() if code in (None, own)}),
                    NONE: None,
                }
                otherwise = ALL if is_owned(user, table) else NONE
                found.append((user, table, wanted[readers.get(role, otherwise)]))
    return found


def matrix_of(place: Place) -> dict[str, dict[str, str]]:
    """Return the matrix with the loads of now: one of each mart and month, which nobody reads."""
    with psycopg.connect(place.dsn) as admin:
        found = admin.execute(
            "select tablename from pg_tables where schemaname = 'partitions'"
            " and tablename ~ '_[0-9]+$' order by 1"
        ).fetchall()
    assert [name.rpartition("_2026_10_")[0] for (name,) in found] == list(LOADS)
    return {**MATRIX, **{f"partitions.{name}": {} for (name,) in found}}


def tables_in(place: Place) -> set[str]:
    with psycopg.connect(place.dsn) as admin:
        found = admin.execute(
            "select n.nspname || '.' || c.relname from pg_class as c"
            " join pg_namespace as n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')"
            " and n.nspname !~ '^(pg_|information_schema)'"
        )
        return {str(name) for (name,) in found}


def is_owned(user: str, table: str) -> bool:
    """Return whether the login works in the schema of ``table``."""
    return table.partition(".")[0] in OWNED.get(LOGINS[user], ())


def assert_denied(place: Place, user: str, statement: str, table: str = "") -> None:
    """Assert that ``statement`` is refused: for want of a right, or since a view has no rows."""
    refusals: tuple[type[psycopg.Error], ...] = (DENIED,)
    if table in NOT_TABLES:
        refusals = (DENIED, psycopg.errors.WrongObjectType, psycopg.errors.FeatureNotSupported)
    with place.login(user) as session, pytest.raises(refusals):
        session.execute(statement.encode())
        pytest.fail(f"{user} could: {statement}")


def assert_explains_nothing(place: Place, user: str, table: str, *, is_denied: bool) -> None:
    """Assert that a plan is refused where rows are, and that an agency's names no other."""
    for how in ("explain", "explain analyze"):
        with place.login(user) as session:
            try:
                plan = session.execute(f"{how} select * from {_readable(table)}".encode())
            except DENIED:
                assert is_denied
                continue
            assert not is_denied, (user, table)
            assert_names_no_other(user, str(plan.fetchall()))


def _readable(table: str) -> str:
    is_limited = table == "ops.publication"
    return f"(select {', '.join(COLUMNS)} from {table}) as t" if is_limited else table


def assert_names_no_other(user: str, said: str) -> None:
    if LOGINS[user] == "asn_agency":
        others = set(AGENCIES) - {user.removeprefix("asn_agency_")}
        assert not [code for code in others if code in said], (user, said)


def assert_acting_as_the_role_shows_no_more(place: Place) -> None:
    """Assert that whoever takes the role sees what its members see; an agency's, no agency's."""
    for user, table, wanted in expectations(place):
        if LOGINS[user] == "asn_agency" and user != "t_agency":
            continue
        with place.login(user) as session:
            session.execute(f"set role {LOGINS[user]}".encode())
            try:
                seen: Seen | None = plain(session, table)
            except DENIED:
                seen = None
            assert seen == wanted, (LOGINS[user], table)


def assert_agencies_see_only_their_own(place: Place) -> None:
    """Assert it by ways around policies: roles, settings, leaky operators, plans, statistics."""
    for user in (user for user, role in LOGINS.items() if role == "asn_agency"):
        own = user.removeprefix("asn_agency_")
        mine = {own} if own in AGENCIES else set()
        with place.login(user) as session:
            session.execute("prepare before as select agency_code from marts.gap_person")
            assert codes(session, "execute before") == mine
            session.execute("set role asn_agency")
            assert codes(session, "execute before") == set()
            session.execute("reset role; set row_security = off")
            with pytest.raises(DENIED):
                plain(session, "marts.gap_person")
        for other in set(AGENCIES) - mine:
            with place.login(user) as session:
                leak = f"1 / (agency_code::int - {other}) is not null"
                for table in ("marts.gap_person", "marts.gap_agency", "marts.v_gap_person"):
                    session.execute(f"select * from {table} where {leak}".encode())
                    session.execute(f"explain select * from {table} where {leak}".encode())
        with place.login(user) as session:
            found = session.execute(
                "select * from pg_stats where schemaname = any(%s) and tablename <> 't_national'",
                [PROJECT],
            )
            assert_names_no_other(user, str(found.fetchall()))
    with psycopg.connect(place.dsn) as session:
        session.execute("prepare before as select agency_code from marts.gap_person")
        assert codes(session, "execute before") == set(AGENCIES)
        session.execute("set role asn_agency_4012")
        assert codes(session, "execute before") == {"4012"}
        session.execute("set role asn_bi")
        with pytest.raises(DENIED):
            session.execute("execute before")


def first_columns(place: Place) -> dict[str, str]:
    """Return the first column of every table and view."""
    with psycopg.connect(place.dsn) as admin:
        return {
            table: str(admin.execute(_FIRST_COLUMN, [table]).fetchall()[0][0])
            for table in matrix_of(place)
        }


def codes(session: Session, statement: str) -> set[object]:
    return {code for (code,) in session.execute(statement.encode())}


def assert_columns(place: Place) -> None:
    """Assert which columns of the publications others than analysts read."""
    with psycopg.connect(place.dsn) as admin:
        found = admin.execute(
            "select attname from pg_attribute where attrelid = 'ops.publication'::regclass"
            " and attnum > 0 and not attisdropped"
        )
        every = {str(name) for (name,) in found}
    assert every > set(COLUMNS)
    for user, role in LOGINS.items():
        if role in ("asn_bi", "asn_agency"):
            with place.login(user) as session:
                session.execute(f"select {', '.join(COLUMNS)} from ops.publication".encode())
            for name in every - set(COLUMNS):
                assert_denied(place, user, f'select "{name}" from ops.publication')


def assert_all_protected(place: Place) -> None:
    with connect(place.settings) as connection:
        assert access.unprotected(connection) == []
    with psycopg.connect(place.dsn) as admin:
        assert granted_to_everybody(admin) == []


def assert_grants_nothing(place: Place, user: str) -> None:
    """Assert that a grant by somebody without that right gives nothing, be it only a warning."""
    with place.login(user) as session:
        try:
            session.execute("grant select on safe.t_by_agency to public")
        except DENIED:
            return
        found = session.execute(
            "select 1 from pg_class, aclexplode(relacl) as x"
            " where oid = 'safe.t_by_agency'::regclass and x.grantee = 0"
        )
        assert found.fetchone() is None


def granted_to_everybody(admin: Session) -> list[str]:
    """Return what PUBLIC may do anything with: tables, schemas, functions, the database."""
    return [name for (name,) in admin.execute(_FOR_EVERYBODY.encode())]


_FIRST_COLUMN = """
    select quote_ident(attname) from pg_attribute
    where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
    order by attnum limit 1
"""
_FOR_EVERYBODY = """
    select relname::text from pg_class, aclexplode(relacl) as x
      where x.grantee = 0 and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
    union all
    select nspname::text from pg_namespace, aclexplode(nspacl) as x
      where x.grantee = 0 and nspname !~ '^(pg_|information_schema)'
    union all
    select datname::text
      from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) as x
      where x.grantee = 0 and datname = current_database()
    union all
    select proname::text
      from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) as x
      where x.grantee = 0 and pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
"""
