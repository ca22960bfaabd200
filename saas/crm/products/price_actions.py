"""The verbs of prices and price lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from saas import clock, search
from saas.archive import refuse_archived
from saas.crm.customers import queries as customers
from saas.crm.products import price_queries as queries
from saas.crm.products.models import Product
from saas.crm.products.price_models import Audience, Price, PriceList, ProductPrice
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Event
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CREATED, CHANGED = "price_list.created", "price_list.changed"
ARCHIVED, RESTORED = "price_list.archived", "price_list.restored"
PRICED, UNPRICED = queries.PRICED, "price_list.put_back"
PRICE_ADDED, PRICE_CHANGED, PRICE_REMOVED = "price.added", "price.changed", "price.removed"  # by an import
PRICE_SET = "product.price_set"  # in a further currency


class Named(Refused):
    """Another price list has this name."""


# ── price lists ─────────────────────────────────────────────────────────────────────────────────────────────────────


def create_list(values: Mapping[str, Any], *, by: Actor, batch_id: UUID | None = None) -> PriceList:
    """Add a price list.

    Args:
        values: columns of PriceList that a person may type.
        by: who adds it.
        batch_id: shared by what is done at once.

    Raises:
        Named: another one has its name.
        Refused: it ends before it begins, or its customer was put away.
    """
    said = _checked(values)
    _refuse_taken(said["name"])
    made = PriceList(id=new_id(), name_key=search.fold(said["name"]), **said)
    db.session.add(made)
    db.session.flush()
    events.record(CREATED, made, by=by, changed={"name": made.name}, batch_id=batch_id)
    return made


def change_list(one: PriceList, values: Mapping[str, Any], *, version: int | None, by: Actor) -> None:
    """Write what a form holds.

    Raises:
        Overtaken: the list is no longer at `version`.
        Named, Refused: as for `create_list`.
    """
    if version is not None and version != one.version:
        raise Overtaken(one)
    said = _checked(values)
    if one.archived_at is None:
        _refuse_taken(said["name"], but=one.id)
    changed = {name: [getattr(one, name), value] for name, value in said.items() if getattr(one, name) != value}
    for name, (_before, after) in changed.items():
        setattr(one, name, after)
    if changed:
        one.name_key = search.fold(one.name)
        db.session.flush()
        events.record(CHANGED, one, by=by, changed={"list": one.name, **changed})


def archive_list(one: PriceList, *, by: Actor) -> None:
    """Sell by a price list no longer; papers keep what they said."""
    if one.archived_at is None:
        one.archived_at = clock.now()
        db.session.flush()
        events.record(ARCHIVED, one, by=by, changed={"list": one.name})


def restore_list(one: PriceList, *, by: Actor) -> None:
    """Sell by a price list again.

    Raises:
        Named: another one took its name meanwhile.
    """
    if one.archived_at is not None:
        _refuse_taken(one.name, but=one.id)
        one.archived_at = None
        db.session.flush()
        events.record(RESTORED, one, by=by, changed={"list": one.name})


def copy_list(one: PriceList, name: str, *, by: Actor) -> PriceList:
    """Add a price list with the same prices under another name, for the same customers.

    Raises:
        Named: another one has the name.
    """
    kept = ("currency", "audience", "account_id", "level", "label_id", "starts_on", "ends_on", "percent_off", "note")
    made = create_list({"name": name, **{column: getattr(one, column) for column in kept}}, by=by)
    rows = db.session.scalars(select(Price).where(Price.price_list_id == one.id))
    db.session.add_all([_row(made.id, (row.product_id, row.from_quantity), _terms(row)) for row in rows])
    db.session.flush()
    return made


# ── their rows ──────────────────────────────────────────────────────────────────────────────────────────────────────

Step = tuple[UUID, Decimal]  # product, from how many on
Terms = tuple[Decimal | None, Decimal | None]  # price, or percentage off


def set_prices(
    list_id: UUID, wanted: Mapping[Step, Terms | None], *, by: Actor, batch_id: UUID | None = None
) -> Event | None:
    """Set steps of a price list, and take those out for which None is wanted; the others stay.

    Args:
        list_id: the price list.
        wanted: (product, from how many on) → (price, None) or (None, percentage off).
        by: who sets them.
        batch_id: shared by what is done at once.

    Returns:
        What was written down, by which `put_back` undoes it; None where nothing changed.

    Raises:
        NotFound: there is no such list.
        Refused: it was put away.
    """
    one = queries.lock_list(list_id)
    if one.archived_at is not None:
        raise Refused(_("%(name)s is archived. Restore it first.", name=one.name))
    changed = _write(one, wanted)
    if not changed:
        return None
    facts = {"list": one.name, "rows": changed}
    return events.record(PRICED, one, by=by, changed=facts, batch_id=batch_id)


def add_rows(rows: Sequence[Mapping[str, Any]], *, by: Actor, batch_id: UUID | None = None) -> list[Price]:
    """Add many rows of price lists that were checked, with one event each under `batch_id`."""
    made = [Price(id=new_id(), **values) for values in rows]
    db.session.add_all(made)
    db.session.flush()
    events.record_many(PRICE_ADDED, [(row, {"price": row.price}) for row in made], by=by, batch_id=batch_id)
    return made


def put_back(event: Event, *, by: Actor) -> tuple[int, int]:
    """Undo `set_prices`: each step as it was, except those that were changed since.

    Returns:
        (how many are as they were, how many stay).
    """
    one = queries.lock_list(event.subject_id)
    then = {(UUID(product), Decimal(start)): (before, after) for product, start, before, after in event.changed["rows"]}
    now = _at_hand(one.id, {product for product, _start in then})
    wanted = {
        step: None if before is None else _read(before)
        for step, (before, after) in then.items()
        if (_terms(now[step]) if step in now else None) == (None if after is None else _read(after))
    }
    changed = _write(one, wanted)
    if changed:
        events.record(UNPRICED, one, by=by, changed={"list": one.name, "rows": changed})
    return len(wanted), len(then) - len(wanted)


def _write(one: PriceList, wanted: Mapping[Step, Terms | None]) -> list[list[Any]]:
    """Set and take out; returns what changed, [product, from, terms before, terms after]."""
    now = _at_hand(one.id, {product for product, _start in wanted})
    changed: list[list[Any]] = []
    for step, terms in wanted.items():
        row = now.get(step)
        before = _terms(row) if row is not None else None
        if before == terms:
            continue
        if terms is None:
            db.session.delete(row)
        elif row is None:
            db.session.add(_row(one.id, step, terms))
        else:
            row.price, row.percent_off = terms
        changed.append([step[0], step[1], before, terms])
    db.session.flush()
    return changed


def _at_hand(list_id: UUID, product_ids: set[UUID]) -> dict[Step, Price]:
    rows = select(Price).where(Price.price_list_id == list_id, Price.product_id.in_(product_ids))
    return {(row.product_id, row.from_quantity): row for row in db.session.scalars(rows)}


def _row(list_id: UUID, step: Step, terms: Terms) -> Price:
    price, percent_off = terms
    return Price(
        id=new_id(),
        price_list_id=list_id,
        product_id=step[0],
        from_quantity=step[1],
        price=price,
        percent_off=percent_off,
    )


def _terms(row: Price) -> Terms:
    return row.price, row.percent_off


def _read(kept: Sequence[str | None]) -> Terms:
    price, percent_off = (None if value is None else Decimal(value) for value in kept)
    return price, percent_off


# ── list prices in further currencies ───────────────────────────────────────────────────────────────────────────────


def set_list_price(product: Product, currency: str, price: Decimal | None, *, by: Actor) -> None:
    """Set the list price of a product in a currency, or take it out where it is None; its own is the record's price.

    Raises:
        Refused: it is the product's own currency.
    """
    if currency == product.currency:
        raise Refused(_("That is the product's own currency: change its list price."), field="currency")
    found = next((one for one in queries.further_prices(product.id) if one.currency == currency), None)
    before = found.price if found else None
    if before == price:
        return
    if found is None:
        db.session.add(ProductPrice(id=new_id(), product_id=product.id, currency=currency, price=price))
    elif price is None:
        db.session.delete(found)
    else:
        found.price = price
    db.session.flush()
    events.record(PRICE_SET, product, by=by, changed={"currency": currency, "price": [before, price]})


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a price list; of those that say for whom it is only the one that counts."""
    said = dict(values)
    audience = said["audience"]
    for kind, column in ((Audience.ACCOUNT, "account_id"), (Audience.LEVEL, "level"), (Audience.GROUP, "label_id")):
        if audience is not kind:
            said[column] = None
    begins, ends = said.get("starts_on"), said.get("ends_on")
    if begins is not None and ends is not None and ends < begins:
        raise Refused(_("The last day lies before the first."), field="ends_on")
    if said["account_id"] is not None:
        refuse_archived(customers.lock_account(said["account_id"]), field="customer")
    return said


def _refuse_taken(name: str, *, but: UUID | None = None) -> None:
    if queries.named(search.fold(name), but=but):
        raise Named(_("There is a price list of this name already."), field="name")
