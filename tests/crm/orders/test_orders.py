"""Orders: from an accepted quote to confirmed, changed, cancelled."""

from __future__ import annotations

from decimal import Decimal

import pytest

from saas.crm.customers.models import AccountShield, ShieldKind, Standing
from saas.crm.opportunities import actions as deals
from saas.crm.opportunities.models import Result
from saas.crm.orders import actions, queries, record
from saas.crm.orders import delivery_actions as deliveries
from saas.crm.orders import state_actions as states
from saas.crm.orders.models import Order, OrderSource, OrderState
from saas.crm.papers import lines as grid
from saas.crm.papers import offers, pages
from saas.crm.papers import record as papers_record
from saas.crm.papers.models import LineKind
from saas.crm.quotes import actions as quotes
from saas.db import db, new_id
from saas.tenants import handover, scope
from saas.tenants.models import Event
from saas.tenants.scope import SYSTEM
from saas.versions import Overtaken
from tests.factories import make_account, make_agent, make_contact, make_lines, make_opportunity, make_order, make_quote

D = Decimal


def accepted(ann, *rows, options=(), **given):
    quote = make_quote(ann, None, *rows, **given)
    quotes.send_quote(quote, to="eva@elbe.example", words="", by=ann)
    chosen = {line.id for line in quotes.queries.lines(quote.id) if line.text in options}
    return quotes.accept_quote(quote.id, name="Eva Lind", options=chosen)


def edited(order, **cells):
    """The lines of an order as its grid sends them back, with cells changed; None drops the line."""
    sent = {}
    found = queries.lines(order.id)
    for one in grid.drawn(found, pages.labels(found)):
        changed = cells.get(one.cells["text"], {})
        if changed is not None:
            sent |= {f"r{one.number}-{name}": value for name, value in (one.cells | changed).items()}
            sent |= {f"r{one.number}-id": str(one.line_id), f"r{one.number}-kind": one.kind.value}
    return grid.read(sent, offers.offer(order.currency, order.account))


def change(order, by, values=None, **cells):
    return actions.change_order(order, values or {}, edited(order, **cells), contact=None, version=None, by=by)


def shields(order) -> int:
    return db.session.query(AccountShield).filter_by(kind=ShieldKind.ORDER, ref=order.id).count()


class TestFromQuote:
    @pytest.mark.shows("PR4")
    def test_takes_lines_and_chosen_options_over(self, tenant):
        ann = make_agent()
        rows = [
            {"text": "Crane", "quantity": "2", "price": "1200.50", "discount": "3", "tax": ""},
            {"kind": "heading", "text": "On top"},
            {"kind": "option", "text": "Paint", "price": "99"},
            {"kind": "option", "text": "Gold", "price": "999"},
        ]
        quote = accepted(ann, *rows, options={"Paint"})
        order, is_new = actions.order_from_quote(quote, by=ann)
        assert is_new
        assert (order.source, order.quote_id, order.gross) == (OrderSource.QUOTE, quote.id, quote.gross)
        found = [(line.text, line.kind) for line in queries.lines(order.id)]
        assert found == [("Crane", LineKind.ITEM), ("On top", LineKind.HEADING), ("Paint", LineKind.ITEM)]

    def test_a_quote_makes_one(self, tenant):
        ann = make_agent()
        quote = accepted(ann)
        first, _new = actions.order_from_quote(quote, by=ann)
        second, is_new = actions.order_from_quote(quote, by=ann)
        assert second is first
        assert not is_new
        assert db.session.query(Order).count() == 1

    def test_waits_for_the_customer(self, tenant):
        ann = make_agent()
        with pytest.raises(states.NotNow, match="accepted"):
            actions.order_from_quote(make_quote(ann), by=ann)


