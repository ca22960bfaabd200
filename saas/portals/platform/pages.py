"""What operators see: the register of workspaces, the jobs that stopped anywhere, Stripe's messages that got stuck."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import clock, ui
from saas.billing import queries as billing
from saas.billing.models import Status
from saas.db import db
from saas.portals.workspace.jobs import title_of
from saas.tenants import queries, scope
from saas.tenants.actions import trail
from saas.tenants.models import TenantStatus
from saas.tenants.permissions import signed_in

bp = Blueprint("platform", __name__)
PAGE = 50  # workspaces
MOST = 200  # jobs or messages
STUCK = timedelta(minutes=15)  # a message of Stripe's is followed within seconds

STATES = {
    TenantStatus.UNCONFIRMED: (_l("Not confirmed"), "neutral"),
    TenantStatus.TRIAL: (_l("On trial"), "sea"),
    TenantStatus.ACTIVE: (_l("Renting"), "good"),
    TenantStatus.SUSPENDED: (_l("Read-only"), "wrong"),
    TenantStatus.CLOSED: (_l("Closed"), "neutral"),
}
RENTS = {
    Status.INCOMPLETE: _l("First payment open"),
    Status.INCOMPLETE_EXPIRED: _l("Never paid"),
    Status.TRIALING: _l("On trial at Stripe"),
    Status.ACTIVE: _l("Paid"),
    Status.PAST_DUE: _l("Payment overdue"),
    Status.CANCELED: _l("Cancelled"),
    Status.UNPAID: _l("Unpaid"),
    Status.PAUSED: _l("Paused"),
}


@bp.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """The workspaces, the newest first."""
    words = request.args.get("q", "").strip()[:80]
    status = next((one for one in TenantStatus if one == request.args.get("state")), None)
    found = queries.register(words, status, before=ui.asked_id("before"), many=PAGE + 1)
    shown = found[:PAGE]
    ids = [one.id for one in shown]
    return render_template(
        "platform/workspaces.html",
        rows=shown,
        figures=queries.figures(ids),
        rents=billing.rents(ids),
        count=queries.count_register(words, status),
        words=words,
        status=status,
        states=STATES,
        rent_words=RENTS,
        nothing=queries.Figures(),
        more_url=ui.here(before=str(ids[-1])) if len(found) > PAGE else None,
    )


@bp.get("/jobs")
@signed_in
def jobs() -> ResponseReturnValue:
    """The jobs that were given up, in all workspaces."""
    rows = queries.stopped_everywhere(MOST)
    tenants = queries.tenants_by_id(row.tenant_id for row in rows)
    return render_template("platform/jobs.html", rows=rows, tenants=tenants, title_of=title_of, most=MOST)


@bp.post("/jobs/<uuid:tenant_id>/<uuid:delivery_id>/retry")
@signed_in
def retry(tenant_id: UUID, delivery_id: UUID) -> ResponseReturnValue:
    """Try one again; the workspace's trail says that an operator did."""
    db.session.commit()  # nothing is open when the workspace is entered
    with scope.enter(tenant_id):
        row = trail.retry(delivery_id, by=scope.operator())
        db.session.commit()
    flash(_("“%(title)s” is tried again now.", title=title_of(row.handler)), "good")
    return redirect(url_for(".jobs"), 303)


@bp.get("/stripe")
@signed_in
def stripe() -> ResponseReturnValue:
    """Stripe's messages that nothing was made of."""
    rows = billing.stuck_messages(since=clock.now() - STUCK, limit=MOST)
    tenants = queries.tenants_by_id(row.tenant_id for row in rows if row.tenant_id)
    return render_template("platform/stripe.html", rows=rows, tenants=tenants, most=MOST)
