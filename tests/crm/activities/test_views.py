"""Activities as a person meets them."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from saas import clock, files
from saas.crm.activities.models import Activity, ActivityKind, Reminder
from saas.crm.customers.models import Account
from saas.db import db
from saas.errors import NotFound
from saas.tenants import notices, scope
from saas.tenants.actions import attachments
from saas.tenants.models import Counter, File, Member
from tests.factories import (
    make_account,
    make_activity,
    make_agent,
    make_case,
    make_contact,
    make_lead,
    make_opportunity,
    make_partner,
    make_product,
    make_tenant,
    sign_in,
)
from tests.pages import whole, words
from tests.walk import picture


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def text_of(response) -> str:
    return re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))


def only(here) -> Activity:
    with scope.enter(here.id):
        found = db.session.scalars(select(Activity)).one()
        db.session.expunge_all()
        return found


def with_account(here, owner, **given) -> str:
    """The id of a committed customer."""
    with scope.enter(here.id):
        account = make_account(owner=db.session.merge(owner, load=True) if owner else None, **given)
        db.session.commit()
        return str(account.id)


PLAN = {"kind": "call", "subject": "Ask for the order", "day": "2031-05-04", "hour": "09:30", "minutes": "30"}


class TestCreate:
    @pytest.mark.shows("AC4", "AC13")
    def test_plans_on_the_readers_clock(self, here, client, post):
        sign_in(client, here, "agent", timezone="Asia/Shanghai")
        account_id = with_account(here, None, name="Nordlicht")
        path = f"/{here.slug}/activities/new?about_kind=account&about_id={account_id}"
        assert "Nordlicht" in text_of(client.get(path))
        answer = post(path, data=PLAN | {"reminders": "hour"})
        assert answer.location.endswith(f"/customers/{account_id}"), text_of(answer)
        made = only(here)
        assert made.starts_at == datetime(2031, 5, 4, 1, 30, tzinfo=UTC)
        assert made.reminder_at == datetime(2031, 5, 4, 0, 30, tzinfo=UTC)
        page = text_of(client.get(answer.location))
        assert "Ask for the order" in page
        assert "planned" in page

    def test_keeps_what_was_typed_when_something_is_wrong(self, here, client, post):
        sign_in(client, here, "agent")
        answer = post(f"/{here.slug}/activities/new", data=PLAN | {"subject": "", "customer": "Nobody"})
        assert answer.status_code == 422
        assert 'value="Nobody"' in answer.get_data(as_text=True)
        answer = post(f"/{here.slug}/activities/new", data=PLAN | {"customer": "Nobody"})
        assert answer.status_code == 422
        assert "No customer has this name" in text_of(answer)

    def test_finds_the_customer_by_its_name(self, here, client, post):
        sign_in(client, here, "agent")
        account_id = with_account(here, None, name="Nordlicht GmbH")
        assert post(f"/{here.slug}/activities/new", data=PLAN | {"customer": "nordlicht gmbh"}).status_code == 302
        assert str(only(here).account_id) == account_id

    def test_a_manager_plans_for_a_colleague(self, here, client, post):
        sign_in(client, here, "manager")
        with scope.enter(here.id):
            colleague = make_agent(name="Bo").id
            db.session.commit()
        post(f"/{here.slug}/activities/new", data=PLAN | {"owner_id": str(colleague)})
        assert only(here).owner_id == colleague

    @pytest.mark.shows("AC5")
    def test_writes_down_what_happened(self, here, client, post):
        sign_in(client, here, "agent")
        account_id = with_account(here, None)
        path = f"/{here.slug}/activities/new?past=1&about_kind=account&about_id={account_id}"
        assert post(path, data=PLAN).status_code == 422
        assert post(path, data=PLAN | {"day": "2024-05-04", "kind": "visit"}).status_code == 302
        assert only(here).done_at is not None

    def test_a_reader_may_not(self, here, client, post):
        sign_in(client, here, "readonly")
        assert post(f"/{here.slug}/activities/new", data=PLAN).status_code == 403


class TestWrite:
    @pytest.mark.shows("AC5", "AC9")
    def test_puts_a_note_on_the_customers_timeline(self, here, client, post):
        sign_in(client, here, "agent")
        account_id = with_account(here, None)
        page = f"/{here.slug}/customers/{account_id}"
        assert "Save note" in text_of(client.get(page))
        data = {"about_kind": "account", "about_id": account_id, "kind": "note", "text": "Likes <b>tea</b>"}
        answer = post(f"/{here.slug}/activities/write", data=data | {"_once": str(uuid4())})
        assert answer.location.endswith(page)
        shown = client.get(page).get_data(as_text=True)
        assert "Likes &lt;b&gt;tea&lt;/b&gt;" in shown
        with scope.enter(here.id):
            assert db.session.scalars(select(Account.last_contact_at)).one() is None

    def test_says_which_name_told_nobody(self, here, client, post):
        sign_in(client, here, "agent")
        data = {"about_kind": "account", "about_id": with_account(here, None), "kind": "note", "text": "Ask @Zoe"}
        answer = post(f"/{here.slug}/activities/write", data=data)
        assert "@zoe told nobody" in text_of(client.get(answer.location))

    @pytest.mark.shows("AC5")
    def test_logs_a_call_with_one_click(self, here, client, post):
        sign_in(client, here, "agent")
        account_id = with_account(here, None)
        data = {"about_kind": "account", "about_id": account_id, "kind": "call", "text": "Likes tea"}
        answer = post(f"/{here.slug}/activities/write", data=data)
        assert " called" in text_of(client.get(answer.location))
        with scope.enter(here.id):
            assert db.session.scalars(select(Account.last_contact_at)).one() is not None

    @pytest.mark.parametrize(
        ("kind", "says"),
        [("note", "Write something first."), *[(k, "Say a word about it first.") for k in ("call", "visit", "mail")]],
    )
    def test_an_empty_box_writes_nothing(self, here, client, post, kind, says):
        sign_in(client, here, "agent")
        data = {"about_kind": "account", "about_id": with_account(here, None), "kind": kind, "text": " "}
        answer = post(f"/{here.slug}/activities/write", data=data)
        assert says in text_of(client.get(answer.location))
        with scope.enter(here.id):
            assert db.session.scalars(select(Activity.id)).all() == []

    def test_shows_on_the_pages_of_a_person_and_a_deal(self, here, client, post):
        member = sign_in(client, here, "agent")
        with scope.enter(here.id):
            owner = db.session.get_one(Member, (here.id, member.id))
            person, deal = make_contact(make_account()), make_opportunity(owner=owner)
            db.session.commit()
            targets = [("contact", person.id, f"contacts/{person.id}"), ("opportunity", deal.id, f"deals/{deal.id}")]
        for kind, record_id, path in targets:
            data = {"about_kind": kind, "about_id": str(record_id), "kind": "note", "text": f"Note on a {kind}"}
            answer = post(f"/{here.slug}/activities/write", data=data)
            assert answer.location.endswith(path)
            assert f"Note on a {kind}" in text_of(client.get(answer.location))


class TestReach:
    def test_what_is_about_a_colleagues_deal_stays_with_those_who_see_the_deal(self, here, client):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            account = make_account()
            deal = make_opportunity(account=account, owner=make_agent())
            colleague = make_agent()
            about = {"about_kind": "opportunity", "about_id": deal.id, "account_id": account.id}
            secret = make_activity(colleague, subject="Secret price", **about).id
            make_activity(colleague, subject="Open talk", account_id=account.id)
            db.session.commit()
            account_id = account.id
        assert client.get(f"/{here.slug}/activities/{secret}").status_code == 404
        shown = text_of(client.get(f"/{here.slug}/customers/{account_id}"))
        assert "Open talk" in shown
        assert "Secret price" not in shown
        assert "Secret price" not in text_of(client.get(f"/{here.slug}/activities/?who=all"))
        page = f"/{here.slug}/activities/new?about_kind=opportunity&about_id={deal.id}"
        assert client.get(page).status_code == 404

    def test_one_changes_his_own_only(self, here, client, post):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            other = make_activity(make_agent()).id
            db.session.commit()
        path = f"/{here.slug}/activities/{other}"
        assert client.get(path).status_code == 200
        answers = [post(f"{path}/{verb}", data=PLAN).status_code for verb in ("edit", "complete", "cancel", "reopen")]
        answers.append(
            post(f"/{here.slug}/activities/move", data={"id": str(other), "start": "2031-05-04"}).status_code
        )
        assert answers == [403] * 5

    def test_of_another_workspace_looks_like_none(self, here, client):
        sign_in(client, here)
        other = make_tenant()
        with scope.enter(other.id):
            foreign = make_activity().id
            db.session.commit()
        assert client.get(f"/{here.slug}/activities/{foreign}").status_code == 404


@pytest.fixture
def mine(here, client):
    """The id of something that the signed-in agent has planned for in three hours, at a customer."""
    member = sign_in(client, here, "agent")
    with scope.enter(here.id):
        owner = db.session.get_one(Member, (here.id, member.id))
        account = make_account(owner=owner, name="Nordlicht")
        planned = make_activity(owner, subject="Offer", account_id=account.id, minutes=30, reminders=[Reminder.HOUR])
        db.session.commit()
        return planned.id


class TestComplete:
    @pytest.mark.shows("AC5", "AC10")
    def test_says_what_came_of_it(self, here, client, post, mine):
        path = f"/{here.slug}/activities/{mine}"
        now = clock.now()
        data = {"outcome": "They want two", "day": f"{now:%Y-%m-%d}", "hour": f"{now:%H:%M}"}
        answer = post(f"{path}/complete", data=data)
        assert answer.status_code == 302, text_of(answer)
        page = text_of(client.get(answer.location))
        assert "They want two" in page
        assert "completed" in page
        assert post(f"{path}/complete", data=data).status_code == 409
        post(f"{path}/reopen")
        assert only(here).is_open

    def test_refuses_what_lies_ahead(self, here, client, post, mine):
        answer = post(f"/{here.slug}/activities/{mine}/complete", data={"day": "2040-01-01", "hour": "10:00"})
        assert answer.status_code == 422
        assert "lies ahead" in text_of(answer)

    def test_goes_on_to_plan_what_is_next(self, here, client, post, mine):
        now = clock.now()
        data = {"day": f"{now:%Y-%m-%d}", "hour": f"{now:%H:%M}", "next": "yes"}
        assert (
            "/activities/new?about_kind=account" in post(f"/{here.slug}/activities/{mine}/complete", data=data).location
        )


class TestEdit:
    def test_says_what_a_colleague_changed_meanwhile(self, here, client, post, mine):
        path, version = f"/{here.slug}/activities/{mine}/edit", only(here).version
        data = PLAN | {"version": str(version)}
        assert post(path, data=data | {"subject": "Theirs"}).status_code == 302
        answer = post(path, data=data | {"subject": "My words"})
        assert answer.status_code == 409
        page = answer.get_data(as_text=True)
        assert "Theirs" in page
        assert "My words" in page

    def test_gives_up_the_hour(self, here, client, post, mine):
        post(f"/{here.slug}/activities/{mine}/edit", data=PLAN | {"hour": "", "reminders": "morning"})
        changed = only(here)
        assert str(changed.due_on) == "2031-05-04"
        assert changed.reminder_at == datetime(2031, 5, 4, 9, tzinfo=UTC)


class TestCancel:
    def test_takes_it_out_of_lists(self, here, client, post, mine):
        answer = post(f"/{here.slug}/activities/{mine}/cancel")
        page = words(whole(client, answer.location))
        assert "Nothing is planned." in page
        assert "called off" in page
        assert "Offer" not in text_of(client.get(f"/{here.slug}/"))


class TestToday:
    @pytest.mark.shows("AC10")
    def test_shows_what_is_late_today_and_next(self, here, client):
        noon = clock.local(clock.now(), "Asia/Shanghai").replace(hour=12, minute=0)
        clock.shift((noon - clock.now()).total_seconds())
        member = sign_in(client, here, "agent", timezone="Asia/Shanghai")
        with scope.enter(here.id):
            owner = db.session.get_one(Member, (here.id, member.id))
            for hours, subject in ((-30, "Old one"), (2, "Soon one"), (50, "Next one"), (24 * 30, "Far one")):
                make_activity(owner, subject=subject, starts_at=clock.now() + timedelta(hours=hours))
            make_activity(make_agent(), subject="A colleague's")
            db.session.commit()
        page = text_of(client.get(f"/{here.slug}/"))
        places = [page.index(words) for words in ("Old one", "Soon one", "Next one")]
        assert places == sorted(places)
        assert "Late" in page
        assert "Far one" not in page
        assert "A colleague" not in page


class TestCalendar:
    @pytest.mark.shows("AC8")
    def test_lists_the_week_without_a_script(self, here, client, mine):
        page = text_of(client.get(f"/{here.slug}/activities/?on={only(here).starts_at:%Y-%m-%d}"))
        assert "Offer" in page
        assert "Nothing in this week." in text_of(client.get(f"/{here.slug}/activities/?on=2031-01-01"))

    @pytest.mark.shows("AC8")
    def test_feeds_planned_and_past_of_the_time_asked(self, here, client, post, mine):
        with scope.enter(here.id):
            make_activity(make_agent(), subject="Colleague's")
            db.session.commit()
        start, end = clock.now() - timedelta(days=1), clock.now() + timedelta(days=2)
        span = {"start": start.isoformat(), "end": end.isoformat()}
        (entry,) = client.get(f"/{here.slug}/activities/feed?{urlencode(span)}").json
        assert entry["title"] == "Offer · Nordlicht"
        assert entry["editable"] is True
        everyone = client.get(f"/{here.slug}/activities/feed?{urlencode(span)}&who=all").json
        assert len(everyone) == 2
        none = client.get(f"/{here.slug}/activities/feed?start=2031-01-01&end=2031-02-01").json
        assert none == []
        assert client.get(f"/{here.slug}/activities/feed?start=x&end=%00").status_code == 200

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2031-13-45"])
    def test_a_day_that_nobody_means_is_no_day(self, here, client, post, mine, day):
        path = f"/{here.slug}/activities"
        assert client.get(f"{path}/?on={day}").status_code == 200
        span = urlencode({"start": f"{day}T00:00:00+08:00", "end": f"{day}T00:00:00-08:00"})
        assert client.get(f"{path}/feed?{span}").status_code == 200
        assert post(f"{path}/move", data={"id": str(mine), "start": day}).status_code == 422
        answer = post(f"{path}/{mine}/complete", data={"day": day, "hour": "10:00", "outcome": "He said yes"})
        assert answer.status_code == 422
        assert "He said yes" in answer.text

    def test_a_day_without_hour_is_that_day_everywhere(self, here, client, post, mine):
        post(f"/{here.slug}/activities/{mine}/edit", data=PLAN | {"hour": ""})
        (entry,) = client.get(f"/{here.slug}/activities/feed?start=2031-05-04&end=2031-05-05").json
        assert (entry["start"], entry["allDay"]) == ("2031-05-04", True)

    def test_moves_what_was_drawn(self, here, client, post, mine):
        path = f"/{here.slug}/activities/move"
        data = {"id": str(mine), "start": "2031-05-04T10:00:00+02:00", "end": "2031-05-04T11:30:00+02:00"}
        assert post(path, data=data).status_code == 204
        moved = only(here)
        assert (moved.starts_at, moved.minutes) == (datetime(2031, 5, 4, 8, tzinfo=UTC), 90)
        assert moved.reminder_at == datetime(2031, 5, 4, 7, tzinfo=UTC)
        post(path, data={"id": str(mine), "start": "2031-05-06", "end": ""})
        assert str(only(here).due_on) == "2031-05-06"
        assert post(path, data={"id": str(mine), "start": "soon"}).status_code == 422


PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
PNG = picture().getvalue()


class TestFiles:
    def put(self, here, post, kind, record_id, *sent):
        sent = [(io.BytesIO(body), name) for body, name in sent]
        path = f"/{here.slug}/files/{kind}/{record_id}"
        return post(path, data={"file": sent}, content_type="multipart/form-data")

    @pytest.mark.shows("AC6")
    def test_lie_on_an_activity_and_its_customer(self, here, client, post, mine):
        account_id = only(here).account_id
        for kind, record_id in (("activity", mine), ("account", account_id)):
            answer = self.put(here, post, kind, record_id, (PDF, "offer.pdf"))
            page = whole(client, answer.location)
            assert "offer.pdf" in page
            link = re.search(rf'href="(/{here.slug}/files/[0-9a-f-]+)"', page)
            got = client.get(link[1])
            assert got.data == PDF
            assert got.headers["Content-Disposition"].startswith("attachment")
            removed = post(f"{link[1]}/remove")
            assert client.get(link[1]).status_code == 404
            assert "took off" in text_of(client.get(removed.location))

    def test_what_is_refused_takes_no_room_and_leaves_the_others(self, here, client, post, mine):
        answer = self.put(here, post, "activity", mine, (PDF, "a.pdf"), (b"MZ", "b.exe"), (PDF, "c.pdf"))
        page = text_of(client.get(answer.location))
        assert "isn&#39;t taken" in page
        with scope.enter(here.id):
            assert sorted(db.session.scalars(select(File.name))) == ["a.pdf", "c.pdf"]
            assert db.session.scalars(select(Counter.next).where(Counter.kind == "file.bytes")).one() == 2 * len(PDF)

    def test_only_who_may_change_the_record_puts_some_there(self, here, client, post, mine):
        with scope.enter(here.id):
            other = make_account().id
            db.session.commit()
        assert self.put(here, post, "account", other, (PDF, "a.pdf")).status_code == 403
        assert self.put(here, post, "member", mine, (PDF, "a.pdf")).status_code == 404
        assert self.put(here, post, "account", uuid4(), (PDF, "a.pdf")).status_code == 404

    def test_of_a_colleagues_deal_are_not_handed_out(self, here, client, post, app):
        sign_in(client, here, "owner")
        with scope.enter(here.id):
            deal = make_opportunity(owner=make_agent()).id
            db.session.commit()
        self.put(here, post, "opportunity", deal, (PDF, "price.pdf"))
        with scope.enter(here.id):
            path = f"/{here.slug}/files/{db.session.scalars(select(File.id)).one()}"
        assert client.get(path).status_code == 200
        other = app.test_client()
        sign_in(other, here, "agent")
        assert other.get(path).status_code == 404

    def test_taken_off_by_mistake_is_put_back_and_later_forgotten(self, here, client, post, mine):
        answer = self.put(here, post, "activity", mine, (PDF, "offer.pdf"))
        link = re.search(rf'href="(/{here.slug}/files/[0-9a-f-]+)"', whole(client, answer.location))[1]
        removed = post(f"{link}/remove")
        assert f'action="{link}/put-back"' in client.get(removed.location).text
        with scope.enter(here.id):
            assert db.session.scalars(select(Counter.next).where(Counter.kind == "file.bytes")).one() == 0
        post(f"{link}/put-back")
        assert client.get(link).data == PDF
        post(f"{link}/remove")
        with scope.enter(here.id):
            sha256 = db.session.scalars(select(File.sha256)).one()
            assert attachments.forget_removed() == 0
            clock.shift(clock.offset().total_seconds() + (attachments.PUT_BACK.total_seconds() + 60))
            assert attachments.forget_removed() == 1
            db.session.commit()
            with pytest.raises(NotFound):
                files.path_of(here.id, sha256)

    def test_taken_off_twice_at_once_gives_its_room_back_once(self, here):
        with scope.enter(here.id):
            account = make_account()
            file = attachments.attach(account, io.BytesIO(PDF), "offer.pdf", by=make_agent())
            faster = update(File).values(removed_at=clock.now()).execution_options(synchronize_session=False)
            db.session.execute(faster)
            with pytest.raises(NotFound):
                attachments.remove(file, account, by=make_agent())
            assert db.session.scalars(select(Counter.next).where(Counter.kind == "file.bytes")).one() == len(PDF)

    @pytest.mark.shows("AC6")
    def test_lie_on_every_kind_of_record(self, here, client, post):
        sign_in(client, here, "owner")
        with scope.enter(here.id):
            partner = make_partner()
            records = [
                make_account(),
                make_contact(make_account()),
                make_lead(),
                make_opportunity(),
                make_product(),
                partner,
            ]
            made = [(record.__tablename__, record.id) for record in (*records, make_case())]
            db.session.commit()
        for kind, record_id in made:
            answer = self.put(here, post, kind, record_id, (PDF, "offer.pdf"), (PNG, "plan.png"))
            assert answer.status_code == 303, kind
            page = whole(client, answer.location)
            assert "offer.pdf" in page, kind
            assert f"/{here.slug}/files/{kind}/{record_id}" in page, kind
            seen = client.get(re.search(r'src="([^"]+/preview)"', page)[1])
            assert seen.mimetype == "image/webp"
            assert "sandbox" in seen.headers["Content-Security-Policy"]
            assert "attached plan.png" in words(page), kind

    def test_a_kept_picture_is_shown_only_to_who_still_may_see_it(self, here, app, client, post, mine):
        answer = self.put(here, post, "activity", mine, (PNG, "plan.png"))
        path = re.search(r'src="([^"]+/preview)"', whole(client, answer.location))[1]
        seen = client.get(path)
        assert seen.headers["Cache-Control"] == "private, no-cache"
        kept = {"If-None-Match": seen.headers["ETag"]}
        assert client.get(path, headers=kept).status_code == 304
        assert app.test_client().get(path, headers=kept).status_code not in {200, 304}

    def test_only_pictures_are_looked_at(self, here, client, post, mine):
        answer = self.put(here, post, "activity", mine, (PDF, "offer.pdf"))
        page = whole(client, answer.location)
        link = re.search(rf'href="(/{here.slug}/files/[0-9a-f-]+)"', page)[1]
        assert client.get(f"{link}/preview").status_code == 404
        assert "/preview" not in page


class TestAboutOtherRecords:
    @pytest.mark.shows("AC1")
    def test_is_planned_from_their_page_and_told_there(self, here, client, post):
        sign_in(client, here, "owner")
        with scope.enter(here.id):
            case, lead, partner = make_case(), make_lead(), make_partner()
            made = [
                (r.__tablename__, r.id, path) for r, path in ((case, "cases"), (lead, "leads"), (partner, "partners"))
            ]
            account_id = case.account_id
            db.session.commit()
        for kind, record_id, path in made:
            page = client.get(f"/{here.slug}/{path}/{record_id}").text
            plan = f"/{here.slug}/activities/new?about_kind={kind}&amp;about_id={record_id}"
            assert plan in page, kind
            filled = {"kind": "visit", "subject": f"Look at the {kind}", "day": "2026-12-24", "hour": "10:00"}
            sent = post(plan.replace("&amp;", "&"), data=filled | {"reminders": "hour"})
            assert sent.location.endswith(f"/{path}/{record_id}"), kind
            shown = text_of(client.get(sent.location))
            assert shown.count(f"Look at the {kind}") >= 2, kind  # what is next, and the timeline
        assert "Look at the service_case" in text_of(client.get(f"/{here.slug}/customers/{account_id}"))


class TestBell:
    @pytest.mark.shows("AC14")
    def test_counts_tells_and_is_emptied(self, here, client, post, mine):
        with scope.enter(here.id):
            member = db.session.scalars(select(Activity)).one().owner
            facts = {"activity_kind": ActivityKind.CALL, "subject": "Offer", "at": clock.now(), "zone": "UTC"}
            notices.tell(member, "activity.due", "k", f"/{here.slug}/activities/{mine}", **facts)
            db.session.commit()
        assert "Notifications, 1 new" in client.get(f"/{here.slug}/").get_data(as_text=True)
        page = client.get(f"/{here.slug}/bell")
        assert "Offer" in text_of(page)
        notice = re.search(rf'action="(/{here.slug}/bell/[0-9a-f-]+)"', page.get_data(as_text=True))
        assert post(notice[1]).location.endswith(f"/activities/{mine}")
        post(f"/{here.slug}/bell/read")
        assert "1 new" not in client.get(f"/{here.slug}/").get_data(as_text=True)
