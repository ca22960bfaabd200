"""The customer portal, as a customer meets it: coming in, asking, reading, rating; and what he must not see."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy.orm.exc import StaleDataError

from saas import cli, clock
from saas.crm.service_desk import actions
from saas.crm.service_desk.models import Case, CaseState
from saas.db import db
from saas.errors import BusinessError
from saas.jobs import runner
from saas.run.commands import _app
from saas.tenants import queries, scope
from saas.tenants.actions import invitations, portal_links
from saas.tenants.models import Delivery, Invitation, PortalKind, PortalUserStatus, Session
from tests.factories import (
    PASSWORD,
    enter_portal,
    make_account,
    make_agent,
    make_case,
    make_contact,
    make_portal_user,
    make_tenant,
    sign_in,
)

CANARY = "what only colleagues know"


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant(name="Harbor Trading")


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


@pytest.fixture
def tom(here):
    """A customer's person with a way in, committed."""
    with scope.enter(here.id):
        contact = make_contact(make_account(name="Nordlicht"), name="Tom Behrens", email="tom@nordlicht.example")
        person = make_portal_user(contact)
        db.session.commit()
        db.session.expunge_all()
    return person


def work(here) -> None:
    """Do all that is due, as a worker would."""
    while runner.run_tenant(str(here.id)):
        pass
    with scope.enter(here.id):
        failed = db.session.query(Delivery).filter(Delivery.last_error.is_not(None))
        assert [(d.handler, d.last_error) for d in failed] == []


def secret(here, email: str) -> str:
    """What the last link mailed to an address holds."""
    with scope.enter(here.id):
        found = db.session.query(Invitation).filter_by(email=email).order_by(Invitation.id.desc()).first()
        return invitations.link_secret(found)


def invited(here, client, post) -> str:
    """Invite a contact as a colleague does; his page."""
    sign_in(client, here, "owner")
    with scope.enter(here.id):
        contact = make_contact(make_account(name="Nordlicht"), name="Tom Behrens", email="tom@nordlicht.example")
        db.session.commit()
    path = f"/{here.slug}/contacts/{contact.id}"
    done = post(f"{path}/portal/invite", data={"email": "tom@nordlicht.example", "role": "customer"})
    assert done.status_code == 303, text_of(done)
    return path


class TestInvite:
    @pytest.mark.shows("PO1")
    def test_lets_a_contact_choose_a_password_and_come_in(self, here, client, post):
        path = invited(here, client, post)
        assert "Invited" in text_of(client.get(path))
        work(here)
        link = f"/{here.slug}/portal/join/{secret(here, 'tom@nordlicht.example')}"
        for _look in range(2):  # a mail scanner looks at links
            assert client.get(link).status_code == 200
        assert client.get(link).headers["Referrer-Policy"] == "no-referrer"
        assert post(link, data={"password": "short"}).status_code == 422
        done = post(link, data={"password": PASSWORD})
        assert done.location == f"/{here.slug}/portal/"
        page = text_of(client.get(done.location))
        assert "Hello Tom, how can we help?" in page
        assert "Nordlicht" in page
        assert client.get(link).status_code == 404
        assert "Has a way in" in text_of(client.get(path))

    def test_is_sent_again_and_taken_back(self, here, client, post):
        path = invited(here, client, post)
        old = secret(here, "tom@nordlicht.example")
        post(f"{path}/portal/resend")
        new = secret(here, "tom@nordlicht.example")
        assert client.get(f"/{here.slug}/portal/join/{old}").status_code == 404
        assert client.get(f"/{here.slug}/portal/join/{new}").status_code == 200
        post(f"{path}/portal/revoke")
        assert client.get(f"/{here.slug}/portal/join/{new}").status_code == 404
        done = post(f"{path}/portal/invite", data={"email": "tom@nordlicht.example", "role": "customer"})
        assert done.status_code == 303

    def test_refuses_an_address_that_is_in_use(self, here, client, post, tom):
        sign_in(client, here, "owner")
        with scope.enter(here.id):
            other = make_contact(make_account())
            db.session.commit()
        path = f"/{here.slug}/contacts/{other.id}/portal/invite"
        answer = post(path, data={"email": tom.email, "role": "customer"})
        assert answer.status_code == 422
        assert "signs in with this address already" in text_of(answer)

    def test_an_agent_invites_his_own_contacts_only(self, here, client, post):
        agent = sign_in(client, here, "agent")
        with scope.enter(here.id):
            mine, other = make_contact(make_account(owner=agent)), make_contact(make_account())
            db.session.commit()
        codes = [
            post(f"/{here.slug}/contacts/{c.id}/portal/invite", data={"email": f"{n}@x.example", "role": "customer"})
            for n, c in enumerate((mine, other))
        ]
        assert [answer.status_code for answer in codes] == [303, 403]

    def test_a_link_of_another_workspace_or_portal_is_none(self, here, client, post):
        invited(here, client, post)
        link = secret(here, "tom@nordlicht.example")
        assert client.get(f"/{make_tenant().slug}/portal/join/{link}").status_code == 404
        assert client.get(f"/{here.slug}/portal/reset/{link}").status_code == 404
        assert client.get(f"/{here.slug}/join/{link}").status_code == 404


