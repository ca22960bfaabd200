"""The billing page as the owner meets it."""

from __future__ import annotations

import contextvars
import html
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from saas import clock
from saas.billing import queries
from saas.billing.actions import asking, following, reconciling
from saas.billing.models import StripeIntent
from saas.db import db
from saas.tenants import notices, passwords, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Member, MemberStatus, Session, Tenant, User
from tests.billing.conftest import later, work
from tests.factories import make_tenant, sign_in
from tests.stripe_double import DAY, Stripe


class Place:
    """A workspace of the test's own, and its owner's browser. Each request has a context of its own, as in service."""

    def __init__(self, client: FlaskClient, post: Callable[..., TestResponse], **given: object) -> None:
        self.tenant: Tenant = make_tenant(**given)
        self.client, self._post = client, post
        self.sign_in()
        self.home = f"/{self.tenant.slug}/settings/billing"

    def sign_in(self, role: str = "owner") -> None:
        """A new member of this role, in the browser from now on."""
        db.session.rollback()
        self.member_id = sign_in(self.client, self.tenant, role).id

    def wait(self, seconds: float) -> None:
        """Time passes; the owner is signed in again, and has just typed his password."""
        later(seconds)
        db.session.rollback()
        now = clock.now()
        fresh = {"expires_at": now + timedelta(days=1), "idle_until": now + timedelta(hours=9), "stepped_up_at": now}
        db.session.execute(update(Session).where(Session.tenant_id == self.tenant.id).values(**fresh))
        db.session.commit()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """In the workspace's scope, beside the browser."""
        db.session.rollback()
        with scope.enter(self.tenant.id):
            yield

    def get(self, path: str) -> TestResponse:
        return contextvars.Context().run(self.client.get, path)

    def send(self, path: str, **data: object) -> TestResponse:
        return contextvars.Context().run(lambda: self._post(path, data=data))

    def text(self, path: str = "") -> str:
        answer = self.get(self.home + path)
        assert answer.status_code == 200
        return html.unescape(answer.text)

    def post(self, path: str = "", **data: object) -> TestResponse:
        return self.send(self.home + path, **data)

    def follow(self) -> None:
        with self.inside():
            following.follow()
            db.session.commit()

    def subscribe(self, stripe: Stripe, seats: int = 3) -> str:
        assert self.post("/subscribe", seats=seats).status_code == 200
        bought = stripe.pay(list(stripe.sessions)[-1])
        self.follow()
        return str(bought["id"])

    def row(self) -> Tenant:
        db.session.rollback()
        return db.session.get_one(Tenant, self.tenant.id, populate_existing=True)


@pytest.fixture
def place(stripe, context, client, post) -> Place:
    return Place(client, post, trial_ends_at=clock.now() + timedelta(days=30))


class TestPublicSite:
    PROMISES = ("Try it free for 30 days", "30 days free", "Free for 30 days", "paid by the seat", "paid to the day")

    def test_promises_thirty_days_where_something_is_charged(self, stripe, client):
        said = client.get("/").text + client.get("/sign-up").text
        assert [one for one in self.PROMISES if one not in said] == []
        assert "the trial doesn't end" not in html.unescape(said)

    def test_promises_no_end_where_nothing_is(self, context, client):
        home, sign_up = client.get("/").text, client.get("/sign-up").text
        assert [one for one in self.PROMISES if one in home + sign_up] == []
        for page in (home, sign_up):
            assert "nothing is charged, no card is needed, and the trial doesn't end" in html.unescape(page)


