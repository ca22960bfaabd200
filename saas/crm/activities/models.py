"""Activities: planned, then history."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import func, text
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import NEVER, Account, Contact
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member

LONGEST_TEXT = 5000  # characters
TITLE = 80  # characters of a text that stand for its subject
OPEN_ROWS = "done_at is null and cancelled_at is null"


class ActivityKind(StrEnum):
    """The kinds that a workspace starts with; it renames, retires and adds (`KindRow`). A note is always one."""

    CALL = "call"
    VISIT = "visit"
    DEMO = "demo"
    MAIL = "mail"
    TASK = "task"
    PROMOTION = "promotion"
    NOTE = "note"


class Reminder(StrEnum):
    """How long before its start the owner wants to hear of an activity; days are counted on his wall clock."""

    AT_START = "at_start"
    MINUTES_10 = "minutes_10"
    MINUTES_30 = "minutes_30"
    HOUR = "hour"
    DAY = "day"  # the same time on the day before
    MORNING = "morning"  # 9:00 of its day
    EVE = "eve"  # 9:00 of the day before


class State(StrEnum):
    """Where an activity stands; late is a planned one whose time has passed."""

    PLANNED = "planned"
    LATE = "late"
    DONE = "done"
    CANCELLED = "cancelled"


KIND_WORDS = {
    ActivityKind.CALL: lazy_pgettext("activity", "Call"),
    ActivityKind.VISIT: _l("Visit"),
    ActivityKind.DEMO: _l("Demo"),
    ActivityKind.MAIL: lazy_pgettext("activity", "Mail"),
    ActivityKind.TASK: _l("Task"),
    ActivityKind.PROMOTION: _l("Promotion"),
    ActivityKind.NOTE: _l("Note"),
}
KIND_ICONS = {
    ActivityKind.CALL: "phone",
    ActivityKind.VISIT: "map-pin",
    ActivityKind.DEMO: "presentation",
    ActivityKind.MAIL: "mail",
    ActivityKind.TASK: "checkbox",
    ActivityKind.PROMOTION: "speakerphone",
    ActivityKind.NOTE: "note",
}
UNREACHING = frozenset({ActivityKind.TASK, ActivityKind.NOTE})  # to do one isn't to speak to the customer
ICON_WORDS = {
    "phone": lazy_pgettext("icon", "Phone"),
    "map-pin": lazy_pgettext("icon", "Pin"),
    "presentation": lazy_pgettext("icon", "Board"),
    "mail": lazy_pgettext("icon", "Letter"),
    "checkbox": lazy_pgettext("icon", "Tick"),
    "speakerphone": lazy_pgettext("icon", "Loudspeaker"),
    "message": lazy_pgettext("icon", "Bubble"),
    "video": lazy_pgettext("icon", "Camera"),
    "coffee": lazy_pgettext("icon", "Cup"),
    "gift": lazy_pgettext("icon", "Gift"),
    "tool": lazy_pgettext("icon", "Tool"),
    "truck": lazy_pgettext("icon", "Lorry"),
    "school": lazy_pgettext("icon", "School"),
    "star": lazy_pgettext("icon", "Star"),
}
COLOUR_WORDS = {
    "grey": lazy_pgettext("colour", "Grey"),
    "sea": lazy_pgettext("colour", "Blue"),
    "good": lazy_pgettext("colour", "Green"),
    "waiting": lazy_pgettext("colour", "Amber"),
    "wrong": lazy_pgettext("colour", "Red"),
}
REMINDER_WORDS = {
    Reminder.AT_START: _l("When it starts"),
    Reminder.MINUTES_10: _l("10 minutes before"),
    Reminder.MINUTES_30: _l("30 minutes before"),
    Reminder.HOUR: _l("1 hour before"),
    Reminder.DAY: _l("1 day before"),
    Reminder.MORNING: _l("At 9:00 on that day"),
    Reminder.EVE: _l("At 9:00 on the day before"),
}
STATE_WORDS = {
    State.PLANNED: _l("Planned"),
    State.LATE: _l("Late"),
    State.DONE: _l("Done"),
    State.CANCELLED: _l("Called off"),
}
STATE_LOOKS = {State.PLANNED: "sea", State.LATE: "wrong", State.DONE: "good", State.CANCELLED: "neutral"}


def says_kind(title: str, kind: str, word: str | None = None) -> bool:
    """True when a title begins with the word for its kind, which then isn't said before it once more.

    Chinese may put one sign before the word, as in 打电话. `word` is the kind's, where a workspace names it.
    """
    start = title.casefold()
    words = ((word or str(KIND_WORDS[ActivityKind(kind)])).casefold(), str(kind))
    return any(0 <= start.find(word) <= (0 if word.isascii() else 1) for word in words)


class KindRow(Versioned, TenantModel):
    """What a workspace says of a kind of activity: one that it started with, or one of its own."""

    __tablename__ = "activity_kind"
    __kept__ = True
    __table_args__ = (unique("key"),)

    key: Mapped[str]  # what activities hold: an ActivityKind, or made from the id
    name: Mapped[str | None]  # None: as the language says it
    icon: Mapped[str]
    colour: Mapped[str]
    position: Mapped[int]
    reaches: Mapped[bool]  # doing it starts the clock towards the pool again
    retired_at: Mapped[datetime | None]  # from then on nobody chooses it; what was done stays


class Guest(TenantModel):
    """A colleague or contact who takes part in an activity besides its owner and its main contact."""

    __tablename__ = "activity_guest"
    __table_args__ = (
        unique("activity_id", "member_id", where="member_id is not null"),
        unique("activity_id", "contact_id", where="contact_id is not null"),
        index("member_id", "activity_id", where="member_id is not null"),
    )

    activity_id: Mapped[UUID] = link("activity", ondelete="CASCADE")
    member_id: Mapped[UUID | None] = link("member")
    contact_id: Mapped[UUID | None] = link("contact", index=True, ondelete="CASCADE")

    member: Mapped[Member | None] = linked("member_id")
    contact: Mapped[Contact | None] = linked("contact_id")


class Activity(Versioned, TenantModel):
    """A call, visit, demo, mail, task or note: planned first, history once done, or entered as history."""

    __tablename__ = "activity"
    __table_args__ = (
        unique("import_key", where="import_key is not null"),
        index("starts_at", "id"),
        index("owner_id", "starts_at", "id"),
        index("owner_id", "starts_at", "id", where=OPEN_ROWS, name="ix_activity_open"),
        index("account_id", "starts_at", "id", where="account_id is not null"),
        index("contact_id", "starts_at", "id", where="contact_id is not null"),
        index("about_id", "starts_at", "id", where="about_id is not null"),
        index(
            text("coalesce(done_at, '1970-01-01 00:00:00+00'::timestamp with time zone)"),
            "id",
            where="cancelled_at is null",
            name="ix_activity_by_done",
        ),
        unique("series_id", "occurs_on", where="series_id is not null", name="ix_activity_of_series"),
    )

    kind: Mapped[str]  # the key of a kind
    subject: Mapped[str]  # empty where the text says it all
    text: Mapped[str | None]  # what is to be done, or what was said
    account_id: Mapped[UUID | None] = link("account")
    contact_id: Mapped[UUID | None] = link("contact")
    about_kind: Mapped[str | None]  # table of a later capability's record that it is about: "opportunity"
    about_id: Mapped[UUID | None]
    starts_at: Mapped[datetime]  # its start, or when it happened; of one without an hour, the day's first instant
    minutes: Mapped[int | None]  # how long it takes
    due_on: Mapped[date | None]  # the owner's day, where it has no hour
    late_at: Mapped[datetime]  # its end, or that of its day: from then on a planned one is late
    reminders: Mapped[list[str]] = mapped_column(default=list)  # keys of Reminder
    reminder_at: Mapped[datetime | None]  # the next instant that follows from them
    reminded_at: Mapped[datetime | None]
    owner_id: Mapped[UUID] = link("member")
    team_id: Mapped[UUID | None] = link("team", index=True)  # the owner's, kept for reach
    done_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # what came of it
    result: Mapped[str | None]  # the same in a word, one of those that the workspace has chosen
    place: Mapped[str | None]
    cost: Mapped[Decimal | None]  # in the workspace's currency
    import_key: Mapped[str | None]  # what a file called it, so that the same file adds nothing twice
    series_id: Mapped[UUID | None] = link("activity_series")
    occurs_on: Mapped[date | None]  # the day that the rule of its series says, wherever it was moved to

    owner: Mapped[Member] = linked("owner_id", lazy="joined", innerjoin=True)
    account: Mapped[Account | None] = linked("account_id", lazy="joined")
    contact: Mapped[Contact | None] = linked("contact_id", lazy="joined")

    @property
    def is_open(self) -> bool:
        """True while it waits to be done."""
        return self.done_at is None and self.cancelled_at is None

    @property
    def title(self) -> str:
        """What it is called: its subject, else how its text begins, else its kind."""
        return self.subject or (self.text or "").strip().partition("\n")[0][:TITLE] or str(self._kind_word)

    @property
    def _kind_word(self) -> Any:
        known: dict[str, Any] = {kind.value: word for kind, word in KIND_WORDS.items()}
        return known.get(self.kind) or _l("Activity")

    def state(self, now: datetime) -> State:
        """Where it stands at the instant `now`."""
        if self.cancelled_at is not None:
            return State.CANCELLED
        if self.done_at is not None:
            return State.DONE
        return State.LATE if now >= self.late_at else State.PLANNED


DONE_OR_NEVER = func.coalesce(Activity.done_at, NEVER, type_=Activity.done_at.type)  # by which history is sorted


class Frequency(StrEnum):
    """How often something comes again."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"


