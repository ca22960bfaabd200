"""Who hears of an expense: the manager of whoever hands it in, and whoever spent it of what became of it."""

from __future__ import annotations

from saas import ui
from saas.crm.expenses import actions, queries
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Event, Member, MemberStatus


def tell(event: Event) -> None:
    """Tell whom an event concerns; nobody is told what he did himself."""
    expense = queries.expense_row(event.subject_id)
    to: Member | None = expense.owner
    if event.name == actions.HANDED_IN:
        to = tenants.member(expense.owner.manager_id) if expense.owner.manager_id else None
    if to is None or to.status is not MemberStatus.ACTIVE or to.id == event.actor_id:
        return
    by = tenants.member(event.actor_id) if event.actor_id else expense.owner
    amount = ui.money(expense.amount, expense.currency)
    about = {"number": expense.number, "name": by.name, "amount": amount}
    url = f"/{scope.workspace().slug}/expenses/{expense.id}"
    notices.tell(to, event.name, f"{event.name}:{event.id}", url, **about)
