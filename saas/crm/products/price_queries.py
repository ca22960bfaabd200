"""Reads of price lists, and what a customer pays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.fields import label_queries as labels
from saas.crm.fields.label_models import Labelled
from saas.crm.products.list_price_queries import Listed, list_prices
from saas.crm.products.models import Product
from saas.crm.products.price_models import Audience, Price, PriceList, ProductPrice
from saas.crm.products.pricing import SPECIAL, Offer, Quoted, chosen
from saas.db import db
from saas.found import the_one
from saas.kept import kept
from saas.statements import Statement, written_once
from saas.tenants.models import Event

SIZE = 50  # products of a price list on a page
PRICED = "price_list.priced"  # the event of prices that were set


# ── what a customer pays ────────────────────────────────────────────────────────────────────────────────────────────


def price_for(
    product_ids: Sequence[UUID], account: Account | None, currency: str, quantities: Sequence[Decimal], on: date
) -> list[Quoted | None]:
    """The price of one, of each of these products for a customer; nine statements at most, however many they
    are, and six without variants and bundles.

    Args:
        product_ids: one for each line; a product may come more than once.
        account: who buys; None: what everybody pays.
        currency: in which he pays.
        quantities: how many of each, in the same order.
        on: the day.

    Returns:
        In the same order; in the product's own currency where nothing has a price in `currency`; None where there is
        no price at all.
    """
    ids = set(product_ids)
    listed_at = list_prices(ids)
    parents = {key: one.parent_id for key, one in listed_at.items()}
    offers = offers_for(parents, account, currency, on)
    return [
        _chosen(listed_at[one], offers.get(one, ()), currency, quantity, on) if one in listed_at else None
        for one, quantity in zip(product_ids, quantities, strict=True)
    ]


def _chosen(one: Listed, offers: Iterable[Offer], currency: str, quantity: Decimal, on: date) -> Quoted | None:
    return chosen(one.prices, one.currency, offers, currency=currency, quantity=quantity, on=on)


def offers_for(
    parents: Mapping[UUID, UUID | None], account: Account | None, currency: str, on: date
) -> dict[UUID, list[Offer]]:  # fmt: skip
    """Product → the steps of all price lists that are open to the customer on this day.

    Args:
        parents: each product with the one that it is a variant of: where a list says nothing of the variant, what it
            says of that one holds.
        account, currency, on: as for `price_for`.
    """
    lists = {one.id: one for one in open_lists(account, on, currency=currency)}
    if not lists:
        return {}
    ids = {*parents, *(one for one in parents.values() if one is not None)}
    rows = select(Price).where(Price.price_list_id.in_(lists), Price.product_id.in_(ids))
    said: dict[tuple[UUID, UUID], list[Offer]] = {}
    for row in db.session.scalars(rows):
        said.setdefault((row.price_list_id, row.product_id), []).append(_offer(lists[row.price_list_id], row))
    found: dict[UUID, list[Offer]] = {}
    for product_id, parent_id in parents.items():
        for one in lists.values():
            own = said.get((one.id, product_id)) or (parent_id and said.get((one.id, parent_id))) or []
            if not own and one.percent_off is not None:
                own = [_offer(one, None)]
            found.setdefault(product_id, []).extend(own)
    return found


def open_lists(account: Account | None, on: date, *, currency: str | None = None) -> list[PriceList]:
    """The price lists by which a customer buys on this day, the most special one first."""
    holds = and_(
        PriceList.archived_at.is_(None),
        or_(PriceList.starts_on.is_(None), PriceList.starts_on <= on),
        or_(PriceList.ends_on.is_(None), PriceList.ends_on >= on),
    )
    statement = select(PriceList).where(holds, _is_for(account))
    if currency is not None:
        statement = statement.where(PriceList.currency == currency)
    found = db.session.scalars(statement)
    return sorted(found, key=lambda one: (-SPECIAL.index(one.audience), one.name_key, one.id))


def _is_for(account: Account | None) -> ColumnElement[bool]:
    everyone = PriceList.audience == Audience.ALL
    if account is None:
        return everyone
    groups = labels.of_record(Labelled.account_id, account.id)
    within = {key for tag in groups for key in (tag.id, tag.parent_id) if key is not None}
    level = PriceList.level == account.level if account.level else None
    conditions = [everyone, PriceList.account_id == account.id, PriceList.label_id.in_(within)]
    return or_(*conditions, *([level] if level is not None else []))


def _offer(one: PriceList, row: Price | None) -> Offer:
    shown = (one.id, one.name, one.audience, one.currency, one.starts_on, one.ends_on)
    if row is None:
        return Offer(*shown, Decimal(0), None, one.percent_off)
    return Offer(*shown, row.from_quantity, row.price, row.percent_off)


@written_once
def _any_list() -> Statement:
    return select(PriceList.id).where(PriceList.archived_at.is_(None)).limit(1)


@kept
def has_lists() -> bool:
    """True when the workspace sells by any price list."""
    return _any_list().first() is not None


# ── price lists ─────────────────────────────────────────────────────────────────────────────────────────────────────


def listed() -> tuple[ColumnElement[bool], ...]:
    """What every list of price lists holds to: those of customers within the reader's reach, and all others."""
    mine = select(Account.id).where(*customers.listed())
    return (or_(PriceList.account_id.is_(None), PriceList.account_id.in_(mine)),)


