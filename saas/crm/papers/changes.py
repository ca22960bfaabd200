"""What changed in the lines of a paper. Pure: no session, no request, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from saas.crm.papers.models import Line

COPIED = (
    "kind",
    "is_chosen",
    "product_id",
    "text",
    "quantity",
    "unit",
    "price",
    "discount",
    "tax_name",
    "tax_percent",
    "cost",
    "net",
)
TOLD = ("text", "quantity", "unit", "price", "discount", "tax_percent")
Image = dict[str, Any]  # of a line: its id, position and the columns of COPIED


def said(line: Line) -> dict[str, Any]:
    """What a line says, as another paper takes it over."""
    return {name: getattr(line, name) for name in COPIED}


def images(lines: Sequence[Line]) -> list[Image]:
    """What the lines say, to be held against what they say later."""
    return [{"id": line.id, "position": line.position, **said(line)} for line in lines]


def counted(before: Sequence[Image], after: Sequence[Image]) -> list[int]:
    """How many lines there were and are, where they say anything else."""
    was, now = ([{**one, "id": None} for one in found] for found in (before, after))
    return [len(was), len(now)] if was != now else []


def between(before: Sequence[Image], after: Sequence[Image]) -> list[dict[str, Any]]:
    """The lines that came, went, or say something else.

    Args:
        before, after: the lines of two editions, in their order.

    Returns:
        {what: "added" or "dropped", line, quantity, unit} or {what: "changed", line, and each column that differs as
        [before, after]}; `line` is its text. Those that went come first.
    """
    was, now = {one["id"]: one for one in before}, {one["id"]: one for one in after}
    told = [_whole("dropped", one) for key, one in was.items() if key not in now]
    for key, one in now.items():
        if key not in was:
            told.append(_whole("added", one))
        elif differing := {name: [was[key][name], one[name]] for name in TOLD if was[key][name] != one[name]}:
            told.append({"what": "changed", "line": one["text"], **differing})
    return told


def _whole(what: str, one: Image) -> dict[str, Any]:
    return {"what": what, "line": one["text"], "quantity": one["quantity"], "unit": one["unit"]}
