"""Opening warehouses, changing them and closing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock, search
from saas.archive import refuse_archived
from saas.crm.customers.actions import apply
from saas.crm.inventory import queries
from saas.crm.inventory.models import Warehouse
from saas.db import current_tenant, db, new_id
from saas.errors import Conflict, Refused
from saas.tenants import events
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CREATED, CHANGED = "warehouse.created", "warehouse.changed"
ARCHIVED, RESTORED = "warehouse.archived", "warehouse.restored"
FIRST_CODE = "MAIN"


class NameTaken(Refused):
    """Another warehouse has this name or code."""


class NotEmpty(Conflict):
    """Something lies in the warehouse, or is on its way there."""


def first() -> Warehouse:
    """The warehouse that takes what names none: the oldest; made when a workspace has none yet."""
    found = queries.warehouses()
    if found:
        return min(found, key=lambda one: one.id)
    name = _("Main warehouse")
    row = {"tenant_id": current_tenant(), "id": new_id(), "name": name, "name_key": search.fold(name)}
    row |= {"code": FIRST_CODE, "version": 1, "created_at": clock.now(), "updated_at": clock.now()}
    db.session.execute(upsert(Warehouse).values(row).on_conflict_do_nothing())  # two may need it at once
    return queries.warehouses()[0]


def create(values: Mapping[str, Any], *, by: Actor, batch_id: UUID | None = None) -> Warehouse:
    """Open a warehouse.

    Args:
        values: name, code, address.
        by: who opens it.
        batch_id: of the file that brings it.

    Raises:
        NameTaken: another has its name or its code.
    """
    first()  # so that the one that was there without being named stays the first
    made = Warehouse(**_prepared(values))
    _refuse_twins(made.name_key, made.code)
    db.session.add(made)
    db.session.flush()
    events.record(CREATED, made, by=by, changed={"name": made.name}, batch_id=batch_id)
    return made


def change(warehouse: Warehouse, values: Mapping[str, Any], *, version: int, by: Actor) -> None:
    """Write what a form holds.

    Raises:
        Archived: it was closed.
        Overtaken: it is no longer at `version`.
        NameTaken: another has its name or its code.
    """
    refuse_archived(warehouse)
    if version != warehouse.version:
        raise Overtaken(warehouse)
    found = _prepared(values)
    _refuse_twins(found["name_key"], found["code"], but=warehouse)
    changed = apply(warehouse, found)
    if changed:
        db.session.flush()
        events.record(CHANGED, warehouse, by=by, changed={k: v for k, v in changed.items() if k != "name_key"})


def archive(warehouse: Warehouse, *, by: Actor) -> None:
    """Close a warehouse in which nothing lies; its movements stay.

    Raises:
        NotEmpty: something lies there, is promised from there, or is on its way.
    """
    if warehouse.archived_at is not None:
        return
    if many := queries.count_stocked(warehouse.id):
        told = ngettext(
            "%(num)s product still lies in %(name)s or is on its way there. Move it first.",
            "%(num)s products still lie in %(name)s or are on their way there. Move them first.",
            many,
            name=warehouse.name,
        )
        raise NotEmpty(told)
    warehouse.archived_at = clock.now()
    db.session.flush()
    events.record(ARCHIVED, warehouse, by=by, changed={"name": warehouse.name})


def restore(warehouse: Warehouse, *, by: Actor) -> None:
    """Open a warehouse again.

    Raises:
        NameTaken: another took its name or code meanwhile.
    """
    if warehouse.archived_at is None:
        return
    _refuse_twins(warehouse.name_key, warehouse.code, but=warehouse)
    warehouse.archived_at = None
    db.session.flush()
    events.record(RESTORED, warehouse, by=by, changed={"name": warehouse.name})


def _prepared(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "name_key": search.fold(values["name"]), "code": values["code"].upper()}


def _refuse_twins(name_key: str, code: str, *, but: Warehouse | None = None) -> None:
    for one in queries.warehouses():
        if but is not None and one.id == but.id:
            continue
        if one.name_key == name_key:
            raise NameTaken(_("There is a warehouse %(name)s already.", name=one.name), field="name")
        if one.code == code:
            raise NameTaken(_("%(name)s has this code already.", name=one.name), field="code")
