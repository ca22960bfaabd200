"""Signing in and out, as people and those who guess do it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from saas import clock, limits
from saas.db import db
from saas.tenants import passwords
from saas.tenants.actions import signing, users
from saas.tenants.models import Event, Session, User
from tests.portals.conftest import PASSWORD, new_person, new_place, send, sign_in

NAMES = ["signing.sign_in", "door.sign_in"]


def cookies(browser) -> dict[str, str]:
    return {key[2]: cookie.value for key, cookie in browser._cookies.items()}


class TestSignIn:
    @pytest.mark.shows("AD4")
    def test_leads_into_the_only_workspace(self, place, client):
        answer = sign_in(client, new_person(place))
        assert answer.headers["Location"] == place / ""
        assert "Good day, Mira Olsen" in client.get(place / "").text

    def test_lets_those_with_several_choose(self, app, place, client):
        other = new_place(app)
        person = new_person(place, other)
        answer = sign_in(client, person)
        assert answer.headers["Location"] == "/workspaces"
        assert client.get("/workspaces").text.count('class="choice"') == 2
        assert send(client, f"/workspaces/{other.slug}", "/workspaces").headers["Location"] == other / ""
        assert client.get(other / "").status_code == 200

    def test_goes_back_to_the_page_one_wanted(self, place, client):
        person = new_person(place)
        asked = client.get(place / "settings/members").headers["Location"]
        assert (
            send(client, asked, email=person.email, password=PASSWORD).headers["Location"] == place / "settings/members"
        )

    @pytest.mark.parametrize(
        "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "/%0d%0aSet-Cookie:a"]
    )
    def test_never_leads_to_another_host(self, place, client, wanted):
        person = new_person(place)
        answer = client.get(f"/sign-in?next={wanted}")
        form = {"email": person.email, "password": PASSWORD}
        answer = send(client, f"/sign-in?next={wanted}", **form)
        assert answer.headers["Location"] == place / ""

    def test_says_the_same_whatever_is_wrong(self, place, client):
        known = new_person(place)
        wrong = send(client, "/sign-in", email=known.email, password="something else")
        unknown = send(client, "/sign-in", email="nobody@example.com", password="something else")
        assert wrong.status_code == unknown.status_code == 422
        said = "Mail address and password don&#39;t match."
        assert wrong.text.count(said) == unknown.text.count(said) > 0

    def test_hashes_as_often_for_an_unknown_address(self, app, place, client, monkeypatch):
        known, calls = new_person(place), []
        right = passwords._hasher.verify
        monkeypatch.setattr(
            passwords, "_hasher", type("Counting", (), {"verify": lambda self, *a: calls.append(a) or right(*a)})()
        )
        for email in (known.email, "nobody@example.com"):
            send(client, "/sign-in", email=email, password="something else")
        assert len(calls) == 2

    def test_sends_a_stranger_of_the_workspace_away(self, app, place, client):
        stranger = new_person(new_place(app))
        answer = sign_in(client, stranger, place)
        assert answer.headers["Location"] == "/workspaces"
        assert client.get(place / "").status_code == 404

    def test_renews_an_old_hash(self, app, place, client):
        person = new_person(place)
        weak = type(passwords._hasher)(time_cost=1, memory_cost=8, parallelism=1)
        with app.app_context():
            db.session.get(User, person.id).password_hash = weak.hash(PASSWORD)
            db.session.commit()
        sign_in(client, person)
        with app.app_context():
            assert "m=47104,t=1,p=1" in db.session.get(User, person.id).password_hash

    def test_is_written_down(self, place, client):
        sign_in(client, new_person(place))
        with place.inside():
            assert db.session.scalar(select(func.count(Event.id)).where(Event.name == "session.started")) == 1


class TestGuessing:
    def test_stops_after_ten_from_one_address(self, place, client):
        person = new_person(place)
        for _ in range(10):
            assert sign_in(client, person, password="wrong wrong").status_code == 422
        refused = sign_in(client, person, password="wrong wrong")
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 900
        assert sign_in(client, person).status_code == 429

    @pytest.mark.quick
    def test_stops_for_an_account_wherever_it_comes_from(self, app, place, monkeypatch):
        person, known = new_person(place), app.test_client()
        sign_in(known, person)
        evaluated = []
        monkeypatch.setattr(passwords, "is_right", lambda kept, typed: evaluated.append(typed) or typed == PASSWORD)
        with app.app_context():
            for n in range(200):
                client = signing.Client(address=f"198.51.100.{n % 200}")
                try:
                    signing.check_password(person.email, "wrong wrong", client)
                except (signing.WrongSignIn, limits.TooMany):
                    db.session.rollback()
        assert len(evaluated) == 90
        assert sign_in(app.test_client(), person).status_code == 429
        owner = send(known, "/sign-in", "/workspaces", email=person.email, password=PASSWORD)
        assert owner.status_code == 302  # where he has been in before

    def test_takes_no_word_of_the_browser_for_its_address(self, place, client):
        person = new_person(place)
        for n in range(10):
            page = client.get("/sign-in").text
            token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
            form = {"csrf_token": token, "email": person.email, "password": "wrong wrong"}
            client.post("/sign-in", data=form, headers={"X-Forwarded-For": f"203.0.113.{n}"})
        assert sign_in(client, person).status_code == 429

    def test_goes_on_without_redis(self, app, place, client, monkeypatch):
        person = new_person(place)
        broken = app.extensions["limits"]
        monkeypatch.setattr(broken, "_shared", type("Away", (), {"__getattr__": lambda s, n: _away})())
        for _ in range(10):
            assert sign_in(client, person, password="wrong wrong").status_code == 422
        assert sign_in(client, person).status_code == 429


def _away(*_args):
    raise ConnectionError


class TestSession:
    def test_has_a_new_secret_at_each_sign_in(self, place, client):
        person = new_person(place)
        client.set_cookie(f"__Host-staff-{place.slug}", "fixed by another", domain="seaport.test", secure=True)
        sign_in(client, person)
        first = cookies(client)[f"__Host-staff-{place.slug}"]
        assert first != "fixed by another"
        send(client, place / "sign-out", place / "")
        sign_in(client, person)
        assert cookies(client)[f"__Host-staff-{place.slug}"] != first

    def test_is_kept_as_a_hash_only(self, app, place, client):
        sign_in(client, new_person(place))
        secret = cookies(client)[f"__Host-staff-{place.slug}"]
        with app.app_context():
            kept = list(db.session.scalars(select(Session.secret_hash)))
        assert all(secret.encode() not in one for one in kept)
        assert len(secret) >= 43

    @pytest.mark.parametrize(("step", "hours"), [("idle", 13), ("whole", 24 * 7 + 1)])
    def test_ends_by_its_limits(self, place, client, step, hours):
        sign_in(client, new_person(place))
        ends = clock.now() + timedelta(hours=hours)
        while clock.now() < ends:
            clock.shift((clock.offset() + timedelta(hours=13 if step == "idle" else 11)).total_seconds())
            answer = client.get(place / "")
        assert answer.status_code == 302

    def test_follows_the_workspaces_own_limit(self, app, client):
        strict = new_place(app, idle_minutes=30, session_hours=12)
        sign_in(client, new_person(strict))
        clock.shift(29 * 60)
        assert client.get(strict / "").status_code == 200
        clock.shift(29 * 60 + 31 * 60)
        assert client.get(strict / "").status_code == 302

    def test_ends_when_its_user_is_disabled(self, app, place, client):
        person = new_person(place)
        sign_in(client, person)
        with app.app_context():
            db.session.get(User, person.id).disabled_at = clock.now()
            db.session.commit()
        assert client.get(place / "").status_code == 302
        assert sign_in(app.test_client(), person).status_code == 422

    def test_is_bound_to_its_workspace(self, app, place, client):
        other = new_place(app)
        sign_in(client, new_person(place, other), place)
        secret = cookies(client)[f"__Host-staff-{place.slug}"]
        thief = app.test_client()
        thief.set_cookie(f"__Host-staff-{other.slug}", secret, domain="seaport.test", secure=True)
        assert thief.get(other / "").status_code == 302

    def test_works_in_two_workspaces_side_by_side(self, app, place, client):
        other = new_place(app)
        person = new_person(place, other)
        sign_in(client, person, place)
        assert "You are signed in as" in client.get(other / "sign-in").text
        assert send(client, other / "continue", other / "sign-in").headers["Location"] == other / ""
        assert client.get(place / "").status_code == client.get(other / "").status_code == 200

    def test_ends_everywhere_after_another_password(self, app, place):
        person, browsers = new_person(place), [app.test_client() for _ in range(3)]
        for browser in browsers:
            sign_in(browser, person)
        with app.app_context():
            users.set_password(db.session.get(User, person.id), "seven small green boats")
            db.session.commit()
        assert {browser.get(place / "").status_code for browser in browsers} == {302}


class TestSignOut:
    def test_ends_the_session_and_the_sign_in(self, place, client):
        sign_in(client, new_person(place))
        old = dict(cookies(client))
        assert send(client, place / "sign-out", place / "").headers["Location"] == place / "sign-in"
        for name, value in old.items():
            client.set_cookie(name, value, domain="seaport.test", secure=True)
        assert client.get(place / "").status_code == 302
        assert client.get("/workspaces").status_code == 302

    def test_from_the_choice_ends_all_workspaces(self, app, place, client):
        other = new_place(app)
        sign_in(client, new_person(place, other), place)
        send(client, "/sign-out", "/workspaces")
        assert client.get(place / "").status_code == 302
