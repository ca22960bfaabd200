"""How a pool is handed out by property: rules in order, of which the first that holds says who gets a customer."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.fields.models import DICTIONARY_WORDS, OF_CUSTOMERS
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member

COUNTRY, REGION, KIND, TERRITORY = "country", "region", "kind", "territory"
TYPED = frozenset({COUNTRY, REGION})  # whose values are typed; of the others they are chosen
PROPERTY_WORDS = {
    COUNTRY: _l("Country"),
    REGION: _l("Region or city"),
    **{one.value: DICTIONARY_WORDS[one] for one in OF_CUSTOMERS},
    KIND: _l("Kind"),
    TERRITORY: _l("Territory"),
}


class Route(Versioned, TenantModel):
    """One rule: customers whose `property` is one of `values` go to its members in turn. Without a property it takes
    whoever no other rule takes, and comes last."""

    __tablename__ = "pool_route"
    __table_args__ = (
        index("pool_id", "position"),
        unique("pool_id", where="property is null and pool_id is not null", name="ix_pool_route_rest"),
        unique(where="property is null and pool_id is null", name="ix_pool_route_rest_of_main"),
    )

    pool_id: Mapped[UUID | None] = link("pool", ondelete="CASCADE")  # None: the main one
    position: Mapped[int]  # from 0, top down
    property: Mapped[str | None]  # of PROPERTY_WORDS
    values: Mapped[list[str]] = mapped_column(default=list)  # as they were typed, or keys of words
    last_member_id: Mapped[UUID | None] = link("member")  # who got the last one; the next in turn comes after him


class RouteMember(TenantModel):
    """One of those who get in turn what a rule takes."""

    __tablename__ = "pool_route_member"
    __table_args__ = (unique("route_id", "member_id"), index("member_id"))

    route_id: Mapped[UUID] = link("pool_route", ondelete="CASCADE")
    member_id: Mapped[UUID] = link("member")
    position: Mapped[int]  # in turn, from 0

    member: Mapped[Member] = linked("member_id")
