"""Orders and stock: what is confirmed is promised once, whoever else wants it at the same moment."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from saas import mail
from saas.crm.inventory import actions as stock_moves
from saas.crm.inventory import queries as stock
from saas.crm.inventory import warehouse_actions as warehouses
from saas.crm.inventory.level_actions import Short
from saas.crm.orders import actions, notice_actions, queries, stock_actions, stock_queries
from saas.crm.orders import delivery_actions as deliveries
from saas.crm.orders import state_actions as states
from saas.crm.orders.models import Order, OrderState
from saas.crm.quotes import actions as quotes
from saas.crm.quotes import queries as quote_queries
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Event
from tests.connections import pool_of
from tests.crm.orders.test_deliveries import back, send
from tests.crm.orders.test_orders import change
from tests.factories import make_agent, make_order, make_quote, make_tenant, sign_in, stocked
from tests.workers import work

D = Decimal


def levels(product) -> tuple[Decimal, Decimal]:
    """On hand, reserved."""
    total = stock.total_of(product.id)
    db.session.refresh(total)
    return total.on_hand, total.reserved


def ordered(ann, product, many):
    return make_order(ann, None, {"product": product.name, "text": product.name, "quantity": many, "price": "5"})


class TestReserve:
    def test_confirming_promises_and_cancelling_lets_go(self, tenant):
        ann, rope = make_agent(), stocked(10, name="Rope", is_stocked=True)
        order = ordered(ann, rope, "4")
        states.confirm_order(order, to=None, later=False, by=ann)
        assert levels(rope) == (10, 4)
        change(order, ann, Rope={"quantity": "7"})
        assert levels(rope) == (10, 7)
        change(order, ann, Rope={"quantity": "2"})
        assert levels(rope) == (10, 2)
        states.cancel_order(order, reason="No", by=ann)
        assert levels(rope) == (10, 0)

    def test_says_before_what_is_short(self, tenant):
        ann, rope = make_agent(), stocked(10, name="Rope", is_stocked=True)
        order = ordered(ann, rope, "12")
        assert [stock_actions.told(one) for one in stock_queries.lacking(queries.lines(order.id))] == [
            "Of Rope 10 of 12 are available."
        ]
        with pytest.raises(stock_actions.NotInStock, match="10 of 12"):
            states.confirm_order(order, to=None, later=False, by=ann)
        assert (order.state, levels(rope)) == (OrderState.DRAFT, (10, 0))
        states.confirm_order(order, to=None, later=True, by=ann)
        assert levels(rope) == (10, 10)
        with pytest.raises(Short):
            send(order, ann, 11)

    def test_what_has_come_in_is_reserved_when_asked(self, tenant):
        ann, rope = make_agent(), stocked(1, name="Rope", is_stocked=True)
        order = states.confirm_order(ordered(ann, rope, "4"), to=None, by=ann)
        stock_moves.take_in(rope.id, warehouses.first().id, D(2), by=ann)
        assert [one.missing for one in states.reserve_order(order, by=ann)] == [1]
        assert levels(rope) == (3, 3)
        states.reserve_order(order, by=ann)
        assert db.session.query(Event).filter(Event.name == states.RESERVED).count() == 1  # of what changed something
        states.cancel_order(order, reason="No", by=ann)
        with pytest.raises(states.NotNow):
            states.reserve_order(order, by=ann)

    def test_what_is_not_counted_is_always_there(self, tenant):
        ann, advice = make_agent(), stocked(1, name="Advice")
        advice.is_stocked = False  # somebody says so afterwards
        order = ordered(ann, advice, "40")
        states.confirm_order(order, to=None, later=False, by=ann)
        send(order, ann, 40)
        assert levels(advice) == (1, 0)


class TestMove:
    def test_deliveries_ship_and_returns_come_in(self, tenant):
        ann, rope = make_agent(), stocked(10, name="Rope", is_stocked=True)
        order = ordered(ann, rope, "8")
        states.confirm_order(order, to=None, later=False, by=ann)
        note = send(order, ann, 5)
        assert levels(rope) == (5, 3)
        returned = back(order, ann, 2)
        assert levels(rope) == (7, 3)
        scrap = {line.id: D(1) for line in queries.lines(order.id)}
        deliveries.take_back(order, scrap, day=scope.today(), reason="Burnt", to_stock=False, by=ann)
        assert levels(rope) == (7, 3)
        deliveries.undo_note(returned, reason="Wrong", day=scope.today(), by=ann)
        assert levels(rope) == (5, 3)
        with pytest.raises(deliveries.TooMuch):
            deliveries.undo_note(note, reason="Wrong", day=scope.today(), by=ann)
        states.close_order(order, by=ann)
        assert levels(rope) == (5, 0)
        assert stock.mismatches() == []

    def test_an_undone_delivery_is_promised_again(self, tenant):
        ann, rope = make_agent(), stocked(10, name="Rope", is_stocked=True)
        order = ordered(ann, rope, "8")
        states.confirm_order(order, to=None, later=False, by=ann)
        note = send(order, ann, 8)
        deliveries.undo_note(note, reason="Wrong", day=scope.today(), by=ann)
        assert levels(rope) == (10, 8)
        assert stock.mismatches() == []


class TestWaiting:
    """By the worker, as it happens once something has come in."""

    def test_orders_get_what_comes_in_the_first_promised_first(self, app):
        with app.app_context():
            here = make_tenant()
            with scope.enter(here.id):
                ann, rope = make_agent(), stocked(3, name="Rope", is_stocked=True)
                wanted = {}
                for many, days in (("5", 9), ("4", 2), ("6", 5)):
                    order = ordered(ann, rope, many)
                    order.due_on = scope.today() + timedelta(days=days)
                    wanted[many] = states.confirm_order(order, to=None, by=ann).id
                db.session.commit()

            def held():
                db.session.expire_all()
                found = {many: stock_queries.reserved(queries.order_row(key)) for many, key in wanted.items()}
                return {many: sum(one.values()) for many, one in found.items()}

            with scope.enter(here.id):
                assert held() == {"5": 3, "4": 0, "6": 0}
                stock_moves.take_in(rope.id, warehouses.first().id, D(7), by=ann)
                db.session.commit()
            for _twice in range(2):
                work(app, here)
                with scope.enter(here.id):
                    assert held() == {"5": 3, "4": 4, "6": 3}
            with scope.enter(here.id):
                told = db.session.scalars(select(Event.subject_id).where(Event.name == states.RESERVED)).all()
                assert told == [wanted["4"], wanted["6"]]
                states.cancel_order(queries.order_row(wanted["5"]), reason="No", by=ann)
                db.session.commit()
            work(app, here)
            with scope.enter(here.id):
                assert held() == {"5": 0, "4": 4, "6": 6}

    def test_what_never_came_in_is_given_back_first(self, app):
        with app.app_context():
            here = make_tenant()
            with scope.enter(here.id):
                ann, rope = make_agent(), stocked(2, name="Rope", is_stocked=True)
                order = states.confirm_order(ordered(ann, rope, "6"), to=None, by=ann)
                wrong = stock_moves.take_in(rope.id, warehouses.first().id, D(3), by=ann)
                db.session.commit()
                key = order.id
            work(app, here)
            with scope.enter(here.id):
                assert stock_queries.reserved(queries.order_row(key)) == {rope.id: 5}
                stock_moves.correct(wrong, "Counted wrong", by=ann)
                db.session.commit()
            work(app, here)
            with scope.enter(here.id):
                assert stock_queries.reserved(queries.order_row(key)) == {rope.id: 2}
                assert levels(rope) == (2, 2)


class TestCancelled:
    def test_is_told_to_the_customer_where_its_confirmation_went(self, tenant, monkeypatch):
        posted = []
        monkeypatch.setattr(mail, "send", lambda to, words, **more: posted.append((to, words.subject, words.text)))
        ann = make_agent()
        for to in (None, "eva@elbe.example"):
            order = make_order(ann, reference="B-7")
            states.confirm_order(order, to=to, by=ann)
            states.cancel_order(order, reason="They never pay", by=ann)
            wanted = (Event.name == states.CANCELLED, Event.subject_id == order.id)
            notice_actions.mail_cancelled(db.session.scalars(select(Event).where(*wanted)).one())
        [(to, subject, text)] = posted
        assert (to, order.number in subject, "B-7" in text, "never pay" in text) == (
            "eva@elbe.example",
            True,
            True,
            False,
        )


class TestCrowd:
    def test_sixty_of_a_hundred_get_the_last_sixty(self, app, context):
        tenant = make_tenant()
        with scope.enter(tenant.id):
            ann, rope = make_agent(), stocked(60, name="Rope", is_stocked=True)
            ann_id, rope_id = ann.id, rope.id
            ids = [ordered(ann, rope, "1").id for _one in range(100)]
            db.session.commit()
        sold, told, wrong = [], [], []

        def run(order_id) -> None:
            with app.app_context(), scope.enter(tenant.id):
                try:
                    member = tenants.member(ann_id)
                    for _twice in range(2):  # the button was pressed twice
                        order = queries.order_row(order_id)
                        states.confirm_order(order, to=None, later=False, by=member)
                        db.session.commit()
                    sold.append(order_id)
                except stock_actions.NotInStock as error:
                    db.session.rollback()
                    told.append(error.sentence)
                except Exception as error:
                    db.session.rollback()
                    wrong.append(error)

        threads = [threading.Thread(target=run, args=(one,)) for one in ids]
        with pool_of(app, 20, wait=300):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert (wrong, len(sold), len(told)) == ([], 60, 40)
        assert set(told) == {"Of Rope 0 of 1 are available."}
        with scope.enter(tenant.id):
            total = stock.total_of(rope_id)
            assert (total.on_hand, total.reserved) == (60, 60)
            assert db.session.query(Order).filter(Order.state == OrderState.CONFIRMED).count() == 60
            assert stock.mismatches() == []

    def test_a_quote_pressed_by_many_at_once_makes_one(self, app, context):
        tenant = make_tenant()
        with scope.enter(tenant.id):
            ann = make_agent()
            quote = quotes.send_quote(make_quote(ann), to="eva@elbe.example", words="", by=ann)
            quotes.accept_quote(quote.id, name="Eva")
            db.session.commit()
            ann_id, quote_id = ann.id, quote.id
        made, wrong = [], []

        def run() -> None:
            with app.app_context(), scope.enter(tenant.id):
                try:
                    order, is_new = actions.order_from_quote(
                        quote_queries.quote_row(quote_id), by=tenants.member(ann_id)
                    )
                    db.session.commit()
                    made.append((order.id, is_new))
                except Exception as error:
                    db.session.rollback()
                    wrong.append(error)

        threads = [threading.Thread(target=run) for _one in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (wrong, len({order_id for order_id, _new in made})) == ([], 1)
        assert [is_new for _id, is_new in made].count(True) == 1


class TestPage:
    def test_asks_before_something_comes_later(self, context, client, post):
        here = make_tenant()
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            rope = stocked(3, name="Rope", is_stocked=True)
            order_id = ordered(tenants.member(me.id), rope, "5").id
            db.session.commit()
        path = f"/{here.slug}/orders/{order_id}"
        assert "Of Rope 3 of 5 are available." in client.get(f"{path}/confirm").text
        refused = post(f"{path}/confirm", data={"to": ""})
        assert (refused.status_code, "Of Rope 3 of 5" in refused.text) == (422, True)
        assert post(f"{path}/confirm", data={"to": "", "later": "y"}).status_code == 302
        assert "Not in stock" in client.get(path).text
        deliver = f"/{here.slug}/deliveries/of/{order_id}/new"
        with scope.enter(here.id):
            name = f"q-{queries.lines(order_id)[0].id}"
        short = post(deliver, data={"day": "2026-05-04", name: "4"})
        assert (short.status_code, "are available" in short.text) == (422, True)
        assert post(deliver, data={"day": "2026-05-04", name: "3"}).status_code == 302
