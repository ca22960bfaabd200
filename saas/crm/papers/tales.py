"""Papers in the sentences of timelines: their numbers lead to their pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from saas.tenants.models import Event
from saas.tenants.stories import Icon, Tell, story

PAPER = "\ufffb"  # keeps the number's place through the translation, as ACTOR does the actor's
NOTE = Markup('<span class="event-note">')  # begins what stands below a sentence


def leading_to(page: str, key: str) -> Callable[[str, Icon], Callable[[Tell], Tell]]:
    """`story` for the events of one kind of paper: its number leads to its page, as `PAPER` or behind the sentence.

    Args:
        page: the endpoint of its page, where the number is no link.
        key: how that endpoint calls the paper's id.
    """

    def paper_story(name: str, icon: Icon) -> Callable[[Tell], Tell]:
        def add(tell: Tell) -> Tell:
            story(name, icon)(lambda event, who: _led(escape(tell(event, who)), event, page, key))
            return tell

        return add

    return paper_story


def _led(told: Markup, event: Event, page: str, key: str) -> Markup:
    number = event.changed.get("number")
    if (request.view_args or {}).get(key) == event.subject_id:
        return told.replace(PAPER, escape(number or ""))
    ids: dict[str, Any] = {key: event.subject_id}
    url = url_for(page, **ids)
    link = Markup('<a href="{}">{}</a>').format(url, number or _("Look at it"))
    if PAPER in told:
        return told.replace(PAPER, link)
    sentence, note, words = told.partition(NOTE)
    return sentence + Markup(" · ") + link + note + words
