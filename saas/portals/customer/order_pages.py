"""A customer's orders in his portal: how far they are, what was delivered, the papers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from saas import ui
from saas.crm.orders import portal_queries
from saas.crm.orders.projection import STEPS
from saas.crm.papers.views import given
from saas.tenants import scope
from saas.tenants.permissions import Permission, Reach, allow

bp = Blueprint("customer_orders", __name__, url_prefix="/orders")
P = Permission


@bp.get("/")
@allow(P.PORTAL_ORDER)
def index() -> ResponseReturnValue:
    """All orders, the newest first."""
    found, following = portal_queries.orders(before=ui.asked_id("before"))
    return render_template(
        "customer/orders.html",
        orders=found,
        next_url=url_for(".index", before=following) if following else None,
        names=scope.who().reach(P.PORTAL_ORDER) is Reach.ALL,
        steps=STEPS,
    )


@bp.get("/<uuid:order_id>")
@allow(P.PORTAL_ORDER)
def show(order_id: UUID) -> ResponseReturnValue:
    """One order: what it holds, what of it was delivered, and its papers."""
    order, paper = portal_queries.order(order_id)
    return render_template("customer/order.html", order=order, paper=paper, steps=STEPS)


@bp.get("/<uuid:order_id>/pdf")
@allow(P.PORTAL_ORDER)
def confirmation(order_id: UUID) -> ResponseReturnValue:
    """The confirmation that holds."""
    return given(portal_queries.confirmation(order_id))


@bp.get("/<uuid:order_id>/notes/<uuid:note_id>/pdf")
@allow(P.PORTAL_ORDER)
def note(order_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """A delivery note or return note."""
    return given(portal_queries.note_print(order_id, note_id))
