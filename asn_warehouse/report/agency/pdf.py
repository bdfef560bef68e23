"""The report of an agency as a PDF: one Typst document, its charts drawn from figures.

Nothing is drawn outside of Typst: a picture made by another library would cost more than the whole
document, and there are as many documents as there are agencies.
"""

import json
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any, cast

import typst

from asn_warehouse.disclosure import Status
from asn_warehouse.report import formats
from asn_warehouse.report.agency.parts import (
    AgencyReport,
    Bars,
    Block,
    Boxes,
    Comparison,
    Measure,
    Tasks,
    Tile,
)
from asn_warehouse.report.charts import FONTS
from asn_warehouse.report.context import drawn
from asn_warehouse.report.labels import label
from asn_warehouse.report.model import Cell, Paragraph, Table
from asn_warehouse.report.words import WORDS

_TEMPLATE = Path(__file__).with_name("templates") / "laporan-instansi.typ"


@cache
def _compiler() -> typst.Compiler:
    """Return the compiler of this process; its template and fonts are read once."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )
    return typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts)


def render(report: AgencyReport) -> bytes:
    """Return the PDF, tagged for readers that cannot see it (PDF/UA-1)."""
    moment = int(report.published_at.replace(tzinfo=UTC).timestamp())
    made = _compiler().compile(
        format="pdf", sys_inputs=_inputs(report), pdf_standards=["ua-1"], timestamp=moment
    )
    return cast(bytes, made)


def pictures(report: AgencyReport) -> list[bytes]:
    """Return the pages as PNG."""
    made = _compiler().compile(format="png", ppi=110.0, sys_inputs=_inputs(report))
    return [made] if isinstance(made, bytes) else list(made or [])


def _inputs(report: AgencyReport) -> dict[str, str]:
    return {"data": json.dumps(_content(report), ensure_ascii=False)}


def _content(report: AgencyReport) -> dict[str, Any]:
    month = formats.month(report.period)
    title = label("agency_report", "title")
    return {
        "title": title,
        "heading": f"{title} {report.name}, {month}",
        "name": report.name,
        "publisher": label("report", "publisher"),
        "month": month,
        "subtitle": label("agency_report", "subtitle"),
        "header": f"{title} · {report.name}",
        "header_right": f"{month} · terbitan ke-{report.version}",
        "footer": f"Terbit {formats.day(report.published_at)}",
        "facts": [{"label": name, "value": value} for name, value in report.facts],
        "digest": report.content_sha256,
        "words": {
            **{name: WORDS[name] for name in ("summary", "page", "of", "digest", "suppressed")},
            "own": label("agency_report", "own"),
            "peers": label("agency_report", "peers_short"),
            "national": label("agency_report", "national"),
            "change": label("agency_report", "change"),
            "indicator": label("agency_report", "indicator"),
        },
        "summary": list(report.summary),
        "tiles": [_tile(tile) for tile in report.tiles],
        "topics": [
            {"title": t.title, "page": t.starts_page, "blocks": [_block(b) for b in t.blocks]}
            for t in report.topics
        ],
    }


def _tile(tile: Tile) -> dict[str, str]:
    own, peers, national = (cell.text(tile.measure.kind) for cell in tile.measure.cells)
    return {
        "label": tile.measure.label,
        "own": own,
        "peers": peers,
        "national": national,
        "change": tile.change,
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "text": block.text, "note": block.is_note}
        case Table():
            return _table(block)
        case Comparison():
            return _measures("comparison", block.caption, block.measures)
        case Bars():
            return _bars(block)
        case Boxes():
            return _boxes(block)
        case Tasks():
            return _tasks(block)


def _measures(kind: str, caption: str, measures: tuple[Measure, ...]) -> dict[str, Any]:
    return {
        "kind": kind,
        "caption": caption,
        "measures": [
            {
                "label": m.label,
                "own": _figure(m.own, m.kind),
                "peers": _figure(m.peers, m.kind),
                "national": _figure(m.national, m.kind),
            }
            for m in measures
        ],
        "suppressed": _hides(c for m in measures for c in m.cells),
    }


def _figure(cell: Cell, kind: str) -> dict[str, Any]:
    return {"text": cell.text(kind), "value": drawn(cell) if kind != "text" else None}


def _bars(block: Bars) -> dict[str, Any]:
    kind = block.measures[0].kind
    return _measures("bars", block.caption, block.measures) | {
        "low": block.low,
        "high": block.high,
        "low_text": formats.number(block.low, kind),
        "high_text": formats.number(block.high, kind),
    }


def _boxes(block: Boxes) -> dict[str, Any]:
    return {
        "kind": "boxes",
        "caption": block.caption,
        "rows": list(block.rows),
        "columns": list(block.columns),
        "boxes": [
            [
                {
                    "title": f"Kotak {b.number}",
                    "people": b.people.text("integer"),
                    "share": b.share.text("share"),
                    "pool": b.is_pool,
                }
                for b in row
            ]
            for row in block.boxes
        ],
        "suppressed": _hides(b.people for row in block.boxes for b in row),
    }


def _tasks(block: Tasks) -> dict[str, Any]:
    return {
        "kind": "tasks",
        "caption": block.caption,
        "heads": [label("agency_task", name) for name in TASK_HEADS],
        "tasks": [
            {
                "urgency": task.urgency,
                "when": label("agency_urgency", task.urgency),
                "topic": task.topic,
                "action": task.action,
                "reason": task.reason,
                "until": task.until,
            }
            for task in block.tasks
        ],
    }


TASK_HEADS = ("number", "urgency", "action", "reason", "until")


def _hides(cells: Any) -> bool:
    return any(cell.status is Status.SUPPRESSED for cell in cells)


def _table(table: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "caption": table.caption,
        "columns": [
            {"label": c.label, "number": c.is_number, "weight": c.weight} for c in table.columns
        ],
        "rows": table.texts(),
        "totals": sorted(table.totals),
        "long": table.is_long,
        "suppressed": table.has_suppressed,
    }
