"""A case on paper: asked for on its page, made by a worker, fetched by whoever asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.crm.reports import actions, queries
from saas.crm.reports.forms import PrintForm
from saas.crm.reports.models import Report
from saas.crm.reports.views import handed_out, retried, standing, still_making
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


@bp.get("/prints/<uuid:report_id>")
@allow(P.CASE_VIEW)
def show(report_id: UUID) -> ResponseReturnValue:
    """Where the printing stands; once it is there, the way to it."""
    report, gave_up_at = queries.case_print(report_id, actions.JOB)
    return render_template("reports/show.html", **standing(report, gave_up_at, _place(report)))


@bp.get("/prints/<uuid:report_id>/progress")
@allow(P.CASE_VIEW)
def progress(report_id: UUID) -> ResponseReturnValue:
    """The same, asked again and again while it is made."""
    report, gave_up_at = queries.case_print(report_id, actions.JOB)
    return still_making(report, gave_up_at, _place(report))


@bp.get("/prints/<uuid:report_id>/file")
@allow(P.CASE_VIEW)
def file(report_id: UUID) -> ResponseReturnValue:
    """The PDF."""
    return handed_out(queries.case_print(report_id, actions.JOB)[0])


@bp.post("/prints/<uuid:report_id>/again")
@allow(P.CASE_VIEW)
def again(report_id: UUID) -> ResponseReturnValue:
    """Have one printed that was not."""
    report, gave_up_at = queries.case_print(report_id, actions.JOB)
    retried(report, gave_up_at)
    return redirect(url_for(".show", report_id=report.id), 303)


def _place(report: Report) -> dict[str, Any]:
    case = report.case
    assert case is not None
    return {
        "title": _("%(number)s as PDF", number=case.number),
        "note": _("With our notes: for colleagues only") if report.with_notes else case.subject,
        "back_url": url_for("service_desk.show", case_id=case.id),
        "back_label": case.number,
        "page_url": url_for(".show", report_id=report.id),
        "progress_url": url_for(".progress", report_id=report.id),
        "file_url": url_for(".file", report_id=report.id),
        "again_url": url_for(".again", report_id=report.id),
        "leave": _("It is ready in a moment."),
    }