class TestIndex:
    def test_says_trial_without_a_key(self, context, client, post):
        text = Place(client, post).text()
        assert "This service runs in trial" in text
        assert "the trial doesn't end" in text
        assert re.search(r"Trial</span>\s*<span[^>]*>without an end<", text)
        assert "One price" not in text
        assert "Subscribe" not in text

    @pytest.mark.shows("BI1", "BI2")
    def test_shows_what_is_rented_and_paid(self, place, stripe):
        place.subscribe(stripe, 3)
        text = place.text()
        for shown in ("1 of 3", "$20.00", "$60.00", "SEA-0001", "Paid"):
            assert shown in text

    def test_says_how_long_a_trial_goes_on(self, place):
        text = place.text()
        assert "Go on to payment" in text
        assert re.search(r"Trial</span>\s*<span[^>]*>until <time", text)

    def test_asks_stripe_nothing(self, place, stripe):
        place.subscribe(stripe)
        before = len(stripe.calls)
        place.text()
        assert len(stripe.calls) == before

    def test_is_for_the_owner(self, stripe, context, client, post):
        place = Place(client, post)
        place.sign_in("manager")
        assert place.get(place.home).status_code == 403

    def test_shows_the_workspaces_own_only(self, stripe, context, client, post):
        rich, poor = Place(client, post), Place(client, post)
        rich.subscribe(stripe, 7)
        assert "SEA-" not in poor.text()
        with rich.inside():
            offer = make_offer(rich)
        assert poor.get(f"{poor.home}/offers/{offer}").status_code == 404
        assert poor.post(f"/offers/{offer}").status_code == 404


def make_offer(place: Place) -> object:
    intent = asking.write_down(
        "seats", {}, by=tenants.member(place.member_id), is_confirmed=False, shown={"from": 7, "to": 8}
    )
    db.session.commit()
    return intent.id


class TestSubscribe:
    @pytest.mark.shows("BI2")
    def test_goes_on_to_stripe_and_comes_back(self, place, stripe):
        answer = place.post("/subscribe", seats=3)
        (session,) = stripe.sessions.values()
        assert f'content="0;url={session["url"]}"' in html.unescape(answer.text)
        assert session["success_url"] == f"https://seaport.test{place.home}?paid=1"
        assert 'id="waiting"' in place.text("?paid=1")
        stripe.pay(session["id"])
        place.follow()
        assert 'id="waiting"' not in place.text("?paid=1")
        assert place.get(place.home + "/state").headers["HX-Redirect"] == place.home

    def test_says_what_is_wrong_beside_the_field(self, place):
        for seats in ("0", "x", "", "99999"):
            answer = place.post("/subscribe", seats=seats)
            assert (answer.status_code, "field-error" in html.unescape(answer.text)) == (422, True)

    def test_says_so_when_stripe_is_away(self, place, stripe):
        stripe.choose_fault = lambda call: "drop"
        answer = place.post("/subscribe", seats=3)
        assert "Stripe doesn't answer just now" in html.unescape(answer.text)

    def test_asks_for_the_password_and_goes_on(self, place, stripe):
        forget_password(place)
        answer = place.post("/subscribe", seats=3)
        assert 'name="_password"' in html.unescape(answer.text)
        assert not stripe.calls
        wrong = place.post("/subscribe", seats=3, _password="not it")
        assert wrong.status_code == 422
        place.post("/subscribe", seats=3, _password="two small boats")
        assert len(stripe.sessions) == 1
        place.text()  # still signed in

    def test_stays_signed_in_when_what_follows_the_password_is_refused(self, place, stripe):
        forget_password(place)
        assert place.post("/subscribe", seats=0, _password="two small boats").status_code == 422
        place.text()


def forget_password(place: Place) -> None:
    """Half an hour ago the owner typed his password."""
    with place.inside():
        user_id = tenants.member(place.member_id).user_id
    user = db.session.get_one(User, user_id)
    user.password_hash = passwords.hashed("two small boats")
    session = db.session.scalars(select(Session).where(Session.user_id == user.id)).one()
    session.stepped_up_at = clock.now() - timedelta(minutes=30)
    db.session.commit()


