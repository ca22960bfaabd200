"""What can be done with reports: ask for one, make it, try again, send it round, forget what was printed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import nullcontext
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import charts, clock, months, pdf, ui
from saas.charts import Undrawable
from saas.crm.reports import pages, paper, print_queries, queries, reasons, sheets, specs
from saas.crm.reports.models import PRINT_FOR, STEPS, Report, ReportChoice, ReportKind, ReportState
from saas.crm.reports.sheets import Source
from saas.crm.service_desk.models import Case
from saas.db import current_tenant, db, new_id
from saas.errors import Conflict, Refused
from saas.months import Month
from saas.pdf import Asset, Unprintable
from saas.tenants import events, notices, scope
from saas.tenants import paper as frames
from saas.tenants import queries as tenants
from saas.tenants.actions import attachments
from saas.tenants.models import Member
from saas.tenants.permissions import Reach, Who
from saas.tenants.readers import reading_as
from saas.tenants.scope import Actor

JOB, MAIL_JOB = "crm.make_report", "crm.mail_report"
ASKED, RETRIED, MADE, READY = "report.asked", "report.retried", "report.made", "report.ready"
CHOSEN = "report_mail.chosen"
WHOLE_WIDTH, HALF_WIDTH = 620, 300  # pixels of a chart on A4: between the margins, and with its table beside it


class Underway(Conflict):
    """The same report is being made already."""


# ── asked for ───────────────────────────────────────────────────────────────────────────────────────────────────────


def ask(month: date, *, by: Member) -> Report:
    """Have a worker make the report of a month, as far as the reach of `by` goes.

    Args:
        month: its first day, on the workspace's calendar.
        by: who asks.

    Raises:
        Refused: the month has not begun.
        Underway: he waits for the same one.
    """
    if month > months.containing(clock.now(), scope.workspace().timezone).first:
        raise Refused(_("This month has not begun."), field="month")
    if queries.waiting(JOB, ReportKind.MONTH, month=month, member_id=by.id):
        raise Underway(_("This report is being made already."))
    report = _new(ReportKind.MONTH, month=month, member_id=by.id, reach=queries.reach_of(tenants.who_is(by)))
    events.record(ASKED, report, by=by, changed={"month": month})
    return report


def ask_print(case: Case, *, with_notes: bool, by: Member) -> Report:
    """Have a worker print a case.

    Args:
        case: the case; within reach of `by`.
        with_notes: print what only colleagues see, too.
        by: who asks, and fetches it.
    """
    alike = queries.waiting(JOB, ReportKind.CASE, case_id=case.id, member_id=by.id, with_notes=with_notes)
    if alike:
        return alike[0]
    report = _new(ReportKind.CASE, case_id=case.id, member_id=by.id, with_notes=with_notes, reach=Reach.OWN)
    events.record(ASKED, report, by=by, changed={"case": case.number, "with_notes": with_notes})
    return report


def ask_list(source: Source, asked: Mapping[str, str], *, by: Member) -> Report:
    """Have a worker print a list as `by` sees it.

    Args:
        source: the list.
        asked: what its address asks for: filters, columns, order.
        by: who asks, and fetches it.
    """
    options = {"list": source.key, "asked": dict(asked)}
    if alike := queries.waiting(JOB, ReportKind.LIST, options=options, member_id=by.id):
        return alike[0]
    report = _new(ReportKind.LIST, options=options, member_id=by.id, reach=Reach.OWN)
    events.record(ASKED, report, by=by, changed=options)
    return report


def make_monthly(at: datetime) -> None:
    """Have the report of the month before `at` made for all who may see everything; once, however often it is said."""
    month = months.before(months.containing(at, scope.workspace().timezone).first)
    key = new_id()
    row = {
        "tenant_id": current_tenant(),
        "id": key,
        "kind": ReportKind.MONTH,
        "month": month,
        "by_clock": True,
        "options": {},
        "with_notes": False,
        "reach": Reach.ALL,
        "state": ReportState.WAITING,
        "done": 0,
        "turn": 0,
        "job_key": _job_key(key, 0),
        "created_at": clock.now(),
    }
    once = upsert(Report).values(row)
    once = once.on_conflict_do_nothing(index_elements=["tenant_id", "month"], index_where=text("by_clock"))
    made = db.session.execute(once.returning(Report.id)).scalar()
    if made is not None:
        _deliver(made, _job_key(key, 0))


def try_again(report: Report, *, by: Actor) -> None:
    """Have a report made that was not."""
    events.record(RETRIED, report, by=by, changed={"month": report.month, "why": report.why, "turn": report.turn + 1})
    report.turn += 1
    report.job_key = _job_key(report.id, report.turn)
    report.state, report.why, report.done = ReportState.WAITING, None, 0
    db.session.flush()
    _deliver(report.id, report.job_key)


def choose(member: Member, *, mails: bool) -> None:
    """Say whether a member wants the monthly report by mail; said once more, nothing changes."""
    before = queries.wants_mail(member.id)
    if before == mails:
        return
    row = {
        "tenant_id": current_tenant(),
        "id": new_id(),
        "member_id": member.id,
        "mails": mails,
        "created_at": clock.now(),
    }
    chosen = upsert(ReportChoice).values(row)
    db.session.execute(
        chosen.on_conflict_do_update(
            index_elements=["tenant_id", "member_id"], set_={"mails": mails}
        ).execution_options(synchronize_session=False)
    )
    events.record(CHOSEN, member, by=member, changed={"mails": [before, mails]})


def _new(kind: ReportKind, **values: Any) -> Report:
    key = new_id()
    report = Report(id=key, kind=kind, job_key=_job_key(key, 0), **values)
    db.session.add(report)
    db.session.flush()
    _deliver(report.id, report.job_key)
    return report


def _job_key(report_id: UUID, turn: int) -> str:
    return f"{report_id}:{turn}"


def _deliver(report_id: UUID, key: str) -> None:
    events.deliver(JOB, key=key, due_at=clock.now(), payload={"report_id": report_id})


# ── made ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def make(report_id: UUID) -> Iterator[None]:
    """Make a report that was asked for; the caller commits at each yield, so that no transaction waits for a child.

    Whatever ends it on the way, it begins anew and is stored once. What will never be printed is noted as failed.

    Raises:
        NotReady: this machine can't make PDFs yet.
        Unprintable, Undrawable: too many are being made just now.
    """
    pdf.require_ready()
    report = queries.lock_report(report_id)
    if report is None or report.state is not ReportState.WAITING:
        return
    try:
        content, name = yield from MAKERS[report.kind](report)
        yield
        _store(report_id, content, name)
    except (Unprintable, Undrawable, attachments.QuotaReached) as error:
        why = reasons.key_of(error)
        if why is None:
            raise
        db.session.rollback()
        failed = queries.lock_report(report_id)
        if failed is not None:
            failed.state, failed.why = ReportState.FAILED, why


Making = Generator[None, None, tuple[bytes, str]]


def _month(report: Report) -> Making:
    """(PDF, file's name) of a month."""
    assert report.month is not None
    workspace = scope.workspace()
    with nullcontext() if report.by_clock else reading_as(_asker(report)):
        sight = queries.EVERYTHING if report.by_clock else queries.sight(scope.who())
        report.reach = sight.reach  # his role may have changed since he asked
        found = queries.figures(Month(report.month, workspace.timezone), sight)
    told = pages.parts(found)
    assets = frames.assets(workspace)
    title = ui.month(report.month)
    yield from _step(report, 1)
    for chart in pages.charts(told):
        width = HALF_WIDTH if chart.is_beside else WHOLE_WIDTH
        svg = charts.draw(specs.for_paper(chart.spec, width=width), locale=workspace.locale)
        assets[f"chart-{chart.key}"] = Asset("image/svg+xml", svg.encode())
    yield from _step(report, 2)
    values = {"parts": told, "figures": found, "is_whole": found.reach is Reach.ALL, "title": title}
    page = render_template("pdf/month.html", **frames.frame(workspace, assets, at=found.at), **values)
    yield from _step(report, 3)
    return pdf.render(page, assets), f"{workspace.slug}-{report.month:%Y-%m}.pdf"


def _case(report: Report) -> Making:
    """(PDF, file's name) of a case."""
    assert report.case_id is not None
    workspace = scope.workspace()
    told = paper.case(report.case_id, with_notes=report.with_notes)
    assets = frames.assets(workspace)
    page = render_template("pdf/case.html", **frames.frame(workspace, assets, at=clock.now()), **told)
    yield from _step(report, 3)
    return pdf.render(page, assets), f"{told['case'].number}.pdf"


def _list(report: Report) -> Making:
    """(PDF, file's name) of a list, as whoever asked sees it."""
    workspace = scope.workspace()
    assets = frames.assets(workspace)
    with reading_as(_asker(report)):
        source = sheets.source(report.options["list"])
        sheet = sheets.read(source, report.options["asked"])
        told = {"sheet": sheet, "title": sheet.title, "is_wide": sheet.is_wide, "most": sheets.MOST}
        page = render_template("pdf/list.html", **frames.frame(workspace, assets, at=clock.now()), **told)
    yield from _step(report, 3)
    return pdf.render(page, assets), f"{workspace.slug}-{source.key}-{clock.now():%Y-%m-%d}.pdf"


MAKERS: dict[ReportKind, Callable[[Report], Making]] = {
    ReportKind.MONTH: _month,
    ReportKind.CASE: _case,
    ReportKind.LIST: _list,
}


def _step(report: Report, done: int) -> Iterator[None]:
    report.done = done
    db.session.flush()
    yield


def _asker(report: Report) -> Member:
    assert report.member_id is not None
    return tenants.member(report.member_id)


def _store(report_id: UUID, content: bytes, name: str) -> None:
    report = queries.lock_report(report_id)
    if report is None or report.state is not ReportState.WAITING:
        return
    asker = _asker(report) if report.member_id else None
    file = attachments.keep(report, content, name, by=asker)
    report.file_id, report.state, report.ready_at, report.done = file.id, ReportState.READY, clock.now(), STEPS
    events.record(MADE, report, by=asker or scope.SYSTEM, changed={"month": report.month})
    if report.by_clock:
        for member in readers():
            payload = {"report_id": report.id, "member_id": member.id}
            events.deliver(MAIL_JOB, key=f"{report.id}:{member.id}", due_at=clock.now(), payload=payload)
    elif asker is not None and report.month is not None:
        url = f"/{scope.workspace().slug}/reports/{report.id}"
        notices.tell(asker, READY, f"{READY}:{report.job_key}", url, month=report.month)


def readers() -> list[Member]:
    """The members to whom the monthly report is sent: they may see everything, and didn't decline."""
    unwilling = queries.unwilling()
    return [m for m in tenants.members() if m.id not in unwilling and may_have_all(tenants.who_is(m))]


def may_have_all(who: Who) -> bool:
    """True for those who may see reports on the whole workspace."""
    return queries.reach_of(who) is Reach.ALL


def forget_prints() -> int:
    """Drop the printed cases and lists whose days are over; returns how many."""
    old = print_queries.old_prints(clock.now() - PRINT_FOR)
    for report in old:
        file, report.file_id = report.file, None
        db.session.flush()
        db.session.delete(report)
        db.session.flush()
        if file is not None:
            attachments.let_go(file)
    return len(old)
