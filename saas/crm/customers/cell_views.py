"""A cell of a list that is changed where it stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from saas import cells, grids, ui
from saas.archive import refuse_archived
from saas.crm.customers import actions, queries
from saas.crm.customers.cell_forms import AccountCell, ContactCell, OwnerCell
from saas.crm.customers.lists import ACCOUNTS, CONTACTS
from saas.crm.customers.models import Account, Contact
from saas.errors import NotFound
from saas.tenants import queries as tenants
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("cells", __name__)

P = Permission
OWNER = "owner"
ACCOUNT_FIELDS = tuple(name for name in AccountCell.__dict__ if name in {c.key for c in ACCOUNTS.columns})
CONTACT_FIELDS = tuple(name for name in ContactCell.__dict__ if name in {c.key for c in CONTACTS.columns})


def of_accounts() -> tuple[str, ...]:
    """The columns of the list of customers that the reader may change in place."""
    return (*(ACCOUNT_FIELDS if may(P.ACCOUNT_EDIT) else ()), *((OWNER,) if may(P.ACCOUNT_ASSIGN) else ()))


def of_contacts() -> tuple[str, ...]:
    """The columns of the list of contacts that the reader may change in place."""
    return CONTACT_FIELDS if may(P.CONTACT_EDIT) else ()


@bp.route("/customers/<uuid:account_id>/cell/<field>", methods=["GET", "POST"])
@allow(P.ACCOUNT_EDIT)
def account(account_id: UUID, field: str) -> ResponseReturnValue:
    if field not in ACCOUNT_FIELDS:
        raise NotFound
    found = _account(account_id, P.ACCOUNT_EDIT)
    form = AccountCell(field, obj=found)
    return _changed(found, form, field, lambda: actions.change_account(found, form.values(), version=None, by=me()))


@bp.route("/customers/<uuid:account_id>/cell/owner", methods=["GET", "POST"])
@allow(P.ACCOUNT_ASSIGN)
def owner(account_id: UUID) -> ResponseReturnValue:
    found = _account(account_id, P.ACCOUNT_ASSIGN)
    form = OwnerCell(owner_id=str(found.owner_id))
    return _changed(found, form, OWNER, lambda: _assign(found, form))


@bp.route("/contacts/<uuid:contact_id>/cell/<field>", methods=["GET", "POST"])
@allow(P.CONTACT_EDIT)
def contact(contact_id: UUID, field: str) -> ResponseReturnValue:
    if field not in CONTACT_FIELDS:
        raise NotFound
    found = queries.contact(contact_id)
    require(P.CONTACT_EDIT, found)
    refuse_archived(found)
    form = ContactCell(field, obj=found)
    return _changed(
        found, form, field, lambda: actions.change_contact(found, form.values(), version=found.version, by=me())
    )


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _account(account_id: UUID, right: Permission) -> Account:
    """The customer of a cell; one that is saved is held first, so that what stands there now is what is compared."""
    found = queries.account(account_id)
    if request.method == "POST":
        found = queries.lock_account(account_id)
    require(right, found)
    refuse_archived(found)
    return found


def _assign(account: Account, form: OwnerCell) -> None:
    actions.assign(account, tenants.member(UUID(form.owner_id.data)), by=me())


def _changed(record: Account | Contact, form: Any, field: str, verb: Any) -> ResponseReturnValue:
    name = "owner_id" if field == OWNER else field
    return cells.changed(record, form, name, verb, lambda: _told(record, field))


def _told(record: Account | Contact, field: str) -> Markup:
    if isinstance(record, Account):
        return grids.cell(ACCOUNTS, field, record.id, ui.record_url("customers.show", "account_id"))
    return grids.cell(CONTACTS, field, record.id, ui.record_url("contacts.show", "contact_id"))