class TestSeats:
    @pytest.mark.shows("BI5")
    def test_shows_the_price_then_changes_them(self, place, stripe):
        place.subscribe(stripe, 3)
        place.wait(15 * DAY)
        offer = place.post("/seats", seats=5).headers["Location"]
        text = place.get(offer).text
        assert "5 seats cost $100.00 a month. Your next bill has $20.00 added" in text
        assert stripe.changes == []
        assert place.send(offer).status_code == 303
        assert place.row().seat_limit == 5
        fewer = place.post("/seats", seats=1).headers["Location"]
        assert "lower, for the rest of this month" in place.get(fewer).text
        place.send(fewer)
        assert place.row().seat_limit == 1

    def test_sending_it_twice_changes_them_once(self, place, stripe):
        place.subscribe(stripe, 3)
        offer = place.post("/seats", seats=5).headers["Location"]
        for _again in range(2):
            assert place.send(offer).status_code == 303
        assert len(stripe.changes) == 1

    def test_keeps_the_order_while_stripe_is_away(self, place, stripe):
        place.subscribe(stripe, 3)
        offer = place.post("/seats", seats=5).headers["Location"]
        stripe.faults.append("cut")
        assert place.send(offer).status_code == 303
        text = place.text()
        assert "Your order is kept" in text
        assert "on its way to Stripe" in text
        place.wait(120)
        work(place.tenant.id)
        assert (place.row().seat_limit, len(stripe.changes)) == (5, 1)
        assert "on its way to Stripe" not in place.text()


class TestInvite:
    """An invitation beyond the seats that are paid for."""

    PERSON = {"email": "New@Example.com", "name": "Nia", "role": "agent", "team": ""}

    def invite(self, place: Place, **more: object) -> TestResponse:
        return place.send(f"/{place.tenant.slug}/settings/members/invite", **{**self.PERSON, **more})

    def invited(self, place: Place) -> MemberStatus | None:
        with place.inside():
            return db.session.scalar(select(Member.status).where(Member.email == "new@example.com"))

    @pytest.mark.shows("BI2")
    def test_shows_the_price_then_buys_once_and_goes_out(self, place, stripe):
        place.subscribe(stripe, 1)
        place.wait(15 * DAY)
        asked = self.invite(place)
        assert asked.status_code == 422
        assert "2 seats cost $40.00 a month. Your next bill has $10.00 added" in asked.text
        assert (stripe.changes, self.invited(place)) == ([], None)
        assert self.invite(place, takes_offer="y").status_code == 303
        assert self.invited(place) is MemberStatus.INVITED
        assert (place.row().seat_limit, [change[1:] for change in stripe.changes]) == (2, [(1, 2)])
        place.wait(120)
        work(place.tenant.id)  # the worker finds that it went out
        assert len(stripe.changes) == 1

    def test_sells_nothing_at_a_price_that_was_not_shown(self, place, stripe):
        bought = place.subscribe(stripe, 1)
        assert self.invite(place, takes_offer="y").status_code == 422
        stripe.set_seats(bought, 1)
        place.wait(31 * 60)
        assert self.invite(place, takes_offer="y").status_code == 422
        assert stripe.changes == []
        assert self.invite(place, takes_offer="y").status_code == 303

    def test_goes_out_by_itself_when_stripe_answers_late(self, place, stripe):
        place.subscribe(stripe, 1)
        self.invite(place)
        stripe.faults.append("cut")
        late = self.invite(place, takes_offer="y")
        assert late.status_code == 422
        assert "goes out as soon as it is there" in late.text
        assert self.invited(place) is None
        again = self.invite(place)
        assert "on its way" in again.text
        for _wait in range(3):
            place.wait(120)
            work(place.tenant.id)
        assert self.invited(place) is MemberStatus.INVITED
        assert len(stripe.changes) == 1

    def test_goes_out_when_the_page_broke_after_the_purchase(self, place, stripe, monkeypatch):
        place.subscribe(stripe, 1)
        self.invite(place)
        with monkeypatch.context() as broken:
            broken.setattr("saas.tenants.actions.invitations._write_invitation", broke)
            assert self.invite(place, takes_offer="y").status_code == 500
        assert self.invited(place) is None
        place.wait(120)
        work(place.tenant.id)
        assert self.invited(place) is MemberStatus.INVITED

    def test_is_not_sent_again_when_it_was_taken_back(self, place, stripe):
        place.subscribe(stripe, 1)
        self.invite(place)
        self.invite(place, takes_offer="y")
        with place.inside():
            member_id = tenants.member_by_email("new@example.com").id
        place.send(f"/{place.tenant.slug}/settings/members/{member_id}/revoke")
        place.wait(120)
        work(place.tenant.id)
        assert self.invited(place) is MemberStatus.DISABLED

    def test_asks_for_the_password_before_money_moves(self, place, stripe):
        place.subscribe(stripe, 1)
        self.invite(place)
        forget_password(place)
        assert 'name="_password"' in self.invite(place, takes_offer="y").text
        assert stripe.changes == []

    def test_needs_no_price_in_trial(self, place, stripe):
        assert self.invite(place).status_code == 303
        assert not stripe.calls

    def test_tells_others_to_ask_the_owner(self, place, stripe):
        place.subscribe(stripe, 1)
        with place.inside():
            role = tenants.role("manager")
            role.rights = {**role.rights, "member.invite": "all"}
            db.session.commit()
        place.sign_in("manager")
        asked = len(stripe.calls)
        answer = self.invite(place, role="readonly")
        assert "ask the owner to add seats" in answer.text
        assert "takes_offer" not in answer.text
        assert len(stripe.calls) == asked


