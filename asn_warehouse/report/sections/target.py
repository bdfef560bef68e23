"""Targets of competency development against what was reached."""

from asn_warehouse.report.blocks import absent
from asn_warehouse.report.context import Context, column, counted, integer, joined, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import KPI_SCORECARD
from asn_warehouse.report.model import Block, Cell, Paragraph, Section, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import Rows, cell

_INDICATORS = ("test_score", "performance", "job_satisfaction", "service_satisfaction")
_SHARE = "share_of_baseline"


def section(context: Context) -> Section:
    """Return the section on targets."""
    title = "Sasaran kinerja pengembangan kompetensi"
    missing = absent(context, KPI_SCORECARD)
    if missing is not None:
        return Section("sasaran", title, (missing,))
    rows = context.published.mart(KPI_SCORECARD)
    nation = rows.where(agency_code=None)
    present = [i for i in _INDICATORS if nation.where(indicator=i).rows]
    blocks: list[Block] = [Paragraph(_words(nation, present)), _nation(rows, nation, present)]
    blocks.append(
        Paragraph(
            "Sasaran dihitung dengan satuan yang berbeda (persen terhadap nilai awal, atau poin), "
            "karena itu tidak digambar pada satu skala.",
            is_note=True,
        )
    )
    return Section("sasaran", title, tuple(blocks))


def _words(nation: Rows, present: list[str]) -> str:
    judged: dict[bool, list[str]] = {True: [], False: []}
    unknown = []
    for name in present:
        met, words = nation.cell("met", indicator=name).value, label("indicator", name).lower()
        if met is None:
            unknown.append(words)
        else:
            judged[bool(met)].append(words)
    parts = [
        f"{words}: {joined(names)}"
        for words, names in (
            ("Tercapai", judged[True]),
            ("Belum tercapai", judged[False]),
            ("Belum dapat dinilai karena tidak ada nilai awal", unknown),
        )
        if names
    ]
    return (
        f"{integer(len(present))} sasaran ditetapkan sebagai aturan yang dapat diubah. "
        f"{'. '.join(parts)}."
    )


def _nation(rows: Rows, nation: Rows, present: list[str]) -> Block:
    cells = []
    for name in present:
        row = nation.where(indicator=name).first()
        agencies = rows.where(agency_code=..., indicator=name).rows
        judged = [r for r in agencies if r.values.get("met") is not None]
        cells.append(
            [
                text(label("indicator", name)),
                cell(row, "cases"),
                cell(row, "baseline"),
                cell(row, "actual"),
                _printed(row, "change"),
                _printed(row, "target"),
                cell(row, "met"),
                counted(len(judged)),
                counted(sum(bool(r.values["met"]) for r in judged)),
            ]
        )
    columns = [
        column("indicator", weight=2, of=KPI_SCORECARD),
        column("cases", "integer", of=KPI_SCORECARD),
        column("baseline", "decimal1", of=KPI_SCORECARD),
        column("actual", "decimal1", of=KPI_SCORECARD),
        column("change", "printed", of=KPI_SCORECARD),
        column("target", "printed", of=KPI_SCORECARD),
        column("met", of=KPI_SCORECARD),
        column("agencies_judged", "integer"),
        column("agencies_met", "integer"),
    ]
    return table("sasaran-nasional", "Sasaran dan capaian, nasional", columns, cells)


def _printed(row: ProtectedRow | None, name: str) -> Cell:
    """Return a change as it is counted: a share of the baseline, or points."""
    found = cell(row, name)
    if found.value is None or row is None:
        return found
    if row.values.get("unit") == _SHARE:
        return text(found.text("share"))
    return text(f"{found.text('decimal1')} poin")
