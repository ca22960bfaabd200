"""The list of expenses: columns, sorts, filters."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from saas import ui
from saas.crm.expenses.models import Expense
from saas.crm.expenses.queries import KIND, OWNER_NAME
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.orders.sale_lists import PERIODS, period
from saas.crm.papers import lists as papers
from saas.lists import Column, Filter, Listing
from saas.tenants.scope import today


def _spent(value: str) -> ColumnElement[bool] | None:
    found = period(value, today())
    return Expense.spent_on.between(*found) if found else None


def _month_word(value: str) -> Any:
    found = period(value, today())
    return ui.month(found[0]) if found else None


def _category(value: str) -> ColumnElement[bool] | None:
    return Expense.category == value


EXPENSES = Listing(
    Expense,
    columns=(
        Column("number", _l("Number"), Expense.number, "name", sort=Expense.number),
        Column("spent", _l("Day"), Expense.spent_on, "day", sort=Expense.spent_on),
        Column("owner", _l("Spent by"), OWNER_NAME),
        Column("category", _l("What for?"), Expense.category, "badge", words=partial(fields.badge, Dictionary.EXPENSE)),
        Column("account", _l("Customer"), KIND.account_name),
        papers.state(KIND, Expense.state),
        Column("amount", _l("Amount"), Expense.amount, "money", sort=Expense.amount),
        Column("note", _l("Note"), Expense.note, shown=False),
        Column("paid", _l("Paid on"), Expense.paid_on, "day", shown=False),
    ),
    filters=(
        Filter("period", _l("Day"), lambda: list(PERIODS.items()), _spent, says=_month_word),
        papers.of_state(KIND),
        papers.of_owner(Expense, _l("Spent by")),
        Filter("category", _l("What for?"), lambda: fields.choices(Dictionary.EXPENSE), _category),
        papers.of_customer(Expense, says=lambda value: _l("this one")),
    ),
    always=(Expense.currency, Expense.account_id),
    sort="-spent",
)
