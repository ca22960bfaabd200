"""A member's places in chat and SMS services: added once it was seen that something arrives, told, taken away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from saas import chat, clock, mail, sealing
from saas.chat import NotSent, Why
from saas.chat_services import SERVICES
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events, notices, queries, scope
from saas.tenants.models import ChatAddress, Member, MemberStatus, Notice

MOST = 10  # places of one member
LONG = timedelta(minutes=30)  # that nothing arrives until one hears of it; by then four tries have failed
FAILING, ADDED, REMOVED = "chat.failing", "chat_address.added", "chat_address.removed"

WHY_WORDS = {
    Why.REFUSED: _l(
        "%(service)s doesn't take messages for this address. Look there whether it still exists, and that it is "
        "copied whole."
    ),
    Why.BUSY: _l("%(service)s takes no messages just now. Try again in a few minutes."),
    Why.UNREACHABLE: _l("%(service)s doesn't answer just now. Try again in a few minutes."),
}


class NotArrived(Exception):
    """A notice didn't get through and is worth another try."""


def add(member: Member, service: str, name: str, given: Mapping[str, str]) -> ChatAddress:
    """Have a member told at another place, once a try arrived there.

    Args:
        service: one of SERVICES.
        name: what he calls it; the service's name where it is empty.
        given: blank of the service → what he typed.

    Raises:
        Refused: the try didn't arrive, or he has as many as one may have.
    """
    if len(queries.chat_addresses(member.id)) >= MOST:
        raise Refused(_("You have %(most)s addresses already. Take one away first.", most=MOST), field="name")
    made = ChatAddress(id=new_id(), member_id=member.id, service=service, name=name or str(SERVICES[service].label))
    try:
        _say_hello(made, given)
    except NotSent as error:
        raise Refused(why_words(made, error.why), field=SERVICES[service].blanks[0].name) from error
    made.given_sealed = sealing.sealed(_key(), _use(made), json.dumps(dict(given)))
    made.sent_at = clock.now()
    db.session.add(made)
    db.session.flush()
    _record(ADDED, made, member)
    return made


def try_out(address: ChatAddress) -> Why | None:
    """Send a try to one of one's places; returns why it didn't arrive, None when it did."""
    try:
        _say_hello(address, _given(address))
    except NotSent as error:
        _note(address, error.why)
        return error.why
    _note(address, None)
    return None


def remove(address: ChatAddress, *, by: Member) -> None:
    """Tell a member nothing more at this place, and forget its secret."""
    _record(REMOVED, address, by)
    db.session.delete(address)
    db.session.flush()


def forget(member: Member) -> None:
    """Forget all places of somebody who leaves."""
    db.session.execute(delete(ChatAddress).where(ChatAddress.member_id == member.id))


def send_notice(notice_id: UUID, address_id: UUID) -> None:
    """Send one line to one place of its reader, unless he has read it. Commits before it speaks to the service, so
    that no transaction waits for that; a place that takes nothing gets no more, and its owner hears of it.

    Raises:
        NotArrived: it is worth another try.
    """
    address = db.session.scalars(select(ChatAddress).where(ChatAddress.id == address_id)).one_or_none()
    notice = db.session.scalars(select(Notice).where(Notice.id == notice_id)).one_or_none()
    if address is None or address.failure is Why.REFUSED or notice is None or notices.is_seen(notice):
        return
    member = db.session.scalars(select(Member).where(Member.id == address.member_id)).one()
    if member.status is not MemberStatus.ACTIVE:
        return
    with force_locale(member.locale):
        line = notices.line_of(notice)
    if line is None:
        return
    company, text = scope.workspace().name, f"{line.text}\n{mail.link(line.url)}"
    try:
        service, given = address.service, _given(address)
        db.session.commit()
        chat.send(service, given, title=company, text=text)
    except NotSent as error:
        _note(address, error.why)
        _tell_failing(address, member)
        db.session.commit()
        if error.why is not Why.REFUSED:
            raise NotArrived from error
        return
    _note(address, None)


def why_words(address: ChatAddress, why: Why) -> str:
    """Why nothing arrives at a place, in a sentence that says what to do."""
    return str(WHY_WORDS[why]) % {"service": SERVICES[address.service].label}


def _say_hello(address: ChatAddress, given: Mapping[str, str]) -> None:
    text = _("It works: Seaport can tell you here what happens.")
    chat.send(address.service, given, title=scope.workspace().name, text=text)


def _note(address: ChatAddress, why: Why | None) -> None:
    """Keep whether messages arrive, and since when they don't."""
    now = clock.now()
    address.failing_since = (address.failing_since or now) if why else None
    address.failure = why
    if why is None:
        address.sent_at = now


def _tell_failing(address: ChatAddress, member: Member) -> None:
    since = address.failing_since
    assert since is not None
    if address.failure is Why.REFUSED or clock.now() - since >= LONG:
        key, url = f"{FAILING}:{address.id}:{since.isoformat()}", f"/{scope.workspace().slug}/profile/chat"
        notices.tell(member, FAILING, key, url, name=address.name)


def _record(name: str, address: ChatAddress, by: Member) -> None:
    """In the trail stands which service, and how it is called; never where it is."""
    events.record(name, address, by=by, changed={"service": address.service, "name": address.name})


def _given(address: ChatAddress) -> dict[str, str]:
    """What he typed for the service.

    Raises:
        NotSent: it doesn't open any more, as after the service's key was changed.
    """
    try:
        given: dict[str, str] = json.loads(sealing.opened(_key(), _use(address), address.given_sealed))
    except ValueError:
        raise NotSent(Why.REFUSED) from None
    return given


def _use(address: ChatAddress) -> str:
    """Sealed for this row alone: on another one it doesn't open."""
    return f"chat:{address.id}"


def _key() -> str:
    key: str = current_app.config["SECRET_KEY"]
    return key


@notices.sentence(
    FAILING,
    "message-off",
    _l("Nothing arrives at your chat address"),
    notices.Topic.WORKSPACE,
    mail=notices.Mail.NOW,
)
def _failing(name: str) -> str:
    return _("Nothing arrives at %(name)s any more. Have a look at the address there.", name=name)
