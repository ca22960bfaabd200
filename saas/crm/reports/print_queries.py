"""Reads about what was printed on demand: cases and lists, each its asker's own."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from saas.crm.reports.models import Report, ReportKind
from saas.crm.reports.queries import pdf
from saas.crm.service_desk.models import Case
from saas.db import db
from saas.tenants import scope
from saas.tenants.permissions import Permission


def case_print(report_id: UUID, handler: str) -> tuple[Report, datetime | None]:
    """A printed case that the reader asked for, if he still may see the case; and when its making was given up.

    Raises:
        NotFound: there is none, or it is not for him.
    """
    mine = (Report.kind == ReportKind.CASE, Report.member_id == scope.who().id)
    may_see = exists().where(Case.id == Report.case_id, scope.visible(Case, Permission.CASE_VIEW))
    return pdf(handler, Report.id == report_id, *mine, may_see)


def list_print(report_id: UUID, handler: str) -> tuple[Report, datetime | None]:
    """A printed list that the reader asked for, and when its making was given up.

    Raises:
        NotFound: there is none, or it is not for him.
    """
    mine = (Report.kind == ReportKind.LIST, Report.member_id == scope.who().id)
    return pdf(handler, Report.id == report_id, *mine)


def old_prints(before: datetime, many: int = 500) -> list[Report]:
    """Printed cases and lists asked for before an instant."""
    statement = select(Report).where(Report.kind != ReportKind.MONTH, Report.created_at < before)
    return list(db.session.scalars(statement.options(joinedload(Report.file)).order_by(Report.id).limit(many)))
