"""Rows as tests need them: `make_agent(name="Bo")` fills in what the test doesn't care about."""

from __future__ import annotations

from itertools import count
from typing import Any

from saas.db import db, new_id
from saas.tenants import queries, scope
from saas.tenants.models import Member, MemberStatus, Role, Tenant, TenantStatus
from saas.tenants.permissions import PORTAL_ROLES, STAFF_ROLES, starting_rights

_numbers = count(1)


def make_tenant(**given: Any) -> Tenant:
    """A committed workspace in trial, with the starting roles."""
    number = next(_numbers)
    values = {"slug": f"w-{new_id().hex[-12:]}", "name": f"Workspace {number}"}
    made = Tenant(**{"status": TenantStatus.TRIAL, **values, **given})
    db.session.add(made)
    db.session.commit()
    with scope.enter(made.id):
        for key in (*STAFF_ROLES, *PORTAL_ROLES):
            db.session.add(Role(key=key, rights=starting_rights(key)))
        db.session.commit()
    return made


def make_member(role: str = "agent", **given: Any) -> Member:
    """A flushed, active member of the workspace in scope."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "name": f"Member {number}",
        "email": f"member{number}@example.com",
        "status": MemberStatus.ACTIVE,
        "role": queries.role(role),
        "user_id": new_id(),
    }
    made = Member(**values | given)
    db.session.add(made)
    db.session.flush()
    return made


def make_agent(**given: Any) -> Member:
    """A member who sells."""
    return make_member("agent", **given)
