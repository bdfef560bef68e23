"""The report as a PDF: Typst, the fonts of the package, the same bytes on every machine."""

import json
import re
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from asn_warehouse.report import formats
from asn_warehouse.report.charts import FONTS
from asn_warehouse.report.labels import label
from asn_warehouse.report.model import Block, Chart, Paragraph, Report, Table
from asn_warehouse.report.words import WORDS, changes, edition, facts, since

_TEMPLATE = Path(__file__).with_name("templates") / "laporan.typ"
_SIZE = re.compile(r'<svg[^>]* width="([\d.]+)"')
_TEXT_WIDTH = 465.0
_ROWS = 150
"""Rows of a table that a paper reader turns pages for; the web page has all."""


def render(report: Report) -> bytes:
    """Return the PDF, tagged for readers that cannot see it (PDF/UA-1)."""
    moment = int(report.published_at.replace(tzinfo=UTC).timestamp())
    made = _compile(report, format="pdf", pdf_standards=["ua-1"], timestamp=moment)
    return bytes(made)


def picture(report: Report, page: int) -> bytes:
    """Return one page of the PDF, counted from 1, as a PNG."""
    pages = _compile(report, format="png", ppi=110.0)
    return bytes(pages[page - 1])


def _compile(report: Report, **options: Any) -> Any:
    pictures: dict[str, str] = {}
    content = _content(report, pictures)
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "laporan.typ").write_bytes(_TEMPLATE.read_bytes())
        (root / "data.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        for name, svg in pictures.items():
            (root / name).write_text(svg, "utf-8")
        return typst.compile(
            str(root / "laporan.typ"),
            root=str(root),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            **options,
        )


def _content(report: Report, pictures: dict[str, str]) -> dict[str, Any]:
    month = formats.month(report.period)
    return {
        "title": report.title,
        "heading": report.heading,
        "publisher": label("report", "publisher"),
        "month": month,
        "subtitle": report.subtitle,
        "header": label("report", "header"),
        "header_right": f"{month} · {edition(report)}",
        "footer": since(report),
        "facts": [{"label": name, "value": value} for name, value in facts(report)],
        "digest": report.content_sha256,
        "words": WORDS,
        "summary": list(report.summary),
        "key_figures": [
            {"label": f.label, "value": f.text, "note": f.note, "changes": list(changes(f))}
            for f in report.key_figures
        ],
        "sections": [
            {"title": s.title, "blocks": [_block(b, pictures) for b in s.blocks]}
            for s in report.sections
        ],
    }


def _block(block: Block, pictures: dict[str, str]) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "text": block.text, "note": block.is_note}
    if isinstance(block, Table):
        return _table(block)
    return _chart(block, pictures)


def _chart(chart: Chart, pictures: dict[str, str]) -> dict[str, Any]:
    name = f"{chart.id}.svg"
    pictures[name] = chart.svg
    size = _SIZE.search(chart.svg)
    width = min(_TEXT_WIDTH, float(size[1]) * 0.75) if size else _TEXT_WIDTH
    return {
        "kind": "chart",
        "title": chart.title,
        "alt": chart.alt,
        "file": name,
        "width": width,
        "table": _table(chart.table),
    }


def _table(table: Table) -> dict[str, Any]:
    rows, caption = table.texts(), table.caption
    if len(rows) > _ROWS:
        shown, all_rows = (formats.number(n, "integer") for n in (_ROWS, len(rows)))
        caption = f"{caption} ({shown} dari {all_rows} baris; selengkapnya pada halaman web)"
    return {
        "kind": "table",
        "caption": caption,
        "columns": [
            {"label": c.label, "number": c.is_number, "weight": c.weight} for c in table.columns
        ],
        "rows": rows[:_ROWS],
        "totals": sorted(table.totals),
        "narrow": table.is_narrow,
        "long": table.is_long,
        "suppressed": table.has_suppressed,
    }
