"""What a PostgreSQL has: roles, schemas, tables, grants and policies, read from its catalogue."""

from dataclasses import dataclass
from typing import Any

from asn_warehouse.access.declaration import (
    CANDIDATES,
    MADE,
    ROLES,
    SCHEMAS,
    Rows,
    Schema,
    kind_of,
)
from asn_warehouse.engines.duckdb import identifier, literal
from asn_warehouse.serving.session import Session, execute, fetch, qualified

Granted = frozenset[tuple[str, str, str]]
"""Role or ``public``, privilege, and column where it is not for all of them, else empty."""


@dataclass(frozen=True)
class Policy:
    """A row policy as the catalogue shows it."""

    name: str
    command: str
    roles: tuple[str, ...]
    using: str
    check: str
    is_permissive: bool = True


@dataclass(frozen=True)
class Relation:
    """A table or view of the project's schemas, as it is."""

    schema: str
    name: str
    kind: str
    owner: str
    columns: frozenset[str]
    is_forced: bool
    as_invoker: bool
    granted: Granted
    policies: frozenset[Policy]

    @property
    def place(self) -> str:
        """Its quoted name."""
        return qualified(self.schema, self.name)

    @property
    def what(self) -> str:
        """What statements call it."""
        kinds = {"v": "view", "m": "materialized view", "f": "foreign table"}
        return kinds.get(self.kind, "table")

    @property
    def is_table(self) -> bool:
        """Whether policies can stand on it."""
        return self.kind in ("r", "p")

    @property
    def has_agency(self) -> bool:
        """Whether its rows are of agencies."""
        return "agency_code" in self.columns

    @property
    def declared(self) -> Schema:
        """What is declared of its schema."""
        return SCHEMAS[kind_of(self.schema) or ""]


@dataclass(frozen=True)
class Namespace:
    """A schema of the project, as it is."""

    name: str
    owner: str
    granted: Granted


def relations(connection: Session) -> list[Relation]:
    """Return every table and view of the project's schemas, by name."""
    granted = _grouped(fetch(connection, _GRANTED))
    policies: dict[Any, set[Policy]] = {}
    for place, name, permissive, roles, command, using, check in fetch(connection, _POLICIES):
        found = Policy(name, command, tuple(roles.split(",")), using, check, permissive)
        policies.setdefault(place, set()).add(found)
    return [
        Relation(
            *(schema, name, kind, owner, frozenset(columns.split(",")), forced, invoker),
            frozenset(granted.get(f"{schema}.{name}", ())),
            frozenset(policies.get(f"{schema}.{name}", ())),
        )
        for schema, name, kind, owner, columns, forced, invoker in fetch(connection, _RELATIONS)
    ]


def namespaces(connection: Session) -> list[Namespace]:
    """Return the project's schemas that are there, by name."""
    granted = _grouped(fetch(connection, _SCHEMA_GRANTED))
    return [
        Namespace(name, owner, frozenset(granted.get(name, ())))
        for name, owner in fetch(connection, _NAMESPACES)
    ]


def in_database(connection: Session) -> dict[str, set[str]]:
    """Return what each role, and ``public``, may do in the database itself."""
    found: dict[str, set[str]] = {}
    for role, privilege in fetch(connection, _DATABASE_GRANTED):
        found.setdefault(role, set()).add(privilege)
    return found


def open_routines(connection: Session) -> list[tuple[str, str, str]]:
    """Return functions of the project's schemas that others than the owner may call: as whom."""
    return [tuple(row) for row in fetch(connection, _ROUTINES)]


def defaults(connection: Session) -> list[tuple[str, str, str, str]]:
    """Return what tables, functions and types to come would grant: owner, schema, kind, to whom.

    A role that never said anything grants functions and types to ``public``.
    """
    return [tuple(row) for row in fetch(connection, _DEFAULTS)]


def conditions(connection: Session) -> dict[Rows, str]:
    """Return each condition of policies as this server writes it, for comparison."""
    execute(connection, "create temporary table asn_conditions (agency_code text)")
    for rows in Rows:
        execute(
            connection,
            f"create policy {identifier(rows.name.lower())} on pg_temp.asn_conditions"
            f" using ({rows.value})",
        )
    found = dict(
        fetch(
            connection,
            "select polname::text, pg_get_expr(polqual, polrelid) from pg_policy"
            " where polrelid = 'pg_temp.asn_conditions'::regclass",
        )
    )
    execute(connection, "drop table pg_temp.asn_conditions")
    return {rows: found[rows.name.lower()] for rows in Rows}


def unprotected(connection: Session) -> list[str]:
    """Return what would show rows that no policy allows, over all schemas of the database.

    Tables with ``agency_code`` and no forced policies; what reads such a table with other rights
    than those of whoever asks: views, copies that are kept, functions with their owner's rights.
    """
    return [name for (name,) in fetch(connection, _UNPROTECTED)]


def _grouped(rows: list[tuple[Any, ...]]) -> dict[str, set[tuple[str, str, str]]]:
    found: dict[str, set[tuple[str, str, str]]] = {}
    for place, role, privilege, column in rows:
        found.setdefault(place, set()).add((role, privilege, column))
    return found


