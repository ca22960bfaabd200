"""What went into the pool and out of it, and by whom."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import text
from sqlalchemy.orm import Mapped

from saas.crm.customers.models import Account
from saas.db import TenantModel, index, link, linked
from saas.tenants.models import Member


class MoveKind(StrEnum):
    """Out of the pool (claimed), or back: given back by its owner, or taken by the rules."""

    CLAIMED = "claimed"
    RELEASED = "released"
    RECLAIMED = "reclaimed"


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


class Move(TenantModel):
    """One step of one account out of the pool or back; written once, never changed. Limits are counted from it."""

    __tablename__ = "pool_move"
    __table_args__ = (
        index("account_id", text("id desc"), name="ix_pool_move_account"),
        index("member_id", "kind", "created_at", name="ix_pool_move_member"),
    )

    account_id: Mapped[UUID] = link("account", ondelete="CASCADE")
    member_id: Mapped[UUID] = link("member")  # who claimed it, or who lost it
    kind: Mapped[MoveKind]
    reason: Mapped[str | None]  # a ReleaseReason, or the rule's ReclaimReason
    note: Mapped[str | None]  # for the next one; colleagues see it

    account: Mapped[Account] = linked("account_id")
    member: Mapped[Member] = linked("member_id")
