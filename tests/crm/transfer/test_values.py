"""Cells as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from saas import clock
from saas.crm.transfer import columns, likeness, values
from saas.crm.transfer.values import Reading, Wrong


class TestNumber:
    @pytest.mark.parametrize(
        ("cell", "mark", "wanted"),
        [
            ("1,234.56", ".", "1234.56"),
            ("1.234,56", ",", "1234.56"),
            ("1 234,5", ",", "1234.5"),
            ("¥1,300.00", ".", "1300"),
            ("（12）", ".", "-12"),
            ("EUR 7", ".", "7"),
            ("-0.5", ".", "-0.5"),
            ("１２", ".", "12"),
        ],
    )
    def test_reads_what_people_write(self, cell, mark, wanted):
        assert values.number(cell, Reading(decimal=mark)) == Decimal(wanted)

    @pytest.mark.parametrize("cell", ["", "x", "1e9", "nan", "--1", "1" * 30, "=1+1", "1.2.3"])
    def test_refuses_the_rest(self, cell):
        with pytest.raises(Wrong):
            values.number(cell, Reading())

    def test_knows_the_mark_by_the_whole_column(self):
        assert values.decimal_of(["1.000", "12,50", "7"]) == ","
        assert values.decimal_of(["1,000", "12.50"]) == "."
        assert values.decimal_of(["1,000", "2,000"]) == "."


class TestDay:
    @pytest.mark.parametrize(
        ("cell", "order"),
        [
            ("3/31/2026", "mdy"),
            ("31.3.2026", "dmy"),
            ("2026-03-31", "mdy"),
            ("2026年3月31日", "dmy"),
            ("31 Mar 2026", "ymd"),
            ("March 31, 2026", "ymd"),
            ("2026-03-31 14:05:00", "ymd"),
            ("3/31/26", "mdy"),
        ],
    )
    def test_reads_what_people_write(self, cell, order):
        assert values.day(cell, Reading(order=order)) == date(2026, 3, 31)

    @pytest.mark.parametrize("cell", ["soon", "13/13/2026", "2026-02-30", "99999-1-1", "0/0/0"])
    def test_refuses_the_rest(self, cell):
        with pytest.raises(Wrong):
            values.day(cell, Reading(order="mdy"))

    def test_knows_the_order_by_the_whole_column(self):
        assert values.order_of(["1/2/2026", "3/31/2026"]) == ("mdy", True)
        assert values.order_of(["1/2/2026", "31/3/2026"]) == ("dmy", True)
        assert values.order_of(["1/2/2026"]) == ("mdy", False)
        assert values.order_of(["1.2.2026"]) == ("dmy", False)
        assert values.order_of(["2026-01-02"]) == ("ymd", True)
        assert not values.order_of(["31/3/2026", "3/31/2026"])[1]

    def test_a_time_is_the_workspaces(self):
        reading = Reading(order="mdy", zone="Asia/Shanghai")
        assert values.moment("3/31/2026 2:05 pm", reading) == datetime(2026, 3, 31, 6, 5, tzinfo=UTC)
        assert values.moment("2026-03-31T14:05:00Z", reading) == datetime(2026, 3, 31, 14, 5, tzinfo=UTC)

    @pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles", "Pacific/Auckland", "Etc/GMT+12"])
    def test_a_day_without_a_time_is_that_day_for_everyone(self, zone):
        """Midnight in Shanghai is the day before for a colleague in Berlin or Lisbon."""
        found = values.moment("2026-03-31", Reading(zone=zone))
        readers = ["Asia/Shanghai", "Europe/Berlin", "Europe/Lisbon", "America/New_York", "America/Los_Angeles"]
        assert {clock.local(found, reader).date() for reader in [*readers, zone]} == {date(2026, 3, 31)}


class TestGuess:
    def test_takes_a_column_once_and_remembers(self):
        known = {"name": "name", "company": "name", "close date": "closed_on"}
        assert columns.guess(["Company", "Name", "Close_Date", "?"], known, {}) == ["name", "", "closed_on", ""]
        assert columns.guess(["Company", "Name"], known, {"company": "", "name": "name"}) == ["", "name"]

    def test_sees_through_spaces_marks_and_slips(self):
        known = {"GTX Pro": 1, "GTX Plus Pro": 2, "MG Special": 3}
        assert likeness.guess("GTXPro", known) == likeness.Guess(1, "GTX Pro", True)
        assert likeness.guess("MG Specail", known) == likeness.Guess(3, "MG Special", False)
        assert likeness.guess("Laptop", known) is None
