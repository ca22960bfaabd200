"""Mails find whom they are with: once, under the right people, and nobody is fooled."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import select

from saas import clock
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership
from saas.crm.customers.models import Account
from saas.crm.mails import actions, drop_actions, people_queries, queries
from saas.crm.mails.models import Direction, Mail, MailFiling, MailState
from saas.crm.merges import actions as merges
from saas.db import db
from saas.errors import NotFound
from saas.tenants.actions import attachments
from saas.tenants.models import Event, MemberStatus
from tests.crm.mails.posting import BOX, bring, drop_of, identifier, make_mailbox, message
from tests.factories import make_account, make_agent, make_contact, make_member

FORWARDED = """See below

---------- Forwarded message ---------
From: Jana Weber <jana@nordlicht.example>
Date: Mon, 2 Nov 2026
Subject: The crane
To: Ann <ann@quay.example>

It creaks.
"""


def filed(mail: Mail) -> list[tuple[object, object]]:
    """(customer, contact) ids."""
    rows = select(MailFiling.account_id, MailFiling.contact_id).where(MailFiling.mail_id == mail.id)
    return [tuple(row) for row in db.session.execute(rows)]


@pytest.fixture
def ann(tenant):
    return make_agent(name="Ann Archer", email="ann@quay.example")


@pytest.fixture
def jana(ann):
    return make_contact(make_account(ann, name="Nordlicht"), name="Jana Weber", email="Jana@Nordlicht.example")


class TestBring:
    def test_files_what_a_contact_wrote(self, ann, jana):
        mail = bring(message('"Jana Weber" <jana@nordlicht.example>', BOX))
        assert (mail.state, mail.direction) == (MailState.FILED, Direction.IN)
        assert filed(mail) == [(jana.account_id, jana.id)]
        assert mail.owner_id == ann.id
        assert mail.settled_at is None

    def test_keeps_a_message_once(self, jana):
        letter = message("jana@nordlicht.example", BOX)
        assert bring(letter) is not None
        assert bring(letter) is None
        assert db.session.query(Mail).count() == 1

    def test_files_what_we_wrote_with_a_blind_copy(self, ann, jana):
        drop = drop_of(ann)
        mail = bring(message("ann@quay.example", "jana@nordlicht.example", Delivered_To=drop))
        assert (mail.state, mail.direction, mail.member_id) == (MailState.FILED, Direction.OUT, ann.id)
        assert filed(mail) == [(jana.account_id, jana.id)]
        assert drop not in str(mail.recipients)

    def test_takes_an_unknown_address_of_a_dropper_for_his(self, ann, jana):
        mail = bring(message("ann@home.example", "jana@nordlicht.example", Delivered_To=drop_of(ann)))
        assert (mail.direction, mail.member_id) == (Direction.OUT, ann.id)
        assert mail.state is MailState.FILED

    @pytest.mark.parametrize("as_file", [False, True])
    def test_files_a_forwarded_mail_as_written_by_its_sender(self, ann, jana, as_file):
        text = FORWARDED
        letter = message("ann@quay.example", drop_of(ann), "Fwd: The crane", "See below" if as_file else text)
        if as_file:
            letter.add_attachment(message("jana@nordlicht.example", "ann@quay.example", "The crane", "It creaks.\n"))
        mail = bring(letter)
        assert (mail.direction, mail.subject, mail.sender) == (Direction.IN, "The crane", "jana@nordlicht.example")
        assert mail.text == "It creaks."
        assert filed(mail) == [(jana.account_id, jana.id)]

    def test_takes_no_colleague_for_a_customer(self, ann, jana):
        make_mailbox()
        assert bring(message("ann@quay.example", BOX)) is None

    def test_lays_a_stranger_into_the_tray(self, ann):
        mail = bring(message("who@elsewhere.example", BOX))
        assert (mail.state, mail.owner_id, filed(mail)) == (MailState.WAITING, None, [])

    def test_lays_a_stranger_that_a_member_forwards_into_his_tray(self, ann):
        mail = bring(message("who@elsewhere.example", drop_of(ann)))
        assert (mail.state, mail.owner_id) == (MailState.WAITING, ann.id)

    def test_believes_no_forged_colleague(self, ann, jana):
        make_mailbox()
        before = jana.account.last_contact_at
        forged = message("ann@quay.example", f"jana@nordlicht.example, {BOX}", Authentication_Results="mx; dmarc=fail")
        mail = bring(forged)
        assert (mail.state, mail.is_doubtful) == (MailState.WAITING, True)
        assert jana.account.last_contact_at == before

    def test_files_under_all_who_share_an_address_and_under_none_of_many(self, ann):
        few = [make_contact(make_account(ann), email="desk@shared.example") for _ in range(2)]
        mail = bring(message("desk@shared.example", BOX))
        assert {contact for _account, contact in filed(mail)} == {one.id for one in few}
        for _ in range(people_queries.MANY):
            make_contact(make_account(ann), email="desk@shared.example")
        assert bring(message("desk@shared.example", BOX)).state is MailState.WAITING

    def test_knows_further_addresses_and_tags(self, ann, jana):
        other = make_contact(jana.account, lines=[{"kind": "private", "value": "J.W@home.example"}])
        assert filed(bring(message("j.w@home.example", BOX))) == [(jana.account_id, other.id)]
        assert filed(bring(message("jana+fair@nordlicht.example", BOX))) == [(jana.account_id, jana.id)]

    def test_files_under_the_customers_own_address(self, ann):
        account = make_account(ann, email="info@harbour.example")
        assert filed(bring(message("info@harbour.example", BOX))) == [(account.id, None)]

    def test_leaves_a_customer_who_was_put_away_alone(self, ann, jana):
        customers.archive_account(jana.account, by=ann)
        assert bring(message("jana@nordlicht.example", BOX)).state is MailState.WAITING

    def test_refuses_an_address_of_nobody(self, ann):
        drop = drop_of(ann)
        with pytest.raises(NotFound):
            bring(
                message("jana@nordlicht.example", "x@y.example"), envelope=["a" * 26 + "@in.example"], is_dropped=True
            )
        ann.status = MemberStatus.DISABLED
        with pytest.raises(NotFound):
            bring(message("jana@nordlicht.example", "x@y.example"), envelope=[drop], is_dropped=True)

    def test_keeps_files_and_says_what_it_left_out(self, ann, jana):
        letter = message("jana@nordlicht.example", BOX)
        letter.add_attachment(b"%PDF-1.4 plan", maintype="application", subtype="pdf", filename="plan.pdf")
        letter.add_attachment(b"MZ\x90", maintype="application", subtype="x-msdownload", filename="setup.exe")
        mail = bring(letter)
        assert [file.name for file in attachments.on("mail", mail.id)] == ["plan.pdf"]
        assert (mail.files, mail.left_out) == (1, ["setup.exe"])

    def test_needs_no_answer_from_a_machine_or_from_long_ago(self, jana):
        machine = bring(message("jana@nordlicht.example", BOX, Auto_Submitted="auto-replied"))
        old = bring(message("jana@nordlicht.example", BOX, Date=format_datetime(clock.now() - timedelta(days=60))))
        assert machine.settled_at is not None
        assert old.settled_at is not None


class TestClock:
    def test_starts_again_with_what_we_wrote(self, ann, jana):
        bring(message("ann@quay.example", "jana@nordlicht.example", Delivered_To=drop_of(ann)))
        db.session.refresh(jana.account)
        assert clock.now() - jana.account.last_contact_at < timedelta(minutes=1)

    def test_is_left_by_what_they_wrote(self, jana):
        bring(message("jana@nordlicht.example", BOX))
        assert db.session.get_one(Account, (jana.tenant_id, jana.account_id)).last_contact_at is None

    def test_takes_no_time_that_lies_ahead(self, ann, jana):
        ahead = format_datetime(clock.now() + timedelta(days=900))
        bring(message("ann@quay.example", "jana@nordlicht.example", Delivered_To=drop_of(ann), Date=ahead))
        db.session.refresh(jana.account)
        assert jana.account.last_contact_at <= clock.now()


class TestThreads:
    def test_are_kept_whichever_comes_first(self, jana):
        first = message("jana@nordlicht.example", BOX)
        second = message("jana@nordlicht.example", BOX, In_Reply_To=identifier(first))
        third = message("jana@nordlicht.example", BOX, References=f"{identifier(first)} {identifier(second)}")
        mails = [bring(one) for one in (third, first, second)]
        assert len({mail.thread_id for mail in mails}) == 1

    def test_become_one_when_the_link_comes_last(self, jana):
        one, other = (message("jana@nordlicht.example", BOX) for _ in range(2))
        apart = [bring(one), bring(other)]
        assert apart[0].thread_id != apart[1].thread_id
        bring(message("jana@nordlicht.example", BOX, References=f"{identifier(one)} {identifier(other)}"))
        db.session.expire_all()
        assert apart[0].thread_id == apart[1].thread_id

    def test_our_answer_settles_what_they_wrote(self, ann, jana):
        asked = message("jana@nordlicht.example", "ann@quay.example")
        waiting = bring(asked)
        bring(
            message(
                "ann@quay.example", "jana@nordlicht.example", In_Reply_To=identifier(asked), Delivered_To=drop_of(ann)
            )
        )
        assert waiting.settled_at is not None


class TestTray:
    def test_assigning_files_all_from_there_and_remembers_the_address(self, ann, jana):
        mails = [bring(message("j@private.example", BOX)) for _ in range(3)]
        assert actions.assign(mails[0], jana.account, jana, remember=True, by=ann) == 3
        assert {mail.state for mail in mails} == {MailState.FILED}
        assert jana.mails == ["j@private.example"]
        assert bring(message("j@private.example", BOX)).state is MailState.FILED

    def test_two_can_not_both_deal_with_it(self, ann, jana):
        mail = bring(message("who@elsewhere.example", BOX))
        actions.throw(mail, by=ann)
        with pytest.raises(actions.Elsewhere):
            actions.assign(mail, jana.account, jana, remember=False, by=ann)

    def test_what_is_thrown_away_comes_back_or_is_forgotten(self, ann):
        kept, gone = (bring(message("who@elsewhere.example", BOX)) for _ in range(2))
        for mail in (kept, gone):
            actions.throw(mail, by=ann)
        actions.put_back(kept, by=ann)
        clock.shift((actions.KEPT + timedelta(days=1)).total_seconds())
        assert actions.forget_thrown() == 1
        assert [mail.id for mail in db.session.query(Mail)] == [kept.id]

    def test_what_was_filed_wrongly_leaves_the_customer(self, ann, jana):
        mail = bring(message("jana@nordlicht.example", BOX))
        actions.take_off(mail, by=ann)
        assert (mail.state, filed(mail)) == (MailState.WAITING, [])


class TestDropAddress:
    def test_is_shown_again_and_kept_nowhere(self, ann):
        drop = drop_actions.make(ann)
        make_mailbox()
        address = drop_actions.address_of(drop)
        assert address == drop_actions.address_of(people_queries.drop_address(ann.id))
        assert drop_actions.secret_of(drop).encode() not in drop.secret_hash
        events = db.session.scalars(select(Event.changed).where(Event.name == drop_actions.MADE)).all()
        assert drop_actions.secret_of(drop) not in str(events)

    def test_a_new_one_kills_the_old(self, ann, jana):
        old = drop_of(ann)
        drop_actions.make(ann)
        assert people_queries.dropped_by(people_queries.secrets_in([old]).values()) is None
        assert people_queries.dropped_by(people_queries.secrets_in([drop_of(ann).upper().lower()]).values()) is ann


class TestMerging:
    def test_takes_the_mails_along_and_back(self, ann, jana):
        manager = make_member("manager")
        mail = bring(message("jana@nordlicht.example", BOX))
        kept = make_account(ann, name="Nordlicht GmbH")
        merge = merges.merge("account", kept.id, jana.account_id, {}, owner=ann, by=manager)
        db.session.expire_all()
        assert filed(mail) == [(kept.id, jana.id)]
        merges.part(merge, by=manager)
        db.session.expire_all()
        assert filed(mail) == [(jana.account_id, jana.id)]


class TestHandingOver:
    def test_gives_what_waits_to_the_heir(self, ann, jana):
        mail = bring(message("jana@nordlicht.example", BOX))
        heir = make_agent()
        assert queries.count_held(ann.id) == 1
        assert actions.hand_over(ann.id, heir, ann, mail.id) == [mail.id]
        assert mail.owner_id == heir.id


def test_a_customer_in_the_pool_has_nobody_who_is_to_answer(tenant):
    contact = make_contact(make_account(None), email="p@pool.example")
    mail = bring(message("p@pool.example", BOX))
    assert (mail.owner_id, mail.state) == (None, MailState.FILED)
    assert contact.account.standing is ownership.Standing.POOL
