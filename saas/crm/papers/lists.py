"""What the lists of all kinds of paper have in common: columns, filters, cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import ColumnElement

from saas import grids, ui
from saas.crm.customers.lists import owned_by, owners
from saas.crm.papers.kinds import Kind
from saas.lists import Column, Filter


def head(kind: Kind[Any, Any], standing: Any) -> tuple[Column, Column, Column, Column]:
    """The first columns: number, what it is about, customer, and where it stands by `standing`."""
    model: Any = kind.model
    return (
        Column("number", _l("Number"), model.number, "name", sort=model.number),
        Column("name", _l("What it is about"), model.name),
        Column("account", _l("Customer"), kind.account_name),
        state(kind, standing),
    )


def state(kind: Kind[Any, Any], standing: Any) -> Column:
    """Where one stands, as a badge."""
    words, looks = kind.words, kind.looks
    return Column(
        "state",
        _l("State"),
        standing,
        "badge",
        words=lambda value: (words.get(value, value), looks.get(value, "neutral")),
    )


def total(kind: Kind[Any, Any]) -> Column:
    """What one comes to."""
    return Column("gross", _l("Total"), kind.model.gross, "money", sort=kind.model.gross)


def written(kind: Kind[Any, Any], *, shown: bool = True) -> Column:
    """When one was written."""
    made = kind.model.created_at
    return Column("created", _l("Written"), made, "moment", sort=made, shown=shown)


def of_word(key: str, label: Any, column: Any, words: Mapping[Any, Any], *, pinned: bool = True) -> Filter:
    """By one of the words of a column, such as a state."""
    known = {word.value: word for word in words}

    def where(value: str) -> ColumnElement[bool] | None:
        found: ColumnElement[bool] | None = column == known[value] if value in known else None
        return found

    return Filter(key, label, lambda: [(word.value, told) for word, told in words.items()], where, pinned=pinned)


def of_state(kind: Kind[Any, Any]) -> Filter:
    """By where they stand."""
    return of_word("state", _l("State"), kind.model.state, kind.words)


def of_owner(model: Any, label: Any = None) -> Filter:
    """By whoever looks after them."""
    return Filter("owner", label or _l("Looked after by"), owners, owned_by(model))


def of_customer(model: Any, **more: Any) -> Filter:
    """Those of one customer, which other pages lead to."""

    def where(value: str) -> ColumnElement[bool] | None:
        try:
            found: ColumnElement[bool] = model.account_id == UUID(value)
        except ValueError:
            return None
        return found

    return Filter("customer", _l("Customer"), list, where, pinned=False, **more)


def amount_cell(amount: Any, row: Any) -> str:
    """An amount in the currency of its paper."""
    return ui.money(amount, row.currency)


def account_cell(name: str | None, row: Any) -> Markup:
    """The customer, as a link."""
    if name is None:
        return grids.EMPTY
    url = url_for("customers.show", account_id=row.account_id)
    return Markup('<a class="quiet" href="{}">{}</a>').format(url, name)
