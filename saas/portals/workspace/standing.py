"""The line above every staff page while the workspace is at rest, its trial is about to end, or the machine lacks what
PDFs need. Costs no statement."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

from flask import current_app, g, request
from markupsafe import Markup

from saas import clock, machine, pdf
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
    said = [_standing(tenant), _machine()]
    return {"banner": Markup("").join(said)} if any(said) else {}


def _standing(tenant: Tenant) -> Markup:
    state = _state(tenant)
    if state is None:
        return Markup("")
    return _drawn("billing/_banner.html", state=state, tenant=tenant, may_pay=scope.may(Permission.BILLING_MANAGE))


def _machine() -> Markup:
    """For owners: what PDFs wait for on this machine, and the one command that mends it."""
    lacking = _missing(int(clock.now().timestamp() // 60)) if scope.may(Permission.WORKSPACE_SET) else ()
    return _drawn("reports/_banner.html", command=machine.remedy(lacking)) if lacking else Markup("")


@lru_cache(maxsize=1)
def _missing(minute: int) -> tuple[machine.Part, ...]:
    """What PDFs lack; looked up once a minute at most, since somebody may mend it."""
    return () if pdf.is_ready() else machine.missing_for_pdf()


def _drawn(template: str, **values: Any) -> Markup:
    # Not render_template: that would ask for this context again.
    page = current_app.jinja_env.get_template(template)
    return Markup(page.render(**values))  # noqa: S704 - a template of ours


def _state(tenant: Tenant) -> str | None:
    config: Config = current_app.extensions["config"]
    if tenant.status is TenantStatus.SUSPENDED:
        return "at_rest"
    ends = tenant.trial_ends_at if config.has_billing and tenant.status is TenantStatus.TRIAL else None
    return "trial_ends" if ends is not None and clock.now() > ends - SOON else None
