"""``README.md`` of the package, in Indonesian and shortly in English."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from asn_warehouse.report import formats
from asn_warehouse.report.package.descriptor import About
from asn_warehouse.report.package.resource import Resource
from asn_warehouse.report.package.tables import OpenTable

_TEMPLATES = Path(__file__).with_name("templates")


def text(about: About, tables: Sequence[OpenTable], resources: Sequence[Resource]) -> str:
    """Return the page."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  Markdown of our own words, no HTML
    )
    rows = {table.name: table.data.num_rows for table in tables}
    return environment.get_template("README.md.j2").render(
        about=about,
        published=formats.day(about.version.published_at),
        tables=[found for found in resources if found.name in rows],
        rows={name: formats.number(count, "integer") for name, count in rows.items()},
        lists=[found for found in resources if found.path.startswith("kode/")],
        left_out=_left_out(about, tables),
    )


def _left_out(about: About, tables: Sequence[OpenTable]) -> dict[str, list[str]]:
    """Return by table the levels of detail that it has no rows of, in words."""
    found = {}
    for table in tables:
        titles = {f.name: f.title[0].lower() + f.title[1:] for f in table.fields}
        levels = about.left_out.get(table.name, [])
        if levels:
            found[table.name] = [" × ".join(titles[key] for key in level) for level in levels]
    return found
