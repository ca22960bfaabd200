"""What a customer is worth: on its page with a class that fits and why, and the ranking of those who brought most."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import clock, panels, ui
from saas.crm.customers import actions as customer_actions
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Standing
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities import lists, tabs
from saas.crm.opportunities import worth_queries as queries
from saas.crm.opportunities.worth_queries import LIFE_LOOKS, LIFE_WORDS, Life, Worth
from saas.errors import NotFound
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("worth", __name__, url_prefix="/deals")

P = Permission


@bp.get("/best")
@allow(P.OPPORTUNITY_VIEW)
def best() -> ResponseReturnValue:
    """The customers who brought most, within a year or ever."""
    is_lately, today = request.args.get("span") != "ever", ui.words().today
    currency = g.tenant.currency
    found = queries.best(currency, today, is_lately=is_lately) if may(P.ACCOUNT_VIEW) else []
    return render_template(
        "opportunities/best.html",
        rows=[_line(place, row, one, currency, is_lately) for place, (row, one) in enumerate(found, 1)],
        currency=currency,
        views=tabs.views("best"),
        spans=[
            {"label": _("In twelve months"), "url": url_for(".best"), "active": is_lately},
            {"label": _("Ever"), "url": url_for(".best", span="ever"), "active": not is_lately},
        ],
        is_whole=len(found) < queries.BEST,
        many=queries.BEST,
    )


@bp.post("/worth/<uuid:account_id>")
@allow(P.ACCOUNT_EDIT)
def follow(account_id: UUID) -> ResponseReturnValue:
    """Give a customer the value class that fits what it brought."""
    account = customers.account(account_id)
    require(P.ACCOUNT_EDIT, account)
    fitting = _fitting(account, queries.worth(account_id, ui.words().today))
    if fitting is None:
        raise NotFound
    key, _why = fitting
    customer_actions.change_account(account, {"value_class": key}, version=None, by=me())
    flash(_("The value class is now “%(word)s”.", word=fields.label(Dictionary.VALUE, key)), "good")
    return redirect(url_for("customers.show", account_id=account.id))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _line(place: int, row: Any, one: Worth, currency: str, is_lately: bool) -> dict[str, Any]:
    life = one.life(ui.words().today)
    return {
        "place": place,
        "name": row.name,
        "url": url_for("customers.show", account_id=row.account_id),
        "sum": ui.money(row.lately if is_lately else row.ever, currency, whole=True),
        "deals": row.deals,
        "last": row.last_on,
        "life": _chip(life),
        "value": fields.badge(Dictionary.VALUE, row.value_class) if row.value_class else None,
        "owner": row.owner,
    }


def _chip(life: Life) -> tuple[Any, str]:
    return LIFE_WORDS[life], LIFE_LOOKS[life]


def _on_account(account_id: UUID) -> Markup:
    account, today = customers.account(account_id), ui.words().today
    found = queries.worth(account.id, today)
    life = found.life(today)
    is_without_deal = life is Life.PROSPECT and account.standing is Standing.CUSTOMER
    rows = [
        (_("Won so far"), lists.monies(found.won)),
        (_("In twelve months"), lists.monies(found.lately)),
        (_("In the twelve before"), lists.monies(found.before)),
        (_("Deals won"), ui.number(found.deals) if found.deals else ""),
        (_("Customer since"), ui.day(found.first_on) if found.first_on else ""),
        (_("Bought last"), ui.day(found.last_on) if found.last_on else ""),
        (_("Open deals"), lists.monies(found.open)),
    ]
    return ui.fragment(
        "opportunities/_worth.html",
        life=None if is_without_deal else _chip(life),
        rows=[(label, value) for label, value in rows if value],
        fitting=_proposed(account, found),
        follow_url=url_for("worth.follow", account_id=account.id),
        best_url=url_for("worth.best"),
    )


def _proposed(account: Account, found: Worth) -> dict[str, Any] | None:
    """The class that fits, why, and whether the reader may set it."""
    fitting = _fitting(account, found)
    if fitting is None:
        return None
    key, why = fitting
    word, look = fields.badge(Dictionary.VALUE, key)
    return {
        "word": word,
        "look": look,
        "why": why,
        "is_set": account.value_class == key,
        "may_set": account.archived is None and may(P.ACCOUNT_EDIT, account),
    }


def _is_bound(account: Account) -> bool:
    """True while a contract or an order of theirs, or what else keeps a customer, runs."""
    return account.kept_until is not None and account.kept_until > clock.now()


def _fitting(account: Account, found: Worth) -> tuple[str, str] | None:
    """A value class that is offered here and fits what a customer brought, with the reason; None where none does."""
    offered = {entry.key for entry in fields.offered(Dictionary.VALUE)}
    today, currency = ui.words().today, g.tenant.currency
    lately = found.lately.get(currency, Decimal())
    if found.life(today) is Life.GONE and not found.open_deals and not _is_bound(account):
        key, why = "churned", _("No deal won for two years, and none open.")
    elif lately and (much := queries.much(currency, today)) is not None and lately >= much:
        key, why = "high", _("Among the fifth of your customers that bought most in twelve months.")
    elif found.open_deals and not found.lately:
        key, why = "potential", _("No deal won in twelve months, but one is open.")
    else:
        return None
    return (key, why) if key in offered else None


panels.add("account", panels.Panel("worth", _l("Worth"), _on_account, P.OPPORTUNITY_VIEW, "side", 25, is_later=True))
