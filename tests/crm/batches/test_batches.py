"""One change to many customers at once: counted beforehand, told row by row, undone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from saas import clock
from saas.crm.batches import actions, queries
from saas.crm.batches.models import UNDO_FOR, Batch, BatchState, Deed, Outcome, Reason
from saas.crm.customers import actions as customers
from saas.crm.customers import label_actions, ownership
from saas.crm.customers.models import Account, ShieldKind
from saas.crm.fields import label_actions as labels
from saas.crm.fields import label_queries
from saas.crm.fields.label_models import LabelKind, Labelled
from saas.db import db
from saas.errors import Conflict, Refused
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Event, MemberStatus, Notice, UndoRow
from tests.factories import make_account, make_agent, make_member, make_tenant, sign_in
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


def done(batch: Batch) -> Batch:
    """What workers do."""
    db.session.commit()
    for _chunk in actions.proceed(batch.id):
        db.session.commit()
    return queries.lock(batch.id)


def run(by, chosen, deed=Deed.EDIT, **options) -> Batch:
    batch = actions.choose([one.id for one in chosen], by=by)
    actions.start(batch, deed, options, by=by)
    return done(batch)


def outcomes(batch: Batch) -> list[tuple]:
    found = [row for outcome in Outcome for row in queries.rows(batch.id, outcome, 1000)]
    return [(row.outcome, row.reason) for row in sorted(found, key=lambda row: row.number)]


def fresh(account: Account) -> Account:
    db.session.expire_all()
    return db.session.scalars(select(Account).where(Account.id == account.id)).one()


@pytest.mark.shows("CB8")
class TestEdit:
    def test_says_that_a_field_is_emptied_but_of_no_tag(self, here, client):
        sign_in(client, here)
        for field, says in (("city", True), ("tag.add", False), ("group.remove", False)):
            page = client.get(f"/{here.slug}/batches/words?field={field}").get_data(as_text=True)
            assert ("Left empty, the field is emptied." in page) is says

    def test_changes_what_it_may_and_says_why_not_else(self, inside):
        ann = make_agent()
        mine, same = make_account(ann, city="Kiel"), make_account(ann, city="Bremen")
        theirs, old = make_account(make_agent()), make_account(ann)
        customers.archive_account(old, by=ann)
        batch = run(ann, [mine, same, theirs, old], field="city", value="Bremen")
        assert (batch.state, batch.done) == (BatchState.DONE, 4)
        assert outcomes(batch) == [
            (Outcome.DONE, None),
            (Outcome.LEFT, Reason.SAME),
            (Outcome.LEFT, Reason.REACH),
            (Outcome.LEFT, Reason.ARCHIVED),
        ]
        assert fresh(mine).city == "Bremen"
        assert fresh(theirs).city is None
        said = db.session.scalars(
            select(Event).where(Event.batch_id == batch.id, Event.name == customers.CHANGED)
        ).all()
        assert [(one.subject_id, one.changed) for one in said] == [(mine.id, {"city": ["Kiel", "Bremen"]})]
        assert db.session.scalars(select(Notice.kind)).all() == ["batch.done"]

    def test_is_undone_unless_somebody_changed_it_since(self, inside):
        ann = make_agent()
        one, two = make_account(ann, city="Kiel"), make_account(ann)
        batch = run(ann, [one, two], field="city", value="Bremen")
        customers.change_account(fresh(two), {"city": "Husum"}, version=None, by=ann)
        customers.change_account(fresh(one), {"level": "A"}, version=None, by=ann)
        actions.undo(batch, by=ann)
        batch = done(batch)
        assert batch.state is BatchState.UNDONE
        assert outcomes(batch) == [(Outcome.UNDONE, None), (Outcome.KEPT, Reason.CHANGED)]
        assert (fresh(one).city, fresh(one).level, fresh(two).city) == ("Kiel", "A", "Husum")

    def test_undo_leaves_what_is_a_colleagues_by_now(self, inside):
        ann = make_agent()
        kept, lost = make_account(ann, city="Kiel"), make_account(ann, city="Kiel")
        batch = run(ann, [kept, lost], field="city", value="Bremen")
        customers.assign(fresh(lost), make_agent(), by=make_member("manager"))
        actions.undo(batch, by=ann)
        assert outcomes(done(batch)) == [(Outcome.UNDONE, None), (Outcome.KEPT, Reason.REACH)]
        assert (fresh(kept).city, fresh(lost).city) == ("Kiel", "Bremen")

    def test_undo_by_one_who_has_left_changes_nothing(self, inside):
        ann = make_agent()
        account = make_account(ann, city="Kiel")
        batch = run(ann, [account], field="city", value="Bremen")
        actions.undo(batch, by=ann)
        tenants.member(ann.id).status = MemberStatus.DISABLED
        assert outcomes(done(batch)) == [(Outcome.KEPT, Reason.REACH)]
        assert fresh(account).city == "Bremen"

    def test_goes_on_where_it_was_cut_off(self, inside, monkeypatch):
        monkeypatch.setattr(actions, "CHUNK", 2)
        ann = make_agent()
        chosen = [make_account(ann) for _ in range(5)]
        batch = actions.choose([one.id for one in chosen], by=ann)
        actions.start(batch, Deed.EDIT, {"field": "level", "value": "A"}, by=ann)
        db.session.commit()
        next(actions.proceed(batch.id))
        db.session.commit()
        assert queries.lock(batch.id).done == 2
        batch = done(batch)
        assert outcomes(batch) == [(Outcome.DONE, None)] * 5
        assert len(db.session.scalars(select(UndoRow.id)).all()) == 5
        assert list(actions.proceed(batch.id)) == []

    def test_refuses_none_twice_and_too_late(self, inside):
        ann = make_agent()
        with pytest.raises(Refused):
            actions.choose([], by=ann)
        batch = run(ann, [make_account(ann)], field="level", value="A")
        with pytest.raises(Conflict):
            actions.start(batch, Deed.ARCHIVE, {}, by=ann)
        batch.finished_at = batch.created_at = clock.now() - UNDO_FOR
        with pytest.raises(Conflict):
            actions.undo(batch, by=ann)
        assert actions.forget_old() == 1
        assert not db.session.scalars(select(UndoRow.id)).all()


class TestAssign:
    def test_gives_and_takes_back(self, inside):
        bo, ann, tom = make_member("manager"), make_agent(), make_agent(name="Tom")
        one, free, kept = make_account(ann), make_account(), make_account(ann)
        batch = run(bo, [one, free, kept], Deed.ASSIGN, owner_id=str(tom.id), owner="Tom")
        assert outcomes(batch) == [(Outcome.DONE, None), (Outcome.LEFT, Reason.POOL), (Outcome.DONE, None)]
        assert fresh(one).owner_id == tom.id
        customers.assign(fresh(kept), bo, by=bo)
        actions.undo(batch, by=bo)
        assert outcomes(done(batch))[2] == (Outcome.KEPT, Reason.CHANGED)
        assert (fresh(one).owner_id, fresh(kept).owner_id) == (ann.id, bo.id)

    @pytest.mark.shows("PP3")
    def test_undone_leaves_the_clocks_as_they_were(self, inside):
        bo, ann, tom = make_member("manager"), make_agent(), make_agent(name="Tom")
        one = make_account(ann, name="Willow")
        one.owned_since = clock.now() - timedelta(days=40)
        ownership.renew([one])
        ownership.shield(one.id, ShieldKind.LOCK, ann.id, until=clock.now() + timedelta(days=5))
        db.session.commit()
        had = fresh(one).owned_since, fresh(one).reclaim_at, fresh(one).reclaim_reason, fresh(one).kept_until
        batch = run(bo, [one], Deed.ASSIGN, owner_id=str(tom.id), owner="Tom")
        assert fresh(one).owned_since > had[0]
        actions.undo(batch, by=bo)
        assert outcomes(done(batch)) == [(Outcome.UNDONE, None)]
        now = fresh(one)
        assert (now.owned_since, now.reclaim_at, now.reclaim_reason, now.kept_until) == had


class TestArchive:
    def test_puts_away_and_brings_back(self, inside):
        ann = make_agent()
        one = make_account(ann)
        batch = run(ann, [one], Deed.ARCHIVE)
        assert fresh(one).archived_at is not None
        actions.undo(batch, by=ann)
        assert outcomes(done(batch)) == [(Outcome.UNDONE, None)]
        assert fresh(one).archived_at is None


@pytest.mark.shows("CB8")
class TestPages:
    def test_choose_count_change_and_undo(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            made = [make_account(me, name=f"Firm {n}", level="A" if n else "B") for n in range(4)]
            db.session.commit()
        listed = client.get(f"/{here.slug}/customers/?level=A").get_data(as_text=True)
        assert listed.count('form="customers-batch"') == 3
        every = re.search(r'formaction="([^"]+choose-all[^"]*)"', listed)
        assert every is not None
        answer = post(every[1].replace("&amp;", "&"))
        page = words(client.get(answer.location).get_data(as_text=True))
        assert "Change 3 customers at once" in page
        assert "You may do this with all of them." in page
        assert post(f"{answer.location}/edit", data={"field": "level", "value": "Z"}).status_code == 422
        assert post(f"{answer.location}/edit", data={"field": "level", "value": "C"}).status_code == 302
        assert "Being changed" in words(client.get(answer.location).get_data(as_text=True))
        with scope.enter(here.id):
            done(db.session.scalars(select(Batch)).one())
            assert [fresh(one).level for one in made] == ["B", "C", "C", "C"]
        assert "You can undo this for thirty days." in words(client.get(answer.location).get_data(as_text=True))
        assert post(f"{answer.location}/undo").status_code == 302
        with scope.enter(here.id):
            done(db.session.scalars(select(Batch)).one())
            assert [fresh(one).level for one in made] == ["B", "A", "A", "A"]
        assert "Undone" in words(client.get(answer.location).get_data(as_text=True))

    def test_tags_many_and_takes_the_tag_off_again(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            made = [make_account(me) for _ in range(3)]
            fair = labels.add(LabelKind.TAG, "Fair", by=me)
            label_actions.label(made[0], fair, by=me)
            batch = actions.choose([one.id for one in made], by=me)
            db.session.commit()
            path = f"/{here.slug}/batches/{batch.id}"
        assert 'value="Fair"' in client.get(f"/{here.slug}/batches/words?field=tag.add").get_data(as_text=True)
        assert 'value="A"' in client.get(f"/{here.slug}/batches/words?field=level").get_data(as_text=True)
        for name, value in (("tag.remove", "Nothing"), ("group.add", "No"), ("tag.add", "")):
            assert post(f"{path}/edit", data={"field": name, "value": value}).status_code == 422
        assert post(f"{path}/edit", data={"field": "tag.add", "value": "fair"}).status_code == 302

        def tagged() -> list[bool]:
            return [bool(label_queries.of_record(Labelled.account_id, one.id)) for one in made]

        with scope.enter(here.id):
            done(db.session.scalars(select(Batch)).one())
            assert tagged() == [True, True, True]
            db.session.commit()
        assert "Add a tag, 3 customers: Fair" in words(client.get(path).get_data(as_text=True))
        post(f"{path}/undo")
        with scope.enter(here.id):
            done(db.session.scalars(select(Batch)).one())
            assert tagged() == [True, False, False], "who lay under it before stays there"

    def test_takes_the_chosen_rows_that_one_sees_alone(self, here, client, post):
        me = sign_in(client, here)
        foreign = make_tenant()
        with scope.enter(foreign.id):
            hidden = make_account().id
            db.session.commit()
        with scope.enter(here.id):
            one = make_account(me).id
            db.session.commit()
        answer = post(f"/{here.slug}/batches/choose", data={"id": [str(one), str(hidden), "x"]})
        assert "Change 1 customer at once" in words(client.get(answer.location).get_data(as_text=True))

    def test_offers_a_reader_nothing(self, here, client):
        sign_in(client, here, "readonly")
        with scope.enter(here.id):
            make_account()
            db.session.commit()
        assert "customers-batch" not in client.get(f"/{here.slug}/customers/").get_data(as_text=True)

    def test_is_its_owners_alone(self, here, client):
        with scope.enter(here.id):
            ann = make_agent()
            batch_id = actions.choose([make_account(ann).id], by=ann).id
            db.session.commit()
        sign_in(client, here)
        assert client.get(f"/{here.slug}/batches/{batch_id}").status_code == 404