FREQUENCY_WORDS: dict[str, Any] = {
    Frequency.DAILY: _l("By days"),
    Frequency.WEEKLY: _l("By weeks"),
    Frequency.MONTHLY: _l("By months"),
    Frequency.YEARLY: _l("By years"),
}


class Series(Versioned, TenantModel):
    """An activity that comes again: by which rule, and what each one is like. The next ones stand as activities."""

    __tablename__ = "activity_series"
    __table_args__ = (index("id", where="ended_at is null", name="ix_activity_series_running"),)

    frequency: Mapped[Frequency]
    every: Mapped[int]  # each second week: 2
    weekdays: Mapped[list[str]] = mapped_column(default=list)  # of a weekly one, 0 (Monday) to 6; empty: as it began
    starts_on: Mapped[date]
    until: Mapped[date | None]  # the last day it may fall on
    times: Mapped[int | None]  # how often in all; None: no end by number
    made_until: Mapped[date | None]  # the last day of the rule whose activity was made
    ended_at: Mapped[datetime | None]  # called off, with all that was still planned
    minute: Mapped[int | None]  # of the owner's day, 0 to 1439; None: any time of the day
    kind: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str | None]
    account_id: Mapped[UUID | None] = link("account", index=True)
    contact_id: Mapped[UUID | None] = link("contact", index=True)
    about_kind: Mapped[str | None]
    about_id: Mapped[UUID | None]
    minutes: Mapped[int | None]
    reminders: Mapped[list[str]] = mapped_column(default=list)
    owner_id: Mapped[UUID] = link("member", index=True)
    place: Mapped[str | None]
    cost: Mapped[Decimal | None]

    owner: Mapped[Member] = linked("owner_id", lazy="select")
    account: Mapped[Account | None] = linked("account_id", lazy="select")
    contact: Mapped[Contact | None] = linked("contact_id", lazy="select")


