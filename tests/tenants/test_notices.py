"""How a member is told: at the bell, by mail at once, in the letter of the morning."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from flask import current_app
from sqlalchemy import select

from saas import clock, mail
from saas.db import db
from saas.tenants import digest, notices, scope
from saas.tenants.actions import profile
from saas.tenants.models import Delivery, Digest, Member, Notice
from saas.tenants.notices import Mail, Way
from tests.factories import (
    make_account,
    make_activity,
    make_agent,
    make_case,
    make_opportunity,
    make_tenant,
    sign_in,
)
from tests.pages import filled

KIND = "handed_over"
MONDAY = date(2026, 11, 30)


def tell(member, key="once"):
    return notices.tell(member, KIND, key, "/x/", name="Ann", by="Bo")


def choose(member, way=None, **more):
    given = {"mails": True, "digest": Digest.NEVER, "digest_hour": 8} | more
    profile.choose_notices(member, {KIND: way} if way else {}, **given)
    db.session.flush()


def asked(handler):
    return db.session.scalars(select(Delivery).where(Delivery.handler == handler)).all()


@pytest.fixture
def letters():
    """The letters that are written from here on, newest first."""
    settings = current_app.extensions["config"]
    before = set(mail.kept(settings))

    def read():
        new = [path for path in mail.kept(settings) if path not in before]
        return [
            message_from_bytes(path.read_bytes(), policy=policy.default).get_body(["plain"]).get_content()
            for path in new
        ]

    return read


class TestTell:
    def test_rings_and_mails_unless_one_chose_otherwise(self, tenant):
        ann = make_agent()
        tell(ann)
        notice = db.session.scalars(select(Notice)).one()
        assert (notice.read_at, notice.is_held) == (None, False)
        assert [row.key for row in asked(notices.MAIL_JOB)] == [str(notice.id)]

    def test_nothing_is_mailed_in_quiet_hours(self, tenant):
        ann = make_agent(timezone="Europe/Berlin")
        here = clock.local(clock.now(), ann.timezone)
        choose(ann, quiet=((here.hour - 1) % 24, (here.hour + 2) % 24))
        tell(ann)
        (delivery,) = asked(notices.MAIL_JOB)
        due = clock.local(delivery.due_at, ann.timezone)
        assert (due.hour, due.minute) == ((here.hour + 2) % 24, 0)
        assert timedelta() < due - here <= timedelta(hours=3)

    def test_without_a_sign_it_is_listed_and_mailed_all_the_same(self, tenant, letters):
        ann = make_agent(email="ann@acme.example")
        choose(ann, Way(bell=False, mail=Mail.NOW))
        tell(ann)
        notice = db.session.scalars(select(Notice)).one()
        assert not notices.told(ann.id)[0].is_new
        db.session.commit()
        notices.mail_notice(notice.id)
        assert len(letters()) == 1

    @pytest.mark.parametrize(("way", "held"), [(Mail.MORNING, True), (Mail.NEVER, False)])
    def test_is_not_mailed_at_once(self, tenant, way, held):
        ann = make_agent()
        choose(ann, Way(bell=True, mail=way))
        tell(ann)
        assert db.session.scalars(select(Notice)).one().is_held is held
        assert not asked(notices.MAIL_JOB)

    def test_holds_nothing_for_who_wants_no_mail(self, tenant):
        ann = make_agent()
        choose(ann, Way(bell=True, mail=Mail.MORNING), mails=False)
        tell(ann)
        assert not db.session.scalars(select(Notice)).one().is_held


class TestDigest:
    def at(self, day, hour, zone="Asia/Shanghai"):
        wanted = clock.instant_of(datetime.combine(day, datetime.min.time()) + timedelta(hours=hour), zone)
        clock.shift(clock.offset().total_seconds() + (wanted - clock.now()).total_seconds())

    def test_is_asked_for_once_a_day_when_its_hour_has_come(self, tenant):
        ann = make_agent(timezone="Asia/Shanghai")
        choose(ann, digest=Digest.DAILY, digest_hour=9)
        self.at(MONDAY, 8.9)
        digest.plan()
        assert not asked(digest.MAIL_JOB)
        for hour in (9, 9.5, 23):
            self.at(MONDAY, hour)
            digest.plan()
        self.at(MONDAY + timedelta(days=1), 10)
        digest.plan()
        keys = [row.payload["day"] for row in asked(digest.MAIL_JOB)]
        assert sorted(keys) == ["2026-11-30", "2026-12-01"]

    def test_says_what_the_day_brings_and_nothing_of_others(self, tenant, letters):
        ann, bo = make_agent(email="ann@acme.example"), make_agent()
        choose(ann, digest=Digest.WEEKDAYS)
        self.at(MONDAY, 9, ann.timezone)
        now = clock.now()
        for owner, mark in ((ann, "mine"), (bo, "other")):
            acme = make_account(owner, name=f"Firm {mark}")
            make_activity(owner, subject=f"Visit {mark}", starts_at=now + timedelta(hours=1))
            make_activity(owner, subject=f"Late {mark}", starts_at=now - timedelta(days=2))
            make_activity(owner, subject=f"Next week {mark}", starts_at=now + timedelta(days=7))
            make_case(account=acme, subject=f"Leak {mark}").owner_id = owner.id
            make_opportunity(acme, name=f"Crane {mark}", owner=owner, expected_on=MONDAY - timedelta(days=3))
            acme.reclaim_at = now + timedelta(days=2)
        db.session.commit()
        digest.send(ann.id, MONDAY)
        (letter,) = letters()
        for told in ("Visit mine", "Late mine", "late since", "Leak mine", "Crane mine", "Firm mine, on"):
            assert told in letter, told
        assert "other" not in letter
        assert "Next week" not in letter

    @pytest.mark.parametrize(("choice", "day"), [(Digest.WEEKDAYS, date(2026, 11, 28)), (Digest.NEVER, MONDAY)])
    def test_leaves_the_day_out_where_nobody_asked_for_it(self, tenant, letters, choice, day):
        ann = make_agent(email="ann@acme.example")
        choose(ann, digest=choice)
        make_activity(ann, subject="Visit")
        db.session.commit()
        digest.send(ann.id, day)
        assert not letters()

    def test_gathers_what_was_held_and_holds_it_until_the_server_took_the_letter(self, tenant, letters, monkeypatch):
        ann = make_agent(email="ann@acme.example", locale="zh")
        choose(ann, Way(bell=True, mail=Mail.MORNING))
        tell(ann, "one")
        tell(ann, "two")
        notices.read(ann.id, db.session.scalars(select(Notice.id).where(Notice.key == "two")).one())
        db.session.commit()

        def refuse(*_args, **_options):
            raise mail.MailError("away", is_final=False)

        with monkeypatch.context() as patch:
            patch.setattr(mail, "send", refuse)
            with pytest.raises(mail.MailError):
                digest.send(ann.id, MONDAY)
        db.session.rollback()
        digest.send(ann.id, MONDAY)
        db.session.commit()
        (letter,) = letters()
        assert "上一封邮件以来" in letter
        assert letter.count("Bo") == 1  # of the one that was not read meanwhile
        digest.send(ann.id, MONDAY + timedelta(days=1))
        assert len(letters()) == 1


class TestPage:
    def test_keeps_what_one_chose(self, context, client, post):
        here = make_tenant()
        me = sign_in(client, here, "agent")
        path = f"/{here.slug}/profile/notices"
        page = client.get(path).get_data(as_text=True)
        form = filled(page, path)
        assert "mail.billing.failed" not in form  # he never gets any
        assert form["mail.case.filed"] == "now"
        del form["bell.case.filed"]
        form |= {"mail.case.filed": "morning", "mail.case.rated": "loudly", "digest": "daily", "digest_hour": "7"}
        assert post(path, data=form | {"quiet_from": "22"}).status_code == 422
        form |= {"quiet_from": "22", "quiet_until": "7"}
        assert post(path, data=form).status_code == 303
        with scope.enter(here.id):
            member = db.session.get_one(Member, (here.id, me.id), populate_existing=True)
            assert notices.way(member, "case.filed") == Way(bell=False, mail=Mail.MORNING, chat=True)
            assert notices.way(member, "case.rated") == Way(bell=True, mail=Mail.NOW, chat=True)
            assert (member.digest, member.digest_hour, member.quiet) == (Digest.DAILY, 7, (22, 7))
