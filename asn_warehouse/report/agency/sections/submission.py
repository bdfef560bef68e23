"""What the agency sent, what was refused, and why."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from asn_warehouse.admission.messages import Message, message
from asn_warehouse.report import formats, marts
from asn_warehouse.report.agency import figures
from asn_warehouse.report.agency.parts import Block, Comparison, Topic
from asn_warehouse.report.agency.view import View
from asn_warehouse.report.context import column, integer, joined, text
from asn_warehouse.report.labels import catalogue, label
from asn_warehouse.report.model import Cell, Paragraph, Table, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import cell

_ZONE = ZoneInfo("Asia/Jakarta")
_COUNTS = ("rows_read", "accepted", "rejected", "warned", "orphans")
_SCORES = ("completeness", "validity", "timeliness", "consistency", "score")
STATUSES = ("on_time", "late", "refused", "missing")
REASONS, ORPHANS = 12, 8
"""Lines that the pages have room for; the workbook has all."""


def topic(view: View) -> Topic:
    """Return the part on submissions and rejected rows."""
    found = reasons(view)
    blocks: list[Block] = [
        Paragraph(_words(view)),
        Comparison(
            "kiriman-ringkas",
            label("agency_report", "compared"),
            view.measures((figures.ON_TIME, figures.DATA_SCORE)),
        ),
        _datasets(view),
        *_rejected(view, found[:REASONS], len(found)),
    ]
    more = [_reason_table(found)] if len(found) > REASONS else []
    unknown = view.rows(marts.SUBMISSION_ORPHAN).rows
    if unknown:
        blocks.append(_orphans(view, ORPHANS))
    if len(unknown) > ORPHANS:
        more.append(_orphans(view))
    return Topic("kiriman", "Kiriman data dan baris ditolak", tuple(blocks), tuple(more))


def scorecard(view: View) -> list[ProtectedRow]:
    """Return the rows of the agency's datasets, in the order of the report."""
    order = list(catalogue()["dataset"])
    rows = view.rows(marts.SUBMISSION_SCORECARD).rows
    known = {name: place for place, name in enumerate(order)}
    return sorted(rows, key=lambda r: (known.get(r.values["dataset"], 99), r.values["dataset"]))


def due(row: ProtectedRow) -> str:
    """Return the last day on which a dataset was on time."""
    return _day(row.values.get("due_at"), timedelta(seconds=1))


def _day(moment: datetime | None, before: timedelta = timedelta()) -> str:
    if moment is None:
        return formats.NOT_REPORTED
    return formats.day((moment - before).replace(tzinfo=UTC).astimezone(_ZONE))


def listed(rows: list[ProtectedRow]) -> str:
    """Return the names of datasets in words."""
    return joined([label("dataset", r.values["dataset"]).lower() for r in rows])


def with_status(view: View, *statuses: str) -> list[ProtectedRow]:
    """Return the agency's datasets with one of these statuses."""
    return [r for r in scorecard(view) if r.values["status"] in statuses]


def _words(view: View) -> str:
    expected = with_status(view, *STATUSES)
    if not expected:
        return "Tidak ada data yang wajib dikirim instansi ini pada bulan laporan."
    counts = [(s, with_status(view, s)) for s in STATUSES]
    parts = [
        f"{integer(len(rows))} {label('submission_status', s).lower()}"
        for s, rows in counts
        if rows
    ]
    words = f"Dari {integer(len(expected))} data yang wajib dikirim: {joined(parts)}."
    missing = with_status(view, "missing")
    if len(missing) == len(expected):
        return (
            f"{words} Instansi ini belum mengirim satu data pun untuk bulan laporan. Angka pada "
            "bagian berikut kosong atau berasal dari data bulan sebelumnya; lajur sebanding dan "
            "nasional menunjukkan keadaan instansi lain."
        )
    carried = [r for r in scorecard(view) if r.values.get("is_carried_forward")]
    if carried:
        words += f" Diteruskan dari bulan sebelumnya: {listed(carried)}."
    return words