def broke(*args: object) -> None:
    raise RuntimeError("the page breaks here")


class TestAtRest:
    """Bar 48: in every state people read and export, and the owner can pay."""

    def at_rest(self, place: Place, stripe: Stripe) -> str:
        bought = place.subscribe(stripe, 3)
        place.wait(30 * DAY)
        stripe.renew(bought, works=False)
        place.wait(15 * DAY)
        with place.inside():
            reconciling.reconcile()
        return bought

    def test_reads_and_pays_and_changes_nothing_else(self, place, stripe):
        bought = self.at_rest(place, stripe)
        slug = place.tenant.slug
        today = place.get(f"/{slug}/").text
        assert "read-only just now" in today
        assert "You can read and export everything" in place.text()
        assert place.get(f"/{slug}/customers/").status_code == 200
        refused = place.send(f"/{slug}/customers/new", name="Acme")
        assert refused.status_code == 403
        assert "read-only" in refused.text
        assert stripe.url in place.post("/portal").text
        stripe.collect(bought)
        assert place.post("/refresh").status_code == 303
        assert "read-only just now" not in place.get(f"/{slug}/").text
        assert place.send(f"/{slug}/sign-out").status_code == 302

    def test_is_looked_at_again_every_day(self, place, stripe):
        bought = self.at_rest(place, stripe)
        stripe.collect(bought)  # and its message is lost
        place.wait(DAY + 60)
        work(place.tenant.id)
        assert place.row().status == "active"


class TestTold:
    def test_the_owner_hears_once_that_a_bill_was_not_collected(self, place, stripe):
        bought = place.subscribe(stripe, 2)
        place.wait(30 * DAY)
        stripe.renew(bought, works=False)
        for _again in range(2):
            place.follow()
            work(place.tenant.id)
        with place.inside():
            lines = [line.text for line in notices.told(place.member_id)]
        assert lines == ["Bill SEA-0002 over $40.00 could not be collected. Please check your card."]


def test_a_process_that_serves_pages_holds_nothing_of_stripes_library():
    code = "import sys, saas.app, saas.billing.views, saas.jobs.billing; print('stripe' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_amount_is_a_decimal(place, stripe):
    place.subscribe(stripe, 2)
    with place.inside():
        row = queries.subscription()
        assert isinstance(row.unit_amount, Decimal)
        assert all(isinstance(bill.total, Decimal) for bill in queries.bills())
        assert db.session.scalars(select(StripeIntent)).all()
