"""The mailbox of a workspace: set once it works, read step by step, nothing twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from saas import clock, messages
from saas.crm.mails import mailbox_actions, people_queries
from saas.crm.mails.models import Mail, Mailbox, MailFolder
from saas.db import db
from saas.errors import Refused
from saas.imap import Security, Why
from saas.jobs import crm as jobs
from saas.tenants.models import Delivery, Event, Notice
from tests.crm.mails.posting import BOX, message
from tests.factories import make_account, make_agent, make_contact, make_member, make_tenant, sign_in
from tests.imap_double import PASSWORD, USER, Box, serving
from tests.pages import filled
from tests.wires import PUBLIC

HOST = "imap.quay.example"
VALUES = {
    "address": BOX,
    "host": HOST,
    "port": 993,
    "security": Security.TLS,
    "username": USER,
    "sent_folder": None,
}


@pytest.fixture
def box(certificate, names, wires, monkeypatch):
    """A mailbox on a public server that is believed."""
    names[HOST] = [[PUBLIC]]
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with serving(Box(), certificate[1](HOST)) as made:
        wires[0][PUBLIC] = made.port
        yield made


def put(box: Box, sender: str, folder: str = "INBOX", **headers: str) -> int:
    return box.put(message(sender, headers.pop("to", BOX), **headers).as_bytes(), folder)


@pytest.fixture
def owner(tenant):
    return make_member("owner")


@pytest.fixture
def mailbox(box, owner):
    """It, set by the owner."""
    return mailbox_actions.set_mailbox(VALUES, password=PASSWORD, version=None, by=owner)


def read() -> None:
    jobs.read_mailbox()


def subjects() -> set[str]:
    return set(db.session.scalars(select(Mail.subject)))


class TestSet:
    def test_keeps_the_password_unreadable(self, mailbox, box):
        db.session.commit()
        kept = db.session.scalars(select(Mailbox.password_sealed)).one()
        assert PASSWORD.encode() not in kept
        assert mailbox_actions._password(mailbox) == PASSWORD
        assert PASSWORD not in str(db.session.scalars(select(Event.changed)).all())

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"password": "wrong"}, "password"),
            ({"host": "127.0.0.1"}, "host"),
            ({"host": "nobody.example"}, "host"),
            ({"sent_folder": "Gesendet"}, "sent_folder"),
        ],
    )
    def test_refuses_what_can_not_be_read(self, box, owner, changed, field):
        password = changed.pop("password", PASSWORD)
        with pytest.raises(Refused) as refusal:
            mailbox_actions.set_mailbox(VALUES | changed, password=password, version=None, by=owner)
        assert refusal.value.field == field
        assert people_queries.mailbox() is None

    def test_gives_the_kept_password_to_no_other_server(self, mailbox, box, owner, names):
        names["imap.evil.example"] = [[PUBLIC]]
        asked = len(box.asked)
        with pytest.raises(Refused):
            mailbox_actions.set_mailbox(
                VALUES | {"host": "imap.evil.example"}, password=None, version=mailbox.version, by=owner
            )
        assert len(box.asked) == asked
        mailbox_actions.set_mailbox(VALUES, password=None, version=mailbox.version, by=owner)


class TestRead:
    def test_brings_in_what_is_new_once(self, mailbox, box):
        make_contact(make_account(make_agent()), email="jana@nordlicht.example")
        put(box, "jana@nordlicht.example", subject="One")
        read()
        put(box, "jana@nordlicht.example", subject="Two")
        read()
        read()
        assert subjects() == {"One", "Two"}
        assert db.session.scalars(select(MailFolder.last_uid)).one() == 2
        assert len([line for line in box.asked if "BODY.PEEK" in line]) == 2
        db.session.expire_all()
        assert people_queries.mailbox().read_at is not None

    def test_reads_sent_mail_as_ours(self, mailbox, box, owner):
        make_contact(make_account(make_agent()), email="jana@nordlicht.example")
        put(box, BOX, "Sent", to="jana@nordlicht.example", subject="Offer")
        mailbox_actions.set_mailbox(VALUES | {"sent_folder": "Sent"}, password=None, version=mailbox.version, by=owner)
        read()
        assert db.session.scalars(select(Mail.direction)).one() == "out"

    def test_begins_again_when_the_ids_mean_other_messages(self, mailbox, box):
        put(box, "a@nobody.example", subject="One")
        read()
        _validity, held = box.folders["INBOX"]
        box.folders["INBOX"] = (2, held)
        put(box, "a@nobody.example", subject="Two")
        read()
        assert sorted(db.session.scalars(select(Mail.subject))) == ["One", "Two"]

    def test_goes_on_behind_what_can_not_be_taken(self, mailbox, box, monkeypatch):
        put(box, "a@nobody.example", subject="Large", text="x" * 5_000)
        bomb = b"From: a@b.example\r\n"
        for n in range(5_000):
            bomb += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        monkeypatch.setattr(messages, "LARGEST", len(bomb) + 1)
        box.put(b"From: a@b.example\r\n\r\n" + b"x" * (len(bomb) + 1))
        box.put(bomb)
        put(box, "a@nobody.example", subject="Good")
        read()
        db.session.expire_all()
        assert subjects() == {"Large", "Good"}
        assert people_queries.mailbox().refused == 2

    def test_goes_on_in_another_job_when_there_is_much(self, mailbox, box, monkeypatch):
        monkeypatch.setattr(mailbox_actions, "AT_ONCE", 2)
        for n in range(3):
            put(box, "a@nobody.example", subject=str(n))
        read()
        asked = select(Delivery.due_at).where(Delivery.handler == "crm.read_mailbox").order_by(Delivery.due_at)
        at_once, next_time = db.session.scalars(asked).all()
        assert at_once <= clock.now() < next_time <= clock.now() + mailbox_actions.EACH
        read()
        assert subjects() == {"0", "1", "2"}

    def test_says_once_that_it_can_not_be_read(self, mailbox, box, owner, wires):
        db.session.commit()
        wires[0].clear()
        read()
        read()
        db.session.commit()
        assert people_queries.mailbox().failure is Why.UNREACHABLE
        failed = db.session.scalars(select(Event).where(Event.name == mailbox_actions.FAILED)).all()
        assert len(failed) == 1
        jobs.tell_mailbox_failing(failed[0])
        assert db.session.scalars(select(Notice.kind).where(Notice.member_id == owner.id)).all() == ["mailbox.failing"]
        wires[0][PUBLIC] = box.port
        read()
        db.session.expire_all()
        assert people_queries.mailbox().failure is None

    def test_is_planned_anew_whatever_becomes_of_it(self, mailbox, box, wires):
        wires[0].clear()
        read()
        jobs.keep_mailbox_read()
        asked = select(Delivery).where(Delivery.handler == "crm.read_mailbox", Delivery.due_at > clock.now())
        assert len(db.session.scalars(asked).all()) == 1

    def test_reads_nothing_where_there_is_none(self, tenant):
        read()
        jobs.keep_mailbox_read()
        assert subjects() == set()
        assert db.session.scalars(select(Delivery)).all() == []


class TestPage:
    def test_sets_it_and_loses_nothing_that_was_typed(self, box, client, context, post):
        tenant = make_tenant()
        sign_in(client, tenant, "owner")
        page = f"/{tenant.slug}/settings/mailbox"
        typed = {
            "address": "Sales@Quay.example",
            "host": HOST,
            "port": "993",
            "security": "tls",
            "username": USER,
            "password": "no such word",
        }
        answer = post(page, data=typed)
        assert answer.status_code == 422
        assert "refuses this user and password" in answer.get_data(as_text=True)
        assert filled(answer.get_data(as_text=True), page)["host"] == HOST
        assert "no such word" not in answer.get_data(as_text=True)
        answer = post(page, data=typed | {"password": PASSWORD}, follow_redirects=True)
        html = answer.get_data(as_text=True)
        assert "It works." in html
        assert "sales@quay.example" in html
        assert PASSWORD not in html

    def test_refuses_a_server_of_ours(self, client, context, post):
        tenant = make_tenant()
        sign_in(client, tenant, "owner")
        typed = {
            "address": BOX,
            "host": "localhost",
            "port": "993",
            "security": "tls",
            "username": "x",
            "password": "x",
        }
        answer = post(f"/{tenant.slug}/settings/mailbox", data=typed)
        assert "This server can&#39;t be used" in answer.get_data(as_text=True)
