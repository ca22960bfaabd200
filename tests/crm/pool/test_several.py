"""Several pools, batches, and the ledger."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from saas import clock
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership
from saas.crm.customers import purchase_actions as purchases
from saas.crm.customers.models import Account
from saas.crm.pool import actions as pool
from saas.crm.pool import (
    batch_actions,
    ledger_queries,
    notice_actions,
    pool_actions,
    queries,
    trial_queries,
    undo_actions,
)
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import MAIN, Move, MoveKind, ReleaseReason, Way
from saas.crm.pool.rehearsal import History, gone_at, rehearse
from saas.crm.pool.rules import Promise, Rules
from saas.db import db, new_id
from saas.errors import BusinessError, Forbidden, NotFound
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Notice
from saas.tenants.permissions import Permission, Reach
from tests.connections import pool_of
from tests.factories import make_account, make_activity, make_agent, make_member, make_opportunity, make_tenant, sign_in
from tests.pages import whole, words


@pytest.fixture
def south(tenant):
    """A pool that only Ann may use, and lead."""
    ann = make_agent(name="Ann")
    made = pool_actions.open_pool("South", by=ann)
    pool_actions.change_pool(made, "South", members={ann.id: True}, teams=[], by=ann)
    made.ann = ann
    return made


def as_reader(monkeypatch, member, assigns=False) -> None:
    """Let `member` be the reader, who may perhaps give any customer to anybody."""
    rights = {Permission.ACCOUNT_ASSIGN.value: Reach.ALL.value} if assigns else {}
    monkeypatch.setattr(scope, "who", lambda: scope.Who(member.id, rights))


class TestPools:
    @pytest.mark.shows("PP2", "PP6")
    def test_only_its_members_claim_from_a_pool(self, south):
        acme = make_account()
        ownership.move_to_pool([acme.id], south.id)
        with pytest.raises(pool.Shut, match="for other members"):
            pool.claim(acme.id, by=make_agent())
        pool.claim(acme.id, by=south.ann)
        pool.release(acme, by=south.ann, reason=ReleaseReason.NO_TIME)
        assert acme.pool_id == south.id, "it goes back to where it came from"

    def test_each_has_rules_of_its_own(self, south):
        pool_rules.change_rules(Rules(days=5), by=south.ann, pool_id=south.id)
        acme, other = make_account(), make_account(south.ann)
        ownership.move_to_pool([acme.id], south.id)
        pool.claim(acme.id, by=south.ann)
        assert acme.reclaim_at == acme.owned_since + timedelta(days=5)
        assert other.reclaim_at == other.owned_since + timedelta(days=15)

    def test_one_with_customers_stays_and_one_without_closes(self, south):
        acme = make_account()
        ownership.move_to_pool([acme.id], south.id)
        with pytest.raises(BusinessError, match="1 customer lies in South"):
            pool_actions.close_pool(south, by=south.ann)
        pool_actions.transfer(south, None, by=south.ann)
        assert list(pool_actions.empty(south.id, None)) == [1]
        assert acme.pool_id is None
        pool_actions.close_pool(south, by=south.ann)
        db.session.flush()
        assert queries.pools() == []

    def test_what_was_to_go_into_one_that_closed_meanwhile_goes_to_the_main_one(self, south):
        north = pool_actions.open_pool("North", by=south.ann)
        acme = make_account()
        ownership.move_to_pool([acme.id], south.id)
        pool_actions.transfer(south, north, by=south.ann)
        pool_actions.close_pool(north, by=south.ann)
        assert list(pool_actions.empty(south.id, north.id)) == [1]
        assert acme.pool_id is None

    def test_an_admin_lays_customers_into_it(self, south, monkeypatch):
        free, taken = make_account(), make_account(make_agent())
        as_reader(monkeypatch, south.ann)
        with pytest.raises(Forbidden):  # she leads South, but not the main pool that they come from
            pool_actions.lay([free.id], south, by=south.ann)
        as_reader(monkeypatch, south.ann, assigns=True)
        assert pool_actions.lay([free.id, taken.id], south, by=south.ann) == 1
        assert (free.pool_id, taken.pool_id) == (south.id, None)
        assert pool_actions.lay([free.id], south, by=south.ann) == 0

    def test_two_are_not_called_alike(self, south):
        with pytest.raises(BusinessError, match="called so"):
            pool_actions.open_pool("South", by=south.ann)


class TestAssign:
    @pytest.mark.shows("PP2")
    def test_an_admin_sends_customers_to_members(self, south, monkeypatch):
        acme, bo = make_account(), make_agent(name="Bo")
        ownership.move_to_pool([acme.id], south.id)
        as_reader(monkeypatch, south.ann)
        with pytest.raises(pool.Shut, match="Bo"):
            pool.assign(acme.id, bo, by=south.ann)
        move = pool.assign(acme.id, south.ann, by=south.ann)
        assert move.kind is MoveKind.ASSIGNED
        assert acme.owner is south.ann
        assert acme.reclaim_at is not None

    def test_nobody_else_does(self, tenant, monkeypatch):
        bo = make_agent()
        as_reader(monkeypatch, bo)
        with pytest.raises(Forbidden):
            pool.assign(make_account().id, bo, by=bo)

    @pytest.mark.parametrize(("way", "wanted"), [(Way.TURNS, [2, 2]), (Way.LOAD, [1, 3])])
    def test_distributes_in_turns_or_by_load(self, tenant, monkeypatch, way, wanted):
        ann, bo = make_agent(name="Ann"), make_agent(name="Bo")
        for _ in range(2):
            make_account(ann)
        as_reader(monkeypatch, ann, assigns=True)
        found = batch_actions.distribute(
            [make_account().id for _ in range(4)], [ann, bo], way, by=ann, batch_id=new_id()
        )
        assert [sum(one.owner is who for one in found) for who in (ann, bo)] == wanted

    def test_distributes_by_history(self, tenant, monkeypatch):
        ann, bo = make_agent(name="Ann"), make_agent(name="Bo")
        mine = make_account(bo)
        pool.release(mine, by=bo, reason=ReleaseReason.NO_TIME)
        for _ in range(2):
            make_account(bo)
        as_reader(monkeypatch, ann, assigns=True)
        (found,) = batch_actions.distribute([mine.id], [ann, bo], Way.HISTORY, by=ann, batch_id=new_id())
        assert found.owner is bo

    def test_says_why_one_stayed(self, tenant, monkeypatch):
        ann = make_agent(name="Ann")
        pool_rules.change_rules(Rules(holdings=1), by=ann)
        as_reader(monkeypatch, ann, assigns=True)
        found = batch_actions.distribute(
            [make_account().id, make_account().id], [ann], Way.TURNS, by=ann, batch_id=new_id()
        )
        assert sorted(one.refusal for one in found) == ["", "Ann holds 1 of at most 1 customers."]


class TestUndo:
    @pytest.mark.shows("PP6")
    def test_takes_back_what_nobody_touched_since(self, tenant, monkeypatch):
        boss, ann = make_member("manager"), make_agent()
        as_reader(monkeypatch, boss, assigns=True)
        one, two, three = (make_account() for _ in range(3))
        before, batch = one.pooled_at, new_id()
        batch_actions.distribute([a.id for a in (one, two, three)], [ann], Way.TURNS, by=boss, batch_id=batch)
        make_activity(ann, account_id=two.id)
        ownership.touch(two, clock.now() + timedelta(seconds=1))
        pool.release(three, by=ann, reason=ReleaseReason.NO_TIME)
        assert undo_actions.undo(batch, by=boss) == (1, 2)
        assert (one.owner_id, one.pooled_at, one.standing.value) == (None, before, "pool")
        assert two.owner_id == ann.id
        pool.claim(one.id, by=ann)  # it was no loss of hers, so that she needn't rest
        with pytest.raises(BusinessError, match="undone already"):
            undo_actions.undo(batch, by=boss)

    def test_leaves_what_somebody_works_on_already(self, tenant, monkeypatch):
        boss, ann = make_member("manager"), make_agent()
        as_reader(monkeypatch, boss, assigns=True)
        idle, busy = make_account(), make_account()
        batch_id = new_id()
        batch_actions.distribute([idle.id, busy.id], [ann], Way.LOAD, by=boss, batch_id=batch_id)
        make_opportunity(busy, ann, by=ann)
        assert undo_actions.undo(batch_id, by=boss) == (1, 1)
        assert (idle.owner_id, busy.owner_id) == (None, ann.id)
        own = new_id()
        batch_actions.distribute([idle.id], [boss], Way.LOAD, by=boss, batch_id=own)
        assert undo_actions.undo(own, by=boss) == (1, 0), "giving it to himself was no work on it"

    def test_lays_back_what_was_moved(self, south, monkeypatch):
        as_reader(monkeypatch, south.ann, assigns=True)
        here, claimed = make_account(), make_account()
        batch = new_id()
        assert pool_actions.lay([here.id, claimed.id], south, by=south.ann, batch_id=batch) == 2
        pool.claim(claimed.id, by=south.ann)
        assert undo_actions.undo(batch, by=south.ann) == (1, 1)
        assert (here.pool_id, claimed.pool_id) == (None, south.id)

    def test_is_for_admins_and_for_thirty_days(self, tenant, monkeypatch):
        boss, ann = make_member("manager"), make_agent()
        as_reader(monkeypatch, boss, assigns=True)
        acme, batch = make_account(), new_id()
        batch_actions.distribute([acme.id], [ann], Way.TURNS, by=boss, batch_id=batch)
        as_reader(monkeypatch, ann)
        with pytest.raises(Forbidden):
            undo_actions.undo(batch, by=ann)
        monkeypatch.setattr(undo_actions, "UNDO_FOR", timedelta(seconds=-1))
        with pytest.raises(BusinessError, match="too long ago"):
            undo_actions.undo(batch, by=boss)
        assert undo_actions.forget_old() == 1
        with pytest.raises(NotFound):
            undo_actions.undo(batch, by=boss)


class TestDefects:
    """What goes wrong elsewhere, one test each."""

    def test_batch_claim_is_not_all_or_nothing(self, tenant):
        ann = make_agent()
        pool_rules.change_rules(Rules(daily=2), by=ann)
        taken = make_account(make_agent(name="Bo"))
        free = [make_account() for _ in range(3)]
        found = batch_actions.claim_many([taken.id, *(one.id for one in free)], by=ann)
        assert sum(one.owner is ann for one in found) == 2
        assert {one.account.id: one.refusal for one in found}[taken.id] == "Bo looks after it."
        assert sum("2 customers today" in one.refusal for one in found) == 1

    def test_a_newcomer_is_first_looked_at(self, tenant):
        ann, acme = make_agent(), make_account()
        pool_rules.change_rules(Rules(fresh=2), by=ann)
        with pytest.raises(pool.Shut, match="may be claimed from"):
            pool.claim(acme.id, by=ann)
        pool.claim(acme.id, by=ann, now=clock.now() + timedelta(days=2, seconds=1))

    def test_a_pool_may_want_a_promise(self, tenant):
        ann, acme = make_agent(), make_account()
        pool_rules.change_rules(Rules(must_promise=True), by=ann)
        with pytest.raises(BusinessError, match="what you do next"):
            pool.claim(acme.id, by=ann)
        with pytest.raises(BusinessError, match="day is past"):
            pool.claim(acme.id, by=ann, promise=Promise("Call", clock.now().date() - timedelta(days=1)))
        pool.claim(acme.id, by=ann, promise=Promise("Call", clock.now().date()))

    def test_a_refusal_names_the_next_time(self, tenant):
        ann = make_agent()
        pool_rules.change_rules(Rules(daily=1), by=ann)
        pool.claim(make_account().id, by=ann)
        with pytest.raises(pool.QuotaReached, match=r"more from .*\d"):
            pool.claim(make_account().id, by=ann)

    def test_a_sweep_done_twice_takes_once(self, tenant):
        acme = make_account(make_agent())
        later = clock.now() + timedelta(days=16)
        assert [pool.reclaim(acme.id, now=later) for _ in range(2)] == [True, False]
        assert db.session.query(Move).filter(Move.kind == MoveKind.RECLAIMED).count() == 1

    def test_the_people_of_a_customer_go_along_and_it_is_said(self, tenant):
        acme = make_account(make_agent())
        pool.reclaim(acme.id, now=clock.now() + timedelta(days=16))
        assert db.session.query(pool.events.Event).filter_by(name=pool.RECLAIMED, subject_id=acme.id).count() == 1


class TestCrowd:
    @pytest.mark.shows("PP3", "PP6")
    def test_of_fifty_claimers_on_twenty_customers_each_has_one_owner_and_caps_hold(self, app, context):
        tenant = make_tenant()
        with scope.enter(tenant.id):
            agents = [make_agent().id for _ in range(10)]
            pool_rules.change_rules(Rules(daily=3), by=tenants.member(agents[0]))
            accounts = [make_account().id for _ in range(20)]
            db.session.commit()
        gate, wrong = threading.Barrier(50), []

        def run(number: int) -> None:
            with app.app_context(), scope.enter(tenant.id):
                agent = tenants.member(agents[number % 10])
                db.session.commit()
                gate.wait()
                for step in range(20):
                    try:
                        pool.claim(accounts[(number * 7 + step) % 20], by=agent)
                        db.session.commit()
                    except BusinessError:
                        db.session.rollback()
                    except Exception as error:
                        wrong.append(error)
                        db.session.rollback()

        threads = [threading.Thread(target=run, args=(n,)) for n in range(50)]
        # All fifty are let in: how long one waits for a connection on a busy machine is not what is asked here.
        with pool_of(app, 25, wait=120, is_patient=True):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert not wrong
        with scope.enter(tenant.id):
            moves = db.session.query(Move).all()
            owners = {one.id: one.owner_id for one in db.session.query(Account)}
            assert len(moves) == len({one.account_id for one in moves}) == 20
            assert all(owners[one.account_id] == one.member_id for one in moves)
            assert max(sum(one.member_id == agent for one in moves) for agent in agents) <= 3


class TestLedger:
    @pytest.mark.shows("PP6")
    def test_tells_each_ones_part(self, tenant):
        ann, bo = make_agent(name="Ann"), make_agent(name="Bo")
        pool_rules.change_rules(Rules(daily=0), by=ann)
        day = clock.now().date() + timedelta(days=1)
        taken = [make_account(revenue=3) for _ in range(9)]
        for account in taken:
            pool.claim(account.id, by=ann, promise=Promise("Call", day))
        pool.claim(make_account().id, by=bo)
        purchases.note_purchases({taken[0].id: (ann, "Deal")}, by=ann)
        pool.reclaim(taken[1].id, now=clock.now() + timedelta(days=3))
        first, second = ledger_queries.shares(clock.now() - timedelta(days=1))
        assert (first.name, first.taken, first.value, first.won) == ("Ann", 9, 27, 1)
        assert (first.promised, first.missed, first.counts[MoveKind.RECLAIMED]) == (9, 1, 1)
        assert (second.name, second.taken) == ("Bo", 1)
        assert ledger_queries.concentration([first, second]) is first
        assert len(ledger_queries.steps(clock.now() - timedelta(days=1))) == 11

    def test_tells_of_a_promise_that_was_kept_in_time(self, tenant):
        ann = make_agent(name="Ann")
        now, day = clock.now(), clock.now().date() + timedelta(days=1)
        kept, late = (
            pool.claim(make_account().id, by=ann, promise=Promise("Call them", day)).account for _ in range(2)
        )
        ownership.touch(kept, now + timedelta(hours=1))
        ownership.touch(kept, now + timedelta(hours=2))  # nothing was promised any more
        ownership.touch(late, now + timedelta(days=3))
        (share,) = ledger_queries.shares(now - timedelta(days=1))
        assert (share.promised, share.counts[MoveKind.KEPT], share.taken, share.lost) == (2, 1, 2, 0)
        steps = [row.Move for row in ledger_queries.steps(now - timedelta(days=1))]
        assert [(one.account_id, one.step) for one in steps if one.kind is MoveKind.KEPT] == [(kept.id, "Call them")]

    def test_tells_of_one_that_was_given_away_on_its_own_page(self, tenant):
        ann, bo, boss = make_agent(name="Ann"), make_agent(name="Bo"), make_member("manager")
        acme = make_account()
        customers.assign(acme, ann, by=boss)
        customers.assign(acme, bo, by=boss)
        moves = db.session.query(Move).all()
        assert [(one.account_id, one.member_id, one.kind, one.from_id) for one in moves] == [
            (acme.id, ann.id, MoveKind.ASSIGNED, None),
            (acme.id, bo.id, MoveKind.HANDED_OVER, ann.id),
        ]
        shares = ledger_queries.shares(clock.now() - timedelta(days=1))
        assert [(share.name, share.taken) for share in shares] == [("Ann", 1), ("Bo", 0)]


class TestRehearsal:
    def test_tells_what_rules_would_have_moved(self):
        now, ann = clock.now(), new_id()
        start = now - timedelta(days=90)
        idle = History(new_id(), "Idle", ann, None, now - timedelta(days=60))
        tended = History(new_id(), "Tended", ann, None, now - timedelta(days=20))
        tended.contacts = [now - timedelta(days=12)]
        sold = History(new_id(), "Sold", ann, None, now - timedelta(days=60), won_at=now - timedelta(days=5))
        quick = History(new_id(), "Quick", ann, None, now - timedelta(days=60), won_at=now - timedelta(days=50))
        found = rehearse([idle, tended, sold, quick], Rules(), start, now, "UTC")
        assert found.total == 2
        assert found.won[ann] == 1
        assert found.lost_sales == ["Sold"]

    def test_a_deal_stops_its_clock(self):
        now = clock.now()
        one = History(new_id(), "One", new_id(), None, now - timedelta(days=60))
        rules = Rules(days=0, won_days=0, deal_days=10)
        assert gone_at(one, rules, one.since, "UTC") == one.since + timedelta(days=10)
        one.deals = [(one.since + timedelta(days=5), 1)]
        assert gone_at(one, rules, one.since, "UTC") is None
        one.deals.append((one.since + timedelta(days=20), -1))
        assert gone_at(one, rules, one.since, "UTC") == one.since + timedelta(days=30)
        one.deals, one.had_deal = [(one.since + timedelta(days=20), -1)], True
        assert gone_at(one, rules, one.since, "UTC") == one.since + timedelta(days=30)

    def test_holds_nothing_against_anybody_that_was_before(self):
        start = clock.now() - timedelta(days=90)
        one = History(new_id(), "One", new_id(), None, start - timedelta(days=300))
        assert gone_at(one, Rules(won_days=0), start, "UTC") == start + timedelta(days=15)

    def test_is_made_of_what_happened(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        acme.owned_since = clock.now() - timedelta(days=30)
        make_activity(ann, account_id=acme.id, done_at=clock.now(), starts_at=clock.now() - timedelta(days=1))
        make_account()
        db.session.flush()
        assert trial_queries.count_held(None) == 1
        (found,) = trial_queries.histories(trial_queries.held(None, 9), clock.now() - timedelta(days=90))
        assert found.account_id == acme.id
        assert len(found.contacts) == 1


class TestWarn:
    @pytest.mark.shows("PP7")
    def test_on_the_last_day_the_manager_is_told_too(self, tenant):
        boss = make_member("manager")
        ann = make_agent(manager_id=boss.id)
        make_account(ann, name="Acme")
        for ahead in (8, 12, 14, 14):
            notice_actions.warn_owners(now=clock.now() + timedelta(days=ahead))
        kinds = [one.kind for one in db.session.query(Notice).filter(Notice.member_id == boss.id)]
        assert kinds == ["pool.returning_of"]
        assert db.session.query(Notice).filter(Notice.member_id == ann.id).count() == 3


class TestPages:
    def test_lets_nobody_but_admins_hand_out(self, context, client, post):
        tenant = make_tenant()
        sign_in(client, tenant, "agent")
        with scope.enter(tenant.id):
            free = str(make_account(name="Free").id)
            db.session.commit()
        for deed in ("assign", "lay"):
            assert post(f"/{tenant.slug}/pool/{deed}", data={"id": free}).status_code == 403

    def test_claims_a_batch_hands_out_and_shows_the_ledger(self, context, client, post):
        tenant = make_tenant()
        boss = sign_in(client, tenant, "manager")
        with scope.enter(tenant.id):
            ids = [str(make_account(name=f"Free {n}").id) for n in range(4)]
            agent, reader = make_agent(name="Lena"), make_member("readonly", name="Rita").id
            make_account(boss, name="Soon").reclaim_at = clock.now() + timedelta(days=2)
            db.session.commit()
        assert 'form="pool-batch"' in client.get(f"/{tenant.slug}/pool/").text
        assert boss.name in post(f"/{tenant.slug}/pool/claim", data={"id": ids[:2]}).text
        asked = post(f"/{tenant.slug}/pool/assign", data={"id": ids[2:]}).text
        assert "Assign 2 customers" in asked
        assert ("Lena" in asked, "Rita" in asked) == (True, False)
        refused = post(f"/{tenant.slug}/pool/assign", data={"id": ids[2:], "members": [str(reader)], "way": "load"})
        assert "Who got what" not in refused.text
        given = post(f"/{tenant.slug}/pool/assign", data={"id": ids[2:], "members": [str(agent.id)], "way": "load"})
        assert given.text.count("Lena") >= 2
        with scope.enter(tenant.id):
            north = pool_actions.open_pool("North", by=tenants.member(boss.id)).id
            free = str(make_account(name="Free too").id)
            db.session.commit()
        assert "Move to another pool" in client.get(f"/{tenant.slug}/pool/").text
        assert "Move 1 customer" in post(f"/{tenant.slug}/pool/lay", data={"id": free}).text
        assert post(f"/{tenant.slug}/pool/lay", data={"id": free, "into": str(north)}).status_code == 302
        assert "Free too" in client.get(f"/{tenant.slug}/pool/?pool={north}").text
        assert "Free too" not in client.get(f"/{tenant.slug}/pool/?pool={MAIN}").text
        ledger = client.get(f"/{tenant.slug}/pool/ledger").text
        assert "Lena" in ledger
        assert "Assigned from the pool" in ledger
        today = whole(client, f"/{tenant.slug}/")
        assert "Soon" in today
        assert "None" not in words(today)

    def test_a_promise_is_made_on_the_page_and_the_card_tells_of_it(self, context, client, post):
        tenant = make_tenant()
        sign_in(client, tenant, "agent")
        with scope.enter(tenant.id):
            acme = make_account(name="Nordlicht").id
            db.session.commit()
        path = f"/{tenant.slug}/pool/{acme}/claim"
        assert "What do you do next?" in client.get(path).text
        assert "neither" in post(path, data={"step": "", "step_by": "2030-01-01"}).text
        day = (clock.now().date() + timedelta(days=2)).isoformat()
        assert post(path, data={"step": "Send samples", "step_by": day}).status_code == 302
        card = client.get(f"/{tenant.slug}/parts/account/{acme}/stays")
        assert "Send samples" in (card.text + client.get(f"/{tenant.slug}/customers/{acme}").text)
        assert post(f"/{tenant.slug}/pool/{acme}/lock").status_code == 302
