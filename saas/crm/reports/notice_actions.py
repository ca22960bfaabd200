"""Who hears of a report: by mail on the first of the month, behind the bell when one is ready; once each."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import files, mail, ui
from saas.crm.reports import actions, queries
from saas.crm.reports.models import Report, ReportState
from saas.db import current_tenant, db
from saas.mail import Enclosure
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Member, MemberStatus
from saas.tenants.permissions import Permission

MONTHLY = "report.monthly"


def mail_report(report_id: UUID, member_id: UUID) -> None:
    """Tell one member of the monthly report, and mail it to him unless he wants no mail. Commits before it speaks to
    the mail server, so that no transaction waits for that.

    Raises:
        MailError: the server didn't take it.
    """
    report, member = queries.lock_report(report_id), tenants.member(member_id)
    if report is None or report.state is not ReportState.READY or not _may_have(member):
        return
    url = f"/{scope.workspace().slug}/reports/{report.id}"
    notices.tell(member, MONTHLY, f"{MONTHLY}:{report.id}", url, month=report.month)
    letter = _letter(report, member, url) if member.mails and member.email else None
    company, to = scope.workspace().name, member.email
    db.session.commit()
    if letter is not None and to is not None:
        words, enclosed = letter
        mail.send(to, words, message_id=f"report-{report_id}-{member_id}", sender=company, enclosed=[enclosed])


def _may_have(member: Member) -> bool:
    is_willing = member.id not in queries.unwilling()
    return member.status is MemberStatus.ACTIVE and is_willing and actions.may_have_all(tenants.who_is(member))


def _letter(report: Report, member: Member, url: str) -> tuple[mail.Words, Enclosure] | None:
    file = report.file
    if file is None or report.month is None:
        return None
    company = scope.workspace().name
    with force_locale(member.locale):
        month = ui.month(report.month)
    about = {"name": member.name, "month": month, "company": company, "link": mail.link(url)}
    words = mail.written("monthly_report", member.locale, from_name=company, **about)
    content = files.path_of(current_tenant(), file.sha256).read_bytes()
    return words, Enclosure(file.name, file.media_type, content)


@notices.sentence(
    actions.READY,
    "clipboard-data",
    _l("A report you asked for is ready"),
    notices.Topic.FILES,
    right=Permission.REPORT_VIEW,
)
def _ready(month: str) -> str:
    return _("The report of %(month)s is ready.", month=ui.month(date.fromisoformat(month)))


@notices.sentence(
    MONTHLY, "clipboard-data", _l("The report of the month is made"), notices.Topic.FILES, right=Permission.REPORT_VIEW
)
def _monthly(month: str) -> str:
    return _("Here is the report of %(month)s.", month=ui.month(date.fromisoformat(month)))
