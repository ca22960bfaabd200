"""Pages of orders. What goes out and comes back is in `delivery_views.py`."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext
from markupsafe import Markup

from saas import panels, ui
from saas.crm.contracts import queries as contracts
from saas.crm.orders import actions, queries, record
from saas.crm.orders import delivery_queries as notes
from saas.crm.orders import stock_queries as stock
from saas.crm.orders.forms import OrderForm
from saas.crm.orders.lists import ORDERS, number_cell
from saas.crm.orders.models import Order
from saas.crm.orders.quantities import ready
from saas.crm.orders.queries import KIND
from saas.crm.papers import paper_views as papers
from saas.crm.papers.lists import amount_cell
from saas.crm.papers.record import shown
from saas.crm.quotes import queries as quotes
from saas.crm.quotes.models import QuoteState
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, today

bp = Blueprint("orders", __name__, url_prefix="/orders")

P = Permission


@bp.get("/")
@allow(P.ORDER_VIEW)
def index() -> ResponseReturnValue:
    return papers.index(KIND, ORDERS, gross=amount_cell, number=number_cell)


@bp.get("/count")
@allow(P.ORDER_VIEW)
def count() -> ResponseReturnValue:
    return papers.count(KIND, ORDERS, lambda n, many: ngettext("%(count)s order", "%(count)s orders", n, count=many))


@bp.route("/new", methods=["GET", "POST"])
@allow(P.ORDER_EDIT)
def create() -> ResponseReturnValue:
    source = papers.asked()
    form = source.form(OrderForm, {"due_on": today() + actions.USUALLY_WITHIN})
    verb = partial(actions.create_order, opportunity=source.deal, owner=me(), by=me())
    return papers.create(KIND, form, verb, _is_written, source)


def _is_written(order: Order) -> str:
    return _("%(number)s is written. Look it over, then confirm it.", number=order.label)


@bp.post("/from-quote/<uuid:quote_id>")
@allow(P.ORDER_EDIT)
def take_quote(quote_id: UUID) -> ResponseReturnValue:
    """Make an order of an accepted quote; where there is one already, lead there."""
    order, is_new = actions.order_from_quote(quotes.quote(quote_id), by=me())
    if is_new:
        flash(_("%(number)s holds what was accepted. Look it over, then confirm it.", number=order.label), "good")
    return redirect(KIND.url(order))


@bp.post("/from-contract/<uuid:contract_id>")
@allow(P.ORDER_EDIT)
def take_contract(contract_id: UUID) -> ResponseReturnValue:
    """Make an order of what a running contract holds."""
    order = actions.order_from_contract(contracts.contract(contract_id), by=me())
    flash(_("%(number)s holds what was agreed. Look it over, then confirm it.", number=order.label), "good")
    return redirect(KIND.url(order))


@bp.get("/<uuid:order_id>")
@allow(P.ORDER_VIEW)
def show(order_id: UUID) -> ResponseReturnValue:
    order = queries.order(order_id)
    found, can_edit = queries.lines(order.id), papers.can_edit(KIND, order)
    moved = notes.of_order(order.id) if order.edition else []
    now = ready(found, stock.reserved(order)) if order.is_open and order.edition else None
    return papers.page(
        KIND,
        order,
        found,
        record.steps(order, found, can_edit),
        about=record.about(order),
        goods=record.goods(found, now) if order.edition else [],
        notes=record.note_rows(moved, notes.lines_of(moved)) if moved else [],
        lost_deal=record.deal_to_reopen(order),
    )


@bp.route("/<uuid:order_id>/edit", methods=["GET", "POST"])
@allow(P.ORDER_EDIT)
def edit(order_id: UUID) -> ResponseReturnValue:
    order = KIND.own(order_id)
    form = OrderForm(obj=order, account=order.account, contact=order.contact)
    if order.edition:
        form.currency.data = order.currency  # what is confirmed is paid in what it was confirmed in
    said = _("Saved. The changed confirmation is on its way.") if order.sent_to else None
    return papers.edit(KIND, order, form, partial(actions.change_order, by=me()), said)


@bp.post("/lines/check")
@allow(P.ORDER_EDIT)
def check() -> ResponseReturnValue:
    return papers.check(KIND)


@bp.post("/<uuid:order_id>/copy")
@allow(P.ORDER_EDIT)
def copy(order_id: UUID) -> ResponseReturnValue:
    made = actions.copy_order(queries.order(order_id), by=me())
    flash(_("%(number)s says the same and is yours.", number=made.label), "good")
    return redirect(KIND.url(made, "edit"))


@bp.post("/<uuid:order_id>/discard")
@allow(P.ORDER_EDIT)
def discard(order_id: UUID) -> ResponseReturnValue:
    order = KIND.own(order_id)
    actions.discard_order(order, by=me())
    flash(_("%(number)s is thrown away.", number=order.number), "good")
    return redirect(url_for(".index"))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _on_quote(quote_id: UUID) -> Markup:
    """The order of an accepted quote, or the button that makes it."""
    quote = quotes.quote(quote_id)
    found = queries.of_quote(quote.id)
    if found is None and (quote.state is not QuoteState.ACCEPTED or not may(P.ORDER_EDIT)):
        return Markup("")
    is_seen = found is not None and may(P.ORDER_VIEW, found)
    return ui.fragment(
        "orders/_of_quote.html", quote=quote, order=found if is_seen else None, has_order=found is not None
    )


def _on_contract(contract_id: UUID) -> Markup:
    """The orders under a contract, and the button that makes the next."""
    contract = contracts.contract(contract_id)
    found = queries.of_contract(contract.id, papers.SHOWN)
    can_take = contract.is_running and contract.account.archived is None and may(P.ORDER_EDIT)
    if not found and not can_take:
        return Markup("")
    return ui.fragment("orders/_of_contract.html", contract=contract, papers=shown(KIND, found), can_take=can_take)


papers.add_panels(KIND, account=46, deal=21)
panels.add("quote", panels.Panel("orders", lazy_pgettext("sale", "Order"), _on_quote, P.ORDER_VIEW, "side", 10))
panels.add("contract", panels.Panel("orders", _l("Orders"), _on_contract, P.ORDER_VIEW, "side", 10, is_later=True))
