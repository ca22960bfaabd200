"""Buying: a draft, ordered, changed, and called off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import clock, money
from saas.archive import refuse_archived
from saas.crm.customers.actions import apply
from saas.crm.customers.models import Account
from saas.crm.inventory import queries as stock
from saas.crm.inventory import reservation_actions as reservations
from saas.crm.inventory.models import NOTHING, PlanKind
from saas.crm.inventory.quantities import said
from saas.crm.purchases import queries
from saas.crm.purchases.models import Purchase, PurchaseLine, State
from saas.db import db, new_id
from saas.errors import Conflict, Refused
from saas.tenants import events, numbers
from saas.tenants.models import Member
from saas.tenants.scope import Actor
from saas.versions import refuse_overtaken

CREATED, CHANGED, ORDERED = "purchase.created", "purchase.changed", "purchase.ordered"
CANCELLED, CLOSED = "purchase.cancelled", "purchase.closed"


class NotNow(Conflict):
    """The purchase is too far for that, or not far enough."""


class Came(Refused):
    """What came already can't be taken out of a line."""


@dataclass(frozen=True)
class Wanted:
    """A line as somebody typed it; `id` is that of the line it changes, None for a new one."""

    id: UUID | None
    product_id: UUID | None
    text: str
    quantity: Decimal
    unit: str | None
    price: Decimal
    discount: Decimal


def create(values: Mapping[str, Any], lines: Sequence[Wanted], *, account: Account, by: Member) -> Purchase:
    """Draw up a purchase.

    Args:
        values: warehouse_id, currency, rate, reference, expected_on, remarks.
        lines: what is bought, at least one.
        account: the supplier.
        by: who buys.

    Raises:
        Archived: the supplier or the warehouse was put away.
        NotFound: the workspace has no such warehouse.
    """
    refuse_archived(account, field="supplier")
    refuse_archived(stock.warehouse(values["warehouse_id"]), field="warehouse_id")
    (number,) = numbers.take("purchase")
    made = Purchase(id=new_id(), number=number, account_id=account.id, owner_id=by.id, **values)
    db.session.add(made)
    db.session.flush()
    _write(made, [], lines)
    events.record(CREATED, made, by=by, changed={"number": number, "net": made.net, "currency": made.currency})
    return made


def change(
    purchase: Purchase,
    values: Mapping[str, Any],
    lines: Sequence[Wanted],
    *,
    account: Account,
    version: int,
    by: Actor,
) -> None:
    """Write what the form holds; what is on order follows.

    Raises:
        Overtaken: it is no longer at `version`.
        NotNow: it is received or called off.
        Came: less would be ordered of a line than came of it already.
        Archived: the supplier or the warehouse was put away.
    """
    purchase = queries.lock_purchase(purchase.id)
    refuse_overtaken(purchase, version)
    _must_be(purchase, State.DRAFT, State.ORDERED, State.PART)
    refuse_archived(account, field="supplier")
    refuse_archived(stock.warehouse(values["warehouse_id"]), field="warehouse_id")
    kept, was = queries.lines(purchase.id), purchase.net
    changed = apply(purchase, {**values, "account_id": account.id})
    _write(purchase, kept, lines)
    replan(purchase, by=by)
    purchase.updated_at = clock.now()
    db.session.flush()
    told = {name: pair for name, pair in changed.items() if name in {"reference", "expected_on", "currency"}}
    events.record(CHANGED, purchase, by=by, changed={**told, "net": [was, purchase.net]})


def order(purchase: Purchase, *, by: Actor) -> None:
    """Order it: its products are on order from now on.

    Raises:
        NotNow: it is no draft.
    """
    purchase = queries.lock_purchase(purchase.id)
    _must_be(purchase, State.DRAFT)
    purchase.state, purchase.ordered_at = State.ORDERED, clock.now()
    replan(purchase, by=by)
    events.record(ORDERED, purchase, by=by, changed={"number": purchase.number, "net": purchase.net})


def cancel(purchase: Purchase, *, by: Actor) -> None:
    """Call it off, or what of it hasn't come.

    Raises:
        NotNow: all of it came, or it is called off already.
    """
    purchase = queries.lock_purchase(purchase.id)
    _must_be(purchase, State.DRAFT, State.ORDERED, State.PART)
    is_closed = purchase.state is State.PART
    purchase.state = State.RECEIVED if is_closed else State.CANCELLED
    replan(purchase, by=by)
    events.record(CLOSED if is_closed else CANCELLED, purchase, by=by, changed={"number": purchase.number})


def replan(purchase: Purchase, *, by: Actor) -> None:
    """Have what is on order be what is to come of the purchase."""
    db.session.flush()
    paper = (Purchase.__tablename__, purchase.id)
    noted = {(one.product_id, one.warehouse_id): one.quantity for one in stock.plans_of(paper, PlanKind.ON_ORDER)}
    wanted = _to_come(purchase)
    places = sorted(noted.keys() | wanted.keys())
    steps = [(*place, wanted.get(place, NOTHING) - noted.get(place, NOTHING)) for place in places]
    reservations.expect([step for step in steps if step[2]], paper, kind=PlanKind.ON_ORDER, by=by)


def _to_come(purchase: Purchase) -> dict[tuple[UUID, UUID], Decimal]:
    """What is to come of a purchase into stock: (product, warehouse) → how much."""
    found: dict[tuple[UUID, UUID], Decimal] = {}
    for line in queries.lines(purchase.id) if purchase.is_open else ():
        if line.product is not None and line.product.is_stocked and line.remaining:
            place = (line.product.id, purchase.warehouse_id)
            found[place] = found.get(place, NOTHING) + line.remaining
    return found


def _write(purchase: Purchase, kept: Sequence[PurchaseLine], wanted: Sequence[Wanted]) -> None:
    """Make the lines what somebody typed, and add them up."""
    known = {line.id: line for line in kept}
    staying = {one.id for one in wanted if one.id in known}
    for line in kept:
        if line.id not in staying:
            _refuse_came(line, NOTHING)
            db.session.delete(line)
    for position, one in enumerate(wanted):
        line = known.get(one.id or new_id()) or PurchaseLine(purchase_id=purchase.id, received=NOTHING)
        db.session.add(line)
        _refuse_came(line, one.quantity if line.product_id == one.product_id else NOTHING)
        for name in ("product_id", "text", "quantity", "unit", "price", "discount"):
            setattr(line, name, getattr(one, name))
        line.position = position
        line.net = money.rounded(line.quantity * line.unit_cost, purchase.currency)
        purchase.net = (NOTHING if position == 0 else purchase.net) + line.net
    db.session.flush()


def _refuse_came(line: PurchaseLine, quantity: Decimal) -> None:
    if quantity < line.received:
        told = {"name": line.text, "quantity": said(line.received)}
        raise Came(_("Of %(name)s %(quantity)s came already. Take that receipt back first.", **told), field="lines")


def _must_be(purchase: Purchase, *states: State) -> None:
    if purchase.state not in states:
        raise NotNow(_("%(number)s can't be changed like that any more.", number=purchase.number))
