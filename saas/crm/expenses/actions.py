"""What can be done with expenses: write, change, hand in, approve, send back, pay, throw away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from saas import clock
from saas.crm.activities.models import Activity
from saas.crm.customers.actions import apply
from saas.crm.customers.models import Account
from saas.crm.expenses import queries
from saas.crm.expenses.models import Expense, ExpenseSheet, ExpenseState
from saas.crm.opportunities.models import Opportunity
from saas.crm.papers import line_actions, print_actions
from saas.crm.papers.models import PaperPrint
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events, numbers, scope
from saas.tenants.models import Member
from saas.versions import refuse_overtaken

CREATED, CHANGED, DISCARDED = "expense.created", "expense.changed", "expense.discarded"
HANDED_IN, APPROVED, SENT_BACK, PAID = "expense.handed_in", "expense.approved", "expense.sent_back", "expense.paid"
PRINTED = "expense_sheet.printed"


class NotNow(Refused):
    """The expense's state doesn't allow it."""


class NotYours(Refused):
    """Somebody else has to approve it."""


def create_expense(
    values: Mapping[str, Any],
    *,
    account: Account | None = None,
    activity: Activity | None = None,
    opportunity: Opportunity | None = None,
    by: Member,
) -> Expense:
    """Write down what `by` has spent.

    Args:
        values: columns of Expense that a person may type: spent_on, amount, currency, category, note.
        account, activity, opportunity: for whom and what; the customer of one of those when none is named.
        by: who spent it.
    """
    (number,) = numbers.take("expense")
    made = Expense(id=new_id(), number=number, state=ExpenseState.DRAFT, **values)
    made.owner_id, made.owner, made.team_id = by.id, by, by.team_id
    made.activity_id = activity.id if activity else None
    made.opportunity_id = opportunity.id if opportunity else None
    of = account.id if account else None
    made.account_id = of or (opportunity.account_id if opportunity else activity.account_id if activity else None)
    line_actions.note_rate(made, made.spent_on)
    db.session.add(made)
    db.session.flush()
    events.record(CREATED, made, by=by, changed=about(made))
    return made


def change_expense(
    expense: Expense, values: Mapping[str, Any], *, account: Account | None, version: int | None, by: Member
) -> dict[str, Any]:
    """Write what its form holds; returns what changed, field → [before, after].

    Raises:
        Overtaken: the expense is no longer at `version`.
        NotNow: it was handed in: it is sent back first.
    """
    expense = queries.lock_expense(expense.id)
    refuse_overtaken(expense, version)
    _refuse_closed(expense)
    changed = apply(expense, {**values, "account_id": account.id if account else None})
    if changed:
        line_actions.note_rate(expense, expense.spent_on)
        db.session.flush()
        events.record(CHANGED, expense, by=by, changed=changed)
    return changed


def hand_in(expense: Expense, *, by: Member) -> None:
    """Ask for the money; said twice, it is handed in once.

    Raises:
        NotNow: it was approved or thrown away.
    """
    expense = queries.lock_expense(expense.id)
    if expense.state is ExpenseState.HANDED_IN:
        return
    _refuse_closed(expense)
    expense.state, expense.handed_at = ExpenseState.HANDED_IN, clock.now()
    expense.decided_by_id = expense.decided_at = expense.answer = None
    db.session.flush()
    events.record(HANDED_IN, expense, by=by, changed=about(expense))


def decide(expense: Expense, *, is_approved: bool, words: str = "", by: Member) -> None:
    """Approve an expense, or send it back with a word on what is missing.

    Raises:
        NotNow: it waits for no decision any more.
        NotYours: it is his own, or above what his role approves.
        Refused: it is sent back without a word.
    """
    expense = queries.lock_expense(expense.id)
    if expense.state is not ExpenseState.HANDED_IN or expense.archived_at is not None:
        raise NotNow(_("%(number)s waits for no decision.", number=expense.number))
    if not queries.may_decide(by, expense):
        raise NotYours(_("Somebody else has to approve %(number)s.", number=expense.number))
    if not is_approved and not words:
        raise Refused(_("Say what is missing."), field="words")
    expense.state = ExpenseState.APPROVED if is_approved else ExpenseState.SENT_BACK
    expense.decided_by_id, expense.decided_at, expense.answer = by.id, clock.now(), words or None
    db.session.flush()
    events.record(APPROVED if is_approved else SENT_BACK, expense, by=by, changed=about(expense) | {"words": words})


def pay(expense: Expense, *, on: date, by: Member) -> None:
    """Note that whoever spent it has got it back; said twice, it is noted once.

    Raises:
        NotNow: it isn't approved.
    """
    expense = queries.lock_expense(expense.id)
    if expense.state is ExpenseState.PAID:
        return
    if expense.state is not ExpenseState.APPROVED:
        raise NotNow(_("%(number)s isn't approved yet.", number=expense.number))
    expense.state, expense.paid_on = ExpenseState.PAID, on
    db.session.flush()
    events.record(PAID, expense, by=by, changed=about(expense) | {"on": on})


def discard_expense(expense: Expense, *, by: Member) -> None:
    """Throw away one that wasn't handed in, or was sent back.

    Raises:
        NotNow: it was handed in.
    """
    expense = queries.lock_expense(expense.id)
    if expense.archived_at is not None:
        return
    _refuse_closed(expense)
    expense.archived_at = clock.now()
    events.record(DISCARDED, expense, by=by, changed=about(expense))


def print_month(first: date, *, by: Member) -> PaperPrint:
    """Have a PDF made of what `by` spent in the month that begins on `first`."""
    made = ExpenseSheet(id=new_id(), owner_id=by.id, team_id=by.team_id, first_on=first)
    made.owner, made.language, made.currency = by, scope.workspace().locale, scope.workspace().currency
    db.session.add(made)
    db.session.flush()
    events.record(PRINTED, made, by=by, changed={"first_on": first})
    return print_actions.ask(made, by=by)


def about(expense: Expense) -> dict[str, Any]:
    """What every event of an expense tells."""
    return {"number": expense.number, "amount": expense.amount, "currency": expense.currency}


def _refuse_closed(expense: Expense) -> None:
    if not expense.is_open or expense.archived_at is not None:
        raise NotNow(_("%(number)s was handed in. It can be changed once it is sent back.", number=expense.number))
