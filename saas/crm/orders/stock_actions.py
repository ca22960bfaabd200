"""What orders do with stock: promise it, let it go, take it back. Products that aren't counted are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _

from saas import ui
from saas.crm.inventory import actions as stock
from saas.crm.inventory import level_actions, warehouse_actions
from saas.crm.inventory import reservation_actions as reservations
from saas.crm.inventory.actions import Step
from saas.crm.inventory.models import NOTHING, MovementKind
from saas.crm.inventory.reservation_actions import Lack
from saas.crm.orders import stock_queries as queries
from saas.crm.orders.models import DeliveryNote, Order, OrderLine
from saas.errors import Conflict
from saas.tenants.scope import Actor

Taken = Sequence[tuple[OrderLine, Decimal]]


class NotInStock(Conflict):
    """Less is available than is ordered, and nobody has said that the rest may come later."""

    field = "later"

    def __init__(self, lacking: Sequence[Lack]) -> None:
        super().__init__(" ".join(told(one) for one in lacking))
        self.lacking = lacking


def told(lack: Lack) -> str:
    """What lacks, as a sentence."""
    about = {"name": lack.product.name, "wanted": ui.exact(lack.wanted), "available": ui.exact(lack.available)}
    return _("Of %(name)s %(available)s of %(wanted)s are available.", **about)


def check(lines: Sequence[OrderLine]) -> None:
    """Hold the stock of what is ordered until the transaction ends.

    Raises:
        NotInStock: it isn't enough.
    """
    level_actions.hold(queries.wanted(lines))
    if lacking := queries.lacking(lines):
        raise NotInStock(lacking)


def rebook(order: Order, lines: Sequence[OrderLine], *, by: Actor) -> list[Lack]:
    """Make what is reserved for an order what is still to be delivered of it, as far as there is any; nothing, once it
    isn't open. Returns what lacks: it is delivered later.
    """
    asked = queries.wanted(lines) if order.is_open else {}
    held, paper = queries.reserved(order), queries.paper(order)
    level_actions.hold({*asked, *held})  # all at once, so that no two orders wait for each other
    surplus = [
        (one, None, many - asked.get(one, NOTHING)) for one, many in held.items() if many > asked.get(one, NOTHING)
    ]
    if surplus:
        reservations.release(paper, surplus, by=by)
    more = [(one, None, many - held.get(one, NOTHING)) for one, many in asked.items() if many > held.get(one, NOTHING)]
    return reservations.reserve(more, paper, by=by, partly=True) if more else []


def reserve_more(order: Order, lines: Sequence[OrderLine], product_id: UUID, *, by: Actor) -> bool:
    """Reserve of one product what an order lacks, as far as there is any; returns whether it got something."""
    level_actions.hold({product_id})
    missing = queries.wanted(lines).get(product_id, NOTHING) - queries.reserved(order).get(product_id, NOTHING)
    if missing <= 0:
        return False
    lacking = reservations.reserve([(product_id, None, missing)], queries.paper(order), by=by, partly=True)
    return not lacking or lacking[0].available > 0


def ship(note: DeliveryNote, taken: Taken, *, by: Actor) -> None:
    """Let what a delivery note moves leave: what was reserved for the order first.

    Raises:
        Short: less is there.
        BeingCounted: a count is under way there.
    """
    lines = [(line.product.id, None, quantity) for line, quantity in taken if _is_counted(line) and line.product]
    if lines:
        reservations.ship(lines, queries.paper(note), by=by, reserved_for=queries.paper(note.order))


def take_in(note: DeliveryNote, taken: Taken, *, by: Actor) -> None:
    """Put what came back where it had come from, unless it can't be sold again."""
    if not note.to_stock:
        return
    steps = []
    for line, quantity in taken:
        if line.product is not None and _is_counted(line):
            place = queries.left_from(note.order, line.product.id) or warehouse_actions.first().id
            steps.append(Step(line.product.id, place, MovementKind.RETURN, quantity, note.reason))
    if steps:
        stock.move(steps, by=by, paper=queries.paper(note))


def undo(wrong: DeliveryNote, counter: DeliveryNote, *, by: Actor) -> None:
    """Write the opposite of each movement of a wrong note.

    Raises:
        Short: what came back was sold again meanwhile.
    """
    steps = [
        Step(one.product_id, one.warehouse_id, one.kind, -one.quantity, counter.reason, undoes_id=one.id)
        for one in queries.moved_by(wrong)
    ]
    if steps:
        stock.move(steps, by=by, paper=queries.paper(counter))


def _is_counted(line: OrderLine) -> bool:
    return line.product is not None and line.product.is_stocked
