"""Files: put on records, listed there, taken off and handed out to be saved; pictures that we drew, to be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import select

from saas import files, panels, ui
from saas.crm.activities import queries as activities
from saas.crm.customers import queries as customers
from saas.crm.opportunities import queries as opportunities
from saas.db import current_tenant, db
from saas.errors import NotFound, Refused
from saas.tenants.actions import attachments
from saas.tenants.events import EventName
from saas.tenants.models import Event, File
from saas.tenants.permissions import Permission, anyone, signed_in
from saas.tenants.scope import may, me, require
from saas.tenants.stories import ACTOR, said, story

bp = Blueprint("files", __name__)

P = Permission


@dataclass(frozen=True)
class Kind:
    """Records on which files lie.

    find: the record of an id; raises NotFound where the reader may not see it.
    view, edit: the rights to see its files, and to put some there.
    url: the address of its page.
    place: where the files are shown on that page.
    """

    find: Callable[[UUID], Any]
    view: Permission
    edit: Permission
    url: Callable[[UUID], str]
    place: str = "left"


KINDS = {
    "account": Kind(
        customers.account, P.ACCOUNT_VIEW, P.ACCOUNT_EDIT, lambda i: url_for("customers.show", account_id=i)
    ),
    "contact": Kind(
        customers.contact, P.CONTACT_VIEW, P.CONTACT_EDIT, lambda i: url_for("contacts.show", contact_id=i)
    ),
    "activity": Kind(
        activities.activity, P.ACTIVITY_VIEW, P.ACTIVITY_EDIT, lambda i: url_for("activities.show", activity_id=i)
    ),
    "opportunity": Kind(
        opportunities.opportunity,
        P.OPPORTUNITY_VIEW,
        P.OPPORTUNITY_EDIT,
        lambda i: url_for("opportunities.show", opportunity_id=i),
    ),
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


def _drawer(name: str, kind: Kind) -> Callable[[UUID], Markup]:
    """The files of a record as a part of its page."""

    def draw(record_id: UUID) -> Markup:
        upload_url = url_for("files.upload", kind=name, record_id=record_id) if may(kind.edit) else None
        return ui.fragment(
            "workspace/_files.html",
            files=attachments.on(name, record_id),
            upload_url=upload_url,
            most=files.LARGEST // 1024**2,
            endings=",".join(f".{end}" for end in files.KINDS),
        )

    return draw


for _name, _kind in KINDS.items():
    attachments.readable(_name, _is_seen(_kind))
    panels.add(_name, panels.Panel("files", _l("Files"), _drawer(_name, _kind), _kind.view, _kind.place, 80))


@story(EventName.FILE_ADDED, "paperclip")
def _added(event: Event, who: str) -> Markup:
    return said(_("%(who)s attached %(name)s", who=ACTOR, name=event.changed.get("name", "")), who)


@story(EventName.FILE_REMOVED, "paperclip")
def _removed(event: Event, who: str) -> Markup:
    return said(_("%(who)s took off %(name)s", who=ACTOR, name=event.changed.get("name", "")), who)


@bp.post("/files/<kind>/<uuid:record_id>")
@signed_in
def upload(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Put one or more files on a record."""
    known, record = _record(kind, record_id)
    require(known.edit, record)
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
    known, record = _record(file.subject_kind, file.subject_id)
    require(known.edit, record)
    attachments.remove(file, record, by=me())
    flash(_("%(name)s is taken off.", name=file.name), "good")
    return redirect(known.url(file.subject_id), 303)


@bp.get("/files/<uuid:file_id>")
@signed_in
def download(file_id: UUID) -> ResponseReturnValue:
    """A file on a record that the reader may see."""
    file = attachments.visible(file_id)
    return files.answer(current_tenant(), file.sha256, file.name, file.media_type)


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


def _drawn(file_id: UUID) -> ResponseReturnValue:
    file = db.session.scalars(
        select(File).where(File.id == file_id, File.subject_kind == "member", File.media_type == files.PICTURE)
    ).one_or_none()
    if file is None:
        raise NotFound
    return files.answer_picture(current_tenant(), file.sha256)
