"""One trail: what happened is at once audit, timeline, notice and outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from saas.db import TenantModel, index, link, unique
from saas.tenants import seal


def _sign(context: DefaultExecutionContext) -> bytes:
    """The mark of a new event, made from the values about to be written."""
    row = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return seal.mark(seal.key(current_app.extensions["config"].secret_key, row["tenant_id"]), row)


class Event(TenantModel):
    """Something that happened, `noun.past_verb`; written once, never changed."""

    __tablename__ = "event"
    __table_args__ = (
        index("subject_kind", "subject_id", text("id desc"), name="ix_event_subject"),
        index("account_id", text("id desc"), name="ix_event_account", where="account_id is not null"),
        index("created_at"),
        index("batch_id", where="batch_id is not null"),
    )

    name: Mapped[str]
    actor_kind: Mapped[str]  # member, portal_user, operator, system
    actor_id: Mapped[UUID | None]
    subject_kind: Mapped[str]  # table of the record
    subject_id: Mapped[UUID]
    account_id: Mapped[UUID | None]  # the account on whose timeline it belongs
    changed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    batch_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    # A keyed hash of the row, made when it is written: what was slipped in or altered past the service has a wrong one.
    mac: Mapped[bytes] = mapped_column(default=_sign, sort_order=99)  # last, when all other values are known


class EventSeal(TenantModel):
    """The `seq`-th link of the workspace's chain: a keyed hash over the one before and an event."""

    __tablename__ = "event_seal"
    __table_args__ = (unique("seq"), unique("event_id"))

    seq: Mapped[int]
    event_id: Mapped[UUID] = link("event")
    hmac: Mapped[bytes]


class Delivery(TenantModel):
    """Work that a fact asks of one handler; done once, kept until then."""

    __tablename__ = "delivery"
    __table_args__ = (
        unique("handler", "key"),
        index("due_at", where="done_at is null and gave_up_at is null", name="ix_delivery_due"),
        index("gave_up_at", where="done_at is null and gave_up_at is not null", name="ix_delivery_stopped"),
        index("event_id", where="event_id is not null"),
    )

    handler: Mapped[str]  # "crm.warn_owner"
    key: Mapped[str]  # what makes it once: the event's id, or the local time of an occurrence
    event_id: Mapped[UUID | None] = link("event")
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    lease: Mapped[UUID | None]  # whoever holds it now; compared at the end, so an orphan can't finish
    done_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]  # after five tries; shown with a button to try again
    last_error: Mapped[str | None]


class Notice(TenantModel):
    """A line behind the bell of one member, in words made when it is read."""

    __tablename__ = "notice"
    __table_args__ = (
        unique("member_id", "key"),
        index("member_id", text("id desc"), name="ix_notice_bell"),
        index("member_id", name="ix_notice_held", where="is_held"),
        index("member_id", name="ix_notice_unread", where="read_at is null"),
    )

    member_id: Mapped[UUID] = link("member", ondelete="CASCADE")
    key: Mapped[str]  # what makes it once
    kind: Mapped[str]  # which sentence
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    url: Mapped[str]  # path within the service
    is_held: Mapped[bool] = mapped_column(default=False)  # for the letter of the next morning
    read_at: Mapped[datetime | None]  # as old as the line itself where the member wants no sign of it


class UndoRow(TenantModel):
    """How one record was before a bulk change; kept for 30 days."""

    __tablename__ = "undo_row"
    __table_args__ = (index("batch_id"), index("created_at"))

    batch_id: Mapped[UUID]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    before: Mapped[dict[str, Any] | None]  # None: the record was made by the change
    version: Mapped[int]  # of the record after the change; another means somebody has edited since
    undone_at: Mapped[datetime | None]
