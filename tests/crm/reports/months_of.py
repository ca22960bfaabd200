"""A month with something in it, and what a worker does with a report."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pypdf
from flask.testing import FlaskClient

from saas import clock, files, months
from saas.crm.opportunities import actions as opportunities
from saas.crm.opportunities import pipeline
from saas.crm.reports.models import Report, ReportState
from saas.crm.service_desk import actions as cases
from saas.crm.service_desk.models import CaseState
from saas.db import db
from saas.jobs import runner
from saas.tenants import scope
from saas.tenants.actions import attachments
from saas.tenants.models import Member, Tenant
from tests.factories import make_account, make_case, make_opportunity

MAY = datetime(2031, 5, 10, 9, 0, tzinfo=UTC)
MAY_FIRST = date(2031, 5, 1)


def at(instant: datetime) -> None:
    """Set this process's clock."""
    clock.shift((instant - datetime.now(UTC)).total_seconds())


def fill_may(owner: Member, *, name: str = "Acme") -> None:
    """One customer, an open deal, one won and one lost, and a complaint that was answered after three hours."""
    at(MAY)
    acme = make_account(owner, name=name, source="Fair")
    first = pipeline.stages()[0]
    make_opportunity(acme, owner, name="Open one", amount=Decimal("1234.56"), stage_id=first.id)
    make_opportunity(acme, owner, name="Bare one", stage_id=first.id)
    won = make_opportunity(acme, owner, name="Won one", amount=Decimal("2000.01"))
    opportunities.win(won, by=owner)
    lost = make_opportunity(acme, owner, name="Lost one", amount=Decimal("300.00"))
    opportunities.lose(lost, by=owner, reason="Too dear")
    complaint = make_case(acme, owner=owner, subject="It broke twice")
    at(MAY + timedelta(hours=3, minutes=5))
    cases.answer(complaint, "We are sorry.", state=CaseState.OPEN, by=owner)
    at(MAY + timedelta(days=1))
    db.session.flush()


def work(tenant: Tenant, rounds: int = 6) -> None:
    """Do what a worker finds due."""
    for _round in range(rounds):
        if not runner.run_tenant(str(tenant.id)):
            return


def ready(report: Report, by: Member) -> Report:
    """The report with a file, without the work of printing it."""
    file = attachments.keep(report, b"%PDF-1.7 of a test", "test.pdf", by=by)
    report.file_id, report.state = file.id, ReportState.READY
    db.session.flush()
    return report


def this_month() -> date:
    """The first day of the month."""
    return months.containing(clock.now(), "UTC").first


def reports_of(tenant: Tenant) -> list[Report]:
    """All reports of a workspace; detached."""
    with scope.enter(tenant.id):
        found = list(db.session.query(Report).order_by(Report.id))
        for report in found:
            _ = report.file
        db.session.expunge_all()
        return found


def text_of(tenant: Tenant, report: Report) -> str:
    """What a reader of the PDF sees."""
    assert report.file is not None
    content = files.path_of(tenant.id, report.file.sha256).read_bytes()
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def page_text(client: FlaskClient, path: str) -> str:
    """A page."""
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)
