"""Pages of reports: a month on screen, PDFs of it made in the background and kept, and the part on Today."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_

from saas import clock, files, panels, pdf, ui
from saas.crm.reports import actions, dashboard, months, pages, queries, reasons
from saas.crm.reports.forms import MonthForm
from saas.crm.reports.models import STATE_LOOKS, STATE_WORDS, STEPS, Report, ReportState
from saas.crm.reports.months import Month
from saas.crm.service_desk.models import Case
from saas.db import current_tenant
from saas.errors import NotFound
from saas.statements import RECORD
from saas.tenants import scope
from saas.tenants.models import Event, Member
from saas.tenants.permissions import Permission, Reach, allow
from saas.tenants.scope import may, me
from saas.tenants.stories import of_record, timeline

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


@bp.get("/<uuid:report_id>")
@allow(P.REPORT_VIEW)
def show(report_id: UUID) -> ResponseReturnValue:
    """Where the making of a PDF stands; once it is there, the way to it."""
    report, gave_up_at = queries.report(report_id, actions.JOB)
    return render_template("reports/show.html", **standing(report, gave_up_at, _place(report)))


@bp.get("/<uuid:report_id>/progress")
@allow(P.REPORT_VIEW)
def progress(report_id: UUID) -> ResponseReturnValue:
    """The same, asked again and again while it is made."""
    report, gave_up_at = queries.report(report_id, actions.JOB)
    return still_making(report, gave_up_at, _place(report))


@bp.get("/<uuid:report_id>/file")
@allow(P.REPORT_VIEW)
def file(report_id: UUID) -> ResponseReturnValue:
    """The PDF."""
    return handed_out(queries.report(report_id, actions.JOB)[0])


@bp.post("/<uuid:report_id>/again")
@allow(P.REPORT_MAKE)
def again(report_id: UUID) -> ResponseReturnValue:
    """Have one made that was not."""
    report, gave_up_at = queries.report(report_id, actions.JOB)
    retried(report, gave_up_at)
    return redirect(url_for(".show", report_id=report.id), 303)


@bp.post("/mail/<any(on, off):wish>")
@allow(P.REPORT_VIEW)
def choose(wish: str) -> ResponseReturnValue:
    """Have the monthly report mailed, or not."""
    actions.choose(me(), mails=wish == "on")
    on = _("The report of each month is mailed to you on the first of the next.")
    flash(on if wish == "on" else _("You get no reports by mail from now on."), "good")
    return redirect(url_for(".index"), 303)


# ── what printed cases share ────────────────────────────────────────────────────────────────────────────────────────


def standing(report: Report, gave_up_at: datetime | None, place: dict[str, Any]) -> dict[str, Any]:
    """What the page of a PDF says.

    Args:
        report: the PDF.
        gave_up_at: when its making was given up; None while it is tried.
        place: its title and addresses: title, note, back_url, back_label, progress_url, file_url, again_url.
    """
    failed = has_failed(report, gave_up_at)
    return place | {
        "report": report,
        "state": "failed" if failed else report.state.value,
        "why": reasons.sentence(report.why) if failed else "",
        "is_held_up": not failed and report.state is ReportState.WAITING and not pdf.is_ready(),
        "can_again": failed and place["again_url"],
        "lines": of_record(Report.__tablename__, report.id)[0],
        "job": {"url": place["progress_url"], "done": report.done, "total": STEPS, "label": STATE_WORDS[report.state]},
    }


def still_making(report: Report, gave_up_at: datetime | None, place: dict[str, Any]) -> ResponseReturnValue:
    """The bar while a PDF is made; the whole page anew once it is over."""
    if report.state is not ReportState.WAITING or has_failed(report, gave_up_at):
        return Response(status=204, headers={"HX-Redirect": place["page_url"]})
    return render_template("reports/_progress.html", **standing(report, gave_up_at, place))


def handed_out(report: Report) -> ResponseReturnValue:
    """The PDF, to be saved.

    Raises:
        NotFound: it isn't made.
    """
    if report.state is not ReportState.READY or report.file is None:
        raise NotFound
    return files.answer(current_tenant(), report.file.sha256, report.file.name, report.file.media_type)


def retried(report: Report, gave_up_at: datetime | None) -> None:
    """Have one made again that failed; one that is under way or ready stays as it is."""
    if has_failed(report, gave_up_at):
        actions.try_again(report, by=me())


def has_failed(report: Report, gave_up_at: datetime | None) -> bool:
    """True when nobody makes it any more."""
    return report.state is ReportState.FAILED or (report.state is ReportState.WAITING and gave_up_at is not None)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _place(report: Report) -> dict[str, Any]:
    return {
        "title": _("Report of %(month)s", month=ui.month(report.month)),
        "note": _whose(report),
        "back_url": url_for(".index"),
        "back_label": _("Reports"),
        "page_url": url_for(".show", report_id=report.id),
        "progress_url": url_for(".progress", report_id=report.id),
        "file_url": url_for(".file", report_id=report.id),
        "again_url": url_for(".again", report_id=report.id) if may(P.REPORT_MAKE) else None,
        "leave": _("You can leave this page and find it again under Reports."),
    }


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
