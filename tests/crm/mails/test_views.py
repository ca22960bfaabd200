"""Pages of mails: on the timelines, in the tray, on one's own page; and who sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from saas.crm.customers.models import Account, Contact
from saas.crm.mails import notice_actions, people_queries
from saas.crm.mails.models import Mail, MailState
from saas.db import db
from saas.tenants import queries, scope
from saas.tenants.models import Event, Member, Notice, Tenant
from tests.crm.mails.posting import BOX, bring, drop_of, identifier, make_mailbox, message
from tests.factories import make_account, make_contact, make_tenant, sign_in
from tests.pages import filled, whole, words


@dataclass
class Desk:
    """A workspace with a customer of the reader's, and somebody there."""

    tenant: Tenant
    me: Member
    account: Account
    contact: Contact
    client: FlaskClient
    post: Callable

    def at(self, path: str) -> str:
        return f"/{self.tenant.slug}{path}"

    def page(self, path: str) -> str:
        return self.client.get(self.at(path)).get_data(as_text=True)

    def bring(self, *given, **options) -> Mail:
        with scope.enter(self.tenant.id):
            mail = bring(message(*given, **options))
            db.session.commit()
        assert mail is not None
        return mail

    def state(self, mail: Mail) -> MailState:
        with scope.enter(self.tenant.id):
            found = db.session.scalars(select(Mail.state).where(Mail.id == mail.id)).one()
            db.session.rollback()
        return found


@pytest.fixture
def desk(client, context, post) -> Desk:
    tenant = make_tenant()
    me = sign_in(client, tenant, "agent", name="Ann Archer")
    with scope.enter(tenant.id):
        account = make_account(me, name="Nordlicht", website="https://www.nordlicht.example")
        contact = make_contact(account, name="Jana Weber", email="jana@nordlicht.example")
        db.session.commit()
    return Desk(tenant, me, account, contact, client, post)


LONG = "It creaks. " * 60


class TestTimeline:
    def test_tells_who_wrote_to_whom_and_how_it_begins(self, desk):
        mail = desk.bring("Jana Weber <jana@nordlicht.example>", f"Sales <{BOX}>", "The crane", LONG)
        for path in (f"/customers/{desk.account.id}", f"/contacts/{desk.contact.id}"):
            page = words(desk.page(path))
            assert "Jana Weber wrote to Sales : The crane" in page
            assert "It creaks. It creaks." in page
            assert LONG.strip() not in page
            assert "Show all" in page
        opened = desk.client.get(desk.at(f"/mails/{mail.id}/text"), headers={"HX-Request": "true"})
        assert LONG.strip() in words(opened.get_data(as_text=True))

    def test_tells_what_we_wrote(self, desk):
        with scope.enter(desk.tenant.id):
            drop = drop_of(desk.me)
            db.session.commit()
        mail = desk.bring(f"Ann <{desk.me.email}>", "jana@nordlicht.example", "Offer", Delivered_To=drop)
        page = desk.page(f"/customers/{desk.account.id}")
        assert "Ann wrote to jana@nordlicht.example : Offer" in words(page)
        assert drop not in page + desk.page(f"/mails/{mail.id}")

    def test_costs_no_further_statement(self, desk, statements):
        counts = []
        for _ in range(2):
            desk.page(f"/customers/{desk.account.id}")
            with statements() as seen:
                desk.page(f"/customers/{desk.account.id}")
            counts.append(len(seen))
            for n in range(4):
                desk.bring("jana@nordlicht.example", BOX, f"Mail {n}")
        assert counts[0] == counts[1]

    def test_tells_nothing_of_what_was_filed_wrongly(self, desk):
        mail = desk.bring("jana@nordlicht.example", BOX, "The crane")
        desk.post(desk.at(f"/mails/{mail.id}/take-off"), follow_redirects=True)
        assert "The crane" not in desk.page(f"/customers/{desk.account.id}")
        assert "The crane" in desk.page("/mails/")

    def test_says_in_the_tray_to_whom_one_of_us_wrote(self, desk):
        with scope.enter(desk.tenant.id):
            drop, mine = drop_of(desk.me), desk.me.email
            db.session.commit()
        desk.bring(mine, "Ivo Lund <ivo@nobody.example>", "An offer", Delivered_To=drop)
        assert "To Ivo Lund" in words(desk.page("/mails/"))

    def test_shows_no_markup_of_a_stranger(self, desk):
        evil = "<img src=x onerror=alert(1)>"
        mail = desk.bring(f'"{evil}" <jana@nordlicht.example>', BOX, evil, evil)
        for path in (f"/customers/{desk.account.id}", f"/mails/{mail.id}", "/"):
            assert "<img src=x" not in whole(desk.client, desk.at(path))


