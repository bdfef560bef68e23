"""Commands on reports: make one, deliver one."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asn_warehouse.cli.common import PeriodOption, app, console, settings_now, shown
from asn_warehouse.cli.warehouse import parse_as_of
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period

if TYPE_CHECKING:
    from asn_warehouse.report.delivery.bundle import Bundle
    from asn_warehouse.settings import Settings


def parse_known(text: str) -> datetime | Literal["now"]:
    """Return a point in time as naive UTC, or the word ``now``."""
    return "now" if text == "now" else parse_as_of(text)


@app.command(
    epilog="Example: asn report --period 2026-10 · asn report --period 2026-10 --agency 7871 · "
    "asn report --period 2026-10 --as-of now"
)
def report(
    period: PeriodOption,
    version: Annotated[
        int | None,
        typer.Option(help="Version of the publication, again as it was; default the current one."),
    ] = None,
    agency: Annotated[
        str, typer.Option(metavar="CODE", help="Only the report of this agency, in seconds.")
    ] = "",
    as_of: Annotated[
        Any,
        typer.Option(
            "--as-of",
            parser=parse_known,
            metavar="now|TIME",
            help="The month as it is known now, or was at a time (UTC unless a zone is given), and "
            "what differs from its publication. Marked as such; nothing is published or delivered.",
        ),
    ] = None,
) -> None:
    """Write the report of a published month: PDF, workbook, page, data, one for each agency.

    Exit code 0: it is written; 1: it cannot be made, or what is known now fails a gate; 2: wrong
    use, or the month or version is not published.
    """
    from asn_warehouse import publish as publisher
    from asn_warehouse import report as reporting

    settings = settings_now()
    if as_of is not None:
        if version is not None or agency:
            raise UsageError(
                "--as-of goes with neither --version nor --agency.", mend="Leave one out."
            )
        _report_as_known(settings, period, None if as_of == "now" else as_of)
        return
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


def _report_as_known(settings: "Settings", period: Period, as_of: datetime | None) -> None:
    from asn_warehouse import as_known

    def tell(step: str, seconds: float | None) -> None:
        if seconds is not None:
            console.print(f"  {step:<24} {seconds:7.1f} s")

    console.print(f"Month {period} as known {as_of or 'now'}; nothing is published")
    result = as_known.report(settings, period, as_of, tell)
    console.print(f"Report: {shown(result.directory)}")
    console.print(f"What differs: {shown(result.directory / 'perubahan.html')}")


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
