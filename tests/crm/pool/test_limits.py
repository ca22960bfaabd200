"""Nobody comes to hold more than he may without its being said, whatever the way in."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from saas.crm.batches.models import Deed, Outcome, Reason
from saas.crm.customers import actions as customers
from saas.crm.customers import giving, grid_actions
from saas.crm.customers import purchase_actions as purchases
from saas.crm.customers.models import Account
from saas.crm.merges import actions as merges
from saas.crm.pool import actions as pool
from saas.crm.pool import ledger_queries, rooms
from saas.crm.pool import queries as pools
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import Move, MoveKind
from saas.crm.pool.rules import Rules
from saas.crm.transfer import actions as transfers
from saas.crm.transfer import column_actions
from saas.crm.transfer import rooms as crowds
from saas.db import db
from saas.tenants.actions import people
from saas.tenants.models import Event, MemberStatus
from tests.crm.batches.test_batches import done, fresh, outcomes, run
from tests.crm.batches.test_books import handed_over
from tests.crm.transfer.bringing import bring, opened, work_off
from tests.factories import make_account, make_agent, make_member, sign_in
from tests.pages import whole, words


@pytest.fixture
def boss(tenant):
    """Whoever gives away; a member may hold two customers."""
    made = make_member("owner", name="Lea")
    pool_rules.change_rules(Rules(holdings=2), by=made)
    return made


def noted(name: str) -> list:
    return [one for one in db.session.scalars(select(Event.changed["beyond"]).where(Event.name == name)) if one]


@pytest.mark.shows("PP6")
class TestHandOver:
    def test_a_leavers_customers_need_room_with_the_successor(self, boss):
        tom, bo = make_agent(name="Tom"), make_agent(name="Bo")
        mine = [make_account(tom) for _ in range(2)]
        make_account(bo)
        with pytest.raises(
            rooms.QuotaReached, match="Bo holds 1 of at most 2 customers; with these it would be 3"
        ) as no:
            people.remove(tom, by=boss, successor=bo)
        assert no.value.field == "successor"
        assert [fresh(one).owner_id for one in mine] == [tom.id, tom.id]
        assert tom.status is MemberStatus.ACTIVE

    def test_goes_beyond_it_knowingly_and_the_history_says_so(self, boss):
        tom, bo = make_agent(), make_agent(name="Bo")
        mine = [make_account(tom) for _ in range(2)]
        make_account(bo)
        people.remove(tom, by=boss, successor=bo, beyond=True)
        assert [fresh(one).owner_id for one in mine] == [bo.id, bo.id]
        assert noted(customers.ASSIGNED) == [{"held": 3, "most": 2}] * 2

    def test_what_has_bought_or_is_archived_needs_none(self, boss):
        tom, bo = make_agent(), make_agent()
        sold, old, other = (make_account(tom) for _ in range(3))
        purchases.note_purchases({sold.id: (tom, "Deal")}, by=tom)
        customers.archive_account(old, by=tom)
        make_account(bo)
        people.remove(tom, by=boss, successor=bo)
        assert {fresh(one).owner_id for one in (sold, old, other)} == {bo.id}

    def test_a_book_that_is_shared_out_leaves_what_is_too_many(self, boss):
        tom, bo = make_agent(), make_agent()
        [make_account(tom) for _ in range(2)]
        make_account(bo)
        db.session.commit()
        batch = handed_over(tom, [bo], boss)
        assert outcomes(batch) == [(Outcome.DONE, None), (Outcome.LEFT, Reason.FULL)]

    def test_the_ledger_tells_who_had_it(self, boss):
        tom, bo = make_agent(name="Tom"), make_agent(name="Bo")
        make_account(tom)
        people.remove(tom, by=boss, successor=bo)
        (step,) = ledger_queries.steps(boss.created_at)
        assert (step.Move.kind, step.member, step.giver) == (MoveKind.HANDED_OVER, "Bo", "Tom")

    def test_pages_say_it_before_and_take_a_yes(self, tenant, client, post):
        ann = sign_in(client, tenant, "owner")
        pool_rules.change_rules(Rules(holdings=1), by=ann)
        tom, bo = make_agent(name="Tom"), make_agent(name="Bo")
        acme, _other = make_account(tom), make_account(bo)
        db.session.commit()
        at = f"/{tenant.slug}/customers/{acme.id}/assign"
        answer = post(at, data={"owner_id": str(bo.id)})
        assert "Bo holds 1 of at most 1 customers." in answer.get_data(as_text=True)
        assert post(at, data={"owner_id": str(bo.id), "beyond": "y"}).status_code == 302
        assert fresh(acme).owner_id == bo.id
        assert "beyond the limit: 2 of at most 1 customers" in words(
            whole(client, f"/{tenant.slug}/customers/{acme.id}")
        )
        begun = post(f"/{tenant.slug}/hand-over/{bo.id}", data={"heirs": str(tom.id), "split": "even", "field": "city"})
        page = words(whole(client, begun.location))
        assert "Tom holds 0 of at most 1 customers; with these it would be 2." in page
        assert "Go beyond the limit" in page

    def test_only_who_gives_to_anybody_goes_beyond(self, tenant, client, post):
        lead = sign_in(client, tenant, "agent")
        pool_rules.change_rules(Rules(holdings=1), by=make_member("owner"))
        bo = make_agent()
        acme, _other = make_account(lead), make_account(bo)
        db.session.commit()
        post(f"/{tenant.slug}/customers/{acme.id}/assign", data={"owner_id": str(bo.id), "beyond": "y"})
        assert fresh(acme).owner_id == lead.id


class TestOwnEntry:
    def test_is_allowed_and_says_how_many_it_makes(self, tenant, client, post):
        ann = sign_in(client, tenant, "agent")
        pool_rules.change_rules(Rules(holdings=1), by=make_member("owner"))
        make_account(ann)
        db.session.commit()
        answer = post(
            f"/{tenant.slug}/customers/new", data={"name": "Elbe", "kind": "company", "owner_id": str(ann.id)}
        )
        assert "You now hold 2 of at most 1 customers." in words(whole(client, answer.location))
        assert noted(customers.CREATED) == [{"held": 2, "most": 1}]

    def test_comes_into_the_pool_where_the_rules_say_so(self, tenant):
        ann = make_agent()
        pool_rules.change_rules(Rules(holdings=2, overflows=True), by=ann)
        make_account(ann)
        batch_id = grid_actions.add_accounts([{"name": "A"}, {"name": "B"}], by=ann)
        made = grid_actions.added(Account, batch_id, by=ann)
        assert [one.owner_id for one in made] == [ann.id, None]
        assert customers.create_for({"name": "C"}, owner=ann, by=ann).owner is None
        assert "You hold 2 of at most 2 customers" in giving.own_sentence(ann, None)
        assert giving.own_sentence(ann, ann) == ""


class TestFile:
    FILE = "Name,Looked after by\nA,Bo\nB,Bo\nC,Bo\nD,Cy\n"

    def checked(self, **options):
        found = opened("accounts", self.FILE)
        column_actions.set_columns(found, list(found.columns), options)
        column_actions.set_names(found, {}, by=make_member("owner"))
        transfers.check(found)
        return work_off(found.id)

    def test_the_check_says_how_many_are_too_many(self, boss):
        bo = make_agent(name="Bo")
        make_account(bo)
        found = crowds.crowds(self.checked())
        assert found == [crowds.Crowd("Bo", 1, 2, 2)]

    def test_owners_get_them_beyond_the_limit(self, boss):
        bo = make_agent(name="Bo")
        bring("accounts", self.FILE)
        assert pools.count_holdings(bo) == 3
        assert noted(customers.CREATED) == [{"held": 3, "most": 2}] * 3

    def test_or_the_pool_does(self, boss):
        bo = make_agent(name="Bo")
        bring("accounts", self.FILE, full=crowds.SPARE)
        assert pools.count_holdings(bo) == 2
        bring("accounts", "Name,Looked after by\nD,Bo\n", update_by="name", full=crowds.SPARE)
        assert pools.count_holdings(bo) == 2


class TestRest:
    def test_a_merge_makes_nobody_hold_more_and_its_undo_gives_both_back(self, boss):
        bo = make_agent()
        one, two = make_account(bo), make_account(bo)
        merge = merges.merge("account", one.id, two.id, {}, owner=bo, by=boss)
        assert pools.count_holdings(bo) == 1
        make_account(bo)
        merges.part(merge, by=boss)
        assert pools.count_holdings(bo) == 3

    def test_a_sale_gives_a_free_customer_whatever_its_seller_holds(self, boss):
        bo = make_agent()
        [make_account(bo) for _ in range(2)]
        free = make_account()
        purchases.note_purchases({free.id: (bo, "Deal")}, by=bo)
        assert fresh(free).owner_id == bo.id
        assert pools.count_holdings(bo) == 2  # those that have bought don't count

    def test_a_claim_names_both_figures(self, boss):
        bo = make_agent()
        [make_account(bo) for _ in range(3)]
        with pytest.raises(pool.QuotaReached, match="You hold 3 of at most 2 customers"):
            pool.claim(make_account().id, by=bo)

    def test_several_are_given_beyond_it_too(self, boss):
        tom, bo = make_agent(), make_agent(name="Bo")
        [make_account(bo) for _ in range(2)]
        batch = run(boss, [make_account(tom)], Deed.ASSIGN, owner_id=str(bo.id), owner="Bo", beyond=True)
        assert outcomes(done(batch)) == [(Outcome.DONE, None)]

    def test_every_giving_is_in_the_ledger(self, boss):
        tom, bo = make_agent(), make_agent()
        held, free = make_account(tom), make_account()
        customers.assign(held, bo, by=boss)
        customers.assign(free, bo, by=boss)
        kinds = db.session.scalars(select(Move.kind).where(Move.member_id == bo.id).order_by(Move.id)).all()
        assert kinds == [MoveKind.HANDED_OVER, MoveKind.ASSIGNED]
