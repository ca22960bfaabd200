"""How mails are told on timelines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from saas import ui
from saas.crm.mails import actions, queries
from saas.crm.mails.models import UNTITLED
from saas.statements import among
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, also, bold, keep, said, story

TO, SUBJECT = "\ufffb", "\ufffa"  # keep their places through the translation, as ACTOR does the actor's
LATER = timedelta(hours=1)  # from when on it is said that a mail is older than its line

keep("mail", queries.is_told)
also(
    "contact",
    (Event.subject_kind == "mail") & among(Event.id, "mail_events"),
    lambda contact_id: {"mail_events": queries.told_of(contact_id)},
)


@story(actions.RECEIVED, "mail-down")
def _received(event: Event, _who: str) -> Markup:
    return _told(event, _("%(who)s wrote to %(to)s: %(subject)s", who=ACTOR, to=TO, subject=SUBJECT))


@story(actions.SENT, "mail-up")
def _sent(event: Event, _who: str) -> Markup:
    return _told(event, _("%(who)s wrote to %(to)s: %(subject)s", who=ACTOR, to=TO, subject=SUBJECT))


def _told(event: Event, sentence: str) -> Markup:
    facts = event.changed
    page = url_for("mails.show", mail_id=event.subject_id)
    subject = Markup('<a href="{}">{}</a>').format(page, facts["subject"] or UNTITLED)
    line = said(sentence, facts["from"]).replace(TO, _to(facts)).replace(SUBJECT, subject)
    return line + Markup('<div class="event-mail">{}{}</div>').format(
        Markup('<span class="event-note">{}</span>').format(facts["first"]) if facts["first"] else "", _about(event)
    )


def _to(facts: dict[str, Any]) -> Markup:
    names = [bold(name) for name in facts["to"]] or [Markup("{}").format(_("us"))]
    shown = escape(_(", ")).join(names)
    more = facts.get("more")
    return shown + (" " + ngettext("and %(num)s more", "and %(num)s more", more) if more else "")


def _about(event: Event) -> Markup:
    facts, parts = event.changed, []
    if facts.get("is_long"):
        url, page = (url_for(f"mails.{name}", mail_id=event.subject_id) for name in ("text", "show"))
        opened = Markup('<a href="{}" hx-get="{}" hx-target="closest .event-mail" hx-swap="outerHTML">{}</a>')
        parts.append(opened.format(page, url, _("Show all")))
    if files := facts.get("files"):
        parts.append(Markup("{}").format(ngettext("%(num)s file", "%(num)s files", files)))
    sent_at = datetime.fromisoformat(facts["sent_at"])
    if event.created_at - sent_at > LATER:
        parts.append(Markup("{}").format(_("sent")) + " " + ui.moment(sent_at))
    return Markup('<span class="muted small">{}</span>').format(Markup(" · ").join(parts)) if parts else Markup("")
