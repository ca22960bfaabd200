"""Charts of reports: scales in the reader's own short numbers, and nothing in another language."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from saas import charts, clock
from saas.crm.reports import specs
from saas.words import Words
from tests.speaking import speaking, speaking_app  # noqa: F401

ROWS = [{"name": "谈判", "value": 3_200_000.0, "label": "¥3,200,000"}, {"name": "方案", "value": 0.0, "label": "¥0"}]
PAIRS = [row | {"group": group} for row in ROWS for group in ("赢单", "输单")]


def says(language: str):
    return Words(Locale(language), ZoneInfo("UTC"), clock.now()).compact


class TestRoundValues:
    @pytest.mark.parametrize(
        ("most", "wanted"),
        [
            (0, [0, 0.25, 0.5, 0.75, 1]),
            (7, [0, 2, 4, 6, 8]),
            (100, [0, 25, 50, 75, 100]),
            (3_200_000, [0, 1_000_000, 2_000_000, 3_000_000, 4_000_000]),
        ],
    )
    def test_reach_the_most_in_few_even_steps(self, most, wanted):
        assert specs.round_values(most) == wanted


@pytest.mark.usefixtures("speaking")
class TestScales:
    @pytest.mark.parametrize(("language", "wanted"), [("zh", "200万"), ("en", "2M")])
    def test_are_written_as_their_reader_writes_numbers(self, language, wanted):
        bars = specs.lying_bars(ROWS, title="CNY", say=says(language))
        both = specs.pairs(PAIRS, names=("赢单", "输单"), title="CNY", say=says(language))
        for spec in (bars, both):
            svg = charts.draw(specs.for_paper(spec, width=400), locale=language)
            assert wanted in re.findall(r"<text[^>]*>([^<]+)</text>", svg)
            assert "axis titled" not in svg
            assert "NaN" not in svg
            assert "undefined" not in svg
