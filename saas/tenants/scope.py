"""Where: which workspace the code now works in, and who does.

The tenant wall itself stands in `saas/db/`; here it gets names that pages and jobs use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, any_, bindparam, false, or_, select, true

from saas import clock
from saas import db as ground
from saas.db import db
from saas.tenants.models import Member, Operator, PortalUser, Tenant
from saas.tenants.permissions import Permission, Reach, Who

TIME_ZONE, LOCALE = "UTC", "en"

_acting: ContextVar[str | None] = ContextVar("request_id", default=None)


@contextmanager
def enter(tenant_id: UUID) -> Iterator[None]:
    """Work in this workspace for the block. A transaction never crosses its border."""
    with ground.scoped(tenant_id):
        yield


@dataclass(frozen=True)
class System:
    """The actor of what no person did: the clock, an import, the pool's rules."""

    kind: str = "system"
    id: UUID | None = None


SYSTEM = System()
Actor = Member | PortalUser | Operator | System


def actor_kind(actor: Actor) -> str:
    """The word for an actor in an event."""
    if isinstance(actor, Member):
        return "member"
    if isinstance(actor, Operator):
        return "operator"
    return "portal_user" if isinstance(actor, PortalUser) else "system"


def workspace() -> Tenant:
    """The row of the workspace in scope; read once a transaction."""
    found = db.session.scalars(
        select(Tenant).where(Tenant.id == ground.current_tenant()), bind_arguments={"bind": db.engines[None]}
    ).one()
    return found


def today() -> date:
    """The day on the workspace's calendar."""
    return clock.local(clock.now(), workspace().timezone).date()


def me() -> Member:
    """The member who is signed in on this staff page.

    Raises:
        LookupError: nobody is, which a route's declared audience rules out.
    """
    member = g.get("member")
    if not isinstance(member, Member):
        raise LookupError("no member is signed in")
    return member


def portal_me() -> PortalUser:
    """The portal user who is signed in on this portal page."""
    person = g.get("portal_user")
    if not isinstance(person, PortalUser):
        raise LookupError("no portal user is signed in")
    return person


def operator() -> Operator:
    """The operator who is signed in on this page of the service's own."""
    found = g.get("operator")
    if not isinstance(found, Operator):
        raise LookupError("no operator is signed in")
    return found


def who() -> Who:
    """The reader of this page, as far as filters need to know him."""
    found = g.get("who")
    if not isinstance(found, Who):
        raise LookupError("nobody is signed in")
    return found


def may(permission: Permission, record: object = None) -> bool:
    """True when the reader has the right (for the record, if given)."""
    return who().may(permission, record)


def require(permission: Permission, record: object = None) -> None:
    """Raises Forbidden unless `may`."""
    who().require(permission, record)


def visible(model: type, permission: Permission) -> ColumnElement[bool]:
    """The condition that keeps rows of `model` within the reader's reach.

    It is one and the same for all who reach as far, and finds out the reader when it is asked: a `question` that is
    given it is written once for each reach.
    """
    return _both(reached(model, permission), *unhidden(model))


def reached(model: type, permission: Permission) -> ColumnElement[bool]:
    """`visible` by the reader's role alone, whatever is hidden from him besides."""
    return _within(model, who().reach(permission), bool(who().team_ids))


def reaches_all(permission: Permission) -> bool:
    """True when the reader sees every row that the right is for: his role reaches all, and nothing is hidden."""
    return who().reach(permission) is Reach.ALL and not is_hiding()


@dataclass(frozen=True)
class Hiding:
    """What is hidden from readers whose role would reach it. Data goes up: a capability says so once, at import.

    is_on: True where something is hidden from the present reader; statements stay as they are otherwise.
    condition: model → the condition of the rows that are not hidden, one and the same object for all from whom as much
        is hidden; None: none of them is.
    """

    is_on: Callable[[], bool]
    condition: Callable[[Any], ColumnElement[bool] | None]


_hidings: list[Hiding] = []


def hide(hiding: Hiding) -> None:
    """Keep rows from readers wherever `visible` is asked. Done at import."""
    _hidings.append(hiding)


def is_hiding() -> bool:
    """True where something is hidden from the reader."""
    return any(one.is_on() for one in _hidings)


def unhidden(model: type) -> tuple[ColumnElement[bool], ...]:
    """The conditions of the rows of `model` that nothing hides from the reader, whatever his role reaches."""
    found = [one.condition(model) for one in _hidings if one.is_on()]
    return tuple(condition for condition in found if condition is not None)


READER: Any = bindparam("the_reader", callable_=lambda: who().id, type_=Uuid())
TEAMS: Any = bindparam("the_teams", callable_=lambda: list(who().team_ids), type_=ARRAY(Uuid()))
"""The reader of the page and his teams, in statements that are written before anybody reads."""


@lru_cache(maxsize=1024)
def _within(model: Any, reach: Reach | None, has_teams: bool) -> ColumnElement[bool]:
    if reach is None or reach is Reach.ALL:
        return false() if reach is None else true()
    own: ColumnElement[bool] = model.owner_id == READER
    return or_(own, model.team_id == any_(TEAMS)) if reach is Reach.TEAM and has_teams else own


@lru_cache(maxsize=1024)
def _both(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(*conditions) if len(conditions) > 1 else conditions[0]


def request_id() -> str | None:
    """The id under which logs and events of this request or job are found."""
    return _acting.get()


@contextmanager
def tagged(request_id: str) -> Iterator[None]:
    """Mark what the block logs and records."""
    token = _acting.set(request_id)
    try:
        yield
    finally:
        _acting.reset(token)
