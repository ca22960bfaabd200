"""Stages, deals, and the way each deal took."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import func, literal, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from saas.archive import AWAY, Archivable
from saas.crm.customers.models import Account, Contact
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities.categories import Category
from saas.crm.products.models import Product
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member

ACTIVE = "archived_at is null"
OPEN_ROWS = "result = 'open' and archived_at is null"
STUCK_DAYS = 30  # in one stage, where nobody has said how long and nothing is known of won deals


class Result(StrEnum):
    """How a deal ended, or that it has not."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


RESULT_WORDS = {Result.OPEN: lazy_pgettext("deal", "Open"), Result.WON: _l("Won"), Result.LOST: _l("Lost")}
RESULT_LOOKS = {Result.OPEN: "neutral", Result.WON: "good", Result.LOST: "wrong"}

COLOUR_WORDS = {
    "grey": _l("Grey"),
    "blue": _l("Blue"),
    "sea": _l("Sea"),
    "green": _l("Green"),
    "amber": _l("Amber"),
    "red": _l("Red"),
    "violet": _l("Violet"),
}
STARTING_STAGES: dict[str, tuple[Any, int, str]] = {  # key → (name, probability in %, colour)
    "prospecting": (_l("Prospecting"), 10, "grey"),
    "needs": (_l("Needs known"), 25, "blue"),
    "offer": (_l("Offer sent"), 50, "sea"),
    "negotiation": (_l("Negotiation"), 75, "amber"),
    "decision": (_l("Decision"), 90, "green"),
}


STARTING_PIPELINES: dict[str, Any] = {"sales": _l("Sales")}  # key → name


class Pipeline(Versioned, TenantModel):
    """One way to a sale, with stages of its own."""

    __tablename__ = "pipeline"
    __kept__ = True
    __table_args__ = (unique("key", where="key is not null"),)

    key: Mapped[str | None]  # of the one that a workspace starts with
    name: Mapped[str | None]  # None: the translated name of `key`
    position: Mapped[int]  # from 0; new deals go the first way unless somebody says otherwise
    archived_at: Mapped[datetime | None]  # no longer gone; deals that ended on it keep its stages

    @property
    def label(self) -> str:
        """Its name for the reader."""
        return self.name or str(STARTING_PIPELINES[self.key or ""])


class Stage(Versioned, TenantModel):
    """One step of a pipeline. Won and lost are no stages but results."""

    __tablename__ = "stage"
    __kept__ = True
    __table_args__ = (unique("pipeline_id", "key", where="key is not null"), index("pipeline_id", "position"))

    pipeline_id: Mapped[UUID] = link("pipeline")
    key: Mapped[str | None]  # of the stages that a pipeline starts with
    name: Mapped[str | None]  # None: the translated name of `key`
    position: Mapped[int]  # from 0, left to right
    probability: Mapped[int]  # %, of a deal that has just come here
    colour: Mapped[str] = mapped_column(default="grey")  # one of COLOUR_WORDS
    needs: Mapped[list[str]] = mapped_column(default=list)  # what a deal must have to go on: members of `needs.Need`
    most: Mapped[int | None]  # open deals that it should hold; its column on the board says when there are more
    patience: Mapped[int | None]  # days that a deal may stand here before it counts as stuck; None: as is usual
    usual: Mapped[int | None]  # days that won deals stood here, the middle one; None: too few are won to say
    archived_at: Mapped[datetime | None]  # taken out of the pipeline; finished deals keep it

    @property
    def label(self) -> str:
        """Its name for the reader."""
        return self.name or str(STARTING_STAGES[self.key or ""][0])

    @property
    def limit(self) -> timedelta:
        """How long a deal may stand here before it counts as stuck."""
        days = self.patience or 2 * (self.usual or 0) or STUCK_DAYS
        return timedelta(days=days)


