"""What is owed, whatever is billed, credited, paid and taken back, in whatever order."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from saas.crm.papers.sums import Priced, TaxRule, sums
from saas.crm.products import tax_actions
from saas.crm.receivables import actions, credit_actions, payment_actions, queries
from saas.crm.receivables import settlement_queries as ledger
from saas.crm.receivables.credits import Taken, note_sums
from saas.crm.receivables.models import CreditNote, Invoice, Payment, PaymentShare
from saas.db import db
from saas.errors import BusinessError, Refused
from saas.tenants import scope
from tests.factories import make_account, make_agent, make_invoice, make_tenant

D = Decimal
CENTS = st.integers(1, 60_000).map(lambda cents: D(cents) / 100)
WHICH = st.integers(0, 3)


def issued(ann, account=None, *rows):
    return actions.issue_invoice(make_invoice(ann, account, *rows), by=ann)


def pay(account, amount, shares, by, currency="EUR"):
    said = {"amount": D(amount), "currency": currency, "paid_on": scope.today(), "reference": None}
    return payment_actions.record_payment(account, **said, shares=shares, by=by)


class Ledger(RuleBasedStateMachine):
    """One customer, four invoices at two rates of tax, and beside them plain sums of what went through."""

    @initialize()
    def begin(self) -> None:
        self.tenant = make_tenant()
        self.room = scope.enter(self.tenant.id)
        self.room.__enter__()
        self.ann = make_agent()
        tax_actions.add({"name": "VAT", "percent": D(19)}, by=self.ann)
        self.account = make_account(self.ann)
        rows = [
            {"text": "Rope", "quantity": "3", "price": "33.335", "tax": "19|VAT"},
            {"text": "Paint", "quantity": "7", "price": "0.99", "discount": "12.5", "tax": "19|VAT"},
            {"text": "Book", "quantity": "2", "price": "10"},
        ]
        self.invoices = [issued(self.ann, self.account, *rows) for _n in range(4)]
        self.billed = sum(one.gross for one in self.invoices)
        self.credited = self.paid = D(0)
        self.payments: list[Payment] = []

    def try_to(self, verb):
        try:
            with db.session.begin_nested():
                return verb()
        except BusinessError:
            return None

    @rule(which=WHICH, line=st.integers(0, 2), many=st.integers(1, 7))
    def credit(self, which, line, many) -> None:
        invoice = self.invoices[which]
        of = queries.lines(invoice.id)[line].id
        made = self.try_to(lambda: credit_actions.credit_invoice(invoice, {of: D(many)}, reason="Broken", by=self.ann))
        self.credited += made.gross if made else 0

    @rule(which=WHICH)
    def credit_the_rest(self, which) -> None:
        invoice = self.invoices[which]
        rest = {line.id: many for line, many in credit_actions.left(invoice)}
        made = self.try_to(lambda: credit_actions.credit_invoice(invoice, rest, reason="All", by=self.ann))
        self.credited += made.gross if made else 0
        assert made is None or invoice.credited == invoice.gross

    @rule(amount=CENTS, first=WHICH, part=CENTS)
    def pay(self, amount, first, part) -> None:
        shares = {self.invoices[first].id: min(part, amount)}
        made = self.try_to(lambda: pay(self.account, amount, shares, self.ann))
        if made:
            self.paid += made.amount
            self.payments.append(made)

    @rule(amount=CENTS)
    def pay_the_oldest(self, amount) -> None:
        shares = payment_actions.spread(amount, [one for one in self.invoices if one.owed > 0])
        self.payments.append(pay(self.account, amount, shares, self.ann))
        self.paid += amount

    @rule(which=WHICH, amount=CENTS, of=st.integers(0, 20))
    def use(self, which, amount, of) -> None:
        if self.payments:
            payment = self.payments[of % len(self.payments)]
            self.try_to(lambda: payment_actions.use_credit(payment, {self.invoices[which].id: amount}, by=self.ann))

    @rule(of=st.integers(0, 20))
    def take_back(self, of) -> None:
        if self.payments:
            payment = self.payments[of % len(self.payments)]
            if self.try_to(lambda: payment_actions.take_back(payment, reason="Wrong", by=self.ann)):
                self.paid -= payment.amount

    @invariant()
    def each_is_owed_what_is_left_of_it(self) -> None:
        for one in getattr(self, "invoices", []):
            db.session.refresh(one)
            assert one.owed == one.gross - one.credited - one.paid
            assert one.credited == ledger.credited_for(one.id) <= one.gross
            assert one.paid == ledger.paid_for(one.id)
            assert one.owed >= 0

    @invariant()
    def all_is_owed_what_came_less(self) -> None:
        if not hasattr(self, "invoices"):
            return
        free = db.session.scalar(select(func.sum(Payment.free))) or D(0)
        assert sum(one.owed for one in self.invoices) - free == self.billed - self.credited - self.paid
        for payment in db.session.scalars(select(Payment)):
            shared = select(func.sum(PaymentShare.amount)).where(PaymentShare.payment_id == payment.id)
            assert payment.amount == payment.free + (db.session.scalar(shared) or 0)
            assert payment.credit >= 0

    @invariant()
    def each_note_prints_what_it_comes_to(self) -> None:
        if hasattr(self, "invoices"):
            for note in db.session.scalars(select(CreditNote)):
                found = ledger.note_sums(note, ledger.note_lines(note.id), note.rule)
                assert (found.net, found.tax, found.gross) == (note.net, note.tax, note.gross)
                assert sum(line.net for line in ledger.note_lines(note.id)) == note.net

    def teardown(self) -> None:
        if hasattr(self, "room"):
            db.session.rollback()
            self.room.__exit__(None, None, None)


class TestLedger:
    @pytest.mark.shows("PR7")
    def test_is_right_at_every_step(self, context):
        relaxed = settings(
            max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        )
        run_state_machine_as_test(Ledger, settings=relaxed)

    def test_is_the_same_in_any_order(self, tenant):
        """A credit, a payment, and one that is taken back: each order leaves the same."""
        ends = set()
        for order in itertools.permutations(range(3)):
            ann = make_agent()
            account = make_account(ann)
            invoice = issued(ann, account, {"text": "Rope", "quantity": "4", "price": "10"})
            (line,) = queries.lines(invoice.id)
            steps = [
                lambda i=invoice, n=line, a=ann: credit_actions.credit_invoice(i, {n.id: D(1)}, reason="x", by=a),
                lambda i=invoice, c=account, a=ann: pay(c, "12.50", {i.id: D("12.50")}, a),
                lambda i=invoice, c=account, a=ann: payment_actions.take_back(
                    pay(c, 5, {i.id: D(5)}, a), reason="x", by=a
                ),
            ]
            for step in order:
                steps[step]()
            ends.add((invoice.credited, invoice.paid, invoice.owed))
        assert ends == {(D(10), D("12.50"), D("17.50"))}


class TestCredit:
    def test_is_never_more_than_was_billed(self, tenant):
        ann = make_agent()
        invoice = issued(ann, None, {"text": "Rope", "quantity": "4", "price": "10"})
        (line,) = queries.lines(invoice.id)
        credit_actions.credit_invoice(invoice, {line.id: D(3)}, reason="Broken", by=ann)
        with pytest.raises(credit_actions.TooMuch, match="at most 1"):
            credit_actions.credit_invoice(invoice, {line.id: D(2)}, reason="Broken", by=ann)
        with pytest.raises(Refused, match="how much"):
            credit_actions.credit_invoice(invoice, {}, reason="Broken", by=ann)
        assert (invoice.credited, invoice.owed) == (D(30), D(10))

    def test_gives_back_what_was_paid_too_much(self, tenant):
        ann = make_agent()
        account = make_account(ann)
        invoice = issued(ann, account, {"text": "Rope", "quantity": "4", "price": "10"})
        payment = pay(account, 40, {invoice.id: D(40)}, ann)
        (line,) = queries.lines(invoice.id)
        credit_actions.credit_invoice(invoice, {line.id: D(1)}, reason="Broken", by=ann)
        assert (invoice.owed, payment.credit) == (D(0), D(10))

    @given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.sampled_from(list(TaxRule)))
    def test_ends_at_nothing_piece_by_piece(self, parts, by):
        price = Priced(D(sum(parts)), D("33.335"), D("7.5"), "VAT", D(19))
        whole = sums([price], "EUR", by)
        before, came = D(0), D(0)
        for part in parts:
            came += note_sums([Taken(price, before, D(part))], "EUR", by).gross
            before += part
        assert came == whole.gross


class TestPayment:
    def test_is_split_and_the_rest_is_kept(self, tenant):
        ann = make_agent()
        account = make_account(ann)
        first, second = (issued(ann, account, {"text": "Rope", "price": "10"}) for _n in range(2))
        payment = pay(account, 25, {first.id: D(10), second.id: D(4)}, ann)
        assert (first.owed, second.owed, payment.credit) == (D(0), D(6), D(11))
        payment_actions.use_credit(payment, {second.id: D(6)}, by=ann)
        assert (second.owed, payment.credit) == (D(0), D(5))

    def test_refuses_what_is_not_owed(self, tenant):
        ann = make_agent()
        account = make_account(ann)
        invoice, other = issued(ann, account, {"text": "Rope", "price": "10"}), issued(ann)
        for amount, shares, why in (
            (50, {invoice.id: D(11)}, "Only €10.00"),
            (5, {invoice.id: D(6)}, "More is shared out"),
            (5, {other.id: D(5)}, "of this customer"),
            ("0.001", {}, "amount"),
        ):
            with pytest.raises(Refused, match=why), db.session.begin_nested():
                pay(account, amount, shares, ann)

    def test_is_taken_back_once_by_its_counter_entry(self, tenant):
        ann = make_agent()
        account = make_account(ann)
        invoice = issued(ann, account, {"text": "Rope", "price": "10"})
        payment = pay(account, 12, {invoice.id: D(10)}, ann)
        counter = payment_actions.take_back(payment, reason="Of another customer", by=ann)
        assert (invoice.owed, counter.amount, payment.credit, counter.credit) == (D(10), D(-12), D(0), D(0))
        with pytest.raises(payment_actions.TakenBack):
            payment_actions.take_back(payment, reason="x", by=ann)
        assert db.session.scalar(select(func.count()).select_from(Invoice)) == 1
