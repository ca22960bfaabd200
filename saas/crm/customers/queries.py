"""Reads about customers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Uuid, and_, bindparam, case, func, inspect, literal, not_, or_, select
from sqlalchemy.orm import aliased, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from saas import archive, search
from saas.crm.customers import veil
from saas.crm.customers.models import Account, Affiliation, Contact
from saas.crm.fields import custom_queries as custom
from saas.crm.fields.custom_models import FieldKind
from saas.db import current_tenant, db
from saas.found import known, the_one
from saas.statements import Statement, among, written_once
from saas.tenants import scope
from saas.tenants.models import Event, Member
from saas.tenants.permissions import Permission

IS_KEPT, IS_KEPT_CONTACT = Account.archived_at.is_(None), Contact.archived_at.is_(None)
IS_AWAY, IS_AWAY_CONTACT = Account.archived_at.is_not(None), Contact.archived_at.is_not(None)
OWNER, PARENT = aliased(Member, name="owner"), aliased(Account, name="parent")


_counted: dict[str, Callable[[], Any]] = {}  # name → what gives the count's scalar subquery, for the reader's reach


def let_count(name: str, counted: Callable[[], Any]) -> None:
    """Read a count of another capability along with each account, as `account.counts[name]`. Done at import.

    Args:
        name: what the capability calls it.
        counted: gives a scalar subquery on `Account.id`; one and the same object for all who reach as far.
    """
    _counted[name] = counted


@written_once
def _account(where: ColumnElement[bool], *counts: Any) -> Statement:
    return (
        select(Account, OWNER, PARENT, *counts)
        .outerjoin(OWNER, OWNER.id == Account.owner_id)
        .outerjoin(PARENT, PARENT.id == Account.parent_id)
        .where(Account.id == bindparam("id"), where)
    )


def account(account_id: UUID, permission: Permission = Permission.ACCOUNT_VIEW) -> Account:
    """An account within the reader's reach.

    Raises:
        NotFound: there is none, or it is beyond his reach: both look the same.
        Veiled: it lies free, and its pool hides it from him.
    """
    return veil.lift(card(account_id, permission))


def card(account_id: UUID, permission: Permission = Permission.ACCOUNT_VIEW) -> Account:
    """`account`, also where a veil covers it: for those who show no more than `veil.here().hides(account)` lets them.

    Raises:
        NotFound: as for `account`.
    """
    found = _at_hand(account_id)
    if found is None:
        return _read(account_id, permission)
    return known(found if scope.who().may(permission, found) else None)


def _read(account_id: UUID, permission: Permission) -> Account:
    counts = [counted() for counted in _counted.values()]
    row = known(_account(scope.reached(Account, permission), *counts).first(id=account_id))
    account, owner, parent, *many = row
    set_committed_value(account, "owner", owner)
    set_committed_value(account, "parent", parent)
    account.counts = dict(zip(_counted, many, strict=True))
    return cast(Account, account)


def _at_hand(account_id: UUID) -> Account | None:
    """The account if this page has read it already: the parts of a record's page each ask for it."""
    found = db.session().identity_map.get((Account, (current_tenant(), account_id), None))
    is_whole = isinstance(found, Account) and "counts" in vars(found) and not inspect(found).expired
    return found if is_whole else None


def contact(contact_id: UUID, permission: Permission = Permission.CONTACT_VIEW) -> Contact:
    """A contact within the reader's reach.

    Raises:
        NotFound: as for `account`.
    """
    statement = select(Contact).where(Contact.id == contact_id, scope.visible(Contact, permission))
    return the_one(statement)


def lock_account(account_id: UUID) -> Account:
    """The account's row as it is now, held until the transaction ends; for verbs, which check rights themselves.

    Raises:
        NotFound: the workspace has no such account.
    """
    # Without joins: after a wait PostgreSQL looks again at the locked row alone; a joined owner would be the old one.
    statement = select(Account).where(Account.id == account_id).options(lazyload("*"))
    statement = statement.with_for_update(key_share=True)
    return the_one(statement.execution_options(populate_existing=True))


