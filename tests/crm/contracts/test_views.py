"""Contracts on screen: for colleagues, on Today, and in the customer's portal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from saas.crm.contracts import state_actions as states
from saas.crm.contracts.models import Contract
from saas.crm.quotes import actions as quotes
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants import scope
from tests.factories import (
    enter_portal,
    make_account,
    make_agent,
    make_contact,
    make_contract,
    make_portal_user,
    make_quote,
    make_tenant,
    sign_in,
)
from tests.pages import filled, whole, words


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant(name="Harbor Trading")


class TestColleague:
    def test_writes_it_for_whoever_looks_after_the_customer_where_he_goes_on_seeing_it(self, here, client, post):
        with scope.enter(here.id):
            ann = make_agent(name="Ann")
            account_id, ann_id = make_account(ann, name="Elbe").id, ann.id
            db.session.commit()
        for role, is_hers in (("owner", True), ("agent", False)):
            me = sign_in(client, here, role)
            path = f"/{here.slug}/contracts/new?account_id={account_id}"
            given = {"name": f"By {role}", "what": "save", "account": "Elbe"}
            answer = post(path, data=filled(client.get(path).text, path) | given)
            assert answer.status_code == 302, answer.text
            with scope.enter(here.id):
                made = db.session.scalars(select(Contract).where(Contract.name == f"By {role}")).one()
                assert made.owner_id == (ann_id if is_hers else me.id)

    def test_is_told_of_contracts_that_are_not_for_him_and_led_to_his_own(self, here, client):
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            ann = tenants.member(me.id)
            elbe = make_account(ann, name="Elbe")
            make_contract(make_agent(name="Bo"), account=elbe)
            page = f"/{here.slug}/parts/account/{elbe.id}/contracts"
            db.session.commit()
        said = words(client.get(page).text)
        assert "1 contract is looked after by colleagues" in said
        assert "No contracts so far" not in said
        with scope.enter(here.id):
            mine = make_contract(ann, account=elbe)
            db.session.commit()
        assert f'<a href="/{here.slug}/contracts/{mine.id}">{mine.label}</a>' in whole(
            client, f"/{here.slug}/customers/{elbe.id}"
        )

    @pytest.mark.shows("PR3")
    def test_takes_a_contract_from_the_quote_to_its_renewal(self, here, client, post):
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            ann = tenants.member(me.id)
            quote = quotes.send_quote(make_quote(ann, name="Care"), to="eva@elbe.example", words="", by=ann)
            quotes.accept_quote(quote.id, name="Eva")
            account_id, day = quote.account_id, scope.today()
            db.session.commit()
        base = f"/{here.slug}"
        page = whole(client, f"{base}/quotes/{quote.id}")
        assert "Make the contract" in page
        first, second = (post(f"{base}/contracts/from-quote/{quote.id}").headers["Location"] for _twice in range(2))
        assert first == second
        path = first.removeprefix("https://seaport.test")
        form = filled(client.get(f"{path}/edit").text, f"{path}/edit")
        assert form["remind_days"] == "90, 60, 30"
        wrong = post(f"{path}/edit", data=form | {"remind_days": "soon", "what": "save"})
        assert (wrong.status_code, "such as 90, 60, 30" in wrong.text, 'value="soon"' in wrong.text) == (
            422,
            True,
            True,
        )
        changed = {"every": "month", "terms": "Within a day", "ends_on": (day + timedelta(days=40)).isoformat()}
        assert post(f"{path}/edit", data=form | changed | {"what": "save"}).status_code == 302
        assert post(f"{path}/sign", data={"on": day.isoformat(), "name": "Eva"}).status_code == 302
        shown = words(client.get(path).text)
        for told in ("per month", "Within a day", "Running", "Eva"):
            assert told in shown
        assert "Care" in whole(client, f"{base}/customers/{account_id}")
        assert "40 days left" in words(whole(client, f"{base}/"))
        assert "Care" in client.get(f"{base}/contracts/?period=60").text
        assert "Care" not in client.get(f"{base}/contracts/?period=30").text
        form = filled(client.get(f"{path}/renew").text, f"{path}/renew")
        made = post(f"{path}/renew", data=form | {"percent": "3"})
        assert made.status_code == 302
        assert "goes on with" in words(client.get(made.headers["Location"]).text)
        assert "40 days left" not in words(whole(client, f"{base}/"))
        with scope.enter(here.id):
            assert db.session.query(Contract).count() == 2


class TestPortal:
    @pytest.mark.shows("PR3")
    def test_shows_what_was_signed_and_reminds_of_its_end(self, here, client):
        with scope.enter(here.id):
            ann = make_agent()
            tom = make_contact(make_account(ann, name="Nordlicht"), name="Tom Behrens")
            person = make_portal_user(tom)
            soon = {"ends_on": scope.today() + timedelta(days=20)}
            mine = make_contract(ann, tom.account, name="Care", tells_customer=True, **soon)
            quiet = make_contract(ann, tom.account, name="Rent", **soon)
            draft = make_contract(ann, tom.account, name="Still a draft", tells_customer=True, **soon)
            foreign = make_contract(ann, name="Of somebody else", tells_customer=True, **soon)
            colleagues = make_contract(ann, tom.account, name="Of a colleague", tells_customer=True, **soon)
            for one in (mine, quiet, draft):
                one.contact_id = tom.id
            for one in (mine, quiet, foreign, colleagues):
                states.sign_contract(one, on=scope.today(), name=None, by=ann)
            db.session.commit()
            hidden = [one.id for one in (draft, foreign, colleagues)]
            db.session.refresh(person)
            db.session.expunge_all()
        enter_portal(client, here, person)
        base = f"/{here.slug}/portal"
        home, listed = words(client.get(f"{base}/").text), words(client.get(f"{base}/contracts/").text)
        assert ("Care" in home, "Rent" in home, "20 days left" in home) == (True, False, True)
        assert ("Care" in listed, "Rent" in listed) == (True, True)
        for name in ("Still a draft", "Of somebody else", "Of a colleague"):
            assert name not in home + listed
        for one in hidden:
            assert client.get(f"{base}/contracts/{one}/pdf").status_code == 404
