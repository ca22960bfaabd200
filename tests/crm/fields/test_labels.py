"""Tags and groups: on records, in settings, lists and files."""

from __future__ import annotations

import pytest

from saas.crm.customers import label_actions as labelling
from saas.crm.customers.models import Account
from saas.crm.fields import label_actions as actions
from saas.crm.fields import label_queries as queries
from saas.crm.fields.label_models import LabelKind, Labelled
from saas.crm.transfer import actions as transfer
from saas.crm.transfer import register
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from saas.tenants.models import Event
from tests.crm.transfer.bringing import bring, work_off
from tests.factories import make_account, make_agent, make_contact, make_tenant, sign_in

TAG, GROUP = LabelKind.TAG, LabelKind.GROUP


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def under(account) -> list[str]:
    return [tag.path for tag in queries.of_record(Labelled.account_id, account.id)]


class TestLabel:
    @pytest.mark.shows("CB5")
    def test_a_record_lies_under_many(self, tenant):
        acme, by = make_account(), make_agent()
        for name in ("Warm", "Fair 2026"):
            labelling.label(acme, actions.found_or_added(TAG, name, by=by), by=by)
        assert under(acme) == ["Fair 2026", "Warm"]
        told = db.session.query(Event).filter_by(name=labelling.LABELLED, subject_id=acme.id).count()
        assert told == 2

    def test_twice_is_once(self, tenant):
        acme, by = make_account(), make_agent()
        one = actions.found_or_added(TAG, "Warm", by=by)
        labelling.label(acme, one, by=by)
        labelling.label(acme, actions.found_or_added(TAG, "ＷＡＲＭ", by=by), by=by)
        assert under(acme) == ["Warm"]
        labelling.unlabel(acme, one, by=by)
        assert under(acme) == []


class TestGroups:
    @pytest.mark.shows("CB6")
    def test_have_two_levels(self, tenant):
        by = make_agent()
        part = actions.found_or_added(GROUP, "Trade / Retail", by=by)
        assert part.path == "Trade / Retail"
        with pytest.raises(Refused, match="two levels"):
            actions.add(GROUP, "Shoes", parent=part, by=by)

    @pytest.mark.shows("CB6")
    def test_a_customer_lies_in_many_and_a_group_finds_its_parts(self, tenant):
        by, acme, other = make_agent(), make_account(), make_account()
        part, south = (actions.found_or_added(GROUP, path, by=by) for path in ("Trade / Retail", "South"))
        labelling.label(acme, part, by=by)
        labelling.label(acme, south, by=by)
        labelling.label(other, south, by=by)
        where = queries.lies_under(Labelled.account_id, Account.id)(str(part.parent_id))
        assert list(db.session.scalars(db.select(Account.id).where(where))) == [acme.id]

    def test_taken_out_and_put_back_all_that_lay_there_is_back(self, tenant):
        by, acme = make_agent(), make_account()
        part = actions.found_or_added(GROUP, "Trade / Retail", by=by)
        labelling.label(acme, part, by=by)
        actions.archive(part.parent, by=by)
        assert under(acme) == []
        actions.restore(part.parent, by=by)
        assert under(acme) == ["Trade / Retail"]


class TestImport:
    @pytest.mark.shows("CB5")
    def test_brings_tags_and_groups_and_undo_takes_them_back(self, tenant):
        known = make_account(name="Known")
        labelling.label(known, actions.found_or_added(TAG, "Old", by=scope.SYSTEM), by=scope.SYSTEM)
        db.session.commit()
        run = bring(
            "accounts", 'Name,Tags,Groups\nKnown,"warm; old",Trade / Retail\nFresh,Warm，热门,\n', update_by="name"
        )
        fresh = db.session.query(Account).filter_by(name="Fresh").one()
        assert {name.casefold() for name in under(known)} == {"old", "warm", "trade / retail"}
        assert {name.casefold() for name in under(fresh)} == {"warm", "热门"}
        transfer.undo(run)
        work_off(run.id)
        assert under(known) == ["Old"]
        assert not db.session.query(Account).filter_by(name="Fresh").count()

    @pytest.mark.shows("CB6")
    def test_an_export_names_them(self, tenant):
        acme = make_account(name="Acme")
        for kind, path in ((TAG, "Warm"), (TAG, "Fair"), (GROUP, "Trade / Retail")):
            labelling.label(acme, actions.found_or_added(kind, path, by=scope.SYSTEM), by=scope.SYSTEM)
        kind = register.kind("accounts")
        (record,) = db.session.scalars(kind.rows()).unique()
        kind.ready([record])
        assert kind.cells(record, [kind.field("tag"), kind.field("group")]) == ["Fair; Warm", "Trade / Retail"]


class TestPages:
    @pytest.mark.shows("CB5")
    def test_a_tag_is_added_seen_filtered_and_dropped(self, here, client, post):
        person = sign_in(client, here, "agent")
        with scope.enter(here.id):
            acme, _other = make_account(person, name="Acme"), make_account(person, name="Other")
            db.session.commit()
            key = acme.id
        answer = post(f"/{here.slug}/customers/{key}/labels", data={"tag": "Warm"}, headers={"HX-Request": "true"})
        assert "Warm" in answer.get_data(as_text=True)
        with scope.enter(here.id):
            tag = queries.called(TAG, "Warm").id
        address = f"/{here.slug}/customers/?columns=name,tag&tag={tag}"
        page = client.get(address).get_data(as_text=True)
        assert '<span class="chip chip-neutral">Warm</span>' in page
        assert ">Acme<" in page
        assert ">Other<" not in page
        post(f"/{here.slug}/customers/{key}/labels/drop", data={"label_id": str(tag)})
        assert ">Acme<" not in client.get(address).get_data(as_text=True)

    def test_a_contact_has_tags_as_well(self, here, client, post):
        person = sign_in(client, here, "agent")
        with scope.enter(here.id):
            bo = make_contact(make_account(person))
            db.session.commit()
            key = bo.id
        post(f"/{here.slug}/contacts/{key}/labels", data={"tag": "Decides"})
        part = client.get(f"/{here.slug}/parts/contact/{key}/labels").get_data(as_text=True)
        assert "Decides" in part

    @pytest.mark.shows("CB6")
    def test_an_admin_keeps_groups(self, here, client, post):
        sign_in(client, here)
        base = f"/{here.slug}/settings/labels/groups"
        assert post(base, data={"name": "Trade", "colour": "sea"}).status_code == 302
        with scope.enter(here.id):
            key = queries.called(GROUP, "Trade").id
        assert post(base, data={"name": "Retail", "colour": "grey", "parent_id": str(key)}).status_code == 302
        assert "Retail" in client.get(base).get_data(as_text=True)
        assert post(base, data={"name": "trade", "colour": "sea"}).status_code == 422
