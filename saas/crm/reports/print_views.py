"""A case on paper: asked for on its page, made by a worker, fetched by whoever asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.crm.reports import actions, print_queries
from saas.crm.reports.forms import PrintForm
from saas.crm.reports.models import Report
from saas.crm.reports.pdf_views import Kind, add_pages
from saas.crm.service_desk import queries as cases
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("case_prints", __name__, url_prefix="/cases")

P = Permission


@bp.post("/<uuid:case_id>/print")
@allow(P.CASE_VIEW)
def make(case_id: UUID) -> ResponseReturnValue:
    """Have a case printed."""
    report = actions.ask_print(cases.case(case_id), with_notes=PrintForm().with_notes.data, by=me())
    return redirect(url_for(".show", report_id=report.id), 303)


def _about(report: Report) -> dict[str, Any]:
    case = report.case
    assert case is not None
    return {
        "title": _("%(number)s as PDF", number=case.number),
        "note": _("With our notes: for colleagues only") if report.with_notes else case.subject,
        "back_url": url_for("service_desk.show", case_id=case.id),
        "back_label": case.number,
        "leave": _("It is ready in a moment."),
    }


add_pages(bp, "/prints/<uuid:report_id>", Kind(print_queries.case_print, _about, have=P.CASE_VIEW, make=P.CASE_VIEW))
