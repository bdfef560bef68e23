"""Charts as SVG, drawn without a browser and the same on every machine.

Each figure that a chart draws is also printed in it or beside it. Colours are told apart by
readers with colour-blindness and in grey print.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

FONTS = Path(__file__).with_name("fonts")
FONT = "Open Sans"
INK = "#1D2B3A"
SOFT = "#5B6B7B"
LINE = "#D5DCE3"
BLUE = "#12436D"
PALE = "#B7C4D1"
LEVELS = ("#CFDCE8", "#EFA255", "#17766F", "#43092F")
"""Four steps from good to bad, from light to dark: told apart in grey print as well."""
_WIDTH = 420
_MANY = 9
"""Bars from which on they are set closer."""
_LEGEND = 50
"""Letters of a legend that fit into one line."""
_LEGIBLE = 0.09
"""Share of a bar from which on its number fits into it."""
_LOCALE = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]}


@dataclass(frozen=True)
class Point:
    """A number to draw with the text that says it; ``low`` and ``high`` bound an interval."""

    label: str
    value: float | None
    text: str
    series: str = ""
    low: float | None = None
    high: float | None = None


def bars(
    points: Sequence[Point],
    *,
    axis: str,
    share: bool = False,
    domain: Sequence[float] | None = None,
    room: float = 0.16,
) -> str:
    """Return horizontal bars from zero, one per point, each with its number.

    ``domain`` is the scale; charts that are compared with each other have the same. ``room`` is
    kept for the numbers, as a share of the longest bar.
    """
    data = [_row(p) for p in points]
    base = _base(data, [p.label for p in points])
    drawn = base.mark_bar(color=BLUE, height={"band": 0.62}).encode(
        x=_x(
            "value:Q", axis, share=share, values=[p.value for p in points], domain=domain, room=room
        )
    )
    words = base.mark_text(
        align=alt.ExprRef("datum.value < 0 ? 'right' : 'left'"),
        dx=alt.ExprRef("datum.value < 0 ? -5 : 5"),
        color=INK,
        fontSize=11,
    ).encode(x=alt.X("at:Q"), text="text:N")
    return _svg(alt.layer(drawn, words), len(points), row_height=27 if len(points) < _MANY else 21)


def stacked(
    points: Sequence[Point],
    *,
    axis: str,
    series: Sequence[str],
    wholes: Mapping[str, float | None] | None = None,
    rest: str = "",
) -> str:
    """Return bars of whole groups cut into ``series``, each part with its number if it fits.

    ``wholes`` are the totals of groups of which parts are hidden; what they leave is drawn white
    and called ``rest``.
    """
    data, names = _parts(points, series, wholes or {}, rest)
    labels = list(dict.fromkeys(p.label for p in points))
    base = _base(data, labels)
    range_ = [*LEVELS[: len(series)], "#FFFFFF"][: len(names)]
    legend = alt.Legend(
        title=None,
        orient="top",
        columns=4 if sum(map(len, names)) < _LEGEND else 3,
        labelLimit=260,
        symbolType="square",
        symbolStrokeColor=SOFT,
    )
    drawn = base.mark_bar(height={"band": 0.7}, stroke=SOFT, strokeWidth=0.7).encode(
        x=alt.X("start:Q", title=axis, axis=_axis(share=True), scale=alt.Scale(domain=[0, 1])),
        x2="end:Q",
        color=alt.Color(
            "series:N", scale=alt.Scale(domain=names, range=range_), legend=legend, sort=names
        ),
    )
    is_dark = alt.FieldOneOfPredicate(field="series", oneOf=list(series[2:4]))
    words = base.mark_text(fontSize=10.5, fontWeight="bold").encode(
        x="middle:Q",
        text="text:N",
        color=alt.condition(is_dark, alt.value("white"), alt.value(INK)),
    )
    return _svg(alt.layer(drawn, words), len(labels), row_height=30 if len(labels) < _MANY else 23)


def _parts(
    points: Sequence[Point],
    series: Sequence[str],
    wholes: Mapping[str, float | None],
    rest: str,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the parts of each bar from left to right, and the series that there are."""
    data: list[dict[str, Any]] = []
    has_rest = False
    for group in dict.fromkeys(p.label for p in points):
        mine = {p.series: p for p in points if p.label == group}
        parts = [mine[name] for name in series if name in mine]
        known = sum(p.value or 0 for p in parts)
        total = wholes.get(group) or known
        if any(p.value is None for p in parts) and total > known:
            parts.append(Point(group, total - known, "*", rest))
            has_rest = True
        start = 0.0
        for p in parts:
            width = (p.value or 0) / total if total else 0.0
            place = {"start": start, "end": start + width, "middle": start + width / 2}
            if width:
                data.append(_row(p) | place | {"text": p.text if width >= _LEGIBLE else ""})
            start += width
    return data, [*series, rest] if has_rest else list(series)


