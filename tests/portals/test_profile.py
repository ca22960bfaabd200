"""One's own profile: the second step, the password asked again, sessions, name and picture."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from PIL import Image

from saas import clock
from saas.db import db
from saas.tenants import queries, totp
from saas.tenants.actions import factors
from saas.tenants.models import User
from tests.pages import filled
from tests.portals.conftest import PASSWORD, new_person, new_place, send, sign_in

OTHER = "seven small green boats"


def switch_on(client, place) -> tuple[str, list[str]]:
    """Switch the second step on by its page; the secret and the paper codes."""
    page = client.get(place / "profile/second-step").text
    secret = re.sub("<[^>]*>", "", re.search(r'class="secret">(.*?)</code>', page)[1])
    form = filled(page, place / "profile/second-step")
    code = pyotp.TOTP(secret).at(clock.now())
    done = client.post(place / "profile/second-step", data={**form, "code": code})
    assert done.status_code == 200
    return secret, re.findall(r"<code>([\w-]+)</code>", done.text)


def later(seconds: int = 60) -> None:
    clock.shift((clock.offset()).total_seconds() + seconds)


class TestSecondStep:
    @pytest.mark.shows("AD4")
    def test_is_asked_after_the_password(self, app, place, client):
        person = new_person(place)
        sign_in(client, person)
        secret, codes = switch_on(client, place)
        assert len(set(codes)) == 10
        assert client.get(place / "profile/sign-in").text.count("10 codes on paper") == 1
        later()
        browser = app.test_client()
        assert sign_in(browser, person).headers["Location"] == "/sign-in/code"
        assert browser.get(place / "").status_code == 302
        assert send(browser, "/sign-in/code", code="000000").status_code == 422
        code = pyotp.TOTP(secret).at(clock.now())
        assert send(browser, "/sign-in/code", code=code).headers["Location"] == place / ""

    def test_takes_a_paper_code_once(self, app, place, client):
        person = new_person(place)
        sign_in(client, person)
        _secret, codes = switch_on(client, place)
        for expected in (302, 422):
            browser = app.test_client()
            sign_in(browser, person)
            typed = codes[0].upper().replace("-", " ")
            assert send(browser, "/sign-in/code", code=typed).status_code == expected

    @pytest.mark.quick
    def test_takes_one_code_once_however_many_try_at_once(self, app, place, client):
        person = new_person(place)
        sign_in(client, person)
        secret, _codes = switch_on(client, place)
        later()
        code = pyotp.TOTP(secret).at(clock.now())

        def use(_n):
            with app.test_request_context(base_url="https://seaport.test"):
                try:
                    factors.check_code(person.id, code)
                    db.session.commit()
                except (factors.WrongCode, factors.TooMany):
                    db.session.rollback()
                    return 0
                finally:
                    db.session.remove()
                return 1

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(use, range(9))) == 1

    def test_pauses_after_ten_wrong_codes(self, app, place, client):
        person = new_person(place)
        sign_in(client, person)
        secret, _codes = switch_on(client, place)
        browser = app.test_client()
        sign_in(browser, person)
        for _ in range(10):
            assert send(browser, "/sign-in/code", code="000000").status_code == 422
        later()
        right = send(browser, "/sign-in/code", code=pyotp.TOTP(secret).at(clock.now()))
        assert right.status_code == 429
        assert int(right.headers["Retry-After"]) > 600
        later(totp.PAUSE)
        browser = app.test_client()
        sign_in(browser, person)
        assert send(browser, "/sign-in/code", code=pyotp.TOTP(secret).at(clock.now())).status_code == 302

    def test_ends_all_other_sessions_when_it_changes(self, app, place, client):
        person, other = new_person(place), app.test_client()
        sign_in(client, person)
        sign_in(other, person)
        switch_on(client, place)
        assert other.get(place / "").status_code == 302
        assert client.get(place / "").status_code == 200
        assert send(client, place / "profile/second-step/off", place / "profile/sign-in").status_code == 303
        assert sign_in(app.test_client(), person).headers["Location"] == place / ""

    def test_is_not_skipped_by_a_new_password(self, app, place, client):
        person = new_person(place)
        sign_in(client, person)
        switch_on(client, place)
        fields = {"old": PASSWORD, "password": OTHER}
        assert send(client, place / "profile/password", place / "profile/sign-in", **fields).status_code == 303
        assert sign_in(app.test_client(), person, password=OTHER).headers["Location"] == "/sign-in/code"

    def test_keeps_its_secret_sealed(self, app, place, client):
        person = new_person(place)
        sign_in(client, person)
        secret, codes = switch_on(client, place)
        with app.app_context():
            user = db.session.get(User, person.id)
            assert secret.encode() not in user.totp_secret
            assert totp.opened(app.config["SECRET_KEY"], user.totp_secret) == secret
            assert queries.count_recovery_codes(person.id) == len(codes)


class TestStepUp:
    def test_asks_for_the_password_ten_minutes_later(self, place, client):
        person = new_person(place)
        sign_in(client, person)
        assert client.get(place / "settings/roles").status_code == 200
        later(601)
        asked = client.get(place / "settings/roles")
        assert "Your password, please" in asked.text
        action = place / "prove"
        fields = filled(asked.text, action)
        where = re.search(r'action="([^"]*/prove[^"]*)"', asked.text)[1].replace("&amp;", "&")
        assert client.post(where, data={**fields, "_password": "wrong wrong"}).status_code == 422
        assert (
            client.post(where, data={**fields, "_password": PASSWORD}).headers["Location"] == place / "settings/roles"
        )
        assert "Your password, please" not in client.get(place / "settings/roles").text

    def test_carries_a_form_along(self, place, client):
        sign_in(client, new_person(place))
        form = filled(client.get(place / "settings/roles").text, place / "settings/roles")
        later(601)
        asked = client.post(place / "settings/roles", data={**form, "name": "Intern", "like": "agent"})
        carried = filled(asked.text, place / "settings/roles")
        assert carried["name"] == "Intern"
        done = client.post(place / "settings/roles", data={**carried, "_password": PASSWORD})
        assert done.status_code == 303
        assert "Intern" in client.get(place / "settings/roles").text

    def test_gives_the_session_a_new_secret(self, place, client):
        sign_in(client, new_person(place))
        name = f"__Host-staff-{place.slug}"
        before = client.get_cookie(name, domain="seaport.test").value
        later(601)
        asked = client.get(place / "settings/roles")
        where = re.search(r'action="([^"]*/prove[^"]*)"', asked.text)[1]
        client.post(where, data={**filled(asked.text, place / "prove"), "_password": PASSWORD})
        after = client.get_cookie(name, domain="seaport.test").value
        assert after != before
        client.set_cookie(name, before, domain="seaport.test", secure=True)
        assert client.get(place / "").status_code == 302

    def test_does_not_hold_for_a_session_begun_without_a_password(self, app, place, client):
        other = new_place(app)
        sign_in(client, new_person(place, other), place)
        send(client, other / "continue", other / "sign-in")
        assert "Your password, please" in client.get(other / "settings/roles").text


class TestCarriedForm:
    @pytest.mark.shows("AD4")
    def test_is_sent_after_signing_in_again(self, place, client):
        person = new_person(place)
        sign_in(client, person)
        form = filled(client.get(place / "profile").text, place / "profile")
        clock.shift(13 * 3600)
        ended = client.post(place / "profile", data={**form, "name": "Written before"})
        assert ended.status_code == 401
        back = client.post(
            place / "sign-in",
            data={**filled(ended.text, place / "sign-in"), "email": person.email, "password": PASSWORD},
        )
        resumed = filled(back.text, place / "profile")
        assert resumed["name"] == "Written before"
        assert client.post(place / "profile", data=resumed).status_code == 303
        assert "Written before" in client.get(place / "profile").text

    def test_of_another_browser_is_dropped(self, app, place, client):
        person = new_person(place)
        sign_in(client, person)
        form = filled(client.get(place / "profile").text, place / "profile")
        clock.shift(13 * 3600)
        ended = client.post(place / "profile", data={**form, "name": "Slipped in"})
        carried = filled(ended.text, place / "sign-in")["_carry"]
        victim = app.test_client()
        answer = send(victim, place / "sign-in", email=person.email, password=PASSWORD, _carry=carried)
        assert answer.headers["Location"] == place / ""


class TestSessions:
    def test_are_listed_and_ended(self, app, place, client):
        person, other = new_person(place), app.test_client()
        sign_in(client, person)
        other.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone) AppleWebKit Safari/605"
        sign_in(other, person)
        page = client.get(place / "profile/sign-in").text
        assert "Safari, iPhone" in page
        for path in re.findall(r'action="(/[^"]*/sessions/[0-9a-f-]{36}/end)"', page):
            assert send(client, path, place / "profile/sign-in").status_code == 303
        assert other.get(place / "").status_code == 302
        assert client.get(place / "").status_code == 200

    def test_of_others_cannot_be_ended(self, app, place, client):
        sign_in(client, new_person(place))
        victim = new_person(place)
        sign_in(app.test_client(), victim)
        with app.app_context():
            session_id = queries.browsers_of(victim.id)[0].session_ids[0]
        path = place / f"profile/sessions/{session_id}/end"
        assert send(client, path, place / "profile/sign-in").status_code == 404


class TestYou:
    def test_name_language_and_zone_go_with_the_person(self, app, place, client):
        other = new_place(app)
        person = new_person(place, other)
        sign_in(client, person, place)
        fields = {"name": "王伟", "locale": "zh", "timezone": "Asia/Shanghai"}
        assert send(client, place / "profile", **fields).status_code == 303
        assert "您好" in client.get(place / "").text
        send(client, other / "continue", other / "sign-in")
        assert "王伟，您好" in client.get(other / "").text

    def test_look_is_kept(self, place, client):
        sign_in(client, new_person(place))
        send(client, place / "profile/look", theme="dark")
        page = client.get(place / "").text
        assert 'data-bs-theme="dark"' in page
        assert 'data-shortcuts="off"' in page or 'data-shortcuts="on"' in page

    def test_picture_is_drawn_anew(self, place, client):
        sign_in(client, new_person(place))
        raw = io.BytesIO()
        Image.new("RGB", (900, 600), "teal").save(raw, "JPEG", exif=b"Exif\0\0secret place")
        fields = filled(client.get(place / "profile").text, place / "profile/picture")
        answer = client.post(
            place / "profile/picture",
            data={**fields, "file": (io.BytesIO(raw.getvalue() + b"<script>x</script>"), "me.jpg")},
        )
        assert answer.status_code == 303
        src = re.search(rf'src="(/{place.slug}/pictures/[^"]+)"', client.get(place / "profile").text)[1]
        shown = client.get(src)
        assert shown.content_type == "image/png"
        assert b"secret" not in shown.data
        assert b"script" not in shown.data
        assert Image.open(io.BytesIO(shown.data)).size == (256, 256)
        assert shown.headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("content", [b"<svg onload='x'/>", b"GIF89a nothing", b"", b"\x89PNG\r\n\x1a\nbroken"])
    def test_refuses_what_is_no_picture(self, place, client, content):
        sign_in(client, new_person(place))
        fields = filled(client.get(place / "profile").text, place / "profile/picture")
        answer = client.post(place / "profile/picture", data={**fields, "file": (io.BytesIO(content), "me.png")})
        assert answer.status_code == 422