def price_list(list_id: UUID) -> PriceList:
    """A price list within the reader's reach.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(PriceList).where(PriceList.id == list_id, *listed()))


def lock_list(list_id: UUID) -> PriceList:
    """A price list, held until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    statement = select(PriceList).where(PriceList.id == list_id).with_for_update()
    return the_one(statement.execution_options(populate_existing=True))


def named(name_key: str, *, but: UUID | None = None) -> PriceList | None:
    """The price list in use under this folded name."""
    statement = select(PriceList).where(PriceList.name_key == name_key, PriceList.archived_at.is_(None)).limit(1)
    return db.session.scalars(statement.where(PriceList.id != but) if but else statement).first()


def names() -> dict[str, PriceList]:
    """Folded name → price list in use."""
    return {one.name_key: one for one in db.session.scalars(select(PriceList).where(PriceList.archived_at.is_(None)))}


def prices(list_id: UUID, *, after: tuple[str, UUID] | None = None) -> tuple[list[Price], tuple[str, UUID] | None]:
    """A page of a price list by the products' names, with all steps of each, and where the next one begins.

    Args:
        list_id: the price list.
        after: name key and id of the last product of the page before.
    """
    mine = select(Price.product_id).where(Price.price_list_id == list_id)
    these = select(Product.name_key, Product.id).where(Product.id.in_(mine))
    if after is not None:
        these = these.where(or_(Product.name_key > after[0], and_(Product.name_key == after[0], Product.id > after[1])))
    page = list(db.session.execute(these.order_by(Product.name_key, Product.id).limit(SIZE + 1)))
    shown = page[:SIZE]
    rows = prices_of(list_id, [one.id for one in shown])
    following = (shown[-1].name_key, shown[-1].id) if len(page) > len(shown) else None
    return rows, following


def prices_of(list_id: UUID, product_ids: Collection[UUID]) -> list[Price]:
    """The rows of a price list for these products, by name and step, each with its product."""
    statement = (
        select(Price, Product)
        .join(Product, Product.id == Price.product_id)
        .where(Price.price_list_id == list_id, Price.product_id.in_(product_ids))
        .order_by(Product.name_key, Product.id, Price.from_quantity)
    )
    return [price for price, _product in db.session.execute(statement)]


def count_products(list_ids: Collection[UUID]) -> dict[UUID, int]:
    """Price list → how many products have a row of their own in it."""
    counted = select(Price.price_list_id, func.count(Price.product_id.distinct()))
    rows = db.session.execute(counted.where(Price.price_list_id.in_(list_ids)).group_by(Price.price_list_id))
    return {row[0]: row[1] for row in rows}


def of_product(product_id: UUID, on: date) -> list[tuple[PriceList, list[Price]]]:
    """The price lists in use and not over that name a product, each with its steps."""
    statement = (
        select(Price, PriceList)
        .join(PriceList, PriceList.id == Price.price_list_id)
        .where(Price.product_id == product_id, PriceList.archived_at.is_(None), *listed())
        .where(or_(PriceList.ends_on.is_(None), PriceList.ends_on >= on))
        .order_by(PriceList.name_key, PriceList.id, Price.from_quantity)
        .limit(2 * SIZE)
    )
    found: dict[UUID, tuple[PriceList, list[Price]]] = {}
    for price, one in db.session.execute(statement):
        found.setdefault(one.id, (one, []))[1].append(price)
    return list(found.values())


def further_prices(product_id: UUID) -> list[ProductPrice]:
    """The list prices of a product in further currencies."""
    statement = select(ProductPrice).where(ProductPrice.product_id == product_id).order_by(ProductPrice.currency)
    return list(db.session.scalars(statement))


def priced(list_id: UUID, event_id: UUID) -> Event:
    """What was written down when prices of this list were set.

    Raises:
        NotFound: nothing was, under this id.
    """
    return the_one(select(Event).where(Event.id == event_id, Event.subject_id == list_id, Event.name == PRICED))
