"""What can be done with customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from saas import clock, search
from saas.archive import refuse_archived
from saas.crm.customers import giving, ownership, queries, twins
from saas.crm.customers import territory_actions as territories
from saas.crm.customers.models import Account, Contact, Standing
from saas.crm.fields import actions as fields
from saas.crm.fields import custom_actions as custom
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import brought, events, handover, numbers
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CREATED, CHANGED, ASSIGNED = "account.created", "account.changed", "account.assigned"
ARCHIVED, RESTORED = "account.archived", "account.restored"
CONTACT_CREATED, CONTACT_CHANGED = "contact.created", "contact.changed"
CONTACT_ARCHIVED, CONTACT_RESTORED = "contact.archived", "contact.restored"
CUSTOM = "custom"  # the column of the workspace's own fields


class Merged(Refused):
    """The record was merged into another: it comes back by undoing that."""


def create_account(values: Mapping[str, Any], *, owner: Member | None, by: Actor) -> Account:
    """Add a customer.

    Args:
        values: columns of Account that a person may type; `custom` holds fields of the workspace's own by their ids.
        owner: who looks after it; without one it lies in the pool.
        by: who adds it.
    """
    (number,) = numbers.take("account")
    account = Account(number=number, **fields.settled(_whole("account", values)))
    account.standing = Standing.POOL
    noted = giving.noted(giving.check([account], owner, beyond=True)) if owner else {}
    db.session.add(account)
    ownership.give(account, owner)
    index_accounts([account])
    events.record(CREATED, account, by=by, changed={"name": account.name} | noted)
    return account


def create_for(values: Mapping[str, Any], *, owner: Member | None, by: Member) -> Account:
    """`create_account` for somebody: a colleague is held to what holds where he is given one, oneself to `keepers`.

    Raises:
        BusinessError: the rules of the pool are against it; says why.
    """
    if owner is not None and owner.id != by.id:
        giving.check([Account(standing=Standing.POOL)], owner)
    elif owner is not None:
        (owner,) = giving.keepers(owner)
    return create_account(values, owner=owner, by=by)


def create_accounts(rows: Sequence[Mapping[str, Any]], *, by: Actor, batch_id: UUID | None = None) -> list[Account]:
    """Write many customers whose values were checked: rows, search entries and events, each in one insert.

    Args:
        rows: columns of Account, and `owner` (Member); one without an owner lies in the pool.
        by: who adds them.
        batch_id: shared by their events.
    """
    if not rows:
        return []
    now, made = clock.now(), []
    theirs: dict[UUID, tuple[Member, list[Account]]] = {}
    for number, given in zip(numbers.take("account", len(rows)), rows, strict=True):
        values = {n: value for n, value in fields.settled(_whole("account", given)).items() if value is not None}
        owner = values.pop("owner", None)
        account = Account(**{"id": new_id(), "number": number} | values)
        if owner is not None:
            theirs.setdefault(owner.id, (owner, []))[1].append(account)
        made.append(account)
    noted = {key: giving.noted(giving.check(some, owner, beyond=True)) for key, (owner, some) in theirs.items()}
    for account, given in zip(made, rows, strict=True):
        ownership.place(account, given.get("owner"), at=now)
    ownership.set_reclaims(made)
    db.session.add_all(made)
    db.session.flush()
    index_accounts(made)
    told = [(one, {"name": one.name} | (noted[one.owner_id] if one.owner_id else {})) for one in made]
    events.record_many(CREATED, told, by=by, batch_id=batch_id)
    return made


def change_account(
    account: Account, values: Mapping[str, Any], *, version: int | None, by: Actor, batch_id: UUID | None = None
) -> dict[str, Any]:
    """Write what a form holds; returns what changed, field → [before, after].

    Raises:
        Overtaken: the record is no longer at `version`.
        Archived: it was put away.
    """
    refuse_archived(account)
    if version is not None and version != account.version:
        raise Overtaken(account)
    changed = apply(account, values)
    if not changed:
        return {}
    if "level" in changed:
        ownership.set_reclaim(account)
    db.session.flush()
    index_accounts([account])
    events.record(CHANGED, account, by=by, changed=changed, batch_id=batch_id)
    return changed


def assign(account: Account, owner: Member, *, by: Actor, batch_id: UUID | None = None, beyond: bool = False) -> None:
    """Give a customer to a colleague; with `beyond` also to one who holds as many as he may.

    Raises:
        Archived: it was put away.
        BusinessError: the rules of its pool are against it; says why.
    """
    refuse_archived(account)
    if account.owner_id == owner.id:
        return
    before = account.owner.name if account.owner else None
    noted = giving.hand([account], owner, beyond=beyond)
    changed = {"owner": [before, owner.name], "owner_id": owner.id} | noted
    events.record(ASSIGNED, account, by=by, changed=changed, batch_id=batch_id)


def archive_account(account: Account, *, by: Actor, batch_id: UUID | None = None) -> None:
    """Put a customer away: it stays with all its history, out of lists and search."""
    if account.archived_at is None:
        account.archived_at = clock.now()
        people = [c.id for c in db.session.query(Contact.id).filter(Contact.account_id == account.id)]
        search.drop("account", [account.id])
        search.drop("contact", people)
        twins.forget("contact", people)
        twins.forget("account", [account.id])
        events.record(ARCHIVED, account, by=by, batch_id=batch_id)


def restore_account(account: Account, *, by: Actor, batch_id: UUID | None = None) -> None:
    """Bring a customer back.

    Raises:
        Merged: it is part of another one now.
        BusinessError: whoever looks after it has no room for it; says so.
    """
    _refuse_merged(account)
    if account.archived_at is not None:
        if account.owner is not None:
            giving.check([account], account.owner)
        account.archived_at = None
        people = db.session.query(Contact).filter(Contact.account_id == account.id, Contact.archived_at.is_(None))
        index_accounts([account])
        index_contacts(list(people))
        events.record(RESTORED, account, by=by, batch_id=batch_id)


def create_contact(account: Account, values: Mapping[str, Any], *, by: Actor) -> Contact:
    """Add a person to a customer.

    Raises:
        Archived: the customer was put away.
    """
    refuse_archived(account)
    contact = Contact(account=account, account_id=account.id, **_whole("contact", values))
    contact.owner_id, contact.team_id = account.owner_id, account.team_id
    db.session.add(contact)
    db.session.flush()
    index_contacts([contact])
    events.record(CONTACT_CREATED, contact, by=by, changed={"name": contact.name})
    return contact


def create_contacts(rows: Sequence[Mapping[str, Any]], *, by: Actor, batch_id: UUID | None = None) -> list[Contact]:
    """Write many people whose values were checked; a row is columns of Contact, with `account` (Account)."""
    if not rows:
        return []
    made = []
    for given in rows:
        account = given["account"]
        values = {name: value for name, value in _whole("contact", given).items() if value is not None}
        values.pop("account")
        contact = Contact(**{"id": new_id(), "account_id": account.id} | values)
        contact.owner_id, contact.team_id = account.owner_id, account.team_id
        made.append(contact)
    db.session.add_all(made)
    db.session.flush()
    index_contacts(made)
    events.record_many(CONTACT_CREATED, [(one, {"name": one.name}) for one in made], by=by, batch_id=batch_id)
    return made


def change_contact(contact: Contact, values: Mapping[str, Any], *, version: int | None, by: Actor) -> dict[str, Any]:
    """Write what a form holds; returns what changed.

    Raises:
        Overtaken: the record is no longer at `version`.
        Archived: he or his customer was put away.
    """
    refuse_archived(contact)
    if version is not None and version != contact.version:
        raise Overtaken(contact)
    changed = apply(contact, values)
    if not changed:
        return {}
    db.session.flush()
    index_contacts([contact])
    events.record(CONTACT_CHANGED, contact, by=by, changed={"name": contact.name} | changed)
    return changed


def archive_contact(contact: Contact, *, by: Actor, batch_id: UUID | None = None) -> None:
    """Put a person away."""
    if contact.archived_at is None:
        contact.archived_at = clock.now()
        search.drop("contact", [contact.id])
        twins.forget("contact", [contact.id])
        events.record(CONTACT_ARCHIVED, contact, by=by, changed={"name": contact.name}, batch_id=batch_id)


def restore_contact(contact: Contact, *, by: Actor) -> None:
    """Bring a person back.

    Raises:
        Archived: his customer was put away, and comes back first.
        Merged: he is part of another contact now.
    """
    _refuse_merged(contact)
    refuse_archived(contact.account)
    if contact.archived_at is not None:
        contact.archived_at = None
        index_contacts([contact])
        events.record(CONTACT_RESTORED, contact, by=by, changed={"name": contact.name})


def _refuse_merged(record: Account | Contact) -> None:
    if record.merged_into_id is not None:
        raise Merged(_("%(name)s was merged. Undo the merge to have it back.", name=record.name))


def apply(record: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set the fields that differ; returns field → [before, after].

    Args:
        record: an Account or Contact.
        values: columns; of `custom` only the workspace's own fields that are to be set.
    """
    own = {name: value for name, value in values.items() if name != CUSTOM}
    changed = {name: [getattr(record, name), value] for name, value in own.items() if getattr(record, name) != value}
    changed |= custom.apply(record, values.get(CUSTOM) or {})
    for name in own.keys() & changed.keys():
        setattr(record, name, own[name])
    return changed


