"""Tell: a line behind the bell of a member. What is kept is which sentence; it is made in the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock, mail
from saas.db import current_tenant, db, new_id
from saas.tenants import events, scope
from saas.tenants.models import Member, MemberStatus, Notice

log = logging.getLogger(__name__)
SHOWN = 50
MAIL_JOB = "tenants.mail_notice"
Sentence = Callable[..., str]

_sentences: dict[str, tuple[str, Sentence]] = {}


@dataclass(frozen=True)
class Line:
    """A notice in the reader's words."""

    id: UUID
    icon: str
    text: str
    url: str
    at: datetime
    is_new: bool


def sentence(kind: str, icon: str = "bell") -> Callable[[Sentence], Sentence]:
    """Have notices of this kind told by this function of their params; said at import."""

    def mark(function: Sentence) -> Sentence:
        _sentences[kind] = (icon, function)
        return function

    return mark


def tell(member: Member, kind: str, key: str, url: str, *, mails: bool = False, **params: Any) -> bool:
    """Put a line behind the bell of a member, once for `key`.

    Args:
        member: the reader.
        kind: which sentence, known by `sentence`.
        key: what makes it once: telling again under the same key does nothing.
        url: where the line leads, a path of ours.
        mails: mail it too, unless he doesn't want mail.
        params: what the sentence needs; names of people and records as they are now.

    Returns:
        True when it was new.
    """
    if kind not in _sentences:
        raise ValueError(f"no sentence for notices of kind {kind}")
    row = {
        "tenant_id": current_tenant(),
        "id": new_id(),
        "member_id": member.id,
        "key": key,
        "kind": kind,
        "params": events.plain(params),
        "url": url,
        "created_at": clock.now(),
    }
    made = db.session.execute(
        upsert(Notice)
        .values(row)
        .on_conflict_do_nothing(index_elements=["tenant_id", "member_id", "key"])
        .returning(Notice.id)
    ).scalar()
    if made is not None and mails and member.mails and member.status is MemberStatus.ACTIVE and member.email:
        events.deliver(MAIL_JOB, key=str(made), due_at=clock.now(), payload={"notice_id": made})
    return made is not None


def told(member_id: UUID, *, before: UUID | None = None) -> list[Line]:
    """The lines behind a member's bell, newest first; the page after the line `before`."""
    statement = select(Notice).where(Notice.member_id == member_id)
    if before is not None:
        statement = statement.where(Notice.id < before)
    found = db.session.scalars(statement.order_by(Notice.id.desc()).limit(SHOWN))
    return [line for notice in found if (line := line_of(notice)) is not None]


def line_of(notice: Notice) -> Line | None:
    """A notice in the reader's words; None when its kind is gone."""
    icon, function = _sentences.get(notice.kind, ("bell", None))
    if function is None:
        return None
    try:
        text = function(**notice.params)
    except TypeError:  # written by another version, whose sentence took other params
        log.warning("notice can't be told", extra={"kind": notice.kind})
        return None
    return Line(notice.id, icon, text, notice.url, notice.created_at, notice.read_at is None)


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
    if notice is None or notice.read_at is not None:
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


@sentence("job.stopped", "alert-triangle")
def _job_stopped() -> str:
    return _("Some work could not be finished after five tries. Have a look, and start it again.")


@sentence("member.joined", "user-check")
def _member_joined(name: str) -> str:
    return _("%(name)s has joined.", name=name)


@sentence("handed_over", "arrows-exchange")
def _handed_over(name: str, by: str) -> str:
    return _("%(by)s removed %(name)s; what they held is yours now.", name=name, by=by)
