"""Reads about leads."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from saas import search
from saas.crm.customers.likeness import (
    Likeness,
    company_key,
    company_words,
    is_slip,
    loosely,
    mail_key,
    phone_key,
    spellings,
)
from saas.crm.customers.models import Account, Contact, Standing
from saas.crm.leads.models import Lead, LeadState
from saas.db import db, new_id
from saas.found import the_one
from saas.statements import Statement, among, written_once
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

VIEW = Permission.LEAD_VIEW
ENOUGH = 50  # customers of one name; those looked after are among them
OWNER_NAME = select(Member.name).where(Member.id == Lead.owner_id).correlate(Lead).scalar_subquery()
PARTNER_NAME = select(Account.name).where(Account.id == Lead.partner_id).correlate(Lead).scalar_subquery()


def lead(lead_id: UUID, permission: Permission = VIEW) -> Lead:
    """A lead within the reader's reach, with its owner and partner.

    Raises:
        NotFound: there is none, or it is beyond his reach: both look the same.
    """
    statement = select(Lead).where(Lead.id == lead_id, scope.visible(Lead, permission))
    return the_one(statement.options(joinedload(Lead.owner), joinedload(Lead.partner)))


def lock_lead(lead_id: UUID) -> Lead:
    """The lead's row as it is now, held until the transaction ends; for verbs, which check rights themselves.

    Raises:
        NotFound: the workspace has none of that id.
    """
    statement = select(Lead).where(Lead.id == lead_id).with_for_update(of=Lead)
    return the_one(statement.execution_options(populate_existing=True))


@written_once
def _hits() -> Statement:
    shown = select(Lead.id, Lead.name, Lead.number, Lead.company, Lead.phone)
    return shown.where(among(Lead.id, "ids")).order_by(Lead.name_key)


def hits(ids: list[UUID]) -> list[Any]:
    """(id, name, number, company, phone) of these leads, by name: what a search shows."""
    return _hits().rows(ids=ids)


def listed() -> tuple[ColumnElement[bool], ...]:
    """What every list of leads holds to: the reader's reach."""
    return (scope.visible(Lead, VIEW),)


def count_owned(member_id: UUID) -> int:
    """How many leads a member has that aren't lost."""
    mine = (Lead.owner_id == member_id, Lead.state != LeadState.LOST)
    return db.session.scalar(select(func.count()).select_from(Lead).where(*mine)) or 0


# ── the same one again ──────────────────────────────────────────────────────────────────────────────────────────────


def alike(keys: Likeness, *, but: UUID | None = None) -> list[Lead]:
    """The leads that share a key and aren't lost, the oldest first; whoever has them."""
    same: list[ColumnElement[bool]] = []
    if keys.company:
        same.append(Lead.company_key == keys.company)
    if keys.phone:
        same.append(Lead.phone_key == keys.phone)
    if keys.mail:
        same.append(Lead.mail_key == keys.mail)
    if not same:
        return []
    statement = select(Lead).where(or_(*same), Lead.state != LeadState.LOST).order_by(Lead.id)
    if but is not None:
        statement = statement.where(Lead.id != but)
    return list(db.session.scalars(statement))


def holds(lead: Lead, now: datetime) -> bool:
    """True while a lead keeps others from registering the same: ours always does, a partner's while protected."""
    return lead.partner_id is None or lead.protected_until is None or lead.protected_until > now


def customers_alike(keys: Likeness, company: str | None = None) -> list[Account]:
    """The customers who share a key, or with whom a person does, whoever has them; those looked after come first.

    Args:
        keys: by what the prospect is known.
        company: the name as it was typed.
    """
    found = _of_same_name(keys, company)
    for key, by in ((keys.phone, "phone"), (keys.mail, "mail")):
        found += _reached(key, by) if key else []
    once = {account.id: account for account in found}
    return sorted(once.values(), key=lambda account: account.standing is Standing.POOL)


