"""What was read, refused and left out."""

import json
from collections import Counter
from typing import Any

from asn_warehouse.disclosure import Status
from asn_warehouse.report.context import (
    Context,
    added,
    column,
    counted,
    integer,
    ratio,
    text,
)
from asn_warehouse.report.formats import number
from asn_warehouse.report.labels import catalogue, heading, label, mart_title
from asn_warehouse.report.marts import SUBMISSION_ORPHAN, SUBMISSION_SCORECARD
from asn_warehouse.report.model import Block, Cell, Paragraph, Section, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import cell

_COUNTS = ("rows_read", "accepted", "rejected", "warned", "orphans")
_SCORES = ("completeness", "validity", "timeliness", "consistency", "score")
_REASONS = 12


def section(context: Context) -> Section:
    """Return the section on data quality."""
    rows = context.submissions.rows
    read, rejected = _sum(rows, "rows_read"), _sum(rows, "rejected")
    share = number(rejected / read, "share") if read else "–"
    blocks: list[Block] = [
        Paragraph(
            f"{integer(read)} baris dibaca; {integer(rejected)} ({share}) ditolak dan dikembalikan "
            "kepada instansi bersama alasannya. Baris tanpa pasangan menunjuk sesuatu yang tidak "
            "dikirim, misalnya orang, jabatan, atau program."
        ),
        _datasets(rows),
    ]
    orphans = _orphans(context)
    if orphans.rows:
        blocks.append(orphans)
    reasons = _reasons(rows)
    if reasons.rows:
        blocks.append(reasons)
    blocks += [Paragraph(words) for words in _jumps(context)]
    blocks.append(Paragraph(_excluded(context)))
    return Section("mutu-data", "Mutu data", tuple(blocks))


def _sum(rows: tuple[ProtectedRow, ...] | list[ProtectedRow], name: str) -> int:
    return sum(int(r.values.get(name) or 0) for r in rows)


def _datasets(rows: tuple[ProtectedRow, ...]) -> Block:
    cells = []
    for dataset in catalogue()["dataset"]:
        found = [r for r in rows if r.values["dataset"] == dataset]
        if not found:
            continue
        numbers = [_total(found, name) for name in _COUNTS]
        cells.append(
            [
                text(label("dataset", dataset)),
                *numbers[:3],
                _rejected_share(found),
                *numbers[3:],
                *(_mean(found, name) for name in _SCORES),
            ]
        )
    columns = [
        column("dataset", weight=2, of=SUBMISSION_SCORECARD),
        *(column(name, "integer", 1.1, of=SUBMISSION_SCORECARD) for name in _COUNTS[:3]),
        column("reject_rate", "share", of=SUBMISSION_SCORECARD),
        *(column(name, "integer", 1.1, of=SUBMISSION_SCORECARD) for name in _COUNTS[3:]),
        *(column(name, "score", 1.1, of=SUBMISSION_SCORECARD) for name in _SCORES),
    ]
    caption = "Baris dan rata-rata skor (0–100) menurut data"
    return table("mutu", caption, columns, cells)


def _total(rows: list[ProtectedRow], name: str) -> Cell:
    """Return the sum over agencies; hidden where one agency's rows are, none where none sent."""
    return added([cell(row, name) for row in rows])


def _rejected_share(rows: list[ProtectedRow]) -> Cell:
    if _is_hidden(rows, "rows_read"):
        return Cell(None, Status.SUPPRESSED)
    return ratio(_sum(rows, "rejected"), _sum(rows, "rows_read"))


def _is_hidden(rows: list[ProtectedRow], name: str) -> bool:
    return any(row.statuses.get(name) is Status.SUPPRESSED for row in rows)


def _mean(rows: list[ProtectedRow], name: str) -> Cell:
    known = [float(r.values[name]) for r in rows if r.values.get(name) is not None]
    return Cell(sum(known) / len(known) if known else None)


def _reasons(rows: tuple[ProtectedRow, ...]) -> Any:
    found: Counter[str] = Counter()
    agencies: dict[str, set[str]] = {}
    for row in rows:
        for reason in json.loads(row.values.get("top_reasons") or "[]"):
            found[reason["rule"]] += int(reason["rows"])
            agencies.setdefault(reason["rule"], set()).add(str(row.values["agency_code"]))
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:_REASONS]
    return table(
        "alasan",
        "Alasan penolakan yang paling sering",
        [
            column("reject_reason", weight=3),
            column("reject_rows", "integer"),
            column("agencies", "integer"),
        ],
        [[text(_words(r)), counted(n), counted(len(agencies[r]))] for r, n in ordered],
        is_narrow=True,
    )


def _orphans(context: Context) -> Any:
    """Return the table of rows that name something unknown, over all agencies and data."""
    found: dict[str, list[ProtectedRow]] = {}
    for row in context.orphans.rows:
        found.setdefault(str(row.values["reason"]), []).append(row)
    cells = [
        [
            text(found[reason][0].values["reason_name_id"]),
            text("tidak" if found[reason][0].values["is_left_out"] else "ya"),
            counted(_sum(found[reason], "rows")),
            counted(len({r.values["agency_code"] for r in found[reason]})),
        ]
        for reason in sorted(found, key=lambda r: (-_sum(found[r], "rows"), r))
    ]
    columns = [
        column("reason_name_id", weight=3, of=SUBMISSION_ORPHAN),
        column("counts_still"),
        column("rows", "integer", of=SUBMISSION_ORPHAN),
        column("agencies", "integer"),
    ]
    caption = "Baris tanpa pasangan menurut apa yang tidak dikenal"
    return table("tanpa-pasangan", caption, columns, cells, is_narrow=True)


def _words(rule: str) -> str:
    """Return a rule id in words: the data, the column if it has one, and what is wrong."""
    dataset, *rest = rule.split(".")
    kind = label("reject_kind", rest[-1]) if rest else ""
    place = [label("dataset", dataset), *rest[:-1]]
    return f"{', '.join(place)}: {kind}"


def _jumps(context: Context) -> list[str]:
    """Return which agencies' figures moved further than expected; their values stand elsewhere."""
    found: dict[tuple[str, str], list[str]] = {}
    for warning in context.published.edition.warnings:
        figure = (str(warning["table"]), str(warning["measure"]))
        found.setdefault(figure, []).append(str(warning["agency_name"]))
    if not found:
        return []
    month = context.published.edition.warnings[0]["previous_period"]
    figures = "; ".join(
        f"{heading(measure, mart)} ({mart_title(mart)}): {', '.join(sorted(names))}"
        for (mart, measure), names in sorted(found.items())
    )
    return [
        f"Dibandingkan dengan terbitan bulan {month}, angka berikut berubah lebih besar daripada "
        f"yang diharapkan dan patut ditanyakan kepada instansinya. {figures}."
    ]


def _excluded(context: Context) -> str:
    words = {
        "excluded_inactive": "tidak berkedudukan hukum aktif",
        "excluded_duplicate_person": "tercatat pada lebih dari satu instansi",
        "excluded_other": "karena alasan lain",
    }
    parts = []
    for name, reason in words.items():
        people = context.published.excluded[name]
        if 0 < people < context.threshold:
            parts.append(f"* {reason}")
        elif people:
            parts.append(f"{integer(people)} {reason}")
    if not parts:
        return "Tidak ada orang yang dikeluarkan dari perhitungan."
    return f"Orang yang tidak ikut dihitung: {'; '.join(parts)}."
