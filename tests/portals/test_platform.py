"""The operators' part: who comes in and how, what is seen of all workspaces, and trying a job again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from saas import cli, clock
from saas.billing.models import Status, StripeEvent, Subscription
from saas.db import db, new_id
from saas.run.commands import _app
from saas.tenants import events, queries, scope, totp
from saas.tenants.actions import operators
from saas.tenants.models import Delivery, Event, Operator, Session, SessionAudience, Tenant, TenantStatus
from tests.factories import (
    PASSWORD,
    enter_platform,
    enter_portal,
    make_account,
    make_member,
    make_operator,
    make_portal_user,
    make_tenant,
    sign_in,
)
from tests.test_permissions import plain

OTHER = "eight small green boats"
HOME = "/_platform/"


@pytest.fixture
def operator(context):
    return make_operator()


@pytest.fixture
def inside(client, operator):
    """A browser with an operator signed in."""
    enter_platform(client, operator)
    return client


@pytest.fixture
def saas(app, context, monkeypatch, capsys):
    """Run a command; its exit status, and what it said on both channels."""
    monkeypatch.setattr(_app, "create_app", lambda: app)

    def run(*words):
        db.session.rollback()
        return cli.main(words), *capsys.readouterr()

    return run


def code_of(operator):
    row = db.session.scalars(select(Operator).where(Operator.id == operator.id)).one()
    key = "a key for the moment, long enough to be taken"
    found = pyotp.TOTP(totp.opened(key, row.totp_secret)).at(clock.now())
    db.session.rollback()
    return found


def give_up(tenant, error="RuntimeError in saas/jobs/tenants.py, line 12"):
    with scope.enter(tenant.id):
        events.deliver("tenants.mail_notice", key=new_id().hex, due_at=clock.now(), payload={"notice_id": "x"})
        db.session.flush()
        row = db.session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
        row.gave_up_at, row.attempts, row.last_error = clock.now(), 5, error
        db.session.commit()
        return row.id


def stopped_at(tenant, delivery_id):
    with scope.enter(tenant.id):
        return db.session.scalars(select(Delivery.gave_up_at).where(Delivery.id == delivery_id)).one()


class TestCommand:
    def test_makes_an_operator_whose_phone_is_still_to_come(self, saas):
        email = f"{new_id().hex}@example.com"
        assert saas("operator", "create", "--email", email.upper(), "--password", OTHER)[0] == 0
        made = queries.operator_by_email(email)
        assert made.password_hash.startswith("$argon2id$")
        assert not made.has_codes
        assert queries.user_by_email(email) is None

    def test_refuses_a_second_one_and_a_weak_password(self, saas):
        email = f"{new_id().hex}@example.com"
        assert saas("operator", "create", "--email", email, "--password", "password12")[0] == 1
        assert saas("operator", "create", "--email", email, "--password", OTHER)[0] == 0
        status, _out, said = saas("operator", "create", "--email", email, "--password", OTHER)
        assert (status, "already" in said) == (1, True)
        assert saas("operator", "create", "--email", "no address", "--password", OTHER)[0] == 2

    def test_lets_one_who_lost_his_phone_begin_anew(self, saas, inside, operator):
        assert inside.get(HOME).status_code == 200
        assert saas("operator", "reset", "--email", operator.email, "--password", OTHER)[0] == 0
        assert inside.get(HOME).headers["Location"].startswith("/_platform/sign-in")
        assert not queries.operator_by_email(operator.email).has_codes

    def test_shuts_one_out_at_once(self, saas, inside, operator, post):
        assert saas("operator", "disable", "--email", operator.email)[0] == 0
        assert inside.get(HOME).status_code == 302
        assert post("/_platform/sign-in", data={"email": operator.email, "password": PASSWORD}).status_code == 422
        assert saas("operator", "disable", "--email", "nobody@example.com")[0] == 1


class TestSignIn:
    def sign_in(self, post, operator, password=PASSWORD):
        return post("/_platform/sign-in", data={"email": operator.email, "password": password})

    def test_asks_for_password_and_code(self, client, post, operator):
        answer = self.sign_in(post, operator)
        assert answer.headers["Location"] == "/_platform/sign-in/code"
        assert client.get(HOME).status_code == 404  # the password alone opens nothing
        assert post("/_platform/sign-in/code", data={"code": "000000"}).status_code == 422
        answer = post("/_platform/sign-in/code", data={"code": code_of(operator)})
        assert (answer.status_code, answer.headers["Location"]) == (303, HOME)
        cookie = answer.headers.getlist("Set-Cookie")
        (mine,) = [one for one in cookie if one.startswith("__Host-operator=")]
        assert all(word in mine for word in ("Secure", "HttpOnly", "Path=/"))
        assert client.get(HOME).status_code == 200

    def test_takes_a_code_once(self, app, client, post, operator):
        code = code_of(operator)
        self.sign_in(post, operator)
        assert post("/_platform/sign-in/code", data={"code": code}).status_code == 303
        client.delete_cookie("__Host-operator", domain="seaport.test")
        self.sign_in(post, operator)
        assert post("/_platform/sign-in/code", data={"code": code}).status_code == 422

    def test_pauses_after_ten_wrong_codes(self, post, operator):
        self.sign_in(post, operator)
        for _n in range(10):
            assert post("/_platform/sign-in/code", data={"code": "000000"}).status_code == 422
        answer = post("/_platform/sign-in/code", data={"code": code_of(operator)})
        assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)

    def test_the_first_time_makes_the_phone_known(self, client, post, context):
        operator = operators.create(f"{new_id().hex}@example.com", "Olga", PASSWORD)
        db.session.commit()
        answer = self.sign_in(post, operator)
        assert answer.headers["Location"] == "/_platform/sign-in/phone"
        assert client.get(HOME).status_code == 404
        assert client.get("/_platform/sign-in/code").headers["Location"] == "/_platform/sign-in"
        page = client.get("/_platform/sign-in/phone").text
        sealed = page.split('name="sealed"')[1].split('value="')[1].split('"')[0]
        secret = page.split('class="secret">')[1].split("<")[0]
        sent = {"sealed": sealed, "code": pyotp.TOTP(secret).at(clock.now())}
        assert post("/_platform/sign-in/phone", data=sent | {"code": "000000"}).status_code == 422
        assert post("/_platform/sign-in/phone", data=sent).headers["Location"] == HOME
        assert client.get(HOME).status_code == 200
        assert queries.operator_by_email(operator.email).has_codes

    def test_lets_nobody_in_without_a_phone(self, context):
        operator = make_operator(totp_secret=None)
        with pytest.raises(ValueError, match="second step"):
            operators.begin(operator, operators.Client())

    def test_doesnt_let_a_password_alone_change_the_phone(self, client, post, operator):
        self.sign_in(post, operator)
        assert client.get("/_platform/sign-in/phone").headers["Location"] == "/_platform/sign-in"

    def test_counts_wrong_passwords(self, post, operator):
        for _n in range(10):
            assert self.sign_in(post, operator, "wrong").status_code == 422
        assert self.sign_in(post, operator).status_code == 429

    def test_is_not_for_users(self, post, context):
        tenant = make_tenant()
        email = f"{new_id().hex}@example.com"
        with scope.enter(tenant.id):
            make_member("owner", email=email)
            db.session.commit()
        assert post("/_platform/sign-in", data={"email": email, "password": PASSWORD}).status_code == 422

    def test_ends_soon(self, inside):
        clock.shift(14 * 60)
        assert inside.get(HOME).status_code == 200
        clock.shift(28 * 60)
        assert inside.get(HOME).status_code == 200
        clock.shift(44 * 60)
        answer = inside.get("/_platform/jobs")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/_platform/sign-in?next=/_platform/jobs")

    def test_ends_in_any_case_after_eight_hours(self, inside, operator):
        row = db.session.scalars(select(Session).where(Session.operator_id == operator.id)).one()
        assert row.expires_at - row.created_at < timedelta(hours=8, seconds=5)
        assert row.audience is SessionAudience.OPERATOR
        late = clock.now() + timedelta(hours=9)
        db.session.execute(update(Session).where(Session.id == row.id).values(idle_until=late))
        db.session.commit()
        clock.shift(8 * 3600 + 60)
        assert inside.get(HOME).status_code == 302

    def test_signing_out_ends_it(self, inside, operator, post):
        assert post("/_platform/sign-out").headers["Location"] == "/_platform/sign-in"
        row = db.session.scalars(select(Session).where(Session.operator_id == operator.id)).one()
        assert row.revoked_at is not None
        assert inside.get(HOME).status_code == 404


class TestDoor:
    @pytest.mark.parametrize("path", ["", "jobs", "stripe"])
    def test_others_find_nothing(self, app, client, context, path):
        tenant = make_tenant()
        staff, portal = app.test_client(), app.test_client()
        sign_in(staff, tenant, "owner")
        with scope.enter(tenant.id):
            person = make_portal_user()
            db.session.commit()
        enter_portal(portal, tenant, person)
        for browser in (client, staff, portal):
            there, nowhere = browser.get(f"{HOME}{path}"), browser.get("/_platform/no-such-page")
            assert there.status_code == nowhere.status_code == 404
            assert plain(there) == plain(nowhere)

    @pytest.fixture
    def apart(self, app):
        """In production with a host for operators alone."""
        before, hosts = app.extensions["config"], app.config["TRUSTED_HOSTS"]
        app.extensions["config"] = replace(before, operator_host="ops.test")
        app.config["TRUSTED_HOSTS"] = [*hosts, "ops.test"]
        yield
        app.extensions["config"], app.config["TRUSTED_HOSTS"] = before, hosts

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_is_at_its_own_host_only(self, client, apart, method):
        for path in ("sign-in", "", "sign-in/code"):
            answer = client.open(f"{HOME}{path}", method=method)
            assert answer.status_code == 404
        assert client.get("/_platform").status_code == 404
        assert client.get(f"{HOME}sign-in", base_url="https://ops.test").status_code == 200
        assert client.get(f"{HOME}sign-in", base_url="https://ops.test:8443").status_code == 200

    def test_nothing_else_is_there(self, client, apart):
        for path in ("/", "/sign-in", "/harbor/", "/workspaces"):
            assert client.get(path, base_url="https://ops.test").status_code == 404
            assert client.get(path, base_url="https://seaport.test").status_code != 404 or path == "/harbor/"
        assert client.get("/healthz", base_url="https://ops.test").status_code == 200

    def test_is_nowhere_without_a_host(self, app, client, monkeypatch):
        monkeypatch.setitem(app.extensions, "config", replace(app.extensions["config"], operator_host=""))
        assert client.get(f"{HOME}sign-in").status_code == 404


class TestWorkspaces:
    @pytest.mark.parametrize(("key", "said"), [("", "Trial without an end"), ("sk_test_double", "Trial until")])
    def test_says_whether_a_trial_ends(self, app, inside, monkeypatch, key, said):
        monkeypatch.setitem(app.extensions, "config", replace(app.extensions["config"], stripe_api_key=key))
        tenant = make_tenant(trial_ends_at=clock.now() + timedelta(days=30))
        page = inside.get(f"{HOME}?q={tenant.slug}").text
        assert said in page.partition(f'id="workspace-{tenant.id}"')[2].partition("</tr>")[0]

    def test_shows_how_each_is_doing(self, inside):
        tenant = make_tenant(name=f"Quay {new_id().hex[-8:]}", status=TenantStatus.SUSPENDED, seat_limit=7)
        rented = {"customer_id": new_id().hex, "is_live": False, "status": Status.PAST_DUE, "quantity": 7}
        db.session.add(Subscription(tenant_id=tenant.id, **rented))
        db.session.commit()
        with scope.enter(tenant.id):
            make_member("owner")
            make_member("agent", user_id=None)
            make_account(name="Secretive Ltd")
            db.session.commit()
        page = inside.get(f"{HOME}?q={tenant.slug}").text
        row = page.split(f'id="workspace-{tenant.id}"')[1].split("</tr>")[0]
        assert all(word in row for word in (tenant.name, f"/{tenant.slug}", "Read-only", "Payment overdue", "1 / 7"))
        assert "Secretive" not in page

    def test_finds_by_name_and_by_state(self, inside):
        word = new_id().hex[-10:]
        make_tenant(name=f"A {word}"), make_tenant(name=f"B {word}", status=TenantStatus.CLOSED)
        assert inside.get(f"{HOME}?q={word}").text.count('<tr id="workspace-') == 2
        page = inside.get(f"{HOME}?q={word}&state=closed").text
        assert (f"B {word}" in page, f"A {word}" in page) == (True, False)
        assert "No match" in inside.get(f"{HOME}?q={word}%25").text

    def test_goes_on(self, inside, monkeypatch):
        monkeypatch.setattr("saas.portals.platform.pages.PAGE", 2)
        word = new_id().hex[-10:]
        for n in range(3):
            make_tenant(name=f"{word} {n}")
        page = inside.get(f"{HOME}?q={word}").text
        assert (f"{word} 2" in page, f"{word} 0" in page) == (True, False)
        following = page.split('class="more"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
        page = inside.get(following).text
        assert (f"{word} 2" in page, f"{word} 0" in page, 'class="more"' in page) == (False, True, False)

    def test_asks_as_much_whatever_the_rows(self, inside, statements):
        word = new_id().hex[-10:]
        seen = []
        for n in range(3):
            make_tenant(name=f"{word} {n}")
            with statements() as asked:
                inside.get(f"{HOME}?q={word}")
            seen.append(len(asked))
        assert len(set(seen[1:])) == 1, seen


class TestJobs:
    def test_shows_what_stopped_anywhere(self, inside):
        one, two = make_tenant(name="Quay One"), make_tenant(name="Quay Two")
        ids = [give_up(one), give_up(two, "Ms Secret's address refused the letter.")]
        page = inside.get("/_platform/jobs").text
        assert all(f"job-{delivery_id}" in page for delivery_id in ids)
        assert all(word in page for word in ("Quay One", "Quay Two", "Mail a notification", "line 12"))
        assert "Secret" not in page  # nor anything else that belongs to a workspace's customers

    def test_tries_one_again_and_the_workspace_sees_who(self, client, inside, operator, post):
        tenant = make_tenant()
        delivery_id = give_up(tenant)
        answer = post(f"/_platform/jobs/{tenant.id}/{delivery_id}/retry")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/_platform/jobs")
        assert stopped_at(tenant, delivery_id) is None
        with scope.enter(tenant.id):
            event = db.session.scalars(select(Event).where(Event.name == "delivery.retried")).one()
            found = (event.actor_kind, event.actor_id, event.subject_id)
        assert found == ("operator", operator.id, delivery_id)
        sign_in(client, tenant, "owner")
        page = client.get(f"/{tenant.slug}/settings/jobs").text
        assert all(word in page for word in ("Tried again lately", "Seaport&#39;s operator", "Mail a notification"))

    def test_knows_only_what_stopped_there(self, inside, post):
        one, two = make_tenant(), make_tenant()
        delivery_id = give_up(one)
        assert post(f"/_platform/jobs/{two.id}/{delivery_id}/retry").status_code == 404
        assert post(f"/_platform/jobs/{new_id()}/{delivery_id}/retry").status_code == 404
        assert stopped_at(one, delivery_id) is not None

    def test_strangers_try_nothing_again(self, client, context, post):
        tenant = make_tenant()
        delivery_id = give_up(tenant)
        sign_in(client, tenant, "owner")
        assert post(f"/_platform/jobs/{tenant.id}/{delivery_id}/retry").status_code == 404
        assert stopped_at(tenant, delivery_id) is not None


class TestStripe:
    def test_shows_what_got_stuck(self, inside):
        tenant = make_tenant(name=f"Quay {new_id().hex[-8:]}")
        long_ago = clock.now() - timedelta(hours=1)
        kinds = {
            "invoice.paid": {},
            "invoice.new": {"created_at": clock.now()},
            "invoice.done": {"processed_at": long_ago},
        }
        for kind, given in kinds.items():
            row = {"stripe_id": f"evt_{new_id().hex}", "kind": kind, "tenant_id": tenant.id, "created_at": long_ago}
            db.session.add(StripeEvent(**row | given))
        db.session.commit()
        page = inside.get("/_platform/stripe").text
        assert all(word in page for word in (tenant.name, "invoice.paid"))
        assert "invoice.new" not in page
        assert "invoice.done" not in page


def test_the_register_is_read_by_nobody_else(tenant):
    """Behind the app's role a workspace sees its own row only."""
    others = select(Tenant.id).where(Tenant.id != tenant.id)
    assert db.session.scalars(others, bind_arguments={"bind": db.engines[None]}).all() == []
