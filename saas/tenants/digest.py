"""The letter of the morning: what a member's day brings, and the notices that he wants gathered.

A capability says once, at import, which part it adds; the letter is written when its reader's hour has come. The parts
ask for what is the member's own: nobody is signed in while a worker writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import Locale
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select, update

from saas import clock, mail
from saas.db import db
from saas.tenants import events, notices, scope
from saas.tenants.models import Digest, Member, MemberStatus, Notice
from saas.words import Words

MAIL_JOB = "tenants.mail_digest"
SATURDAY = 5
SHOWN = 10  # lines of a part


@dataclass(frozen=True)
class Part:
    """One part of the letter: its lines, and how many more there are than it tells."""

    title: str
    lines: list[str]
    more: int = 0


@dataclass(frozen=True)
class Reader:
    """For whom the letter is: the member, his day, and how he reads."""

    member: Member
    day: date
    words: Words


Write = Callable[[Reader], Part | None]
_parts: dict[str, tuple[int, Write]] = {}


def part(key: str, order: int) -> Callable[[Write], Write]:
    """Have this function write a part of the letter, None on days without; said at import."""

    def mark(write: Write) -> Write:
        _parts[key] = (order, write)
        return write

    return mark


def cut(title: str, lines: list[str]) -> Part | None:
    """A part of these lines, the first `SHOWN` of them told; None where there are none."""
    told = [" ".join(line.split()) for line in lines[:SHOWN]]
    return Part(title, told, len(lines) - len(told)) if lines else None


def plan() -> int:
    """Ask for the letters whose hour has come, each once a day on its reader's clock.

    Returns:
        How many readers were looked at.
    """
    holds = select(Notice.id).where(Notice.member_id == Member.id, Notice.is_held).exists()
    wants = (Member.status == MemberStatus.ACTIVE, Member.mails, Member.email.is_not(None))
    readers = db.session.scalars(select(Member).where(*wants, or_(Member.digest != Digest.NEVER, holds))).all()
    asked = [found for member in readers if (found := _asked(member, clock.now())) is not None]
    events.deliver_many(asked)
    return len(readers)


def _asked(member: Member, now: datetime) -> dict[str, object] | None:
    here = clock.local(now, member.timezone)
    if here.hour < member.digest_hour:
        return None
    day = here.date().isoformat()
    payload = {"member_id": str(member.id), "day": day}
    return {"handler": MAIL_JOB, "key": f"{member.id}:{day}", "due_at": now, "payload": payload}


def send(member_id: UUID, day: date) -> None:
    """Write the letter of a day and send it, unless it would be empty. Commits before it speaks to the mail server.

    Raises:
        MailError: the server didn't take it.
    """
    member = db.session.scalars(select(Member).where(Member.id == member_id)).one()
    if member.status is not MemberStatus.ACTIVE or member.email is None or not member.mails:
        return
    workspace = scope.workspace()
    with force_locale(member.locale):
        reader = Reader(member, day, Words(Locale(member.locale), ZoneInfo(member.timezone), clock.now()))
        held = _held(member)
        gathered = cut(_("Since the last letter"), [line.text for line in map(notices.line_of, held) if line])
        parts = [found for found in (gathered, *_of_the_day(reader)) if found is not None]
        when = reader.words.full_day(day)
    if not parts:
        return
    about = {"name": member.name, "company": workspace.name, "sections": parts, "day": when}
    link = mail.link(f"/{workspace.slug}/")
    words = mail.written("digest", member.locale, from_name=workspace.name, link=link, **about)
    to, told = member.email, [notice.id for notice in held]
    db.session.commit()
    mail.send(to, words, message_id=f"digest-{member_id}-{day}", sender=workspace.name)
    # Only now: a letter that the server didn't take is written again with all that it held.
    given = update(Notice).where(Notice.id.in_(told)).values(is_held=False)
    db.session.execute(given.execution_options(synchronize_session=False))


def _held(member: Member) -> list[Notice]:
    """What waits for the letter, the newest first; what was read meanwhile needs none."""
    mine = select(Notice).where(Notice.member_id == member.id, Notice.is_held).order_by(Notice.id.desc())
    return [notice for notice in db.session.scalars(mine) if not notices.is_seen(notice)]


def _of_the_day(reader: Reader) -> list[Part | None]:
    if reader.member.digest is Digest.NEVER:
        return []
    if reader.member.digest is Digest.WEEKDAYS and reader.day.weekday() >= SATURDAY:
        return []
    return [write(reader) for _order, write in sorted(_parts.values(), key=lambda one: one[0])]
