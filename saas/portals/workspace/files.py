"""Files: put on records, listed there, taken off and handed out to be saved; pictures that we drew, to be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import select

from saas import archive, files, http, panels, toasts, ui, uploads
from saas.crm.activities import queries as activities
from saas.crm.activities.models import Activity
from saas.crm.contracts import queries as contracts
from saas.crm.contracts.models import Contract
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Contact
from saas.crm.expenses import queries as expenses
from saas.crm.expenses.models import Expense
from saas.crm.leads import queries as leads
from saas.crm.leads.models import Lead
from saas.crm.mails import queries as mails
from saas.crm.mails.models import Mail
from saas.crm.opportunities import queries as opportunities
from saas.crm.opportunities.models import Opportunity
from saas.crm.partners import queries as partners
from saas.crm.partners.models import Partner
from saas.crm.products import queries as products
from saas.crm.products.models import Product
from saas.crm.service_desk import queries as cases
from saas.crm.service_desk.models import Case
from saas.db import current_tenant, db
from saas.errors import Forbidden, NotFound, Refused
from saas.found import the_one
from saas.tenants.actions import attachments
from saas.tenants.events import EventName
from saas.tenants.models import Event, File
from saas.tenants.permissions import Permission, anyone, signed_in
from saas.tenants.scope import may, me
from saas.tenants.stories import ACTOR, said, story

bp = Blueprint("files", __name__)

P = Permission
FORM_ROOM = 1024**2  # bytes of an upload that are not files


def _itself(record: Any) -> Any:
    return record


@dataclass(frozen=True)
class Kind:
    """Records on which files lie.

    model: their table.
    find: the record of an id; raises NotFound where the reader may not see it.
    view, edit: the rights to see its files, and to put some there.
    url: the address of its page.
    owned: record → the row whose owner decides how far these rights reach; None where they reach all or nothing.
    in_portal: a portal shows the record too, and those of its files that are for both sides.
    is_whole: its files came with it: none is added or taken off.
    """

    model: type[Any]
    find: Callable[[UUID], Any]
    view: Permission
    edit: Permission
    url: Callable[[UUID], str]
    owned: Callable[[Any], Any] = _itself
    in_portal: bool = False
    is_whole: bool = False

    @property
    def name(self) -> str:
        """What addresses and files call it."""
        return str(self.model.__tablename__)

    def may_edit(self, record: Any) -> bool:
        """True when the reader may put files on this record."""
        return not self.is_whole and may(self.edit, self.owned(record))


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            Account,
            customers.account,
            P.ACCOUNT_VIEW,
            P.ACCOUNT_EDIT,
            lambda i: url_for("customers.show", account_id=i),
        ),
        Kind(
            Contact,
            customers.contact,
            P.CONTACT_VIEW,
            P.CONTACT_EDIT,
            lambda i: url_for("contacts.show", contact_id=i),
        ),
        Kind(
            Activity,
            activities.activity,
            P.ACTIVITY_VIEW,
            P.ACTIVITY_EDIT,
            lambda i: url_for("activities.show", activity_id=i),
        ),
        Kind(
            Mail,
            mails.mail,
            P.ACTIVITY_VIEW,
            P.ACTIVITY_EDIT,
            lambda i: url_for("mails.show", mail_id=i),
            is_whole=True,
        ),
        Kind(Lead, leads.lead, P.LEAD_VIEW, P.LEAD_EDIT, lambda i: url_for("leads.show", lead_id=i)),
        Kind(
            Opportunity,
            opportunities.opportunity,
            P.OPPORTUNITY_VIEW,
            P.OPPORTUNITY_EDIT,
            lambda i: url_for("opportunities.show", opportunity_id=i),
        ),
        Kind(
            Contract,
            contracts.contract,
            P.CONTRACT_VIEW,
            P.CONTRACT_EDIT,
            lambda i: url_for("contracts.show", contract_id=i),
        ),
        Kind(
            Expense,
            expenses.expense,
            P.EXPENSE_VIEW,
            P.EXPENSE_EDIT,
            lambda i: url_for("expenses.show", expense_id=i),
        ),
        Kind(
            Product,
            products.product,
            P.PRODUCT_VIEW,
            P.PRODUCT_EDIT,
            lambda i: url_for("products.show", product_id=i),
            owned=lambda product: None,
        ),
        Kind(
            Partner,
            partners.partner,
            P.PARTNER_VIEW,
            P.PARTNER_EDIT,
            lambda i: url_for("partners.show", partner_id=i),
            owned=lambda partner: partner.account,
        ),
        Kind(
            Case,
            cases.case,
            P.CASE_VIEW,
            P.CASE_EDIT,
            lambda i: url_for("service_desk.show", case_id=i),
            in_portal=True,
        ),
    )
}


def _is_seen(kind: Kind) -> Callable[[UUID], bool]:
    def may_see(record_id: UUID) -> bool:
        if not may(kind.view):
            return False
        try:
            kind.find(record_id)
        except NotFound:
            return False
        return True

    return may_see


def _drawer(kind: Kind) -> Callable[[UUID], Markup]:
    """The files of a record as a part of its page."""

    def draw(record_id: UUID) -> Markup:
        record = kind.find(record_id)
        found = attachments.on(kind.name, record_id)
        may_edit = kind.may_edit(record) and archive.is_open(kind.name, record_id)
        return ui.fragment(
            "workspace/_files.html",
            files=found,
            pictures={file.id for file in found if file.media_type in files.SEEN},
            upload_url=url_for("files.upload", kind=kind.name, record_id=record_id) if may_edit else None,
            most=files.LARGEST,
            at_once=current_app.config["MAX_CONTENT_LENGTH"] - FORM_ROOM,
            endings=",".join(f".{end}" for end in files.KINDS),
            in_portal=kind.in_portal,
        )

    return draw


for _kind in KINDS.values():
    attachments.readable(_kind.name, _is_seen(_kind))
    panels.add(_kind.name, panels.Panel("files", _l("Files"), _drawer(_kind), _kind.view, "left", 80, is_later=True))


@story(EventName.FILE_ADDED, "paperclip")
def _added(event: Event, who: str) -> Markup:
    return said(_("%(who)s attached %(name)s", who=ACTOR, name=event.changed.get("name", "")), who)


@story(EventName.FILE_REMOVED, "paperclip")
def _removed(event: Event, who: str) -> Markup:
    return said(_("%(who)s took off %(name)s", who=ACTOR, name=event.changed.get("name", "")), who)


@story(EventName.FILE_PUT_BACK, "paperclip")
def _put_back(event: Event, who: str) -> Markup:
    return said(_("%(who)s put %(name)s back", who=ACTOR, name=event.changed.get("name", "")), who)


@bp.post("/files/<kind>/<uuid:record_id>")
@signed_in
def upload(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Put one or more files on a record."""
    known, record = _record(kind, record_id)
    if not known.may_edit(record):
        raise Forbidden
    sent = [file for file in request.files.getlist("file") if file.filename]
    if not sent:
        flash(_("Choose a file first."), "waiting")
    for file in sent:
        name = file.filename or ""
        try:
            with db.session.begin_nested():  # what is refused leaves the others, and takes no room
                flash(
                    _("%(name)s is attached.", name=attachments.attach(record, file.stream, name, by=me()).name), "good"
                )
        except Refused as refusal:
            flash(_("%(name)s: %(why)s", name=name, why=refusal.sentence), "wrong")
    return redirect(known.url(record_id), 303)


