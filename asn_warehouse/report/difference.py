"""How a month as known now differs from its publication, for who made it.

Values are compared in schema ``safe`` on both sides, so no number is told that its own side hides;
but two sides allow to subtract, which is why this is never handed on. Why something moved is told
as ``publication_diff`` tells it: which submissions only one side knew.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from asn_warehouse import archive, table_diff
from asn_warehouse.report import formats, marts, summary
from asn_warehouse.report.context import Context, column, counted, text
from asn_warehouse.report.labels import label, mart_headings, mart_title
from asn_warehouse.report.mart_sheet import kind_of
from asn_warehouse.report.model import Cell, KeyFigure, Report, Section, Table, table
from asn_warehouse.report.sections import revision
from asn_warehouse.report.source import Month
from asn_warehouse.safe_marts.files import ADDED, SUPPRESSED
from asn_warehouse.table_diff import Difference

COLUMNS = ("table_name", "measure", "rows_added", "rows_removed", "rows_changed", "value_before",
           "value_after", "largest_change", "changed_agency_codes", "caused_by")  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """A column of a protected table that says something else now.

    ``before`` and ``after`` are its cells in the row of totals; where the table has none they are
    not reported. ``kind`` is the format of their numbers.
    """

    mart: marts.Mart
    difference: Difference
    before: Cell
    after: Cell
    kind: str
    causes: tuple[dict[str, Any], ...]

    @property
    def measure(self) -> str:
        """Name of the column."""
        return str(self.difference.measure)


@dataclass(frozen=True)
class Differences:
    """All that moved: the key figures of both sides, and columns of tables."""

    before: Context
    after: Context
    figures: tuple[tuple[KeyFigure, KeyFigure], ...]
    moved: tuple[Moved, ...]

    def report(self, of: Report) -> Report:
        """Return the difference as a report of its own, which has the head of the report ``of``."""
        number = self.before.published.edition.version
        title = f"SEMENTARA: perubahan terhadap terbitan ke-{number}"
        again = revision.section(self.after)
        sections = (
            Section("angka", "Angka utama", (_figures(self.figures, number),)),
            Section("kolom", "Kolom yang berubah", (_moved(self.moved, number),)),
            again,
        )
        return replace(of, title=title, key_figures=(), summary=_words(self), sections=sections)

    def csv(self) -> bytes:
        """Return what moved as CSV (decimal point; an empty value is hidden or not reported)."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(map(_line, self.moved))
        return buffer.getvalue().encode()


def between(before: Context, after: Context) -> Differences:
    """Return how ``after``, the month as known now, differs from ``before``, its publication."""
    pairs = zip(
        summary.key_figures(before, None, None),
        summary.key_figures(after, None, None),
        strict=True,
    )
    moved = _all_moved(before.published.month, after.published.month)
    return Differences(before, after, tuple(pairs), tuple(moved))


def _all_moved(before: Month, after: Month) -> Iterator[Moved]:
    causes = {
        row["table_name"]: tuple(json.loads(row["caused_by"] or "[]"))
        for row in after.changes
        if row["is_total"]
    }
    with duckdb.connect() as connection:
        for mart in sorted(marts.MARTS, key=lambda mart: mart.name):
            if not (before.edition.has(mart.name) and after.edition.has(mart.name)):
                continue
            name = f"{archive.SAFE}/{mart.name}.parquet"
            for item in table_diff.compare(
                connection,
                before.folder / name,
                after.folder / name,
                mart.rule.keys,
                hidden_in=SUPPRESSED,
            ):
                if item.measure in mart.columns and item.measure not in ADDED and item.rows_changed:
                    yield Moved(
                        mart,
                        item,
                        _total(before, mart, item.measure),
                        _total(after, mart, item.measure),
                        kind_of(item.measure, after.rows(mart)),
                        causes.get(mart.name, ()),
                    )


def _total(month: Month, mart: marts.Mart, measure: str) -> Cell:
    return month.rows(mart).cell(measure, **dict.fromkeys(mart.rule.keys))


def _words(found: Differences) -> tuple[str, ...]:
    edition = found.after.published.edition
    tables = {moved.mart.name for moved in found.moved}
    return (
        f"Dihitung dari kiriman yang diterima sampai {formats.moment(edition.as_of)}; tidak "
        "diterbitkan dan tidak untuk dikirim. "
        f"Dibandingkan dengan terbitan ke-{found.before.published.edition.version}, "
        + (
            f"{len(found.moved)} kolom dalam {len(tables)} tabel berubah."
            if found.moved
            else "tidak ada angka yang berubah."
        ),
        "Nilai dibandingkan hanya bila boleh ditampilkan pada kedua sisi.",
    )


def _figures(figures: tuple[tuple[KeyFigure, KeyFigure], ...], number: int) -> Table:
    return table(
        "angka-utama",
        f"Angka utama pada terbitan ke-{number} dan menurut data kini",
        [
            column("indicator", weight=3, of=marts.KPI_SCORECARD),
            column("before", "printed", title=f"Terbitan ke-{number}"),
            column("after", "printed", title="Diketahui kini"),
            column("difference", title="Selisih"),
        ],
        [
            [
                text(now.label),
                text(before.text),
                text(now.text),
                text(replace(now, previous=before.cell).change),
            ]
            for before, now in figures
        ],
    )


def _moved(moved: tuple[Moved, ...], number: int) -> Table:
    return table(
        "kolom-berubah",
        "Kolom yang berubah, jumlahnya, dan kiriman penyebabnya",
        [
            column("table", weight=2),
            column("measure", weight=2, title="Kolom"),
            column("rows_moved", "integer"),
            column("before", "printed", title=f"Terbitan ke-{number}"),
            column("after", "printed", title="Diketahui kini"),
            column("caused_by", weight=3),
        ],
        [
            [
                text(mart_title(item.mart.name)),
                text(mart_headings(item.mart.name)[item.measure]),
                counted(item.difference.rows_changed),
                *(text(cell.text(item.kind)) for cell in (item.before, item.after)),
                text("; ".join(map(_told, item.causes)) or formats.NOT_REPORTED),
            ]
            for item in moved
        ],
        is_long=True,
    )


def _told(cause: dict[str, Any]) -> str:
    who = cause["agency_name"] or cause["agency_code"]
    return f"{who}: {label('dataset', cause['dataset'])} {cause['period']} ke-{cause['revision']}"


def _line(item: Moved) -> list[object]:
    found = item.difference
    causes = (
        f"{c['agency_code']}/{c['dataset']}/{c['period']}/{c['revision']}" for c in item.causes
    )
    return [
        item.mart.name,
        item.measure,
        found.rows_added,
        found.rows_removed,
        found.rows_changed,
        item.before.value,
        item.after.value,
        found.largest_change,
        ";".join(found.agencies),
        ";".join(causes),
    ]
