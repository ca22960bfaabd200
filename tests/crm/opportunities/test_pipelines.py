"""Several ways to a sale: their verbs, their boards, and a file that names them."""

from __future__ import annotations

import re

import pytest

from saas.crm.opportunities import actions, pipeline, pipeline_actions, queries
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import Opportunity
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from tests.crm.opportunities.test_views import cards_of, here, text_of  # noqa: F401 - a fixture among them
from tests.factories import make_account, make_agent, make_opportunity, make_tenant, sign_in


def second(by=scope.SYSTEM, name="Renewals"):
    """A pipeline beside the first."""
    pipeline.stages()
    return pipeline_actions.add(name, pipelines.pipelines()[0], by=by)


class TestAdd:
    def test_begins_with_the_stages_of_another(self, tenant):
        made = second()
        assert [way.label for way in pipelines.pipelines()] == ["Sales", "Renewals"]
        first, again = (pipelines.stages(way.id) for way in pipelines.pipelines())
        assert [s.label for s in first] == [s.label for s in again]
        assert not {s.id for s in first} & {s.id for s in again}
        pipeline.change(again[0], {"name": "Due soon", "probability": 80}, version=None, by=make_agent())
        assert pipelines.stages()[0].label == "Prospecting", "the other keeps its own"
        assert pipelines.titles()[again[0].id] == "Renewals: Due soon"
        assert made.position == 1

    def test_refuses_a_name_twice(self, tenant):
        second()
        with pytest.raises(Refused, match="already"):
            second(name="renewals")

    def test_stages_of_each_are_ordered_by_themselves(self, tenant):
        made = second()
        stages = pipelines.stages(made.id)
        pipeline.place(stages[4], 0, by=make_agent())
        assert pipelines.stages(made.id)[0].id == stages[4].id
        assert pipelines.stages()[0].key == "prospecting"


class TestArchive:
    def test_hands_its_open_deals_on(self, tenant):
        made, ann = second(), make_agent()
        heir = pipelines.stages()[1]
        moved = make_opportunity(stage_id=pipelines.stages(made.id)[0].id)
        won = make_opportunity(stage_id=pipelines.stages(made.id)[2].id)
        actions.win(won, by=ann)
        assert pipeline_actions.archive(made, heir, by=ann) == 1
        assert moved.stage_id == heir.id
        assert [way.label for way in pipelines.pipelines()] == ["Sales"]
        assert won.stage.pipeline_id == made.id, "what is over stays as it was"
        actions.reopen(won, reason="They called again", by=ann)
        assert won.stage_id == pipelines.stages()[0].id, "the way that it went is gone"

    def test_comes_back_with_its_stages(self, tenant):
        made = second()
        pipeline_actions.archive(made, pipelines.stages()[0], by=make_agent())
        pipeline_actions.restore(made, by=make_agent())
        assert len(pipelines.stages(made.id)) == 5

    def test_the_last_one_stays(self, tenant):
        stages = pipeline.stages()
        with pytest.raises(Refused, match="at least one"):
            pipeline_actions.archive(pipelines.pipelines()[0], stages[0], by=make_agent())


class TestMove:
    def test_to_another_pipeline_leaves_a_trace(self, tenant):
        made, deal = second(), make_opportunity()
        target = pipelines.stages(made.id)[1]
        actions.move(deal, target, version=None, by=make_agent())
        assert (deal.stage_id, deal.probability) == (target.id, target.probability)
        assert queries.changes(deal.id)[-1].stage_id == target.id


class TestPages:
    @pytest.fixture
    def two(self, here, client):  # noqa: F811
        """A workspace with a deal in each of two pipelines, and an owner who looks."""
        owner = sign_in(client, here)
        with scope.enter(here.id):
            made = second()
            make_opportunity(make_account(), owner, name="Crane")
            make_opportunity(make_account(), owner, name="Upkeep", stage_id=pipelines.stages(made.id)[0].id)
            db.session.commit()
            return here, made.id, pipelines.stages(made.id)[1].id

    @pytest.mark.shows("OP4", "OP11")
    def test_board_shows_one_and_remembers_it(self, two, client):
        here, made, _stage = two  # noqa: F811
        board = f"/{here.slug}/deals/"
        assert cards_of(client.get(board).get_data(as_text=True)) == ["Crane"]
        assert cards_of(client.get(f"{board}?pipeline={made}").get_data(as_text=True)) == ["Upkeep"]
        again = client.get(board)
        assert cards_of(again.get_data(as_text=True)) == ["Upkeep"], "the last choice is remembered"
        assert "1 open deal" in text_of(again)

    def test_list_is_narrowed_and_names_both(self, two, client):
        here, made, _stage = two  # noqa: F811
        asked = f"/{here.slug}/deals/list?columns=name,stage,pipeline"
        page = text_of(client.get(asked))
        assert "Renewals: Prospecting" in page
        assert "Sales: Prospecting" in page
        narrowed = text_of(client.get(f"{asked}&pipeline={made}"))
        assert "Upkeep" in narrowed
        assert "Crane" not in narrowed

    def test_a_deal_is_opened_in_one_and_moved_to_another(self, two, client, post):
        here, made, stage = two  # noqa: F811
        form = client.get(f"/{here.slug}/deals/new?pipeline={made}").get_data(as_text=True)
        assert '<optgroup label="Renewals">' in form
        chosen = re.search(r'<option selected value="([^"]+)">Prospecting', form)[1]
        made = post(f"/{here.slug}/deals/new", data={"name": "New lease", "currency": "USD", "stage_id": chosen})
        assert "Renewals" in text_of(client.get(made.location))
        with scope.enter(here.id):
            deal = db.session.query(Opportunity).filter_by(name="Crane").one()
            key = deal.id
        moved = post(f"/{here.slug}/deals/{key}/pipeline", data={"stage_id": str(stage), "version": 1})
        page = text_of(client.get(moved.location))
        assert "Moved to Renewals: Needs known" in page
        assert "moved this deal to Renewals: Needs known" in page

    def test_settings_show_each_with_its_stages(self, two, client, post):
        here, made, _stage = two  # noqa: F811
        page = text_of(client.get(f"/{here.slug}/settings/stages?pipeline={made}"))
        assert "Renewals" in page
        answer = post(f"/{here.slug}/settings/pipelines/new", data={"name": "Partners", "pattern_id": str(made)})
        assert "“Partners” is there" in text_of(client.get(answer.location))
        page = text_of(client.get(f"/{here.slug}/settings/pipelines/{made}/archive"))
        assert "1 open deal goes this way" in page


class TestIsolation:
    def test_a_neighbour_has_its_own(self, context):
        one, other = make_tenant(), make_tenant()
        with scope.enter(one.id):
            second()
            db.session.commit()
        with scope.enter(other.id):
            pipeline.stages()
            assert [way.label for way in pipelines.pipelines()] == ["Sales"]
