"""What a form says while one types of somebody who is here already."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import ui
from saas.crm.customers import twins, veil
from saas.crm.customers.hints import LOOKS, hints
from saas.crm.customers.models import AccountKind
from saas.crm.customers.twins import Alike
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may

bp = Blueprint("twins", __name__, url_prefix="/twins")

P = Permission
LONGEST = 300  # characters of a field that are looked at
SHOWN = 3  # customers that a hint names
PART_WORDS = {
    twins.TAX: _l("same tax number"),
    twins.NAME: _l("same name"),
    twins.PHONE: _l("same phone"),
    twins.MAIL: _l("same mail address"),
    twins.DOMAIN: _l("same web domain"),
}


@bp.get("/alike/<any(account, contact):kind>")
@allow(P.ACCOUNT_VIEW)
def alike(kind: str) -> ResponseReturnValue:
    typed: dict[str, Any] = {name: value.strip()[:LONGEST] or None for name, value in request.args.items()}
    if kind == twins.ACCOUNT:
        keys = twins.keys_of_account(typed | {"kind": AccountKind.PERSON if typed.get("kind") == "person" else None})
    else:
        keys = twins.keys_of_contact({name: typed.get(name) for name in ("phone", "mobile", "email")})
    found = twins.alike(keys, but=ui.asked_id("but"))
    seen = [one for one in found if may(P.ACCOUNT_VIEW, one.account)]
    lines = [_line(one) for one in seen[:SHOWN]]
    odd = hints(typed, typed.get("at"))
    looked_at = [(name, odd.get(name)) for name in LOOKS if name in typed]
    return render_template("customers/_alike.html", lines=lines, hidden=len(seen) < len(found), looked_at=looked_at)


def words(parts: Any) -> str:
    """What two share, as a person says it."""
    return _(", ").join(str(PART_WORDS[part]) for part in parts)


def _line(one: Alike) -> dict[str, Any]:
    account = one.account
    url = url_for("customers.show", account_id=account.id)
    if one.contact_id is not None and may(P.CONTACT_VIEW) and not veil.here().covers(account):
        url = url_for("contacts.show", contact_id=one.contact_id)
    who = _("looked after by %(name)s", name=account.owner.name) if account.owner else _("in the pool")
    at = account.last_contact_at
    last = _("last contact %(ago)s", ago=ui.words().ago(at)) if at else _("no contact yet")
    return {"name": account.name, "url": url, "why": words(one.parts), "more": _(", ").join([who, last])}
