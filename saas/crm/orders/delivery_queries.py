"""Reads about the notes by which goods go out and come back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from saas.crm.orders.models import DeliveryNote, NoteLine, Order
from saas.crm.orders.queries import KIND
from saas.db import db
from saas.found import the_one
from saas.tenants import scope

WHOLE = (
    joinedload(DeliveryNote.order).joinedload(Order.account),
    joinedload(DeliveryNote.order).joinedload(Order.contact),
    joinedload(DeliveryNote.member),
)


def note(note_id: UUID) -> DeliveryNote:
    """A note of an order within the reader's reach.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    orders = select(Order.id).where(scope.visible(Order, KIND.view))
    statement = select(DeliveryNote).where(DeliveryNote.id == note_id, DeliveryNote.order_id.in_(orders))
    return the_one(statement.options(*WHOLE))


def note_row(note_id: UUID) -> DeliveryNote:
    """A note, whoever asks: for work that nobody waits for.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(DeliveryNote).where(DeliveryNote.id == note_id).options(*WHOLE))


def lines(note_id: UUID) -> list[NoteLine]:
    """The lines of a note in their order, with their products."""
    statement = select(NoteLine).where(NoteLine.note_id == note_id).order_by(NoteLine.position)
    return list(db.session.scalars(statement.options(joinedload(NoteLine.product))))


def of_order(order_id: UUID) -> list[DeliveryNote]:
    """Every note of an order, the newest first."""
    statement = select(DeliveryNote).where(DeliveryNote.order_id == order_id).order_by(DeliveryNote.id.desc())
    return list(db.session.scalars(statement.options(joinedload(DeliveryNote.member))))


def lines_of(notes: Sequence[DeliveryNote]) -> dict[UUID, list[NoteLine]]:
    """Note → its lines, in their order."""
    wanted = select(NoteLine).where(NoteLine.note_id.in_([one.id for one in notes]))
    found: dict[UUID, list[NoteLine]] = {one.id: [] for one in notes}
    for line in db.session.scalars(wanted.order_by(NoteLine.position)):
        found[line.note_id].append(line)
    return found


def undoing(note_id: UUID) -> DeliveryNote | None:
    """The counter-note of a note."""
    return db.session.scalars(select(DeliveryNote).where(DeliveryNote.undoes_id == note_id)).one_or_none()