class TestSignIn:
    @pytest.mark.shows("PO1")
    def test_and_out(self, here, client, post, tom):
        path = f"/{here.slug}/portal"
        assert client.get(f"{path}/requests/").location == f"{path}/sign-in?next={path}/requests/"
        done = post(f"{path}/sign-in?next={path}/requests/", data={"email": tom.email.upper(), "password": PASSWORD})
        assert done.location == f"{path}/requests/"
        assert client.get(f"{path}/requests/").status_code == 200
        cookie = client.get_cookie(f"__Host-customer-{here.slug}", domain="seaport.test")
        assert cookie.secure
        assert cookie.http_only
        post(f"{path}/sign-out")
        assert client.get(f"{path}/requests/").status_code == 302
        client.set_cookie(cookie.key, cookie.value, domain="seaport.test", secure=True)
        assert client.get(f"{path}/requests/").status_code == 302

    def test_answers_alike_whatever_is_wrong(self, here, client, post, tom):
        path = f"/{here.slug}/portal/sign-in"
        strip = re.compile(rb'nonce="[^"]+"|value="[^"]*"|content="[^"]+"|name="_once"')
        pages = [
            post(path, data={"email": email, "password": password})
            for email, password in ((tom.email, "wrong"), ("nobody@x.example", PASSWORD))
        ]
        with scope.enter(here.id):
            person = queries.portal_user(tom.id)
            person.status = PortalUserStatus.DISABLED
            db.session.commit()
        pages.append(post(path, data={"email": tom.email, "password": PASSWORD}))
        assert {page.status_code for page in pages} == {422}
        assert len({strip.sub(b"", page.data) for page in pages}) == 1

    def test_stops_guessing(self, here, client, post, tom):
        path = f"/{here.slug}/portal/sign-in"
        codes = [post(path, data={"email": tom.email, "password": "no"}).status_code for _n in range(12)]
        assert codes[-1] == 429
        assert post(path, data={"email": tom.email, "password": PASSWORD}).status_code == 429

    def test_never_leads_elsewhere(self, here, client, post, tom):
        path = f"/{here.slug}/portal/sign-in"
        for wanted in ("https://evil.example/", "//evil.example", f"/{here.slug}/customers/", "/\\evil"):
            done = post(path, query_string={"next": wanted}, data={"email": tom.email, "password": PASSWORD})
            assert done.location == f"/{here.slug}/portal/"

    def test_a_staff_session_opens_no_portal_and_the_other_way_round(self, here, client, tom):
        enter_portal(client, here, tom)
        assert client.get(f"/{here.slug}/portal/").status_code == 200
        assert client.get(f"/{here.slug}/customers/").status_code == 302
        with scope.enter(here.id):
            db.session.rollback()
        value = client.get_cookie(f"__Host-customer-{here.slug}", domain="seaport.test").value
        for name in (f"__Host-staff-{here.slug}", f"__Host-partner-{here.slug}"):
            client.set_cookie(name, value, domain="seaport.test", secure=True)
        assert client.get(f"/{here.slug}/customers/").status_code == 302
        other = make_tenant()
        client.set_cookie(f"__Host-customer-{other.slug}", value, domain="seaport.test", secure=True)
        assert client.get(f"/{other.slug}/portal/").status_code == 302

    def test_a_form_sent_too_late_is_carried_through(self, here, client, post, tom):
        path = f"/{here.slug}/portal"
        late = post(f"{path}/complaint", data={"subject": "Kept words", "text": "x"})
        assert late.status_code == 401
        carried = re.search(r'name="_carry" value="([^"]+)"', late.get_data(as_text=True))[1]
        page = post(f"{path}/sign-in", data={"email": tom.email, "password": PASSWORD, "_carry": carried})
        assert "Kept words" in page.get_data(as_text=True)


