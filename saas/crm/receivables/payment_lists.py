"""The list of payments: columns, sorts, filters."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from saas import ui
from saas.crm.customers.models import Account
from saas.crm.papers.lists import of_customer
from saas.crm.receivables.models import Payment
from saas.lists import Column, Filter, Listing

ACCOUNT_NAME = select(Account.name).where(Account.id == Payment.account_id).correlate(Payment).scalar_subquery()
IS_CREDIT = (Payment.free > 0) & Payment.taken_back_at.is_(None) & Payment.reverses_id.is_(None)


def _kind(value: str) -> ColumnElement[bool] | None:
    return IS_CREDIT if value == "credit" else Payment.taken_back_at.is_not(None) if value == "back" else None


PAYMENTS = Listing(
    Payment,
    columns=(
        Column("paid", _l("Came on"), Payment.paid_on, "name", sort=Payment.paid_on),
        Column("account", _l("Customer"), ACCOUNT_NAME),
        Column("reference", _l("Written with it"), Payment.reference),
        Column("amount", _l("Amount"), Payment.amount, "money"),
        Column("free", _l("For no invoice yet"), Payment.free, "money"),
    ),
    filters=(
        Filter("kind", _l("Only"), lambda: [("credit", _l("With credit left")), ("back", _l("Taken back"))], _kind),
        of_customer(Payment),
    ),
    always=(Payment.currency, Payment.account_id),
    sort="-paid",
)


def day_cell(day: Any, row: Any) -> str:
    """The day it came."""
    return ui.words().full_day(day)
