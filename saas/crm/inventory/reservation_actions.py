"""What papers promise and expect: reserving stock, giving it back, delivering it, and noting what is to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from saas.archive import refuse_archived
from saas.crm.inventory import actions, level_actions, queries, warehouse_actions
from saas.crm.inventory.actions import Step
from saas.crm.inventory.level_actions import RELEASED, Paper, Shelves, Short
from saas.crm.inventory.models import NOTHING, MovementKind, PlanKind, StockLevel, StockMovement, StockPlan
from saas.crm.products.models import Product
from saas.tenants import events
from saas.tenants.scope import Actor

RESERVED = "product.stock_reserved"
Line = tuple[UUID, UUID | None, Decimal]  # product, warehouse (None: wherever there is some), quantity above 0


@dataclass(frozen=True)
class Lack:
    """What a line wanted and there wasn't."""

    product: Product
    wanted: Decimal
    available: Decimal  # what it got, or could have got

    @property
    def missing(self) -> Decimal:
        """How much too little there is."""
        return self.wanted - self.available


def reserve(lines: Sequence[Line], paper: Paper, *, by: Actor, partly: bool = False) -> list[Lack]:
    """Promise stock to a paper, so that nobody else can sell it; asking again adds to what it has.

    Args:
        lines: what it wants. Without a warehouse, the first one that has it all; else from several.
        paper: the table of what wants it, and its id.
        by: who promises it.
        partly: take what there is and tell what lacks; else all or nothing.

    Returns:
        What lacks; nothing unless `partly`.

    Raises:
        Short: less is available than wanted, nothing is reserved, and the workspace doesn't sell below zero.
        NotFound: the workspace has no such product or warehouse.
    """
    shelves = level_actions.hold({product_id for product_id, _where, _quantity in lines})
    lacking = [lack for line in lines if (lack := _reserve(shelves, line, paper, by, partly)) is not None]
    shelves.settle(by=by)
    return lacking


def _reserve(shelves: Shelves, line: Line, paper: Paper, by: Actor, partly: bool) -> Lack | None:
    product_id, where, wanted = line
    product, got = shelves.products[product_id], NOTHING
    for level, quantity in _shares(shelves, product_id, where, wanted):
        shelves.plan(PlanKind.RESERVED, paper, level, quantity, by=by)
        got += quantity
    if got < wanted and not partly:
        raise Short(product, wanted, got)
    if got:
        events.record(RESERVED, product, by=by, changed={"quantity": got, "for_kind": paper[0], "for_id": paper[1]})
    return Lack(product, wanted, got) if got < wanted else None


def _shares(
    shelves: Shelves, product_id: UUID, where: UUID | None, wanted: Decimal
) -> list[tuple[StockLevel, Decimal]]:
    """From which levels so much may be taken: one that has it all if there is one, else what each has."""
    places = _places(shelves, product_id, where)
    free = [(level, shelves.room(level)) for level in places]
    for level, room in free:
        if room is None or room >= wanted:
            return [(level, wanted)]
    found = []
    for level, room in sorted(free, key=lambda one: one[1] or NOTHING, reverse=True):
        part = min(room or NOTHING, wanted)
        if part:
            found.append((level, part))
            wanted -= part
    return found


def _places(shelves: Shelves, product_id: UUID, where: UUID | None) -> list[StockLevel]:
    if where is not None:
        warehouse = queries.warehouse(where)
        refuse_archived(warehouse)
        return [shelves.level(product_id, warehouse.id)]
    first = shelves.level(product_id, warehouse_actions.first().id)
    rest = [level for level in shelves.places(product_id) if level is not first]
    return [first, *sorted(rest, key=lambda level: level.available, reverse=True)]


