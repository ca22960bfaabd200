"""Mail that comes in: one message as strangers wrote it, read in the limited child."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from saas import child
from saas.errors import NotReady, Refused
from saas.search import fold

LARGEST = 25 * child.MIB  # bytes of a message with all that is attached
AGAIN = {"time", "memory", "answer", "broken"}  # why a second, plainer try may end better

TOO_LARGE = _l("This message is larger than %(n)s MB, so it was not taken.")
UNREADABLE = _l("This message can't be read.")
BUSY = _l("Many messages are being read right now.")


@dataclass(frozen=True)
class Person:
    """Somebody in the head of a message."""

    name: str  # empty where only the address stands there
    address: str  # folded


@dataclass(frozen=True)
class Forwarded:
    """A message that stands in the text of another."""

    sender: Person
    subject: str
    text: str


@dataclass(frozen=True)
class Message:
    """A message, as far as anybody needs to know it.

    key: its Message-ID, or what stands for one; the same message has the same each time.
    refs: keys of those that it answers, the nearest first.
    recipients: (to, cc or bcc, who).
    delivered: addresses to which servers on the way delivered it.
    fresh: the text without the message that it answers.
    html: of a few harmless tags.
    files: names and bytes; `left_out` are names of those that weren't taken.
    forwarded: one that stands in its text; inner: one that is attached.
    """

    key: str
    refs: tuple[str, ...]
    subject: str
    sender: Person
    recipients: tuple[tuple[str, Person], ...]
    delivered: tuple[str, ...]
    sent_at: datetime | None
    text: str
    fresh: str
    html: str | None
    is_auto: bool
    is_doubtful: bool
    files: tuple[tuple[str, bytes], ...]
    left_out: tuple[str, ...]
    forwarded: Forwarded | None
    inner: Message | None

    def addresses(self) -> list[str]:
        """All addresses to which it went, once each."""
        return list(dict.fromkeys([person.address for _kind, person in self.recipients] + list(self.delivered)))


def read(raw: bytes) -> Message:
    """Read a message; one that breaks what reads it is read once more, without its HTML and quotes.

    Args:
        raw: as it came.

    Raises:
        Refused: it is too large, or can't be read at all.
        NotReady: too many are being read right now.
    """
    if len(raw) > LARGEST:
        raise Refused(str(TOO_LARGE) % {"n": LARGEST // child.MIB})
    try:
        return _read(raw, plain=False)
    except child.Stopped as stop:
        if stop.why not in AGAIN:
            raise _said(stop) from None
    try:
        return _read(raw, plain=True)
    except child.Stopped as stop:
        raise _said(stop) from None


def _said(stop: child.Stopped) -> Exception:
    return NotReady(str(BUSY)) if stop.why == "busy" else Refused(str(UNREADABLE))


def _read(raw: bytes, *, plain: bool) -> Message:
    with closing(child.stream("messages.read", raw, plain=plain)) as parts:
        head = next(parts)
        files = tuple(_files(parts))
    found = _message(head, hashlib.sha256(raw).hexdigest())
    return replace(found, files=files)


def _files(parts: Generator[Any]) -> Generator[tuple[str, bytes]]:
    for told in parts:
        yield told["file"], next(parts)


def _message(head: dict[str, Any], digest: str) -> Message:
    forwarded, inner = head["forwarded"], head["inner"]
    return Message(
        key=head["identifier"] or f"sha256:{digest}",
        refs=tuple(head["refs"]),
        subject=head["subject"],
        sender=_person(*head["sender"]),
        recipients=tuple((kind, _person(name, address)) for kind, name, address in head["recipients"]),
        delivered=tuple(fold(address) for address in head["delivered"]),
        sent_at=_instant(head["sent_at"]),
        text=head["text"],
        fresh=head["fresh"],
        html=head["html"],
        is_auto=head["is_auto"],
        is_doubtful=head["is_doubtful"],
        files=(),
        left_out=tuple(head["left_out"]),
        forwarded=_forwarded(forwarded) if forwarded else None,
        inner=_message(inner, f"{digest}:inner") if inner else None,
    )


def _forwarded(told: dict[str, Any]) -> Forwarded:
    return Forwarded(_person(*told["sender"]), told["subject"], told["text"])


def _person(name: str, address: str) -> Person:
    return Person(name if fold(name) != fold(address) else "", fold(address))


def _instant(text: str | None) -> datetime | None:
    """An instant, UTC; one without a zone is taken for UTC, one before mail was thought of for none."""
    try:
        found = datetime.fromisoformat(text or "")
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year >= 1971 else None
