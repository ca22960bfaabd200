"""Pages that say what went wrong: in the frame, the language and the look of whoever is signed in there."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from saas.db import db
from saas.tenants import scope
from saas.tenants.models import User
from tests.factories import (
    enter_portal,
    make_account,
    make_agent,
    make_partner_person,
    make_portal_user,
    make_tenant,
    sign_in,
)
from tests.test_permissions import plain

LOST = ("nonsense", "customers/nonsense", "customers/00000000-0000-7000-8000-000000000001")


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant(name="Harbor Trading")


@pytest.fixture
def member(here, client):
    """A member who reads Chinese in the dark, in a browser that asks for English."""
    made = sign_in(client, here, "agent", locale="zh")
    user = db.session.get_one(User, made.user_id)
    user.theme = "dark"
    db.session.commit()
    return made


def portal_person(here, client, make):
    with scope.enter(here.id):
        person = make(locale="zh")
        db.session.commit()
        db.session.expunge_all()
    enter_portal(client, here, person)


class TestMember:
    @pytest.mark.parametrize("path", LOST)
    def test_keeps_frame_language_and_look_where_nothing_is(self, here, client, member, path):
        answer = client.get(f"/{here.slug}/{path}", headers={"Accept-Language": "en"})
        html = answer.text
        assert answer.status_code == 404
        assert '<html lang="zh-Hans" data-bs-theme="dark">' in html
        assert "这里没有内容" in html
        assert f'href="/{here.slug}/customers/"' in html  # the side bar
        assert "Harbor Trading" in html
        assert member.name in html
        assert re.search(rf'class="btn btn-primary" href="/{here.slug}/">前往“今天”', html)

    def test_is_refused_and_told_of_a_conflict_in_the_frame(self, here, client, post, member):
        with scope.enter(here.id):
            taken = make_account(make_agent(name="Mira")).id
            db.session.commit()
        answers = [client.get(f"/{here.slug}/settings/roles"), post(f"/{here.slug}/pool/{taken}/claim")]
        assert [answer.status_code for answer in answers] == [403, 409]
        for answer in answers:
            assert 'lang="zh-Hans"' in answer.text
            assert 'class="side"' in answer.text
        assert "Mira" in answers[1].text

    def test_keeps_it_when_a_form_comes_without_its_token_or_by_a_verb_that_is_none(self, here, client, member):
        for path, status in (("customers/new", 419), ("customers/", 404)):
            answer = client.post(f"/{here.slug}/{path}", data={"name": "Acme"})
            assert answer.status_code == status
            assert 'class="side"' in answer.text
            assert 'lang="zh-Hans"' in answer.text

    def test_goes_on_to_the_page_an_address_of_forms_belongs_to(self, here, client, post, member):
        """Loaded again after a form failed there, or typed: nothing is there to be read."""
        with scope.enter(here.id):
            mine = make_account(member).id
            db.session.commit()
        wrong = post(f"/{here.slug}/customers/{mine}/labels")
        assert wrong.status_code != 404
        for path, page in (
            (f"customers/{mine}/labels", f"customers/{mine}"),
            (f"customers/{mine}/labels/drop", f"customers/{mine}"),
            ("pool/claim", "pool/"),
            ("batches/choose", ""),
        ):
            answer = client.get(f"/{here.slug}/{path}")
            assert (answer.status_code, answer.location) == (302, f"/{here.slug}/{page}")
            assert client.get(answer.location).status_code == 200
        assert client.get(f"/{here.slug}/pool/claim", headers={"HX-Request": "true"}).status_code == 404
        assert client.get(f"/{make_tenant().slug}/pool/claim").status_code == 404

    def test_finds_the_way_back_to_where_he_was_in_the_workspace(self, here, client, member):
        lost, came = f"/{here.slug}/nonsense", f"/{here.slug}/customers/?sort=-name"
        back = '<a class="btn btn-primary" href="{}">返回上一页'
        there = client.get(lost, headers={"Referer": f"https://seaport.test{came}"}).text
        assert back.format(came) in there
        for other in (
            f"https://evil.test{came}",
            f"https://seaport.test//evil.test/{here.slug}/",
            "https://seaport.test/elsewhere/",
            f"https://seaport.test{lost}",
        ):
            assert "返回上一页" not in client.get(lost, headers={"Referer": other}).text

    def test_hears_htmx_refusals_in_his_language(self, here, client, member):
        answer = client.post(f"/{here.slug}/customers/new", headers={"HX-Request": "true", "Accept-Language": "en"})
        assert answer.status_code == 419
        assert "请" in answer.text
        assert "<html" not in answer.text

    def test_is_a_stranger_in_another_workspace(self, here, client, member):
        other = make_tenant(name="Lagoon")
        for path in ("nonsense", "customers/nonsense", "portal/nonsense"):
            there = client.get(f"/{other.slug}/{path}")
            nowhere = client.get(f"/n-{uuid4().hex[:12]}/{path}")
            assert there.status_code == nowhere.status_code == 404
            assert plain(there) == plain(nowhere)
            assert 'class="side"' not in there.text


class TestPortalPerson:
    @pytest.mark.parametrize(("door", "make"), [("portal", make_portal_user), ("partner", make_partner_person)])
    def test_keeps_the_portals_frame_and_his_language(self, here, client, door, make):
        portal_person(here, client, make)
        home = f"/{here.slug}/{door}/"
        for path in ("nonsense", f"{'requests' if door == 'portal' else 'leads'}/{uuid4()}"):
            answer = client.get(home + path, headers={"Accept-Language": "en"})
            assert answer.status_code == 404
            assert 'lang="zh-Hans"' in answer.text
            assert 'class="band"' in answer.text
            assert "Harbor Trading" in answer.text
            assert f'class="btn btn-primary" href="{home}"' in answer.text
        assert 'class="band"' not in client.get(f"/{here.slug}/nonsense").text

    def test_sees_no_frame_of_a_portal_that_is_closed(self, here, client, app, post):
        portal_person(here, client, make_portal_user)
        sign_in(client, here)
        post(f"/{here.slug}/settings/portals/customer", data={"customer-welcome": "", "customer-kinds": "question"})
        answer = client.get(f"/{here.slug}/portal/nonsense")
        assert answer.status_code == 404
        assert 'class="band"' not in answer.text


class TestStranger:
    @pytest.mark.parametrize("path", ["nonsense", "customers/nonsense", "portal/nonsense", "partner/nonsense"])
    @pytest.mark.parametrize("cookie", [None, "no session"])
    def test_gets_the_same_of_a_workspace_and_of_none(self, here, app, path, cookie):
        answers = []
        for slug in (here.slug, f"n-{uuid4().hex[:12]}"):
            browser = app.test_client()
            for kind in ("staff", "customer", "partner") if cookie else ():
                browser.set_cookie(f"__Host-{kind}-{slug}", cookie, domain="seaport.test", secure=True)
            answers.append(browser.get(f"/{slug}/{path}"))
        assert {answer.status_code for answer in answers} == {404}
        assert plain(answers[0]) == plain(answers[1])
        assert "Harbor" not in answers[0].text
