"""Commands on agencies' files: simulate, ingest."""

from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table

from asn_warehouse.admission import IngestSummary, Outcome
from asn_warehouse.cli.common import (
    STATUS_ID,
    WITH_REJECTS,
    PeriodOption,
    app,
    console,
    number,
    progress_bar,
    settings_now,
    shown,
)
from asn_warehouse.errors import UsageError


@app.command(
    epilog="Example: asn simulate --period 2026-10 --agencies 24 --people 42000 · "
    "asn simulate --period 2026-10 --nation"
)
def simulate(
    period: PeriodOption,
    months: Annotated[
        int | None,
        typer.Option(help="Months of submissions, the last one included: 3, of the nation 1."),
    ] = None,
    agencies: Annotated[
        int | None, typer.Option(help="Number of agencies: 24, of the nation 640.")
    ] = None,
    people: Annotated[
        int | None, typer.Option(help="People in the first month: 42000, of the nation 5600000.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 2026,
    faults: Annotated[
        int | None,
        typer.Option(help="Faulty rows for each rule: 2, of the nation 0, which is clean files."),
    ] = None,
    nation: Annotated[
        bool,
        typer.Option(
            "--nation",
            help="The whole nation, and as much about each person as its agencies hold: about 26"
            " rows. Writes 11 GB for one month.",
        ),
    ] = False,
    truths: Annotated[
        bool,
        typer.Option(
            "--truths",
            help="Plant known truths: in the agencies a programme that works and one that does not,"
            " in one a competency gap, in one the nine boxes. For one month from March to July,"
            " without faults.",
        ),
    ] = False,
    effect: Annotated[
        float,
        typer.Option(help="With --truths: standard deviations that the programme adds."),
    ] = 0.4,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Delete all files in landing/ and write them anew."),
    ] = False,
) -> None:
    """Write reference files and the submissions of synthetic agencies, with labelled faults."""
    from asn_warehouse.simulate import NATIONAL, SimulationSpec, Truths
    from asn_warehouse.simulate import simulate as write

    settings = settings_now()
    asked = {"months": months, "agencies": agencies, "people": people, "faults_per_rule": faults}
    try:
        spec = SimulationSpec(
            period=period,
            seed=seed,
            **(NATIONAL if nation else {})
            | {name: value for name, value in asked.items() if value is not None},
            truths=Truths(effect=effect) if truths else None,
            overwrite=overwrite,
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{place}: {first['msg']}.".lstrip(": ")) from error
    with progress_bar("Simulating") as progress:
        result = write(settings, spec, progress)
    rows = sum(result.rows.values())
    console.print(
        f"{number(result.people)} people of {len(result.agencies)} agencies: "
        f"{number(result.files)} files, {number(rows)} rows in {shown(settings.landing)}"
    )
    console.print(f"Labelled faults: {shown(result.truth)}")
    if result.planted is not None:
        console.print(f"Known truths: {shown(result.planted)}")


@app.command(epilog="Example: asn ingest --period 2026-10 --dataset kinerja --agency 4011")
def ingest(
    period: PeriodOption,
    dataset: Annotated[
        list[str] | None, typer.Option(help="Only this dataset; may be repeated.")
    ] = None,
    agency: Annotated[
        list[str] | None, typer.Option(help="Only this agency; may be repeated.")
    ] = None,
) -> None:
    """Admit the new files of a month, answer every agency, and keep what is accepted."""
    from asn_warehouse import admission
    from asn_warehouse.contracts import dataset as contract
    from asn_warehouse.reference import agencies_in_force

    settings = settings_now()
    for name in dataset or []:
        contract(settings, name)
    known = agencies_in_force(settings, period)
    for code in agency or []:
        if code not in known:
            raise UsageError(
                f"Agency {code!r} is not in force in {period}.",
                mend="Its code must stand in reference/instansi.csv.",
            )
    with progress_bar("Admitting") as progress:
        summary = admission.ingest(settings, period, dataset, agency, progress)
    print_ingest(summary)
    console.print(f"Receipts and rejected rows: {shown(settings.outbox / str(period))}")
    if summary.refused or summary.rows_rejected:
        raise typer.Exit(WITH_REJECTS)


def print_ingest(summary: IngestSummary) -> None:
    """Print what an ingest did: totals, refused files, and the files with rejected rows."""
    if not summary.outcomes:
        console.print(f"Nothing new for {summary.period}.")
        return
    table = Table("Agency", "File", "Status", "Read", "Rejected", "First reason")
    for column in (3, 4):
        table.columns[column].justify = "right"
    for outcome in summary.outcomes:
        if outcome.status != "diterima":
            table.add_row(
                outcome.file.agency_code,
                outcome.file.name,
                STATUS_ID[outcome.status],
                number(outcome.rows_read),
                number(outcome.rows_rejected),
                first_reason(outcome),
            )
    if table.row_count:
        console.print(table)
    console.print(
        f"{number(summary.files)} files, {number(summary.refused)} refused; "
        f"{number(summary.rows_read)} rows read = {number(summary.rows_accepted)} accepted "
        f"+ {number(summary.rows_rejected)} rejected"
    )


def first_reason(outcome: Outcome) -> str:
    """Return the rule that refused a file or rejected most of its rows."""
    if outcome.refusal_rule is not None:
        return outcome.refusal_rule
    return next((r.rule for r in outcome.reasons if r.severity == "error"), "")
