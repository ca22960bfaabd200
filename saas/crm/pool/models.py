"""The pools, who may use each, and what went into them and out, and by whom."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account
from saas.db import TenantModel, index, link, linked, unique
from saas.tenants.models import Member

MAIN = UUID(int=0)  # stands in addresses for the pool that every workspace has; an account of it names none


class MoveKind(StrEnum):
    """Out of a pool (claimed, or given by an admin), or back: given back by its owner, or taken by the rules."""

    CLAIMED = "claimed"
    ASSIGNED = "assigned"
    RELEASED = "released"
    RECLAIMED = "reclaimed"
    TAKEN_BACK = "taken_back"  # an assignment that was undone: nobody has lost anything by it


MOVE_WORDS = {
    MoveKind.CLAIMED: _l("Claimed"),
    MoveKind.ASSIGNED: _l("Assigned from the pool"),
    MoveKind.RELEASED: _l("Given back"),
    MoveKind.RECLAIMED: _l("Returned by the rules"),
    MoveKind.TAKEN_BACK: _l("Assignment undone"),
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
    """How customers are distributed: one after the other, to whoever holds fewest, or back to whoever had them."""

    TURNS = "turns"
    LOAD = "load"
    HISTORY = "history"


class Pool(TenantModel):
    """A pool besides the main one. Its rules are a setting; one that is closed keeps its name for the ledger."""

    __tablename__ = "pool"
    __table_args__ = (unique("name", where="closed_at is null"),)

    name: Mapped[str]
    closed_at: Mapped[datetime | None]


class PoolSeat(TenantModel):
    """A member or a team that may use a pool; a pool without any is everyone's."""

    __tablename__ = "pool_seat"
    __table_args__ = (
        unique("pool_id", "member_id", where="member_id is not null"),
        unique("pool_id", "team_id", where="team_id is not null"),
    )

    pool_id: Mapped[UUID] = link("pool", ondelete="CASCADE")
    member_id: Mapped[UUID | None] = link("member", index=True, ondelete="CASCADE")
    team_id: Mapped[UUID | None] = link("team", index=True, ondelete="CASCADE")
    is_admin: Mapped[bool] = mapped_column(default=False)  # assigns and distributes as well


class Move(TenantModel):
    """One step of one account out of a pool or back; written once, never changed. Limits are counted from it."""

    __tablename__ = "pool_move"
    __table_args__ = (
        index("account_id", text("id desc"), name="ix_pool_move_account"),
        index("member_id", "kind", "created_at", name="ix_pool_move_member"),
        index("created_at", "id", name="ix_pool_move_by_time"),
    )

    account_id: Mapped[UUID] = link("account", ondelete="CASCADE")
    member_id: Mapped[UUID] = link("member")  # who claimed it or was given it, or who lost it
    pool_id: Mapped[UUID | None] = link("pool", index=True)  # None: the main one
    kind: Mapped[MoveKind]
    reason: Mapped[str | None]  # a ReleaseReason, or the rule's ReclaimReason
    note: Mapped[str | None]  # for the next one; colleagues see it
    step: Mapped[str | None]  # what whoever claimed it promised to do
    step_by: Mapped[date | None]  # until when

    account: Mapped[Account] = linked("account_id")
    member: Mapped[Member] = linked("member_id")
