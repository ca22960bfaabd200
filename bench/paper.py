"""A quote of 300 lines as PDF: our whole way of making it beside WeasyPrint alone on the same page."""

from __future__ import annotations

import statistics
import time
from decimal import Decimal

from sqlalchemy import select, text
from weasyprint import HTML

from bench.stage import Stage
from saas import clock, pdf
from saas.app import create_app
from saas.crm.customers.models import Account
from saas.crm.papers import line_actions, print_actions, prints
from saas.crm.quotes.models import Quote, QuoteLine
from saas.db import db, new_id
from saas.tenants import queries as tenants
from saas.tenants import scope

LINES = 300
BAR = 1.3
ROUNDS = 5


def figures(stage: Stage, slug: str) -> tuple[float, float]:
    """(bare, ours): seconds, the medians of rounds that take turns; nothing is kept."""
    app = create_app(stage.config())
    with app.app_context(), app.test_request_context():
        tenant = tenants.tenant_by_slug(slug)
        assert tenant is not None
        key = tenant.id
        db.session.remove()
        with scope.enter(key):
            patient = text("set local idle_in_transaction_session_timeout = 0")  # it waits for the printing below
            db.session.execute(patient.execution_options(reviewed=True))
            quote = _quote()
            kind = prints.kind(Quote.__tablename__)
            assert kind is not None
            html, assets = print_actions.drawn(kind, quote)
            bare, ours = [], []
            pdf.render(html, assets)
            for _round in range(ROUNDS):
                began = time.perf_counter()
                HTML(string=html).write_pdf()
                bare.append(time.perf_counter() - began)
                began = time.perf_counter()
                pdf.render(*print_actions.drawn(kind, quote))
                ours.append(time.perf_counter() - began)
            db.session.rollback()
    return statistics.median(bare), statistics.median(ours)


def _quote() -> Quote:
    """A quote of many lines to some customer, which nobody else sees."""
    account = db.session.scalars(select(Account).limit(1)).one()
    quote = Quote(id=new_id(), number="Q-BENCH", name="Yearly need", account_id=account.id, language="en")
    quote.currency, quote.valid_until = scope.workspace().currency, clock.now().date()
    db.session.add(quote)
    db.session.flush()
    lines = [
        QuoteLine(
            **{"id": new_id(), "quote_id": quote.id, "position": position, "text": f"Spare part {position}, 备件"},
            **{"quantity": Decimal(position % 7 + 1), "price": Decimal("12.40"), "tax_name": "VAT"},
            **{"tax_percent": Decimal(19), "net": Decimal("12.40") * (position % 7 + 1)},
        )
        for position in range(LINES)
    ]
    db.session.add_all(lines)
    line_actions.add_up(quote, lines)
    db.session.flush()
    return quote
