"""Accounts and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import func, text
from sqlalchemy.orm import Mapped, mapped_column

from saas.archive import AWAY, Archivable
from saas.crm.customers.names import BY_READING, Named
from saas.crm.fields import queries as fields
from saas.crm.fields.custom_models import Customised
from saas.crm.fields.models import OF_CUSTOMERS
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member

NEVER = text(
    "'1970-01-01 00:00:00+00'::timestamp with time zone"
)  # stands for "not yet" where a list is sorted by a time
ACTIVE = "archived_at is null"
HELD = f"{ACTIVE} and owner_id is not null"  # all that a reader sees from whom every pool hides something


class AccountKind(StrEnum):
    """A company, or a person who buys for himself."""

    COMPANY = "company"
    PERSON = "person"


class Standing(StrEnum):
    """Who looks after an account: nobody (it lies in the pool), one of us while he tries, or it has bought."""

    POOL = "pool"
    TRACKED = "tracked"
    CUSTOMER = "customer"


class ReclaimReason(StrEnum):
    """Which rule will return an account to the pool, or did."""

    NO_CONTACT = "no_contact"
    NO_DEAL = "no_deal"
    NOT_WON = "not_won"
    MISSED_INTENT = "missed_intent"
    CONTRACT_OVER = "contract_over"
    RELEASED = "released"


class DecisionRole(StrEnum):
    """What part a person has when his company buys."""

    DECIDES = "decides"
    INFLUENCES = "influences"
    USES = "uses"
    GUARDS = "guards"
    SIGNS = "signs"
    OPPOSES = "opposes"


class Channel(StrEnum):
    """A way to reach a person."""

    PHONE = "phone"
    MOBILE = "mobile"
    MAIL = "mail"
    MESSAGE = "message"
    POST = "post"


class Wish(StrEnum):
    """Whether a person agreed to be reached one way, or asked us not to."""

    YES = "yes"
    NO = "no"


DECISION_WORDS = {
    DecisionRole.DECIDES: _l("Decides"),
    DecisionRole.INFLUENCES: _l("Has a say"),
    DecisionRole.USES: _l("Uses it"),
    DecisionRole.GUARDS: _l("Opens doors"),
    DecisionRole.SIGNS: _l("Signs"),
    DecisionRole.OPPOSES: _l("Is against it"),
}
CHANNEL_WORDS = {
    Channel.PHONE: lazy_pgettext("channel", "Phone"),
    Channel.MOBILE: lazy_pgettext("channel", "Mobile"),
    Channel.MAIL: lazy_pgettext("channel", "Mail"),
    Channel.MESSAGE: lazy_pgettext("channel", "Messages"),
    Channel.POST: lazy_pgettext("channel", "Post"),
}
WISH_WORDS = {Wish.YES: _l("Agreed"), Wish.NO: _l("Does not want it")}
LINE_WORDS = {
    "work": _l("Phone at work"),
    "cell": _l("Another mobile"),
    "fax": _l("Fax"),
    "mail": _l("Mail at work"),
    "private": _l("Private mail"),
    "message": _l("Messages"),
}
MAIL_LINES = frozenset({"mail", "private"})
CALL_LINES = frozenset({"work", "cell"})


class ShieldKind(StrEnum):
    """What keeps an account with its owner whatever the clocks say; each is set and lifted by whoever knows of it."""

    ORDER = "order"
    CONTRACT = "contract"
    RECEIVABLE = "receivable"
    COMPLAINT = "complaint"
    REGISTRATION = "registration"
    LOCK = "lock"


KIND_WORDS = {AccountKind.COMPANY: _l("Company"), AccountKind.PERSON: _l("Person")}
STANDING_WORDS = {
    Standing.POOL: _l("In the pool"),
    Standing.TRACKED: _l("Tracked"),
    Standing.CUSTOMER: lazy_pgettext("standing", "Customer"),
}
STANDING_LOOKS = {Standing.POOL: "neutral", Standing.TRACKED: "sea", Standing.CUSTOMER: "good"}


class Account(Named, Customised, Archivable, Versioned, TenantModel):
    """A company or person a workspace deals with; "customer" on screens."""

    counts: ClassVar[Mapping[str, int]] = {}  # what `queries.account` counted along with it

    __tablename__ = "account"
    __table_args__ = (
        unique("number"),
        unique("import_key", where="import_key is not null"),
        index("name_key", "id", where=ACTIVE, name="ix_account_by_name"),
        index("name_key", "id", where=AWAY, name="ix_account_archived"),
        index(text(BY_READING), "id", where=f"{ACTIVE} and phone is not null", name="ix_account_by_reading"),
        index("name_key", "id", where=HELD, name="ix_account_held_by_name"),
        index("number", "id", where=ACTIVE, name="ix_account_by_number"),
        index("created_at", "id", where=ACTIVE, name="ix_account_by_created"),
        index(
            text("coalesce(last_contact_at, '1970-01-01 00:00:00+00'::timestamp with time zone)"),
            "id",
            where=ACTIVE,
            name="ix_account_by_contact",
        ),
        index("owner_id", "name_key", "id", where=ACTIVE, name="ix_account_by_owner"),
        index("standing", "name_key", "id", where=ACTIVE, name="ix_account_by_standing"),
        index("territory_id", "name_key", "id", where=ACTIVE, name="ix_account_by_territory"),
        index("reclaim_at", where="reclaim_at is not null and archived_at is null", name="ix_account_reclaim"),
        index("pooled_at", "id", where="standing = 'pool' and archived_at is null", name="ix_account_pool"),
    )

    number: Mapped[str]  # "C-2026-00042", by the workspace's rule
    kind: Mapped[AccountKind] = mapped_column(default=AccountKind.COMPANY)
    standing: Mapped[Standing] = mapped_column(default=Standing.TRACKED)
    # Keys of dictionary words; what came before the dictionaries stands as it was typed.
    level: Mapped[str | None]
    value_class: Mapped[str | None]
    party_role: Mapped[str | None]  # what it is to us: customer, supplier, agent, …
    company_type: Mapped[str | None]
    nature: Mapped[str | None]  # whom it belongs to
    industry: Mapped[str | None]
    source: Mapped[str | None]  # how they came to us
    phone: Mapped[str | None]
    fax: Mapped[str | None]
    email: Mapped[str | None]
    website: Mapped[str | None]
    tax_number: Mapped[str | None]
    country: Mapped[str | None]
    region: Mapped[str | None]
    city: Mapped[str | None]
    address: Mapped[str | None]
    employees: Mapped[int | None]  # head count
    revenue: Mapped[Decimal | None]  # a year, in millions of the workspace's currency
    founded: Mapped[int | None]  # year
    credit: Mapped[str | None]  # how safely it pays
    remarks: Mapped[str | None]
    parent_id: Mapped[UUID | None] = link("account", index=True)  # the company it belongs to
    owner_id: Mapped[UUID | None] = link("member")  # None: in the pool
    team_id: Mapped[UUID | None] = link("team", index=True)  # the owner's, kept for reach
    owned_since: Mapped[datetime | None]
    previous_owner_id: Mapped[UUID | None] = link("member")
    last_contact_at: Mapped[datetime | None]
    reclaim_at: Mapped[datetime | None]  # when the rules return it to the pool; None: never
    reclaim_reason: Mapped[ReclaimReason | None]
    pooled_at: Mapped[datetime | None]
    territory_id: Mapped[UUID | None] = link("territory")  # the first that fits; None: none does
    pool_id: Mapped[UUID | None] = link("pool", index=True)  # where it lies or goes back to; None: the main one
    has_deal: Mapped[bool] = mapped_column(default=False)  # a deal of theirs is open
    deal_ended_at: Mapped[datetime | None]  # when the last of their open deals was won, lost or put away
    contract_until: Mapped[datetime | None]  # when the last of their contracts that have an end is over, or was
    intent_due_at: Mapped[datetime | None]  # until when its owner has promised to speak to them
    kept_until: Mapped[datetime | None]  # what its shields keep it for; the year 9999: until they are lifted
    import_key: Mapped[str | None]  # what a file called it, so that the same file adds nothing twice
    merged_into_id: Mapped[UUID | None] = link("account", index=True)  # the same customer, where this one went
    holds_merged: Mapped[bool] = mapped_column(default=False)  # others went into this one: their events are its own

    owner: Mapped[Member | None] = linked("owner_id", lazy="joined")
    parent: Mapped[Account | None] = linked("parent_id")

    @property
    def label(self) -> str:
        """As a form shows and reads it: the name tells people, the number tells which."""
        return f"{self.name} ({self.number})"


class AccountShield(TenantModel):
    """One thing that keeps an account with its owner."""

    __tablename__ = "account_shield"
    __table_args__ = (unique("account_id", "kind", "ref"),)

    account_id: Mapped[UUID] = link("account", ondelete="CASCADE")
    kind: Mapped[ShieldKind]
    ref: Mapped[UUID]  # the order, complaint … or, of a lock, the member
    until: Mapped[datetime | None]  # None: until it is lifted


WITH_DAYS = "(birthday is not null or days <> '[]'::jsonb)"


class Contact(Named, Customised, Archivable, Versioned, TenantModel):
    """A person at an account."""

    __tablename__ = "contact"
    __table_args__ = (
        unique("import_key", where="import_key is not null"),
        index("name_key", "id", where=ACTIVE, name="ix_contact_by_name"),
        index("name_key", "id", where=AWAY, name="ix_contact_archived"),
        index(text(BY_READING), "id", where=ACTIVE, name="ix_contact_by_reading"),
        index("name_key", "id", where=HELD, name="ix_contact_held_by_name"),
        index("created_at", "id", where=ACTIVE, name="ix_contact_by_created"),
        index("account_id", "name_key", name="ix_contact_by_account"),
        index("owner_id", "name_key", "id", where=ACTIVE, name="ix_contact_by_owner"),
        index("email", where="email is not null", name="ix_contact_by_email"),
        index("owner_id", where=f"{ACTIVE} and {WITH_DAYS}", name="ix_contact_with_days"),
    )

    account_id: Mapped[UUID] = link("account")
    title: Mapped[str | None]  # what he does there
    phone: Mapped[str | None]
    mobile: Mapped[str | None]
    email: Mapped[str | None]
    address: Mapped[str | None]
    birthday: Mapped[date | None]
    remarks: Mapped[str | None]
    department: Mapped[str | None]
    decision: Mapped[DecisionRole | None]  # his part when they buy
    lines: Mapped[list[Any]] = mapped_column(default=list)  # more numbers and addresses: {"kind", "value"}
    home_phone: Mapped[str | None]
    home_address: Mapped[str | None]
    hobbies: Mapped[str | None]
    days: Mapped[list[Any]] = mapped_column(default=list)  # anniversaries: {"word", "on"}
    channel: Mapped[Channel | None]  # how he likes to be reached
    language: Mapped[str | None]  # as one calls it: "English", "中文"
    phone_wish: Mapped[Wish | None]  # whether he may be called, written to, sent things; None: nobody asked
    mail_wish: Mapped[Wish | None]
    post_wish: Mapped[Wish | None]
    wish_on: Mapped[date | None]  # when he said so
    wish_source: Mapped[str | None]  # and where
    is_main: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[UUID | None] = link("member")  # the account's, kept for reach
    team_id: Mapped[UUID | None] = link("team", index=True)
    import_key: Mapped[str | None]
    merged_into_id: Mapped[UUID | None] = link("contact", index=True)  # the same person, where this one went
    holds_merged: Mapped[bool] = mapped_column(default=False)

    account: Mapped[Account] = linked("account_id", lazy="joined", innerjoin=True)

    @property
    def archived(self) -> Any | None:
        """Itself or its customer, where one of them was put away."""
        return super().archived or self.account.archived

    @property
    def mails(self) -> list[str]:
        """His further mail addresses."""
        return [row["value"] for row in self.lines or () if row["kind"] in MAIL_LINES]

    @property
    def numbers(self) -> list[str]:
        """His further phone numbers, without the one at home."""
        return [row["value"] for row in self.lines or () if row["kind"] in CALL_LINES]

    def refuses(self, channel: Channel) -> bool:
        """True when he said that he doesn't want to be reached this way."""
        wishes = {Channel.MAIL: self.mail_wish, Channel.POST: self.post_wish, Channel.MESSAGE: None}
        return wishes.get(channel, self.phone_wish) is Wish.NO


