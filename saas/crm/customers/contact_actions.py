"""What can be done with people beyond their own row: further customers, and cards of other address books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from saas import phones
from saas.archive import refuse_archived
from saas.crm.customers import actions
from saas.crm.customers.models import Account, Affiliation, Contact
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events, scope
from saas.tenants.scope import Actor

NUMBERS = ("phone", "mobile", "home_phone")
JOINED, LEFT = "contact.joined", "contact.left"


def join(contact: Contact, account: Account, values: Mapping[str, Any], *, by: Actor) -> Affiliation:
    """Note that a contact is somebody at a further customer too.

    Raises:
        Archived: the contact or the customer was put away.
        Refused: he is known there already.
    """
    refuse_archived(contact, account)
    known = db.session.query(Affiliation).filter_by(contact_id=contact.id, account_id=account.id).first()
    if known is not None or account.id == contact.account_id:
        raise Refused(
            _("%(name)s is known at %(account)s already.", name=contact.name, account=account.name), field="customer"
        )
    made = Affiliation(contact_id=contact.id, account_id=account.id, **values)
    db.session.add(made)
    db.session.flush()
    facts = {"name": contact.name, "account": account.name}
    events.record(JOINED, contact, by=by, changed=facts, account_id=account.id)
    return made


def leave(contact: Contact, affiliation: Affiliation, *, by: Actor) -> None:
    """Note that a contact is no longer at a further customer.

    Raises:
        Archived: the contact was put away.
    """
    refuse_archived(contact)
    facts = {"name": contact.name, "account": affiliation.account.name}
    account_id = affiliation.account_id
    db.session.delete(affiliation)
    db.session.flush()
    events.record(LEFT, contact, by=by, changed=facts, account_id=account_id)


def bring_cards(rows: Sequence[tuple[Account, Mapping[str, Any]]], *, by: Actor) -> list[Contact]:
    """Add the people of another address book, each to his customer.

    Raises:
        Archived: one of the customers was put away.
    """
    refuse_archived(*(account for account, _values in rows))
    zone = scope.workspace().timezone
    values = [
        {
            **values,
            **{name: phones.written(values[name], zone) for name in NUMBERS if values.get(name)},
            "account": account,
        }
        for account, values in rows
    ]
    return actions.create_contacts(values, by=by, batch_id=new_id())
