"""The verbs of segments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from saas import clock
from saas.crm.fields import segment_queries as queries
from saas.crm.fields.segment_models import Audience, FirstSegment, Segment
from saas.db import db
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.versions import Overtaken

CREATED, CHANGED, ARCHIVED, RESTORED = "segment.created", "segment.changed", "segment.archived", "segment.restored"
MOST = 30  # segments a member keeps


def save(name: str, asked: Mapping[str, str], *, audience: Audience, by: Member) -> Segment:
    """Keep a view of the list under a name, at the end of the menu.

    Args:
        name: in the menu.
        asked: the arguments of the list's address that make the view.
        audience: who finds it in his menu.
        by: whose it is.

    Raises:
        Refused: he keeps as many as he may, or has no team to share it with.
    """
    if queries.count_of(by) >= MOST:
        raise Refused(_("You keep %(n)s views already. Take one out first.", n=MOST), field="name")
    _check_team(audience, by)
    position = len(queries.lock_all())
    made = Segment(name=name.strip(), audience=audience, owner=by, owner_id=by.id, asked=dict(asked), position=position)
    made.team_id = by.team_id if audience is Audience.TEAM else None
    db.session.add(made)
    db.session.flush()
    events.record(CREATED, made, by=by, changed={"name": made.name})
    return made


def change(segment: Segment, name: str, audience: Audience, *, version: int | None, by: Member) -> None:
    """Give a segment another name or audience.

    Raises:
        Overtaken: somebody changed it since `version`.
        Refused: its owner has no team to share it with.
    """
    if version is not None and version != segment.version:
        raise Overtaken(segment)
    _check_team(audience, segment.owner)
    team_id = segment.owner.team_id if audience is Audience.TEAM else None
    _set(segment, {"name": name.strip(), "audience": audience, "team_id": team_id}, by=by)


def keep(segment: Segment, asked: Mapping[str, str], *, by: Member) -> None:
    """Have a segment show what the list shows now."""
    _set(segment, {"asked": dict(asked)}, by=by)


def place(segment: Segment, position: int, *, by: Member) -> None:
    """Put a segment at `position` (from 0) of the menu; the others close up."""
    found = queries.lock_all()
    others = [s for s in found if s.id != segment.id]
    at = max(0, min(position, len(others)))
    ordered = [*others[:at], segment, *others[at:]]
    if [s.id for s in ordered] == [s.id for s in found]:
        return
    for number, one in enumerate(ordered):
        if one.position != number:
            one.position = number
    events.record(CHANGED, segment, by=by, changed={"name": segment.name, "position": at})


def open_with(segment: Segment | None, *, by: Member) -> None:
    """Have the list of a member open with a segment; None: with everything."""
    kept = queries.first(by)
    if segment is None:
        if kept is not None:
            db.session.delete(kept)
            events.record(CHANGED, by, by=by, changed={"first": None})
        return
    if kept is None:
        kept = FirstSegment(member_id=by.id, segment_id=segment.id)
        db.session.add(kept)
    elif kept.segment_id == segment.id:
        return
    kept.segment_id = segment.id
    events.record(CHANGED, segment, by=by, changed={"name": segment.name, "first": by.name})


def archive(segment: Segment, *, by: Member) -> None:
    """Take a segment out of the menu."""
    if segment.archived_at is None:
        segment.archived_at = clock.now()
        events.record(ARCHIVED, segment, by=by, changed={"name": segment.name})


def restore(segment: Segment, *, by: Member) -> None:
    """Put a segment back into the menu."""
    if segment.archived_at is not None:
        segment.archived_at = None
        events.record(RESTORED, segment, by=by, changed={"name": segment.name})


def _set(segment: Segment, values: dict[str, Any], *, by: Member) -> None:
    changed = {k: [getattr(segment, k), v] for k, v in values.items() if getattr(segment, k) != v}
    for name, (_before, after) in changed.items():
        setattr(segment, name, after)
    if changed:
        db.session.flush()
        events.record(CHANGED, segment, by=by, changed={"name": segment.name} | changed)


def _check_team(audience: Audience, owner: Member) -> None:
    if audience is Audience.TEAM and owner.team_id is None:
        raise Refused(_("There is no team to share it with yet."), field="audience")
