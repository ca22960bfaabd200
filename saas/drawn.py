"""What was drawn is kept by what it was drawn from: the same rows, read again, are not drawn again.

A process keeps the latest few megabytes. The key must hold everything that can make a difference; `place` gives what
no caller should forget: the workspace with its turn (so its words, labels and fields are as they were), the reader's
language, zone and day, and what his role hides from him.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import lru_cache
from threading import Lock
from typing import Any

from flask import g, request

from saas import ui

MOST = 4_000_000  # characters kept, of all workspaces together
_held = OrderedDict[Any, Any]()
_size = 0
_keeping = Lock()


def place(*parts: Hashable) -> Hashable | None:
    """What a drawing of this page depends on besides `parts`; None while nothing may be kept of it, such as where the
    workspace's words have just been changed."""
    turn, hidden = g.get("turn"), getattr(g.get("who"), "hidden_fields", None)
    return None if turn is None else _place(turn, g.get("slug"), hidden, ui.words().key, request.endpoint, *parts)


def of(*records: Any, more: tuple[Hashable, ...] = ()) -> Hashable | None:
    """`place` of what is drawn from all that these records hold; None among them is one that isn't there."""
    here = place(*more)
    return here and (here, *[_values(record) for record in records])


def _values(record: Any) -> Hashable:
    if record is None:
        return None
    held = vars(record)
    keys = record.__mapper__.column_attrs.keys()
    found = [held[key] if key in held else getattr(record, key) for key in keys]
    return tuple([repr(value) if isinstance(value, dict | list) else value for value in found])


@lru_cache(maxsize=1024)
def _place(*_parts: Hashable) -> Hashable:
    return object()  # looked up fifty times a page, and quicker than what it stands for


def once(key: Hashable, draw: Callable[[], Any]) -> Any:
    """What `draw` gave for this key before, else what it gives now: a text. With a key of None, or one that holds
    something that can't be a key (such as a list), it always draws."""
    if key is None:
        return draw()
    try:
        found = _held.get(key)
    except TypeError:
        return draw()
    if found is None:
        return _keep(key, draw())
    with suppress(KeyError):  # another thread has just let go of it
        _held.move_to_end(key)
    return found


def _keep(key: Hashable, text: Any) -> Any:
    global _size
    with _keeping:
        if key not in _held:
            _held[key] = text
            _size += len(text)
        while _size > MOST:
            _size -= len(_held.popitem(last=False)[1])
    return text
