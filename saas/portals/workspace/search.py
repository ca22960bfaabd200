"""The box on top of every page: everything one may see, found while one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from saas import search, ui
from saas.crm.customers import private
from saas.crm.customers import queries as customers
from saas.crm.leads import queries as leads
from saas.crm.mails import queries as mails
from saas.crm.mails.models import UNTITLED
from saas.crm.opportunities import queries as opportunities
from saas.crm.products import queries as products
from saas.crm.service_desk import queries as cases
from saas.crm.service_desk.models import KIND_WORDS
from saas.http import is_fragment
from saas.tenants import scope
from saas.tenants.permissions import Permission, signed_in
from saas.tenants.scope import me

bp = Blueprint("search", __name__, url_prefix="/search")


@dataclass(frozen=True)
class Kind:
    """What can be found: the right that opens it, its rows by id (and what was searched for), and how a hit looks."""

    label: Any
    permission: Permission
    rows: Callable[[list[UUID], str], Sequence[Any]]
    hit: Callable[[Any], dict[str, Any]]


def _by_id(rows: Callable[[list[UUID]], Sequence[Any]]) -> Callable[[list[UUID], str], Sequence[Any]]:
    return lambda ids, _words: rows(ids)


KINDS = {
    "account": Kind(
        _l("Customers"),
        Permission.ACCOUNT_VIEW,
        customers.account_hits,
        lambda a: {
            "name": a.name,
            "note": " · ".join(p for p in (a.number, a.city, a.phone) if p),
            "url": url_for("customers.show", account_id=a.id),
            "icon": "building",
        },
    ),
    "contact": Kind(
        _l("Contacts"),
        Permission.CONTACT_VIEW,
        _by_id(customers.contact_hits),
        lambda c: {
            "name": c.name,
            "note": " · ".join(p for p in (c.account, c.email or c.mobile or c.phone) if p),
            "url": url_for("contacts.show", contact_id=c.id),
            "icon": "user",
        },
    ),
    "opportunity": Kind(
        _l("Deals"),
        Permission.OPPORTUNITY_VIEW,
        _by_id(opportunities.hits),
        lambda o: {
            "name": o.name,
            "note": " · ".join(p for p in (o.number, o.account) if p),
            "url": url_for("opportunities.show", opportunity_id=o.id),
            "icon": "coins",
        },
    ),
    "service_case": Kind(
        _l("Cases"),
        Permission.CASE_VIEW,
        _by_id(cases.hits),
        lambda c: {
            "name": c.subject,
            "note": f"{c.number} · {KIND_WORDS[c.kind]} · {c.account}",
            "url": url_for("service_desk.show", case_id=c.id, view="all"),
            "icon": "headset",
        },
    ),
    "mail": Kind(
        _l("Mails"),
        Permission.ACTIVITY_VIEW,
        _by_id(mails.hits),
        lambda mail: {
            "name": mail.subject or UNTITLED,
            "note": f"{mail.sender_name or mail.sender} · {ui.words().moment(mail.sent_at)}",
            "url": url_for("mails.show", mail_id=mail.id),
            "icon": "mail",
        },
    ),
    "lead": Kind(
        _l("Leads"),
        Permission.LEAD_VIEW,
        _by_id(leads.hits),
        lambda lead: {
            "name": lead.name,
            "note": " · ".join(p for p in (lead.number, lead.company, lead.phone) if p),
            "url": url_for("leads.show", lead_id=lead.id),
            "icon": "target",
        },
    ),
    "product": Kind(
        _l("Products"),
        Permission.PRODUCT_VIEW,
        _by_id(products.hits),
        lambda p: {
            "name": p.name,
            "note": " · ".join(w for w in (p.number, p.series) if w),
            "url": url_for("products.show", product_id=p.id),
            "icon": "box",
        },
    ),
}


@bp.get("/")
@signed_in
def index() -> ResponseReturnValue:
    words = request.args.get("q", "").strip()[:100]
    groups, many = _groups(words) if words else ([], 0)
    template = "search/_hits.html" if is_fragment() else "search/index.html"
    return render_template(template, words=words, groups=groups, many=many, most=search.LIMIT)


def _groups(words: str) -> tuple[list[dict[str, Any]], int]:
    """The hits by kind: one statement finds them, one a kind reads their rows under row-level security; a further one a
    kind tells first which are not for the reader, where something is hidden from him."""
    who = scope.who()
    reaches = {key: str(who.reach(kind.permission)) for key, kind in KINDS.items() if who.may(kind.permission)}
    found = search.find(words, me=me().id, reaches=private.searched(reaches), teams=who.team_ids, many=search.DEEP)
    if scope.is_hiding():
        found = _told(found, words)
    shown = _shared_out(found)
    groups = [
        {"label": KINDS[key].label, "hits": [KINDS[key].hit(row) for row in KINDS[key].rows(ids, words)]}
        for key, ids in shown.items()
    ]
    return groups, len(found)


def _told(found: Sequence[search.Found], words: str) -> list[search.Found]:
    """Those of the hits that have rows for the reader: the others aren't even counted."""
    ids = {key: [hit.id for hit in found if hit.kind == key] for key in KINDS}
    told = {(key, row.id) for key, some in ids.items() if some for row in KINDS[key].rows(some, words)}
    return [hit for hit in found if (hit.kind, hit.id) in told]


def _shared_out(found: Sequence[search.Found]) -> dict[str, list[UUID]]:
    """Kind → the ids that are shown: a fair share of each kind first, so that many deals don't hide their customer."""
    ids = {key: [hit.id for hit in found if hit.kind == key] for key in KINDS}
    ids = {key: some for key, some in ids.items() if some}
    share = {key: min(len(some), search.LIMIT // len(ids)) for key, some in ids.items()}
    left = search.LIMIT - sum(share.values())
    for key, some in ids.items():
        more = min(len(some) - share[key], left)
        share[key] += more
        left -= more
    return {key: some[: share[key]] for key, some in ids.items()}
