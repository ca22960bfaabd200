"""What letters lead to: opening a workspace, a lost password, another address, an invitation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from saas import clock
from saas.db import db, new_id
from saas.tenants import queries, scope, slugs
from saas.tenants.actions import invitations, letters, links, people, workspaces
from saas.tenants.actions.signing import Client
from saas.tenants.models import Invitation, Letter, Member, MemberStatus, Tenant, TenantStatus, Token
from tests.portals.conftest import PASSWORD, link_in, new_person, new_place, send, sign_in, work

OTHER = "seven small green boats"


def sign_up(browser, email, slug=None, **given):
    slug = slug or f"q-{new_id().hex[-12:]}"
    fields = {"company": "Quay Ltd", "slug": slug, "name": "Ines Prado", "email": email, "locale": "en"}
    return slug, send(browser, "/sign-up", **fields, timezone="Europe/Lisbon", currency="EUR", **given)


def an_email() -> str:
    return f"{new_id().hex[-12:]}@example.com"


class TestSignUp:
    @pytest.mark.shows("AD1")
    def test_opens_a_workspace_behind_a_mailed_link(self, app, client, post_office):
        email = an_email()
        slug, answer = sign_up(client, email)
        assert "Look into your mail" in client.get(answer.headers["Location"]).text
        assert client.get(f"/{slug}/sign-in").status_code == 404
        link = link_in(post_office(email)[-1])
        assert client.get(link).headers["Referrer-Policy"] == "no-referrer"
        assert send(client, link, password="short").status_code == 422
        assert send(client, link, password=OTHER).headers["Location"] == f"/{slug}/"
        page = client.get(f"/{slug}/").text
        assert "Good day, Ines Prado" in page
        assert "Invite a colleague" in page
        with app.app_context():
            tenant = queries.tenant_by_slug(slug)
            assert (tenant.status, tenant.timezone, tenant.currency) == (TenantStatus.TRIAL, "Europe/Lisbon", "EUR")
            assert tenant.trial_ends_at > clock.now() + timedelta(days=29)

    def test_answers_the_same_for_a_known_address(self, place, client, app):
        person = new_person(place)
        _slug, known = sign_up(client, person.email)
        _slug, unknown = sign_up(app.test_client(), an_email())
        assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])

    def test_asks_a_known_person_for_his_password(self, place, client, post_office):
        person = new_person(place)
        slug, _answer = sign_up(client, person.email)
        letter = post_office(person.email)[-1]
        assert "asks for that password" in letter
        assert send(client, link_in(letter), password=OTHER).status_code == 422
        assert send(client, link_in(letter), password=PASSWORD).headers["Location"] == f"/{slug}/"

    def test_refuses_an_address_that_is_taken_or_ours(self, place, client):
        for slug in (place.slug, "assets", "sign-in", "www"):
            _slug, answer = sign_up(client, an_email(), slug)
            assert answer.status_code == 422

    def test_gives_an_unconfirmed_address_free_after_a_week(self, client, app):
        slug, _answer = sign_up(client, an_email())
        assert sign_up(app.test_client(), an_email(), slug)[1].status_code == 422
        clock.shift(8 * 86_400)
        assert sign_up(app.test_client(), an_email(), slug)[1].status_code == 303

    def test_lets_one_of_many_at_once_have_an_address(self, app):
        slug = f"q-{new_id().hex[-12:]}"

        def ask(_n):
            with app.test_request_context(base_url="https://seaport.test"):
                try:
                    workspaces.reserve(slug, "Quay", locale="en", timezone="UTC", currency="USD")
                    db.session.commit()
                except workspaces.AddressTaken:
                    db.session.rollback()
                    return 0
                finally:
                    db.session.remove()
                return 1

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(ask, range(16))) == 1

    def test_keeps_every_address_of_ours_from_being_a_workspace(self, app):
        first = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules() if not rule.rule.startswith("/<")}
        assert not [word for word in first if word and slugs.is_free_to_choose(word)]


class TestReset:
    def test_sets_a_new_password_and_ends_all_sessions(self, app, place, client, post_office):
        person = new_person(place)
        sign_in(client, person)
        send(client, "/reset", email=person.email)
        link = link_in(post_office(person.email)[-1])
        browser = app.test_client()
        assert send(browser, link, password=OTHER).headers["Location"] == "/sign-in"
        assert client.get(place / "").status_code == 302
        assert browser.get("/workspaces").status_code == 302  # not signed in by it
        assert sign_in(browser, person).status_code == 422
        assert sign_in(browser, person, password=OTHER).status_code == 302
        assert "was changed a moment ago" in post_office(person.email)[-1]

    def test_answers_the_same_and_mails_nothing_for_an_unknown_address(self, place, client, post_office):
        person, nobody = new_person(place), an_email()
        known = send(client, "/reset", email=person.email)
        unknown = send(client, "/reset", email=nobody)
        assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
        assert post_office(nobody) == []
        assert len(post_office(person.email)) == 1

    def test_writes_the_same_rows_for_an_unknown_address(self, app, place, client):
        person = new_person(place)

        def grown(email):
            with app.app_context():
                before = [db.session.scalar(select(func.count(model.id))) for model in (Token, Letter)]
            send(client, "/reset", email=email)
            with app.app_context():
                after = [db.session.scalar(select(func.count(model.id))) for model in (Token, Letter)]
            return [b - a for a, b in zip(before, after, strict=True)]

        assert grown(person.email) == grown(an_email()) == [1, 1]

    def test_runs_out_after_half_an_hour(self, place, client, post_office):
        person = new_person(place)
        send(client, "/reset", email=person.email)
        link = link_in(post_office(person.email)[-1])
        clock.shift(31 * 60)
        assert client.get(link).status_code == 404

    def test_is_asked_for_five_times_an_hour_at_most(self, place, client):
        person = new_person(place)
        codes = [send(client, "/reset", email=person.email).status_code for _ in range(6)]
        assert codes == [303] * 5 + [429]

    def test_refuses_what_is_easily_guessed(self, place, client, post_office):
        person = new_person(place)
        send(client, "/reset", email=person.email)
        link = link_in(post_office(person.email)[-1])
        for weak in ("passwordpassword", "1234567890", "miraolsen1", "aaaaaaaaaaaa"):
            assert send(client, link, password=weak).status_code == 422


class TestLink:
    @pytest.mark.quick
    def test_works_once_however_many_try_at_once(self, app, place):
        person = new_person(place)
        with app.app_context():
            tokens = [letters.link_token("reset", person.email, links.RESET_LIFE) for _ in range(4)]
            secrets = [letters._secret(token) for token in tokens]
            db.session.commit()

        def use(secret):
            with app.test_request_context(base_url="https://seaport.test"):
                try:
                    links.redeem(links.live(secret, "reset"))
                    db.session.commit()
                except links.LinkSpent:
                    db.session.rollback()
                    return 0
                finally:
                    db.session.remove()
                return 1

        with ThreadPoolExecutor(8) as pool:
            for secret in secrets:
                assert sum(pool.map(use, [secret] * 50)) == 1

    def test_is_never_used_up_by_looking(self, place, client, post_office):
        person = new_person(place)
        send(client, "/reset", email=person.email)
        link = link_in(post_office(person.email)[-1])
        assert {client.get(link).status_code for _ in range(5)} == {200}
        client.head(link)
        assert send(client, link, password=OTHER).status_code == 303
        assert client.get(link).status_code == 404

    def test_serves_its_own_purpose_only(self, app, place, client, post_office):
        person = new_person(place)
        send(client, "/reset", email=person.email)
        secret = link_in(post_office(person.email)[-1]).removeprefix("/reset/")
        for path in ("/sign-up/", "/new-address/", place / "join/"):
            assert client.get(path + secret).status_code == 404
        assert client.get(f"/reset/{secret[:-2]}xy").status_code == 404

    def test_that_is_dead_leads_on(self, place, client):
        ways = {
            "/sign-up/": ("/sign-up", "Ask for a new link"),
            "/reset/": ("/reset", "Ask for a new link"),
            "/new-address/": ("/sign-in", "Sign in"),
            place / "join/": (place / "sign-in", "Sign in"),
            place / "portal/reset/": (place / "portal/reset", "Ask for a new link"),
            place / "portal/join/": (place / "portal/sign-in", "Sign in"),
        }
        for path, (url, label) in ways.items():
            page = client.get(f"{path}{'x' * 43}")
            assert page.status_code == 404
            assert f'href="{url}">{label}</a>' in page.text, path

    def test_is_long_and_kept_as_a_hash(self, app, place, client, post_office):
        person = new_person(place)
        send(client, "/reset", email=person.email)
        secret = link_in(post_office(person.email)[-1]).removeprefix("/reset/")
        assert len(secret) == 43
        with app.app_context():
            token = db.session.scalars(select(Token).where(Token.email == person.email)).one()
            assert secret not in repr(vars(token))
            assert len(token.secret_hash) == 32

    def test_names_our_own_host_whatever_the_request_says(self, place, client, post_office):
        person = new_person(place)
        token = send(client, "/reset", email=person.email, headers=None)
        assert token.status_code == 303
        assert "https://seaport.test/reset/" in post_office(person.email)[-1]
        assert client.get("/reset", base_url="https://evil.example").status_code == 400


class TestNewAddress:
    def test_counts_once_the_mailed_link_is_used(self, app, place, client, post_office):
        person, new = new_person(place), an_email()
        sign_in(client, person)
        answer = send(client, place / "profile/address", place / "profile/sign-in", email=new)
        assert answer.status_code == 303
        link = link_in(post_office(new)[-1])
        assert sign_in(app.test_client(), person).status_code == 302
        assert send(app.test_client(), link).status_code == 303
        assert sign_in(app.test_client(), person).status_code == 422
        assert "instead of this address" in post_office(person.email)[-1]

    def test_is_refused_when_somebody_else_has_it_meanwhile(self, place, client, post_office):
        person, other = new_person(place), new_person(place, role="agent")
        sign_in(client, person)
        send(client, place / "profile/address", place / "profile/sign-in", email=other.email)
        assert client.get(link_in(post_office(other.email)[-1])).status_code == 200
        assert send(client, link_in(post_office(other.email)[-1])).status_code == 404


class TestInvitation:
    @pytest.mark.shows("AD4")
    def test_lets_a_new_person_in(self, app, place, client, post_office):
        sign_in(client, new_person(place))
        email = an_email()
        answer = send(client, place / "settings/members/invite", name="Bo Lind", email=email, role="manager")
        assert answer.status_code == 303
        work(place)
        letter = post_office(email)[-1]
        assert "Mira Olsen" in letter
        newcomer, link = app.test_client(), link_in(letter)
        assert send(newcomer, link, name="Bo Lind", password=OTHER).headers["Location"] == place / ""
        assert newcomer.get(place / "settings/members").status_code == 200
        assert newcomer.get(place / "settings/general").status_code == 403
        assert newcomer.get(link).status_code == 404
        assert "Bo Lind has joined." in client.get(place / "bell").text

    def test_lets_a_known_person_in_with_his_password(self, app, place, client, post_office):
        known = new_person(new_place(app), name="Bo Lind")
        sign_in(client, new_person(place))
        send(client, place / "settings/members/invite", name="Bo", email=known.email, role="agent")
        work(place)
        link = link_in(post_office(known.email)[-1])
        browser = app.test_client()
        assert send(browser, link, password=OTHER).status_code == 422
        assert send(browser, link, password=PASSWORD).headers["Location"] == place / ""

    def test_dies_when_sent_again_or_taken_back(self, app, place, client, post_office):
        sign_in(client, new_person(place))
        email = an_email()
        send(client, place / "settings/members/invite", name="Bo Lind", email=email, role="agent")
        work(place)
        first = link_in(post_office(email)[-1])
        with place.inside():
            member_id = queries.member_by_email(email).id
        send(client, place / f"settings/members/{member_id}/resend", place / "settings/members")
        work(place)
        second = link_in(post_office(email)[-1])
        assert app.test_client().get(first).status_code == 404
        assert app.test_client().get(second).status_code == 200
        send(client, place / f"settings/members/{member_id}/revoke", place / "settings/members")
        assert app.test_client().get(second).status_code == 404

    @pytest.mark.quick
    def test_gives_the_last_seat_to_one_of_many_at_once(self, app, place):
        owner = new_person(place)
        with place.inside():
            by = queries.active_member_of(owner.id)
            invited = [invitations.invite(an_email(), f"N {n}", "agent", by=by) for n in range(8)]
            found = db.session.scalars(select(Invitation).where(Invitation.member_id.in_([m.id for m in invited])))
            secrets = [invitations.link_secret(one) for one in found]
        with app.app_context():
            db.session.get(Tenant, place.id).seat_limit = 2
            db.session.commit()

        def come(secret):
            with app.test_request_context(base_url="https://seaport.test"), scope.enter(place.id):
                try:
                    invitations.accept(secret, "New", OTHER, Client())
                    db.session.commit()
                except people.seats.NoSeat:
                    db.session.rollback()
                    return 0
                return 1

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(come, secrets)) == 1
        with place.inside():
            assert queries.count_seats() == 2

    def test_is_not_sent_beyond_the_seats(self, app, place, client):
        sign_in(client, new_person(place))
        with app.app_context():
            db.session.get(Tenant, place.id).seat_limit = 1
            db.session.commit()
        answer = send(client, place / "settings/members/invite", name="Bo", email=an_email(), role="agent")
        assert answer.status_code == 422
        assert "All 1 seats are taken" in answer.text

    def test_keeps_what_a_placeholder_owns(self, place, client, app, post_office):
        sign_in(client, new_person(place))
        email = an_email()
        with place.inside():
            role = queries.role("agent")
            old = Member(name="Darcel Schlecht", email=email, status=MemberStatus.PLACEHOLDER, role=role)
            db.session.add(old)
            db.session.flush()
            old_id = old.id
        send(client, place / "settings/members/invite", name="Darcel", email=email, role="agent")
        work(place)
        send(app.test_client(), link_in(post_office(email)[-1]), name="Darcel Schlecht", password=OTHER)
        with place.inside():
            assert queries.member(old_id).status is MemberStatus.ACTIVE

    def test_of_another_workspace_is_worthless_here(self, app, place, client, post_office):
        other = new_place(app)
        sign_in(client, new_person(other))
        email = an_email()
        send(client, other / "settings/members/invite", name="Bo", email=email, role="owner")
        work(other)
        secret = link_in(post_office(email)[-1]).rpartition("/")[2]
        assert client.get(place / f"join/{secret}").status_code == 404


class TestLetters:
    def test_are_posted_once_whoever_posts(self, app, place, client, post_office):
        person = new_person(place)
        send(client, "/reset", email=person.email)

        def post(_n):
            with app.app_context():
                return letters.post_letters()

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(post, range(6)))
        assert len(post_office(person.email)) == 1
        with app.app_context():
            row = db.session.scalars(select(Letter).where(Letter.email == person.email)).one()
            assert (row.attempts, row.sent_at is not None) == (1, True)

    def test_wait_and_are_tried_again_when_the_server_is_away(self, app, place, client, monkeypatch, post_office):
        person = new_person(place)
        send(client, "/reset", email=person.email)
        with monkeypatch.context() as patched:
            patched.setattr(letters.mail, "send", _away)
            assert post_office(person.email) == []
        assert post_office(person.email) == []
        clock.shift(180)
        assert len(post_office(person.email)) == 1

    def test_are_given_up_when_refused_for_good(self, app, place, client, monkeypatch, post_office):
        person = new_person(place)
        send(client, "/reset", email=person.email)
        monkeypatch.setattr(letters.mail, "send", _refused)
        post_office(person.email)
        with app.app_context():
            row = db.session.scalars(select(Letter).where(Letter.email == person.email)).one()
            assert row.gave_up_at is not None


def _away(*_given, **_more):
    raise letters.MailError("TimeoutError", is_final=False)


def _refused(*_given, **_more):
    raise letters.MailError("refused with 550", is_final=True)