def _of_same_name(keys: Likeness, company: str | None) -> list[Account]:
    """Those whose name is the same but for its legal form, its spaces and marks.

    Common spellings are looked up as they are, so that a name of which many others hold the words isn't missed; what is
    written in another way is found by its words.
    """
    if not keys.company:
        return []
    typed = company or keys.company
    same = or_(Account.name_key.in_(spellings(typed)), Account.id.in_(_named(keys.company, typed)))
    known = select(Account).where(same, Account.archived_at.is_(None)).order_by(Account.standing == Standing.POOL)
    return list(db.session.scalars(known.limit(ENOUGH)))


def _named(key: str, typed: str) -> list[UUID]:
    """The customers of whom the search index knows the words of a name, and whose own name comes to the same key."""
    found = {id_ for words in _searches(typed) for id_ in _found(words, "account", search.DEEP)}
    if not found:
        return []
    names = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(found)))
    return [id_ for id_, name in names if company_key(name) == key]


def a_slip_away(company: str | None, *, but: UUID | None = None) -> tuple[list[Account], list[Lead]]:
    """The customers, and the leads that aren't lost, whose name is this one but for a slip; whoever has them.

    The index of words finds them, by those words and parts of words in which the slip isn't.

    Args:
        company: the name as it was typed.
        but: the lead that it is about.
    """
    if not company_key(company):
        return [], []
    typed = company or ""
    reaches = {"account": "all", "lead": "all"}
    found = {
        hit for words in _searches(typed) for hit in search.find(words, me=new_id(), reaches=reaches, many=search.DEEP)
    }
    names = select(Account.id, Account.name).where(Account.archived_at.is_(None))
    companies = select(Lead.id, Lead.company).where(Lead.state != LeadState.LOST, Lead.id.is_distinct_from(but))
    accounts = _slips(names.where(Account.id.in_({hit.id for hit in found if hit.kind == "account"})), typed)
    leads = _slips(companies.where(Lead.id.in_({hit.id for hit in found if hit.kind == "lead"})), typed)
    customers = select(Account).where(Account.id.in_(accounts)).order_by(Account.standing == Standing.POOL)
    return (
        list(db.session.scalars(customers)) if accounts else [],
        list(db.session.scalars(select(Lead).where(Lead.id.in_(leads)).order_by(Lead.id))) if leads else [],
    )


def _slips(names: Any, typed: str) -> list[UUID]:
    return [id_ for id_, name in db.session.execute(names) if is_slip(name, typed)][:ENOUGH]


def _searches(typed: str) -> list[str]:
    """What to search for to find a company's name however it was written."""
    words = company_words(typed)
    return list(dict.fromkeys([" ".join(words), search.fold(typed), *loosely(words)]))


def _reached(key: str, by: str) -> list[Account]:
    """Those whose phone or mail key it is, or a person's there."""
    words = key if by == "phone" or "@" in key else f"@{key}"
    accounts, people = _accounts(words), _contacts(words)
    if by == "phone":
        said = [(a, a.phone) for a in accounts] + [(c.account, p) for c in people for p in (c.phone, c.mobile)]
        return [account for account, phone in said if phone_key(phone) == key]
    sites = [] if "@" in key else [(a, a.website) for a in _accounts(key)]
    mails = [*((a, a.email) for a in accounts), *((c.account, c.email) for c in people), *sites]
    return [account for account, mail in mails if mail_key(mail) == key]


def _accounts(words: str) -> list[Account]:
    ids = _found(words, "account")
    statement = select(Account).where(Account.id.in_(ids), Account.archived_at.is_(None))
    return list(db.session.scalars(statement)) if ids else []


def _contacts(words: str) -> list[Contact]:
    ids = _found(words, "contact")
    statement = select(Contact).where(Contact.id.in_(ids), Contact.archived_at.is_(None))
    return list(db.session.scalars(statement)) if ids else []


def _found(words: str, kind: str, many: int = search.LIMIT + 1) -> list[UUID]:
    """What holds the words, whoever may see it: the answer is only yes or no."""
    return [hit.id for hit in search.find(words, me=new_id(), reaches={kind: "all"}, many=many)]
