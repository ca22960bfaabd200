"""The rules of stock, whatever is done in whatever order."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from saas.crm.inventory import actions, count_actions, count_queries, queries, rules
from saas.crm.inventory import reservation_actions as reservations
from saas.crm.inventory.models import PlanKind, StockLevel, StockMovement, StockPlan
from saas.db import db, new_id
from saas.errors import BusinessError
from saas.tenants import scope
from tests.factories import make_member, make_product, make_tenant, make_warehouse

WHAT, WHERE, WHOSE = st.integers(0, 1), st.integers(0, 1), st.integers(0, 1)
SOME = st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(3), Decimal(7), Decimal("12.25")])


class Stock(RuleBasedStateMachine):
    """Two products in two warehouses, wanted by two orders, in a workspace of their own."""

    may_lack = False

    @initialize()
    def begin(self) -> None:
        self.tenant = make_tenant()
        self.room = scope.enter(self.tenant.id)
        self.room.__enter__()
        self.ann = make_member("owner")
        rules.choose(below_zero=self.may_lack, by=self.ann)
        self.products = [make_product() for _ in range(2)]
        self.warehouses = [make_warehouse() for _ in range(2)]
        self.orders = [("order", new_id()) for _ in range(2)]
        for product in self.products:
            for warehouse in self.warehouses:
                actions.take_in(product.id, warehouse.id, Decimal(10), by=self.ann)

    def try_to(self, verb) -> None:
        try:
            with db.session.begin_nested():
                verb()
        except BusinessError:
            db.session.expire_all()

    @rule(what=WHAT, where=WHERE, many=SOME, cost=st.none() | SOME)
    def take_in(self, what, where, many, cost) -> None:
        self.try_to(lambda: actions.take_in(*self.place(what, where), many, by=self.ann, unit_cost=cost))

    @rule(what=WHAT, where=WHERE, many=SOME)
    def take_out(self, what, where, many) -> None:
        self.try_to(lambda: actions.take_out(*self.place(what, where), many, by=self.ann))

    @rule(what=WHAT, where=WHERE, many=SOME | st.just(Decimal(0)))
    def adjust(self, what, where, many) -> None:
        self.try_to(lambda: actions.adjust(*self.place(what, where), many, "Looked", by=self.ann))

    @rule(what=WHAT, where=WHERE, many=SOME, arrives=st.booleans())
    def send(self, what, where, many, arrives) -> None:
        product, start = self.place(what, where)
        end = self.warehouses[1 - where].id
        self.try_to(lambda: actions.send(product, start, end, many, arrives=arrives, by=self.ann))

    @rule()
    def arrive(self) -> None:
        found = queries.transits()
        if found:
            self.try_to(lambda: actions.arrive(found[0].for_id, by=self.ann))

    @rule(what=WHAT, where=st.none() | WHERE, whose=WHOSE, many=SOME, partly=st.booleans())
    def reserve(self, what, where, whose, many, partly) -> None:
        lines = [(self.products[what].id, None if where is None else self.warehouses[where].id, many)]
        self.try_to(lambda: reservations.reserve(lines, self.orders[whose], by=self.ann, partly=partly))

    @rule(whose=WHOSE)
    def release(self, whose) -> None:
        self.try_to(lambda: reservations.release(self.orders[whose], by=self.ann))

    @rule(what=WHAT, whose=WHOSE, many=SOME)
    def release_some(self, what, whose, many) -> None:
        lines = [(self.products[what].id, None, many)]
        self.try_to(lambda: reservations.release(self.orders[whose], lines, by=self.ann))

    @rule(what=WHAT, whose=WHOSE, many=SOME)
    def ship(self, what, whose, many) -> None:
        lines = [(self.products[what].id, None, many)]
        self.try_to(lambda: reservations.ship(lines, self.orders[whose], by=self.ann))

    @rule(what=WHAT, which=st.integers(0, 3))
    def correct(self, what, which) -> None:
        found = queries.latest_of(self.products[what].id)
        if which < len(found):
            self.try_to(lambda: actions.correct(found[which], by=self.ann))

    @rule(where=WHERE)
    def start_count(self, where) -> None:
        self.try_to(lambda: count_actions.start(self.warehouses[where].id, by=self.ann))

    @rule(found=SOME | st.just(Decimal(0)), posts=st.booleans())
    def end_count(self, found, posts) -> None:
        counts, end = count_queries.open_counts(), count_actions.post if posts else count_actions.cancel
        if counts:
            key = counts[0].id
            lines = count_queries.lines(key)
            count_actions.enter(key, {line.id: found for line in lines[:2]}, by=self.ann)
            self.try_to(lambda: end(key, by=self.ann))

    def place(self, what, where):
        return self.products[what].id, self.warehouses[where].id

    def levels(self) -> list[StockLevel]:
        if not hasattr(self, "products"):
            return []
        db.session.flush()
        return db.session.query(StockLevel).populate_existing().all()

    @invariant()
    def nothing_is_sold_that_is_not_there(self) -> None:
        for level in self.levels():
            assert level.reserved >= 0
            assert level.in_transit >= 0
            assert self.may_lack or 0 <= level.reserved <= level.on_hand

    @invariant()
    def every_quantity_is_explained(self) -> None:
        levels = self.levels()
        if levels:
            assert queries.mismatches() == []
        moved, planned = defaultdict(Decimal), defaultdict(Decimal)
        for one in db.session.query(StockMovement).order_by(StockMovement.id) if levels else []:
            moved[one.product_id, one.warehouse_id] += one.quantity
            assert one.on_hand == moved[one.product_id, one.warehouse_id], "each movement tells what there was after it"
        for one in db.session.query(StockPlan) if levels else []:
            assert one.quantity > 0
            planned[one.product_id, one.warehouse_id, one.kind] += one.quantity
        for level in levels:
            place = level.product_id, level.warehouse_id
            if level.warehouse_id is not None:
                assert level.on_hand == moved[place]
                assert level.reserved == planned[(*place, PlanKind.RESERVED)]
                assert level.in_transit == planned[(*place, PlanKind.IN_TRANSIT)]

    @invariant()
    def a_count_holds_what_it_counts(self) -> None:
        for level in self.levels():
            if level.count_id is not None:
                line = next(one for one in count_queries.lines(level.count_id) if one.product_id == level.product_id)
                assert line.expected == level.on_hand

    def teardown(self) -> None:
        if hasattr(self, "room"):
            db.session.rollback()
            self.room.__exit__(None, None, None)


class StockBelowZero(Stock):
    """The same where the workspace sells what isn't there."""

    may_lack = True


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("machine", [Stock, StockBelowZero])
def test_holds_whatever_is_done_in_whatever_order(machine):
    limits = settings(max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=limits)
