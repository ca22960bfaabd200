"""A deal, its customer, contact and product, and the sale, entered at once: each is made, or taken if it is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas.crm.customers import actions as customers
from saas.crm.customers import giving
from saas.crm.customers.models import Account, Contact
from saas.crm.opportunities import actions
from saas.crm.opportunities.models import Opportunity
from saas.crm.products import actions as products
from saas.crm.products.models import Product
from saas.db import new_id
from saas.errors import Refused
from saas.tenants.models import Member


@dataclass
class Entry:
    """What was entered: of customer, contact and product the record that is here, or the columns of a new one.

    deal: columns of Opportunity.
    won_on: the day on which it was won; None: it is open.
    won_because: why.
    """

    deal: Mapping[str, Any]
    account: Account | Mapping[str, Any] | None = None
    contact: Contact | Mapping[str, Any] | None = None
    product: Product | Mapping[str, Any] | None = None
    won_on: date | None = None
    won_because: str | None = None


@dataclass
class Entered:
    """What came of it."""

    deal: Opportunity
    made: list[Any] = field(default_factory=list)  # the records that are new, the deal last


def enter(entry: Entry, *, by: Member) -> Entered:
    """Make what is new, take what is here, open the deal, and win it if it is won; all under one batch id.

    Args:
        entry: what was entered.
        by: who enters it; new records are his.

    Raises:
        Archived: the customer or contact was put away.
        AlreadySold: a product of this name is here meanwhile.
        Refused: a contact without customer, or as of `create_opportunity` and `win`.
    """
    batch_id, made = new_id(), list[Any]()
    if entry.contact is not None and entry.account is None:
        raise Refused(_("Say at which customer the contact is."), field="customer")
    account = _account(entry.account, made, by=by, batch_id=batch_id)
    contact = _contact(entry.contact, account, made, by=by, batch_id=batch_id)
    product = _product(entry.product, made, by=by, batch_id=batch_id)
    deal = actions.create_opportunity(
        entry.deal, owner=by, by=by, account=account, contact=contact, product=product, batch_id=batch_id
    )
    if entry.won_on is not None:
        actions.win(deal, by=by, reason=entry.won_because, on=entry.won_on, batch_id=batch_id, is_fact=True)
    return Entered(deal, [*made, deal])


def _account(said: Any, made: list[Any], *, by: Member, batch_id: UUID) -> Account | None:
    if not isinstance(said, Mapping):
        return said  # type: ignore[no-any-return]
    (owner,) = giving.keepers(by)
    made += customers.create_accounts([{**said, "owner": owner}], by=by, batch_id=batch_id)
    return made[-1]  # type: ignore[no-any-return]


def _contact(said: Any, account: Account | None, made: list[Any], *, by: Member, batch_id: UUID) -> Contact | None:
    if not isinstance(said, Mapping):
        return said  # type: ignore[no-any-return]
    made += customers.create_contacts([{**said, "account": account}], by=by, batch_id=batch_id)
    return made[-1]  # type: ignore[no-any-return]


def _product(said: Any, made: list[Any], *, by: Member, batch_id: UUID) -> Product | None:
    if not isinstance(said, Mapping):
        return said  # type: ignore[no-any-return]
    made.append(products.create_product(said, by=by, batch_id=batch_id))
    return made[-1]  # type: ignore[no-any-return]
