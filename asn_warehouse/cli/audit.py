"""`asn audit`: who published, approved, refused, reverted, looked up, erased, granted."""

from typing import Annotated

import typer
from rich.table import Table

from asn_warehouse.cli.common import app, console, number, settings_now
from asn_warehouse.periods import Period


@app.command(epilog="Example: asn audit --action lookup, or asn audit --verify")
def audit(
    action: Annotated[
        str | None,
        typer.Option(
            help="Only this: publish, approve, refuse, revert, restore, lookup, rotate, erase, "
            "expire, grant."
        ),
    ] = None,
    period: Annotated[
        Period | None,
        typer.Option(
            "--period", "-p", parser=Period.parse, metavar="YYYY-MM", help="Only this month."
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Show no rows; compare them with the serving store as well."),
    ] = False,
) -> None:
    """Show who did what and why, and assert that no row was changed, taken out or put in.

    Exit code 1: one was; the message says which.
    """
    from asn_warehouse import audit as journal

    settings = settings_now()
    rows = journal.rows(settings)
    if verify:
        served = journal.compared(settings)
        console.print(
            f"{number(len(rows))} rows, none changed; {number(served)} of them are served, the same"
        )
        return
    table = Table("When (UTC)", "Who", "What", "Month", "Reason", "Details")
    for row in rows:
        if action in (None, row["action"]) and str(period or row["period"]) == str(row["period"]):
            version = f" v{row['version']}" if row["version"] else ""
            table.add_row(
                str(row["recorded_at"]),
                str(row["actor"]),
                str(row["action"]),
                f"{row['period'] or ''}{version}",
                str(row["reason"] or ""),
                str(row["details"] or ""),
            )
    console.print(table, markup=False)
    console.print(f"{number(len(rows))} rows, none changed")
