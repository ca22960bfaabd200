"""The pools, who may use each, and what went into them and out, and by whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account, ReclaimReason
from saas.db import TenantModel, index, link, linked, unique
from saas.tenants.models import Member

UNDO_FOR = timedelta(days=30)
MAIN = UUID(int=0)  # stands in addresses for the pool that every workspace has; an account of it names none


class MoveKind(StrEnum):
    """Out of a pool (claimed, or given by an admin), or back: given back by its owner, or taken by the rules; and in
    between what was kept of a promise, and to whom it was handed over."""

    CLAIMED = "claimed"
    ASSIGNED = "assigned"
    RELEASED = "released"
    RECLAIMED = "reclaimed"
    TAKEN_BACK = "taken_back"  # an assignment that was undone: nobody has lost anything by it
    RESTORED = "restored"  # a return by the rules that was undone: nor has anybody by that
    KEPT = "kept"  # whoever claimed it did in time what he had promised
    HANDED_OVER = "handed_over"  # from one member to another, past the pools


MOVE_WORDS = {
    MoveKind.CLAIMED: _l("Claimed"),
    MoveKind.ASSIGNED: _l("Assigned from the pool"),
    MoveKind.RELEASED: _l("Given back"),
    MoveKind.RECLAIMED: _l("Returned by the rules"),
    MoveKind.TAKEN_BACK: _l("Assignment undone"),
    MoveKind.RESTORED: _l("Return undone"),
    MoveKind.KEPT: _l("Promise kept"),
    MoveKind.HANDED_OVER: _l("Handed over"),
}


# What single act, whoever's it is, keeps a customer with its owner, by what would return it.
ACTS = {
    ReclaimReason.NO_CONTACT: _l("A logged call, visit or mail starts the days anew, whichever colleague's it is."),
    ReclaimReason.MISSED_INTENT: _l("A logged call, visit or mail keeps the promise, whichever colleague's it is."),
    ReclaimReason.NO_DEAL: _l("Opening a deal stops this clock, whichever colleague's it is."),
    ReclaimReason.NOT_WON: _l("Only a won deal stops this clock."),
    ReclaimReason.CONTRACT_OVER: _l("A new contract keeps it on."),
}


class ReleaseReason(StrEnum):
    """Why somebody gave a customer back."""

    NO_NEED = "no_need"
    NO_ANSWER = "no_answer"
    NOT_MINE = "not_mine"
    NO_TIME = "no_time"


REASON_WORDS = {
    ReleaseReason.NO_NEED: _l("They need nothing now"),
    ReleaseReason.NO_ANSWER: _l("They don't answer"),
    ReleaseReason.NOT_MINE: _l("A colleague fits better"),
    ReleaseReason.NO_TIME: _l("No time for them"),
}


class Way(StrEnum):
    """How customers are distributed: one after the other, to whoever holds fewest, back to whoever had them, or by the
    rules of their pool."""

    TURNS = "turns"
    LOAD = "load"
    HISTORY = "history"
    PROPERTY = "property"


class Pool(TenantModel):
    """A pool besides the main one. Its rules are a setting; one that is closed keeps its name for the ledger."""

    __tablename__ = "pool"
    __kept__ = True
    __table_args__ = (unique("name", where="closed_at is null"),)

    name: Mapped[str]
    closed_at: Mapped[datetime | None]


class Draft(TenantModel):
    """Rules of a pool that somebody thinks about, and what they would have done: customer by customer, in their order
    by id. Tried again, with others or at another time, it is another turn."""

    __tablename__ = "pool_draft"
    __table_args__ = (
        unique("pool_id", where="pool_id is not null"),
        unique(where="pool_id is null", name="ix_pool_draft_main"),
    )

    pool_id: Mapped[UUID | None] = link("pool", ondelete="CASCADE")  # None: the main one
    member_id: Mapped[UUID] = link("member", index=True)  # who tries them
    rules: Mapped[dict[str, Any]]
    start: Mapped[date]  # the day from which they are to hold
    turn: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime]  # the end of the time that is replayed
    finished_at: Mapped[datetime | None]
    total: Mapped[int] = mapped_column(default=0)  # customers that they are tried on
    done: Mapped[int] = mapped_column(default=0)
    last_id: Mapped[UUID | None]  # of the customer that was tried last
    found: Mapped[dict[str, Any]] = mapped_column(default=dict)  # a Rehearsal, as it keeps itself


class PoolSeat(TenantModel):
    """A member or a team that may use a pool; a pool without any is everyone's."""

    __tablename__ = "pool_seat"
    __kept__ = True
    __table_args__ = (
        unique("pool_id", "member_id", where="member_id is not null"),
        unique("pool_id", "team_id", where="team_id is not null"),
    )

    pool_id: Mapped[UUID] = link("pool", ondelete="CASCADE")
    member_id: Mapped[UUID | None] = link("member", index=True, ondelete="CASCADE")
    team_id: Mapped[UUID | None] = link("team", index=True, ondelete="CASCADE")
    is_admin: Mapped[bool] = mapped_column(default=False)  # assigns and distributes as well


