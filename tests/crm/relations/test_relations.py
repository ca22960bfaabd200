"""Relations and cooperations: what is done with them, who sees them, where they are told."""

from __future__ import annotations

from datetime import date

import pytest

from saas.archive import Archived
from saas.crm.customers import actions as customers
from saas.crm.relations import actions, queries
from saas.crm.relations.models import CooperationState, RelationKind
from saas.db import db
from saas.errors import Refused
from saas.tenants import handover, scope
from saas.tenants.models import Member
from saas.tenants.scope import SYSTEM
from saas.versions import Overtaken
from tests.factories import (
    make_account,
    make_agent,
    make_cooperation,
    make_opportunity,
    make_tenant,
    sign_in,
)
from tests.pages import filled, whole, words

KIND = RelationKind.INTRODUCED_BY


@pytest.fixture
def here(context):
    """A committed workspace."""
    return make_tenant()


def related(account, other=None, kind=KIND, **values):
    return actions.relate(account, kind, other, values, by=SYSTEM)


def narrow(here, me) -> None:
    """Let a member see no customers but his own."""
    with scope.enter(here.id):
        role = db.session.get_one(Member, (here.id, me.id)).role
        role.rights = role.rights | {"account.view": "own"}
        db.session.commit()


class TestRelate:
    def test_is_read_from_either_side(self, tenant):
        acme, quay = make_account(name="Acme"), make_account(name="Quay")
        made = related(acme, quay, since=date(2026, 3, 1))
        for account in (acme, quay):
            (found,) = queries.relations_of(account.id)
            assert (found.id, found.account.name, found.other.name) == (made.id, "Acme", "Quay")

    def test_takes_a_company_that_is_no_customer(self, tenant):
        made = related(make_account(), other_name="Rival Ltd", kind=RelationKind.COMPETITOR)
        assert made.name == "Rival Ltd"

    def test_refuses_itself_nobody_and_the_same_again(self, tenant):
        acme, quay = make_account(), make_account()
        related(acme, quay)
        for other, values in ((acme, {}), (None, {"other_name": None}), (quay, {})):
            with pytest.raises(Refused):
                related(acme, other, **values)
        related(acme, quay, kind=RelationKind.PARTNER)
        assert len(queries.relations_of(acme.id)) == 2

    def test_between_two_who_became_one_is_told_no_more(self, tenant):
        acme, quay = make_account(), make_account()
        made = related(acme, quay)
        made.other_id = acme.id  # as merging them does
        assert not queries.relations_of(acme.id)

    def test_refuses_an_archived_customer(self, tenant):
        acme = make_account()
        customers.archive_account(acme, by=make_agent())
        with pytest.raises(Archived):
            related(acme, other_name="Quay")


class TestCooperation:
    def test_keeps_to_its_days_and_its_version(self, tenant):
        acme = make_account()
        with pytest.raises(Refused):
            make_cooperation(account=acme, starts_on=date(2026, 5, 2), ends_on=date(2026, 5, 1))
        made = make_cooperation(account=acme)
        with pytest.raises(Overtaken):
            actions.change(made, {"result": "Sold"}, version=made.version - 1, by=SYSTEM)
        changed = actions.change(made, {"state": CooperationState.ENDED}, version=made.version, by=SYSTEM)
        assert list(changed) == ["state"]

    def test_under_way_goes_to_the_heir(self, tenant):
        ann, bo = make_agent(), make_agent()
        running, over = make_cooperation(ann), make_cooperation(ann, state=CooperationState.ENDED)
        ((holding, many),) = [one for one in handover.held_by(ann.id) if one[0].key == "cooperation.owner_id"]
        assert many == 1
        assert holding.pass_on(ann.id, bo, SYSTEM, running.id, handover.ALL) == [running.id]
        assert (running.owner_id, over.owner_id) == (bo.id, ann.id)


