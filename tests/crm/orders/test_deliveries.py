"""What goes out and comes back, and that notes explain every quantity."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from saas import pdf
from saas.crm.inventory import queries as stock
from saas.crm.orders import actions, queries, record, stock_queries
from saas.crm.orders import delivery_actions as deliveries
from saas.crm.orders import delivery_queries as notes
from saas.crm.orders import state_actions as states
from saas.crm.orders.models import OPEN, NoteKind, OrderState
from saas.crm.papers import line_actions, pages, print_actions, prints
from saas.crm.papers.letterhead import Letterhead
from saas.crm.papers.sums import sums
from saas.db import db
from saas.errors import BusinessError, Refused
from saas.tenants import scope
from tests.crm.orders.test_orders import edited, shields
from tests.crm.papers.test_prints import printed, text_of
from tests.factories import make_agent, make_order, make_tenant, stocked

D = Decimal


def confirmed(ann, *rows, **given):
    return states.confirm_order(make_order(ann, None, *rows, **given), to=None, by=ann)


def send(order, by, *many):
    lines = queries.lines(order.id)
    wanted = {line.id: D(one) for line, one in zip(lines, many, strict=False) if one}
    return deliveries.deliver(order, wanted, day=scope.today(), by=by)


def back(order, by, *many, to_stock=True):
    wanted = {line.id: D(one) for line, one in zip(queries.lines(order.id), many, strict=False) if one}
    return deliveries.take_back(order, wanted, day=scope.today(), reason="Broken", to_stock=to_stock, by=by)


class TestDeliver:
    def test_what_is_left_stays_open(self, tenant):
        ann = make_agent()
        order = confirmed(ann, {"text": "Rope", "quantity": "10", "price": "5"}, {"text": "Hook", "price": "7"})
        note = send(order, ann, 4, 0)
        assert (note.number[:3], order.state) == ("DN-", OrderState.PART)
        assert [line.open for line in queries.lines(order.id)] == [D(6), D(1)]
        assert record.open_cell(queries.lines(order.id)) == "6 × Rope<br>1 × Hook"
        send(order, ann, 6, 1)
        assert (order.state, shields(order)) == (OrderState.DELIVERED, 0)

    def test_never_more_than_is_open(self, tenant):
        ann = make_agent()
        order = confirmed(ann)
        with pytest.raises(deliveries.TooMuch, match="only 10 are open"):
            send(order, ann, 11)
        with pytest.raises(Refused, match="at least one"):
            send(order, ann)

    def test_not_from_a_draft(self, tenant):
        ann = make_agent()
        with pytest.raises(states.NotNow):
            send(make_order(ann), ann, 1)

    def test_the_note_has_no_prices_and_keeps_its_words(self, tenant):
        ann = make_agent()
        order = confirmed(ann, due_on=scope.today(), ship_to="Quay 4\nHamburg")
        note = send(order, ann, 4)
        actions.change_order(order, {}, edited(order, Rope={"text": "Better rope"}), contact=None, version=None, by=ann)
        html, _assets = print_actions.drawn(prints.kind("delivery_note"), note)
        assert note.number in html
        assert "Quay 4" in html
        assert ">Rope<" in html
        assert "€" not in html


class TestTakeBack:
    def test_at_most_what_the_customer_has(self, tenant):
        ann = make_agent()
        order = confirmed(ann)
        send(order, ann, 4)
        assert back(order, ann, 3).number.startswith("RN-")
        with pytest.raises(deliveries.TooMuch, match="has 1"):
            back(order, ann, 2)
        assert [line.open for line in queries.lines(order.id)] == [D(6)]  # a return opens nothing


class TestUndo:
    def test_writes_the_opposite_once(self, tenant):
        ann = make_agent()
        order = confirmed(ann)
        note = send(order, ann, 10)
        assert order.state is OrderState.DELIVERED
        counter = deliveries.undo_note(note, reason="Wrong parcel", day=scope.today(), by=ann)
        assert [line.quantity for line in notes.lines(counter.id)] == [D(-10)]
        assert (order.state, shields(order)) == (OrderState.CONFIRMED, 1)
        for wrong in (note, counter):
            with pytest.raises(deliveries.TakenBack):
                deliveries.undo_note(wrong, reason="Again", day=scope.today(), by=ann)

    def test_what_came_back_is_undone_first(self, tenant):
        ann = make_agent()
        order = confirmed(ann)
        note = send(order, ann, 4)
        returned = back(order, ann, 1)
        with pytest.raises(deliveries.TooMuch, match="undo that note first"):
            deliveries.undo_note(note, reason="Wrong", day=scope.today(), by=ann)
        deliveries.undo_note(returned, reason="Wrong", day=scope.today(), by=ann)
        deliveries.undo_note(note, reason="Wrong", day=scope.today(), by=ann)
        assert [(line.delivered, line.returned) for line in queries.lines(order.id)] == [(D(0), D(0))]


class TestPdf:
    def test_says_the_sums_of_the_screen(self, tenant):
        ann = make_agent()
        rows = [
            {"text": "Rope", "quantity": "3.333", "price": "0.0155", "tax": "19|VAT"},
            {"text": "Hook", "price": "7"},
        ]
        order = confirmed(ann, *rows)
        kind = prints.kind("sales_order")
        context = prints.context(kind, order, Letterhead())
        lines = queries.lines(order.id)
        assert context["sums"] == pages.told(line_actions.found(order, lines), "EUR")
        assert order.gross == line_actions.found(order, lines).gross
        html, assets = print_actions.drawn(kind, order)
        assert order.number in html
        if pdf.is_ready():
            assert pdf.render(html, assets).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("language", "words", "note_words"),
    [
        ("en", ["Order confirmation O-", "Wanted on", "Your number", "Total"], ["Delivery note DN-", "Tracking"]),
        ("zh", ["订单确认函 O-", "要求到货日", "贵方单号", "总计"], ["发货单 DN-", "物流单号"]),
    ],
)
class TestPrinted:
    def test_says_in_its_language_what_the_screen_says(self, tenant, language, words, note_words):
        ann = make_agent()
        rows = [{"text": "Crane 起重机", "quantity": "2", "price": "1200.50", "tax": "19|VAT"}]
        order = confirmed(ann, *rows, language=language, reference="PO-77", due_on=scope.today())
        note = deliveries.deliver(
            order, {queries.lines(order.id)[0].id: D(1)}, day=scope.today(), tracking="DHL 0034", by=ann
        )
        text, note_text = text_of(printed(order, ann)), text_of(printed(note, ann))
        for word in [*words, order.number, "PO-77", "Crane 起重机", "1,200.50"]:
            assert word in text, word
        for _label, amount, _look in pages.told(line_actions.found(order, queries.lines(order.id)), "EUR"):
            assert amount in text
        for word in [*note_words, note.number, order.number, "DHL 0034", "Crane 起重机"]:
            assert word in note_text, word
        assert "1,200.50" not in note_text


class Orders(RuleBasedStateMachine):
    """One order of three lines: whatever is done to it in whatever order, its notes explain it."""

    @initialize()
    def begin(self) -> None:
        self.room = scope.enter(make_tenant().id)
        self.room.__enter__()
        self.ann = make_agent()
        self.parts = [stocked(4, name=f"Part {n}") for n in range(3)]
        self.parts[2].is_stocked = False  # somebody says so afterwards
        rows = [
            {"product": f"Part {n}", "text": f"Part {n}", "quantity": str(n + 1), "price": "9.995", "tax": "19|VAT"}
            for n in range(3)
        ]
        self.order = confirmed(self.ann, *rows)

    def try_to(self, verb) -> None:
        try:
            with db.session.begin_nested():
                verb()
        except BusinessError:
            db.session.expire_all()

    @rule(many=st.lists(st.sampled_from(["0", "1", "2", "0.5"]), min_size=3, max_size=3))
    def deliver(self, many) -> None:
        self.try_to(lambda: send(self.order, self.ann, *[D(one) for one in many]))

    @rule(many=st.lists(st.sampled_from(["0", "1", "0.5"]), min_size=3, max_size=3), to_stock=st.booleans())
    def take_back(self, many, to_stock) -> None:
        self.try_to(lambda: back(self.order, self.ann, *many, to_stock=to_stock))

    @rule(which=st.integers(0, 9))
    def undo(self, which) -> None:
        found = notes.of_order(self.order.id)
        if found:
            note = found[which % len(found)]
            self.try_to(lambda: deliveries.undo_note(note, reason="Wrong", day=scope.today(), by=self.ann))

    @rule(which=st.integers(0, 2), quantity=st.sampled_from(["1", "2", "3", "5.5"]))
    def change(self, which, quantity) -> None:
        typed = edited(self.order, **{f"Part {which}": {"quantity": quantity}})
        verb = lambda: actions.change_order(self.order, {}, typed, contact=None, version=None, by=self.ann)  # noqa: E731
        self.try_to(verb)

    @rule()
    def close(self) -> None:
        self.try_to(lambda: states.close_order(self.order, by=self.ann))

    @rule()
    def reopen(self) -> None:
        self.try_to(lambda: states.reopen_order(self.order, by=self.ann))

    @rule()
    def cancel(self) -> None:
        if not notes.of_order(self.order.id):
            return
        self.try_to(lambda: states.cancel_order(self.order, reason="No", by=self.ann))

    @invariant()
    def notes_explain_every_quantity(self) -> None:
        written = notes.of_order(self.order.id)
        moved = {(one.kind, line.order_line_id): D(0) for one in written for line in notes.lines(one.id)}
        for one in written:
            for line in notes.lines(one.id):
                moved[one.kind, line.order_line_id] += line.quantity
        for line in queries.lines(self.order.id):
            assert line.delivered == moved.get((NoteKind.DELIVERY, line.id), 0)
            assert line.returned == moved.get((NoteKind.RETURN, line.id), 0)
            assert 0 <= line.returned <= line.delivered <= line.quantity
            assert line.open == line.quantity - line.delivered

    @invariant()
    def state_and_sums_are_what_the_lines_say(self) -> None:
        lines = queries.lines(self.order.id)
        found = sums([line.priced for line in reversed(lines)], "EUR", line_actions.rule())
        assert (self.order.net, self.order.tax, self.order.gross) == (found.net, found.tax, found.gross)
        assert sum(line.net for line in lines) == self.order.net
        if self.order.state in OPEN:
            assert any(line.open > 0 for line in lines)
        assert shields(self.order) == (1 if self.order.state in OPEN else 0)

    @invariant()
    def stock_says_what_the_notes_say(self) -> None:
        assert stock.mismatches() == []
        held = stock_queries.reserved(self.order)
        for part, line in zip(self.parts, queries.lines(self.order.id), strict=True):
            total = stock.total_of(part.id)
            db.session.refresh(total)
            gone = sum(
                (
                    -one.quantity
                    for note in notes.of_order(self.order.id)
                    if note.kind is NoteKind.DELIVERY or note.to_stock
                    for one in stock_queries.moved_by(note)
                    if one.product_id == part.id
                ),
                D(0),
            )
            assert total.on_hand == 4 - gone
            wanted = line.open if part.is_stocked and self.order.state in OPEN else 0
            assert total.reserved == held.get(part.id, 0) <= wanted
            if not part.is_stocked:
                assert gone == 0
            else:
                scrapped = line.returned - self.back_in_stock(line)
                assert gone == line.delivered - line.returned + scrapped

    def back_in_stock(self, line) -> Decimal:
        """How much of what came back of a line can be sold again."""
        found = [one for one in notes.of_order(self.order.id) if one.kind is NoteKind.RETURN and one.to_stock]
        moved = [one.quantity for note in found for one in notes.lines(note.id) if one.order_line_id == line.id]
        return sum(moved, D(0))

    def teardown(self) -> None:
        if hasattr(self, "room"):
            db.session.rollback()
            self.room.__exit__(None, None, None)


class TestAnyOrder:
    def test_notes_explain_every_quantity(self, context):
        quick = settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        )
        run_state_machine_as_test(Orders, settings=quick)
