"""Which tenant the code at hand works in."""

from __future__ import annotations

from contextvars import ContextVar
from uuid import UUID

TENANT_SETTING = "app.tenant_id"

in_scope: ContextVar[UUID | None] = ContextVar("tenant", default=None)


class NoScope(RuntimeError):
    """A statement on a tenant's table was about to run without a tenant in scope."""


def current_tenant() -> UUID:
    """The tenant in scope.

    Raises:
        NoScope: there is none.
    """
    tenant_id = in_scope.get()
    if tenant_id is None:
        raise NoScope("no tenant in scope")
    return tenant_id


def has_scope() -> bool:
    """True when a tenant is in scope."""
    return in_scope.get() is not None
