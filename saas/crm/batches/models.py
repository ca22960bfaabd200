"""Batches: what was chosen, what is done with it, and what became of each row."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from saas.db import TenantModel, index, link, unique

UNDO_FOR = timedelta(days=30)


class Deed(StrEnum):
    """What a batch does."""

    EDIT = "edit"
    ASSIGN = "assign"
    ARCHIVE = "archive"
    PLAN = "plan"
    HAND_OVER = "hand_over"


class Split(StrEnum):
    """By what a leaver's book is shared out."""

    EVEN = "even"  # in turn
    PROPERTY = "property"  # by what a field says
    HAND = "hand"  # customer by customer


class Whose(StrEnum):
    """Who does the activities that a batch plans."""

    MINE = "mine"
    OWNER = "owner"  # whoever looks after the customer
    THESE = "these"  # colleagues, in turn


class BatchState(StrEnum):
    """Where a batch stands."""

    OPEN = "open"  # customers are chosen, not yet what happens to them
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


AT_WORK = {BatchState.RUNNING, BatchState.UNDOING}


class Outcome(StrEnum):
    """What became of one row."""

    WAITING = "waiting"
    DONE = "done"
    LEFT = "left"  # with a reason
    UNDONE = "undone"
    KEPT = "kept"  # an undo left it, with a reason


class Reason(StrEnum):
    """Why a row was left."""

    GONE = "gone"
    ARCHIVED = "archived"
    REACH = "reach"
    SAME = "same"
    POOL = "pool"
    CHANGED = "changed"
    UNSUITED = "unsuited"
    NOBODY = "nobody"
    FULL = "full"
    SHUT = "shut"


REASON_WORDS = {
    Reason.GONE: _l("It is no longer here."),
    Reason.ARCHIVED: _l("It is archived."),
    Reason.REACH: _l("It is a colleague's, and you can't change it."),
    Reason.SAME: _l("It is so already."),
    Reason.POOL: _l("It lies in the public pool."),
    Reason.UNSUITED: _l("The field isn't for a customer of this kind."),
    Reason.CHANGED: _l("Somebody has changed it since, so it stays."),
    Reason.NOBODY: _l("Whoever was to do it no longer works here."),
    Reason.FULL: _l("Whoever was to have it holds as many as one may."),
    Reason.SHUT: _l("Its pool isn't open to whoever was to have it."),
}


class Batch(TenantModel):
    """Customers that somebody chose, and one thing done with them."""

    __tablename__ = "batch"
    __table_args__ = (index("created_at", "id", name="ix_batch_by_created"),)

    member_id: Mapped[UUID] = link("member", index=True)
    state: Mapped[BatchState] = mapped_column(default=BatchState.OPEN)
    deed: Mapped[Deed | None]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the deed asks for
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)  # rows that the present state is through with
    turn: Mapped[int] = mapped_column(default=0)  # how often work was asked for
    finished_at: Mapped[datetime | None]

    def can_be_undone(self, now: datetime) -> bool:
        """True while its before-images are kept."""
        return self.state is BatchState.DONE and self.finished_at is not None and now - self.finished_at < UNDO_FOR


class BatchRow(TenantModel):
    """One customer of a batch, and what became of it."""

    __tablename__ = "batch_row"
    __table_args__ = (
        unique("batch_id", "number"),
        index("batch_id", "outcome", "number", name="ix_batch_row_by_outcome"),
    )

    batch_id: Mapped[UUID] = link("batch", ondelete="CASCADE")
    number: Mapped[int]
    account_id: Mapped[UUID]
    outcome: Mapped[Outcome] = mapped_column(default=Outcome.WAITING)
    reason: Mapped[Reason | None]
