"""How a contract goes on, on screen: signed, ended, renewed, reminded of; what is due under it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import ui
from saas.crm.contracts import milestone_actions as milestones
from saas.crm.contracts import queries, record, terms
from saas.crm.contracts import state_actions as actions
from saas.crm.contracts.forms import EndForm, MilestoneForm, RemindersForm, RenewForm, SignForm
from saas.crm.contracts.models import Milestone
from saas.crm.contracts.queries import KIND
from saas.crm.contracts.views import page_of
from saas.crm.papers.paper_views import step
from saas.forms import attempt, done
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me, require, today

bp = Blueprint("contract_steps", __name__, url_prefix="/contracts")

P = Permission


@bp.route("/<uuid:contract_id>/sign", methods=["GET", "POST"])
@allow(P.CONTRACT_EDIT)
def sign(contract_id: UUID) -> ResponseReturnValue:
    """Note that both have signed."""
    contract = KIND.own(contract_id)
    name = contract.contact.name if contract.contact else None
    form = SignForm(today=today(), data={"on": today(), "name": name})
    verb = partial(actions.sign_contract, contract, on=form.on.data, name=form.name.data, by=me())
    if form.validate_on_submit() and attempt(form, verb) is not None:
        flash(_("%(number)s is signed.", number=contract.label), "good")
        return redirect(KIND.url(contract))
    return step(KIND, "sign", form, contract, value=record.value(contract))


@bp.route("/<uuid:contract_id>/end", methods=["GET", "POST"])
@allow(P.CONTRACT_EDIT)
def end(contract_id: UUID) -> ResponseReturnValue:
    """Let it end before its last day, or give it one."""
    contract = KIND.own(contract_id)
    usual = today() + timedelta(days=contract.notice_days or 0)
    last = min(usual, contract.ends_on) if contract.ends_on else usual
    form = EndForm(data={"on": last})
    verb = partial(actions.end_contract, contract, on=form.on.data, reason=str(form.reason.data), by=me())
    if form.validate_on_submit() and done(form, verb):
        flash(_("%(number)s ends on %(day)s.", number=contract.label, day=ui.words().full_day(form.on.data)), "good")
        return redirect(KIND.url(contract))
    return step(KIND, "end", form, contract)


@bp.route("/<uuid:contract_id>/renew", methods=["GET", "POST"])
@allow(P.CONTRACT_EDIT)
def renew(contract_id: UUID) -> ResponseReturnValue:
    """Go on with it for another period, in one step."""
    contract = KIND.own(contract_id)
    actions.refuse_renewed(contract)
    assert contract.ends_on is not None
    begin, last = terms.following(contract.starts_on, contract.ends_on)
    form = RenewForm(data={"starts_on": begin, "ends_on": last, "percent": Decimal(0), "is_agreed": True})
    if form.validate_on_submit():
        period = {"starts_on": form.starts_on.data, "ends_on": form.ends_on.data}
        signed_on = today() if form.is_agreed.data else None
        verb = partial(actions.renew_contract, contract, percent=form.percent.data, signed_on=signed_on, by=me())
        made = attempt(form, lambda: verb(**period))
        if made is not None:
            about = {"number": contract.label, "new": made.label}
            flash(_("%(number)s goes on with %(new)s.", **about), "good")
            return redirect(KIND.url(made))
    return step(KIND, "renew", form, contract, value=record.value(contract))


@bp.route("/<uuid:contract_id>/reminders", methods=["GET", "POST"])
@allow(P.CONTRACT_EDIT)
def reminders(contract_id: UUID) -> ResponseReturnValue:
    """When its end is reminded of, and whom."""
    contract = KIND.own(contract_id)
    form = RemindersForm(obj=contract)
    verb = partial(actions.set_reminders, contract, form.remind_days.data or [], by=me())
    if form.validate_on_submit() and done(form, lambda: verb(tells_customer=form.tells_customer.data)):
        flash(_("Saved."), "good")
        return redirect(KIND.url(contract))
    return step(KIND, "reminders", form, contract)


@bp.post("/<uuid:contract_id>/milestones")
@allow(P.CONTRACT_EDIT)
def add_milestone(contract_id: UUID) -> ResponseReturnValue:
    """Name something that is due."""
    contract = KIND.own(contract_id)
    form = MilestoneForm(contract)
    values = {"name": str(form.name.data), "due_on": form.due_on.data, "amount": form.amount.data}
    if form.validate_on_submit() and attempt(form, lambda: milestones.add(contract, **values, by=me())) is not None:
        flash(_("“%(what)s” is noted.", what=form.name.data), "good")
        return redirect(KIND.url(contract))
    return page_of(contract, form)


@bp.post("/milestones/<uuid:milestone_id>/done")
@allow(P.CONTRACT_EDIT)
def finish_milestone(milestone_id: UUID) -> ResponseReturnValue:
    milestone = _milestone(milestone_id)
    milestones.settle(milestone, is_done=True, by=me())
    return redirect(KIND.url(milestone.contract))


@bp.post("/milestones/<uuid:milestone_id>/reopen")
@allow(P.CONTRACT_EDIT)
def reopen_milestone(milestone_id: UUID) -> ResponseReturnValue:
    milestone = _milestone(milestone_id)
    milestones.settle(milestone, is_done=False, by=me())
    return redirect(KIND.url(milestone.contract))


@bp.post("/milestones/<uuid:milestone_id>/drop")
@allow(P.CONTRACT_EDIT)
def drop_milestone(milestone_id: UUID) -> ResponseReturnValue:
    milestone = _milestone(milestone_id)
    contract, name = milestone.contract, milestone.name
    milestones.drop(milestone, by=me())
    flash(_("“%(what)s” is taken off.", what=name), "good")
    return redirect(KIND.url(contract))


def _milestone(milestone_id: UUID) -> Milestone:
    found = queries.milestone(milestone_id)
    require(P.CONTRACT_EDIT, found.contract)
    return found
