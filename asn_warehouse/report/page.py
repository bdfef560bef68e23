"""The report as one page that needs nothing but itself."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from asn_warehouse.disclosure import Status
from asn_warehouse.report import charts, formats
from asn_warehouse.report.model import Cell, Chart, Report
from asn_warehouse.report.sections.agencies import TABLE_ID
from asn_warehouse.report.words import WORDS, changes, edition, facts, since

_TEMPLATES = Path(__file__).with_name("templates")


def render(report: Report) -> bytes:
    """Return the page as UTF-8: no link leaves it, and the browser is told to load nothing."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    text = environment.get_template("laporan.html.j2").render(
        report=report,
        month=formats.month(report.period),
        edition=edition(report),
        since=since(report),
        facts=facts(report),
        words=WORDS,
        changes=changes,
        agency_table=TABLE_ID,
        raw=_raw,
        picture=_picture,
        css=Markup((_TEMPLATES / "laporan.css").read_text("utf-8")),  # noqa: S704  our own file
        js=Markup((_TEMPLATES / "laporan.js").read_text("utf-8")),  # noqa: S704  our own file
    )
    return text.encode()


def _raw(cell: Cell) -> str:
    """Return the value by which a table is sorted; empty where there is none to see."""
    is_known = cell.status is Status.SHOWN and cell.value is not None
    return str(cell.value) if is_known else ""


def _picture(chart: Chart) -> Markup:
    svg = re.sub(r' xmlns(:[a-z]+)?="[^"]*"', "", chart.svg)
    return Markup(charts.inline(svg, chart.id, chart.alt))  # noqa: S704  drawn and escaped by us
