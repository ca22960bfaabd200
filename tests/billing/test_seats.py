"""Seats: nobody comes in without one, and what is billed is what is used."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from saas import limits
from saas.billing.actions import buying
from saas.db import current_tenant, db
from saas.tenants import passwords, scope, seats
from saas.tenants import queries as tenants
from saas.tenants.actions import invitations, people
from saas.tenants.actions.signing import Client
from saas.tenants.models import Invitation, Member, MemberStatus
from tests.billing.conftest import follow, work
from tests.factories import make_agent
from tests.stripe_double import Stripe


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that cost nothing and invitations without a daily limit: thousands of people come and go here."""
    monkeypatch.setattr(passwords, "hashed", lambda password: f"kept {password}")
    monkeypatch.setattr(passwords, "is_right", lambda kept, password: kept == f"kept {password}")
    monkeypatch.setattr(limits, "take", lambda *_args: None)


def secret_of(member_id: UUID) -> str:
    """The link in a member's last letter."""
    statement = select(Invitation).where(Invitation.member_id == member_id).order_by(Invitation.id.desc()).limit(1)
    return invitations.link_secret(db.session.scalars(statement).one())


def accept(member_id: UUID) -> None:
    invitations.accept(secret_of(member_id), "Somebody", "two small boats at sea", Client("127.0.0.1", "a browser"))
    db.session.commit()


def invite(owner: Member, email: str) -> UUID:
    member = invitations.invite(email, "Somebody", "agent", by=owner)
    db.session.commit()
    return member.id


class TestLastSeat:
    def test_goes_to_one_of_many_who_come_at_once(self, stripe, subscribed, owner, app):
        self.crowd(8, stripe, subscribed, owner, app)

    @pytest.mark.full
    def test_goes_to_one_of_fifty(self, stripe, subscribed, owner, app):
        self.crowd(50, stripe, subscribed, owner, app)

    def crowd(self, many: int, stripe: Stripe, subscribed: Callable[..., str], owner: Member, app: Flask) -> None:
        bought, tag = subscribed(many + 1), random.randrange(10**9)
        invited = [invite(owner, f"{tag}-{n}@example.com") for n in range(many)]
        stripe.set_seats(bought, tenants.count_seats() + 1)
        follow()
        before, tenant_id = tenants.count_seats(), current_tenant()
        db.session.commit()
        said: list[str] = []
        start = threading.Barrier(many)

        def come(member_id: UUID) -> None:
            with app.app_context(), scope.enter(tenant_id):
                start.wait()
                try:
                    accept(member_id)
                    said.append("in")
                except seats.NoSeat:
                    said.append("full")

        threads = [threading.Thread(target=come, args=(member_id,)) for member_id in invited]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(said) == ["full"] * (many - 1) + ["in"]
        assert tenants.count_seats() == before + 1


class TestBilledIsUsed:
    """Bar 47 in its short mode: people come and go at random; at each rest the owner pays for those who are there."""

    @pytest.mark.quick
    def test_at_each_rest(self, stripe, subscribed, owner):
        self.live(60, stripe, subscribed, owner)

    @pytest.mark.full
    def test_at_each_rest_for_long(self, stripe, subscribed, owner):
        self.live(10_000, stripe, subscribed, owner)

    def live(self, steps: int, stripe: Stripe, subscribed: Callable[..., str], owner: Member) -> None:
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        bought = subscribed(2)
        for step in range(steps):
            action = chance.choice([self.invite, self.invite, self.accept, self.accept, self.remove, self.restore])
            try:
                action(owner, chance, step)
            except seats.NoSeat:
                db.session.rollback()
                assert tenants.count_seats(invited=True) >= tenants.seat_limit()
                if chance.random() < 0.5:
                    self.order(owner, tenants.seat_limit() + 1)
            assert tenants.count_seats() <= tenants.seat_limit()
            assert self.billed(stripe, bought) == tenants.seat_limit()
            if chance.random() < 0.1:
                self.order(owner, tenants.count_seats())
                assert self.billed(stripe, bought) == tenants.seat_limit() == tenants.count_seats()
        self.order(owner, tenants.count_seats())
        work(current_tenant())
        assert self.billed(stripe, bought) == tenants.seat_limit() == tenants.count_seats()

    def billed(self, stripe: Stripe, bought: str) -> int:
        return int(stripe.subscriptions[bought]["items"]["data"][0]["quantity"])

    def order(self, owner: Member, many: int) -> None:
        if many != tenants.seat_limit():
            offer = buying.offer_seats(many, by=owner)
            db.session.commit()
            buying.confirm(offer.id, by=owner)

    def invite(self, owner: Member, chance: random.Random, step: int) -> None:
        invite(owner, f"{current_tenant().hex[-8:]}-{step}@example.com")

    def accept(self, owner: Member, chance: random.Random, step: int) -> None:
        if waiting := tenants.members(MemberStatus.INVITED):
            accept(chance.choice(waiting).id)

    def remove(self, owner: Member, chance: random.Random, step: int) -> None:
        others = [member for member in tenants.members() if member.id != owner.id]
        if others:
            people.remove(chance.choice(others), by=owner, successor=None)
            db.session.commit()

    def restore(self, owner: Member, chance: random.Random, step: int) -> None:
        if gone := tenants.members(MemberStatus.DISABLED):
            people.restore(chance.choice(gone), by=owner)
            db.session.commit()


def test_placeholders_and_the_invited_take_no_seat(subscribed, owner):
    subscribed(3)
    make_agent(user_id=None, status=MemberStatus.PLACEHOLDER)
    make_agent(user_id=None, status=MemberStatus.INVITED)
    assert tenants.count_seats() == 1