class TestShutOut:
    def test_ends_every_session_at_once(self, here, client, post, tom):
        enter_portal(client, here, tom)
        assert client.get(f"/{here.slug}/portal/").status_code == 200
        sign_in(client, here, "owner")
        post(f"/{here.slug}/contacts/{tom.subject_id}/portal/disable")
        assert client.get(f"/{here.slug}/portal/").status_code == 302
        post(f"/{here.slug}/contacts/{tom.subject_id}/portal/enable")
        assert client.get(f"/{here.slug}/portal/").status_code == 302  # the session stays over
        done = post(f"/{here.slug}/portal/sign-in", data={"email": tom.email, "password": PASSWORD})
        assert done.status_code == 303

    def test_an_archived_contact_is_out(self, here, client, post, tom):
        enter_portal(client, here, tom)
        sign_in(client, here, "owner")
        post(f"/{here.slug}/contacts/{tom.subject_id}/archive")
        assert client.get(f"/{here.slug}/portal/").status_code == 302
        assert post(f"/{here.slug}/portal/sign-in", data={"email": tom.email, "password": PASSWORD}).status_code == 422


class TestReset:
    @pytest.mark.shows("PO1")
    def test_gives_a_new_password_once(self, here, client, post, tom):
        enter_portal(client, here, tom)
        path = f"/{here.slug}/portal"
        asked = [post(f"{path}/reset", data={"email": email}) for email in (tom.email, "nobody@x.example")]
        assert len({(a.status_code, a.location) for a in asked}) == 1
        work(here)
        link = f"{path}/reset/{secret(here, tom.email)}"
        assert client.get(link).status_code == 200
        fresh = "three brown bears in a boat"
        assert post(link, data={"password": fresh}).status_code == 303
        assert post(link, data={"password": fresh}).status_code == 404
        assert client.get(f"{path}/").status_code == 302
        assert post(f"{path}/sign-in", data={"email": tom.email, "password": PASSWORD}).status_code == 422
        assert post(f"{path}/sign-in", data={"email": tom.email, "password": fresh}).status_code == 303
        work(here)

    def test_runs_out(self, here, client, post, tom):
        post(f"/{here.slug}/portal/reset", data={"email": tom.email})
        clock.shift(31 * 60)
        assert client.get(f"/{here.slug}/portal/reset/{secret(here, tom.email)}").status_code == 404

    def test_a_link_to_nobody_does_nothing(self, here, client, post):
        post(f"/{here.slug}/portal/reset", data={"email": "nobody@x.example"})
        work(here)
        link = f"/{here.slug}/portal/reset/{secret(here, 'nobody@x.example')}"
        assert post(link, data={"password": PASSWORD}).status_code == 404


class TestProfile:
    @pytest.mark.shows("PO1")
    def test_changes_name_and_language(self, here, client, post, tom):
        enter_portal(client, here, tom)
        path = f"/{here.slug}/portal/profile"
        done = post(path, data={"name": "Tom B.", "locale": "zh", "timezone": "Asia/Shanghai", "mails": "y"})
        assert done.status_code == 303
        assert "Tom B." in text_of(client.get(path))
        assert 'lang="zh-Hans"' in client.get(path).get_data(as_text=True)

    def test_changes_the_password_and_stays_in(self, here, client, post, tom):
        enter_portal(client, here, tom)
        path = f"/{here.slug}/portal/profile"
        fresh = "three brown bears in a boat"
        assert post(f"{path}/password", data={"old": "wrong", "password": fresh}).status_code == 422
        assert post(f"{path}/password", data={"old": PASSWORD, "password": fresh}).status_code == 303
        assert client.get(path).status_code == 200
        db.session.commit()
        open_ones = db.session.query(Session).filter(Session.portal_user_id == tom.id, Session.revoked_at.is_(None))
        assert open_ones.count() == 1


