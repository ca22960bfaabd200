"""A list page as the templates draw it: every cell formatted in one pass, every link of its pills and heads made here.

A template then writes rows without a macro or a filter per cell, which is what makes a page of fifty rows cheap.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from markupsafe import Markup, escape

from saas import drawn, ui
from saas.lists import MOST, Column, Listing, Page
from saas.words import Words

CSS = {
    "ago": "muted",
    "acts": "acts",
    "number": "num",
    "money": "num",
    "moment": "muted",
    "day": "muted",
    "phone": "num-left",
}
SPECIAL = re.compile("[&<>\"']")
NOT_DIALLED = re.compile(r"[^\d+]")
EMPTY = Markup('<span class="muted">—</span>')


class Shown:
    """What `lists/_list.html` draws. Pills and heads, alike on every page of a view, are made when they are drawn: the
    template keeps them by `key`.
    """

    def __init__(self, page: Page, url: Callable[[Any], str], cells: dict[str, Callable[[Any, Any], Any]]) -> None:
        self._page = page
        self.rows = _rows(page, url, cells)
        self.sort = page.sort
        self.is_filtered = page.is_filtered
        self.clear_url = request.path
        self.more_url = ui.here(after=page.next) if page.next else None
        self.width = len(page.columns)
        self.is_chosen_from = False
        self.inline_url: str | None = None
        self._changeable: tuple[str, ...] = ()

    def body(self, name: str) -> Markup:
        """The rows of the table called `name`, as one text: a template that drew them would take most of the page's
        time."""
        if self.is_chosen_from:
            drawn = [f'<tr id="{name}-{key}">{self._pick(name, key)}{cells}</tr>\n' for key, cells in self.rows]
        else:
            drawn = [f'<tr id="{name}-{key}">{cells}</tr>\n' for key, cells in self.rows]
        return Markup("".join(drawn))  # noqa: S704 - cells are HTML already

    def choose(self) -> None:
        """Give each row a box, for what is done with many at once."""
        self.is_chosen_from = True
        self.width += 1
        self._label = str(escape(_("Choose")))

    def change(self, url: str, keys: tuple[str, ...]) -> None:
        """Let cells of these columns be changed where they stand; `url` stands for the row `ui.NOBODY` and "field"."""
        if keys:
            self.inline_url, self._changeable = url, keys

    def _pick(self, name: str, key: Any) -> str:
        box = f'<input class="form-check-input" type="checkbox" name="id" value="{key}" form="{name}-batch"'
        return f'<td class="pick">{box} aria-label="{self._label}"></td>'

    @property
    def key(self) -> tuple[Any, ...]:
        """What pills, heads and the choice of columns depend on, besides the language and the workspace."""
        filters = tuple(
            (
                *_told_apart((f["key"], f["label"])),
                *(f["value"], f["active"]),
                *_told_apart(("", f["word"])),  # which may be a name that not every reader may see
                tuple(map(_told_apart, f["choices"])),
            )
            for f in self._page.filters
        )
        shown, every = self._page.columns, self._page.all_columns
        columns = (tuple(c.key for c in shown), tuple(_told_apart((c.key, c.label)) for c in every))
        return (ui.here(after=None), filters, columns, self._changeable)

    @cached_property
    def columns(self) -> list[dict[str, Any]]:
        """The heads of the table."""
        return [
            {
                "key": c.key,
                "label": c.label,
                "number": c.number,
                "sort": c.sort is not None,
                "edit": c.key in self._changeable,
            }
            for c in self._page.columns
        ]

    @cached_property
    def pills(self) -> list[dict[str, Any]]:
        """The filters in sight: those that always are, and those that somebody added."""
        return [_pill(f) for f in self._page.filters if f["seen"]]

    @cached_property
    def more_filters(self) -> list[dict[str, Any]]:
        """The filters that can be added."""
        return [_added(f) for f in self._page.filters if not f["seen"]]

    @cached_property
    def column_choices(self) -> list[dict[str, Any]]:
        """The columns that can be shown or left out."""
        return _column_choices(self._page)

    @cached_property
    def drops(self) -> list[dict[str, Any]]:
        """The filters that are on, each with the address without it."""
        return [
            {"label": f"{f['label']}: {f['word']}", "url": _without(f["key"])}
            for f in self._page.filters
            if f["active"]
        ]


def shown(page: Page, url: Callable[[Any], str], **cells: Callable[[Any, Any], Any]) -> Shown:
    """The context of `lists/_list.html`.

    Args:
        page: what the listing found.
        url: row → the address of its record, behind the name.
        cells: column key → (value, row) → text or Markup, for columns with a look of their own.
    """
    return Shown(page, url, cells)


def cell(
    listing: Listing,
    key: str,
    record_id: UUID,
    url: Callable[[Any], str],
    own: Callable[[Any, Any], Any] | None = None,
) -> Markup:
    """One cell of a list, as it is now; `own` draws it where its column has a look of its own."""
    column, row = listing.cell(key, record_id)
    return Markup(_cells(row, [_format(column, url, own, ui.words())]))  # noqa: S704 - cells are HTML already


def texts(page: Page, **cells: Callable[[Any, Any], Any]) -> list[list[str]]:
    """The rows of a page as paper has them: words instead of chips and links, days with their year.

    Args:
        page: what the listing found.
        cells: as for `shown`.
    """
    reads = [(f"c_{c.key}", _text(c, cells.get(c.key), ui.words())) for c in page.columns]
    return [[read(getattr(row, name), row) for name, read in reads] for row in page.rows]


def _text(column: Column, own: Callable[[Any, Any], Any] | None, reader: Words) -> Draw:
    words = column.words
    if own is not None:
        return lambda v, row: "" if v is None else Markup(own(v, row)).striptags()  # noqa: S704 - marks are taken out
    reads: dict[str, Callable[[Any], Any]] = {
        "badge": lambda v: words(v)[0] if words else v,
        "tags": lambda v: _(", ").join(str(word) for word, _look in (words(v) if words else ())),
        "moment": lambda v: reader.dated(v.astimezone(reader.zone).date()),
        "day": reader.dated,
        "number": reader.number,
    }
    read = reads.get(column.kind) or words or str
    return lambda v, row: "" if v is None else str(read(v))


def _told_apart(choice: tuple[str, Any]) -> tuple[str, str | None]:
    """A choice, filter or column by its key, and by its word where that is somebody's own: ours follow the language."""
    value, word = choice
    return value, word if isinstance(word, str) else None


