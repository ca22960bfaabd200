"""What a person changes about himself. His name, language and time zone are the user's, copied to his places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import update

from saas.db import db
from saas.errors import Refused
from saas.tenants import events, notices, passwords
from saas.tenants.actions import attachments, letters, signing, users
from saas.tenants.actions.signing import Client
from saas.tenants.events import EventName
from saas.tenants.models import Digest, Member, Session, User


class WrongPassword(Refused):
    """The password typed as the present one isn't."""

    field = "old"


def describe(member: Member, user: User, *, name: str, locale: str, timezone: str) -> None:
    """Set how a person is called and addressed."""
    changed = {}
    for field, value in (("name", name), ("locale", locale), ("timezone", timezone)):
        if getattr(member, field) != value:
            changed[field] = [getattr(member, field), value]
            setattr(member, field, value)
    user.name, user.locale, user.timezone = name, locale, timezone
    if changed:
        events.record(EventName.MEMBER_CHANGED, member, by=member, changed=changed)


def choose_notices(
    member: Member,
    ways: Mapping[str, notices.Way],
    *,
    mails: bool,
    digest: Digest,
    digest_hour: int,
    quiet: tuple[int, int] | None = None,
) -> None:
    """Set how a member is told.

    Args:
        ways: kind of notice → how it comes; kinds left out stay as they are.
        mails: whether anything is mailed.
        digest: on which mornings a letter about his day comes.
        digest_hour: when morning is, on his clock.
        quiet: from which hour to which nothing is mailed, on his clock; None: never.
    """
    chosen = {kind: {"bell": way.bell, "mail": way.mail.value, "chat": way.chat} for kind, way in ways.items()}
    kept = member.notice_ways | chosen
    asked: dict[str, Any] = {"mails": mails, "digest": digest, "digest_hour": digest_hour, "notice_ways": kept}
    asked |= {"quiet_from": quiet[0], "quiet_until": quiet[1]} if quiet else {"quiet_from": None, "quiet_until": None}
    changed = {
        field: [getattr(member, field), value] for field, value in asked.items() if getattr(member, field) != value
    }
    for field, value in asked.items():
        setattr(member, field, value)
    if changed:
        events.record(EventName.MEMBER_CHANGED, member, by=member, changed=changed)


def look(user: User, *, theme: str, shortcuts: bool) -> None:
    """Set how the service looks and listens to keys."""
    user.theme, user.shortcuts = theme, shortcuts


def set_picture(member: Member, source: IO[bytes] | None) -> None:
    """Give a member a picture, or take it away.

    Raises:
        Refused: it isn't one.
    """
    member.picture_id = attachments.add_picture(member, source).id if source else None
    events.record(EventName.MEMBER_CHANGED, member, by=member, changed={"picture": bool(source)})


def change_password(user: User, old: str, new: str, client: Client) -> None:
    """Set another password; the user's sessions end but for those `keep` names afterwards.

    Raises:
        WrongPassword: `old` isn't the present one.
        WeakPassword: `new` would be guessed.
        TooMany: too many wrong ones.
    """
    if not signing.guarded(user.email, client, lambda: passwords.is_right(user.password_hash, old)):
        raise WrongPassword(_("This isn't your present password."))
    users.set_password(user, new)
    letters.write("password_changed", user.email, user.locale, name=user.name)


def keep(user: User, *session_ids: UUID) -> None:
    """After the epoch of a user was raised: these sessions of his live on, all others are over."""
    db.session.flush()
    db.session.execute(
        update(Session).where(Session.user_id == user.id, Session.id.in_(session_ids)).values(epoch=user.epoch)
    )
    signing.end_others(user.id, session_ids)
