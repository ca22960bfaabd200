"""The pages of the partner portal. What is shown of a lead passes `saas.crm.partners.projection`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.crm.partners import actions, portal_queries, projection
from saas.crm.partners.forms import CheckForm, RegisterForm
from saas.crm.partners.models import Answer, LeadCheck, Registration
from saas.crm.partners.projection import STEPS, PortalLead
from saas.forms import attempt
from saas.tenants import portal_kinds, scope
from saas.tenants.permissions import Permission, allow, signed_in

bp = Blueprint("partner", __name__)
P = Permission
ON_HOME = 5


@bp.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """The two doors, what waits for an answer, and the newest leads."""
    may_work = scope.may(P.PORTAL_LEAD)
    return render_template(
        "partner/home.html",
        call_name=ui.call_name(scope.portal_me().name),
        may_work=may_work,
        leads=portal_queries.leads(many=ON_HOME)[0] if may_work else [],
        count=portal_queries.count() if may_work else 0,
        registrations=portal_queries.registrations(unsettled=True)[:ON_HOME] if may_work else [],
        steps=STEPS,
    )


@bp.get("/leads/")
@allow(P.PORTAL_LEAD)
def leads() -> ResponseReturnValue:
    """All leads of the company, the newest first, and what it registered."""
    before = ui.asked_id("before")
    found, following = portal_queries.leads(before=before)
    return render_template(
        "partner/leads.html",
        leads=found,
        next_url=url_for(".leads", before=following) if following else None,
        registrations=portal_queries.registrations() if before is None else [],
        steps=STEPS,
    )


@bp.get("/leads/<uuid:lead_id>")
@allow(P.PORTAL_LEAD)
def lead(lead_id: UUID) -> ResponseReturnValue:
    """One lead."""
    found = portal_queries.lead(lead_id)
    return render_template("partner/lead.html", lead=found, about=_about(found), steps=STEPS)


@bp.route("/register", methods=["GET", "POST"])
@allow(P.PORTAL_LEAD)
def register() -> ResponseReturnValue:
    """Bring a lead."""
    form = RegisterForm()
    made = None
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.register(form.values(), by=scope.portal_me(), subject=portal_kinds.here()))
    if made is None:
        return render_template("partner/register.html", form=form, days=actions.PROTECTION.days), form.status
    flash(_promise(made), "good")
    return redirect(url_for(".leads"), 303)


@bp.route("/check", methods=["GET", "POST"])
@allow(P.PORTAL_LEAD)
def check() -> ResponseReturnValue:
    """Ask whether a name is free. The answer stands on this page only: what was typed is kept nowhere."""
    form = CheckForm()
    receipt = attempt(form, lambda: _check(form)) if form.validate_on_submit() else None
    status = form.status if receipt is None else 200
    asked = _asked(form, receipt) if receipt is not None else []
    page = render_template(
        "partner/check.html",
        form=CheckForm(formdata=None) if receipt is not None else form,
        receipt=projection.check(receipt) if receipt is not None else None,
        sentence=_sentence(receipt.answer) if receipt is not None else "",
        asked=asked,
        checks=[one for one in portal_queries.checks() if receipt is None or one.code != receipt.code],
    )
    return page, status


def _check(form: CheckForm) -> LeadCheck:
    person, subject = scope.portal_me(), portal_kinds.here()
    return actions.check(form.company.data, form.phone.data, form.mail.data, by=person, subject=subject)


def _promise(made: Registration) -> str:
    if made.lead.protected_until is None:
        return _(
            "%(company)s is registered. A similar name is known here: we look at it and answer.", company=made.company
        )
    return _("%(company)s is protected for you. We look at it and answer.", company=made.company)


def _sentence(answer: Answer) -> str:
    return {
        Answer.FREE: _("Free. Register it, and it is protected for you."),
        Answer.ALIKE: _("A similar name is known here. Register it, and we look at it and answer."),
        Answer.TAKEN: _("Taken. It is a customer already, or somebody is on to it."),
        Answer.YOURS: _("Yours already. Look among your leads."),
    }[answer]


def _asked(form: CheckForm, receipt: LeadCheck) -> list[tuple[Any, Any]]:
    rows = [
        (_("Asked"), ui.moment(receipt.created_at)),
        (_("Company"), form.company.data),
        (_("Phone"), form.phone.data),
        (_("Mail address or domain"), form.mail.data),
    ]
    return [(label, value) for label, value in rows if value]


def _about(lead: PortalLead) -> list[tuple[Any, Any]]:
    def linked(scheme: str, value: str | None) -> Markup | None:
        return Markup('<a href="{}:{}">{}</a>').format(scheme, value, ui.breakable(value)) if value else None

    rows = [
        (_("Number"), lead.number),
        (_("Company"), lead.company),
        (_("Phone"), linked("tel", lead.phone)),
        (_("Mail"), linked("mailto", lead.email)),
        (_("Yours since"), ui.moment(lead.given_at) if lead.given_at else None),
        (_("Protected until"), ui.day(lead.protected_until) if lead.protected_until else None),
    ]
    return [(label, value) for label, value in rows if value]
