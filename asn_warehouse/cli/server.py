"""Commands on the shared PostgreSQL: who may read, and filling an empty server."""

from asn_warehouse.cli.common import app, console, settings_now


@app.command(epilog="Example: asn grant")
def grant() -> None:
    """Make roles, grants and row policies of the PostgreSQL what is declared. Safe to repeat.

    Each agency gets a login asn_agency_CODE without a password: an administrator sets one.
    """
    from asn_warehouse import access

    settings = settings_now()
    with console.status("Roles and policies"):
        tables = access.apply(settings)
    console.print(f"{len(access.ROLES)} roles, {tables} tables and views")


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
