"""Who may do what in the shared PostgreSQL: the one place where it is declared.

What is not named here is denied. A table that has ``agency_code`` shows rows only by a policy, to
its owner as well; a view reads with the rights of whoever asks it. ``asn grant`` makes the server
what is declared and takes back what is not; a publication does the same for tables it makes.

An agency signs in as ``asn_agency_<code>``. Its policy reads the code from the name of the role
that acts, which nobody but an administrator can give.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from adbc_driver_manager import Error

from asn_warehouse.engines.duckdb import identifier, literal
from asn_warehouse.errors import ConfigurationError, UsageError
from asn_warehouse.reference import read_reference
from asn_warehouse.serving.session import (
    PUBLISHER,
    Connection,
    connect,
    execute,
    fetch,
    qualified,
)
from asn_warehouse.settings import Settings

LOADER, BUILDER = "asn_loader", "asn_builder"
ANALYST, BI, AGENCY = "asn_analyst", "asn_bi", "asn_agency"

ROLES = {
    LOADER: "Copies admitted rows into schema lake.",
    BUILDER: "Computes candidates in schemas build_*.",
    PUBLISHER: "Owns what is served and replaces it.",
    ANALYST: "Reads every mart, persons by pseudonym included.",
    BI: "Reads marts without persons.",
    AGENCY: "What every agency's login may: its own rows.",
}
READERS = (ANALYST, BI, AGENCY)

OWNERS = {
    "lake": (LOADER, BUILDER),
    "build": (BUILDER, LOADER),
    "marts": (PUBLISHER,),
    "partitions": (PUBLISHER,),
    "ops": (PUBLISHER,),
}
"""By kind of schema: the owner, then who else works in it."""


SERVING = ("marts", "ops", "partitions")


@dataclass(frozen=True)
class Readers:
    """Roles that read all rows of a table, and roles that read those of their own agency."""

    whole: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


NOBODY = Readers()
RESTRICTED = Readers(whole=(ANALYST,), own=(AGENCY,))
SAFE = Readers(whole=(ANALYST, BI), own=(AGENCY,))
OPS = {
    "publication": Readers(whole=(ANALYST, BI, AGENCY)),
    "served": Readers(whole=(ANALYST, BI, AGENCY)),
    "submission": Readers(whole=(ANALYST,), own=(AGENCY,)),
    "build": Readers(whole=(ANALYST,)),
    "gate": Readers(whole=(ANALYST,)),
    "report": Readers(whole=(ANALYST,)),
    "audit": NOBODY,
}
APPEND_ONLY = ("ops.audit",)

OWN_ROWS = f"agency_code = substring(current_user::text from '^{AGENCY}_(.+)$')"

_WITHOUT_PERSONS = ("publication_diff",)


@dataclass(frozen=True)
class Table:
    """A table or view of the project's schemas."""

    schema: str
    name: str
    is_view: bool
    has_agency: bool

    @property
    def place(self) -> str:
        """Its quoted name."""
        return qualified(self.schema, self.name)

    @property
    def kind(self) -> str:
        """Kind of its schema, a key of ``OWNERS``."""
        return "build" if self.schema.startswith("build_") else self.schema

    def readers(self, restricted: Mapping[str, bool]) -> Readers:
        """Return who may read it; a mart that nobody declared holds persons."""
        if self.schema == "ops":
            return OPS.get(self.name, NOBODY)
        if self.schema != "marts":
            return NOBODY
        if self.name in _WITHOUT_PERSONS or not restricted.get(self.name, True):
            return SAFE
        return RESTRICTED

    def statements(self, restricted: Mapping[str, bool]) -> list[str]:
        """Return what grants and limits access to it, from nothing granted on."""
        readers, (owner, *others) = self.readers(restricted), OWNERS[self.kind]
        reading = [*readers.whole, *(readers.own if self.has_agency else ())]
        found = [f"grant select on {self.place} to {role}" for role in reading]
        if self.is_view:
            return [f"alter view {self.place} set (security_invoker = true)", *found]
        found += [f"grant all on {self.place} to {role}" for role in others]
        if f"{self.schema}.{self.name}" in APPEND_ONLY:
            found += [
                f"revoke update, delete, truncate on {self.place} from {owner}",
                *self._forced(),
                self._policy("reads", "select", (owner,), "using (true)"),
                self._policy("appends", "insert", (owner,), "with check (true)"),
            ]
        elif self.has_agency:
            found += self._forced()
            both = "using (true) with check (true)"
            found.append(self._policy("works", "all", OWNERS[self.kind], both))
            if readers.whole:
                found.append(self._policy("whole", "select", readers.whole, "using (true)"))
            if readers.own:
                found.append(self._policy("own", "select", readers.own, f"using ({OWN_ROWS})"))
        return found

    def _forced(self) -> list[str]:
        return [
            f"alter table {self.place} enable row level security",
            f"alter table {self.place} force row level security",
        ]

    def _policy(self, name: str, command: str, roles: tuple[str, ...], condition: str) -> str:
        return (
            f"create policy asn_{name} on {self.place} for {command}"
            f" to {', '.join(roles)} {condition}"
        )


