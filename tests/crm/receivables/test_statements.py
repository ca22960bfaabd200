"""A customer's account in a period: what was owed before, what moved it, what is owed after."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from saas.crm.papers import print_actions
from saas.crm.papers.models import PrintState
from saas.crm.receivables import actions, credit_actions, payment_actions, queries, statement_actions
from saas.crm.receivables import statement_queries as statements
from saas.crm.receivables.statement_queries import EntryKind
from saas.db import db
from saas.tenants import scope
from tests.factories import make_account, make_agent, make_invoice

D = Decimal


def pay(account, amount, on, by):
    said = {"amount": D(amount), "currency": "EUR", "paid_on": on, "reference": "Rope"}
    return payment_actions.record_payment(account, **said, shares={}, by=by)


@pytest.fixture
def elbe(tenant):
    """100 billed forty days ago and paid in part then; 50 billed today, 20 of it taken back, and a wrong payment."""
    ann = make_agent(name="Ann")
    account = make_account(ann, name="Elbe Systems")
    early = scope.today() - timedelta(days=40)
    old = actions.issue_invoice(make_invoice(ann, account, {"text": "Rope", "price": "100"}), by=ann)
    old.issued_on = early
    pay(account, 30, early, ann)
    new = actions.issue_invoice(make_invoice(ann, account, {"text": "Rope", "quantity": "5", "price": "10"}), by=ann)
    (line,) = queries.lines(new.id)
    credit_actions.credit_invoice(new, {line.id: D(2)}, reason="Broken", by=ann)
    payment_actions.take_back(pay(account, 7, scope.today(), ann), reason="Wrong", by=ann)
    db.session.flush()
    account.ann = ann
    return account


class TestPeriod:
    @pytest.mark.shows("PR7")
    def test_explains_what_is_owed(self, elbe):
        day = scope.today()
        found = statements.period(elbe.id, "EUR", day - timedelta(days=5), day)
        assert found.before == D(70)
        assert {(one.kind, one.amount) for one in found.entries} == {
            (EntryKind.INVOICE, D(50)),
            (EntryKind.CREDIT, D(-20)),
            (EntryKind.PAYMENT, D(-7)),
            (EntryKind.TAKEN_BACK, D(7)),
        }
        assert found.after == found.entries[-1].balance == D(100)
        whole = statements.period(elbe.id, "EUR", day - timedelta(days=100), day)
        assert (whole.before, whole.after) == (D(0), D(100))

    def test_leaves_out_other_currencies(self, elbe):
        day = scope.today()
        found = statements.period(elbe.id, "USD", day - timedelta(days=100), day)
        assert (found.before, found.entries, found.after) == (D(0), [], D(0))

    def test_is_printed(self, elbe):
        made = statement_actions.print_statement(elbe, "EUR", scope.today(), scope.today(), by=elbe.ann)
        for _part in print_actions.make(made.id):
            db.session.flush()
        assert made.state is PrintState.READY
        assert made.file.name == f"{elbe.number}-{scope.today():%Y-%m-%d}.pdf"
