"""What can be done with promises to customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from saas import clock
from saas.archive import refuse_archived
from saas.crm.activities import promise_queries
from saas.crm.activities.models import Promise
from saas.crm.customers.models import Account
from saas.db import db
from saas.errors import Conflict
from saas.tenants import events, handover
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member
from saas.tenants.scope import Actor

MADE, KEPT, BROKEN, REOPENED = "promise.made", "promise.kept", "promise.broken", "promise.reopened"
HANDED_OVER = "promise.handed_over"


_watching: list[Callable[[Promise], object]] = []


def watch_settled(told: Callable[[Promise], object]) -> None:
    """Have it told when a promise is kept or broken, or taken up again. Done at import."""
    _watching.append(told)


class Settled(Conflict):
    """The promise is kept or broken already."""


def make(account: Account, text: str, due_on: date, *, owner: Member, by: Actor) -> Promise:
    """Write down what was promised to a customer.

    Raises:
        Archived: the customer was put away.
    """
    refuse_archived(account)
    made = Promise(account_id=account.id, text=text, due_on=due_on, owner_id=owner.id, team_id=owner.team_id)
    db.session.add(made)
    db.session.flush()
    events.record(MADE, made, by=by, changed={"text": text, "due_on": due_on, "owner": owner.name})
    return made


def settle(promise: Promise, *, is_kept: bool, by: Actor) -> None:
    """Say that a promise was kept, or broken.

    Raises:
        Settled: somebody has said so already.
    """
    if promise.settled_at is not None:
        raise Settled(_("This was settled a moment ago."))
    promise.settled_at, promise.is_kept = clock.now(), is_kept
    events.record(KEPT if is_kept else BROKEN, promise, by=by, changed={"text": promise.text})
    _tell(promise)


def reopen(promise: Promise, *, by: Actor) -> None:
    """Take back that it is settled."""
    if promise.settled_at is not None:
        promise.settled_at, promise.is_kept = None, None
        events.record(REOPENED, promise, by=by, changed={"text": promise.text})
        _tell(promise)


def _tell(promise: Promise) -> None:
    db.session.flush()
    for told in _watching:
        told(promise)


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID, part: Part = ALL) -> list[UUID]:
    """Give the open promises of a leaver to `heir`; returns their ids."""
    found = promise_queries.open_of(leaver_id, *part.of(Promise))
    for promise in found:
        promise.owner_id, promise.team_id = heir.id, heir.team_id
    rows = [(promise, {"text": promise.text, "owner": heir.name}) for promise in found]
    events.record_many(HANDED_OVER, rows, by=by, batch_id=batch_id)
    return [promise.id for promise in found]


handover.register(
    Holding(
        "promise.owner_id",
        lambda n: ngettext("%(num)s open promise", "%(num)s open promises", n),
        promise_queries.count_open,
        hand_over,
    )
)
