"""A contact's way into the customer portal, as colleagues give and take it."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import RadioField

from saas import panels, ui
from saas.archive import refuse_archived
from saas.crm.customers import portal_actions, queries
from saas.crm.customers.models import Contact
from saas.forms import Form, choices
from saas.found import known
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.actions import portal_users
from saas.tenants.models import PortalKind, PortalUser
from saas.tenants.permissions import Permission, allow
from saas.tenants.portal_pages import InviteForm, add_verbs, invited
from saas.tenants.scope import me, require

bp = Blueprint("contact_portal", __name__, url_prefix="/contacts/<uuid:contact_id>/portal")

P = Permission
SIGHT_WORDS = {"customer": _l("Their own requests"), "customer_manager": _l("All requests of the company")}


class PortalForm(InviteForm):
    """Who is let in, and what he sees."""

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
    find = partial(portal_actions.subject, contact.id)
    if invited(form, PortalKind.CUSTOMER, find, role=form.role.data) is None:
        return render_template("contacts/portal.html", form=form, contact=contact), form.status
    return redirect(_page(contact.id), 303)


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
    return redirect(_page(contact.id), 303)


def _contact(contact_id: UUID) -> Contact:
    contact = queries.contact(contact_id)
    require(P.PORTAL_INVITE, contact)
    return contact


def _person(contact: Contact) -> PortalUser:
    return known(tenants.portal_user_of(PortalKind.CUSTOMER, contact.id))


def _page(contact_id: UUID) -> str:
    return url_for("contacts.show", contact_id=contact_id)


add_verbs(bp, "", lambda contact_id: _person(_contact(contact_id)), _page)


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
