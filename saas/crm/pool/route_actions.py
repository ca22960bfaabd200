"""What can be done with the rules by which a pool is handed out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete

from saas.crm.pool import queries, route_queries
from saas.crm.pool.route_models import PROPERTY_WORDS, TYPED, Route, RouteMember
from saas.db import db, new_id
from saas.errors import Forbidden, Refused
from saas.search import fold
from saas.tenants import events
from saas.tenants.models import Member
from saas.versions import Overtaken

ADDED, CHANGED, REMOVED = "pool.route_added", "pool.route_changed", "pool.route_removed"
MOST = 100  # rules of a pool
MOST_VALUES = 200  # of a rule


def add(
    pool_id: UUID | None, property: str | None, values: Sequence[str], members: Sequence[UUID], *, by: Member
) -> Route:
    """Add a rule behind the others, but before the one for everybody else.

    Args:
        pool_id: the pool; None: the main one.
        property: of PROPERTY_WORDS; None: whoever no other rule takes.
        values: what the property is.
        members: who gets such customers, in turn.
        by: an admin of the pool.

    Raises:
        Forbidden: `by` isn't.
        Refused: it names nothing or nobody, another rule names the same, or there are too many.
    """
    refuse_others(by, pool_id)
    found = route_queries.lock_routes(pool_id)
    if len(found) >= MOST:
        raise Refused(_("A pool has at most %(n)s rules.", n=MOST), field="which")
    if property is None and any(one.property is None for one in found):
        raise Refused(_("There is a rule for everybody else already."), field="members")
    kept = _settled(pool_id, property, values, members, None)
    made = Route(id=new_id(), pool_id=pool_id, property=property, values=kept, position=len(found))
    db.session.add(made)
    db.session.flush()
    _set_members(made, members)
    _number(_rest_last([*found, made]))
    events.record(ADDED, made, by=by, changed=told(made))
    return made


def change(route: Route, values: Sequence[str], members: Sequence[UUID], *, version: int | None, by: Member) -> None:
    """Say anew whom a rule takes, and who gets them.

    Raises:
        Forbidden: `by` isn't an admin of the pool.
        Overtaken: somebody changed it since `version`.
        Refused: it names nothing or nobody, or another rule names the same.
    """
    refuse_others(by, route.pool_id)
    if version is not None and version != route.version:
        raise Overtaken(route)
    kept = _settled(route.pool_id, route.property, values, members, route.id)
    before = [one.id for one in route_queries.members_of([route.id])[route.id]]
    if kept == route.values and list(members) == before:
        return
    changed = told(route) | {"values": [route.values, kept], "members": [len(before), len(members)]}
    route.values = kept
    _set_members(route, members)
    events.record(CHANGED, route, by=by, changed=changed)


def move(route: Route, position: int, *, by: Member) -> None:
    """Put a rule at `position` (from 0): the first that holds takes a customer; the one for everybody else stays last.

    Raises:
        Forbidden: `by` isn't an admin of the pool.
    """
    refuse_others(by, route.pool_id)
    found = route_queries.lock_routes(route.pool_id)
    others = [one for one in found if one.id != route.id]
    at = max(0, min(position, len(others)))
    ordered = _rest_last([*others[:at], route, *others[at:]])
    if [one.id for one in ordered] != [one.id for one in found]:
        _number(ordered)
        events.record(CHANGED, route, by=by, changed=told(route) | {"position": at})


def remove(route: Route, *, by: Member) -> None:
    """Take a rule out: its customers go by the next that holds.

    Raises:
        Forbidden: `by` isn't an admin of the pool.
    """
    refuse_others(by, route.pool_id)
    others = [one for one in route_queries.lock_routes(route.pool_id) if one.id != route.id]
    events.record(REMOVED, route, by=by, changed=told(route))
    db.session.delete(route)
    _number(others)
    db.session.flush()


def told(route: Route) -> dict[str, Any]:
    """A rule as the ledger and the trail keep it."""
    return {"property": route.property, "values": list(route.values)}


def refuse_others(by: Member, pool_id: UUID | None) -> None:
    """Let only an admin of the pool pass.

    Raises:
        Forbidden: `by` isn't one.
    """
    if not queries.leads(by, pool_id):
        raise Forbidden


def _settled(
    pool_id: UUID | None, property: str | None, values: Sequence[str], members: Sequence[UUID], route_id: UUID | None
) -> list[str]:
    """The values, each once; refused where they, or the members, can't stand."""
    if property is not None and property not in PROPERTY_WORDS:
        raise Refused(_("There is no such property."), field="which")
    known = {fold(one): one for one in reversed(values) if fold(one)}
    kept = [one for one in dict.fromkeys(values) if known.get(fold(one)) == one] if property else []
    if property is not None and not kept:
        raise Refused(_("Say which customers this rule takes."), field="which")
    if len(kept) > MOST_VALUES:
        raise Refused(_("A rule names at most %(n)s.", n=MOST_VALUES), field="which")
    taken = {fold(one) for one in route_queries.taken_elsewhere(pool_id, property, route_id)}
    twice = next((one for one in kept if fold(one) in taken), None)
    if twice is not None:
        said = _("“%(value)s” stands in another rule of this pool already.", value=twice)
        raise Refused(said if property in TYPED else _("Another rule of this pool names the same."), field="which")
    if not members:
        raise Refused(_("Choose who gets them."), field="members")
    if set(members) - {one.id for one in route_queries.may_use(pool_id)}:
        raise Refused(_("Choose only people who may use this pool."), field="members")
    return kept


def _set_members(route: Route, members: Sequence[UUID]) -> None:
    db.session.execute(delete(RouteMember).where(RouteMember.route_id == route.id))
    kept = dict.fromkeys(members)
    db.session.add_all(RouteMember(route_id=route.id, member_id=one, position=n) for n, one in enumerate(kept))
    db.session.flush()


def _rest_last(found: Sequence[Route]) -> list[Route]:
    return sorted(found, key=lambda one: one.property is None)


def _number(ordered: Sequence[Route]) -> None:
    for position, route in enumerate(ordered):
        route.position = position
