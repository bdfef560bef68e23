"""Transactions that wait for a lock: they say so, and give up after a while."""

from collections.abc import Callable
from typing import TypeVar

import structlog
from adbc_driver_manager import Error

from asn_warehouse.errors import PublishConflict
from asn_warehouse.serving.session import Connection, execute, fetch
from asn_warehouse.serving.tables import SCHEMAS

_NOTICED_AFTER = 1
_LOCK_NOT_AVAILABLE = "55P03"
_MOST = 5

T = TypeVar("T")


def patiently(connection: Connection, seconds: int, what: str, action: Callable[[], T]) -> T:
    """Run a transaction, once more where somebody holds a lock that it needs; return its result.

    Args:
        connection: with no transaction under way.
        seconds: how long to wait for a lock.
        what: what is done, for the log and the message.
        action: the statements; they may run twice.

    Raises:
        PublishConflict: when the lock was not given.
    """
    for wait in (min(_NOTICED_AFTER, seconds), seconds):
        try:
            execute(connection, f"set local lock_timeout = '{wait}s'")
            result = action()
            connection.commit()
        except Error as error:
            connection.rollback()
            if error.sqlstate != _LOCK_NOT_AVAILABLE:
                raise
            holders = _holders(connection)
            if wait < seconds:
                structlog.get_logger().warning(
                    "serving.waits_for_lock", to=what, at_most_seconds=seconds, held_by=holders
                )
        except BaseException:
            connection.rollback()
            raise
        else:
            return result
    raise PublishConflict(
        f"Gave up waiting for a lock after {seconds} s, to {what}. Sessions that hold locks there:"
        f" {', '.join(holders) or 'none any more'}.",
        mend="Let them end (or pg_terminate_backend), or set ASN_POSTGRES_LOCK_SECONDS; try again.",
    ) from None


def _holders(connection: Connection) -> list[str]:
    """Return who holds locks on what serves: process, user and application."""
    listed = ", ".join(f"'{schema}'" for schema in SCHEMAS)
    found = fetch(
        connection,
        "select distinct a.pid, coalesce(a.usename::text, '?'), coalesce(a.application_name, '')"
        " from pg_locks as l join pg_class as c on c.oid = l.relation"
        " join pg_namespace as n on n.oid = c.relnamespace"
        " join pg_stat_activity as a on a.pid = l.pid and a.datname = current_database()"
        f" where n.nspname in ({listed}) and l.granted and l.pid <> pg_backend_pid()"
        f" order by 1 limit {_MOST}",
    )
    connection.commit()
    return [f"{pid} of {user}" + (f" ({name})" if name else "") for pid, user, name in found]
