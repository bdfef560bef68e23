"""Ways to read a table, to change it, to make something and to become somebody else."""

from collections import Counter
from collections.abc import Callable

from access_server import Session

Seen = Counter[object]
"""How many rows of each agency were seen; ``-`` stands for rows of a table without agencies."""


def column(session: Session, table: str) -> str:
    """Return what to select of ``table``: its agency code where it has one."""
    found = session.execute(
        "select 1 from pg_attribute where attrelid = to_regclass(%s) and attname = 'agency_code'",
        [table],
    ).fetchone()
    return "agency_code" if found else "'-'"


def plain(session: Session, table: str) -> Seen:
    """Select."""
    return _asked(session, f"select {column(session, table)} from {table}")


def _asked(session: Session, query: str) -> Seen:
    return Counter(row[0] for row in session.execute(query.encode()))


def _prepared(session: Session, table: str) -> Seen:
    session.execute(f"prepare asked as select {column(session, table)} from {table}".encode())
    session.execute("execute asked")
    return _asked(session, "execute asked")


def _copied(session: Session, table: str) -> Seen:
    query = f"select {column(session, table)} from {table}"
    with session.cursor().copy(f"copy ({query}) to stdout".encode()) as out:
        return Counter(None if row == (None,) else row[0] for row in out.rows())


def _cursor(session: Session, table: str) -> Seen:
    query = f"select {column(session, table)} from {table}"
    session.execute(f"declare c cursor for {query}".encode())
    return _asked(session, "fetch all from c")


def _materialized(session: Session, table: str) -> Seen:
    of = column(session, table)
    return _asked(
        session, f"with t as materialized (select {of} as a from {table}) select a from t"
    )


def _lateral(session: Session, table: str) -> Seen:
    of = column(session, table)
    return _asked(
        session,
        "select found.a from (values (1)) as one (n)"
        f" cross join lateral (select {of} as a, one.n from {table}) as found",
    )


def _joined(session: Session, table: str) -> Seen:
    """Look for every agency's rows through another relation that has their codes."""
    of = column(session, table)
    return _asked(
        session,
        f"select t.a from (select {of} as a from {table}) as t left join"
        " (values ('4011'), ('4012'), ('7107')) as codes (code) on codes.code = t.a",
    )


def _code_block(session: Session, table: str) -> Seen:
    """Let a block of PL/pgSQL read it: what a function that somebody wrote would do."""
    session.execute(
        f"""
        do $$ begin
          perform set_config('probe.seen', (
            select string_agg(coalesce({column(session, table)}, 'null'), ',') from {table}), true);
        end $$
        """.encode()
    )
    found = session.execute("select current_setting('probe.seen')").fetchone()
    assert found is not None
    parts = str(found[0]).split(",") if found[0] else []
    return Counter(None if part == "null" else part for part in parts)


def _function(session: Session, table: str) -> Seen:
    """Let a function read it that has the rights of whoever calls it."""
    found = session.execute(
        "select * from probe.asked(%s)", [f"select {column(session, table)}::text from {table}"]
    )
    return Counter(row[0] for row in found)


WAYS: dict[str, Callable[[Session, str], Seen]] = {
    "select": plain,
    "prepared statement": _prepared,
    "copy": _copied,
    "cursor": _cursor,
    "with": _materialized,
    "lateral": _lateral,
    "join": _joined,
    "code block": _code_block,
    "function": _function,
}

CHANGES = (
    "insert into {table} default values",
    "update {table} set {column} = null",
    "select 1 from {table} for update",
    "delete from {table}",
    "truncate {table}",
    "copy {table} from stdin",
    "lock table {table} in access exclusive mode",
)
"""How rows are changed, or others kept from them."""

DEFINITIONS = (
    "alter table {table} disable row level security",
    "alter table {table} no force row level security",
    "alter table {table} owner to current_user",
    "alter table {table} rename to mine",
    "create policy mine on {table} using (true)",
    "create rule mine as on insert to {table} do nothing",
    "create index on {table} ((1))",
    "comment on table {table} is 'mine'",
    "drop table {table}",
)
"""What only the owner of a table may do; a view has an owner, too."""

MADE_IN = (
    *("marts", "safe", "open", "ops", "stored_marts", "partitions", "public", "lake"),
    "build_2026_10_core",
)
MAKING = (
    "create table {schema}.mine (agency_code text)",
    "create view {schema}.mine as select 1 as a",
    "create materialized view {schema}.mine as select 1 as a",
    "create function {schema}.mine() returns int language sql security definer as 'select 1'",
    "create function {schema}.mine() returns int language sql as 'select 1'",
    "create type {schema}.mine as enum ('a')",
)
ELSEWHERE = (
    "create temporary table mine (a int)",
    "create function pg_temp.mine() returns int language sql as 'select 1'",
    "create schema mine",
)
"""What whoever computes may do, and readers may not."""

ADMINISTERING = (
    "create role mine",
    "drop extension plpgsql",
    "create extension file_fdw schema pg_catalog",
    "alter role current_user bypassrls",
    "alter role asn_agency login",
    "grant asn_analyst to current_user",
    "alter default privileges for role asn_publisher grant select on tables to public",
    "select pg_read_file('postgresql.conf')",
    "select * from pg_statistic",
    "select * from pg_authid",
    "copy (select 1) to program 'true'",
    "copy (select 1) to '/mine'",
    "select set_config('role', 'asn_publisher', true)",
    "select set_config('session_authorization', 'asn_publisher', false)",
)
