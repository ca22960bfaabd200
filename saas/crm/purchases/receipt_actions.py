"""What comes of a purchase: into stock with what it cost, and back where it was a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _

from saas import clock
from saas.crm.inventory import actions as stock
from saas.crm.inventory.actions import Step
from saas.crm.inventory.models import MovementKind
from saas.crm.inventory.quantities import COST_STEP
from saas.crm.purchases import queries
from saas.crm.purchases.actions import NotNow, replan
from saas.crm.purchases.models import (
    Purchase,
    PurchaseLine,
    PurchaseReceipt,
    PurchaseReceiptLine,
    State,
)
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import Actor

RECEIVED, TAKEN_BACK = "purchase.received", "purchase.receipt_taken_back"


class NothingCame(Refused):
    """No line says how much came."""


@dataclass(frozen=True)
class Arrival:
    """How much of a line came, above 0, and what one cost in the purchase's currency; None: as it was ordered."""

    quantity: Decimal
    price: Decimal | None = None


def receive(
    purchase: Purchase,
    came: Mapping[UUID, Arrival],
    *,
    warehouse_id: UUID,
    on: date,
    reference: str | None = None,
    by: Actor,
) -> PurchaseReceipt:
    """Take in what came; more than was ordered is taken too. Only what is kept in stock becomes a movement.

    Args:
        purchase: which is on order.
        came: line → how much of it.
        warehouse_id: where it lies now.
        on: the day on which it came.
        reference: the number of the supplier's delivery note.
        by: who takes it in.

    Raises:
        NothingCame: no line says how much.
        NotNow: it isn't on order.
        BeingCounted: a count is under way there.
        NotFound, Archived: of the warehouse.
    """
    purchase = queries.lock_purchase(purchase.id)
    if not purchase.is_open:
        raise NotNow(_("%(number)s isn't on order.", number=purchase.number))
    lines = queries.lines(purchase.id)
    arrived = [line for line in lines if line.id in came]
    if not arrived:
        raise NothingCame(_("Say how much came, in one line at least."))
    receipt = PurchaseReceipt(id=new_id(), purchase_id=purchase.id, warehouse_id=warehouse_id, received_on=on)
    receipt.reference, receipt.member_id = reference, by.id if isinstance(by, Member) else None
    costs = {line.id: _cost(purchase, line, came[line.id].price) for line in arrived}
    steps = [
        Step(line.product_id, warehouse_id, MovementKind.RECEIPT, came[line.id].quantity, unit_cost=costs[line.id])
        for line in arrived
        if line.product_id is not None and line.product is not None and line.product.is_stocked
    ]
    if steps:
        stock.move(steps, by=by, paper=(PurchaseReceipt.__tablename__, receipt.id))
    db.session.add(receipt)
    db.session.flush()
    for line in arrived:
        values = {"line_id": line.id, "quantity": came[line.id].quantity, "unit_cost": costs[line.id]}
        db.session.add(PurchaseReceiptLine(receipt_id=receipt.id, **values))
        line.received += came[line.id].quantity
    _settle(purchase, lines)
    replan(purchase, by=by)
    facts = {"number": purchase.number, "lines": len(arrived), "is_whole": purchase.state is State.RECEIVED}
    events.record(RECEIVED, purchase, by=by, changed=facts)
    return receipt


def take_back(receipt: PurchaseReceipt, *, by: Actor) -> None:
    """Undo a receipt that was a mistake, once: what came leaves again, and is on order as before.

    Raises:
        NotNow: it was taken back already.
        Short: some of it is gone or promised by now.
        BeingCounted: a count is under way there.
    """
    purchase = queries.lock_purchase(receipt.purchase_id)
    db.session.refresh(receipt)
    if receipt.taken_back_at is not None:
        raise NotNow(_("This receipt was taken back already."))
    lines = {line.id: line for line in queries.lines(purchase.id)}
    stock.reverse((PurchaseReceipt.__tablename__, receipt.id), by=by)
    for one in queries.receipt_lines([receipt.id]):
        lines[one.line_id].received -= one.quantity
    receipt.taken_back_at = clock.now()
    _settle(purchase, list(lines.values()))
    replan(purchase, by=by)
    events.record(TAKEN_BACK, purchase, by=by, changed={"number": purchase.number})


def _settle(purchase: Purchase, lines: list[PurchaseLine]) -> None:
    if not any(line.received for line in lines):
        purchase.state = State.ORDERED
    else:
        purchase.state = State.PART if any(line.remaining for line in lines) else State.RECEIVED


def _cost(purchase: Purchase, line: PurchaseLine, price: Decimal | None) -> Decimal:
    """What one costs in the workspace's currency."""
    return ((line.unit_cost if price is None else price) * purchase.rate).quantize(COST_STEP)
