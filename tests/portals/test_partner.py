"""The partner portal, as a partner's person meets it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from saas.crm.leads import actions as leads
from saas.crm.leads.models import Lead, LeadState
from saas.crm.partners import actions
from saas.crm.partners.models import LeadCheck
from saas.db import db
from saas.tenants import portal_kinds, scope
from saas.tenants.actions import invitations, portal_users
from saas.tenants.models import Invitation, PortalKind
from saas.tenants.scope import SYSTEM
from tests.factories import (
    PASSWORD,
    enter_portal,
    make_account,
    make_agent,
    make_contact,
    make_lead,
    make_member,
    make_partner,
    make_partner_person,
    make_portal_user,
    make_tenant,
)
from tests.portals.conftest import send

CANARY = "Canary"


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


@pytest.fixture
def person(here, client):
    """Somebody of a partner, signed in."""
    with scope.enter(here.id):
        made = make_partner_person()
        db.session.commit()
    enter_portal(client, here, made)
    return made


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def given(here, person, **values) -> Lead:
    """A committed lead with the person's company."""
    with scope.enter(here.id):
        lead = make_lead(**values)
        actions.give(lead, actions.queries.partner_of(person.account_id), by=SYSTEM)
        db.session.commit()
    return lead


class TestComingIn:
    @pytest.mark.shows("PO3")
    def test_by_invitation_and_by_password(self, here, client):
        base = f"/{here.slug}/partner/"
        with scope.enter(here.id):
            partner = make_partner()
            kim = make_contact(partner.account, name="Kim Berg")
            subject = portal_kinds.of(PortalKind.PARTNER).subject(kim.id)
            by = make_member("owner")
            portal_users.invite(PortalKind.PARTNER, subject, email="kim@acme.example", role="partner", by=by)
            secret = invitations.link_secret(db.session.scalars(select(Invitation)).one())
            db.session.commit()
        joined = send(client, f"{base}join/{secret}", password=PASSWORD)
        assert joined.headers["Location"] == base
        assert "Kim Berg" in text_of(client.get(base))
        send(client, f"{base}sign-out", base)
        assert client.get(base).status_code == 302
        entered = send(client, f"{base}sign-in", email="kim@acme.example", password=PASSWORD)
        assert entered.headers["Location"] == base

    def test_not_with_a_customers_session_nor_the_other_way(self, here, client):
        with scope.enter(here.id):
            customer = make_portal_user()
            db.session.commit()
        enter_portal(client, here, customer)
        assert client.get(f"/{here.slug}/partner/leads/").status_code == 302

    def test_no_more_once_the_partnership_has_ended(self, here, client, person):
        assert client.get(f"/{here.slug}/partner/").status_code == 200
        with scope.enter(here.id):
            actions.end(actions.queries.partner_of(person.account_id), by=SYSTEM)
            db.session.commit()
        assert client.get(f"/{here.slug}/partner/").status_code == 302


class TestLeads:
    @pytest.mark.shows("PO3")
    def test_shows_those_given_to_the_partner_with_their_state(self, here, client, person):
        given(here, person, name="Kim Berg", company="Nordlicht", phone="040 5550182")
        with scope.enter(here.id):
            make_lead(name="Somebody else")
            actions.give(make_lead(name="With another"), make_partner(), by=SYSTEM)
            db.session.commit()
        page = text_of(client.get(f"/{here.slug}/partner/"))
        assert "Kim Berg" in page
        assert "With you" in page
        assert "Somebody else" not in page
        assert "With another" not in page

    def test_holds_back_all_but_the_allowed_fields(self, here, client, person):
        with scope.enter(here.id):
            owner = make_agent(name=f"{CANARY} owner")
            db.session.commit()
        lead = given(here, person, owner=owner, name="Kim", remarks=f"{CANARY} remarks", source=f"{CANARY} source")
        with scope.enter(here.id):
            row = db.session.get_one(Lead, (here.id, lead.id))
            leads.move(row, LeadState.LOST, by=SYSTEM, reason=f"{CANARY} reason")
            db.session.commit()
        for path in ("", "leads/", f"leads/{lead.id}"):
            page = client.get(f"/{here.slug}/partner/{path}")
            assert page.status_code == 200
            assert CANARY not in page.get_data(as_text=True)

    def test_another_partners_lead_looks_like_none(self, here, client, person):
        with scope.enter(here.id):
            other = make_lead()
            actions.give(other, make_partner(), by=SYSTEM)
            own = make_lead()
            db.session.commit()
        none = client.get(f"/{here.slug}/partner/leads/{person.id}")
        for lead in (other, own):
            answer = client.get(f"/{here.slug}/partner/leads/{lead.id}")
            assert answer.status_code == none.status_code == 404

    def test_a_lead_taken_back_is_gone_with_the_next_click(self, here, client, person):
        lead = given(here, person, name="Kim Berg")
        address = f"/{here.slug}/partner/leads/{lead.id}"
        assert client.get(address).status_code == 200
        with scope.enter(here.id):
            leads.withdraw(db.session.get_one(Lead, (here.id, lead.id)), by=SYSTEM)
            db.session.commit()
        assert client.get(address).status_code == 404
        assert "Kim Berg" not in text_of(client.get(f"/{here.slug}/partner/"))

    def test_asks_the_same_of_many_leads_as_of_few(self, here, client, person, statements):
        counts = []
        for many in (1, 15):
            for _n in range(many):
                given(here, person)
            client.get(f"/{here.slug}/partner/leads/")  # what the process keeps is read once
            with statements() as seen:
                client.get(f"/{here.slug}/partner/leads/")
            counts.append(len(seen))
        assert counts[0] == counts[1] <= 12


