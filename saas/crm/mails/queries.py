"""Reads about mails."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, lazyload

from saas import search
from saas.crm.customers.models import Account
from saas.crm.mails.models import Direction, Mail, MailFiling, MailRef, MailState
from saas.db import db
from saas.found import the_one
from saas.statements import RECORD, Statement, written_once
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission, Reach

PAGE = 30  # mails of the tray at once
TOLD = 300  # mails of one contact that its timeline tells
CONVERSATION = 50  # mails of a thread that are listed
REPLIES = 10  # on Today
VIEW, EDIT = Permission.ACTIVITY_VIEW, Permission.ACTIVITY_EDIT
IS_FILED, IS_WAITING = Mail.state == MailState.FILED, Mail.state == MailState.WAITING
IS_UNANSWERED = (Mail.direction == Direction.IN) & Mail.settled_at.is_(None) & IS_FILED


# ── one mail ────────────────────────────────────────────────────────────────────────────────────────────────────────


def mail(mail_id: UUID) -> Mail:
    """A mail that the reader may see: within his reach (or by his own hand) and under a customer that he sees, or in
    his tray.

    Raises:
        NotFound: there is none, or not for him.
    """
    return the_one(select(Mail).where(Mail.id == mail_id, or_(_seen(), IS_WAITING & in_tray())))


def lock_mail(mail_id: UUID) -> Mail:
    """The mail's row as it is now, held until the transaction ends; for verbs, which check rights themselves.

    Raises:
        NotFound: the workspace has no such mail.
    """
    return the_one(select(Mail).where(Mail.id == mail_id).with_for_update().execution_options(populate_existing=True))


def known(key: str) -> UUID | None:
    """The id of the mail with this key, if it came before."""
    return db.session.scalar(select(Mail.id).where(Mail.key == key))


def filings(mail_id: UUID) -> list[MailFiling]:
    """Under whom a mail is filed, with customers and contacts."""
    found = select(MailFiling).where(MailFiling.mail_id == mail_id).order_by(MailFiling.id)
    linked = (joinedload(MailFiling.account).lazyload(Account.owner), joinedload(MailFiling.contact).lazyload("*"))
    return list(db.session.scalars(found.options(*linked)))


def filings_within(mail_id: UUID) -> list[MailFiling]:
    """Those of them whose customers the reader may see."""
    seen = select(Account.id).where(scope.visible(Account, Permission.ACCOUNT_VIEW))
    ids = set(
        db.session.scalars(select(MailFiling.id).where(MailFiling.mail_id == mail_id, MailFiling.account_id.in_(seen)))
    )
    return [filing for filing in filings(mail_id) if filing.id in ids]


def conversation(mail: Mail) -> list[Mail]:
    """All mails of a mail's conversation that the reader may see, in order."""
    found = select(Mail).where(Mail.thread_id == mail.thread_id, or_(_seen(), Mail.id == mail.id))
    return list(db.session.scalars(found.order_by(Mail.sent_at, Mail.id).limit(CONVERSATION)))


def _seen() -> ColumnElement[bool]:
    return _filed_within(scope.visible(Mail, VIEW), scope.visible(Account, Permission.ACCOUNT_VIEW))


@lru_cache(maxsize=64)
def _filed_within(mails: ColumnElement[bool], accounts: ColumnElement[bool]) -> ColumnElement[bool]:
    at = select(MailFiling.id).join(Account, Account.id == MailFiling.account_id)
    reached = or_(mails, Mail.member_id == scope.READER)
    return IS_FILED & reached & exists(at.where(MailFiling.mail_id == Mail.id, accounts))


def hits(ids: Collection[UUID]) -> list[Any]:
    """(id, subject, sender_name, sender, sent_at) of those of these mails that the reader may see, the newest first:
    what a search shows."""
    shown = (Mail.id, Mail.subject, Mail.sender_name, Mail.sender, Mail.sent_at)
    found = select(*shown).where(Mail.id.in_(ids), _seen()).order_by(Mail.sent_at.desc(), Mail.id.desc())
    return list(db.session.execute(found))


def not_found_yet(many: int) -> list[Mail]:
    """Filed mails that the search doesn't know; at most `many`."""
    statement = select(Mail).where(IS_FILED, Mail.id.not_in(search.indexed(Mail.__tablename__)))
    return list(db.session.scalars(statement.order_by(Mail.id).limit(many)))


# ── timelines ───────────────────────────────────────────────────────────────────────────────────────────────────────


def is_told() -> ColumnElement[bool]:
    """Whether an event of a mail is for the reader: the mail is still filed there, and within his reach.

    Who may see the customer is asked by the customer's page.
    """
    is_all = scope.who().reach(VIEW) is Reach.ALL
    return _told_within(None if is_all else scope.visible(Mail, VIEW))


@lru_cache(maxsize=64)
def _told_within(mails: ColumnElement[bool] | None) -> ColumnElement[bool]:
    filed = exists().where(MailFiling.event_id == Event.id)
    if mails is None:
        return filed
    return filed & exists().where(Mail.id == Event.subject_id, or_(mails, Mail.member_id == scope.READER))


@written_once
def _of_contact() -> Statement:
    filed = select(MailFiling.event_id).where(MailFiling.contact_id == RECORD)
    return filed.order_by(MailFiling.id.desc()).limit(TOLD)


