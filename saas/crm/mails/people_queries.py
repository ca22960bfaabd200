"""Whose an address is: one of us, a secret one of a member's, or somebody at a customer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from saas.crm.customers.likeness import mail_key
from saas.crm.customers.models import Account, Contact, TwinKey
from saas.crm.customers.twins import DOMAIN, MAIL, accounts_with
from saas.crm.mails.models import DropAddress, Mailbox
from saas.db import db
from saas.tenants import tokens
from saas.tenants.models import Member, MemberStatus

MANY = 5  # customers that share an address: from there on it tells nothing, as one of a switchboard
SECRET = re.compile(r"[a-z2-7]{26}")  # what a member's own part of an address looks like
OF_SERVICE = re.compile(r"([a-z2-7]{26})([a-z2-7]{26})")  # the workspace's part before it, in the service's own domain


@dataclass(frozen=True)
class Hit:
    """Somebody to whom an address belongs: a contact of a customer, or the customer itself."""

    account_id: UUID
    contact_id: UUID | None


def secrets_in(addresses: Iterable[str]) -> dict[str, str]:
    """address → the secret in it, of those that could be a member's."""
    found = {}
    for address in addresses:
        part = address.rpartition("@")[0].rpartition("+")[2]
        whole = OF_SERVICE.fullmatch(part)
        if whole or SECRET.fullmatch(part):
            found[address] = whole[2] if whole else part
    return found


def dropped_by(secrets: Collection[str]) -> Member | None:
    """The active member to whom one of these secrets belongs."""
    if not secrets:
        return None
    hashes = [tokens.digest(secret) for secret in secrets]
    found = select(DropAddress).where(DropAddress.secret_hash.in_(hashes)).options(joinedload(DropAddress.member))
    members = [drop.member for drop in db.session.scalars(found.order_by(DropAddress.id))]
    return next((member for member in members if member.status is MemberStatus.ACTIVE), None)


def drop_address(member_id: UUID) -> DropAddress | None:
    """A member's address, if he has one."""
    return db.session.scalars(select(DropAddress).where(DropAddress.member_id == member_id)).one_or_none()


def mailbox() -> Mailbox | None:
    """The workspace's mailbox, if it has one."""
    return db.session.scalars(select(Mailbox)).one_or_none()


def members_with(addresses: Collection[str]) -> dict[str, Member]:
    """address → the colleague of ours whose it is, also one who has left."""
    found = db.session.scalars(select(Member).where(Member.email.in_(addresses)))
    return {str(member.email): member for member in found}


def hits(addresses: Iterable[str]) -> list[Hit]:
    """To whom these addresses belong, each customer and contact once; whoever shares one with many is left out, and
    whoever was put away.

    A customer's own address counts where no person there has it.
    """
    asked = sorted({one for address in addresses for one in (address, _untagged(address))})
    if not asked:
        return []
    kept = (
        select(TwinKey.value, TwinKey.account_id, TwinKey.contact_id)
        .join(Account, Account.id == TwinKey.account_id)
        .where(TwinKey.part == MAIL, TwinKey.value.in_(asked), Account.archived_at.is_(None))
    )
    rows = list(db.session.execute(kept.order_by(TwinKey.contact_id.is_(None), TwinKey.id).limit(50 * len(asked))))
    sharing: dict[str, set[UUID]] = {}
    for value, account_id, _contact_id in rows:
        sharing.setdefault(value, set()).add(account_id)
    found: dict[Hit, None] = {}
    with_people: set[tuple[str, UUID]] = set()
    for value, account_id, contact_id in rows:
        if len(sharing[value]) > MANY or (contact_id is None and (value, account_id) in with_people):
            continue
        with_people.add((value, account_id))
        found[Hit(account_id, contact_id)] = None
    return list(found)


def _untagged(address: str) -> str:
    """jana+fair@example.com is jana@example.com."""
    name, _at, domain = address.rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"


def likely(addresses: Iterable[str]) -> list[Account]:
    """Customers of the companies in whose domains these addresses lie, as a proposal."""
    domains = {domain for address in addresses if (domain := mail_key(address)) and "@" not in domain}
    ids = set(accounts_with((DOMAIN, domain) for domain in domains).values())
    return accounts(ids)


def accounts(ids: Collection[UUID]) -> list[Account]:
    """These customers, by name."""
    if not ids:
        return []
    found = select(Account).where(Account.id.in_(ids), Account.archived_at.is_(None)).options(lazyload("*"))
    return list(db.session.scalars(found.order_by(Account.name_key, Account.id)))


def contacts(ids: Collection[UUID]) -> list[Contact]:
    """These contacts with their customers, by name."""
    if not ids:
        return []
    found = select(Contact).where(Contact.id.in_(ids), Contact.archived_at.is_(None))
    return list(db.session.scalars(found.order_by(Contact.name_key, Contact.id)))
