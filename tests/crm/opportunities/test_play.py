"""The next step of a deal by the workspace's own play."""

from __future__ import annotations

import re

import pytest

from saas.crm.activities import actions as activities
from saas.crm.opportunities import actions, pipeline, pipeline_actions, play_actions, play_queries, rival_actions
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.play_models import Proof
from saas.db import db
from saas.tenants import scope
from tests.crm.opportunities.test_views import here, text_of  # noqa: F401 - a fixture among them
from tests.factories import make_account, make_agent, make_contact, make_opportunity, sign_in


def keys(deal) -> list[str | None]:
    return [step.key for step in play_queries.undone(deal)]


class TestUndone:
    def test_is_what_the_stage_asks_and_nobody_did(self, tenant):
        ann, acme = make_agent(), make_account()
        deal = make_opportunity(acme, ann)
        assert keys(deal) == ["prospecting.person", "prospecting.call"]
        make_contact(acme, decision="decides")
        assert keys(deal) == ["prospecting.call"]
        about = {"about_kind": "opportunity", "about_id": deal.id}
        activities.log({"kind": "visit", "subject": "Looked", **about}, owner=ann, by=ann)
        assert keys(deal) == ["prospecting.call"], "a visit is no call"
        activities.log({"kind": "call", "subject": "Asked", **about}, owner=ann, by=ann)
        assert keys(deal) == []
        actions.move(deal, pipeline.stages()[3], version=None, by=ann)
        assert keys(deal) == ["negotiation.rival", "negotiation.talk"], "that call belongs to the stage before"
        rival_actions.name(deal, "Nordwind", {}, by=ann)
        assert keys(deal) == ["negotiation.talk"]

    def test_a_pipeline_made_like_another_has_its_play(self, tenant):
        pipeline.stages()
        made = pipeline_actions.add("Renewals", pipelines.pipelines()[0], by=make_agent())
        assert [step.key for step in play_queries.play(pipelines.stages(made.id)[2].id)] == ["offer.send", "offer.demo"]

    def test_is_written_in_the_readers_language_until_somebody_writes_his_own(self, tenant):
        ann, first = make_agent(), pipeline.stages()[0]
        step = play_queries.play(first.id)[0]
        same = {"text": step.label, "proof": Proof.FIELD, "what": "amount"}
        play_actions.change(first, step, same, version=None, by=ann)
        assert (step.text, step.what) == (None, "amount")
        play_actions.place(first, step, 1, by=ann)
        assert [one.key for one in play_queries.play(first.id)] == ["prospecting.call", "prospecting.person"]
        play_actions.remove(first, step, by=ann)
        assert [one.position for one in play_queries.play(first.id)] == [0]


class TestPages:
    @pytest.mark.shows("OP9")
    def test_names_the_next_step_with_a_button_that_does_it(self, here, client, post):  # noqa: F811
        owner = sign_in(client, here)
        with scope.enter(here.id):
            acme = make_account()
            deal = make_opportunity(acme, owner)
            make_contact(acme, decision="decides")
            db.session.commit()
            key = deal.id
        path = f"/{here.slug}/deals/{key}"
        html = client.get(path).get_data(as_text=True)
        assert "Next, step 2 of 2 here: Call and ask what they need" in text_of(client.get(path))
        url = re.search(r'href="([^"]+past=1[^"]*)"', html)[1].replace("&amp;", "&")
        form = client.get(url).get_data(as_text=True)
        assert 'value="Call and ask what they need"' in form
        day = re.search(r'name="day"[^>]*value="([^"]+)"', form)[1]
        said = {"kind": "call", "subject": "Call and ask what they need", "day": day, "hour": "00:00"}
        assert post(url, data=said).status_code == 302

    def test_is_kept_in_settings(self, here, client, post):  # noqa: F811
        sign_in(client, here)
        with scope.enter(here.id):
            first = pipeline.stages()[0].id
            db.session.commit()
        path = f"/{here.slug}/settings/stages/{first}/play"
        assert "Find out who decides done when the deal says: Somebody at the customer who decides" in text_of(
            client.get(path)
        )
        assert post(path, data={"text": "Look at their website", "proof": "activity:task"}).status_code == 302
        assert "Look at their website done when this is: Task" in text_of(client.get(path))
        empty = post(path, data={"text": "", "proof": "activity:task"})
        assert "Say what is to be done." in text_of(empty)
