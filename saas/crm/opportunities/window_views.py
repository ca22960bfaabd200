"""The one window: a deal with all that belongs to it, entered at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import ui
from saas.crm.customers import giving
from saas.crm.customers.models import Account, Contact
from saas.crm.opportunities import pipeline
from saas.crm.opportunities import window_actions as actions
from saas.crm.opportunities.window_finds import Found, find
from saas.crm.opportunities.window_forms import NAMED, WindowForm
from saas.crm.products import queries as products
from saas.crm.products.models import Product
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("deal_window", __name__, url_prefix="/deals")

P = Permission


@bp.route("/new/all", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_CREATE)
def create() -> ResponseReturnValue:
    """Enter a deal, its customer, contact, product and sale."""
    stages = pipeline.stages()
    form = WindowForm(stages, data={"currency": g.tenant.currency, "stage_id": str(stages[0].id)})
    found = Found()
    if form.validate_on_submit():
        found = find(form)
        if not found.questions:
            done = attempt(form, lambda: actions.enter(_entry(form, found), by=me()))
            if done is not None:
                flash(_told(done), "good")
                for one in done.made:
                    if isinstance(one, Account) and (said := giving.own_sentence(me(), one.owner)):
                        flash(said, "waiting")
                return redirect(url_for("opportunities.show", opportunity_id=done.deal.id))
    page = render_template(
        "opportunities/window.html",
        form=form,
        questions={question.key: question for question in found.questions},
        typed={key: form[name].data or "" for key, name in NAMED.items()},
        products=[name for _key, name in products.names()],
    )
    return page, form.status


def _entry(form: WindowForm, found: Found) -> actions.Entry:
    deal: dict[str, Any] = form.deal() | {"stage_id": UUID(form.stage_id.data)}
    won_on = form.sold_on()
    if won_on is not None:
        deal |= {"opened_on": min(won_on, ui.words().today)}
    return actions.Entry(deal, found.account, found.contact, found.product, won_on, form.won_because.data)


def _told(done: actions.Entered) -> str:
    deal = done.deal
    said = (
        _("%(name)s is won.", name=deal.name) if not deal.is_open else _("%(name)s is on your board.", name=deal.name)
    )
    words = {Account: _("Customer"), Contact: _("Contact"), Product: _("Product")}
    new = [_("%(kind)s %(name)s", kind=words[type(one)], name=one.name) for one in done.made if type(one) in words]
    return said + (" " + _("New: %(names)s.", names=_(", ").join(new)) if new else "")
