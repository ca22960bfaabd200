"""Passkeys: a question is asked once and answered once, here and nowhere else; what they change for a sign-in."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from saas import clock
from saas.db import db
from saas.tenants import queries
from saas.tenants.actions import passkeys
from saas.tenants.models import Passkey, Session, User
from tests.portals.conftest import PASSWORD, new_person, send, sign_in
from tests.soft_keys import PRESENT, SoftKey

HERE, NAME = "https://seaport.test", "seaport.test"
ASK, GO = "/sign-in/passkey/question", "/sign-in/passkey"


def token(browser, path: str) -> dict[str, str]:
    return {"csrf_token": re.search(r'name="csrf-token" content="([^"]+)"', browser.get(path).text)[1]}


def add(browser, place, key, name: str = "Laptop"):
    """Add the key by its page; the answer."""
    page = place / "profile/passkeys/new"
    options = browser.post(place / "profile/passkeys/question", data=token(browser, page)).json
    return send(browser, page, name=name, credential=key.create(options))


def ask(browser, **fields: str) -> dict:
    page = "/sign-in/code" if "second" in fields else "/sign-in"
    return browser.post(ASK, data=token(browser, page) | fields).json


def go(browser, credential: str, **fields: str):
    page = "/sign-in/code" if "second" in fields else "/sign-in"
    return browser.post(GO, data=token(browser, page) | fields | {"credential": credential})


@pytest.fixture
def key():
    return SoftKey(HERE, NAME)


@pytest.fixture
def mira(place, client, key):
    """Somebody with a passkey and ten codes for paper: (the person, her codes)."""
    person = new_person(place)
    sign_in(client, person)
    added = add(client, place, key)
    codes = re.findall(r"<code>([\w-]+)</code>", added.text)
    assert (added.status_code, len(codes)) == (200, 10)
    return person, codes


class TestAdd:
    @pytest.mark.shows("AD4")
    def test_is_named_listed_and_told_by_mail(self, client, place, mira, post_office):
        person, _codes = mira
        page = client.get(place / "profile/sign-in").text
        assert "Laptop" in page
        assert "not used yet" in page
        assert "passkey “Laptop” lets you in" in post_office(person.email)[-1]

    def test_signs_out_every_other_browser(self, app, client, place, key):
        person = new_person(place)
        other = app.test_client()
        sign_in(other, person)
        sign_in(client, person)
        assert other.get(place / "").status_code == 200
        add(client, place, key)
        assert other.get(place / "").status_code == 302
        assert client.get(place / "").status_code == 200

    def test_wants_the_password_first(self, client, place, key):
        sign_in(client, new_person(place))
        with client.application.app_context():
            db.session.query(Session).update({"stepped_up_at": None})
            db.session.commit()
        assert "Your password, please" in client.get(place / "profile/passkeys/new").text
        asked = client.post(place / "profile/passkeys/question", data=token(client, place / "profile"))
        assert asked.status_code == 403

    @pytest.mark.parametrize(
        "wrong", [SoftKey("https://seaport.test.evil.example", NAME), SoftKey(HERE, "evil.example")]
    )
    def test_refuses_a_key_made_elsewhere(self, client, place, wrong):
        sign_in(client, new_person(place))
        answer = add(client, place, wrong)
        assert (answer.status_code, "work here" in answer.text) == (422, True)

    def test_takes_no_answer_to_a_question_for_signing_in(self, client, place, key):
        sign_in(client, new_person(place))
        options = client.post(ASK, data=token(client, place / "profile")).json
        page = place / "profile/passkeys/new"
        assert send(client, page, name="Laptop", credential=key.create(options)).status_code == 422

    def test_no_key_twice(self, client, place, mira, key):
        assert add(client, place, key).status_code == 422


class TestSignIn:
    @pytest.mark.shows("AD4")
    def test_by_the_key_alone(self, app, client, place, mira, key):
        browser = app.test_client()
        assert go(browser, key.get(ask(browser))).headers["Location"] == place / ""
        assert browser.get(place / "").status_code == 200
        assert "last used" in client.get(place / "profile/sign-in").text

    def test_an_answer_is_good_once(self, app, mira, key):
        browser = app.test_client()
        given = key.get(ask(browser))
        assert go(browser, given).headers["Location"] != "/sign-in"
        again = app.test_client()
        assert go(again, given).headers["Location"] == "/sign-in"
        ask(again)
        assert go(again, given).headers["Location"] == "/sign-in"

    def test_a_wrong_answer_uses_the_question_up(self, app, mira, key):
        browser = app.test_client()
        options = ask(browser)
        kept = dict(browser._cookies)
        key.origin = "https://evil.example"
        assert go(browser, key.get(options)).headers["Location"] == "/sign-in"
        key.origin = HERE
        browser._cookies.clear()
        browser._cookies.update(kept)  # the browser's session as it was when the question was asked
        assert go(browser, key.get(options)).headers["Location"] == "/sign-in"

    def test_twenty_at_once_is_one(self, app, mira, key):
        first = app.test_client()
        given, form = key.get(ask(first)), token(first, "/sign-in")
        cookies = {cookie.key: cookie.value for cookie in first._cookies.values()}

        def once(_n: int) -> str:
            browser = app.test_client()
            for name, value in cookies.items():
                browser.set_cookie(name, value, domain=NAME, secure=True)
            return browser.post(GO, data=form | {"credential": given}).headers["Location"]

        with ThreadPoolExecutor(8) as pool:
            came = list(pool.map(once, range(20)))
        assert sum(place != "/sign-in" for place in came) == 1

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda key: setattr(key, "origin", "https://seaport.test:8443"),
            lambda key: setattr(key, "origin", "http://seaport.test"),
            lambda key: setattr(key, "rp_id", "test"),
            lambda key: setattr(key, "id", b"another key"),
            lambda key: setattr(key, "private", SoftKey(HERE, NAME).private),
        ],
        ids=["port", "scheme", "host", "key", "signature"],
    )
    def test_refuses_what_was_signed_elsewhere_or_by_another(self, app, mira, key, spoil):
        spoil(key)
        browser = app.test_client()
        assert go(browser, key.get(ask(browser))).headers["Location"] == "/sign-in"

    def test_wants_to_know_that_it_is_the_owner_who_holds_the_key(self, app, mira, key):
        browser = app.test_client()
        assert go(browser, key.get(ask(browser), flags=PRESENT)).headers["Location"] == "/sign-in"

    def test_a_question_grows_old(self, app, mira, key):
        browser = app.test_client()
        options = ask(browser)
        clock.shift(clock.offset().total_seconds() + 301)
        assert go(browser, key.get(options)).headers["Location"] == "/sign-in"

    def test_not_of_a_disabled_user(self, app, mira, key):
        with app.app_context():
            db.session.get_one(User, mira[0].id).disabled_at = clock.now()
            db.session.commit()
        browser = app.test_client()
        assert go(browser, key.get(ask(browser))).headers["Location"] == "/sign-in"

    @pytest.mark.parametrize("junk", ["", "{}", "[]", "nothing", '{"id":"a","rawId":"b"}', '{"id":1}'])
    def test_survives_junk(self, app, mira, junk):
        browser = app.test_client()
        ask(browser)
        assert go(browser, junk).headers["Location"] == "/sign-in"


class TestSecondStep:
    def test_follows_the_password(self, app, place, mira, key):
        person, _codes = mira
        browser = app.test_client()
        assert sign_in(browser, person).headers["Location"] == "/sign-in/code"
        assert browser.get(place / "").status_code == 302
        given = key.get(ask(browser, second="yes"), flags=PRESENT)
        assert go(browser, given, second="yes").headers["Location"] == place / ""

    def test_is_the_key_of_him_who_typed_the_password(self, app, place, mira):
        other, theirs = new_person(place), SoftKey(HERE, NAME)
        browser = app.test_client()
        sign_in(browser, other)
        add(browser, place, theirs)
        thief = app.test_client()
        sign_in(thief, mira[0])
        assert go(thief, theirs.get(ask(thief, second="yes")), second="yes").headers["Location"] == "/sign-in/code"

    def test_a_code_from_paper_still_does(self, app, place, mira):
        person, codes = mira
        browser = app.test_client()
        sign_in(browser, person)
        assert send(browser, "/sign-in/code", code=codes[0]).headers["Location"] == place / ""

    def test_asks_nobody_who_typed_no_password(self, app, mira):
        browser = app.test_client()
        assert browser.post(ASK, data=token(browser, "/sign-in") | {"second": "yes"}).status_code == 404


class TestRemove:
    def test_the_last_one_leaves_the_password_alone(self, app, client, place, mira, key):
        page = client.get(place / "profile/sign-in").text
        remove = re.search(r'action="([^"]+/passkeys/[^"]+/remove)"', page)[1]
        assert send(client, remove, place / "profile/sign-in").status_code == 303
        browser = app.test_client()
        assert go(browser, key.get(ask(browser))).headers["Location"] == "/sign-in"
        assert sign_in(browser, mira[0], password=PASSWORD).headers["Location"] == place / ""

    def test_is_the_owners_alone(self, app, client, place, mira):
        page = client.get(place / "profile/sign-in").text
        remove = re.search(r'action="([^"]+/passkeys/[^"]+/remove)"', page)[1]
        thief = app.test_client()
        sign_in(thief, new_person(place))
        assert send(thief, remove, place / "profile/sign-in").status_code == 404

    def test_counts_a_key_that_was_added_meanwhile(self, app, mira):
        with app.app_context():
            user = db.session.get_one(User, mira[0].id)
            (laptop,) = queries.passkeys_of(user.id)
            db.session.add(Passkey(user_id=user.id, credential_id=b"phone", public_key=b"key", name="Phone"))
            faster = update(User).where(User.id == user.id).values(passkeys=2)
            db.session.execute(faster.execution_options(synchronize_session=False))
            passkeys.remove(user, laptop.id)
            assert user.passkeys == 1
            assert user.has_second_factor
            assert queries.count_recovery_codes(user.id) == 10
            db.session.rollback()
