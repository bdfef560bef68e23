"""What the demo shows at its end: each agency's receipts in short, and where the results are."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from asn_warehouse import lake
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings


@dataclass
class Received:
    """What one agency sent and what became of it."""

    files: int = 0
    refused: int = 0
    rows_read: int = 0
    rows_rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def by_agency(settings: Settings, periods: Iterable[Period]) -> dict[str, Received]:
    """Return what each agency sent in ``periods``, from the commit log."""
    agencies: dict[str, Received] = defaultdict(Received)
    for period in periods:
        for row in lake.read_submissions(settings, period).to_pylist():
            one = agencies[row["agency_code"]]
            one.files += 1
            one.refused += row["status"] == "ditolak"
            one.rows_read += row["rows_read"] or 0
            one.rows_rejected += row["rows_rejected"] or 0
            if row["refusal_rule"]:
                one.reasons[row["refusal_rule"]] += 1
            for reason in json.loads(row["top_reasons"] or "[]"):
                one.reasons[reason["rule"]] += reason["rows"]
    return agencies


def names(settings: Settings) -> dict[str, str]:
    """Return the agencies' names by code."""
    import csv

    with (settings.reference / "instansi.csv").open(encoding="utf-8", newline="") as file:
        return {row["kode_instansi"]: row["nama_instansi"] for row in csv.DictReader(file)}


def in_short(reasons: Counter[str]) -> str:
    """Return the first reason and how many others there are; a refused file comes first."""
    ordered = sorted(reasons.items(), key=lambda item: (not item[0].startswith("file."), -item[1]))
    if not ordered:
        return ""
    rule, rows = ordered[0]
    others = f" (+{len(ordered) - 1})" if len(ordered) > 1 else ""
    return f"{rule} × {rows}{others}"


LINE = "{:<26.26} {:>5} {:>7} {:>8} {:>8}  {}"


def lines(settings: Settings, periods: list[Period]) -> list[str]:
    """Return one line per agency: received, rejected and why."""
    head = LINE.format(
        "agency", "files", "refused", "rows", "rejected", "why: rule × rows (others)"
    )
    shown = [f"Received {min(periods)} to {max(periods)}", "", head, "─" * len(head)]
    known, total = names(settings), Received()
    for code, one in sorted(by_agency(settings, periods).items()):
        name = f"{code} {known.get(code, '(unknown)')}".replace("Pemerintah ", "")
        counts = (one.files, one.refused or "", f"{one.rows_read:,}", one.rows_rejected or "")
        shown.append(LINE.format(name, *counts, in_short(one.reasons)))
        total.files += one.files
        total.refused += one.refused
        total.rows_read += one.rows_read
        total.rows_rejected += one.rows_rejected
    counts = (total.files, total.refused, f"{total.rows_read:,}", f"{total.rows_rejected:,}")
    return [*shown, "─" * len(head), LINE.format("all", *counts, ""), ""]


def results(settings: Settings, period: Period) -> list[tuple[str, Path]]:
    """Return what a reader opens first, in the newest report of ``period`` and beside it."""
    versions = sorted(
        (settings.report / str(period)).glob("v*"), key=lambda path: int(path.name[1:])
    )
    found: list[tuple[str, Path]] = []
    if versions:
        made, stem = versions[-1], f"laporan-nasional-{period}"
        found += [
            ("site", made / "index.html"),
            ("report", made / f"{stem}.pdf"),
            ("workbook", made / f"{stem}.xlsx"),
            ("one page", made / f"{stem}.html"),
            ("agencies", made / "instansi"),
            ("open data", made / "data" / "datapackage.json"),
        ]
    found.append(("receipts", settings.outbox / str(period)))
    found.append(("checks", settings.docs / "gx" / "index.html"))
    found.append(("marts", settings.marts_database))
    return found


def show(settings: Settings, periods: list[Period], console: Console) -> None:
    """Print the agencies and the paths."""
    for line in lines(settings, periods):
        console.print(line.rstrip(), markup=False, highlight=False, soft_wrap=True)
    for label, path in results(settings, max(periods)):
        console.print(f"{label:>9}  {path}", markup=False, soft_wrap=True)
