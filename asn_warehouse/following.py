"""PostgreSQL follows what a rotation or an erasure changed in the home, and proves that it did.

The home changes at once; what PostgreSQL serves and has copied of the lake follows after it. Killed
in between, or without a server that answers, ``vault/unserved.json`` says that it is still to be
done, and the next command does it.
"""

import json
from dataclasses import dataclass

import structlog

from asn_warehouse import switching
from asn_warehouse.errors import AsnError
from asn_warehouse.files import write_private
from asn_warehouse.settings import Settings


@dataclass(frozen=True)
class Searched:
    """How much of PostgreSQL was searched for an erased person, without finding them."""

    tables: int = 0
    rows: int = 0


def assert_reachable(settings: Settings) -> None:
    """Assert that PostgreSQL, where there is one, can follow; before anything is changed.

    Raises:
        ConfigurationError: when it does not answer.
    """
    if settings.postgres_dsn is not None:
        from asn_warehouse.serving.session import connect

        with connect(settings):
            pass


def follow(settings: Settings) -> Searched:
    """Bring what is served, and PostgreSQL's copy of the lake, after what the last switch changed.

    Returns:
        what was searched for the person whom an erasure was about; nothing without PostgreSQL.

    Raises:
        AsnError: when it could not be done; the home is as the switch left it.
    """
    import psycopg
    from adbc_driver_manager import Error

    from asn_warehouse import publish

    searched = Searched()
    try:
        if settings.postgres_dsn is not None:
            from asn_warehouse.engines import postgres

            postgres.forget_outdated(settings)
        publish.refresh_ops(settings)
        if settings.postgres_dsn is not None:
            _sweep(settings)
        left = switching.unserved(settings)
        if left is not None and left.subject:
            searched = _search(settings, left.subject)
            _prove(settings, left, searched)
    except (AsnError, psycopg.Error, Error) as error:
        reason = " ".join(str(error).split())
        raise AsnError(
            f"The home has changed, but what is served has not followed yet: {reason}",
            mend="The next command of any kind tries again.",
        ) from error
    switching.served(settings)
    return searched


def show_audit(settings: Settings) -> None:
    """Bring the audit into the serving store, if that can be done now: the home's is the one."""
    from asn_warehouse import publish

    try:
        publish.refresh_ops(settings)
    except AsnError as error:
        structlog.get_logger().warning("audit.not_in_store_yet", reason=error.message)


def catch_up(settings: Settings) -> None:
    """Finish what a killed rotation or erasure left; usually nothing.

    Raises:
        AsnError: when PostgreSQL could not follow.
    """
    switching.settle(settings, is_patient=False)
    if switching.unserved(settings) is not None:
        follow(settings)


def _sweep(settings: Settings) -> None:
    """Drop the tables that were served before.

    Raises:
        AsnError: when somebody still reads them.
    """
    from asn_warehouse.serving import loads
    from asn_warehouse.serving.session import connect, fetch

    with connect(settings, autocommit=True) as connection:
        has_served = fetch(connection, "select 1 where to_regclass('partitions.shown') is not null")
        left = loads.sweep(connection) if has_served else []
    if left:
        raise AsnError(f"{len(left)} tables of before are still being read.")


def _search(settings: Settings, pseudonym: str) -> Searched:
    """Search all that PostgreSQL holds but the audit, which is never changed, for a pseudonym.

    Raises:
        AsnError: when it is found.
    """
    from asn_warehouse.serving.session import connect, fetch, identifier, qualified

    rows, found = 0, []
    with connect(settings, role=None) as connection:
        tables = fetch(connection, _TEXTS)
        for schema, table, columns in tables:
            place = qualified(schema, table)
            listed = ", ".join(map(identifier, columns))
            size, here = fetch(
                connection,
                f"select count(*), count(*) filter (where $1::text in ({listed})) from {place}",
                [pseudonym],
            )[0]
            rows += size
            found += [f"{schema}.{table}"] if here else []
    if found:
        raise AsnError(f"The erased person is still in {', '.join(found)}.")
    return Searched(len(tables), rows)


def _prove(settings: Settings, left: switching.Settled, searched: Searched) -> None:
    """Add to the proof of an erasure what of PostgreSQL was searched."""
    path = settings.vault / "erasures" / f"{left.result['erasure_id']}.json"
    proof = json.loads(path.read_text(encoding="utf-8"))
    proof |= {"postgres_tables": searched.tables, "postgres_rows": searched.rows}
    write_private(path, json.dumps(proof, indent=2) + "\n")


_TEXTS = r"""
    select n.nspname::text, c.relname::text, array_agg(a.attname::text order by a.attnum)
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and c.relkind in ('r', 'p', 'm') and not c.relispartition
      and a.attnum > 0 and not a.attisdropped
      and a.atttypid in ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
      and (n.nspname, c.relname) <> ('ops', 'audit')
    group by 1, 2
    order by 1, 2
"""
"""Tables with text, a partitioned one as a whole."""
