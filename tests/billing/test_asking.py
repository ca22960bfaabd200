"""What is asked of Stripe happens once, whatever becomes of the line and of us."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from sqlalchemy import create_engine, delete, text

from saas import clock
from saas.billing import gateway, queries
from saas.billing.actions import asking, buying, following, reconciling
from saas.billing.models import IntentKind, StripeIntent
from saas.db import current_tenant, db
from saas.tenants.models import Delivery
from tests.billing.conftest import RETURN_URL, later, limits, work
from tests.stripe_double import DAY, FAULTS, Call, Stripe


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", 0.4)
    monkeypatch.setattr(gateway, "SHORTEST", 0.4)


@pytest.fixture
def order(subscribed, owner):
    """An offer of more seats, not yet confirmed."""
    subscribed(3)

    def make(seats: int = 5) -> StripeIntent:
        made = buying.offer_seats(seats, by=owner)
        db.session.commit()
        return made

    return make


def posts(stripe: Stripe, path: str) -> list[Call]:
    return [call for call in stripe.calls if call.method == "POST" and call.path.startswith(path)]


def confirm(intent: StripeIntent, owner) -> None:
    try:
        buying.confirm(intent.id, by=owner)
    except (buying.Ordered, Killed):
        db.session.rollback()


class TestAsk:
    @pytest.mark.parametrize("fault", FAULTS)
    def test_is_done_once_after(self, stripe, order, owner, fault):
        stripe.hang_for = 1.0
        intent = order()
        stripe.faults.append(fault)
        confirm(intent, owner)
        for tries in range(1, 4):
            asking.settle(intent.id, tries)
            db.session.commit()
        assert queries.intent(intent.id).done_at
        assert [change[1:] for change in stripe.changes] == [(3, 5)]
        assert limits() == ("active", 5)

    @pytest.mark.parametrize("fault", ["drop", "cut", "hang", "503", "409", "429", "500 after"])
    def test_uses_the_same_key_again(self, stripe, order, owner, fault):
        stripe.hang_for = 1.0
        intent = order()
        stripe.faults.append(fault)
        confirm(intent, owner)
        asking.settle(intent.id, 1)
        assert {call.key for call in posts(stripe, "/v1/subscriptions")} == {intent.key}

    def test_takes_another_key_only_when_nothing_was_done(self, stripe, order, owner):
        intent = order()
        stripe.faults.append("500")  # kept by Stripe: the same key would give the same failure for a day
        confirm(intent, owner)
        asking.settle(intent.id, 1)
        db.session.commit()
        asking.settle(intent.id, 2)
        calls = posts(stripe, "/v1/subscriptions")
        assert [call.did for call in calls] == [False, False, True]
        assert calls[0].key == calls[1].key != calls[2].key

    def test_looks_first_when_stripe_may_have_forgotten_the_key(self, stripe, order, owner):
        intent = order()
        stripe.faults.append("cut")
        confirm(intent, owner)
        later(25 * 3600)
        asking.settle(intent.id, 9)
        assert queries.intent(intent.id).done_at
        assert len(posts(stripe, "/v1/subscriptions")) == 1

    def test_asks_again_after_a_day_when_nothing_was_done(self, stripe, order, owner):
        intent = order()
        first = intent.key
        stripe.faults.append("drop")
        confirm(intent, owner)
        later(25 * 3600)
        asking.settle(intent.id, 9)
        assert queries.intent(intent.id).key != first
        assert [change[1:] for change in stripe.changes] == [(3, 5)]

    @pytest.mark.parametrize("where", ["before the call", "after the call", "before it is noted"])
    def test_survives_a_kill(self, stripe, order, owner, monkeypatch, where):
        intent = order()
        with monkeypatch.context() as killed:
            if where == "before it is noted":
                killed.setattr(following, "stand", die)
            else:
                real = gateway.carry_out
                killed.setattr(gateway, "carry_out", die if where == "before the call" else lambda i: (real(i), die()))
            with pytest.raises(Killed):
                buying.confirm(intent.id, by=owner)
            db.session.rollback()
        asking.settle(intent.id, 1)
        assert queries.intent(intent.id).done_at
        assert [change[1:] for change in stripe.changes] == [(3, 5)]

    def test_is_taken_up_by_a_worker(self, stripe, order, owner):
        intent = order()
        stripe.faults.extend(["drop", "drop", "cut"])
        confirm(intent, owner)
        for _wait in range(5):
            later(600)
            work(current_tenant())
        db.session.expire_all()
        assert queries.intent(intent.id).done_at
        assert [change[1:] for change in stripe.changes] == [(3, 5)]
        assert limits() == ("active", 5)

    def test_is_found_by_the_nightly_look(self, stripe, order, owner):
        intent = order()
        stripe.faults.append("cut")
        confirm(intent, owner)
        db.session.execute(delete(Delivery))
        db.session.commit()
        reconciling.reconcile()
        assert queries.intent(intent.id).done_at

    def test_a_refusal_is_noted_and_the_limit_is_as_before(self, stripe, order, owner):
        intent = order(1)
        stripe.cancel(next(iter(stripe.subscriptions)))  # Stripe knows, we don't yet
        with pytest.raises(gateway.StripeRefused):
            buying.confirm(intent.id, by=owner)
        db.session.rollback()
        row = queries.intent(intent.id)
        assert (row.done_at, row.trouble) == (None, "resource_missing")
        assert limits() == ("active", 3)

    def test_a_purchase_is_begun_once(self, stripe, owner):
        stripe.faults.extend(["cut", None, "cut"])  # the customer; the customer again, the page
        for _try in range(3):
            try:
                url = buying.subscribe(3, by=owner, return_url=RETURN_URL)
            except gateway.StripeAway:
                db.session.rollback()
        assert len(stripe.customers) == 1
        assert [s["url"] for s in stripe.sessions.values() if s["status"] == "open"] == [url]

    def test_no_key_is_sent_before_it_is_kept(self, stripe, order, owner, config):
        engine = create_engine(config.admin_url)  # as another process would see it
        seen: list[bool] = []

        def look(call: Call) -> None:
            if call.path.startswith("/v1/subscriptions") and call.key:
                with engine.connect() as connection:
                    found = connection.execute(text("select 1 from stripe_intent where key = :key"), {"key": call.key})
                    seen.append(found.scalar() is not None)

        stripe.choose_fault = look
        confirm(order(), owner)
        engine.dispose()
        assert seen == [True]


def die(*args: object) -> None:
    raise Killed


class TestFaults:
    """Bar 46 in its short mode: everything that can go wrong, at random."""

    @pytest.mark.quick
    def test_each_order_is_carried_out_once(self, stripe, subscribed, owner, monkeypatch):
        self.try_orders(12, stripe, subscribed, owner, monkeypatch)

    @pytest.mark.full
    def test_each_of_two_hundred_orders_is_carried_out_once(self, stripe, subscribed, owner, monkeypatch):
        self.try_orders(200, stripe, subscribed, owner, monkeypatch)

    def try_orders(self, many: int, stripe: Stripe, subscribed, owner, monkeypatch) -> None:
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        stripe.hang_for = 0.8
        subscribed(3)
        ordered = []
        real = asking._finish
        monkeypatch.setattr(asking, "_finish", lambda *a: die() if chance.random() < 0.15 else real(*a))
        for _order in range(many):
            now = queries.subscription().quantity
            seats = chance.choice([n for n in range(1, 12) if n != now])
            intent = buying.offer_seats(seats, by=owner)
            db.session.commit()
            ordered.append((now, seats))
            stripe.faults.extend(chance.choice([*FAULTS, None]) for _fault in range(chance.randrange(4)))
            confirm(intent, owner)
            for tries in range(1, 30):
                if queries.intent(intent.id).done_at:
                    break
                if chance.random() < 0.1:
                    later(chance.choice([3600, DAY]))
                try:
                    asking.settle(intent.id, tries)
                except Killed:
                    db.session.rollback()
                db.session.commit()
            stripe.faults.clear()
            assert queries.intent(intent.id).done_at, clock.now()
        assert [change[1:] for change in stripe.changes] == ordered
        assert not queries.open_intent(IntentKind.SEATS)
        did = Counter(call.key for call in posts(stripe, "/v1/subscriptions") if call.did)
        assert set(did.values()) <= {1}
