"""Quotes: written in a grid, sent as they are, answered once by whoever holds the link."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from saas import clock
from saas.crm.papers import print_actions
from saas.crm.products import discount_queries as limits
from saas.crm.quotes import actions, queries
from saas.crm.quotes import approval_actions as approvals
from saas.crm.quotes.models import QuoteState
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from saas.tenants.actions import settings
from saas.tenants.models import Event
from tests.factories import make_agent, make_lines, make_member, make_product, make_quote

D = Decimal


class TestWrite:
    def test_adds_up_what_was_make_lines(self, tenant):
        ann = make_agent()
        rows = [
            {"text": "Crane", "quantity": "2", "price": "1,200.50", "tax": "19|VAT"},
            {"kind": "option", "text": "Paint", "price": "99", "tax": ""},
            {"kind": "heading", "text": "Services"},
            {"text": "Set up", "quantity": "1.5", "price": "80", "discount": "10"},
        ]
        quote = make_quote(ann, None, *rows)
        assert quote.net == D("2401.00") + D("108.00")
        assert [line.kind.value for line in queries.lines(quote.id)] == ["item", "option", "heading", "item"]

    def test_completes_a_line_from_its_product(self, tenant):
        ann = make_agent()
        make_product(ann, name="Pump", price=D("450.00"), unit="piece", currency="EUR")
        (line,) = make_lines({"product": "pump"})
        assert (line.cells["text"], line.cells["price"], line.cells["quantity"]) == ("Pump", "450", "1")
        assert line.filled >= {"text", "price"}

    def test_says_what_is_wrong_where_it_is(self, tenant):
        make_agent()
        found = make_lines({"text": "x", "price": "dear"}, {"product": "nothing we have"}, {"text": "y", "price": "-1"})
        assert [sorted(one.errors) for one in found] == [["price"], ["price", "product", "text"], ["price"]]


class TestSend:
    def test_makes_the_link_and_keeps_the_paper(self, tenant):
        ann = make_agent()
        quote = make_quote(ann)
        actions.send_quote(quote, to="eva@elbe.example", words="Hello", by=ann)
        assert quote.state is QuoteState.SENT
        assert queries.by_secret(actions.secret_of(quote)).id == quote.id
        for _part in print_actions.make(quote.print_id):
            db.session.flush()
        assert quote.printed.file.media_type == "application/pdf"

    def test_what_went_out_is_not_changed(self, tenant):
        ann = make_agent()
        quote = make_quote(ann)
        actions.send_quote(quote, to="eva@elbe.example", words="", by=ann)
        with pytest.raises(actions.NoLongerOpen, match="went out already"):
            actions.change_quote(quote, {}, [], contact=None, version=quote.version, by=ann)


class TestAnswer:
    def test_is_taken_once(self, tenant):
        ann = make_agent()
        quote = make_quote(ann)
        actions.send_quote(quote, to="eva@elbe.example", words="", by=ann)
        for _twice in range(2):
            actions.accept_quote(quote.id, name="Eva Lind")
        assert db.session.query(Event).filter(Event.name == actions.ACCEPTED).count() == 1
        with pytest.raises(actions.NoLongerOpen):
            actions.decline_quote(quote.id, name="Eva Lind")

    def test_an_option_that_was_chosen_counts(self, tenant):
        ann = make_agent()
        rows = [{"text": "Crane", "price": "100"}, {"kind": "option", "text": "Paint", "price": "10"}]
        quote = make_quote(ann, None, *rows)
        actions.send_quote(quote, to="eva@elbe.example", words="", by=ann)
        option = queries.lines(quote.id)[1]
        actions.accept_quote(quote.id, name="Eva Lind", options={option.id})
        assert quote.net == D(110)

    def test_comes_too_late_after_its_last_day(self, tenant):
        ann = make_agent()
        quote = make_quote(ann, valid_until=scope.today())
        actions.send_quote(quote, to="eva@elbe.example", words="", by=ann)
        clock.shift(timedelta(days=2).total_seconds())
        with pytest.raises(actions.NoLongerOpen, match="run out"):
            actions.accept_quote(quote.id, name="Eva Lind")
        assert actions.expire_quotes() == 1
        assert quote.state is QuoteState.EXPIRED

    def test_goes_to_the_last_version_alone(self, tenant):
        ann = make_agent()
        quote = make_quote(ann)
        actions.send_quote(quote, to="eva@elbe.example", words="", by=ann)
        later = actions.revise_quote(quote, by=ann)
        assert (later.label, later.gross) == (f"{quote.number}/2", quote.gross)
        with pytest.raises(actions.NoLongerOpen):
            actions.accept_quote(quote.id, name="Eva Lind")


class TestApproval:
    @pytest.fixture
    def limit(self, tenant):
        """Agents may give 10 % off."""
        ann, boss = make_agent(), make_member("manager", name="Bo")
        settings.choose(limits.LIMITS, {str(ann.role_id): "10"}, by=boss)
        db.session.flush()
        return ann, boss

    def dear(self, ann, **row):
        return make_quote(ann, None, {"text": "Crane", "price": "100"} | row)

    def test_is_needed_beyond_the_limit_alone(self, limit):
        ann, _boss = limit
        actions.send_quote(self.dear(ann, discount="10"), to="eva@elbe.example", words="", by=ann)
        with pytest.raises(approvals.NeedsApproval, match="15 % off; you may give 10 %"):
            actions.send_quote(self.dear(ann, discount="15"), to="eva@elbe.example", words="", by=ann)

    def test_a_lower_price_is_a_discount_too(self, limit):
        ann, _boss = limit
        make_product(ann, name="Pump", price=D(100), currency="EUR")
        quote = make_quote(ann, None, {"product": "Pump", "price": "80"})
        assert approvals.off(quote) == D(20)
        assert approvals.is_needed(quote, by=ann)

    def test_lets_the_quote_go_out_until_it_is_changed(self, limit):
        ann, boss = limit
        quote = self.dear(ann, discount="15")
        with pytest.raises(Refused, match="may not give"):
            approvals.ask(quote, of=make_agent(), by=ann)
        approvals.ask(quote, of=boss, by=ann)
        with pytest.raises(Refused, match="yourself"):
            approvals.decide(quote, passes=True, words="", by=ann)
        approvals.decide(quote, passes=True, words="For once", by=boss)
        assert not approvals.is_needed(quote, by=ann)
        worse = make_lines({"text": "Crane", "price": "100", "discount": "30"})
        actions.change_quote(quote, {}, worse, contact=None, version=quote.version, by=ann)
        assert approvals.is_needed(quote, by=ann)
