"""The rules of the pool, whatever is done in whatever order."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from saas import clock
from saas.crm.contracts import state_actions as states
from saas.crm.customers import ownership
from saas.crm.customers import purchase_actions as purchases
from saas.crm.customers.clocks import FOREVER, end_of, return_of
from saas.crm.customers.models import Account, AccountShield, ShieldKind, Standing
from saas.crm.pool import actions as pool
from saas.crm.pool import lock_actions as locks
from saas.crm.pool import queries, sweep_undo_actions
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import Move, MoveKind, ReleaseReason, Sweep
from saas.crm.pool.rules import Promise, Rules
from saas.db import db, new_id
from saas.errors import BusinessError
from saas.tenants import scope
from tests.factories import make_account, make_agent, make_contract, make_tenant

RULES = Rules(daily=6, holdings=3, locks=1, rest=2, days=5, won_days=20, deal_days=9, contract_days=3)
A_DAY = timedelta(days=1)
WHO, WHICH = st.integers(0, 2), st.integers(0, 5)


class Pools(RuleBasedStateMachine):
    """Three agents and six customers in a workspace of their own."""

    @initialize()
    def begin(self) -> None:
        self.tenant = make_tenant()
        self.room = scope.enter(self.tenant.id)
        self.room.__enter__()
        self.agents = [make_agent() for _ in range(3)]
        self.accounts = [make_account() for _ in range(6)]
        pool_rules.change_rules(RULES, by=self.agents[0])
        self.now, self.orders, self.swept, self.contracts = clock.now(), {}, None, []
        db.session.flush()

    def try_to(self, verb) -> None:
        try:
            with db.session.begin_nested():
                verb()
        except BusinessError:
            pass

    @rule(who=WHO, which=WHICH, promises=st.booleans())
    def claim(self, who, which, promises) -> None:
        promise = Promise("Call", (self.now + timedelta(days=1)).date()) if promises else None
        self.try_to(lambda: pool.claim(self.accounts[which].id, by=self.agents[who], promise=promise, now=self.now))

    @rule(which=WHICH)
    def release(self, which) -> None:
        self.try_to(lambda: pool.release(self.accounts[which], by=self.agents[0], reason=ReleaseReason.NO_TIME))

    @rule(which=WHICH)
    def touch(self, which) -> None:
        ownership.touch(self.accounts[which], self.now)

    @rule(which=WHICH, is_open=st.booleans())
    def deal(self, which, is_open) -> None:
        ownership.set_deals({self.accounts[which].id: is_open})

    @rule(which=WHICH)
    def order(self, which) -> None:
        ref = self.orders.setdefault(which, new_id())
        ownership.shield(self.accounts[which].id, ShieldKind.ORDER, ref)

    @rule(which=WHICH)
    def deliver(self, which) -> None:
        if which in self.orders:
            ownership.unshield([self.accounts[which].id], ShieldKind.ORDER, [self.orders.pop(which)])

    @rule(who=WHO, which=WHICH, begins=st.integers(0, 4), lasts=st.none() | st.integers(0, 12))
    def sign(self, who, which, begins, lasts) -> None:
        """For some days, or without an end."""
        first = scope.today() + timedelta(days=begins)
        period = {"starts_on": first, "ends_on": None if lasts is None else first + timedelta(days=lasts)}
        made = make_contract(self.agents[who], self.accounts[which], **period)
        self.contracts.append(states.sign_contract(made, on=scope.today(), name=None, by=self.agents[who]))

    @rule(which=WHICH, days=st.integers(0, 9))
    def end(self, which, days) -> None:
        """Any of them, before its last day or even before its first."""
        for one in self.contracts[which : which + 1]:
            last = scope.today() + timedelta(days=days)
            self.try_to(partial(states.end_contract, one, on=last, reason="Moved", by=self.agents[0]))

    @rule(which=WHICH, days=st.integers(0, 9))
    def renew(self, which, days) -> None:
        for one in [one for one in self.contracts[which : which + 1] if one.ends_on is not None]:
            first = max(one.ends_on, scope.today()) + timedelta(days=1)
            period = {"starts_on": first, "ends_on": first + timedelta(days=days), "percent": Decimal(0)}
            self.try_to(partial(self.go_on, one, **period, signed_on=scope.today(), by=self.agents[0]))

    def go_on(self, one, **said) -> None:
        self.contracts.append(states.renew_contract(one, **said))

    @rule()
    def pass_a_night(self) -> None:
        """What the calendar makes of contracts, as each night."""
        states.turn_contracts()

    @rule(who=WHO, which=WHICH)
    def lock(self, who, which) -> None:
        self.try_to(lambda: locks.lock(self.accounts[which], by=self.agents[who]))

    @rule(who=WHO, which=WHICH)
    def buy(self, who, which) -> None:
        purchases.note_purchases({self.accounts[which].id: (self.agents[who], "Deal")}, by=self.agents[who])

    @rule(days=st.integers(1, 8))
    def sweep(self, days) -> None:
        clock.shift((clock.offset() + timedelta(days=days)).total_seconds())
        self.now, self.swept = clock.now(), new_id()
        for account in self.accounts:
            db.session.refresh(account)
            is_exempt = (account.kept_until or self.now) > self.now or self.runs(account)
            if account.standing is Standing.CUSTOMER:
                last = self.last_end(account)
                is_exempt |= last is None or last + timedelta(days=RULES.contract_days) > self.now
            taken = pool.reclaim(account.id, now=self.now, sweep_id=self.swept)
            assert not (taken and is_exempt)
            assert not pool.reclaim(account.id, now=self.now), "twice takes once"

    @rule()
    def give_back(self) -> None:
        """What the last sweep took: without a worker, so that one chunk is done and then the end of it."""
        found = db.session.query(Sweep).filter(Sweep.id == self.swept, Sweep.undoing.is_(None)).one_or_none()
        if found is not None:
            sweep_undo_actions.undo(found, "Wrong", by=self.agents[0])
            for _step in range(2):
                next(sweep_undo_actions.proceed(found.id))

    @invariant()
    def every_date_is_true(self) -> None:
        if not hasattr(self, "accounts"):
            return
        db.session.flush()
        for account in self.accounts:
            db.session.refresh(account)
            fresh = return_of(account, ownership.clocks(None), "UTC")
            assert (account.reclaim_at, account.reclaim_reason) == fresh
            assert (account.owner_id is None) == (account.standing is Standing.POOL or account.owned_since is None)
            assert account.kept_until != FOREVER or account.reclaim_at is None
            assert account.contract_until == self.last_end(account)
            assert not (self.runs(account) and account.reclaim_at and account.reclaim_at <= clock.now())

    @invariant()
    def running_contracts_keep_their_customers_and_no_others_do(self) -> None:
        if hasattr(self, "contracts"):
            kept = db.session.query(AccountShield.ref).filter(AccountShield.kind == ShieldKind.CONTRACT)
            assert {ref for (ref,) in kept} == {one.id for one in self.contracts if one.is_running}

    def last_end(self, account: Account) -> datetime | None:
        """When the last of its contracts is over that didn't end before it began; those without an end aside."""
        mine = [one for one in self.contracts if one.account_id == account.id and one.ends_on is not None]
        return max((end_of(one.ends_on, "UTC") for one in mine if one.ends_on >= one.starts_on), default=None)

    def runs(self, account: Account) -> bool:
        """By the calendar: one of its contracts was signed and isn't over."""
        mine, day = [one for one in self.contracts if one.account_id == account.id], scope.today()
        return any(one.ends_on is None or one.ends_on >= day + (one.end_reason is not None) * A_DAY for one in mine)

    @invariant()
    def caps_hold_and_the_ledger_agrees(self) -> None:
        if not hasattr(self, "agents"):
            return
        for agent in self.agents:
            claims = db.session.query(Move).filter(Move.member_id == agent.id, Move.kind == MoveKind.CLAIMED)
            assert queries.count_locks(agent, clock.now()) <= RULES.locks
            days = [one.created_at.date() for one in claims]
            assert all(days.count(day) <= RULES.daily for day in days)
        for account in self.accounts:
            steps = db.session.query(Move).filter(Move.account_id == account.id).order_by(Move.id).all()
            for one, following in itertools.pairwise(steps):
                assert not (one.kind is following.kind is MoveKind.CLAIMED), "two owners at once"

    @invariant()
    def nobody_claims_beyond_what_he_may_hold(self) -> None:
        if not hasattr(self, "agents"):
            return
        held = db.session.query(Account).filter(Account.standing == Standing.TRACKED)
        for agent in self.agents:
            assert held.filter(Account.owner_id == agent.id).count() <= RULES.holdings

    def teardown(self) -> None:
        if hasattr(self, "room"):
            clock.shift(0)
            db.session.rollback()
            self.room.__exit__(None, None, None)


@pytest.mark.usefixtures("context")
def test_holds_whatever_is_done_in_whatever_order():
    limits = settings(
        max_examples=12,
        stateful_step_count=14,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Pools, settings=limits)
