"""Which price a customer gets: the choice itself, and what the workspace's price lists make of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from saas.crm.fields import label_actions as labels
from saas.crm.fields.label_models import LabelKind, Labelled
from saas.crm.products import price_actions as prices
from saas.crm.products import price_queries, pricing
from saas.crm.products.price_models import Audience
from saas.crm.products.pricing import SPECIAL, Offer
from saas.db import db
from saas.tenants.scope import SYSTEM
from tests.factories import make_account, make_product

TODAY = date(2026, 6, 15)
EUR, USD = "EUR", "USD"

amounts = st.decimals(0, 10_000, places=2)
days = st.none() | st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=3))
currencies = st.sampled_from([EUR, USD])


@st.composite
def offers(draw):
    """Steps of a few lists, each list with one audience, currency and span of days."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        shown = (UUID(int=number + 1), f"List {number}", draw(st.sampled_from(SPECIAL)), draw(currencies))
        span = (draw(days), draw(days))
        for step in draw(st.sets(st.integers(0, 20), max_size=3)):
            price, percent = draw(st.tuples(amounts, st.none()) | st.tuples(st.none(), st.decimals(0, 100, places=1)))
            found.append(Offer(*shown, *span, Decimal(step), price, percent))
    return found


list_prices = st.dictionaries(currencies, amounts)


class TestChosen:
    @given(list_prices, offers(), currencies, st.integers(0, 25))
    def test_never_takes_a_list_outside_its_days_its_step_or_its_currency(self, base, all_offers, currency, quantity):
        found = pricing.chosen(base, EUR, all_offers, currency=currency, quantity=Decimal(quantity), on=TODAY)
        if found is None or found.list_id is None:
            return
        said = next(o for o in all_offers if o.list_id == found.list_id and o.from_quantity == found.from_quantity)
        assert said.currency == currency == found.currency
        assert said.from_quantity <= quantity
        assert (said.starts_on or TODAY) <= TODAY <= (said.ends_on or TODAY)

    @given(list_prices, offers(), currencies, st.integers(0, 25))
    def test_takes_the_most_special_list_and_in_it_the_highest_step(self, base, all_offers, currency, quantity):
        found = pricing.chosen(base, EUR, all_offers, currency=currency, quantity=Decimal(quantity), on=TODAY)
        open_ones = [
            o
            for o in all_offers
            if o.holds(currency, Decimal(quantity), TODAY) and (o.price is not None or currency in base)
        ]
        if not open_ones:
            assert found is None or found.list_id is None
            return
        assert found is not None
        won = next(o for o in open_ones if (o.list_id, o.from_quantity) == (found.list_id, found.from_quantity))
        assert SPECIAL.index(won.audience) == max(SPECIAL.index(o.audience) for o in open_ones)
        assert won.from_quantity == max(o.from_quantity for o in open_ones if o.list_id == won.list_id)

    @given(list_prices, offers(), currencies, st.integers(0, 25), st.randoms())
    def test_doesnt_depend_on_the_order_of_the_lists(self, base, all_offers, currency, quantity, chance):
        shuffled = list(all_offers)
        chance.shuffle(shuffled)
        ask = {"currency": currency, "quantity": Decimal(quantity), "on": TODAY}
        assert pricing.chosen(base, EUR, all_offers, **ask) == pricing.chosen(base, EUR, shuffled, **ask)

    @given(list_prices, offers(), currencies)
    def test_says_the_list_price_where_no_list_does_and_the_own_currency_last(self, base, all_offers, currency):
        ask = {"currency": currency, "quantity": Decimal(1), "on": TODAY}
        found = pricing.chosen(base, EUR, all_offers, **ask)
        assume(found is None or found.list_id is None)
        if currency in base:
            assert (found.price, found.currency) == (base[currency], currency)
        elif EUR in base:
            assert (found.price, found.currency) == (base[EUR], EUR)
        else:
            assert found is None

    def test_takes_the_percentage_off_to_the_ten_thousandth_half_up(self):
        assert pricing.less(Decimal("9.99"), Decimal("33.3")) == Decimal("6.6633")
        assert pricing.less(Decimal("0.0001"), Decimal(50)) == Decimal("0.0001")


def make_list(**given):
    values = {"name": f"List {given}"[:70], "currency": EUR, "audience": Audience.ALL}
    rest = {"account_id": None, "level": None, "label_id": None, "starts_on": None, "ends_on": None}
    return prices.create_list({**rest, "percent_off": None, "note": None, **values, **given}, by=SYSTEM)


