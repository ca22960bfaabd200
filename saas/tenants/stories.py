"""How an event is told on a timeline: an icon and a sentence in the reader's language, made when it is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, bindparam, func, or_, select

from saas import drawn
from saas.db import db
from saas.statements import RECORD, Statement, written_once
from saas.tenants.models import Event, Member, PortalUser

SIZE = 20  # events a page of a timeline
Tell = Callable[[Event, str], Markup | str]
Icon = str | Callable[[Event], str]


@dataclass(frozen=True)
class Line:
    """One event; it is told when it is drawn."""

    event: Event
    who: str | None  # the one who acted

    @property
    def icon(self) -> str:
        """Of its kind."""
        icon = _stories[self.event.name][0]
        return icon if isinstance(icon, str) else icon(self.event)

    @property
    def html(self) -> Markup | str:
        """Its sentence."""
        return _stories[self.event.name][1](self.event, self.who or _("Seaport"))

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.event.created_at


def drawn_from(lines: Sequence[Line]) -> Hashable | None:
    """What tells a timeline from every other: events never change, and are told in the words of the moment."""
    place = drawn.place(*(request.view_args or {}).items())
    return place and (place, *[(line.event.id, line.who) for line in lines])


ACTOR = "\ufffc"  # a character nobody types: keeps its place through the translation


def bold(text: object) -> Markup:
    """`text` set off in a sentence."""
    return Markup("<strong>{}</strong>").format(text)


def said(sentence: str, who: str) -> Markup:
    """A translated sentence in which `ACTOR` stands for the one who acted, set off."""
    return escape(sentence).replace(ACTOR, bold(who))


def note(text: object) -> Markup:
    """What was said with it, below its sentence; nothing where nothing was."""
    return Markup('<span class="event-note">{}</span>').format(text) if text else Markup("")


_stories: dict[str, tuple[Icon, Tell]] = {}


def story(name: str, icon: Icon) -> Callable[[Tell], Tell]:
    """Have events `name` told by this function: (event, the actor's name) → a sentence, Markup if it holds tags; beside
    it an icon, the same for all of them or one for each.
    """

    def add(tell: Tell) -> Tell:
        _stories[name] = (icon, tell)
        return tell

    return add


_kept: dict[str, Callable[[], ColumnElement[bool] | None]] = {}


def keep(kind: str, within: Callable[[], ColumnElement[bool] | None]) -> None:
    """Show events of records of `kind` on a timeline only where `within()` holds for the present reader; None: all.

    A customer's page is open to many whose reach doesn't cover every record that hangs on that customer.
    """
    _kept[kind] = within


Values = Callable[[UUID], dict[str, Any]]
_also: dict[str, list[tuple[ColumnElement[bool], Values]]] = defaultdict(list)


def also(kind: str, events: ColumnElement[bool], values: Values = lambda _record_id: {}) -> None:
    """Tell on the timeline of records of `kind` these events too; said once, at import.

    Args:
        kind: the record's table.
        events: their condition; `RECORD` in it is the record.
        values: the record's id → those of the other `bindparam`s in the condition.
    """
    _also[kind].append((events, values))


def of_record(kind: str, record_id: UUID, before: UUID | None = None) -> tuple[list[Line], UUID | None]:
    """The `timeline` of a record: its own events, and those that others want told there."""
    values: dict[str, Any] = {"record_id": record_id}
    for _events, more in _also[kind]:
        values |= more(record_id)
    return timeline(_events_of(kind), before=before, **values)


@lru_cache(maxsize=64)
def _events_of(kind: str) -> ColumnElement[bool]:
    own = (Event.subject_kind == kind) & (Event.subject_id == RECORD)
    return or_(own, *(events for events, _values in _also[kind]))


def told() -> frozenset[str]:
    """The names of the events that have a story; others are audit only."""
    return frozenset(_stories)


@written_once
def _newest(
    where: ColumnElement[bool],
    within: tuple[tuple[str, ColumnElement[bool]], ...],
    is_first: bool,
    only: frozenset[str] | None,
) -> Statement:
    """The newest events with the names of those who acted."""
    kept = (or_(Event.subject_kind != kind, condition) for kind, condition in within)
    # Written into its text: they are too many to be sent each time.
    names: Any = bindparam("names", sorted(told() if only is None else only), expanding=True, literal_execute=True)
    statement = (
        select(Event, func.coalesce(Member.name, PortalUser.name).label("who"))
        .outerjoin(Member, Member.id == Event.actor_id)
        .outerjoin(PortalUser, PortalUser.id == Event.actor_id)
        .where(where, Event.name.in_(names), *kept)
        .order_by(Event.id.desc())
        .limit(SIZE + 1)
    )
    return statement if is_first else statement.where(Event.id < bindparam("before"))


def timeline(
    where: ColumnElement[bool], *, before: UUID | None = None, only: frozenset[str] | None = None, **values: Any
) -> tuple[list[Line], UUID | None]:
    """The newest events that fit, told, and the id to go on from; one statement, whatever they hold.

    Args:
        where: a condition written once; `values` are those of its `bindparam`s.
        before: the id that an earlier page ended with.
        only: the names of the events that are told; all that have a story when left out.
    """
    within = tuple((kind, condition) for kind, of in _kept.items() if (condition := of()) is not None)
    if before is not None:
        values["before"] = before
    found = _newest(where, within, before is None, only).rows(**values)
    following = found[SIZE - 1].Event.id if len(found) > SIZE else None
    return [Line(event, who) for event, who in found[:SIZE]], following


def actor_names(events: Iterable[Event]) -> dict[UUID | None, str]:
    """Actor id → name for these events, in one statement."""
    ids = {e.actor_id for e in events if e.actor_id is not None}
    if not ids:
        return {}
    members = select(Member.id, Member.name).where(Member.id.in_(ids))
    portal = select(PortalUser.id, PortalUser.name).where(PortalUser.id.in_(ids))
    return {row[0]: row[1] for row in db.session.execute(members.union_all(portal))}