def agency_role(code: str) -> str:
    """Return the login of an agency.

    Raises:
        UsageError: when the code cannot be part of a role's name.
    """
    if not code.isascii() or not code.isalnum():
        raise UsageError(f"{code!r} is no agency code.")
    return f"{AGENCY}_{code}"


def apply(settings: Settings) -> int:
    """Make the server of ``settings`` what is declared, in one transaction; safe to repeat.

    Every agency of the operator's list gets a login; a password is the administrator's to set.

    Returns:
        how many tables and views are granted and limited now.

    Raises:
        ConfigurationError: when the DSN's user may not do it, or a role could go round policies.
    """
    codes = [row["kode_instansi"] for row in read_reference(settings, "instansi")]
    with connect(settings, as_publisher=False) as connection:
        try:
            changed = grant(connection, codes, _restricted(connection))
            connection.commit()
        except Error as error:
            connection.rollback()
            raise ConfigurationError(
                f"PostgreSQL refused: {error}", mend="Let an administrator run `asn grant`."
            ) from error
    return changed


def protect(connection: Connection, restricted: Mapping[str, bool], *, new_only: bool) -> int:
    """Grant, limit and take back, table by table; return how many tables were changed.

    Args:
        connection: as the owner of the tables, or an administrator.
        restricted: for each mart, whether it holds persons.
        new_only: leave tables alone that have their policies or grants, so that their readers do
            not wait, and all but what serves.
    """
    done = _protected(connection) if new_only else set()
    changed = 0
    for table in tables(connection):
        if new_only and (table.schema not in SERVING or (table.schema, table.name) in done):
            continue
        for statement in (*_taken_back(connection, table), *table.statements(restricted)):
            execute(connection, statement)
        changed += 1
    return changed


def grant(connection: Connection, agencies: Iterable[str], restricted: Mapping[str, bool]) -> int:
    """Make roles, schemas, grants and policies what is declared; return how many tables there are.

    Args:
        connection: as an administrator: one who may create roles and owns, or is of who owns.
        agencies: codes of the agencies that get a login; it has no password.
        restricted: for each mart, whether it holds persons.

    Raises:
        ConfigurationError: when a role could go round the policies.
    """
    execute(connection, "set local lock_timeout = '30s'")
    _make_roles(connection, [agency_role(code) for code in agencies])
    _limit_database(connection)
    for schema in schemas(connection):
        owner, *others = OWNERS["build" if schema.startswith("build_") else schema]
        quoted = identifier(schema)
        execute(connection, f"alter schema {quoted} owner to {owner}")
        execute(connection, f"revoke all on schema {quoted} from public")
        readers = READERS if schema in ("marts", "ops") else ()
        for role in READERS:
            execute(connection, f"revoke all on schema {quoted} from {role}")
        for role in (*others, *readers):
            execute(connection, f"grant usage on schema {quoted} to {role}")
        for role in others:
            execute(connection, f"grant create on schema {quoted} to {role}")
    found = tables(connection)
    for table in found:
        what = "view" if table.is_view else "table"
        execute(connection, f"alter {what} {table.place} owner to {OWNERS[table.kind][0]}")
    return protect(connection, restricted, new_only=False)


def schemas(connection: Connection) -> list[str]:
    """Return the project's schemas, those that serve made where they are missing."""
    found = {name for (name,) in fetch(connection, "select nspname::text from pg_namespace")}
    for name in SERVING:
        if name not in found:
            execute(connection, f"create schema {name}")
    return sorted({*SERVING, *(n for n in found if n == "lake" or n.startswith("build_"))})


def tables(connection: Connection) -> list[Table]:
    """Return every table and view of the project's schemas."""
    return [Table(*row) for row in fetch(connection, _TABLES)]


def unprotected(connection: Connection) -> list[str]:
    """Return tables with ``agency_code`` and no forced policies, and views with own rights.

    It looks in every schema, so that a table that somebody made by hand is found as well.
    """
    return [name for (name,) in fetch(connection, _UNPROTECTED)]


def _restricted(connection: Connection) -> dict[str, bool]:
    """Return of each served mart whether it holds persons."""
    if not fetch(connection, "select 1 where to_regclass('ops.served') is not null"):
        return {}
    return dict(
        fetch(connection, "select table_name, bool_or(is_restricted) from ops.served group by 1")
    )


