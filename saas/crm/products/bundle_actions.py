"""The verbs of bundles: products that are sold together under one name."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas.crm.products import bundle_queries as queries
from saas.crm.products import variant_queries as variants
from saas.crm.products.models import BundlePart, Product
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.scope import Actor

PARTED = "product.parted"
MOST = 50  # parts of a bundle


def set_parts(product: Product, parts: Mapping[UUID, Decimal], *, percent_off: Decimal | None, by: Actor) -> None:
    """Say of what a bundle is made; without parts it is no bundle any more. A bundle isn't stocked, its parts are.

    Args:
        product: the bundle.
        parts: product → how many of it, above 0.
        percent_off: what is taken off the sum of its parts where it has no list price; 10 is 10 %.
        by: who says so.

    Raises:
        Refused: it is made of itself or of another bundle, is a part of one, has variants, or has too many parts.
    """
    held = {one.id: one for one in queries.lock_products({product.id, *parts})}
    _refuse_unfit(product, {key: one for key, one in held.items() if key in parts})
    before = {row.part_id: row for row in queries.parts(product.id)}
    changed: dict[str, Any] = {
        held[key].name if key in held else before[key].part.name: [
            before[key].quantity if key in before else None,
            parts.get(key),
        ]
        for key in {**before, **parts}
        if (before[key].quantity if key in before else None) != parts.get(key)
    }
    for key, row in before.items():
        if key not in parts:
            db.session.delete(row)
    for key, quantity in parts.items():
        if key in before:
            before[key].quantity = quantity
        else:
            db.session.add(BundlePart(id=new_id(), bundle_id=product.id, part_id=key, quantity=quantity))
    values: dict[str, Any] = {"is_bundle": bool(parts), "percent_off": percent_off if parts else None}
    facts = {name: [getattr(product, name), value] for name, value in values.items() if getattr(product, name) != value}
    if parts and product.is_stocked:
        values["is_stocked"] = False
        facts["is_stocked"] = [True, False]
    for name, value in values.items():
        setattr(product, name, value)
    db.session.flush()
    if changed or facts:
        events.record(PARTED, product, by=by, changed={"parts": changed, **facts})


def _refuse_unfit(product: Product, parts: Mapping[UUID, Product]) -> None:
    if len(parts) > MOST:
        raise Refused(_("A bundle has at most %(most)s parts.", most=MOST))
    if not parts:
        return
    if product.id in parts:
        raise Refused(_("A bundle can't hold itself."))
    if nested := next((one for one in parts.values() if one.is_bundle), None):
        raise Refused(_("%(name)s is a bundle itself. Take its parts instead.", name=nested.name))
    if outer := queries.bundles_with(product.id):
        raise Refused(_("%(name)s is a part of %(bundle)s.", name=product.name, bundle=outer[0].name))
    if variants.has_variants(product.id):
        raise Refused(_("%(name)s has variants: make a bundle of its own.", name=product.name))
