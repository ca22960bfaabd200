"""Memos, promises, the secret address of a calendar, and the work of the team."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from icalendar import Calendar

from saas import clock
from saas.crm.activities import actions, address_actions, guest_actions, memo_actions
from saas.crm.activities import mention_actions as mentions
from saas.crm.activities import promise_actions as promises
from saas.crm.activities.models import CalendarAddress, Promise
from saas.db import db
from saas.tenants import queries, scope
from saas.tenants.models import Event, MemberStatus, Notice, Role
from saas.tenants.permissions import Permission
from tests.factories import make_account, make_activity, make_agent, make_member, make_tenant, sign_in
from tests.pages import whole, words


@pytest.fixture
def here(context):
    return make_tenant()


def today():
    return clock.now().date()


@pytest.mark.shows("AC9")
class TestMemos:
    def test_are_current_from_their_day_back_to_history(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            for text, days in (("Buy tea", 0), ("Fair begins", 9), ("Old thing", -3)):
                memo_actions.write(text, today() + timedelta(days=days), by=me)
            memo_actions.write("Not for others", today(), by=make_agent())
            db.session.commit()
        page = words(client.get(f"/{here.slug}/memos/").get_data(as_text=True))
        current, history = page.split("History", 1)
        assert "Buy tea" in current
        assert "Fair begins" in current
        assert "Old thing" in history
        assert "Not for others" not in page
        assert "Buy tea" in words(client.get(f"/{here.slug}/").get_data(as_text=True))
        found = words(client.get(f"/{here.slug}/memos/?q=old").get_data(as_text=True))
        assert "Old thing" in found
        assert "Buy tea" not in found

    def test_of_a_colleague_can_be_neither_read_nor_taken_out(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            other = memo_actions.write("Secret", today(), by=make_agent())
            db.session.commit()
        assert client.get(f"/{here.slug}/memos/{other.id}").status_code == 404
        assert post(f"/{here.slug}/memos/{other.id}/remove").status_code == 404

    def test_what_was_taken_out_comes_back(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            memo = memo_actions.write("Buy tea", today(), by=me)
            db.session.commit()
        post(f"/{here.slug}/memos/{memo.id}/remove")
        client.get(f"/{here.slug}/memos/")  # says that it is gone
        assert "Buy tea" not in words(client.get(f"/{here.slug}/memos/").get_data(as_text=True))
        post(f"/{here.slug}/memos/{memo.id}/put-back")
        assert "Buy tea" in words(client.get(f"/{here.slug}/memos/").get_data(as_text=True))


@pytest.mark.shows("CB15")
class TestPromises:
    def test_are_told_and_kept(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(owner=me, name="Acme")
            db.session.commit()
        form = {"text": "A free sample", "due_on": (today() - timedelta(days=1)).isoformat()}
        assert post(f"/{here.slug}/promises/new/{account.id}", data=form).status_code == 302
        start = words(client.get(f"/{here.slug}/").get_data(as_text=True))
        assert "A free sample" in start
        assert "Late" in start
        with scope.enter(here.id):
            promise_id = db.session.query(Promise).one().id
        post(f"/{here.slug}/promises/{promise_id}/settle", data={"was": "broken"})
        page = words(whole(client, f"/{here.slug}/customers/{account.id}"))
        assert "promised: A free sample" in page
        assert "a promise was not kept: A free sample" in page
        assert "A free sample" not in words(client.get(f"/{here.slug}/").get_data(as_text=True)).split("Not kept")[-1]

    @pytest.mark.shows("CB15")
    def test_are_made_in_the_box_of_a_customers_page(self, here, client):
        me = sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(owner=me, name="Acme")
            make_member("agent", name="Bo Bold")
            db.session.commit()
        url = f"/{here.slug}/promises/new/{account.id}"
        assert f'href="{url}"' in whole(client, f"/{here.slug}/customers/{account.id}")
        box = client.get(f"{url}?text=A+free+%3Csample%3E", headers={"HX-Request": "true"}).text
        assert "<html" not in box
        assert 'value="A free &lt;sample&gt;"' in box
        assert "Bo Bold" in box
        assert (today() + timedelta(days=7)).isoformat() in box

    def test_refuses_to_settle_twice(self, tenant):
        by = make_agent()
        made = promises.make(make_account(), "A sample", today(), owner=by, by=by)
        promises.settle(made, is_kept=True, by=by)
        with pytest.raises(promises.Settled):
            promises.settle(made, is_kept=False, by=by)
        promises.reopen(made, by=by)
        assert made.is_kept is None

    def test_go_to_the_heir_of_a_leaver(self, tenant):
        leaver, heir = make_agent(), make_agent()
        made = promises.make(make_account(), "A sample", today(), owner=leaver, by=leaver)
        assert promises.hand_over(leaver.id, heir, heir, made.id) == [made.id]
        assert made.owner_id == heir.id


@pytest.mark.shows("AC8")
class TestAddress:
    def test_gives_ones_own_plans_without_signing_in(self, here, client, app):
        me = sign_in(client, here)
        with scope.enter(here.id):
            make_activity(me, subject="See Acme", place="Quay 1", account_id=make_account(name="Acme").id)
            make_activity(me, subject="A day", starts_at=None, due_on=today() + timedelta(days=2))
            make_activity(make_agent(), subject="Not mine")
            db.session.commit()
        page = whole_of(client, here)
        address = re.search(r'value="(https://[^"]+\.ics)"', page)[1]
        answer = app.test_client().get(address)
        assert answer.mimetype == "text/calendar"
        events = Calendar.from_ical(answer.get_data()).walk("VEVENT")
        assert {str(e["summary"]) for e in events} == {"See Acme · Acme", "A day"}
        assert {str(e.get("location", "")) for e in events} == {"Quay 1", ""}

    def test_a_new_one_makes_the_old_useless(self, here, client, app):
        me = sign_in(client, here)
        with scope.enter(here.id):
            old = address_actions.make(me)
            new = address_actions.make(me)
            db.session.commit()
            assert db.session.query(CalendarAddress).one().secret_hash != old.encode()
        stranger = app.test_client()
        assert stranger.get(f"/{here.slug}/activities/address/{old}.ics").status_code == 404
        assert stranger.get(f"/{here.slug}/activities/address/{new}.ics").status_code == 200
        other = make_tenant()
        assert stranger.get(f"/{other.slug}/activities/address/{new}.ics").status_code == 404
        with scope.enter(here.id):
            address_actions.revoke(me)
            db.session.commit()
        assert stranger.get(f"/{here.slug}/activities/address/{new}.ics").status_code == 404

    def test_gives_no_more_than_the_pages_show(self, here, client, app):
        with scope.enter(here.id):
            member, bo = make_agent(), make_agent()
            meeting = make_activity(bo, subject="Their quarrel", account_id=make_account(owner=bo).id)
            guest_actions.set_guests(meeting, [member], [], by=bo)
            make_activity(member, subject="Mine")
            address = f"/{here.slug}/activities/address/{address_actions.make(member)}.ics"
            db.session.commit()
            role_id = member.role_id
        stranger = app.test_client()
        assert "Their quarrel" in stranger.get(address).text
        self.rights(here, role_id, {"account.view": "own", "activity.view": "all"})
        assert "Their quarrel" not in (told := stranger.get(address).text)
        assert "Mine" in told
        self.rights(here, role_id, {"account.view": "own"})
        assert stranger.get(address).status_code == 403

    def rights(self, here, role_id, rights):
        with scope.enter(here.id):
            db.session.get_one(Role, (here.id, role_id)).rights = rights
            db.session.commit()

    def test_ends_with_its_member(self, here, client, app):
        with scope.enter(here.id):
            leaver = make_agent()
            secret = address_actions.make(leaver)
            leaver.status = MemberStatus.DISABLED
            db.session.commit()
        assert app.test_client().get(f"/{here.slug}/activities/address/{secret}.ics").status_code == 404


def whole_of(client, here) -> str:
    page = client.get(f"/{here.slug}/activities/address").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    return client.post(f"/{here.slug}/activities/address", data={"csrf_token": token}).get_data(as_text=True)


@pytest.mark.shows("AC12")
class TestTeamWork:
    def test_counts_calls_visits_and_what_was_missed(self, here, client):
        sign_in(client, here)
        now = clock.now()
        with scope.enter(here.id):
            ann = make_agent(name="Ann Agent")
            for kind in ("call", "call", "visit", "demo", "note"):
                actions.log({"kind": kind, "subject": "x", "starts_at": now}, owner=ann, by=ann)
            late = make_activity(ann, starts_at=now + timedelta(minutes=1))
            late.starts_at = late.late_at = now - timedelta(minutes=5)
            db.session.commit()
        ask = f"from={(now - timedelta(days=1)).date()}&to={(now + timedelta(days=1)).date()}"
        page = words(client.get(f"/{here.slug}/team-work/?{ask}").get_data(as_text=True))
        assert "Ann Agent 2 1 1 1" in page
        answer = client.get(f"/{here.slug}/team-work/csv?{ask}")
        lines = answer.get_data(as_text=True).strip().splitlines()
        assert lines[1].split(",")[0] == "Ann Agent"
        assert lines[1].endswith("2,1,1,1")

    def test_shows_an_agent_himself_alone(self, here, client):
        with scope.enter(here.id):
            other = make_member("agent", name="Somebody Else")
            actions.log({"kind": "call", "subject": "x"}, owner=other, by=other)
            db.session.commit()
        sign_in(client, here, role="agent")
        assert "Somebody Else" not in client.get(f"/{here.slug}/team-work/").get_data(as_text=True)


def test_what_was_written_is_recorded(tenant):
    by = make_agent()
    memo = memo_actions.write("Buy tea", today(), by=by)
    memo_actions.remove(memo, by=by)
    names = [e.name for e in db.session.query(Event).filter_by(subject_id=memo.id).order_by(Event.id)]
    assert names == ["memo.written", "memo.removed"]


class TestMentions:
    def test_tell_the_colleague_who_is_meant_and_nobody_else(self, tenant):
        by, ann, anna = make_agent(name="Bo"), make_agent(name="Ann Lee"), make_agent(name="Ann Leeson")
        actions.log({"kind": "note", "subject": "", "text": "Ask @ann leeson and @Bo, not ann lee"}, owner=by, by=by)
        told = {notice.member_id for notice in db.session.query(Notice)}
        assert told == {anna.id}
        actions.log({"kind": "note", "subject": "", "text": "@Ann Lee: look"}, owner=by, by=by)
        assert ann.id in {notice.member_id for notice in db.session.query(Notice)}

    def test_a_beginning_will_do_where_one_alone_is_called_so(self, tenant):
        by, dan = make_agent(name="Bo"), make_agent(name="Daniel Reyes")
        for name in ("Tom Becker", "Tom Otter"):
            make_agent(name=name)
        text = "@Dan and @Tom, or mail dan@example.com; @Nobody knows"
        actions.log({"kind": "note", "subject": "", "text": text}, owner=by, by=by)
        assert {notice.member_id for notice in db.session.query(Notice)} == {dan.id}
        assert mentions.unknown(text) == ["tom", "nobody"]
        assert mentions.unknown("dan@example.com") == []

    def test_whoever_cannot_read_it_is_said_to_hear_nothing(self, tenant):
        ann, bo, cy = (make_agent(name=name) for name in ("Ann Lee", "Bo Berg", "Cy Wolf"))
        bo.role = queries.role("readonly")
        bo.role.rights = {name: reach for name, reach in bo.role.rights.items() if name != Permission.ACTIVITY_VIEW}
        assert mentions.deaf("@Bo Berg and @Cy Wolf", by=ann) == [bo]
        assert mentions.deaf("@Bo Berg", by=bo) == []
        assert cy.name


class TestTeamCalendar:
    def test_shows_the_colleague_whom_one_chose(self, here, client):
        me = sign_in(client, here)
        with scope.enter(here.id):
            bo = make_agent(name="Bo Colleague")
            soon = clock.now() + timedelta(minutes=5)
            make_activity(bo, subject="Bo visits", starts_at=soon)
            make_activity(me, subject="I call", starts_at=soon)
            db.session.commit()
        page = words(client.get(f"/{here.slug}/activities/?who={bo.id}").get_data(as_text=True))
        assert "Bo visits" in page
        assert "I call" not in page
        several = f"/{here.slug}/activities/?who={bo.id},{me.id}"
        shown = words(client.get(several).get_data(as_text=True))
        assert "2 colleagues" in shown
        assert all(one in shown for one in ("Bo visits", "I call"))
        span = f"start={soon.date()}&end={soon.date() + timedelta(days=1)}"
        entries = client.get(f"/{here.slug}/activities/feed?{span}&who={bo.id},{me.id}").json
        assert {one["title"] for one in entries} == {"Bo Colleague: Bo visits", f"{me.name}: I call"}
        assert len({one["color"] for one in entries}) == 2
        mine = words(client.get(f"/{here.slug}/activities/").get_data(as_text=True))
        assert "I call" in mine
        assert "Bo visits" not in mine