def _datasets(view: View) -> Table:
    cells = [
        [
            text(label("dataset", r.values["dataset"])),
            text(label("submission_status", r.values["status"])),
            text(_day(r.values.get("received_at"))),
            *(cell(r, name) for name in _COUNTS),
            cell(r, "score"),
        ]
        for r in scorecard(view)
    ]
    of = marts.SUBMISSION_SCORECARD
    columns = [
        column("dataset", weight=2.2, of=of),
        column("status", weight=1.4, of=of),
        column("received_at", weight=1.5, title=label("agency_report", "received")),
        *(column(name, "integer", of=of) for name in _COUNTS),
        column("score", "score", of=of),
    ]
    caption = "Kiriman menurut data: status, baris, dan skor (0–100)"
    return table("kiriman-data", caption, columns, cells, is_long=True)


def reasons(view: View) -> list[tuple[str, str, int, Message]]:
    """Return dataset, rule, rows and words of each reason to reject, most rows first."""
    found = []
    for row in scorecard(view):
        dataset = str(row.values["dataset"])
        for reason in json.loads(row.values.get("top_reasons") or "[]"):
            rule, rows = str(reason["rule"]), int(reason["rows"])
            said = _said(view, dataset, rule, reason.get("example_row", ""))
            found.append((dataset, rule, rows, said))
    return sorted(found, key=lambda f: (-f[2], f[1]))


def _said(view: View, dataset: str, rule: str, row: Any) -> Message:
    """Return what the receipt says of a rule; a rule that is gone is told by its kind."""
    try:
        return message(rule, view.nation.contracts.get(dataset), row=row)
    except KeyError:
        return Message(label("reject_kind", rule.rsplit(".", 1)[-1]), "")


def _rejected(view: View, found: list[tuple[str, str, int, Message]], total: int) -> list[Block]:
    if not found:
        sent = any(r.values.get("rows_read") for r in scorecard(view))
        words = "Tidak ada baris yang ditolak." if sent else "Belum ada baris yang dibaca."
        return [Paragraph(words)]
    words = (
        "Baris yang ditolak tidak ikut dihitung. Semuanya, dengan alasan pada setiap baris, ada "
        "pada berkas <data>.ditolak.xlsx yang dikembalikan bersama tanda terima: perbaiki di sana, "
        "lalu kirim ulang."
    )
    if total > len(found):
        words += f" Tabel memuat {integer(len(found))} dari {integer(total)} alasan."
    return [Paragraph(words), _reason_table(found)]


def _reason_table(found: list[tuple[str, str, int, Message]]) -> Table:
    columns = [
        column("dataset", weight=1.5, of=marts.SUBMISSION_SCORECARD),
        column("reject_reason", weight=3),
        column("mend", weight=3.4, title=label("agency_report", "mend")),
        column("reject_rows", "integer", 0.7),
    ]
    cells = [
        [text(label("dataset", dataset)), text(_kind(rule)), text(said.mend or None), Cell(rows)]
        for dataset, rule, rows, said in found
    ]
    return table("alasan", "Baris ditolak menurut alasan", columns, cells, is_long=True)


def _kind(rule: str) -> str:
    """Return a rule in words: the column, if it has one, and what is wrong."""
    _, *rest = rule.split(".")
    kind = label("reject_kind", rest[-1]) if rest else rule
    return f"{', '.join(rest[:-1])}: {kind}" if rest[:-1] else kind


def _orphans(view: View, most: int | None = None) -> Table:
    rows = view.rows(marts.SUBMISSION_ORPHAN).rows
    of = marts.SUBMISSION_ORPHAN
    columns = [
        column("dataset", weight=1.5, of=of),
        column("reason_name_id", weight=3.4, of=of),
        column("counts_still"),
        column("rows", "integer", 0.7, of=of),
    ]
    cells = [
        [
            text(label("dataset", r.values["dataset"])),
            text(r.values["reason_name_id"]),
            text("tidak" if r.values["is_left_out"] else "ya"),
            cell(r, "rows"),
        ]
        for r in sorted(rows, key=_most_rows_first)
    ]
    caption = "Baris yang menunjuk sesuatu yang tidak dikenal"
    return table("tanpa-pasangan", caption, columns, cells[:most], is_long=True)


def _most_rows_first(row: ProtectedRow) -> tuple[int, str, str]:
    values = row.values
    return -int(values.get("rows") or 0), str(values["dataset"]), str(values["reason"])
