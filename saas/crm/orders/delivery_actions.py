"""What goes out and comes back: delivery notes, return notes, and the counter-notes that undo them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import money
from saas.crm.orders import delivery_queries as notes
from saas.crm.orders import queries
from saas.crm.orders import state_actions as states
from saas.crm.orders import stock_actions as stock
from saas.crm.orders.models import DeliveryNote, NoteKind, NoteLine, Order, OrderLine, OrderState
from saas.crm.orders.state_actions import NotNow
from saas.crm.papers import print_actions
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events, numbers
from saas.tenants.models import Member

DELIVERED, RETURNED, UNDONE = "order.part_delivered", "order.part_returned", "order.note_undone"
NUMBERS = {NoteKind.DELIVERY: "delivery", NoteKind.RETURN: "return"}
Quantities = Mapping[UUID, Decimal]  # line of the order → how much, above 0
Taken = list[tuple[OrderLine, Decimal]]


class TooMuch(Refused):
    """More would go out than is open, or more come back than was delivered."""


class TakenBack(Refused):
    """The note was undone already, or undoes another."""


def deliver(
    order: Order, quantities: Quantities, *, day: date, tracking: str | None = None, by: Member
) -> DeliveryNote:
    """Write a delivery note: so much of the order's lines has left.

    Args:
        order: a confirmed one.
        quantities: what left.
        day: when.
        tracking: by which the parcel is followed.
        by: who writes it.

    Raises:
        NotNow: the order isn't confirmed, or all of it was delivered.
        TooMuch: more of a line leaves than is open.
        Refused: nothing leaves.
        Short: less is in stock.
    """
    order = queries.lock_order(order.id)
    if not order.is_open:
        raise NotNow(_("Nothing of %(number)s is to be delivered.", number=order.number))
    lines = queries.lines(order.id)
    taken = _taken(lines, quantities)
    for line, quantity in taken:
        if quantity > line.open:
            raise TooMuch(
                _("Of “%(what)s” only %(many)s are open.", what=line.text, many=_many(line, max(line.open, Decimal(0))))
            )
    for line, quantity in taken:
        line.delivered += quantity
    note = _write(order, NoteKind.DELIVERY, taken, {"day": day, "tracking": tracking}, by)
    stock.ship(note, taken, by=by)
    states.settle(order, lines)
    print_actions.ask(note, by=by, keep=True)
    events.record(DELIVERED, order, by=by, changed=_about(order, note, taken) | {"tracking": tracking})
    return note


def take_back(
    order: Order, quantities: Quantities, *, day: date, reason: str, to_stock: bool = True, by: Member
) -> DeliveryNote:
    """Write a return note: so much of what was delivered has come back.

    Args:
        order: one of which something was delivered.
        quantities: what came back.
        day: when.
        reason: why.
        to_stock: it can be sold again.
        by: who writes it.

    Raises:
        TooMuch: more of a line comes back than the customer has.
        Refused: nothing comes back.
    """
    order = queries.lock_order(order.id)
    lines = queries.lines(order.id)
    taken = _taken(lines, quantities)
    for line, quantity in taken:
        if quantity > line.kept:
            raise TooMuch(_("Of “%(what)s” the customer has %(many)s.", what=line.text, many=_many(line, line.kept)))
    for line, quantity in taken:
        line.returned += quantity
    note = _write(order, NoteKind.RETURN, taken, {"day": day, "reason": reason, "to_stock": to_stock}, by)
    stock.take_in(note, taken, by=by)
    print_actions.ask(note, by=by, keep=True)
    events.record(RETURNED, order, by=by, changed=_about(order, note, taken) | {"reason": reason})
    return note


def undo_note(note: DeliveryNote, *, reason: str, day: date, by: Member) -> DeliveryNote:
    """Write the counter-note of a wrong one, once: the order is as if it had never been.

    Raises:
        TakenBack: that was done before, or it is itself a counter-note.
        NotNow: the order was closed.
        TooMuch: what it delivered has come back: that note is undone first.
        Short: what had come back was sold again.
    """
    order = queries.lock_order(note.order_id)
    if note.undoes_id is not None or notes.undoing(note.id) is not None:
        raise TakenBack(_("%(number)s was undone already.", number=note.number))
    if order.state is OrderState.CLOSED:
        raise NotNow(_("%(number)s is closed. Take it up again first.", number=order.number))
    lines = queries.lines(order.id)
    known = {line.id: line for line in lines}
    taken = [(known[one.order_line_id], -one.quantity) for one in notes.lines(note.id)]
    column = "delivered" if note.kind is NoteKind.DELIVERY else "returned"
    for line, quantity in taken:
        if column == "delivered" and line.kept + quantity < 0:
            raise TooMuch(_("Some of “%(what)s” came back already: undo that note first.", what=line.text))
    for line, quantity in taken:
        setattr(line, column, getattr(line, column) + quantity)
    said = {"day": day, "reason": reason, "undoes_id": note.id, "to_stock": note.to_stock}
    made = _write(order, note.kind, taken, said, by)
    stock.undo(note, made, by=by)
    states.settle(order, lines)
    stock.rebook(order, lines, by=by)
    told = _about(order, made, taken) | {"undoes": note.number, "reason": reason}
    events.record(UNDONE, order, by=by, changed=told)
    return made


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _taken(lines: Sequence[OrderLine], quantities: Quantities) -> Taken:
    taken = [(line, quantities[line.id]) for line in lines if quantities.get(line.id)]
    if not taken or len(taken) != sum(1 for one in quantities.values() if one):
        raise Refused(_("Say how many of at least one line."))
    if any(quantity < 0 or not line.is_goods for line, quantity in taken):
        raise ValueError("a note moves goods one way")
    return taken


def _write(order: Order, kind: NoteKind, taken: Taken, said: Mapping[str, Any], by: Member) -> DeliveryNote:
    (number,) = numbers.take(NUMBERS[kind])
    made = DeliveryNote(id=new_id(), order_id=order.id, order=order, number=number, kind=kind, member_id=by.id, **said)
    db.session.add(made)
    db.session.flush()
    for line, quantity in taken:
        said_of = {name: getattr(line, name) for name in ("position", "text", "unit", "product_id")}
        db.session.add(NoteLine(note_id=made.id, order_line_id=line.id, quantity=quantity, **said_of))
    db.session.flush()
    return made


def _about(order: Order, note: DeliveryNote, taken: Taken) -> dict[str, Any]:
    told = [{"line": line.text, "quantity": quantity, "unit": line.unit} for line, quantity in taken]
    return {"number": order.number, "note": note.number, "note_id": note.id, "kind": note.kind, "lines": told}


def _many(line: OrderLine, quantity: Decimal) -> str:
    return f"{money.plain(quantity)} {line.unit or ''}".strip()
