"""What an agency needs to learn, and programmes of others that would serve it."""

from dataclasses import dataclass

from asn_warehouse.report import marts
from asn_warehouse.report.agency.view import View, value
from asn_warehouse.report.model import Cell
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import cell


@dataclass(frozen=True)
class Need:
    """A competency that people of the agency lack.

    ``rank`` is its place among the agency's needs, None where it is not known; ``people`` how many
    lack it, ``gap`` how wide it is. ``form`` is the form of learning recommended, empty for none.
    """

    code: str
    name: str
    rank: int | None
    people: Cell
    gap: Cell
    form: str


def gaps(view: View) -> list[ProtectedRow]:
    """Return the agency's gaps by competency, widest first; those not shown come last."""
    rows = view.rows(marts.COMPETENCY_GAP_AGENCY).where(competency_code=..., position_level=None)

    def order(row: ProtectedRow) -> tuple[bool, float, str]:
        gap = row.values.get("gap_mean")
        return gap is None, gap or 0.0, str(row.values["competency_code"])

    return sorted(rows.rows, key=order)


def needs(view: View) -> list[Need]:
    """Return what the agency needs, by rank where it is known and then by width of the gap.

    Ranks stand in ``training_need``; where its rows of agencies are too fine to be published, the
    exchange of programmes still says the rank of needs that a programme elsewhere would serve.
    """
    ranked: dict[str, ProtectedRow] = {}
    own = view.rows(marts.TRAINING_NEED).where(competency_code=..., position_level=None).rows
    for row in (*own, *view.rows(marts.PROGRAM_EXCHANGE).rows):
        ranked.setdefault(str(row.values["competency_code"]), row)
    wide = {str(r.values["competency_code"]): r for r in gaps(view)}
    lacking = [c for c, r in wide.items() if (r.values.get("gap_mean") or 0) < 0]
    offered = {str(row.values["competency_code"]): row for row in offers(view)}
    found = [
        _need(view, code, ranked.get(code), wide.get(code), offered)
        for code in dict.fromkeys([*ranked, *lacking])
    ]
    return sorted(found, key=lambda n: (n.rank is None, n.rank or 0, n.gap.value or 0.0, n.code))


def _need(
    view: View,
    code: str,
    ranked: ProtectedRow | None,
    wide: ProtectedRow | None,
    offered: dict[str, ProtectedRow],
) -> Need:
    rank = value(ranked, "priority_rank") or value(ranked, "need_rank")
    return Need(
        code=code,
        name=str(value(ranked, "competency_name") or value(wide, "competency_name") or code),
        rank=None if rank is None else int(rank),
        people=cell(ranked, "people_with_gap"),
        gap=cell(wide, "gap_mean"),
        form=_form(view, code, ranked, offered),
    )


def _form(
    view: View, code: str, ranked: ProtectedRow | None, offered: dict[str, ProtectedRow]
) -> str:
    """Return the recommended form in words.

    The agency's own, else that of the nation, else that of the best programme elsewhere.
    """
    form = (
        value(ranked, "recommended_form")
        or view.nation.forms.get(code)
        or value(offered.get(code), "learning_form")
    )
    return view.context.codes.of("learning_form", form) if form else ""


def offers(view: View) -> list[ProtectedRow]:
    """Return the best programme elsewhere for each need, most urgent need first."""
    best: dict[str, ProtectedRow] = {}
    rows = view.rows(marts.PROGRAM_EXCHANGE).rows
    for row in sorted(rows, key=_offer_order):
        best.setdefault(str(row.values["competency_code"]), row)
    return list(best.values())


def _offer_order(row: ProtectedRow) -> tuple[bool, int, int, str, str, str]:
    values = row.values
    rank = values.get("need_rank")
    return (
        rank is None,
        int(rank or 0),
        int(values.get("program_rank") or 99),
        str(values["competency_code"]),
        str(values["program_agency_code"]),
        str(values["program_code"]),
    )
