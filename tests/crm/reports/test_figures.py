"""The figures of a month: what is counted, by whose clock, and within whose reach."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from saas import months
from saas.crm.opportunities import actions as opportunities
from saas.crm.opportunities.models import Result
from saas.crm.reports import queries
from saas.crm.service_desk import actions as cases
from saas.crm.service_desk.models import CaseKind, CaseState
from saas.months import Month
from saas.tenants.permissions import Reach, Who, starting_rights
from tests.crm.reports.months_of import MAY, MAY_FIRST, at, fill_may
from tests.factories import make_account, make_agent, make_case, make_opportunity


def may(seen=queries.EVERYTHING, zone: str = "UTC"):
    return queries.figures(Month(MAY_FIRST, zone), seen)


class TestMonth:
    @pytest.mark.parametrize(
        ("zone", "begins", "ends"),
        [
            ("UTC", datetime(2031, 5, 1, tzinfo=UTC), datetime(2031, 6, 1, tzinfo=UTC)),
            ("Asia/Shanghai", datetime(2031, 4, 30, 16, tzinfo=UTC), datetime(2031, 5, 31, 16, tzinfo=UTC)),
        ],
    )
    def test_begins_at_midnight_of_the_workspace(self, zone, begins, ends):
        assert (Month(MAY_FIRST, zone).begins, Month(MAY_FIRST, zone).ends) == (begins, ends)

    def test_knows_its_neighbours(self):
        assert months.before(date(2031, 1, 1)) == date(2030, 12, 1)
        assert months.after(date(2031, 12, 1)) == date(2032, 1, 1)
        assert months.before(MAY_FIRST, 12) == date(2030, 5, 1)
        assert Month(date(2032, 2, 1), "UTC").last == date(2032, 2, 29)

    @pytest.mark.parametrize("text", ["2031-13", "2031", "2031-05-01", "x", ""])
    def test_reads_nothing_but_months(self, text):
        assert months.read("2031-05") == MAY_FIRST
        assert months.read(text) is None


class TestFigures:
    @pytest.mark.shows("RP1", "RP10")
    def test_counts_what_the_month_brought(self, tenant):
        fill_may(make_agent(name="Bo"))
        found = may()
        assert (found.customers.added, found.customers.first_sales) == (1, 1)
        assert (found.customers.by_source, found.customers.by_owner) == ([("Fair", 1)], [("Bo", 1)])
        assert (found.pipeline.count, found.pipeline.without_amount) == (2, 1)
        assert found.pipeline.amounts == {"USD": Decimal("1234.56")}
        assert (found.sales.won.count, found.sales.won.amounts) == (1, {"USD": Decimal("2000.01")})
        assert (found.sales.lost.count, found.sales.reasons) == (1, [("Too dear", 1)])
        complaints = found.complaints
        assert (complaints.filed, complaints.answer.count, complaints.unanswered, complaints.open_now) == (1, 1, 0, 1)
        assert complaints.answer.median == pytest.approx(timedelta(hours=3), abs=timedelta(minutes=6))

    def test_leaves_out_other_months(self, tenant):
        fill_may(make_agent())
        june = queries.figures(Month(date(2031, 6, 1), "UTC"), queries.EVERYTHING)
        assert (june.customers.added, june.customers.added_before) == (0, 1)
        assert (june.sales.won.count, june.sales.by_month[-2][1][Result.WON].count) == (0, 1)
        assert june.complaints.filed == 0

    def test_counts_by_the_workspaces_clock(self, tenant):
        at(datetime(2031, 5, 31, 20, tzinfo=UTC))
        make_account()
        assert may().customers.added == 1
        assert may(zone="Asia/Shanghai").customers.added == 0

    def test_takes_the_middle_and_the_slowest_of_complaints_only(self, tenant):
        bo = make_agent()
        for hours in (1, 2, 9):
            at(MAY)
            case = make_case(owner=bo)
            at(MAY + timedelta(hours=hours, minutes=5))
            cases.answer(case, "Done.", state=CaseState.SOLVED, by=bo)
        make_case(kind=CaseKind.QUESTION)
        found = may().complaints
        assert (found.filed, found.solution.count, found.open_now) == (3, 3, 0)
        assert round(found.solution.median / timedelta(hours=1)) == 2
        assert round(found.solution.slowest / timedelta(hours=1)) == 9

    def test_counts_a_first_sale_once(self, tenant):
        bo = make_agent()
        acme = make_account(bo)
        at(MAY - timedelta(days=30))
        opportunities.win(make_opportunity(acme, bo), by=bo)
        at(MAY)
        opportunities.win(make_opportunity(acme, bo), by=bo)
        other = make_account(bo)
        opportunities.win(make_opportunity(other, bo), by=bo)
        opportunities.win(make_opportunity(other, bo), by=bo)
        assert may().customers.first_sales == 1

    def test_keeps_currencies_apart(self, tenant):
        bo = make_agent()
        at(MAY)
        for currency, amount in (("USD", "10.10"), ("CNY", "20.20"), ("USD", "0.05")):
            make_opportunity(owner=bo, currency=currency, amount=Decimal(amount))
        assert may().pipeline.amounts == {"USD": Decimal("10.15"), "CNY": Decimal("20.20")}

    def test_limits_its_tables_and_says_what_is_left(self, tenant):
        at(MAY)
        for _number in range(queries.ROWS + 3):
            make_account()
        found = may()
        assert (len(found.customers.rows), found.customers.added) == (queries.ROWS, queries.ROWS + 3)

    def test_takes_a_fixed_number_of_statements(self, tenant, statements):
        fill_may(make_agent())
        may()
        with statements() as few:
            may()
        fill_may(make_agent(), name="More")
        with statements() as many:
            may()
        assert len(few) == len(many) <= 14


class TestSight:
    def who(self, member, **rights):
        return Who(member.id, starting_rights("agent") | rights)

    @pytest.mark.shows("RP2")
    def test_an_agents_report_counts_his_own(self, tenant):
        ann, bo = make_agent(), make_agent()
        fill_may(bo)
        found = may(queries.sight(self.who(ann)))
        assert found.reach is Reach.OWN
        assert (found.customers.added, found.pipeline.count, found.sales.won.count, found.complaints.filed) == (0,) * 4
        assert may(queries.sight(self.who(bo))).pipeline.count == 2

    def test_leaves_out_what_a_role_may_not_see(self, tenant):
        ann = make_agent()
        rights = {k: v for k, v in starting_rights("manager").items() if k != "case.view"}
        seen = queries.sight(Who(ann.id, rights))
        assert seen.cases is None
        assert seen.reach is not Reach.ALL
        assert may(seen).complaints is None

    def test_is_as_narrow_as_the_narrowest_right(self, tenant):
        ann = make_agent()
        assert queries.reach_of(Who(ann.id, starting_rights("manager"))) is Reach.ALL
        assert queries.reach_of(Who(ann.id, starting_rights("manager") | {"opportunity.view": "own"})) is Reach.OWN