def dumbbells(
    points: Sequence[Point],
    *,
    axis: str,
    ideal: str,
    actual: str,
    domain: Sequence[float] = (1, 5),
) -> str:
    """Return for each label two values on one line, such as ideal and actual; by ``series``."""
    labels = list(dict.fromkeys(p.label for p in points))
    known = [p for p in points if p.value is not None]
    greatest = {label: max(_values(known, label), default=0.0) for label in labels}
    base = _base([_row(p) | {"right": p.value == greatest[p.label]} for p in known], labels)
    colours = alt.Scale(domain=[ideal, actual], range=[SOFT, BLUE])
    shapes = alt.Scale(domain=[ideal, actual], range=["diamond", "circle"])
    legend = alt.Legend(title=None, orient="top", symbolSize=110)
    x = _x("value:Q", axis, domain=domain)
    line = base.mark_line(color=PALE, strokeWidth=5).encode(x=x, detail="label:N")
    dots = base.mark_point(filled=True, size=130, opacity=1).encode(
        x=x,
        color=alt.Color("series:N", scale=colours, legend=legend, sort=[ideal, actual]),
        shape=alt.Shape("series:N", scale=shapes, legend=legend, sort=[ideal, actual]),
    )
    words = [
        base.transform_filter(alt.datum.right == is_right)
        .mark_text(align=side, dx=shift, color=INK, fontSize=11)
        .encode(x=x, text="text:N")
        for is_right, side, shift in ((True, "left", 11), (False, "right", -11))
    ]
    return _svg(alt.layer(line, dots, *words), len(labels), row_height=34)


def _values(points: Sequence[Point], label: str) -> list[float]:
    return [p.value for p in points if p.label == label and p.value is not None]


def intervals(points: Sequence[Point], *, axis: str) -> str:
    """Return for each label its mean and the interval around it, with a line at zero."""
    base = _base([_row(p) for p in points], [p.label for p in points])
    ends = [v for p in points for v in (p.low, p.high) if v is not None]
    low, high = min([0.0, *ends]), max([1.0, *ends])
    room = (high - low) * 0.22
    x = _x("value:Q", axis, domain=[low, high + room])
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(color=SOFT)
    bar = base.mark_rule(color=PALE, strokeWidth=5).encode(x=alt.X("low:Q"), x2="high:Q")
    dots = base.mark_point(filled=True, color=BLUE, size=90, opacity=1).encode(x=x)
    words = base.mark_text(align="left", dx=7, color=INK, fontSize=11).encode(
        x="high:Q", text="text:N"
    )
    return _svg(alt.layer(bar, zero.encode(x="zero:Q"), dots, words), len(points))


def trends(points: Sequence[Point], *, months: Sequence[str], share: Collection[str]) -> str:
    """Return a small line for each series over the months, all of them from zero.

    ``label`` of a point is its month; series in ``share`` go to 100 per cent.
    """
    names = list(dict.fromkeys(p.series for p in points))
    panels = [
        _trend([p for p in points if p.series == name], months, name, name in share)
        for name in names
    ]
    return _render(alt.concat(*panels, columns=2, spacing={"row": 18, "column": 34}))


def _trend(points: Sequence[Point], months: Sequence[str], title: str, is_share: bool) -> Any:
    known = [p for p in points if p.value is not None]
    values = [p.value or 0.0 for p in known]
    low, high = min([0.0, *values]), max([0.0, *values])
    room = 1.3
    domain = [0.0, room] if is_share else [low * room, high * room or (0.0 if low else 1.0)]
    first, last = (known[0].label, known[-1].label) if known else ("", "")
    data = [_row(p) | {"named": p.label in (first, last)} for p in known]
    base = alt.Chart(alt.InlineData(values=data)).encode(
        x=alt.X(
            "label:O",
            sort=list(months),
            scale=alt.Scale(domain=list(months), type="point", padding=0.6),
            axis=alt.Axis(title=None, labelAngle=0, labelOverlap=True, ticks=False),
        ),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(domain=domain, nice=False),
            axis=alt.Axis(title=None, labels=False, ticks=False, domain=False, tickCount=3),
        ),
    )
    words = base.transform_filter(alt.datum.named).mark_text(dy=-10, color=INK, fontSize=11)
    drawn = alt.layer(
        base.mark_line(color=BLUE, strokeWidth=2),
        base.mark_point(filled=True, color=BLUE, size=45, opacity=1),
        words.encode(text="text:N"),
    )
    heading = alt.TitleParams(
        title, anchor="start", fontSize=11, fontWeight=600, color=INK, offset=8
    )
    return drawn.properties(width=255, height=62, title=heading)


