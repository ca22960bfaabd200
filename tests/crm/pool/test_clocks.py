"""When a customer returns: which clock ends first, what keeps it, and that every way in leaves the date true."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from saas import clock
from saas.crm.contracts import state_actions as states
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership
from saas.crm.customers import purchase_actions as purchases
from saas.crm.customers.clocks import FOREVER, Clocks, end_of, return_of
from saas.crm.customers.models import Account, ReclaimReason, ShieldKind, Standing
from saas.crm.merges import actions as merges
from saas.crm.opportunities import actions as deals
from saas.crm.pool import actions as pool
from saas.crm.pool import lock_actions as locks
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool import sweep_actions, sweep_undo_actions
from saas.crm.pool.models import ReleaseReason, Sweep
from saas.crm.pool.rehearsal import History, rehearse
from saas.crm.pool.rules import Promise, Rules
from saas.crm.service_desk import actions as cases
from saas.crm.service_desk.models import CaseKind, CaseState
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events, scope
from tests.factories import make_account, make_agent, make_case, make_contract, make_opportunity

FRIDAY = datetime(2026, 11, 27, 10, tzinfo=UTC)


def is_true(account, pool_id=None) -> bool:
    """The date that is kept is the one worked out afresh."""
    db.session.flush()
    db.session.refresh(account)
    fresh = return_of(account, ownership.clocks(account.pool_id), "UTC")
    return (account.reclaim_at, account.reclaim_reason) == fresh


def set_rules(by, **given) -> None:
    pool_rules.change_rules(Rules(**given), by=by)
    for _chunk in pool_rules.renew_dates():
        db.session.flush()
    db.session.expire_all()


class TestLater:
    @pytest.mark.parametrize(
        ("clocks", "days", "wanted"),
        [
            (Clocks(), 3, datetime(2026, 11, 30, 10, tzinfo=UTC)),
            (Clocks(is_working=True), 3, datetime(2026, 12, 2, 10, tzinfo=UTC)),
            (Clocks(is_working=True, holidays=("2026-11-30",)), 3, datetime(2026, 12, 3, 10, tzinfo=UTC)),
            (Clocks(is_working=True, weekend=(4, 5)), 1, datetime(2026, 11, 29, 10, tzinfo=UTC)),
            (Clocks(is_working=True, weekend=tuple(range(7))), 1, datetime(2026, 11, 28, 10, tzinfo=UTC)),
        ],
    )
    def test_counts_the_days_that_count(self, clocks, days, wanted):
        assert clocks.later(FRIDAY, days, "UTC") == wanted

    def test_keeps_the_time_on_the_wall(self):
        found = Clocks(is_working=True).later(datetime(2026, 10, 23, 8, tzinfo=UTC), 1, "Europe/Berlin")
        assert found == datetime(2026, 10, 26, 9, tzinfo=UTC), "ten on the wall, summer or winter"

    def test_a_day_ends_at_midnight_on_the_wall(self):
        assert end_of(date(2026, 12, 1), "Asia/Shanghai") == datetime(2026, 12, 1, 16, tzinfo=UTC)


class TestReturnOf:
    @pytest.mark.shows("PP4")
    def test_the_earliest_clock_wins_and_is_named(self, tenant):
        ann = make_agent()
        set_rules(ann, days=15, deal_days=10, won_days=90)
        acme = make_account(ann)
        assert acme.reclaim_reason is ReclaimReason.NO_DEAL
        assert acme.reclaim_at == acme.owned_since + timedelta(days=10)
        make_opportunity(acme, ann)
        db.session.refresh(acme)
        assert acme.reclaim_reason is ReclaimReason.NO_CONTACT
        ownership.touch(acme, acme.owned_since + timedelta(days=80))
        assert acme.reclaim_reason is ReclaimReason.NOT_WON
        assert acme.reclaim_at == acme.owned_since + timedelta(days=90)

    def test_a_level_may_have_a_limit_of_its_own(self, tenant):
        ann = make_agent()
        set_rules(ann, days=15, levels={"A": 30, "C": 0}, won_days=0)
        acme = make_account(ann, level="A")
        assert acme.reclaim_at == acme.owned_since + timedelta(days=30)
        customers.change_account(acme, {"level": "B"}, version=None, by=ann)
        assert acme.reclaim_at == acme.owned_since + timedelta(days=15)
        customers.change_account(acme, {"level": "C"}, version=None, by=ann)
        assert acme.reclaim_at is None

    def test_a_deal_that_was_lost_starts_its_clock_again(self, tenant):
        ann = make_agent()
        set_rules(ann, days=0, deal_days=10, won_days=0)
        acme = make_account(ann)
        deal = make_opportunity(acme, ann)
        db.session.refresh(acme)
        assert acme.reclaim_at is None
        deals.lose(deal, by=ann, reason="Price")
        db.session.refresh(acme)
        assert acme.reclaim_at == acme.deal_ended_at + timedelta(days=10)
        deals.reopen(deal, reason="They called again", by=ann)
        db.session.refresh(acme)
        assert acme.reclaim_at is None
        deals.archive_opportunity(deal, by=ann)
        assert is_true(acme)
        assert acme.reclaim_reason is ReclaimReason.NO_DEAL

    def test_a_promise_that_is_missed_comes_first(self, tenant):
        ann, acme = make_agent(), make_account()
        day = clock.now().date() + timedelta(days=2)
        move = pool.claim(acme.id, by=ann, promise=Promise("Send the samples", day))
        assert (move.step, move.step_by) == ("Send the samples", day)
        assert acme.reclaim_reason is ReclaimReason.MISSED_INTENT
        assert acme.reclaim_at == end_of(day, "UTC")
        assert pool.reclaim(acme.id, now=end_of(day, "UTC"))
        assert acme.owner is None
        assert acme.intent_due_at is None

    def test_a_promise_is_kept_by_speaking_to_them(self, tenant):
        ann, acme = make_agent(), make_account()
        pool.claim(acme.id, by=ann, promise=Promise("Call", clock.now().date() + timedelta(days=2)))
        ownership.touch(acme, clock.now() + timedelta(hours=1))
        assert acme.intent_due_at is None
        assert acme.reclaim_reason is ReclaimReason.NO_CONTACT


class TestShield:
    def test_an_open_complaint_keeps_a_customer_and_a_settled_one_does_not(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        complaint = make_case(acme, kind=CaseKind.COMPLAINT)
        db.session.refresh(acme)
        assert acme.reclaim_at is None
        assert not pool.reclaim(acme.id, now=clock.now() + timedelta(days=400))
        cases.set_state(complaint, CaseState.SOLVED, by=ann)
        assert is_true(acme)
        assert acme.reclaim_at is not None
        cases.set_state(complaint, CaseState.OPEN, by=ann)
        db.session.refresh(acme)
        assert acme.kept_until == FOREVER

    def test_a_question_keeps_nobody(self, tenant):
        acme = make_account(make_agent())
        make_case(acme, kind=CaseKind.QUESTION)
        db.session.refresh(acme)
        assert acme.reclaim_at is not None

    def test_of_several_each_is_lifted_by_itself(self, tenant):
        acme = make_account(make_agent())
        order, contract, until = new_id(), new_id(), clock.now() + timedelta(days=200)
        ownership.shield(acme.id, ShieldKind.ORDER, order)
        ownership.shield(acme.id, ShieldKind.CONTRACT, contract, until=until)
        db.session.refresh(acme)
        assert acme.reclaim_at is None
        ownership.unshield([acme.id], ShieldKind.ORDER, [order])
        db.session.refresh(acme)
        assert acme.reclaim_at == acme.kept_until == until

    def test_a_lock_holds_for_a_while_and_only_a_few_at_a_time(self, tenant):
        ann = make_agent()
        set_rules(ann, locks=1, lock_days=40)
        first, second = make_account(ann), make_account(ann)
        locks.lock(first, by=ann)
        db.session.refresh(first)
        assert not pool.reclaim(first.id, now=clock.now() + timedelta(days=39))
        with pytest.raises(pool.QuotaReached, match="1 customers"):
            locks.lock(second, by=ann)
        locks.unlock(first, by=ann)
        locks.lock(second, by=ann)
        assert is_true(first)
        with pytest.raises(Exception, match="Only whoever tracks"):
            locks.lock(first, by=make_agent())

    def test_one_lock_does_not_follow_another_without_end(self, tenant, monkeypatch):
        ann = make_agent()
        set_rules(ann, lock_days=40, lock_rest=20)
        acme, start = make_account(ann), clock.now()
        locks.lock(acme, by=ann)
        for day, may in ((10, False), (41, False), (61, True)):
            monkeypatch.setattr(clock, "now", lambda day=day: start + timedelta(days=day))
            if may:
                locks.lock(acme, by=ann)
                continue
            with pytest.raises(Refused, match="You may lock it again from"):
                locks.lock(acme, by=ann)
        locks.unlock(acme, by=ann)
        with pytest.raises(Refused, match="You may lock it again from"):
            locks.lock(acme, by=ann)
        monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=82))
        locks.lock(acme, by=ann)

    def test_a_lock_goes_with_whoever_set_it(self, tenant):
        ann, bo = make_agent(), make_agent()
        acme = make_account(ann)
        locks.lock(acme, by=ann)
        customers.assign(acme, bo, by=ann)
        assert acme.kept_until is None
        assert is_true(acme)


class TestEveryWayIn:
    """The dates left empty by bulk ways in."""

    def test_leaves_the_date_true(self, tenant):
        ann, bo = make_agent(), make_agent()
        form = make_account(ann)
        (many,) = customers.create_accounts([{"name": "Many", "owner": ann}], by=ann)
        claimed = make_account()
        pool.claim(claimed.id, by=ann)
        given = make_account()
        purchases.note_purchases({given.id: (ann, "Deal")}, by=ann)
        ownership.set_not_bought([given])
        for account in (form, many, claimed, given):
            assert is_true(account)
            assert account.reclaim_at is not None
        customers.hand_over(ann.id, bo, ann, new_id())
        for account in (form, many, claimed, given):
            assert is_true(account)
            assert account.owned_since is not None
        pool.release(form, by=bo, reason=ReleaseReason.NO_TIME)
        assert is_true(form)
        assert form.reclaim_at is None

    def test_what_has_bought_leaves_the_cycle(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        purchases.note_purchases({acme.id: (ann, "Deal")}, by=ann)
        db.session.refresh(acme)
        assert acme.standing is Standing.CUSTOMER
        assert is_true(acme)
        assert acme.reclaim_at is None

    def test_new_rules_hold_from_their_day_on(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        start = clock.now().date() + timedelta(days=1)
        pool_rules.change_rules(Rules(days=5, grace=0), by=ann, start=start)
        assert pool_rules.begin_next() == 0
        assert acme.reclaim_at == acme.owned_since + timedelta(days=15)
        assert pool_rules.begin_next(now=clock.now() + timedelta(days=1)) == 1
        assert sum(pool_rules.renew_dates()) == 1
        assert sum(pool_rules.renew_dates()) == 0, "may run twice"
        assert acme.reclaim_at == acme.owned_since + timedelta(days=5)
        assert pool_rules.next_rules() is None

    def test_asks_a_job_for_the_dates(self, tenant):
        asked = db.session.query(events.Delivery).filter(events.Delivery.handler == pool_rules.JOB)
        pool_rules.change_rules(Rules(days=5), by=make_agent())
        db.session.flush()
        assert asked.count() == 1


class TestContractEnd:
    @pytest.fixture
    def ann(self, tenant):
        ann = make_agent()
        set_rules(ann, days=0, won_days=0, contract_days=30)
        return ann

    def signed(self, ann, acme, days, **given):
        last = None if days is None else scope.today() + timedelta(days=days)
        made = make_contract(ann, acme, ends_on=last, **given)
        return states.sign_contract(made, on=scope.today(), name=None, by=ann)

    @pytest.mark.shows("PP4", "PR3")
    def test_keeps_who_has_one_and_returns_him_so_many_days_after_its_end(self, ann):
        acme = make_account(ann)
        assert acme.reclaim_at is None
        first = self.signed(ann, acme, 10)
        db.session.refresh(acme)
        over = end_of(first.ends_on, "UTC")
        assert (acme.standing, acme.kept_until, acme.contract_until) == (Standing.CUSTOMER, over, over)
        assert (acme.reclaim_at, acme.reclaim_reason) == (over + timedelta(days=30), ReclaimReason.CONTRACT_OVER)
        assert not pool.reclaim(acme.id, now=over + timedelta(days=29))
        assert pool.reclaim(acme.id, now=over + timedelta(days=30))
        assert (acme.owner, acme.standing) == (None, Standing.POOL)

    def test_a_longer_one_a_renewal_or_one_without_an_end_moves_the_day(self, ann):
        acme = make_account(ann)
        first, longer = self.signed(ann, acme, 10), self.signed(ann, acme, 50)
        db.session.refresh(acme)
        assert acme.contract_until == end_of(longer.ends_on, "UTC")
        begin = first.ends_on + timedelta(days=1)
        period = {"starts_on": begin, "ends_on": begin + timedelta(days=99), "percent": Decimal(0)}
        renewal = states.renew_contract(first, **period, signed_on=scope.today(), by=ann)
        db.session.refresh(acme)
        assert acme.contract_until == end_of(renewal.ends_on, "UTC")
        open_one = self.signed(ann, acme, None)
        db.session.refresh(acme)
        assert (acme.kept_until, acme.reclaim_at) == (FOREVER, None)
        states.end_contract(open_one, on=scope.today(), reason="Moved", by=ann)
        assert is_true(acme)
        assert acme.reclaim_at == end_of(renewal.ends_on, "UTC") + timedelta(days=30)

    def test_one_that_was_called_off_before_it_began_leaves_nothing_behind(self, ann):
        acme = make_account(ann)
        contract = self.signed(ann, acme, 60, starts_on=scope.today() + timedelta(days=30))
        states.end_contract(contract, on=scope.today(), reason="Moved", by=ann)
        db.session.refresh(acme)
        assert (acme.contract_until, acme.kept_until, acme.reclaim_at) == (None, None, None)

    def test_whoever_gets_him_later_has_all_the_days(self, ann):
        acme, bo = make_account(ann), make_agent()
        over = end_of(self.signed(ann, acme, 0).ends_on, "UTC")
        clock.shift(timedelta(days=20).total_seconds())
        db.session.refresh(acme)
        customers.assign(acme, bo, by=ann)
        assert acme.owned_since > over
        assert acme.reclaim_at == acme.owned_since + timedelta(days=30)
        assert is_true(acme)

    def test_an_undo_of_the_sweep_gives_back_one_that_has_bought(self, ann):
        acme = make_account(ann)
        over = end_of(self.signed(ann, acme, 0).ends_on, "UTC")
        clock.shift(timedelta(days=40).total_seconds())
        assert sum(sweep_actions.sweep("job", now=over + timedelta(days=30))) == 1
        db.session.refresh(acme)
        assert acme.standing is Standing.POOL
        sweep_undo_actions.undo(db.session.query(Sweep).one(), "Wrong", by=ann)
        next(sweep_undo_actions.proceed(db.session.query(Sweep).one().id))
        acme = db.session.get_one(Account, (acme.tenant_id, acme.id))
        assert (acme.owner_id, acme.standing) == (ann.id, Standing.CUSTOMER)
        assert acme.reclaim_at == acme.owned_since + timedelta(days=30)

    def test_a_merge_takes_the_later_end_and_an_undo_gives_it_back(self, ann):
        kept, gone = make_account(ann), make_account(ann)
        self.signed(ann, kept, 5)
        theirs = self.signed(ann, gone, 50)
        last = end_of(theirs.ends_on, "UTC")
        for one in (kept, gone):
            db.session.refresh(one)
        own = kept.contract_until
        merge = merges.merge("account", kept.id, gone.id, {}, owner=ann, by=ann)
        assert (kept.contract_until, is_true(kept)) == (last, True)
        states.end_contract(theirs, on=scope.today(), reason="Moved", by=ann)
        merges.part(merge, by=ann)
        kept, gone = (db.session.get_one(Account, (one.tenant_id, one.id)) for one in (kept, gone))
        assert (kept.contract_until, is_true(kept), is_true(gone)) == (own, True, True)
        assert gone.contract_until == end_of(scope.today(), "UTC"), "it ended while they were one"

    def test_a_rehearsal_counts_it(self, ann):
        now, who = clock.now(), ann.id
        start, long_ago = now - timedelta(days=90), now - timedelta(days=200)
        rules = Rules(days=15, won_days=0, contract_days=30)
        ended = {"won_at": start, "contract_until": now - timedelta(days=40)}
        over = History(new_id(), "Over", who, None, long_ago, **ended)
        runs = History(new_id(), "Runs", who, None, long_ago, **ended | {"contract_until": now + timedelta(days=1)})
        found = rehearse([over, runs], rules, start, now, "UTC")
        assert (found.total, found.won.total()) == (1, 0), "it had bought: no sale is lost"
        assert rehearse([over, runs], replace(rules, contract_days=0), start, now, "UTC").total == 0
