"""The line above every staff page while the workspace is at rest, or its trial is about to end. Costs no statement."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app, g, request
from markupsafe import Markup

from saas import clock
from saas.config import Config
from saas.tenants import scope
from saas.tenants.models import Tenant, TenantStatus
from saas.tenants.permissions import Permission

SOON = timedelta(days=7)  # before the end of a trial


def shown() -> dict[str, Any]:
    """The context's `banner`; nothing where all is well, and on the page that says it at length."""
    tenant: Tenant | None = g.get("tenant")
    if tenant is None or g.get("member") is None or request.endpoint == "billing.index":
        return {}
    state = _state(tenant)
    if state is None:
        return {}
    may_pay = scope.may(Permission.BILLING_MANAGE)
    # Not render_template: that would ask for this context again.
    page = current_app.jinja_env.get_template("billing/_banner.html")
    drawn = page.render(state=state, tenant=tenant, may_pay=may_pay)
    return {"banner": Markup(drawn)}  # noqa: S704 - a template of ours


def _state(tenant: Tenant) -> str | None:
    config: Config = current_app.extensions["config"]
    if tenant.status is TenantStatus.SUSPENDED:
        return "at_rest"
    ends = tenant.trial_ends_at if config.has_billing and tenant.status is TenantStatus.TRIAL else None
    return "trial_ends" if ends is not None and clock.now() > ends - SOON else None
