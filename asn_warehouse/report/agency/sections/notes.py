"""How to read the report."""

from asn_warehouse.report import marts
from asn_warehouse.report.agency.parts import Block, Topic
from asn_warehouse.report.agency.view import View
from asn_warehouse.report.agency.wording import inside
from asn_warehouse.report.labels import label, mart_headings, mart_title
from asn_warehouse.report.model import Paragraph


def topic(view: View) -> Topic:
    """Return the notes on method: signs, peers, what is left out."""
    threshold = view.context.threshold
    blocks: list[Block] = [
        Paragraph(label("agency_report", "signs").format(threshold=threshold)),
        Paragraph(label("agency_report", "peers").format(peers=view.peers.words)),
        *_rules(view),
        *_left_out(view),
        Paragraph(label("agency_report", "more")),
    ]
    return Topic("catatan", "Cara membaca laporan ini", tuple(blocks), starts_page=False)


def _rules(view: View) -> list[Block]:
    """Return the rules that decide about peers, with their mark."""
    sets = ("agency_size", "agency_report")
    day = view.period.last_day
    known = view.context.published.rules
    found = [rule for rule in known if rule.rule_set in sets and rule.is_in_force(day)]
    if not found:
        return []
    notes = " ".join(rule.note for rule in sorted(found, key=lambda rule: rule.rule_id))
    marks = sorted({f"{rule.mark}: {label('mark', rule.mark)}" for rule in found})
    return [Paragraph(f"{notes} Tanda aturan ini {'; '.join(marks)}.", is_note=True)]


def _left_out(view: View) -> list[Block]:
    left_out = view.context.published.edition.left_out
    found = []
    for mart in marts.MARTS:
        if mart.name not in left_out:
            continue
        headings = mart_headings(mart.name)
        levels = [
            " × ".join(inside(headings[k]) for k in keys if k != "agency_code")
            for keys in left_out[mart.name]
            if "agency_code" in keys
        ]
        if levels:
            found.append(f"{mart_title(mart.name)} menurut {', '.join(levels)}")
    if not found:
        return []
    words = label("agency_report", "left_out").format(threshold=view.context.threshold)
    return [Paragraph(f"{words} {'; '.join(found)}.", is_note=True)]
