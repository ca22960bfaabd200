"""Partners: who they are, what they register and ask, and how we answer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from saas import clock, mail
from saas.crm.customers import ownership
from saas.crm.customers.models import Account
from saas.crm.leads import actions as leads
from saas.crm.leads.models import Lead, LeadState
from saas.crm.partners import actions, queries
from saas.crm.partners.models import Answer, LeadCheck, RegistrationState
from saas.crm.pool import actions as pool
from saas.db import db
from saas.errors import Refused, TooMany
from saas.jobs import runner
from saas.tenants import portal_kinds, scope
from saas.tenants.models import Event, Notice, PortalKind, PortalUser, PortalUserStatus, Role
from saas.tenants.permissions import Permission, Reach
from saas.tenants.scope import SYSTEM
from tests.factories import (
    make_account,
    make_agent,
    make_contact,
    make_lead,
    make_member,
    make_partner,
    make_partner_person,
    make_tenant,
    sign_in,
)

NORDLICHT = {"company": "Nordlicht GmbH", "name": None, "phone": None, "email": None, "about": None}


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def check(person: PortalUser, company=None, phone=None, mail=None) -> LeadCheck:
    return actions.check(company, phone, mail, by=person, subject=portal_kinds.behind(person))


def register(person: PortalUser, **given):
    return actions.register(NORDLICHT | given, by=person, subject=portal_kinds.behind(person))


class TestOpenPartner:
    def test_makes_an_account_a_partner_once(self, tenant):
        acme = make_account()
        assert actions.open_partner(acme, by=SYSTEM).id == actions.open_partner(acme, by=SYSTEM).id

    def test_takes_no_archived_account(self, tenant):
        with pytest.raises(Refused):
            actions.open_partner(make_account(archived_at=clock.now()), by=SYSTEM)


class TestEnd:
    def test_shuts_its_people_out_at_once_and_lets_them_in_again(self, tenant):
        person = make_partner_person(partner := make_partner())
        assert portal_kinds.behind(person).company == partner.account.name
        actions.end(partner, by=SYSTEM)
        assert portal_kinds.behind(person) is None
        actions.open_partner(partner.account, by=SYSTEM)
        assert portal_kinds.behind(person) is not None


class TestGive:
    def test_gives_a_lead_to_a_partner_we_work_with(self, tenant):
        lead, partner = make_lead(), make_partner()
        actions.give(lead, partner, by=SYSTEM)
        assert lead.partner_id == partner.account_id
        actions.end(partner, by=SYSTEM)
        with pytest.raises(Refused):
            actions.give(make_lead(), partner, by=SYSTEM)


class TestCheck:
    def test_says_free_taken_or_yours(self, tenant):
        person = make_partner_person()
        assert check(person, "Nordlicht").answer is Answer.FREE
        make_lead(company="Nordlicht GmbH")
        assert check(person, "nordlicht").answer is Answer.TAKEN
        make_account(make_agent(), name="Suedwind AG")
        assert check(person, "Suedwind").answer is Answer.TAKEN
        leads.give(make_lead(company="Ostwind"), queries.partner_of(person.account_id).account, by=SYSTEM)
        assert check(person, "Ostwind").answer is Answer.YOURS

    def test_is_taken_when_one_of_what_was_typed_is(self, tenant):
        make_contact(make_account(make_agent(), name="Suedwind"), email="kim@suedwind.example")
        assert check(make_partner_person(), "Nordlicht", mail="suedwind.example").answer is Answer.TAKEN

    def test_is_free_while_the_customer_lies_in_the_pool(self, tenant):
        person, ann = make_partner_person(), make_agent()
        acme = make_account(name="Suedwind", phone="040 5550182")
        assert check(person, phone="+49 40 5550182").answer is Answer.FREE
        assert check(person, "Suedwind").answer is Answer.FREE
        pool.claim(acme.id, by=ann)
        assert check(person, phone="+49 40 5550182").answer is Answer.TAKEN

    def test_is_taken_when_one_of_the_same_name_is_looked_after(self, tenant):
        make_account(name="Suedwind")
        make_account(make_agent(), name="Suedwind")
        assert check(make_partner_person(), "Suedwind").answer is Answer.TAKEN

    def test_is_taken_for_one_who_has_bought_and_for_a_partner_though_nobody_looks_after_them(self, tenant):
        ownership.set_bought([make_account(name="Suedwind")])
        make_partner(make_account(name="Ostwind"))
        for company in ("Suedwind", "Ostwind"):
            assert check(make_partner_person(), company).answer is Answer.TAKEN

    @pytest.mark.parametrize("typed", ["crane logistic", "Logistics Crane", "Crane Logistcs", "Crane Logisticks Ltd"])
    def test_promises_nothing_for_a_name_that_is_a_slip_away_from_one_that_is_held(self, tenant, typed):
        person = make_partner_person()
        assert check(person, typed).answer is Answer.FREE
        crane = make_account(name="Crane Logistics GmbH")
        assert check(person, typed).answer is Answer.FREE  # it lies in the pool
        pool.claim(crane.id, by=make_agent())
        assert check(person, typed).answer is Answer.ALIKE

    def test_knows_the_slips_of_leads_too_and_tells_figures_and_short_names_apart(self, tenant):
        person = make_partner_person()
        for company in ("Ostwind Werke", "Studio Altona 54", "Abcd"):
            make_lead(company=company)
        assert check(person, "Ostwind Werk").answer is Answer.ALIKE
        for company in ("Studio Altona 55", "Abce", "Ostwind Holding"):
            assert check(person, company).answer is Answer.FREE

    def test_refuses_what_tells_nobody(self, tenant):
        with pytest.raises(Refused):
            check(make_partner_person(), "…", "110", "gmail.com")

    def test_keeps_hashes_only_and_the_same_ones_for_the_same(self, tenant):
        person, other = make_partner_person(), make_partner_person()
        one, two = check(person, "Nordlicht GmbH"), check(other, "nordlicht")
        assert one.company_hash == two.company_hash
        assert one.code != two.code
        assert len(one.company_hash) == 32
        assert one.phone_hash is None
        db.session.flush()
        rows = db.session.scalars(select(Event).where(Event.name == actions.ASKED))
        assert not any("ordlicht" in str(row.changed) for row in rows)

    def test_hashes_otherwise_in_another_workspace(self, context):
        found = []
        for place in (make_tenant(), make_tenant()):
            with scope.enter(place.id):
                found.append(check(make_partner_person(), "Nordlicht").company_hash)
                db.session.rollback()
        assert found[0] != found[1]

    def test_stops_who_asks_too_often(self, tenant):
        person = make_partner_person()
        for n in range(20):
            check(person, f"Company {n}")
        with pytest.raises(TooMany):
            check(person, "One more")
        with pytest.raises(TooMany):
            register(person)  # a registration would tell the same


class TestRegister:
    def test_makes_a_protected_lead_of_the_partners_keeper(self, tenant):
        ann = make_agent()
        person = make_partner_person(make_partner(make_account(owner=ann)))
        made = register(person, name="Kim Berg", phone="040 5550182")
        lead = made.lead
        assert (lead.name, lead.company, lead.owner_id) == ("Kim Berg", "Nordlicht GmbH", ann.id)
        assert lead.partner_id == person.account_id
        assert timedelta(days=59) < lead.protected_until - clock.now() <= timedelta(days=60)
        assert made.state is RegistrationState.PENDING

    def test_is_refused_to_a_second_partner_without_a_name(self, tenant):
        first, second = make_partner_person(), make_partner_person()
        register(first)
        with pytest.raises(actions.Taken) as refused:
            register(second, company="NORDLICHT")
        for secret in (first.name, portal_kinds.behind(first).company, "L-"):
            assert secret not in refused.value.sentence
        with pytest.raises(actions.Taken, match="already"):
            register(first, company="Nordlicht")

    def test_is_refused_for_a_customer_and_for_a_lead_of_ours(self, tenant):
        person = make_partner_person()
        make_account(make_agent(), name="Suedwind")
        make_lead(company="Ostwind")
        for company in ("Suedwind", "Ostwind"):
            with pytest.raises(actions.Taken):
                register(person, company=company)

    def test_is_open_for_a_customer_in_the_pool_and_taken_from_then_on(self, tenant):
        first, second = make_partner_person(), make_partner_person()
        make_account(name="Nordlicht")
        assert register(first).lead.protected_until is not None
        with pytest.raises(actions.Taken):
            register(second)

    def test_of_a_similar_name_is_protected_once_a_colleague_accepts_it(self, tenant):
        first, second = make_partner_person(), make_partner_person()
        make_account(make_agent(), name="Crane Logistics")
        made = register(first, company="Crane Logistic")
        assert (made.state, made.lead.protected_until) == (RegistrationState.PENDING, None)
        with pytest.raises(actions.Taken):
            register(second, company="Crane Logistic")
        actions.accept(made, by=make_member("manager"))
        assert made.lead.protected_until == made.created_at + actions.PROTECTION

    def test_is_open_to_others_when_the_protection_is_over(self, tenant):
        first, second = make_partner_person(), make_partner_person()
        register(first)
        clock.shift(timedelta(days=59).total_seconds())
        assert check(second, "Nordlicht").answer is Answer.TAKEN
        clock.shift(timedelta(days=61).total_seconds())
        assert check(second, "Nordlicht").answer is Answer.FREE
        assert register(second).lead.partner_id == second.account_id

    def test_is_not_open_to_people_of_an_ended_partner(self, tenant):
        person = make_partner_person(partner := make_partner())
        subject = portal_kinds.behind(person)
        actions.end(partner, by=SYSTEM)
        with pytest.raises(actions.NotFound):
            actions.register(NORDLICHT, by=person, subject=subject)


class TestAnswer:
    def test_accepts_once(self, tenant):
        boss, made = make_member("manager"), register(make_partner_person())
        actions.accept(made, by=boss)
        assert (made.state, made.decided_by_id) == (RegistrationState.ACCEPTED, boss.id)
        assert made.lead.protected_until is not None
        with pytest.raises(actions.Decided):
            actions.decline(made, "Late", by=boss)

    def test_accepting_gives_back_what_was_taken_back_meanwhile(self, tenant):
        made = register(make_partner_person())
        until = made.lead.protected_until
        leads.withdraw(made.lead, by=SYSTEM)
        actions.accept(made, by=make_member("manager"))
        assert made.lead.partner_id == made.partner.account_id
        assert abs(made.lead.protected_until - until) < timedelta(seconds=5)

    def test_declines_with_a_reason_and_frees_the_name(self, tenant):
        boss, person = make_member("manager"), make_partner_person()
        made = register(person)
        with pytest.raises(Refused):
            actions.decline(made, " ", by=boss)
        actions.decline(made, "We talk to them", by=boss)
        lead = made.lead
        assert (lead.state, lead.partner_id, lead.protected_until) == (LeadState.LOST, None, None)
        assert made.reason == "We talk to them"
        assert check(make_partner_person(), "Nordlicht").answer is Answer.FREE


class TestNotices:
    def test_tell_the_keeper_once_and_mail_the_partner_our_answer(self, here, config):
        with scope.enter(here.id):
            ann = make_member("manager")
            make_member("manager")
            person = make_partner_person(make_partner(make_account(owner=ann)))
            made = register(person)
            db.session.commit()
            to = person.email
        runner.run_tenant(str(here.id))
        runner.run_tenant(str(here.id))
        with scope.enter(here.id):
            told = list(db.session.scalars(select(Notice).where(Notice.kind == "registration.filed")))
            assert [notice.member_id for notice in told] == [ann.id]
            found = queries.registration_row(made.id)
            actions.decline(found, "We talk to them", by=ann)
            db.session.commit()
        runner.run_tenant(str(here.id))
        sent = [path.read_text() for path in mail.kept(config)]
        letters = [text for text in sent if f"To: {to}" in text]
        assert len(letters) == 1
        assert "We talk to them" in letters[0]


class TestStaffPages:
    @pytest.mark.shows("PO3", "CB16")
    def test_partner_from_the_first_day_to_a_person_in_the_portal(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            acme = make_account(name="Acme Resellers")
            kim = make_contact(acme, name="Kim Berg", email="kim@acme.example")
            db.session.commit()
        base = f"/{here.slug}/partners/"
        assert "Add the first partner" in text_of(client.get(base))
        assert post(base + "new", data={"customer": "nobody"}).status_code == 422
        page = post(base + "new", data={"customer": "acme resellers"}).headers["Location"]
        assert "Kim Berg" in text_of(client.get(page))
        person = f"{page}/people/{kim.id}"
        assert "kim@acme.example" in client.get(f"{person}/invite").get_data(as_text=True)
        assert post(f"{person}/invite", data={"email": "kim@acme.example"}).status_code == 303
        assert "Invited" in text_of(client.get(page))
        assert post(f"{person}/resend").status_code == 303
        assert post(f"{person}/revoke").status_code == 303
        assert "Invite to the portal" in text_of(client.get(page))
        assert "Acme Resellers" in text_of(client.get(base))

    def test_a_company_that_is_new_is_added_in_the_same_form(self, here, client, post):
        me = sign_in(client, here)
        address = f"/{here.slug}/partners/new"
        typed = {"customer": "Acme Resellers", "phone": "040 5550182", "city": "Hamburg"}
        asked = post(address, data=typed)
        html = asked.get_data(as_text=True)
        assert asked.status_code == 422
        assert "Add as a new company" in html
        for words in typed.values():
            assert f'value="{words}"' in html
        made = post(address, data=typed | {"unknown": "Acme Resellers"})
        assert "Acme Resellers" in text_of(client.get(made.headers["Location"]))
        with scope.enter(here.id):
            account = db.session.scalars(select(Account)).one()
            assert (account.phone, account.city, account.owner_id) == ("040 5550182", "Hamburg", me.id)
            assert queries.partner_of(account.id).is_active
            said = [event.name for event in db.session.scalars(select(Event).order_by(Event.id))]
            assert said[-2:] == ["account.created", actions.OPENED]

    def test_another_unknown_name_is_asked_about_again_and_a_wrong_detail_loses_nothing(self, here, client, post):
        sign_in(client, here)
        address = f"/{here.slug}/partners/new"
        other = post(address, data={"customer": "Acme Sellers", "unknown": "Acme Resellers", "city": "Hamburg"})
        assert other.status_code == 422
        wrong = post(address, data={"customer": "Acme", "unknown": "Acme", "city": "Hamburg", "email": "nonsense"})
        assert wrong.status_code == 422
        for words in ("Acme", "Hamburg", "nonsense"):
            assert f'value="{words}"' in wrong.get_data(as_text=True)
        with scope.enter(here.id):
            assert db.session.scalar(select(func.count()).select_from(Account)) == 0

    def test_adds_no_second_one_of_a_name_that_the_reader_may_not_see(self, here, client, post):
        with scope.enter(here.id):
            role = db.session.scalars(select(Role).where(Role.key == "manager")).one()
            role.rights = role.rights | {Permission.ACCOUNT_VIEW.value: Reach.OWN.value}
            make_account(make_agent(), name="Acme Resellers")
            db.session.commit()
        sign_in(client, here, "manager")
        answer = post(f"/{here.slug}/partners/new", data={"customer": "acme resellers", "unknown": "acme resellers"})
        assert answer.status_code == 422
        assert "whom you may not see" in text_of(answer)

    def test_whoever_adds_no_customers_is_told_so(self, here, client, post):
        with scope.enter(here.id):
            role = db.session.scalars(select(Role).where(Role.key == "manager")).one()
            role.rights = {key: reach for key, reach in role.rights.items() if key != Permission.ACCOUNT_CREATE.value}
            db.session.commit()
        sign_in(client, here, "manager")
        answer = post(f"/{here.slug}/partners/new", data={"customer": "Acme", "unknown": "Acme"})
        assert answer.status_code == 422
        assert "you may not add one" in text_of(answer)

    def test_a_person_can_be_shut_out_and_let_in(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            person = make_partner_person(partner := make_partner())
            db.session.commit()
        address = f"/{here.slug}/partners/{partner.id}/people/{person.subject_id}"
        for verb, status in (("disable", PortalUserStatus.DISABLED), ("enable", PortalUserStatus.ACTIVE)):
            assert post(f"{address}/{verb}").status_code == 303
            with scope.enter(here.id):
                assert db.session.get_one(PortalUser, (here.id, person.id)).status is status

    def test_a_lead_is_given_and_taken_back(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            partner, lead = make_partner(), make_lead(name="Kim Berg")
            name = partner.account.name
            db.session.commit()
        address = f"/{here.slug}/partners/leads/{lead.id}"
        assert name in client.get(address).get_data(as_text=True)
        assert post(address, data={"partner_id": str(partner.id)}).status_code == 302
        page = text_of(client.get(f"/{here.slug}/leads/{lead.id}"))
        assert f"gave this lead to the partner {name}" in page
        assert "Kim Berg" in text_of(client.get(f"/{here.slug}/partners/{partner.id}"))
        post(f"{address}/take-back")
        with scope.enter(here.id):
            assert db.session.get_one(Lead, (here.id, lead.id)).partner_id is None

    def test_a_registration_is_answered_and_told(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            check(make_partner_person(), "Nordlicht")
            made = register(make_partner_person(), about="Forty laptops")
            lead_id = made.lead_id
            db.session.commit()
        assert "Nordlicht GmbH" in text_of(client.get(f"/{here.slug}/partners/"))
        address = f"/{here.slug}/partners/registrations/{made.id}"
        page = text_of(client.get(address))
        assert "Forty laptops" in page
        assert page.count("Free") == 2  # both receipts, the earlier one on top
        assert post(address, data={"answer": "decline", "reason": ""}).status_code == 422
        assert post(address, data={"answer": "accept"}).status_code == 302
        assert post(address, data={"answer": "accept"}).status_code == 409
        lead = text_of(client.get(f"/{here.slug}/leads/{lead_id}"))
        assert "accepted the registration" in lead

    @pytest.mark.parametrize(
        ("has_owner", "words"), [(True, "A customer of yours has the same"), (False, "in the public pool has the same")]
    )
    def test_whoever_answers_a_registration_sees_the_customer_like_it(self, here, client, has_owner, words):
        sign_in(client, here)
        with scope.enter(here.id):
            made = register(make_partner_person())
            make_account(make_agent() if has_owner else None, name="Nordlicht Bremen", email="kim@nordlicht.example")
            made.email = "shop@nordlicht.example"
            db.session.commit()
        page = text_of(client.get(f"/{here.slug}/partners/registrations/{made.id}"))
        assert words in page
        assert "Nordlicht Bremen" in page

    @pytest.mark.shows("PO4")
    def test_whoever_answers_a_registration_sees_a_name_almost_the_same(self, here, client):
        with scope.enter(here.id):
            make_account(make_agent(), name="Nordlichter GmbH")
            made = register(make_partner_person(make_partner(make_account(owner=make_agent()))), company="Nordlichte")
            db.session.commit()
        sign_in(client, here, "manager")
        page = text_of(client.get(f"/{here.slug}/partners/registrations/{made.id}"))
        assert "almost the same" in page
        assert "Nordlichter GmbH" in page

    @pytest.mark.parametrize("role", ["agent", "readonly"])
    def test_others_only_look(self, here, client, post, role):
        sign_in(client, here, role)
        with scope.enter(here.id):
            partner = make_partner()
            made = register(make_partner_person(partner))
            db.session.commit()
        base = f"/{here.slug}/partners/"
        assert client.get(base).status_code == client.get(f"{base}{partner.id}").status_code == 200
        for path in ("new", f"{partner.id}/end", f"registrations/{made.id}"):
            assert post(base + path).status_code == 403

    def test_a_partnership_ends_and_begins_again(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            partner = make_partner()
            db.session.commit()
        page = f"/{here.slug}/partners/{partner.id}"
        post(f"{page}/end")
        assert "Work together again" in text_of(client.get(page))
        post(f"{page}/reopen")
        assert "End the partnership" in text_of(client.get(page))


class TestMake:
    def test_finds_or_adds_the_company_the_partner_and_the_person(self, tenant):
        kind = portal_kinds.of(PortalKind.PARTNER)
        subject = kind.make("Acme Resellers", "Kim Berg", "kim@acme.example")
        again = kind.make("acme resellers", "Kim", "kim@acme.example")
        assert subject == again
        assert queries.partner_of(subject.account_id).is_active
