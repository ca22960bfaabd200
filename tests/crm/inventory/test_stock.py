"""Stock: movements alone change it, nothing is promised twice, and what is stored adds up."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from sqlalchemy.exc import DBAPIError

from saas.archive import Archived
from saas.crm.inventory import actions, count_actions, level_actions, queries, rules, warehouse_actions
from saas.crm.inventory import reservation_actions as reservations
from saas.crm.inventory.level_actions import Short
from saas.crm.inventory.models import MovementKind, PlanKind, StockLevel, StockMovement
from saas.crm.inventory.quantities import average, plain, suggested
from saas.db import db, new_id
from saas.errors import Conflict, NotFound, Refused
from saas.tenants import scope
from saas.tenants.models import Event
from tests.connections import pool_of
from tests.factories import make_agent, make_member, make_product, make_tenant, make_warehouse, stocked


def at(product, warehouse=None) -> tuple[int, int, int]:
    """(on hand, reserved, available) in a warehouse, or in all."""
    where = StockLevel.warehouse_id == warehouse.id if warehouse else StockLevel.warehouse_id.is_(None)
    level = db.session.query(StockLevel).filter(StockLevel.product_id == product.id, where).one()
    return int(level.on_hand), int(level.reserved), int(level.available)


def an_order() -> tuple[str, object]:
    return "order", new_id()


class TestMove:
    def test_writes_a_movement_and_keeps_the_levels(self, tenant):
        ann, main, spindle = make_agent(), warehouse_actions.first(), make_product(name="Spindle")
        actions.take_in(spindle.id, main.id, Decimal("12.5"), "Opening", by=ann)
        actions.take_out(spindle.id, main.id, Decimal("2.5"), "Broken", by=ann)
        found = queries.latest_of(spindle.id)
        assert [(m.kind, m.quantity, m.on_hand) for m in found] == [
            (MovementKind.OUT, Decimal("-2.5"), 10),
            (MovementKind.IN, Decimal("12.5"), Decimal("12.5")),
        ]
        assert at(spindle) == at(spindle, main) == (10, 0, 10)
        assert queries.mismatches() == []
        told = db.session.query(Event).filter(Event.name == actions.MOVED).all()
        assert {one.subject_id for one in told} == {spindle.id}

    def test_takes_no_more_than_there_is(self, tenant):
        spindle = stocked(3, name="Spindle")
        with pytest.raises(Short, match=r"Of Spindle 3 are available in Main warehouse, not 4\."):
            actions.take_out(spindle.id, warehouse_actions.first().id, Decimal(4), by=make_agent())

    def test_takes_nothing_of_what_is_promised(self, tenant):
        spindle, ann = stocked(3), make_agent()
        reservations.reserve([(spindle.id, None, Decimal(2))], an_order(), by=ann)
        with pytest.raises(Short):
            actions.take_out(spindle.id, warehouse_actions.first().id, Decimal(2), by=ann)
        assert at(spindle) == (3, 2, 1)

    def test_goes_below_zero_where_the_workspace_says_so(self, tenant):
        spindle, ann = stocked(3), make_member("owner")
        rules.choose(below_zero=True, by=ann)
        actions.take_out(spindle.id, warehouse_actions.first().id, Decimal(5), by=ann)
        assert at(spindle) == (-2, 0, -2)

    def test_never_overwrites_a_movement(self, tenant):
        spindle = stocked(3)
        with pytest.raises(DBAPIError, match="permission denied"):
            db.session.query(StockMovement).filter_by(product_id=spindle.id).update({"quantity": 4})
        db.session.rollback()

    def test_moves_nothing_in_a_closed_warehouse(self, tenant):
        ann, north, spindle = make_agent(), make_warehouse(), make_product()
        warehouse_actions.archive(north, by=ann)
        with pytest.raises(Archived):
            actions.take_in(spindle.id, north.id, Decimal(1), by=ann)

    def test_knows_what_one_costs_on_average(self, tenant):
        ann, main, spindle = make_agent(), warehouse_actions.first(), make_product()
        actions.take_in(spindle.id, main.id, Decimal(10), by=ann, unit_cost=Decimal(4))
        dear = actions.take_in(spindle.id, main.id, Decimal(30), by=ann, unit_cost=Decimal(8))
        assert spindle.cost == 7
        actions.correct(dear, by=ann)
        assert spindle.cost == 4

    def test_marks_what_moves_as_kept_in_stock_but_never_a_bundle(self, tenant):
        ann, main = make_agent(), warehouse_actions.first()
        assert stocked(1).is_stocked
        kit = make_product(is_bundle=True)
        with pytest.raises(actions.NotStocked):
            actions.take_in(kit.id, main.id, Decimal(1), by=ann)


class TestAdjust:
    def test_writes_the_difference(self, tenant):
        spindle, ann, main = stocked(10), make_agent(), warehouse_actions.first()
        made = actions.adjust(spindle.id, main.id, Decimal(7), "Damaged", by=ann)
        assert (made.quantity, made.reason) == (-3, "Damaged")
        assert actions.adjust(spindle.id, main.id, Decimal(7), "Damaged", by=ann) is None
        assert at(spindle) == (7, 0, 7)


class TestSend:
    def test_has_two_legs_under_one_id(self, tenant):
        north, ann = make_warehouse(), make_agent()
        spindle = stocked(10)
        key = actions.send(spindle.id, warehouse_actions.first().id, north.id, Decimal(4), by=ann)
        assert [leg.quantity for leg in queries.legs(key)] == [-4, 4]
        assert (at(spindle, north), at(spindle)) == ((4, 0, 4), (10, 0, 10))

    def test_is_on_its_way_until_it_arrives(self, tenant):
        north, ann = make_warehouse(), make_agent()
        spindle, main = stocked(10), warehouse_actions.first()
        key = actions.send(spindle.id, main.id, north.id, Decimal(4), arrives=False, by=ann)
        assert (at(spindle), queries.total_of(spindle.id).in_transit) == ((6, 0, 6), 4)
        actions.arrive(key, by=ann)
        assert (at(spindle, north), queries.total_of(spindle.id).in_transit) == ((4, 0, 4), 0)
        with pytest.raises(NotFound):
            actions.arrive(key, by=ann)
        assert queries.mismatches() == []

    def test_comes_back_by_one_correction(self, tenant):
        north, ann = make_warehouse(), make_agent()
        spindle, main = stocked(10), warehouse_actions.first()
        for arrives in (True, False):
            key = actions.send(spindle.id, main.id, north.id, Decimal(4), arrives=arrives, by=ann)
            actions.correct(queries.legs(key)[0], by=ann)
            assert (at(spindle, main), at(spindle, north)) == ((10, 0, 10), (0, 0, 0))
        assert queries.mismatches() == []

    def test_refuses_the_same_warehouse(self, tenant):
        spindle, main = stocked(10), warehouse_actions.first()
        with pytest.raises(Refused):
            actions.send(spindle.id, main.id, main.id, Decimal(4), by=make_agent())


class TestCorrect:
    def test_writes_the_opposite_once(self, tenant):
        spindle, ann = stocked(10), make_agent()
        first = queries.latest_of(spindle.id)[0]
        (opposite,) = actions.correct(first, "Typed twice", by=ann)
        assert (opposite.quantity, opposite.reason, at(spindle)) == (-10, "Typed twice", (0, 0, 0))
        for one in (first, opposite):
            with pytest.raises(actions.TakenBack):
                actions.correct(one, by=ann)

    def test_refuses_what_is_gone_or_was_made_by_a_paper(self, tenant):
        spindle, ann = stocked(10), make_agent()
        reservations.ship([(spindle.id, None, Decimal(4))], an_order(), by=ann)
        sold, came = queries.latest_of(spindle.id)
        with pytest.raises(Short):
            actions.correct(came, by=ann)
        with pytest.raises(actions.TakenBack):
            actions.correct(sold, by=ann)


class TestReserve:
    def test_promises_all_or_nothing(self, tenant):
        spindle, pin, ann = stocked(10, name="Spindle"), stocked(1, name="Pin"), make_agent()
        order = an_order()
        with pytest.raises(Short, match="Of Pin 1 are available, not 2"), db.session.begin_nested():
            reservations.reserve([(spindle.id, None, Decimal(5)), (pin.id, None, Decimal(2))], order, by=ann)
        assert (at(spindle), at(pin)) == ((10, 0, 10), (1, 0, 1))

    def test_promises_a_part_and_tells_what_lacks(self, tenant):
        pin, ann = stocked(3), make_agent()
        (lack,) = reservations.reserve([(pin.id, None, Decimal(5))], an_order(), by=ann, partly=True)
        assert (lack.product, lack.wanted, lack.available, lack.missing) == (pin, 5, 3, 2)
        assert at(pin) == (3, 3, 0)

    def test_takes_a_warehouse_that_has_it_all_before_several(self, tenant):
        north, ann = make_warehouse(), make_agent()
        pin, main = stocked(3), warehouse_actions.first()
        actions.take_in(pin.id, north.id, Decimal(8), by=ann)
        reservations.reserve([(pin.id, None, Decimal(5))], an_order(), by=ann)
        assert (at(pin, main), at(pin, north)) == ((3, 0, 3), (8, 5, 3))
        reservations.reserve([(pin.id, None, Decimal(6))], an_order(), by=ann)
        assert at(pin) == (11, 11, 0)

    def test_is_given_back(self, tenant):
        pin, ann, order = stocked(9), make_agent(), an_order()
        reservations.reserve([(pin.id, None, Decimal(5))], order, by=ann)
        reservations.release(order, [(pin.id, None, Decimal(2))], by=ann)
        assert at(pin) == (9, 3, 6)
        for _twice in range(2):
            reservations.release(order, by=ann)
            assert at(pin) == (9, 0, 9)

    def test_leaves_when_it_is_delivered(self, tenant):
        pin, ann, order = stocked(9), make_agent(), an_order()
        reservations.reserve([(pin.id, None, Decimal(5))], order, by=ann)
        reservations.ship([(pin.id, None, Decimal(4))], ("delivery", new_id()), reserved_for=order, by=ann)
        assert at(pin) == (5, 1, 4)
        reservations.ship([(pin.id, None, Decimal(3))], ("delivery", new_id()), reserved_for=order, by=ann)
        assert at(pin) == (2, 0, 2)
        with pytest.raises(Short):
            reservations.ship([(pin.id, None, Decimal(3))], order, by=ann)
        assert queries.mismatches() == []

    def test_notes_what_is_on_order(self, tenant):
        pin, ann, main = make_product(), make_agent(), warehouse_actions.first()
        purchase = ("purchase", new_id())
        reservations.expect([(pin.id, main.id, Decimal(50))], purchase, kind=PlanKind.ON_ORDER, by=ann)
        reservations.expect([(pin.id, main.id, Decimal(-20))], purchase, kind=PlanKind.ON_ORDER, by=ann)
        assert queries.total_of(pin.id).on_order == 30
        assert queries.mismatches() == []


class TestCrowd:
    @pytest.mark.shows("PR9")
    def test_of_a_hundred_orders_for_the_last_sixty_pieces_sixty_are_done_and_forty_are_told(self, app, context):
        tenant = make_tenant()
        with scope.enter(tenant.id):
            pin, nut = stocked(60).id, stocked(60).id
            db.session.commit()
        gate, done, told, wrong = threading.Barrier(100), [], [], []

        def run(number: int) -> None:
            with app.app_context(), scope.enter(tenant.id):
                lines = [(pin, None, Decimal(1)), (nut, None, Decimal(1))]
                order = an_order()
                gate.wait()
                try:
                    reservations.reserve(lines if number % 2 else lines[::-1], order, by=scope.SYSTEM)
                    db.session.commit()
                    done.append(order)
                except Short as error:
                    db.session.rollback()
                    told.append(error.sentence)
                except Exception as error:
                    db.session.rollback()
                    wrong.append(error)

        threads = [threading.Thread(target=run, args=(n,)) for n in range(100)]
        with pool_of(app, 20, wait=120):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert (wrong, len(done), len(told)) == ([], 60, 40)
        with scope.enter(tenant.id):
            levels = [queries.total_of(one) for one in (pin, nut)]
            assert [(level.on_hand, level.reserved) for level in levels] == [(60, 60), (60, 60)]
            assert queries.mismatches() == []


class TestWarehouses:
    def test_the_first_is_made_when_it_is_needed(self, tenant):
        assert queries.warehouses() == []
        assert warehouse_actions.first() is warehouse_actions.first()
        assert [one.code for one in queries.warehouses()] == ["MAIN"]

    def test_refuses_a_name_or_code_that_is_taken(self, tenant):
        make_warehouse(name="North", code="n")
        for name, code in (("north", "x"), ("South", "N")):
            with pytest.raises(warehouse_actions.NameTaken):
                make_warehouse(name=name, code=code)

    def test_closes_only_what_is_empty(self, tenant):
        ann, north = make_agent(), make_warehouse(name="North")
        pin = stocked(3, north)
        with pytest.raises(Conflict, match="1 product still lies in North"):
            warehouse_actions.archive(north, by=ann)
        actions.take_out(pin.id, north.id, Decimal(3), by=ann)
        warehouse_actions.archive(north, by=ann)
        assert north not in queries.warehouses()
        warehouse_actions.restore(north, by=ann)
        assert north in queries.warehouses()


class TestCount:
    def test_posts_what_was_found(self, tenant):
        ann, main = make_agent(), warehouse_actions.first()
        pin, nut, bolt = stocked(10, name="Pin"), stocked(5, name="Nut"), stocked(2, name="Bolt")
        count = count_actions.start(main.id, note="Year's end", by=ann)
        bolt_line, nut_line, pin_line = count_actions.count_queries.lines(count.id)
        count_actions.enter(count.id, {pin_line.id: Decimal(8), nut_line.id: Decimal(5)}, by=ann)
        made = count_actions.post(count.id, by=ann)
        assert [(m.product_id, m.quantity, m.reason) for m in made] == [(pin.id, -2, "Year's end")]
        assert (at(pin)[0], at(nut)[0], at(bolt)[0]) == (8, 5, 2)
        assert bolt_line.counted is None
        with pytest.raises(count_actions.Ended):
            count_actions.post(count.id, by=ann)
        actions.correct(made[0], by=ann)
        assert at(pin)[0] == 10

    def test_holds_what_it_counts(self, tenant):
        ann, main, north = make_agent(), warehouse_actions.first(), make_warehouse()
        pin = stocked(10, name="Pin")
        count = count_actions.start(main.id, by=ann)
        with pytest.raises(actions.BeingCounted, match="Pin is being counted in Main warehouse"):
            actions.take_out(pin.id, main.id, Decimal(1), by=ann)
        with pytest.raises(actions.BeingCounted):
            count_actions.start(main.id, by=ann)
        actions.take_in(pin.id, north.id, Decimal(1), by=ann)
        reservations.reserve([(pin.id, main.id, Decimal(1))], an_order(), by=ann)
        count_actions.cancel(count.id, by=ann)
        actions.take_out(pin.id, main.id, Decimal(1), by=ann)
        assert at(pin) == (10, 1, 9)

    def test_refuses_to_find_less_than_is_promised(self, tenant):
        ann, main = make_agent(), warehouse_actions.first()
        pin = stocked(10)
        reservations.reserve([(pin.id, None, Decimal(6))], an_order(), by=ann)
        count = count_actions.start(main.id, by=ann)
        (line,) = count_actions.count_queries.lines(count.id)
        count_actions.enter(count.id, {line.id: Decimal(5)}, by=ann)
        with pytest.raises(Short):
            count_actions.post(count.id, by=ann)

    def test_counts_what_nobody_knew_of(self, tenant):
        ann, main = make_agent(), warehouse_actions.first()
        stocked(1)
        lost = make_product()
        count = count_actions.start(main.id, by=ann)
        count_actions.add_product(count.id, lost.id, by=ann)
        line = next(one for one in count_actions.count_queries.lines(count.id) if one.product_id == lost.id)
        count_actions.enter(count.id, {line.id: Decimal(4)}, by=ann)
        count_actions.post(count.id, by=ann)
        assert at(lost) == (4, 0, 4)

    def test_needs_something_to_count(self, tenant):
        with pytest.raises(count_actions.NothingToCount):
            count_actions.start(warehouse_actions.first().id, by=make_agent())


class TestMismatches:
    def test_are_found_where_somebody_wrote_by_hand(self, tenant):
        pin = stocked(10, name="Pin")
        db.session.query(StockLevel).filter_by(warehouse_id=None).update({"on_hand": 9})
        (found,) = queries.mismatches()
        assert (found.product, found.warehouse, found.column, found.stored, found.explained) == (
            pin.name,
            None,
            "on_hand",
            9,
            10,
        )


class TestLow:
    @pytest.mark.shows("PR10")
    def test_is_told_once_a_fall(self, tenant):
        ann, pin, main = make_agent(), stocked(10), warehouse_actions.first()
        level = queries.total_of(pin.id)
        level.warn_below = Decimal(5)
        for quantity in (6, 1):
            actions.take_out(pin.id, main.id, Decimal(quantity), by=ann)
        falls = db.session.query(Event).filter(Event.name == level_actions.LOW)
        assert (falls.count(), level.low_since is not None) == (1, True)
        actions.take_in(pin.id, main.id, Decimal(7), by=ann)
        assert level.low_since is None
        reservations.reserve([(pin.id, None, Decimal(6))], an_order(), by=ann)
        assert falls.count() == 2


class TestFigures:
    @pytest.mark.parametrize(
        ("had", "cost", "came", "unit_cost", "is_now"),
        [(0, None, 5, 3, 3), (10, 4, 30, 8, 7), (-5, 4, 10, 6, 6), (10, 4, -10, 4, 4), (40, 7, -30, 8, 4)],
    )
    def test_average(self, had, cost, came, unit_cost, is_now):
        known = Decimal(cost) if cost is not None else None
        assert average(Decimal(had), known, Decimal(came), Decimal(unit_cost)) == is_now

    @pytest.mark.parametrize(
        ("available", "coming", "fill_to", "pack", "wanted"),
        [(3, 0, 20, None, 17), (3, 5, 20, None, 12), (3, 0, 20, 6, 18), (3, 30, 20, 6, 0), (-2, 0, 10, 5, 15)],
    )
    def test_suggested(self, available, coming, fill_to, pack, wanted):
        size = Decimal(pack) if pack else None
        assert suggested(Decimal(available), Decimal(coming), Decimal(fill_to), size) == wanted

    def test_plain(self):
        assert [str(plain(Decimal(q))) for q in ("60.000", "2.500", "0.000", "1000.000")] == ["60", "2.5", "0", "1000"]