def release(paper: Paper, lines: Sequence[Line] | None = None, *, by: Actor) -> None:
    """Give back what a paper has reserved: all of it, or as much as the lines say; what it hasn't is left out."""
    found = queries.plans_of(paper, PlanKind.RESERVED)
    if not found:
        return
    shelves = level_actions.hold({plan.product_id for plan in found})
    held = queries.plans_of(paper, PlanKind.RESERVED)  # as they are now
    found = [plan for plan in held if plan.product_id in shelves.products]
    wanted = lines if lines is not None else [(p.product_id, p.warehouse_id, p.quantity) for p in found]
    for product_id, where, quantity in wanted:
        given = sum((part for _plan, part in _used(shelves, paper, found, (product_id, where, quantity), by)), NOTHING)
        if given:
            facts = {"quantity": given, "for_kind": paper[0], "for_id": paper[1]}
            events.record(RELEASED, shelves.products[product_id], by=by, changed=facts)
    shelves.settle(by=by)


def ship(
    lines: Sequence[Line],
    paper: Paper,
    *,
    by: Actor,
    kind: MovementKind = MovementKind.DELIVERY,
    reserved_for: Paper | None = None,
) -> list[StockMovement]:
    """Let stock leave for a paper: what it has reserved first, the rest from what is available.

    Args:
        lines: what leaves.
        paper: the table and id of what the movements belong to, such as a delivery.
        by: who lets it go.
        kind: why it leaves.
        reserved_for: for whom it was reserved, where that is another paper, such as the order.

    Raises:
        Short: less is reserved and available than leaves.
        BeingCounted: a count is under way there.
        NotFound: the workspace has no such product or warehouse.
    """
    holder = reserved_for or paper
    shelves, made = level_actions.hold({product_id for product_id, _where, _quantity in lines}), []
    plans = queries.plans_of(holder, PlanKind.RESERVED)
    for line in lines:
        product_id, where, left = line
        used = _used(shelves, holder, plans, line, by)
        left -= sum((part for _plan, part in used), NOTHING)
        steps = [Step(product_id, plan.warehouse_id, kind, -part) for plan, part in used]
        made += actions.write(shelves, steps, by=by, paper=paper)
        made += actions.write(shelves, _from_shelves(shelves, (product_id, where, left), kind), by=by, paper=paper)
    shelves.settle(by=by)
    return made


def _from_shelves(shelves: Shelves, line: Line, kind: MovementKind) -> list[Step]:
    """What leaves beyond what was reserved."""
    product_id, where, wanted = line
    if not wanted:
        return []
    shares = _shares(shelves, product_id, where, wanted)
    got = sum((part for _level, part in shares), NOTHING)
    if got < wanted:
        raise Short(shelves.products[product_id], wanted, got)
    return [Step(product_id, level.warehouse_id, kind, -part) for level, part in shares if level.warehouse_id]


def _used(
    shelves: Shelves, paper: Paper, plans: Sequence[StockPlan], line: Line, by: Actor
) -> list[tuple[StockPlan, Decimal]]:
    """Take so much of what a paper has reserved, as far as it has it: (plan, how much)."""
    product_id, where, left = line
    used = []
    for plan in plans:
        part = min(plan.quantity, left)
        if plan.product_id != product_id or where not in (None, plan.warehouse_id) or part <= 0:
            continue
        shelves.plan(PlanKind.RESERVED, paper, shelves.level(product_id, plan.warehouse_id), -part, by=by)
        used.append((plan, part))
        left -= part
    return used


def expect(lines: Sequence[tuple[UUID, UUID, Decimal]], paper: Paper, *, kind: PlanKind, by: Actor) -> None:
    """Note what a paper brings or may want: (product, warehouse, so many more, or less where below 0).

    Args:
        lines: what it adds to what it has noted before.
        paper: the table of what brings it, and its id.
        kind: on order, or softly reserved.
        by: who notes it.

    Raises:
        NotFound: the workspace has no such product.
        ValueError: it never noted as much.
    """
    queries.warehouses_with({warehouse_id for _product_id, warehouse_id, _quantity in lines})
    shelves = level_actions.hold({product_id for product_id, _where, _quantity in lines})
    for product_id, warehouse_id, quantity in lines:
        if quantity:
            shelves.plan(kind, paper, shelves.level(product_id, warehouse_id), quantity, by=by)
    shelves.settle(by=by)
