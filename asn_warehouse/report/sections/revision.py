"""What changed since the month was published before, and whose submissions caused it.

Exact differences are not told: they would give away what both versions hide.
"""

import json
from collections import defaultdict
from typing import Any

from asn_warehouse.report import formats
from asn_warehouse.report.context import Context, column, counted, integer, text
from asn_warehouse.report.labels import label, mart_headings, mart_title
from asn_warehouse.report.marts import MARTS, SUBMISSION_SCORECARD
from asn_warehouse.report.model import Block, Paragraph, Section, Table, table

_PUBLIC = {mart.name: mart.columns for mart in MARTS}


def section(context: Context) -> Section:
    """Return the section on revisions."""
    title = "Perubahan sejak terbitan sebelumnya"
    changes = context.published.month.changes
    edition = context.published.edition
    if not changes and edition.is_as_known:
        words = "Tidak ada yang berubah sejak terbitan yang berlaku."
        return Section("perubahan", title, (Paragraph(words),))
    if not changes:
        words = (
            f"Ini terbitan ke-{edition.version} untuk {formats.month(context.period)}. "
            + ("Belum ada" if edition.version == 1 else "Tidak ada perubahan terhadap")
            + " terbitan sebelumnya untuk bulan yang sama."
        )
        return Section("perubahan", title, (Paragraph(words),))
    causes = _causes(changes)
    blocks: list[Block] = [Paragraph(_words(context, changes, causes)), _tables(changes)]
    if causes:
        blocks.append(_caused(causes))
    return Section("perubahan", title, tuple(blocks))


def _words(context: Context, changes: list[dict[str, Any]], causes: list[dict[str, Any]]) -> str:
    tables = {row["table_name"] for row in changes if row["table_name"] in _PUBLIC}
    agencies = {cause["agency_code"] for cause in causes}
    rules = any(row["has_new_rules"] for row in changes)
    edition, before = context.published.edition, changes[0]["previous_version"]
    compared = (
        f"Angka ini dibandingkan dengan terbitan ke-{before}. "
        if edition.is_as_known
        else f"Terbitan ke-{edition.version} menggantikan terbitan ke-{before}. "
    )
    return (
        f"{compared}{integer(len(tables))} tabel berubah karena kiriman "
        f"{integer(len(agencies))} instansi"
        + (" serta perubahan aturan atau berkas acuan" if rules else "")
        + ". Yang disebut hanya tabel, kolom, dan banyaknya baris; selisih angkanya tidak dimuat "
        "karena dapat membuka angka yang dirahasiakan."
    )


def _tables(changes: list[dict[str, Any]]) -> Table:
    measures: dict[str, list[str]] = defaultdict(list)
    for row in changes:
        name, measure = row["table_name"], row["measure"]
        if measure in _PUBLIC.get(name, ()):
            measures[name].append(mart_headings(name)[measure])
    totals = [row for row in changes if row["is_total"] and row["table_name"] in _PUBLIC]
    return table(
        "perubahan-tabel",
        "Tabel yang berubah, kolomnya, dan banyaknya baris",
        [
            column("table", weight=2),
            column("rows_added", "integer", title="Baris baru"),
            column("rows_removed", "integer", title="Baris hilang"),
            column("rows_moved", "integer"),
            column("measure", weight=4),
        ],
        [
            [
                text(mart_title(row["table_name"])),
                counted(row["rows_added"]),
                counted(row["rows_removed"]),
                counted(row["rows_changed"]),
                text("; ".join(measures[row["table_name"]]) or "–"),
            ]
            for row in totals
        ],
        is_long=True,
    )


def _causes(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each submission that changed something, once."""
    texts = {
        json.dumps(cause, sort_keys=True)
        for row in changes
        for cause in json.loads(row["caused_by"] or "[]")
    }
    return [json.loads(found) for found in sorted(texts)]


def _caused(causes: list[dict[str, Any]]) -> Table:
    ordered = sorted(
        causes,
        key=lambda c: (c["agency_name"] or "", c["agency_code"], c["dataset"], c["period"]),
    )
    return table(
        "perubahan-kiriman",
        "Kiriman yang menyebabkan perubahan",
        [
            column("agency_name", weight=2.4, of=SUBMISSION_SCORECARD),
            column("dataset", weight=2, of=SUBMISSION_SCORECARD),
            column("month"),
            column("revision", "integer"),
            column("caused_by", weight=1.6),
        ],
        [
            [
                text(c["agency_name"] or c["agency_code"]),
                text(label("dataset", c["dataset"])),
                text(c["period"]),
                counted(c["revision"]),
                text(label("change_by", c["change"])),
            ]
            for c in ordered
        ],
        is_long=True,
    )
