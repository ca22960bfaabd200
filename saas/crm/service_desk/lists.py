"""The queue: what it shows of a case, in which order, narrowed by what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement, select
from werkzeug.datastructures import MultiDict

from saas.crm.customers.lists import owned_by
from saas.crm.customers.models import Account
from saas.crm.service_desk.models import (
    IS_TO_DO,
    KIND_WORDS,
    PRIORITY_WORDS,
    STATE_WORDS,
    TO_DO,
    Case,
    CaseKind,
    CaseState,
    Priority,
)
from saas.lists import Column, Filter, Listing
from saas.tenants import brought
from saas.tenants import queries as tenants
from saas.tenants.models import Member

ACCOUNT_NAME = select(Account.name).where(Account.id == Case.account_id).correlate(Case).scalar_subquery()
OWNER_NAME = select(Member.name).where(Member.id == Case.owner_id).correlate(Case).scalar_subquery()
TO_DO_VIEW, ALL_VIEW = "to-do", "all"
# The views of the queue: what they are called, and the states in them; None: all.
VIEWS: dict[str, tuple[Any, tuple[CaseState, ...] | None]] = {
    TO_DO_VIEW: (_l("To do"), TO_DO),
    CaseState.WAITING.value: (_l("Waiting"), (CaseState.WAITING,)),
    CaseState.SOLVED.value: (STATE_WORDS[CaseState.SOLVED], (CaseState.SOLVED,)),
    CaseState.CLOSED.value: (STATE_WORDS[CaseState.CLOSED], (CaseState.CLOSED,)),
    ALL_VIEW: (lazy_pgettext("cases", "All"), None),
}


def _owners() -> Sequence[tuple[str, Any]]:
    return [("me", _l("Mine")), ("nobody", _l("Nobody's")), *((str(key), name) for key, name in tenants.member_names())]


def _owned(value: str) -> ColumnElement[bool] | None:
    if value == "nobody":
        found: ColumnElement[bool] = Case.owner_id.is_(None)
        return found
    condition: ColumnElement[bool] | None = owned_by(Case)(value)
    return condition


QUEUE = Listing(
    Case,
    columns=(
        Column("turn", _l("Turn"), Case.turn, sort=Case.turn),
        Column("moved", _l("Moved"), Case.moved_at, "moment", sort=Case.moved_at),
    ),
    filters=(
        Filter("owner", _l("Dealt with by"), _owners, _owned),
        Filter(
            "kind",
            _l("Kind"),
            lambda: [(k.value, KIND_WORDS[k]) for k in CaseKind],
            lambda v: Case.kind == CaseKind(v) if v in set(CaseKind) else None,
        ),
        Filter(
            "priority",
            _l("Priority"),
            lambda: [(p.value, PRIORITY_WORDS[p]) for p in Priority],
            lambda v: Case.priority == Priority(v) if v in set(Priority) else None,
        ),
        brought.filter_of(Case, "cases"),
    ),
    sort="turn",
    always=(
        Case.number,
        Case.subject,
        Case.kind,
        Case.state,
        Case.priority,
        Case.moved_at,
        ACCOUNT_NAME.label("account"),
        OWNER_NAME.label("owner"),
    ),
)


WITHIN: dict[str, tuple[ColumnElement[bool], ...]] = {
    view: () if states is None else (IS_TO_DO,) if view == TO_DO_VIEW else (Case.state.in_(states),)
    for view, (_label, states) in VIEWS.items()
}


def view_of(asked: MultiDict[str, str], case: Case | None = None) -> str:
    """The view that the address asks for; if none, all that a file has brought, if it names one, else the one in which
    `case` stands, or what is to do."""
    found = asked.get("view", "")
    if found in VIEWS:
        return found
    if asked.get(brought.KEY):
        return ALL_VIEW
    return TO_DO_VIEW if case is None or case.state in TO_DO else case.state.value


def within(view: str) -> tuple[ColumnElement[bool], ...]:
    """The condition of a view."""
    return WITHIN[view]


def ordered(asked: MultiDict[str, str], view: str) -> MultiDict[str, str]:
    """The address's arguments with the order of a view: what is to do by its turn, all else the latest first."""
    kept = MultiDict(asked)
    kept["sort"] = "turn" if view == TO_DO_VIEW else "-moved"
    return kept
