"""How an event is told on a timeline: an icon and a sentence in the reader's language, made when it is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, or_, select

from saas.db import db
from saas.tenants.models import Event, Member, PortalUser

SIZE = 20  # events a page of a timeline
Tell = Callable[[Event, str], Markup | str]


@dataclass(frozen=True)
class Line:
    """One event, told."""

    id: UUID
    icon: str
    html: Markup | str
    at: datetime


ACTOR = "\ufffc"  # a character nobody types: keeps its place through the translation


def bold(text: object) -> Markup:
    """`text` set off in a sentence."""
    return Markup("<strong>{}</strong>").format(text)


def said(sentence: str, who: str) -> Markup:
    """A translated sentence in which `ACTOR` stands for the one who acted, set off."""
    return escape(sentence).replace(ACTOR, bold(who))


_stories: dict[str, tuple[str, Tell]] = {}


def story(name: str, icon: str) -> Callable[[Tell], Tell]:
    """Have events `name` told by this function: (event, the actor's name) → a sentence, Markup if it holds tags."""

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


_also: dict[str, list[Callable[[UUID], ColumnElement[bool]]]] = defaultdict(list)


def also(kind: str, events: Callable[[UUID], ColumnElement[bool]]) -> None:
    """Tell on the timeline of a record of `kind` (its id) these events too; said once, at import."""
    _also[kind].append(events)


def of_record(kind: str, record_id: UUID) -> ColumnElement[bool]:
    """The events of a record, and those that others want told on its timeline."""
    own = (Event.subject_kind == kind) & (Event.subject_id == record_id)
    return or_(own, *(events(record_id) for events in _also[kind]))


def told() -> frozenset[str]:
    """The names of the events that have a story; others are audit only."""
    return frozenset(_stories)


def timeline(*where: Any, before: UUID | None = None, many: int = SIZE) -> tuple[list[Line], UUID | None]:
    """The newest events that fit, told, and the id to go on from; two statements, whatever they hold."""
    statement = select(Event).where(*where, Event.name.in_(sorted(told()))).order_by(Event.id.desc()).limit(many + 1)
    for kind, within in _kept.items():
        if (condition := within()) is not None:
            statement = statement.where(or_(Event.subject_kind != kind, condition))
    if before is not None:
        statement = statement.where(Event.id < before)
    events = list(db.session.scalars(statement))
    following = events[many - 1].id if len(events) > many else None
    return lines(events[:many]), following


def lines(events: Sequence[Event]) -> list[Line]:
    """Each event as it is told, with the names of those who acted."""
    names = actor_names(events)
    found = []
    for event in events:
        icon, tell = _stories[event.name]
        found.append(Line(event.id, icon, tell(event, names.get(event.actor_id, _("Seaport"))), event.created_at))
    return found


def actor_names(events: Iterable[Event]) -> dict[UUID | None, str]:
    """Actor id → name for these events, in one statement."""
    ids = {e.actor_id for e in events if e.actor_id is not None}
    if not ids:
        return {}
    members = select(Member.id, Member.name).where(Member.id.in_(ids))
    portal = select(PortalUser.id, PortalUser.name).where(PortalUser.id.in_(ids))
    return {row[0]: row[1] for row in db.session.execute(members.union_all(portal))}