class TestConfirm:
    def test_is_done_once_and_keeps_the_customer(self, tenant):
        ann = make_agent()
        order = make_order(ann)
        for _twice in range(2):
            states.confirm_order(order, to="eva@elbe.example", by=ann)
        assert (order.state, order.edition, order.sent_to) == (OrderState.CONFIRMED, 1, "eva@elbe.example")
        assert db.session.query(Event).filter(Event.name == states.CONFIRMED).count() == 1
        assert shields(order) == 1

    def test_wins_the_deal(self, tenant):
        ann = make_agent()
        deal = make_opportunity(make_account(ann), ann)
        order = make_order(ann, deal.account)
        order.opportunity_id = deal.id
        states.confirm_order(order, to=None, by=ann)
        assert deal.result is Result.WON
        states.cancel_order(order, reason="They went bankrupt", by=ann)
        assert record.deal_to_reopen(order) is deal
        assert deal.result is Result.WON

    def test_makes_him_a_customer_as_long_as_one_holds(self, tenant):
        ann = make_agent()
        account = make_account()  # lies in the pool
        first, second = make_order(ann, account), make_order(ann, account)
        for order in (first, second):
            states.confirm_order(order, to=None, by=ann)
        assert (account.standing, account.owner_id) == (Standing.CUSTOMER, ann.id)
        states.cancel_order(first, reason="No", by=ann)
        assert account.standing is Standing.CUSTOMER
        states.cancel_order(second, reason="No", by=ann)
        assert account.standing is Standing.TRACKED

    def test_keeps_him_a_customer_though_the_deal_is_opened_again(self, tenant):
        ann = make_agent()
        deal = make_opportunity(make_account(ann), ann)
        order = make_order(ann, deal.account)
        order.opportunity_id = deal.id
        states.confirm_order(order, to=None, by=ann)
        deals.reopen(deal, reason="The second half is open", by=ann)
        assert deal.account.standing is Standing.CUSTOMER
        states.cancel_order(order, reason="They went bankrupt", by=ann)
        assert deal.account.standing is Standing.TRACKED

    def test_refuses_nothing(self, tenant):
        ann = make_agent()
        order = make_order(ann, None, {"kind": "heading", "text": "Words"})
        with pytest.raises(Exception, match="nothing to deliver"):
            states.confirm_order(order, to=None, by=ann)

    def test_asks_nobody_for_mail_who_refused_it(self, tenant):
        ann = make_agent()
        account = make_account(ann, email="office@elbe.example")
        order = make_order(ann, account)
        assert papers_record.address(order) == "office@elbe.example"
        contact = make_contact(account, email="eva@elbe.example")
        order.contact_id, order.contact = contact.id, contact
        assert papers_record.address(order) == "eva@elbe.example"
        contact.mail_wish = "no"
        db.session.flush()
        db.session.refresh(contact)
        assert papers_record.address(order) == ""


class TestChange:
    @pytest.mark.shows("PR5")
    def test_makes_an_edition_and_tells_line_by_line(self, tenant):
        ann = make_agent()
        order = make_order(ann, None, {"text": "Rope", "quantity": "10", "price": "5"}, {"text": "Hook", "price": "7"})
        states.confirm_order(order, to="eva@elbe.example", by=ann)
        change(order, ann, Rope={"quantity": "12"}, Hook=None)
        assert (order.label, order.gross) == (f"{order.number}/2", D(60))
        event = db.session.query(Event).filter(Event.name == actions.CHANGED).one()
        assert event.changed["lines"] == [
            {"what": "dropped", "line": "Hook", "quantity": "1.000", "unit": None},
            {"what": "changed", "line": "Rope", "quantity": ["10.000", "12"]},
        ]
        assert event.changed["print_id"]

    def test_a_draft_has_no_editions(self, tenant):
        ann = make_agent()
        order = make_order(ann)
        change(order, ann, Rope={"quantity": "12"})
        assert (order.edition, order.gross) == (0, D(60))

    def test_nothing_below_what_was_delivered(self, tenant):
        ann = make_agent()
        order = make_order(ann)
        states.confirm_order(order, to=None, by=ann)
        (line,) = queries.lines(order.id)
        deliveries.deliver(order, {line.id: D(4)}, day=scope.today(), by=ann)
        for less in ({"quantity": "3"}, None):
            with pytest.raises(actions.BelowDelivered, match="Rope"):
                change(order, ann, Rope=less)
        change(order, ann, Rope={"quantity": "4"})
        assert order.state is OrderState.DELIVERED
        with pytest.raises(states.NotNow):
            change(order, ann, Rope={"quantity": "5"})

    def test_tells_whoever_was_slower(self, tenant):
        ann = make_agent()
        order = make_order(ann)
        version = order.version
        change(order, ann, Rope={"quantity": "12"})
        with pytest.raises(Overtaken):
            actions.change_order(order, {}, make_lines(), contact=None, version=version, by=ann)


class TestCancel:
    def test_lets_go_of_the_customer(self, tenant):
        ann = make_agent()
        order = make_order(ann)
        states.confirm_order(order, to=None, by=ann)
        for _twice in range(2):
            states.cancel_order(order, reason="Too late", by=ann)
        assert (order.state, order.cancel_reason, shields(order)) == (OrderState.CANCELLED, "Too late", 0)
        assert all(line.sold_on is None for line in queries.lines(order.id))

    def test_not_after_something_left(self, tenant):
        ann = make_agent()
        order = make_order(ann)
        states.confirm_order(order, to=None, by=ann)
        (line,) = queries.lines(order.id)
        deliveries.deliver(order, {line.id: D(1)}, day=scope.today(), by=ann)
        with pytest.raises(states.NotNow):
            states.cancel_order(order, reason="Too late", by=ann)


class TestHandOver:
    def test_gives_what_is_under_way_to_the_heir(self, tenant):
        ann, bo = make_agent(), make_agent()
        draft, done = make_order(ann), make_order(ann)
        states.confirm_order(done, to=None, by=ann)
        states.cancel_order(done, reason="No", by=ann)
        held = {holding.key: (holding, count) for holding, count in handover.held_by(ann.id)}
        holding, count = held["sales_order.owner_id"]
        assert count == 1
        assert holding.pass_on(ann.id, bo, SYSTEM, new_id(), handover.ALL) == [draft.id]
        assert (draft.owner_id, done.owner_id) == (bo.id, ann.id)
