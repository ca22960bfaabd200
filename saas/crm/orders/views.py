"""Pages of orders. What goes out and comes back is in `delivery_views.py`."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext
from markupsafe import Markup

from saas import grids, panels, ui
from saas.archive import refuse_archived
from saas.crm.contracts import queries as contracts
from saas.crm.customers import queries as customers
from saas.crm.opportunities import queries as deals
from saas.crm.orders import actions, queries, record
from saas.crm.orders import delivery_queries as notes
from saas.crm.orders import stock_queries as stock
from saas.crm.orders.forms import OrderForm
from saas.crm.orders.lists import ORDERS, number_cell, total_cell
from saas.crm.orders.models import STATE_ICONS, STATE_LOOKS, STATE_WORDS, Order
from saas.crm.orders.quantities import ready
from saas.crm.orders.state_actions import today
from saas.crm.papers import line_actions, lines, offers, pages, print_queries, prints
from saas.crm.papers.lines import Typed
from saas.crm.papers.models import LineKind
from saas.crm.papers.offers import Offer
from saas.crm.quotes import queries as quotes
from saas.crm.quotes.models import QuoteState
from saas.crm.quotes.record import account_cell
from saas.forms import attempt
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require
from saas.versions import Edit, edited, version_sent

bp = Blueprint("orders", __name__, url_prefix="/orders")

P = Permission
SHOWN = 5  # on the page of a customer or a deal
KINDS = (LineKind.ITEM, LineKind.HEADING)


@bp.get("/")
@allow(P.ORDER_VIEW)
def index() -> ResponseReturnValue:
    page = ORDERS.page(request.args, *queries.listed())
    cells = {"gross": total_cell, "number": number_cell, "account": account_cell}
    shown = grids.shown(page, ui.record_url(".show", "order_id"), **cells)
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template("orders/index.html", list=shown, count_note=note, can_edit=may(P.ORDER_EDIT))


@bp.get("/count")
@allow(P.ORDER_VIEW)
def count() -> ResponseReturnValue:
    where = queries.listed()
    found = ORDERS.count(request.args, *where)
    sums = queries.sums(*where, *ORDERS.conditions(request.args))
    parts = [ngettext("%(count)s order", "%(count)s orders", found, count=grids.tally(found))]
    parts += [ui.money(sums[currency], currency) for currency in sorted(sums)]
    return " · ".join(parts)


@bp.route("/new", methods=["GET", "POST"])
@allow(P.ORDER_EDIT)
def create() -> ResponseReturnValue:
    form, deal = _new_form()
    offer = offers.offer(form.currency.data, form.account)
    form.lines = _typed(offer)
    if pages.is_saving() and form.validate_on_submit():
        assert form.account is not None
        people: dict[str, Any] = {"account": form.account, "contact": form.contact, "owner": me(), "by": me()}
        made = attempt(form, lambda: actions.create_order(form.values(), form.lines, opportunity=deal, **people))
        if made is not None:
            flash(_("%(number)s is written. Look it over, then confirm it.", number=made.label), "good")
            return redirect(url_for(".show", order_id=made.id))
    page = render_template("orders/form.html", form=form, deal=deal, grid=_grid(form.lines, offer))
    return page, form.status if pages.is_saving() else 200


@bp.post("/from-quote/<uuid:quote_id>")
@allow(P.ORDER_EDIT)
def take_quote(quote_id: UUID) -> ResponseReturnValue:
    """Make an order of an accepted quote; where there is one already, lead there."""
    order, is_new = actions.order_from_quote(quotes.quote(quote_id), by=me())
    if is_new:
        flash(_("%(number)s holds what was accepted. Look it over, then confirm it.", number=order.label), "good")
    return redirect(url_for(".show", order_id=order.id))


@bp.post("/from-contract/<uuid:contract_id>")
@allow(P.ORDER_EDIT)
def take_contract(contract_id: UUID) -> ResponseReturnValue:
    """Make an order of what a running contract holds."""
    order = actions.order_from_contract(contracts.contract(contract_id), by=me())
    flash(_("%(number)s holds what was agreed. Look it over, then confirm it.", number=order.label), "good")
    return redirect(url_for(".show", order_id=order.id))


@bp.get("/<uuid:order_id>")
@allow(P.ORDER_VIEW)
def show(order_id: UUID) -> ResponseReturnValue:
    order = queries.order(order_id)
    found = queries.lines(order.id)
    can_edit = may(P.ORDER_EDIT, order) and order.account.archived is None
    moved = notes.of_order(order.id) if order.edition else []
    return render_template(
        "orders/show.html",
        order=order,
        state=STATE_WORDS[order.state],
        look=STATE_LOOKS[order.state],
        icon_name=STATE_ICONS[order.state],
        about=record.about(order),
        rows=prints.rows(found, order.currency),
        sums=pages.told(line_actions.found(order, found), order.currency, margin=may(P.PRODUCT_COST)),
        has_discount=any(line.discount for line in found),
        goods=record.goods(found, ready(found, stock.reserved(order)) if order.is_open else None)
        if order.edition
        else [],
        notes=record.note_rows(moved, notes.lines_of(moved)) if moved else [],
        kept=print_queries.kept(order),
        steps=record.steps(order, found, can_edit),
        lost_deal=record.deal_to_reopen(order),
        can_edit=can_edit,
        **record_parts(Order.__tablename__, order.id, partial(url_for, ".show", order_id=order.id)),
    )


@bp.route("/<uuid:order_id>/edit", methods=["GET", "POST"])
@allow(P.ORDER_EDIT)
def edit(order_id: UUID) -> ResponseReturnValue:
    order = own_order(order_id)
    before = queries.lines(order.id)
    form = OrderForm(obj=order, account=order.account, contact=order.contact)
    form.customer.data = order.account.label  # whom an order is for doesn't change
    if order.edition:
        form.currency.data = order.currency  # nor, once it is confirmed, what it is paid in
    offer = _offer(form.currency.data, order, before)
    form.lines = _typed(offer) if request.method == "POST" else lines.drawn(before, pages.labels(before))
    saved = Edit(False, 200, version_sent(order))
    if pages.is_saving():
        verb = partial(actions.change_order, order, contact=form.contact, by=me())
        saved = edited(form, order, lambda version: (verb(form.values(), form.lines, version=version),))
    if saved.is_saved:
        flash(_("Saved. The changed confirmation is on its way.") if order.sent_to else _("Saved."), "good")
        return redirect(url_for(".show", order_id=order.id))
    told = {"version": saved.version, "clash": saved.clash, "grid": _grid(form.lines, offer, order)}
    return render_template("orders/form.html", form=form, order=order, **told), saved.status


@bp.post("/lines/check")
@allow(P.ORDER_EDIT)
def check() -> ResponseReturnValue:
    """What is wrong in the lines as they stand, and what they come to."""
    order_id = ui.asked_id("order_id")
    order = queries.order(order_id) if order_id else None
    currency = request.form.get("currency", order.currency if order else scope.workspace().currency)
    account = order.account if order else customers.account_typed(request.form.get("customer", ""))
    offer = _offer(currency, order, queries.lines(order.id)) if order else offers.offer(currency, account)
    return pages.looked_at(lines.read(request.form, offer), offer, line_actions.rule(), margin=may(P.PRODUCT_COST))


@bp.post("/<uuid:order_id>/copy")
@allow(P.ORDER_EDIT)
def copy(order_id: UUID) -> ResponseReturnValue:
    made = actions.copy_order(queries.order(order_id), by=me())
    flash(_("%(number)s says the same and is yours.", number=made.label), "good")
    return redirect(url_for(".edit", order_id=made.id))


@bp.post("/<uuid:order_id>/discard")
@allow(P.ORDER_EDIT)
def discard(order_id: UUID) -> ResponseReturnValue:
    order = own_order(order_id)
    actions.discard_order(order, by=me())
    flash(_("%(number)s is thrown away.", number=order.number), "good")
    return redirect(url_for(".index"))


def own_order(order_id: UUID) -> Order:
    """An order that the reader may change.

    Raises:
        NotFound: there is none, or he may not even see it.
        Forbidden: he may only see it.
    """
    order = queries.order(order_id)
    require(P.ORDER_EDIT, order)
    return order


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _new_form() -> tuple[OrderForm, Any]:
    account_id, deal_id = ui.asked_id("account_id"), ui.asked_id("opportunity_id")
    deal = deals.opportunity(deal_id) if deal_id else None
    account = customers.account(account_id) if account_id else deal.account if deal else None
    refuse_archived(account)
    given: dict[str, Any] = {"due_on": today() + actions.USUALLY_WITHIN}
    if deal is not None:
        given |= {"name": deal.name, "currency": deal.currency}
    return OrderForm(account=account, contact=deal.contact if deal else None, data=given), deal


def _offer(currency: str, order: Order, before: Any) -> Offer:
    kept = {line.product_id for line in before if line.product_id}
    used = [(line.tax_name, line.tax_percent) for line in before]
    return offers.offer(currency, order.account, kept=kept, used=used)


def _typed(offer: Offer) -> list[Typed]:
    return lines.read(request.form, offer) if request.method == "POST" else []


def _grid(typed: list[Typed], offer: Offer, order: Order | None = None) -> pages.Grid:
    more = lines.BLANK if request.form.get("what") != "rows" else 2 * lines.BLANK
    check = url_for(".check", order_id=order.id if order else None)
    return pages.grid(typed, offer, line_actions.rule(), check, kinds=KINDS, more=more, margin=may(P.PRODUCT_COST))


def _on_account(account_id: UUID) -> Markup:
    account = customers.account(account_id)
    found = queries.of_account(account.id, SHOWN)
    new = url_for("orders.create", account_id=account.id) if account.archived is None and may(P.ORDER_EDIT) else None
    return ui.fragment("orders/_of.html", orders=record.shown(found), new_url=new)


def _on_deal(opportunity_id: UUID) -> Markup:
    deal = deals.opportunity(opportunity_id)
    found = queries.of_opportunity(deal.id, SHOWN)
    is_open = deal.archived is None and deal.account is not None
    new = url_for("orders.create", opportunity_id=deal.id) if is_open and may(P.ORDER_EDIT) else None
    return ui.fragment("orders/_of.html", orders=record.shown(found), new_url=new)


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
    found = queries.of_contract(contract.id, SHOWN)
    can_take = contract.is_running and contract.account.archived is None and may(P.ORDER_EDIT)
    if not found and not can_take:
        return Markup("")
    return ui.fragment("orders/_of_contract.html", contract=contract, orders=record.shown(found), can_take=can_take)


panels.add("account", panels.Panel("orders", _l("Orders"), _on_account, P.ORDER_VIEW, "side", 46, is_later=True))
panels.add("opportunity", panels.Panel("orders", _l("Orders"), _on_deal, P.ORDER_VIEW, "side", 21, is_later=True))
panels.add("quote", panels.Panel("orders", lazy_pgettext("sale", "Order"), _on_quote, P.ORDER_VIEW, "side", 10))
panels.add("contract", panels.Panel("orders", _l("Orders"), _on_contract, P.ORDER_VIEW, "side", 10, is_later=True))
