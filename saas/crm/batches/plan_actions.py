"""An activity for each customer of a batch, spread over days and people, and taken back again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any
from uuid import UUID

from saas.crm.activities import actions as activities
from saas.crm.activities import queries as planned
from saas.crm.activities import times
from saas.crm.activities.models import Activity
from saas.crm.batches.models import Batch, Reason, Whose
from saas.crm.batches.spread import Spread
from saas.crm.customers.models import Account
from saas.errors import Conflict, NotFound
from saas.tenants import queries as tenants
from saas.tenants.models import Member, MemberStatus
from saas.tenants.permissions import Permission


def plan_one(batch: Batch, account: Account, by: Member) -> Activity | Reason:
    """Plan the activity of one customer; why not, where nobody is there to do it.

    Whose turn it is and how many each has by now stands in the batch's options, written with the row itself.
    """
    owner = _whose_turn(batch, account, by)
    if owner is None:
        return Reason.POOL
    if owner.status is not MemberStatus.ACTIVE:
        return Reason.NOBODY
    options, key = batch.options, str(owner.id)
    counts = dict(options.get("counts", {}))
    slot = spread_of(options).slot(counts.get(key, 0))
    when: dict[str, Any] = {"due_on": slot.on}
    if slot.minute is not None:
        when = {"starts_at": times.instant(slot.on, time(*divmod(slot.minute, 60)), owner.timezone)}
    values = {name: options[name] for name in ("kind", "subject", "text", "minutes", "reminders")}
    made = activities.plan(values | when | {"account_id": account.id}, owner=owner, by=by)
    counts[key] = counts.get(key, 0) + 1
    batch.options = options | {"counts": counts, "turn": options.get("turn", 0) + 1}
    return made


def take_back(image: Mapping[str, Any], by: Member) -> bool:
    """Call an activity off again; False where it was moved, done, called off or given to somebody else since."""
    starts_at, activity_id = image["activity_id"]
    try:
        activity = planned.lock_activity(UUID(activity_id))
        if activity.starts_at.isoformat() != starts_at:
            return False
        if not tenants.who_is(by).may(Permission.ACTIVITY_EDIT, activity):
            return False
        activities.cancel(activity, by=by)
    except (NotFound, Conflict):
        return False
    return True


def image_of(activity: Activity) -> dict[str, Any]:
    """What an undo needs to know of an activity."""
    return {"activity_id": [activity.starts_at.isoformat(), str(activity.id)]}


def spread_of(options: Mapping[str, Any]) -> Spread:
    """How each person's activities lie."""
    first = date.fromisoformat(options["first"])
    return Spread(first, options["per_day"], options["minute"], options["minutes"])


def _whose_turn(batch: Batch, account: Account, by: Member) -> Member | None:
    options = batch.options
    if options["whose"] == Whose.OWNER:
        return tenants.member(account.owner_id) if account.owner_id else None
    if options["whose"] == Whose.MINE:
        return by
    ids = options["members"]
    return tenants.member(UUID(ids[options.get("turn", 0) % len(ids)]))
