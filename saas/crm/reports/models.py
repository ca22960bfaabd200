"""Reports and prints that were asked for, and who wants the monthly one by mail."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.service_desk.models import Case
from saas.db import TenantModel, index, link, linked, unique
from saas.tenants.models import File, Member
from saas.tenants.permissions import Reach

PRINT_FOR = timedelta(days=7)  # a printed case or list can be fetched
STEPS = 4  # of making one: figures, charts, pages, done


class ReportKind(StrEnum):
    """What a PDF is about."""

    MONTH = "month"
    CASE = "case"
    LIST = "list"


class ReportState(StrEnum):
    """Where the making of a PDF stands."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


STATE_WORDS = {
    ReportState.WAITING: _l("Being made"),
    ReportState.READY: _l("Ready"),
    ReportState.FAILED: _l("Not made"),
}
STATE_LOOKS = {ReportState.WAITING: "sea", ReportState.READY: "good", ReportState.FAILED: "wrong"}


class Report(TenantModel):
    """A PDF that a worker makes: the month of a workspace, one case, or a list."""

    __tablename__ = "report"
    __table_args__ = (
        unique("month", where="by_clock"),
        index("kind", "id", name="ix_report_by_kind"),
        index("case_id", where="case_id is not null", name="ix_report_by_case"),
    )

    kind: Mapped[ReportKind]
    month: Mapped[date | None]  # its first day, on the workspace's calendar
    case_id: Mapped[UUID | None] = link("service_case", ondelete="CASCADE")
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)  # of a list: which one, and what its address asks for
    with_notes: Mapped[bool] = mapped_column(default=False)  # of a case: what only colleagues see stands in it too
    by_clock: Mapped[bool] = mapped_column(default=False)  # made by itself on the first of the month, once
    member_id: Mapped[UUID | None] = link("member", index=True)  # who asked; None: the clock
    reach: Mapped[Reach]  # whose figures: everybody's, or those within reach of who asked
    state: Mapped[ReportState] = mapped_column(default=ReportState.WAITING)
    done: Mapped[int] = mapped_column(default=0)  # of STEPS
    turn: Mapped[int] = mapped_column(default=0)  # how often it was tried again
    job_key: Mapped[str]  # of the delivery that makes it
    why: Mapped[str | None]  # it failed: a word of `reasons.SENTENCES`
    file_id: Mapped[UUID | None] = link("file", index=True)
    ready_at: Mapped[datetime | None]

    member: Mapped[Member | None] = linked("member_id")
    file: Mapped[File | None] = linked("file_id")
    case: Mapped[Case | None] = linked("case_id")


class ReportChoice(TenantModel):
    """Whether a member who may have the monthly report by mail wants it; without a row he does."""

    __tablename__ = "report_choice"
    __table_args__ = (unique("member_id"),)

    member_id: Mapped[UUID] = link("member", ondelete="CASCADE")
    mails: Mapped[bool]
