"""What the deals of a file make of their customers, how that is told, and that an undo gives it all back."""

from __future__ import annotations

import io
import re
from uuid import UUID

import pytest
from sqlalchemy import select

from saas import clock
from saas.crm.customers import ownership
from saas.crm.customers.models import Account, Contact, Standing
from saas.crm.opportunities import actions as deals
from saas.crm.opportunities import pipeline, pipeline_actions
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import Opportunity
from saas.crm.transfer import actions, queries, undo_queries
from saas.crm.transfer.models import ImportRun
from saas.crm.transfer.reasons import sentence
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Member, MemberStatus
from tests.crm.transfer.bringing import bring, work_off
from tests.crm.transfer.test_views import filled, text_of, work
from tests.factories import (
    make_account,
    make_activity,
    make_agent,
    make_contact,
    make_opportunity,
    make_tenant,
    sign_in,
)

SOLD = "ID,Deal,Customer,Owner,Stage,Opened on\nD-1,Pumps,Elbe,Anna,Won,2016-03-02\n"
HOPED = "ID,Deal,Customer,Stage\nD-7,Valves,Elbe,Prospecting\n"


def elbe() -> Account:
    db.session.expire_all()
    return db.session.scalars(select(Account).where(Account.name == "Elbe")).unique().one()


def place_of(account: Account) -> dict[str, object]:
    clocks = {"reclaim_at": account.reclaim_at, "version": account.version, "team_id": account.team_id}
    return ownership.images([account.id])[account.id] | clocks


def brought(text: str) -> UUID:
    return bring("opportunities", text).id


def undone(run_id: UUID) -> ImportRun:
    actions.undo(queries.run(run_id))
    return work_off(run_id)


def left(run: ImportRun) -> dict[str, str]:
    return {one.record.name: sentence(one.reason) for one in undo_queries.left(queries.run(run.id))}


class TestUndo:
    def test_lays_into_the_pool_again_whom_a_deal_had_taken_out_of_it(self, tenant):
        make_contact(make_account(name="Elbe"))
        db.session.commit()
        before = place_of(elbe())
        run = brought(SOLD)
        assert (elbe().standing, elbe().owner.name) == (Standing.CUSTOMER, "Anna")
        assert undone(run).counts.get("kept") is None
        assert place_of(elbe()) == before
        assert (elbe().standing, elbe().owner) == (Standing.POOL, None)
        assert db.session.scalars(select(Contact.owner_id)).all() == [None]
        assert not db.session.scalars(select(Member).where(Member.status == MemberStatus.PLACEHOLDER)).all()

    @pytest.mark.parametrize("file", [SOLD, HOPED])
    def test_sets_the_clock_of_one_that_is_tracked_as_it_was(self, tenant, file):
        make_account(name="Elbe", owner=make_agent())
        db.session.commit()
        before = place_of(elbe())
        run = brought(file)
        assert place_of(elbe()) != before
        clock.shift(3 * 24 * 3600)
        undone(run)
        assert place_of(elbe()) == before

    def test_leaves_a_customer_to_whom_somebody_spoke_since_and_names_it(self, tenant):
        make_account(name="Elbe")
        db.session.commit()
        run = brought(SOLD)
        bo = make_agent(name="Bo")
        make_activity(owner=bo, by=bo, account_id=elbe().id)
        db.session.commit()
        assert left(undone(run)) == {
            "Elbe": "Somebody has changed it since, so it stays.",
            "Anna": "1 customer stands on it.",
        }
        assert (elbe().standing, elbe().owner.name) == (Standing.TRACKED, "Anna")  # it has bought nothing, for all that

    def test_waits_for_the_undo_of_a_later_file_that_sold_as_well(self, tenant):
        make_account(name="Elbe")
        db.session.commit()
        before = place_of(elbe())
        first = brought(SOLD)
        later = brought(SOLD.replace("D-1", "D-2"))
        assert left(undone(first)) == {"Elbe": "1 deal stands on it.", "Anna": "1 customer and 1 deal stand on it."}
        assert elbe().standing is Standing.CUSTOMER
        assert undone(later).counts.get("kept") is None
        assert undone(first).counts.get("kept") is None
        assert place_of(elbe()) == before

    def test_of_the_later_file_first_leaves_the_customer_to_the_earlier_one(self, tenant):
        make_account(name="Elbe")
        db.session.commit()
        first = brought(SOLD)
        between = place_of(elbe())
        undone(brought(SOLD.replace("D-1", "D-2") + "D-3,Valves,Elbe,Anna,Prospecting,2016-03-02\n"))
        assert place_of(elbe()) == between
        undone(first)
        assert elbe().standing is Standing.POOL

    def test_keeps_a_customer_who_bought_something_by_hand(self, tenant):
        make_account(name="Elbe")
        db.session.commit()
        run = brought(SOLD)
        bo = make_agent(name="Bo")
        deals.win(make_opportunity(elbe(), owner=bo, by=bo), by=bo)
        db.session.commit()
        assert "Elbe" in left(undone(run))
        assert elbe().standing is Standing.CUSTOMER

    def test_takes_out_what_it_made_itself_for_names_a_stage_too(self, tenant):
        stages = len(pipeline.stages())
        run = brought(SOLD + "D-2,Hoses,Elbe,Anna,Haggling,2016-03-02\n")
        assert len(pipeline.stages()) == stages + 1
        assert undone(run).counts.get("kept") is None
        assert len(pipeline.stages()) == stages
        assert db.session.scalars(select(Account)).unique().all() == []
        assert db.session.scalars(select(Opportunity)).unique().all() == []

    def test_says_which_stage_a_pipeline_lacks(self, tenant):
        pipeline.stages()
        ways = pipelines.pipelines()
        other = pipeline_actions.add("Renewals", ways[0], by=make_agent())
        pipeline.remove(pipelines.stages(other.id)[4], pipelines.stages(other.id)[0], by=make_agent())
        db.session.commit()
        head = "ID,Deal,Stage,Pipeline\n"
        rows = "D-1,A,Needs known,Renewals\nD-2,B,,Renewals\nD-3,C,Decision,Renewals\nD-4,D,Decision,销售\n"
        run = bring("opportunities", head + rows)
        found = {deal.name: deal.stage for deal in db.session.scalars(select(Opportunity)).unique()}
        assert {name: (s.pipeline_id, s.label) for name, s in found.items()} == {
            "A": (other.id, "Needs known"), "B": (other.id, "Prospecting"), "D": (ways[0].id, "Decision"),
        }  # fmt: skip
        (refused,) = [row for row in queries.each_row(run.id) if row.reason]
        assert sentence(refused.reason) == "“Decision” is no stage of “Renewals”."

    def test_leaves_the_undo_of_the_customers_own_file_possible(self, tenant):
        accounts = bring("accounts", "Company\nElbe\n").id
        undone(brought(SOLD))
        assert undone(accounts).counts.get("kept") is None


