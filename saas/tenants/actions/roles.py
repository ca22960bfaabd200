"""Roles: what each may, and how far."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from flask_babel import gettext as _

from saas.db import db, new_id
from saas.errors import Conflict, Forbidden, Refused
from saas.tenants import events, queries, rights
from saas.tenants.actions import people
from saas.tenants.events import EventName
from saas.tenants.models import Member, Role
from saas.tenants.permissions import PORTAL_ROLES, STAFF_ROLES, Permission, Reach

OWNER = "owner"


class InUse(Conflict):
    """Somebody has the role."""


def change(
    role: Role, *, by: Member, name: str | None, reaches: Mapping[Permission, Reach], hidden_fields: Collection[str]
) -> None:
    """Set what a role may. Those who have it feel it with their next click.

    Args:
        role: any but the owner's, which may always do everything.
        by: who changes it; can't give what his own role lacks.
        name: its name; None keeps the translated one of a starting role.
        reaches: every right it has, and how far.
        hidden_fields: sensitive fields that it is kept from.

    Raises:
        Forbidden: it is the owner's, or would reach further than that of `by`.
    """
    if role.key == OWNER:
        raise Forbidden(_("The owner may always do everything."))
    _check(reaches, by)
    _check({Permission(right): Reach(reach) for right, reach in role.rights.items()}, by)
    new = {right.value: reach.value for right, reach in reaches.items()}
    changed: dict[str, list[object]] = {
        right: [role.rights.get(right), new.get(right)]
        for right in sorted({*role.rights, *new})
        if role.rights.get(right) != new.get(right)
    }
    fields = sorted(set(hidden_fields) & set(rights.SENSITIVE))
    if fields != sorted(role.hidden_fields):
        changed["hidden_fields"] = [sorted(role.hidden_fields), fields]
    if name != role.name:
        changed["name"] = [role.name, name]
    role.rights, role.hidden_fields, role.name = new, fields, name
    if changed:
        events.record(EventName.ROLE_CHANGED, role, by=by, changed=changed)


def create(name: str, like: Role, *, by: Member) -> Role:
    """A role of the workspace's own, starting as a copy of another.

    Raises:
        Forbidden: that one reaches further than the role of `by`.
        Refused: there is one of this name.
    """
    if any(name.casefold() == (other.name or "").casefold() for other in queries.staff_roles()):
        raise Refused(_("There is a role of this name already."), field="name")
    if not people.may_give(by, like):
        raise Forbidden
    role = Role(key=f"own-{new_id().hex[-12:]}", name=name, rights=dict(like.rights))
    role.hidden_fields = list(like.hidden_fields)
    db.session.add(role)
    db.session.flush()
    events.record(EventName.ROLE_CHANGED, role, by=by, changed={"name": [None, name], "like": like.key})
    return role


def remove(role: Role, *, by: Member) -> None:
    """Take away a role of the workspace's own.

    Raises:
        Forbidden: it is one of those that every workspace has.
        InUse: somebody has it.
    """
    if role.key in (*STAFF_ROLES, *PORTAL_ROLES):
        raise Forbidden
    if count := queries.count_members_with(role.id):
        raise InUse(_("%(n)s members have this role. Give them another first.", n=count))
    events.record(EventName.ROLE_CHANGED, role, by=by, changed={"name": [role.name, None]})
    db.session.delete(role)


def of(role_id: UUID) -> Role:
    """A role of the workspace.

    Raises:
        NotFound: it has none of that id.
    """
    return queries.role_of(role_id)


def _check(reaches: Mapping[Permission, Reach], by: Member) -> None:
    own = by.role.rights
    for right, reach in reaches.items():
        if right in rights.PORTAL:
            continue
        if right.value not in own or not Reach(own[right.value]).covers(reach):
            raise Forbidden(_("You can't give a right that you don't have yourself."))
