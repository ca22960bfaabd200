"""Confidential details on the pages of customers and contacts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import archive, http, panels, ui
from saas.archive import refuse_archived
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Contact
from saas.crm.sealed import actions, queries
from saas.crm.sealed.forms import made_for
from saas.crm.sealed.models import DETAIL_WORDS, SealedValue
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("sealed", __name__, url_prefix="/confidential")

P = Permission


@bp.route("/customers/<uuid:account_id>", methods=["GET", "POST"])
@allow(P.ACCOUNT_EDIT)
def of_account(account_id: UUID) -> ResponseReturnValue:
    """Write confidential details of a customer."""
    account = customers.account(account_id)
    require(P.ACCOUNT_EDIT, account)
    return _write(account, url_for("customers.show", account_id=account.id))


@bp.route("/contacts/<uuid:contact_id>", methods=["GET", "POST"])
@allow(P.CONTACT_EDIT)
def of_contact(contact_id: UUID) -> ResponseReturnValue:
    """Write confidential details of a contact."""
    contact = customers.contact(contact_id)
    require(P.CONTACT_EDIT, contact)
    return _write(contact, url_for("contacts.show", contact_id=contact.id))


@bp.post("/<uuid:value_id>/show")
@allow(P.SEALED_VIEW)
def show(value_id: UUID) -> ResponseReturnValue:
    """Show one detail; the trail tells who looked."""
    row = queries.value(value_id)
    shown = {"line": _line(row, may_see=False), "text": actions.show(row, by=me())}
    if http.is_fragment():
        return render_template("sealed/_line.html", **shown)
    record = queries.record_of(row)
    return render_template("sealed/show.html", record=record, back_url=_page(record), **shown)


def _write(record: Account | Contact, back_url: str) -> ResponseReturnValue:
    refuse_archived(record)
    kept = queries.of_record(record.__tablename__, record.id)
    box = queries.sealer()
    form = made_for(record.__tablename__, {detail: queries.cover(row, box) for detail, row in kept.items()})
    if form.validate_on_submit():
        changed = actions.keep(record, form.values(), by=me())
        flash(_("Saved.") if changed else _("Nothing changed."), "good")
        return redirect(back_url)
    return render_template("sealed/form.html", form=form, record=record, back_url=back_url), form.status


def _page(record: Account | Contact) -> str:
    if isinstance(record, Contact):
        return url_for("contacts.show", contact_id=record.id)
    return url_for("customers.show", account_id=record.id)


def _line(row: SealedValue, *, may_see: bool, twins: list[Any] | None = None) -> dict[str, Any]:
    cover = queries.cover(row)
    return {
        "id": row.id,
        "label": DETAIL_WORDS[row.detail],
        "cover": cover,
        "show_url": url_for("sealed.show", value_id=row.id) if may_see and cover is not None else None,
        "twins": [(one.name, _page(one)) for one in twins or []],
    }


def _drawn(record: Account | Contact, edit_url: str, may_edit: bool) -> Markup:
    kind = record.__tablename__
    may_see = may(P.SEALED_VIEW, record)
    rows = queries.of_record(kind, record.id).values()
    return ui.fragment(
        "sealed/_of_record.html",
        lines=[_line(row, may_see=may_see, twins=queries.twins(kind, row)) for row in rows],
        edit_url=edit_url if may_edit and archive.is_open(kind, record.id) else None,
    )


def _of_account(account_id: UUID) -> Markup:
    account = customers.account(account_id)
    return _drawn(account, url_for("sealed.of_account", account_id=account_id), may(P.ACCOUNT_EDIT, account))


def _of_contact(contact_id: UUID) -> Markup:
    contact = customers.contact(contact_id)
    return _drawn(contact, url_for("sealed.of_contact", contact_id=contact_id), may(P.CONTACT_EDIT, contact))


TITLE = _l("Confidential")
panels.add("account", panels.Panel("sealed", TITLE, _of_account, P.ACCOUNT_VIEW, "side", 80, is_later=True))
panels.add("contact", panels.Panel("sealed", TITLE, _of_contact, P.CONTACT_VIEW, "side", 80, is_later=True))
