"""Tags and groups on the pages of customers and contacts."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import http, panels, ui
from saas.crm.customers import label_actions as actions
from saas.crm.customers import queries
from saas.crm.customers.models import Account, Contact
from saas.crm.fields import label_actions, label_queries
from saas.crm.fields.label_models import Label, LabelKind
from saas.errors import Refused
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("labelling", __name__)

P = Permission


@bp.post("/customers/<uuid:account_id>/labels")
@allow(P.ACCOUNT_EDIT)
def add(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    require(P.ACCOUNT_EDIT, account)
    return _add(account)


@bp.post("/customers/<uuid:account_id>/labels/drop")
@allow(P.ACCOUNT_EDIT)
def drop(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    require(P.ACCOUNT_EDIT, account)
    return _drop(account)


@bp.post("/contacts/<uuid:contact_id>/labels")
@allow(P.CONTACT_EDIT)
def add_to_contact(contact_id: UUID) -> ResponseReturnValue:
    contact = queries.contact(contact_id)
    require(P.CONTACT_EDIT, contact)
    return _add(contact)


@bp.post("/contacts/<uuid:contact_id>/labels/drop")
@allow(P.CONTACT_EDIT)
def drop_from_contact(contact_id: UUID) -> ResponseReturnValue:
    contact = queries.contact(contact_id)
    require(P.CONTACT_EDIT, contact)
    return _drop(contact)


def _add(record: Account | Contact) -> ResponseReturnValue:
    try:
        one = _asked()
    except Refused as refused:
        return _panel(record, refused.sentence), 422
    if one is not None:
        actions.label(record, one, by=me())
    return _answer(record)


def _drop(record: Account | Contact) -> ResponseReturnValue:
    one = _asked()
    if one is not None:
        actions.unlabel(record, one, by=me())
    return _answer(record)


def _asked() -> Label | None:
    """The label that the form names by id, or the tag that it names by name: a new one is made."""
    if name := request.form.get("tag", "").strip():
        return label_actions.found_or_added(LabelKind.TAG, name, by=me())
    try:
        return label_queries.label(UUID(request.form.get("label_id", "")))
    except ValueError:
        return None


def _answer(record: Account | Contact) -> ResponseReturnValue:
    if http.is_fragment():
        return _panel(record)
    if isinstance(record, Account):
        return redirect(url_for("customers.show", account_id=record.id))
    return redirect(url_for("contacts.show", contact_id=record.id))


def _panel(record: Account | Contact, refusal: str = "") -> Markup:
    is_account = isinstance(record, Account)
    mine = label_queries.of_record(actions.COLUMNS[type(record)], record.id)
    if is_account:
        urls = [url_for(f"labelling.{verb}", account_id=record.id) for verb in ("add", "drop")]
    else:
        urls = [url_for(f"labelling.{verb}", contact_id=record.id) for verb in ("add_to_contact", "drop_from_contact")]
    taken = {tag.id for tag in mine}
    return ui.fragment(
        "fields/_labels.html",
        title=_l("Tags and groups"),
        labels=mine,
        tags=[tag for tag in label_queries.of_kind(LabelKind.TAG) if tag.id not in taken],
        groups=[tag for tag in label_queries.of_kind(LabelKind.GROUP) if tag.id not in taken],
        can_edit=record.archived is None and may(P.ACCOUNT_EDIT if is_account else P.CONTACT_EDIT, record),
        add_url=urls[0],
        drop_url=urls[1],
        refusal=refusal,
    )


def _of_account(account_id: UUID) -> Markup:
    return _panel(queries.account(account_id))


def _of_contact(contact_id: UUID) -> Markup:
    return _panel(queries.contact(contact_id))


_added = partial(panels.Panel, "labels", _l("Tags and groups"), place="left", order=5, is_later=True)
panels.add("account", _added(draw=_of_account, right=P.ACCOUNT_VIEW))
panels.add("contact", _added(draw=_of_contact, right=P.CONTACT_VIEW))
