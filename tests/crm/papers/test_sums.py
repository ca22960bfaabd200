"""What lines come to: exact, whatever their order, and equal to what is written out by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from saas.crm.papers.sums import Priced, TaxRule, net, sums

D = Decimal
amounts = st.decimals(0, 100_000, places=4)
quantities = st.decimals(-1_000, 1_000, places=3)
percents = st.decimals(0, 100, places=3)
rates = st.sampled_from([("VAT", D(19)), ("VAT", D(7)), ("VAT", D("7.000")), ("", D(0)), ("增值税", D(13))])
lines = st.builds(
    lambda quantity, price, discount, rate, cost: Priced(quantity, price, discount, *rate, cost),
    quantities,
    amounts,
    percents,
    rates,
    st.none() | amounts,
)
currencies = st.sampled_from(["EUR", "CNY", "JPY", "KWD"])


def test_a_bill_written_out_by_hand():
    bill = [
        Priced(D(3), D("19.99"), D(10), "VAT", D(19), D("12")),  # 53.973 → 53.97
        Priced(D("1.5"), D("80"), D(0), "VAT", D(19), D("40")),  # 120.00
        Priced(D(2), D("4.45"), D(0), "VAT", D(7), D("3")),  # 8.90
    ]
    found = sums(bill, "EUR")
    assert (found.net, found.tax, found.gross) == (
        D("182.87"),
        D("33.67"),
        D("216.54"),
    )  # 33.0543 → 33.05, 0.623 → 0.62
    assert [(row.percent, row.net, row.tax) for row in found.taxes] == [
        (D(19), D("173.97"), D("33.05")),
        (D(7), D("8.90"), D("0.62")),
    ]
    assert found.margin == D("182.87") - D(36) - D(60) - D(6)
    assert found.margin_percent == D("44.2")


def test_the_rule_says_where_the_tax_is_rounded():
    bill = [Priced(D(1), D("0.07"), D(0), "VAT", D(19)) for _ in range(3)]  # 0.0133 each, 0.0399 together
    assert sums(bill, "EUR", TaxRule.BY_LINE).tax == D("0.03")
    assert sums(bill, "EUR", TaxRule.BY_RATE).tax == D("0.04")


def test_a_cost_that_nobody_knows_leaves_no_margin():
    assert sums([Priced(D(1), D(5), cost=D(3)), Priced(D(1), D(5))], "EUR").margin is None
    assert sums([], "EUR").margin is None


@given(st.lists(lines, max_size=12), currencies, st.sampled_from(TaxRule), st.randoms())
def test_the_order_of_the_lines_does_not_matter(found, currency, rule, chance):
    mixed = list(found)
    chance.shuffle(mixed)
    assert sums(found, currency, rule) == sums(mixed, currency, rule)


@given(st.lists(lines, max_size=12), currencies, st.sampled_from(TaxRule))
def test_the_parts_make_the_whole(found, currency, rule):
    whole = sums(found, currency, rule)
    assert whole.gross == whole.net + whole.tax
    assert whole.net == sum((row.net for row in whole.taxes), D(0)) == sum((net(one, currency) for one in found), D(0))
    assert whole.tax == sum((row.tax for row in whole.taxes), D(0))


@given(lines, currencies)
def test_a_line_is_rounded_once(line, currency):
    exact = Fraction(line.quantity) * Fraction(line.price) * (1 - Fraction(line.discount) / 100)
    unit = Fraction(10) ** {"JPY": 0, "KWD": -3}.get(currency, -2)
    off = abs(Fraction(net(line, currency)) - exact)
    assert off <= unit / 2


@given(st.lists(lines, max_size=12), currencies)
def test_what_is_given_back_takes_off_what_was_billed(found, currency):
    back = [Priced(-one.quantity, one.price, one.discount, one.tax_name, one.tax_percent, one.cost) for one in found]
    there, gone = sums(found, currency), sums(back, currency)
    assert (there.net, there.tax, there.gross) == (-gone.net, -gone.tax, -gone.gross)
