"""What of the sample data still lies in the workspace, and what else holds on to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from saas.crm.service_desk.models import CaseMessage
from saas.crm.transfer.reasons import COUNTED
from saas.db import Base, current_tenant, db
from saas.tenants import queries
from saas.tenants.models import Event, File, PortalUser, Tenant

CLEARED = "workspace.samples_cleared"  # the event: {counts, kept}, each table → how many
ROWS, CLEARING = "samples.rows", "samples.clearing"  # settings
# Rows that belong to one record and go with it: (table, column that names the record).
PARTS = {
    ("case_message", "case_id"),
    ("stage_change", "opportunity_id"),
    ("deal_rival", "opportunity_id"),
    ("pool_move", "account_id"),
    ("product_alias", "product_id"),
}
# Kinds of record that a story makes, as people count them; what comes later in it goes first.
KINDS = {
    table: COUNTED[table]
    for table in (
        "account",
        "contact",
        "product",
        "rival",
        "opportunity",
        "activity",
        "service_case",
        "mail",
        "lead",
        "partner",
        "registration",
        "portal_user",
    )
}

WITH_THEM = {"case_message", "file"}  # marked too: those that no story made hold their record


def marked() -> dict[str, list[UUID]]:
    """The ids of what a story made, by table."""
    kept: dict[str, Any] = queries.setting(ROWS, {})
    return {table: [UUID(one) for one in ids] for table, ids in kept.items()}


def counts() -> dict[str, int]:
    """How many of those are still here, by table; empty where there are none."""
    found = {}
    for table, ids in marked().items():
        model = model_of(table)
        found[table] = db.session.scalar(select(func.count()).where(model.id.in_(ids))) or 0
    return {table: found[table] for table in KINDS if found.get(table)}


def last_cleared() -> Event | None:
    """What the last clearing took out and left; None where there was none."""
    mine = select(Event).where(Event.subject_kind == Tenant.__tablename__, Event.subject_id == current_tenant())
    return db.session.scalars(mine.where(Event.name == CLEARED).order_by(Event.id.desc()).limit(1)).first()


def clearing() -> dict[str, Any] | None:
    """How far the clearing is: {done, total}; None while nobody has asked for one."""
    return queries.setting(CLEARING, {}) or None


def held(model: Any, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the records that a row names which doesn't go with them, or to which a message or a file was added:
    somebody has worked with them.
    """
    found = _added_to(model.__tablename__, ids)
    found |= set(db.session.scalars(select(PortalUser.subject_id).where(PortalUser.subject_id.in_(ids))))
    for table in Base.metadata.sorted_tables:
        if table.info.get("realm") != "tenant" or "tenant_id" not in table.c:
            continue
        for key in table.foreign_key_constraints:
            column = next(c for c in key.columns if c.name != "tenant_id")
            goes_along = key.ondelete == "CASCADE" or (table.name, column.name) in PARTS
            if key.referred_table is model.__table__ and not goes_along:
                mine = (table.c.tenant_id == current_tenant()) & column.in_(ids)
                found |= set(db.session.scalars(select(column).where(mine)))
    return found


def _added_to(table: str, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the records that hold a file or a message that no story made."""
    known = marked()
    files = select(File.subject_id).where(
        File.subject_kind == table,
        File.subject_id.in_(ids),
        File.removed_at.is_(None),
        File.id.not_in(known.get(File.__tablename__, [])),
    )
    messages = select(CaseMessage.case_id).where(
        CaseMessage.case_id.in_(ids), CaseMessage.id.not_in(known.get(CaseMessage.__tablename__, []))
    )
    return {*db.session.scalars(files), *db.session.scalars(messages)}


def model_of(table: str) -> Any:
    """The class of a table."""
    return next(m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == table)


def order() -> list[str]:
    """The tables of `KINDS`, those that others point at last; mails first, since they hold by what goes with them, and
    the portals' people before those whom they are."""
    found = [t.name for t in reversed(Base.metadata.sorted_tables) if t.name in KINDS]
    return sorted(found, key=lambda name: (name != "mail", name in {"partner", "contact", "account"}))
