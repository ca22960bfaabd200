"""Pages of partners, for colleagues: who they are, who comes in, which leads they have, what they registered."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import panels, ui
from saas.archive import refuse_archived
from saas.crm.activities import record as activities
from saas.crm.activities.subjects import Subject
from saas.crm.customers import queries as customers
from saas.crm.customers.likeness import likeness
from saas.crm.customers.models import Contact
from saas.crm.leads import actions as leads
from saas.crm.leads import queries as known_leads
from saas.crm.leads.models import STATE_LOOKS, STATE_WORDS, Lead
from saas.crm.partners import actions, portal_actions, queries, record
from saas.crm.partners.forms import AnswerForm, GiveForm, PartnerForm
from saas.crm.partners.models import (
    REGISTRATION_LOOKS,
    REGISTRATION_WORDS,
    Partner,
    Registration,
    RegistrationState,
)
from saas.forms import attempt, done
from saas.found import known
from saas.tenants import queries as tenants
from saas.tenants.models import PortalKind, PortalUser
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.portal_pages import InviteForm, add_verbs, invited
from saas.tenants.scope import may, me, require

bp = Blueprint("partners", __name__, url_prefix="/partners")

P = Permission


@bp.get("/")
@allow(P.PARTNER_VIEW)
def index() -> ResponseReturnValue:
    found = queries.partners()
    waiting = queries.registrations(Registration.state == RegistrationState.PENDING)
    return render_template(
        "partners/index.html",
        partners=found,
        counts=queries.counts(found),
        waiting=waiting,
        can_edit=may(P.PARTNER_EDIT),
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(P.PARTNER_EDIT)
def create() -> ResponseReturnValue:
    account_id = ui.asked_id("account_id")
    form = PartnerForm(account=customers.account(account_id) if account_id else None)
    partner = attempt(form, lambda: _open(form)) if form.validate_on_submit() else None
    if partner is None:
        return render_template("partners/form.html", form=form), form.status
    flash(_("%(name)s is your partner. Invite the people there to the portal.", name=partner.account.name), "good")
    return redirect(url_for(".show", partner_id=partner.id))


def _open(form: PartnerForm) -> Partner:
    if form.account is None:
        require(P.ACCOUNT_CREATE)
        return actions.take_on(form.values(), by=me())
    require(P.PARTNER_EDIT, form.account)
    return actions.open_partner(form.account, by=me())


@bp.get("/<uuid:partner_id>")
@allow(P.PARTNER_VIEW)
def show(partner_id: UUID) -> ResponseReturnValue:
    partner = queries.partner(partner_id)
    return render_template(
        "partners/show.html",
        partner=partner,
        about=record.about(partner),
        people=[record.person_line(contact, person) for contact, person in queries.people(partner)],
        leads=queries.leads_of(partner) if may(P.LEAD_VIEW) else [],
        states=STATE_WORDS,
        looks=STATE_LOOKS,
        registrations=queries.registrations(Registration.partner_id == partner.id),
        registration_words=REGISTRATION_WORDS,
        registration_looks=REGISTRATION_LOOKS,
        checks=record.receipts(queries.checks_of(partner)),
        **record_parts("partner", partner.id, partial(url_for, ".show", partner_id=partner.id)),
        can_edit=may(P.PARTNER_EDIT, partner.account),
        can_add=may(P.CONTACT_CREATE) and partner.account.archived is None,
    )


@bp.post("/<uuid:partner_id>/end")
@allow(P.PARTNER_EDIT)
def end(partner_id: UUID) -> ResponseReturnValue:
    partner = _own(partner_id)
    actions.end(partner, by=me())
    flash(_("%(name)s is no partner any more. Their people can't come in; the leads stay.", **_named(partner)), "good")
    return redirect(url_for(".show", partner_id=partner.id))


@bp.post("/<uuid:partner_id>/reopen")
@allow(P.PARTNER_EDIT)
def reopen(partner_id: UUID) -> ResponseReturnValue:
    partner = _own(partner_id)
    actions.open_partner(partner.account, by=me())
    flash(_("%(name)s is your partner again.", **_named(partner)), "good")
    return redirect(url_for(".show", partner_id=partner.id))


# ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/<uuid:partner_id>/people/<uuid:contact_id>/invite", methods=["GET", "POST"])
@allow(P.PORTAL_INVITE)
def invite(partner_id: UUID, contact_id: UUID) -> ResponseReturnValue:
    partner, contact = _contact(partner_id, contact_id)
    refuse_archived(contact)
    form = InviteForm(email=contact.email)
    find = partial(portal_actions.subject, contact.id)
    if invited(form, PortalKind.PARTNER, find, role="partner") is None:
        return render_template("partners/invite.html", form=form, partner=partner, contact=contact), form.status
    return redirect(url_for(".show", partner_id=partner.id), 303)


def _contact(partner_id: UUID, contact_id: UUID) -> tuple[Partner, Contact]:
    partner = queries.partner(partner_id)
    contact = queries.person(partner, contact_id)
    require(P.PORTAL_INVITE, contact)
    return partner, contact


def _person(partner_id: UUID, contact_id: UUID) -> PortalUser:
    _partner, contact = _contact(partner_id, contact_id)
    return known(tenants.portal_user_of(PortalKind.PARTNER, contact.id))


add_verbs(
    bp,
    "/<uuid:partner_id>/people/<uuid:contact_id>",
    _person,
    lambda partner_id, contact_id: url_for("partners.show", partner_id=partner_id),
)


# ── leads ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/leads/<uuid:lead_id>", methods=["GET", "POST"])
@allow(P.LEAD_EDIT)
def give(lead_id: UUID) -> ResponseReturnValue:
    """Give a lead to a partner."""
    lead = _lead(lead_id)
    partners = queries.active()
    form = GiveForm(partners)
    by_id = {str(p.id): p for p in partners}
    if form.validate_on_submit() and done(form, lambda: actions.give(lead, by_id[form.partner_id.data], by=me())):
        flash(_("%(partner)s sees %(name)s from now on.", partner=_partner_name(lead), name=lead.name), "good")
        return redirect(url_for("leads.show", lead_id=lead.id))
    return render_template("partners/give.html", form=form, lead=lead, has_partners=bool(partners)), form.status


@bp.post("/leads/<uuid:lead_id>/take-back")
@allow(P.LEAD_EDIT)
def take_back(lead_id: UUID) -> ResponseReturnValue:
    lead = _lead(lead_id)
    leads.withdraw(lead, by=me())
    flash(_("The partner doesn't see %(name)s any more.", name=lead.name), "good")
    return redirect(url_for("leads.show", lead_id=lead.id))


# ── registrations ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/registrations/<uuid:registration_id>", methods=["GET", "POST"])
@allow(P.PARTNER_EDIT)
def registration(registration_id: UUID) -> ResponseReturnValue:
    """What a partner registered, who asked for the same before, and our answer."""
    found = queries.registration(registration_id)
    require(P.PARTNER_EDIT, found.partner.account)
    form = AnswerForm(answer="accept")
    if form.validate_on_submit() and done(form, lambda: _answer(found, form)):
        flash(_("Answered. %(name)s gets a mail.", name=found.portal_user.name), "good")
        return redirect(url_for(".index"))
    keys = likeness(found.company, found.phone, found.email)
    others = known_leads.alike(keys, but=found.lead_id)
    known = known_leads.customers_alike(keys, found.company)
    similar, similar_leads = known_leads.a_slip_away(found.company, but=found.lead_id)
    page = render_template(
        "partners/registration.html",
        registration=found,
        form=form,
        about=record.registered(found),
        receipts=record.receipts(queries.checks_alike(keys)),
        others=[one for one in others if may(P.LEAD_VIEW, one)],
        is_customer=bool(known),
        lies_free=queries.lie_free(known),
        customers=[one for one in known if may(P.ACCOUNT_VIEW, one)],
        similar=[one for one in similar if may(P.ACCOUNT_VIEW, one)],
        similar_leads=[one for one in similar_leads if may(P.LEAD_VIEW, one)],
        is_similar=bool(similar or similar_leads),
        is_open=found.state is RegistrationState.PENDING,
        state=REGISTRATION_WORDS[found.state],
        look=REGISTRATION_LOOKS[found.state],
    )
    return page, form.status


def _answer(found: Registration, form: AnswerForm) -> None:
    if form.answer.data == "accept":
        actions.accept(found, by=me())
    else:
        actions.decline(found, form.reason.data or "", by=me())


# ── parts of the pages ──────────────────────────────────────────────────────────────────────────────────────────────


def _own(partner_id: UUID) -> Partner:
    """A partner that the reader may change."""
    partner = queries.partner(partner_id)
    require(P.PARTNER_EDIT, partner.account)
    return partner


def _lead(lead_id: UUID) -> Lead:
    lead = known_leads.lead(lead_id)
    require(P.LEAD_EDIT, lead)
    return lead


def _named(partner: Partner) -> dict[str, Any]:
    return {"name": partner.account.name}


def _partner_name(lead: Lead) -> str:
    return lead.partner.name if lead.partner else ""


def _on_lead(lead_id: UUID) -> Markup:
    """Which partner has a lead, for the side of its page."""
    lead = known_leads.lead(lead_id)
    found = queries.registration_of(lead_id)
    partner = queries.partner_of(lead.partner_id) if lead.partner_id else None
    return ui.fragment(
        "partners/_of_lead.html",
        lead=lead,
        partner=partner,
        registration=found,
        word=REGISTRATION_WORDS[found.state] if found else None,
        look=REGISTRATION_LOOKS[found.state] if found else None,
        may_give=may(P.LEAD_EDIT, lead),
        may_answer=may(P.PARTNER_EDIT),
    )


panels.add("lead", panels.Panel("partner", _l("Partner"), _on_lead, P.LEAD_VIEW.value, place="side", order=20))

activities.join(
    Subject(
        kind=Partner.__tablename__,
        names=queries.names,
        url=lambda partner_id: url_for("partners.show", partner_id=partner_id),
        within=queries.ids_within_reach,
        account_of=lambda partner_id: queries.partner(partner_id).account_id,
    )
)
