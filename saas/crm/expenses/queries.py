"""Reads about expenses."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.orm import joinedload

from saas import money
from saas.crm.expenses.models import STATE_ICONS, STATE_LOOKS, STATE_WORDS, Expense, ExpenseSheet, ExpenseState
from saas.crm.papers.kinds import Kind
from saas.db import db
from saas.found import the_one
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, Reach

LIMITS = "expenses.limits"  # the setting: role's id → the most that its people approve, in the workspace's currency
OWNER_NAME = select(Member.name).where(Member.id == Expense.owner_id).correlate(Expense).scalar_subquery()
GROUPS = ("person", "customer", "month")
MOST = 500  # groups shown
P = Permission
KIND: Kind[Expense, None] = Kind(
    Expense,
    None,
    home="expenses",
    key="expense_id",
    view=P.EXPENSE_VIEW,
    edit=P.EXPENSE_EDIT,
    named=(Expense.owner, Expense.account, Expense.activity, Expense.opportunity, Expense.decided_by),
    words=STATE_WORDS,
    looks=STATE_LOOKS,
    icons=STATE_ICONS,
    label=_l("Expenses"),
    new=_l("New expense"),
    none=_l("No expenses so far."),
    counted="expense",
    amount="amount",
    since="spent_on",
)
expense, expense_row, lock_expense = KIND.find, KIND.row, KIND.lock
MONTH = cast(func.date_trunc("month", Expense.spent_on), Date)


def of_month(owner_id: UUID, first: date) -> list[Expense]:
    """What a member spent in the month that begins on `first`, drafts too, whoever asks."""
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    mine = (Expense.owner_id == owner_id, Expense.archived_at.is_(None), Expense.spent_on.between(first, last))
    statement = select(Expense).where(*mine).order_by(Expense.spent_on, Expense.id)
    return list(db.session.scalars(statement.options(joinedload(Expense.account))))


def waiting(many: int) -> list[Expense]:
    """What was handed in and the reader may approve, the oldest first."""
    theirs = scope.visible(Expense, Permission.EXPENSE_APPROVE)
    handed = select(Expense).where(Expense.state == ExpenseState.HANDED_IN, Expense.archived_at.is_(None), theirs)
    ordered = handed.order_by(Expense.handed_at, Expense.id).limit(many)
    found = db.session.scalars(ordered.options(joinedload(Expense.owner)))
    return [one for one in found if may_decide(scope.me(), one)]


class Group(NamedTuple):
    """What was spent by one member, for one customer or in one month, in one currency.

    key: id or first day of the month; None where no customer is named.
    many: how many expenses.
    """

    key: UUID | date | None
    name: str | None
    currency: str
    many: int
    amount: Decimal


def grouped(by: str, *where: ColumnElement[bool]) -> list[Group]:
    """The groups of these expenses, the dearest first; months the newest first.

    Raises:
        ValueError: `by` is none of GROUPS.
    """
    keys: dict[str, tuple[Any, Any]] = {
        "person": (Expense.owner_id, func.min(OWNER_NAME)),
        "customer": (Expense.account_id, func.min(KIND.account_name)),
        "month": (MONTH, func.to_char(func.min(MONTH), "YYYY-MM")),
    }
    if by not in keys:
        raise ValueError(by)
    key, name = keys[by]
    amount = func.sum(Expense.amount)
    statement = select(key, name, Expense.currency, func.count(), amount).where(*where)
    statement = statement.group_by(key, Expense.currency).limit(MOST)
    statement = statement.order_by(key.desc()) if by == "month" else statement.order_by(amount.desc(), key)
    return [Group(*row) for row in db.session.execute(statement)]


def sheet(sheet_id: UUID) -> ExpenseSheet:
    """A printed month within the reader's reach.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    mine = (ExpenseSheet.id == sheet_id, scope.visible(ExpenseSheet, KIND.view))
    return the_one(select(ExpenseSheet).where(*mine).options(joinedload(ExpenseSheet.owner)))


def sheet_row(sheet_id: UUID) -> ExpenseSheet:
    """A printed month, whoever asks: for work that nobody waits for.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(ExpenseSheet).where(ExpenseSheet.id == sheet_id).options(joinedload(ExpenseSheet.owner)))


# ── who approves ────────────────────────────────────────────────────────────────────────────────────────────────────


def limits() -> dict[UUID, Decimal]:
    """Role → the most that its people approve, in the workspace's currency; a role that isn't named: any amount."""
    kept = tenants.setting(LIMITS, {}).items()
    return {UUID(role_id): Decimal(str(most)) for role_id, most in kept if most is not None}


def own_amount(expense: Expense) -> Decimal | None:
    """What it comes to in the workspace's currency, at the rate of its day; None where no rate was noted."""
    own = scope.workspace().currency
    return money.converted(expense.amount, expense.rate, own) if expense.rate is not None else None


def may_decide(member: Member, expense: Expense) -> bool:
    """True when a member whose right reaches this expense may approve it: his role's limit is as high, or he is the
    manager of whoever spent it. Nobody approves his own, but for those who reach everybody's and answer to nobody."""
    reach = member.role.rights.get(Permission.EXPENSE_APPROVE.value)
    if reach is None:
        return False
    if expense.owner_id == member.id:
        if member.manager_id is not None or reach != Reach.ALL:
            return False
    elif expense.owner.manager_id == member.id:
        return True
    most = limits().get(member.role_id) if member.role_id else Decimal(0)
    amount = own_amount(expense)
    return most is None or (amount is not None and amount <= most)
