"""What the page of every record shows beside its own fields: its timeline, and the parts that others bring."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import g, url_for
from markupsafe import Markup

from saas import i18n, panels, ui
from saas.tenants import scope
from saas.tenants.stories import of_record

NOBODY = str(ui.NOBODY)


def record_parts(kind: str, record_id: UUID, page: Callable[..., str], *, is_open: bool = True) -> dict[str, Any]:
    """The context that the templates of record pages share.

    Args:
        kind: the record's table.
        record_id: the record, which the reader may see.
        page: keywords → the address of its page with them.
        is_open: something can be written about it; an archived one is only read.

    Returns:
        `lines` and `next_url` of the timeline, `composer` to write in, `left` and `side`: what others show there.
    """
    before = ui.asked_id("before")
    lines, following = of_record(kind, record_id, before)
    return {
        "lines": lines,
        "next_url": page(before=following) if following else None,
        "composer": Markup("").join(drawn(kind, "composer", record_id)) if is_open and before is None else "",
        "left": drawn(kind, "left", record_id),
        "side": drawn(kind, "side", record_id),
    }


def drawn(kind: str, place: str, record_id: UUID) -> list[Markup]:
    """What others show at one place of a record's page, as far as the reader may see it."""
    found, here = panels.of(kind, place, scope.who().rights), (g.slug, i18n.language())
    return [_room(panel, kind, record_id, *here) if panel.is_later else panel.draw(record_id) for panel in found]


def _room(panel: panels.Panel, kind: str, record_id: UUID, workspace: str, language: str) -> Markup:
    """The place of a panel that loads by itself."""
    drawn = _empty_room(kind, panel.key, workspace, language)
    return Markup(drawn.replace(NOBODY, str(record_id)))  # noqa: S704 - a template drew it


@lru_cache(maxsize=2048)
def _empty_room(kind: str, key: str, _workspace: str, _language: str) -> str:
    panel, url = panels.named(kind, key), url_for("parts.show", kind=kind, record_id=ui.NOBODY, key=key)
    return str(ui.fragment("workspace/_room.html", key=key, label=panel.label if panel else "", url=url))
