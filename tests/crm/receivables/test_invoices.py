"""Invoices: drafts without a number, a gapless one at issue, and nothing changes after it."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from saas import clock
from saas.crm.papers import line_actions, print_actions, prints
from saas.crm.papers.sums import TaxRule
from saas.crm.products import tax_actions
from saas.crm.quotes import actions as quotes
from saas.crm.quotes import queries as quote_queries
from saas.crm.receivables import actions, queries, term_actions
from saas.crm.receivables.models import Invoice, Standing
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from tests.connections import pool_of
from tests.factories import make_account, make_agent, make_invoice, make_quote, make_tenant

D = Decimal


class TestDraft:
    def test_has_no_number_and_asks_for_nothing(self, tenant):
        draft = make_invoice(make_agent())
        assert (draft.number, draft.owed, draft.standing(scope.today())) == ("", D(0), Standing.DRAFT)

    def test_takes_the_customers_own_days(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        assert make_invoice(ann, acme).days == queries.USUAL_DAYS
        term_actions.choose(acme, 14, by=ann)
        assert make_invoice(ann, acme).days == 14
        term_actions.choose(acme, None, by=ann)
        assert make_invoice(ann, acme).days == queries.USUAL_DAYS


class TestIssue:
    @pytest.mark.shows("PR7")
    def test_gives_number_days_and_paper(self, tenant):
        ann = make_agent()
        first, second = make_invoice(ann, days=10), make_invoice(ann)
        for invoice in (second, first):
            actions.issue_invoice(invoice, by=ann)
        year = scope.today().year
        assert [second.number, first.number] == [f"INV-{year}-00001", f"INV-{year}-00002"]
        assert first.due_on == scope.today() + timedelta(days=10)
        assert first.owed == first.gross == D("2401.00")
        for _part in print_actions.make(first.print_id):
            db.session.flush()
        assert first.printed.file.media_type == "application/pdf"

    def test_is_never_changed_again(self, tenant):
        ann = make_agent()
        invoice = actions.issue_invoice(make_invoice(ann), by=ann)
        for verb in (
            lambda: actions.issue_invoice(invoice, by=ann),
            lambda: actions.discard_invoice(invoice, by=ann),
            lambda: actions.change_invoice(invoice, {}, [], contact=None, version=invoice.version, by=ann),
        ):
            with pytest.raises(actions.AlreadyIssued):
                verb()

    def test_keeps_the_rule_for_tax_of_its_day(self, tenant):
        ann = make_agent()
        tax_actions.add({"name": "VAT", "percent": D(10)}, by=ann)
        rows = [{"text": name, "price": "0.05", "tax": "10|VAT"} for name in "abcd"]
        invoice = actions.issue_invoice(make_invoice(ann, None, *rows), by=ann)
        line_actions.choose_rule(TaxRule.BY_LINE, by=ann)
        db.session.flush()
        kind = prints.kind("invoice")
        found = kind.sums(invoice, queries.lines(invoice.id), kind.rule(invoice))
        assert found.gross == invoice.gross == D("0.22")

    def test_refuses_what_asks_for_nothing(self, tenant):
        ann = make_agent()
        empty = make_invoice(ann, None, {"kind": "heading", "text": "Services"})
        with pytest.raises(Refused, match="without a line"):
            actions.issue_invoice(empty, by=ann)
        less = make_invoice(ann, None, {"text": "Returned", "quantity": "-1", "price": "5"})
        with pytest.raises(Refused, match="credit note"):
            actions.issue_invoice(less, by=ann)
        assert queries.invoice_row(less.id).number == ""

    def test_is_overdue_the_day_after(self, tenant):
        ann = make_agent()
        invoice = actions.issue_invoice(make_invoice(ann, days=1), by=ann)
        day = scope.today()
        assert invoice.standing(day + timedelta(days=1)) is Standing.OPEN
        assert invoice.standing(day + timedelta(days=2)) is Standing.OVERDUE
        clock.shift(timedelta(days=2).total_seconds())


class TestFromQuote:
    def accepted(self, ann):
        rows = [
            {"text": "Crane", "price": "100"},
            {"kind": "option", "text": "Paint", "price": "10"},
            {"kind": "option", "text": "Horn", "price": "7"},
        ]
        quote = make_quote(ann, None, *rows)
        quotes.send_quote(quote, to="eva@elbe.example", words="", by=ann)
        return quotes.accept_quote(quote.id, name="Eva", options={quote_queries.lines(quote.id)[1].id})

    def test_bills_what_was_accepted_once(self, tenant):
        ann = make_agent()
        quote = self.accepted(ann)
        invoice = actions.from_quote(quote, by=ann)
        assert (invoice.gross, [line.text for line in queries.lines(invoice.id)]) == (D(110), ["Crane", "Paint"])
        assert actions.from_quote(quote, by=ann) is invoice

    def test_refuses_what_was_not_accepted(self, tenant):
        ann = make_agent()
        with pytest.raises(Refused, match="not accepted"):
            actions.from_quote(make_quote(ann), by=ann)


class TestNumbers:
    def test_have_no_gap_and_no_double_when_issued_at_once(self, app):
        """Twelve at once, every third given up after it took its number."""
        with app.app_context():
            tenant_id = make_tenant().id
            with scope.enter(tenant_id):
                ann = make_agent()
                ids = [make_invoice(ann).id for _n in range(12)]
                db.session.commit()
        gate = threading.Barrier(12)

        def issue(n: int) -> None:
            with app.app_context(), scope.enter(tenant_id):
                invoice = queries.invoice_row(ids[n])
                gate.wait()
                actions.issue_invoice(invoice, by=scope.SYSTEM)
                if n % 3:
                    db.session.commit()
                else:
                    db.session.rollback()

        threads = [threading.Thread(target=issue, args=(n,)) for n in range(12)]
        with pool_of(app, 25, wait=120):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        with app.app_context(), scope.enter(tenant_id):
            taken = db.session.scalars(select(Invoice.number).where(Invoice.number != "")).all()
        assert sorted(int(number[-5:]) for number in taken) == list(range(1, 9))
