"""Charts as SVG, for PDF and mail, from the same Vega-Lite specification that the browser draws.

They are drawn in a limited child (`saas.inside.charts`). What comes back is not trusted: it is taken apart here and
only shapes, text and colours are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from flask_babel import lazy_gettext as _l

from saas import child
from saas.errors import Refused

LARGEST = 2 * child.MIB  # of a specification, data included
ROWS = 5_000  # of data
DEPTH = 40
SVG = "http://www.w3.org/2000/svg"
SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc"}
ELEMENTS = SHAPES | {"svg", "g", "defs", "clipPath", "linearGradient", "radialGradient", "stop"}
# A value that loads or runs; a backslash may spell one in CSS.
LOADS = re.compile(r"url\((?!#)|\\|@import|expression\(|javascript:|data:", re.IGNORECASE)
OUTSIDE = {"url", "href", "usermeta", "params", "signals", "sequence", "sphere", "graticule", "lookup"}

SENTENCES = {
    "spec": _l("This chart can't be drawn."),
    "size": _l("This chart has too much data. Choose a shorter time or fewer groups."),
    "time": _l("Drawing this chart takes too long. Choose a shorter time or fewer groups."),
    "busy": _l("Many charts are being drawn right now. Try again in a minute."),
}


class Undrawable(Refused):
    """The chart is wrong or beyond the limits; `why` is the word that SENTENCES begins with."""

    def __init__(self, why: str) -> None:
        why = {"memory": "size", "answer": "size"}.get(why, why if why in SENTENCES else "spec")
        super().__init__(str(SENTENCES[why]))
        self.why = why


def draw(spec: dict[str, Any], *, locale: str = "en") -> str:
    """The chart as SVG that stands by itself.

    Args:
        spec: Vega-Lite, its data inside.
        locale: language of numbers and dates, "en" or "zh".

    Raises:
        Undrawable: it asks for something outside, or took too long or too much.
    """
    for key, value in _walk(spec, 0):
        if key in OUTSIDE or (key == "mark" and _is_image(value)):
            raise Undrawable("spec")
        if isinstance(value, list) and len(value) > ROWS:
            raise Undrawable("size")
    material = json.dumps(spec, allow_nan=False).encode()
    if len(material) > LARGEST:
        raise Undrawable("size")
    try:
        svg = child.run("charts.draw", material, locale=locale)
    except child.Stopped as stop:
        raise Undrawable(stop.why) from None
    if not isinstance(svg, bytes):
        raise Undrawable("spec")
    return clean(svg)


def _walk(value: object, depth: int) -> Iterator[tuple[str, object]]:
    """Every key with its value; not inside the rows of data, whose columns may have any name."""
    if depth > DEPTH:
        raise Undrawable("spec")
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key), inner
            if key != "values":
                yield from _walk(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, depth + 1)


def _is_image(mark: object) -> bool:
    return mark == "image" or (isinstance(mark, dict) and mark.get("type") == "image")


def clean(svg: bytes) -> str:
    """The drawing without anything that could run, load or lead elsewhere.

    Raises:
        Undrawable: it is no SVG.
    """
    try:
        root = fromstring(svg, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise Undrawable("spec") from error
    if root.tag != f"{{{SVG}}}svg":
        raise Undrawable("spec")
    _keep_shapes(root)
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _keep_shapes(element: ElementTree.Element) -> None:
    for name, value in list(element.attrib.items()):
        if name.startswith("{") or name.lower().startswith("on") or "href" in name.lower() or LOADS.search(value):
            del element.attrib[name]
    for inner in list(element):
        space, _brace, tag = str(inner.tag).rpartition("}")
        if space == f"{{{SVG}" and tag in ELEMENTS:
            _keep_shapes(inner)
        else:
            element.remove(inner)
