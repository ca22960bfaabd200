"""A member's places in chat and SMS services: added, told, tried, forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from saas import clock
from saas.chat import Why
from saas.chat_services import SERVICES
from saas.db import db
from saas.errors import NotFound, Refused
from saas.jobs import runner
from saas.jobs import tenants as jobs
from saas.tenants import notices, queries, scope
from saas.tenants.actions import chats, people, profile
from saas.tenants.models import ChatAddress, Delivery, Digest, Event, Notice
from saas.tenants.notices import Mail, Way
from tests.factories import make_agent, make_member, make_tenant, sign_in
from tests.pages import filled

HOST = "qyapi.weixin.qq.com"
SECRET = "ab12-the-secret"
GIVEN = {"address": f"https://{HOST}/cgi-bin/webhook/send?key={SECRET}"}
KIND = "handed_over"  # mailed at once unless one chose otherwise


@pytest.fixture
def wecom(chat_service):
    """The service, which takes everything."""
    return chat_service(HOST)


def add(member, **given):
    return chats.add(member, "wecom", "Group", GIVEN | given)


def tell(member, key="once"):
    return notices.tell(member, KIND, key, "/x/", name="Ann", by="Bo")


def asked():
    return db.session.scalars(select(Delivery).where(Delivery.handler == notices.CHAT_JOB)).all()


def send(delivery):
    db.session.commit()
    jobs.chat_notice(**delivery.payload)
    db.session.commit()


class TestAdd:
    def test_tries_it_first(self, tenant, wecom):
        made = add(make_agent())
        ((host, _path, body),) = wecom.came
        assert host == HOST
        assert tenant.name in body
        assert made.sent_at is not None

    def test_keeps_nothing_where_nothing_arrives(self, tenant, wecom):
        wecom.body = b'{"errcode": 93000}'
        ann = make_agent()
        with pytest.raises(Refused, match="copied whole") as caught:
            add(ann)
        assert caught.value.field == "address"
        assert queries.chat_addresses(ann.id) == []

    def test_keeps_the_secret_sealed_and_out_of_the_trail(self, tenant, wecom):
        made = add(make_agent())
        assert SECRET.encode() not in made.given_sealed
        assert SECRET not in str(db.session.scalars(select(Event.changed)).all())

    def test_a_row_put_on_another_does_not_open(self, tenant, wecom):
        one, two = add(make_agent()), add(make_agent())
        one.given_sealed = two.given_sealed
        wecom.came.clear()
        assert chats.try_out(one) is Why.REFUSED
        assert wecom.came == []

    def test_has_an_end(self, tenant, wecom, monkeypatch):
        monkeypatch.setattr(chats, "MOST", 1)
        ann = make_agent()
        add(ann)
        with pytest.raises(Refused, match="1"):
            add(ann)


class TestTell:
    def test_sends_what_would_be_mailed_at_once_to_each_place(self, tenant, wecom):
        ann = make_agent()
        add(ann), add(ann)
        tell(ann)
        assert len(asked()) == 2
        wecom.came.clear()
        send(asked()[0])
        assert "Bo removed Ann" in wecom.came[0][2]
        assert "seaport.test/x/" in wecom.came[0][2]

    def test_tells_in_the_readers_language(self, tenant, wecom):
        ann = make_agent(locale="zh")
        add(ann)
        tell(ann)
        send(asked()[0])
        assert "Bo" in wecom.came[-1][2]
        assert "removed" not in wecom.came[-1][2]

    @pytest.mark.parametrize(("way", "told"), [(Way(True, Mail.NEVER, True), 1), (Way(True, Mail.NOW, False), 0)])
    def test_as_one_chose(self, tenant, wecom, way, told):
        ann = make_agent()
        add(ann)
        profile.choose_notices(ann, {KIND: way}, mails=False, digest=Digest.NEVER, digest_hour=8)
        tell(ann)
        assert len(asked()) == told

    def test_waits_for_the_end_of_quiet_hours(self, tenant, wecom):
        ann = make_agent(timezone="Europe/Berlin")
        add(ann)
        here = clock.local(clock.now(), ann.timezone)
        quiet = ((here.hour - 1) % 24, (here.hour + 2) % 24)
        profile.choose_notices(ann, {}, mails=True, digest=Digest.NEVER, digest_hour=8, quiet=quiet)
        tell(ann)
        due = clock.local(asked()[0].due_at, ann.timezone)
        assert (due.hour, due.minute) == (quiet[1], 0)

    def test_tells_nothing_that_was_read_meanwhile(self, tenant, wecom):
        ann = make_agent()
        add(ann)
        tell(ann)
        clock.shift(clock.offset().total_seconds() + 1)
        notices.read(ann.id)
        wecom.came.clear()
        send(asked()[0])
        assert wecom.came == []


class TestFailing:
    def test_a_place_that_refuses_gets_no_more_and_its_owner_hears_of_it(self, tenant, wecom):
        ann = make_agent()
        made = add(ann)
        tell(ann)
        wecom.status = 404
        send(asked()[0])
        assert made.failure is Why.REFUSED
        assert [n.kind for n in db.session.scalars(select(Notice).order_by(Notice.id))] == [KIND, chats.FAILING]
        tell(ann, "two")
        assert len(asked()) == 1
        wecom.status = 200
        assert chats.try_out(made) is None
        tell(ann, "three")
        assert len(asked()) == 2

    def test_what_passes_is_tried_again_and_said_once_it_lasts(self, tenant, wecom):
        ann = make_agent()
        made = add(ann)
        tell(ann)
        wecom.status = 503
        with pytest.raises(chats.NotArrived):
            send(asked()[0])
        count = select(func.count()).select_from(Notice).where(Notice.kind == chats.FAILING)
        assert made.failure is Why.BUSY
        assert db.session.scalar(count) == 0
        for _again in range(2):
            clock.shift(clock.offset().total_seconds() + timedelta(minutes=40).total_seconds())
            with pytest.raises(chats.NotArrived):
                send(asked()[0])
        assert db.session.scalar(count) == 1
        wecom.status = 200
        send(asked()[0])
        assert (made.failure, made.failing_since) == (None, None)

    def test_the_worker_tries_again_and_notes_no_secret(self, tenant, wecom):
        ann = make_agent()
        add(ann)
        tell(ann)
        wecom.status = 503
        db.session.commit()
        runner.run_tenant(str(tenant.id))
        (delivery,) = asked()
        db.session.refresh(delivery)
        assert (delivery.done_at, delivery.attempts) == (None, 1)
        assert delivery.due_at > clock.now()
        assert SECRET not in delivery.last_error


class TestLeave:
    def test_the_places_of_a_leaver_are_forgotten(self, tenant, wecom):
        ann = make_agent()
        add(ann)
        tell(ann)
        people.remove(ann, by=make_member("owner"), successor=None)
        assert db.session.scalars(select(ChatAddress)).all() == []
        wecom.came.clear()
        send(asked()[0])
        assert wecom.came == []

    def test_nobody_reaches_those_of_a_colleague(self, tenant, wecom):
        made = add(make_agent())
        with pytest.raises(NotFound):
            queries.chat_address(make_agent().id, made.id)


class TestPages:
    def test_one_adds_chooses_tries_and_removes(self, context, client, post, wecom):
        here = make_tenant()
        me = sign_in(client, here, "agent")
        home = f"/{here.slug}/profile/chat"
        wrong = post(f"{home}/new/wecom", data={"address": "https://evil.example/", "name": "Ours"})
        assert wrong.status_code == 422
        assert "another form" in wrong.text
        assert 'value="Ours"' in wrong.text
        wecom.body = b'{"errcode": 93000}'
        refused = post(f"{home}/new/wecom", data=GIVEN)
        assert refused.status_code == 422
        assert SECRET in refused.text  # what was typed isn't lost
        wecom.body = b'{"errcode": 0}'
        assert post(f"{home}/new/wecom", data=GIVEN | {"name": "Ours"}).status_code == 303
        page = client.get(home).text
        assert "Ours" in page
        assert SECRET not in page

        told = f"/{here.slug}/profile/notices"
        form = filled(client.get(told).text, told)
        assert form["chat.case.filed"] == "y"
        del form["chat.case.filed"]
        assert post(told, data=form).status_code == 303
        with scope.enter(here.id):
            member = queries.member(me.id)
            assert not notices.way(member, "case.filed").chat
            address_id = queries.chat_addresses(me.id)[0].id

        wecom.status = 404
        assert post(f"{home}/{address_id}/try").status_code == 303
        assert "Nothing arrives" in client.get(home).text
        wecom.status = 200
        assert post(f"{home}/{address_id}/try").status_code == 303
        assert "Nothing arrives" not in client.get(home).text
        assert post(f"{home}/{address_id}/remove").status_code == 303
        with scope.enter(here.id):
            assert queries.chat_addresses(me.id) == []

    def test_there_are_no_other_services(self, context, client):
        here = make_tenant()
        sign_in(client, here, "agent")
        assert client.get(f"/{here.slug}/profile/chat/new/file").status_code == 404
        assert all(client.get(f"/{here.slug}/profile/chat/new/{one}").status_code == 200 for one in SERVICES)
