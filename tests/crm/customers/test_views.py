"""Customers as a person meets them."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from saas import clock
from saas.crm.customers.models import Account
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import MemberStatus
from tests.factories import (
    make_account,
    make_agent,
    make_case,
    make_contact,
    make_member,
    make_opportunity,
    make_tenant,
    sign_in,
)
from tests.pages import filled


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def text_of(response) -> str:
    return re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))


class TestList:
    def test_shows_a_hint_when_empty(self, here, client):
        sign_in(client, here)
        page = client.get(f"/{here.slug}/customers/")
        assert page.status_code == 200
        assert "Add the first customer" in text_of(page)

    def test_pages_by_key_through_all_rows(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            for n in range(120):
                make_account(owner=owner if n % 2 else None, name=f"Firm {n:03}")
            db.session.commit()
        for sort in ("name", "-name", "number", "-created", "last_contact", "-last_contact"):
            seen: list[str] = []
            url: str | None = f"/{here.slug}/customers/?sort={sort}"
            while url:
                html = client.get(url).get_data(as_text=True)
                seen += re.findall(r'class="name" href="[^"]+">([^<]+)<', html)
                following = re.search(r'href="([^"]+after=[^"]+)"', html)
                url = following[1].replace("&amp;", "&") if following else None
            assert len(seen) == 120, sort
            assert len(set(seen)) == 120, sort
            if sort.endswith("name"):
                assert seen == sorted(seen, reverse=sort[0] == "-")

    def test_an_altered_cursor_shows_the_first_page(self, here, client):
        sign_in(client, here)
        for cursor in (
            "x",
            "W10",
            "WyJ0IiwgIngiLCAieSJd",
            "%00",
            "WyJpIiwgIjEiLCAiMDE5M2JhY2UtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAwIl0",
        ):
            assert client.get(f"/{here.slug}/customers/?after={cursor}&sort=last_contact").status_code == 200

    def test_filters_mine(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            make_account(owner=owner, name="Mine GmbH")
            make_account(name="Nobody's GmbH")
            db.session.commit()
        page = text_of(client.get(f"/{here.slug}/customers/?owner=me"))
        assert "Mine GmbH" in page
        assert "Nobody&#39;s" not in page

    def test_a_filter_that_is_added_waits_for_a_choice(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            make_account(name="Nordlicht")
            db.session.commit()
        page = client.get(f"/{here.slug}/customers/").get_data(as_text=True)
        assert f'href="/{here.slug}/customers/?kind="' in page
        assert "kind=person" not in page
        added = client.get(f"/{here.slug}/customers/?kind=").get_data(as_text=True)
        assert "kind=person" in added
        assert "Nordlicht" in added

    def test_filters_by_who_is_known_from_an_import(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            known = make_member(name="Darcel Schlecht", status=MemberStatus.PLACEHOLDER)
            make_account(name="His", owner=known)
            make_account(name="Other")
            db.session.commit()
            known_id = known.id
        assert "Darcel Schlecht" in client.get(f"/{here.slug}/customers/").get_data(as_text=True)
        page = client.get(f"/{here.slug}/customers/?owner={known_id}").get_data(as_text=True)
        assert ">His<" in page
        assert ">Other<" not in page

    def test_finds_again_what_was_archived(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            firm = make_account(name="Firm that stays")
            people = [make_contact(firm, name=f"Person that {word}") for word in ("stays", "went")]
            deals = [make_opportunity(account=firm, name=f"Deal that {word}") for word in ("stays", "went")]
            for one in (make_account(name="Firm that went"), people[1], deals[1]):
                one.archived_at = clock.now()
            db.session.commit()
        for address in ("customers", "contacts", "deals/list"):
            kept = text_of(client.get(f"/{here.slug}/{address}", follow_redirects=True))
            away = text_of(client.get(f"/{here.slug}/{address}?archived=yes", follow_redirects=True))
            assert "that stays" in kept
            assert "that went" not in kept
            assert "that went" in away
            assert "Person that stays" not in away
            assert "Deal that stays" not in away
            count = f"/{here.slug}/{address.removesuffix('/list')}/count?archived=yes"
            assert text_of(client.get(count)).startswith("1 ")


class TestPhone:
    def test_stays_as_it_was_written_where_something_else_is_changed(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            path = f"/{here.slug}/customers/{make_account(me, name='Elbe', phone='+49 (40) 5550182').id}/edit"
            db.session.commit()
        form = filled(client.get(path).get_data(as_text=True), path)
        for typed, kept in ((form["phone"], "+49 (40) 5550182"), ("+49 (40) 5550183", "+49 40 5550183")):
            assert post(path, data=form | {"phone": typed, "remarks": typed}).status_code == 302
            form = filled(client.get(path).get_data(as_text=True), path)
            assert form["phone"] == kept


class TestTaxNumber:
    def test_is_kept_as_its_country_writes_it_and_an_odd_one_is_pointed_out(self, here, client, post):
        sign_in(client, here)
        form = {"name": "Elbe", "kind": "company", "country": "Germany", "tax_number": "136 695 976"}
        page = post(f"/{here.slug}/customers/new", data=form, follow_redirects=True)
        assert "DE136695976" in text_of(page)
        assert "no tax number of this country" not in text_of(page)
        hint = client.get(f"/{here.slug}/twins/alike/account?tax_number=DE136695977&country=Germany")
        assert "DE136695977: no tax number of this country looks like this." in text_of(hint)
        odd = post(
            f"/{here.slug}/customers/new",
            data=form | {"name": "Oder", "tax_number": "DE136695977"},
            follow_redirects=True,
        )
        assert "Oder is in your book." in text_of(odd)
        assert "DE136695977: no tax number of this country looks like this." in text_of(odd)


class TestCreate:
    @pytest.mark.shows("CB1")
    def test_adds_a_customer_and_opens_it(self, here, client, post):
        sign_in(client, here, "agent")
        answer = post(f"/{here.slug}/customers/new", data={"name": " Nordlicht GmbH ", "kind": "company", "level": "A"})
        assert answer.status_code == 302, text_of(answer)
        page = text_of(client.get(answer.location))
        assert "Nordlicht GmbH" in page
        assert re.search(r"C-\d{4}-00001", page)
        assert "added this customer" in page

    def test_keeps_what_was_typed_when_something_is_wrong(self, here, client, post):
        sign_in(client, here, "agent")
        answer = post(
            f"/{here.slug}/customers/new", data={"name": "", "kind": "company", "city": "Hamburg", "email": "x"}
        )
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "A customer needs a name." in page
        assert "not a whole mail address" in page
        assert 'value="Hamburg"' in page

    def test_sent_twice_makes_one(self, here, client, post):
        sign_in(client, here, "agent")
        data = {"name": "Twice", "kind": "company", "_once": str(uuid4())}
        first, second = (post(f"/{here.slug}/customers/new", data=data) for _ in range(2))
        assert first.location == second.location
        with scope.enter(here.id):
            assert db.session.query(Account).filter(Account.name == "Twice").count() == 1

    def test_asks_before_adding_the_same_name_again(self, here, client, post):
        sign_in(client, here, "agent")
        for data, status in (({}, 302), ({}, 422), ({"twin": "yes"}, 302)):
            answer = post(f"/{here.slug}/customers/new", data={"name": "ＡＣＭＥ  Ltd", "kind": "company"} | data)
            assert answer.status_code == status

    def test_a_reader_may_not(self, here, client, post):
        sign_in(client, here, "readonly")
        assert post(f"/{here.slug}/customers/new", data={"name": "X", "kind": "company"}).status_code == 403


class TestShow:
    def test_of_another_workspace_looks_like_none(self, here, client):
        sign_in(client, here)
        other = make_tenant()
        with scope.enter(other.id):
            foreign = make_account().id
            db.session.commit()
        found, missing = (client.get(f"/{here.slug}/customers/{i}") for i in (foreign, uuid4()))
        assert found.status_code == missing.status_code == 404
        strip = re.compile(rb'nonce="[^"]+"|[0-9a-f-]{36}|content="[^"]+"|value="[^"]+"')
        assert strip.sub(b"", found.data) == strip.sub(b"", missing.data)

    def test_a_stranger_finds_no_workspace(self, here, client):
        sign_in(client, make_tenant())
        assert client.get(f"/{here.slug}/customers/").status_code in {302, 404}


class TestEdit:
    def test_says_what_a_colleague_changed_meanwhile(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(owner=owner, name="Before", city="Bonn")
            db.session.commit()
            path, version = f"/{here.slug}/customers/{account.id}/edit", account.version
        mine = {"name": "Mine", "kind": "company", "city": "Bonn", "version": str(version)}
        assert post(path, data=mine | {"name": "Theirs"}).status_code == 302
        answer = post(path, data=mine)
        assert answer.status_code == 409
        page = text_of(answer)
        assert "Theirs" in page
        assert "Mine" in page

    @pytest.mark.parametrize("version", ["9" * 5000, "0", "-1", "first"])
    def test_takes_a_version_that_is_none_for_an_old_one(self, here, client, post, version):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            path = f"/{here.slug}/customers/{make_account(owner=owner, name='Before').id}/edit"
            db.session.commit()
        answer = post(path, data={"name": "Mine", "kind": "company", "version": version})
        assert answer.status_code == 409
        assert "Mine" in text_of(answer)

    def test_shows_on_the_timeline_what_changed(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(owner=owner, name="Before")
            db.session.commit()
            path = f"/{here.slug}/customers/{account.id}"
        post(f"{path}/edit", data={"name": "After", "kind": "company"})
        assert "Before → After" in text_of(client.get(path))

    def test_narrows_the_timeline_to_one_kind(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(owner=owner, name="Before", by=owner)
            make_opportunity(account, owner, name="Two pumps")
            make_case(account, subject="Leaks")
            db.session.commit()
            account_id, path = account.id, f"/{here.slug}/customers/{account.id}"
        post(f"{path}/edit", data={"name": "After", "kind": "company"})
        said = {"about_kind": "account", "about_id": str(account_id), "text": "Rang", "kind": "note"}
        post(f"/{here.slug}/activities/write", data=said)
        told = {"said": "Rang", "sales": "Two pumps", "service": "Leaks", "changes": "Before → After"}
        for group, its in told.items():
            page = text_of(client.get(f"{path}/tab/timeline?only={group}", headers={"HX-Request": "true"}))
            assert [one for one in told.values() if one in page] == [its], group
        every = text_of(client.get(f"{path}?only=nonsense"))
        assert all(one in every for one in told.values())

    def test_a_tab_loaded_again_is_the_whole_page(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(owner=owner)
            make_opportunity(account, owner, name="Two pumps")
            db.session.commit()
            path = f"/{here.slug}/customers/{account.id}"
        again = client.get(f"{path}/tab/deals")
        assert again.location.endswith(f"{path}?tab=deals")
        assert 'class="side' in (page := client.get(again.location).get_data(as_text=True))
        assert "Two pumps" in page
        restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
        assert client.get(f"{path}/tab/timeline?only=sales", headers=restored).location.endswith(
            "?only=sales&tab=timeline"
        )

    def test_an_agent_edits_his_own_only(self, here, client, post):
        agent = sign_in(client, here, "agent")
        with scope.enter(here.id):
            mine, other = make_account(owner=agent), make_account()
            db.session.commit()
            ids = (mine.id, other.id)
        answers = [post(f"/{here.slug}/customers/{i}/edit", data={"name": "New", "kind": "company"}) for i in ids]
        assert [a.status_code for a in answers] == [302, 403]


class TestArchive:
    def test_hides_and_restore_brings_back(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(owner=owner, name="Altona Werft")
            make_contact(account, name="Kim Altona")
            db.session.commit()
            path = f"/{here.slug}/customers/{account.id}"
        find = f"/{here.slug}/search/?q=altona"
        assert "Kim Altona" in text_of(client.get(find))
        post(f"{path}/archive")
        assert "Altona Werft is archived" in text_of(client.get(path))
        assert "Altona Werft" not in text_of(client.get(f"/{here.slug}/customers/"))
        assert "Kim Altona" not in text_of(client.get(find))
        post(f"{path}/restore")
        assert "Kim Altona" in text_of(client.get(find))


class TestSearch:
    def test_finds_parts_of_names_phones_and_chinese(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            make_account(name="杭州西湖茶业有限公司", phone="+49 40 5550-182")
            make_account(name="Other", email="einkauf@nordlicht.example")
            db.session.commit()
        for words in ("西湖", "茶", "40 5550", "5550182", "州西湖茶"):
            assert "杭州西湖茶业" in text_of(client.get(f"/{here.slug}/search/", query_string={"q": words})), words
        assert "Other" in text_of(client.get(f"/{here.slug}/search/", query_string={"q": "nordlicht"}))
        assert "Nothing found" in text_of(client.get(f"/{here.slug}/search/", query_string={"q": "湖西"}))


class TestWhose:
    """Who looks after a new customer is said where it is entered."""

    def test_it_lies_in_the_pool_or_is_a_colleagues(self, here, client, post):
        sign_in(client, here, "manager")
        with scope.enter(here.id):
            bo = make_agent(name="Bo")
            db.session.commit()
            bo_id = bo.id
        for name, owner, said in (("Free", "", "lies in the public pool"), ("His", str(bo_id), "Bo looks after it")):
            data = {"name": name, "kind": "company", "owner_id": owner, "fax": "+49 (40) 5550183"}
            answer = post(f"/{here.slug}/customers/new", data=data, follow_redirects=True)
            assert said in text_of(answer)
            assert "+49 40 5550183" in text_of(answer)

    def test_an_agent_gives_nobody_one(self, here, client, post):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            bo = make_agent(name="Bo")
            db.session.commit()
            data = {"name": "His", "kind": "company", "owner_id": str(bo.id)}
        assert post(f"/{here.slug}/customers/new", data=data).status_code == 422
