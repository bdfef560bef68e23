"""Programmes of one agency that others with the same gap could take over."""

from collections.abc import Iterable

from asn_warehouse.report.blocks import absent
from asn_warehouse.report.context import Context, added, column, counted, integer, short_name, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import PROGRAM_EXCHANGE
from asn_warehouse.report.model import Block, Paragraph, Section, Table, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import cell

_LISTED = 15
_Program = tuple[str, str, str]


def section(context: Context) -> Section:
    """Return the section on programmes worth exchanging."""
    title = "Program yang layak dipertukarkan"
    missing = absent(context, PROGRAM_EXCHANGE)
    if missing is not None:
        return Section("pertukaran", title, (missing,))
    rows = context.published.mart(PROGRAM_EXCHANGE).rows
    agencies = {r.values["agency_code"] for r in rows}
    blocks: list[Block] = [
        Paragraph(
            "Program instansi lain yang buktinya paling sedikit sedang, dicocokkan dengan "
            f"{context.rule('program', 'exchange_needs')} kebutuhan terbesar setiap instansi, "
            f"paling banyak {context.rule('program', 'exchange_programs')} program untuk satu "
            f"kebutuhan. {integer(len(rows))} anjuran bagi {integer(len(agencies))} instansi; "
            "setiap anjuran ada pada buku kerja."
        ),
        _table(context, rows),
    ]
    return Section("pertukaran", title, tuple(blocks))


def _table(context: Context, rows: Iterable[ProtectedRow]) -> Table:
    programs: dict[_Program, list[ProtectedRow]] = {}
    for row in rows:
        values = row.values
        key = (values["program_agency_code"], values["program_code"], values["competency_code"])
        programs.setdefault(key, []).append(row)
    ordered = sorted(programs.values(), key=_order)
    columns = [
        column("competency_name", weight=1.8, of=PROGRAM_EXCHANGE),
        column("program_name", weight=2.6, of=PROGRAM_EXCHANGE),
        column("program_agency_name", weight=2.2, of=PROGRAM_EXCHANGE),
        column("form_group", weight=1.4, of=PROGRAM_EXCHANGE),
        column("evidence", of=PROGRAM_EXCHANGE),
        column("gain_mean", "decimal1", of=PROGRAM_EXCHANGE),
        column("cost_per_participant", "money", 1.2, of=PROGRAM_EXCHANGE),
        column("agencies_in_need", "integer"),
        column("people_it_would_serve", "integer", of=PROGRAM_EXCHANGE),
    ]
    caption = (
        f"{integer(min(_LISTED, len(ordered)))} dari {integer(len(ordered))} pasangan kompetensi "
        "dan program, yang dibutuhkan instansi terbanyak lebih dahulu"
    )
    cells = [
        [
            text(lead.values.get("competency_name") or lead.values["competency_code"]),
            text(f"{lead.values['program_name']} ({lead.values['run']})"),
            text(short_name(str(lead.values["program_agency_name"]))),
            text(label("form_group", lead.values["form_group"])),
            text(label("evidence", lead.values.get("evidence"))),
            cell(lead, "gain_mean"),
            cell(lead, "cost_per_participant"),
            counted(len(found)),
            added([cell(r, "people_it_would_serve") for r in found]),
        ]
        for found in ordered[:_LISTED]
        for lead in [found[0]]
    ]
    return table("pertukaran-program", caption, columns, cells, is_long=True)


def _order(found: list[ProtectedRow]) -> tuple[object, ...]:
    values = found[0].values
    keys = ("competency_code", "program_agency_code", "program_code")
    return (-len(found), values.get("evidence") != "strong", *(str(values[k]) for k in keys))
