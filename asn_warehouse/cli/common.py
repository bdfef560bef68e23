"""What every command shares: the application, its options, and how it speaks."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from asn_warehouse.errors import AsnError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings, get_settings

WITH_REJECTS = 3
"""Exit code of a run that ended, but refused files or rejected rows."""

STATUS_ID = {
    "diterima": "[green]diterima[/]",
    "diterima_sebagian": "[yellow]diterima sebagian[/]",
    "ditolak": "[red]ditolak[/]",
}
"""What became of a file, for a terminal."""

console = Console(highlight=False)
app = typer.Typer(
    name="asn",
    help="From agencies' monthly files to audited marts and the report to BKN.\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong use, 3 done but files were refused or rows rejected. "
    "Everything a run writes lies in ASN_HOME (default var/).",
    epilog="First steps: asn simulate --period 2026-10, then asn run --period 2026-10.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.callback()
def configure(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Write the log of every step to stderr.")
    ] = False,
) -> None:
    """Set up logging: quiet unless asked."""
    level = logging.INFO if verbose else logging.ERROR
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


PeriodOption = Annotated[
    Period,
    typer.Option(
        "--period", "-p", parser=Period.parse, metavar="YYYY-MM", help="Month that is reported."
    ),
]

PublishedOption = Annotated[
    Period | None,
    typer.Option(
        "--period",
        "-p",
        parser=Period.parse,
        metavar="YYYY-MM",
        help="A published month; default the newest.",
    ),
]


def settings_now() -> Settings:
    """Return the settings of the environment; what a killed command left is finished before."""
    from asn_warehouse import following

    settings = get_settings()
    try:
        following.catch_up(settings)
    except AsnError as error:
        typer.echo(f"asn: {error}", err=True)
    return settings


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int, str], None]]:
    """Yield a function (done, total, what) that moves a bar on a terminal."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(label, total=None)

        def move(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{label}: {what}")

        yield move


def number(value: float) -> str:
    """Return a count with thousands separated by a thin space."""
    return f"{value:,.0f}".replace(",", "\u202f")


def shown(path: Path) -> str:
    """Return ``path`` relative to the working directory where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


__all__ = ["PeriodOption", "app", "console", "number", "progress_bar", "shown"]
