"""The command that shows who has sent what."""

from rich.table import Table

from asn_warehouse.cli.common import PeriodOption, app, console, number, settings_now


@app.command(epilog="Example: asn status --period 2026-10")
def status(period: PeriodOption) -> None:
    """Show who has sent what: on time, late, missing or refused; and what is published."""
    from asn_warehouse import publish
    from asn_warehouse.status import agency_status

    settings = settings_now()
    table = Table("Agency", "Name", "On time", "Late", "Refused", "Missing", "Rows", "Rejected")
    for column in table.columns[2:]:
        column.justify = "right"
    for agency in agency_status(settings, period):
        missing = [name for name, value in agency.standings.items() if value == "missing"]
        table.add_row(
            agency.agency_code,
            agency.agency_name,
            number(agency.count("on_time")),
            number(agency.count("late")),
            number(agency.count("refused")),
            ", ".join(missing) if 0 < len(missing) < 3 else number(len(missing)),
            number(agency.rows_read),
            number(agency.rows_rejected),
        )
    console.print(table)
    served = publish.current(settings, period)
    console.print(
        f"Published: version {served.version} of {served.published_at:%Y-%m-%d %H:%M} UTC, "
        f"{number(served.rows)} rows"
        if served is not None
        else f"Nothing of {period} is published."
    )
