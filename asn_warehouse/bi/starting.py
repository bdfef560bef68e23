"""Superset over what is published, from the first role in PostgreSQL to the page that answers."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from asn_warehouse.bi import logins, store
from asn_warehouse.bi.superset import ENVIRONMENT, Account, Superset
from asn_warehouse.serving.temporary import wheel_in
from asn_warehouse.settings import Settings

AGENCY = "Instansi"
_NAME = "instansi-"


def agency_account(code: str, label: str, password: str | None) -> Account:
    """Return the account of an agency; its name carries the code."""
    return Account(f"{_NAME}{code}", label, AGENCY, password)


@contextmanager
def started(
    settings: Settings,
    home: Path,
    accounts: Sequence[Account],
    port: int,
    progress: Callable[[str], None],
) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the process of Superset, which answers on loopback and ends with the block.

    Args:
        settings: the home whose months are shown, and the PostgreSQL that serves them.
        home: where Superset's own data lie.
        accounts: who signs in; agencies by ``agency_account``.
        port: of loopback.
        progress: is told each step before it.

    Raises:
        AsnError: when a part cannot be had or does not start.
    """
    superset = Superset(home)
    progress("PostgreSQL")
    with store.served(settings, wheel_in(ENVIRONMENT)) as dsn:
        codes = [one.name.removeprefix(_NAME) for one in accounts if one.role == AGENCY]
        for step in superset.prepare(logins.renew(dsn, codes), accounts):
            progress(f"Superset: {step}")
        progress("Superset: starting")
        with superset.running(port) as process:
            yield process
