"""All that a publication loads, over several connections at once.

What is loaded is seen by nobody until it is shown, so its tables need not come from one
transaction. Each connection commits its share once every share is whole and under its policies;
what a killed publisher committed of it is shown nowhere, and the next publication drops it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue

import pyarrow.parquet as pq

from asn_warehouse import access, archive
from asn_warehouse.archive import Mart, Version
from asn_warehouse.errors import PublishConflict
from asn_warehouse.periods import Period
from asn_warehouse.serving import Step, Table, loads, said_of
from asn_warehouse.serving.session import (
    Connection,
    connect,
    execute,
    fetch,
    is_granted,
    settle,
)
from asn_warehouse.serving.tables import STORED, Catalogue
from asn_warehouse.settings import Settings

CONNECTIONS = 2
"""One reads its file and sends rows while the server works for the other."""
LOCK = int.from_bytes(b"asn-load")
"""The server's lock that sessions share while they load."""

Piece = tuple[Table, Period]
Pieces = dict[Piece, tuple[Version, Mart]]


def is_over(connection: Connection) -> bool:
    """Return whether nobody loads any more; the sessions of a killed publisher may, for a moment.

    The lock of publishers is held.
    """
    if not fetch(connection, "select pg_try_advisory_lock($1)", [LOCK])[0][0]:
        return False
    return bool(fetch(connection, "select pg_advisory_unlock($1)", [LOCK])[0][0])


def load(settings: Settings, connection: Connection, new: Pieces, done: Step) -> dict[Piece, int]:
    """Load each month into a table of its own, under its policies.

    Args:
        settings: the server, and where the archive lies.
        connection: the one that holds the lock of publishers, with no transaction under way.
        new: what is to be loaded.
        done: told when all months of a table are loaded.

    Returns:
        the number of each load; a month without rows has none.

    Raises:
        PublishConflict: when a file has not the rows it should have; nothing is kept then.
    """
    catalogue, first = Catalogue(connection), loads.next_id(connection)
    settle(connection)
    made = {key: first + number for number, key in enumerate(sorted(new)) if new[key][1].rows}
    left = Counter(table for table, _ in new)

    def fill(session: Connection, key: Piece) -> None:
        version, mart = new[key]
        schema, name = key[0]
        with pq.ParquetFile(archive.path_of(settings, version, mart)) as file:
            columns = catalogue.columns(STORED[schema], name)
            rows = loads.load(session, *key, made[key], columns, file)
        if rows != mart.rows:
            raise PublishConflict(
                f"{schema}.{name} of {version.period} does not have its {mart.rows} rows."
            )

    def told(key: Piece) -> None:
        left[key[0]] -= 1
        if not left[key[0]]:
            done(f"loaded {said_of(key[0])}")

    for key in sorted(new.keys() - made.keys()):
        told(key)
    # The largest first: at the end, no connection waits long for the other.
    order = sorted(made, key=lambda key: (-_bytes(settings, *new[key]), key))
    with ExitStack() as stack:
        sessions = [stack.enter_context(_session(settings)) for _ in order[:CONNECTIONS]]
        _fill_all(order, sessions, fill, told)
        for session in sessions:
            if is_granted(session):
                access.protect(session, access.PUBLISHER)
        for session in sessions:
            session.commit()
    return made


@contextmanager
def _session(settings: Settings) -> Iterator[Connection]:
    """Yield a connection in a transaction that ``is_over`` knows of."""
    with connect(settings) as connection:
        execute(connection, "select pg_advisory_xact_lock_shared($1)", [LOCK])
        execute(connection, f"set local lock_timeout = '{settings.postgres_lock_seconds}s'")
        yield connection


def _fill_all(
    order: list[Piece],
    sessions: list[Connection],
    fill: Callable[[Connection, Piece], None],
    told: Callable[[Piece], None],
) -> None:
    """Fill in that order, as many at once as there are sessions, and tell each that is done.

    When one fails nothing else is begun, and what is under way is cancelled.
    """
    free: SimpleQueue[Connection] = SimpleQueue()
    for session in sessions:
        free.put(session)

    def run(key: Piece) -> Piece:
        session = free.get()
        try:
            fill(session, key)
        finally:
            free.put(session)
        return key

    pool = ThreadPoolExecutor(max(1, len(sessions)), "load")
    try:
        for future in as_completed([pool.submit(run, key) for key in order]):
            told(future.result())
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for session in sessions:
            session.adbc_cancel()
        raise
    finally:
        pool.shutdown()


def _bytes(settings: Settings, version: Version, mart: Mart) -> int:
    return archive.path_of(settings, version, mart).stat().st_size
