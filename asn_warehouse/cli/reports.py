"""Commands on reports: make one, deliver one."""

from typing import TYPE_CHECKING, Annotated

import typer

from asn_warehouse.cli.common import PeriodOption, app, console, settings_now, shown
from asn_warehouse.errors import UsageError

if TYPE_CHECKING:
    from asn_warehouse.report.delivery.bundle import Bundle
    from asn_warehouse.settings import Settings


@app.command(
    epilog="Example: asn report --period 2026-10 · asn report --period 2026-10 --agency 7871"
)
def report(
    period: PeriodOption,
    version: Annotated[
        int | None, typer.Option(help="Version of the publication; default the current one.")
    ] = None,
    agency: Annotated[
        str, typer.Option(metavar="CODE", help="Only the report of this agency, in seconds.")
    ] = "",
) -> None:
    """Write the report of a published month: PDF, workbook, page, data, one for each agency."""
    from asn_warehouse import publish as publisher
    from asn_warehouse import report as reporting

    settings = settings_now()
    if agency:
        with console.status(f"Report of {period} to {agency}"):
            one = reporting.make_agency_report(settings, period, agency, version)
        console.print(
            f"Report of {period}, version {one.version}, to {agency}: {shown(one.directory)}"
        )
        return
    with console.status(f"Report of {period}") as status:
        result = reporting.make_report(
            settings,
            period,
            version,
            lambda step: status.update(f"Report of {period}: {step}"),
        )
        publisher.refresh_ops(settings)
    console.print(f"Report of {period}, version {result.version}: {shown(result.directory)}")


@app.command(
    epilog="Example: asn deliver --period 2026-10 --approved-by Budi --reason 'Nota dinas 12/2026'"
)
def deliver(
    period: PeriodOption,
    approved_by: Annotated[
        str, typer.Option(help="Who approved the report as it is now; the audit keeps it.")
    ] = "",
    reason: Annotated[str, typer.Option(help="On what ground, for the audit.")] = "",
    target: Annotated[
        str, typer.Option(help="Only this address of ASN_DELIVERY; default all of them.")
    ] = "",
) -> None:
    """Deliver the report of a month by hand, as report_monthly does: published, gated, approved.

    An approval that Airflow took counts. Exit code 0: every target has it; 1: it was refused, or a
    target did not take it; 2: wrong use.
    """
    from asn_warehouse import publish as publisher
    from asn_warehouse.report import delivery
    from asn_warehouse.report.delivery import bundle, guards

    settings = settings_now()
    places = delivery.targets(settings)
    if target and target not in places:
        raise UsageError(f"{target} is not in ASN_DELIVERY.", mend=f"There is: {' '.join(places)}")
    made = bundle.read(settings, period, guards.served_version(settings, period))
    if approved_by:
        _approve(settings, made, approved_by, reason)
    try:
        for place in [target] if target else places:
            with console.status(f"Delivering to {place}"):
                done = delivery.deliver(settings, period, made.version, place)
            console.print(f"{place}: {done.status}, {done.files} files", soft_wrap=True)
    finally:
        publisher.refresh_ops(settings)


def _approve(settings: "Settings", made: "Bundle", who: str, reason: str) -> None:
    """Record that ``who`` approved, as whoever works here says."""
    from asn_warehouse import audit
    from asn_warehouse.report.delivery import approval

    ground = f"{audit.checked_reason(reason)} (entered by {audit.actor(settings)})"
    approval.record(settings, made, approval.APPROVE, who=who, reason=ground)
