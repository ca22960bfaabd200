"""Papers in the sentences of timelines: their numbers lead to their pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from saas.crm.papers.kinds import Kind
from saas.tenants.models import Event
from saas.tenants.stories import Icon, Tell, story

PAPER = "\ufffb"  # keeps the number's place through the translation, as ACTOR does the actor's
NOTE = Markup('<span class="event-note">')  # begins what stands below a sentence


def leading_to(kind: Kind[Any, Any]) -> Callable[[str, Icon], Callable[[Tell], Tell]]:
    """`story` for the events of one kind of paper: its number leads to its page, as `PAPER` or behind the sentence;
    there it is no link.
    """

    def paper_story(name: str, icon: Icon) -> Callable[[Tell], Tell]:
        def add(tell: Tell) -> Tell:
            story(name, icon)(lambda event, who: _led(escape(tell(event, who)), event, kind))
            return tell

        return add

    return paper_story


def _led(told: Markup, event: Event, kind: Kind[Any, Any]) -> Markup:
    number = event.changed.get("number")
    if (request.view_args or {}).get(kind.key) == event.subject_id:
        return told.replace(PAPER, escape(number or ""))
    ids: dict[str, Any] = {kind.key: event.subject_id}
    url = url_for(f"{kind.home}.show", **ids)
    link = Markup('<a href="{}">{}</a>').format(url, number or _("Look at it"))
    if PAPER in told:
        return told.replace(PAPER, link)
    sentence, note, words = told.partition(NOTE)
    return sentence + Markup(" · ") + link + note + words
