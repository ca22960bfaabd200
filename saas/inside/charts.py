"""Draws a Vega-Lite chart as SVG; inside the child, whose V8 fails under an address-space limit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import vl_convert

from saas.child import Stopped

NOWHERE = ["https://nowhere.invalid/"]  # an empty list would allow every address


def draw(material: BinaryIO, *, locale: str) -> Iterator[bytes]:
    """The chart whose specification is `material`, JSON; numbers and dates in `locale`, "en" or "zh"."""
    spec: dict[str, Any] = json.load(material)
    try:
        svg = vl_convert.vegalite_to_svg(
            spec,
            allowed_base_urls=NOWHERE,
            format_locale="zh-CN" if locale == "zh" else "en-US",
            time_format_locale="zh-CN" if locale == "zh" else "en-US",
        )
    except ValueError as error:
        raise Stopped("spec") from error
    yield svg.encode()
