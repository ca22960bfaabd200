"""What the page of an order says beside its lines, what orders say on other pages, and what is printed on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import pgettext
from markupsafe import Markup

from saas import ui
from saas.crm.orders import delivery_queries as notes
from saas.crm.orders import queries
from saas.crm.orders.models import (
    NOTE_ICONS,
    NOTE_WORDS,
    SOURCE_WORDS,
    DeliveryNote,
    NoteKind,
    NoteLine,
    Order,
    OrderLine,
    OrderState,
)
from saas.crm.orders.queries import KIND
from saas.crm.papers import prints
from saas.crm.papers import record as papers
from saas.crm.papers.prints import Told
from saas.tenants.permissions import Permission
from saas.tenants.scope import today


def about(order: Order) -> papers.Facts:
    """Whom and what it is for, where it comes from, and when it is wanted."""
    came = None if order.quote or order.contract else SOURCE_WORDS[order.source]
    return papers.known(
        [
            *papers.people(order),
            *papers.sources(order),
            (pgettext("sale", "Contract"), papers.link(order.contract, "contracts.show", "contract_id")),
            (_("How it came in"), came),
            (_("The customer's number"), order.reference),
            *papers.owner(order),
            (_("Wanted on"), ui.day(order.due_on)),
            (_("Deliver to"), order.ship_to and Markup('<span class="paper-words">{}</span>').format(order.ship_to)),
            (_("Confirmed"), ui.moment(order.confirmed_at) if order.confirmed_at else None),
            (_("Sent to"), order.sent_to),
            (pgettext("order", "Cancelled"), ui.moment(order.cancelled_at) if order.cancelled_at else None),
            (_("Why"), order.cancel_reason),
            *papers.in_own(order),
        ]
    )


def steps(order: Order, lines: Sequence[OrderLine], can_edit: bool) -> set[str]:
    """What may be done with it now: confirm, edit, deliver, return, cancel, close, reopen, discard."""
    if not can_edit or order.archived_at is not None:
        return set()
    found = {
        OrderState.DRAFT: {"confirm", "edit", "discard"},
        OrderState.CONFIRMED: {"deliver", "edit", "cancel"},
        OrderState.PART: {"deliver", "edit", "close"},
        OrderState.DELIVERED: {"close"},
        OrderState.CLOSED: {"reopen"},
        OrderState.CANCELLED: set(),
    }[order.state]
    return found | ({"return"} if any(line.kept > 0 for line in lines) else set())


def many(quantity: Decimal, unit: str | None) -> str:
    """A quantity with its unit, as one reads it."""
    return f"{ui.exact(quantity)} {unit or ''}".strip()


def goods(lines: Sequence[OrderLine], now: Mapping[UUID, Decimal] | None = None) -> list[dict[str, Any]]:
    """What there is to deliver: of each line how much was ordered, delivered, came back, is open, and waits for stock.

    Args:
        lines: of the order.
        now: line → how much of it could leave at once; None where that isn't told.
    """
    return [
        {
            "text": line.text,
            "ordered": many(line.quantity, line.unit),
            "delivered": ui.exact(line.delivered) if line.delivered else "",
            "returned": ui.exact(line.returned) if line.returned else "",
            "open": ui.exact(line.open) if line.open > 0 else "",
            "lacking": ui.exact(line.open - now[line.id]) if now and line.open > now[line.id] else "",
        }
        for line in lines
        if line.is_goods
    ]


def note_rows(found: Sequence[DeliveryNote], lines: Mapping[UUID, Sequence[NoteLine]]) -> list[dict[str, Any]]:
    """The notes of an order, with what each moved."""
    undone = {one.undoes_id for one in found if one.undoes_id}
    by_id = {one.id: one for one in found}
    return [
        {
            "note": one,
            "kind": NOTE_WORDS[one.kind],
            "icon": NOTE_ICONS[one.kind],
            "is_undone": one.id in undone,
            "undoes": by_id[one.undoes_id].number if one.undoes_id in by_id else None,
            "what": [f"{many(line.quantity, line.unit)} × {line.text}" for line in lines[one.id]],
        }
        for one in found
    ]


def open_cell(lines: Sequence[OrderLine]) -> Markup:
    """What of an order is still to be delivered, for the list."""
    told = [f"{many(line.open, line.unit)} × {line.text}" for line in lines[:2]]
    rest = len(lines) - len(told)
    if rest > 0:
        told.append(_("and %(count)s more", count=rest))
    return Markup("<br>").join(told)


def deal_to_reopen(order: Order) -> Any:
    """The deal that was won by orders of which none holds any more; None where there is none."""
    deal = order.opportunity
    if deal is None or deal.is_open or deal.archived_at is not None or order.state is not OrderState.CANCELLED:
        return None
    return deal if queries.are_all_cancelled(deal.id) else None


def told(order: Order) -> Told:
    """What an order confirmation says; a draft is called an order."""
    is_confirmed = order.edition > 0
    title = (
        _("Order confirmation %(number)s", number=order.label)
        if is_confirmed
        else _("Order %(number)s", number=order.label)
    )
    facts = [
        (_("Number"), order.label),
        (_("Date"), ui.words().full_day(order.ordered_on or today())),
        (_("Your number"), order.reference),
        (_("Wanted on"), ui.words().full_day(order.due_on)),
        (_("Your number with us"), order.account.number),
        (_("Your contact"), order.owner.name if order.owner else None),
    ]
    said = [_("It is delivered to: %(place)s", place=_(", ").join(order.ship_to.splitlines()))] if order.ship_to else []
    if order.edition > 1:
        said.append(_("This confirmation takes the place of those before it."))
    return Told(title, facts, said)


def note_told(note: DeliveryNote) -> Told:
    """What a delivery note or a return note says."""
    order = note.order
    is_delivery = note.kind is NoteKind.DELIVERY
    title = (
        _("Delivery note %(number)s", number=note.number)
        if is_delivery
        else _("Return note %(number)s", number=note.number)
    )
    facts: list[tuple[str, Any]] = [
        (_("Number"), note.number),
        (_("Date"), ui.words().full_day(note.day)),
        (pgettext("sale", "Order"), order.number),
        (_("Your number"), order.reference),
        (_("Tracking"), note.tracking),
        (_("Your number with us"), order.account.number),
    ]
    said = []
    undone = notes.note_row(note.undoes_id) if note.undoes_id else None
    if undone is not None:
        said.append(_("This note undoes %(number)s.", number=undone.number))
    address = [order.account.name, *order.ship_to.splitlines()] if order.ship_to else []
    return Told(title, facts, said, has_prices=False, address=address)


prints.add_kind(KIND, told)
prints.add(
    prints.Printed(
        table=DeliveryNote.__tablename__,
        find=notes.note,
        take=notes.note_row,
        lines=notes.lines,
        told=note_told,
        url=("deliveries.show", "note_id"),
        view=Permission.ORDER_VIEW,
    )
)
