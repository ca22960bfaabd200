"""Reads about products."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from saas import search
from saas.crm.products.categories import every
from saas.crm.products.models import Product, ProductAlias
from saas.db import db
from saas.found import the_one
from saas.statements import Statement, among, written_once
from saas.tenants import scope
from saas.tenants.permissions import Permission

IS_SOLD = Product.archived_at.is_(None)


def product(product_id: UUID) -> Product:
    """A product of the workspace.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(Product).where(Product.id == product_id))


def products(on: date | None = None) -> list[Product]:
    """The products that are sold, by name; with `on` those alone that are offered on this day."""
    mine = (IS_SOLD,) if on is None else (offered(on),)
    return list(db.session.scalars(select(Product).where(*mine).order_by(Product.name_key, Product.id)))


def names() -> list[tuple[UUID, str]]:
    """(id, name) of the products that are sold now, by name: what a filter needs."""
    statement = select(Product.id, Product.name).where(Product.archived_at.is_(None))
    return [(row.id, row.name) for row in db.session.execute(statement.order_by(Product.name_key, Product.id))]


@written_once
def _hits() -> Statement:
    shown = select(Product.id, Product.name, Product.number, Product.series)
    return shown.where(among(Product.id, "ids")).order_by(Product.name_key)


def hits(ids: list[UUID]) -> list[Any]:
    """(id, name, number, series) of these products, by name: what a search shows."""
    return _hits().rows(ids=ids)


def named_like(typed: str, many: int = 8) -> list[Any]:
    """(id, name, number, series) of products whose name, number, series or category holds the words, for a box that
    one types into."""
    who = scope.who()
    reaches = {"product": str(who.reach(Permission.PRODUCT_VIEW))}
    found = search.find(typed, me=who.id, reaches=reaches, teams=who.team_ids)
    return hits([hit.id for hit in found[:many]])


def products_with(ids: list[UUID]) -> list[Product]:
    """The products with these ids, by name."""
    return list(db.session.scalars(select(Product).where(Product.id.in_(ids)).order_by(Product.name_key)))


def spelled(words: Iterable[str]) -> dict[str, Product]:
    """What is known of these spellings: folded spelling → product, by number, name or a spelling confirmed before.

    A name counts before another product's alias, an active product before an archived one; two statements.
    """
    keys = sorted({search.fold(w) for w in words})
    found: dict[str, Product] = {}
    aliases = select(ProductAlias).where(ProductAlias.spelling_key.in_(keys))
    for alias in db.session.scalars(aliases):
        found[alias.spelling_key] = alias.product
    number_key = func.lower(Product.number)
    named = select(Product).where(or_(Product.name_key.in_(keys), number_key.in_(keys)))
    for one in db.session.scalars(named.order_by(Product.archived_at.asc().nulls_last())):
        # Archived ones come first, so that an active one of the same name is written over them.
        for key in (one.number.lower(), one.name_key):
            if key in keys:
                found[key] = one
    return found


def named(name_key: str, *, but: UUID | None = None) -> Product | None:
    """The product sold now under this folded name, if there is one."""
    statement = select(Product).where(Product.name_key == name_key, Product.archived_at.is_(None)).limit(1)
    if but is not None:
        statement = statement.where(Product.id != but)
    return db.session.scalars(statement).first()


def all_named(name_keys: Collection[str]) -> list[Product]:
    """The products sold now under these folded names."""
    statement = select(Product).where(Product.name_key.in_(name_keys), Product.archived_at.is_(None))
    return list(db.session.scalars(statement.order_by(Product.name_key)))


def numbered(number: str, *, but: UUID | None = None) -> Product | None:
    """The product with this number, archived or not."""
    statement = select(Product).where(Product.number == number).limit(1)
    if but is not None:
        statement = statement.where(Product.id != but)
    return db.session.scalars(statement).first()


def numbers_among(numbers: Iterable[str]) -> set[str]:
    """Those of `numbers` that a product has."""
    return set(db.session.scalars(select(Product.number).where(Product.number.in_(list(numbers)))))


def aliases(product_id: UUID) -> list[ProductAlias]:
    """The other spellings of a product."""
    statement = select(ProductAlias).where(ProductAlias.product_id == product_id).order_by(ProductAlias.spelling_key)
    return list(db.session.scalars(statement))


def alias(product_id: UUID, alias_id: UUID) -> ProductAlias:
    """One other spelling of a product.

    Raises:
        NotFound: it has none of that id.
    """
    statement = select(ProductAlias).where(ProductAlias.id == alias_id, ProductAlias.product_id == product_id)
    return the_one(statement)


def series() -> list[str]:
    """The series in use, by name."""
    statement = select(Product.series).where(Product.series.is_not(None)).distinct().order_by(Product.series)
    return [s for s in db.session.scalars(statement) if s]


def categories() -> list[str]:
    """The categories in use and those that they lie in, each before those in it."""
    statement = select(Product.category).where(Product.category.is_not(None)).distinct().order_by(Product.category)
    return every(c for c in db.session.scalars(statement) if c)


def sold() -> ColumnElement[bool]:
    """The condition of products that weren't taken out of sale, whatever their dates."""
    return IS_SOLD


def offered(on: date) -> ColumnElement[bool]:
    """The condition of products that are offered on this day."""
    is_begun = or_(Product.sold_from.is_(None), Product.sold_from <= on)
    return and_(IS_SOLD, is_begun, or_(Product.sold_until.is_(None), Product.sold_until >= on))