def _make_roles(connection: Connection, agencies: list[str]) -> None:
    known = _role_names(connection)
    for role, purpose in ROLES.items():
        if role not in known:
            execute(connection, f"create role {role} nologin")
        execute(connection, f"comment on role {role} is {literal(purpose)}")
    for role in agencies:
        if role not in known:
            execute(connection, f"create role {identifier(role)} login")
        execute(connection, f"grant {AGENCY} to {identifier(role)}")
    ours = ", ".join(literal(name) for name in (*ROLES, *agencies))
    strong = fetch(
        connection,
        "select rolname::text from pg_roles"
        f" where rolname in ({ours}) and (rolsuper or rolbypassrls or rolcreaterole)",
    )
    if strong:
        raise ConfigurationError(
            f"Roles that could go round the policies: {', '.join(name for (name,) in strong)}.",
            mend="alter role … nosuperuser nobypassrls nocreaterole",
        )
    stray = fetch(
        connection,
        "select r.rolname::text, m.rolname::text from pg_auth_members as a"
        " join pg_roles as r on r.oid = a.roleid join pg_roles as m on m.oid = a.member"
        f" where m.rolname in ({', '.join(literal(n) for n in (*ROLES, *agencies))})"
        f" and not (r.rolname = '{AGENCY}' and m.rolname like '{AGENCY}\\_%')",
    )
    for role, member in stray:
        execute(connection, f"revoke {identifier(role)} from {identifier(member)}")


def _limit_database(connection: Connection) -> None:
    name = identifier(str(fetch(connection, "select current_database()::text")[0][0]))
    execute(connection, f"revoke all on database {name} from public")
    execute(connection, "revoke all on schema public from public")
    for role in ROLES:
        execute(connection, f"revoke all on database {name} from {role}")
        execute(connection, f"grant connect on database {name} to {role}")
    for role in (LOADER, BUILDER, PUBLISHER):
        execute(connection, f"grant temporary on database {name} to {role}")
    execute(connection, f"grant create on database {name} to {BUILDER}")


def _taken_back(connection: Connection, table: Table) -> list[str]:
    """Return what takes every policy and every grant but the owner's from a table."""
    at = [table.schema, table.name]
    policies = fetch(
        connection,
        "select policyname::text from pg_policies where schemaname = $1 and tablename = $2",
        at,
    )
    grantees = fetch(connection, _GRANTEES, at)
    return [
        *(f"drop policy {identifier(name)} on {table.place}" for (name,) in policies),
        *(
            f"revoke all on {table.place} from"
            f" {'public' if name is None else identifier(name)} cascade"
            for (name,) in grantees
        ),
    ]


def _protected(connection: Connection) -> set[tuple[str, str]]:
    found = fetch(connection, _PROTECTED)
    return {(schema, name) for schema, name in found}


def _role_names(connection: Connection) -> set[str]:
    return {name for (name,) in fetch(connection, "select rolname::text from pg_roles")}


_OURS = r"(n.nspname in ('marts', 'ops', 'partitions', 'lake') or n.nspname like 'build\_%')"
_HAS_AGENCY = """
    exists (select 1 from pg_attribute as a where a.attrelid = c.oid
            and a.attname = 'agency_code' and a.attnum > 0 and not a.attisdropped)
"""
_AS_INVOKER = "coalesce(c.reloptions @> array['security_invoker=true'], false)"
_TABLES = f"""
    select n.nspname::text, c.relname::text, c.relkind = 'v', {_HAS_AGENCY}
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where {_OURS} and c.relkind in ('r', 'p', 'v')
    order by 1, 2
"""
_UNPROTECTED = f"""
    select n.nspname || '.' || c.relname
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_t%'
      and {_HAS_AGENCY}
      and case when c.relkind in ('r', 'p') then not (c.relrowsecurity and c.relforcerowsecurity)
               when c.relkind = 'v' then not {_AS_INVOKER}
               else c.relkind in ('m', 'f') end
    order by 1
"""
_PROTECTED = f"""
    select n.nspname::text, c.relname::text
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where {_OURS} and c.relkind in ('r', 'p', 'v')
      and case when c.relkind = 'v' then {_AS_INVOKER}
               when {_HAS_AGENCY} then c.relrowsecurity and c.relforcerowsecurity
               else c.relacl is not null end
"""
_GRANTEES = """
    select distinct g.rolname::text
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    cross join aclexplode(c.relacl) as x
    left join pg_roles as g on g.oid = x.grantee
    where n.nspname = $1 and c.relname = $2 and x.grantee <> c.relowner
"""
