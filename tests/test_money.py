"""Amounts are rounded as people round them, to the digits of their currency."""

from __future__ import annotations

from decimal import Decimal

import pytest

from saas import money

D = Decimal


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("CNY", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_has_its_digits(currency, digits):
    assert money.places(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [("0.125", "EUR", "0.13"), ("-0.125", "EUR", "-0.13"), ("0.124999", "EUR", "0.12"), ("2.5", "JPY", "3")],
)
def test_half_a_unit_goes_away_from_zero(amount, currency, expected):
    assert money.rounded(D(amount), currency) == D(expected)


def test_an_amount_is_changed_at_a_rate():
    assert money.converted(D("10.00"), D("0.12755"), "EUR") == D("1.28")
    with pytest.raises(ValueError, match="no rate"):
        money.converted(D(1), D(0), "EUR")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234", "1234"),
        ("1,234,567", "1234567"),
        ("1.234", "1.234"),
        ("0,125", "0.125"),
        ("1,5", "1.5"),
        ("1 234.5", "1234.5"),
        ("-3", "-3"),
        ("−3", "-3"),
        (".5", "0.5"),
        ("１２", "12"),
    ],
)
def test_a_number_is_read_as_people_type_it(typed, number):
    assert money.read(typed) == D(number)


@pytest.mark.parametrize("typed", ["", "x", "1..2", "1.2.3", "12e5", "NaN", "1,23,4.5,6", "--1"])
def test_what_is_no_number_is_not_taken_for_one(typed):
    assert money.read(typed) is None
