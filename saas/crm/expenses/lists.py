"""The list of expenses: columns, sorts, filters."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from saas import ui
from saas.crm.customers.lists import owned_by, owners
from saas.crm.expenses.models import STATE_LOOKS, STATE_WORDS, Expense, ExpenseState
from saas.crm.expenses.queries import ACCOUNT_NAME, OWNER_NAME, today
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.orders.sale_lists import PERIODS, period
from saas.lists import Column, Filter, Listing


def _state(value: str) -> ColumnElement[bool] | None:
    return Expense.state == ExpenseState(value) if value in set(ExpenseState) else None


def _spent(value: str) -> ColumnElement[bool] | None:
    found = period(value, today())
    return Expense.spent_on.between(*found) if found else None


def _month_word(value: str) -> Any:
    found = period(value, today())
    return ui.month(found[0]) if found else None


def _category(value: str) -> ColumnElement[bool] | None:
    return Expense.category == value


def _customer(value: str) -> ColumnElement[bool] | None:
    try:
        return Expense.account_id == UUID(value)
    except ValueError:
        return None


EXPENSES = Listing(
    Expense,
    columns=(
        Column("number", _l("Number"), Expense.number, "name", sort=Expense.number),
        Column("spent", _l("Day"), Expense.spent_on, "day", sort=Expense.spent_on),
        Column("owner", _l("Spent by"), OWNER_NAME),
        Column("category", _l("What for?"), Expense.category, "badge", words=partial(fields.badge, Dictionary.EXPENSE)),
        Column("account", _l("Customer"), ACCOUNT_NAME),
        Column(
            "state",
            _l("State"),
            Expense.state,
            "badge",
            words=lambda value: (STATE_WORDS.get(value, value), STATE_LOOKS.get(value, "neutral")),
        ),
        Column("amount", _l("Amount"), Expense.amount, "money", sort=Expense.amount),
        Column("note", _l("Note"), Expense.note, shown=False),
        Column("paid", _l("Paid on"), Expense.paid_on, "day", shown=False),
    ),
    filters=(
        Filter("period", _l("Day"), lambda: list(PERIODS.items()), _spent, says=_month_word),
        Filter("state", _l("State"), lambda: [(s.value, STATE_WORDS[s]) for s in ExpenseState], _state),
        Filter("owner", _l("Spent by"), owners, owned_by(Expense)),
        Filter("category", _l("What for?"), lambda: fields.choices(Dictionary.EXPENSE), _category),
        Filter("customer", _l("Customer"), list, _customer, pinned=False, says=lambda value: _l("this one")),
    ),
    always=(Expense.currency, Expense.account_id),
    sort="-spent",
)


def amount_cell(amount: Any, row: Any) -> str:
    """What was spent, in its currency."""
    return ui.money(amount, row.currency)
