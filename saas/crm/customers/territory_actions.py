"""What can be done with territories, and the one place where customers get theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, update
from sqlalchemy.orm.attributes import set_committed_value

from saas import clock
from saas.crm.customers import territories
from saas.crm.customers import territory_queries as queries
from saas.crm.customers.models import Account
from saas.crm.customers.territory_models import Fresh, Territory, TerritoryMember
from saas.db import db, new_id
from saas.errors import Refused
from saas.search import fold
from saas.tenants import events
from saas.tenants.models import Member
from saas.versions import Overtaken

CREATED, CHANGED, REMOVED = "territory.created", "territory.changed", "territory.removed"
JOB = "crm.place_customers"
MOST = 200  # territories of a workspace
CHUNK = 1_000  # customers that are placed together


# ── customers get their territory ───────────────────────────────────────────────────────────────────────────────────


def place(accounts: Iterable[Account]) -> None:
    """Keep the territory of customers true, whatever way they were written: whoever makes them findable calls this.

    Past the ORM: that a customer lies elsewhere is no change that somebody made, so its version stays.
    """
    rules = queries.rules()
    moved = {one: to for one in accounts if (to := territories.of(one, rules)) != one.territory_id}
    if not moved:
        return
    db.session.flush()
    _write({one.id: to for one, to in moved.items()})
    for one, to in moved.items():
        set_committed_value(one, "territory_id", to)


def place_all() -> Iterator[int]:
    """Place every customer anew, after the rules changed; the caller commits at each yield. Safe to run twice."""
    last = UUID(int=0)
    while rows := queries.after(last, CHUNK):
        rules = queries.rules()
        moved = {row.id: to for row in rows if (to := territories.of(row, rules)) != row.territory_id}
        _write(moved)
        last = rows[-1].id
        yield len(moved)


def _write(moved: Mapping[UUID, UUID | None]) -> None:
    by_territory: dict[UUID | None, list[UUID]] = {}
    for account_id, to in moved.items():
        by_territory.setdefault(to, []).append(account_id)
    for to, ids in by_territory.items():
        written = update(Account).where(Account.id.in_(ids)).values(territory_id=to)
        db.session.execute(written.execution_options(synchronize_session=False))


# ── the verbs of territories ────────────────────────────────────────────────────────────────────────────────────────


def add(values: Mapping[str, Any], members: Collection[UUID], *, by: Member) -> Territory:
    """Add a territory behind the others.

    Args:
        values: columns of Territory that a person may type.
        members: the ids of those who sell there.

    Raises:
        Refused: there is one of this name, as many as there may be, its sizes leave nobody, or nobody hands out.
    """
    found = queries.lock_territories()
    _check(values, found)
    _refuse_alone(values, members)
    if len(found) >= MOST:
        raise Refused(_("A workspace has at most %(n)s territories.", n=MOST))
    made = Territory(**values, position=len(found))
    db.session.add(made)
    db.session.flush()
    _set_members(made, members)
    events.record(CREATED, made, by=by, changed={"name": made.name})
    _ask()
    return made


def change(
    territory: Territory, values: Mapping[str, Any], members: Collection[UUID], *, version: int | None, by: Member
) -> dict[str, Any]:
    """Write what a form holds; customers are placed anew if the rule changed. Returns what changed.

    Raises:
        Overtaken: somebody changed it since `version`.
        Refused: another one has this name, its sizes leave nobody, or nobody hands out.
    """
    if version is not None and version != territory.version:
        raise Overtaken(territory)
    _check(values, [one for one in queries.lock_territories() if one.id != territory.id])
    _refuse_alone(values, members)
    changed: dict[str, Any] = {}
    for name, value in values.items():
        before = getattr(territory, name)
        if before != value:
            changed[name] = [before, value]
            setattr(territory, name, value)
    before_ids = queries.member_ids(territory.id)
    if before_ids != set(members):
        _set_members(territory, members)
        changed["members"] = [len(before_ids), len(set(members))]
    if changed:
        db.session.flush()
        events.record(CHANGED, territory, by=by, changed={"name": territory.name} | changed)
        _ask()
    return changed


def move(territory: Territory, position: int, *, by: Member) -> None:
    """Put a territory at `position` (from 0): the first that fits takes a customer."""
    found = queries.lock_territories()
    others = [one for one in found if one.id != territory.id]
    at = max(0, min(position, len(others)))
    ordered = [*others[:at], territory, *others[at:]]
    if [one.id for one in ordered] != [one.id for one in found]:
        _number(ordered)
        events.record(CHANGED, territory, by=by, changed={"name": territory.name, "position": at})
        _ask()


def remove(territory: Territory, *, by: Member) -> None:
    """Take a territory out; its customers go to the next that fits."""
    others = [one for one in queries.lock_territories() if one.id != territory.id]
    territory.archived_at = clock.now()
    _number(others)
    db.session.flush()
    events.record(REMOVED, territory, by=by, changed={"name": territory.name})
    _ask()


def _check(values: Mapping[str, Any], others: Sequence[Territory]) -> None:
    if any(fold(one.name) == fold(values["name"]) for one in others):
        raise Refused(_("There is a territory of this name already."), field="name")
    least, most = values.get("employees_from"), values.get("employees_to")
    if least is not None and most is not None and most < least:
        raise Refused(_("This is less than where it begins."), field="employees_to")


def _refuse_alone(values: Mapping[str, Any], members: Collection[UUID]) -> None:
    """What is handed out needs somebody who gives and somebody who gets."""
    if values.get("fresh") is not Fresh.HANDED_OUT:
        return
    if not values.get("manager_id"):
        raise Refused(_("Its manager hands them out: name one."), field="manager_id")
    if not members:
        raise Refused(_("Say who gets them."), field="members")


def _set_members(territory: Territory, members: Collection[UUID]) -> None:
    db.session.execute(delete(TerritoryMember).where(TerritoryMember.territory_id == territory.id))
    db.session.add_all(TerritoryMember(territory_id=territory.id, member_id=one) for one in sorted(set(members)))
    db.session.flush()


def _number(ordered: Sequence[Territory]) -> None:
    for position, territory in enumerate(ordered):
        territory.position = position


def _ask() -> None:
    """Have a worker place all customers anew."""
    events.deliver(JOB, key=f"territories:{new_id()}", due_at=clock.now(), payload={})
