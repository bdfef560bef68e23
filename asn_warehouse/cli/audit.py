"""`asn audit`: who published, reverted, approved, looked up, erased."""

from typing import Annotated

import typer
from rich.table import Table

from asn_warehouse.cli.common import app, console, number, settings_now
from asn_warehouse.periods import Period


@app.command(epilog="Example: asn audit --action lookup")
def audit(
    action: Annotated[
        str | None, typer.Option(help="Only this: publish, revert, approve, lookup, erase, …")
    ] = None,
    period: Annotated[
        Period | None,
        typer.Option(
            "--period", "-p", parser=Period.parse, metavar="YYYY-MM", help="Only this month."
        ),
    ] = None,
) -> None:
    """Show who did what and why, and assert that no row of the audit was changed since."""
    from asn_warehouse import audit as journal

    rows = journal.rows(settings_now())
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