class CalendarAddress(TenantModel):
    """The secret address at which a member's calendar program reads what he plans."""

    __tablename__ = "calendar_address"
    __table_args__ = (unique("member_id"), unique("secret_hash"))

    member_id: Mapped[UUID] = link("member", ondelete="CASCADE")
    secret_hash: Mapped[bytes]  # of the secret in the address; nobody can read it back


class Memo(Versioned, TenantModel):
    """A note of a member for himself, on a day."""

    __tablename__ = "memo"
    __table_args__ = (index("member_id", "on", "id", where="removed_at is null"),)

    member_id: Mapped[UUID] = link("member")
    on: Mapped[date]
    text: Mapped[str]
    removed_at: Mapped[datetime | None]


class Promise(Versioned, TenantModel):
    """What was promised to a customer: until when, by whom, and whether it was kept."""

    __tablename__ = "promise"
    __table_args__ = (
        index("account_id", "due_on", "id"),
        index("owner_id", "due_on", "id", where="settled_at is null", name="ix_promise_open"),
    )

    account_id: Mapped[UUID] = link("account")
    text: Mapped[str]
    due_on: Mapped[date]
    owner_id: Mapped[UUID] = link("member")
    team_id: Mapped[UUID | None] = link("team", index=True)  # the owner's, kept for reach
    settled_at: Mapped[datetime | None]
    is_kept: Mapped[bool | None]  # None while it is open

    owner: Mapped[Member] = linked("owner_id")
    account: Mapped[Account] = linked("account_id")
