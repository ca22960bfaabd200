"""A workspace's own kinds of activities, their results, and who takes part."""

from __future__ import annotations

import pytest

from saas.crm.activities import actions, kind_actions, kind_queries, queries
from saas.crm.activities import guest_actions as guests
from saas.crm.activities.models import Activity, ActivityKind
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from saas.tenants.models import Notice
from tests.factories import make_account, make_activity, make_agent, make_contact, make_tenant, sign_in
from tests.pages import whole, words


@pytest.fixture
def here(context):
    return make_tenant()


@pytest.mark.shows("AC11")
class TestKinds:
    def test_start_with_those_that_everybody_knows(self, tenant):
        assert {kind.key for kind in kind_queries.every().values()} == {kind.value for kind in ActivityKind}
        assert {"call", "visit", "mail", "task", "demo", "promotion"} <= {k.key for k in kind_queries.open_to_choose()}

    def test_one_of_its_own_counts_for_the_pool_as_it_says(self, tenant):
        owner = make_agent()
        for reaches in (True, False):
            account = make_account(owner=owner)
            values = {"name": f"Fair {reaches}", "icon": "star", "colour": "sea", "reaches": reaches}
            kind = kind_actions.add(values, by=owner)
            actions.log({"kind": kind.key, "subject": "", "account_id": account.id}, owner=owner, by=owner)
            assert (account.last_contact_at is not None) is reaches

    def test_refuses_a_name_twice_and_to_retire_the_last(self, tenant):
        by = make_agent()
        with pytest.raises(Refused, match="already"):
            kind_actions.add({"name": "call", "icon": "star", "colour": "sea", "reaches": True}, by=by)
        rows = [row for row in kind_actions.settle() if row.key != ActivityKind.NOTE]
        for row in rows[:-1]:
            kind_actions.retire(row, by=by)
        with pytest.raises(Refused, match="has to stay"):
            kind_actions.retire(rows[-1], by=by)

    def test_a_renamed_and_retired_one_keeps_what_was_done(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(owner=me)
            done = make_activity(me, kind="visit", account_id=account.id, subject="Look at the gate")
            row = next(row for row in kind_actions.settle() if row.key == "visit")
            db.session.commit()
        form = {"name": "On site", "icon": "truck", "colour": "good", "version": str(row.version)}
        assert post(f"/{here.slug}/settings/activities/{row.id}", data=form).status_code == 302
        assert "On site" in words(client.get(f"/{here.slug}/activities/{done.id}").get_data(as_text=True))
        post(f"/{here.slug}/settings/activities/{row.id}/retire")
        assert ">On site</option>" not in client.get(f"/{here.slug}/activities/new").get_data(as_text=True)
        assert "On site" in words(whole(client, f"/{here.slug}/customers/{account.id}"))
        assert "On site" in words(client.get(f"/{here.slug}/activities/{done.id}/edit").get_data(as_text=True))

    def test_moves_in_the_order_in_which_one_chooses(self, tenant):
        by = make_agent()
        row = next(row for row in kind_actions.settle() if row.key == "mail")
        before = list(kind_queries.every())
        kind_actions.place(row, -1, by=by)
        after = list(kind_queries.every())
        assert after.index("mail") == before.index("mail") - 1

    def test_is_planned_logged_and_told_by_its_name(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            account = make_account()
            db.session.commit()
        post(f"/{here.slug}/settings/activities", data={"name": "Trade fair", "icon": "star", "colour": "sea"})
        with scope.enter(here.id):
            key = next(kind.key for kind in kind_queries.every().values() if kind.word == "Trade fair")
        post(
            f"/{here.slug}/activities/write",
            data={"kind": key, "text": "Met", "about_kind": "account", "about_id": account.id},
        )
        assert "logged: Trade fair" in words(whole(client, f"/{here.slug}/customers/{account.id}"))


class TestResults:
    def test_are_chosen_when_it_is_done(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            planned = make_activity(me)
            db.session.commit()
        post(f"/{here.slug}/settings/activities/results", data={"words": "Reached\nNot there\nReached\n"})
        page = client.get(f"/{here.slug}/activities/{planned.id}/complete").get_data(as_text=True)
        assert page.count(">Reached<") == 1
        form = {"result": "Reached", "cost": "12.50", "day": "2024-05-04", "hour": "09:30"}
        assert post(f"/{here.slug}/activities/{planned.id}/complete", data=form).status_code == 302
        shown = words(client.get(f"/{here.slug}/activities/{planned.id}").get_data(as_text=True))
        assert "Result Reached" in shown
        assert "12.50" in shown


class TestGuests:
    def test_see_it_in_their_calendar_and_hear_of_it_once(self, tenant):
        owner, guest = make_agent(), make_agent()
        activity = make_activity(owner)
        for _time in range(2):
            guests.set_guests(activity, [guest, owner], [], by=owner)
        assert [one.member_id for one in queries.guests(activity.id)] == [guest.id]
        assert db.session.query(Notice).filter_by(member_id=guest.id).count() == 1
        guests.set_guests(activity, [], [], by=owner)
        assert queries.guests(activity.id) == []

    def test_are_chosen_in_the_form(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            account, colleague = make_account(), make_agent(name="Bo Guest")
            person = make_contact(account, name="Jana")
            activity = make_activity(me, account_id=account.id)
            db.session.commit()
            ids = (str(colleague.id), str(person.id))
        form = {"kind": "visit", "subject": "Look", "day": "2031-05-04", "hour": "09:30", "place": "Quay 1"}
        form |= {"members_in": ids[0], "contacts_in": ids[1], "version": str(activity.version)}
        assert post(f"/{here.slug}/activities/{activity.id}/edit", data=form).status_code == 302
        shown = words(client.get(f"/{here.slug}/activities/{activity.id}").get_data(as_text=True))
        assert "Bo Guest, Jana" in shown
        assert "Quay 1" in shown
        with scope.enter(here.id):
            assert db.session.get(Activity, (here.id, activity.id)).place == "Quay 1"
