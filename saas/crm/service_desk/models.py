"""Cases and what was said in them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import bindparam
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account, Contact
from saas.crm.opportunities.models import Opportunity
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member, PortalUser


class CaseEvent(StrEnum):
    """What can happen to a case."""

    FILED = "case.filed"
    CHANGED = "case.changed"
    ASSIGNED = "case.assigned"
    ANSWERED = "case.answered"
    REPLIED = "case.replied"
    NOTED = "case.noted"
    SOLVED = "case.solved"
    CLOSED = "case.closed"
    REOPENED = "case.reopened"
    RATED = "case.rated"
    HANDED_OVER = "case.handed_over"


class CaseKind(StrEnum):
    """What the customer wants."""

    COMPLAINT = "complaint"
    SERVICE_REQUEST = "service_request"
    QUESTION = "question"


class CaseState(StrEnum):
    """Where a case stands. The first two wait for us, `waiting` for the customer; a reply brings any back."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    SOLVED = "solved"
    CLOSED = "closed"


class Priority(StrEnum):
    """How pressing it is, the most pressing first."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Channel(StrEnum):
    """How a case reached us."""

    PORTAL = "portal"
    PHONE = "phone"
    MAIL = "mail"


KIND_WORDS = {
    CaseKind.COMPLAINT: _l("Complaint"),
    CaseKind.SERVICE_REQUEST: _l("Service request"),
    CaseKind.QUESTION: _l("Question"),
}
KIND_LOOKS = {CaseKind.COMPLAINT: "wrong", CaseKind.SERVICE_REQUEST: "sea", CaseKind.QUESTION: "neutral"}
STATE_WORDS = {
    CaseState.NEW: lazy_pgettext("case", "New"),
    CaseState.OPEN: lazy_pgettext("case", "In work"),
    CaseState.WAITING: _l("Waiting for the customer"),
    CaseState.SOLVED: _l("Solved"),
    CaseState.CLOSED: lazy_pgettext("case", "Closed"),
}
STATE_LOOKS = {
    CaseState.NEW: "sea",
    CaseState.OPEN: "waiting",
    CaseState.WAITING: "neutral",
    CaseState.SOLVED: "good",
    CaseState.CLOSED: "neutral",
}
PRIORITY_WORDS = {
    Priority.URGENT: _l("Urgent"),
    Priority.HIGH: _l("High"),
    Priority.NORMAL: lazy_pgettext("priority", "Normal"),
    Priority.LOW: lazy_pgettext("priority", "Low"),
}
CHANNEL_WORDS = {Channel.PORTAL: _l("Portal"), Channel.PHONE: _l("Phone"), Channel.MAIL: _l("Mail")}
RATING_WORDS = {
    5: _l("Very satisfied"),
    4: _l("Satisfied"),
    3: _l("It was all right"),
    2: _l("Dissatisfied"),
    1: _l("Very dissatisfied"),
}

TO_DO = (CaseState.NEW, CaseState.OPEN)
UNSETTLED = (*TO_DO, CaseState.WAITING)
TO_DO_ROWS = "state in ('new', 'open')"
UNSETTLED_ROWS = "state in ('new', 'open', 'waiting')"
STEP = 10**11  # seconds; more than any time since 1970, so that a more pressing case always has the earlier turn


def kinds_in(words: Collection[str] | None) -> frozenset[CaseKind]:
    """The kinds of case that these words name; all of them for None."""
    return frozenset(kind for kind in CaseKind if words is None or kind in words)


class Case(Versioned, TenantModel):
    """One request for help of one customer."""

    __tablename__ = "service_case"  # CASE is a word of SQL
    __table_args__ = (
        unique("number"),
        unique("import_key", where="import_key is not null"),
        index("turn", "id", where=TO_DO_ROWS, name="ix_service_case_to_do"),
        index("owner_id", "turn", "id", where=TO_DO_ROWS, name="ix_service_case_by_owner"),
        index("state", "moved_at", "id", name="ix_service_case_by_state"),
        index("moved_at", "id", name="ix_service_case_by_moved"),
        index("account_id", "id", name="ix_service_case_by_account"),
        index("contact_id", "id", name="ix_service_case_by_contact"),
        index("portal_user_id", where="portal_user_id is not null", name="ix_service_case_by_portal_user"),
        index("opportunity_id", where="opportunity_id is not null", name="ix_service_case_by_opportunity"),
        index("team_id", where="team_id is not null", name="ix_service_case_by_team"),
        # Figures without a look at the table: what is not settled, and what a month brought.
        index("owner_id", "kind", "state", where=UNSETTLED_ROWS, include=["team_id"], name="ix_service_case_unsettled"),
        index(
            "kind",
            "created_at",
            include=["first_answer_at", "solved_at", "owner_id", "team_id"],
            name="ix_service_case_by_created",
        ),
    )

    number: Mapped[str]  # "S-2026-00042", by the workspace's rule
    kind: Mapped[CaseKind]
    state: Mapped[CaseState] = mapped_column(default=CaseState.NEW)
    priority: Mapped[Priority] = mapped_column(default=Priority.NORMAL)
    channel: Mapped[Channel]
    subject: Mapped[str]
    text: Mapped[str]  # what the customer wrote or said
    account_id: Mapped[UUID] = link("account")
    contact_id: Mapped[UUID | None] = link("contact")
    portal_user_id: Mapped[UUID | None] = link("portal_user")  # who filed it, if he did so himself
    opportunity_id: Mapped[UUID | None] = link("opportunity")  # the deal it is about
    owner_id: Mapped[UUID | None] = link("member")  # who deals with it; None: nobody yet
    team_id: Mapped[UUID | None] = link("team")  # the owner's, kept for reach
    turn: Mapped[int]  # its place in the queue, the smaller the sooner: see `queue.turn`
    moved_at: Mapped[datetime]  # when the customer or we last did something about it
    first_answer_at: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    rating: Mapped[int | None]  # 1 to 5, the best
    rating_comment: Mapped[str | None]
    rated_at: Mapped[datetime | None]
    import_key: Mapped[str | None]  # what a file called it, so that the same file adds nothing twice

    account: Mapped[Account] = linked("account_id")
    contact: Mapped[Contact | None] = linked("contact_id")
    owner: Mapped[Member | None] = linked("owner_id")
    portal_user: Mapped[PortalUser | None] = linked("portal_user_id")
    opportunity: Mapped[Opportunity | None] = linked("opportunity_id")

    @property
    def is_settled(self) -> bool:
        """True when nobody needs to do anything."""
        return self.state not in UNSETTLED

    @property
    def name(self) -> str:
        """What the case is called where records of all kinds are named."""
        return self.subject


# The states are written into the statement, so that the planner may use the indexes of what is to do.
IS_TO_DO = Case.state.in_(bindparam("to_do", list(TO_DO), expanding=True, literal_execute=True))


class CaseMessage(TenantModel):
    """Something written in a case: an answer or a reply that both sides see, or a note that stays with us."""

    __tablename__ = "case_message"
    __table_args__ = (index("case_id", "id", name="ix_case_message_by_case"),)

    case_id: Mapped[UUID] = link("service_case", ondelete="CASCADE")
    text: Mapped[str]
    is_public: Mapped[bool]
    member_id: Mapped[UUID | None] = link("member", index=True)
    portal_user_id: Mapped[UUID | None] = link("portal_user", index=True)

    member: Mapped[Member | None] = linked("member_id")
    portal_user: Mapped[PortalUser | None] = linked("portal_user_id")
