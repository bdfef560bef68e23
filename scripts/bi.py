"""Start Superset on this machine with the dashboards of bi/superset, over what is published.

    make bi [AGENCY=7871] [BI_PORT=8088]

The PostgreSQL of ``ASN_POSTGRES_DSN`` is asked (it must name an administrator: logins are made);
without one, a temporary PostgreSQL is filled from the archive and ends with this command. All that
Superset keeps lies in ``<home>/bi``, 0700. Ctrl-C ends everything.
"""

import argparse
import json
import os
import secrets
import signal
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from asn_warehouse.bi.starting import agency_account, started
from asn_warehouse.bi.superset import Account, write_secret
from asn_warehouse.errors import AsnError, ConfigurationError, UsageError
from asn_warehouse.reference import read_reference
from asn_warehouse.settings import Settings, get_settings

PASSWORD = "ASN_BI_PASSWORD"  # noqa: S105 - the name of a variable
DASHBOARDS = ("nasional", "program", "talenta", "instansi")


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--port", type=int, default=8088)
    parser.add_argument(
        "--agency", action="append", default=[], metavar="CODE", help="give it a (new) password"
    )
    return parser.parse_args()


def known_agencies(home: Path) -> list[str]:
    """Return the codes of the agencies that were let in before."""
    path = home / "logins.json"
    return sorted(json.loads(path.read_text("utf-8"))["agencies"]) if path.exists() else []


def accounts(settings: Settings, home: Path, named: list[str]) -> list[Account]:
    """Return the administrator and the agencies; new passwords for those without one.

    Raises:
        UsageError: when there is no such agency.
    """
    names = {r["kode_instansi"]: r["nama_instansi"] for r in read_reference(settings, "instansi")}
    if unknown := sorted(set(named) - set(names)):
        raise UsageError(
            f"There is no agency {', '.join(unknown)}.",
            mend=f"{settings.reference}/instansi.csv lists them.",
        )
    done = home / "accounts.json"
    there = json.loads(done.read_text("utf-8")) if done.exists() else []
    given = os.environ.get(PASSWORD)
    fresh = None if "admin" in there else secrets.token_urlsafe(15)
    made = [Account("admin", "Administrator", "Admin", given or fresh)]
    for code in sorted({*named, *known_agencies(home)}):
        account = agency_account(code, names.get(code, code), secrets.token_urlsafe(15))
        is_new = code in named or account.name not in there
        made.append(account if is_new else replace(account, password=None))
    return made


def refuse_busy(port: int) -> None:
    """Assert that nobody listens on a port.

    Raises:
        UsageError: when somebody does.
    """
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise UsageError(f"Port {port} is in use.", mend="Choose another: make bi BI_PORT=8090")


def show(console: Console, port: int, made: list[Account]) -> None:
    """Say where it is, and the passwords that are new: they are shown this once."""
    url = f"http://127.0.0.1:{port}"
    console.print(f"\n[bold green]Superset:[/]  {url}")
    for slug in DASHBOARDS:
        console.print(f"           {url}/superset/dashboard/{slug}/")
    for account in made:
        said = account.password or "the password it had"
        if account.name == "admin" and os.environ.get(PASSWORD):
            said = f"the password of {PASSWORD}"
        console.print(f"[bold]{account.name}[/] ({account.label}): {said}", soft_wrap=True)
    console.print("New passwords are shown this once. An agency's account: make bi AGENCY=7871")
    console.print("Stop with Ctrl-C.")


def start(options: argparse.Namespace, console: Console) -> None:
    """Run it until somebody ends it."""
    settings = get_settings()
    refuse_busy(options.port)
    home = settings.home / "bi"
    made = accounts(settings, home, options.agency)
    if settings.postgres_dsn is None:
        console.print(
            "ASN_POSTGRES_DSN is not set: a temporary PostgreSQL is filled from the archive of "
            f"{settings.home}, and ends with this command."
        )
    began = time.monotonic()
    status = console.status("")
    status.start()
    try:
        with started(settings, home, made, options.port, status.update) as process:
            status.stop()
            write_secret(home / "accounts.json", json.dumps([account.name for account in made]))
            console.print(f"Ready after {time.monotonic() - began:.0f} s.")
            show(console, options.port, made)
            process.wait()
    finally:
        status.stop()
    raise ConfigurationError("Superset ended.", mend=f"See {home / 'superset.log'}.")


def main() -> int:
    """Return 0 when it was ended by whoever started it."""

    def ended(*_: Any) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ended)
    console = Console(highlight=False)
    try:
        start(arguments(), console)
    except KeyboardInterrupt:
        console.print("Ended.")
    except AsnError as error:
        console.print(f"[red]✗[/] {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