class TestComplaint:
    @pytest.mark.shows("PO2", "SV1")
    def test_is_filed_answered_answered_back_and_rated(self, here, client, post, tom):
        enter_portal(client, here, tom)
        staff = client.application.test_client()
        sign_in(staff, here, "agent", name="Mira Olsen")
        path = f"/{here.slug}/portal"
        picture = (BytesIO(b"hello"), "delivery note.txt")
        data = {"subject": "Two spindles arrived damaged", "text": "See the note.", "file": picture}
        filed = post(f"{path}/complaint", data=data)
        assert filed.status_code == 303, text_of(filed)
        page = text_of(client.get(filed.location))
        for shown in ("Two spindles arrived damaged", "Received", "S-20"):
            assert shown in page
        assert re.search(r"See the note\.\s+delivery note\.txt", page), "a file stands at its message"
        assert "All done?" not in page, "nobody has answered yet"
        with scope.enter(here.id):
            case = db.session.query(Case).one()
            mira = make_agent(name="Mira Olsen")
            actions.note(case, CANARY, by=mira)
            actions.attach(case, BytesIO(b"x"), f"{CANARY}.txt", by=mira, is_public=False)
            actions.answer(case, "New ones leave today.", state=CaseState.SOLVED, by=mira)
            db.session.commit()
        page = text_of(client.get(filed.location))
        assert "New ones leave today." in page
        assert "Solution offered" in page
        assert "All done?" in page
        assert CANARY not in page
        post(f"{filed.location}/reply", data={"text": "One is still missing."})
        assert "We are working on it" in text_of(client.get(filed.location))
        assert post(f"{filed.location}/rate", data={}).status_code == 422
        assert post(f"{filed.location}/rate", data={"rating": "9"}).status_code == 422
        post(f"{filed.location}/rate", data={"rating": "4", "comment": "Quick."})
        page = text_of(client.get(filed.location))
        assert "Done" in page
        assert "Satisfied" in page
        assert "Two spindles" in text_of(client.get(f"{path}/"))
        work(here)

    def test_sent_twice_makes_one(self, here, client, tom):
        enter_portal(client, here, tom)
        html = client.get(f"/{here.slug}/portal/complaint").get_data(as_text=True)
        hidden = {n: re.search(rf'name="{n}"[^>]*value="([^"]+)"', html)[1] for n in ("csrf_token", "_once")}
        data = hidden | {"subject": "Twice", "text": "x"}
        first, second = (client.post(f"/{here.slug}/portal/complaint", data=data) for _n in range(2))
        assert first.location == second.location
        with scope.enter(here.id):
            assert db.session.query(Case).count() == 1

    def test_keeps_what_was_typed_when_a_file_is_refused(self, here, client, post, tom):
        enter_portal(client, here, tom)
        data = {"subject": "Kept", "text": "Words", "file": (BytesIO(b"MZ\x90\x00"), "run.exe")}
        answer = post(f"/{here.slug}/portal/complaint", data=data)
        assert answer.status_code == 422
        assert 'value="Kept"' in answer.get_data(as_text=True)
        with scope.enter(here.id):
            assert db.session.query(Case).count() == 0

    def test_says_that_a_file_must_be_chosen_again_when_something_else_is_missing(self, here, client, post, tom):
        enter_portal(client, here, tom)
        data = {"subject": "", "text": "Words", "file": (BytesIO(b"two cranes"), "note.txt")}
        answer = post(f"/{here.slug}/portal/complaint", data=data)
        assert answer.status_code == 422
        assert "Please choose “note.txt” again" in answer.get_data(as_text=True)

    def test_costs_few_statements(self, here, client, post, tom, statements):
        enter_portal(client, here, tom)
        data = {"subject": "Counted", "text": "x", "_once": str(uuid4())}
        post(f"/{here.slug}/portal/complaint", data=data)
        data = {"subject": "Counted", "text": "x", "_once": str(uuid4()), "csrf_token": ""}
        html = client.get(f"/{here.slug}/portal/complaint").get_data(as_text=True)
        data["csrf_token"] = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)[1]
        with statements() as seen:
            client.post(f"/{here.slug}/portal/complaint", data=data)
        assert len(seen) <= 14, "\n".join(seen)  # the last two keep the customer out of the pool


