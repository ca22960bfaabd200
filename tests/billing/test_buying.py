"""Subscribing and changing seats, against the double."""

from __future__ import annotations

from decimal import Decimal

import pytest

from saas.billing import gateway, queries
from saas.billing.actions import buying
from saas.billing.models import Status
from saas.db import db
from tests.billing.conftest import RETURN_URL, follow, later, limits
from tests.factories import make_agent


class TestSubscribe:
    def test_leads_to_stripes_page_for_as_many_seats(self, stripe, owner):
        url = buying.subscribe(3, by=owner, return_url=RETURN_URL)
        (session,) = stripe.sessions.values()
        assert url == session["url"]
        assert session["_asked"]["line_items"] == [{"price": "price_usd", "quantity": "3"}]
        assert limits() == ("trial", None)

    def test_counts_once_it_is_paid(self, stripe, subscribed, owner):
        subscribed(3)
        row = queries.subscription()
        assert (row.status, row.quantity, row.unit_amount, row.currency) == (Status.ACTIVE, 3, Decimal(20), "USD")
        assert limits() == ("active", 3)

    def test_refuses_fewer_seats_than_are_in_use(self, stripe, owner):
        make_agent(), make_agent()
        db.session.commit()
        with pytest.raises(buying.WrongNumber, match="3 seats are in use"):
            buying.subscribe(2, by=owner, return_url=RETURN_URL)

    def test_refuses_a_second_purchase(self, stripe, subscribed, owner):
        subscribed(3)
        with pytest.raises(buying.AlreadySubscribed):
            buying.subscribe(3, by=owner, return_url=RETURN_URL)

    def test_sees_a_purchase_that_was_paid_a_moment_ago(self, stripe, owner):
        buying.subscribe(3, by=owner, return_url=RETURN_URL)
        stripe.pay(next(iter(stripe.sessions)))
        with pytest.raises(buying.AlreadySubscribed):
            buying.subscribe(3, by=owner, return_url=RETURN_URL)
        assert len(stripe.subscriptions) == 1

    def test_closes_the_page_of_the_try_before(self, stripe, owner):
        buying.subscribe(3, by=owner, return_url=RETURN_URL)
        buying.subscribe(4, by=owner, return_url=RETURN_URL)
        assert sorted(s["status"] for s in stripe.sessions.values()) == ["expired", "open"]
        assert len(stripe.customers) == 1

    def test_sells_nothing_at_a_price_that_nobody_read(self, stripe, owner):
        stripe.prices["price_usd"]["unit_amount"] = 2500
        with pytest.raises(gateway.NotForSale):
            buying.subscribe(3, by=owner, return_url=RETURN_URL)
        assert not stripe.sessions


class TestSeats:
    def test_shows_the_price_first(self, stripe, subscribed, owner):
        subscribed(3)
        later(15 * 86_400)
        offer = buying.offer_seats(5, by=owner)
        db.session.commit()
        assert offer.shown == {"from": 3, "to": 5, "now": "20.00", "monthly": "100.00", "currency": "USD"}
        assert stripe.changes == []

    def test_raises_them_once_confirmed(self, stripe, subscribed, owner):
        subscribed(3)
        offer = buying.offer_seats(5, by=owner)
        for _again in range(3):
            assert buying.confirm(offer.id, by=owner).done_at
        assert [change[1:] for change in stripe.changes] == [(3, 5)]
        assert limits() == ("active", 5)

    def test_lowers_them(self, stripe, subscribed, owner):
        subscribed(3)
        offer = buying.offer_seats(1, by=owner)
        assert Decimal(offer.shown["now"]) < 0
        buying.confirm(offer.id, by=owner)
        assert limits() == ("active", 1)

    def test_lowers_the_limit_before_stripe_is_asked(self, stripe, subscribed, owner):
        subscribed(3)
        offer = buying.offer_seats(1, by=owner)
        stripe.faults.append("drop")
        with pytest.raises(buying.Ordered):
            buying.confirm(offer.id, by=owner)
        assert limits() == ("active", 1)
        follow()  # Stripe still says 3
        assert limits() == ("active", 1)
        buying.confirm(offer.id, by=owner)
        assert [change[1:] for change in stripe.changes] == [(3, 1)]

    def test_refuses_an_offer_that_no_longer_fits(self, stripe, subscribed, owner):
        bought = subscribed(3)
        offer = buying.offer_seats(5, by=owner)
        db.session.commit()
        stripe.set_seats(bought, 7)
        follow()
        with pytest.raises(buying.OfferGone):
            buying.confirm(offer.id, by=owner)
        old = buying.offer_seats(8, by=owner)
        db.session.commit()
        later(31 * 60)
        with pytest.raises(buying.OfferGone):
            buying.confirm(old.id, by=owner)

    def test_refuses_to_go_below_the_members(self, stripe, subscribed, owner):
        subscribed(3)
        offer = buying.offer_seats(1, by=owner)
        make_agent()
        db.session.commit()
        with pytest.raises(buying.WrongNumber):
            buying.confirm(offer.id, by=owner)

    def test_carries_out_one_order_at_a_time(self, stripe, subscribed, owner):
        subscribed(3)
        one, other = buying.offer_seats(5, by=owner), buying.offer_seats(6, by=owner)
        stripe.faults.append("drop")
        with pytest.raises(buying.Ordered):
            buying.confirm(one.id, by=owner)
        with pytest.raises(buying.OnItsWay):
            buying.confirm(other.id, by=owner)

    def test_asks_for_a_subscription_first(self, stripe, owner):
        with pytest.raises(buying.NotSubscribed):
            buying.offer_seats(5, by=owner)


class TestTrialMode:
    def test_sells_nothing_without_a_key(self, tenant):
        with pytest.raises(buying.NoBilling):
            buying.offer_seats(5, by=make_agent())


class TestPortal:
    def test_opens_stripes_page(self, stripe, subscribed, owner):
        subscribed(3)
        assert buying.open_portal(return_url=RETURN_URL).startswith(stripe.url)

    def test_is_not_there_before_the_first_purchase(self, stripe, owner):
        with pytest.raises(buying.NotSubscribed):
            buying.open_portal(return_url=RETURN_URL)
