"""Moving stock: in, out, set right, to another warehouse, and taking a movement back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas.archive import refuse_archived
from saas.crm.inventory import level_actions, queries
from saas.crm.inventory.level_actions import Paper, Shelves
from saas.crm.inventory.models import MovementKind, PlanKind, StockCount, StockMovement, Warehouse
from saas.crm.inventory.quantities import average
from saas.crm.products.models import Product
from saas.db import db, new_id
from saas.errors import Conflict, Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import Actor

MOVED = "product.stock_moved"
TRANSFER = "transfer"  # what a transfer's plan stands under: what it sent is on its way


class BeingCounted(Conflict):
    """A count is under way there: until it ends nothing moves."""


class NotStocked(Refused):
    """A bundle lies nowhere: its parts do."""


class TakenBack(Conflict):
    """The movement was corrected already, or corrects another."""


@dataclass(frozen=True)
class Step:
    """One movement to be: `quantity` above 0 comes into the warehouse, below 0 leaves it; never 0.

    unit_cost: what one of them cost, in the workspace's currency, of what comes in; None where nobody knows.
    count_id: the count that finds it, which alone may move what it holds.
    """

    product_id: UUID
    warehouse_id: UUID
    kind: MovementKind
    quantity: Decimal
    reason: str | None = None
    unit_cost: Decimal | None = None
    transfer_id: UUID | None = None
    undoes_id: UUID | None = None
    count_id: UUID | None = None


def move(
    steps: Sequence[Step], *, by: Actor, paper: Paper | None = None, batch_id: UUID | None = None
) -> list[StockMovement]:
    """Write movements, all or none.

    Args:
        steps: what moves.
        by: who moves it.
        paper: the table and id of what they belong to, such as an order.
        batch_id: shared by the events of one bulk verb.

    Raises:
        NotFound: the workspace has no such product or warehouse.
        Short: more would leave than is available, and the workspace doesn't sell below zero.
        BeingCounted: a count holds what would move.
        NotStocked: one of the products is a bundle.
        Archived: the warehouse was closed.
    """
    shelves = level_actions.hold({step.product_id for step in steps})
    made = write(shelves, steps, by=by, paper=paper, batch_id=batch_id)
    shelves.settle(by=by)
    return made


def write(
    shelves: Shelves,
    steps: Sequence[Step],
    *,
    by: Actor,
    paper: Paper | None = None,
    batch_id: UUID | None = None,
) -> list[StockMovement]:
    """`move` for a verb that holds the levels already, and settles them itself."""
    if not steps:
        return []
    warehouses = queries.warehouses_with({step.warehouse_id for step in steps})
    made = [_step(shelves, step, warehouses, by, paper) for step in steps]
    db.session.add_all(made)
    db.session.flush()
    told = [(shelves.products[one.product_id], _facts(one, warehouses[one.warehouse_id])) for one in made]
    events.record_many(MOVED, told, by=by, batch_id=batch_id)
    return made


def _step(
    shelves: Shelves, step: Step, warehouses: Mapping[UUID, Warehouse], by: Actor, paper: Paper | None
) -> StockMovement:
    warehouse = warehouses[step.warehouse_id]
    level, total = shelves.level(step.product_id, warehouse.id), shelves.total(step.product_id)
    refuse_archived(warehouse)
    if level.count_id is not None and level.count_id != step.count_id:
        product = shelves.products[step.product_id]
        told = _("%(name)s is being counted in %(where)s.", name=product.name, where=warehouse.name)
        raise BeingCounted(told, field="warehouse_id")
    _note_product(shelves.products[step.product_id], total.on_hand, step)
    if step.quantity < 0:
        if step.undoes_id is not None:
            shelves.let_go(level, -step.quantity, by=by)
        shelves.take(level, -step.quantity, warehouse)
    else:
        shelves.add(level, "on_hand", step.quantity)
    return StockMovement(
        id=new_id(),
        product_id=step.product_id,
        warehouse_id=warehouse.id,
        kind=step.kind,
        quantity=step.quantity,
        on_hand=level.on_hand,
        unit_cost=step.unit_cost,
        reason=step.reason,
        member_id=by.id if isinstance(by, Member) else None,
        for_kind=paper[0] if paper else None,
        for_id=paper[1] if paper else None,
        transfer_id=step.transfer_id,
        undoes_id=step.undoes_id,
    )


def _note_product(product: Product, had: Decimal, step: Step) -> None:
    """A product that moves is kept in stock, and costs what those cost that came.

    Raises:
        NotStocked: it is a bundle.
    """
    if product.is_bundle:
        raise NotStocked(_("A bundle isn't kept in stock, its parts are."), field="warehouse_id")
    cost = product.cost if step.unit_cost is None else average(had, product.cost, step.quantity, step.unit_cost)
    if not product.is_stocked or cost != product.cost:
        db.session.refresh(product, with_for_update={"key_share": True})  # somebody may be changing it by its form
        product.is_stocked = True
        if step.unit_cost is not None:
            product.cost = average(had, product.cost, step.quantity, step.unit_cost)


def _facts(one: StockMovement, warehouse: Warehouse) -> dict[str, Any]:
    return {
        "movement_id": one.id,
        "kind": one.kind,
        "quantity": one.quantity,
        "on_hand": one.on_hand,
        "warehouse": warehouse.name,
        "reason": one.reason,
        "is_correction": one.undoes_id is not None,
    }


# ── by hand ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def take_in(
    product_id: UUID,
    warehouse_id: UUID,
    quantity: Decimal,
    reason: str | None = None,
    *,
    by: Actor,
    unit_cost: Decimal | None = None,
) -> StockMovement:
    """Put so many into a warehouse; `quantity` above 0. Errors as for `move`."""
    (made,) = move([Step(product_id, warehouse_id, MovementKind.IN, quantity, reason, unit_cost)], by=by)
    return made


def take_out(
    product_id: UUID, warehouse_id: UUID, quantity: Decimal, reason: str | None = None, *, by: Actor
) -> StockMovement:
    """Take so many out of a warehouse; `quantity` above 0. Errors as for `move`."""
    (made,) = move([Step(product_id, warehouse_id, MovementKind.OUT, -quantity, reason)], by=by)
    return made


def adjust(
    product_id: UUID, warehouse_id: UUID, on_hand: Decimal, reason: str | None, *, by: Actor
) -> StockMovement | None:
    """Say how many there really are: the difference is written as a movement; None where there is none.

    Args:
        product_id, warehouse_id: of what.
        on_hand: how many there are.
        reason: why it differs.
        by: who says so.

    Raises:
        As for `move`: Short where more is reserved than is there.
    """
    place = queries.warehouse(warehouse_id)
    shelves = level_actions.hold({product_id})
    difference = on_hand - shelves.level(product_id, place.id).on_hand
    if difference == 0:
        return None
    step = Step(product_id, warehouse_id, MovementKind.ADJUST, difference, reason)
    (made,) = write(shelves, [step], by=by)
    shelves.settle(by=by)
    return made


# ── from one warehouse to another ───────────────────────────────────────────────────────────────────────────────────


def send(
    product_id: UUID,
    from_id: UUID,
    to_id: UUID,
    quantity: Decimal,
    reason: str | None = None,
    *,
    arrives: bool = True,
    by: Actor,
) -> UUID:
    """Send so many to another warehouse.

    Args:
        product_id: what is sent.
        from_id, to_id: the two warehouses.
        quantity: how many, above 0.
        reason: what for.
        arrives: they are there at once; else they are on their way until `arrive`.
        by: who sends them.

    Returns:
        What both legs share.

    Raises:
        Refused: it is the same warehouse.
        As for `move`.
    """
    if from_id == to_id:
        raise Refused(_("Choose another warehouse to send it to."), field="to_id")
    refuse_archived(queries.warehouse(to_id), field="to_id")
    shelves, transfer_id = level_actions.hold({product_id}), new_id()
    step = Step(product_id, from_id, MovementKind.TRANSFER, -quantity, reason, transfer_id=transfer_id)
    write(shelves, [step], by=by)
    shelves.plan(PlanKind.IN_TRANSIT, (TRANSFER, transfer_id), shelves.level(product_id, to_id), quantity, by=by)
    if arrives:
        _arrive(shelves, transfer_id, by=by)
    shelves.settle(by=by)
    return transfer_id


def arrive(transfer_id: UUID, *, by: Actor) -> None:
    """Put what a transfer sent into the warehouse it goes to; done once.

    Raises:
        NotFound: nothing of it is on its way.
        BeingCounted: a count is under way there.
    """
    plan = queries.in_transit(transfer_id)
    shelves = level_actions.hold({plan.product_id})
    queries.in_transit(transfer_id)  # a colleague may have been faster
    _arrive(shelves, transfer_id, by=by)
    shelves.settle(by=by)


def _arrive(shelves: Shelves, transfer_id: UUID, *, by: Actor) -> None:
    plan, sent = queries.in_transit(transfer_id), queries.leg(transfer_id)
    level, quantity = shelves.level(plan.product_id, plan.warehouse_id), plan.quantity
    shelves.plan(PlanKind.IN_TRANSIT, (TRANSFER, transfer_id), level, -quantity, by=by)
    step = Step(
        plan.product_id, plan.warehouse_id, MovementKind.TRANSFER, quantity, sent.reason, transfer_id=transfer_id
    )
    write(shelves, [step], by=by)


# ── taking back ─────────────────────────────────────────────────────────────────────────────────────────────────────


def is_by_hand(movement: StockMovement) -> bool:
    """True when a person made it, or a count found it: what a paper made is changed there."""
    return movement.for_kind in (None, StockCount.__tablename__)


def correct(movement: StockMovement, reason: str | None = None, *, by: Actor) -> list[StockMovement]:
    """Write the opposite of a movement, once; of a transfer, that of both legs.

    Args:
        movement: the wrong one, made by hand or found by a count.
        reason: why; that of the movement when left out.
        by: who corrects it.

    Raises:
        TakenBack: that was done before, it is itself such an opposite, or a paper made it.
        As for `move`: Short where what came is gone by now.
    """
    shelves = level_actions.hold({movement.product_id})
    if not is_by_hand(movement):
        raise TakenBack(_("A paper made this movement. Change it there."))
    legs = queries.legs(movement.transfer_id) if movement.transfer_id else [movement]
    if any(leg.undoes_id is not None for leg in legs) or queries.corrected([leg.id for leg in legs]):
        raise TakenBack(_("This was corrected already."))
    if movement.transfer_id is not None and (plan := queries.still_in_transit(movement.transfer_id)) is not None:
        level = shelves.level(plan.product_id, plan.warehouse_id)
        shelves.plan(PlanKind.IN_TRANSIT, (TRANSFER, movement.transfer_id), level, -plan.quantity, by=by)
    steps = [
        Step(
            leg.product_id,
            leg.warehouse_id,
            leg.kind,
            -leg.quantity,
            reason or leg.reason,
            leg.unit_cost,
            undoes_id=leg.id,
        )
        for leg in legs
    ]
    made = write(shelves, steps, by=by)
    shelves.settle(by=by)
    return made


def reverse(paper: Paper, *, by: Actor) -> list[StockMovement]:
    """Write the opposite of what a paper moved, as far as that wasn't done before.

    Args:
        paper: its table and id.
        by: who takes it back.

    Raises:
        As for `move`: Short where what came is gone by now.
    """
    shelves = level_actions.hold({one.product_id for one in queries.movements_of(paper)})
    made = [one for one in queries.movements_of(paper) if one.undoes_id is None]
    done = queries.corrected([one.id for one in made])
    steps = [
        Step(one.product_id, one.warehouse_id, one.kind, -one.quantity, None, one.unit_cost, undoes_id=one.id)
        for one in made
        if one.id not in done
    ]
    back = write(shelves, steps, by=by, paper=paper)
    shelves.settle(by=by)
    return back