@bp.post("/files/<uuid:file_id>/remove")
@signed_in
def remove(file_id: UUID) -> ResponseReturnValue:
    """Take a file off its record."""
    file = attachments.visible(file_id)
    known, record = _own(file)
    attachments.remove(file, record, by=me())
    toasts.undoable(_("%(name)s is taken off.", name=file.name), url_for(".put_back", file_id=file.id))
    return redirect(known.url(file.subject_id), 303)


@bp.post("/files/<uuid:file_id>/put-back")
@signed_in
def put_back(file_id: UUID) -> ResponseReturnValue:
    """Undo that."""
    file = attachments.removed(file_id)
    known, record = _own(file)
    attachments.put_back(file, record, by=me())
    flash(_("%(name)s is back.", name=file.name), "good")
    return redirect(known.url(file.subject_id), 303)


@bp.get("/files/<uuid:file_id>")
@http.gives_file
@signed_in
def download(file_id: UUID) -> ResponseReturnValue:
    """A file on a record that the reader may see."""
    file = attachments.visible(file_id)
    return files.answer(current_tenant(), file.sha256, file.name, file.media_type)


@bp.get("/files/<uuid:file_id>/preview")
@signed_in
def preview(file_id: UUID) -> ResponseReturnValue:
    """An attached picture, to be looked at."""
    file = attachments.visible(file_id)
    if file.media_type not in files.SEEN:
        raise NotFound
    return files.answer_seen(uploads.preview(current_tenant(), file.sha256), files.SMALL)


@bp.get("/pictures/<uuid:file_id>")
@signed_in
def picture(file_id: UUID) -> ResponseReturnValue:
    """A colleague's picture."""
    return _drawn(file_id)


@bp.get("/logo/<uuid:file_id>")
@anyone
def logo(file_id: UUID) -> ResponseReturnValue:
    """The workspace's logo, also shown to those who sign in."""
    if file_id != g.tenant.logo_id:
        raise NotFound
    return _drawn(file_id)


def _record(name: str, record_id: UUID) -> tuple[Kind, Any]:
    kind = KINDS.get(name)
    if kind is None or not may(kind.view):
        raise NotFound
    return kind, kind.find(record_id)


def _own(file: File) -> tuple[Kind, Any]:
    """The record of a file, which the reader may change."""
    known, record = _record(file.subject_kind, file.subject_id)
    if not known.may_edit(record):
        raise Forbidden
    return known, record


def _drawn(file_id: UUID) -> ResponseReturnValue:
    file = the_one(
        select(File).where(File.id == file_id, File.subject_kind == "member", File.media_type == files.PICTURE)
    )
    return files.answer_picture(current_tenant(), file.sha256)
