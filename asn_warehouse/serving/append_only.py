"""Tables of PostgreSQL to which rows are only added: the server refuses anything else.

Grants and policies do not bind an owner who changes them, nor an administrator; a trigger that is
always enabled refuses both, until somebody takes the trigger away, which no statement of the
project does.
"""

from asn_warehouse.serving.session import Connection, execute, fetch, qualified

TABLES = ("audit",)
_SCHEMA = "ops"
_TRIGGER = "asn_append_only"
_FUNCTION = f"{_SCHEMA}.refuse_change()"


def guard(connection: Connection) -> None:
    """Let the server refuse to change, delete or truncate rows of ``TABLES`` of schema ops."""
    there = {name for (name,) in fetch(connection, _GUARDED)}
    missing = [name for name in TABLES if name not in there]
    if not missing:
        return
    execute(connection, _REFUSE)
    execute(connection, f"revoke all on function {_FUNCTION} from public")
    for name in missing:
        place = qualified(_SCHEMA, name)
        execute(
            connection,
            f"create or replace trigger {_TRIGGER} before update or delete or truncate on {place}"
            f" for each statement execute function {_FUNCTION}",
        )
        execute(connection, f"alter table {place} enable always trigger {_TRIGGER}")


_REFUSE = f"""
    create or replace function {_FUNCTION} returns trigger language plpgsql
    set search_path = pg_catalog, pg_temp as $$
    begin
        raise exception 'rows of %.% are never changed', tg_table_schema, tg_table_name
            using errcode = 'insufficient_privilege';
    end
    $$
"""
_GUARDED = f"""
    select c.relname::text
    from pg_trigger as t
    join pg_class as c on c.oid = t.tgrelid
    join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = '{_SCHEMA}' and t.tgname = '{_TRIGGER}' and t.tgenabled = 'A'
"""
