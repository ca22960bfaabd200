"""Days and reminders on the owner's wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from saas.crm.activities import times
from saas.crm.activities.models import Reminder

BERLIN = "Europe/Berlin"


class TestDay:
    @pytest.mark.parametrize(
        ("on", "hours"), [(date(2026, 3, 29), 23), (date(2026, 6, 1), 24), (date(2026, 10, 25), 25)]
    )
    def test_is_as_long_as_it_is(self, on, hours):
        span = times.day(on, BERLIN)
        assert span.end - span.start == timedelta(hours=hours)


class TestRemindAt:
    START = datetime(2026, 3, 30, 8, 0, tzinfo=UTC)  # 10:00 in Berlin, the day after clocks went forward

    @pytest.mark.parametrize(
        ("reminder", "at"),
        [
            (Reminder.AT_START, datetime(2026, 3, 30, 8, 0, tzinfo=UTC)),
            (Reminder.MINUTES_10, datetime(2026, 3, 30, 7, 50, tzinfo=UTC)),
            (Reminder.HOUR, datetime(2026, 3, 30, 7, 0, tzinfo=UTC)),
            (Reminder.DAY, datetime(2026, 3, 29, 8, 0, tzinfo=UTC)),
            (Reminder.MORNING, datetime(2026, 3, 30, 7, 0, tzinfo=UTC)),
            (Reminder.EVE, datetime(2026, 3, 29, 7, 0, tzinfo=UTC)),
        ],
    )
    def test_counts_days_on_the_wall(self, reminder, at):
        assert times.remind_at(reminder, self.START, BERLIN) == at

    def test_the_same_hour_before_clocks_change_is_another_instant(self):
        start = datetime(2026, 3, 29, 8, 0, tzinfo=UTC)
        assert start - times.remind_at(Reminder.DAY, start, BERLIN) == timedelta(hours=23)


class TestReminders:
    START = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)  # 10:00 in Berlin

    def test_come_in_order_and_each_once(self):
        chosen = [Reminder.HOUR, Reminder.EVE, Reminder.MORNING]
        found = times.reminders(chosen, self.START, BERLIN, None)
        assert found == [datetime(2026, 6, 1, 7, tzinfo=UTC), datetime(2026, 6, 2, 7, tzinfo=UTC)]

    def test_wait_until_quiet_hours_are_over(self):
        found = times.reminders([Reminder.EVE], self.START, BERLIN, (8, 12))
        assert found == [datetime(2026, 6, 1, 10, tzinfo=UTC)]

    def test_come_before_quiet_hours_that_end_too_late(self):
        start = datetime(2026, 6, 2, 4, 30, tzinfo=UTC)  # 6:30 in Berlin
        found = times.reminders([Reminder.HOUR, Reminder.AT_START], start, BERLIN, (22, 7))
        assert found == [datetime(2026, 6, 1, 20, tzinfo=UTC)]


class TestInstant:
    def test_an_hour_that_clocks_skip_is_the_first_after(self):
        assert times.instant(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
