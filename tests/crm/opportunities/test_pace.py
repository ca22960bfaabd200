"""How long deals take, how often they are won, and which of them are stuck."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import true, update

from saas import clock
from saas.crm.opportunities import actions, digest, pace_actions, pace_queries, pipeline, pipeline_actions, queries
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import Opportunity, Result, Stage, StageChange
from saas.db import db
from saas.tenants import scope
from saas.tenants.digest import Reader
from saas.tenants.models import Member
from saas.ui import words as reader_words
from tests.crm.opportunities.test_views import here, text_of  # noqa: F401 - a fixture among them
from tests.factories import make_account, make_agent, make_opportunity, sign_in
from tests.pages import whole, words

DAYS = (2, 4, 6, 8, 10)  # that five deals stood in the first stage; twice as long in the second


def gone(days: int, owner: Member, *, result: Result = Result.WON, source: str | None = None) -> Opportunity:
    """A deal that stood `days` in the first stage, twice as long in the second, and ended today."""
    deal = make_opportunity(make_account(source=source), owner, amount=Decimal(10))
    actions.move(deal, pipeline.stages()[1], version=None, by=owner)
    if result is Result.WON:
        actions.win(deal, by=owner)
    else:
        actions.lose(deal, loss="price", by=owner)
    now = clock.now()
    at = [now - timedelta(days=3 * days), now - timedelta(days=2 * days), now]
    for step, when in zip(queries.changes(deal.id), at, strict=True):
        db.session.execute(update(StageChange).where(StageChange.id == step.id).values(changed_at=when))
    deal.opened_on = deal.closed_on - timedelta(days=3 * days)
    db.session.flush()
    return deal


def stood(deal: Opportunity, days: int) -> None:
    """Let a deal have stood in its stage for so many days."""
    deal.stage_since = clock.now() - timedelta(days=days)
    db.session.flush()


class TestTimes:
    def test_are_the_quarters_of_what_was_taken(self, tenant):
        ann = make_agent()
        for days in DAYS:
            gone(days, ann)
        make_opportunity(owner=ann)
        first, second = pipeline.stages()[:2]
        times = pace_queries.stage_times(pipeline.stages(), true(), Opportunity.result == Result.WON)
        assert {key: [round(one) for one in spread.days] for key, spread in times.items()} == {
            first.id: [4, 6, 8], second.id: [8, 12, 16],
        }  # fmt: skip
        cycle = pace_queries.cycles(Opportunity.result != Result.OPEN)[Result.WON]
        assert (cycle.count, [round(one) for one in cycle.days]) == (5, [12, 18, 24])

    def test_a_stage_learns_twice_what_won_deals_need(self, tenant):
        ann = make_agent()
        for days in DAYS[:4]:
            gone(days, ann)
        pace_actions.learn()
        assert pipeline.stages()[0].limit == timedelta(days=30), "four say nothing"
        gone(DAYS[4], ann)
        before = pipeline.stages()[0].version
        pace_actions.learn()
        pace_actions.learn()
        db.session.expire_all()
        first = db.session.get(Stage, (tenant.id, pipeline.stages()[0].id))
        assert (first.usual, first.limit, first.version) == (6, timedelta(days=12), before)


class TestStuck:
    def test_are_those_beyond_the_limit_of_their_stage(self, tenant):
        ann = make_agent()
        _first, second = pipeline.stages()[:2]
        pipeline.change(second, {"name": second.label, "patience": 3}, version=None, by=ann)
        here_long, there_long, fresh = (make_opportunity(owner=ann, name=name) for name in ("A", "B", "C"))
        actions.move(there_long, second, version=None, by=ann)
        here_long.account = make_account(name="Elbe")
        stood(here_long, 31)
        stood(there_long, 4)
        stood(fresh, 29)
        assert [deal.name for deal in queries.stuck_of(ann.id, many=9)] == ["A", "B"]
        part = digest.stuck(Reader(ann, clock.now().date(), reader_words()))
        assert [line.partition(", in ")[0] for line in part.lines] == ["A (Elbe)", "B"], "several may be called alike"
        actions.lose(here_long, loss="price", by=ann)
        assert [deal.name for deal in queries.stuck_of(ann.id, many=9)] == ["B"]


class TestPages:
    @pytest.mark.shows("OP14", "OP8")
    def test_tells_stages_cycles_and_rates(self, here, client):  # noqa: F811
        owner = sign_in(client, here)
        with scope.enter(here.id):
            for days in DAYS:
                gone(days, owner, source="trade_fair")
            for days in DAYS[1:4]:
                gone(days, owner, result=Result.LOST)
            other = pipeline_actions.add("Renewals", pipelines.pipelines()[0], by=owner)
            db.session.commit()
            key = other.id
        page = text_of(client.get(f"/{here.slug}/deals/pace"))
        for shown in (
            "Prospecting 8 4 6 8 30",
            "Won deals, first to last day 5 12 18 24",
            "Trade fair 5 0 100 % of 5",
            "Sales 5 3 62 % of 8",
            "Renewals 0 0 no data",
            "Lost deals, first to last day 3 no data",
        ):
            assert shown in page, (shown, page)
        assert "Prospecting 0 no data" in text_of(client.get(f"/{here.slug}/deals/pace?pipeline={key}"))

    def test_an_agent_sees_his_own(self, here, client):  # noqa: F811
        agent = sign_in(client, here, "agent")
        with scope.enter(here.id):
            gone(2, make_agent())
            gone(2, agent)
            db.session.commit()
        assert "Prospecting 1 no data" in text_of(client.get(f"/{here.slug}/deals/pace"))

    def test_today_and_the_list_name_the_stuck(self, here, client):  # noqa: F811
        owner = sign_in(client, here)
        with scope.enter(here.id):
            stood(make_opportunity(None, owner, name="Crane"), 40)
            make_opportunity(None, owner, name="Fresh")
            db.session.commit()
        assert "Stuck deals Crane" in words(whole(client, f"/{here.slug}/"))
        assert client.get(f"/{here.slug}/deals/list").get_data(as_text=True).count('class="stuck"') == 1
        listed = text_of(client.get(f"/{here.slug}/deals/list?stuck=yes"))
        assert "Crane" in listed
        assert "Fresh" not in listed
