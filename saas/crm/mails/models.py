"""Mails, under whom they are filed, and the two ways in: a mailbox of the workspace, an address of each member."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account, Contact
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.imap import Security, Why
from saas.tenants.models import Member

UNTITLED = _l("(no subject)")
FIRST = 240  # characters of a mail that a timeline tells


class Direction(StrEnum):
    """Who wrote: somebody else, or one of us."""

    IN = "in"
    OUT = "out"


class MailState(StrEnum):
    """Where a mail lies."""

    FILED = "filed"  # under at least one customer
    WAITING = "waiting"  # in the tray: nobody knows yet whom it is with
    THROWN = "thrown"  # away, and forgotten after some days


class Mail(TenantModel):
    """One mail, kept once however often it came."""

    __tablename__ = "mail"
    __table_args__ = (
        unique("key"),
        index("thread_id", "sent_at", "id"),
        index("id", where="state = 'waiting'", name="ix_mail_waiting"),
        index("sender", "id", where="state = 'waiting'", name="ix_mail_waiting_by_sender"),
        index("thrown_at", where="thrown_at is not null", name="ix_mail_thrown"),
        index("owner_id", "sent_at", "id", where="settled_at is null and state = 'filed'", name="ix_mail_unanswered"),
    )

    key: Mapped[str]  # its Message-ID, or what stands for one
    thread_id: Mapped[UUID]  # the same for all mails of one conversation: the id of the one that came first
    direction: Mapped[Direction]
    state: Mapped[MailState]
    subject: Mapped[str]
    sender_name: Mapped[str]
    sender: Mapped[str]  # address, folded
    recipients: Mapped[list[Any]]  # {"kind": to or cc, "name", "address"}; addresses of ours in secret are left out
    sent_at: Mapped[datetime]
    text: Mapped[str]
    fresh: Mapped[str]  # the text without the mail that it answers
    html: Mapped[str | None]  # of a few harmless tags
    files: Mapped[int]  # how many hang on it
    left_out: Mapped[list[str]]  # names of attachments that weren't taken
    is_auto: Mapped[bool]  # a machine sent it
    is_doubtful: Mapped[bool]  # the server that took it in doubts from whom it is
    member_id: Mapped[UUID | None] = link("member")  # which of us wrote it, or brought it
    owner_id: Mapped[UUID | None] = link("member")  # whose matter it is
    team_id: Mapped[UUID | None] = link("team", index=True)  # the owner's, kept for reach
    settled_at: Mapped[datetime | None]  # answered, or in no need of it
    thrown_at: Mapped[datetime | None]

    owner: Mapped[Member | None] = linked("owner_id")

    @property
    def title(self) -> Any:
        """Its subject, or words for that there is none."""
        return self.subject or UNTITLED

    @property
    def others(self) -> list[str]:
        """The addresses of those who aren't us."""
        return [address for _name, address in self.strangers]

    @property
    def strangers(self) -> list[tuple[str, str]]:
        """(name, address) of those who aren't us; "" for a name that isn't told."""
        if self.direction is Direction.IN:
            return [(self.sender_name, self.sender)]
        return [(one["name"] or "", one["address"]) for one in self.recipients if not one.get("is_ours")]

    @property
    def author(self) -> str:
        """Who wrote it, as a person is called."""
        return self.sender_name or self.sender


class MailRef(TenantModel):
    """Which other mail one answers, whether that one is here or not."""

    __tablename__ = "mail_ref"
    __table_args__ = (unique("mail_id", "ref"), index("ref"))

    mail_id: Mapped[UUID] = link("mail", ondelete="CASCADE")
    ref: Mapped[str]  # a `Mail.key`


class MailFiling(TenantModel):
    """A customer, and perhaps one of its people, under whom a mail is filed."""

    __tablename__ = "mail_filing"
    __table_args__ = (
        index("mail_id"),
        index("account_id", "id"),
        index("contact_id", "id", where="contact_id is not null"),
        index("event_id"),
    )

    mail_id: Mapped[UUID] = link("mail", ondelete="CASCADE")
    account_id: Mapped[UUID] = link("account")
    contact_id: Mapped[UUID | None] = link("contact")
    event_id: Mapped[UUID]  # the event that tells it on the customer's timeline; only filed mails are told

    account: Mapped[Account] = linked("account_id")
    contact: Mapped[Contact | None] = linked("contact_id")


class Mailbox(Versioned, TenantModel):
    """The mailbox that a workspace has read; one at most."""

    __tablename__ = "mailbox"
    __table_args__ = (unique(name="ix_mailbox_one"),)

    address: Mapped[str]  # folded; what comes from it is ours
    host: Mapped[str]
    port: Mapped[int]
    security: Mapped[Security]
    username: Mapped[str]
    password_sealed: Mapped[bytes]
    sent_folder: Mapped[str | None]  # where mails written in it lie
    read_at: Mapped[datetime | None]  # when it was last read to the end
    failure: Mapped[Why | None]  # why it can't be read just now
    failing_since: Mapped[datetime | None]
    refused: Mapped[int] = mapped_column(default=0)  # messages in it that can't be taken

    @property
    def folders(self) -> list[str]:
        """The folders that are read."""
        return ["INBOX", *([self.sent_folder] if self.sent_folder else [])]


class MailFolder(TenantModel):
    """How far a folder of the mailbox has been read."""

    __tablename__ = "mail_folder"
    __table_args__ = (unique("mailbox_id", "name"),)

    mailbox_id: Mapped[UUID] = link("mailbox", ondelete="CASCADE")
    name: Mapped[str]
    validity: Mapped[int]  # UIDVALIDITY: ids mean the same messages as long as it stays
    last_uid: Mapped[int]


class DropAddress(TenantModel):
    """The secret address to which a member sends copies of mails, to have them filed."""

    __tablename__ = "drop_address"
    __table_args__ = (unique("member_id"), unique("secret_hash"))

    member_id: Mapped[UUID] = link("member", ondelete="CASCADE")
    secret_hash: Mapped[bytes]  # the secret is made from the service's key and the row's id; nobody reads it here

    member: Mapped[Member] = linked("member_id")
