"""What every answer carries and every form needs: headers, cookies, hosts, CSRF; and that looking changes nothing."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine, text

from saas.db import db
from saas.portals import guard
from saas.portals.guard import Audience
from saas.tenants.permissions import ANYONE
from tests.portals.conftest import new_person, new_place, sign_in
from tests.test_permissions import rules
from tests.walk import ELSEWHERE

EXEMPT = {"stripe.receive"}  # a machine's, known by its signature
TAGGED = {"files.picture", "files.preview"}  # pictures we drew ourselves: kept under their tag, asked for each time
SEEN = {"session", "event"}  # touched by looking: when a session was last used; that a list was taken away


def by_form(app):
    for rule, method in rules(app):
        if method != "GET" and rule.endpoint not in EXEMPT:
            yield rule, method


class TestCsrf:
    def test_is_refused_without_a_token(self, app, world):
        browser, _user_id = world.person("owner")
        wrong = [
            (rule.rule, answer.status_code)
            for rule, method in by_form(app)
            if (answer := browser.open(world.address(rule), method=method, data={})).status_code != 419
        ]
        assert not wrong

    def test_is_refused_with_anothers_token(self, world, client):
        browser, _user_id = world.person("owner")
        browser.get("/sign-in")
        page = client.get("/sign-in").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
        answer = browser.post(f"/{world.slug}/bell/read", data={"csrf_token": token})
        assert answer.status_code == 419

    @pytest.mark.parametrize(
        "headers",
        [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
    )
    def test_is_refused_from_another_site_even_with_a_token(self, app, world, headers):
        wrong = []
        browser, _user_id = world.person("owner")
        page = browser.get(f"/{world.slug}/").text
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
        for rule, method in by_form(app):
            answer = browser.open(world.address(rule), method=method, data={"csrf_token": token}, headers=headers)
            if answer.status_code != 419:
                wrong.append((rule.rule, answer.status_code))
        assert not wrong


class TestLooking:
    def test_changes_nothing(self, app, world):
        browser, _user_id = world.person("owner")
        addresses = [
            world.address(rule)
            for rule, method in rules(app)
            if method == "GET" and rule.endpoint not in ELSEWHERE and guard.audience_of(app, rule.endpoint) in _ours()
        ]
        browser.get(f"/{world.slug}/deals/")  # the pipeline's first stages come with the first look
        before = counts(app)
        for address in addresses:
            assert browser.get(address).status_code < 500, address
        assert counts(app) == before


def _ours():
    return {Audience.STAFF, Audience.PUBLIC}


def counts(app) -> dict[str, object]:
    """How many rows each table has, and how often its rows were changed."""
    with app.app_context():
        names = [name for name in db.Model.metadata.tables if name not in SEEN]
        engine = create_engine(app.extensions["config"].admin_url)
        with engine.connect() as connection:
            found = {
                name: tuple(connection.execute(text(f'select count(*), max(xmin::text::bigint) from "{name}"')).one())
                for name in names
            }
        engine.dispose()
    return found


class TestHeaders:
    def test_are_on_every_answer(self, app, world):
        wrong = []
        browser, _user_id = world.person("owner")
        for rule, method in rules(app):
            if rule.endpoint in ELSEWHERE:
                continue
            answer = browser.open(world.address(rule), method=method, data={} if method != "GET" else None)
            wrong += [(rule.rule, lack) for lack in lacking(answer, rule.endpoint)]
        assert not wrong

    def test_are_on_what_is_not_found(self, client):
        assert not lacking(client.get("/nothing/at/all"), "")

    def test_keep_signed_in_pages_out_of_caches(self, app, world):
        browser, _user_id = world.person("owner")
        for rule, method in rules(app):
            if method != "GET" or guard.right_of(app, rule.endpoint) == ANYONE or rule.endpoint in ELSEWHERE:
                continue
            said = browser.get(world.address(rule)).headers["Cache-Control"]
            assert said == ("private, no-cache" if rule.endpoint in TAGGED else "no-store"), rule.rule


def lacking(answer, endpoint: str) -> list[str]:
    """What an answer's headers lack."""
    headers, out = answer.headers, []
    policy = headers.get("Content-Security-Policy", "")
    wanted = {
        "Strict-Transport-Security": "max-age=",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "n" if "no-referrer" in headers.get("Referrer-Policy", "") else "same-origin",
    }
    out += [name for name, value in wanted.items() if value not in headers.get(name, "")]
    if policy.startswith("default-src 'none'; sandbox"):
        return out
    parts = ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "'nonce-")
    out += [part for part in parts if part not in policy]
    out += [word for word in ("unsafe-inline", "unsafe-eval", "*") if word in policy]
    return out


class TestCookies:
    def test_are_fenced(self, app):
        place, client = new_place(app), app.test_client()
        answer = sign_in(client, new_person(place))
        sent = [*answer.headers.getlist("Set-Cookie"), *client.get("/?lang=zh").headers.getlist("Set-Cookie")]
        assert len(sent) >= 4
        for cookie in sent:
            assert cookie.startswith("__Host-"), cookie
            assert "Secure" in cookie
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert "Path=/" in cookie
            assert "Domain" not in cookie
            assert len(cookie) < 4096


class TestHosts:
    @pytest.mark.parametrize(
        "host",
        ["evil.example", "seaport.test.evil.example", "seaport.test@evil.example", "127.0.0.1", "xn--sport-mra.test"],
    )
    def test_that_are_not_ours_get_nothing(self, app, host):
        answer = app.test_client().get("/sign-in", base_url=f"https://{host}")
        assert answer.status_code == 400
        assert "Seaport" not in answer.text

    def test_forwarded_ones_are_not_believed(self, client):
        answer = client.get("/sign-in", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})
        assert answer.status_code == 200
        assert "evil.example" not in answer.text


class TestRedirects:
    PAYLOADS = (
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2F%2Fevil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n//evil.example",
        "//evil.example%2F..",
        " //evil.example",
        "/.//evil.example",
    )

    @pytest.mark.parametrize("wanted", PAYLOADS)
    def test_stay_with_us(self, app, wanted):
        with app.test_request_context(base_url="https://seaport.test"):
            where = guard.safe_next(wanted, "/safe")
        assert where.startswith("/")
        assert not where.startswith(("//", "/\\"))
        assert not re.search(r"[\\\r\n\t]", where)


ODD = ["\0", "2026-02-31", "'\"><%s%(x)s{{7*7}}伟\u202e"]
ASKED = (
    "before after sort q kind state stage result account_id customer owner view tab start end from who month lang name"
)


class TestOddWords:
    @pytest.mark.parametrize("path", ["/a%00b/", "/a%00b/portal/", "/a%00b/sign-in", "/join/%00"])
    def test_as_a_part_of_the_path_lead_nowhere(self, app, path):
        assert app.test_client().get(path).status_code == 404

    @pytest.mark.quick
    @pytest.mark.parametrize("odd", ODD, ids=ascii)
    def test_in_an_address_break_nothing(self, app, world, odd):
        browser, _user_id = world.person("owner")
        asked = urlencode(dict.fromkeys(ASKED.split(), odd))
        wrong = [
            (rule.rule, answer.status_code)
            for rule, method in rules(app)
            if method == "GET"
            and rule.endpoint not in ELSEWHERE
            and (answer := browser.get(f"{world.address(rule).split('?')[0]}?{asked}")).status_code >= 500
        ]
        assert not wrong
