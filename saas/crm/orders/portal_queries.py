"""What a customer may see of orders: those addressed to him, or all of his company, by whose they are now."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from saas.crm.customers.models import Contact
from saas.crm.orders import delivery_queries as notes
from saas.crm.orders import projection, queries
from saas.crm.orders.models import DeliveryNote, Order, OrderState
from saas.crm.orders.projection import PortalOrder, PortalPaper
from saas.crm.papers import print_queries as prints
from saas.crm.papers.models import PaperPrint
from saas.db import db
from saas.found import known, the_one
from saas.tenants import portal_kinds, scope
from saas.tenants.permissions import Permission, Reach

SHOWN = 20  # orders a page
WITH_CONTACT = joinedload(Order.contact).lazyload(Contact.account)


def within() -> tuple[ColumnElement[bool], ...]:
    """What every read for the portal holds to: nothing that wasn't confirmed."""
    person = portal_kinds.here()
    of_company = (Order.account_id == person.account_id, Order.state != OrderState.DRAFT, Order.archived_at.is_(None))
    if scope.who().reach(Permission.PORTAL_ORDER) is Reach.ALL:
        return of_company
    return (*of_company, Order.contact_id == person.id)


def orders(*, before: UUID | None = None, many: int = SHOWN) -> tuple[list[PortalOrder], UUID | None]:
    """The newest orders, and the id to go on from."""
    statement = select(Order).options(WITH_CONTACT).where(*within()).order_by(Order.id.desc()).limit(many + 1)
    if before is not None:
        statement = statement.where(Order.id < before)
    found = list(db.session.scalars(statement))
    return [projection.shown(one) for one in found[:many]], found[many - 1].id if len(found) > many else None


def order(order_id: UUID) -> tuple[PortalOrder, PortalPaper]:
    """One order with its lines and deliveries.

    Raises:
        NotFound: there is none, or it isn't his: both look the same.
    """
    found = _row(order_id)
    written = notes.of_order(found.id)
    printed = {*prints.newest(Order.__tablename__, [found.id])}
    printed |= {*prints.newest(DeliveryNote.__tablename__, [one.id for one in written])}
    told = projection.paper(found, queries.lines(found.id), written, notes.lines_of(written), frozenset(printed))
    return projection.shown(found), told


def confirmation(order_id: UUID) -> PaperPrint:
    """The last confirmation of an order that was made.

    Raises:
        NotFound: there is none, or the order isn't his.
    """
    return known(prints.newest(Order.__tablename__, [_row(order_id).id]).get(order_id))


def note_print(order_id: UUID, note_id: UUID) -> PaperPrint:
    """The PDF of a delivery note or return note.

    Raises:
        NotFound: there is none, or the order isn't his.
    """
    written = {one.id for one in notes.of_order(_row(order_id).id)}
    return known(prints.newest(DeliveryNote.__tablename__, [note_id] if note_id in written else []).get(note_id))


def _row(order_id: UUID) -> Order:
    return the_one(select(Order).where(Order.id == order_id, *within()).options(WITH_CONTACT))
