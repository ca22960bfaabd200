"""How orders go on: confirm, cancel, close, take up again; and what their lines make of their state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from flask_babel import gettext as _

from saas import clock
from saas.archive import refuse_archived
from saas.crm.customers import ownership
from saas.crm.customers import purchase_actions as purchases
from saas.crm.customers.models import ShieldKind
from saas.crm.inventory.reservation_actions import Lack
from saas.crm.opportunities import actions as deals
from saas.crm.orders import queries, stock_queries
from saas.crm.orders import stock_actions as stock
from saas.crm.orders.models import SOLD, Order, OrderLine, OrderState
from saas.crm.papers import line_actions, print_actions
from saas.crm.papers.paper_actions import about
from saas.db import db
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import SYSTEM, Actor, today

CONFIRMED, CANCELLED = "order.confirmed", "order.cancelled"
CLOSED, REOPENED, RESERVED = "order.closed", "order.reopened", "order.reserved"


class NotNow(Refused):
    """The order isn't in a state in which this can be done."""


def confirm_order(order: Order, *, to: str | None, later: bool = True, by: Member) -> Order:
    """Promise it to the customer: its confirmation is made and mailed, its deal is won, he has bought, and stays with
    whoever looks after him until all is delivered. Said twice, it is confirmed once.

    Args:
        order: a draft with something to deliver.
        to: the mail address that confirmations go to; None: nowhere.
        later: what isn't in stock may be delivered later.
        by: who confirms it.

    Raises:
        NotNow: it was cancelled or thrown away.
        Refused: there is nothing to deliver.
        NotInStock: less is available than is ordered, and `later` is False.
        Archived: the customer was put away.
    """
    order = queries.lock_order(order.id)
    if order.state in SOLD:
        return order
    if order.state is not OrderState.DRAFT or order.archived_at is not None:
        raise NotNow(_("%(number)s can't be confirmed any more.", number=order.number))
    refuse_archived(order.account)
    lines = queries.lines(order.id)
    if not any(line.is_goods for line in lines):
        raise Refused(_("There is nothing to deliver yet. Add what was ordered first."))
    if not later:
        stock.check(lines)
    order.state, order.confirmed_at, order.ordered_on, order.sent_to = (
        OrderState.CONFIRMED,
        clock.now(),
        today(),
        to,
    )
    line_actions.note_rate(order, today())
    printed = begin_edition(order, lines, by=by)
    told = about(order) | {"to": to, "edition": order.edition, "print_id": printed}
    events.record(CONFIRMED, order, by=by, changed=told)
    deal = order.opportunity
    if deal is not None and deal.archived_at is None and deal.is_open:
        deals.win(deal, by=by, is_fact=True)
    purchases.note_purchases({order.account_id: (order.owner, order.name)}, by=by)
    return order


def reserve_order(order: Order, *, by: Member) -> list[Lack]:
    """Reserve for an open order what has come in since; returns what still lacks.

    Raises:
        NotNow: nothing of it is to be delivered.
    """
    order = queries.lock_order(order.id)
    if not order.is_open:
        raise NotNow(_("Nothing of %(number)s is to be delivered.", number=order.number))
    before = stock_queries.reserved(order)
    lacking = stock.rebook(order, queries.lines(order.id), by=by)
    if stock_queries.reserved(order) != before:
        events.record(RESERVED, order, by=by, changed=about(order))
    return lacking


def reserve_waiting(product_id: UUID) -> Iterator[None]:
    """Reserve what has come in of a product for the orders that wait for it, those promised first on top. The caller
    commits at each yield, so that no two orders are held at once. Said twice, it is reserved once.
    """
    for order_id in stock_queries.wanting(product_id):
        if not stock_queries.is_available(product_id):
            return
        order = queries.lock_order(order_id)
        if order.is_open and stock.reserve_more(order, queries.lines(order.id), product_id, by=SYSTEM):
            events.record(RESERVED, order, by=SYSTEM, changed=about(order) | {"product_id": product_id})
        yield


def cancel_order(order: Order, *, reason: str, by: Member) -> None:
    """Call an order off of which nothing was delivered; said twice, it is cancelled once.

    Raises:
        NotNow: something was delivered, or it is still a draft.
    """
    order = queries.lock_order(order.id)
    if order.state is OrderState.CANCELLED:
        return
    if order.state is not OrderState.CONFIRMED:
        raise NotNow(_("Only an order of which nothing was delivered can be cancelled."), field="reason")
    order.state, order.cancelled_at, order.cancel_reason = OrderState.CANCELLED, clock.now(), reason
    for line in queries.lines(order.id):
        line.sold_on = None
    _end(order, by)
    events.record(CANCELLED, order, by=by, changed=about(order) | {"reason": reason})
    purchases.withdraw_purchases([order.account_id], by=by)


def close_order(order: Order, *, by: Member) -> None:
    """End an order: what is left of it isn't delivered any more.

    Raises:
        NotNow: nothing was delivered, or it is closed.
    """
    order = queries.lock_order(order.id)
    if order.state not in (OrderState.PART, OrderState.DELIVERED):
        raise NotNow(_("An order is closed once something was delivered. One before that is cancelled."))
    order.state = OrderState.CLOSED
    _end(order, by)
    events.record(CLOSED, order, by=by, changed=about(order))


def reopen_order(order: Order, *, by: Member) -> None:
    """Take a closed order up again.

    Raises:
        NotNow: it isn't closed.
    """
    order = queries.lock_order(order.id)
    if order.state is not OrderState.CLOSED:
        raise NotNow(_("%(number)s isn't closed.", number=order.number))
    lines = queries.lines(order.id)
    settle(order, lines)
    stock.rebook(order, lines, by=by)
    events.record(REOPENED, order, by=by, changed=about(order))


def settle(order: Order, lines: Sequence[OrderLine]) -> None:
    """Write the state that the lines say, and whether the order keeps its customer out of the pool."""
    goods = [line for line in lines if line.is_goods]
    if all(line.open <= 0 for line in goods):
        order.state = OrderState.DELIVERED
    elif any(line.delivered > 0 for line in goods):
        order.state = OrderState.PART
    else:
        order.state = OrderState.CONFIRMED
    db.session.flush()
    if order.is_open:
        ownership.shield(order.account_id, ShieldKind.ORDER, order.id)
    else:
        _lift_shield(order)


def begin_edition(order: Order, lines: Sequence[OrderLine], *, by: Actor) -> UUID:
    """Number what is promised from now on, reserve it, and have its confirmation made; returns the print's id."""
    order.edition += 1
    for line in lines:
        line.sold_on = order.ordered_on if line.counts else None
    settle(order, lines)
    stock.rebook(order, lines, by=by)
    return print_actions.ask(order, by=by if isinstance(by, Member) else None, keep=True).id


def _end(order: Order, by: Actor) -> None:
    """Nothing more is delivered: stock and customer are let go."""
    db.session.flush()
    stock.rebook(order, [], by=by)
    _lift_shield(order)


def _lift_shield(order: Order) -> None:
    """The order keeps its customer no longer."""
    ownership.unshield([order.account_id], ShieldKind.ORDER, [order.id])


purchases.count_as_purchase(queries.having_sold)
