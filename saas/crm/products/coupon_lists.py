"""The list of coupons: columns, sorts, filters; and what is said of one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func, or_

from saas import ui
from saas.crm.products.coupon_models import Coupon
from saas.lists import Column, Filter, Listing

HOLDS, COMING, OVER, STOPPED = "holds", "coming", "over", "stopped"
STATE_WORDS = {HOLDS: _l("Holds now"), COMING: _l("Holds later"), OVER: _l("Is over"), STOPPED: _l("Stopped")}
STATE_LOOKS = {HOLDS: "good", COMING: "waiting", OVER: "neutral", STOPPED: "neutral"}


def _state(value: str) -> ColumnElement[bool] | None:
    today = ui.words().today
    is_used_up = and_(Coupon.most_uses.is_not(None), Coupon.uses >= Coupon.most_uses)
    begun = or_(Coupon.starts_on.is_(None), Coupon.starts_on <= today)
    ends_later = or_(Coupon.ends_on.is_(None), Coupon.ends_on >= today)
    goes_on = Coupon.stopped_at.is_(None)
    left = or_(Coupon.most_uses.is_(None), Coupon.uses < Coupon.most_uses)
    states = {
        HOLDS: and_(goes_on, begun, ends_later, left),
        COMING: and_(goes_on, Coupon.starts_on > today),
        OVER: and_(goes_on, or_(Coupon.ends_on < today, is_used_up)),
        STOPPED: Coupon.stopped_at.is_not(None),
    }
    return states.get(value)


COUPONS = Listing(
    Coupon,
    columns=(
        Column("code", _l("Coupon code"), Coupon.code, "name", sort=Coupon.code_key),
        Column("title", _l("What it is for"), Coupon.title),
        Column("off", _l("Takes off"), func.coalesce(Coupon.percent_off, 0), "off"),
        Column("from", _l("Holds from"), Coupon.starts_on, "day"),
        Column("until", _l("Holds until"), Coupon.ends_on, "day"),
        Column("uses", _l("Used"), Coupon.uses, "number"),
        Column("created", _l("Added"), Coupon.created_at, "moment", sort=Coupon.created_at, shown=False),
    ),
    filters=(Filter("state", _l("State"), lambda: list(STATE_WORDS.items()), _state),),
    sort="-created",
    always=(Coupon.percent_off, Coupon.amount_off, Coupon.currency, Coupon.most_uses),
)


def cells() -> dict[str, Callable[[Any, Any], Any]]:
    """The columns of the list with a look of their own."""
    return {
        "off": lambda _value, row: takes_off(row.percent_off, row.amount_off, row.currency),
        "uses": lambda value, row: used(value, row.most_uses),
    }


def takes_off(percent_off: Decimal | None, amount_off: Decimal | None, currency: str) -> str:
    """What a coupon takes off: `10 %`, `€5.00`."""
    return ui.share(percent_off) if percent_off is not None else ui.money(amount_off, currency)


def used(uses: int, most: int | None) -> str:
    """How often a coupon was used: `3 of 10`."""
    return ui.number(uses) if most is None else _("%(uses)s of %(most)s", uses=ui.number(uses), most=ui.number(most))


def state(coupon: Coupon) -> tuple[Any, str]:
    """Whether it holds today, as a chip: word and look."""
    today = ui.words().today
    if coupon.stopped_at is not None:
        found = STOPPED
    elif coupon.starts_on is not None and coupon.starts_on > today:
        found = COMING
    elif coupon.ends_on is not None and coupon.ends_on < today:
        found = OVER
    else:
        found = OVER if coupon.most_uses is not None and coupon.uses >= coupon.most_uses else HOLDS
    return STATE_WORDS[found], STATE_LOOKS[found]