class TestReach:
    @pytest.fixture(params=["activity.view", "account.view"])
    def narrow(self, desk, request):
        """Whose right on activities or on customers ends at their own."""
        browser = desk.client.application.test_client()
        other = sign_in(browser, desk.tenant, "agent")
        with scope.enter(desk.tenant.id):
            role = queries.role("agent")
            role.rights = role.rights | {request.param: "own"}
            db.session.commit()
        return browser, other

    def test_ends_where_the_readers_does(self, desk, narrow):
        mail = desk.bring("jana@nordlicht.example", BOX, "The crane")
        for path in (f"/mails/{mail.id}", f"/mails/{mail.id}/text"):
            assert narrow[0].get(desk.at(path)).status_code == 404
        page = narrow[0].get(desk.at(f"/customers/{desk.account.id}")).get_data(as_text=True)
        assert "The crane" not in page
        assert desk.client.get(desk.at(f"/mails/{mail.id}")).status_code == 200

    def test_keeps_a_members_own_tray_to_himself(self, desk, narrow):
        with scope.enter(desk.tenant.id):
            drop = drop_of(desk.me)
            db.session.commit()
        mine = desk.bring("a@private.example", drop, "Mine")
        everybodys = desk.bring("b@nobody.example", BOX, "Everybody's")
        assert "Mine" in words(desk.page("/mails/"))
        shown = words(narrow[0].get(desk.at("/mails/")).get_data(as_text=True))
        assert "Everybody" in shown
        assert "Mine" not in shown
        assert narrow[0].get(desk.at(f"/mails/{mine.id}")).status_code == 404
        assert narrow[0].get(desk.at(f"/mails/{everybodys.id}")).status_code == 200

    def test_is_no_other_workspace(self, desk):
        mail = desk.bring("jana@nordlicht.example", BOX)
        browser = desk.client.application.test_client()
        other = make_tenant()
        sign_in(browser, other, "owner")
        assert browser.get(f"/{other.slug}/mails/{mail.id}").status_code == 404


