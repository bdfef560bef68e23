"""`asn grant`: make a PostgreSQL what is declared, changing only what differs.

A publication and a build do the same for the schemas of their role, so that tables are never
without their policies; tables that have them are left alone, and their readers do not wait.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adbc_driver_manager import Error

from asn_warehouse import audit
from asn_warehouse.access import state
from asn_warehouse.access.declaration import (
    AGENCY,
    MADE,
    ROLES,
    SCHEMAS,
    Rows,
    agency_role,
    in_database,
    kind_of,
)
from asn_warehouse.access.state import Namespace, Policy, Relation
from asn_warehouse.engines.duckdb import identifier, literal
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.reference import read_reference
from asn_warehouse.serving.session import Session, connect, execute, fetch
from asn_warehouse.settings import Settings

_NEVER_CHANGED = {"UPDATE", "DELETE", "TRUNCATE"}
_STRONG = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication")


@dataclass(frozen=True)
class Change:
    """A statement that brings ``subject`` nearer to what is declared."""

    subject: str
    statement: str


def apply(settings: Settings, *, only_show: bool = False) -> list[Change]:
    """Make the server of ``settings`` what is declared, in one transaction; safe to repeat.

    Every agency of the operator's list gets a role; it signs in once it has a password.

    Args:
        settings: the server and the list of agencies.
        only_show: take everything back at the end.

    Returns:
        what was changed; nothing the second time.

    Raises:
        ConfigurationError: when the DSN's user may not do it, or a role could go round policies.
    """
    codes = sorted({row["kode_instansi"] for row in read_reference(settings, "instansi")})
    with connect(settings, role=None) as connection:
        try:
            changed = grant(connection, codes)
            if only_show:
                connection.rollback()
            else:
                connection.commit()
        except Error as error:
            connection.rollback()
            raise ConfigurationError(
                f"PostgreSQL refused: {_reason(error)}.",
                mend="Let an administrator run `asn grant`.",
            ) from error
    if changed and not only_show:
        audit.record(settings, "grant", details=f"{len(changed)} changes to roles and policies")
    return changed


def assert_nothing_leaks(settings: Settings) -> None:
    """Assert that nothing on the server, made by hand in any schema, goes round the policies.

    Raises:
        ConfigurationError: names what does.
    """
    with connect(settings, role=None) as connection:
        found = state.unprotected(connection)
    if found:
        raise ConfigurationError(
            f"These show rows of agencies that no policy allows: {', '.join(found)}.",
            mend="Drop them, or see docs/security.md.",
        )


def protect(connection: Session, owner: str, within: str = "") -> list[Change]:
    """Grant, limit and take back in the schemas that ``owner`` owns; return what was changed.

    Args:
        connection: as that role.
        owner: a role that owns schemas.
        within: begin of the names of the schemas; default all.
    """
    return _run(
        connection,
        (
            *_schemas(
                space
                for space in state.namespaces(connection)
                if space.owner == owner and space.name.startswith(within)
            ),
            *_tables(
                connection,
                [
                    relation
                    for relation in state.relations(connection)
                    if relation.declared.owner == owner == relation.owner
                    and relation.schema.startswith(within)
                ],
            ),
        ),
    )


def grant(connection: Session, agencies: Iterable[str]) -> list[Change]:
    """Make roles, schemas, grants and policies what is declared; return what was changed.

    Args:
        connection: as an administrator: one who may create roles and owns, or is of who owns.
        agencies: codes of the agencies that get a role.

    Raises:
        ConfigurationError: when a role could go round the policies.
    """
    execute(connection, "set local lock_timeout = '30s'")
    agency_roles = [agency_role(code) for code in agencies]
    changed = _run(connection, _roles(connection, agency_roles))
    _refuse_strong(connection, agency_roles)
    changed += _run(connection, _memberships(connection, agency_roles))
    changed += _run(connection, _database(connection))
    there = {space.name for space in state.namespaces(connection)}
    changed += _run(
        connection,
        (
            Change(f"schema {name}", f"create schema {name} authorization {SCHEMAS[name].owner}")
            for name in MADE
            if name not in there
        ),
    )
    changed += _run(connection, _schemas(state.namespaces(connection)))
    changed += _run(connection, _defaults(connection))
    changed += _run(connection, _routines(connection))
    return changed + _run(connection, _tables(connection, state.relations(connection)))


def _run(connection: Session, changes: Iterable[Change]) -> list[Change]:
    found = list(changes)
    for change in found:
        execute(connection, change.statement)
    return found


def _roles(connection: Session, agencies: list[str]) -> Iterator[Change]:
    known = dict(
        fetch(
            connection,
            "select rolname::text, coalesce(shobj_description(oid, 'pg_authid'), '') from pg_roles",
        )
    )
    for role, purpose in ROLES.items():
        if role not in known:
            yield Change(f"role {role}", f"create role {role} nologin")
        if known.get(role) != purpose:
            yield Change(f"role {role}", f"comment on role {role} is {literal(purpose)}")
    for role in agencies:
        if role not in known:
            yield Change("roles of agencies", f"create role {identifier(role)} nologin")


def _refuse_strong(connection: Session, agencies: list[str]) -> None:
    listed = ", ".join(map(literal, (*ROLES, *agencies)))
    strong = fetch(
        connection,
        "select rolname::text from pg_roles"
        f" where rolname in ({listed}) and ({' or '.join(_STRONG)}) order by 1",
    )
    if strong:
        attributes = " ".join(f"no{name.removeprefix('rol')}" for name in _STRONG)
        raise ConfigurationError(
            f"Roles that could go round the policies: {', '.join(name for (name,) in strong)}.",
            mend=f"alter role … {attributes}",
        )


def _memberships(connection: Session, agencies: list[str]) -> Iterator[Change]:
    """Make each agency's role one of the agencies', and none of ours anything else."""
    listed = ", ".join(map(literal, (*ROLES, *agencies)))
    found = {
        (role, member)
        for role, member in fetch(
            connection,
            "select distinct r.rolname::text, m.rolname::text from pg_auth_members as a"
            " join pg_roles as r on r.oid = a.roleid join pg_roles as m on m.oid = a.member"
            f" where m.rolname in ({listed})",
        )
    }
    wanted = {(AGENCY, role) for role in agencies}
    for role, member in sorted(wanted - found):
        yield Change("roles of agencies", f"grant {role} to {identifier(member)}")
    for role, member in sorted(found - wanted):
        subject = f"role {member}"
        yield Change(subject, f"revoke {identifier(role)} from {identifier(member)}")


def _database(connection: Session) -> Iterator[Change]:
    name = str(fetch(connection, "select current_database()::text")[0][0])
    subject, place = f"database {name}", identifier(name)
    found = state.in_database(connection)
    for role, wanted in in_database().items():
        there = found.get(role, set())
        for privilege in sorted(there - wanted):
            yield Change(subject, f"revoke {privilege} on database {place} from {role}")
        for privilege in sorted(wanted - there):
            yield Change(subject, f"grant {privilege} on database {place} to {role}")
    if fetch(connection, _PUBLIC_IS_OPEN):
        yield Change("schema public", "revoke all on schema public from public")


def _schemas(spaces: Iterable[Namespace]) -> Iterator[Change]:
    for space in spaces:
        declared = SCHEMAS[kind_of(space.name) or ""]
        subject, place = f"schema {space.name}", identifier(space.name)
        if space.owner != declared.owner:
            yield Change(subject, f"alter schema {place} owner to {declared.owner}")
        wanted = {(role, "USAGE", "") for role in declared.users}
        for role, privilege, _ in sorted(space.granted - wanted):
            if role != declared.owner:
                yield Change(subject, f"revoke {privilege} on schema {place} from {_role(role)}")
        for role, privilege, _ in sorted(wanted - space.granted):
            yield Change(subject, f"grant {privilege} on schema {place} to {role}")


def _defaults(connection: Session) -> Iterator[Change]:
    """Take back what tables and functions to come would grant."""
    for owner, schema, kind, role in state.defaults(connection):
        within = f" in schema {identifier(schema)}" if schema else ""
        yield Change(
            f"defaults of {owner}",
            f"alter default privileges for role {identifier(owner)}{within}"
            f" revoke all on {kind} from {_role(role)}",
        )


def _routines(connection: Session) -> Iterator[Change]:
    for signature, kind, role in state.open_routines(connection):
        yield Change(
            f"{kind} {signature}", f"revoke all on {kind} {signature} from {_role(role)} cascade"
        )


def _tables(connection: Session, relations: list[Relation]) -> Iterator[Change]:
    if not relations:
        return
    conditions = state.conditions(connection)
    for relation in relations:
        subject = f"{relation.what} {relation.schema}.{relation.name}"
        for statement in (
            *_owned(relation),
            *_granted(relation),
            *(_limited(relation, conditions) if relation.is_table else ()),
            *(_as_invoker(relation) if relation.kind == "v" else ()),
        ):
            yield Change(subject, statement)


def _owned(relation: Relation) -> Iterator[str]:
    if relation.owner != relation.declared.owner:
        yield f"alter {relation.what} {relation.place} owner to {relation.declared.owner}"


def _as_invoker(relation: Relation) -> Iterator[str]:
    if not relation.as_invoker:
        yield f"alter view {relation.place} set (security_invoker = true)"


def _granted(relation: Relation) -> Iterator[str]:
    """Yield what makes the grants those declared: the owner's, and what readers may select."""
    wanted = set()
    for reader in relation.declared.readers_of(relation.name):
        if not (relation.has_agency or reader.without_agency):
            continue
        columns = relation.columns.intersection(reader.columns) if reader.columns else [""]
        wanted |= {(reader.role, "SELECT", column) for column in columns}
    owner = relation.declared.owner
    never = _NEVER_CHANGED if relation.name in relation.declared.append_only else set()
    found = {
        (owner if role == relation.owner else role, privilege, column)
        for role, privilege, column in relation.granted
        if role not in (owner, relation.owner) or privilege in never
    }
    whole = {(role, privilege) for role, privilege, column in found - wanted if not column}
    for role, privilege in sorted(whole):
        yield f"revoke {privilege} on {relation.place} from {_role(role)} cascade"
    # That took what the role had on columns, too.
    left = {item for item in found if item[:2] not in whole}
    for role, privilege, column in sorted(left - wanted):
        yield f"revoke {_on(privilege, column)} on {relation.place} from {_role(role)} cascade"
    for role, privilege, column in sorted(wanted - left):
        yield f"grant {_on(privilege, column)} on {relation.place} to {role}"


