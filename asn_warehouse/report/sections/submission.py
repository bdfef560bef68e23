"""Who submitted what, and when."""

from collections import Counter
from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import charted
from asn_warehouse.report.context import Context, column, counted, integer, joined, ratio, text
from asn_warehouse.report.formats import number
from asn_warehouse.report.labels import catalogue, label
from asn_warehouse.report.marts import SUBMISSION_SCORECARD
from asn_warehouse.report.model import Block, Paragraph, Section, Table, table
from asn_warehouse.report.protection import ProtectedRow

STATUSES = ("on_time", "late", "refused", "missing")


def section(context: Context) -> Section:
    """Return the section on submissions."""
    rows = context.submissions.rows
    expected = [r for r in rows if r.values["status"] in STATUSES]
    found = Counter(str(r.values["status"]) for r in expected)
    blocks: list[Block] = [Paragraph(_words(found, len(expected)))]
    blocks += _chart(expected)
    incomplete = _incomplete(expected)
    if incomplete.rows:
        blocks.append(incomplete)
    else:
        blocks.append(Paragraph("Semua instansi mengirim semua data yang wajib."))
    blocks.append(_carried(context))
    return Section("kepatuhan", "Kepatuhan pengiriman", tuple(blocks))


def _words(found: Counter[str], expected: int) -> str:
    if not expected:
        return "Tidak ada data yang wajib dikirim pada bulan ini."
    parts = [
        f"{integer(found[status])} {label('submission_status', status).lower()}"
        for status in STATUSES
    ]
    share = number(found["on_time"] / expected, "share")
    return (
        f"Kalender mewajibkan {integer(expected)} kiriman (satu instansi, satu data). "
        f"Dari jumlah itu {joined(parts)}; {share} tepat waktu."
    )


def _datasets(rows: list[ProtectedRow]) -> list[str]:
    known = list(catalogue()["dataset"])
    present = {str(r.values["dataset"]) for r in rows}
    return [d for d in known if d in present] + sorted(present - set(known))


def _chart(rows: list[ProtectedRow]) -> list[Block]:
    counts = Counter((str(r.values["dataset"]), str(r.values["status"])) for r in rows)
    names = {s: label("submission_status", s) for s in STATUSES}
    points, cells = [], []
    for dataset in _datasets(rows):
        name = label("dataset", dataset)
        numbers = [counts[dataset, s] for s in STATUSES]
        points += [
            charts.Point(name, n, integer(n), names[s])
            for s, n in zip(STATUSES, numbers, strict=True)
        ]
        cells.append(
            [
                text(name),
                *(counted(n) for n in numbers),
                ratio(numbers[0], sum(numbers)),
            ]
        )
    columns = [
        column("dataset", weight=2, of=SUBMISSION_SCORECARD),
        *(column(s, "integer", title=names[s]) for s in STATUSES),
        column("on_time_share", "share"),
    ]
    return charted(
        "grafik-kiriman",
        "Kiriman menurut data dan status",
        "Batang bertumpuk: bagian instansi menurut status kiriman untuk setiap data.",
        points,
        partial(charts.stacked, axis="Bagian instansi", series=list(names.values())),
        table("kiriman", "Banyaknya instansi menurut data dan status kiriman", columns, cells),
    )


def _incomplete(rows: list[ProtectedRow]) -> Table:
    lacking: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        status = str(row.values["status"])
        if status in ("missing", "refused"):
            agency = str(row.values.get("agency_name") or row.values["agency_code"])
            dataset = label("dataset", row.values["dataset"])
            lacking.setdefault(agency, {}).setdefault(status, []).append(dataset)
    none = "tidak ada"
    cells = [
        [
            text(agency),
            text(", ".join(sorted(found.get("missing", []))) or none),
            text(", ".join(sorted(found.get("refused", []))) or none),
        ]
        for agency, found in sorted(lacking.items())
    ]
    columns = [
        column("agency_name", weight=2, of=SUBMISSION_SCORECARD),
        column("missing", title=label("submission_status", "missing"), weight=2),
        column("refused", title=label("submission_status", "refused"), weight=2),
    ]
    return table(
        "belum-lengkap", "Instansi yang datanya belum lengkap", columns, cells, is_long=True
    )


def _carried(context: Context) -> Block:
    carried: dict[str, list[str]] = {}
    for row in context.submissions.rows:
        if row.values.get("is_carried_forward"):
            agency = str(row.values.get("agency_name") or row.values["agency_code"])
            carried.setdefault(agency, []).append(label("dataset", row.values["dataset"]))
    if not carried:
        return Paragraph(
            "Tidak ada data keadaan yang diteruskan dari bulan sebelumnya.", is_note=True
        )
    columns = [column("agency_name", weight=2, of=SUBMISSION_SCORECARD), column("carried")]
    cells = [[text(a), text(", ".join(sorted(d)))] for a, d in sorted(carried.items())]
    return table(
        "diteruskan",
        "Instansi yang angkanya memakai data bulan sebelumnya, paling lama dua bulan",
        columns,
        cells,
        is_long=True,
    )
