"""A list page as the templates draw it: every cell formatted in one pass, every link of its pills and heads made here.

A template then writes rows without a macro or a filter per cell, which is what makes a page of fifty rows cheap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import gettext as _
from markupsafe import Markup, escape

from saas import ui
from saas.lists import MOST, Column, Page

CSS = {
    "ago": "muted",
    "acts": "acts",
    "number": "num",
    "money": "num",
    "moment": "muted",
    "day": "muted",
    "phone": "num-left",
}
EMPTY = Markup('<span class="muted">—</span>')


def shown(page: Page, url: Callable[[Any], str], **cells: Callable[[Any, Any], Any]) -> dict[str, Any]:
    """The context of `lists/_list.html`.

    Args:
        page: what the listing found.
        url: row → the address of its record, behind the name.
        cells: column key → (value, row) → text or Markup, for columns with a look of their own.
    """
    formats = [_format(c, url, cells.get(c.key)) for c in page.columns]
    rows = [{"id": row.id, "html": _row(row, formats)} for row in page.rows]
    return {
        "columns": [
            {"key": c.key, "label": c.label, "number": c.number, "sort": c.sort is not None} for c in page.columns
        ],
        "rows": rows,
        "sort": page.sort,
        **pills(page.filters),
        "column_choices": _column_choices(page),
        "more_url": ui.here(after=page.next) if page.next else None,
        "drops": [
            {"label": f"{f['label']}: {f['word']}", "url": _without(f["key"])} for f in page.filters if f["active"]
        ],
        "clear_url": request.path,
        "is_filtered": page.is_filtered,
    }


def pills(filters: list[dict[str, Any]]) -> dict[str, Any]:
    """The pills of a view that isn't a list, such as a board: {pills, more_filters}, for `macros/tables.html`."""
    return {
        "pills": [_pill(f) for f in filters if f["pinned"] or f["active"]],
        "more_filters": [_added(f) for f in filters if not f["pinned"] and not f["active"]],
    }


def chip(word: Any, look: str = "neutral") -> Markup:
    """A word on its tint."""
    return Markup('<span class="chip chip-{}">{}</span>').format(look, word)


def tally(count: int) -> str:
    """A count as a list shows it: exact up to 10,000, then "10,000+"."""
    return ui.number(min(count, MOST)) + ("+" if count > MOST else "")


Format = tuple[str, str, Callable[[Any, Any], Any]]  # name of the value, opening tag, (value, row) → text or Markup


def _row(row: Any, formats: list[Format]) -> Markup:
    """The cells of a row, as one text: a template that drew them one by one would take most of the page's time."""
    values = row._mapping
    cells = [(tag, draw(values[name], row)) for name, tag, draw in formats]
    drawn = [f"{tag}{cell if cell.__class__ is Markup else escape(cell)}</td>" for tag, cell in cells]
    return Markup("".join(drawn))  # noqa: S704 - what isn't Markup was escaped


def _format(column: Column, url: Callable[[Any], str], own: Callable[[Any, Any], Any] | None) -> Format:
    css = CSS.get(column.kind, column.kind if column.kind == "name" else "")
    name, tag = f"c_{column.key}", f'<td class="{css}">' if css else "<td>"
    if own is not None:
        return name, tag, own
    words, reader = column.words, ui.words()
    draws: dict[str, Callable[[Any, Any], Any]] = {
        "name": lambda v, row: _name(url(row), v),
        "badge": _badges(words),
        "moment": lambda v, row: reader.moment_tag(v) if v else EMPTY,
        "day": lambda v, row: reader.day_tag(v) if v else EMPTY,
        "number": lambda v, row: reader.number(v) if v is not None else EMPTY,
        "phone": lambda v, row: _link("tel:" + _dialled(v), v) if v else EMPTY,
        "mail": lambda v, row: _link("mailto:" + v, v) if v else EMPTY,
    }
    return name, tag, draws.get(column.kind) or _plain(words)


def _plain(words: Callable[[Any], Any] | None) -> Callable[[Any, Any], Any]:
    def draw(value: Any, row: Any) -> Any:
        if value is None or value == "":
            return EMPTY
        return escape(words(value)) if words else escape(value)

    return draw


def _badges(words: Callable[[Any], tuple[Any, str]] | None) -> Callable[[Any, Any], Any]:
    """Chips, each word drawn once a page."""
    drawn: dict[Any, Markup] = {}

    def draw(value: Any, row: Any) -> Any:
        if value not in drawn:
            drawn[value] = chip(*(words(value) if words else (value, "neutral")))
        return drawn[value]

    return draw


def _name(address: str, shown: str) -> Markup:
    return Markup(f'<a class="name" href="{address}">{escape(shown)}</a>')  # noqa: S704 - an address of our own


def _link(address: str, shown: str) -> Markup:
    return Markup(f'<a class="quiet" href="{escape(address)}">{escape(shown)}</a>')  # noqa: S704 - both escaped


def _dialled(phone: str) -> str:
    return "".join(c for c in phone if c.isdigit() or c == "+")


def _pill(found: dict[str, Any]) -> dict[str, Any]:
    key, value = found["key"], found["value"]
    every = {
        "label": _("Everyone") if key == "owner" else _("All"),
        "url": _without(key),
        "active": not found["active"],
    }
    choices = [
        {"label": w, "url": ui.here(**{key: v, "after": None}), "active": v == value} for v, w in found["choices"]
    ]
    return {
        "label": found["label"],
        "value": found["word"] if found["active"] else None,
        "active": found["active"],
        "remove_url": _without(key) if found["active"] else None,
        "choices": [every, *choices],
    }


def _added(found: dict[str, Any]) -> dict[str, Any]:
    first = found["choices"][0][0] if found["choices"] else ""
    return {"label": found["label"], "url": ui.here(**{found["key"]: first, "after": None})}


def _without(key: str) -> str:
    return ui.here(**{key: None, "after": None})


def _column_choices(page: Page) -> list[dict[str, Any]]:
    shown = [c.key for c in page.columns]
    choices = []
    for column in page.all_columns:
        on = column.key in shown
        keys = [k for k in shown if k != column.key] if on else [*shown, column.key]
        if keys:
            choices.append({"label": column.label, "url": ui.here(columns=",".join(keys), after=None), "active": on})
    return choices
