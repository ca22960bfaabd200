"""The verbs of deals and of the pipeline."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, true

from saas import clock
from saas.crm.customers.models import Standing
from saas.crm.opportunities import actions, move_actions, pipeline, queries
from saas.crm.opportunities.models import Result, StageChange
from saas.db import db, new_id
from saas.errors import Refused
from saas.search import SearchEntry
from saas.tenants import handover
from saas.tenants.models import Event
from saas.versions import Overtaken
from tests.factories import make_account, make_agent, make_contact, make_opportunity, make_product


def way(deal):
    return [(c.stage_id, c.result) for c in queries.changes(deal.id)]


def names(deal):
    return list(db.session.scalars(select(Event.name).where(Event.subject_id == deal.id).order_by(Event.id)))


class TestStages:
    def test_a_new_workspace_gets_five(self, tenant):
        assert [s.label for s in pipeline.stages()] == [
            "Prospecting", "Needs known", "Offer sent", "Negotiation", "Decision",
        ]  # fmt: skip
        assert len(pipeline.stages()) == 5

    def test_can_be_placed_anywhere(self, tenant):
        ann, stages = make_agent(), pipeline.stages()
        pipeline.place(stages[3], 0, by=ann)
        assert [s.id for s in pipeline.stages()] == [stages[i].id for i in (3, 0, 1, 2, 4)]
        pipeline.place(stages[3], 99, by=ann)
        assert pipeline.stages()[-1].id == stages[3].id

    def test_refuse_a_name_twice(self, tenant):
        ann = make_agent()
        with pytest.raises(Refused, match="already"):
            pipeline.add("offer SENT", probability=5, colour="grey", by=ann)

    def test_removed_one_hands_its_deals_on(self, tenant):
        ann, (first, second, *_rest) = make_agent(), pipeline.stages()
        here, won = make_opportunity(), make_opportunity()
        actions.win(won, by=ann)
        assert pipeline.remove(first, second, by=ann) == 1
        assert (here.stage_id, here.probability) == (second.id, second.probability)
        assert won.stage_id == first.id, "what is over stays as it was"
        assert first.label == "Prospecting"
        assert names(here)[-1] == actions.MOVED
        actions.reopen(won, reason="They called again", by=ann)
        assert won.stage_id == second.id, "the stage where it ended is gone"

    def test_the_last_one_stays(self, tenant):
        ann, (first, *others) = make_agent(), pipeline.stages()
        for stage in others:
            pipeline.remove(stage, first, by=ann)
        with pytest.raises(Refused, match="at least one"):
            pipeline.remove(first, first, by=ann)


class TestCreate:
    def test_begins_in_the_first_stage(self, tenant):
        ann, acme = make_agent(), make_account()
        deal = make_opportunity(acme, ann, amount=Decimal("1200.50"))
        first = pipeline.stages()[0]
        assert (deal.stage_id, deal.probability, deal.currency) == (first.id, 10, tenant.currency)
        assert deal.number.startswith("D-")
        assert way(deal) == [(first.id, Result.OPEN)]
        assert names(deal) == [actions.CREATED]

    def test_refuses_a_contact_of_another_customer(self, tenant):
        kim = make_contact(make_account())
        with pytest.raises(Refused, match="does not work"):
            actions.create_opportunity({"name": "X"}, owner=None, by=make_agent(), account=make_account(), contact=kim)

    def test_refuses_a_product_no_longer_sold(self, tenant):
        from saas.crm.products import actions as products

        old = make_product()
        products.archive_product(old, by=make_agent())
        with pytest.raises(Refused, match="no longer sold"):
            actions.create_opportunity({"name": "X"}, owner=None, by=make_agent(), product=old)

    def test_many_at_once_in_few_statements(self, tenant, statements):
        ann = make_agent()
        pipeline.stages()
        days = {"opened_on": date(2016, 10, 20), "closed_on": date(2017, 3, 1)}
        same = {"owner": ann, "result": Result.WON, **days}
        theirs = [make_account(owner=ann if n % 2 else None) for n in range(40)]
        rows = [
            {"name": f"Row {n}", "amount": Decimal(n), "import_key": f"k{n}", "account": theirs[n % 40], **same}
            for n in range(300)
        ]
        db.session.commit()
        with statements() as seen:
            made = actions.create_opportunities(rows, by=ann)
            db.session.flush()
        assert len(seen) < 26, seen
        assert {(a.standing, a.owner_id, a.reclaim_at) for a in theirs} == {(Standing.CUSTOMER, ann.id, None)}
        assert {d.probability for d in made} == {100}
        assert made[0].stage_since.date() == date(2017, 3, 1)
        assert db.session.query(StageChange).count() == 300
        assert queries.sums_by_result()[Result.WON] == {tenant.currency: Decimal(sum(range(300)))}


class TestMove:
    def test_leaves_a_trace(self, tenant):
        ann, deal, (first, second, *_rest) = make_agent(), make_opportunity(), pipeline.stages()
        actions.move(deal, second, version=deal.version, by=ann)
        assert (deal.stage_id, deal.probability) == (second.id, 25)
        assert [c.stage_id for c in queries.changes(deal.id)] == [first.id, second.id]
        event = db.session.scalars(select(Event).where(Event.name == actions.MOVED)).one()
        assert event.changed["stage"] == ["Prospecting", "Needs known"]

    def test_refuses_what_a_colleague_moved_meanwhile(self, tenant):
        ann, deal, (_first, second, third, *_rest) = make_agent(), make_opportunity(), pipeline.stages()
        seen = deal.version
        actions.move(deal, second, version=seen, by=ann)
        with pytest.raises(Overtaken):
            actions.move(deal, third, version=seen, by=ann)

    @pytest.mark.shows("OP4")
    def test_taken_back_leaves_all_as_it_was(self, tenant):
        ann, deal, (first, second, third, *_rest) = make_agent(), make_opportunity(probability=33), pipeline.stages()
        since = deal.stage_since
        actions.move(deal, second, version=None, by=ann)
        move_actions.move_back(deal, version=deal.version, by=ann)
        assert (deal.stage_id, deal.stage_since, deal.probability) == (first.id, since, 33)
        assert way(deal) == [(first.id, Result.OPEN)]
        assert names(deal) == [actions.CREATED, actions.MOVED, move_actions.MOVED_BACK]
        actions.move(deal, second, version=None, by=ann)
        actions.move(deal, third, version=None, by=ann)
        for _step in range(2):
            move_actions.move_back(deal, version=None, by=ann)
        assert (deal.stage_id, deal.stage_since, deal.probability) == (first.id, since, 33)

    def test_is_not_taken_back_where_there_is_none_or_a_colleague_was_faster(self, tenant):
        ann, deal, (_first, second, *_rest) = make_agent(), make_opportunity(), pipeline.stages()
        with pytest.raises(Refused, match="no move"):
            move_actions.move_back(deal, version=None, by=ann)
        seen = deal.version
        actions.move(deal, second, version=None, by=ann)
        with pytest.raises(Overtaken):
            move_actions.move_back(deal, version=seen, by=ann)
        actions.win(deal, by=ann)
        with pytest.raises(actions.Closed):
            move_actions.move_back(deal, version=None, by=ann)
        actions.reopen(deal, reason="They called again", by=ann)
        with pytest.raises(Refused, match="no move"):
            move_actions.move_back(deal, version=None, by=ann)

    def test_to_where_it_is_changes_nothing(self, tenant):
        deal = make_opportunity()
        actions.move(deal, deal.stage, version=None, by=make_agent())
        assert names(deal) == [actions.CREATED]


class TestOpenBack:
    @pytest.mark.shows("OP4")
    def test_leaves_all_as_it_was_and_is_told(self, tenant):
        ann, deal = make_agent(), make_opportunity(make_account(make_agent()), probability=33)
        stage, since = deal.stage_id, deal.stage_since
        for end in (lambda: actions.win(deal, by=ann), lambda: actions.lose(deal, by=ann, reason="Too dear")):
            end()
            move_actions.open_back(deal, by=ann)
            assert (deal.result, deal.stage_id, deal.stage_since, deal.probability) == (Result.OPEN, stage, since, 33)
            assert (deal.reason, deal.closed_on, deal.reopened) == (None, None, 0)
        assert deal.account.standing is Standing.TRACKED
        assert way(deal) == [(stage, Result.OPEN)]
        assert names(deal)[-2:] == [actions.LOST, move_actions.OPENED_BACK]

    def test_is_for_whoever_ended_it_and_soon(self, tenant):
        ann, deal = make_agent(), make_opportunity()
        with pytest.raises(Refused):
            move_actions.open_back(deal, by=ann)
        actions.win(deal, by=ann)
        with pytest.raises(Refused):
            move_actions.open_back(deal, by=make_agent())
        clock.shift(3601)
        with pytest.raises(Refused):
            move_actions.open_back(deal, by=ann)


class TestClose:
    def test_won_is_certain(self, tenant):
        ann, deal = make_agent(), make_opportunity(amount=Decimal(10))
        actions.win(deal, by=ann, reason=" Price ", on=date(2026, 5, 4))
        assert (deal.result, deal.probability, deal.reason) == (Result.WON, 100, "Price")
        assert deal.closed_on == date(2026, 5, 4)
        assert queries.changes(deal.id)[-1].result is Result.WON

    def test_lost_wants_a_reason(self, tenant):
        deal = make_opportunity()
        with pytest.raises(Refused, match="why"):
            actions.lose(deal, by=make_agent(), reason=" ")
        actions.lose(deal, by=make_agent(), reason="Too dear")
        assert (deal.result, deal.probability) == (Result.LOST, 0)
        assert queries.reasons(Result.LOST) == ["Too dear"]

    def test_a_closed_deal_neither_moves_nor_closes(self, tenant):
        ann, deal = make_agent(), make_opportunity()
        actions.win(deal, by=ann)
        for verb in (
            lambda: actions.move(deal, pipeline.stages()[1], version=None, by=ann),
            lambda: actions.lose(deal, by=ann, reason="x"),
        ):
            with pytest.raises(actions.Closed):
                verb()

    def test_reopened_it_is_as_before(self, tenant):
        ann, deal = make_agent(), make_opportunity()
        actions.move(deal, pipeline.stages()[2], version=None, by=ann)
        actions.lose(deal, by=ann, reason="No money")
        actions.reopen(deal, reason="They called again", by=ann)
        assert (deal.result, deal.probability, deal.closed_on, deal.reason) == (Result.OPEN, 50, None, None)
        assert [c.result.value for c in queries.changes(deal.id)] == ["open", "open", "lost", "open"]


class TestPurchase:
    def test_the_first_makes_a_customer_and_the_timeline_tells(self, tenant):
        ann = make_agent()
        acme = make_account(owner=ann)
        deal = make_opportunity(owner=ann, account=acme, name="Retrofit")
        assert acme.reclaim_at is not None
        actions.win(deal, by=ann)
        assert (acme.standing, acme.reclaim_at) == (Standing.CUSTOMER, None)
        said = db.session.scalars(select(Event).where(Event.name == "account.bought")).one()
        assert (said.subject_id, said.changed["what"]) == (acme.id, "Retrofit")
        actions.win(make_opportunity(owner=ann, account=acme), by=ann)
        assert len(list(db.session.scalars(select(Event).where(Event.name == "account.bought")))) == 1

    def test_one_from_the_pool_goes_to_whose_sale_it_was(self, tenant):
        ann, acme = make_agent(), make_account()
        actions.win(make_opportunity(owner=ann, account=acme), by=ann)
        assert (acme.owner_id, acme.standing) == (ann.id, Standing.CUSTOMER)

    def test_undone_by_reopening_the_only_one(self, tenant):
        ann = make_agent()
        acme = make_account(owner=ann)
        first, second = (make_opportunity(owner=ann, account=acme) for _n in range(2))
        actions.win(first, by=ann)
        actions.win(second, by=ann)
        actions.reopen(first, reason="They called again", by=ann)
        assert acme.standing is Standing.CUSTOMER
        actions.reopen(second, reason="They called again", by=ann)
        assert acme.standing is Standing.TRACKED
        assert acme.reclaim_at > clock.now()
        actions.win(second, by=ann)
        assert acme.standing is Standing.CUSTOMER

    def test_never_takes_from_one_who_was_a_customer_before(self, tenant):
        ann = make_agent()
        acme = make_account(owner=ann)
        acme.standing = Standing.CUSTOMER
        deal = make_opportunity(owner=ann, account=acme)
        actions.win(deal, by=ann)
        actions.reopen(deal, reason="They called again", by=ann)
        assert acme.standing is Standing.CUSTOMER

    def test_a_lost_one_changes_nothing(self, tenant):
        ann = make_agent()
        acme = make_account(owner=ann)
        deal = make_opportunity(owner=ann, account=acme)
        actions.lose(deal, by=ann, reason="Too dear")
        actions.reopen(deal, reason="They called again", by=ann)
        assert acme.standing is Standing.TRACKED


class TestHandOver:
    def test_gives_open_deals_and_their_place_in_the_search(self, tenant):
        ann, bo = make_agent(), make_agent(name="Bo")
        still, done = make_opportunity(owner=ann), make_opportunity(owner=ann)
        actions.win(done, by=ann)
        ((holding, many),) = [held for held in handover.held_by(ann.id) if held[0].key == "opportunity.owner_id"]
        assert (many, holding.words(many)) == (1, "1 open deal")
        assert len(holding.pass_on(ann.id, bo, bo, new_id(), handover.ALL)) == 1
        assert (still.owner_id, done.owner_id) == (bo.id, ann.id)
        entry = db.session.scalars(select(SearchEntry).where(SearchEntry.subject_id == still.id)).one()
        assert entry.owner_id == bo.id


class TestSums:
    def test_count_what_names_no_amount(self, tenant):
        ann, (first, second, *_rest) = make_agent(), pipeline.stages()
        for amount, currency in ((100, "EUR"), (Decimal("0.5"), "EUR"), (7, "USD"), (None, "EUR")):
            make_opportunity(owner=ann, amount=amount, currency=currency)
        gone = make_opportunity(amount=Decimal(99), currency="EUR", stage_id=second.id)
        actions.archive_opportunity(gone, by=ann)
        actions.win(make_opportunity(amount=Decimal(99), currency="EUR"), by=ann)
        sums = {s.stage.id: s for s in queries.sums_by_stage(pipeline.stages(), within=true())}
        assert sums[first.id].count == 4
        assert sums[first.id].amounts == {"EUR": Decimal("100.50"), "USD": Decimal("7.00")}
        assert sums[first.id].without_amount == 1
        assert sums[second.id].count == 0


class TestReasons:
    def test_a_loss_is_a_word_to_be_counted_and_reopening_is_counted(self, tenant):
        ann, deal = make_agent(), make_opportunity()
        actions.lose(deal, loss="price", by=ann)
        with pytest.raises(Refused, match="Say why"):
            actions.reopen(deal, reason=" ", by=ann)
        actions.reopen(deal, reason="They called again", by=ann)
        assert (deal.loss, deal.reopened, deal.result) == (None, 1, Result.OPEN)
        event = db.session.scalars(select(Event).where(Event.name == actions.REOPENED)).one()
        assert event.changed["reason"] == "They called again"
