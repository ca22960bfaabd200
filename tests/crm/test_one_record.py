"""One customer, one record: whoever looks, and by whatever way something comes in."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from saas import clock
from saas.crm.activities import actions as activities
from saas.crm.customers import ownership
from saas.crm.customers.models import Account, Channel, Standing
from saas.crm.opportunities import actions as deals
from saas.crm.pool import sweep_actions
from saas.db import db
from saas.jobs import runner
from saas.tenants import scope
from saas.tenants.models import Team
from tests.crm.mails.posting import bring, make_mailbox, message
from tests.factories import (
    enter_portal,
    make_account,
    make_agent,
    make_contact,
    make_opportunity,
    make_portal_user,
    make_tenant,
    sign_in,
)


@pytest.fixture
def harbor(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def said_on(client, tenant, account_id) -> str:
    page = client.get(f"/{tenant.slug}/customers/{account_id}").get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.shows("CB24", "CB25")
def test_what_comes_by_any_way_stands_on_one_timeline(harbor, app, post):
    staff, portal = app.test_client(), app.test_client()
    owner = sign_in(staff, harbor)
    with scope.enter(harbor.id):
        make_mailbox()
        account = make_account(owner, name="Fabrikam", by=owner)
        contact = make_contact(account, name="Jana Weber", email="jana@fabrikam.example", by=owner)
        person, key = make_portal_user(contact), account.id
        activities.log(
            {"kind": "call", "subject": "", "text": "Wants two cranes.", "account_id": key}, owner=owner, by=owner
        )
        bring(message("jana@fabrikam.example", "sales@quay.example", subject="And the price?"))
        deal = make_opportunity(account, owner, by=owner, name="Two cranes")
        deals.win(deal, version=None, by=owner)
        db.session.commit()
    enter_portal(portal, harbor, person)
    form = portal.get(f"/{harbor.slug}/portal/complaint").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)[1]
    sent = {"subject": "It creaks", "text": "All day.", "csrf_token": token}
    assert portal.post(f"/{harbor.slug}/portal/complaint", data=sent).status_code in {302, 303}
    with scope.enter(harbor.id):
        runner.run_tenant(str(harbor.id))
    page = said_on(staff, harbor, key)
    for told in ("Wants two cranes.", "And the price?", "It creaks", "Two cranes"):
        assert told in page
    with scope.enter(harbor.id):
        assert db.session.query(Account).count() == 1


@pytest.mark.shows("CB20")
def test_a_branch_sees_its_own_and_those_below_and_head_office_all(harbor, app):
    names = {"north": "Nordlicht", "harbour": "Hafenkran", "south": "Sonnenseite"}
    with scope.enter(harbor.id):
        north, south = Team(name="North"), Team(name="South")
        db.session.add_all([north, south])
        db.session.flush()
        harbour = Team(name="Harbour", parent_id=north.id)
        db.session.add(harbour)
        db.session.flush()
        teams = {"north": north.id, "harbour": harbour.id, "south": south.id}
        for branch, name in names.items():
            make_account(make_agent(team_id=teams[branch]), name=name)
        role = make_agent().role
        role.rights = role.rights | {"account.view": "team"}
        db.session.commit()

    def seen(role: str, **given) -> set[str]:
        client = app.test_client()
        sign_in(client, harbor, role, **given)
        page = client.get(f"/{harbor.slug}/customers/").get_data(as_text=True)
        return {branch for branch, name in names.items() if name in page}

    assert seen("agent", team_id=teams["north"]) == {"north", "harbour"}
    assert seen("agent", team_id=teams["harbour"]) == {"harbour"}
    assert seen("agent", team_id=teams["south"]) == {"south"}
    assert seen("owner") == {"north", "harbour", "south"}


@pytest.mark.shows("PP5")
def test_who_has_bought_leaves_the_cycle_and_who_has_not_comes_free(context, harbor):
    with scope.enter(harbor.id):
        ann = make_agent()
        bought, idle = make_account(ann, name="Bought"), make_account(ann, name="Idle")
        deals.win(make_opportunity(bought, ann), version=None, by=ann)
        for account in (bought, idle):
            account.owned_since = account.last_contact_at = clock.now() - timedelta(days=400)
            ownership.set_reclaim(account)
        db.session.commit()
        list(sweep_actions.sweep("crm.reclaim_customer"))
        db.session.commit()
        assert (bought.owner_id, bought.standing, bought.reclaim_at) == (ann.id, Standing.CUSTOMER, None)
        assert (idle.owner_id, idle.standing) == (None, Standing.POOL)


@pytest.mark.shows("CB3", "CB22")
def test_the_page_of_a_company_says_what_it_is_and_how_its_people_like_to_be_spoken_to(harbor, client, post):
    owner = sign_in(client, harbor)
    facts = {
        "industry": "logistics",
        "company_type": "limited",
        "nature": "listed",
        "employees": 1200,
        "revenue": Decimal("88.5"),
        "city": "Hamburg",
        "credit": "careful",
    }
    with scope.enter(harbor.id):
        account = make_account(owner, name="Fabrikam", **facts)
        make_contact(account, name="Jana Weber", title="Buyer", channel=Channel.MOBILE, language="Deutsch")
        db.session.commit()
        key = account.id
    page = said_on(client, harbor, key)
    for told in ("Logistics", "Limited company", "Listed", "1,200", "88.50", "Hamburg", "With care"):
        assert told in page
    assert "Buyer · prefers Mobile, Deutsch" in page
    listed = client.get(f"/{harbor.slug}/customers/?columns=name,credit&credit=careful").get_data(as_text=True)
    assert "Fabrikam" in listed
    assert "With care" in listed