def _whole(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a new record: what is said of the workspace's own fields is checked."""
    said = values.get(CUSTOM)
    return {**values, CUSTOM: custom.settled(table, {}, said) if said else {}}


def index_accounts(accounts: Sequence[Account]) -> None:
    """Make customers findable by name, number, mail, place and phone, known again by those who type them anew, and
    place them in their territories.
    """
    told = ((a, (a.name, a.number, a.email, a.city, a.website, brought.reference(a))) for a in accounts)
    search.put([_entry("account", a, texts, (a.phone,)) for a, texts in told])
    twins.note_accounts(accounts)
    territories.place(accounts)
    custom.note("account", accounts)


def index_contacts(contacts: Sequence[Contact]) -> None:
    """Make people findable by name, mail and phones, and known again by those who type them anew; by the phone at home
    those alone find them who may see it.
    """
    at_home = [c for c in contacts if c.home_phone]
    reached = search.private("contact")
    search.drop(reached, [c.id for c in contacts if not c.home_phone])
    search.put(
        [
            *(_entry("contact", c, _told(c), (c.phone, c.mobile, *c.numbers)) for c in contacts),
            *(_entry(reached, c, (), (c.home_phone,)) for c in at_home),
        ]
    )
    twins.note_contacts(contacts)
    custom.note("contact", contacts)


def _told(contact: Contact) -> tuple[str | None, ...]:
    return (contact.name, contact.email, *contact.mails, brought.reference(contact))


def _entry(kind: str, record: Any, texts: Iterable[str | None], phones: Iterable[str | None]) -> dict[str, Any]:
    """What of a record is found, by whoever sees the record."""
    return search.entry(kind, record.id, texts, phones, owner_id=record.owner_id, team_id=record.team_id)


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID, part: Part = ALL) -> list[UUID]:
    """Give a leaver's customers to `heir`, with one event each under `batch_id`; returns their ids.

    The heir is told of it all at once by whoever hands over, not of each.

    Raises:
        BusinessError: the rules of a pool are against it; says why.
    """
    accounts = list(db.session.scalars(select(Account).where(Account.owner_id == leaver_id, *part.of(Account))))
    before = {account.id: account.owner.name if account.owner else None for account in accounts}
    facts = {"owner_id": heir.id, "is_book": True} | giving.hand(accounts, heir, beyond=part.beyond)
    rows = [(account, facts | {"owner": [before[account.id], heir.name]}) for account in accounts]
    events.record_many(ASSIGNED, rows, by=by, batch_id=batch_id)
    return [account.id for account in accounts]


handover.register(
    Holding(
        "account.owner_id",
        lambda n: ngettext("%(num)s customer", "%(num)s customers", n),
        queries.count_owned,
        hand_over,
    )
)
