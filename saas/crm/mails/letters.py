"""What a message turns out to be once one knows who is who: whose it is, to whom it went, what is forwarded in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from saas.crm.mails.models import Direction
from saas.messages import Message, Person
from saas.tenants.models import Member


@dataclass(frozen=True)
class Known:
    """Who is who.

    ours: addresses of ours: of colleagues, of the mailbox, secret ones.
    secret: those of them that nobody may see.
    members: address → the colleague.
    dropper: whose secret address it came to.
    """

    ours: Collection[str]
    secret: Collection[str]
    members: Mapping[str, Member]
    dropper: Member | None


@dataclass(frozen=True)
class Letter:
    """A message, sorted out.

    author: which of us wrote it.
    others: addresses of those who aren't us and to whom, or from whom, it is.
    is_clear: False of one that may not be from whom it says, or whose forwarded part can't be found.
    is_internal: it is between colleagues, and nobody asked to have it filed.
    """

    message: Message
    direction: Direction
    author: Member | None
    others: tuple[str, ...]
    is_clear: bool
    is_internal: bool = False


def sorted_out(message: Message, known: Known) -> Letter:
    """Find out what a message is.

    Mail that only claims to be from a colleague doesn't count as ours: what comes to a colleague's secret address does.
    """
    is_ours = message.sender.address in known.ours and (known.dropper is not None or not message.is_doubtful)
    outside = tuple(_outside(message, known))
    if is_ours and outside:
        return _sent(message, known, outside)
    if is_ours and known.dropper is not None:
        return _forwarded(message, known)
    if is_ours:
        return Letter(message, Direction.OUT, known.members.get(message.sender.address), (), False, is_internal=True)
    sender = message.sender.address
    is_clear = not message.is_doubtful and sender not in known.ours and bool(sender)
    return Letter(message, Direction.IN, None, (sender,) if sender else (), is_clear)


def sent_under_another_name(letter: Letter, known: Known) -> Letter:
    """The same letter, taken for one that the colleague wrote who had it filed, from an address that nobody knows."""
    return _sent(letter.message, known, tuple(_outside(letter.message, known)))


def shown_recipients(message: Message, known: Known) -> list[dict[str, object]]:
    """To whom it went, without addresses that are secret; colleagues have their names."""
    names = {address: member.name for address, member in known.members.items()}
    return [
        {
            "kind": kind,
            "name": person.name or names.get(person.address, ""),
            "address": person.address,
            "is_ours": person.address in known.ours,
        }
        for kind, person in message.recipients
        if person.address not in known.secret
    ]


def _outside(message: Message, known: Known) -> list[str]:
    found = [person.address for _kind, person in message.recipients if person.address not in known.ours]
    return list(dict.fromkeys(found))


def _sent(message: Message, known: Known, outside: tuple[str, ...]) -> Letter:
    author = known.members.get(message.sender.address) or known.dropper
    return Letter(message, Direction.OUT, author, outside, True)


def _forwarded(message: Message, known: Known) -> Letter:
    """A colleague had a mail filed by forwarding it: what counts is that mail."""
    if message.inner is not None:
        inner = replace(message.inner, files=message.files, left_out=(*message.inner.left_out, *message.left_out))
        return sorted_out(replace(inner, is_doubtful=False), replace(known, dropper=None))
    if message.forwarded is None:
        return Letter(message, Direction.IN, None, (), False)
    told = message.forwarded
    plain = replace(message, subject=told.subject, sender=told.sender, text=told.text, fresh=told.text, html=None)
    return sorted_out(replace(plain, recipients=_to(known.dropper), is_doubtful=False), replace(known, dropper=None))


def _to(member: Member | None) -> tuple[tuple[str, Person], ...]:
    return (("to", Person(member.name, member.email or "")),) if member is not None else ()
