"""Competitors: who stands against a deal, to whom it was lost, and how often we win against whom."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from saas import clock
from saas.crm.opportunities import actions, pipeline, rival_actions, rival_queries
from saas.crm.opportunities.models import Opportunity, Result
from saas.crm.opportunities.needs import Need
from saas.crm.opportunities.rival_models import Footing
from saas.crm.opportunities.wins import told
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from tests.crm.opportunities.test_needs import ask
from tests.crm.opportunities.test_views import here, text_of  # noqa: F401 - a fixture among them
from tests.factories import make_account, make_agent, make_opportunity, sign_in
from tests.pages import whole, words


class TestAgainst:
    def test_whom_nobody_knows_yet_is_known_from_then_on(self, tenant):
        ann, deal = make_agent(), make_opportunity()
        rival_actions.name(deal, "Nordwind", {"price": Decimal(900), "standing": Footing.LEADING}, by=ann)
        other = make_opportunity()
        again = rival_actions.name(other, "nordWIND", {}, by=ann)
        assert [one.rival.name for one in rival_queries.against(deal.id)] == ["Nordwind"]
        assert again.rival_id == rival_queries.named("Nordwind").id
        with pytest.raises(Refused, match="named already"):
            rival_actions.name(other, "Nordwind", {}, by=ann)

    def test_what_is_said_of_it_is_dated(self, tenant):
        ann, deal = make_agent(), make_opportunity()
        entry = rival_actions.name(deal, "Nordwind", {}, by=ann)
        before = entry.said_on
        with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
            rival_actions.tell(entry, deal, {"standing": Footing.BEHIND}, version=None, by=ann)
        assert entry.said_on == before + timedelta(days=3)


class TestScores:
    def test_count_what_was_won_and_lost_and_say_nothing_of_few(self, here, client):  # noqa: F811
        sign_in(client, here)
        with scope.enter(here.id):
            ann = make_agent()
            for turn in range(6):
                deal = make_opportunity(owner=ann)
                entry = rival_actions.name(deal, "Nordwind", {}, by=ann)
                if turn < 2:
                    actions.win(deal, by=ann)
                elif turn < 4:
                    actions.lose(deal, loss="rival", by=ann)
                    rival_actions.note_winner(deal, entry if turn == 2 else None, by=ann)
            key = rival_queries.named("Nordwind").id
            db.session.commit()
        page = text_of(client.get(f"/{here.slug}/deals/rivals/{key}"))
        assert "We win no data" in page
        assert "1 of them to this one" in page
        with scope.enter(here.id):
            actions.win(db.session.query(Opportunity).filter_by(result=Result.OPEN).first(), by=ann)
            db.session.commit()
        assert "60 % of 5" in text_of(client.get(f"/{here.slug}/deals/rivals"))

    def test_a_rate_needs_five(self):
        assert told(rival_queries.Score(won=4)) == "no data"


class TestPages:
    @pytest.fixture
    def deal(self, here, client):  # noqa: F811
        owner = sign_in(client, here)
        with scope.enter(here.id):
            made = make_opportunity(make_account(name="Acme"), owner, name="Crane")
            db.session.commit()
            return made.id

    @pytest.mark.shows("OP6")
    def test_from_naming_one_to_losing_against_it(self, here, client, post, deal):  # noqa: F811
        path = f"/{here.slug}/deals/{deal}"
        said = {"rival": "Nordwind", "standing": "leading", "price": "1200", "strengths": "Closer to them"}
        assert post(f"{path}/rivals/new", data=said).status_code == 302
        page = words(whole(client, path))
        for shown in ("Nordwind", "Ahead of us", "$1,200.00", "Closer to them", "stands against this deal"):
            assert shown in page, shown
        form = client.get(f"{path}/close?result=lost").get_data(as_text=True)
        assert "Who won it?" in form
        with scope.enter(here.id):
            entry = str(rival_queries.against(deal)[0].id)
        sent = {"loss": "rival", "on": clock.now().date().isoformat(), "winner_id": entry}
        assert post(f"{path}/close?result=lost", data=sent).status_code == 302
        page = words(whole(client, path))
        assert "Won it" in page
        assert "went to Nordwind" in page

    def test_a_stage_may_ask_for_one(self, here, client, post, deal):  # noqa: F811
        with scope.enter(here.id):
            ask(0, Need.RIVAL)
            second = pipeline.stages()[1].id
            db.session.commit()
        path = f"/{here.slug}/deals/{deal}"
        sent_to = post(f"{path}/move", data={"column": f"stage-{second}"}).location
        assert "a competitor" in text_of(client.get(sent_to))
        assert post(sent_to, data={"rival": "Nordwind"}).status_code == 302
        with scope.enter(here.id):
            assert db.session.get(Opportunity, (here.id, deal)).stage_id == second

    def test_the_register_is_kept(self, here, client, post, deal):  # noqa: F811
        answer = post(f"/{here.slug}/deals/rivals/new", data={"name": "Nordwind", "website": "https://nw.example"})
        page = client.get(answer.location).get_data(as_text=True)
        assert 'href="https://nw.example"' in page
        twice = post(f"/{here.slug}/deals/rivals/new", data={"name": "NORDWIND", "strengths": "Service"})
        assert twice.status_code == 422
        assert "Service" in twice.get_data(as_text=True), "what was typed is kept"
        key = answer.location.rpartition("/")[2]
        post(f"/{here.slug}/deals/rivals/{key}/archive")
        assert "No competitors yet" in text_of(client.get(f"/{here.slug}/deals/rivals"))
        post(f"/{here.slug}/deals/rivals/{key}/restore")
        assert "Nordwind" in text_of(client.get(f"/{here.slug}/deals/rivals"))
