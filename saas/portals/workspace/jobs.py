"""Background work that was given up, with a button to try it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from saas.tenants import queries, scope, stories
from saas.tenants.actions import trail
from saas.tenants.models import Delivery
from saas.tenants.permissions import Permission, allow

bp = Blueprint("jobs", __name__, url_prefix="/settings/jobs")

# What a job does, in a reader's words; one that is not here is "Background work".
TITLES = {
    "tenants.mail_invitation": _l("Mail an invitation"),
    "tenants.mail_notice": _l("Mail a notification"),
    "tenants.mail_digest": _l("Mail somebody his day"),
    "tenants.plan_digests": _l("See whose morning has come"),
    "tenants.forget_done_work": _l("Tidy up the list of finished work"),
    "tenants.forget_removed_files": _l("Remove files that were taken off"),
    "crm.proceed_import": _l("Bring in a file"),
    "crm.make_export": _l("Make a file to download"),
    "crm.clear_samples": _l("Clear the sample data"),
    "crm.forget_exports": _l("Remove old files"),
    "crm.make_report": _l("Make a PDF"),
    "crm.make_monthly_report": _l("Have the report of the month made"),
    "crm.mail_report": _l("Mail the report of the month"),
    "crm.forget_prints": _l("Drop printed cases"),
    "billing.follow": _l("Follow a change of the subscription"),
    "billing.settle": _l("Change the number of seats"),
    "billing.reconcile": _l("Compare the seats with the subscription"),
}


def title(row: Delivery) -> str:
    """What a delivery is about, in the reader's language."""
    return title_of(row.handler)


def title_of(handler: str) -> str:
    """What a job of this name does, in the reader's language."""
    return str(TITLES.get(handler) or _("Background work"))


def _retries() -> list[dict[str, Any]]:
    """What was tried again of late, by whom: somebody here, an operator of the service, or its command line."""
    rows = queries.retries()
    names = stories.actor_names(rows)
    by = {"operator": _("Seaport's operator"), "system": _("Seaport")}
    return [
        {
            "title": title_of(str(row.changed.get("handler", ""))),
            "who": names.get(row.actor_id) or by.get(row.actor_kind, ""),
            "at": row.created_at,
        }
        for row in rows
    ]


@bp.get("")
@allow(Permission.WORKSPACE_JOBS)
def index() -> ResponseReturnValue:
    """What was given up, newest first, and how much waits."""
    rows = queries.stopped_deliveries()
    counts = queries.count_deliveries()
    return render_template("workspace/jobs.html", rows=rows, counts=counts, title=title, retries=_retries())


@bp.post("/<uuid:delivery_id>/retry")
@allow(Permission.WORKSPACE_JOBS)
def retry(delivery_id: UUID) -> ResponseReturnValue:
    """Try one again."""
    row = trail.retry(delivery_id, by=scope.me())
    flash(_("“%(title)s” is tried again now.", title=title(row)), "good")
    return redirect(url_for(".index"), 303)


@bp.post("/retry")
@allow(Permission.WORKSPACE_JOBS)
def retry_all() -> ResponseReturnValue:
    """Try all of them again."""
    rows = queries.stopped_deliveries()
    for row in rows:
        trail.retry(row.id, by=scope.me())
    flash(ngettext("%(num)s job is tried again now.", "%(num)s jobs are tried again now.", len(rows)), "good")
    return redirect(url_for(".index"), 303)
