"""Tell: a line behind the bell of a member. What is kept is which sentence; it is made in the reader's language.

Each kind of notice says how it comes unless the member chose otherwise: mailed at once, in the morning's letter
(`saas/tenants/digest.py`) or not at all; what is mailed at once goes to his places in chat and SMS services too
(`saas/tenants/actions/chats.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock, mail
from saas.db import current_tenant, db, new_id
from saas.tenants import events, queries, scope
from saas.tenants.models import Member, MemberStatus, Notice
from saas.tenants.permissions import Permission, Who
from saas.tenants.quiet import rest_at

log = logging.getLogger(__name__)
SHOWN = 50
MAIL_JOB, CHAT_JOB = "tenants.mail_notice", "tenants.chat_notice"
Sentence = Callable[..., str]


class Topic(StrEnum):
    """What a notice is about, as the page of choices groups them."""

    WORK = "work"
    CUSTOMERS = "customers"
    SERVICE = "service"
    FILES = "files"
    WORKSPACE = "workspace"


TOPIC_WORDS = {
    Topic.WORK: _l("What you planned"),
    Topic.CUSTOMERS: _l("Customers and leads"),
    Topic.SERVICE: _l("Cases"),
    Topic.FILES: _l("Files and reports"),
    Topic.WORKSPACE: _l("The workspace"),
}


class Mail(StrEnum):
    """When a notice is mailed too."""

    NOW = "now"
    MORNING = "morning"
    NEVER = "never"


@dataclass(frozen=True)
class Kind:
    """One kind of notice.

    tell: its params → its sentence.
    label: what has happened when it comes, for whoever chooses.
    mail: when it is mailed, unless the member chose otherwise.
    right: without it one never gets any.
    """

    icon: str
    tell: Sentence
    label: LazyString
    topic: Topic
    mail: Mail
    right: Permission | None


@dataclass(frozen=True)
class Way:
    """How a member gets notices of one kind: with a sign at the bell or only listed there, when by mail, and whether at
    his places in chat and SMS services.
    """

    bell: bool
    mail: Mail
    chat: bool = False


_kinds: dict[str, Kind] = {}


@dataclass(frozen=True)
class Line:
    """A notice in the reader's words."""

    id: UUID
    icon: str
    text: str
    url: str
    at: datetime
    is_new: bool


def sentence(
    kind: str,
    icon: str,
    label: LazyString,
    topic: Topic,
    *,
    mail: Mail = Mail.NEVER,
    right: Permission | None = None,
) -> Callable[[Sentence], Sentence]:
    """Have notices of this kind told by this function of their params; said at import. The rest is as in `Kind`."""

    def mark(function: Sentence) -> Sentence:
        _kinds[kind] = Kind(icon, function, label, topic, mail, right)
        return function

    return mark


def kinds(who: Who) -> dict[str, Kind]:
    """The kinds of notices that somebody with these rights can get, by name."""
    return {name: kind for name, kind in _kinds.items() if kind.right is None or who.may(kind.right)}


def way(member: Member, kind: str) -> Way:
    """How a member gets notices of a kind."""
    chosen, usual = member.notice_ways.get(kind, {}), _kinds[kind].mail
    return Way(chosen.get("bell", True), Mail(chosen.get("mail", usual)), chosen.get("chat", usual is Mail.NOW))


def tell(member: Member, kind: str, key: str, url: str, **params: Any) -> bool:
    """Put a line behind the bell of a member, once for `key`.

    Args:
        member: the reader.
        kind: which sentence, known by `sentence`.
        key: what makes it once: telling again under the same key does nothing.
        url: where the line leads, a path of ours.
        params: what the sentence needs; names of people and records as they are now.

    Returns:
        True when it was new.
    """
    if kind not in _kinds:
        raise ValueError(f"no sentence for notices of kind {kind}")
    now, chosen = clock.now(), way(member, kind)
    is_reached = member.mails and member.status is MemberStatus.ACTIVE and member.email is not None
    row = {
        "tenant_id": current_tenant(),
        "id": new_id(),
        "member_id": member.id,
        "key": key,
        "kind": kind,
        "params": events.plain(params),
        "url": url,
        "is_held": is_reached and chosen.mail is Mail.MORNING,
        "read_at": None if chosen.bell else now,
        "created_at": now,
    }
    made = db.session.execute(
        upsert(Notice)
        .values(row)
        .on_conflict_do_nothing(index_elements=["tenant_id", "member_id", "key"])
        .returning(Notice.id)
    ).scalar()
    if made is not None:
        _send_on(made, member, by_mail=is_reached and chosen.mail is Mail.NOW, by_chat=chosen.chat, now=now)
    return made is not None


