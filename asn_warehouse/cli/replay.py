"""`asn replay`: rejected rows once more, under today's contracts and code lists."""

from typing import Annotated

import typer
from rich.table import Table

from asn_warehouse.cli.common import (
    WITH_REJECTS,
    app,
    console,
    number,
    progress_bar,
    settings_now,
)
from asn_warehouse.periods import Period


@app.command(epilog="Example: asn replay --rule pegawai.golongan.code --period 2026-10")
def replay(
    rule: Annotated[
        str | None, typer.Option(help="Only rows that failed this rule, as in the receipt.")
    ] = None,
    agency: Annotated[
        list[str] | None, typer.Option(help="Only this agency; may be repeated.")
    ] = None,
    dataset: Annotated[
        list[str] | None, typer.Option(help="Only this dataset; may be repeated.")
    ] = None,
    period: Annotated[
        Period | None,
        typer.Option(
            "--period", "-p", parser=Period.parse, metavar="YYYY-MM", help="Only this month."
        ),
    ] = None,
) -> None:
    """Judge rejected rows again under today's contracts; those that pass are admitted.

    What passes becomes a new revision of its submission, and the agency gets a new receipt. Marts
    and report take it up when the month is built again. Without options, every month is replayed.
    """
    from asn_warehouse import admission
    from asn_warehouse.contracts import dataset as contract

    settings = settings_now()
    for name in dataset or []:
        contract(settings, name)
    with progress_bar("Replaying") as progress:
        replayed = admission.replay(settings, period, dataset, agency, rule, progress)
    table = Table("Month", "Agency", "Dataset", "Rejected before", "Admitted now", "Revision")
    for column in table.columns[3:]:
        column.justify = "right"
    changed = [one for one in replayed if one.admitted]
    for one in changed:
        table.add_row(
            one.period,
            one.agency_code,
            one.dataset,
            number(one.rejected_before),
            number(one.admitted),
            number(one.revision),
        )
    if changed:
        console.print(table)
    left = sum(one.rejected_after for one in replayed)
    console.print(
        f"{number(len(replayed))} submissions judged again: "
        f"{number(sum(one.admitted for one in replayed))} rows admitted, "
        f"{number(left)} still rejected"
    )
    for month in sorted({one.period for one in changed}):
        console.print(f"To publish them: asn run --period {month}")
    if left:
        raise typer.Exit(WITH_REJECTS)
