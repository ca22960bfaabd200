"""The walk: every rule of the app × every method × every role, in one's own workspace and in another's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask

from saas.portals import guard
from saas.portals.guard import Audience
from saas.tenants import rights
from saas.tenants.permissions import ANYONE, PORTAL_ROLES, STAFF_ROLES, STARTING_ROLES, Permission
from tests.pages import filled
from tests.walk import ELSEWHERE, PARAMETERS, PREPARE, World

ROLES = {
    Audience.STAFF: STAFF_ROLES,
    Audience.CUSTOMER: ("customer_manager", "customer"),
    Audience.PARTNER: ("partner",),
    Audience.OPERATOR: ("operator",),
    Audience.PUBLIC: ("owner",),
}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def trusting(app: Flask) -> Iterator[Flask]:
    """The app without the CSRF check, which would answer before the guard does."""
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    app.config["WTF_CSRF_ENABLED"] = True


def rules(app: Flask):
    """Every (rule, method)."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def allowed(right: object, role: str) -> bool:
    """What the law says about a starting role."""
    return not isinstance(right, Permission) or role in STARTING_ROLES[right]


def call(browser, method: str, address: str, form: dict):
    return browser.open(address, method=method, data=form if method in UNSAFE else None)


def plain(response) -> str:
    """The answer without what differs each time: the request's id and tokens."""
    text = response.get_data(as_text=True)
    text = re.sub(r'(name="csrf-token" content=|name="csrf_token"[^>]*value=)"[^"]*"', r"\1", text)
    return re.sub(r"\b[0-9a-f]{32}\b", "id", text)


def entered(app: Flask, audience: Audience):
    """A workspace of its own, with somebody signed in who has every right of this kind."""
    world = World(app)
    return world, *world.person(ROLES[audience][0])