def told_of(contact_id: UUID) -> list[UUID]:
    """The events of the latest mails with a contact."""
    return [row.event_id for row in _of_contact().rows(record_id=contact_id)]


# ── the tray ────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_tray() -> ColumnElement[bool]:
    """Which mails of the tray are for the reader: his own, those within his reach, and those that nobody brought."""
    return or_(Mail.owner_id.is_(None), scope.visible(Mail, EDIT))


def waiting(before: UUID | None = None) -> list[Mail]:
    """The mails in the reader's tray, the newest first; one more than a page where there are."""
    found = select(Mail).where(IS_WAITING, in_tray())
    if before is not None:
        found = found.where(Mail.id < before)
    return list(db.session.scalars(found.options(joinedload(Mail.owner)).order_by(Mail.id.desc()).limit(PAGE + 1)))


def count_waiting(most: int) -> int:
    """How many there are, counted up to `most`."""
    some = select(Mail.id).where(IS_WAITING, in_tray()).limit(most).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def machines(many: int) -> list[Mail]:
    """The mails in the reader's tray that machines sent, held until the transaction ends; at most `many`."""
    found = select(Mail).where(IS_WAITING, Mail.is_auto, in_tray()).order_by(Mail.id).limit(many)
    return list(db.session.scalars(found.with_for_update(of=Mail)))


def has_machines() -> bool:
    """True when there are such."""
    return db.session.scalar(select(Mail.id).where(IS_WAITING, Mail.is_auto, in_tray()).limit(1)) is not None


def thrown_at(then: datetime, many: int) -> list[Mail]:
    """What was thrown out of the reader's tray at one instant, held until the transaction ends."""
    found = select(Mail).where(Mail.thrown_at == then, in_tray()).order_by(Mail.id).limit(many)
    return list(db.session.scalars(found.with_for_update(of=Mail)))


def waiting_with(address: str) -> list[Mail]:
    """The other mails in the tray that this address sent, held until the transaction ends."""
    found = select(Mail).where(IS_WAITING, Mail.sender == address, Mail.is_doubtful.is_(False))
    return list(db.session.scalars(found.order_by(Mail.id).limit(PAGE).with_for_update()))


# ── conversations ───────────────────────────────────────────────────────────────────────────────────────────────────


def threads_of(keys: Collection[str], key: str) -> list[UUID]:
    """The conversations to which a mail belongs: of those that it answers, of those that answer it or the same."""
    answering = select(MailRef.mail_id).where(MailRef.ref.in_({*keys, key}))
    found = select(Mail.thread_id).where(or_(Mail.key.in_(keys), Mail.id.in_(answering))).distinct()
    return sorted(db.session.scalars(found))


def people_of_thread(thread_id: UUID) -> list[tuple[UUID, UUID | None]]:
    """(customer, contact) under whom mails of a conversation are filed."""
    at = select(MailFiling.account_id, MailFiling.contact_id).join(Mail, Mail.id == MailFiling.mail_id)
    return [(row[0], row[1]) for row in db.session.execute(at.where(Mail.thread_id == thread_id).distinct())]


def unanswered(thread_id: UUID, before: datetime) -> list[Mail]:
    """What was written to us in a conversation until then and waits for an answer."""
    found = select(Mail).where(Mail.thread_id == thread_id, IS_UNANSWERED, Mail.sent_at <= before)
    return list(db.session.scalars(found.with_for_update()))


ACCOUNT = aliased(Account, name="account")


def replies_to(member_id: UUID) -> list[tuple[Mail, str]]:
    """(mail, customer's name) of what waits for an answer of a member's, the newest first."""
    first = select(MailFiling.account_id).where(MailFiling.mail_id == Mail.id).order_by(MailFiling.id).limit(1)
    found = (
        select(Mail, ACCOUNT.name)
        .join(ACCOUNT, ACCOUNT.id == first.scalar_subquery())
        .where(Mail.owner_id == member_id, IS_UNANSWERED)
        .options(lazyload("*"))
    )
    rows = db.session.execute(found.order_by(Mail.sent_at.desc(), Mail.id.desc()).limit(REPLIES + 1))
    return [(row[0], row[1]) for row in rows]


def held_by(member_id: UUID, *where: ColumnElement[bool]) -> list[Mail]:
    """What waits for a member: for an answer, or in the tray; those for which `where` holds, held until the
    transaction ends."""
    mine = (Mail.owner_id == member_id, or_(IS_UNANSWERED, IS_WAITING), *where)
    return list(db.session.scalars(select(Mail).where(*mine).order_by(Mail.id).with_for_update()))


def count_held(member_id: UUID) -> int:
    """How many these are."""
    mine = (Mail.owner_id == member_id, or_(IS_UNANSWERED, IS_WAITING))
    return db.session.scalar(select(func.count(Mail.id)).where(*mine)) or 0


def thrown_before(then: datetime, most: int) -> Sequence[UUID]:
    """The ids of mails thrown away before an instant, at most `most`."""
    return list(db.session.scalars(select(Mail.id).where(Mail.thrown_at < then).order_by(Mail.thrown_at).limit(most)))


def thrown(mail_id: UUID) -> Mail:
    """A mail that was thrown away out of the reader's tray.

    Raises:
        NotFound: there is none, or not for him.
    """
    return the_one(select(Mail).where(Mail.id == mail_id, Mail.state == MailState.THROWN, in_tray()))
