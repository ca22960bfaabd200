"""Reads about people beyond their own row: the phone book, further customers, days that come again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, literal_column, null, select, tuple_, union_all
from sqlalchemy.orm import joinedload

from saas import search
from saas.crm.customers import private, queries
from saas.crm.customers.models import Account, Affiliation, Contact
from saas.crm.customers.names import looked_up
from saas.db import db
from saas.found import the_one
from saas.tenants import scope
from saas.tenants.permissions import Permission

SIZE = 50  # entries of a page of the phone book
PRINTED = 2000  # entries that are printed at once
FOUND = 60  # that a search shows
CARDS = 1000  # contacts whose cards leave in one file
NO_DAYS: ColumnElement[Any] = literal_column("'[]'::jsonb")
AHEAD = 7  # days that birthdays are told before


@dataclass(frozen=True)
class Place:
    """Where a page of the phone book ends."""

    key: str
    id: UUID


def book(
    words: str, *, start: str = "", after: Place | None = None, many: int = SIZE
) -> tuple[list[Any], Place | None]:
    """Contacts and customers within reach who have a number or an address, by
    the reading of their names.

    Args:
        words: what their name, number or mail holds; empty: everybody.
        start: where the alphabet is opened.
        after: the last entry of the page before.
        many: entries of a page.

    Returns:
        Rows (kind, id, name, key, phone, mobile, home_phone, lines, email, phone_wish, mail_wish, account_id, account),
        and where to go on.
    """
    narrowed = _hits(words) if words.strip() else None
    many = min(many, FOUND) if narrowed is not None else many
    people = _people().where(*queries.listed_contacts(), *_from(Contact, start, after))
    accounts = _accounts().where(*queries.listed(), Account.phone.is_not(None), *_from(Account, start, after))
    if narrowed is not None:
        people = people.where(Contact.id.in_(narrowed["contact"]))
        accounts = accounts.where(Account.id.in_(narrowed["account"]))
    if not scope.may(Permission.ACCOUNT_VIEW):
        accounts = accounts.where(literal(False))
    parts = [
        part.order_by(looked_up(model), model.id).limit(many + 1).subquery()
        for part, model in ((people, Contact), (accounts, Account))
    ]
    both = union_all(*(select(part) for part in parts)).subquery()
    rows = db.session.execute(select(both).order_by(both.c.key, both.c.id).limit(many + 1)).all()
    following = Place(rows[many - 1].key, rows[many - 1].id) if len(rows) > many and narrowed is None else None
    return list(rows[:many]), following


def _people() -> Select[Any]:
    at = select(Account.name).where(Account.id == Contact.account_id).correlate(Contact).scalar_subquery()
    return select(
        literal("contact").label("kind"),
        Contact.id,
        Contact.name,
        looked_up(Contact).label("key"),
        Contact.phone,
        Contact.mobile,
        Contact.home_phone,
        Contact.lines,
        Contact.email,
        Contact.phone_wish,
        Contact.mail_wish,
        Contact.account_id.label("account_id"),
        at.label("account"),
    )


def _accounts() -> Select[Any]:
    nothing = {
        name: null().cast(getattr(Contact, name).type).label(name)
        for name in ("mobile", "home_phone", "lines", "phone_wish", "mail_wish")
    }
    return select(
        literal("account").label("kind"),
        Account.id,
        Account.name,
        looked_up(Account).label("key"),
        Account.phone,
        nothing["mobile"],
        nothing["home_phone"],
        nothing["lines"],
        Account.email,
        nothing["phone_wish"],
        nothing["mail_wish"],
        Account.id.label("account_id"),
        Account.city.label("account"),
    )


def _from(model: Any, start: str, after: Place | None) -> list[ColumnElement[bool]]:
    if after is not None:
        return [tuple_(looked_up(model), model.id) > tuple_(literal(after.key), literal(after.id))]
    return [looked_up(model) >= search.fold(start)] if start else []


def _hits(words: str) -> dict[str, list[UUID]]:
    who = scope.who()
    rights = {"contact": Permission.CONTACT_VIEW, "account": Permission.ACCOUNT_VIEW}
    reaches = {kind: str(reach) for kind, right in rights.items() if (reach := who.reach(right)) is not None}
    deep = search.DEEP if scope.is_hiding() else FOUND  # so that those who are hidden don't bury the others
    found = search.find(words, me=who.id, reaches=private.searched(reaches), teams=who.team_ids, many=deep)
    return {kind: [hit.id for hit in found if hit.kind == kind] for kind in rights}


def affiliations(contact_id: UUID) -> list[Affiliation]:
    """The further customers of a contact that the reader may see, by name."""
    statement = (
        select(Affiliation)
        .join(Account, Account.id == Affiliation.account_id)
        .where(Affiliation.contact_id == contact_id, scope.visible(Account, Permission.ACCOUNT_VIEW))
        .options(joinedload(Affiliation.account).lazyload(Account.owner))
        .order_by(Account.name_key, Account.id)
    )
    return list(db.session.scalars(statement))


def affiliation(contact_id: UUID, affiliation_id: UUID) -> Affiliation:
    """A further customer of a contact.

    Raises:
        NotFound: he has no such one.
    """
    mine = (Affiliation.id == affiliation_id, Affiliation.contact_id == contact_id)
    return the_one(select(Affiliation).where(*mine))


def at_hand() -> list[Contact]:
    """The contacts within reach, by name; at most `CARDS`."""
    statement = select(Contact).where(*queries.listed_contacts()).order_by(Contact.name_key, Contact.id)
    return list(db.session.scalars(statement.limit(CARDS)))


def accounts_called(names: Sequence[str]) -> dict[str, Account]:
    """The customers within reach that are called so: folded name → customer."""
    keys = {search.fold(name) for name in names if name}
    found = db.session.scalars(
        select(Account).where(Account.name_key.in_(keys), *queries.listed()).order_by(Account.id)
    )
    return {account.name_key: account for account in found}


def known_mails(mails: Sequence[str]) -> set[str]:
    """Those of the addresses that a contact has already, lowered."""
    wanted = {mail.lower() for mail in mails if mail}
    found = db.session.scalars(select(func.lower(Contact.email)).where(func.lower(Contact.email).in_(wanted)))
    return {mail for mail in found if mail}


def coming_days(today: date) -> list[tuple[date, Contact, str | None, int]]:
    """Birthdays and anniversaries of the next days among the people whom the reader looks after: (when, who, which
    day or None for the birthday, how many years), the nearest first."""
    near = {f"{on:%m-%d}": on for on in (today + timedelta(days=n) for n in range(AHEAD + 1))}
    hidden = private.hidden()
    if hidden >= {"birthday", "days"}:
        return []
    near |= {"02-29": near["02-28"]} if "02-28" in near and "02-29" not in near else {}
    statement = (
        select(Contact)
        .where(Contact.owner_id == scope.READER, *queries.listed_contacts())
        .where(Contact.birthday.is_not(None) | (Contact.days != NO_DAYS))  # as the index says it
        .where(func.to_char(Contact.birthday, "MM-DD").in_(list(near)) | (Contact.days != NO_DAYS))
        .options(joinedload(Contact.account).lazyload(Account.owner))
    )
    found: list[tuple[date, Contact, str | None, int]] = []
    for contact in db.session.scalars(statement):
        if "birthday" not in hidden and contact.birthday is not None and (on := near.get(f"{contact.birthday:%m-%d}")):
            found.append((on, contact, None, on.year - contact.birthday.year))
        for row in contact.days if "days" not in hidden else ():
            day = date.fromisoformat(row["on"])
            if on := near.get(f"{day:%m-%d}"):
                found.append((on, contact, str(row["word"]), on.year - day.year))
    return sorted(found, key=lambda one: (one[0], one[1].name_key))
