"""The command that shows who has sent what."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from string import ascii_letters
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.table import Column, Table
from rich.text import Text

from asn_warehouse.cli.common import PeriodOption, app, console, number, settings_now
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings
from asn_warehouse.status import JAKARTA, LACKING, STATUSES, Submission, submission_status

SIGNS = {
    "on_time": ("✓", "green", "on time"),
    "late": ("L", "yellow", "late"),
    "missing": ("M", "red", "missing"),
    "refused": ("R", "red", "refused"),
    "not_expected": ("·", "dim", "not expected"),
}
"""Sign, style and words of each status; a ``!`` behind a sign: a later file was refused."""

PADDING = (0, 1, 0, 0)


@app.command(epilog="Example: asn status --period 2026-10 --missing")
def status(
    period: PeriodOption,
    agency: Annotated[
        str | None, typer.Option(help="Only this agency, with dates, rows and reasons.")
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Only agencies of which something is lacking.")
    ] = False,
) -> None:
    """Show who has sent what: on time, late, missing or refused; and what is published."""
    settings = settings_now()
    found = submission_status(settings, period)
    if agency is not None:
        mine = [submission for submission in found if submission.agency_code == agency]
        if not mine:
            raise UsageError(
                f"Agency {agency!r} is not in force in {period}.",
                mend="Its code must stand in reference/instansi.csv.",
            )
        _print_agency(mine)
    else:
        _print_matrix(found, only_lacking=missing)
    _print_published(settings, period)


def _print_matrix(found: list[Submission], *, only_lacking: bool) -> None:
    datasets = list(dict.fromkeys(submission.dataset for submission in found))
    letters = dict(zip(datasets, ascii_letters, strict=False))
    signs = Column(" ".join(letters.values()), no_wrap=True)
    code = Column("Agency", no_wrap=True)
    table = Table(code, "Name", signs, box=SIMPLE, pad_edge=False, padding=PADDING)
    for title in ("Rows", "Rejected"):
        table.add_column(title, justify="right", no_wrap=True)
    lines = [list(rows) for _, rows in groupby(found, attrgetter("agency_code"))]
    shown = [s for s in lines if not only_lacking or any(one.status in LACKING for one in s)]
    for line in shown:
        row = Text.assemble(*(part for submission in line for part in _sign(submission)))
        row.rstrip()
        table.add_row(line[0].agency_code, line[0].agency_name, row, *_rows(line))
    table.add_section()
    table.add_row("", f"{number(len(lines))} agencies", "", *_rows(found), style="bold")
    console.print(table)
    if only_lacking:
        console.print(f"{number(len(shown))} of {number(len(lines))} agencies lack something.")
    _print_legend(found, letters)


def _print_legend(found: list[Submission], letters: dict[str, str]) -> None:
    """Say what letters and signs mean, with the number of agencies of each."""
    counts = Counter((submission.dataset, submission.status) for submission in found)
    table = Table(
        Column("", no_wrap=True),
        Column("Dataset", no_wrap=True),
        box=SIMPLE,
        pad_edge=False,
        padding=PADDING,
    )
    for sign, style, words in SIGNS.values():
        table.add_column(Text(f"{sign} {words}", style), justify="right")
    for dataset, letter in letters.items():
        numbers = [counts[dataset, kind] for kind in STATUSES]
        table.add_row(letter, dataset, *(number(n) if n else "" for n in numbers))
    table.add_section()
    totals = [sum(s.status == kind for s in found) for kind in STATUSES]
    table.add_row("", "all", *map(number, totals), style="bold")
    console.print(table)
    if refused := sum(submission.has_refused_revision for submission in found):
        console.print(f"! a file sent after the one that counts was refused: {number(refused)}")


def _sign(submission: Submission) -> tuple[tuple[str, str], tuple[str, str]]:
    sign, style, _ = SIGNS[submission.status]
    return (sign, style), ("!", "red") if submission.has_refused_revision else (" ", "")


def _rows(found: list[Submission]) -> tuple[str, str]:
    """Return rows read and rejected of the revisions that count."""
    return (
        number(sum(submission.rows_read or 0 for submission in found)),
        number(sum(submission.rejected or 0 for submission in found)),
    )


def _print_agency(found: list[Submission]) -> None:
    console.print(f"{found[0].agency_code} {found[0].agency_name}", style="bold")
    name = Column("Dataset", no_wrap=True)
    table = Table(name, "Status", "Due", "Received", box=SIMPLE, pad_edge=False, padding=PADDING)
    for title in ("Files", "Rows", "Rejected", "Replayed"):
        table.add_column(title, justify="right")
    table.add_column("Top reason", overflow="fold")
    for submission in found:
        _, style, words = SIGNS[submission.status]
        counts = (submission.rows_read, submission.rejected, submission.replayed)
        table.add_row(
            submission.dataset,
            Text(words, style),
            _local(submission.due_at, "%d-%m", before=timedelta(seconds=1)),
            _local(submission.received_at, "%d-%m %H:%M"),
            number(submission.revisions) if submission.revisions else "",
            *("" if count is None else number(count) for count in counts),
            _reason(submission),
        )
    console.print(table)
    console.print("Days and times of Jakarta (WIB).")


def _local(moment: datetime | None, form: str, before: timedelta = timedelta(0)) -> str:
    """Return a moment in UTC as Jakarta's clocks show it, or as they did shortly ``before``."""
    if moment is None:
        return ""
    return f"{(moment - before).replace(tzinfo=UTC).astimezone(JAKARTA):{form}}"


def _reason(submission: Submission) -> str:
    if submission.has_refused_revision:
        return f"last file refused: {submission.refusal_rule}"
    return submission.refusal_rule or submission.top_reason or ""


def _print_published(settings: Settings, period: Period) -> None:
    from asn_warehouse import publish

    served = publish.current(settings, period)
    console.print(
        f"Published: version {served.version} of {served.published_at:%Y-%m-%d %H:%M} UTC, "
        f"{number(served.rows)} rows"
        if served is not None
        else f"Nothing of {period} is published."
    )
