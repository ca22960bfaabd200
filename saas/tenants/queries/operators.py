"""What operators see of all workspaces: how they are doing as workspaces, and nothing that belongs to their customers.

The register is the platform's own. What only the workspaces' tables know comes from two functions of the database,
which give back counts, times and the names of jobs (migrations/versions/…_tenants_add_operators.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text

from saas.db import db
from saas.tenants.models import Operator, Tenant, TenantStatus


@dataclass(frozen=True)
class Figures:
    """What is counted in a workspace."""

    seats: int = 0  # taken
    active_at: datetime | None = None  # when something last happened


@dataclass(frozen=True)
class Stopped:
    """A job that was given up in some workspace."""

    tenant_id: UUID
    id: UUID
    handler: str
    gave_up_at: datetime
    reason: str | None  # the kind of error and its place in the code; None where the text may name a customer


def operator_by_email(email: str) -> Operator | None:
    """The operator with this mail address."""
    return db.session.scalars(select(Operator).where(Operator.email == email.strip().lower())).one_or_none()


def operator(operator_id: UUID) -> Operator | None:
    """The operator of this id."""
    return db.session.get(Operator, operator_id)


def register(
    words: str = "", status: TenantStatus | None = None, *, before: UUID | None = None, many: int
) -> list[Tenant]:
    """A page of the register of workspaces, the newest first.

    Args:
        words: a part of a name or of an address.
        status: only those that stand so.
        before: go on after the workspace of this id.
        many: rows.
    """
    where = _within(words, status)
    if before is not None:
        where.append(Tenant.id < before)
    return list(db.session.scalars(select(Tenant).where(*where).order_by(Tenant.id.desc()).limit(many)))


def count_register(words: str = "", status: TenantStatus | None = None) -> int:
    """How many workspaces `register` has in all."""
    return db.session.scalar(select(func.count(Tenant.id)).where(*_within(words, status))) or 0


def figures(tenant_ids: Collection[UUID]) -> dict[UUID, Figures]:
    """Id → what is counted in each of these workspaces."""
    ask = text("select tenant_id, seats, active_at from workspace_figures(:ids)").execution_options(reviewed=True)
    with db.engines["platform"].connect() as connection:
        found = connection.execute(ask, {"ids": list(tenant_ids)})
        return {row.tenant_id: Figures(row.seats, row.active_at) for row in found}


def stopped_everywhere(many: int) -> list[Stopped]:
    """The jobs that were given up in all workspaces, last first."""
    ask = text("select tenant_id, id, handler, gave_up_at, reason from stopped_jobs(:many)")
    with db.engines["platform"].connect() as connection:
        rows = connection.execute(ask.execution_options(reviewed=True), {"many": many})
        return [Stopped(row.tenant_id, row.id, row.handler, row.gave_up_at, row.reason) for row in rows]


def tenants_by_id(ids: Iterable[UUID]) -> dict[UUID, Tenant]:
    """Id → workspace."""
    return {row.id: row for row in db.session.scalars(select(Tenant).where(Tenant.id.in_(set(ids))))}


def _within(words: str, status: TenantStatus | None) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if words:
        where.append(Tenant.name.icontains(words, autoescape=True) | Tenant.slug.icontains(words, autoescape=True))
    if status is not None:
        where.append(Tenant.status == status)
    return where