def price_of(product, account=None, quantity=1, currency=EUR, on=TODAY):
    (found,) = price_queries.price_for([product.id], account, currency, [Decimal(quantity)], on)
    return found


class TestPriceFor:
    @pytest.mark.shows("PR12")
    def test_climbs_from_the_list_price_to_the_customers_own(self, tenant):
        account, other = make_account(level="A"), make_account(level="B")
        product = make_product(price=Decimal(100), currency=EUR)
        assert price_of(product, account).price == 100
        everyone = make_list(name="Spring")
        prices.set_prices(everyone.id, {(product.id, Decimal(0)): (Decimal(90), None)}, by=SYSTEM)
        assert (price_of(product, other).price, price_of(product, other).list_name) == (90, "Spring")
        level = make_list(name="For A", audience=Audience.LEVEL, level="A")
        prices.set_prices(level.id, {(product.id, Decimal(10)): (None, Decimal(15))}, by=SYSTEM)
        assert price_of(product, account, 9).price == 90
        assert (price_of(product, account, 10).price, price_of(product, account, 10).from_quantity) == (85, 10)
        assert price_of(product, other, 10).price == 90
        assert price_of(product, None, 10).price == 90
        group = labels.found_or_added(LabelKind.TAG, "Trade", by=SYSTEM)
        group.kind = LabelKind.GROUP
        db.session.add(Labelled(label_id=group.id, account_id=account.id))
        trade = make_list(name="Trade", audience=Audience.GROUP, label_id=group.id)
        prices.set_prices(trade.id, {(product.id, Decimal(0)): (Decimal(80), None)}, by=SYSTEM)
        assert price_of(product, account, 10).price == 80
        own = make_list(name="Own", audience=Audience.ACCOUNT, account_id=account.id)
        prices.set_prices(own.id, {(product.id, Decimal(0)): (Decimal(95), None)}, by=SYSTEM)
        assert price_of(product, account, 10).price == 95
        prices.archive_list(own, by=SYSTEM)
        assert price_of(product, account, 10).price == 80

    def test_holds_from_its_first_day_to_its_last(self, tenant):
        product, day = make_product(price=Decimal(100), currency=EUR), timedelta(days=1)
        summer = make_list(starts_on=TODAY, ends_on=TODAY + day)
        prices.set_prices(summer.id, {(product.id, Decimal(0)): (Decimal(70), None)}, by=SYSTEM)
        found = [price_of(product, on=TODAY + n * day).price for n in (-1, 0, 1, 2)]
        assert found == [100, 70, 70, 100]

    def test_a_percentage_off_everything_gives_way_to_a_price_of_its_own(self, tenant):
        one, two = make_product(price=Decimal(100), currency=EUR), make_product(price=Decimal(100), currency=EUR)
        sale = make_list(percent_off=Decimal(20))
        prices.set_prices(sale.id, {(two.id, Decimal(0)): (Decimal(95), None)}, by=SYSTEM)
        assert (price_of(one).price, price_of(one).percent_off) == (80, 20)
        assert price_of(two).price == 95

    def test_another_currency_has_its_own_list_price_and_lists(self, tenant):
        product = make_product(price=Decimal(100), currency=EUR)
        dollars = make_list(currency=USD, percent_off=Decimal(10))
        assert (price_of(product, currency=USD).currency, price_of(product, currency=USD).price) == (EUR, 100)
        prices.set_list_price(product, USD, Decimal(120), by=SYSTEM)
        assert (price_of(product, currency=USD).currency, price_of(product, currency=USD).price) == (USD, 108)
        assert price_of(product).price == 100
        assert dollars.currency == USD

    def test_answers_for_many_lines_in_their_order_with_few_statements(self, tenant, statements):
        one, two, none = make_product(price=Decimal(1)), make_product(price=Decimal(2)), make_product()
        sale = make_list(currency=one.currency)
        prices.set_prices(sale.id, {(one.id, Decimal(5)): (Decimal("0.5"), None)}, by=SYSTEM)
        ids, many = [one.id, two.id, one.id, none.id], [Decimal(n) for n in (1, 1, 5, 1)]
        account = make_account()
        db.session.flush()
        with statements() as sent:
            found = price_queries.price_for(ids, account, one.currency, many, TODAY)
        assert [quoted and quoted.price for quoted in found] == [1, 2, Decimal("0.5"), None]
        assert len(sent) <= 6
