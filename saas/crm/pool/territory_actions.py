"""New customers of a territory that lie free: handed out to its members, or offered to them."""

from __future__ import annotations

from datetime import datetime, timedelta

from saas import clock
from saas.crm.customers import territory_queries as territories
from saas.crm.customers.territory_models import Fresh, Territory
from saas.crm.pool import batch_actions
from saas.crm.pool import territory_queries as queries
from saas.crm.pool.models import Way
from saas.db import new_id
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.readers import reading_as

FRESH = "territory.fresh"
A_DAY = timedelta(days=1)


def hand_out() -> int:
    """Give new customers to whichever member of their territory holds fewest; returns how many were given.

    Its manager gives them, so that rights and rules are those of anybody who gives away from the pool. Whoever has no
    room is passed over; a customer for whom nobody has room stays, and the next run tries again.
    """
    return sum(_hand_out(one) for one in queries.doing(Fresh.HANDED_OUT))


def _hand_out(territory: Territory) -> int:
    chosen, members = queries.fresh_ids(territory.id), territories.members_of(territory.id)
    if not chosen or not members or territory.manager_id is None:
        return 0
    manager = tenants.member(territory.manager_id)
    with reading_as(manager):
        found = batch_actions.distribute(chosen, members, Way.LOAD, by=manager, batch_id=new_id())
    return sum(1 for one in found if one.owner is not None)


def offer(at: datetime) -> int:
    """Tell members of a territory how many new customers lie free there since the day before; once a day each.

    Args:
        at: the morning, aware.

    Returns:
        How many were told.
    """
    told = 0
    for territory in queries.doing(Fresh.OFFERED):
        many, name = queries.added(territory.id, clock.now() - A_DAY)
        for member in territories.members_of(territory.id) if many else ():
            key = f"{FRESH}:{territory.id}@{at:%Y-%m-%d}"
            url = f"/{scope.workspace().slug}/pool/?territory={territory.id}"
            notices.tell(member, FRESH, key, url, count=many, name=name, territory=territory.name)
            told += 1
    return told
