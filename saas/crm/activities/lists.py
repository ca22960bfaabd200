"""The list of what lies behind: columns, sorts, filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import has_request_context, request
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement, bindparam, case, func, or_, select
from sqlalchemy.dialects.postgresql import TIMESTAMP

from saas import clock
from saas.crm.activities import kind_queries
from saas.crm.activities.models import DONE_OR_NEVER, STATE_LOOKS, STATE_WORDS, TITLE, Activity, State
from saas.crm.activities.queries import IS_KEPT, IS_OPEN, names
from saas.crm.customers.lists import owned_by, owners
from saas.crm.customers.models import Account, Contact
from saas.lists import Column, Filter, Listing
from saas.tenants import brought
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

NOW: ColumnElement[datetime] = bindparam("the_moment", callable_=clock.now, type_=TIMESTAMP(timezone=True))
IS_LATE = IS_OPEN & (Activity.late_at <= NOW)
LIES_BEHIND = (IS_KEPT, or_(Activity.done_at.is_not(None), Activity.late_at <= NOW))  # the open ones too, as late
STATE = case(
    (Activity.done_at.is_not(None), State.DONE.value),
    (Activity.late_at <= NOW, State.LATE.value),
    else_=State.PLANNED.value,
)
SUBJECT = func.coalesce(func.nullif(Activity.subject, ""), func.left(Activity.text, TITLE))


def within(asked: Mapping[str, str]) -> tuple[ColumnElement[bool], ...]:
    """What lies behind; of a file that was brought in, what it planned as well."""
    return (IS_KEPT,) if asked.get(brought.KEY) else LIES_BEHIND


def _named(model: Any, column: Any) -> Any:
    return select(model.name).where(model.id == column).correlate(Activity).scalar_subquery()


def _state(value: str) -> ColumnElement[bool] | None:
    return {State.DONE.value: Activity.done_at.is_not(None), State.LATE.value: IS_LATE}.get(value)


def _kinds() -> Sequence[tuple[str, Any]]:
    return [(kind.key, kind.word) for kind in kind_queries.every().values()]


def _customer(value: str) -> ColumnElement[bool] | None:
    key = _an_id(value)
    return Activity.account_id == key if key else None


def _customers() -> Sequence[tuple[str, Any]]:
    """The customer that the address names; all of them would be too many to choose from."""
    key = _an_id(request.args.get("customer", "")) if has_request_context() else None
    found = names(Account, Permission.ACCOUNT_VIEW, Account.name, [key]) if key else []
    return [(str(account_id), name) for account_id, name in found]


def _an_id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def state_badge(value: str) -> tuple[Any, str]:
    """A state's word and look."""
    return STATE_WORDS[State(value)], STATE_LOOKS[State(value)]


HISTORY = Listing(
    Activity,
    columns=(
        Column("subject", _l("What"), SUBJECT, "name"),
        Column("kind", _l("Kind"), Activity.kind, words=kind_queries.word),
        Column("account", _l("Customer"), _named(Account, Activity.account_id), "account"),
        Column("contact", _l("Contact"), _named(Contact, Activity.contact_id)),
        Column("state", _l("State"), STATE, "badge", words=state_badge),
        Column("planned", lazy_pgettext("activity", "Planned for"), Activity.starts_at, "moment", Activity.starts_at),
        Column("done", _l("Done"), Activity.done_at, "moment", DONE_OR_NEVER),
        Column("result", _l("Result"), Activity.result, shown=False),
        Column("owner", _l("Who"), _named(Member, Activity.owner_id)),
        Column("outcome", _l("What came of it"), Activity.outcome, shown=False),
        Column("place", _l("Place"), Activity.place, shown=False),
    ),
    filters=(
        Filter("owner", _l("Who"), owners, owned_by(Activity)),
        Filter("kind", _l("Kind"), _kinds, lambda value: Activity.kind == value),
        Filter("state", _l("State"), lambda: [(s.value, STATE_WORDS[s]) for s in (State.DONE, State.LATE)], _state),
        Filter("customer", _l("Customer"), _customers, _customer, pinned=False),
        brought.filter_of(Activity, "activities"),
    ),
    sort="-planned",
    always=(Activity.account_id, Activity.due_on, Activity.kind),
)