class TestRegister:
    @pytest.mark.shows("PO3")
    def test_a_new_lead_stands_among_mine_and_waits_for_an_answer(self, here, client, person):
        base = f"/{here.slug}/partner/"
        answer = send(client, f"{base}register", company="Nordlicht GmbH", name="Kim Berg", about="Forty laptops")
        assert answer.status_code == 303
        page = text_of(client.get(f"{base}leads/"))
        for words in ("Kim Berg", "Nordlicht GmbH", "Waiting for an answer", "protected until"):
            assert words in page
        assert "With you" not in page  # one thing is said of it

    def test_a_taken_one_is_refused_with_what_was_typed_and_no_name(self, here, client, person):
        with scope.enter(here.id):
            owner = make_agent(name="Mira Secret")
            make_account(owner=owner, name="Nordlicht GmbH")
            db.session.commit()
        answer = send(client, f"/{here.slug}/partner/register", company="NORDLICHT", about="Forty laptops")
        assert answer.status_code == 422
        html = answer.get_data(as_text=True)
        assert "Forty laptops" in html
        assert "This one is taken" in html
        assert "Nordlicht GmbH" not in html
        assert "Mira" not in html

    def test_a_declined_one_says_why(self, here, client, person):
        base = f"/{here.slug}/partner/"
        send(client, f"{base}register", company="Nordlicht")
        with scope.enter(here.id):
            (made,) = db.session.scalars(select(actions.Registration))
            actions.decline(made, "We talk to them", by=make_member("manager"))
            db.session.commit()
        page = text_of(client.get(base))
        assert "Declined" in page
        assert "We talk to them" in page
        assert "No leads yet" in page


class TestCheck:
    @pytest.mark.shows("PO3")
    def test_says_free_taken_or_yours_with_a_receipt(self, here, client, person):
        with scope.enter(here.id):
            make_account(name="Suedwind", owner=make_agent(name="Mira Secret"))
            db.session.commit()
        given(here, person, company="Ostwind")
        address = f"/{here.slug}/partner/check"
        for company, words in (("Nordlicht", "Free."), ("Suedwind", "Taken."), ("Ostwind", "Yours already.")):
            page = text_of(send(client, address, company=company))
            assert words in page
            assert company in page
            assert "Mira" not in page
        with scope.enter(here.id):
            codes = list(db.session.scalars(select(LeadCheck.code)))
        later = text_of(client.get(address))
        assert all(code in later for code in codes)
        assert "Suedwind" not in later

    def test_answers_alike_whatever_stands_behind_it(self, here, client, person):
        """A customer, a lead of ours and a lead of another partner can't be told apart."""
        with scope.enter(here.id):
            make_account(make_agent(), name="Aaa")
            make_lead(company="Bbb")
            actions.give(make_lead(company="Ccc"), make_partner(), by=SYSTEM)
            db.session.commit()
        pages = []
        for company in ("Aaa", "Bbb", "Ccc"):
            page = text_of(send(client, f"/{here.slug}/partner/check", company=company))
            pages.append(page.split("Your receipt")[1].split("Print or note")[0])
        plain = {re.sub(r"\b[0-9A-F]{10}\b|Aaa|Bbb|Ccc|\d\d:\d\d", "", page) for page in pages}
        assert len(plain) == 1

    def test_says_of_a_customer_in_the_pool_what_it_says_of_a_stranger(self, here, client, person):
        with scope.enter(here.id):
            make_account(name="Aaa", phone="040 5550182")
            db.session.commit()
        pages = []
        for company in ("Aaa", "Bbb"):
            page = text_of(send(client, f"/{here.slug}/partner/check", company=company))
            assert "Free. Register it" in page
            pages.append(page.split("Your receipt")[1].split("Print or note")[0])
        plain = {re.sub(r"\b[0-9A-F]{10}\b|Aaa|Bbb|\d\d:\d\d", "", page) for page in pages}
        assert len(plain) == 1

    def test_names_nobody_where_a_similar_name_is_known(self, here, client, person):
        with scope.enter(here.id):
            make_account(make_agent(name="Mira Secret"), name="Crane Logistics")
            db.session.commit()
        base = f"/{here.slug}/partner/"
        page = text_of(send(client, f"{base}check", company="crane logistic"))
        assert "A similar name is known here." in page
        send(client, f"{base}register", company="crane logistic")
        page += text_of(client.get(f"{base}leads/"))
        assert "we look at it and answer" in page
        for hidden in ("protected", "Mira", "Crane Logistics"):
            assert hidden not in page

    def test_refuses_nothing_and_too_much(self, here, client, person):
        address = f"/{here.slug}/partner/check"
        assert send(client, address, company="").status_code == 422
        answers = [send(client, address, company=f"Company {n}").status_code for n in range(21)]
        assert answers[-1] == 429
        assert answers[0] == 200