class TestFigures:
    MIXED = (
        "ID,Deal,Customer,Owner,Stage,Amount,Currency\n"
        "D-1,A,Elbe,Anna,Won,10.50,EUR\n"
        "D-2,B,Elbe,Anna,Won,5,USD\n"
        "D-3,C,Fjord,Anna,Lost,7,EUR\n"
        "D-4,D,Baltic,Anna,Won,1,EUR\n"
        "D-5,E,,Anna,Prospecting,,\n"
        "D-6,F,Held,Anna,Won,,EUR\n"
    )

    @pytest.fixture
    def here(self, context):
        return make_tenant()

    def test_say_before_and_after_who_buys_and_leaves_the_pool(self, here, client, post):
        """Elbe lies in the pool, Held is looked after already; the others are left empty, as the wizard proposes."""
        sign_in(client, here)
        with scope.enter(here.id):
            make_account(name="Elbe")
            make_account(name="Held", owner=make_agent())
            db.session.commit()
        name = {"kind": "opportunities", "file": (io.BytesIO(self.MIXED.encode()), "deals.csv")}
        page = post(f"/{here.slug}/imports/new", data=name, content_type="multipart/form-data")
        url = page.location.removesuffix("/columns")
        post(f"{url}/columns", data=filled(client.get(f"{url}/columns")))
        post(f"{url}/names", data=filled(client.get(f"{url}/names")))
        work(here)
        told = "2 customers have bought, as won deals of this file say, and no longer return to the public pool."
        given = "1 of them, whom nobody looks after, goes to the owner of the deal."
        said = text_of(client.get(url))
        assert told in said
        assert given in said
        post(f"{url}/run")
        work(here)
        page = client.get(url)
        said = text_of(page)
        assert told in said
        assert given in said
        assert "Open 1 — Won 4 €11.50 + $5.00 Lost 1 €7.00" in said
        assert "3 deals name no customer" in said
        link = re.search(r'href="([^"]+customer=none[^"]*)"', page.get_data(as_text=True))[1].replace("&amp;", "&")
        assert "3 deals" in text_of(client.get(link.replace("/list?", "/count?")))


class TestTimeline:
    @pytest.fixture
    def here(self, context):
        return make_tenant()

    def test_tells_a_file_in_one_line_with_its_own_days_and_its_undo_in_another(self, here, client, post):
        many = SOLD + "".join(f"D-{n},Valves {n},Elbe,Anna,Lost,2016-04-0{n}\n" for n in range(2, 6))
        ida = sign_in(client, here, name="Ida Moor")
        with scope.enter(here.id):
            account_id = make_account(name="Elbe").id
            run_id = bring("opportunities", many, by=ida).id
            deal = db.session.scalars(select(Opportunity.id)).first()
        page = client.get(f"/{here.slug}/customers/{account_id}")
        said = text_of(page)
        assert "Ida Moor brought in 5 deals with list.csv" in said
        assert "from 2 Mar 2016 to" in said
        assert "Won 1 · Lost 4" in said
        assert "A customer from now on, looked after by Anna" in said
        assert "opened" not in said.split("brought in 5 deals")[1].split("added this customer")[0]
        assert "made the first sale" not in said
        own = text_of(client.get(f"/{here.slug}/deals/{deal}"))
        assert "Ida Moor brought in this deal with list.csv" in own

        post(f"/{here.slug}/imports/{run_id}/undo")
        work(here)
        page = client.get(f"/{here.slug}/customers/{account_id}")
        said = text_of(page)
        assert "Ida Moor undid the import of list.csv in the pool again" in said
        assert said.count("list.csv") == 1
        assert "took up the only sale" not in said
        assert str(deal) not in page.get_data(as_text=True)


class TestList:
    @pytest.fixture
    def here(self, context):
        return make_tenant()

    def test_says_of_a_deal_that_was_over_in_the_file_how_it_ended(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            bring("opportunities", SOLD)
        page = client.get(f"/{here.slug}/deals/list").get_data(as_text=True)
        row = page[page.index("Pumps") :].partition("</tr>")[0]
        assert row.count("Won") == 2  # as its stage, and as its result
        assert "Prospecting" not in row
