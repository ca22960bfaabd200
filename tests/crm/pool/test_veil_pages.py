"""What somebody sees of a hidden customer: its card, and nothing in search, lists and files; all of it once claimed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from saas import clock, search
from saas.crm.activities.models import Activity
from saas.crm.customers import ownership
from saas.crm.customers import queries as customers
from saas.crm.customers.veil import Hidden
from saas.crm.opportunities.models import Opportunity
from saas.crm.pool import actions as pool
from saas.crm.pool import pool_actions
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import ReleaseReason
from saas.crm.pool.rules import Promise, Rules
from saas.crm.service_desk import queries as cases
from saas.crm.service_desk.models import Case
from saas.db import db
from saas.tenants import queries, scope
from tests.crm.mails import posting
from tests.crm.pool.hiding import EVERYTHING, MARKS, PHONE, SAID, WIDE, hide, hold, see, told
from tests.factories import make_account, make_activity, make_case, make_contact, make_opportunity, make_tenant, sign_in
from tests.pages import filled


@pytest.fixture
def quay(context, client) -> SimpleNamespace:
    """A workspace with one hidden customer, and an agent in front of it."""
    tenant = make_tenant()
    agent = sign_in(client, tenant, "agent")
    with scope.enter(tenant.id):
        hidden = hold()
        hide(*EVERYTHING, by=agent)
        db.session.commit()
    return SimpleNamespace(tenant=tenant, agent=agent, home=f"/{tenant.slug}", client=client, **vars(hidden))


class TestCard:
    @pytest.mark.shows("PP1", "PP3")
    def test_shows_who_it_is_why_the_rest_is_hidden_and_how_to_claim_it(self, quay):
        page = see(quay.client, f"{quay.home}/customers/{quay.account_id}")
        assert "Nordlicht Reederei" in page
        assert "Kiel" in page
        assert "Shown once claimed" in page
        assert "then all of it is here, with its whole history" in page
        assert f"/pool/{quay.account_id}/claim" in page
        assert not told(page)

    @pytest.mark.shows("PP3", "CB13")
    def test_is_the_whole_record_once_it_is_claimed(self, quay):
        quay.client.post(f"{quay.home}/pool/{quay.account_id}/claim", data=token(quay))
        page = see(quay.client, f"{quay.home}/customers/{quay.account_id}")
        assert set(told(page)) == {*MARKS}
        assert "Shown once claimed" not in page
        for key in ("timeline", "cases", "cooperations"):
            assert SAID in see(quay.client, f"{quay.home}/customers/{quay.account_id}/tab/{key}")
        assert "5550123" in see(quay.client, f"{quay.home}/contacts/{quay.contact_id}")

    @pytest.mark.parametrize("role", ["owner", "manager"])
    def test_hides_nothing_from_whoever_gives_customers_to_anybody(self, context, client, role):
        tenant = make_tenant()
        boss = sign_in(client, tenant, role)
        with scope.enter(tenant.id):
            hidden = hold()
            hide(*EVERYTHING, by=boss)
            db.session.commit()
        page = see(client, f"/{tenant.slug}/customers/{hidden.account_id}")
        assert {"5550123", "Zwieselgasse", "Verborgen", SAID} <= set(told(page))

    @pytest.mark.parametrize(
        ("hidden", "shown"),
        [
            ((Hidden.SAID,), {"5550123", "seegras.example", "Zwieselgasse", "Verborgen", "DE811907980"}),
            ((Hidden.PEOPLE,), {"5550123", "seegras.example", "Zwieselgasse", "DE811907980"}),
            ((Hidden.PEOPLE, Hidden.PLACE), {"5550123", "seegras.example"}),
            ((Hidden.LINES, Hidden.PLACE), {"Verborgen"}),
            ((Hidden.LINES,), {"Verborgen", "Zwieselgasse", "seegras.example", "DE811907980"}),  # its website
        ],
    )
    def test_shows_what_its_pool_does_not_hide(self, quay, hidden, shown):
        with scope.enter(quay.tenant.id):
            hide(*hidden, by=quay.agent)
            db.session.commit()
        page = see(quay.client, f"{quay.home}/customers/{quay.account_id}")
        assert set(told(page)) == shown
        assert "Shown once claimed" in page
        assert f"/contacts/{quay.contact_id}" not in page

    def test_opens_no_other_door_and_says_why(self, quay):
        for door in (f"customers/{quay.account_id}/tab/timeline", f"parts/account/{quay.account_id}/files"):
            answer = quay.client.get(f"{quay.home}/{door}")
            assert answer.status_code == 403
            assert "shown once it is claimed" in answer.get_data(as_text=True)

    def test_says_nothing_of_it_where_nothing_is_hidden(self, quay):
        with scope.enter(quay.tenant.id):
            hide(by=quay.agent)
            db.session.commit()
        assert {*MARKS} == set(told(see(quay.client, f"{quay.home}/customers/{quay.account_id}")))


def token(quay: SimpleNamespace) -> dict[str, str]:
    """What a form of the pool's page sends."""
    return filled(see(quay.client, f"{quay.home}/pool/"), f"{quay.home}/pool/{quay.account_id}/claim")


