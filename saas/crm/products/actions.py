"""What can be done with products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock, search
from saas.crm.customers.actions import apply
from saas.crm.fields import actions as dictionaries
from saas.crm.products import categories, queries
from saas.crm.products import variant_queries as variants
from saas.crm.products.models import Product, ProductAlias
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.tenants import brought, events, numbers, scope
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CREATED, CHANGED = "product.created", "product.changed"
ARCHIVED, RESTORED = "product.archived", "product.restored"
SPELLED, UNSPELLED = "product.spelled", "product.unspelled"


class AlreadySold(Refused):
    """Another product has this name or number."""


def create_product(values: Mapping[str, Any], *, by: Actor, batch_id: UUID | None = None) -> Product:
    """Add a product.

    Args:
        values: columns of Product that a person may type; without `number` one is made, without `currency` it is the
            workspace's.
        by: who adds it.
        batch_id: shared by the events of what is made together.

    Raises:
        AlreadySold: another product has its name or its number.
        Refused: it would be sold until a day before the first.
    """
    _refuse_turned(values.get("sold_from"), values.get("sold_until"))
    _refuse_twins(values["name"], values.get("number"))
    (product,) = create_products([values], by=by, batch_id=batch_id)
    return product


def create_products(rows: Sequence[Mapping[str, Any]], *, by: Actor, batch_id: UUID | None = None) -> list[Product]:
    """Add many products whose names and numbers were checked, with one event each under `batch_id`."""
    if not rows:
        return []
    lacking = sum(1 for values in rows if not values.get("number"))
    made = iter(_free_numbers(lacking))
    currency = scope.workspace().currency if any(not values.get("currency") for values in rows) else ""
    products = []
    for said in rows:
        values = dictionaries.settled(said)
        product = Product(**{k: v for k, v in values.items() if k not in {"number", "currency"}})
        product.id = new_id()
        product.number = values.get("number") or next(made)
        product.currency = values.get("currency") or currency
        product.name_key = search.fold(product.name)
        product.category = categories.written(product.category)
        products.append(product)
    db.session.add_all(products)
    db.session.flush()
    index_products(products)
    events.record_many(CREATED, [(p, {"name": p.name}) for p in products], by=by, batch_id=batch_id)
    return products


def change_product(product: Product, values: Mapping[str, Any], *, version: int | None, by: Actor) -> dict[str, Any]:
    """Write what a form holds; returns what changed, field → [before, after]. An empty number leaves it as it is.

    Raises:
        Overtaken: the record is no longer at `version`.
        AlreadySold: another product has its name or its number.
        Refused: it would be sold until a day before the first.
    """
    if version is not None and version != product.version:
        raise Overtaken(product)
    kept = {k: v for k, v in values.items() if v or k not in {"number", "currency"}}
    _refuse_turned(kept.get("sold_from", product.sold_from), kept.get("sold_until", product.sold_until))
    if product.archived_at is None:
        _refuse_twins(kept.get("name", product.name), kept.get("number"), but=product.id)
    if "category" in kept:
        kept["category"] = categories.written(kept["category"])
    if product.is_bundle and kept.get("is_stocked"):
        raise Refused(_("A bundle isn't kept in stock, its parts are."), field="is_stocked")
    changed = apply(product, kept)
    if not changed:
        return {}
    product.name_key = search.fold(product.name)
    db.session.flush()
    index_products([product])
    events.record(CHANGED, product, by=by, changed=changed)
    return changed


def archive_product(product: Product, *, by: Actor) -> None:
    """Stop selling a product, with its variants: deals keep it, new ones can't choose it."""
    if product.archived_at is None:
        away = [product, *(one for one in variants.variants(product.id) if one.archived_at is None)]
        now = clock.now()
        for one in away:
            one.archived_at = now
        search.drop("product", [one.id for one in away])
        events.record_many(ARCHIVED, [(one, {"name": one.name}) for one in away], by=by, batch_id=new_id())


def restore_product(product: Product, *, by: Actor) -> None:
    """Sell a product again, with the variants that were taken out of sale together with it.

    Raises:
        AlreadySold: another one took its name, or that of such a variant, meanwhile.
    """
    if product.archived_at is not None:
        back = [product, *(one for one in variants.variants(product.id) if one.archived_at == product.archived_at)]
        refuse_taken_names([one.name for one in back])
        for one in back:
            one.archived_at = None
        index_products(back)
        events.record_many(RESTORED, [(one, {"name": one.name}) for one in back], by=by, batch_id=new_id())


def remember_spelling(spelling: str, product: Product, *, by: Actor) -> None:
    """Take `spelling` for `product` from now on; a spelling known already moves to it."""
    key = search.fold(spelling)
    if not key or key == product.name_key:
        return
    row = {
        "tenant_id": current_tenant(),
        "id": new_id(),
        "spelling": spelling.strip(),
        "spelling_key": key,
        "product_id": product.id,
        "created_at": clock.now(),
    }
    statement = upsert(ProductAlias).values(row)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "spelling_key"],
            set_={"product_id": statement.excluded.product_id, "spelling": statement.excluded.spelling},
        )
    )
    events.record(SPELLED, product, by=by, changed={"spelling": spelling.strip()})


def forget_spelling(alias: ProductAlias, *, by: Actor) -> None:
    """Take a spelling for this product no longer."""
    events.record(UNSPELLED, alias.product, by=by, changed={"spelling": alias.spelling})
    db.session.delete(alias)


def index_products(products: Sequence[Product]) -> None:
    """Make products findable by name, number, series, category and the id that a file gave them."""
    texts = ((p.id, (p.name, p.number, p.series, p.category, brought.reference(p))) for p in products)
    search.put([search.entry("product", id_, said) for id_, said in texts])


def no_longer_sold(product: Product) -> str:
    """What is said to whoever wants to change a product that was taken out of sale."""
    return _("%(name)s is no longer sold.", name=product.name)


def refuse_taken_names(names: Sequence[str]) -> None:
    """Raises AlreadySold where a product that is sold now has one of these names."""
    twin = next(iter(queries.all_named([search.fold(name) for name in names])), None)
    if twin is not None:
        raise AlreadySold(
            _("%(name)s is among your products already (%(number)s).", name=twin.name, number=twin.number), field="name"
        )


def _free_numbers(many: int) -> list[str]:
    """New numbers, past those that people have typed themselves."""
    found: list[str] = []
    while len(found) < many:
        taken = numbers.take("product", many - len(found))
        typed = queries.numbers_among(taken)
        found += [n for n in taken if n not in typed]
    return found


def _refuse_turned(begins: date | None, ends: date | None) -> None:
    if begins is not None and ends is not None and ends < begins:
        raise Refused(_("The last day lies before the first."), field="sold_until")


def _refuse_twins(name: str, number: str | None, *, but: UUID | None = None) -> None:
    if twin := queries.named(search.fold(name), but=but):
        raise AlreadySold(
            _("%(name)s is among your products already (%(number)s).", name=twin.name, number=twin.number), field="name"
        )
    if number and (twin := queries.numbered(number, but=but)):
        raise AlreadySold(_("%(name)s has this number already.", name=twin.name), field="number")
