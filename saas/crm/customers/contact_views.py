"""Pages of contacts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import and_, or_, select
from wtforms import StringField
from wtforms.validators import InputRequired

from saas import grids, toasts, ui
from saas.archive import refuse_archived
from saas.crm.customers import actions, queries
from saas.crm.customers.forms import ContactForm
from saas.crm.customers.lists import CONTACTS
from saas.crm.customers.models import Account, Contact
from saas.forms import optional
from saas.statements import RECORD
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require
from saas.tenants.stories import timeline
from saas.versions import Edit, edited

bp = Blueprint("contacts", __name__, url_prefix="/contacts")

P = Permission
SAME = select(Contact.id).where(or_(Contact.id == RECORD, Contact.merged_into_id == RECORD))
OF_MERGED = and_(Event.subject_kind == "contact", Event.subject_id.in_(SAME))  # those who went into him among them


class NewContactForm(ContactForm):
    """A contact added from the list of contacts: the customer is named by number or name."""

    customer = StringField(
        _l("Customer"),
        [InputRequired(_l("Say at which customer."))],
        filters=[optional],
        description=_l("Name or number."),
    )

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        return {name: value for name, value in super().values().items() if name != "customer"}


@bp.get("/")
@allow(P.CONTACT_VIEW)
def index() -> ResponseReturnValue:
    page = CONTACTS.page(request.args, *queries.listed_contacts(), hidden=scope.who().hidden_fields)
    shown = grids.shown(page, ui.record_url(".show", "contact_id"), account=_account_links())
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template(
        "contacts/index.html",
        list=shown,
        count_note=note,
        can_create=may(P.CONTACT_CREATE),
        can_merge=may(P.CONTACT_EDIT) and ui.has_page("merges.index"),
        can_import=may(P.TRANSFER_IMPORT) and ui.has_page("transfer.start"),
    )


@bp.get("/count")
@allow(P.CONTACT_VIEW)
def count() -> ResponseReturnValue:
    found = CONTACTS.count(request.args, *queries.listed_contacts())
    return ngettext("%(count)s contact", "%(count)s contacts", found, count=grids.tally(found))


@bp.route("/new", methods=["GET", "POST"])
@allow(P.CONTACT_CREATE)
def create() -> ResponseReturnValue:
    account_id = ui.asked_id("account_id")
    account = queries.account(account_id) if account_id else None
    refuse_archived(account)
    form = ContactForm() if account else NewContactForm()
    if not form.validate_on_submit():
        return _form(form, account=account)
    if isinstance(form, NewContactForm):
        account = queries.account_called(form.customer.data)
    if account is None:
        form["customer"].errors = [_("No customer has this name or number. Add the customer first.")]
        return _form(form)
    contact = actions.create_contact(account, form.values(), by=me())
    flash(_("%(name)s is added to %(account)s.", name=contact.name, account=account.name), "good")
    return redirect(url_for("customers.show", account_id=account.id))


@bp.get("/<uuid:contact_id>")
@allow(P.CONTACT_VIEW)
def show(contact_id: UUID) -> ResponseReturnValue:
    contact = queries.contact(contact_id)
    if contact.merged_into_id is not None:
        return redirect(url_for(".show", contact_id=contact.merged_into_id))
    page = partial(url_for, ".show", contact_id=contact.id)
    parts = record_parts("contact", contact.id, page, is_open=contact.archived is None)
    if contact.holds_merged:
        lines, following = timeline(OF_MERGED, before=ui.asked_id("before"), record_id=contact.id)
        parts |= {"lines": lines, "next_url": page(before=following) if following else None}
    return render_template(
        "contacts/show.html",
        contact=contact,
        about=_about(contact),
        **parts,
        can_edit=may(P.CONTACT_EDIT, contact) and contact.archived is None,
        can_archive=may(P.CONTACT_ARCHIVE, contact),
        can_restore_account=may(P.ACCOUNT_ARCHIVE, contact.account),
    )


@bp.route("/<uuid:contact_id>/edit", methods=["GET", "POST"])
@allow(P.CONTACT_EDIT)
def edit(contact_id: UUID) -> ResponseReturnValue:
    contact = queries.contact(contact_id)
    require(P.CONTACT_EDIT, contact)
    refuse_archived(contact)
    form = ContactForm(obj=contact)
    edit = edited(
        form, contact, lambda version: actions.change_contact(contact, form.values(), version=version, by=me())
    )
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", contact_id=contact.id))
    return _form(form, contact=contact, account=contact.account, edit=edit)


@bp.post("/<uuid:contact_id>/archive")
@allow(P.CONTACT_ARCHIVE)
def archive(contact_id: UUID) -> ResponseReturnValue:
    contact = queries.contact(contact_id)
    require(P.CONTACT_ARCHIVE, contact)
    actions.archive_contact(contact, by=me())
    toasts.undoable(_("%(name)s is archived.", name=contact.name), url_for(".restore", contact_id=contact.id))
    return redirect(url_for(".show", contact_id=contact.id))


@bp.post("/<uuid:contact_id>/restore")
@allow(P.CONTACT_ARCHIVE)
def restore(contact_id: UUID) -> ResponseReturnValue:
    contact = queries.contact(contact_id)
    require(P.CONTACT_ARCHIVE, contact)
    actions.restore_contact(contact, by=me())
    flash(_("%(name)s is back.", name=contact.name), "good")
    return redirect(url_for(".show", contact_id=contact.id))


def _form(
    form: ContactForm, *, account: Account | None = None, contact: Contact | None = None, edit: Edit | None = None
) -> ResponseReturnValue:
    version, clash = (edit.version, edit.clash) if edit else (None, None)
    shown = {"form": form, "account": account, "contact": contact, "clash": clash, "version": version}
    return render_template("contacts/form.html", **shown), edit.status if edit else form.status


def _account_links() -> Callable[[str, Any], Markup]:
    url = ui.record_url("customers.show", "account_id", id_of="account_id")
    return lambda name, row: Markup('<a href="{}">{}</a>').format(url(row), name)


def _about(contact: Contact) -> list[tuple[Any, Any]]:
    def linked(scheme: str, value: str | None) -> Markup | None:
        return Markup('<a href="{}:{}">{}</a>').format(scheme, value, ui.breakable(value)) if value else None

    rows = [
        (_("Phone"), linked("tel", contact.phone)),
        (_("Mobile"), linked("tel", contact.mobile)),
        (_("Mail"), linked("mailto", contact.email)),
        (_("Address"), contact.address),
        (_("Birthday"), ui.day(contact.birthday) if contact.birthday else None),
    ]
    return [(label, value) for label, value in rows if value]
