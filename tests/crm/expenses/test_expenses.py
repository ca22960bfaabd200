"""Expenses: written down with their receipt, handed in, approved by who may, paid; the month as paper and file."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest

from saas.crm.expenses import actions, notice_actions, queries
from saas.crm.expenses.models import Expense, ExpenseState
from saas.crm.papers import rate_actions as rates
from saas.db import db
from saas.errors import Refused
from saas.jobs import runner
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.actions import settings
from saas.tenants.models import Event, File, Notice
from tests.factories import (
    make_account,
    make_activity,
    make_agent,
    make_expense,
    make_member,
    make_opportunity,
    make_tenant,
    sign_in,
)
from tests.pages import filled, whole, words

D = Decimal
S = ExpenseState


def told(name: str) -> int:
    return db.session.query(Event).filter(Event.name == name).count()


def handed_in(ann, **given) -> Expense:
    expense = make_expense(ann, **given)
    actions.hand_in(expense, by=ann)
    return expense


class TestWrite:
    def test_keeps_the_rate_of_its_day(self, tenant):
        ann = make_agent()
        own = scope.workspace().currency
        other = "CHF" if own != "CHF" else "USD"
        day = scope.today()
        rates.note(other, day - timedelta(days=10), D("0.9"), by=ann)
        rates.note(other, day - timedelta(days=1), D("1.1"), by=ann)
        early = make_expense(ann, currency=other, amount=D(10), spent_on=day - timedelta(days=5))
        late = make_expense(ann, currency=other, amount=D(10), spent_on=day)
        unknown = make_expense(ann, currency="SEK", amount=D(10))
        assert [queries.own_amount(one) for one in (early, late, unknown)] == [D("9.00"), D("11.00"), None]
        actions.change_expense(early, {"spent_on": day}, account=None, version=early.version, by=ann)
        assert queries.own_amount(early) == D("11.00")

    def test_stands_with_the_customer_of_what_it_was_for(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        deal, visit = make_opportunity(acme, ann), make_activity(ann, account_id=acme.id)
        made = [make_expense(ann, opportunity=deal), make_expense(ann, activity=visit), make_expense(ann)]
        assert [one.account_id for one in made] == [acme.id, acme.id, None]


class TestStates:
    @pytest.mark.shows("PR11")
    def test_go_from_the_receipt_to_the_money_each_said_once(self, tenant):
        ann, boss = make_agent(), make_member("manager")
        expense = make_expense(ann)
        for _twice in range(2):
            actions.hand_in(expense, by=ann)
        with pytest.raises(actions.NotNow, match="sent back"):
            actions.change_expense(expense, {}, account=None, version=expense.version, by=ann)
        with pytest.raises(Refused, match="what is missing"):
            actions.decide(expense, is_approved=False, by=boss)
        actions.decide(expense, is_approved=False, words="No receipt", by=boss)
        assert (expense.state, expense.answer) == (S.SENT_BACK, "No receipt")
        actions.change_expense(expense, {"amount": D(14)}, account=None, version=expense.version, by=ann)
        actions.hand_in(expense, by=ann)
        assert (expense.answer, expense.decided_by_id) == (None, None)
        actions.decide(expense, is_approved=True, by=boss)
        with pytest.raises(actions.NotNow, match="no decision"):
            actions.decide(expense, is_approved=True, by=boss)
        for _twice in range(2):
            actions.pay(expense, on=scope.today(), by=boss)
        assert (expense.state, told(actions.HANDED_IN), told(actions.PAID)) == (S.PAID, 2, 1)

    def test_whoever_spent_it_hears_what_became_of_it_and_his_manager_that_it_waits(self, tenant):
        boss = make_member("manager")
        ann = make_agent(manager_id=boss.id)
        expense = handed_in(ann)
        actions.decide(expense, is_approved=True, by=boss)
        for event in db.session.query(Event).filter(Event.name.in_((actions.HANDED_IN, actions.APPROVED))):
            for _twice in range(2):
                notice_actions.tell(event)
        heard = {(one.member_id, one.kind) for one in db.session.query(Notice)}
        assert heard == {(boss.id, actions.HANDED_IN), (ann.id, actions.APPROVED)}


class TestApproval:
    def test_reaches_up_to_the_limit_of_a_role_in_the_workspaces_currency(self, tenant):
        ann, boss = make_agent(), make_member("manager")
        settings.choose(queries.LIMITS, {str(boss.role_id): "100"}, by=boss)
        own = scope.workspace().currency
        fine, dear = handed_in(ann, amount=D(100), currency=own), handed_in(ann, amount=D("100.01"), currency=own)
        abroad = handed_in(ann, amount=D(1), currency="SEK")  # whatever that is worth: no rate is noted
        assert [queries.may_decide(boss, one) for one in (fine, dear, abroad)] == [True, False, False]
        with pytest.raises(actions.NotYours):
            actions.decide(dear, is_approved=True, by=boss)

    def test_a_manager_approves_what_his_own_people_spend_whatever_it_is(self, tenant):
        boss = make_member("manager")
        settings.choose(queries.LIMITS, {str(boss.role_id): "100"}, by=boss)
        ann = make_agent(manager_id=boss.id)
        assert queries.may_decide(boss, handed_in(ann, amount=D(5000), currency=scope.workspace().currency))

    def test_nobody_approves_his_own_but_who_answers_to_nobody(self, tenant):
        head, boss = make_member("owner"), make_member("manager")
        boss.manager_id = head.id
        db.session.flush()
        assert not queries.may_decide(boss, handed_in(boss))
        assert queries.may_decide(head, handed_in(head))
        assert not queries.may_decide(make_agent(), handed_in(make_agent()))


class TestSums:
    def test_are_told_by_person_customer_and_month(self, tenant):
        ann, bo, acme = make_agent(name="Ann"), make_agent(name="Bo"), make_account(name="Acme")
        day = date(2026, 10, 5)
        for who, amount, given in ((ann, 10, {"account": acme}), (ann, 5, {}), (bo, 7, {"account": acme})):
            make_expense(who, amount=D(amount), spent_on=day, **given)
        make_expense(bo, amount=D(3), currency="CHF", spent_on=date(2026, 11, 1))
        every = Expense.archived_at.is_(None)
        found = {by: [tuple(one)[1:] for one in queries.grouped(by, every)] for by in queries.GROUPS}
        assert queries.KIND.sums(every) == {"EUR": D(22), "CHF": D(3)}
        assert found["person"] == [("Ann", "EUR", 2, D(15)), ("Bo", "EUR", 1, D(7)), ("Bo", "CHF", 1, D(3))]
        assert found["customer"] == [("Acme", "EUR", 2, D(17)), (None, "EUR", 1, D(5)), (None, "CHF", 1, D(3))]
        assert found["month"] == [("2026-11", "CHF", 1, D(3)), ("2026-10", "EUR", 3, D(22))]


class TestPages:
    @pytest.mark.shows("PR11")
    def test_a_receipt_is_handed_in_approved_and_paid(self, context, client, post):
        here = make_tenant(name="Harbor Trading")
        me = sign_in(client, here, "owner")
        with scope.enter(here.id):
            acme = make_account(tenants.member(me.id), name="Acme")
            label, account_id, day = acme.label, acme.id, scope.today()
            db.session.commit()
        base = f"/{here.slug}"
        receipt = (io.BytesIO(b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF"), "taxi.pdf")
        sent = {"amount": "23.40", "currency": "EUR", "spent_on": day.isoformat(), "category": "travel"}
        bad = post(f"{base}/expenses/new", data=sent | {"customer": "Nobody we know"})
        assert (bad.status_code, "Add the customer first" in bad.text, 'value="23.40"' in bad.text) == (422, True, True)
        made = post(f"{base}/expenses/new", data=sent | {"customer": label, "note": "Taxi", "receipt": receipt})
        assert made.status_code == 302
        path = made.headers["Location"].removeprefix("https://seaport.test")
        shown = words(whole(client, path))
        for text in ("Travel", "Acme", "Taxi", "taxi.pdf", "€23.40", "Draft"):
            assert text in shown
        form = filled(client.get(f"{path}/edit").text, f"{path}/edit")
        assert (form["customer"], form["amount"]) == (label, "23.4")
        post(f"{path}/hand-in")
        assert "23.40" in words(whole(client, f"{base}/")), "it waits on Today"
        back = post(f"{path}/send-back", data={"words": ""})
        assert (back.status_code, "Say what is missing" in back.text) == (422, True)
        assert post(f"{path}/approve", data={"words": "Fine"}).status_code == 302
        assert post(f"{path}/pay", data={"on": day.isoformat()}).status_code == 302
        assert "Paid" in words(client.get(f"{base}/expenses/?state=paid").text)
        assert "€23.40" in words(client.get(f"{base}/expenses/by/customer").text)
        assert "Travel" in words(whole(client, f"{base}/customers/{account_id}"))
        table = client.get(f"{base}/expense-sheets/csv?month={day:%Y-%m}").text
        assert "Acme,Taxi,Paid,EUR,23.4" in table
        printed = post(f"{base}/expense-sheets/", data={"month": f"{day:%Y-%m}"})
        assert printed.status_code == 303
        while runner.run_tenant(str(here.id)):
            pass
        with scope.enter(here.id):
            names = {name for (name,) in db.session.query(File.name)}
            assert f"expenses-{day:%Y-%m}.pdf" in names
