"""The list of the pool."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Uuid, bindparam, func, select

from saas.crm.customers.lists import TERRITORY, word_column, word_filter
from saas.crm.customers.models import Account
from saas.crm.fields.models import Dictionary
from saas.crm.pool import queries
from saas.crm.pool.models import MAIN, Move, Pool
from saas.crm.pool.queries import LOSSES, LOST
from saas.lists import Column, Filter, Listing
from saas.tenants import scope
from saas.tenants.models import Member

_READER = bindparam("reader", callable_=lambda: scope.me().id, type_=Uuid())
LAST_OWNER = select(Member.name).where(Member.id == Account.previous_owner_id).correlate(Account).scalar_subquery()
REASON = (
    select(Move.reason)
    .where(Move.account_id == Account.id, Move.kind.in_(LOST))
    .order_by(Move.id.desc())
    .limit(1)
    .correlate(Account)
    .scalar_subquery()
)
LOST_BY_ME = (
    select(func.max(Move.created_at))
    .where(Move.account_id == Account.id, Move.member_id == _READER, *LOSSES)
    .correlate(Account)
    .scalar_subquery()
)

POOL_NAME = select(Pool.name).where(Pool.id == Account.pool_id).correlate(Account).scalar_subquery()


def _in(value: str) -> ColumnElement[bool] | None:
    try:
        pool_id = UUID(value)
    except ValueError:
        return None
    found: ColumnElement[bool] = Account.pool_id.is_(None) if pool_id == MAIN else Account.pool_id == pool_id
    return found


def _pools() -> list[tuple[str, object]]:
    others = [(str(one.id), one.name) for one in queries.doors(scope.me()).open]
    return [(str(MAIN), _l("Main pool")), *others] if others else []


POOL = Listing(
    Account,
    columns=(
        Column("name", _l("Customer"), Account.name, "name", sort=Account.name_key),
        Column("number", _l("Number"), Account.number),
        word_column(Dictionary.INDUSTRY),
        word_column(Dictionary.LEVEL),
        Column("city", _l("City"), Account.city, shown=False),
        Column("last_owner", _l("Looked after before by"), LAST_OWNER),
        Column("pooled", _l("In the pool since"), Account.pooled_at, "ago", sort=Account.pooled_at),
        Column("pool", _l("Pool"), POOL_NAME, shown=False),
        Column("reason", _l("Reason"), REASON),
        Column("claim", "", LOST_BY_ME, "acts"),
    ),
    filters=(
        word_filter(Dictionary.LEVEL, pinned=True),
        TERRITORY,
        Filter("pool", _l("Pool"), _pools, _in, pinned=False),
        Filter(
            "mine", _l("Before"), lambda: [("me", _l("Mine"))], lambda v: Account.previous_owner_id == scope.me().id
        ),
    ),
    sort="-pooled",
    always=(Account.pool_id, Account.pooled_at, Account.city, Account.level, Account.industry),
)