class Look(TenantModel):
    """A member has opened the page of a customer that lay free; once a day and customer, where looks are counted."""

    __tablename__ = "pool_look"
    __table_args__ = (unique("member_id", "day", "account_id"), index("day", name="ix_pool_look_by_day"))

    member_id: Mapped[UUID] = link("member", ondelete="CASCADE")
    account_id: Mapped[UUID] = link("account", index=True, ondelete="CASCADE")
    day: Mapped[date]  # by the workspace's clock


class Undoing(StrEnum):
    """How far the undo of a sweep is."""

    RUNNING = "running"
    DONE = "done"


class Sweep(TenantModel):
    """One run in which the rules returned customers, and its undo as one. What went is in the ledger."""

    __tablename__ = "pool_sweep"

    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the rule's ReclaimReason → customers
    undoing: Mapped[Undoing | None]
    undo_by_id: Mapped[UUID | None] = link("member")
    undo_why: Mapped[str | None]
    undone_at: Mapped[datetime | None]  # when it was through
    looked_at: Mapped[int] = mapped_column(default=0)  # customers that the undo is through with
    last_move_id: Mapped[UUID | None]  # of the last of them
    back: Mapped[int] = mapped_column(default=0)  # of them, those that are with their owners again

    @property
    def total(self) -> int:
        """Customers that went."""
        return sum(self.counts.values())

    def can_be_undone(self, now: datetime) -> bool:
        """True until it is, for thirty days."""
        return self.undoing is None and self.created_at > now - UNDO_FOR


class StayReason(StrEnum):
    """Why the undo of a sweep left a customer where it is."""

    TAKEN = "taken"
    MOVED = "moved"
    SPOKEN = "spoken"
    ARCHIVED = "archived"
    LEFT = "left"
    FULL = "full"


STAY_WORDS = {
    StayReason.TAKEN: _l("Somebody has taken it since."),
    StayReason.MOVED: _l("It was moved to another pool since."),
    StayReason.SPOKEN: _l("Somebody has spoken to them since."),
    StayReason.ARCHIVED: _l("It is archived."),
    StayReason.LEFT: _l("Whoever had it no longer works here."),
    StayReason.FULL: _l("Whoever had it holds as many as one may."),
}


class Stay(TenantModel):
    """One customer that the undo of a sweep left where it is."""

    __tablename__ = "pool_stay"
    __table_args__ = (index("sweep_id", "id", name="ix_pool_stay_by_sweep"),)

    sweep_id: Mapped[UUID] = link("pool_sweep", ondelete="CASCADE")
    account_id: Mapped[UUID] = link("account", index=True, ondelete="CASCADE")
    why: Mapped[StayReason]


class Move(TenantModel):
    """One step of one account out of a pool or back; written once, never changed. Limits are counted from it."""

    __tablename__ = "pool_move"
    __table_args__ = (
        index("account_id", text("id desc"), name="ix_pool_move_account"),
        index("member_id", "kind", "created_at", name="ix_pool_move_member"),
        index("created_at", "id", name="ix_pool_move_by_time"),
        index("sweep_id", "kind", "id", name="ix_pool_move_by_sweep", where="sweep_id is not null"),
        index("promise_id", name="ix_pool_move_by_promise", where="promise_id is not null"),
    )

    account_id: Mapped[UUID] = link("account", ondelete="CASCADE")
    member_id: Mapped[UUID] = link("member")  # who claimed it or was given it, or who lost it
    from_id: Mapped[UUID | None] = link("member")  # who had it until then, where it was handed over
    pool_id: Mapped[UUID | None] = link("pool", index=True)  # None: the main one
    kind: Mapped[MoveKind]
    reason: Mapped[str | None]  # a ReleaseReason, or the rule's ReclaimReason
    note: Mapped[str | None]  # for the next one; colleagues see it
    step: Mapped[str | None]  # what whoever claimed it promised to do
    step_by: Mapped[date | None]  # until when
    promise_id: Mapped[UUID | None] = link("promise")  # the promise to the customer that it is
    had_bought: Mapped[bool] = mapped_column(default=False)  # who lost it lost one that had bought
    sweep_id: Mapped[UUID | None] = link("pool_sweep")  # that took it, or whose taking was undone
    rule: Mapped[dict[str, Any] | None]  # by which it was handed out: {"property", "values"}, as it was then

    account: Mapped[Account] = linked("account_id")
    member: Mapped[Member] = linked("member_id")
