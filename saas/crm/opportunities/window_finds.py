"""Who and what of an entry is here already: what would be taken, and what has to be asked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from saas.crm.customers import queries as customers
from saas.crm.customers import twins, veil
from saas.crm.customers.models import Account, Contact
from saas.crm.customers.twin_views import words
from saas.crm.opportunities.window_forms import NEW, WindowForm
from saas.crm.products import queries as products
from saas.crm.products.models import Product
from saas.db import db
from saas.search import fold
from saas.tenants.permissions import Permission
from saas.tenants.scope import may

P = Permission
SHOWN = 5  # records that a question offers


@dataclass
class Question:
    """What has to be said before anything is made.

    key: "customer", "contact" or "product".
    offers: what is here and may be meant: id, name, why, and what else is known of it.
    may_add: whether a new one may be made instead.
    note: what is beyond the reader's reach.
    """

    key: str
    offers: list[dict[str, Any]] = field(default_factory=list)
    may_add: bool = True
    note: str = ""


@dataclass
class Found:
    """What an entry means, as far as it is clear; `questions` are open."""

    account: Account | dict[str, Any] | None = None
    contact: Contact | dict[str, Any] | None = None
    product: Product | dict[str, Any] | None = None
    questions: list[Question] = field(default_factory=list)


def find(form: WindowForm) -> Found:
    """What a form that is filled in well means."""
    found = Found()
    _find_account(form, found)
    if not found.questions:
        _find_contact(form, found)
    _find_product(form, found)
    return found


# ── the customer ────────────────────────────────────────────────────────────────────────────────────────────────────


def _find_account(form: WindowForm, found: Found) -> None:
    said = form.customer.data
    if not said:
        return
    answer = form.answer("customer")
    named = customers.account_typed(said)
    if isinstance(answer, UUID):
        found.account = next(iter(customers.accounts_within([answer])), None)
    elif named is not None and said == named.label:
        found.account = named  # chosen from the list: no doubt who it is
    if found.account is not None:
        return
    alike = twins.alike(twins.keys_of_account(form.company()) | twins.keys_of_contact(_reached(form)))
    free = [one for one in alike if veil.here().covers(one.account)]
    seen = [one for one in alike if may(P.ACCOUNT_VIEW, one.account) and one not in free]
    may_add = may(P.ACCOUNT_CREATE)
    if (alike and answer != NEW) or not may_add:
        hidden = _("A customer like this lies in the pool: claim it first.") if free else ""
        if len(seen) + len(free) < len(alike):
            hidden = _("A colleague has a customer like this.")
        offers = [_offer(one.account, words(one.parts)) for one in seen[:SHOWN]]
        found.questions.append(Question("customer", offers, may_add, hidden))
        return
    found.account = form.company()


def _reached(form: WindowForm) -> dict[str, Any]:
    """By what the contact would be known at another customer: his name alone says nothing there."""
    return {name: value for name, value in form.person().items() if name != "name"}


def _offer(account: Account, why: str) -> dict[str, Any]:
    owner = _("looked after by %(name)s", name=account.owner.name) if account.owner else _("in the pool")
    about = _(", ").join(part for part in (account.number, account.city, owner) if part)
    return {"id": str(account.id), "name": account.name, "why": why, "more": about}


# ── the contact ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _find_contact(form: WindowForm, found: Found) -> None:
    if not form.contact_name.data:
        return
    if not isinstance(found.account, Account):
        found.contact = form.person()
        if not may(P.CONTACT_CREATE):
            found.questions.append(Question("contact", may_add=False))
        return
    alike, answer = _people_like(form, found.account), form.answer("contact")
    chosen = next((one for one, _why in alike if one.id == answer), None)
    may_add = may(P.CONTACT_CREATE)
    if chosen is not None:
        found.contact = chosen
    elif (alike and answer != NEW) or not may_add:
        offers = [
            {"id": str(one.id), "name": one.name, "why": why, "more": one.title or ""} for one, why in alike[:SHOWN]
        ]
        found.questions.append(Question("contact", offers, may_add))
    else:
        found.contact = form.person()


def _people_like(form: WindowForm, account: Account) -> Sequence[tuple[Contact, str]]:
    """The people of a customer who share name, number or address with what was typed, each with what they share."""
    keys = twins.keys_of_contact(form.person() | {"account_id": account.id})
    shared = twins.people_with(keys, account.id)
    people = select(Contact).where(Contact.id.in_(shared), Contact.archived_at.is_(None))
    found = db.session.scalars(people.order_by(Contact.name_key, Contact.id)).unique()
    return [(one, words(shared[one.id])) for one in found if may(P.CONTACT_VIEW, one)]


# ── the product ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _find_product(form: WindowForm, found: Found) -> None:
    said = form.product.data
    if not said:
        return
    known = products.spelled([said]).get(fold(said))
    if known is not None and known.archived_at is None:
        found.product = known
        return
    answer, may_add = form.answer("product"), may(P.PRODUCT_EDIT)
    if answer == NEW and may_add:
        found.product = {"name": said, "price": form.amount.data, "currency": form.currency.data}
        return
    near = [] if known is None else [_("%(name)s is no longer sold.", name=known.name)]
    found.questions.append(Question("product", may_add=may_add, note=" ".join(near)))