class TestTray:
    def test_counts_in_the_menu(self, desk):
        assert desk.page("/mails/count") == ""
        desk.bring("who@nobody.example", BOX)
        assert desk.page("/mails/count") == "1"

    def test_proposes_the_company_of_the_domain_and_files_there(self, desk):
        mail = desk.bring("tom@nordlicht.example", BOX)
        page = desk.page(f"/mails/{mail.id}")
        assert "It may belong here" in page
        desk.post(desk.at(f"/mails/{mail.id}/file"), data={"account_id": str(desk.account.id)})
        assert desk.state(mail) is MailState.FILED

    def test_proposes_whom_the_conversation_is_with(self, desk):
        first = message("jana@nordlicht.example", BOX)
        with scope.enter(desk.tenant.id):
            bring(first)
            db.session.commit()
        mail = desk.bring("jana@private.example", BOX, In_Reply_To=identifier(first))
        page = desk.page(f"/mails/{mail.id}")
        assert "It may belong here" in page
        assert "Jana Weber" in page

    def test_finds_a_contact_and_remembers_the_address(self, desk):
        mail = desk.bring("j@private.example", BOX)
        again = desk.bring("j@private.example", BOX)
        found = desk.page(f"/mails/{mail.id}/people?q=Jana")
        assert "It is them" in found
        answer = desk.post(
            desk.at(f"/mails/{mail.id}/file"), data={"contact_id": str(desk.contact.id)}, follow_redirects=True
        )
        assert "2 mails are filed under Jana Weber." in answer.get_data(as_text=True)
        assert desk.state(again) is MailState.FILED

    def test_makes_a_contact_and_a_customer_of_a_stranger(self, desk):
        mail = desk.bring("Tom Becker <tom@elbe.example>", BOX)
        page = desk.page(f"/mails/{mail.id}")
        path = desk.at(f"/mails/{mail.id}/person")
        typed = filled(page, path)
        assert typed["name"] == "Tom Becker"
        refused = desk.post(path, data=typed | {"customer": "Elbe Systems"})
        assert refused.status_code == 422
        assert filled(refused.get_data(as_text=True), path)["customer"] == "Elbe Systems"
        desk.post(path, data=typed | {"customer": "Elbe Systems", "is_new": "y"})
        with scope.enter(desk.tenant.id):
            made = db.session.scalars(select(Contact).where(Contact.email == "tom@elbe.example")).one()
            assert (made.account.name, made.account.owner_id) == ("Elbe Systems", desk.me.id)
            db.session.rollback()
        assert desk.state(mail) is MailState.FILED

    def test_throws_away_and_puts_back(self, desk):
        mail = desk.bring("who@nobody.example", BOX)
        answer = desk.post(desk.at(f"/mails/{mail.id}/throw"), follow_redirects=True)
        assert "is thrown away" in answer.get_data(as_text=True)
        assert desk.client.get(desk.at(f"/mails/{mail.id}")).status_code == 404
        desk.post(desk.at(f"/mails/{mail.id}/put-back"))
        assert desk.state(mail) is MailState.WAITING

    def test_throws_away_what_machines_sent_and_puts_it_back(self, desk):
        person = desk.bring("who@nobody.example", BOX)
        machines = [desk.bring("news@nobody.example", BOX, List_Unsubscribe="<mailto:x@y.example>") for _ in range(2)]
        page = desk.post(desk.at("/mails/throw-machines"), follow_redirects=True).get_data(as_text=True)
        assert "2 mails are thrown away." in page
        assert [desk.state(one) for one in (person, *machines)] == ["waiting", "thrown", "thrown"]
        undo = re.search(r'action="([^"]+/mails/put-back\?[^"]+)"', page)
        assert undo
        desk.post(unescape(undo[1]))
        assert [desk.state(one) for one in (person, *machines)] == ["waiting"] * 3

    def test_says_that_somebody_was_faster(self, desk):
        mail = desk.bring("who@nobody.example", BOX)
        desk.post(desk.at(f"/mails/{mail.id}/file"), data={"account_id": str(desk.account.id)})
        answer = desk.post(desk.at(f"/mails/{mail.id}/file"), data={"account_id": str(desk.account.id)})
        assert answer.status_code == 409


class TestReplies:
    def test_stand_on_today_until_they_are_settled(self, desk):
        mail = desk.bring("jana@nordlicht.example", BOX, "The crane")
        assert "The crane" in whole(desk.client, desk.at("/"))
        desk.post(desk.at(f"/mails/{mail.id}/settle"), data={"today": "1"})
        page = whole(desk.client, desk.at("/"))
        assert "New replies" not in words(page.split("toast")[0]) or "The crane" not in page.split("New replies")[1]

    def test_ring_at_the_bell_of_whose_customer_it_is(self, desk):
        mail = desk.bring("jana@nordlicht.example", BOX, "The crane")
        with scope.enter(desk.tenant.id):
            event = db.session.scalars(select(Event).where(Event.subject_id == mail.id)).one()
            for _twice in range(2):
                notice_actions.tell_received(event)
            kinds = db.session.scalars(select(Notice.kind).where(Notice.member_id == desk.me.id)).all()
            db.session.commit()
        assert kinds == ["mail.received"]
        assert "jana@nordlicht.example wrote: The crane" in words(desk.page("/bell"))


class TestDropAddress:
    def test_is_made_shown_and_made_anew(self, desk):
        assert "this workspace has no mailbox" in desk.page("/profile/mail")
        with scope.enter(desk.tenant.id):
            make_mailbox()
            db.session.commit()
        shown = []
        for _ in range(2):
            desk.post(desk.at("/profile/mail"))
            with scope.enter(desk.tenant.id):
                drop = people_queries.drop_address(desk.me.id)
                db.session.rollback()
            assert drop is not None
            page = desk.page("/profile/mail")
            shown.append(page.split('id="drop-address" value="')[1].split('"')[0])
        assert shown[0] != shown[1]
        assert all(address.startswith("sales+") for address in shown)
