"""A leaver's book: shared out by turns, by a property or by hand, with what belongs to each, and taken back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from saas import clock
from saas.crm.batches import actions, queries
from saas.crm.batches import book_actions as books
from saas.crm.batches.models import Batch, BatchState, Deed, Outcome, Reason, Split
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership
from saas.crm.customers.models import Account
from saas.db import db
from saas.errors import Refused
from saas.jobs import runner
from saas.tenants import scope
from saas.tenants.actions import people
from saas.tenants.models import MemberStatus, Notice
from tests.crm.batches.test_batches import done, fresh, outcomes
from tests.factories import (
    make_account,
    make_activity,
    make_agent,
    make_case,
    make_contact,
    make_lead,
    make_member,
    make_opportunity,
    make_tenant,
    sign_in,
)
from tests.pages import words


@pytest.fixture
def here(context):
    """A committed workspace."""
    return make_tenant()


@pytest.fixture
def inside(here):
    """The same, in scope."""
    with scope.enter(here.id):
        yield here


def handed_over(leaver, heirs, by, split=Split.EVEN, field=None, chosen=None, rest=None) -> Batch:
    batch = actions.choose(queries.book_of(leaver.id), by=by)
    books.lay_out(batch, leaver, split, field=field, heirs=heirs, by=by)
    more = {"heirs": chosen or {}, "rest": str((rest or heirs[0]).id)}
    actions.start(batch, Deed.HAND_OVER, batch.options | more, by=by)
    return done(batch)


def work_off(tenant) -> None:
    """What a worker does."""
    while runner.run_tenant(str(tenant.id)):
        pass


def owners(*rows) -> list:
    db.session.expire_all()
    return [db.session.scalars(select(type(row).owner_id).where(type(row).id == row.id)).one() for row in rows]


@pytest.mark.shows("CB19")
class TestHandOver:
    def test_shares_evenly_with_what_belongs_to_each(self, inside):
        boss, ann, bo, cy = make_member("manager"), make_agent(), make_agent(), make_agent()
        one, two, three = (make_account(ann) for _ in range(3))
        customers.archive_account(three, by=ann)
        deal, call = make_opportunity(two, ann), make_activity(ann, account_id=two.id)
        case = make_case(contact=make_contact(two))
        case.owner_id = ann.id
        lead, loose = make_lead(ann), make_activity(ann)
        foreign = make_opportunity(two, cy)
        batch = handed_over(ann, [bo, cy], boss, rest=cy)
        assert owners(one, two, three) == [bo.id, cy.id, bo.id]
        assert owners(deal, call, case) == [cy.id] * 3
        assert owners(lead, loose, foreign) == [cy.id] * 3
        told = {
            n.member_id: n.params["many"] for n in db.session.scalars(select(Notice).where(Notice.kind == books.TOLD))
        }
        assert told == {bo.id: 2, cy.id: 1}
        assert batch.state is BatchState.DONE

    def test_undone_leaves_the_clocks_as_they_were(self, inside):
        boss, ann, bo = make_member("manager"), make_agent(), make_agent()
        one = make_account(ann)
        one.owned_since = clock.now() - timedelta(days=40)
        ownership.renew([one])
        db.session.commit()
        had = fresh(one).owned_since, fresh(one).reclaim_at
        batch = handed_over(ann, [bo], boss)
        assert fresh(one).owned_since > had[0]
        actions.undo(batch, by=boss)
        done(batch)
        assert (fresh(one).owner_id, fresh(one).owned_since, fresh(one).reclaim_at) == (ann.id, *had)

    def test_is_told_once_to_each_who_takes_over(self, here):
        """Shared out or left to one successor: one line for all of it, however many things and kinds went over."""
        with scope.enter(here.id):
            boss, ann, bo, cy = make_member("manager"), make_agent(), make_agent(), make_agent()
            for leaver in (ann, bo):
                account = make_account(leaver)
                make_account(leaver), make_lead(leaver), make_opportunity(account, leaver)
                make_case(contact=make_contact(account)).owner_id = leaver.id
                make_activity(leaver, account_id=account.id)
            db.session.commit()
            work_off(here)
            db.session.execute(delete(Notice))  # of what was filed while it was made
            handed_over(ann, [cy], boss)
            people.remove(bo, by=make_member("owner"), successor=cy)
            db.session.commit()
            work_off(here)
            told = db.session.scalars(select(Notice.kind).where(Notice.member_id == cy.id)).all()
            assert sorted(told) == [books.TOLD, "handed_over"]

    def test_shares_by_a_property_and_by_hand(self, inside):
        boss, ann, bo, cy = make_member("manager"), make_agent(), make_agent(), make_agent()
        kiel, other = make_account(ann, city="Kiel"), make_account(ann)
        handed_over(ann, [bo, cy], boss, Split.PROPERTY, "city", {"Kiel": str(cy.id), "": str(bo.id)})
        assert owners(kiel, other) == [cy.id, bo.id]
        dan = make_agent()
        handed_over(bo, [dan, cy], boss, Split.HAND, None, {str(other.id): str(dan.id)}, rest=cy)
        assert owners(other) == [dan.id]

    def test_is_taken_back_but_for_what_changed_since(self, inside):
        boss, ann, bo, cy = make_member("manager"), make_agent(), make_agent(), make_agent()
        one, two = make_account(ann), make_account(ann)
        deal, lead, held = make_opportunity(one, ann), make_lead(ann), make_opportunity(one, bo)
        batch = handed_over(ann, [bo], boss)
        customers.assign(fresh(two), cy, by=boss)
        db.session.commit()
        actions.undo(batch, by=boss)
        batch = done(batch)
        assert outcomes(batch) == [(Outcome.UNDONE, None), (Outcome.KEPT, Reason.CHANGED)]
        assert owners(one, two, deal, lead, held) == [ann.id, cy.id, ann.id, ann.id, bo.id]

    def test_leaves_what_is_no_longer_his_and_whom_nobody_takes(self, inside):
        boss, ann, bo, cy = make_member("manager"), make_agent(), make_agent(), make_agent()
        one, two = make_account(ann), make_account(ann)
        batch = actions.choose(queries.book_of(ann.id), by=boss)
        books.lay_out(batch, ann, Split.EVEN, field=None, heirs=[bo, cy], by=boss)
        customers.assign(one, boss, by=boss)
        cy.status = MemberStatus.DISABLED
        actions.start(batch, Deed.HAND_OVER, batch.options | {"heirs": {}, "rest": str(bo.id)}, by=boss)
        batch = done(batch)
        assert outcomes(batch) == [(Outcome.LEFT, Reason.CHANGED), (Outcome.LEFT, Reason.NOBODY)]
        assert owners(two) == [ann.id]

    def test_refuses_heirs_who_cannot(self, inside):
        boss, ann, gone = make_member("manager"), make_agent(), make_agent(status=MemberStatus.DISABLED)
        make_account(ann)
        batch = actions.choose(queries.book_of(ann.id), by=boss)
        for heirs in ([], [ann], [gone], [make_member("readonly")]):
            with pytest.raises(Refused):
                books.lay_out(batch, ann, Split.EVEN, field=None, heirs=heirs, by=boss)


class TestPages:
    @pytest.mark.shows("CB19")
    def test_shows_who_gets_what_and_does_it(self, here, client, post):
        sign_in(client, here, "manager")
        with scope.enter(here.id):
            ann, bo, cy = make_agent(name="Ann"), make_agent(name="Bo"), make_agent(name="Cy")
            for city in ("Kiel", "Kiel", "Bremen"):
                make_account(ann, city=city)
            db.session.commit()
            make_member("readonly", name="Ro")
            db.session.commit()
        path = f"/{here.slug}/hand-over/{ann.id}"
        for form in (path, f"/{here.slug}/settings/members/{ann.id}/remove"):
            sign_in(client, here, "owner")
            offered = re.findall(
                r"<(?:option|label)[^>]*>(?:<input[^>]*>)?\s*(?:<span>)?([^<]+)", client.get(form).text
            )
            assert "Bo" in [one.strip() for one in offered], form
            assert "Ro" not in [one.strip() for one in offered], form
        assert "Ann holds 3 customers." in words(client.get(path).get_data(as_text=True))
        sent = {"heirs": [str(bo.id), str(cy.id)], "split": "property", "field": "city"}
        assert post(path, data={**sent, "heirs": []}).status_code == 422
        share = post(path, data=sent).location
        assert "Bo 2 Cy 1" in words(client.get(share).get_data(as_text=True))
        anew = {"heir.0": str(cy.id), "heir.1": str(cy.id), "rest": str(bo.id)}
        assert "Bo 0 Cy 3" in words(post(share, data=anew).get_data(as_text=True))
        batch = post(share, data=anew | {"start": "1"}).location
        with scope.enter(here.id):
            done(db.session.scalars(select(Batch).where(Batch.state == BatchState.RUNNING)).one())
            assert set(db.session.scalars(select(Account.owner_id))) == {cy.id}
        page = words(client.get(batch).get_data(as_text=True))
        assert "Hand over 3 customers of Ann" in page
        assert "You can undo this for thirty days." in page

    def test_is_for_whoever_may_assign_all(self, here, client):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            ann = make_agent()
            make_account(ann)
            db.session.commit()
        assert client.get(f"/{here.slug}/hand-over/{ann.id}").status_code == 403
