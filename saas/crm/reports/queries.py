"""Reads of reports: the figures of a month, those on Today, and the PDFs that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, literal_column, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from saas import clock, months
from saas.crm.customers import veil
from saas.crm.customers.models import Account
from saas.crm.opportunities import pipeline
from saas.crm.opportunities import queries as deals
from saas.crm.opportunities.models import CLOSED, Opportunity, Result
from saas.crm.opportunities.queries import ACCOUNT_NAME, OWNER_NAME, StageSum
from saas.crm.reports.figures import Closed, Complaints, Counted, Customers, Figures, Pipeline, Sales, Times
from saas.crm.reports.models import Report, ReportChoice, ReportKind, ReportState
from saas.crm.service_desk.models import TO_DO, UNSETTLED, Case, CaseKind
from saas.db import db
from saas.found import known
from saas.months import Month
from saas.statements import Statement, written_once
from saas.tenants import scope
from saas.tenants.models import Delivery, Member
from saas.tenants.permissions import Permission, Reach, Who

ROWS = 20  # of a table in a report; a longer one belongs into a list
GROUPS = 8  # of a breakdown
MONTHS = 6  # of a chart
FAR_BACK = 180  # months that are offered
KEPT = 60  # reports on the page
P = Permission

# Written into the statement, so that the planner may use the index of what is not settled.
IS_UNSETTLED = Case.state.in_(bindparam("unsettled", list(UNSETTLED), expanding=True, literal_execute=True))


@dataclass(frozen=True)
class Sight:
    """Whose records a report counts: a condition for each part, None where the part is left out."""

    reach: Reach
    accounts: ColumnElement[bool] | None
    deals: ColumnElement[bool] | None
    cases: ColumnElement[bool] | None


EVERYTHING = Sight(Reach.ALL, true(), true(), true())


def sight(who: Who) -> Sight:
    """What a reader's report counts: what lies within reach both of his reports and of the records themselves, and is
    not hidden from him.
    """

    def within(model: type, right: Permission) -> ColumnElement[bool] | None:
        if not who.may(right):
            return None
        return and_(who.filter(P.REPORT_VIEW, model), who.filter(right, model), *scope.unhidden(model))

    return Sight(
        reach_of(who),
        within(Account, P.ACCOUNT_VIEW),
        within(Opportunity, P.OPPORTUNITY_VIEW),
        within(Case, P.CASE_VIEW),
    )


def reach_of(who: Who) -> Reach:
    """How far a reader's reports go: as far as the narrowest right to what stands in them; never to everything while a
    pool hides customers from him.
    """
    rights = (P.REPORT_VIEW, P.ACCOUNT_VIEW, P.OPPORTUNITY_VIEW, P.CASE_VIEW)
    found = [who.reach(right) or Reach.OWN for right in rights]
    if veil.over(who).pools:
        found.append(Reach.TEAM)
    return min(found, key=list(Reach).index)


# ── a month ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def figures(month: Month, seen: Sight) -> Figures:
    """A month in figures; a fixed number of statements.

    Args:
        month: the month.
        seen: whose records are counted.
    """
    return Figures(
        month=month,
        at=clock.now(),
        reach=seen.reach,
        currency=scope.workspace().currency,
        customers=None if seen.accounts is None else _customers(month, seen.accounts),
        pipeline=None if seen.deals is None else Pipeline(stage_sums(seen.deals)),
        sales=None if seen.deals is None else _sales(month, seen.deals),
        complaints=None if seen.cases is None else _complaints(month, seen.cases),
    )


def stage_sums(within: ColumnElement[bool]) -> list[StageSum]:
    """The open deals of each stage, from an index alone."""
    return deals.sums_by_stage(pipeline.stages(), within=within)


def _lately(month: Month) -> list[Month]:
    """The months that a chart shows, up to this one."""
    return [Month(months.before(month.first, back), month.zone) for back in reversed(range(MONTHS))]


def _customers(month: Month, within: ColumnElement[bool]) -> Customers:
    lately = _lately(month)
    listed = (Account.archived_at.is_(None), within)
    of_month = (Account.created_at >= month.begins, Account.created_at < month.ends, *listed)
    counts = db.session.execute(
        select(*[func.count().filter(Account.created_at >= m.begins, Account.created_at < m.ends) for m in lately])
        .select_from(Account)
        .where(Account.created_at >= lately[0].begins, Account.created_at < month.ends, *listed)
    ).one()
    owner = select(Member.name).where(Member.id == Account.owner_id).correlate(Account).scalar_subquery()
    shown = (Account.id, Account.name, Account.number, Account.source, owner.label("owner"), Account.created_at)
    newest = select(*shown).where(*of_month).order_by(Account.created_at.desc(), Account.id.desc()).limit(ROWS)
    return Customers(
        by_month=[(m.first, count) for m, count in zip(lately, counts, strict=True)],
        first_sales=_first_sales(month, within),
        by_source=_counted(func.nullif(func.trim(Account.source), literal_column("''")), Account, *of_month),
        by_owner=_by_owner(*of_month),
        rows=db.session.execute(newest).all(),
    )


def _first_sales(month: Month, within: ColumnElement[bool]) -> int:
    """Customers with a deal won in the month and none before."""
    earlier = aliased(Opportunity)
    won = (Opportunity.result == Result.WON, Opportunity.archived_at.is_(None), CLOSED.between(month.first, month.last))
    before = exists().where(
        earlier.account_id == Opportunity.account_id,
        earlier.result == Result.WON,
        earlier.archived_at.is_(None),
        earlier.closed_on < month.first,
    )
    statement = (
        select(func.count(Opportunity.account_id.distinct()))
        .join(Account, Account.id == Opportunity.account_id)
        .where(*won, ~before, within)
    )
    return db.session.scalar(statement) or 0


def _by_owner(*where: ColumnElement[bool]) -> list[Counted]:
    many = func.count()
    statement = (
        select(Member.name, many)
        .select_from(Account)
        .outerjoin(Member, Member.id == Account.owner_id)
        .where(*where)
        .group_by(Member.id, Member.name)
        .order_by(many.desc(), Member.name)
    )
    return _first(db.session.execute(statement).all())


def _counted(column: Any, model: type, *where: ColumnElement[bool]) -> list[Counted]:
    many = func.count()
    statement = select(column, many).select_from(model).where(*where).group_by(column).order_by(many.desc(), column)
    return _first(db.session.execute(statement).all())


def _first(rows: Sequence[Any]) -> list[Counted]:
    """The largest groups; what is left over is in the count above them."""
    return [(name, many) for name, many in rows[:GROUPS]]


def _sales(month: Month, within: ColumnElement[bool]) -> Sales:
    lately = _lately(month)
    listed = (Opportunity.archived_at.is_(None), within)
    of_month = (CLOSED.between(month.first, month.last), *listed)
    in_month = func.date_trunc(literal_column("'month'"), Opportunity.closed_on)
    statement = (
        select(in_month, Opportunity.result, Opportunity.currency, func.count(), func.sum(Opportunity.amount))
        .where(CLOSED.between(lately[0].first, month.last), Opportunity.result != Result.OPEN, *listed)
        .group_by(in_month, Opportunity.result, Opportunity.currency)
    )
    by_month: dict[date, dict[Result, Closed]] = {
        m.first: {result: Closed() for result in (Result.WON, Result.LOST)} for m in lately
    }
    for at, result, currency, count, amount in db.session.execute(statement):
        part = by_month[at.date()][result]
        part.count += count
        if amount is not None:
            part.amounts[currency] = amount
    shown = (Opportunity.id, Opportunity.name, ACCOUNT_NAME.label("account"), OWNER_NAME.label("owner"))
    won = (
        select(*shown, Opportunity.amount, Opportunity.currency, Opportunity.closed_on)
        .where(Opportunity.result == Result.WON, *of_month)
        .order_by(Opportunity.amount.desc().nulls_last(), Opportunity.id)
        .limit(ROWS)
    )
    return Sales(
        by_month=list(by_month.items()),
        rows=db.session.execute(won).all(),
        reasons=_counted(
            func.coalesce(Opportunity.loss, Opportunity.reason),
            Opportunity,
            Opportunity.result == Result.LOST,
            *of_month,
        ),
    )


def _complaints(month: Month, within: ColumnElement[bool]) -> Complaints:
    filed = (Case.kind == CaseKind.COMPLAINT, Case.created_at >= month.begins, Case.created_at < month.ends, within)
    spans = (Case.first_answer_at - Case.created_at, Case.solved_at - Case.created_at)
    measures = [
        measure
        for span in spans
        for measure in (func.count(span), func.percentile_cont(0.5).within_group(span), func.max(span))
    ]
    many, *measured = db.session.execute(select(func.count(), *measures).select_from(Case).where(*filed)).one()
    account = select(Account.name).where(Account.id == Case.account_id).correlate(Case).scalar_subquery()
    shown = (Case.id, Case.number, Case.subject, Case.created_at, Case.first_answer_at, Case.solved_at, Case.state)
    newest = select(*shown, account.label("account")).where(*filed).order_by(Case.created_at.desc(), Case.id.desc())
    return Complaints(
        filed=many,
        answer=Times(*measured[:3]),
        solution=Times(*measured[3:]),
        open_now=sum(many for kind, _state, many in open_cases(within) if kind is CaseKind.COMPLAINT),
        rows=db.session.execute(newest.limit(ROWS)).all(),
    )


# ── Today ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def open_cases(within: ColumnElement[bool]) -> list[tuple[CaseKind, bool, int]]:
    """(kind, waits for us, how many) of the cases that are not settled, from an index alone."""
    return [(kind, is_ours, many) for kind, is_ours, many in _open_cases(within).rows()]


@written_once
def _open_cases(*where: ColumnElement[bool]) -> Statement:
    waits = Case.state.in_(bindparam("to_do", list(TO_DO), expanding=True, literal_execute=True))
    counted = select(Case.kind, waits.label("is_ours"), func.count().label("many"))
    return counted.where(IS_UNSETTLED, *where).group_by(Case.kind, waits)


def count_returning(within: ColumnElement[bool], until: datetime, *, most: int = 1000) -> int:
    """How many customers return to the pool until an instant, counted up to `most`."""
    return _count_returning(within).value(until=until, most=most) or 0


@written_once
def _count_returning(*where: ColumnElement[bool]) -> Statement:
    soon = (Account.reclaim_at <= bindparam("until"), Account.archived_at.is_(None), Account.owner_id.is_not(None))
    inner = select(Account.id).where(*soon, *where).limit(bindparam("most")).subquery()
    return select(func.count().label("many")).select_from(inner)


# ── PDFs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def readable(who: Who) -> ColumnElement[bool]:
    """The reports of months that a reader may have: those on everybody if his reach is that wide, and his own."""
    own = and_(Report.member_id == who.id, Report.reach.in_([r for r in Reach if reach_of(who).covers(r)]))
    is_wide = reach_of(who) is Reach.ALL
    return and_(Report.kind == ReportKind.MONTH, or_(Report.reach == Reach.ALL, own) if is_wide else own)


def reports(handler: str) -> list[tuple[Report, datetime | None]]:
    """The reports that the reader may have, the newest first, each with when its making was given up."""
    statement = (
        select(Report, Delivery.gave_up_at)
        .outerjoin(Delivery, _made_by(handler))
        .where(readable(scope.who()))
        .options(joinedload(Report.member), joinedload(Report.file))
        .order_by(Report.id.desc())
        .limit(KEPT)
    )
    return [(report, gave_up_at) for report, gave_up_at in db.session.execute(statement)]


def report(report_id: UUID, handler: str) -> tuple[Report, datetime | None]:
    """A report that the reader may have, and when its making was given up.

    Raises:
        NotFound: there is none, or it is not for him: both look the same.
    """
    return pdf(handler, Report.id == report_id, readable(scope.who()))


def pdf(handler: str, *where: ColumnElement[bool]) -> tuple[Report, datetime | None]:
    """The PDF of which this is true, and when its making was given up.

    Raises:
        NotFound: there is none.
    """
    statement = (
        select(Report, Delivery.gave_up_at)
        .outerjoin(Delivery, _made_by(handler))
        .where(*where)
        .options(joinedload(Report.member), joinedload(Report.file))
    )
    found = known(db.session.execute(statement).one_or_none())
    return found[0], found[1]


def _made_by(handler: str) -> ColumnElement[bool]:
    return and_(Delivery.handler == handler, Delivery.key == Report.job_key)


def lock_report(report_id: UUID) -> Report | None:
    """A report held until the transaction ends; for the worker. None when it is no longer wanted."""
    statement = select(Report).where(Report.id == report_id).with_for_update(of=Report)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def waiting(handler: str, kind: ReportKind, **same: Any) -> list[Report]:
    """The reports of one kind and the same columns that somebody asked for and that are still being made."""
    alike = [getattr(Report, name) == value for name, value in same.items()]
    is_tried = (Report.state == ReportState.WAITING, Delivery.gave_up_at.is_(None))
    statement = select(Report).outerjoin(Delivery, _made_by(handler)).where(Report.kind == kind, *is_tried, *alike)
    return list(db.session.scalars(statement))


def wants_mail(member_id: UUID) -> bool:
    """What a member said about the monthly mail; True while he has said nothing."""
    said = select(ReportChoice.mails).where(ReportChoice.member_id == member_id)
    return db.session.scalars(said).one_or_none() is not False


def unwilling() -> set[UUID]:
    """The members who don't want the monthly mail."""
    return set(db.session.scalars(select(ReportChoice.member_id).where(ReportChoice.mails.is_(False))))


def since(zone: str) -> date:
    """The first month that there is something to report on: the first customer added, or the first deal that ended."""
    listed = Opportunity.archived_at.is_(None)
    ended = (
        select(Opportunity.closed_on)
        .where(CLOSED.between(date(1900, 1, 1), date.max), listed)
        .order_by(CLOSED)
        .limit(1)
        .scalar_subquery()
    )
    added = select(func.min(Account.created_at)).where(Account.archived_at.is_(None)).scalar_subquery()
    first_added, first_ended = db.session.execute(select(added, ended)).one()
    now = months.containing(clock.now(), zone).first
    found = [months.containing(first_added, zone).first] if first_added else []
    found += [first_ended.replace(day=1)] if first_ended else []
    return max(min([now, *found]), months.before(now, FAR_BACK))


def soon() -> datetime:
    """Until when a customer counts as returning soon."""
    return clock.now() + timedelta(days=7)
