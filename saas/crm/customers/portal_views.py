"""A contact's way into the customer portal, as colleagues give and take it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import EmailField, RadioField

from saas import panels, ui
from saas.archive import refuse_archived
from saas.crm.customers import portal_actions, queries
from saas.crm.customers.models import Contact
from saas.errors import NotFound
from saas.forms import Form, attempt, choices, email_checks, lowered
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.actions import portal_users
from saas.tenants.models import PortalKind, PortalUser
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me, require

bp = Blueprint("contact_portal", __name__, url_prefix="/contacts/<uuid:contact_id>/portal")

P = Permission
SIGHT_WORDS = {"customer": _l("Their own requests"), "customer_manager": _l("All requests of the company")}


class PortalForm(Form):
    """Who is let in, and what he sees."""

    email = EmailField(_l("Mail address"), email_checks(), filters=[lowered], description=_l("They sign in with it."))
    role = RadioField(_l("What they see"), choices=choices(SIGHT_WORDS))


class RoleForm(Form):
    """What somebody sees who is in already."""

    role = RadioField(_l("What they see"), choices=choices(SIGHT_WORDS))


@bp.route("/invite", methods=["GET", "POST"])
@allow(P.PORTAL_INVITE)
def invite(contact_id: UUID) -> ResponseReturnValue:
    contact = _contact(contact_id)
    refuse_archived(contact)
    form = PortalForm(email=contact.email, role=portal_actions.ROLES[0])
    person = attempt(form, lambda: _invite(contact, form)) if form.validate_on_submit() else None
    if person is None:
        return render_template("contacts/portal.html", form=form, contact=contact), form.status
    flash(_("An invitation is on its way to %(email)s.", email=person.email), "good")
    return _back(contact)


def _invite(contact: Contact, form: PortalForm) -> PortalUser:
    subject = portal_actions.subject(contact.id)
    if subject is None:
        raise NotFound
    return portal_users.invite(PortalKind.CUSTOMER, subject, email=form.email.data, role=form.role.data, by=me())


@bp.route("/sight", methods=["GET", "POST"])
@allow(P.PORTAL_INVITE)
def sight(contact_id: UUID) -> ResponseReturnValue:
    contact = _contact(contact_id)
    person = _person(contact)
    form = RoleForm(role=person.role.key)
    if not form.validate_on_submit():
        return render_template("contacts/portal.html", form=form, contact=contact, person=person), form.status
    portal_users.give_role(person, form.role.data, by=me())
    flash(_("Saved. It holds from the next click of %(name)s.", name=person.name), "good")
    return _back(contact)


@bp.post("/resend")
@allow(P.PORTAL_INVITE)
def resend(contact_id: UUID) -> ResponseReturnValue:
    contact = _contact(contact_id)
    person = _person(contact)
    portal_users.resend(person, by=me())
    flash(_("The invitation is on its way to %(email)s again.", email=person.email), "good")
    return _back(contact)


@bp.post("/revoke")
@allow(P.PORTAL_INVITE)
def revoke(contact_id: UUID) -> ResponseReturnValue:
    contact = _contact(contact_id)
    portal_users.revoke(_person(contact), by=me())
    flash(_("The invitation of %(name)s is taken back.", name=contact.name), "good")
    return _back(contact)


@bp.post("/disable")
@allow(P.PORTAL_INVITE)
def disable(contact_id: UUID) -> ResponseReturnValue:
    contact = _contact(contact_id)
    portal_users.disable(_person(contact), by=me())
    flash(_("%(name)s can't come into the portal any more. What they wrote stays.", name=contact.name), "good")
    return _back(contact)


@bp.post("/enable")
@allow(P.PORTAL_INVITE)
def enable(contact_id: UUID) -> ResponseReturnValue:
    contact = _contact(contact_id)
    portal_users.enable(_person(contact), by=me())
    flash(_("%(name)s can come into the portal again.", name=contact.name), "good")
    return _back(contact)


def _contact(contact_id: UUID) -> Contact:
    contact = queries.contact(contact_id)
    require(P.PORTAL_INVITE, contact)
    return contact


def _person(contact: Contact) -> PortalUser:
    person = tenants.portal_user_of(PortalKind.CUSTOMER, contact.id)
    if person is None:
        raise NotFound
    return person


def _back(contact: Contact) -> ResponseReturnValue:
    return redirect(url_for("contacts.show", contact_id=contact.id), 303)


def _panel(contact_id: UUID) -> Markup:
    """How a contact stands with the portal, for the side of his page."""
    contact = queries.contact(contact_id)
    person = tenants.portal_user_of(PortalKind.CUSTOMER, contact_id)
    was_in = person is not None and portal_users.is_shut_out(person)
    return ui.fragment(
        "contacts/_portal.html",
        contact=contact,
        person=person,
        is_shut_out=was_in,
        sight=SIGHT_WORDS.get(person.role.key) if person else None,
        may_invite=scope.may(P.PORTAL_INVITE, contact) and contact.archived is None,
    )


panels.add(
    "contact",
    panels.Panel("portal", _l("Customer portal"), _panel, P.PORTAL_INVITE.value, place="side", order=40),
)
