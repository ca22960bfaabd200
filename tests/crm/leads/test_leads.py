"""Leads: what is done with them, and how the same one is known again."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from saas.crm.customers.likeness import company_key, likeness, mail_key, phone_key
from saas.crm.leads import actions, queries
from saas.crm.leads.models import LeadState
from saas.db import db
from saas.errors import Refused
from saas.tenants import handover, scope
from saas.tenants.models import Event
from saas.tenants.scope import SYSTEM
from saas.versions import Overtaken
from tests.factories import make_account, make_agent, make_contact, make_lead, make_tenant, sign_in


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def names_of(subject) -> list[str]:
    found = db.session.query(Event).filter(Event.subject_id == subject.id).order_by(Event.id)
    return [event.name for event in found]


class TestLikeness:
    @pytest.mark.parametrize(
        "typed", ["Nordlicht GmbH", "NORDLICHT  gmbh", "Nordlicht", "Nordlicht G.m.b.H.", "nord-licht GmbH & Co. KG"]
    )
    def test_knows_a_company_however_it_is_typed(self, typed):
        assert company_key(typed) == "nordlicht"

    def test_knows_a_chinese_company_without_its_form(self):
        assert company_key("上海海港科技有限公司") == company_key("上海海港科技") == "上海海港科技"

    def test_keeps_a_name_that_is_all_form(self):
        assert company_key("AG") == "ag"
        assert company_key("公司") == "公司"
        assert company_key("…") is None

    @pytest.mark.parametrize("typed", ["+49 40 5550182", "040 5550182", "0049 (40) 555-0182"])
    def test_knows_a_number_with_and_without_country(self, typed):
        assert phone_key(typed) == "405550182"

    def test_takes_no_short_number(self):
        assert phone_key("110") is None

    @pytest.mark.parametrize(
        "typed",
        ["kim@Nordlicht.example", "nordlicht.example", "https://www.nordlicht.example/de?x=1", "@nordlicht.example"],
    )
    def test_knows_a_domain_from_mail_and_web(self, typed):
        assert mail_key(typed) == "nordlicht.example"

    def test_keeps_apart_who_only_share_a_mail_service(self):
        assert mail_key("kim@gmail.com") == "kim@gmail.com"
        assert mail_key("gmail.com") is None


class TestCreate:
    def test_numbers_keeps_and_tells(self, tenant):
        ann = make_agent()
        lead = make_lead(ann, by=ann, name="Kim Berg", company="Nordlicht GmbH")
        assert lead.number.startswith("L-")
        assert (lead.state, lead.owner_id, lead.company_key) == (LeadState.NEW, ann.id, "nordlicht")
        assert names_of(lead) == ["lead.created"]

    def test_is_known_by_its_name_without_a_company(self, tenant):
        assert make_lead(name="Nordlicht GmbH").company_key == "nordlicht"


class TestChange:
    def test_keeps_its_keys_true(self, tenant):
        lead = make_lead(company="Old")
        actions.change_lead(lead, {"company": "New", "phone": "040 5550182"}, version=lead.version, by=SYSTEM)
        assert (lead.company_key, lead.phone_key) == ("new", "405550182")

    def test_refuses_what_a_colleague_changed_meanwhile(self, tenant):
        lead = make_lead()
        seen = lead.version
        actions.change_lead(lead, {"company": "New"}, version=seen, by=SYSTEM)
        with pytest.raises(Overtaken):
            actions.change_lead(lead, {"company": "Newer"}, version=seen, by=SYSTEM)


class TestMove:
    def test_goes_through_the_states(self, tenant):
        lead = make_lead()
        actions.move(lead, LeadState.WORKING, by=SYSTEM)
        actions.move(lead, LeadState.QUALIFIED, by=SYSTEM)
        assert lead.state is LeadState.QUALIFIED
        assert names_of(lead)[1:] == ["lead.moved"] * 2

    def test_is_lost_only_with_a_reason(self, tenant):
        lead = make_lead()
        with pytest.raises(Refused):
            actions.move(lead, LeadState.LOST, by=SYSTEM)
        actions.move(lead, LeadState.LOST, by=SYSTEM, reason="No budget")
        assert lead.lost_reason == "No budget"
        actions.move(lead, LeadState.NEW, by=SYSTEM)
        assert lead.lost_reason is None


class TestAlike:
    def test_finds_by_each_key_but_not_the_lost(self, tenant):
        lead = make_lead(company="Nordlicht GmbH", phone="+49 40 5550182", email="kim@nordlicht.example")
        for typed in (("Nordlicht", None, None), (None, "040 5550182", None), (None, None, "nordlicht.example")):
            assert queries.alike(likeness(*typed)) == [lead]
        actions.move(lead, LeadState.LOST, by=SYSTEM, reason="No")
        assert queries.alike(likeness("Nordlicht", None, None)) == []

    @pytest.mark.parametrize(
        "typed",
        [
            ("Nordlicht", None, None),
            ("nordlicht gmbh", None, None),
            (None, "040 5550182", None),
            (None, "0171 2345678", None),
            (None, None, "nordlicht.example"),
            (None, None, "nordlicht-shop.example"),
        ],
    )
    def test_knows_customers_by_name_phone_mail_and_site(self, tenant, typed):
        acme = make_account(
            name="Nordlicht GmbH", phone="+49 40 5550182", website="https://www.nordlicht-shop.example/"
        )
        make_contact(acme, mobile="+49 171 2345678", email="kim@nordlicht.example")
        assert queries.customers_alike(likeness(*typed), typed[0]) == [acme]

    @pytest.mark.parametrize(
        ("named", "typed"),
        [
            ("Big Ocean Foods", "Big Ocean Foods Ltd"),
            ("Big Ocean Foods", "big ocean foods, Inc."),
            ("Big Ocean Foods", "Big-Ocean Foods"),
            ("Big Ocean Foods", "Bigocean Foods GmbH & Co. KG"),
            ("Big-Ocean Foods S.p.A.", "big ocean foods"),
            ("BigOcean Foods", "Big Ocean Foods Ltd"),
            ("Crane Logistics GmbH", "Crane Logistics"),
            ("Crane Logistics GmbH", "crane logistics inc."),
            ("U.S. Steel Corp.", "US Steel"),
            ("US Steel", "U.S. Steel Corp."),
            ("大海食品", "大海食品有限公司"),
            ("大海食品股份有限公司", "大海食品有限公司"),
        ],
    )
    def test_knows_a_customer_whatever_the_legal_form_and_the_spaces(self, tenant, named, typed):
        known = make_account(name=named)
        make_account(name=f"{named} Overseas")
        assert queries.customers_alike(likeness(typed, None, None), typed) == [known]

    def test_knows_a_customer_among_many_of_whom_the_index_knows_the_same_words(self, tenant, monkeypatch):
        for number in range(4):
            make_account(name=f"Crane Logistics {number}")
        known = make_account(name="Crane Logistics, Inc.")
        monkeypatch.setattr(queries.search, "DEEP", 1)
        assert queries.customers_alike(likeness("crane logistics gmbh", None, None), "crane logistics gmbh") == [known]

    @pytest.mark.parametrize(
        "typed", [("Nord", None, None), (None, "040 5550183", None), (None, None, "licht.example")]
    )
    def test_takes_nobody_for_another(self, tenant, typed):
        acme = make_account(name="Nordlicht GmbH", phone="+49 40 5550182")
        make_contact(acme, email="kim@nordlicht.example")
        assert queries.customers_alike(likeness(*typed), typed[0]) == []

    def test_names_each_customer_once_those_looked_after_first(self, tenant):
        free = make_account(name="Nordlicht", phone="040 5550182")
        ours = make_account(name="Nordlicht GmbH", owner=make_agent())
        assert queries.customers_alike(likeness("Nordlicht", "040 5550182", None), "Nordlicht") == [ours, free]


class TestHandOver:
    def test_gives_open_leads_to_the_heir(self, tenant):
        ann, bo = make_agent(), make_agent()
        lead = make_lead(ann)
        held = {holding.key: holding for holding, _count in handover.held_by(ann.id)}
        assert len(held["lead.owner_id"].pass_on(ann.id, bo, SYSTEM, uuid4(), handover.ALL)) == 1
        assert lead.owner_id == bo.id


class TestPages:
    @pytest.mark.shows("OP1", "OP5")
    def test_lead_from_the_first_note_to_lost(self, here, client, post):
        owner = sign_in(client, here)
        base = f"/{here.slug}/leads/"
        assert "Add the first lead" in text_of(client.get(base))
        made = post(base + "new", data={"name": "Kim Berg", "company": "Nordlicht", "phone": "040 5550182"})
        assert made.status_code == 302
        page = made.headers["Location"]
        assert "Kim Berg" in text_of(client.get(page))
        assert post(page + "/state", data={"state": "working"}).status_code == 302
        assert "Being worked on" in text_of(client.get(page))
        assert post(page + "/lost", data={"reason": ""}).status_code == 422
        post(page + "/lost", data={"reason": "No budget"})
        assert "No budget" in text_of(client.get(page))
        assert "Kim Berg" in text_of(client.get(base + "?state=lost"))
        assert "Kim Berg" not in text_of(client.get(base + "?state=new"))
        assert owner.name in text_of(client.get(base))

    def test_a_wrong_form_comes_back_with_what_was_typed(self, here, client, post):
        sign_in(client, here)
        answer = post(f"/{here.slug}/leads/new", data={"name": "", "company": "Nordlicht"})
        assert answer.status_code == 422
        assert "Nordlicht" in answer.get_data(as_text=True)

    def test_both_values_are_shown_when_a_colleague_was_faster(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            lead = make_lead(name="Kim", company="Old")
            actions.change_lead(lead, {"company": "Theirs"}, version=None, by=SYSTEM)
            db.session.commit()
        answer = post(f"/{here.slug}/leads/{lead.id}/edit", data={"name": "Kim", "company": "Mine", "version": "1"})
        assert answer.status_code == 409
        assert "Theirs" in answer.get_data(as_text=True)

    def test_an_agent_sees_his_own_leads_only(self, here, client):
        ann = sign_in(client, here, "agent")
        with scope.enter(here.id):
            mine, other = make_lead(ann, name="Mine"), make_lead(make_agent(), name="Other")
            db.session.commit()
        page = text_of(client.get(f"/{here.slug}/leads/"))
        assert "Mine" in page
        assert "Other" not in page
        assert client.get(f"/{here.slug}/leads/{mine.id}").status_code == 200
        assert client.get(f"/{here.slug}/leads/{other.id}").status_code == 404

    def test_can_be_given_to_a_colleague_and_found(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            bo = make_agent(name="Bo Lind")
            lead = make_lead(name="Kim Berg")
            db.session.commit()
        assert post(f"/{here.slug}/leads/{lead.id}/assign", data={"owner_id": str(bo.id)}).status_code == 302
        assert "Bo Lind" in text_of(client.get(f"/{here.slug}/leads/{lead.id}"))
        assert "Kim Berg" in text_of(client.get(f"/{here.slug}/search/?q=kim berg"))

    def test_asks_the_same_of_many_leads_as_of_few(self, here, client, statements):
        sign_in(client, here)
        counts = []
        for many in (2, 30):
            with scope.enter(here.id):
                for _n in range(many):
                    make_lead()
                db.session.commit()
            client.get(f"/{here.slug}/leads/")  # what the process keeps is read once
            with statements() as seen:
                client.get(f"/{here.slug}/leads/")
            counts.append(len(seen))
        assert counts[0] == counts[1] <= 12
