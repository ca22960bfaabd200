"""What was drawn is kept by what it was drawn from: the same rows, read again, are not drawn again.

A process keeps the latest few megabytes; what is wanted again after that is drawn again. The key must hold everything
that can make a difference; `place` gives what no caller should forget: the workspace with its turn (so its words,
labels and fields are as they were), the reader's language, zone and day, and what his role hides from him.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from functools import lru_cache
from operator import itemgetter
from threading import Lock
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy import ARRAY, JSON

from saas import ui

MOST = 4_000_000  # characters kept, of all workspaces together
OF_A_KEY = 500  # characters that a key is taken for, which holds rows
_held: dict[Any, Any] = {}  # the first drawn first
_size = 0
_keeping = Lock()


def init_app(app: Flask) -> None:
    """Let forms stand in what is kept. After those who give templates the functions whose place these take."""
    app.jinja_env.globals.update(csrf_token=form_token, once=form_key)
    app.context_processor(lambda: {"csrf_token": form_token})  # Flask-WTF gives its own in both ways


def place(*parts: Hashable) -> Hashable | None:
    """What a drawing of this page depends on besides `parts`; None while nothing may be kept of it, such as where the
    workspace's words have just been changed."""
    held = g._get_current_object()
    turn = held.get("turn")
    if turn is None:
        return None
    workspace = (turn, held.get("slug"), getattr(held.get("tenant"), "currency", None))
    return _place(workspace, getattr(held.get("who"), "hidden_fields", None), ui.words().key, request.endpoint, *parts)


def of(*records: Any, more: tuple[Hashable, ...] = ()) -> Hashable | None:
    """`place` of what is drawn from all that these records hold; None among them is one that isn't there."""
    here = place(*more)
    return here and (here, *[_values(record) for record in records])


def _values(record: Any) -> Hashable:
    if record is None:
        return None
    held, (keys, at_once, mutable) = vars(record), _columns(record.__mapper__)
    try:
        found = at_once(held)
    except KeyError:  # not all of it was read yet
        found = tuple([getattr(record, key) for key in keys])
    return (found, *[repr(getattr(record, key)) for key in mutable]) if mutable else found


@lru_cache(maxsize=256)
def _columns(mapper: Any) -> tuple[list[str], Callable[[Any], tuple[Any, ...]], list[str]]:
    """The attributes of a model's columns: those whose values can be a key, what takes them all at once, the others."""
    mutable = [one.key for one in mapper.column_attrs if isinstance(one.columns[0].type, JSON | ARRAY)]
    keys = [one.key for one in mapper.column_attrs if one.key not in mutable]
    return keys, itemgetter(*keys), mutable


@lru_cache(maxsize=1024)
def _place(*_parts: Hashable) -> Hashable:
    return object()  # looked up fifty times a page, and quicker than what it stands for


def once(key: Hashable, draw: Callable[[], Any]) -> Any:
    """What `draw` gave for this key before, else what it gives now: a text. With a key of None, or one that holds
    something that can't be a key (such as a list), it always draws. Forms in it get their token and key anew."""
    if key is None:
        return draw()
    try:
        found = _held.get(key)
    except TypeError:
        return draw()
    if found is None:
        text = _unfinished(draw)
        return _finished(text if _holds_a_token(text) else _keep(key, text))
    return _finished(found)


# ── forms within ────────────────────────────────────────────────────────────────────────────────────────────────────


class Unfinished(Markup):
    """Drawn, with marks in the places of what each form gets anew."""


TOKEN, KEY = (f"{name}-{secrets.token_hex(16)}" for name in ("token", "key"))  # nobody can type them


def form_token() -> str:
    """The token of a form, for templates; its mark in a part that is kept."""
    return TOKEN if g.get("is_kept") else generate_csrf()


def form_key() -> str:
    """A key against sending twice, for templates; its mark in a part that is kept."""
    return KEY if g.get("is_kept") else ui.once()


def _unfinished(draw: Callable[[], Any]) -> Any:
    outer, g.is_kept = g.get("is_kept", False), True
    try:
        text = draw()
    finally:
        g.is_kept = outer
    return Unfinished(text) if TOKEN in text or KEY in text else text


def _holds_a_token(text: str) -> bool:
    """True where a form was drawn with the reader's own token all the same: nobody else may get that."""
    return has_request_context() and 'name="csrf_token"' in text and generate_csrf() in text


def _finished(text: Any) -> Any:
    if type(text) is not Unfinished or g.get("is_kept"):
        return text
    first, *more = str(text).replace(TOKEN, generate_csrf()).split(KEY)
    return Markup(first + "".join([f"{ui.once()}{part}" for part in more]))  # noqa: S704 - as above


def _keep(key: Hashable, text: Any) -> Any:
    global _size
    with _keeping:
        if key not in _held:
            _held[key] = text
            _size += len(text) + OF_A_KEY
        while _size > MOST:
            _size -= len(_held.pop(next(iter(_held)))) + OF_A_KEY
    return text
