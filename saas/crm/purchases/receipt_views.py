"""Taking in what came of a purchase."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import ui
from saas.crm.inventory import queries as stock
from saas.crm.inventory.quantities import said
from saas.crm.purchases import queries, receipt_actions
from saas.crm.purchases.forms import ReceiptForm, arrivals, came
from saas.crm.purchases.receipt_actions import Arrival
from saas.errors import NotFound
from saas.forms import done
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("purchase_receipts", __name__, url_prefix="/purchases")

P = Permission


@bp.route("/<uuid:purchase_id>/receive", methods=["GET", "POST"])
@allow(P.PURCHASE_EDIT)
def receive(purchase_id: UUID) -> ResponseReturnValue:
    """Say what came, line by line."""
    purchase = queries.purchase(purchase_id)
    lines = queries.lines(purchase_id)
    kept = {"warehouse_id": str(purchase.warehouse_id), "received_on": ui.words().today}
    form = ReceiptForm(stock.warehouses(), data=kept)
    cells = arrivals(lines, request.form if request.method == "POST" else None)
    if request.method == "POST":
        is_right, arrived = form.validate_on_submit(), came(cells)
        if is_right and arrived is not None and done(form, lambda: _receive(purchase_id, form, arrived)):
            flash(_("What came is in stock."), "good")
            return redirect(url_for("purchases.show", purchase_id=purchase_id))
    shown = [(line, cells[line.id], said(line.quantity), said(line.received)) for line in lines]
    page = render_template("purchases/receive.html", purchase=purchase, form=form, lines=shown)
    return page, form.status


@bp.post("/<uuid:purchase_id>/receipts/<uuid:receipt_id>/back")
@allow(P.PURCHASE_EDIT)
def take_back(purchase_id: UUID, receipt_id: UUID) -> ResponseReturnValue:
    """A receipt was a mistake."""
    receipt = queries.receipt(receipt_id)
    if receipt.purchase_id != purchase_id:
        raise NotFound
    receipt_actions.take_back(receipt, by=me())
    flash(_("The receipt is taken back; what it held is on order again."), "good")
    return redirect(url_for("purchases.show", purchase_id=purchase_id))


def _receive(purchase_id: UUID, form: ReceiptForm, arrived: dict[UUID, Arrival]) -> None:
    receipt_actions.receive(
        queries.purchase(purchase_id),
        arrived,
        warehouse_id=stock.warehouse(UUID(form.warehouse_id.data)).id,
        on=form.received_on.data,
        reference=form.reference.data,
        by=me(),
    )
