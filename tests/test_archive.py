"""Archived records: they say so, offer to come back, and are only read until then."""

from __future__ import annotations

import io
import re

import pytest

from saas import clock
from saas.archive import Archived
from saas.crm.activities import actions as activities
from saas.crm.activities.models import ActivityKind
from saas.crm.customers import actions as customers
from saas.crm.customers.models import Account, Contact
from saas.crm.opportunities import actions as opportunities
from saas.crm.opportunities import owner_actions as deal_owners
from saas.crm.opportunities import pipeline
from saas.crm.opportunities.models import Opportunity
from saas.crm.pool import actions as pool
from saas.crm.pool.models import ReleaseReason
from saas.db import db
from saas.tenants import scope
from saas.tenants.actions import attachments
from saas.tenants.models import Event
from tests.factories import (
    make_account,
    make_activity,
    make_agent,
    make_case,
    make_contact,
    make_opportunity,
    make_tenant,
    sign_in,
)
from tests.pages import whole, words

PATHS = {"customers": "customers", "contacts": "contacts", "opportunities": "deals"}


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def text_of(response) -> str:
    html = re.sub(r"</?time[^>]*>", "", response.get_data(as_text=True))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


class TestVerbs:
    def test_refuse_an_archived_customer(self, tenant):
        ann = make_agent()
        acme = make_account(ann, name="Acme")
        kim = make_contact(acme)
        customers.archive_account(acme, by=ann)
        now = {"kind": ActivityKind.CALL, "subject": "x", "starts_at": clock.now()}
        for verb in (
            lambda: customers.change_account(acme, {"city": "Kiel"}, version=None, by=ann),
            lambda: customers.assign(acme, make_agent(), by=ann),
            lambda: customers.create_contact(acme, {"name": "Bo"}, by=ann),
            lambda: customers.change_contact(kim, {"title": "Buyer"}, version=None, by=ann),
            lambda: activities.plan(now | {"account_id": acme.id}, owner=ann, by=ann),
            lambda: activities.log(now | {"contact_id": kim.id}, owner=ann, by=ann),
            lambda: make_opportunity(acme),
            lambda: make_case(acme),
            lambda: pool.release(acme, by=ann, reason=ReleaseReason.NO_TIME),
            lambda: attachments.attach(acme, io.BytesIO(b"Offer"), "offer.txt", by=ann),
        ):
            with pytest.raises(Archived, match="Acme is archived"):
                verb()
        assert acme.city is None

    def test_refuse_an_archived_contact_and_bring_none_back_before_his_customer(self, tenant):
        ann = make_agent()
        acme = make_account(ann, name="Acme")
        kim = make_contact(acme, name="Kim Berg")
        deal, call = make_opportunity(acme), make_activity(account_id=acme.id)
        customers.archive_contact(kim, by=ann)
        for verb in (
            lambda: customers.change_contact(kim, {"title": "Buyer"}, version=None, by=ann),
            lambda: activities.change(call, {"contact_id": kim.id}, version=None, by=ann),
            lambda: opportunities.change_opportunity(deal, {}, version=None, by=ann, account=acme, contact=kim),
            lambda: make_case(acme, contact=kim),
        ):
            with pytest.raises(Archived, match="Kim Berg is archived"):
                verb()
        customers.archive_account(acme, by=ann)
        with pytest.raises(Archived, match="Acme is archived"):
            customers.restore_contact(kim, by=ann)

    def test_refuse_an_archived_deal(self, tenant):
        ann = make_agent()
        deal = make_opportunity(owner=ann, name="Crane")
        stage = pipeline.stages()[1]
        opportunities.archive_opportunity(deal, by=ann)
        for verb in (
            lambda: opportunities.change_opportunity(deal, {"next_step": "x"}, version=None, by=ann),
            lambda: opportunities.move(deal, stage, version=None, by=ann),
            lambda: opportunities.win(deal, by=ann),
            lambda: opportunities.lose(deal, by=ann, reason="x"),
            lambda: opportunities.reopen(deal, reason="They called again", by=ann),
            lambda: deal_owners.assign(deal, make_agent(), by=ann),
            lambda: attachments.attach(deal, io.BytesIO(b"Offer"), "offer.txt", by=ann),
        ):
            with pytest.raises(Archived, match="Crane is archived"):
                verb()

    def test_leave_alone_what_was_archived_with_a_deal_or_call_that_goes_on(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        kim = make_contact(acme)
        deal = make_opportunity(acme, contact=kim)
        call = make_activity(account_id=acme.id)
        customers.archive_account(acme, by=ann)
        opportunities.change_opportunity(deal, {"next_step": "x"}, version=None, by=ann, account=acme, contact=kim)
        activities.complete(call, by=ann)
        assert (deal.next_step, call.is_open) == ("x", False)

    def test_a_sweep_of_the_pool_passes_over_what_was_archived_meanwhile(self, tenant):
        acme = make_account(make_agent())
        acme.owned_since = acme.last_contact_at = clock.now().replace(year=2020)
        customers.archive_account(acme, by=make_agent())
        assert not pool.reclaim(acme.id)


class TestPages:
    def made(self, here, kind: str):
        """An archived record with its address, and what belongs to it."""
        with scope.enter(here.id):
            acme = make_account(make_agent(), name="Acme")
            kim = make_contact(acme, name="Kim Berg")
            deal = make_opportunity(acme, name="Crane")
            db.session.flush()
            row = {"customers": acme, "contacts": kim, "opportunities": deal}[kind]
            db.session.commit()
        return row

    @pytest.mark.parametrize("kind", ["customers", "contacts", "opportunities"])
    def test_say_so_offer_to_restore_and_nothing_else(self, here, client, post, kind):
        sign_in(client, here)
        page = f"/{here.slug}/{PATHS[kind]}/{self.made(here, kind).id}"
        offers = (f'href="{page}/edit"', 'class="composer"', 'class="attach"', "/activities/new?", ">Give to a")
        before = whole(client, page)
        for offer in offers[: None if kind != "contacts" else -1]:
            assert offer in before
        assert "until it is restored" not in words(before)
        post(f"{page}/archive")
        client.get(page)  # where the undo is told
        html = whole(client, page)
        assert re.search(r"Archived \d+ \w+: out of", words(html))
        assert html.count(f'action="{page}/restore"') == 1
        for offer in offers:
            assert offer not in html
        post(f"{page}/restore")
        assert "until it is restored" not in text_of(client.get(page))

    def test_an_archived_customer_takes_no_people_deals_and_cases(self, here, client, post):
        sign_in(client, here)
        acme = self.made(here, "customers")
        page = f"/{here.slug}/customers/{acme.id}"
        ways = ("/contacts/new?", "/deals/new?", "/cases/new?")
        tabs = ("", "?tab=deals", "?tab=cases")
        before = "".join(client.get(page + tab).get_data(as_text=True) for tab in tabs)
        assert sum(way in before for way in ways) == 3
        post(f"{page}/archive")
        after = "".join(client.get(page + tab).get_data(as_text=True) for tab in tabs)
        assert not any(way in after for way in ways)

    def test_a_person_of_an_archived_customer_is_only_read_too(self, here, client, post):
        sign_in(client, here)
        kim = self.made(here, "contacts")
        post(f"/{here.slug}/customers/{kim.account_id}/archive")
        html = client.get(f"/{here.slug}/contacts/{kim.id}").get_data(as_text=True)
        assert "Acme is archived, with everybody there" in html
        assert f'action="/{here.slug}/customers/{kim.account_id}/restore"' in html
        for offer in ("/edit", 'class="composer"', 'class="attach"', "/portal/invite"):
            assert offer not in html

    def test_whoever_may_not_restore_is_offered_nothing(self, here, client):
        sign_in(client, here, "readonly")
        acme = self.made(here, "customers")
        with scope.enter(here.id):
            customers.archive_account(db.session.get_one(Account, (here.id, acme.id)), by=scope.SYSTEM)
            db.session.commit()
        answer = client.get(f"/{here.slug}/customers/{acme.id}")
        assert "nothing changes here until it is restored" in text_of(answer)
        assert "/restore" not in answer.get_data(as_text=True)

    @pytest.mark.parametrize("kind", ["customers", "contacts", "opportunities"])
    def test_refuse_with_a_sentence_what_an_old_page_still_asks_for(self, here, client, post, kind):
        sign_in(client, here)
        row = self.made(here, kind)
        page, name = f"/{here.slug}/{PATHS[kind]}/{row.id}", row.name
        post(f"{page}/archive")
        about = {"customers": "account", "contacts": "contact", "opportunities": "opportunity"}[kind]
        target = {"about_kind": about, "about_id": row.id}
        new = f"/{here.slug}/activities/new?about_kind={about}&about_id={row.id}"
        answers = [
            client.get(f"{page}/edit"),
            post(f"{page}/edit", data={"name": "Other", "version": "1"}),
            client.get(new),
            post(f"/{here.slug}/activities/write", data=target | {"kind": "note", "text": "Heard nothing"}),
        ]
        if kind == "customers":
            answers += [
                client.get(f"{page}/assign"),
                client.get(f"/{here.slug}/contacts/new?account_id={row.id}"),
                post(f"/{here.slug}/contacts/new?account_id={row.id}", data={"name": "Bo"}),
                client.get(f"/{here.slug}/deals/new?account_id={row.id}"),
                client.get(f"/{here.slug}/cases/new?account_id={row.id}"),
                client.get(f"/{here.slug}/pool/{row.id}/release"),
            ]
        if kind == "contacts":
            answers.append(client.get(f"{page}/portal/invite"))
        if kind == "opportunities":
            answers += [client.get(f"{page}/assign"), client.get(f"{page}/close"), post(f"{page}/reopen")]
        for answer in answers:
            assert answer.status_code == 422
            assert f"{name} is archived. Restore it first." in text_of(answer)
        data = {"file": (io.BytesIO(b"Offer"), "offer.txt")}
        sent = post(f"/{here.slug}/files/{about}/{row.id}", data=data, content_type="multipart/form-data")
        assert f"offer.txt: {name} is archived" in text_of(client.get(sent.headers["Location"]))
        with scope.enter(here.id):
            model = {"customers": Account, "contacts": Contact, "opportunities": Opportunity}[kind]
            assert db.session.get_one(model, (here.id, row.id)).name == name
            said = {event.name for event in db.session.query(Event).filter(Event.subject_id == row.id)}
            assert said == {f"{about}.created", f"{about}.archived"}