class TestService:
    @pytest.mark.shows("PO2", "SV2")
    def test_a_question_is_one(self, here, client, post, tom):
        enter_portal(client, here, tom)
        data = {"kind": "question", "subject": "How long", "text": "?"}
        assert post(f"/{here.slug}/portal/service", data=data).status_code == 303
        assert post(f"/{here.slug}/portal/service", data=data | {"kind": "complaint"}).status_code == 422
        with scope.enter(here.id):
            assert [c.kind for c in db.session.query(Case)] == ["question"]


class TestScope:
    def read(self, here, client, case) -> list[int]:
        """What comes back for all ways to a request of somebody else's."""
        return [
            client.get(f"/{here.slug}/portal/requests/{case}").status_code,
            client.post(f"/{here.slug}/portal/requests/{case}/reply", data=self.csrf(here, client)).status_code,
            client.post(f"/{here.slug}/portal/requests/{case}/rate", data=self.csrf(here, client)).status_code,
        ]

    def csrf(self, here, client) -> dict[str, str]:
        html = client.get(f"/{here.slug}/portal/complaint").get_data(as_text=True)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)[1]
        return {"csrf_token": token, "text": "x", "rating": "1"}

    def test_one_sees_ones_own_only(self, here, client, tom):
        enter_portal(client, here, tom)
        with scope.enter(here.id):
            contact = make_contact(db.session.get_one(type(make_account()), (here.id, tom.account_id)))
            colleague = make_case(contact=contact, subject="A colleague's")
            phoned = make_case(
                contact=db.session.get_one(type(contact), (here.id, tom.subject_id)), subject="Told by phone"
            )
            stranger = make_case(subject="A stranger's")
            foreign_file = actions.attach(stranger, BytesIO(b"x"), "x.txt", by=make_agent(), is_public=True)
            db.session.commit()
            ids = [colleague.id, stranger.id, uuid4()]
        listed = text_of(client.get(f"/{here.slug}/portal/requests/"))
        assert "Told by phone" in listed
        assert "A colleague" not in listed
        for one in ids:
            assert self.read(here, client, one) == [404, 404, 404]
        assert self.read(here, client, phoned.id)[0] == 200
        assert client.get(f"/{here.slug}/portal/files/{foreign_file.id}").status_code == 404
        other = make_tenant()
        with scope.enter(other.id):
            case = make_case()
            db.session.commit()
        assert self.read(here, client, case.id) == [404, 404, 404]

    def test_a_manager_sees_all_of_his_company(self, here, client):
        with scope.enter(here.id):
            account = make_account()
            boss, worker = make_contact(account), make_contact(account, name="Kim Worker")
            person = make_portal_user(boss, role="customer_manager")
            case = make_case(contact=worker, subject="A colleague's")
            make_case(subject="A stranger's")
            db.session.commit()
        enter_portal(client, here, person)
        listed = text_of(client.get(f"/{here.slug}/portal/requests/"))
        assert "Kim Worker" in listed
        assert "A stranger" not in listed
        assert client.get(f"/{here.slug}/portal/requests/{case.id}").status_code == 200

    def test_follows_the_case_and_the_person_to_where_they_are_now(self, here, client, tom):
        enter_portal(client, here, tom)
        with scope.enter(here.id):
            contact = db.session.query(type(make_contact(make_account()))).filter_by(id=tom.subject_id).one()
            case = make_case(contact=contact, subject="Moves on")
            elsewhere = make_account()
            db.session.commit()
        assert client.get(f"/{here.slug}/portal/requests/{case.id}").status_code == 200
        with scope.enter(here.id):
            db.session.get_one(Case, (here.id, case.id)).account_id = elsewhere.id
            db.session.commit()
        assert client.get(f"/{here.slug}/portal/requests/{case.id}").status_code == 404
        with scope.enter(here.id):
            moved = db.session.get_one(type(contact), (here.id, contact.id))
            moved.account_id = elsewhere.id
            db.session.commit()
        assert client.get(f"/{here.slug}/portal/requests/{case.id}").status_code == 200

    def test_files_for_colleagues_are_none(self, here, client, tom):
        enter_portal(client, here, tom)
        with scope.enter(here.id):
            contact = db.session.query(type(make_contact(make_account()))).filter_by(id=tom.subject_id).one()
            case, mira = make_case(contact=contact), make_agent()
            inner = actions.attach(case, BytesIO(b"x"), "inner.txt", by=mira, is_public=False)
            outer = actions.attach(case, BytesIO(b"y"), "outer.txt", by=mira, is_public=True)
            db.session.commit()
        assert client.get(f"/{here.slug}/portal/files/{inner.id}").status_code == 404
        answer = client.get(f"/{here.slug}/portal/files/{outer.id}")
        assert answer.data == b"y"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]

    def test_staff_fields_are_nowhere(self, here, client, tom):
        enter_portal(client, here, tom)
        with scope.enter(here.id):
            contact = db.session.query(type(make_contact(make_account()))).filter_by(id=tom.subject_id).one()
            boss = make_agent(name="Canary Owner")
            case = make_case(contact=contact, owner=boss, priority="urgent")
            actions.note(case, CANARY, by=boss)
            db.session.commit()
        for path in ("", "requests/", f"requests/{case.id}"):
            page = client.get(f"/{here.slug}/portal/{path}").get_data(as_text=True)
            for word in (CANARY, "Canary Owner", "urgent", "Urgent"):
                assert word not in page, path


