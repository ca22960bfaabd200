"""The forecast as people see it, what they state, and what the clock notes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import ProgrammingError

from saas.crm.forecasts import actions, queries
from saas.crm.forecasts.models import Call, ForecastLine
from saas.crm.opportunities import actions as opportunities
from saas.crm.opportunities import forecast_actions
from saas.crm.opportunities.categories import Category
from saas.db import db
from saas.errors import Refused
from saas.jobs.triggers import RULES
from saas.tenants import scope
from saas.tenants.actions import teams
from saas.tenants.models import Event
from tests.crm.reports.months_of import at
from tests.factories import make_agent, make_member, make_opportunity, make_tenant, sign_in
from tests.pages import words

MAY, JUNE, JULY = date(2031, 5, 1), date(2031, 6, 1), date(2031, 7, 1)
NOON = datetime(2031, 5, 16, 12, tzinfo=UTC)


@pytest.fixture
def here(context):
    """A workspace in the middle of May."""
    at(NOON)
    return make_tenant(name="Quay", currency="USD")


def fill(owner, **given) -> None:
    """Deals of each kind, expected in May."""
    for amount, category in ((1000, Category.COMMIT), (400, Category.BEST), (90, Category.OMITTED)):
        deal = make_opportunity(
            owner=owner, amount=Decimal(amount), expected_on=date(2031, 5, 30), probability=50, **given
        )
        forecast_actions.count_as(deal, category, by=owner)
    make_opportunity(owner=owner, amount=Decimal(60), expected_on=date(2031, 5, 30), probability=10)
    won = make_opportunity(owner=owner, amount=Decimal(700), opened_on=date(2031, 4, 1))
    opportunities.win(won, by=owner)


def page(client, here, query: str = "") -> str:
    return client.get(f"/{here.slug}/deals/forecast{query}").get_data(as_text=True)


def row(html: str, name: str) -> list[str]:
    """The cells behind the first cell that says `name`, in the last table that has one."""
    found = [
        [words(unescape(cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", one, re.DOTALL)]
        for one in re.findall(r"<tr.*?</tr>", html, re.DOTALL)
    ]
    return next(cells[1:] for cells in reversed(found) if cells and cells[0].startswith(name))


@pytest.mark.shows("OP8")
class TestForecast:
    def test_says_side_by_side_what_a_month_will_bring(self, here, client):
        owner = sign_in(client, here, name="Ann")
        with scope.enter(here.id):
            fill(owner)
            db.session.commit()
        html = page(client, here)
        assert row(html, "Ann") == ["$700", "$1,000", "$1,400", "$706", "—", "—"]
        assert row(html, "May 2031") == ["$700", "$1,000", "$1,400", "$706", "—", "—"]
        assert "data-chart" in html

    def test_leads_to_the_deals_behind_each_number(self, here, client):
        owner = sign_in(client, here, name="Ann")
        with scope.enter(here.id):
            fill(owner)
            other = make_opportunity(owner=make_agent(), amount=Decimal(1), expected_on=MAY)
            other.name = "Not hers"
            db.session.commit()
        cells = re.search(r">Ann</a>.*?</tr>", page(client, here), re.DOTALL)
        urls = [unescape(url) for url in re.findall(r'href="([^"]+)">\$', cells[0])]
        counts = [len(re.findall(r'<tr id="deals-', client.get(url).get_data(as_text=True))) for url in urls]
        assert counts == [1, 1, 2, 3]  # won, commit, best case, weighted

    def test_is_counted_by_teams_and_quarters_too(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            north = teams.create("North", None, by=owner)
            fill(make_agent(team_id=north.id))
            make_opportunity(owner=owner, amount=Decimal(5), expected_on=JULY, probability=100)
            db.session.commit()
        html = page(client, here, "?by=team&span=quarter")
        assert row(html, "North")[:4] == ["$700", "$1,000", "$1,400", "$706"]
        assert row(html, "Q3 2031")[:4] == ["—", "$5", "$5", "$5"]

    def test_names_what_no_month_counts(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            make_opportunity(owner=owner, expected_on=date(2031, 4, 30))
            make_opportunity(owner=owner, name="Some day")
            db.session.commit()
        html = page(client, here)
        said = words(html)
        assert "1 open deal was expected in a month that is over." in said
        url = re.search(r'href="([^"]*expected_in=none[^"]*)"', html)
        assert "Some day" in client.get(unescape(url[1])).get_data(as_text=True)

    def test_stays_within_reach(self, here, client):
        agent = sign_in(client, here, "agent", name="Ann")
        with scope.enter(here.id):
            fill(agent)
            fill(make_agent(name="Ottokar"))
            db.session.commit()
        html = page(client, here)
        assert row(html, "May 2031")[0] == "$700"
        assert "Ottokar" not in words(html)

    def test_makes_the_same_number_of_statements_whatever_the_deals(self, here, client, statements):
        owner = sign_in(client, here)
        page(client, here)
        with statements() as few:
            page(client, here)
        with scope.enter(here.id):
            for _n in range(5):
                fill(make_agent())
            db.session.commit()
        page(client, here)  # the names of colleagues are read again
        with statements() as many:
            page(client, here)
        assert owner
        assert len(many) <= len(few)


class TestCountAs:
    def test_is_said_at_the_deal_with_one_click(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            deal = make_opportunity(owner=owner, probability=90)
            db.session.commit()
        panel = f"/{here.slug}/parts/opportunity/{deal.id}/forecast"
        shown = words(client.get(panel).get_data(as_text=True))
        assert "Counts as Commit by its probability" in shown
        post(f"/{here.slug}/deals/{deal.id}/forecast", data={"category": "omitted"})
        assert "Counts as Left out" in words(client.get(panel).get_data(as_text=True))
        page = words(client.get(f"/{here.slug}/deals/{deal.id}").get_data(as_text=True))
        assert "Forecast: by its probability → Left out" in page
        post(f"/{here.slug}/deals/{deal.id}/forecast", data={"category": "probability"})
        assert "by its probability" in words(client.get(panel).get_data(as_text=True))

    def test_refuses_a_deal_that_is_over(self, tenant):
        deal = make_opportunity(owner=make_agent())
        opportunities.win(deal, by=make_agent())
        with pytest.raises(opportunities.Closed):
            forecast_actions.count_as(deal, Category.COMMIT, by=make_agent())

    def test_marks_are_the_workspaces(self, here, client, post):
        owner = sign_in(client, here, name="Ann")
        with scope.enter(here.id):
            make_opportunity(owner=owner, probability=60, amount=Decimal(10), expected_on=MAY)
            db.session.commit()
        assert row(page(client, here), "Ann")[1] == "—"
        wrong = post(f"/{here.slug}/settings/forecast", data={"commit_from": "40", "best_from": "60"})
        assert wrong.status_code == 422
        post(f"/{here.slug}/settings/forecast", data={"commit_from": "60", "best_from": "40"})
        assert row(page(client, here), "Ann")[1] == "$10"


class TestState:
    def test_keeps_the_own_number_and_what_a_manager_makes_of_it(self, here, client, post):
        manager = sign_in(client, here, "manager", name="Max")
        with scope.enter(here.id):
            ann = make_agent(name="Ann")
            actions.state(ann, MAY, Decimal(900), None, by=ann)
            actions.state(ann, MAY, Decimal(950), None, by=ann)
            db.session.commit()
        where = f"/{here.slug}/deals/forecast/2031-05/{ann.id}"
        bare = post(where, data={"amount": "700", "reason": ""})
        assert bare.status_code == 422
        assert 'value="700' in bare.get_data(as_text=True)
        post(where, data={"amount": "700", "reason": "The yard has no slot."})
        assert row(page(client, here), "Ann")[-1] == "$950, adjusted to $700"
        said = words(client.get(where).get_data(as_text=True))
        assert said.index("$700.00") < said.index("$950.00") < said.index("$900.00")
        assert "The yard has no slot." in said
        with scope.enter(here.id):
            assert {call.said_by_id for call in queries.calls(ann.id, MAY)} == {ann.id, manager.id}
            event = db.session.scalars(select(Event).where(Event.name == actions.ADJUSTED)).one()
            assert event.changed["reason"] == "The yard has no slot."

    def test_is_ones_own_business_or_a_managers(self, here, client, post):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            other = make_agent()
            db.session.commit()
        where = f"/{here.slug}/deals/forecast/2031-05/{other.id}"
        assert client.get(where).status_code == 404
        assert post(where, data={"amount": "700", "reason": "So."}).status_code == 404

    def test_refuses_a_month_that_is_over(self, here):
        with scope.enter(here.id):
            ann = make_agent()
            with pytest.raises(Refused, match="over"):
                actions.state(ann, date(2031, 4, 1), Decimal(1), None, by=ann)


class TestNote:
    def test_notes_each_person_once_a_day(self, here):
        with scope.enter(here.id):
            ann, bo = make_agent(), make_agent()
            fill(ann)
            fill(bo)
            actions.state(ann, MAY, Decimal(900), None, by=ann)
            assert actions.note(date(2031, 5, 16)) == 2
            assert actions.note(date(2031, 5, 16)) == 0
            assert actions.note(date(2031, 5, 23)) == 2
            line = db.session.scalars(
                select(ForecastLine).where(ForecastLine.owner_id == ann.id).order_by(ForecastLine.taken_on)
            ).first()
            assert (line.commit, line.best, line.weighted, line.won) == (1000, 1400, 706, 700)
            assert (line.call, line.adjusted, line.deals) == (900, None, 3)

    def test_notes_nobodys_deals_once_too(self, here):
        with scope.enter(here.id):
            make_opportunity(amount=Decimal(5), expected_on=MAY)
            assert actions.note(date(2031, 5, 16)) == 1
            assert actions.note(date(2031, 5, 16)) == 0

    def test_what_is_noted_stays(self, here):
        with scope.enter(here.id):
            fill(make_agent())
            actions.note(date(2031, 5, 16))
            for model in (ForecastLine, Call):
                with pytest.raises(ProgrammingError), db.session.begin_nested():
                    db.session.execute(update(model).values(currency="EUR"))

    def test_is_done_by_the_clock(self):
        assert {RULES[f"crm.note_forecast_of_{span}"].cron for span in ("month", "week")} == {
            "15 4 1 * *",
            "25 4 * * 1",
        }


class TestResults:
    def said(self, owner, month: date, commit: int, won: int) -> None:
        """A month of which `commit` was said as it began, and in which `won` was won."""
        at(datetime(month.year, month.month, 1, 5, tzinfo=UTC))
        deal = make_opportunity(owner=owner, amount=Decimal(commit), expected_on=month, probability=90)
        actions.note(month)
        actions.note(date(month.year, month.month, 20))  # what is noted later in the month doesn't count
        opportunities.archive_opportunity(deal, by=owner)
        done = make_opportunity(owner=owner, amount=Decimal(won))
        at(datetime(month.year, month.month, 25, 5, tzinfo=UTC))
        opportunities.win(done, by=owner)

    def test_holds_what_was_said_against_what_came(self, here, client):
        owner = sign_in(client, here, name="Ann")
        with scope.enter(here.id):
            for month, commit, won in ((1, 150, 100), (2, 50, 100), (3, 100, 100)):
                self.said(owner, date(2031, month, 1), commit, won)
            bo = make_agent(name="Bo")
            self.said(bo, date(2031, 4, 1), 80, 100)
            db.session.commit()
            assert db.session.scalar(select(func.count()).select_from(ForecastLine)) > 8
        at(NOON)
        html = page(client, here, "/results")
        assert row(html, "January 2031")[:2] == ["$100", "$150 +50 %"]
        assert row(html, "February 2031")[:2] == ["$100", "$50 -50 %"]
        assert row(html, "Ann")[:2] == ["4", "33 %"] or row(html, "Ann")[:2] == ["3", "33 %"]
        assert row(html, "Bo")[:2] == ["1", "no data"]

    def test_says_so_where_nothing_is_over_yet(self, here, client):
        sign_in(client, here)
        assert "No month to look back on yet" in page(client, here, "/results")

    def test_counts_what_nobody_foresaw_as_missed(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            self.said(make_member("agent", name="Ann"), date(2031, 3, 1), 100, 100)
            bo = make_agent(name="Bo")
            at(datetime(2031, 3, 25, 5, tzinfo=UTC))
            opportunities.win(make_opportunity(owner=bo, amount=Decimal(300)), by=bo)
            db.session.commit()
        at(NOON)
        assert row(page(client, here, "/results"), "March 2031")[:2] == ["$400", "$100 -75 %"]
