"""Messages and the truth: any order, any number, forged or lost."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from saas import clock
from saas.billing import gateway, queries
from saas.billing.actions import buying, following, reconciling
from saas.billing.models import BillingEvent, BillStatus, Status, StripeEvent, SubscriptionInvoice
from saas.db import current_tenant, db
from saas.tenants import scope
from saas.tenants.models import Delivery, Event, Tenant
from tests.billing.conftest import OLD_SECRET, RETURN_URL, follow, later, limits, state, work
from tests.factories import make_member, make_tenant
from tests.stripe_double import DAY, Stripe

ADDRESS = "/_stripe/webhook"


def post(client: FlaskClient, message: dict) -> int:
    """Bring a message to the door, as Stripe does; gives the status of the answer."""
    response = client.post(
        ADDRESS,
        data=message["data"],
        headers=message["headers"],
        content_type="application/json",
        base_url="https://seaport.test",
    )
    return response.status_code


def inbox() -> int:
    with queries.platform() as session:
        statement = select(func.count()).select_from(StripeEvent).where(StripeEvent.tenant_id == current_tenant())
        return session.scalar(statement) or 0


def waiting() -> int:
    """Deliveries that would follow a message of this workspace."""
    statement = select(func.count()).select_from(Delivery).where(Delivery.handler == following.FOLLOW)
    return db.session.scalar(statement) or 0


def told(name: str) -> list[dict]:
    """What the trail says under this name, oldest first."""
    return [e.changed for e in db.session.scalars(select(Event).where(Event.name == name).order_by(Event.id))]


class TestReceive:
    def test_has_the_workspace_follow(self, stripe, owner, client):
        buying.subscribe(2, by=owner, return_url=RETURN_URL)
        stripe.pay(next(iter(stripe.sessions)))
        tenant_id = current_tenant()
        db.session.rollback()
        assert [post(client, stripe.message(event)) for event in stripe.events] == [200] * len(stripe.events)
        assert inbox() == len(stripe.events)
        work(tenant_id)
        assert limits() == ("active", 2)

    def test_takes_a_message_once(self, stripe, subscribed, client):
        subscribed(2)
        message = stripe.message(stripe.events[-1])
        for _again in range(3):
            assert post(client, message) == 200
        assert (inbox(), waiting()) == (1, 1)

    def test_has_a_message_followed_that_was_only_half_taken_in(self, stripe, subscribed, client, monkeypatch):
        subscribed(2)
        message = stripe.message(stripe.events[-1])
        with monkeypatch.context() as broken:
            broken.setattr(following.events, "deliver", dying)
            assert post(client, message) == 500
        assert (inbox(), waiting()) == (1, 0)
        assert post(client, message) == 200
        assert (inbox(), waiting()) == (1, 1)

    def test_takes_either_secret_while_one_replaces_the_other(self, stripe, subscribed, client):
        subscribed(2)
        one, other = stripe.events[-2:]
        assert post(client, stripe.message(one)) == 200
        assert post(client, stripe.message(other, secret=OLD_SECRET)) == 200
        assert inbox() == 2

    @pytest.mark.parametrize(
        "how", ["wrong", "altered", "missing", "old", "future", "old scheme", "two times", "empty"]
    )
    def test_refuses_what_stripe_did_not_sign_just_now(self, stripe, subscribed, client, how):
        subscribed(2)
        message = stripe.message(stripe.events[-1])
        body, now = message["data"], clock.now().timestamp()
        good = message["headers"]["Stripe-Signature"]
        header = {
            "wrong": stripe.sign(body, secret="whsec_other"),
            "old": stripe.sign(body, at=now - 302),
            "future": stripe.sign(body, at=now + 302),
            "old scheme": stripe.sign(body, scheme="v0"),
            "two times": f"t={int(now) - 1},{good}",
            "empty": "",
        }.get(how, good)
        if how == "altered":
            body = body.replace(b"evt_", b"evt-")
        headers = {} if how == "missing" else {"Stripe-Signature": header}
        assert post(client, {"data": body, "headers": headers}) == 400
        assert (inbox(), waiting()) == (0, 0)

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"null", b"{}", b'{"id": 1}', b"\xff\xfe", b'{"data": {"object": 3}}']
    )
    def test_refuses_what_is_no_message(self, stripe, workspace, client, body):
        assert post(client, {"data": body, "headers": {"Stripe-Signature": stripe.sign(body)}}) == 400

    def test_leaves_a_live_account_alone_while_testing(self, stripe, subscribed, client):
        subscribed(2)
        event = stripe.events[-1] | {"livemode": True}
        assert post(client, stripe.message(event)) == 200
        assert (inbox(), waiting()) == (0, 0)

    def test_believes_nothing_that_a_message_says(self, stripe, subscribed, client, app):
        subscribed(2)
        mine, tenant_id = state(), current_tenant()
        forged = json.loads(json.dumps(next(e for e in stripe.events if "subscription" in e["type"])))
        forged["id"] = "evt_forged" + stripe._mark
        forged["data"]["object"]["items"]["data"][0]["quantity"] = 900
        forged["data"]["object"]["status"] = "canceled"
        assert post(client, stripe.message(forged)) == 200
        work(tenant_id)
        assert (state(), limits()) == (mine, ("active", 2))

    def test_a_message_moves_no_other_workspace(self, stripe, subscribed, client):
        subscribed(2)
        event = json.loads(json.dumps(stripe.events[-1]))
        event["id"], event["data"]["object"]["customer"] = f"evt_x{stripe._mark}", "cus_of_nobody"
        event["data"]["object"]["metadata"] = {"workspace": scope.workspace().slug, "tenant_id": str(current_tenant())}
        event["data"]["object"]["client_reference_id"] = str(current_tenant())
        assert post(client, stripe.message(event)) == 200
        assert (inbox(), waiting()) == (0, 0)

    def test_needs_no_token_and_no_session_but_only_posts(self, stripe, workspace, client):
        assert client.get(ADDRESS, base_url="https://seaport.test").status_code == 404


class TestFollow:
    def test_an_earlier_answer_does_not_overwrite_a_later_one(self, stripe, subscribed, monkeypatch):
        bought = subscribed(2)
        ask = gateway.subscription_of

        def overtaken(customer_id: str) -> gateway.Snapshot | None:
            early = ask(customer_id)
            monkeypatch.setattr(gateway, "subscription_of", ask)
            stripe.set_seats(bought, 9)
            follow()  # another worker asks later and is answered first
            return early

        monkeypatch.setattr(gateway, "subscription_of", overtaken)
        follow()
        assert limits() == ("active", 9)

    def test_a_message_that_comes_while_stripe_is_asked_has_it_asked_again(self, stripe, subscribed, monkeypatch):
        bought = subscribed(2)
        ask = gateway.subscription_of

        def late(customer_id: str) -> gateway.Snapshot | None:
            early = ask(customer_id)
            stripe.set_seats(bought, 9)
            message = stripe.message(stripe.events[-1])
            following.receive(message["data"], message["headers"]["Stripe-Signature"])
            return early

        with monkeypatch.context() as racing:
            racing.setattr(gateway, "subscription_of", late)
            follow()
        assert limits() == ("active", 2)
        work(current_tenant())
        assert limits() == ("active", 9)

    def test_many_messages_are_answered_by_one_question(self, stripe, subscribed, client):
        bought = subscribed(2)
        for seats in range(3, 9):
            stripe.set_seats(bought, seats)
            post(client, stripe.message(stripe.events[-1]))
        asked = len(stripe.calls)
        work(current_tenant())
        assert len(stripe.calls) - asked == 2  # the subscription and its bills
        assert limits() == ("active", 8)

    def test_changes_nothing_while_stripe_is_away(self, stripe, subscribed):
        bought = subscribed(2)
        before = state()
        stripe.set_seats(bought, 9)
        stripe.choose_fault = lambda call: "drop"
        with pytest.raises(gateway.StripeAway):
            follow()
        assert (state(), limits()) == (before, ("active", 2))

    def test_takes_the_purchase_that_is_alive(self, stripe, subscribed, owner):
        first = subscribed(2)
        stripe.cancel(first)
        follow()
        assert state()["status"] is Status.CANCELED
        second = subscribed(4)
        assert (state()["stripe_id"], limits()) == (second, ("active", 4))

    def test_keeps_the_bills(self, stripe, subscribed):
        bought = subscribed(2)
        later(30 * DAY)
        stripe.renew(bought, works=False)
        follow()
        (late, first) = queries.bills()
        assert (first.status, first.total, late.status, late.has_failed) == (BillStatus.PAID, 40, BillStatus.OPEN, True)
        stripe.collect(bought)
        follow()
        assert [b.status for b in queries.bills()] == [BillStatus.PAID, BillStatus.PAID]
        assert len(told(BillingEvent.BILL_PAID)) == 2
        assert len(told(BillingEvent.BILL_FAILED)) == 1

    def test_tells_each_change_once(self, stripe, subscribed):
        bought = subscribed(2)
        stripe.cancel(bought, at_end=True)
        for _again in range(3):
            follow()
        changes = told(BillingEvent.SUBSCRIPTION_CHANGED)
        assert [sorted(set(c) - {"now"}) for c in changes] == [["seats", "status"], ["cancel_at"]]

    def test_suspends_after_grace_and_opens_when_paid(self, stripe, subscribed):
        bought = subscribed(2)
        later(30 * DAY)
        stripe.renew(bought, works=False)
        follow()
        assert limits() == ("active", 2)
        later(15 * DAY)
        reconciling.reconcile()
        assert limits() == ("suspended", 2)
        stripe.collect(bought)
        reconciling.reconcile()
        assert limits() == ("active", 2)

    def test_ends_a_trial_that_nobody_bought_after(self, stripe, workspace):
        reconciling.reconcile()
        assert limits() == ("trial", None)
        later(31 * DAY)
        reconciling.reconcile()
        assert limits() == ("trial", None)  # a week to think
        later(7 * DAY)
        reconciling.reconcile()
        assert limits() == ("suspended", None)

    def test_ends_no_trial_without_a_key(self, context):
        made = make_tenant(trial_ends_at=clock.now() - timedelta(days=90))
        with scope.enter(made.id):
            assert reconciling.reconcile() == {}
            assert limits() == ("trial", None)

    def test_opens_no_workspace_that_was_closed(self, stripe, subscribed):
        subscribed(2)
        with queries.platform() as session:
            session.get_one(Tenant, current_tenant()).status = "closed"
        follow()
        assert limits()[0] == "closed"


class TestAnyOrder:
    """Bar 44 in its short mode: a long history, in random orders, with doubles and with losses."""

    @pytest.mark.quick
    def test_ends_in_the_truth(self, stripe, context, client):
        self.try_orders(4, stripe, client)

    @pytest.mark.full
    def test_ends_in_the_truth_a_thousand_times(self, stripe, context, client):
        self.try_orders(1000, stripe, client)

    def try_orders(self, many: int, stripe: Stripe, client: FlaskClient) -> None:
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        for _order in range(many):
            tenant_id = self.history(stripe, chance)
            mine = [e for e in stripe.events if customer_of(e) == self.customer]
            for event in stripe.muddle(chance, mine):
                assert post(client, stripe.message(event)) == 200
                if chance.random() < 0.2:
                    work(tenant_id)
            work(tenant_id)
            with scope.enter(tenant_id):
                self.check(stripe)

    @pytest.mark.quick
    def test_one_look_makes_up_for_all_that_was_lost(self, stripe, context):
        tenant_id = self.history(stripe, random.Random(7))
        with scope.enter(tenant_id):
            assert reconciling.reconcile()
            self.check(stripe)
            assert reconciling.reconcile() == {}
            self.check(stripe)

    def history(self, stripe: Stripe, chance: random.Random) -> object:
        """About thirty things that happen at Stripe while no message comes through."""
        clock.shift(0)
        tenant = make_tenant(trial_ends_at=clock.now() + timedelta(days=30))
        with scope.enter(tenant.id):
            owner = make_member("owner")
            db.session.commit()
            buying.subscribe(2, by=owner, return_url=RETURN_URL)
            self.customer = queries.subscription().customer_id
        bought = stripe.pay(list(stripe.sessions)[-1])["id"]
        for _month in range(4):
            later(30 * DAY)
            works = chance.random() < 0.6
            stripe.renew(bought, works=works)
            stripe.set_seats(bought, chance.randrange(1, 9))
            if not works:
                stripe.collect(bought, works=False)
                later(3 * DAY)
                stripe.collect(bought, works=chance.random() < 0.8)
        if chance.random() < 0.3:
            stripe.cancel(bought)
        return tenant.id

    def check(self, stripe: Stripe) -> None:
        (truth,) = [s for s in stripe.subscriptions.values() if s["customer"] == self.customer]
        row, item = queries.subscription(), truth["items"]["data"][0]
        assert (row.stripe_id, row.status, row.quantity) == (truth["id"], truth["status"], item["quantity"])
        assert row.period_end.timestamp() == item["current_period_end"]
        assert scope.workspace().seat_limit == item["quantity"]
        bills = {b.stripe_id: (b.status.value, int(b.total * 100), b.tries) for b in queries.bills(limit=100)}
        assert bills == {
            b["id"]: (b["status"], b["total"], b["attempt_count"])
            for b in stripe.invoices.values()
            if b["customer"] == self.customer
        }
        paid = [e["number"] for e in told(BillingEvent.BILL_PAID)]
        assert sorted(paid) == sorted(
            {b["number"] for b in stripe.invoices.values() if b["id"] in bills and b["status"] == "paid"}
        )
        failed = [e["number"] for e in told(BillingEvent.BILL_FAILED)]
        assert len(failed) == len(set(failed))
        assert db.session.scalar(select(func.count()).select_from(SubscriptionInvoice)) == len(bills)
        assert told(BillingEvent.SUBSCRIPTION_CHANGED)[-1]["now"]["seats"] == item["quantity"]


def customer_of(event: dict) -> str:
    thing = event["data"]["object"]
    return thing["id"] if thing["object"] == "customer" else thing["customer"]


def dying(*args: object, **options: object) -> None:
    raise RuntimeError("the process dies here")