def grid(
    cells: Sequence[dict[str, Any]], *, columns: Sequence[str], rows: Sequence[str], axes: Any
) -> str:
    """Return a grid of named fields; each cell has column, row, title, text, share, marked."""
    data = alt.InlineData(values=list(cells))
    style = {"labelAngle": 0, "domain": False, "ticks": False, "labelLimit": 170, "grid": False}
    base = alt.Chart(data).encode(
        x=alt.X(
            "column:N",
            sort=list(columns),
            title=axes[0],
            axis=alt.Axis(orient="bottom", **style),
            scale=alt.Scale(paddingInner=0.04, paddingOuter=0),
        ),
        y=alt.Y(
            "row:N",
            sort=list(rows),
            title=axes[1],
            axis=alt.Axis(**style),
            scale=alt.Scale(paddingInner=0.05, paddingOuter=0),
        ),
    )
    is_marked = alt.FieldEqualPredicate(field="marked", equal=True)
    tiles = base.mark_rect(cornerRadius=3).encode(
        color=alt.condition(is_marked, alt.value(BLUE), alt.value("#E9EEF3"))
    )
    ink = alt.condition(is_marked, alt.value("white"), alt.value(INK))
    title = base.mark_text(dy=-22, fontSize=11).encode(text="title:N", color=ink)
    text = base.mark_text(dy=1, fontSize=17, fontWeight="bold").encode(text="text:N", color=ink)
    share = base.mark_text(dy=22, fontSize=11).encode(text="share:N", color=ink)
    return _render(alt.layer(tiles, title, text, share).properties(width=450, height=252))


def _row(point: Point) -> dict[str, Any]:
    return {
        "label": point.label,
        "value": point.value,
        "at": point.value or 0,
        "text": point.text,
        "series": point.series,
        "low": point.low,
        "high": point.high,
    }


def _base(data: list[dict[str, Any]], labels: Sequence[str]) -> Any:
    axis = alt.Axis(title=None, labelLimit=320, domain=False, ticks=False, labelPadding=8)
    return alt.Chart(alt.InlineData(values=data)).encode(
        y=alt.Y("label:N", sort=list(dict.fromkeys(labels)), axis=axis)
    )


def _axis(*, share: bool) -> Any:
    shape = ".0%" if share else ",~r"
    return alt.Axis(format=shape, tickCount=5, domain=False, ticks=False)


def _x(
    name: str,
    title: str,
    *,
    share: bool = False,
    values: Sequence[float | None] = (),
    domain: Sequence[float] | None = None,
    room: float = 0.16,
) -> Any:
    """Return the horizontal axis, with room for the number beside the longest bar."""
    if domain is None:
        known = [v for v in values if v is not None]
        low, high = min([0.0, *known]), max([0.0, *known])
        width = (high - low) or 1.0
        domain = [low - (room * width if low < 0 else 0), high + (room * width if high > 0 else 0)]
    scale = alt.Scale(domain=list(domain), nice=False, zero=False)
    return alt.X(name, title=title, axis=_axis(share=share), scale=scale)


def _svg(chart: Any, rows: int, row_height: int = 27) -> str:
    return _render(chart.properties(width=_WIDTH, height=max(1, rows) * row_height))


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(FONTS))


def _render(chart: Any) -> str:
    _register_fonts()
    specification = (
        chart.configure(font=FONT, background="white", padding=4)
        .configure_axis(
            labelFontSize=11,
            titleFontSize=11,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=SOFT,
            gridColor=LINE,
        )
        .configure_legend(labelFontSize=11, labelColor=INK)
        .configure_view(stroke=None)
        .to_dict()
    )
    return _normalised(vl_convert.vegalite_to_svg(specification, format_locale=_LOCALE))


def _normalised(svg: str) -> str:
    """Return the picture with ids that do not depend on how many were drawn before it."""
    names: dict[str, str] = {}
    for found in re.findall(r'\bid="([^"]+)"', svg):
        names.setdefault(found, f"part{len(names)}")
    for old, new in names.items():
        svg = svg.replace(f'id="{old}"', f'id="{new}"').replace(f"#{old})", f"#{new})")
    return re.sub(r' (aria-[a-z]+|role)="[^"]*"', "", svg)


def inline(svg: str, chart_id: str, alt_text: str) -> str:
    """Return the picture for a web page: named for readers that cannot see it, ids kept apart."""
    svg = re.sub(r'\bid="(part\d+)"', rf'id="{chart_id}-\1"', svg)
    svg = re.sub(r"url\(#(part\d+)\)", rf"url(#{chart_id}-\1)", svg)
    name = escape(alt_text, quote=True)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{name}" focusable="false" ', 1)
