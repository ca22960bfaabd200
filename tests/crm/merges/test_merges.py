"""Two records become one, with all that hangs on them, and two again."""

from __future__ import annotations

import io
import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from saas import clock, search
from saas.archive import Archived
from saas.crm.activities.models import Activity
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership, twins
from saas.crm.customers.models import Account, Contact, ShieldKind, Standing, TwinPair, Wish
from saas.crm.merges import actions, queries
from saas.crm.merges.models import UNDO_FOR, Merge
from saas.crm.opportunities import actions as opportunities
from saas.crm.opportunities.models import Opportunity
from saas.crm.service_desk.models import Case
from saas.db import db, new_id
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.actions import attachments
from saas.tenants.models import Event, File, PortalUser, UndoRow
from saas.versions import Overtaken
from tests.factories import (
    make_account,
    make_activity,
    make_agent,
    make_case,
    make_contact,
    make_opportunity,
    make_partner,
    make_portal_user,
    make_tenant,
    sign_in,
)
from tests.pages import whole, words
from tests.workers import work


@pytest.fixture
def here(context):
    """A committed workspace."""
    return make_tenant()


@pytest.fixture
def inside(here):
    """The same, in scope."""
    with scope.enter(here.id):
        yield here


def fresh(model, row):
    """The row as the database has it."""
    db.session.flush()
    db.session.expire_all()
    return db.session.scalars(select(model).where(model.id == row)).unique().one()


def full(owner) -> tuple[Account, dict]:
    """A customer with one of everything, and the ids of it all by model."""
    account = make_account(owner, name="Acme Ltd", phone="040 5550182")
    person = make_contact(account, name="Kim", is_main=True)
    hung = {
        Contact: person.id,
        Opportunity: make_opportunity(account, owner).id,
        Activity: make_activity(owner, account_id=account.id).id,
        Case: make_case(account).id,
        File: attachments.attach(account, io.BytesIO(b"a note"), "note.txt", by=owner).id,
        PortalUser: make_portal_user(person).id,
    }
    db.session.flush()
    return account, hung


def place(row) -> object:
    return row.subject_id if isinstance(row, File) else row.account_id


