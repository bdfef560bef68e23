"""Commands on the warehouse: build, gate, publish, revert, run."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from asn_warehouse.cli.common import (
    WITH_REJECTS,
    PeriodOption,
    PublishedOption,
    app,
    console,
    number,
    settings_now,
    shown,
)
from asn_warehouse.cli.submissions import print_ingest
from asn_warehouse.errors import UsageError
from asn_warehouse.publish import Publication

if TYPE_CHECKING:
    from asn_warehouse.parity import Comparison
    from asn_warehouse.quality import GateResult

_WARNINGS = 20
"""Most warnings of a gate that are printed."""


def parse_as_of(text: str) -> datetime:
    """Return a point in time as naive UTC; without a zone it is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a time.", mend="Write 2026-11-10 or 2026-11-10T06:00:00+07:00."
        ) from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        parser=parse_as_of,
        metavar="TIME",
        help="Submissions received later do not count; default: all received so far. UTC unless "
        "a zone is given; a date alone is the beginning of that day.",
    ),
]


@app.command(epilog="Example: asn build --period 2026-10 --as-of 2026-11-10")
def build(period: PeriodOption, as_of: AsOfOption = None) -> None:
    """Compute the marts of a month from the lake; nothing is published yet."""
    from asn_warehouse import build as builder

    with console.status(f"Building {period}"):
        context = builder.build(settings_now(), period, as_of)
    console.print(f"Build {context.build_id} of {period}: {shown(context.database)}")


@app.command(epilog="Example: asn parity --period 2026-10")
def parity(
    period: PeriodOption,
    as_of: AsOfOption = None,
    engine: Annotated[
        Literal["postgres", "spark"], typer.Option(help="The other engine.")
    ] = "postgres",
) -> None:
    """Compute a month by DuckDB and by another engine and compare every mart, row for row.

    Doubles may lie 1e-9 of the larger apart, all else is equal exactly. Nothing is published. Exit
    code 0: all marts are equal; 1: some differ, and where; 2: nobody said where the other engine
    is (ASN_POSTGRES_DSN; ASN_SPARK_HOST, or `asn cluster start`).
    """
    from asn_warehouse import parity as comparing

    with console.status(f"Computing {period} twice"):
        compared = comparing.check(settings_now(), period, as_of, engine)
    differing = [mart for mart in compared if not mart.is_equal]
    for mart in differing:
        _print_differences(mart, (comparing.EMBEDDED, engine))
    rows = sum(mart.rows[0] for mart in compared)
    console.print(
        f"{len(compared) - len(differing)} of {len(compared)} marts are equal, {number(rows)} rows;"
        f" doubles lie at most {max(mart.largest for mart in compared):.1e} apart."
    )
    if differing:
        raise typer.Exit(1)


def _print_differences(mart: "Comparison", engines: tuple[str, str]) -> None:
    """Print what differs in a mart: column, key, and the value of either engine."""
    console.print(
        f"[red]{mart.mart}[/]: "
        + ", ".join(f"{number(n)} rows in {e}" for e, n in zip(engines, mart.rows, strict=True))
    )
    if mart.missing:
        console.print(f"  rows that only one has: {number(mart.missing)}")
    for name, rows in mart.columns.items():
        console.print(f"  {name}: differs in {number(rows)} rows")
    for found in mart.examples:
        key = " ".join(f"{name}={value}" for name, value in found.key.items())
        if found.column is None:
            there = engines[found.values.index(True)]
            console.print(f"  only in {there}: {escape(key)}", soft_wrap=True)
        else:
            both = ", ".join(f"{e} {v!r}" for e, v in zip(engines, found.values, strict=True))
            console.print(f"  {found.column} at {escape(key)}: {escape(both)}", soft_wrap=True)


