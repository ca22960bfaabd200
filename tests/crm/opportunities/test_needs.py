"""What a stage asks of a deal before it goes on, whatever the way in which it is moved."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from saas.crm.activities import actions as activities
from saas.crm.customers.models import Contact, DecisionRole
from saas.crm.opportunities import actions, need_queries, pipeline, pipeline_actions, queries
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import Opportunity, Result
from saas.crm.opportunities.need_actions import Lacking
from saas.crm.opportunities.needs import Need
from saas.crm.transfer import queries as transfer
from saas.crm.transfer.reasons import sentence
from saas.db import db
from saas.tenants import scope
from tests.crm.opportunities.test_views import here, text_of  # noqa: F401 - a fixture among them
from tests.crm.transfer.bringing import bring
from tests.factories import make_account, make_agent, make_contact, make_opportunity, sign_in


def ask(place: int, *needs: Need) -> None:
    """Let the stage at a place ask for these."""
    stage = pipeline.stages()[place]
    pipeline.change(stage, {"name": stage.label, "needs": [*needs]}, version=None, by=scope.SYSTEM)


class TestLacking:
    def test_holds_a_deal_back_and_names_what_lacks(self, tenant):
        deal, ann = make_opportunity(name="Crane"), make_agent()
        ask(0, Need.AMOUNT, Need.EXPECTED)
        with pytest.raises(Lacking, match=r"Crane can't go on yet.+the amount and the expected day"):
            actions.move(deal, pipeline.stages()[1], version=None, by=ann)
        actions.change_opportunity(deal, {"amount": Decimal(5), "expected_on": date(2030, 1, 1)}, version=None, by=ann)
        actions.move(deal, pipeline.stages()[1], version=None, by=ann)
        assert deal.stage_id == pipeline.stages()[1].id

    def test_asks_for_what_the_stages_ask_that_are_jumped_over(self, tenant):
        deal, ann = make_opportunity(), make_agent()
        ask(2, Need.AMOUNT)
        actions.move(deal, pipeline.stages()[2], version=None, by=ann)
        with pytest.raises(Lacking):
            actions.move(deal, pipeline.stages()[4], version=None, by=ann)
        with pytest.raises(Lacking):
            actions.win(deal, by=ann)

    def test_what_the_customer_has_bought_is_won_whatever_lacks(self, tenant):
        deal, ann = make_opportunity(), make_agent()
        ask(0, Need.AMOUNT)
        actions.win(deal, by=ann, is_fact=True)
        assert deal.result is Result.WON

    def test_back_and_lost_are_free(self, tenant):
        deal, ann = make_opportunity(), make_agent()
        actions.move(deal, pipeline.stages()[3], version=None, by=ann)
        ask(3, Need.AMOUNT)
        actions.move(deal, pipeline.stages()[1], version=None, by=ann)
        ask(1, Need.AMOUNT)
        actions.lose(deal, by=ann, reason="Too dear")
        assert deal.result is Result.LOST

    def test_another_pipeline_is_no_way_around(self, tenant):
        deal, ann = make_opportunity(), make_agent()
        other = pipeline_actions.add("Renewals", pipelines.pipelines()[0], by=ann)
        ask(0, Need.CONTACT)
        with pytest.raises(Lacking, match="the contact"):
            actions.move(deal, pipelines.stages(other.id)[0], version=None, by=ann)

    def test_what_is_done_counts_in_the_stage_where_it_was_done(self, tenant):
        deal, ann = make_opportunity(make_account()), make_agent()
        ask(0, Need.ACTIVITY)
        ask(1, Need.ACTIVITY)
        second, third = pipeline.stages()[1:3]
        assert need_queries.lacking(deal, second) == [Need.ACTIVITY]
        about = {"about_kind": "opportunity", "about_id": deal.id}
        activities.log({"kind": "call", "subject": "Asked", **about}, owner=ann, by=ann)
        actions.move(deal, second, version=None, by=ann)
        assert need_queries.lacking(deal, third) == [Need.ACTIVITY]

    def test_a_stage_that_goes_holds_nothing_back(self, tenant):
        deal, ann = make_opportunity(), make_agent()
        ask(0, Need.AMOUNT)
        first, second = pipeline.stages()[:2]
        assert pipeline.remove(first, second, by=ann) == 1
        assert deal.stage_id == second.id


class TestPages:
    @pytest.fixture
    def deal(self, here, client):  # noqa: F811
        owner = sign_in(client, here)
        with scope.enter(here.id):
            acme = make_account(name="Acme")
            kim = make_contact(acme, name="Kim")
            made = make_opportunity(acme, owner, name="Crane")
            ask(0, Need.AMOUNT, Need.CONTACT, Need.ACTIVITY)
            db.session.commit()
            return made.id, kim.id, [s.id for s in pipeline.stages()]

    @pytest.mark.shows("OP4")
    def test_board_is_sent_to_a_form_with_just_what_lacks(self, here, client, post, deal):  # noqa: F811
        key, kim, stages = deal
        path = f"/{here.slug}/deals/{key}"
        held = post(f"{path}/move", data={"column": f"stage-{stages[1]}"}, headers={"HX-Request": "true"})
        assert held.status_code == 422
        form = client.get(held.headers["X-Fill"], headers={"HX-Request": "true"}).get_data(as_text=True)
        assert 'name="amount"' in form
        assert 'name="expected_on"' not in form
        empty = post(held.headers["X-Fill"], data={"amount": "12"}, headers={"HX-Request": "true"})
        assert empty.status_code == 422
        assert 'value="12' in empty.get_data(as_text=True), "what was typed is kept"
        said = {"amount": "1200", "contact_id": str(kim), "kind": "call", "subject": "Needs"}
        done = post(held.headers["X-Fill"], data=said, headers={"HX-Request": "true"})
        assert done.headers["HX-Refresh"] == "true", text_of(done)
        with scope.enter(here.id):
            found = db.session.get(Opportunity, (here.id, key))
            assert (found.stage_id, found.amount, found.contact_id) == (stages[1], Decimal(1200), kim)
            assert [step.stage_id for step in queries.changes(key)] == [stages[0], stages[1]]

    def test_who_decides_is_written_at_the_contact(self, here, client, post, deal):  # noqa: F811
        key, kim, stages = deal
        with scope.enter(here.id):
            ask(0, Need.DECIDER)
            db.session.commit()
        path = f"/{here.slug}/deals/{key}/fill?to=stage-{stages[1]}"
        assert "Who decides there?" in text_of(client.get(path))
        assert post(path, data={"decider_id": "nobody"}).status_code == 422
        assert post(path, data={"decider_id": str(kim)}).status_code == 302
        with scope.enter(here.id):
            assert db.session.get(Contact, (here.id, kim)).decision is DecisionRole.DECIDES

    def test_a_form_that_asks_for_nothing_just_goes_on(self, here, client, post, deal):  # noqa: F811
        key, _kim, stages = deal
        with scope.enter(here.id):
            ask(0)
            db.session.commit()
        path = f"/{here.slug}/deals/{key}/fill?to=stage-{stages[1]}"
        assert client.get(path).status_code == 200
        assert post(path).status_code == 302

    def test_won_asks_first_and_then_how_it_ended(self, here, client, post, deal):  # noqa: F811
        key, kim, _stages = deal
        answer = client.get(f"/{here.slug}/deals/{key}/close?result=won")
        assert "/fill?to=won" in answer.location
        said = {"amount": "1200", "contact_id": str(kim), "kind": "call", "subject": "Needs"}
        assert "/close?result=won" in post(answer.location, data=said).location
        assert "Why was it won?" in text_of(client.get(f"/{here.slug}/deals/{key}/close?result=won"))

    def test_settings_say_what_a_stage_asks(self, here, client, post, deal):  # noqa: F811
        _key, _kim, stages = deal
        path = f"/{here.slug}/settings/stages/{stages[1]}"
        assert 'value="Needs known"' in client.get(path).get_data(as_text=True)
        data = {"name": "Needs known", "probability": "25", "colour": "blue", "needs": ["expected", "amount"]}
        assert post(path, data=data).status_code == 302
        with scope.enter(here.id):
            assert set(pipeline.stages()[1].needs) == {"expected", "amount"}


class TestImport:
    def test_refuses_the_row_that_would_go_around(self, tenant):
        run = bring("opportunities", "ID,Deal,Stage\nD-1,Pumps,Prospecting\n")
        ask(0, Need.AMOUNT)
        db.session.commit()
        run = bring("opportunities", "ID,Deal,Stage\nD-1,Pumps,Negotiation\n", update_by="reference")
        (row,) = transfer.each_row(run.id)
        assert sentence(row.reason) == "“Pumps” can't go on yet. It still needs the amount."
        bring("opportunities", "ID,Deal,Stage,Amount\nD-1,Pumps,Negotiation,12\n", update_by="reference")
        (deal,) = db.session.query(Opportunity).all()
        assert (deal.stage.label, deal.amount) == ("Negotiation", Decimal(12))