def lock_accounts(account_ids: Collection[UUID]) -> list[Account]:
    """These accounts as they are now, held until the transaction ends; those that are gone are left out."""
    statement = select(Account).where(Account.id.in_(account_ids)).options(lazyload("*")).order_by(Account.id)
    held = statement.with_for_update(key_share=True)  # rows of other tables may point to it meanwhile
    return list(db.session.scalars(held.execution_options(populate_existing=True)))


def having_event(account_ids: Collection[UUID], name: str) -> set[UUID]:
    """Those of the accounts of which this has once been said."""
    said = (Event.subject_kind == Account.__tablename__, Event.subject_id.in_(account_ids), Event.name == name)
    return set(db.session.scalars(select(Event.subject_id).where(*said)))


THE_ACCOUNT: Any = bindparam("account_id", type_=Uuid())


@written_once
def _contacts_of(is_wide: bool, *where: ColumnElement[bool]) -> Statement:
    here = select(Contact.id).where(Contact.account_id == THE_ACCOUNT)
    also = select(Affiliation.contact_id).where(Affiliation.account_id == THE_ACCOUNT)
    at = Contact.id.in_(here.union_all(also)) if is_wide else Contact.account_id == THE_ACCOUNT
    return (
        select(Contact)
        .where(at, Contact.archived_at.is_(None), *where)
        .order_by(Contact.is_main.desc(), Contact.name_key, Contact.id)
    )


def contacts_of(account_id: UUID) -> list[Contact]:
    """The people of an account, the main one first, then by name; none while a veil covers it."""
    return _contacts_of(False, *_lifted()).objects(account_id=account_id)


def people_of(account_id: UUID) -> list[Contact]:
    """`contacts_of`, and those whose main place is elsewhere."""
    return _contacts_of(True, *_lifted()).objects(account_id=account_id)


def people_on_card(account_id: UUID) -> list[Contact]:
    """`people_of`, whatever covers the account: for its card, where its pool doesn't hide them."""
    return _contacts_of(True).objects(account_id=account_id)


def _lifted() -> tuple[ColumnElement[bool], ...]:
    return (veil.lifted_of(THE_ACCOUNT), *scope.unhidden(Contact)) if veil.is_on() else ()


def is_at(contact: Contact, account_id: UUID) -> bool:
    """True when the contact is somebody at this account."""
    if contact.account_id == account_id:
        return True
    found = select(Affiliation.id).where(Affiliation.contact_id == contact.id, Affiliation.account_id == account_id)
    return db.session.scalar(found) is not None


@written_once
def _accounts(*where: ColumnElement[bool]) -> Statement:
    return select(Account).where(among(Account.id, "ids"), *where).order_by(Account.name_key)


def accounts(ids: list[UUID]) -> list[Account]:
    """The accounts with these ids, by name."""
    return _accounts().objects(ids=ids)


@written_once
def _account_hits(phone: Any, is_covered: ColumnElement[bool]) -> Statement:
    shown = select(Account.id, Account.name, Account.number, Account.city, phone.label("phone"))
    return shown.add_columns(is_covered.label("is_covered")).where(among(Account.id, "ids")).order_by(Account.name_key)


def account_hits(ids: list[UUID], words: str) -> list[Any]:
    """(id, name, number, city, phone, is_covered) of these accounts, by name: what a search for `words` shows.

    One that a veil covers is found by what its card shows alone, and without its phone.
    """
    found = _account_hits(*_shown_of_hits(*scope.unhidden(Account))).rows(ids=ids)
    return [row for row in found if not row.is_covered or search.holds(words, row.name, row.number, row.city)]


@lru_cache(maxsize=16)
def _shown_of_hits(*lifted: ColumnElement[bool]) -> tuple[Any, ColumnElement[bool]]:
    return (case((and_(*lifted), Account.phone)), not_(and_(*lifted))) if lifted else (Account.phone, literal(False))


