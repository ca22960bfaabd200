"""A move from stage to stage, or an end, taken back."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _

from saas import clock
from saas.crm.customers import purchase_actions as customers
from saas.crm.opportunities import pipeline, queries
from saas.crm.opportunities import purchase_actions as purchases
from saas.crm.opportunities.actions import Closed, check_changeable
from saas.crm.opportunities.models import Opportunity, Result, StageChange
from saas.db import db
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.scope import Actor

MOVED_BACK, OPENED_BACK = "opportunity.moved_back", "opportunity.opened_back"
SLIP = timedelta(hours=1)  # how long an end may be taken back as a slip; later, whoever opens it again says why


def move_back(opportunity: Opportunity, *, version: int | None, by: Actor) -> None:
    """Take back the last move of a deal: it stands where it stood, since when it stood there and as likely as it was.
    The step is no part of its way any more, as if it had never been; the trail tells of both.

    Raises:
        Overtaken: the record is no longer at `version`.
        Archived: it was put away.
        Closed: it is won or lost.
        Refused: its last step was no move, or its stage was taken out since.
    """
    check_changeable(opportunity, version)
    if not opportunity.is_open:
        raise Closed(_("%(name)s is closed. Reopen it first.", name=opportunity.name))
    before, last = _last_two(opportunity)
    changed = pipeline.step_facts(opportunity, before.stage)
    event = queries.last_move(opportunity.id, before.stage_id, last.stage_id)
    known = event.changed.get("probability") if event is not None else None  # older events don't tell
    opportunity.probability = known[0] if known else before.stage.probability
    changed["probability"][1] = opportunity.probability
    opportunity.stage, opportunity.stage_id = before.stage, before.stage_id
    opportunity.stage_since = before.changed_at
    db.session.flush()  # a faster colleague shows here, before anything is written down
    db.session.delete(last)
    events.record(MOVED_BACK, opportunity, by=by, changed=changed)


def open_back(opportunity: Opportunity, *, by: Actor) -> None:
    """Take back the end that `by` has just given a deal: it is open where it stood, since when it stood there and as
    likely as it was. It doesn't count as opened again, since it never was over; the trail tells of both.

    Raises:
        Archived: it was put away.
        Refused: it is open, somebody else ended it, or that was longer ago than a slip.
    """
    check_changeable(opportunity, None)
    steps = queries.changes(opportunity.id)
    ended = queries.last_end(opportunity.id)
    is_slip = ended is not None and ended.actor_id == by.id and clock.now() - ended.created_at < SLIP
    if opportunity.is_open or ended is None or not is_slip or len(steps) < 2 or steps[-1].result is Result.OPEN:
        raise Refused(_("There is no end of %(name)s to take back. Open it again, and say why.", name=opportunity.name))
    result, stage = opportunity.result, pipeline.again(opportunity.stage)
    known = ended.changed.get("probability")  # older events don't tell
    opportunity.result, opportunity.probability = Result.OPEN, known[0] if known else stage.probability
    opportunity.loss, opportunity.reason, opportunity.closed_on = None, None, None
    opportunity.stage, opportunity.stage_id, opportunity.stage_since = stage, stage.id, steps[-2].changed_at
    db.session.flush()  # a faster colleague shows here, before anything is written down
    db.session.delete(steps[-1])
    changed = {"name": opportunity.name, "result": [result, Result.OPEN]}
    events.record(OPENED_BACK, opportunity, by=by, changed=changed)
    if result is Result.WON and opportunity.account_id:
        customers.withdraw_purchases([opportunity.account_id], by=by)
    purchases.tell_open([opportunity.account_id])


def _last_two(opportunity: Opportunity) -> tuple[StageChange, StageChange]:
    steps = queries.changes(opportunity.id)[-2:]
    are_moves = len(steps) == 2 and all(step.result is Result.OPEN for step in steps)
    if not are_moves or steps[1].stage_id != opportunity.stage_id or steps[0].stage.archived_at is not None:
        raise Refused(_("There is no move of %(name)s to take back.", name=opportunity.name))
    return steps[0], steps[1]