class TestEveryRule:
    def test_declares_who_may_use_it(self, app):
        assert all(guard.right_of(app, rule.endpoint) is not None for rule in app.url_map.iter_rules())

    def test_gives_strangers_nothing(self, trusting, world):
        wrong = []
        for rule, method in rules(trusting):
            if guard.right_of(trusting, rule.endpoint) == ANYONE:
                continue
            answer = call(trusting.test_client(), method, world.address(rule), world.form(rule))
            to_sign_in = answer.status_code in {302, 303} and "/sign-in" in answer.headers["Location"]
            if not to_sign_in and answer.status_code not in {401, 404}:
                wrong.append((method, rule.rule, answer.status_code))
        assert not wrong, "\n".join(map(str, wrong))

    @pytest.mark.parametrize("role", [role for role in (*STAFF_ROLES, *PORTAL_ROLES) if role != "owner"])
    def test_refuses_a_role_that_lacks_its_right(self, trusting, world, role):
        wrong = []
        browser, _id = world.person(role)
        for rule, method in rules(trusting):
            right = guard.right_of(trusting, rule.endpoint)
            if role not in ROLES.get(guard.audience_of(trusting, rule.endpoint), ()) or allowed(right, role):
                continue
            answer = call(browser, method, world.address(rule), world.form(rule))
            if answer.status_code != 403:
                wrong.append((method, rule.rule, answer.status_code))
        assert not wrong, "\n".join(map(str, wrong))

    @pytest.mark.parametrize("role", ["owner", *PORTAL_ROLES, "operator"])
    def test_opens_no_door_of_another_kind(self, trusting, world, role):
        wrong = []
        browser, _id = world.person(role)
        for rule, method in rules(trusting):
            audience, right = guard.audience_of(trusting, rule.endpoint), guard.right_of(trusting, rule.endpoint)
            if audience is Audience.PUBLIC or right == ANYONE or role in ROLES.get(audience, ()):
                continue
            answer = call(browser, method, world.address(rule), world.form(rule))
            to_sign_in = answer.status_code in {302, 303} and "/sign-in" in answer.headers["Location"]
            if not to_sign_in and answer.status_code not in {401, 404}:
                wrong.append((method, rule.rule, answer.status_code))
        assert not wrong, "\n".join(map(str, wrong))

    def test_hides_another_workspace_as_if_it_did_not_exist(self, trusting, world):
        mine, theirs = World(trusting), world
        browser, _user_id = mine.person("owner")
        wrong = []
        for rule, method in rules(trusting):
            audience, right = guard.audience_of(trusting, rule.endpoint), guard.right_of(trusting, rule.endpoint)
            if audience is not Audience.STAFF or right == ANYONE:
                continue
            form = mine.form(rule)
            there = call(browser, method, theirs.address(rule), form)
            nowhere = call(browser, method, theirs.address(rule, workspace=f"n-{uuid4().hex[:12]}"), mine.form(rule))
            if there.status_code != 404 or plain(there) != plain(nowhere):
                wrong.append((method, rule.rule, there.status_code))
        assert not wrong, "\n".join(map(str, wrong))

    def test_hides_anothers_records_as_if_they_did_not_exist(self, trusting, world):
        mine, theirs = World(trusting), world
        wrong, browsers = [], {}
        for rule, method in rules(trusting):
            ids = [name for name, kind in rule._converters.items() if type(kind).__name__ == "UUIDConverter"]
            audience = guard.audience_of(trusting, rule.endpoint)
            if not ids or audience in {Audience.PUBLIC, Audience.OPERATOR}:  # operators look at all workspaces
                continue
            role = ROLES[audience][0]
            browser = browsers.get(role) or browsers.setdefault(role, mine.person(role)[0])
            browser.delete_cookie("__Host-seaport", domain="seaport.test")  # no message of one answer in the next
            given = {name: theirs.example(rule, name) for name in ids}
            foreign = call(browser, method, mine.address(rule, **given), mine.form(rule))
            browser.delete_cookie("__Host-seaport", domain="seaport.test")
            random = call(browser, method, mine.address(rule, **{name: uuid4() for name in ids}), mine.form(rule))
            if foreign.status_code not in {303, 404} or plain(foreign) != plain(random):
                wrong.append((method, rule.rule, foreign.status_code, random.status_code))
        assert not wrong, "\n".join(map(str, wrong))

    def test_is_reached_by_somebody(self, trusting):
        unreached, seen = [], {}
        for rule, method in rules(trusting):
            audience = guard.audience_of(trusting, rule.endpoint)
            if rule.endpoint in ELSEWHERE or audience not in ROLES:
                continue
            missing = [
                name
                for name in rule.arguments - {"workspace"}
                if not {name, f"{rule.endpoint}:{name}"} & set(PARAMETERS)
                and not hasattr(rule._converters[name], "items")
            ]
            if missing:
                unreached.append((method, rule.rule, f"tests/walk.py has no example of {missing}"))
                continue
            is_look = method == "GET" and rule.endpoint not in PREPARE  # those change nothing, so they share a place
            world, browser, own_id = (is_look and seen.get(audience)) or entered(trusting, audience)
            if is_look:
                seen[audience] = world, browser, own_id
            world.prepare(rule, own_id)
            address, form = world.address(rule), world.form(rule)
            if method == "POST" and "GET" in (rule.methods or ()):
                form = filled(browser.get(address).get_data(as_text=True), address) | form
            answer = call(browser, method, address, form)
            if not 200 <= answer.status_code < 400 or "next=" in answer.headers.get("Location", ""):
                unreached.append((method, rule.rule, answer.status_code))
        assert not unreached, "\n".join(map(str, unreached))


class TestTheLaw:
    def test_says_each_right_in_words(self):
        assert set(rights.LABELS) == set(Permission)

    def test_says_for_each_right_who_has_it(self):
        assert set(STARTING_ROLES) == set(Permission)

    def test_lets_the_owner_do_everything_a_member_can(self):
        assert all("owner" in STARTING_ROLES[right] for right in set(Permission) - rights.PORTAL)
