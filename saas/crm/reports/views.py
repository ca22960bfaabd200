"""Pages of reports: a month on screen, PDFs of it made in the background and kept, and the part on Today."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_

from saas import clock, months, panels, ui
from saas.crm.reports import actions, dashboard, pages, queries, reasons
from saas.crm.reports.forms import MonthForm
from saas.crm.reports.models import STATE_LOOKS, STATE_WORDS, Report, ReportState
from saas.crm.reports.pdf_views import Kind, add_pages, has_failed
from saas.crm.service_desk.models import Case
from saas.errors import NotFound
from saas.months import Month
from saas.statements import RECORD
from saas.tenants import scope
from saas.tenants.models import Event, Member
from saas.tenants.permissions import Permission, Reach, allow
from saas.tenants.scope import may, me
from saas.tenants.stories import timeline

bp = Blueprint("reports", __name__, url_prefix="/reports")

P = Permission
CHOICES = 3  # the last ones about the mail
MY_CHOICES = and_(Event.subject_kind == Member.__tablename__, Event.subject_id == RECORD, Event.name == actions.CHOSEN)
MONTHS_LINKED = 6  # further ones are a step back from these
SHOWN_RIGHTS = {
    "account": ("customers.show", "account_id", P.ACCOUNT_VIEW),
    "opportunity": ("opportunities.show", "opportunity_id", P.OPPORTUNITY_VIEW),
    "service_case": ("service_desk.show", "case_id", P.CASE_VIEW),
}


@bp.get("/")
@allow(P.REPORT_VIEW)
def index() -> ResponseReturnValue:
    """The reports that are kept, and the months that can be looked at."""
    rows, offered = queries.reports(actions.JOB), _offered()
    can_have = actions.may_have_all(scope.who())
    return render_template(
        "reports/index.html",
        reports=[_line(report, gave_up_at) for report, gave_up_at in rows],
        form=MonthForm(offered, formdata=None),
        can_make=may(P.REPORT_MAKE),
        can_have=can_have,
        has_mail=can_have and queries.wants_mail(me().id),
        choices=timeline(MY_CHOICES, record_id=me().id)[0][:CHOICES] if can_have else [],
        months=[(f"{first:%Y-%m}", ui.month(first)) for first in offered[:MONTHS_LINKED]],
    )


@bp.get("/month/<month>")
@allow(P.REPORT_VIEW)
def month(month: str) -> ResponseReturnValue:
    """A month as it stands now, on screen."""
    first = months.read(month)
    offered = _offered()
    if first is None or not offered[-1] <= first <= offered[0]:
        raise NotFound
    found = queries.figures(Month(first, g.tenant.timezone), queries.sight(scope.who()))
    following = months.after(first)
    return render_template(
        "reports/month.html",
        title=ui.month(first),
        key=month,
        parts=pages.parts(found, _link),
        is_whole=found.reach is Reach.ALL,
        is_over=first < offered[0],
        before=f"{months.before(first):%Y-%m}" if first > offered[-1] else None,
        after=f"{following:%Y-%m}" if following <= offered[0] else None,
        can_make=may(P.REPORT_MAKE),
    )


@bp.post("/")
@allow(P.REPORT_MAKE)
def make() -> ResponseReturnValue:
    """Have the PDF of a month made."""
    form = MonthForm(_offered())
    if not form.validate_on_submit():
        flash(_("Choose a month that has begun."), "wrong")
        return redirect(url_for(".index"), 303)
    report = actions.ask(form.first(), by=me())
    return redirect(url_for(".show", report_id=report.id), 303)


@bp.post("/mail/<any(on, off):wish>")
@allow(P.REPORT_VIEW)
def choose(wish: str) -> ResponseReturnValue:
    """Have the monthly report mailed, or not."""
    actions.choose(me(), mails=wish == "on")
    on = _("The report of each month is mailed to you on the first of the next.")
    flash(on if wish == "on" else _("You get no reports by mail from now on."), "good")
    return redirect(url_for(".index"), 303)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _about(report: Report) -> dict[str, Any]:
    return {
        "title": _("Report of %(month)s", month=ui.month(report.month)),
        "note": _whose(report),
        "back_url": url_for(".index"),
        "back_label": _("Reports"),
        "leave": _("You can leave this page and find it again under Reports."),
    }


add_pages(bp, "/<uuid:report_id>", Kind(queries.report, _about, have=P.REPORT_VIEW, make=P.REPORT_MAKE))


def _line(report: Report, gave_up_at: datetime | None) -> dict[str, Any]:
    state = ReportState.FAILED if has_failed(report, gave_up_at) else report.state
    return {
        "report": report,
        "title": ui.month(report.month),
        "whose": _whose(report),
        "by": report.member.name if report.member else _("by itself, on the first"),
        "word": STATE_WORDS[state],
        "look": STATE_LOOKS[state],
        "state": state.value,
        "why": reasons.sentence(report.why) if state is ReportState.FAILED else "",
    }


def _whose(report: Report) -> str:
    return _("The whole workspace") if report.reach is Reach.ALL else _("What lies within your reach")


def _offered() -> list[date]:
    """The months that a report can be about, this one first."""
    zone = g.tenant.timezone
    first, earliest, found = months.containing(clock.now(), zone).first, queries.since(zone), []
    while first >= earliest:
        found.append(first)
        first = months.before(first)
    return found


def _link(kind: str, record_id: UUID) -> str | None:
    endpoint, argument, right = SHOWN_RIGHTS[kind]
    values: dict[str, Any] = {argument: record_id}
    return url_for(endpoint, **values) if may(right) else None


for kind, panel in (
    ("today", panels.Panel("dashboard", _l("Figures"), dashboard.today, P.REPORT_VIEW, "main", 20)),
    (Case.__tablename__, panels.Panel("print", _l("Print"), dashboard.print_case, P.CASE_VIEW, "left", 90)),
):
    panels.add(kind, panel)
