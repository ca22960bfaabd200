"""Pages of contacts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
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

from saas import grids, panels, phones, toasts, ui
from saas.archive import refuse_archived
from saas.crm.customers import actions, cell_views, contact_queries, giving, private, queries, reach, signatures
from saas.crm.customers import contact_actions as people
from saas.crm.customers.forms import AffiliationForm, ContactForm
from saas.crm.customers.lists import CONTACTS
from saas.crm.customers.models import CHANNEL_WORDS, DECISION_WORDS, WISH_WORDS, Account, Channel, Contact
from saas.crm.customers.opening import opened
from saas.crm.fields.custom_forms import with_fields
from saas.crm.fields.custom_views import show_on
from saas.forms import done, optional
from saas.statements import RECORD
from saas.tenants import brought, scope
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
    page = CONTACTS.page(request.args, *queries.listed_contacts(request.args), hidden=scope.who().hidden_fields)
    shown = grids.shown(page, ui.record_url(".show", "contact_id"), account=_account_links())
    shown.change(url_for("cells.contact", contact_id=ui.NOBODY, field="field"), cell_views.of_contacts())
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
    found = CONTACTS.count(request.args, *queries.listed_contacts(request.args))
    return ngettext("%(count)s contact", "%(count)s contacts", found, count=grids.tally(found))


@bp.route("/new", methods=["GET", "POST"])
@allow(P.CONTACT_CREATE)
def create() -> ResponseReturnValue:
    account_id = ui.asked_id("account_id")
    account = queries.account(account_id) if account_id else None
    refuse_archived(account)
    form = with_fields(ContactForm if account else NewContactForm, "contact")
    if not form.validate_on_submit():
        return _form(form, account=account)
    if isinstance(form, NewContactForm):
        account = queries.account_typed(form.customer.data)
    if account is None:
        may_add = may(P.ACCOUNT_CREATE)
        if not (may_add and "new_customer" in request.form):
            first = _("No customer has this name or number. Add the customer first.")
            form["customer"].errors = [_("No customer has this name or number.") if may_add else first]
            return _form(form, may_add=may_add)
        account = actions.create_for({"name": form["customer"].data}, owner=me(), by=me())
        if said := giving.own_sentence(me(), account.owner):
            flash(said, "waiting")
    contact = actions.create_contact(account, form.values(), by=me())
    flash(_("%(name)s is added to %(account)s.", name=contact.name, account=account.name), "good")
    return redirect(url_for("customers.show", account_id=account.id))


@bp.post("/new/card")
@allow(P.CONTACT_CREATE)
def read_card() -> ResponseReturnValue:
    """Fill what is empty in the form of a new contact from a card or a signature; nothing is saved."""
    account_id = ui.asked_id("account_id")
    account = queries.account(account_id) if account_id else None
    form, card = with_fields(ContactForm if account else NewContactForm, "contact"), request.form.get("card", "")
    read = signatures.read(card, phones.region(scope.workspace().timezone))
    parts = ("name", "title", "phone", "mobile", "email", "address")
    more = {"customer": read.company, "remarks": read.beside("company", "city", "region", "country", *parts)}
    proposed = form.propose(more | {name: getattr(read, name) for name in parts})
    shown = {"form": form, "account": account, "card": card, "proposed": proposed}
    return render_template("contacts/form.html", **shown)


@bp.get("/<uuid:contact_id>")
@allow(P.CONTACT_VIEW)
def show(contact_id: UUID) -> ResponseReturnValue:
    contact = queries.contact(contact_id)
    if contact.merged_into_id is not None:
        return redirect(url_for(".show", contact_id=contact.merged_into_id))
    opened(contact.account)
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
        elsewhere=contact_queries.affiliations(contact.id),
        decisions=DECISION_WORDS,
        may_call=not contact.refuses(Channel.PHONE),
        may_mail=not contact.refuses(Channel.MAIL),
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
    opened(contact.account)
    form = with_fields(ContactForm, "contact", contact)
    edit = edited(
        form, contact, lambda version: actions.change_contact(contact, form.values(), version=version, by=me())
    )
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", contact_id=contact.id))
    return _form(form, contact=contact, account=contact.account, edit=edit)


@bp.route("/<uuid:contact_id>/join", methods=["GET", "POST"])
@allow(P.CONTACT_EDIT)
def join(contact_id: UUID) -> ResponseReturnValue:
    """Note a further customer at which he is somebody."""
    contact = queries.contact(contact_id)
    require(P.CONTACT_EDIT, contact)
    form = AffiliationForm()
    if form.validate_on_submit():
        account = queries.account_called(form.customer.data)
        if account is None:
            form["customer"].errors = [_("No customer has this name or number. Add the customer first.")]
        else:
            values = {"title": form.title.data, "decision": form.decision.data}
            if done(form, lambda: people.join(contact, account, values, by=me())):
                flash(_("%(name)s is now shown at %(account)s too.", name=contact.name, account=account.name), "good")
                return redirect(url_for(".show", contact_id=contact.id))
    return render_template("contacts/join.html", form=form, contact=contact), form.status


@bp.post("/<uuid:contact_id>/leave/<uuid:affiliation_id>")
@allow(P.CONTACT_EDIT)
def leave(contact_id: UUID, affiliation_id: UUID) -> ResponseReturnValue:
    """Take back a further customer."""
    contact = queries.contact(contact_id)
    require(P.CONTACT_EDIT, contact)
    left = contact_queries.affiliation(contact.id, affiliation_id)
    name = left.account.name
    people.leave(contact, left, by=me())
    flash(_("%(name)s is no longer shown at %(account)s.", name=contact.name, account=name), "good")
    return redirect(url_for(".show", contact_id=contact.id))


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


@bp.app_context_processor
def _shown() -> dict[str, Any]:
    return {"why_unwritten": reach.why_unwritten}


def _form(
    form: ContactForm,
    *,
    account: Account | None = None,
    contact: Contact | None = None,
    edit: Edit | None = None,
    may_add: bool = False,
) -> ResponseReturnValue:
    version, clash = (edit.version, edit.clash) if edit else (None, None)
    shown = {"form": form, "account": account, "contact": contact, "clash": clash, "version": version}
    return render_template("contacts/form.html", may_add=may_add, **shown), edit.status if edit else form.status


def _account_links() -> Callable[[str, Any], Markup]:
    url = ui.record_url("customers.show", "account_id", id_of="account_id")
    return lambda name, row: Markup('<a href="{}">{}</a>').format(url(row), name)


def _about(contact: Contact) -> list[tuple[Any, Any]]:
    wishes = ((_("Calls"), contact.phone_wish), (_("Mails"), contact.mail_wish), (_("Post"), contact.post_wish))
    said = [f"{word}{_(': ')}{WISH_WORDS[wish]}" for word, wish in wishes if wish is not None]
    if said and contact.wish_on:
        said.append(str(_("since %(day)s", day=ui.words().day(contact.wish_on))))
    if said and contact.wish_source:
        said.append(contact.wish_source)
    hidden = private.hidden()
    birthday = contact.birthday if "birthday" not in hidden else None
    rows = [
        *reach.of_contact(contact, contact.id),
        (_("Department"), contact.department),
        (_("Part in the decision"), DECISION_WORDS[contact.decision] if contact.decision else None),
        (_("Address"), contact.address),
        (_("Prefers"), CHANNEL_WORDS[contact.channel] if contact.channel else None),
        (_("Language"), contact.language),
        (_("Birthday"), ui.day(birthday) if birthday else None),
        *((row["word"], ui.day(date.fromisoformat(row["on"]))) for row in contact.days if "days" not in hidden),
        (_("Hobbies and interests"), contact.hobbies if "hobbies" not in hidden else None),
        (_("Address at home"), contact.home_address if "home_address" not in hidden else None),
        (_("What they wish"), " · ".join(said)),
        brought.fact(contact),
    ]
    return [(label, value) for label, value in rows if value]


def _coming(member_id: UUID) -> Markup:
    """Birthdays and anniversaries of the next days, on the page one starts the day on."""
    lines = [
        {"on": on, "contact": contact, "word": word, "years": years}
        for on, contact, word, years in contact_queries.coming_days(ui.words().today)
    ]
    return ui.fragment("contacts/_coming.html", lines=lines, today=ui.words().today) if lines else Markup("")


panels.add("today", panels.Panel("birthdays", _l("Birthdays and anniversaries"), _coming, P.CONTACT_VIEW, "main", 30))
show_on("contact", P.CONTACT_EDIT, lambda contact_id: url_for("contacts.edit", contact_id=contact_id))
