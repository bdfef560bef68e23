"""Commands on the shared PostgreSQL: who may read, and filling an empty server."""

import sys
from collections import Counter
from typing import Annotated

import typer

from asn_warehouse.cli.common import app, console, number, settings_now
from asn_warehouse.errors import UsageError
from asn_warehouse.settings import Settings

_LINES = 40
_EXAMPLE = (
    "Example: asn grant --dry-run, then asn grant, then"
    " asn grant --agency 4011 --login < password.txt"
)


@app.command(epilog=_EXAMPLE)
def grant(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the statements, change nothing.")
    ] = False,
    agency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only the login of this agency.")
    ] = None,
    login: Annotated[
        bool | None,
        typer.Option(
            "--login/--no-login",
            help="With --agency: let it sign in with a password, or no more.",
        ),
    ] = None,
) -> None:
    """Make roles, grants and row policies of the PostgreSQL what is declared. Safe to repeat.

    Prints what it changed; the second time, nothing. Fails where something made by hand, in any
    schema, shows rows of agencies without a policy. Each agency of the operator's list gets a role
    asn_agency_CODE that cannot sign in. `--agency CODE --login` lets it: the password is asked
    for, or read from ASN_LOGIN_PASSWORD or from stdin, and stands in no argument, file or log.
    """
    from asn_warehouse import access

    settings = settings_now()
    if (agency is None) != (login is None):
        raise UsageError("--agency and --login belong together.", mend="See asn grant --help.")
    if agency is not None:
        if dry_run:
            raise UsageError("--dry-run is for asn grant without --agency.")
        _change_login(settings, agency, may_sign_in=bool(login))
        return
    with console.status("Roles and policies"):
        changes = access.apply(settings, only_show=dry_run)
    if dry_run:
        for change in changes:
            console.print(f"{change.statement};", markup=False, soft_wrap=True)
        return
    touched = Counter(change.subject for change in changes)
    for subject, statements in list(touched.items())[:_LINES]:
        console.print(f"{subject}: {_counted(statements)}", markup=False)
    if len(touched) > _LINES:
        console.print(f"… and {number(len(touched) - _LINES)} more")
    console.print(_counted(len(changes)) if changes else "Nothing had to be changed.")
    access.assert_nothing_leaks(settings)


@app.command(epilog="Example: asn restore")
def restore() -> None:
    """Serve all published months again from the archive, where the serving store lacks any."""
    from asn_warehouse import publish

    with console.status("Restoring"):
        periods = publish.restore(settings_now())
    if periods:
        console.print(f"Served again: {', '.join(map(str, periods))}")
    else:
        console.print("Nothing was missing.")


def _counted(changes: int) -> str:
    return f"{number(changes)} change{'' if changes == 1 else 's'}"


def _change_login(settings: Settings, agency: str, *, may_sign_in: bool) -> None:
    from asn_warehouse.access import logins

    if may_sign_in:
        role = logins.open_login(settings, agency, _password(settings))
        console.print(f"{role} signs in with its new password.")
    else:
        role = logins.close_login(settings, agency)
        console.print(f"{role} signs in no more; its sessions were ended.")


def _password(settings: Settings) -> str:
    """Return the password from the environment, a prompt, or stdin: never from an argument."""
    if settings.login_password is not None:
        return settings.login_password.get_secret_value()
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
