"""Contracts: taken over from what was accepted, held to their days, told of before they end, renewed in one step."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from saas import clock, mail
from saas.crm.contracts import actions, notice_actions, queries, terms
from saas.crm.contracts import milestone_actions as milestones
from saas.crm.contracts import state_actions as states
from saas.crm.contracts.models import ContractState, Every
from saas.crm.customers.models import AccountShield, ShieldKind, Standing, Wish
from saas.crm.opportunities import actions as deals
from saas.crm.opportunities.models import Result
from saas.crm.orders import actions as orders
from saas.crm.orders.models import OrderSource
from saas.crm.papers import print_actions
from saas.crm.quotes import actions as quotes
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from saas.tenants.models import Event, Notice
from tests.factories import (
    make_account,
    make_agent,
    make_contact,
    make_contract,
    make_lines,
    make_opportunity,
    make_quote,
)

D = Decimal
S = ContractState


def told(name: str) -> list[Event]:
    return db.session.query(Event).filter(Event.name == name).order_by(Event.id).all()


def later(days: int) -> None:
    clock.shift((clock.offset() + timedelta(days=days)).total_seconds())


def signed(ann, account=None, **given):
    return states.sign_contract(make_contract(ann, account, **given), on=scope.today(), name="Eva", by=ann)


class TestDays:
    @pytest.mark.parametrize(
        ("day", "ends_on", "is_ended", "wanted"),
        [
            (date(2026, 12, 31), date(2027, 12, 31), False, S.SIGNED),
            (date(2027, 1, 1), date(2027, 12, 31), False, S.ACTIVE),
            (date(2027, 12, 31), date(2027, 12, 31), False, S.ACTIVE),
            (date(2028, 1, 1), date(2027, 12, 31), False, S.EXPIRED),
            (date(2027, 12, 31), date(2027, 12, 31), True, S.ENDED),
            (date(2099, 1, 1), None, False, S.ACTIVE),
        ],
    )
    def test_make_the_state(self, day, ends_on, is_ended, wanted):
        begin = date(2027, 1, 1)
        found = terms.state_on(day, signed=True, starts_on=begin, ends_on=ends_on, is_ended=is_ended)
        assert found is wanted

    @pytest.mark.parametrize(
        ("period", "wanted"),
        [
            ((date(2027, 1, 1), date(2027, 12, 31)), (date(2028, 1, 1), date(2028, 12, 31))),
            ((date(2026, 3, 1), date(2028, 2, 29)), (date(2028, 3, 1), date(2030, 2, 28))),
            ((date(2027, 1, 1), date(2027, 1, 30)), (date(2027, 1, 31), date(2027, 3, 1))),
        ],
    )
    def test_of_a_renewal_follow_at_once_and_are_as_many(self, period, wanted):
        assert terms.following(*period) == wanted

    def test_of_reminders_come_one_after_the_other(self):
        end = date(2027, 12, 31)
        first = terms.next_reminder(end, terms.USUAL, date(2027, 1, 1))
        assert first == end - timedelta(days=90)
        assert terms.next_reminder(end, terms.USUAL, first) == end - timedelta(days=60)
        assert terms.next_reminder(end, terms.USUAL, end) is None
        assert terms.next_reminder(None, terms.USUAL, end) is None


class TestFromQuote:
    @pytest.mark.shows("PR3")
    def test_takes_over_what_was_accepted_once(self, tenant):
        ann = make_agent()
        rows = [{"text": "Care", "price": "100"}, {"kind": "option", "text": "Night", "price": "10"}]
        quote = make_quote(ann, None, *rows)
        with pytest.raises(actions.NotNow, match="accepted"):
            actions.contract_from_quote(quote, by=ann)
        quotes.send_quote(quote, to="eva@elbe.example", words="", by=ann)
        quotes.accept_quote(quote.id, name="Eva Lind")
        made, is_new = actions.contract_from_quote(quote, by=ann)
        assert (is_new, made.net, made.number.startswith("K-")) == (True, D(100), True)
        assert made.ends_on == terms.a_year_from(scope.today())
        assert actions.contract_from_quote(quote, by=ann) == (made, False)
        actions.discard_contract(made, by=ann)
        assert actions.contract_from_quote(quote, by=ann)[1], "what was thrown away stands in nobody's way"


class TestSign:
    @pytest.mark.shows("PR3")
    def test_wins_the_deal_keeps_the_paper_and_the_customer(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        deal = make_opportunity(acme, ann)
        head = {"name": "Care", "currency": "EUR", "language": "en"}
        lines = make_lines({"text": "Care", "price": "100"})
        contract = actions.create_contract(head, lines, account=acme, opportunity=deal, owner=ann, by=ann)
        for _twice in range(2):
            states.sign_contract(contract, on=scope.today(), name="Eva", by=ann)
        db.session.refresh(acme)
        assert (contract.state, deal.result, acme.standing) == (S.ACTIVE, Result.WON, Standing.CUSTOMER)
        assert len(told(states.SIGNED)) == 1
        (kept,) = db.session.query(AccountShield).filter_by(kind=ShieldKind.CONTRACT, ref=contract.id)
        assert kept.until.date() == contract.ends_on + timedelta(days=1)
        (print_id,) = [event.changed["print_id"] for event in told(states.SIGNED)]
        for _part in print_actions.make(print_id):
            db.session.flush()

    def test_keeps_him_a_customer_though_the_deal_is_opened_again(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        deal = make_opportunity(acme, ann)
        head = {"name": "Care", "currency": "EUR", "language": "en"}
        lines = make_lines({"text": "Care", "price": "100"})
        contract = actions.create_contract(head, lines, account=acme, opportunity=deal, owner=ann, by=ann)
        states.sign_contract(contract, on=actions.today(), name="Eva", by=ann)
        deals.reopen(deal, reason="More is asked for", by=ann)
        assert acme.standing is Standing.CUSTOMER

    def test_what_was_signed_is_not_changed(self, tenant):
        ann = make_agent()
        contract = signed(ann)
        with pytest.raises(actions.NotNow, match="was signed"):
            actions.change_contract(contract, {}, [], contact=None, version=contract.version, by=ann)
        with pytest.raises(actions.NotNow):
            actions.discard_contract(contract, by=ann)

    def test_asks_for_a_line(self, tenant):
        ann = make_agent()
        contract = make_contract(ann, None, {"kind": "heading", "text": "Services"})
        with pytest.raises(Refused, match="without a line"):
            states.sign_contract(contract, on=scope.today(), name=None, by=ann)


class TestTurn:
    def test_begins_and_closes_by_the_day_and_says_so_once(self, tenant):
        ann = make_agent()
        day = scope.today()
        contract = signed(ann, starts_on=day + timedelta(days=2), ends_on=day + timedelta(days=10))
        assert (contract.state, states.turn_contracts()) == (S.SIGNED, 0)
        later(2)
        assert (states.turn_contracts(), states.turn_contracts(), contract.state) == (1, 0, S.ACTIVE)
        later(8)
        assert (states.turn_contracts(), contract.state) == (0, S.ACTIVE), "its last day is a day of it"
        later(1)
        assert (states.turn_contracts(), states.turn_contracts(), contract.state) == (1, 0, S.EXPIRED)
        assert (len(told(states.BEGAN)), len(told(states.EXPIRED))) == (1, 1)
        assert not db.session.query(AccountShield).filter_by(kind=ShieldKind.CONTRACT).count()


class TestEnd:
    def test_comes_on_the_day_that_was_said_with_its_reason(self, tenant):
        ann = make_agent()
        contract = signed(ann, ends_on=None, notice_days=30)
        last = scope.today() + timedelta(days=30)
        states.end_contract(contract, on=last, reason="They moved", by=ann)
        assert (contract.state, contract.ends_on, contract.remind_on) == (S.ACTIVE, last, None)
        with pytest.raises(actions.NotNow, match="by itself"):
            states.end_contract(contract, on=last + timedelta(days=1), reason="Later", by=ann)
        later(30)
        assert (states.turn_contracts(), contract.state) == (1, S.ENDED)


class TestRemind:
    @pytest.mark.shows("PR3")
    def test_tells_whoever_looks_after_it_ninety_sixty_and_thirty_days_before(self, tenant):
        ann = make_agent()
        contract = signed(ann, ends_on=scope.today() + timedelta(days=100))
        for days, wanted in ((9, []), (1, [90]), (0, [90]), (30, [90, 60]), (30, [90, 60, 30]), (29, [90, 60, 30])):
            later(days)
            states.remind()
            assert [event.changed["days"] for event in told(states.ENDS_SOON)] == wanted
        for event in told(states.ENDS_SOON):
            for _twice in range(2):
                notice_actions.tell_owner(event)
        assert db.session.query(Notice).filter_by(member_id=ann.id, kind=states.ENDS_SOON).count() == 3
        assert contract.state is S.ACTIVE

    def test_keeps_to_the_days_of_the_contract_and_stops_once_it_is_renewed(self, tenant):
        ann = make_agent()
        end = scope.today() + timedelta(days=100)
        contract = signed(ann, ends_on=end, remind_days=[45])
        assert contract.remind_on == end - timedelta(days=45)
        states.set_reminders(contract, [10, 70, 10], tells_customer=False, by=ann)
        assert (contract.remind_days, contract.remind_on) == ([70, 10], end - timedelta(days=70))
        begin, last = terms.following(contract.starts_on, end)
        renewal = states.renew_contract(contract, starts_on=begin, ends_on=last, percent=D(0), signed_on=None, by=ann)
        assert contract.remind_on is None
        actions.discard_contract(renewal, by=ann)
        assert contract.remind_on == end - timedelta(days=70), "it ends after all"

    def test_mails_the_customer_where_that_was_chosen(self, tenant, monkeypatch):
        posted = []
        monkeypatch.setattr(mail, "send", lambda to, words, **more: posted.append((to, words.subject, words.text)))
        ann = make_agent()
        acme = make_account(ann, email="office@elbe.example")
        for tells in (False, True):
            contract = signed(ann, acme, ends_on=scope.today() + timedelta(days=20), remind_days=[19])
            states.set_reminders(contract, [19], tells_customer=tells, by=ann)
        later(1)
        assert states.remind() == 2
        for event in told(states.ENDS_SOON):
            notice_actions.mail_customer(event)
        [(to, subject, text)] = posted
        assert (to, contract.number in subject, "19 days" in text) == ("office@elbe.example", True, True)
        contract.contact = make_contact(acme, email="eva@elbe.example")
        contract.contact.mail_wish = Wish.NO
        for event in told(states.ENDS_SOON):
            notice_actions.mail_customer(event)
        assert len(posted) == 1, "she doesn't want mails"


class TestRenew:
    @pytest.mark.shows("PR3")
    def test_goes_on_in_one_step_with_other_prices(self, tenant):
        ann = make_agent()
        rows = [{"text": "Care", "quantity": "3", "price": "9.99"}, {"text": "Night", "price": "100"}]
        contract = make_contract(ann, None, *rows, every=Every.MONTH, terms="Within a day")
        states.sign_contract(contract, on=scope.today(), name="Eva", by=ann)
        begin, last = terms.following(contract.starts_on, contract.ends_on)
        with pytest.raises(actions.NotNow, match="begin after that"):
            states.renew_contract(
                contract, starts_on=contract.ends_on, ends_on=last, percent=D(0), signed_on=None, by=ann
            )
        made = states.renew_contract(
            contract, starts_on=begin, ends_on=last, percent=D(3), signed_on=scope.today(), by=ann
        )
        assert (made.renews_id, made.every, made.terms) == (contract.id, Every.MONTH, "Within a day")
        assert [line.price for line in queries.lines(made.id)] == [D("10.2897"), D("103.0000")]
        assert made.net == D("30.87") + D("103.00")
        assert (made.state, contract.state) == (S.SIGNED, S.ACTIVE)
        with pytest.raises(actions.NotNow, match=made.number):
            states.renew_contract(contract, starts_on=begin, ends_on=last, percent=D(0), signed_on=None, by=ann)

    def test_refuses_what_has_no_last_day(self, tenant):
        ann = make_agent()
        contract = signed(ann, ends_on=None)
        with pytest.raises(actions.NotNow, match="by itself"):
            states.refuse_renewed(contract)


class TestMilestones:
    def test_are_due_done_and_taken_off(self, tenant):
        ann = make_agent()
        contract = signed(ann)
        version = contract.version
        first = milestones.add(contract, name="Kick-off", due_on=scope.today(), amount=D(50), by=ann)
        assert contract.version > version, "its PDF is another"
        assert [one.id for one in queries.due_by(scope.today(), owner_id=ann.id, many=5)] == [first.id]
        for _twice in range(2):
            milestones.settle(first, is_done=True, by=ann)
        assert (len(told(milestones.DONE)), queries.due_by(scope.today(), owner_id=ann.id, many=5)) == (1, [])
        with pytest.raises(actions.NotNow, match="is done"):
            milestones.drop(first, by=ann)
        milestones.settle(first, is_done=False, by=ann)
        milestones.drop(first, by=ann)
        assert queries.milestones(contract.id) == []


class TestOrders:
    @pytest.mark.shows("PR5")
    def test_are_made_under_a_running_contract_as_often_as_wanted(self, tenant):
        ann = make_agent()
        contract = make_contract(ann)
        with pytest.raises(orders.NotNow, match="doesn't run"):
            orders.order_from_contract(contract, by=ann)
        states.sign_contract(contract, on=scope.today(), name=None, by=ann)
        made = [orders.order_from_contract(contract, by=ann) for _month in range(2)]
        assert {(one.source, one.contract_id, one.gross) for one in made} == {
            (OrderSource.CONTRACT, contract.id, contract.gross)
        }
