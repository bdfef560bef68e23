"""Charts of the site: Vega-Lite specifications without data, made once for all pages.

A page names the kind and the columns of a table; the browser puts the rows that are shown into the
specification, so that chart and table cannot differ.
"""

import json
from functools import cache
from typing import Any

import altair as alt
import vl_convert

from asn_warehouse.report.charts import BLUE, FONT, INK, LINE, PALE, SOFT

SERIES = (BLUE, "#28A197", "#F0B27A", "#801650", "#6B7785", "#C9B458", "#3F7CAC")
"""Told apart by readers with colour-blindness; the third and the sixth are light."""
_TICKS = "share ? format(datum.value, fine ? '.1%' : '.0%') : format(datum.value, ',~r')"
_PARAMETERS = (alt.param(name="share", value=False), alt.param(name="fine", value=False))


@cache
def specifications() -> bytes:
    """Return the script that gives pages the specification of each kind of chart."""
    made = {
        "bar": _bar(),
        "dumbbell": _dumbbell(),
        "stacked": _stacked(),
        "intervals": _intervals(),
        "line": _line(),
    }
    text = json.dumps({kind: _dict(chart) for kind, chart in made.items()}, sort_keys=True)
    return f"window.ASN_CHARTS = {text};\n".encode()


@cache
def runtime() -> bytes:
    """Return the script with Vega, Vega-Lite and Vega-Embed, from the package that draws the PDF.

    Deterministic and made without a network.
    """
    return f"{vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;')}\n".encode()


def _dict(chart: Any) -> dict[str, Any]:
    found: dict[str, Any] = (
        chart.add_params(*_PARAMETERS)
        .properties(width="container")
        .configure(font=FONT, background="transparent", padding=2)
        .configure_axis(
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=SOFT,
            gridColor=LINE,
        )
        .configure_legend(labelFontSize=12, labelColor=INK)
        .configure_view(stroke=None)
        .to_dict()
    )
    for unwanted in ("$schema", "datasets"):
        found.pop(unwanted, None)
    return found


def _base(height: int) -> Any:
    axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        labelPadding=8,
        labelExpr="split(datum.label, '\\n')",
    )
    return alt.Chart(alt.NamedData("rows")).encode(y=alt.Y("label:N", sort=None, axis=axis)), height


def _x(name: str, *, zero: bool = True, domain: list[float] | None = None) -> Any:
    axis = alt.Axis(labelExpr=_TICKS, tickCount=4, domain=False, ticks=False)
    scale = alt.Scale(zero=zero, nice=False)
    if domain:
        scale = alt.Scale(domain=domain, nice=False, zero=False)
    return alt.X(f"{name}:Q", title=None, axis=axis, scale=scale)


def _step(chart: Any, step: int) -> Any:
    return chart.properties(height=alt.Step(step))


def _bar() -> Any:
    base, step = _base(34)
    hint = [alt.Tooltip("name:N"), alt.Tooltip("text:N")]
    drawn = base.mark_bar(color=BLUE, size=17).encode(x=_x("value"), tooltip=hint)
    words = base.mark_text(
        align=alt.ExprRef("datum.value < 0 ? 'right' : 'left'"),
        dx=alt.ExprRef("datum.value < 0 ? -5 : 5"),
        color=INK,
        fontSize=12,
    ).encode(x="value:Q", text="text:N")
    # A second, unseen end gives the number beside the longest bar its room.
    room = base.mark_point(opacity=0).encode(x="room:Q")
    return _step(alt.layer(drawn, words, room), step)


def _dumbbell() -> Any:
    base, step = _base(38)
    x = _x("value", domain=[1, 5])
    colours = alt.Scale(range=[SOFT, BLUE])
    shapes = alt.Scale(range=["diamond", "circle"])
    legend = alt.Legend(title=None, orient="top", symbolSize=110)
    line = base.mark_line(color=PALE, strokeWidth=5).encode(x=x, detail="label:N")
    dots = base.mark_point(filled=True, size=140, opacity=1).encode(
        x=x,
        color=alt.Color("series:N", scale=colours, legend=legend, sort=None),
        shape=alt.Shape("series:N", scale=shapes, legend=legend, sort=None),
        tooltip=[alt.Tooltip("name:N"), alt.Tooltip("series:N"), alt.Tooltip("text:N")],
    )
    words = [
        base.transform_filter(f"datum.side === '{side}'")
        .mark_text(align=side, dx=shift, color=INK, fontSize=12)
        .encode(x=x, text="text:N")
        for side, shift in (("left", 12), ("right", -12))
    ]
    return _step(alt.layer(line, dots, *words), step)


def _stacked() -> Any:
    base, step = _base(34)
    axis = alt.Axis(format=".0%", tickCount=4, domain=False, ticks=False)
    legend = alt.Legend(title=None, orient="top", symbolType="square")
    drawn = base.mark_bar(size=20).encode(
        x=alt.X("start:Q", title=None, axis=axis, scale=alt.Scale(domain=[0, 1])),
        x2="end:Q",
        color=alt.Color("series:N", scale=alt.Scale(range=list(SERIES)), legend=legend, sort=None),
        tooltip=[alt.Tooltip("name:N"), alt.Tooltip("series:N"), alt.Tooltip("text:N")],
    )
    words = base.mark_text(fontSize=11, fontWeight="bold").encode(
        x="middle:Q",
        text="inside:N",
        color=alt.condition(
            "datum.place === 2 || datum.place === 5", alt.value(INK), alt.value("white")
        ),
    )
    return _step(alt.layer(drawn, words), step)


def _intervals() -> Any:
    base, step = _base(34)
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(color=SOFT)
    hint = [alt.Tooltip("name:N"), alt.Tooltip("text:N"), alt.Tooltip("range:N")]
    bar = base.mark_rule(color=PALE, strokeWidth=6).encode(x=_x("low"), x2="high:Q", tooltip=hint)
    dots = base.mark_point(filled=True, color=BLUE, size=100, opacity=1).encode(
        x="value:Q", tooltip=hint
    )
    words = base.mark_text(align="left", dx=8, color=INK, fontSize=12).encode(
        x="high:Q", text="text:N"
    )
    room = base.mark_point(opacity=0).encode(x="room:Q")
    return _step(alt.layer(zero.encode(x="zero:Q"), bar, dots, words, room), step)


def _line() -> Any:
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X(
            "label:O",
            sort=None,
            title=None,
            axis=alt.Axis(labelAngle=0, domain=False, ticks=False, labelOverlap="parity"),
        ),
    )
    axis = alt.Axis(labelExpr=_TICKS, tickCount=3, domain=False, ticks=False)
    y = alt.Y("value:Q", title=None, axis=axis, scale=alt.Scale(zero=False, nice=True, padding=14))
    hint = [alt.Tooltip("name:N"), alt.Tooltip("text:N")]
    line = base.mark_line(color=BLUE, strokeWidth=2.5).encode(y=y)
    dots = base.mark_point(filled=True, color=BLUE, size=70, opacity=1).encode(y=y, tooltip=hint)
    words = base.mark_text(dy=-12, color=INK, fontSize=12).encode(y=y, text="text:N")
    return alt.layer(line, dots, words).properties(height=130)