def _limited(relation: Relation, conditions: dict[Rows, str]) -> Iterator[str]:
    """Yield what makes the policies of a table those declared."""
    wanted = set(_policies(relation, conditions))
    if wanted and not relation.is_forced:
        yield f"alter table {relation.place} enable row level security"
        yield f"alter table {relation.place} force row level security"
    for name in sorted({policy.name for policy in relation.policies - wanted}):
        yield f"drop policy {identifier(name)} on {relation.place}"
    for policy in sorted(wanted - relation.policies, key=lambda policy: policy.name):
        using = f" using ({policy.using})" if policy.using else ""
        check = f" with check ({policy.check})" if policy.check else ""
        yield (
            f"create policy {policy.name} on {relation.place} for {policy.command}"
            f" to {', '.join(policy.roles)}{using}{check}"
        )


def _policies(relation: Relation, conditions: dict[Rows, str]) -> Iterator[Policy]:
    owner = (relation.declared.owner,)
    everything = conditions[Rows.ALL]
    if relation.name in relation.declared.append_only:
        yield Policy("asn_reads", "SELECT", owner, everything, "")
        yield Policy("asn_appends", "INSERT", owner, "", everything)
        return
    if not relation.has_agency:
        return
    yield Policy("asn_works", "ALL", owner, everything, everything)
    by_rows: dict[Rows, list[str]] = {}
    for reader in relation.declared.readers_of(relation.name):
        by_rows.setdefault(reader.rows, []).append(reader.role)
    for rows, roles in by_rows.items():
        name = f"asn_{rows.name.lower()}"
        yield Policy(name, "SELECT", tuple(sorted(roles)), conditions[rows], "")


def _reason(error: Error) -> str:
    """Return what the server said, without the statement that it repeats."""
    found = re.search(r"ERROR: *(.+)", str(error))
    return found[1] if found else " ".join(str(error).split())


def _role(name: str) -> str:
    return "public" if name == "public" else identifier(name)


def _on(privilege: str, column: str) -> str:
    return f"{privilege} ({identifier(column)})" if column else privilege


_PUBLIC_IS_OPEN = """
    select 1 from pg_namespace as n
    cross join aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as x
    where n.nspname = 'public' and x.grantee = 0
"""
