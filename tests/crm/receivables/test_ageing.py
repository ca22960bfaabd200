"""What is owed by age, and who is told that it is late."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from saas import clock
from saas.crm.receivables import actions, ageing_queries, notice_actions, payment_actions, queries
from saas.crm.receivables.ageing_queries import Band, band_of
from saas.crm.receivables.lists import INVOICES
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Notice
from saas.tenants.permissions import Permission, Reach
from tests.factories import make_account, make_agent, make_invoice

D = Decimal


@pytest.fixture
def ann(tenant, monkeypatch):
    """An agent who sees the invoices of everybody."""
    made = make_agent(name="Ann")
    rights = {Permission.INVOICE_VIEW.value: Reach.ALL.value}
    monkeypatch.setattr(scope, "who", lambda: scope.Who(made.id, rights))
    return made


def issued(ann, account, price, late=0):
    """Due so many days ago."""
    invoice = actions.issue_invoice(make_invoice(ann, account, {"text": "Rope", "price": price}), by=ann)
    invoice.due_on = scope.today() - timedelta(days=late)
    db.session.flush()
    return invoice


class TestAgeing:
    @pytest.mark.parametrize(
        ("late", "band"),
        [(-5, "0"), (0, "0"), (1, "30"), (30, "30"), (31, "60"), (60, "60"), (61, "90"), (90, "90"), (91, "more")],
    )
    def test_knows_the_band_of_a_day(self, ann, late, band):
        day = scope.today()
        assert band_of(day - timedelta(days=late), day) is Band(band)
        invoice = issued(ann, make_account(ann), "10", late)
        asked = MultiDict({"band": band})
        assert [row.id for row in INVOICES.page(asked, *queries.KIND.listed()).rows] == [invoice.id]

    @pytest.mark.shows("PR7")
    def test_adds_up_per_customer_and_currency(self, ann):
        elbe, weser = make_account(ann, name="Elbe"), make_account(ann, name="Weser")
        issued(ann, elbe, "10"), issued(ann, elbe, "20", late=40), issued(ann, weser, "100", late=200)
        part = issued(ann, weser, "50", late=2)
        said = {"amount": D(60), "currency": "EUR", "paid_on": scope.today(), "reference": None}
        payment_actions.record_payment(weser, **said, shares={part.id: D(50)}, by=ann)
        (whole,) = ageing_queries.whole()
        assert [whole.bands[band] for band in Band] == [D(10), D(0), D(20), D(0), D(100)]
        assert whole.whole == D(130)
        assert [(name, one.whole) for _id, name, one in ageing_queries.by_customer("EUR")] == [
            ("Weser", D(100)),
            ("Elbe", D(30)),
        ]
        assert ageing_queries.in_advance() == {"EUR": D(10)}


class TestOverdue:
    def test_is_told_once_to_whoever_looks_after_it(self, ann):
        invoice = actions.issue_invoice(make_invoice(ann, days=1), by=ann)
        assert notice_actions.tell_overdue() == 0
        clock.shift(timedelta(days=2).total_seconds())
        for _twice in range(2):
            assert notice_actions.tell_overdue() == 1
        told = db.session.query(Notice).filter(Notice.kind == notice_actions.OVERDUE).all()
        assert [one.member_id for one in told] == [invoice.owner_id]