def take_back(kind: str, keys: Collection[str]) -> int:
    """Take lines back that have become untrue, as by an undo, with what was still to be mailed of them.

    Args:
        kind: which sentence.
        keys: under which they were told, to whomever.

    Returns:
        How many.
    """
    untrue = delete(Notice).where(Notice.kind == kind, Notice.key.in_(keys))
    gone = db.session.execute(untrue.execution_options(synchronize_session=False))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _send_on(notice_id: UUID, member: Member, *, by_mail: bool, by_chat: bool, now: datetime) -> None:
    """Ask for what goes out at once; in the member's quiet hours it waits for their end."""
    rest = rest_at(now, member.timezone, member.quiet)
    due = rest.end if rest else now
    if by_mail:
        events.deliver(MAIL_JOB, key=str(notice_id), due_at=due, payload={"notice_id": notice_id})
    if by_chat and member.status is MemberStatus.ACTIVE:
        for address_id in queries.reached_chats(member.id):
            said = {"notice_id": notice_id, "address_id": address_id}
            events.deliver(CHAT_JOB, key=f"{notice_id}:{address_id}", due_at=due, payload=said)


def told(member_id: UUID, *, before: UUID | None = None) -> list[Line]:
    """The lines behind a member's bell, newest first; the page after the line `before`."""
    statement = select(Notice).where(Notice.member_id == member_id)
    if before is not None:
        statement = statement.where(Notice.id < before)
    found = db.session.scalars(statement.order_by(Notice.id.desc()).limit(SHOWN))
    return [line for notice in found if (line := line_of(notice)) is not None]


def line_of(notice: Notice) -> Line | None:
    """A notice in the reader's words; None when its kind is gone."""
    kind = _kinds.get(notice.kind)
    if kind is None:
        return None
    try:
        text = kind.tell(**notice.params)
    except TypeError:  # written by another version, whose sentence took other params
        log.warning("notice can't be told", extra={"kind": notice.kind})
        return None
    return Line(notice.id, kind.icon, text, notice.url, notice.created_at, notice.read_at is None)


def is_seen(notice: Notice) -> bool:
    """True when its reader has read it in the bell; one that came without a sign hasn't been read by that."""
    return notice.read_at is not None and notice.read_at > notice.created_at


def read(member_id: UUID, notice_id: UUID | None = None) -> None:
    """Mark one line, or all of them, as read."""
    which = [Notice.id == notice_id] if notice_id else []
    db.session.execute(
        update(Notice)
        .where(Notice.member_id == member_id, Notice.read_at.is_(None), *which)
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def mail_notice(notice_id: UUID) -> None:
    """Mail one line to its reader, unless he has read it. Commits before it speaks to the mail server, so that no
    transaction waits for that.

    Raises:
        MailError: the server didn't take it.
    """
    notice = db.session.scalars(select(Notice).where(Notice.id == notice_id)).one_or_none()
    if notice is None or is_seen(notice):
        return
    member = db.session.scalars(select(Member).where(Member.id == notice.member_id)).one()
    if member.email is None or member.status is not MemberStatus.ACTIVE:
        return
    company = scope.workspace().name
    with force_locale(member.locale):
        line = line_of(notice)
    if line is None:
        return
    about = {"name": member.name, "text": line.text, "company": company, "link": mail.link(line.url)}
    words = mail.written("notice", member.locale, from_name=company, **about)
    to = member.email
    db.session.commit()
    mail.send(to, words, message_id=f"notice-{notice_id}", sender=company)


@sentence(
    "job.stopped",
    "alert-triangle",
    _l("Background work was given up"),
    Topic.WORKSPACE,
    right=Permission.WORKSPACE_JOBS,
)
def _job_stopped() -> str:
    return _("Some work could not be finished after five tries. Have a look, and start it again.")


@sentence("member.joined", "user-check", _l("A colleague has joined"), Topic.WORKSPACE, right=Permission.MEMBER_INVITE)
def _member_joined(name: str) -> str:
    return _("%(name)s has joined.", name=name)


@sentence("handed_over", "arrows-exchange", _l("You get what a leaver held"), Topic.WORKSPACE, mail=Mail.NOW)
def _handed_over(name: str, by: str) -> str:
    return _("%(by)s removed %(name)s; what they held is yours now.", name=name, by=by)
