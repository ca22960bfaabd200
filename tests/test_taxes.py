"""Tax numbers of many countries: kept one way, compared without marks, pointed out where a digit is wrong."""

from __future__ import annotations

import pytest

from saas import taxes


class TestWritten:
    @pytest.mark.parametrize(
        ("typed", "country", "kept"),
        [
            ("DE 136,695 976", "DE", "DE136695976"),
            ("136695976", "DE", "DE136695976"),
            ("DE136695976", None, "DE136695976"),
            ("fr 40 303 265 045", "CN", "fr 40 303 265 045"),
            ("Fr 40 303 265 045", "FR", "FR40303265045"),
            ("FR40303265045", "DE", "FR40303265045"),
            ("el 094259216", "GR", "EL094259216"),
            ("91110000600037341L", "CN", "91110000600037341L"),
            ("91110000 600037341l", "CN", "91110000600037341L"),
            ("911144442", "US", "91-1144442"),
            ("83914571673", "AU", "83 914 571 673"),
            ("whatever", "DE", "whatever"),
            ("12345", None, "12345"),
        ],
    )
    def test_keeps_it_as_its_country_writes_it(self, typed, country, kept):
        assert taxes.written(typed, country) == kept


class TestIsOdd:
    def test_is_a_number_that_its_country_cannot_have(self):
        assert taxes.is_odd("DE136695977", "DE")
        assert taxes.is_odd("DE12", "US")
        assert taxes.is_odd("91110000600037341M", "CN")

    def test_is_nothing_that_may_be_right_or_that_nobody_knows(self):
        assert not taxes.is_odd("DE136695976", "DE")
        assert not taxes.is_odd("123", "DE", is_whole=False)
        assert not taxes.is_odd("1234567", None)
        assert not taxes.is_odd("1234567", "HK")


class TestKey:
    def test_is_the_same_however_it_is_typed(self):
        assert taxes.key("DE 136.695.976", "DE") == taxes.key("136695976", "DE") == "DE136695976"
        assert taxes.key("AB-12 345", None) == "AB12345"
        assert taxes.key("12", "DE") is None
        assert taxes.key(None, "DE") is None


class TestCountry:
    def test_is_read_in_many_languages(self):
        for said in ("Germany", "德国", "Deutschland", "DE", " de "):
            assert taxes.country(said, "UTC") == "DE"
        assert taxes.country("UK", "UTC") == "GB"
        assert taxes.country("Nowhere", "Asia/Shanghai") is None
        assert taxes.country("", "Asia/Shanghai") == "CN"
        assert taxes.country(None, "UTC") in {None, "ZZ", "001"}
