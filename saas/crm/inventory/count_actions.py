"""Counting what is really there: begun, filled in, posted as movements or given up."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _

from saas import clock
from saas.archive import refuse_archived
from saas.crm.inventory import actions, count_queries, level_actions, queries
from saas.crm.inventory.actions import BeingCounted, Step
from saas.crm.inventory.level_actions import Shelves
from saas.crm.inventory.models import CountState, MovementKind, StockCount, StockCountLine, StockMovement
from saas.db import db, new_id
from saas.errors import Conflict, Refused
from saas.tenants import events
from saas.tenants.models import Member

STARTED, POSTED, CANCELLED = "stock_count.started", "stock_count.posted", "stock_count.cancelled"


class NothingToCount(Refused):
    """Nothing lies where one wants to count."""


class Ended(Conflict):
    """The count was posted or given up already."""


def start(warehouse_id: UUID, *, category: str | None = None, note: str | None = None, by: Member) -> StockCount:
    """Begin to count what lies in a warehouse; until the count ends nothing of it moves.

    Args:
        warehouse_id: where.
        category: only the products of this category; None: all.
        note: what it is for; the reason of the movements.
        by: who counts.

    Raises:
        NothingToCount: nothing of it has ever been there.
        BeingCounted: another count holds some of it.
        Archived: the warehouse was closed.
    """
    warehouse = queries.warehouse(warehouse_id)
    refuse_archived(warehouse)
    wanted = count_queries.product_ids_in(warehouse_id, category)
    if not wanted:
        raise NothingToCount(_("Nothing has been in %(name)s yet.", name=warehouse.name), field="warehouse_id")
    shelves = level_actions.hold(wanted)
    count = StockCount(id=new_id(), warehouse_id=warehouse_id, member_id=by.id, note=note)
    db.session.add(count)
    db.session.flush()
    for product_id in wanted:
        _add(shelves, count, product_id)
    db.session.flush()
    facts = {"warehouse": warehouse.name, "products": len(wanted), "note": note}
    events.record(STARTED, count, by=by, changed=facts)
    return count


def add_product(count_id: UUID, product_id: UUID, *, by: Member) -> None:
    """Count one more product, such as one that nobody knew to be there.

    Raises:
        Ended: the count is over.
        BeingCounted: it or another count holds the product.
        NotFound: the workspace has no such product.
    """
    count = _open(count_id)
    shelves = level_actions.hold({product_id})
    _add(shelves, count, product_id)
    db.session.flush()


def _add(shelves: Shelves, count: StockCount, product_id: UUID) -> None:
    level = shelves.level(product_id, count.warehouse_id)
    if level.count_id is not None:
        name = shelves.products[product_id].name
        raise BeingCounted(_("%(name)s is being counted already.", name=name), field="warehouse_id")
    level.count_id = count.id
    db.session.add(StockCountLine(count_id=count.id, product_id=product_id, expected=level.on_hand))


def enter(count_id: UUID, counted: Mapping[UUID, Decimal | None], *, by: Member) -> None:
    """Write down what was found: line → quantity, None where it isn't counted yet; other lines stay as they are.

    Raises:
        Ended: the count is over.
    """
    count = _open(count_id)
    for line in count_queries.lines_with(count.id, counted):
        line.counted = counted[line.id]
    count.updated_at = clock.now()
    db.session.flush()


def post(count_id: UUID, *, by: Member) -> list[StockMovement]:
    """End a count: each difference is written as a movement; what wasn't counted stays as it is.

    Raises:
        Ended: it is over already.
        Short: less of something was found than is reserved.
    """
    count = _open(count_id)
    lines = count_queries.lines(count.id)
    shelves = _let_go(count, lines)
    steps = [
        Step(line.product_id, count.warehouse_id, MovementKind.COUNT, line.difference, count.note)
        for line in lines
        if line.difference
    ]
    paper = (StockCount.__tablename__, count.id)
    made = actions.write(shelves, steps, by=by, paper=paper, batch_id=count.id if len(steps) > 1 else None)
    shelves.settle(by=by)
    _end(count, CountState.POSTED)
    counted = sum(line.counted is not None for line in lines)
    facts = {"warehouse": count.warehouse.name, "counted": counted, "differences": len(made)}
    events.record(POSTED, count, by=by, changed=facts)
    return made


def cancel(count_id: UUID, *, by: Member) -> None:
    """Give a count up: nothing changes, and what it held may move again.

    Raises:
        Ended: it is over already.
    """
    count = _open(count_id)
    _let_go(count, count_queries.lines(count.id))
    _end(count, CountState.CANCELLED)
    events.record(CANCELLED, count, by=by, changed={"warehouse": count.warehouse.name})


def _open(count_id: UUID) -> StockCount:
    count = count_queries.lock_count(count_id)
    if count.state is not CountState.OPEN:
        raise Ended(_("This count is over."))
    return count


def _let_go(count: StockCount, lines: list[StockCountLine]) -> Shelves:
    shelves = level_actions.hold({line.product_id for line in lines})
    for line in lines:
        shelves.level(line.product_id, count.warehouse_id).count_id = None
    return shelves


def _end(count: StockCount, state: CountState) -> None:
    count.state, count.ended_at = state, clock.now()
    db.session.flush()
