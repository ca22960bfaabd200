"""The one timeline of a customer: all that happened, or what is of one kind."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from markupsafe import Markup
from sqlalchemy import or_, select

from saas import ui
from saas.archive import is_open
from saas.crm.customers import queries
from saas.crm.customers.models import Account
from saas.drawn import once, place
from saas.statements import RECORD
from saas.tenants import pages
from saas.tenants.models import Event
from saas.tenants.stories import timeline, told

OF_ACCOUNT = Event.account_id == RECORD
# What happened to others before they went into it; asked only where some did, since then an index alone can't sort it.
OF_MERGED = Event.account_id.in_(select(Account.id).where(or_(Account.id == RECORD, Account.merged_into_id == RECORD)))

ALL, CHANGES = "", "changes"
MONEY = {"invoice", "credit_note", "payment", "payment_reminder"}
NOUNS = {  # of events; those that stand nowhere here are changes of the customer
    "said": {"activity", "mail"},
    "sales": {"lead", "opportunity", "quote", "contract", "expense", "order", "coupon", "registration"} | MONEY,
    "service": {"case"},
}
GROUP_WORDS: dict[str, Any] = {
    ALL: lazy_pgettext("timeline", "All"),
    "said": _l("Conversations"),
    "sales": _l("Sales"),
    "service": _l("Service"),
    CHANGES: _l("Changes"),
}


def drawn(account_id: UUID) -> Markup:
    """The timeline as the address asks for it: `only` a group of events, from `before` on; with a box to write in."""
    before, group = ui.asked_id("before"), request.args.get("only", ALL)
    account = queries.account(account_id)
    where = OF_MERGED if account.holds_merged else OF_ACCOUNT
    lines, following = timeline(where, before=before, only=names_of(group), record_id=account_id)
    writes = before is None and is_open("account", account_id)
    return ui.fragment(
        "customers/_timeline.html",
        lines=lines,
        next_url=_url(account_id, group, before=following) if following else None,
        composer=Markup("").join(pages.drawn("account", "composer", account_id)) if writes else "",
        groups=_groups(account_id, group),
        is_all=group == ALL,
    )


def _groups(account_id: UUID, shown: str) -> Markup:
    """What to choose what is shown with: the same for every customer, but for the id in its addresses."""
    drawn: Markup = once(place("groups", shown), lambda: _draw_groups(shown))
    return drawn.replace(pages.NOBODY, str(account_id))


def _draw_groups(shown: str) -> Markup:
    nobody = UUID(pages.NOBODY)
    groups = [{"label": word, "url": _url(nobody, key), "active": key == shown} for key, word in GROUP_WORDS.items()]
    return ui.fragment("customers/_groups.html", groups=groups)


@lru_cache(maxsize=16)
def names_of(group: str) -> frozenset[str] | None:
    """The names of the events of a group; None: whatever happened, also where there is no such group."""
    if group == CHANGES:
        elsewhere = {noun for nouns in NOUNS.values() for noun in nouns}
        return frozenset(name for name in told() if _noun(name) not in elsewhere)
    if group not in NOUNS:
        return None
    return frozenset(name for name in told() if _noun(name) in NOUNS[group])


def _noun(name: str) -> str:
    return str(name).partition(".")[0]


def _url(account_id: UUID, group: str, **more: Any) -> str:
    return url_for("customers.tab", account_id=account_id, key="timeline", only=group or None, **more)