class TestPortalUserCommand:
    @pytest.fixture
    def saas(self, app, context, monkeypatch, capsys):
        """Run a command; its exit status, and what it said on both channels."""
        monkeypatch.setattr(_app, "create_app", lambda: app)

        def run(*words):
            db.session.rollback()
            status = cli.main(["portal-user", "create", *words])
            db.session.rollback()
            return status, *capsys.readouterr()

        return run

    def test_lets_somebody_in_who_signs_in_at_once(self, here, saas, client, post):
        words = ("--kind", "customer", "--account", "Nordlicht", "--email", "Tom@X.example", "--password", PASSWORD)
        assert saas(here.slug, *words)[:2] == (0, f"/{here.slug}/portal/sign-in\n")
        done = post(f"/{here.slug}/portal/sign-in", data={"email": "tom@x.example", "password": PASSWORD})
        assert done.status_code == 303
        again = saas(here.slug, *words)
        assert again[0] == 1
        assert "has a way into the portal already" in again[2]

    def test_takes_the_customer_and_contact_that_are_there(self, here, saas):
        with scope.enter(here.id):
            contact = make_contact(make_account(name="Nordlicht"), email="tom@x.example")
            db.session.commit()
        words = ("--account", "nordlicht", "--email", "tom@x.example", "--password", PASSWORD)
        assert saas(here.slug, "--kind", "customer", "--role", "customer_manager", *words)[0] == 0
        with scope.enter(here.id):
            assert queries.portal_user_of(PortalKind.CUSTOMER, contact.id).role.key == "customer_manager"

    def test_refuses_a_weak_password_a_foreign_role_and_no_workspace(self, here, saas):
        words = ["--kind", "customer", "--account", "N", "--email", "tom@x.example", "--password"]
        assert saas(here.slug, *words, "password12")[0] == 1
        assert saas(here.slug, *words, PASSWORD, "--role", "owner")[0] == 1
        assert saas("nowhere", *words, PASSWORD)[0] == 1
        assert saas(here.slug, "--kind", "staff")[0] == 2


class TestRace:
    def test_one_of_many_uses_a_link(self, app, here, client, post):
        invited(here, client, post)
        link = secret(here, "tom@nordlicht.example")
        db.session.rollback()

        def come_in(_n: int) -> bool:
            with app.app_context(), scope.enter(here.id):
                try:
                    portal_links.accept(PortalKind.CUSTOMER, link, PASSWORD)
                    db.session.commit()
                except (BusinessError, StaleDataError):
                    return False
                finally:
                    db.session.remove()
                return True

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(come_in, range(12))) == 1
