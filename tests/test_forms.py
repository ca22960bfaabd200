"""Figures as people type them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.forms import figure, plainly


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1'234'567.8", "1234567.8"),
        ("1,234,567", "1234567"),
        ("1,234", "1234"),
        ("1.234", "1.234"),
        ("1,5", "1.5"),
        ("0,125", "0.125"),
        ("-3,75", "-3.75"),
        ("１２．５", "12.5"),
    ],
)
def test_are_read_whatever_marks_they_have(typed, meant):
    assert figure(typed) == Decimal(meant)


@pytest.mark.parametrize("typed", ["", "x", "1e99", "NaN", "Infinity", "1.2.3", "--1"])
def test_others_are_refused(typed):
    with pytest.raises(InvalidOperation):
        figure(typed)


@given(st.decimals(-(10**9), 10**9, places=4))
def test_are_written_without_zeros_that_say_nothing_and_read_again(value):
    written = plainly(value)
    assert figure(written) == value
    assert not ("." in written and written.endswith(("0", ".")))
    assert len(plainly(value, 2).partition(".")[2]) >= 2
