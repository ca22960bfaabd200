"""The list of price lists: columns, sorts, filters; and what is said of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func, or_, select

from saas import ui
from saas.crm.customers.models import Account
from saas.crm.fields import label_queries as labels
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.products.price_models import AUDIENCE_WORDS, Audience, Price, PriceList
from saas.crm.products.pricing import Quoted
from saas.lists import Column, Filter, Listing

ARCHIVED, NOW, COMING, OVER = "archived", "now", "coming", "over"
STATE_WORDS = {
    NOW: _l("Holds now"),
    COMING: _l("Holds later"),
    OVER: _l("Is over"),
    ARCHIVED: _l("Archived"),
}
ACCOUNT_NAME = select(Account.name).where(Account.id == PriceList.account_id).correlate(PriceList).scalar_subquery()
PRODUCTS = (
    select(func.count(Price.product_id.distinct()))
    .where(Price.price_list_id == PriceList.id)
    .correlate(PriceList)
    .scalar_subquery()
)


def _state(value: str) -> ColumnElement[bool] | None:
    today = ui.words().today
    begun = or_(PriceList.starts_on.is_(None), PriceList.starts_on <= today)
    states = {
        NOW: and_(begun, or_(PriceList.ends_on.is_(None), PriceList.ends_on >= today)),
        COMING: PriceList.starts_on > today,
        OVER: PriceList.ends_on < today,
        ARCHIVED: PriceList.archived_at.is_not(None),
    }
    return states.get(value)


def _audience(value: str) -> ColumnElement[bool] | None:
    return PriceList.audience == Audience(value) if value in set(Audience) else None


PRICE_LISTS = Listing(
    PriceList,
    columns=(
        Column("name", _l("Price list"), PriceList.name, "name", sort=PriceList.name_key),
        Column("for", _l("For whom"), PriceList.audience),
        Column("currency", _l("Currency"), PriceList.currency),
        Column("from", _l("Holds from"), PriceList.starts_on, "day"),
        Column("until", _l("Holds until"), PriceList.ends_on, "day"),
        Column("products", _l("Products"), PRODUCTS, "number"),
        Column("off", _l("Off every list price"), PriceList.percent_off, "number"),
    ),
    filters=(
        Filter("state", _l("State"), lambda: list(STATE_WORDS.items()), _state),
        Filter("for", _l("For whom"), lambda: [(one.value, AUDIENCE_WORDS[one]) for one in Audience], _audience),
    ),
    always=(PriceList.level, PriceList.label_id, ACCOUNT_NAME.label("account_name")),
)


def _in_list(value: str) -> ColumnElement[bool] | None:
    try:
        return Price.price_list_id == UUID(value)
    except ValueError:
        return None


PRICES = Listing(Price, columns=(), filters=(Filter("list", _l("Price list"), list, _in_list, pinned=False),))
"""The rows of price lists, as they are taken away."""


def cells() -> dict[str, Callable[[Any, Any], Any]]:
    """The columns of the list with a look of their own."""
    return {
        "for": lambda value, row: whom(value, row.account_name, row.level, row.label_id),
        "off": lambda value, row: "" if value is None else ui.share(value),
    }


def whom(audience: Audience, account_name: str | None, level: str | None, label_id: Any) -> str:
    """For whom a price list is, in words."""
    if audience is Audience.ACCOUNT:
        return account_name or _("One customer")
    if audience is Audience.LEVEL:
        return _("Level %(level)s", level=words.label(Dictionary.LEVEL, level))
    if audience is Audience.GROUP:
        tag = labels.labels().get(label_id)
        return _("Group %(group)s", group=tag.path) if tag else str(AUDIENCE_WORDS[audience])
    return str(AUDIENCE_WORDS[Audience.ALL])


def state(one: PriceList) -> tuple[Any, str]:
    """Whether it holds today, as a chip: word and look."""
    today = ui.words().today
    if one.archived_at is not None:
        return STATE_WORDS[ARCHIVED], "neutral"
    if one.holds(today):
        return STATE_WORDS[NOW], "good"
    return (
        (STATE_WORDS[COMING], "waiting") if one.starts_on and one.starts_on > today else (STATE_WORDS[OVER], "neutral")
    )


def reason(quoted: Quoted, wanted: str) -> str:
    """Why a price is what it is: `Price list Spring, from 10`.

    Args:
        quoted: the price.
        wanted: the currency in which somebody wanted to pay.
    """
    if quoted.list_name is None:
        if quoted.currency != wanted:
            return _("List price; there is none in %(currency)s", currency=wanted)
        return _("List price")
    parts = [_("Price list %(name)s", name=quoted.list_name)]
    if quoted.from_quantity:
        parts.append(_("from %(quantity)s", quantity=ui.exact(quoted.from_quantity)))
    if quoted.percent_off is not None:
        parts.append(_("%(percent)s off the list price", percent=ui.share(quoted.percent_off)))
    return _(", ").join(parts)