class TestSearch:
    WORDS = ("5550123", "431 555", "kontor@seegras", "Verborgen", SAID)

    @pytest.mark.shows("PP3")
    def test_finds_a_hidden_customer_by_its_name_alone(self, quay):
        for words in self.WORDS:
            page = see(quay.client, f"{quay.home}/search/?q={words.replace(' ', '+')}")
            assert "Nordlicht" not in page
            assert "Nothing" in page, words
            assert not told(page.replace(words, ""))
        for words in ("Nordlicht", "nordl kiel"):
            page = see(quay.client, f"{quay.home}/search/?q={words.replace(' ', '+')}")
            assert "Nordlicht Reederei" in page
            assert not told(page)

    def test_lets_no_hidden_customers_bury_the_others(self, quay):
        with scope.enter(quay.tenant.id):
            for number in range(search.LIMIT + 20):
                make_account(name=f"Anker {number}", phone="+49 40 7770000")
            mine = make_account(owner=quay.agent, name="Zander Anker", phone="+49 40 7770000")
            make_contact(mine, name="Zoe", phone="+49 40 7770000")
            db.session.commit()
        for address in ("search/?q=7770000", "phone-book/?q=7770000", "customers/suggest?customer=7770000"):
            page = see(quay.client, f"{quay.home}/{address}")
            assert "Zander Anker" in page, address
            assert "Anker 1" not in page
            assert "50+ hits" not in page

    def test_finds_all_of_it_for_whoever_is_not_kept_from_it(self, quay, app):
        boss = app.test_client()
        sign_in(boss, quay.tenant, "manager")
        for words in self.WORDS:
            page = see(boss, f"{quay.home}/search/?q={words.replace(' ', '+')}")
            assert "Nordlicht" in page or "Verborgen" in page, words

    def test_finds_all_of_it_for_an_admin_of_its_pool(self, quay):
        with scope.enter(quay.tenant.id):
            south = pool_actions.open_pool("South", by=quay.agent)
            ownership.move_to_pool([quay.account_id], south.id)
            pool_rules.change_rules(Rules(hides=EVERYTHING), by=quay.agent, pool_id=south.id)
            db.session.commit()
        address = f"{quay.home}/search/?q=5550123"
        assert "Nordlicht" not in see(quay.client, address)
        with scope.enter(quay.tenant.id):
            pool_actions.change_pool(south, "South", members={quay.agent.id: True}, teams=[], by=quay.agent)
            db.session.commit()
        page = see(quay.client, address)
        assert "Nordlicht" in page
        assert "Verborgen" in page

    def test_proposes_it_to_nobody_who_types(self, quay):
        for words in ("Nordlicht", "5550123"):
            assert "Nordlicht" not in see(quay.client, f"{quay.home}/customers/suggest?customer={words}")


class TestStatements:
    def test_are_as_many_where_something_is_hidden(self, quay, statements):
        with scope.enter(quay.tenant.id):
            mine = make_account(owner=quay.agent)
            case = make_case(mine, owner=quay.agent)
            db.session.commit()
        pages = ("", "customers/?all=1", f"customers/{mine.id}", "deals/", f"cases/{case.id}", "contacts/")
        counts = []
        for hidden in (EVERYTHING, ()):
            with scope.enter(quay.tenant.id):
                hide(*hidden, by=quay.agent)
                db.session.commit()
            for page in pages:
                see(quay.client, f"{quay.home}/{page}")  # what the process keeps is read once
                with statements() as seen:
                    assert quay.client.get(f"{quay.home}/{page}").status_code == 200
                counts.append((page, len(seen)))
        assert counts[: len(pages)] == counts[len(pages) :]


