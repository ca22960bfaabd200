"""The verbs of variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from saas.crm.products import actions, variants
from saas.crm.products import variant_queries as queries
from saas.crm.products.models import Product
from saas.crm.products.variants import Pairs
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.scope import Actor

INHERITED = ("series", "category", "unit", "currency", "tax_rate_id", "is_stocked", "sold_from", "sold_until")


def make_variants(parent: Product, attributes: Sequence[tuple[str, Sequence[str]]], *, by: Actor) -> list[Product]:
    """Add a variant for each combination that isn't there yet. Its price is the product's until it has one of its own.

    Args:
        parent: the product; no variant and no bundle itself.
        attributes: (name, its values), in the order in which they stand in names.
        by: who adds them.

    Returns:
        Those that were added; none where all were there.

    Raises:
        Refused: the product can't have variants, they are too many, or another product is called like one of them.
    """
    _refuse_unfit(parent)
    wanted = variants.combined(attributes)
    if len(wanted) > variants.MOST:
        raise Refused(_("These are %(n)s variants; at most %(most)s at once.", n=len(wanted), most=variants.MOST))
    family = queries.lock_family(parent.id)
    known = {variants.key(one.variant) for one in family if one.variant_of_id is not None}
    fresh = [pairs for pairs in wanted if variants.key(pairs) not in known]
    names = [variants.name(parent.name, pairs) for pairs in fresh]
    actions.refuse_taken_names(names)
    kept = {column: getattr(parent, column) for column in INHERITED}
    rows: list[dict[str, Any]] = [
        {**kept, "name": name, "variant_of_id": parent.id, "variant": [list(pair) for pair in pairs]}
        for name, pairs in zip(names, fresh, strict=True)
    ]
    return actions.create_products(rows, by=by, batch_id=new_id())


def describe(product: Product, pairs: Pairs, *, by: Actor) -> None:
    """Say anew what tells a variant apart from its family; its name stays.

    Raises:
        Refused: another one of the family is the same.
    """
    family = queries.lock_family(queries.family_of(product))
    others = [one for one in family if one.variant_of_id is not None and one.id != product.id]
    if variants.key(pairs) in {variants.key(one.variant) for one in others}:
        raise Refused(_("Another variant is the same."), field="variant")
    after = [list(pair) for pair in pairs]
    if after != product.variant:
        before, product.variant = product.variant, after
        db.session.flush()
        events.record(actions.CHANGED, product, by=by, changed={"variant": [_told(before), _told(after)]})


def _told(pairs: Sequence[Sequence[str]]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in pairs)


def _refuse_unfit(parent: Product) -> None:
    if parent.variant_of_id is not None:
        raise Refused(
            _("%(name)s is a variant itself. Make them with the product that it is a variant of.", name=parent.name)
        )
    if parent.is_bundle:
        raise Refused(_("%(name)s is a bundle, which has no variants.", name=parent.name))
    if parent.archived_at is not None:
        raise Refused(actions.no_longer_sold(parent))
