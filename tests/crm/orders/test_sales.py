"""What was sold, by customer, day and colleague: the list, the sums and the file say the same to the cent."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from saas.crm.orders import sale_queries
from saas.crm.orders import state_actions as states
from saas.crm.orders.models import OrderLine
from saas.crm.orders.sale_lists import period
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Event
from tests.factories import make_account, make_agent, make_order, make_tenant, sign_in
from tests.pages import words

D = Decimal


def sold(ann, account, *rows, **given):
    return states.confirm_order(make_order(ann, account, *rows, **given), to=None, by=ann)


class TestRecords:
    @pytest.mark.shows("PR6")
    def test_add_up_by_customer_colleague_and_month(self, tenant):
        ann, bo = make_agent(name="Ann"), make_agent(name="Bo")
        elbe, oder = make_account(ann, name="Elbe"), make_account(bo, name="Oder")
        rows = [
            {"text": "Rope", "quantity": "3.333", "price": "0.155"},
            {"text": "Hook", "price": "7", "discount": "3"},
        ]
        orders = [sold(ann, elbe, *rows), sold(ann, elbe, *rows), sold(bo, oder, currency="CHF")]
        make_order(ann, elbe)  # a draft is not sold
        states.cancel_order(sold(ann, elbe), reason="No", by=ann)
        where = (OrderLine.sold_on.is_not(None),)
        total = sum(one.net for one in orders[:2])
        assert sale_queries.sums(*where) == {"EUR": total, "CHF": orders[2].net}
        for by, names in (("customer", ("Elbe", "Oder")), ("rep", ("Ann", "Bo"))):
            found = {(one.name, one.currency): (one.orders, one.net) for one in sale_queries.grouped(by, *where)}
            assert found == {(names[0], "EUR"): (2, total), (names[1], "CHF"): (1, orders[2].net)}
        months = sale_queries.grouped("month", *where)
        assert {(one.key, one.currency) for one in months} == {
            (scope.today().replace(day=1), currency) for currency in ("EUR", "CHF")
        }
        assert sum(line.net for line in sale_queries.lines(*where, page=2) if line.order.currency == "EUR") == total

    def test_periods_are_whole(self):
        day = date(2026, 3, 31)
        assert period("last-month", day) == (date(2026, 2, 1), date(2026, 2, 28))
        assert period("last-year", day) == (date(2025, 1, 1), date(2025, 12, 31))
        assert period("2026-12", day) == (date(2026, 12, 1), date(2026, 12, 31))
        assert period("nonsense", day) is None


class TestPages:
    @pytest.mark.shows("PR6", "CB17")
    def test_history_and_file_say_the_same(self, context, client):
        here = make_tenant()
        me = sign_in(client, here, "manager")
        with scope.enter(here.id):
            ann = tenants.member(me.id)
            elbe, oder = make_account(ann, name="Elbe Systems"), make_account(ann, name="Oder")
            order = sold(
                ann, elbe, {"text": "=Rope", "quantity": "3", "price": "1.115"}, {"text": "Hook", "price": "7"}
            )
            sold(ann, oder)
            net, number, elbe_id = order.net, order.number, elbe.id
            db.session.commit()
        base = f"/{here.slug}"
        history = words(client.get(f"{base}/customers/{elbe_id}?tab=sales").text)
        assert f"€{net:,.2f}" in history
        assert "Hook" in history
        listed = words(client.get(f"{base}/sales/?customer={elbe_id}").text)
        assert number in listed
        assert "Oder" not in listed
        assert f"€{net:,.2f}" in words(client.get(f"{base}/sales/count?customer={elbe_id}").text)
        for by in ("customer", "rep", "month"):
            assert f"€{net:,.2f}" in words(client.get(f"{base}/sales/by/{by}?customer={elbe_id}").text)
        text = client.get(f"{base}/sales/csv?customer={elbe_id}").get_data().decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["What it is"].lstrip("'") for row in rows] == ["=Rope", "Hook"]
        assert sum(D(row["Without tax"]) for row in rows) == net
        with scope.enter(here.id):
            (event,) = db.session.query(Event).filter(Event.name == "workspace.sales_taken")
            assert event.changed["rows"] == 2

    def test_shows_an_agent_only_what_he_may_see(self, context, client):
        here = make_tenant()
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            mine, theirs = tenants.member(me.id), make_agent()
            sold(mine, make_account(mine, name="Elbe Systems"))
            sold(theirs, make_account(theirs, name="Oder"))
            db.session.commit()
        listed = words(client.get(f"/{here.slug}/sales/").text)
        assert "Elbe Systems" in listed
        assert "Oder" not in listed
        assert "Oder" not in words(client.get(f"/{here.slug}/sales/by/customer").text)
        assert client.get(f"/{here.slug}/sales/csv").status_code == 403