class Opportunity(Archivable, Versioned, TenantModel):
    """A possible sale; "deal" on screens."""

    __tablename__ = "opportunity"
    __table_args__ = (
        unique("number"),
        unique("import_key", where="import_key is not null"),
        index("name_key", "id", where=ACTIVE, name="ix_opportunity_by_name"),
        index("name_key", "id", where=AWAY, name="ix_opportunity_archived"),
        index("number", "id", where=ACTIVE, name="ix_opportunity_by_number"),
        index("created_at", "id", where=ACTIVE, name="ix_opportunity_by_created"),
        index("stage_since", "id", where=ACTIVE, name="ix_opportunity_by_since"),
        index(text("coalesce(amount, '-1'::numeric)"), "id", where=ACTIVE, name="ix_opportunity_by_amount"),
        index(text("coalesce(expected_on, '9999-12-31'::date)"), "id", where=ACTIVE, name="ix_opportunity_by_expected"),
        index(text("coalesce(closed_on, '0001-01-01'::date)"), "id", where=ACTIVE, name="ix_opportunity_by_closed"),
        index("owner_id", "name_key", "id", where=ACTIVE, name="ix_opportunity_by_owner"),
        index("account_id", "stage_since", name="ix_opportunity_by_account"),
        index("partner_id", where="partner_id is not null", name="ix_opportunity_by_partner"),
        index("name_key", "id", where=f"account_id is null and {ACTIVE}", name="ix_opportunity_without_account"),
        # The board: its cards, and its sums without a look at the table; for everyone's deals and for one's own.
        index("stage_id", "stage_since", "id", where=OPEN_ROWS, name="ix_opportunity_board"),
        index("owner_id", "stage_id", "stage_since", "id", where=OPEN_ROWS, name="ix_opportunity_own_board"),
        index("stage_id", "currency", include=["amount"], where=OPEN_ROWS, name="ix_opportunity_sums"),
        index("owner_id", "stage_id", "currency", include=["amount"], where=OPEN_ROWS, name="ix_opportunity_own_sums"),
        index("stage_since", "id", where=f"slips > 1 and {ACTIVE}", name="ix_opportunity_slipped"),
        # What customers have brought.
        index(
            "account_id",
            include=["currency", "amount", "closed_on", "owner_id", "team_id"],
            where=f"result = 'won' and {ACTIVE}",
            name="ix_opportunity_won",
        ),
    )

    number: Mapped[str]  # "D-2026-00042", by the workspace's rule
    name: Mapped[str]
    name_key: Mapped[str]  # folded
    account_id: Mapped[UUID | None] = link("account")  # None: an import didn't say whose it is
    contact_id: Mapped[UUID | None] = link("contact", index=True)
    product_id: Mapped[UUID | None] = link("product", index=True)
    channel: Mapped[str | None]  # by which route it is sold: the key of a word
    partner_id: Mapped[UUID | None] = link("account")  # the company through which it is sold
    owner_id: Mapped[UUID | None] = link("member")
    team_id: Mapped[UUID | None] = link("team", index=True)  # the owner's, kept for reach
    stage_id: Mapped[UUID] = link("stage", index=True)  # where it is, or was when it ended
    result: Mapped[Result] = mapped_column(default=Result.OPEN)
    loss: Mapped[str | None]  # why it was lost: a word of Dictionary.LOSS, to be counted
    reason: Mapped[str | None]  # why it was won or lost, in somebody's words
    reopened: Mapped[int] = mapped_column(default=0)  # how often it was open again after its end
    amount: Mapped[Decimal | None]  # in `currency`; None: nobody has said
    currency: Mapped[str]  # ISO 4217
    probability: Mapped[int]  # %: the stage's, until somebody says otherwise
    forecast: Mapped[Category | None]  # what its owner says that it counts as; None: by its probability
    next_step: Mapped[str | None]  # what its owner will do next
    expected_on: Mapped[date | None]  # when it should be won
    slips: Mapped[int] = mapped_column(default=0)  # how often that was put off to a later month
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]  # when it was won or lost
    stage_since: Mapped[datetime]
    remarks: Mapped[str | None]
    import_key: Mapped[str | None]  # what a file called it, so that the same file adds nothing twice

    account: Mapped[Account | None] = linked("account_id")
    partner: Mapped[Account | None] = linked("partner_id")
    contact: Mapped[Contact | None] = linked("contact_id")
    product: Mapped[Product | None] = linked("product_id")
    owner: Mapped[Member | None] = linked("owner_id")
    stage: Mapped[Stage] = linked("stage_id", lazy="joined", innerjoin=True)

    @property
    def is_open(self) -> bool:
        """True while it is neither won nor lost."""
        return self.result is Result.OPEN


fields.kept_in(Dictionary.CHANNEL, Opportunity.channel)


class StageChange(TenantModel):
    """One step of a deal: the stage and result it came to. The rows of a deal in their order are its way."""

    __tablename__ = "stage_change"
    __table_args__ = (index("opportunity_id", "changed_at"), index("changed_at"))

    opportunity_id: Mapped[UUID] = link("opportunity", ondelete="CASCADE")
    stage_id: Mapped[UUID] = link("stage", index=True)
    result: Mapped[Result]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[UUID | None] = link("member", index=True)  # None: an import, or the rules

    stage: Mapped[Stage] = linked("stage_id", lazy="joined", innerjoin=True)


def has_slipped(before: date | None, after: date | None) -> bool:
    """True when an expected day is put off to a later month."""
    return before is not None and after is not None and (after.year, after.month) > (before.year, before.month)


def age_mark(since: datetime, limit: timedelta, expected_on: date | None, now: datetime) -> str:
    """How a card is coloured: "wrong" when late or stuck, "waiting" past half of its stage's limit, else nothing."""
    if now - since > limit or (expected_on is not None and expected_on < now.date()):
        return "wrong"
    return "waiting" if 2 * (now - since) > limit else ""


fields.kept_in(Dictionary.LOSS, Opportunity.loss)

# Written into the statement, so that the planner may use the indexes of open deals.
IS_OPEN = Opportunity.result == literal(Result.OPEN, Opportunity.result.type, literal_execute=True)
IS_SLIPPED = Opportunity.slips > literal_column("1")  # as the index has it
AMOUNT = func.coalesce(Opportunity.amount, text("'-1'::numeric"), type_=Opportunity.amount.type)
EXPECTED = func.coalesce(Opportunity.expected_on, text("'9999-12-31'::date"), type_=Opportunity.expected_on.type)
CLOSED = func.coalesce(Opportunity.closed_on, text("'0001-01-01'::date"), type_=Opportunity.closed_on.type)
