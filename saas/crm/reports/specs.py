"""The charts of reports as Vega-Lite: the browser draws them on the page, `saas.charts` draws the same ones for paper.

A row's words are made before it comes here: numbers and dates in a chart are those of the table beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import ceil, floor, log10
from typing import Any

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WON, LOST = "#2f9463", "#cf6459"  # seen on light and on dark ground
ROOM = 1.45  # of the longest bar, so that its words fit beside it
FIT = {"type": "fit-x", "contains": "padding"}
LEGEND = 3  # names beside each other, so that they fit a phone
TICKS = 4  # about so many lines of a scale
STEPS = (1, 2, 2.5, 5, 10)  # times a power of ten
Say = Callable[[float], str]  # a number in a few letters, as its reader writes it: "2.5M", "250万"
PAPER = {
    "aria": False,  # as on the page: a picture in one language only, whose table says the same in words
    "background": "transparent",
    "font": "Noto Sans, Noto Sans CJK SC, Noto Sans SC, WenQuanYi Zen Hei, sans-serif",
    "axis": {
        "labelColor": "#586870",
        "titleColor": "#586870",
        "gridColor": "#e4e9ec",
        "domainColor": "#84929a",
        "tickColor": "#84929a",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": 500,
    },
    "legend": {"labelColor": "#586870", "labelFontSize": 11},
    "view": {"stroke": None},
    "mark": {"color": "#0f6e84"},
    "text": {"color": "#1d2b31", "fontSize": 11},
}


def lying_bars(rows: Sequence[dict[str, Any]], *, title: str, say: Say) -> dict[str, Any]:
    """One bar a row from top to bottom, its words at its end.

    Args:
        rows: {name, value, label}; `value` a float, perhaps `href`.
        title: what the values are.
        say: how the scale writes them.
    """
    end = ROOM * max((row["value"] for row in rows), default=0) or 1
    y = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 180, "labelPadding": 8, "ticks": False},
    }
    x = {
        "field": "value",
        "type": "quantitative",
        "title": title,
        "axis": _axis([tick for tick in round_values(end) if tick <= end], say),
        "scale": {"domain": [0, end]},
    }
    return _chart(
        rows,
        height=30 * max(len(rows), 1),
        encoding={"y": y, "x": x, "tooltip": _tooltip()},
        layer=[
            {"mark": {"type": "bar", "cornerRadiusEnd": 3, "height": {"band": 0.66}}},
            {"mark": {"type": "text", "align": "left", "dx": 5}, "encoding": {"text": {"field": "label"}}},
        ],
    )


def columns(rows: Sequence[dict[str, Any]], *, title: str) -> dict[str, Any]:
    """One column a row from left to right, its words above it.

    Args:
        rows: {name, value, label}; `value` a count.
        title: what the values are.
    """
    return _chart(
        rows,
        height=170,
        encoding={
            "x": _across(),
            "y": _up(title) | {"axis": {"tickMinStep": 1, "tickCount": 4}},
            "tooltip": _tooltip(),
        },
        layer=[
            {"mark": {"type": "bar", "cornerRadiusEnd": 3, "width": {"band": 0.6}}},
            {"mark": {"type": "text", "dy": -7}, "encoding": {"text": {"field": "label"}}},
        ],
    )


def pairs(rows: Sequence[dict[str, Any]], *, names: tuple[str, str], title: str, say: Say) -> dict[str, Any]:
    """Two columns beside each other for each name, the first good, the second bad; arguments as for `beside`."""
    return beside(rows, names=names, colours=(WON, LOST), title=title, say=say)


def beside(
    rows: Sequence[dict[str, Any]], *, names: Sequence[str], colours: Sequence[str], title: str, say: Say
) -> dict[str, Any]:
    """Columns beside each other for each name, one a group.

    Args:
        rows: {name, group, value, label}; `group` is one of `names`, perhaps `href`.
        names: what the groups are called.
        colours: of each group.
        title: what the values are.
        say: how the scale writes them.
    """
    ticks = round_values(max((row["value"] for row in rows), default=0))
    scale = {"domain": list(names), "range": list(colours)}
    legend = {"orient": "top", "title": None, "columns": LEGEND}
    across = _across()
    across["axis"]["labelOverlap"] = "greedy"
    encoding = {
        "x": across,
        "xOffset": {"field": "group", "sort": list(names)},
        "y": _up(title) | {"axis": _axis(ticks, say), "scale": {"domain": [0, ticks[-1]]}},
        "color": {"field": "group", "type": "nominal", "scale": scale, "legend": legend},
        "tooltip": [{"field": "group", "type": "nominal", "title": " "}, *_tooltip()],
    }
    return _chart(rows, height=180, encoding=encoding, mark={"type": "bar", "cornerRadiusEnd": 3})


def round_values(most: float) -> list[float]:
    """Round numbers from 0 in even steps, about `TICKS` of them, to the first that isn't below `most` (0 or more)."""
    wanted = (most or 1) / TICKS
    power = 10.0 ** floor(log10(wanted))
    step = next(one * power for one in STEPS if one * power >= wanted * (1 - 1e-9))
    return [round(step * place, 10) for place in range(ceil((most or 1) / step - 1e-9) + 1)]


def for_paper(spec: dict[str, Any], *, width: int) -> dict[str, Any]:
    """The same chart in ink; `width` in pixels, its words included."""
    return spec | {"width": width, "config": PAPER}


def _chart(rows: Sequence[dict[str, Any]], **parts: Any) -> dict[str, Any]:
    return {"$schema": SCHEMA, "width": "container", "autosize": FIT, "data": {"values": list(rows)}, **parts}


def _axis(ticks: Sequence[float], say: Say) -> dict[str, Any]:
    """An axis with these lines and their words; the drawing's own short numbers know English alone."""
    words = json.dumps([say(tick) for tick in ticks], ensure_ascii=False)
    return {"values": list(ticks), "labelExpr": f"{words}[indexof({json.dumps(list(ticks))}, datum.value)]"}


def _across() -> dict[str, Any]:
    return {"field": "name", "type": "ordinal", "sort": None, "title": None, "axis": {"labelAngle": 0, "ticks": False}}


def _up(title: str) -> dict[str, Any]:
    return {"field": "value", "type": "quantitative", "title": title, "scale": {"domainMin": 0}}


def _tooltip() -> list[dict[str, str]]:
    return [
        {"field": "name", "type": "nominal", "title": " "},
        {"field": "label", "type": "nominal", "title": "  "},
    ]