@pytest.mark.shows("CB25")
class TestMerge:
    def test_moves_everything_and_undo_moves_it_back(self, inside):
        ann, bo = make_agent(), make_agent()
        kept = make_account(ann, name="Acme GmbH")
        make_contact(kept, name="Lee", is_main=True)
        gone, hung = full(bo)
        made = actions.merge("account", kept.id, gone.id, {"phone": "040 5550182"}, owner=ann, by=ann)
        kept_id, gone_id = kept.id, gone.id
        for model, row in hung.items():
            assert place(fresh(model, row)) == kept_id, model
        person = fresh(Contact, hung[Contact])
        assert (person.owner_id, person.is_main) == (ann.id, False)
        kept_by = {"account_shield": 1}  # the open complaint keeps it from the pool
        assert made.counts == {model.__tablename__: 1 for model in hung} | kept_by
        kept, gone = fresh(Account, kept_id), fresh(Account, gone_id)
        assert (kept.phone, kept.owner_id, kept.holds_merged) == ("040 5550182", ann.id, True)
        assert (gone.merged_into_id, gone.archived_at is not None) == (kept_id, True)
        assert not db.session.scalars(
            select(search.SearchEntry.id).where(search.SearchEntry.subject_id == gone_id)
        ).all()
        actions.part(made, by=ann)
        for model, row in hung.items():
            assert place(fresh(model, row)) == gone_id, model
        person, kept, gone = fresh(Contact, hung[Contact]), fresh(Account, kept_id), fresh(Account, gone_id)
        assert (person.owner_id, person.is_main) == (bo.id, True)
        assert (kept.phone, kept.holds_merged, gone.archived_at, gone.merged_into_id) == (None, False, None, None)
        assert made.left == []

    def test_keeps_one_truth_of_owner_contact_and_purchase(self, inside):
        ann, bo = make_agent(), make_agent()
        now = clock.now()
        kept, gone = make_account(ann, name="Acme"), make_account(bo, name="Acme Ltd")
        gone.standing, gone.last_contact_at = Standing.CUSTOMER, now - timedelta(days=1)
        kept.last_contact_at = now - timedelta(days=9)
        made = actions.merge("account", kept.id, gone.id, {}, owner=bo, by=ann)
        assert (kept.owner_id, kept.standing, kept.reclaim_at) == (bo.id, Standing.CUSTOMER, None)
        assert kept.last_contact_at == now - timedelta(days=1)
        actions.part(made, by=ann)
        assert (kept.owner_id, kept.standing) == (ann.id, Standing.TRACKED)
        assert kept.last_contact_at == now - timedelta(days=9)
        assert kept.reclaim_at is not None

    def test_undo_knows_what_ended_while_they_were_one(self, inside):
        ann, bo = make_agent(), make_agent()
        kept, gone = make_account(ann, name="Acme GmbH"), make_account(bo, name="Acme Ltd")
        due, order = gone.reclaim_at, new_id()
        deal = make_opportunity(gone, bo)
        ownership.shield(gone.id, ShieldKind.ORDER, order)
        made = actions.merge("account", kept.id, gone.id, {}, owner=ann, by=ann)
        ownership.unshield([kept.id], ShieldKind.ORDER, [order])
        opportunities.lose(fresh(Opportunity, deal.id), reason="price", by=bo)
        actions.part(made, by=ann)
        gone = fresh(Account, gone.id)
        assert (gone.has_deal, gone.kept_until, gone.reclaim_at) == (False, None, due)

    def test_is_undone_once_when_asked_for_twice_at_once(self, app, here):
        with scope.enter(here.id):
            ann = make_agent()
            kept, (gone, _hung) = make_account(ann, name="Acme GmbH"), full(ann)
            merge_id, kept_id = actions.merge("account", kept.id, gone.id, {}, owner=ann, by=ann).id, kept.id
            ann_id = ann.id
            db.session.commit()
        refused, both = [], threading.Barrier(3)

        def part():
            with app.app_context(), scope.enter(here.id):
                merge = db.session.scalars(select(Merge).where(Merge.id == merge_id)).one()
                both.wait()
                try:
                    actions.part(merge, by=tenants.member(ann_id))
                    db.session.commit()
                except actions.CannotPart as error:
                    refused.append(error)

        threads = [threading.Thread(target=part) for _n in range(3)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(refused) == 2
        with scope.enter(here.id):
            assert db.session.scalars(select(Merge)).one().left == []
            told = select(Event.id).where(Event.name == actions.PARTED, Event.subject_id == kept_id)
            assert len(db.session.scalars(told).all()) == 1

    def test_takes_along_what_was_being_written_meanwhile(self, app, here):
        with scope.enter(here.id):
            ann, bo = make_agent(), make_agent()
            kept, gone = make_account(ann, name="Acme GmbH"), make_account(bo, name="Acme Ltd")
            made = actions.merge("account", kept.id, gone.id, {}, owner=ann, by=ann)
            late = Contact(account_id=gone.id, name="Kim", owner_id=bo.id)
            db.session.add(late)  # as somebody's whose form waited for the merge
            db.session.commit()
            merge_id, late_id, kept_id, gone_id, ann_id = made.id, late.id, kept.id, gone.id, ann.id
        work(app, here)
        with scope.enter(here.id):
            person = fresh(Contact, late_id)
            assert (person.account_id, person.owner_id) == (kept_id, ann_id)
            merge = fresh(Merge, merge_id)
            assert merge.counts == {"contact": 1}
            actions.gather("account", gone_id)
            assert merge.counts == {"contact": 1}
            actions.part(merge, by=tenants.member(ann_id))
            assert (fresh(Contact, late_id).account_id, merge.left) == (gone_id, [])
            actions.gather("account", gone_id)
            assert fresh(Contact, late_id).account_id == gone_id

    def test_leaves_on_undo_what_somebody_changed_or_moved_since(self, inside):
        ann = make_agent()
        kept, other = make_account(ann, name="Acme GmbH", city="Kiel"), make_account(ann, name="Elbe")
        gone, hung = full(ann)
        made = actions.merge("account", kept.id, gone.id, {"city": "Hamburg", "phone": "1234567"}, owner=ann, by=ann)
        customers.change_account(kept, {"city": "Bremen"}, version=None, by=ann)
        fresh(Opportunity, hung[Opportunity]).account_id = other.id
        db.session.flush()
        actions.part(made, by=ann)
        kept = fresh(Account, kept.id)
        assert (kept.city, kept.phone) == ("Bremen", None)
        assert fresh(Opportunity, hung[Opportunity]).account_id == other.id
        assert sorted((one["table"], one["why"]) for one in made.left) == [
            ("account", "changed"),
            ("opportunity", "moved"),
        ]

    def test_records_an_event_on_both(self, inside):
        ann = make_agent()
        kept, gone = make_account(ann), make_account(ann)
        actions.part(actions.merge("account", kept.id, gone.id, {}, owner=ann, by=ann), by=ann)
        said = select(Event.name, Event.subject_id).where(
            Event.name.in_([n for ns in actions.NAMES.values() for n in ns])
        )
        assert set(db.session.execute(said).all()) == {
            (actions.MERGED, kept.id),
            (actions.WENT_INTO, gone.id),
            (actions.PARTED, kept.id),
            (actions.PARTED, gone.id),
        }

    def test_refuses_what_cannot_be(self, inside):
        ann = make_agent()
        kept, gone = make_account(ann), make_account(ann)
        with pytest.raises(actions.CannotMerge):
            actions.merge("account", kept.id, kept.id, {}, owner=ann, by=ann)
        with pytest.raises(Overtaken):
            actions.merge("account", kept.id, gone.id, {}, owner=ann, versions=(kept.version, 77), by=ann)
        made = actions.merge("account", kept.id, gone.id, {}, owner=ann, by=ann)
        with pytest.raises(Archived):
            actions.merge("account", kept.id, gone.id, {}, owner=ann, by=ann)
        with pytest.raises(customers.Merged):
            customers.restore_account(gone, by=ann)
        made.created_at = clock.now() - UNDO_FOR
        with pytest.raises(actions.CannotPart):
            actions.part(made, by=ann)
        assert actions.forget_old() == 1
        assert not db.session.scalars(select(UndoRow.id)).all()

    def test_refuses_two_partners(self, inside):
        ann = make_agent()
        kept, gone = make_account(ann), make_account(ann)
        make_partner(kept)
        make_partner(gone)
        with pytest.raises(actions.CannotMerge, match="partners"):
            actions.merge("account", kept.id, gone.id, {}, owner=ann, by=ann)

    def test_is_undone_from_the_last_to_the_first(self, inside):
        ann = make_agent()
        a, b, c = (make_account(ann, name=name) for name in "ABC")
        first = actions.merge("account", b.id, a.id, {}, owner=ann, by=ann)
        second = actions.merge("account", c.id, b.id, {}, owner=ann, by=ann)
        assert fresh(Account, a.id).merged_into_id == c.id
        with pytest.raises(actions.CannotPart):
            actions.part(first, by=ann)
        actions.part(second, by=ann)
        assert fresh(Account, a.id).merged_into_id == b.id
        actions.part(first, by=ann)
        assert fresh(Account, a.id).merged_into_id is None

    def test_of_contacts_moves_their_deals_and_portal(self, inside):
        ann = make_agent()
        acme = make_account(ann)
        kept, gone = make_contact(acme, name="Kim"), make_contact(acme, name="Kim Lee", mobile="0151 23456789")
        deal, person = make_opportunity(acme, ann), make_portal_user(gone)
        deal.contact_id = gone.id
        made = actions.merge("contact", kept.id, gone.id, {"mobile": gone.mobile}, by=ann)
        assert fresh(Opportunity, deal.id).contact_id == kept.id
        assert fresh(PortalUser, person.id).subject_id == kept.id
        assert fresh(Contact, kept.id).mobile == "0151 23456789"
        actions.part(made, by=ann)
        assert fresh(Opportunity, deal.id).contact_id == gone.id
        assert fresh(PortalUser, person.id).subject_id == gone.id

    def test_of_contacts_refuses_to_move_a_person_of_the_portal_to_another_customer(self, inside):
        ann = make_agent()
        kept, gone = make_contact(make_account(ann)), make_contact(make_account(ann))
        make_portal_user(gone)
        with pytest.raises(actions.CannotMerge, match="portal"):
            actions.merge("contact", kept.id, gone.id, {}, by=ann)


@pytest.mark.shows("CB25")
class TestDesk:
    def pair(self, here, me) -> tuple[Account, Account]:
        with scope.enter(here.id):
            found = (
                make_account(me, name="Acme GmbH", city="Kiel"),
                make_account(me, name="Acme Ltd", phone="040 123456"),
            )
            db.session.commit()
            return found

    def test_lists_pairs_with_reasons_and_remembers_that_they_are_not_the_same(self, here, client, post):
        one, _other = self.pair(here, sign_in(client, here))
        desk = f"/{here.slug}/duplicates/account"
        page = words(client.get(desk).get_data(as_text=True))
        assert "Acme GmbH" in page
        assert "same name" in page
        with scope.enter(here.id):
            pair_id = db.session.scalars(select(TwinPair.id)).one()
        post(f"/{here.slug}/duplicates/pairs/{pair_id}/dismiss")
        assert "Nothing looks doubled" in words(client.get(desk).get_data(as_text=True))
        with scope.enter(here.id):
            customers.change_account(
                fresh(Account, one.id), {"city": "Bremen", "name": "ACME"}, version=None, by=scope.SYSTEM
            )
            db.session.commit()
        assert "Nothing looks doubled" in words(client.get(desk).get_data(as_text=True))
        post(f"/{here.slug}/duplicates/pairs/{pair_id}/bring-back")
        assert "same name" in words(client.get(desk).get_data(as_text=True))

    def test_shows_an_agent_his_own_alone(self, here, client):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            self.pair(here, make_agent())
        assert "Nothing looks doubled" in words(client.get(f"/{here.slug}/duplicates/account").get_data(as_text=True))

    def test_merges_field_by_field_and_the_old_address_leads_to_the_kept_one(self, here, client, post):
        one, other = self.pair(here, sign_in(client, here))
        path = f"/{here.slug}/duplicates/account/{one.id}/{other.id}"
        page = client.get(path).get_data(as_text=True)
        assert 'name="city" value="kept" checked' in page
        assert 'name="phone" value="gone" checked' in page
        versions = dict(re.findall(r'name="(kept_version|gone_version)" value="(\d+)"', page))
        answer = post(path, data={"name": "gone", "city": "kept", "phone": "gone"} | versions)
        assert answer.status_code == 302
        shown = words(client.get(answer.location).get_data(as_text=True))
        assert "You can undo this for thirty days." in shown
        with scope.enter(here.id):
            kept = fresh(Account, one.id)
            assert (kept.name, kept.city, kept.phone) == ("Acme Ltd", "Kiel", "040 123456")
        old = client.get(f"/{here.slug}/customers/{other.id}")
        assert old.location.endswith(f"/customers/{one.id}")
        timeline = words(whole(client, f"/{here.slug}/customers/{one.id}"))
        assert "merged Acme Ltd" in timeline
        assert timeline.count("added this customer") == 2
        merged = answer.location
        assert post(f"{merged}/undo").status_code == 302
        assert "they are two records again" in words(client.get(merged).get_data(as_text=True))
        assert client.get(f"/{here.slug}/customers/{other.id}").status_code == 200

    def test_looks_again_when_a_colleague_changed_one(self, here, client, post):
        one, other = self.pair(here, sign_in(client, here))
        path = f"/{here.slug}/duplicates/account/{one.id}/{other.id}"
        assert post(path, data={"kept_version": 9, "gone_version": 1}).location.endswith(path)
        with scope.enter(here.id):
            assert not db.session.scalars(select(Merge.id)).all()

    def test_of_contacts_works_alike(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            acme = make_account(me)
            one, other = make_contact(acme, name="Kim"), make_contact(acme, name="kim", title="Buyer")
            db.session.commit()
        assert "same name" in words(client.get(f"/{here.slug}/duplicates/contact").get_data(as_text=True))
        answer = post(f"/{here.slug}/duplicates/contact/{one.id}/{other.id}", data={"title": "gone"})
        assert client.get(answer.location).status_code == 200
        assert client.get(f"/{here.slug}/contacts/{other.id}").location.endswith(str(one.id))
        assert "Buyer" in words(client.get(f"/{here.slug}/contacts/{one.id}").get_data(as_text=True))

    def test_compares_in_words_all_that_a_customer_is(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            one = make_account(me, name="Acme", source="trade_fair")
            other = make_account(me, name="Acme Ltd", value_class="potential", party_role="prospect")
            db.session.commit()
        path = f"/{here.slug}/duplicates/account/{one.id}/{other.id}"
        page = words(client.get(path).get_data(as_text=True))
        assert "Trade fair" in page
        assert "trade_fair" not in page
        post(path, data={"value_class": "gone", "party_role": "gone"})
        with scope.enter(here.id):
            kept = fresh(Account, one.id)
            assert (kept.source, kept.value_class, kept.party_role) == ("trade_fair", "potential", "prospect")

    def test_of_contacts_loses_no_wish_and_no_number(self, here, client, post):
        me = sign_in(client, here)
        work, fax = {"kind": "phone", "value": "+49 40 1"}, {"kind": "fax", "value": "+49 40 2"}
        with scope.enter(here.id):
            acme = make_account(me)
            one = make_contact(acme, name="Kim", mail_wish=Wish.YES, lines=[work])
            other = make_contact(acme, name="kim", mail_wish=Wish.NO, department="Purchasing", lines=[work, fax])
            db.session.commit()
        path = f"/{here.slug}/duplicates/contact/{one.id}/{other.id}"
        page = client.get(path).get_data(as_text=True)
        assert 'name="mail_wish" value="gone" checked' in page
        assert "Does not want it" in words(page)
        answer = post(path, data={"mail_wish": "gone", "department": "gone"})
        with scope.enter(here.id):
            kept = fresh(Contact, one.id)
            assert (kept.mail_wish, kept.department, kept.lines) == (Wish.NO, "Purchasing", [work, fax])
            db.session.rollback()
        post(f"{answer.location}/undo")
        with scope.enter(here.id):
            kept = fresh(Contact, one.id)
            assert (kept.mail_wish, kept.department, kept.lines) == (Wish.YES, None, [work])


class TestQueries:
    def test_know_all_that_points_at_a_customer(self):
        found = {(model.__tablename__, column) for model, column in queries.links("account")}
        assert {("contact", "account_id"), ("account", "parent_id"), ("account", "merged_into_id")} <= found
        assert not {table for table, _column in found} & {"twin_key", "twin_pair"}
        assert twins.PARTS
