"""Invoices of orders, as far as they were delivered, and of contracts, period by period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saas.crm.contracts import state_actions as contract_states
from saas.crm.contracts.models import Every
from saas.crm.orders import actions as orders
from saas.crm.orders import delivery_actions as deliveries
from saas.crm.orders import queries as order_queries
from saas.crm.orders import state_actions as order_states
from saas.crm.papers import line_actions
from saas.crm.papers.models import LineKind
from saas.crm.quotes import actions as quotes
from saas.crm.receivables import actions, billing, credit_actions, queries, source_queries
from saas.crm.receivables import source_actions as sources
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from tests.crm.orders.test_deliveries import back, confirmed, send
from tests.factories import make_agent, make_contract, make_quote, make_tenant, sign_in

D = Decimal


def quantities(invoice):
    return [(line.text, line.quantity) for line in queries.lines(invoice.id)]


def signed(ann, *rows, **given):
    contract = make_contract(ann, None, *rows, **given)
    return contract_states.sign_contract(contract, on=scope.today(), name=None, by=ann)


class TestOrder:
    def test_bills_what_was_delivered_and_isnt_billed(self, tenant):
        ann = make_agent()
        order = confirmed(
            ann,
            {"kind": "heading", "text": "Deck"},
            {"text": "Rope", "quantity": "10", "price": "5"},
            {"kind": "heading", "text": "Hull"},
            {"text": "Hook", "price": "7"},
        )
        with pytest.raises(sources.NothingToBill):
            sources.from_order(order, by=ann)
        lines = order_queries.lines(order.id)
        deliveries.deliver(order, {lines[1].id: D(4)}, day=date(2026, 3, 1), by=ann)
        first = sources.from_order(order, by=ann)
        assert quantities(first) == [("Deck", D(0)), ("Rope", D(4))]
        assert (first.net, first.delivered_on, first.order_id) == (D(20), date(2026, 3, 1), order.id)
        with pytest.raises(sources.NothingToBill):
            sources.from_order(order, by=ann)
        deliveries.deliver(order, {lines[1].id: D(6), lines[3].id: D(1)}, day=date(2026, 3, 5), by=ann)
        second = sources.from_order(order, by=ann)
        assert quantities(second) == [("Deck", D(0)), ("Rope", D(6)), ("Hull", D(0)), ("Hook", D(1))]
        assert first.gross + second.gross == order.gross

    @settings(max_examples=25)
    @given(data=st.data())
    def test_parts_come_to_the_total_to_the_cent(self, app, data):
        """Whatever the prices, the discounts, the tax, and how it is split."""
        figure = st.decimals("0.0001", "900", places=4)
        with app.app_context(), scope.enter(make_tenant().id):
            ann = make_agent()
            rows = [
                {
                    "text": f"Part {n}",
                    "quantity": str(data.draw(st.integers(1, 9))),
                    "price": str(data.draw(figure)),
                    "discount": str(data.draw(st.sampled_from(["0", "3.333", "12.5"]))),
                }
                for n in range(data.draw(st.integers(1, 3)))
            ]
            order = confirmed(ann, *rows)
            for line in order_queries.lines(order.id):
                line.tax_name, line.tax_percent = "VAT", D(data.draw(st.sampled_from(["0", "7", "19"])))
            line_actions.add_up(order, order_queries.lines(order.id))
            made = []
            while any(line.open > 0 for line in order_queries.lines(order.id)):
                for line in [one for one in order_queries.lines(order.id) if one.open > 0][:1]:
                    send_now = D(data.draw(st.integers(1, int(line.open))))
                    deliveries.deliver(order, {line.id: send_now}, day=scope.today(), by=ann)
                made.append(sources.from_order(order, by=ann))
            assert sum(one.gross for one in made) == order.gross

    def test_a_draft_thrown_away_and_what_was_credited_may_be_billed_again(self, tenant):
        ann = make_agent()
        order = confirmed(ann)
        send(order, ann, 10)
        draft = sources.from_order(order, by=ann)
        actions.discard_invoice(draft, by=ann)
        invoice = actions.issue_invoice(sources.from_order(order, by=ann), by=ann)
        (line,) = queries.lines(invoice.id)
        credit_actions.credit_invoice(invoice, {line.id: D(3)}, reason="Wrong", by=ann)
        assert quantities(sources.from_order(order, by=ann)) == [("Rope", D(3))]

    def test_what_came_back_is_not_billed(self, tenant):
        ann = make_agent()
        order = confirmed(ann)
        send(order, ann, 10)
        back(order, ann, 4)
        assert quantities(sources.from_order(order, by=ann)) == [("Rope", D(6))]

    def test_a_rebate_goes_with_the_first_goods_once(self, tenant):
        ann = make_agent()
        rebate = {"text": "Rebate", "quantity": "-1", "price": "8"}
        order = confirmed(ann, {"text": "Rope", "quantity": "10", "price": "5"}, rebate)
        send(order, ann, 5)
        assert sources.from_order(order, by=ann).net == D(17)
        send(order, ann, 5)
        assert sources.from_order(order, by=ann).net == D(25)

    def test_a_quote_is_billed_as_a_whole_or_by_its_order(self, tenant):
        ann = make_agent()

        def accepted():
            quote = make_quote(ann)
            quotes.send_quote(quote, to="eva@elbe.example", words="", by=ann)
            quote = quotes.accept_quote(quote.id, name="Eva")
            order, _new = orders.order_from_quote(quote, by=ann)
            order_states.confirm_order(order, to=None, by=ann)
            send(order, ann, 2)
            return quote, order

        quote, order = accepted()
        actions.from_quote(quote, by=ann)
        with pytest.raises(sources.NothingToBill, match="as a whole"):
            sources.from_order(order, by=ann)
        quote, order = accepted()
        sources.from_order(order, by=ann)
        with pytest.raises(Refused, match="already"):
            actions.from_quote(quote, by=ann)


class TestPeriod:
    def test_follows_the_day_on_which_the_contract_began(self):
        begin = date(2026, 1, 31)
        first = billing.next_period(Every.MONTH, begin, None, None)
        assert (first.first, first.last, first.share) == (begin, date(2026, 2, 27), D(1))
        second = billing.next_period(Every.MONTH, begin, None, first.last)
        assert (second.first, second.last) == (date(2026, 2, 28), date(2026, 3, 30))

    def test_of_the_month_in_which_it_ends_is_its_part_of_the_days(self):
        found = billing.next_period(Every.MONTH, date(2026, 4, 1), date(2026, 6, 10), date(2026, 5, 31))
        assert (found.first, found.last, found.share) == (date(2026, 6, 1), date(2026, 6, 10), D("0.333"))
        assert billing.next_period(Every.MONTH, date(2026, 4, 1), date(2026, 6, 10), found.last) is None

    def test_periods_of_a_contract_follow_each_other_without_gap(self):
        for every in (Every.MONTH, Every.YEAR):
            day = None
            for _turn in range(40):
                found = billing.next_period(every, date(2024, 2, 29), None, day)
                assert day is None or (found.first - day).days == 1
                assert found.last > found.first
                day = found.last


class TestContract:
    def test_is_billed_period_by_period(self, tenant):
        ann = make_agent()
        contract = signed(ann, every=Every.MONTH, starts_on=scope.today().replace(day=1))
        first = sources.from_contract(contract, by=ann)
        second = sources.from_contract(contract, by=ann)
        assert first.gross == second.gross == D(100)
        assert (second.period_from - first.period_until).days == 1
        with pytest.raises(sources.NothingToBill, match="begins on"):
            sources.from_contract(contract, by=ann)
        actions.discard_invoice(second, by=ann)
        assert sources.from_contract(contract, by=ann).period_from == second.period_from

    def test_paid_once_is_billed_once(self, tenant):
        ann = make_agent()
        contract = signed(ann, ends_on=None)
        assert queries.lines(sources.from_contract(contract, by=ann).id)[0].kind is LineKind.ITEM
        with pytest.raises(sources.NothingToBill):
            sources.from_contract(contract, by=ann)

    def test_unsigned_is_not_billed(self, tenant):
        ann = make_agent()
        with pytest.raises(sources.NothingToBill):
            sources.from_contract(make_contract(ann), by=ann)


class TestPages:
    @pytest.mark.shows("PR7")
    def test_lead_from_order_and_contract_to_the_invoice_and_back(self, context, client, post):
        here = make_tenant(name="Harbor Trading")
        sign_in(client, here, "owner")
        with scope.enter(here.id):
            boss = make_agent()
            order = confirmed(boss)
            send(order, boss, 4)
            contract = signed(boss, every=Every.MONTH)
            pages = {"sales_order": order.id, "contract": contract.id}
            db.session.commit()
            routes = {"sales_order": f"orders/{order.id}", "contract": f"contracts/{contract.id}"}
        for kind, key in pages.items():
            panel = f"/{here.slug}/parts/{kind}/{key}/invoices"
            told = client.get(panel).text
            assert "Make the invoice" in told
            path = f"/{here.slug}/invoices/from-{'order' if kind == 'sales_order' else 'contract'}/{key}"
            answer = post(path)
            assert answer.status_code == 302
            page = client.get(answer.location).text
            assert routes[kind] in page
            assert answer.location.rpartition("/")[2] in client.get(panel).text
        with scope.enter(here.id):
            assert len(source_queries.of_order(order.id)) == 1
