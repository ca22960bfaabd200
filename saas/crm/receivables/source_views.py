"""Making an invoice of an order or a contract, from their pages, and what these say of their invoices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import panels, ui
from saas.crm.contracts import queries as contracts
from saas.crm.contracts.models import Contract
from saas.crm.orders import queries as orders
from saas.crm.orders.models import SOLD, Order
from saas.crm.papers.paper_views import SHOWN
from saas.crm.papers.record import shown
from saas.crm.receivables import billing, queries, record
from saas.crm.receivables import source_actions as actions
from saas.crm.receivables import source_queries as sources
from saas.crm.receivables.models import Invoice
from saas.crm.receivables.queries import KIND
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("invoice_sources", __name__, url_prefix="/invoices")

P = Permission


@bp.post("/from-order/<uuid:order_id>")
@allow(P.INVOICE_EDIT)
def take_order(order_id: UUID) -> ResponseReturnValue:
    """The draft of what was delivered and isn't billed yet."""
    order = orders.order(order_id)
    require(P.INVOICE_EDIT, order)
    return _made(actions.from_order(order, by=me()))


@bp.post("/from-contract/<uuid:contract_id>")
@allow(P.INVOICE_EDIT)
def take_contract(contract_id: UUID) -> ResponseReturnValue:
    """The draft of the next period."""
    contract = contracts.contract(contract_id)
    require(P.INVOICE_EDIT, contract)
    return _made(actions.from_contract(contract, by=me()))


def _made(invoice: Invoice) -> ResponseReturnValue:
    flash(_("The draft is written. Look it over, then issue it: that gives it its number."), "good")
    return redirect(KIND.url(invoice))


def _on_order(order_id: UUID) -> Markup:
    """The invoices of an order, and the button that bills what was delivered since."""
    order = orders.order(order_id)
    found = KIND.newest(Invoice.order_id == order.id, SHOWN)
    if not _is_due(order):
        return _panel(found)
    lead = _("Something was delivered that isn't billed yet.")
    return _panel(found, url_for("invoice_sources.take_order", order_id=order.id), lead)


def _is_due(order: Order) -> bool:
    if order.state not in SOLD or order.account.archived is not None or not may(P.INVOICE_EDIT, order):
        return False
    if order.quote_id and queries.of_quote(order.quote_id):
        return False
    return bool(billing.due_of(orders.lines(order.id), sources.billed(order.id)))


def _on_contract(contract_id: UUID) -> Markup:
    """The invoices of a contract, and the button that bills its next period."""
    contract = contracts.contract(contract_id)
    found = KIND.newest(Invoice.contract_id == contract.id, SHOWN)
    period = _next(contract)
    if period is None:
        return _panel(found)
    days = record.period(period.first, period.last)
    lead = _("The next one is for %(days)s.", days=days) if days else ""
    return _panel(found, url_for("invoice_sources.take_contract", contract_id=contract.id), lead)


def _next(contract: Contract) -> billing.Period | None:
    is_open = contract.account.archived is None and may(P.INVOICE_EDIT, contract)
    return actions.next_of(contract) if is_open else None


def _panel(found: list[Invoice], make_url: str | None = None, lead: str = "") -> Markup:
    if not found and make_url is None:
        return Markup("")
    context: dict[str, Any] = {"papers": shown(KIND, found), "make_url": make_url, "lead": lead}
    return ui.fragment("receivables/_of_source.html", **context)


LABEL = _l("Invoices")
panels.add("sales_order", panels.Panel("invoices", LABEL, _on_order, P.INVOICE_VIEW, "side", 20, is_later=True))
panels.add("contract", panels.Panel("invoices", LABEL, _on_contract, P.INVOICE_VIEW, "side", 20, is_later=True))
