"""What the page of an expense says, what expenses say on other pages, and what is printed of a month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.crm.expenses import queries
from saas.crm.expenses.models import STATE_LOOKS, STATE_WORDS, Expense, ExpenseSheet, ExpenseState
from saas.crm.expenses.queries import KIND
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.papers import prints
from saas.crm.papers import record as papers
from saas.crm.papers.prints import Told
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission
from saas.tenants.scope import may, today


def about(expense: Expense) -> papers.Facts:
    """Who spent it, when, for whom and what, and what became of it."""

    rows = [
        (_("Spent by"), expense.owner.name),
        (_("Day"), ui.day(expense.spent_on)),
        (_("What for?"), category(expense)),
        (_("Customer"), papers.link(expense.account, "customers.show", "account_id", "name")),
        (_("Deal"), papers.link(expense.opportunity, "opportunities.show", "opportunity_id", "name")),
        (_("Activity"), papers.link(expense.activity, "activities.show", "activity_id", "subject")),
        (_("In %(currency)s", currency=scope.workspace().currency), in_own(expense)),
        (_("Note"), expense.note and Markup('<span class="paper-words">{}</span>').format(expense.note)),
        (_("Handed in"), ui.moment(expense.handed_at) if expense.handed_at else None),
        (_("Decided by"), expense.decided_by.name if expense.decided_by else None),
        (_("What was said with it"), expense.answer),
        (_("Paid on"), ui.day(expense.paid_on) if expense.paid_on else None),
    ]
    return papers.known(rows)


def category(expense: Expense) -> str | None:
    """What it was for, in the reader's words."""
    return fields.label(Dictionary.EXPENSE, expense.category)


def in_own(expense: Expense) -> str | None:
    """What it comes to in the workspace's own currency; None where it is in that."""
    own = scope.workspace().currency
    if expense.currency == own:
        return None
    amount = queries.own_amount(expense)
    if amount is None:
        return _("no rate is noted")
    if expense.rate_on is None:
        return ui.money(amount, own)
    return _("%(amount)s at the rate of %(day)s", amount=ui.money(amount, own), day=ui.day(expense.rate_on))


def steps(expense: Expense, reader: Member) -> set[str]:
    """What may be done with it now: edit, hand_in, discard, decide, pay."""
    if expense.archived_at is not None:
        return set()
    if expense.is_open:
        return {"edit", "hand_in", "discard"} if may(Permission.EXPENSE_EDIT, expense) else set()
    if not may(Permission.EXPENSE_APPROVE, expense):
        return set()
    if expense.state is ExpenseState.HANDED_IN:
        return {"decide"} if queries.may_decide(reader, expense) else set()
    return {"pay"} if expense.state is ExpenseState.APPROVED else set()


def shown(found: Sequence[Expense]) -> list[dict[str, Any]]:
    """Expenses as other pages list them: what for, by whom and when."""
    return [
        {
            "name": category(one) or one.number,
            "label": Markup("{} · {}").format(one.owner.name, ui.day(one.spent_on)),
            "url": KIND.url(one),
            "total": ui.money(one.amount, one.currency),
            "state": STATE_WORDS[one.state],
            "look": STATE_LOOKS[one.state],
        }
        for one in found
    ]


def _told(sheet: ExpenseSheet) -> Told:
    month = ui.month(sheet.first_on)
    facts = [(_("Date"), ui.words().full_day(today())), (_("Spent by"), sheet.owner.name)]
    return Told(_("Expenses of %(month)s", month=month), facts, has_prices=False, address=[sheet.owner.name])


def _more(sheet: ExpenseSheet) -> dict[str, Any]:
    found = queries.of_month(sheet.owner_id, sheet.first_on)
    sums: dict[str, Any] = {}
    for one in found:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount
    entries = [
        {
            "number": one.number,
            "day": ui.words().full_day(one.spent_on),
            "what": " · ".join(part for part in (category(one), one.account.name if one.account else None) if part),
            "note": one.note,
            "state": STATE_WORDS[one.state],
            "amount": ui.money(one.amount, one.currency),
        }
        for one in found
    ]
    return {"entries": entries, "totals": [ui.money(sums[currency], currency) for currency in sorted(sums)]}


prints.add(
    prints.Printed(
        table=ExpenseSheet.__tablename__,
        find=queries.sheet,
        take=queries.sheet_row,
        lines=lambda _id: [],
        told=_told,
        url=("expense_sheets.show", "sheet_id"),
        view=Permission.EXPENSE_VIEW,
        template="pdf/expenses.html",
        more=_more,
    )
)
