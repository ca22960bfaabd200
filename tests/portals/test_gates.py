"""The portals as the owner sets them: open or closed, how they greet, what customers may file."""

from __future__ import annotations

import re

import pytest

from saas.db import db
from saas.tenants import scope
from tests.factories import enter_portal, make_partner_person, make_portal_user, make_tenant, sign_in

OPEN = {"customer-is_open": "y", "customer-shows_logo": "y"}
ALL = ["complaint", "service_request", "question"]


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant(name="Harbor Trading")


@pytest.fixture
def owner(here, app):
    """The owner's browser; call it with a kind and a form."""
    browser = app.test_client()
    sign_in(browser, here, "owner")

    def keep(kind: str, **form: object):
        page = browser.get(f"/{here.slug}/settings/portals").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        sent = {f"{kind}-{name}": value for name, value in form.items()}
        return browser.post(f"/{here.slug}/settings/portals/{kind}", data={"csrf_token": token, **sent})

    keep.page = lambda: browser.get(f"/{here.slug}/settings/portals").text
    return keep


@pytest.fixture
def tom(here, client):
    """A customer's person, in the portal."""
    with scope.enter(here.id):
        person = make_portal_user()
        db.session.commit()
        db.session.expunge_all()
    enter_portal(client, here, person)
    return client


class TestGate:
    @pytest.mark.shows("AD16")
    def test_closed_lets_nobody_in_not_even_who_is_in(self, here, owner, tom, app):
        assert tom.get(f"/{here.slug}/portal/").status_code == 200
        assert owner("customer", welcome="").status_code == 422  # nothing may be filed: close it, or choose
        assert owner("customer", welcome="", kinds=ALL).status_code == 303
        for path in ("", "complaint", "sign-in"):
            answer = tom.get(f"/{here.slug}/portal/{path}")
            assert (answer.status_code, "Closed just now" in answer.text) == (403, True), path
        assert app.test_client().get(f"/{here.slug}/portal/sign-in").status_code == 403
        assert "Closed" in owner.page()
        owner("customer", is_open="y", welcome="", kinds=ALL)
        assert tom.get(f"/{here.slug}/portal/").status_code == 200

    def test_of_partners_is_their_own(self, here, owner, app, tom):
        with scope.enter(here.id):
            person = make_partner_person()
            db.session.commit()
            db.session.expunge_all()
        partner = app.test_client()
        enter_portal(partner, here, person)
        owner("partner", welcome="Good to have you.")
        assert partner.get(f"/{here.slug}/partner/").status_code == 403
        assert tom.get(f"/{here.slug}/portal/").status_code == 200
        owner("partner", is_open="y", welcome="Good to have you.")
        assert "Good to have you." in partner.get(f"/{here.slug}/partner/").text

    def test_greets_and_has_doors_for_what_may_be_filed(self, here, owner, tom):
        owner("customer", is_open="y", welcome="We answer <b>within</b> a day.", kinds=["question"])
        page = tom.get(f"/{here.slug}/portal/").text
        assert "We answer &lt;b&gt;within&lt;/b&gt; a day." in page
        assert "File a complaint" not in page
        assert tom.get(f"/{here.slug}/portal/complaint").status_code == 404
        asked = tom.get(f"/{here.slug}/portal/service").text
        assert "An answer to a question" in asked
        assert "A repair, a visit" not in asked

    def test_is_the_owners_to_keep(self, here, app):
        browser = app.test_client()
        sign_in(browser, here, "agent")
        assert browser.get(f"/{here.slug}/settings/portals").status_code == 403

    def test_shows_what_holds(self, here, owner):
        assert owner.page().count(" checked") == 3 + 2 + 2  # every kind may be filed, both are open and show the logo
        owner("customer", is_open="y", welcome="", kinds=["question"])
        assert owner.page().count(" checked") == 1 + 1 + 2

    def test_names_its_address_to_copy(self, here, owner):
        page = owner.page()
        assert f'value="https://seaport.test/{here.slug}/portal/"' in page
        assert f"/{here.slug}/partner/" in page
