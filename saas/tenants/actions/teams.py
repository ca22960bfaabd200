"""Teams: a tree of groups; the reach "team" covers one's own and those below."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _

from saas.db import db
from saas.errors import Conflict, Refused
from saas.tenants import events, queries
from saas.tenants.events import EventName
from saas.tenants.models import Member, Team


class NameTaken(Refused):
    """Another team has this name."""

    field = "name"


class NotEmpty(Conflict):
    """The team has members, or teams below it."""


def create(name: str, parent_id: UUID | None, *, by: Member) -> Team:
    """A new team, below another or at the top.

    Raises:
        NameTaken: another has the name.
    """
    _check_name(name, None)
    if parent_id is not None:
        queries.team(parent_id)
    team = Team(name=name, parent_id=parent_id)
    db.session.add(team)
    db.session.flush()
    events.record(EventName.TEAM_CHANGED, team, by=by, changed={"name": [None, name]})
    return team


def change(team: Team, *, name: str, parent_id: UUID | None, by: Member) -> None:
    """Another name, or another place in the tree.

    Raises:
        NameTaken: another has the name.
        Refused: it would lie below itself.
    """
    _check_name(name, team.id)
    if parent_id is not None and parent_id in queries.teams_below(team.id):
        raise Refused(_("A team can't lie below itself."), field="parent")
    if parent_id is not None:
        queries.team(parent_id)
    new = {"name": name, "parent_id": parent_id}
    changed = {field: [getattr(team, field), value] for field, value in new.items() if getattr(team, field) != value}
    team.name, team.parent_id = name, parent_id
    if changed:
        events.record(EventName.TEAM_CHANGED, team, by=by, changed=changed)


def remove(team: Team, *, by: Member) -> None:
    """Take an empty team away.

    Raises:
        NotEmpty: it has members, or teams below it.
    """
    if queries.count_in_team(team.id):
        raise NotEmpty(_("Move the members and teams of %(name)s first.", name=team.name))
    events.record(EventName.TEAM_CHANGED, team, by=by, changed={"name": [team.name, None]})
    db.session.delete(team)


def _check_name(name: str, own_id: UUID | None) -> None:
    if any(team.name.casefold() == name.casefold() and team.id != own_id for team in queries.teams()):
        raise NameTaken(_("There is a team of this name already."))