@written_once
def _contact_hits(*where: ColumnElement[bool]) -> Statement:
    shown = (Contact.id, Contact.name, Contact.email, Contact.mobile, Contact.phone, Account.name.label("account"))
    found = select(*shown).join(Account, Account.id == Contact.account_id)
    return found.where(among(Contact.id, "ids"), *where).order_by(Contact.name_key)


def contact_hits(ids: list[UUID]) -> list[Any]:
    """(id, name, email, mobile, phone, account) of these contacts, by name; the account by its name."""
    return _contact_hits(*scope.unhidden(Contact)).rows(ids=ids)


def same_name(name_key: str, *, but: UUID | None = None) -> Account | None:
    """An account of the same folded name, if there is one already."""
    statement = select(Account).where(Account.name_key == name_key, Account.archived_at.is_(None)).limit(1)
    if but is not None:
        statement = statement.where(Account.id != but)
    return db.session.scalars(statement).first()


def account_called(words: str) -> Account | None:
    """The one account within reach whose number or folded name this is."""
    key = search.fold(words)
    same = or_(Account.number == words.strip().upper(), Account.name_key == key)
    return db.session.scalars(select(Account).where(same, *listed()).limit(1)).first()


def account_typed(words: str) -> Account | None:
    """The one account within reach that somebody typed or chose: its label, its number or its name."""
    number = re.search(r"\(([^()]+)\)$", words.strip())
    return (account_called(number[1]) if number else None) or account_called(words)


def label_of(account_id: UUID) -> str:
    """What a box that asks for a customer calls this one, whoever may see it; nothing where it is gone."""
    found = db.session.get(Account, (current_tenant(), account_id))
    return found.label if found is not None else ""


def accounts_within(ids: Collection[UUID]) -> list[Account]:
    """Those of these accounts that lie within the reader's reach."""
    return list(db.session.scalars(select(Account).where(Account.id.in_(ids), *listed()))) if ids else []


def named_like(words: str, many: int = 8) -> list[Account]:
    """Accounts within reach whose name, number, mail or phone holds the words, for a box that one types into."""
    who = scope.who()
    reaches = {"account": str(who.reach(Permission.ACCOUNT_VIEW))}
    deep = search.DEEP if veil.is_on() else search.LIMIT + 1  # so that those who are hidden don't bury the others
    found = search.find(words, me=who.id, reaches=reaches, teams=who.team_ids, many=deep)
    return _accounts(*scope.unhidden(Account)).objects(ids=[hit.id for hit in found])[:many]


def count_owned(member_id: UUID) -> int:
    """How many customers a member looks after."""
    statement = select(func.count()).select_from(Account).where(Account.owner_id == member_id)
    return db.session.scalar(statement) or 0


def listed(asked: Mapping[str, str] = {}) -> tuple[ColumnElement[bool], ...]:
    """What every list of accounts holds to: the reader's reach, and nothing archived unless `asked` for."""
    return (scope.visible(Account, Permission.ACCOUNT_VIEW), IS_AWAY if archive.asks_for_archived(asked) else IS_KEPT)


def listed_contacts(asked: Mapping[str, str] = {}) -> tuple[ColumnElement[bool], ...]:
    """What every list of contacts holds to."""
    kept = IS_AWAY_CONTACT if archive.asks_for_archived(asked) else IS_KEPT_CONTACT
    return (scope.visible(Contact, Permission.CONTACT_VIEW), kept)


custom.declare(
    custom.Subject("account", _l("Customers"), Account, account, Permission.ACCOUNT_VIEW, is_of_two_kinds=True)
)
custom.declare(custom.Subject("contact", _l("Contacts"), Contact, contact, Permission.CONTACT_VIEW))
custom.refer(FieldKind.ACCOUNT, custom.Target(Account, find=account_typed, say=label_of))
