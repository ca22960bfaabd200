"""Whether an expense is approved, when it was paid, and up to how much each role approves."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.validators import Optional

from saas.crm.expenses import actions, queries
from saas.crm.expenses.forms import DecideForm, PayForm
from saas.crm.expenses.queries import KIND
from saas.crm.expenses.views import page_of
from saas.crm.papers.paper_views import step
from saas.forms import ExactField, Form, between, done
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.actions import settings
from saas.tenants.models import Role
from saas.tenants.permissions import ROLE_NAMES, Permission, allow
from saas.tenants.scope import me, today

bp = Blueprint("expense_decisions", __name__)

P = Permission
MOST = 10**12


@bp.post("/expenses/<uuid:expense_id>/approve")
@allow(P.EXPENSE_APPROVE)
def approve(expense_id: UUID) -> ResponseReturnValue:
    return _decided(expense_id, is_approved=True)


@bp.post("/expenses/<uuid:expense_id>/send-back")
@allow(P.EXPENSE_APPROVE)
def send_back(expense_id: UUID) -> ResponseReturnValue:
    """With a word on what is missing."""
    return _decided(expense_id, is_approved=False)


@bp.route("/expenses/<uuid:expense_id>/pay", methods=["GET", "POST"])
@allow(P.EXPENSE_APPROVE)
def pay(expense_id: UUID) -> ResponseReturnValue:
    """Note that it was paid back."""
    expense = KIND.own(expense_id, P.EXPENSE_APPROVE)
    form = PayForm(data={"on": today()})
    if form.validate_on_submit() and done(form, lambda: actions.pay(expense, on=form.on.data, by=me())):
        flash(_("%(number)s is paid.", number=expense.number), "good")
        return redirect(KIND.url(expense))
    return step(KIND, "pay", form, expense, label=expense.number)


@bp.route("/settings/expenses", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def limits() -> ResponseReturnValue:
    """Up to how much the people of each role approve."""
    roles = tenants.staff_roles()
    known = queries.limits()
    form = _form(roles)(**{_box(role): known.get(role.id) for role in roles})
    if not form.validate_on_submit():
        return render_template("expenses/limits.html", form=form, currency=scope.workspace().currency), form.status
    typed: dict[UUID, Decimal | None] = {role.id: form[_box(role)].data for role in roles}
    chosen = {str(key): None if limit is None else str(limit) for key, limit in typed.items()}
    settings.choose(queries.LIMITS, chosen, by=me())
    flash(_("Saved. It holds from the next expense that somebody approves."), "good")
    return redirect(url_for(".limits"))


def _decided(expense_id: UUID, *, is_approved: bool) -> ResponseReturnValue:
    expense, form = KIND.own(expense_id, P.EXPENSE_APPROVE), DecideForm()
    verb = partial(actions.decide, expense, is_approved=is_approved, by=me())
    if not form.validate_on_submit() or not done(form, lambda: verb(words=form.words.data or "")):
        return page_of(expense, form)
    told = _("%(number)s is approved.") if is_approved else _("%(number)s is sent back.")
    flash(told % {"number": expense.number}, "good")
    return redirect(KIND.url(expense))


def _form(roles: list[Role]) -> type[Form]:
    """A form with a box for each role."""
    boxes: dict[str, Any] = {_box(role): ExactField(_name(role), [Optional(), between(0, MOST)]) for role in roles}
    made: type[Form] = type("LimitsForm", (Form,), boxes)
    return made


def _name(role: Role) -> str:
    return role.name or str(ROLE_NAMES.get(role.key, role.key))


def _box(role: Role) -> str:
    return f"role_{role.id.hex}"