class TestTray:
    @pytest.mark.parametrize("is_hidden", [True, False])
    def test_proposes_nobody_of_a_hidden_customer_for_a_mail(self, quay, is_hidden):
        with scope.enter(quay.tenant.id):
            if not is_hidden:
                hide(by=quay.agent)
            queries.role("agent").rights = WIDE
            waits = posting.bring(posting.message("kim@seegras.example", posting.BOX, subject="Winches"))
            db.session.commit()
        page = see(quay.client, f"{quay.home}/mails/{waits.id}")
        assert "Winches" in page
        assert ("Nordlicht" in page) is not is_hidden


class TestLists:
    def test_no_sort_filter_or_column_holds_a_hidden_customer(self, quay):
        asked = (
            "",
            "?columns=name,phone,email,tax_number",
            f"?columns=name,{quay.field_key}&sort={quay.field_key}",
            f"?{quay.field_key}={SAID}",
            "?standing=pool",
        )
        for query in asked:
            page = see(quay.client, f"{quay.home}/customers/{query}")
            assert "Nordlicht Reederei" not in page, query
            assert not told(page.replace(SAID, "") if SAID in query else page)
        assert "Nordlicht Reederei" in see(quay.client, f"{quay.home}/pool/")

    def test_no_file_takes_it_away(self, quay):
        with scope.enter(quay.tenant.id):
            queries.role("agent").rights = WIDE
            db.session.commit()
        for kind in ("accounts", "contacts", "opportunities", "activities", "cases"):
            text = see(quay.client, f"{quay.home}/exports/list/{kind}.csv")
            assert "Elbwerk" in text or kind in {"opportunities", "activities", "cases"}
            assert "Nordlicht" not in text
            assert not told(text)


class TestOwn:
    @pytest.fixture
    def his(self, quay) -> SimpleNamespace:
        """A case, a deal and a task with the hidden customer are the agent's own; another person is there too."""
        with scope.enter(quay.tenant.id):
            cases.lock_case(quay.case_id).owner_id = quay.agent.id
            account = customers.lock_account(quay.account_id)
            make_contact(account, name="Kim Geheim")
            people = {"account_id": account.id, "contact_id": quay.contact_id}
            deal = make_opportunity(account, quay.agent)
            deal.contact_id = quay.contact_id
            task = make_activity(owner=quay.agent, **people)
            db.session.commit()
            return SimpleNamespace(**{**vars(quay), "deal_id": deal.id, "task_id": task.id})

    def test_a_case_that_one_was_given_comes_into_reach(self, quay):
        address = f"{quay.home}/cases/{quay.case_id}"
        assert quay.client.get(address).status_code == 404
        with scope.enter(quay.tenant.id):
            cases.lock_case(quay.case_id).owner_id = quay.agent.id
            db.session.commit()
        assert SAID in see(quay.client, address)

    def test_it_is_changed_without_what_is_hidden_and_loses_nothing(self, his):
        kept = (Case, his.case_id), (Opportunity, his.deal_id), (Activity, his.task_id)
        pages = ("cases", his.case_id), ("deals", his.deal_id), ("activities", his.task_id)
        for (model, key), (place, record_id) in zip(kept, pages, strict=True):
            address = f"{his.home}/{place}/{record_id}/edit"
            page = see(his.client, address)
            assert "Kim Geheim" not in page
            assert his.client.post(address, data=filled(page, address)).status_code in {302, 303}, place
            with scope.enter(his.tenant.id):
                db.session.expire_all()
                assert db.session.get_one(model, (his.tenant.id, key)).contact_id == his.contact_id


class TestLedger:
    def test_keeps_what_was_written_of_a_hidden_customer_to_itself(self, quay):
        with scope.enter(quay.tenant.id):
            held = make_account(name="Elbwerk Nord", phone=PHONE)
            promise = Promise(f"Ask Jana for the {SAID}", clock.now().date())
            pool.claim(held.id, by=quay.agent, promise=promise)
            db.session.commit()
        assert SAID in see(quay.client, f"{quay.home}/pool/ledger")
        with scope.enter(quay.tenant.id):
            pool.release(customers.lock_account(held.id), by=quay.agent, reason=ReleaseReason.NO_TIME)
            db.session.commit()
        page = see(quay.client, f"{quay.home}/pool/ledger")
        assert "Elbwerk Nord" in page
        assert not told(page)
