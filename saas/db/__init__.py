"""The database: one session, two roles, and the tenant wall that every statement passes.

Three walls keep tenants apart: without a tenant in scope a statement on such a table raises; the ORM adds
`tenant_id = :tenant` to every statement; PostgreSQL's row-level security holds even if both failed.
"""

from saas.db.driver import put_off, sent
from saas.db.models import (
    Base,
    Model,
    PlatformModel,
    RealmSession,
    TenantModel,
    Versioned,
    db,
    index,
    link,
    linked,
    new_id,
    realm_of,
    unique,
)
from saas.db.scope import TENANT_SETTING, NoScope, current_tenant, has_scope
from saas.db.wall import THE_TENANT, enter, fenced, held, scoped
from saas.db.wiring import init_app, refuse_unfit

__all__ = [
    "TENANT_SETTING",
    "THE_TENANT",
    "Base",
    "Model",
    "NoScope",
    "PlatformModel",
    "RealmSession",
    "TenantModel",
    "Versioned",
    "current_tenant",
    "db",
    "enter",
    "fenced",
    "has_scope",
    "held",
    "index",
    "init_app",
    "link",
    "linked",
    "new_id",
    "put_off",
    "realm_of",
    "refuse_unfit",
    "scoped",
    "sent",
    "unique",
]