def pills(filters: list[dict[str, Any]]) -> dict[str, Any]:
    """The pills of a view that isn't a list, such as a board: {pills, more_filters}, for `macros/tables.html`."""
    return {
        "pills": [_pill(f) for f in filters if f["seen"]],
        "more_filters": [_added(f) for f in filters if not f["seen"]],
    }


def chip(word: Any, look: str = "neutral") -> Markup:
    """A word on its tint."""
    return Markup(f'<span class="chip chip-{look}">{_html(word)}</span>')  # noqa: S704 - the look is one of ours


def tally(count: int) -> str:
    """A count as a list shows it: exact up to 10,000, then "10,000+"."""
    return ui.number(min(count, MOST)) + ("+" if count > MOST else "")


Draw = Callable[[Any, Any], str]  # (value, row) → HTML
Format = tuple[str, str, Draw]  # name of the value, opening tag, how it is drawn


def _rows(page: Page, url: Callable[[Any], str], own: dict[str, Callable[[Any, Any], Any]]) -> list[tuple[Any, str]]:
    """Each row's id and its cells. A row that was read as it was before is not drawn again, unless the page has cells
    of its own: those may tell of anything.
    """
    reader = ui.words()
    formats = [_format(c, url, own.get(c.key), reader) for c in page.columns]
    place = None if own else drawn.place(*[c.key for c in page.columns])
    if place is None:
        return [(row.id, _cells(row, formats)) for row in page.rows]
    return [(row.id, drawn.once((place, row), partial(_cells, row, formats))) for row in page.rows]


