"""What can be done with mails."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from saas import clock, messages
from saas.archive import refuse_archived
from saas.crm.activities import kind_queries
from saas.crm.activities.models import ActivityKind
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership
from saas.crm.customers import queries as accounts
from saas.crm.customers.models import Account, Contact
from saas.crm.mails import letters, people_queries, queries, search_actions
from saas.crm.mails.letters import Known, Letter
from saas.crm.mails.models import FIRST, Direction, Mail, MailFiling, MailRef, MailState
from saas.crm.mails.people_queries import Hit
from saas.db import db, new_id
from saas.errors import Conflict, NotFound, Refused
from saas.tenants import events, handover
from saas.tenants.actions import attachments
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member, MemberStatus
from saas.tenants.scope import SYSTEM, Actor

RECEIVED, SENT, ARRIVED = "mail.received", "mail.sent", "mail.arrived"
THROWN, PUT_BACK, TAKEN_OFF, SETTLED = "mail.thrown", "mail.put_back", "mail.taken_off", "mail.settled"
HANDED_OVER = "mail.handed_over"
FRESH = timedelta(days=14)  # older ones that come in need no answer any more
KEPT = timedelta(days=30)  # so long a mail that was thrown away can be put back
AT_ONCE = 100  # mails that one sweep forgets
SHOWN = 3  # recipients that a timeline names


class Elsewhere(Conflict):
    """The mail is no longer where it was: somebody was faster."""


# ── in ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def bring(raw: bytes, *, envelope: Sequence[str] = (), is_dropped: bool = False) -> Mail | None:
    """Take a message in: keep it once, and file it under whom it is with, or lay it into the tray.

    Args:
        raw: as it came.
        envelope: addresses to which the mail server was told to deliver it.
        is_dropped: it must have come to a member's secret address.

    Returns:
        The mail; None where it came before, or is between colleagues.

    Raises:
        Refused: it is too large or can't be read.
        NotFound: `is_dropped`, and no active member has this address.
        NotReady: too many are being read right now.
    """
    return take_in(messages.read(raw), envelope=envelope, is_dropped=is_dropped)


def take_in(message: messages.Message, *, envelope: Sequence[str] = (), is_dropped: bool = False) -> Mail | None:
    """`bring` for a message that was read already.

    Raises:
        NotFound: `is_dropped`, and no active member has this address.
    """
    known = _known(message, envelope)
    if is_dropped and known.dropper is None:
        raise NotFound(_("Nobody has this address."))
    letter = letters.sorted_out(message, known)
    if letter.is_internal or queries.known(letter.message.key) is not None:
        return None
    hits = people_queries.hits(letter.others) if letter.is_clear else []
    if not hits and known.dropper is not None and letter.direction is Direction.IN and letter.is_clear:
        other = letters.sent_under_another_name(letter, known)
        hits = people_queries.hits(other.others)
        letter = other if hits else letter
    mail = _keep(letter, known)
    if mail is None:
        return None
    by = known.dropper or letter.author or SYSTEM
    _attach(mail, letter.message, by=by)
    if hits:
        _file(mail, hits, by=letter.author or by)
    else:
        events.record(ARRIVED, mail, by=by, changed={"subject": mail.subject, "from": mail.sender})
    return mail


def _known(message: messages.Message, envelope: Sequence[str]) -> Known:
    addresses = [*envelope, *message.addresses()]
    secrets = people_queries.secrets_in(addresses)
    inner = [message.inner.sender.address, *message.inner.addresses()] if message.inner else []
    inner += [message.forwarded.sender.address] if message.forwarded else []
    members = people_queries.members_with({message.sender.address, *addresses, *inner})
    mailbox = people_queries.mailbox()
    own = [mailbox.address] if mailbox else []
    return Known(
        ours={*members, *own, *secrets},
        secret=set(secrets),
        members=members,
        dropper=people_queries.dropped_by(secrets.values()),
    )


def _keep(letter: Letter, known: Known) -> Mail | None:
    """Write the mail down; None where another process was faster."""
    message, now, writer = letter.message, clock.now(), letter.author or known.dropper
    sent_at = min(message.sent_at or now, now)
    needs_no_answer = letter.direction is Direction.OUT or message.is_auto or sent_at < now - FRESH
    mail = Mail(
        id=new_id(),
        key=message.key,
        direction=letter.direction,
        state=MailState.WAITING,
        subject=message.subject,
        sender_name=message.sender.name,
        sender=message.sender.address,
        recipients=letters.shown_recipients(message, known),
        sent_at=sent_at,
        text=message.text,
        fresh=message.fresh,
        html=message.html,
        files=0,
        left_out=list(message.left_out),
        is_auto=message.is_auto,
        is_doubtful=not letter.is_clear and message.is_doubtful,
        member_id=writer.id if writer else None,
        settled_at=sent_at if needs_no_answer else None,
    )
    mail.thread_id = mail.id
    _give(mail, writer)
    try:
        with db.session.begin_nested():
            db.session.add(mail)
            db.session.flush()
    except IntegrityError:
        return None
    _thread(mail, message.refs)
    return mail


def _thread(mail: Mail, refs: Sequence[str]) -> None:
    """Join the conversation that it belongs to; where it shows that two are one, they become one."""
    found = queries.threads_of(refs, mail.key)
    if found:
        mail.thread_id = found[0]
    if len(found) > 1:
        others = update(Mail).where(Mail.thread_id.in_(found[1:])).values(thread_id=found[0])
        db.session.execute(others.execution_options(synchronize_session=False))
    db.session.add_all(MailRef(mail_id=mail.id, ref=ref) for ref in refs)
    db.session.flush()


def _attach(mail: Mail, message: messages.Message, *, by: Actor) -> None:
    for name, content in message.files:
        try:
            with db.session.begin_nested():
                attachments.attach(mail, io.BytesIO(content), name, by=by)
                mail.files += 1
        except Refused:
            db.session.refresh(mail, ["files"])
            mail.left_out = [*mail.left_out, name]
    db.session.flush()


# ── filed ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def assign(mail: Mail, account: Account, contact: Contact | None, *, remember: bool, by: Member) -> int:
    """File a mail of the tray under a customer, and with it what else came from the same address.

    Args:
        mail: locked.
        account: the customer.
        contact: one of its people.
        remember: keep the address with the contact, so that the next mail is filed by itself.
        by: who says so.

    Returns:
        How many mails were filed.

    Raises:
        Archived: the customer or contact was put away.
        Elsewhere: somebody was faster.
    """
    refuse_archived(account, contact)
    _refuse_elsewhere(mail, MailState.WAITING)
    filed, others = [mail], mail.others
    if remember and contact is not None and len(others) == 1 and not mail.is_doubtful:
        filed += [one for one in queries.waiting_with(others[0]) if one.id != mail.id]
        _remember(contact, others[0], by=by)
    for one in filed:
        _file(one, [Hit(account.id, contact.id if contact else None)], by=by)
    return len(filed)


def take_off(mail: Mail, *, by: Member) -> None:
    """Lay a mail that was filed wrongly back into the tray; it is gone from the timelines.

    Raises:
        Elsewhere: somebody was faster.
    """
    _refuse_elsewhere(mail, MailState.FILED)
    db.session.execute(delete(MailFiling).where(MailFiling.mail_id == mail.id))
    mail.state = MailState.WAITING
    _give(mail, by)
    search_actions.drop(mail)
    events.record(TAKEN_OFF, mail, by=by, changed={"subject": mail.subject})


def settle(mail: Mail, *, by: Actor) -> None:
    """Say that a mail needs no answer any more."""
    if mail.settled_at is None:
        mail.settled_at = clock.now()
        events.record(SETTLED, mail, by=by, changed={"subject": mail.subject})


def unsettle(mail: Mail, *, by: Actor) -> None:
    """Take that back."""
    if mail.settled_at is not None and mail.direction is Direction.IN:
        mail.settled_at = None
        events.record(SETTLED, mail, by=by, changed={"subject": mail.subject, "is_open": True})


def throw(mail: Mail, *, by: Member) -> None:
    """Throw a mail of the tray away; for `KEPT` it can be put back.

    Raises:
        Elsewhere: somebody was faster.
    """
    _refuse_elsewhere(mail, MailState.WAITING)
    mail.state, mail.thrown_at = MailState.THROWN, clock.now()
    events.record(THROWN, mail, by=by, changed={"subject": mail.subject})


def put_back(mail: Mail, *, by: Member) -> None:
    """Lay a mail that was thrown away back into the tray.

    Raises:
        Elsewhere: somebody was faster.
    """
    _refuse_elsewhere(mail, MailState.THROWN)
    mail.state, mail.thrown_at = MailState.WAITING, None
    events.record(PUT_BACK, mail, by=by, changed={"subject": mail.subject})


def throw_all(mails: Sequence[Mail], *, by: Member) -> datetime | None:
    """Throw mails of the tray away together; returns the instant by which they can be put back together.

    Args:
        mails: locked, in the tray.
        by: who does.
    """
    if not mails:
        return None
    now = clock.now()
    for mail in mails:
        mail.state, mail.thrown_at = MailState.THROWN, now
    events.record_many(THROWN, [(one, {"subject": one.subject}) for one in mails], by=by, batch_id=new_id())
    return now


def put_back_all(mails: Sequence[Mail], *, by: Member) -> None:
    """Lay mails that were thrown away together, locked, back into the tray."""
    for mail in mails:
        mail.state, mail.thrown_at = MailState.WAITING, None
    events.record_many(PUT_BACK, [(one, {"subject": one.subject}) for one in mails], by=by, batch_id=new_id())


def forget_thrown() -> int:
    """Forget mails that were thrown away long ago, at most `AT_ONCE`; returns how many they were."""
    ids = queries.thrown_before(clock.now() - KEPT, AT_ONCE)
    if ids:
        attachments.forget_all(Mail.__tablename__, ids)
        db.session.execute(delete(Mail).where(Mail.id.in_(ids)))
    return len(ids)


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID, part: Part = ALL) -> list[UUID]:
    """Give the mails that wait for a leaver to `heir`; returns their ids."""
    found = queries.held_by(leaver_id, *part.of(Mail))
    for mail in found:
        _give(mail, heir)
    db.session.flush()
    search_actions.index([mail for mail in found if mail.state is MailState.FILED])
    events.record_many(HANDED_OVER, [(one, {"owner": heir.name}) for one in found], by=by, batch_id=batch_id)
    return [mail.id for mail in found]


handover.register(
    Holding(
        "mail.owner_id",
        lambda n: ngettext("%(num)s mail that waits", "%(num)s mails that wait", n),
        queries.count_held,
        hand_over,
    )
)


def _file(mail: Mail, hits: Iterable[Hit], *, by: Actor) -> None:
    people: dict[UUID, list[UUID]] = {}
    for hit in hits:
        people.setdefault(hit.account_id, []).extend([hit.contact_id] if hit.contact_id else [])
    found = accounts.lock_accounts(people)
    name = SENT if mail.direction is Direction.OUT else RECEIVED
    mail.state, mail.thrown_at = MailState.FILED, None
    for account in found:
        event = events.record(name, mail, by=by, changed=_facts(mail), account_id=account.id)
        contacts: Collection[UUID | None] = people[account.id] or [None]
        at = {"mail_id": mail.id, "account_id": account.id, "event_id": event.id}
        db.session.add_all(MailFiling(contact_id=contact_id, **at) for contact_id in contacts)
        if mail.direction is Direction.OUT and kind_queries.of(ActivityKind.MAIL).reaches:
            ownership.touch(account, min(mail.sent_at, clock.now()))
    if mail.direction is Direction.OUT:
        for one in queries.unanswered(mail.thread_id, mail.sent_at):
            settle(one, by=by)
    elif found:
        _give(mail, _owner(found) or mail.owner)
    db.session.flush()
    search_actions.index([mail])


def _owner(found: Sequence[Account]) -> Member | None:
    owners = [account.owner for account in found if account.owner is not None]
    return next((owner for owner in owners if owner.status is MemberStatus.ACTIVE), None)


def _give(mail: Mail, owner: Member | None) -> None:
    mail.owner_id, mail.team_id = (owner.id, owner.team_id) if owner else (None, None)


def _remember(contact: Contact, address: str, *, by: Member) -> None:
    """Keep an address with a contact: as his own where he has none, else as a further one."""
    known = {one.casefold() for one in (contact.email, *contact.mails) if one}
    if address in known:
        return
    line = {"kind": "mail", "value": address}
    values = {"lines": [*(contact.lines or []), line]} if contact.email else {"email": address}
    customers.change_contact(contact, values, version=None, by=by)


def _refuse_elsewhere(mail: Mail, state: MailState) -> None:
    if mail.state is not state:
        raise Elsewhere(_("A colleague has dealt with this mail a moment ago."))


def _facts(mail: Mail) -> dict[str, Any]:
    """What the timeline tells; it is read from the event alone."""
    to = [one["name"] or one["address"] for one in mail.recipients if one["kind"] != "bcc"]
    first = " ".join(mail.fresh.split())
    return {
        "subject": mail.subject,
        "from": mail.author,
        "to": to[:SHOWN],
        "more": max(len(to) - SHOWN, 0),
        "first": first[:FIRST],
        "is_long": len(first) > FIRST or len(mail.text) > len(mail.fresh),
        "files": mail.files,
        "sent_at": mail.sent_at,
    }