@app.command(epilog="Example: asn gate --period 2026-10 --stage marts")
def gate(
    period: PeriodOption,
    stage: Annotated[
        Literal["datasets", "marts", "all"], typer.Option(help="Which gate to pass.")
    ] = "all",
) -> None:
    """Check the built month with Great Expectations; say which expectation failed and how far."""
    from asn_warehouse import build as builder
    from asn_warehouse import quality

    settings = settings_now()
    context = builder.load_context(settings, period)
    stages: tuple[Literal["datasets", "marts"], ...] = ("datasets", "marts")
    for name in stages:
        if stage in (name, "all"):
            with console.status(f"Gate {name}"):
                result = quality.run_gate(settings, context, name)
            console.print(f"Gate {name}: [green]passed[/]")
            _print_warnings(result)
    console.print(f"Data Docs: {shown(settings.docs / 'gx')}")


@app.command(epilog="Example: asn publish --period 2026-10")
def publish(period: PeriodOption) -> None:
    """Put the built and gated month into the serving store, in one step."""
    from asn_warehouse import build as builder
    from asn_warehouse import publish as publisher

    settings = settings_now()
    context = builder.load_context(settings, period)
    builder.assert_complete(context)
    published = publisher.publish(settings, context)
    builder.dismiss(context)
    _print_publication(published)


@app.command(epilog="Example: asn revert --period 2026-10 --version 1")
def revert(
    period: PeriodOption,
    version: Annotated[
        int | None, typer.Option(help="Version to restore; default the one before.")
    ] = None,
) -> None:
    """Serve an earlier version of a month again, exactly as it was."""
    from asn_warehouse import publish as publisher

    _print_publication(publisher.revert(settings_now(), period, version))


@app.command(epilog="Example: asn docs --period 2026-10")
def docs(period: PublishedOption = None) -> None:
    """Write the dbt docs as one page; every published column carries its rules and datasets."""
    from asn_warehouse.dbt_docs import write_docs

    with console.status("dbt docs"):
        page = write_docs(settings_now(), period)
    console.print(f"dbt docs: {shown(page)}")


@app.command(epilog="Example: asn run --period 2026-10")
def run(period: PeriodOption, as_of: AsOfOption = None) -> None:
    """Do all of a month: ingest, build, gates, publish, report. Safe to repeat."""
    from asn_warehouse import pipeline
    from asn_warehouse.admission.places import entries

    settings = settings_now()
    if not settings.lake.is_dir() and not entries(settings, str(period)):
        raise UsageError(
            f"Nothing has landed for {period}.",
            mend=f"Put files into {settings.landing_place}/{period}, "
            f"or try `asn simulate --period {period}`.",
        )

    def tell(step: str, seconds: float | None) -> None:
        if seconds is not None:
            console.print(f"  {step:<24} {seconds:7.1f} s")

    console.print(f"Month {period}")
    result = pipeline.run_month(settings, period, as_of=as_of, on_step=tell)
    if result.ingest is not None:
        print_ingest(result.ingest)
    for passed in result.gates:
        _print_warnings(passed)
    if result.publication is not None:
        _print_publication(result.publication)
    if result.report is not None:
        console.print(f"Report: {shown(result.report.directory)}")
    if result.ingest is not None and (result.ingest.refused or result.ingest.rows_rejected):
        raise typer.Exit(WITH_REJECTS)


def _print_warnings(result: "GateResult") -> None:
    """Print which agencies' figures moved further than expected, or that none were compared."""
    for change in result.warnings[:_WARNINGS]:
        console.print(f"[yellow]Warning[/]: {escape(change.line())}")
    if len(result.warnings) > _WARNINGS:
        console.print(f"… and {len(result.warnings) - _WARNINGS} more: ops.gate has them all")
    if "month_change.previous_month" in result.not_inspected:
        console.print("No earlier month is published: nothing to compare this one with.")


def _print_publication(publication: Publication) -> None:
    from asn_warehouse import publish

    state = "published" if publication.is_new else "unchanged"
    console.print(
        f"{publication.period} version {publication.version} {state}: "
        f"{number(publication.rows)} rows, content {publication.content_sha256[:12]}"
    )
    changed = publish.what_changed(settings_now(), publication)
    if changed is not None:
        console.print(f"{changed}. Details: marts.publication_diff")
