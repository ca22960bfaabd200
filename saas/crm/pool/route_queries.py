"""Reads of the rules by which a pool is handed out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from saas.crm.customers.models import Account
from saas.crm.fields.models import OF_CUSTOMERS
from saas.crm.pool import queries
from saas.crm.pool.queries import IN_POOL
from saas.crm.pool.route_models import Route, RouteMember
from saas.crm.pool.routes import Deal, Rule, deal, in_turn
from saas.db import db
from saas.found import the_one
from saas.tenants import queries as tenants
from saas.tenants.models import Member

LOOKED_AT = 5_000  # customers of a pool that are dealt out for a hint
ASKED = (
    *(Account.country, Account.region, Account.city, Account.kind, Account.territory_id),
    *(getattr(Account, one) for one in OF_CUSTOMERS),
)


def _of(pool_id: UUID | None) -> ColumnElement[bool]:
    return Route.pool_id.is_(None) if pool_id is None else Route.pool_id == pool_id


def routes(pool_id: UUID | None) -> list[Route]:
    """The rules of a pool (None: the main one) in their order; the one for everybody else comes last."""
    return list(db.session.scalars(select(Route).where(_of(pool_id)).order_by(Route.position, Route.id)))


def route(pool_id: UUID | None, route_id: UUID) -> Route:
    """One rule of a pool.

    Raises:
        NotFound: it has none of that id.
    """
    return the_one(select(Route).where(_of(pool_id), Route.id == route_id))


def lock_routes(pool_id: UUID | None) -> list[Route]:
    """`routes`, held until the transaction ends: those who hand out, or change the order, take turns."""
    held = select(Route).where(_of(pool_id)).order_by(Route.position, Route.id).with_for_update()
    return list(db.session.scalars(held.execution_options(populate_existing=True)))


def members_of(route_ids: Collection[UUID]) -> dict[UUID, list[Member]]:
    """Rule → its members in turn, those who no longer work here included."""
    rows = select(RouteMember.route_id, Member).join(Member, Member.id == RouteMember.member_id)
    found: dict[UUID, list[Member]] = defaultdict(list)
    order = (RouteMember.position, RouteMember.id)
    for route_id, member in db.session.execute(rows.where(RouteMember.route_id.in_(route_ids)).order_by(*order)):
        found[route_id].append(member)
    return found


def rules_of(found: Collection[Route], members: Mapping[UUID, Sequence[Member]] | None = None) -> list[Rule]:
    """These rules as customers are held against them; `members` of each are read where they aren't at hand."""
    members = members_of([one.id for one in found]) if members is None else members
    return [
        Rule(
            one.id,
            one.property,
            tuple(one.values),
            in_turn([m.id for m in members.get(one.id, ())], one.last_member_id),
        )
        for one in found
    ]


def may_use(pool_id: UUID | None) -> list[Member]:
    """Who works here and may use a pool, by name."""
    seats = queries.seats(pool_id) if pool_id else []
    people, teams = {one.member_id for one in seats}, {one.team_id for one in seats if one.team_id}
    return [one for one in tenants.heirs() if not seats or one.id in people or one.team_id in teams]


def hint(pool_id: UUID | None) -> tuple[Deal, int, int]:
    """What handing out would do with those that lie longest in a pool; how many were looked at; how many lie there."""
    here = (*IN_POOL, Account.pool_id.is_(None) if pool_id is None else Account.pool_id == pool_id)
    rows = db.session.execute(select(*ASKED).where(*here).order_by(Account.pooled_at, Account.id).limit(LOOKED_AT))
    found, loads = rows.all(), queries.loads()
    held = {one.id: loads.get(one.id, 0) for one in may_use(pool_id)}
    dealt = deal(found, rules_of(routes(pool_id)), held, queries.rules(pool_id).holdings)
    if len(found) < LOOKED_AT:
        return dealt, len(found), len(found)
    return dealt, len(found), db.session.scalar(select(func.count()).select_from(Account).where(*here)) or 0


def taken_elsewhere(pool_id: UUID | None, property: str | None, but: UUID | None) -> set[str]:
    """The values that other rules of the pool by the same property name already."""
    others = select(Route.values).where(_of(pool_id), Route.property == property)
    if but is not None:
        others = others.where(Route.id != but)
    return {value for values in db.session.scalars(others) for value in values}