def _cells(row: Any, formats: list[Format]) -> str:
    return "".join([f"{tag}{draw(getattr(row, name), row)}</td>" for name, tag, draw in formats])


def _format(column: Column, url: Callable[[Any], str], own: Callable[[Any, Any], Any] | None, reader: Words) -> Format:
    css = CSS.get(column.kind, column.kind if column.kind == "name" else "")
    name, tag = f"c_{column.key}", f'<td class="{css}">' if css else "<td>"
    if own is not None:
        return name, tag, lambda v, row: _html(own(v, row))
    words = column.words
    draws: dict[str, Draw] = {
        "name": lambda v, row: f'<a class="name" href="{url(row)}">{_html(v)}</a>',
        "badge": _badges(words),
        "tags": _tags(words),
        "moment": lambda v, row: reader.moment_html(v) if v else EMPTY,
        "day": lambda v, row: reader.day_tag(v) if v else EMPTY,
        "number": lambda v, row: reader.number(v) if v is not None else EMPTY,
        "phone": lambda v, row: _link("tel:" + NOT_DIALLED.sub("", v), v) if v else EMPTY,
        "mail": lambda v, row: _link("mailto:" + v, v) if v else EMPTY,
    }
    return name, tag, draws.get(column.kind) or _plain(words)


def _html(value: Any) -> str:
    """`value` as it may stand in a page; most of what people typed has nothing in it to be escaped."""
    if isinstance(value, Markup):
        return value
    text = str(value)
    return text if SPECIAL.search(text) is None else str(escape(text))


def _plain(words: Callable[[Any], Any] | None) -> Draw:
    def draw(value: Any, row: Any) -> str:
        if value is None or value == "":
            return EMPTY
        return _html(words(value) if words else value)

    return draw


def _badges(words: Callable[[Any], tuple[Any, str]] | None) -> Draw:
    """Chips, each word drawn once a page."""
    drawn: dict[Any, str] = {}

    def draw(value: Any, row: Any) -> str:
        if value is None:
            return EMPTY
        if value not in drawn:
            drawn[value] = chip(*(words(value) if words else (value, "neutral")))
        return drawn[value]

    return draw


def _tags(words: Callable[[Any], list[tuple[Any, str]]] | None) -> Draw:
    """Several chips in a cell."""

    def draw(value: Any, row: Any) -> str:
        found = words(value) if words else []
        return f'<span class="chips">{"".join([chip(word, look) for word, look in found])}</span>' if found else EMPTY

    return draw


def _link(address: str, shown: str) -> str:
    return f'<a class="quiet" href="{_html(address)}">{_html(shown)}</a>'


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
        "typed": _typed(found) if found.get("hint") else None,
    }


def _typed(found: dict[str, Any]) -> dict[str, Any]:
    """The form of a pill into which a value is typed; it keeps the rest of the address."""
    is_choice = any(found["value"] == value for value, _word in found["choices"])
    return {
        "name": found["key"],
        "hint": found["hint"],
        "value": "" if is_choice else found["value"],
        "url": request.path,
        "kept": [(k, v) for k, v in request.args.items(multi=True) if k not in {found["key"], "after"}],
    }


def _added(found: dict[str, Any]) -> dict[str, Any]:
    return {"label": found["label"], "url": ui.here(**{found["key"]: "", "after": None})}  # seen, and open to choose


def _without(key: str) -> str:
    return ui.here(**{key: None, "after": None})


def _column_choices(page: Page) -> list[dict[str, Any]]:
    shown = [c.key for c in page.columns if not c.stays]
    choices = []
    for column in page.all_columns:
        if column.stays:
            continue
        on = column.key in shown
        keys = [k for k in shown if k != column.key] if on else [*shown, column.key]
        if keys:
            choices.append({"label": column.label, "url": ui.here(columns=",".join(keys), after=None), "active": on})
    return choices
