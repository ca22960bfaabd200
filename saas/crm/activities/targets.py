"""What an activity is written for, as addresses and forms name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for

from saas import archive
from saas.archive import refuse_archived
from saas.crm.activities import queries, subjects
from saas.crm.activities.models import (
    Activity,
)
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Contact
from saas.errors import NotFound


@dataclass(frozen=True)
class Target:
    """What an activity is written for: a customer, perhaps one of its people, perhaps a record of another kind."""

    account: Account | None = None
    contact: Contact | None = None
    about_kind: str | None = None
    about_id: UUID | None = None

    def values(self) -> dict[str, Any]:
        """Columns, as far as they are known."""
        known = {
            "account_id": self.account.id if self.account else None,
            "contact_id": self.contact.id if self.contact else None,
            "about_kind": self.about_kind,
            "about_id": self.about_id,
        }
        return {name: value for name, value in known.items() if value is not None}

    def url(self) -> str:
        """The page of the record."""
        subject = subjects.of(self.about_kind)
        if subject is not None and self.about_id is not None:
            return subject.url(self.about_id)
        if self.contact is not None:
            return url_for("contacts.show", contact_id=self.contact.id)
        if self.account is not None:
            return url_for("customers.show", account_id=self.account.id)
        return url_for("activities.calendar")


def asked(given: Any) -> Target:
    """What an address or a form says that an activity is for.

    Raises:
        NotFound: there is none, or the reader may not see it.
        Archived: it was put away.
    """
    kind, about_id = given.get("about_kind", ""), an_id(given.get("about_id"))
    if about_id is None:
        return Target()
    if kind == "account":
        customer = customers.account(about_id)
        refuse_archived(customer)
        return Target(account=customer)
    if kind == "contact":
        contact = customers.contact(about_id)
        refuse_archived(contact)
        return Target(account=contact.account, contact=contact)
    subject = subjects.of(kind)
    if subject is None:
        raise NotFound
    account_id = subject.account_of(about_id)
    refuse_archived(archive.of(kind, about_id))
    account = queries.account(account_id) if account_id else None
    refuse_archived(account)
    return Target(account=account, about_kind=kind, about_id=about_id)


def of_activity(activity: Activity) -> Target:
    """What an activity was written for."""
    return Target(activity.account, None, activity.about_kind, activity.about_id)


def next_of(activity: Activity) -> dict[str, Any]:
    """The address of planning what follows an activity."""
    if activity.about_id is not None:
        return {"about_kind": activity.about_kind, "about_id": activity.about_id}
    return {"about_kind": "account", "about_id": activity.account_id} if activity.account_id else {}


def an_id(text: str | None) -> UUID | None:
    """The id that a text names, if it names one."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
