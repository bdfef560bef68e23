"""The web site of a report: static pages that open without a server, and load nothing from afar."""

import base64
import json

from asn_warehouse.report.charts import FONTS
from asn_warehouse.report.context import Context
from asn_warehouse.report.model import Report
from asn_warehouse.report.site import charts
from asn_warehouse.report.site.pages import TEMPLATES, Site
from asn_warehouse.report.site.topics import TOPICS
from asn_warehouse.report.site.words import Words

__all__ = ["render"]

_FACES = (("Regular", 400), ("Semibold", 600))
_SAID = (
    "chart_of",
    "csv",
    "csv_saved",
    "falling",
    "first_of",
    "found",
    "legend_missing",
    "legend_suppressed",
    "nothing_visible",
    "people_unit",
    "rising",
    "rows_shown",
    "sorted",
    "undrawn_more",
    "undrawn_rows",
)
"""What the script itself says."""


def render(context: Context, report: Report) -> dict[str, bytes]:
    """Return the files of the site by their path; the same publication gives the same bytes."""
    site = Site(Words(), context, report)
    made = {"index.html": site.home(), "instansi.html": site.agency_list()}
    made |= {f"topik/{topic.id}.html": site.topic(topic) for topic in TOPICS}
    made |= {f"instansi/{code}.html": site.agency(code) for code in site.names}
    return made | _assets(site)


def _assets(site: Site) -> dict[str, bytes]:
    """Return what the pages share; the words last, when all pages have used theirs."""
    listed = [[code, name] for code, name in site.names.items()]
    said = {key: [site.words.say(key).id, site.words.say(key).en] for key in _SAID}
    english = dict(sorted(site.words.used.items()))
    return {
        "aset/huruf.css": _fonts(),
        "aset/situs.css": (TEMPLATES / "situs.css").read_bytes(),
        "aset/situs.js": (TEMPLATES / "situs.js").read_bytes(),
        "aset/vega.js": charts.runtime(),
        "aset/grafik.js": charts.specifications(),
        "aset/instansi.js": _script(ASN_AGENCIES=listed),
        "aset/kata.js": _script(ASN_WORDS=english, ASN_SAID=said),
    }


def _script(**values: object) -> bytes:
    return "".join(
        f"window.{name} = {json.dumps(value, ensure_ascii=True)};\n"
        for name, value in values.items()
    ).encode()


def _fonts() -> bytes:
    """Return the fonts inside a style sheet: browsers load no font files from a disk."""
    faces = []
    for name, weight in _FACES:
        data = base64.b64encode((FONTS / f"OpenSans-{name}.ttf").read_bytes()).decode()
        faces.append(
            '@font-face { font-family: "Open Sans"; font-weight: '
            f"{weight}; font-display: swap; src: url(data:font/ttf;base64,{data}); }}\n"
        )
    return "".join(faces).encode()