class TestPages:
    @pytest.mark.shows("CB14", "CB27")
    def test_a_customer_says_who_stands_between(self, here, client, post):
        me = sign_in(client, here, "agent")
        narrow(here, me)
        with scope.enter(here.id):
            acme, quay = make_account(me, name="Acme"), make_account(me, name="Quay")
            hidden = make_account(make_agent(), name="Hidden Co")
            daughter = make_account(me, name="Acme Daughter", parent_id=acme.id)
            related(hidden, acme, kind=RelationKind.BUYS_THROUGH)
            db.session.commit()
        path = f"/{here.slug}/cooperations/relations/new/{acme.id}"
        sent = {"kind": "introduced_by", "other": quay.label, "since": "2026-03-01", "note": "at the fair"}
        done = post(path, data=sent)
        assert done.status_code == 302
        assert post(path, data=sent).status_code == 422
        html = whole(client, f"/{here.slug}/customers/{acme.id}")
        shown = words(html)
        assert "Introduced by Quay since 1 Mar at the fair" in shown
        assert "Belonging to it Acme Daughter" in shown
        assert "Sells our things to Hidden Co" in shown
        assert f"/customers/{hidden.id}" not in html  # beyond his reach: told, not opened
        assert f"{me.name} noted: Introduced by Quay" in shown
        assert "Introduced to us Acme" in words(whole(client, f"/{here.slug}/customers/{quay.id}"))
        assert "Belongs to Acme" in words(whole(client, f"/{here.slug}/customers/{daughter.id}"))

    def test_only_who_may_change_the_customer_takes_a_note_away(self, here, client, post):
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            mine, other = related(make_account(me), other_name="A"), related(make_account(make_agent()), other_name="B")
            db.session.commit()
        path = f"/{here.slug}/cooperations/relations/%s/remove"
        assert post(path % other.id).status_code in {403, 404}
        assert post(path % mine.id).status_code == 303
        with scope.enter(here.id):
            assert [queries.relations_of(one.account_id) for one in (mine,)] == [[]]
            assert len(queries.relations_of(other.account_id)) == 1

    @pytest.mark.shows("CB26")
    def test_cooperations_are_noted_changed_and_listed(self, here, client, post):
        me = sign_in(client, here, "manager")
        with scope.enter(here.id):
            acme = make_account(me, name="Acme")
            deal = make_opportunity(acme, name="Crane", owner=me)
            make_cooperation(make_agent(), subject="Of a colleague")
            db.session.commit()
        path = f"/{here.slug}/cooperations/new/{acme.id}"
        form = filled(client.get(path).get_data(as_text=True), path)
        sent = form | {"subject": "Fair in May", "kind": "marketing", "opportunity_id": str(deal.id)}
        page = post(path, data=sent).location
        shown = words(whole(client, page))
        for said in ("Fair in May", "Joint marketing", "With Acme", "Deal Crane", "Planned"):
            assert said in shown, said
        edit = f"{page}/edit"
        form = filled(client.get(edit).get_data(as_text=True), edit)
        assert post(edit, data=form | {"state": "ended", "result": "Nine leads"}).status_code == 302
        assert "State: Planned → Ended" in words(whole(client, page))
        tab = client.get(f"/{here.slug}/customers/{acme.id}?tab=cooperations").get_data(as_text=True)
        assert "Fair in May" in tab
        listed = client.get(f"/{here.slug}/cooperations/").get_data(as_text=True)
        assert "Fair in May" in listed
        assert "Of a colleague" in listed
        running = client.get(f"/{here.slug}/cooperations/?state=running").get_data(as_text=True)
        assert "Fair in May" not in running

    def test_of_others_are_beyond_an_agents_reach(self, here, client):
        narrow(here, sign_in(client, here, "agent"))
        with scope.enter(here.id):
            theirs = make_cooperation(make_agent(), subject="Of a colleague")
            db.session.commit()
        assert client.get(f"/{here.slug}/cooperations/{theirs.id}").status_code == 404
        assert "Of a colleague" not in client.get(f"/{here.slug}/cooperations/").get_data(as_text=True)
