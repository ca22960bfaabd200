"""Purchases: what is on order follows them, what comes lies in stock with its cost, and mistakes are taken back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from saas.crm.inventory import actions as stock
from saas.crm.inventory import queries as levels
from saas.crm.inventory import warehouse_actions as warehouses
from saas.crm.inventory.level_actions import Short
from saas.crm.purchases import actions, queries, receipt_actions
from saas.crm.purchases.actions import Wanted
from saas.crm.purchases.models import State
from saas.crm.purchases.receipt_actions import Arrival
from saas.tenants import scope
from saas.versions import Overtaken
from tests.factories import make_account, make_member, make_product

DAY = date(2026, 12, 3)


def wanted(product=None, quantity=10, price=4, discount=0, key=None, text="Freight") -> Wanted:
    return Wanted(
        key,
        product.id if product else None,
        product.name if product else text,
        Decimal(quantity),
        "pcs",
        Decimal(str(price)),
        Decimal(discount),
    )


def buy(*lines, by=None, account=None, **values):
    by = by or make_member("owner")
    given = {"warehouse_id": warehouses.first().id, "currency": "EUR", "rate": Decimal(1)} | values
    return actions.create(given, lines, account=account or make_account(), by=by)


def ordered(*lines, **values):
    made = buy(*lines, **values)
    actions.order(made, by=scope.SYSTEM)
    return made


def receive(purchase, came, **given):
    values = {"warehouse_id": purchase.warehouse_id, "on": DAY, "by": scope.SYSTEM} | given
    return receipt_actions.receive(purchase, came, **values)


def figures(product) -> tuple[int, int]:
    """(on hand, on order)"""
    total = levels.total_of(product.id)
    return (int(total.on_hand), int(total.on_order)) if total else (0, 0)


class TestCreate:
    def test_adds_up_and_takes_a_number(self, tenant):
        pin = make_product(is_stocked=True)
        made = buy(wanted(pin, 3, "4.555", 10), wanted(None, 1, 20))
        assert [line.net for line in queries.lines(made.id)] == [Decimal("12.30"), Decimal(20)]
        assert (made.net, made.state) == (Decimal("32.30"), State.DRAFT)
        assert made.number.startswith("PO-")
        assert figures(pin) == (0, 0)


class TestOrder:
    @pytest.mark.shows("PR8")
    def test_puts_its_products_on_order(self, tenant):
        pin = make_product(is_stocked=True)
        made = ordered(wanted(pin, 10), wanted(None))
        assert (made.state, figures(pin)) == (State.ORDERED, (0, 10))
        with pytest.raises(actions.NotNow):
            actions.order(made, by=scope.SYSTEM)
        assert levels.mismatches() == []


class TestChange:
    def change(self, made, *lines, **values):
        given = {"warehouse_id": made.warehouse_id, "currency": "EUR", "rate": Decimal(1)} | values
        version = given.pop("version", made.version)
        actions.change(made, given, lines, account=made.account, version=version, by=scope.SYSTEM)

    def test_has_what_is_on_order_follow(self, tenant):
        pin, nut = make_product(is_stocked=True), make_product(is_stocked=True)
        made = ordered(wanted(pin, 10))
        (line,) = queries.lines(made.id)
        self.change(made, wanted(pin, 6, key=line.id), wanted(nut, 2))
        assert (figures(pin), figures(nut), made.net) == ((0, 6), (0, 2), 32)
        self.change(made, wanted(nut, 2, key=queries.lines(made.id)[1].id))
        assert (figures(pin), figures(nut)) == ((0, 0), (0, 2))
        assert levels.mismatches() == []

    def test_keeps_what_came(self, tenant):
        pin = make_product(name="Pin", is_stocked=True)
        made = ordered(wanted(pin, 10))
        (line,) = queries.lines(made.id)
        receive(made, {line.id: Arrival(Decimal(4))})
        with pytest.raises(actions.Came, match="Of Pin 4 came already"):
            self.change(made, wanted(pin, 3, key=line.id))

    def test_refuses_who_was_slower(self, tenant):
        made = ordered(wanted(make_product(is_stocked=True)))
        with pytest.raises(Overtaken):
            self.change(made, wanted(None), version=made.version - 1)


class TestReceive:
    @pytest.mark.shows("PR8")
    def test_takes_in_with_its_cost_part_by_part(self, tenant):
        pin = make_product(name="Pin", is_stocked=True)
        made = ordered(wanted(pin, 10, 5, 20))
        (line,) = queries.lines(made.id)
        receive(made, {line.id: Arrival(Decimal(4))})
        assert (made.state, figures(pin), pin.cost) == (State.PART, (4, 6), 4)
        receive(made, {line.id: Arrival(Decimal(6), Decimal(9))})
        assert (made.state, figures(pin), pin.cost) == (State.RECEIVED, (10, 0), 7)
        with pytest.raises(actions.NotNow):
            receive(made, {line.id: Arrival(Decimal(1))})
        assert levels.mismatches() == []

    def test_costs_in_the_workspaces_currency(self, tenant):
        pin = make_product(is_stocked=True)
        made = ordered(wanted(pin, 10, 5), currency="USD", rate=Decimal("0.9"))
        (line,) = queries.lines(made.id)
        receive(made, {line.id: Arrival(Decimal(4))})
        assert pin.cost == Decimal("4.5")

    def test_takes_more_than_was_ordered(self, tenant):
        pin = make_product(is_stocked=True)
        made = ordered(wanted(pin, 10))
        receive(made, {queries.lines(made.id)[0].id: Arrival(Decimal(12))})
        assert (made.state, figures(pin)) == (State.RECEIVED, (12, 0))

    def test_moves_nothing_of_what_is_not_kept_in_stock(self, tenant):
        hours = make_product(name="Hours")
        made = ordered(wanted(hours, 10))
        receive(made, {queries.lines(made.id)[0].id: Arrival(Decimal(10))})
        assert (made.state, hours.is_stocked, levels.total_of(hours.id)) == (State.RECEIVED, False, None)

    def test_needs_a_quantity(self, tenant):
        with pytest.raises(receipt_actions.NothingCame):
            receive(ordered(wanted(make_product(is_stocked=True))), {})


class TestTakeBack:
    def test_puts_it_on_order_again_once(self, tenant):
        pin = make_product(is_stocked=True)
        made = ordered(wanted(pin, 10))
        receipt = receive(made, {queries.lines(made.id)[0].id: Arrival(Decimal(10))})
        receipt_actions.take_back(receipt, by=scope.SYSTEM)
        assert (made.state, figures(pin)) == (State.ORDERED, (0, 10))
        with pytest.raises(actions.NotNow):
            receipt_actions.take_back(receipt, by=scope.SYSTEM)
        assert levels.mismatches() == []

    def test_refuses_what_is_gone(self, tenant):
        pin = make_product(is_stocked=True)
        made = ordered(wanted(pin, 10))
        receipt = receive(made, {queries.lines(made.id)[0].id: Arrival(Decimal(10))})
        stock.take_out(pin.id, made.warehouse_id, Decimal(1), by=scope.SYSTEM)
        with pytest.raises(Short):
            receipt_actions.take_back(receipt, by=scope.SYSTEM)


class TestCancel:
    def test_takes_what_is_to_come_off_order(self, tenant):
        pin = make_product(is_stocked=True)
        made = ordered(wanted(pin, 10))
        actions.cancel(made, by=scope.SYSTEM)
        assert (made.state, figures(pin)) == (State.CANCELLED, (0, 0))
        part = ordered(wanted(pin, 10))
        receive(part, {queries.lines(part.id)[0].id: Arrival(Decimal(4))})
        actions.cancel(part, by=scope.SYSTEM)
        assert (part.state, figures(pin)) == (State.RECEIVED, (4, 0))
        with pytest.raises(actions.NotNow):
            actions.cancel(part, by=scope.SYSTEM)


def test_knows_where_a_product_was_bought_last(tenant):
    pin, one, other = make_product(is_stocked=True), make_account(), make_account()
    for account, price in ((one, 4), (other, 5)):
        buy(wanted(pin, 1, price), account=account)
    actions.cancel(buy(wanted(pin, 1, 6), account=one), by=scope.SYSTEM)
    line, purchase = queries.last_bought([pin.id])[pin.id]
    assert (line.price, purchase.account_id) == (5, other.id)