class Affiliation(TenantModel):
    """A further customer at which a contact is somebody; his main one is `Contact.account_id`."""

    __tablename__ = "affiliation"
    __table_args__ = (unique("account_id", "contact_id"), index("contact_id", "account_id"))

    contact_id: Mapped[UUID] = link("contact", ondelete="CASCADE")
    account_id: Mapped[UUID] = link("account")
    title: Mapped[str | None]  # what he does there
    decision: Mapped[DecisionRole | None]

    contact: Mapped[Contact] = linked("contact_id")
    account: Mapped[Account] = linked("account_id")


LAST_CONTACT = func.coalesce(Account.last_contact_at, NEVER, type_=Account.last_contact_at.type)
for _dictionary in OF_CUSTOMERS:
    fields.kept_in(_dictionary, getattr(Account, _dictionary))


class TwinKey(TenantModel):
    """One thing by which a customer or a contact is known again: a folded name, a number, a mail address, a domain."""

    __tablename__ = "twin_key"
    __table_args__ = (
        index("part", "value", name="ix_twin_key_by_value"),
        unique("account_id", "part", "value", where="contact_id is null", name="ix_twin_key_of_account"),
        unique("contact_id", "part", "value", where="contact_id is not null", name="ix_twin_key_of_contact"),
        index("account_id", name="ix_twin_key_account"),
    )

    account_id: Mapped[UUID] = link("account", ondelete="CASCADE")  # itself, or where the contact is
    contact_id: Mapped[UUID | None] = link("contact", ondelete="CASCADE")  # None: the customer's own
    part: Mapped[str]  # name, phone, mail, domain, tax
    value: Mapped[str]


class TwinPair(TenantModel):
    """Two records of one kind that share a key; kept once somebody says that they aren't the same."""

    __tablename__ = "twin_pair"
    __table_args__ = (
        unique("kind", "one_id", "other_id"),
        index("kind", "id", where="dismissed_at is null", name="ix_twin_pair_open"),
        index("other_id"),
        index("one_id"),
    )

    kind: Mapped[str]  # account, contact
    one_id: Mapped[UUID]  # the smaller of the two
    other_id: Mapped[UUID]
    parts: Mapped[list[str]]  # what they share: parts of TwinKey
    dismissed_at: Mapped[datetime | None]
    dismissed_by_id: Mapped[UUID | None] = link("member")