_LISTED = ", ".join(map(literal, MADE))
_OURS = f"(n.nspname in ({_LISTED}) or n.nspname ~ {literal(CANDIDATES)})"
_IN = "join pg_namespace as n on n.oid"
_COLUMNS = """
    (select string_agg(a.attname::text, ',') from pg_attribute as a
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
"""
_AS_INVOKER = """
    coalesce((select option_value::boolean from pg_options_to_table(c.reloptions)
              where option_name = 'security_invoker'), false)
"""
_RELATIONS = f"""
    select n.nspname::text, c.relname::text, c.relkind::text, pg_get_userbyid(c.relowner)::text,
           coalesce({_COLUMNS}, ''), c.relrowsecurity and c.relforcerowsecurity, {_AS_INVOKER}
    from pg_class as c {_IN} = c.relnamespace
    where {_OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f')
    order by 1, 2
"""
_GRANTED = f"""
    select n.nspname || '.' || c.relname, coalesce(g.rolname::text, 'public'),
           x.privilege_type, ''
    from pg_class as c {_IN} = c.relnamespace
    cross join aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as x
    left join pg_roles as g on g.oid = x.grantee
    where {_OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f')
    union all
    select n.nspname || '.' || c.relname, coalesce(g.rolname::text, 'public'),
           x.privilege_type, a.attname::text
    from pg_attribute as a join pg_class as c on c.oid = a.attrelid {_IN} = c.relnamespace
    cross join aclexplode(a.attacl) as x
    left join pg_roles as g on g.oid = x.grantee
    where {_OURS} and x.grantee <> c.relowner
"""
_POLICIES = f"""
    select n.nspname || '.' || p.tablename, p.policyname::text, p.permissive = 'PERMISSIVE',
           array_to_string(p.roles, ','), p.cmd, coalesce(p.qual, ''), coalesce(p.with_check, '')
    from pg_policies as p join pg_namespace as n on n.nspname = p.schemaname
    where {_OURS}
"""
_NAMESPACES = f"""
    select n.nspname::text, pg_get_userbyid(n.nspowner)::text
    from pg_namespace as n where {_OURS} order by 1
"""
_SCHEMA_GRANTED = f"""
    select n.nspname::text, coalesce(g.rolname::text, 'public'), x.privilege_type, ''
    from pg_namespace as n cross join aclexplode(n.nspacl) as x
    left join pg_roles as g on g.oid = x.grantee
    where {_OURS} and x.grantee <> n.nspowner
"""
_DATABASE_GRANTED = """
    select coalesce(g.rolname::text, 'public'), x.privilege_type
    from pg_database as d
    cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as x
    left join pg_roles as g on g.oid = x.grantee
    where d.datname = current_database() and x.grantee <> d.datdba
"""
_ROUTINES = f"""
    select distinct format('%I.%I(%s)', n.nspname, p.proname,
                           pg_get_function_identity_arguments(p.oid)),
           case p.prokind when 'p' then 'procedure' else 'function' end,
           coalesce(g.rolname::text, 'public')
    from pg_proc as p {_IN} = p.pronamespace
    cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as x
    left join pg_roles as g on g.oid = x.grantee
    where {_OURS} and x.grantee <> p.proowner
    order by 1, 3
"""
_OUR_ROLES = ", ".join(map(literal, ROLES))
_DEFAULTS = f"""
    select r.rolname::text, '' as nspname, k.word, coalesce(g.rolname::text, 'public') as grantee
    from pg_roles as r
    cross join (values ('r', 'tables'), ('f', 'functions'), ('T', 'types')) as k (letter, word)
    left join pg_default_acl as d on d.defaclrole = r.oid and d.defaclobjtype = k.letter::"char"
                                 and d.defaclnamespace = 0
    cross join aclexplode(coalesce(d.defaclacl, acldefault(k.letter::"char", r.oid))) as x
    left join pg_roles as g on g.oid = x.grantee
    where x.grantee <> r.oid and r.rolname in ({_OUR_ROLES})
    union
    select pg_get_userbyid(d.defaclrole)::text, n.nspname::text,
           case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences'
                                when 'f' then 'functions' else 'types' end,
           coalesce(g.rolname::text, 'public')
    from pg_default_acl as d {_IN} = d.defaclnamespace
    cross join aclexplode(d.defaclacl) as x
    left join pg_roles as g on g.oid = x.grantee
    where {_OURS} and x.grantee <> d.defaclrole
    order by 1, 2, 3, 4
"""
_UNPROTECTED = f"""
    with recursive guarded (oid) as (
        select c.oid from pg_class as c
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and exists (
            select 1 from pg_attribute as a where a.attrelid = c.oid
            and a.attname = 'agency_code' and a.attnum > 0 and not a.attisdropped)
        union
        select r.ev_class from guarded as g
        join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = g.oid
                           and d.classid = 'pg_rewrite'::regclass
        join pg_rewrite as r on r.oid = d.objid
    ), outside (oid, nspname) as (
        select oid, nspname from pg_namespace
        where nspname not in ('pg_catalog', 'information_schema') and nspname not like 'pg\\_t%'
    )
    select n.nspname || '.' || c.relname
    from guarded join pg_class as c on c.oid = guarded.oid
    join outside as n on n.oid = c.relnamespace
    where case when c.relkind in ('r', 'p') then not (c.relrowsecurity and c.relforcerowsecurity)
               when c.relkind = 'v' then not {_AS_INVOKER}
               else true end
    union all
    select n.nspname || '.' || p.proname || '()'
    from pg_proc as p join outside as n on n.oid = p.pronamespace
    where p.prosecdef
    order by 1
"""
