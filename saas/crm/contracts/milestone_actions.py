"""What is due under a contract: named with its day, done, taken up again, dropped."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from saas import clock
from saas.crm.contracts import queries
from saas.crm.contracts.actions import NotNow
from saas.crm.contracts.models import Contract, Milestone
from saas.db import db, new_id
from saas.tenants import events
from saas.tenants.models import Member

ADDED, DROPPED = "contract.milestone_added", "contract.milestone_dropped"
DONE, REOPENED = "contract.milestone_done", "contract.milestone_reopened"
MOST = 100  # of one contract


def add(contract: Contract, *, name: str, due_on: date, amount: Decimal | None, by: Member) -> Milestone:
    """Name something that is due on a day, with the amount that goes with it.

    Raises:
        NotNow: the contract was thrown away, or has as many as it holds.
    """
    contract = queries.lock_contract(contract.id)
    if contract.archived_at is not None:
        raise NotNow(_("%(number)s was thrown away.", number=contract.label))
    if len(queries.milestones(contract.id)) >= MOST:
        raise NotNow(_("A contract holds %(most)s milestones at most.", most=MOST), field="name")
    made = Milestone(id=new_id(), contract_id=contract.id, name=name, due_on=due_on, amount=amount)
    db.session.add(made)
    _touch(contract)
    events.record(ADDED, contract, by=by, changed=_about(contract, made))
    return made


def settle(milestone: Milestone, *, is_done: bool, by: Member) -> None:
    """It is done, or isn't after all; said twice, it is noted once."""
    if (milestone.done_at is not None) is is_done:
        return
    milestone.done_at = clock.now() if is_done else None
    contract = milestone.contract
    events.record(DONE if is_done else REOPENED, contract, by=by, changed=_about(contract, milestone))


def drop(milestone: Milestone, *, by: Member) -> None:
    """Take one off that isn't due after all.

    Raises:
        NotNow: it is done.
    """
    if milestone.done_at is not None:
        raise NotNow(_("“%(what)s” is done. Take it up again first.", what=milestone.name))
    contract = milestone.contract
    events.record(DROPPED, contract, by=by, changed=_about(contract, milestone))
    db.session.delete(milestone)
    _touch(contract)


def _touch(contract: Contract) -> None:
    """What is due stands on the paper: its PDF is another from now on."""
    contract.updated_at = clock.now()
    db.session.flush()


def _about(contract: Contract, milestone: Milestone) -> dict[str, Any]:
    told = {"name": milestone.name, "due_on": milestone.due_on, "amount": milestone.amount}
    return {"number": contract.label, "currency": contract.currency} | told
