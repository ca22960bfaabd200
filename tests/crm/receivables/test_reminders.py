"""Customers are reminded of what they are late with, step by step, of nothing they dispute, and never twice."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from saas.crm.customers.models import Wish
from saas.crm.papers import print_actions
from saas.crm.receivables import actions, payment_actions, queries
from saas.crm.receivables import reminder_actions as reminders
from saas.crm.receivables import reminder_queries as due
from saas.crm.receivables.reminder_queries import Steps
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from saas.tenants.permissions import Permission, Reach
from tests.factories import make_account, make_agent, make_contact, make_invoice, sign_in

D = Decimal
HOW = Steps((7, 21, 35), 7, by_itself=False)


@pytest.fixture
def ann(tenant, monkeypatch):
    """An agent who sees the invoices of everybody."""
    made = make_agent(name="Ann")
    rights = {Permission.INVOICE_VIEW.value: Reach.ALL.value}
    monkeypatch.setattr(scope, "who", lambda: scope.Who(made.id, rights))
    return made


@pytest.fixture
def elbe(ann):
    return make_account(ann, name="Elbe Systems", email="pay@elbe.example")


def billed(ann, account, late, price="100", **more):
    """An issued invoice whose day was `late` days ago."""
    found = actions.issue_invoice(make_invoice(ann, account, {"text": "Rope", "price": price}, **more), by=ann)
    found.due_on = scope.today() - timedelta(days=late)
    db.session.flush()
    return found


def pass_days(invoice, days):
    """As if the last reminder had been written so many days earlier."""
    invoice.due_on -= timedelta(days=days)
    invoice.reminded_until -= timedelta(days=days)
    db.session.flush()


@pytest.mark.shows("PR7")
class TestDue:
    def test_begins_on_the_day_of_the_first_step(self, ann, elbe):
        early, late = billed(ann, elbe, 6), billed(ann, make_account(ann, name="Oder"), 7)
        assert [one.account.name for one in due.due(HOW)] == ["Oder"]
        assert (due.next_step(early, HOW, scope.today()), due.next_step(late, HOW, scope.today())) == (0, 1)

    def test_gathers_all_that_is_late_in_one_currency(self, ann, elbe):
        old, new = billed(ann, elbe, 30, "70"), billed(ann, elbe, 1, "30")
        billed(ann, elbe, 0)
        (found,) = due.due(HOW)
        assert [one.id for one in found.invoices] == [old.id, new.id]
        assert found.owed == D(100)

    def test_waits_until_the_days_of_the_last_letter_have_passed(self, ann, elbe):
        invoice = billed(ann, elbe, 40)
        assert reminders.remind(elbe, "EUR", by=ann).step == 1
        assert due.due(HOW) == []
        pass_days(invoice, 8)
        assert reminders.remind(elbe, "EUR", by=ann).step == 2

    def test_ends_after_the_last_step(self, ann, elbe):
        invoice = billed(ann, elbe, 40)
        for step in (1, 2, 3):
            assert reminders.remind(elbe, "EUR", by=ann).step == step
            pass_days(invoice, 30)
        assert reminders.remind(elbe, "EUR", by=ann) is None

    def test_leaves_out_what_is_paid_or_disputed(self, ann, elbe):
        paid, disputed = billed(ann, elbe, 40), billed(ann, elbe, 40, "50")
        said = {"amount": D(100), "currency": "EUR", "paid_on": scope.today(), "reference": None}
        payment_actions.record_payment(elbe, **said, shares={paid.id: D(100)}, by=ann)
        reminders.dispute(disputed, "Never came", by=ann)
        assert due.due(HOW) == []
        reminders.settle_dispute(disputed, by=ann)
        assert [one.id for one in due.due(HOW)[0].invoices] == [disputed.id]

    def test_lists_the_same_as_it_says_of_each(self, ann, elbe):
        for late in (0, 6, 7, 20, 21, 36):
            billed(ann, make_account(ann), late)
        listed = {one.invoices[0].id for one in due.due(HOW)}
        every = due.due(Steps((-100,), 7, by_itself=False))
        assert listed == {one.invoices[0].id for one in every if due.next_step(one.invoices[0], HOW, scope.today())}
        assert len(listed) == 4


class TestRemind:
    def test_writes_what_was_owed_then(self, ann, elbe):
        invoice = billed(ann, elbe, 10)
        letter = reminders.remind(elbe, "EUR", by=ann)
        (line,) = due.lines(letter.id)
        said = {"amount": D(100), "currency": "EUR", "paid_on": scope.today(), "reference": None}
        payment_actions.record_payment(elbe, **said, shares={invoice.id: D(100)}, by=ann)
        assert (line.invoice_id, line.owed, line.step) == (invoice.id, D(100), 1)
        assert (letter.owed, letter.sent_to) == (D(100), "pay@elbe.example")

    def test_is_written_once_however_often_it_is_asked_for(self, ann, elbe):
        billed(ann, elbe, 10)
        assert reminders.remind(elbe, "EUR", by=ann)
        assert reminders.remind(elbe, "EUR", by=ann) is None
        assert len(due.latest(10)) == 1

    def test_is_printed_where_there_is_no_address(self, ann):
        account = make_account(ann, name="Oder", email=None)
        billed(ann, account, 10)
        letter = reminders.remind(account, "EUR", by=ann)
        assert (letter.sent_to, letter.print_id is not None) == (None, True)

    def test_is_printed_for_somebody_who_wants_no_mails(self, ann, elbe):
        eva = make_contact(elbe, name="Eva", email="eva@elbe.example", mail_wish=Wish.NO)
        billed(ann, elbe, 10).contact = eva
        db.session.flush()
        assert reminders.remind(elbe, "EUR", by=ann).sent_to is None

    def test_goes_by_itself_only_where_that_is_wanted(self, ann, elbe):
        billed(ann, elbe, 10)
        assert reminders.remind_by_itself() == 0
        reminders.choose_steps(Steps((7,), 7, by_itself=True), by=ann)
        assert (reminders.remind_by_itself(), reminders.remind_by_itself()) == (1, 0)

    def test_says_on_paper_what_is_to_be_paid(self, ann, elbe):
        invoice = billed(ann, elbe, 10)
        letter = reminders.remind(elbe, "EUR", by=ann)
        html, _assets = print_actions.drawn(print_actions.prints.kind("payment_reminder"), letter)
        assert invoice.number in html
        assert "€100.00" in html
        assert "Payment reminder" in html

    def test_speaks_the_language_of_the_invoice(self, ann, elbe):
        billed(ann, elbe, 10, language="zh")
        letter = reminders.remind(elbe, "EUR", by=ann)
        html, _assets = print_actions.drawn(print_actions.prints.kind("payment_reminder"), letter)
        assert "付款提醒" in html

    def test_refuses_a_dispute_about_nothing(self, ann, elbe):
        draft = make_invoice(ann, elbe, {"text": "Rope", "price": "1"})
        with pytest.raises(Refused):
            reminders.dispute(draft, "Never came", by=ann)


class TestPages:
    @pytest.fixture
    def ann(self, tenant):
        return make_agent(name="Ann")

    def test_remind_those_who_are_chosen(self, tenant, client, post, ann, elbe):
        oder = make_account(ann, name="Oder")
        mine, other = billed(ann, elbe, 10), billed(ann, oder, 10)
        db.session.commit()
        sign_in(client, tenant)
        path = f"/{tenant.slug}/payment-reminders/"
        page = client.get(path).text
        assert {"Elbe Systems", "Oder"} <= set(re.findall(r'class="name"[^>]*>([^<]+)', page))
        sent = post(path, data={"customer": f"{elbe.id}:EUR"}, follow_redirects=True)
        assert "1 reminder is on its way." in sent.text
        db.session.rollback()
        assert [queries.invoice_row(one.id).reminded for one in (mine, other)] == [1, 0]

    def test_show_on_the_invoice_that_it_is_disputed(self, tenant, client, post, ann, elbe):
        invoice = billed(ann, elbe, 10)
        db.session.commit()
        sign_in(client, tenant)
        path = f"/{tenant.slug}/payment-reminders/invoices/{invoice.id}/dispute"
        assert post(path, data={"why": ""}).status_code == 422
        page = post(path, data={"why": "Two pieces were broken"}, follow_redirects=True).text
        assert "Disputed" in page
        assert "Two pieces were broken" in page
