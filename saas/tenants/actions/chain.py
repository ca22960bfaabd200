"""The verbs of the chain that holds a workspace's trail: extend it, and check that nothing was done to it.

Events are written without waiting for each other; the chain follows behind. Its `seq`-th link is a keyed hash over the
link before and one event, so an altered, removed, moved or foreign row shows, to anybody but the holder of the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import func, insert, select

from saas.db import current_tenant, db
from saas.tenants import seal
from saas.tenants.models import Event, EventSeal

CLASS = 7301  # of advisory locks: one sealer for each workspace
PAGE = 1000  # links read at a time
TAIL = 20  # ids of unsealed events that are named


@dataclass(frozen=True)
class Head:
    """The last link of a chain."""

    seq: int
    hmac: bytes


class Wrong(StrEnum):
    """What can be the matter with a trail."""

    ALTERED = "altered"  # an event doesn't carry its own mark any more
    FORGED = "forged"  # an unsealed event that the service didn't write
    REMOVED = "removed"  # links, or the event of a link, are missing
    BROKEN = "broken"  # a link doesn't follow from the one before: moved, replaced, or one between was taken out
    CUT = "cut"  # the chain ended later once


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and where."""

    wrong: Wrong
    seq: int | None = None
    event_id: UUID | None = None

    def __str__(self) -> str:
        place = f" at link {self.seq}" if self.seq is not None else ""
        return f"{self.wrong}{place}" + (f", event {self.event_id}" if self.event_id else "")


@dataclass
class Check:
    """What a check of a whole trail found."""

    sealed: int = 0
    findings: list[Finding] = field(default_factory=list)
    unsealed: int = 0  # events not yet chained: a few seconds' worth
    tail: list[UUID] = field(default_factory=list)  # the first of them
    anchored: int | None = None  # up to which link an anchor outside the database bears the chain out

    @property
    def is_whole(self) -> bool:
        """True when nothing is wrong."""
        return not self.findings


def extend(limit: int, *, since: datetime | None = None) -> tuple[Head | None, int]:
    """Chain up to `limit` events not yet chained, in the order of their ids.

    Args:
        limit: events.
        since: leave out events from before this time (UTC), to look at little; None looks at all.

    Returns:
        The head after it, and how many events were chained; none while another process chains this workspace's.
    """
    turn = select(func.pg_try_advisory_xact_lock(CLASS, func.hashtext(str(current_tenant()))))
    if not db.session.scalar(turn):
        return None, 0
    key, head = _key(), _head()
    links = []
    for event in _unsealed(since, limit):
        row = _row(event)
        if not seal.is_same(event.mac, seal.mark(key, row)):
            continue  # not ours: it stays outside, where the check names it
        seq = head.seq + 1
        head = Head(seq, seal.link(key, seq, head.hmac, row))
        links.append({"seq": seq, "event_id": event.id, "hmac": head.hmac})
    if links:
        db.session.execute(insert(EventSeal), links)
    return head, len(links)


def verify(anchor: Head | None = None) -> Check:
    """Walk the whole chain of the workspace in scope, and look at what lies beside it.

    Args:
        anchor: the head as it was kept outside the database, if it was.
    """
    found, key = Check(), _key()
    before, expected = seal.BEGINNING, 1
    for link, event in _links():
        if link.seq != expected or event is None:
            found.findings.append(Finding(Wrong.REMOVED, expected))
        elif not seal.is_same(event.mac, seal.mark(key, row := _row(event))):
            found.findings.append(Finding(Wrong.ALTERED, link.seq, event.id))
        elif not seal.is_same(link.hmac, seal.link(key, link.seq, before, row)):
            found.findings.append(Finding(Wrong.BROKEN, link.seq, event.id))
        if anchor is not None and anchor.seq == link.seq:
            found.anchored = link.seq
            if not seal.is_same(anchor.hmac, link.hmac):
                found.findings.append(Finding(Wrong.BROKEN, link.seq, link.event_id))
        before, expected = link.hmac, link.seq + 1
        found.sealed += 1
    if anchor is not None and anchor.seq >= expected:
        found.findings.append(Finding(Wrong.CUT, expected))
    _look_at_unsealed(found, key)
    return found


def _look_at_unsealed(found: Check, key: bytes) -> None:
    for event in _unsealed(None, None):
        if not seal.is_same(event.mac, seal.mark(key, _row(event))):
            found.findings.append(Finding(Wrong.FORGED, None, event.id))
            continue
        found.unsealed += 1
        if len(found.tail) < TAIL:
            found.tail.append(event.id)


def _key() -> bytes:
    return seal.key(current_app.extensions["config"].secret_key, current_tenant())


def _row(event: Event) -> dict[str, Any]:
    return {field: getattr(event, field) for field in seal.FIELDS}


def _head() -> Head:
    last = db.session.execute(select(EventSeal.seq, EventSeal.hmac).order_by(EventSeal.seq.desc()).limit(1)).first()
    return Head(last.seq, last.hmac) if last else Head(0, seal.BEGINNING)


def _unsealed(since: datetime | None, limit: int | None) -> Iterator[Event]:
    wanted = select(Event).outerjoin(EventSeal, EventSeal.event_id == Event.id).where(EventSeal.id.is_(None))
    if since is not None:
        wanted = wanted.where(Event.created_at >= since)
    wanted = wanted.order_by(Event.id).limit(limit).execution_options(yield_per=PAGE)
    for event in db.session.scalars(wanted):
        yield event
        db.session.expunge(event)


def _links() -> Iterator[tuple[EventSeal, Event | None]]:
    """All links in order, each with its event, a page at a time."""
    after = -(2**62)
    while True:
        page = db.session.execute(
            select(EventSeal, Event)
            .outerjoin(Event, Event.id == EventSeal.event_id)
            .where(EventSeal.seq > after)
            .order_by(EventSeal.seq)
            .limit(PAGE)
        ).all()
        yield from ((link, event) for link, event in page)
        if len(page) < PAGE:
            return
        after = page[-1][0].seq
        db.session.expunge_all()
