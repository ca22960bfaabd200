"""An order in the eyes of a customer. What isn't a field here doesn't leave the house: cost, owner, deal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from saas import ui
from saas.crm.orders import record
from saas.crm.orders.models import NOTE_WORDS, DeliveryNote, NoteLine, Order, OrderLine, OrderState
from saas.crm.papers import line_actions, pages, prints

STEPS = (lazy_pgettext("order", "Confirmed"), _l("Part is delivered"), _l("All is delivered"))
STEP_OF = {OrderState.CONFIRMED: 0, OrderState.PART: 1, OrderState.DELIVERED: 2}
PORTAL_WORDS = {
    OrderState.CONFIRMED: _l("We are preparing it"),
    OrderState.PART: _l("Part of it is delivered"),
    OrderState.DELIVERED: _l("All of it is delivered"),
    OrderState.CLOSED: _l("Done"),
    OrderState.CANCELLED: _l("Cancelled by us"),
}
PORTAL_LOOKS = {
    OrderState.CONFIRMED: "sea",
    OrderState.PART: "waiting",
    OrderState.DELIVERED: "good",
    OrderState.CLOSED: "neutral",
    OrderState.CANCELLED: "wrong",
}


@dataclass(frozen=True)
class PortalNote:
    """A delivery, or what came back of one."""

    id: UUID
    number: str
    kind: Any
    day: date
    tracking: str | None
    what: tuple[str, ...]
    has_pdf: bool


@dataclass(frozen=True)
class PortalOrder:
    """What a customer sees of an order."""

    id: UUID
    number: str
    name: str
    state: Any  # in a customer's words
    look: str
    step: int | None  # index in STEPS; None once there are no more
    total: str
    ordered_on: date | None
    due_on: date
    reference: str | None
    ordered_by: str | None
    cancel_reason: str | None


@dataclass(frozen=True)
class PortalPaper:
    """What the page of an order shows beside it: lines and sums as on paper, and what was delivered."""

    rows: Sequence[Mapping[str, Any]]
    sums: Sequence[tuple[str, str, str]]
    has_discount: bool
    goods: Sequence[Mapping[str, Any]]
    notes: Sequence[PortalNote]
    has_pdf: bool


def shown(order: Order) -> PortalOrder:
    """An order as a customer sees it."""
    return PortalOrder(
        id=order.id,
        number=order.label,
        name=order.name,
        state=PORTAL_WORDS[order.state],
        look=PORTAL_LOOKS[order.state],
        step=STEP_OF.get(order.state),
        total=ui.money(order.gross, order.currency),
        ordered_on=order.ordered_on,
        due_on=order.due_on,
        reference=order.reference,
        ordered_by=order.contact.name if order.contact else None,
        cancel_reason=order.cancel_reason,
    )


def paper(
    order: Order,
    lines: Sequence[OrderLine],
    notes: Sequence[DeliveryNote],
    note_lines: Mapping[UUID, Sequence[NoteLine]],
    printed: frozenset[UUID],
) -> PortalPaper:
    """The lines and deliveries of an order; notes that were undone, and those that undo them, are left out.

    Args:
        order: it was confirmed.
        lines: of the order.
        notes, note_lines: its notes, and note → lines.
        printed: ids of the papers whose PDF is there, the order's among them.
    """
    undone = {one.undoes_id for one in notes}
    told = [one for one in notes if one.undoes_id is None and one.id not in undone]
    return PortalPaper(
        rows=prints.rows(lines, order.currency),
        sums=pages.told(line_actions.found(order, lines), order.currency),
        has_discount=any(line.discount for line in lines),
        goods=record.goods(lines),
        notes=[_note(one, note_lines[one.id], one.id in printed) for one in told],
        has_pdf=order.id in printed,
    )


def _note(note: DeliveryNote, lines: Sequence[NoteLine], has_pdf: bool) -> PortalNote:
    what = tuple(f"{record.many(line.quantity, line.unit)} × {line.text}" for line in lines)
    return PortalNote(note.id, note.number, NOTE_WORDS[note.kind], note.day, note.tracking, what, has_pdf)
