"""The sums of a forecast, without a database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from saas import months
from saas.crm.forecasts.figures import Held, Part, Said, error, gathered, months_left, usual_error
from saas.crm.opportunities.categories import Category, Marks

ANN, BO = uuid4(), uuid4()
MAY, JUNE, JULY = date(2031, 5, 1), date(2031, 6, 1), date(2031, 7, 1)


def part(month: date, amount: int, category: Category | None, owner: UUID = ANN, share: str = "0.5", **given) -> Part:
    money = Decimal(amount)
    values = {"currency": "USD", "count": 1, "unpriced": 0} | given
    return Part(month, owner, None, category, values["currency"], values["count"], values["unpriced"], money,
                money * Decimal(share))  # fmt: skip


def shown(parts, said=(), *, spans=(MAY, JUNE), by=lambda one: one.owner_id, today=date(2031, 5, 16)):
    return gathered(parts, said, spans, lambda month: month, by, today=today)


class TestGathered:
    def test_counts_each_deal_as_its_owner_says(self):
        found = shown(
            [
                part(MAY, 100, Category.COMMIT),
                part(MAY, 40, Category.BEST),
                part(MAY, 10, Category.PIPELINE),
                part(MAY, 7000, Category.OMITTED),
                part(MAY, 5, None),
            ]
        )[MAY, ANN]
        assert found.commit == {"USD": 100}
        assert found.best == {"USD": 140}
        assert found.weighted == {"USD": 75}
        assert found.won == {"USD": 5}
        assert found.deals == 3

    def test_never_adds_two_currencies(self):
        found = shown([part(MAY, 100, Category.COMMIT), part(MAY, 30, Category.COMMIT, currency="CNY")])[MAY, ANN]
        assert found.commit == {"USD": 100, "CNY": 30}

    def test_tells_the_pace_of_twelve_whole_months(self):
        earlier = [part(months.before(MAY, back), 120, None) for back in range(1, 15)]  # the last two are too long ago
        found = shown([*earlier, part(MAY, 999, None)])
        assert found[JUNE, ANN].rate == {"USD": Decimal("120.00")}
        assert found[MAY, ANN].rate == {"USD": Decimal("61.94")}  # 16 of 31 days are left
        assert found[MAY, ANN].won == {"USD": 999}

    def test_keeps_people_apart_and_adds_them_up(self):
        parts = [part(MAY, 100, Category.COMMIT), part(MAY, 50, Category.COMMIT, BO)]
        assert shown(parts)[MAY, BO].commit == {"USD": 50}
        assert shown(parts, by=lambda _one: None)[MAY, None].commit == {"USD": 150}

    def test_shows_what_was_stated_beside_it(self):
        said = [Said(MAY, ANN, None, "USD", Decimal(90), True), Said(MAY, ANN, None, "USD", Decimal(70), False)]
        found = shown([], said)[MAY, ANN]
        assert (found.call, found.adjusted) == ({"USD": 90}, {"USD": 70})

    def test_leaves_out_months_that_are_not_asked_for(self):
        assert shown([part(JULY, 100, Category.COMMIT)]) == {}


def test_a_quarter_has_what_is_left_of_its_months():
    left = months_left(date(2031, 4, 1), months.quarter_of, date(2031, 5, 16))
    assert left.quantize(Decimal("0.01")) == Decimal("1.52")  # 16 days of May, and June
    assert months_left(JULY, months.quarter_of, date(2031, 5, 16)) == 3


def test_probabilities_say_what_nobody_said():
    marks = Marks(commit_from=80, best_from=50)
    assert [marks.category(n) for n in (100, 80, 79, 50, 49, 0)] == [
        Category.COMMIT, Category.COMMIT, Category.BEST, Category.BEST, Category.PIPELINE, Category.PIPELINE,
    ]  # fmt: skip


class TestError:
    def test_is_a_share_of_what_was_won(self):
        assert error(Decimal(150), Decimal(100)) == Decimal("0.5")
        assert error(Decimal(80), Decimal(100)) == Decimal("-0.2")
        assert error(Decimal(80), Decimal()) is None

    def test_of_several_months_lets_no_miss_make_up_for_another(self):
        held = [
            Held(month, ANN, {"commit": Decimal(said)}, Decimal(100))
            for month, said in ((MAY, 150), (JUNE, 50), (JULY, 100))
        ]
        assert usual_error(held, "commit", least=3) == Decimal(100) / 300
        assert usual_error(held[:2], "commit", least=3) is None
        assert usual_error(held, "call", least=1) is None


def test_reads_months_quarters_and_spans():
    assert months.span("2026-11") == (date(2026, 11, 1), date(2026, 11, 30))
    assert months.span("2026-Q4") == (date(2026, 10, 1), date(2026, 12, 31))
    assert months.span("2025-11...2026-10") == (date(2025, 11, 1), date(2026, 10, 31))
    for wrong in ("", "2026", "2026-Q5", "2026-13", "2026-10...2025-11", "a...b...c", "2026-11..."):
        assert months.span(wrong) is None, wrong
