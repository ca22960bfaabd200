"""Reads of members' places in chat and SMS services."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select

from saas.chat import Why
from saas.db import db
from saas.found import the_one
from saas.tenants.models import ChatAddress


def chat_addresses(member_id: UUID) -> list[ChatAddress]:
    """A member's places, in the order in which he added them."""
    own = select(ChatAddress).where(ChatAddress.member_id == member_id)
    return list(db.session.scalars(own.order_by(ChatAddress.id)))


def chat_address(member_id: UUID, address_id: UUID) -> ChatAddress:
    """One of a member's places.

    Raises:
        NotFound: he has no such place.
    """
    return the_one(select(ChatAddress).where(ChatAddress.id == address_id, ChatAddress.member_id == member_id))


def reached_chats(member_id: UUID) -> list[UUID]:
    """The places to which a member's notices are sent: those that take them."""
    takes = or_(ChatAddress.failure.is_(None), ChatAddress.failure != Why.REFUSED)
    own = select(ChatAddress.id).where(ChatAddress.member_id == member_id, takes)
    return list(db.session.scalars(own.order_by(ChatAddress.id)))
