"""The same customer or person twice: by what they are known again, kept at every write, and which of them look alike.

Keys are looked up as they are, so that a check costs the same in a workspace of a million customers. Pairs are found as
keys are written, since nobody could compare all with all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, column, delete, exists, or_, select, true, values
from sqlalchemy.dialects.postgresql import insert

from saas import clock, phones
from saas.crm.customers.likeness import company_key, mail_key, tax_key
from saas.crm.customers.models import MAIL_LINES, Account, AccountKind, Contact, TwinKey, TwinPair
from saas.db import current_tenant, db, new_id
from saas.search import fold
from saas.tenants import scope

NAME, PHONE, MAIL, DOMAIN, TAX = "name", "phone", "mail", "domain", "tax"
PARTS = (TAX, PHONE, MAIL, NAME, DOMAIN)  # the surest first
MOST = 20  # records that share a key and are still taken for the same; a switchboard's number has more
AT_ONCE = 200  # keys of one look-up
CHUNK = 500  # records that are noted together

# Columns that keys are made of.
SAID = ("name", "kind", "phone", "mobile", "email", "website", "tax_number", "country", "account_id", "lines")

Key = tuple[str, str]  # part, value
ACCOUNT, CONTACT = "account", "contact"


@dataclass(frozen=True)
class Alike:
    """A customer that shares keys with what is being typed, or has a person who does."""

    account: Account
    contact_id: UUID | None  # the person
    parts: tuple[str, ...]  # what they share


def keys_of_account(typed: Mapping[str, Any]) -> set[Key]:
    """By what a customer is known again, from columns of Account."""
    mail, zone = typed.get("email"), scope.workspace().timezone
    found = {
        (NAME, company_key(typed.get("name"))),
        (PHONE, phones.key(typed.get("phone"), zone)),
        (MAIL, fold(mail) if mail else None),
        (TAX, tax_key(typed, zone)),
    }
    if typed.get("kind") is not AccountKind.PERSON:
        domains = {mail_key(mail), mail_key(typed.get("website"))}
        found |= {(DOMAIN, domain) for domain in domains if domain and "@" not in domain}
    return {(part, value) for part, value in found if value}


def keys_of_contact(typed: Mapping[str, Any]) -> set[Key]:
    """By what a person is known again, from columns of Contact; a name tells him among those of one customer alone."""
    name, mail, zone = typed.get("name"), typed.get("email"), scope.workspace().timezone
    account_id = typed.get("account_id")
    found = {
        (NAME, f"{fold(name)}@{account_id}" if name and account_id else None),
        (PHONE, phones.key(typed.get("phone"), zone)),
        (PHONE, phones.key(typed.get("mobile"), zone)),
        (MAIL, fold(mail) if mail else None),
        *((MAIL, fold(row["value"])) for row in typed.get("lines") or () if row["kind"] in MAIL_LINES),
    }
    return {(part, value) for part, value in found if value}


# ── kept ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def note_accounts(accounts: Sequence[Account]) -> None:
    """Keep by what these are known again; an archived one by nothing."""
    _note(ACCOUNT, {a.id: (a.id, _keys(a, keys_of_account)) for a in accounts})


def note_contacts(contacts: Sequence[Contact]) -> None:
    """`note_accounts` for people."""
    _note(CONTACT, {c.id: (c.account_id, _keys(c, keys_of_contact)) for c in contacts})


def forget(kind: str, ids: Collection[UUID]) -> None:
    """They are put away: nothing looks like them any more."""
    if ids:
        db.session.execute(_unsynced(delete(TwinKey).where(_subject(kind).in_(ids), *_of(kind))))
        _unpair(kind, ids)


def _keys(record: Any, keys_of: Any) -> set[Key]:
    if record.archived_at is not None:
        return set()
    found: set[Key] = keys_of({name: getattr(record, name, None) for name in SAID})
    return found


def _note(kind: str, wanted: Mapping[UUID, tuple[UUID, set[Key]]]) -> None:
    had: dict[UUID, set[Key]] = defaultdict(set)
    places: dict[UUID, UUID] = {}
    subject = _subject(kind)
    kept = select(subject, TwinKey.part, TwinKey.value, TwinKey.account_id)
    for one, part, value, account_id in db.session.execute(kept.where(subject.in_(wanted), *_of(kind))):
        had[one].add((part, value))
        places[one] = account_id
    changed = {
        one: (account_id, keys)
        for one, (account_id, keys) in wanted.items()
        if keys != had[one] or places.get(one, account_id) != account_id
    }
    if not changed:
        return
    if again := [one for one in changed if had[one]]:
        forget(kind, again)
    at, tenant_id = clock.now(), current_tenant()
    rows = [
        {
            "tenant_id": tenant_id,
            "id": new_id(),
            "account_id": account_id,
            "contact_id": one if kind == CONTACT else None,
            "part": part,
            "value": value,
            "created_at": at,
        }
        for one, (account_id, keys) in changed.items()
        for part, value in sorted(keys)
    ]
    if rows:
        db.session.execute(insert(TwinKey).values(rows).on_conflict_do_nothing())
        _pair(kind, {one: keys for one, (_account_id, keys) in changed.items()})


def _pair(kind: str, keys: Mapping[UUID, set[Key]]) -> None:
    """Note which others share a key with these."""
    shared: dict[tuple[UUID, UUID], set[str]] = defaultdict(set)
    holders = _holders(kind, {key for mine in keys.values() for key in mine})
    for one, mine in keys.items():
        for key in mine:
            for other in holders.get(key, ()):
                if other != one:
                    shared[min(one, other), max(one, other)].add(key[0])
    at, tenant_id = clock.now(), current_tenant()
    rows = [
        {
            "tenant_id": tenant_id,
            "id": new_id(),
            "kind": kind,
            "one_id": one,
            "other_id": other,
            "parts": [part for part in PARTS if part in parts],
            "created_at": at,
        }
        for (one, other), parts in sorted(shared.items())
    ]
    for start in range(0, len(rows), AT_ONCE):
        db.session.execute(insert(TwinPair).values(rows[start : start + AT_ONCE]).on_conflict_do_nothing())


def _holders(kind: str, keys: Collection[Key]) -> dict[Key, list[UUID]]:
    """Who has each of the keys; those that too many have are left out."""
    found: dict[Key, list[UUID]] = defaultdict(list)
    for part, value, one, _account_id in _held(keys, MOST + 1, *_of(kind), subject=_subject(kind)):
        found[part, value].append(one)
    return {key: holders for key, holders in found.items() if len(holders) <= MOST}


def _unpair(kind: str, ids: Collection[UUID]) -> None:
    theirs = or_(TwinPair.one_id.in_(ids), TwinPair.other_id.in_(ids))
    db.session.execute(
        _unsynced(delete(TwinPair).where(TwinPair.kind == kind, TwinPair.dismissed_at.is_(None), theirs))
    )


def _unsynced(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)


def _held(keys: Iterable[Key], many: int, *where: Any, subject: Any) -> list[Any]:
    """(part, value, subject, account) of up to `many` holders of each key: one that all share costs no more."""
    found: list[Any] = []
    listed = sorted(set(keys))
    for start in range(0, len(listed), AT_ONCE):
        asked = values(column("part", Text), column("value", Text), name="asked").data(listed[start : start + AT_ONCE])
        mine = select(subject.label("subject"), TwinKey.account_id)
        mine = mine.where(TwinKey.part == asked.c.part, TwinKey.value == asked.c.value, *where).limit(many)
        held = mine.lateral("held")
        statement = select(asked.c.part, asked.c.value, held.c.subject, held.c.account_id)
        found += db.session.execute(statement.select_from(asked.join(held, true()))).all()
    return found


def _subject(kind: str) -> Any:
    return TwinKey.account_id if kind == ACCOUNT else TwinKey.contact_id


def _of(kind: str) -> tuple[Any, ...]:
    return (TwinKey.contact_id.is_(None),) if kind == ACCOUNT else (TwinKey.contact_id.is_not(None),)


# ── looked up ───────────────────────────────────────────────────────────────────────────────────────────────────────


def alike(keys: Collection[Key], *, but: UUID | None = None) -> list[Alike]:
    """Customers who share one of the keys, or with whom a person does, those who share most first; whoever has them.

    Args:
        keys: of what is being typed.
        but: the customer or the person that it is about.
    """
    shared: dict[UUID, set[str]] = defaultdict(set)
    people: dict[UUID, UUID | None] = {}
    for part, _value, contact_id, account_id in _held(keys, MOST, subject=TwinKey.contact_id):
        if but is None or but not in {contact_id, account_id}:
            shared[account_id].add(part)
            people[account_id] = people.get(account_id, contact_id) and contact_id  # itself before its people
    accounts = {a.id: a for a in db.session.scalars(select(Account).where(Account.id.in_(shared)))} if shared else {}
    found = [
        Alike(accounts[one], people[one], tuple(part for part in PARTS if part in parts))
        for one, parts in shared.items()
        if accounts[one].archived_at is None
    ]
    return sorted(found, key=lambda one: (-len(one.parts), PARTS.index(one.parts[0]), one.account.name_key))


def people_with(keys: Collection[Key], account_id: UUID) -> dict[UUID, tuple[str, ...]]:
    """The people of one customer who share one of the keys, each with what they share."""
    theirs = (TwinKey.account_id == account_id, TwinKey.contact_id.is_not(None))
    shared: dict[UUID, set[str]] = defaultdict(set)
    for part, _value, contact_id, _account_id in _held(keys, MOST, *theirs, subject=TwinKey.contact_id):
        shared[contact_id].add(part)
    return {one: tuple(part for part in PARTS if part in parts) for one, parts in shared.items()}


def accounts_with(keys: Iterable[Key]) -> dict[Key, UUID]:
    """For each of the keys that a customer or a person has: the customer."""
    found = _held(keys, 1, subject=TwinKey.contact_id)
    return {(part, value): account_id for part, value, _contact_id, account_id in found}


# ── what was here before ────────────────────────────────────────────────────────────────────────────────────────────


def note_all() -> Iterator[None]:
    """Note those of whom nothing is kept, as of records older than the keys; the caller commits at each yield."""
    notes: tuple[tuple[Any, Any], ...] = ((Account, note_accounts), (Contact, note_contacts))
    for model, note in notes:
        after = UUID(int=0)
        while found := _without(model, after):
            note(found)
            after = found[-1].id
            yield


def _without(model: Any, after: UUID) -> list[Any]:
    kind = model.__tablename__
    kept = exists().where(_subject(kind) == model.id, *_of(kind))
    statement = select(model).where(model.id > after, model.archived_at.is_(None), ~kept).order_by(model.id)
    return list(db.session.scalars(statement.limit(CHUNK)).unique())
