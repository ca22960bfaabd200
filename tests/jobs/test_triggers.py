"""When a job is due, by the clocks of the places where workspaces are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from saas.jobs import triggers
from saas.jobs.triggers import Rule, Work
from saas.tenants import events


@pytest.fixture(autouse=True)
def _own_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triggers, "JOBS", {})
    monkeypatch.setattr(triggers, "RULES", {})


def all_times(rule: Rule, zone: str, start: datetime, end: datetime, step: timedelta) -> list[tuple[str, datetime]]:
    """Every occurrence that a clock looking every `step` finds, in the order in which it finds them."""
    found, last = [], start
    while last < end:
        if at := rule.latest(zone, last, last + step):
            found.append((at.key, at.at))
        last += step
    return found


class TestLatest:
    @pytest.mark.parametrize(
        ("zone", "wall", "change", "expected"),
        [
            # A wall time in the gap runs at the first instant after it; one that comes twice, at the first.
            ("Europe/Berlin", "30 2 * * *", "2026-03-29", "2026-03-29T01:00"),
            ("Europe/Berlin", "30 2 * * *", "2026-10-25", "2026-10-25T00:30"),
            ("America/New_York", "30 2 * * *", "2026-03-08", "2026-03-08T07:00"),
            ("America/New_York", "30 1 * * *", "2026-11-01", "2026-11-01T05:30"),
            ("Australia/Lord_Howe", "15 2 * * *", "2026-10-04", "2026-10-03T15:30"),
            ("Australia/Lord_Howe", "45 1 * * *", "2026-04-05", "2026-04-04T14:45"),
            ("America/Santiago", "0 0 * * *", "2026-09-06", "2026-09-06T04:00"),
            ("America/Santiago", "30 23 * * *", "2026-04-04", "2026-04-05T02:30"),
        ],
    )
    def test_runs_once_on_the_day_the_clocks_change(self, zone, wall, change, expected):
        start = datetime.fromisoformat(change).replace(tzinfo=UTC) - timedelta(days=2)
        found = all_times(Rule("x", wall), zone, start, start + timedelta(days=5), timedelta(minutes=10))
        keys = [key for key, _ in found]
        assert len(keys) == len(set(keys)) == 5
        assert [f"{at:%Y-%m-%dT%H:%M}" for key, at in found if key.startswith(change)] == [expected]

    def test_knows_the_29th_of_february_and_the_31st(self):
        year = (datetime(2028, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC), timedelta(hours=6))
        leap = all_times(Rule("x", "0 4 29 2 *"), "Asia/Shanghai", *year)
        assert [key for key, _ in leap] == ["2028-02-29T04:00"]
        longest = all_times(Rule("x", "0 4 31 * *"), "Asia/Shanghai", *year)
        assert len(longest) == 7

    def test_finds_only_the_last_of_those_missed(self):
        until = datetime(2026, 5, 6, 12, tzinfo=UTC)
        found = Rule("x", "0 4 * * *").latest("UTC", until - timedelta(days=9), until)
        assert found is not None
        assert found.key == "2026-05-06T04:00"

    def test_counts_minutes_on_a_grid_of_the_day(self):
        rule = Rule("x", minutes=15)
        found = rule.latest("Asia/Kolkata", datetime(2026, 5, 6, tzinfo=UTC), datetime(2026, 5, 6, 12, 59, tzinfo=UTC))
        assert found is not None
        assert found.key == "2026-05-06T12:45Z"
        assert rule.latest("UTC", found.at, found.at + timedelta(minutes=14)) is None


class TestEvery:
    @pytest.mark.parametrize("cron", ["0 1 * * *", "30 2 * * *", "0 0-5 * * *", "0 * * * *", "* * * * *", "0 4 * *"])
    def test_refuses_times_where_clocks_change_and_bare_hours(self, cron):
        with pytest.raises(ValueError, match=r"clocks change|names no hour"):
            triggers.every(cron=cron)

    @pytest.mark.parametrize("times", [{}, {"cron": "0 4 * * *", "minutes": 5}, {"minutes": 7}])
    def test_refuses_what_is_no_time(self, times):
        with pytest.raises(ValueError, match=r"either|divide"):
            triggers.every(**times)

    def test_hands_over_the_time_it_was_due_on_the_workspaces_wall(self):
        seen = []

        @triggers.every(cron="0 4 * * *")
        def count_up(at: datetime) -> None:
            seen.append(at)

        payload = {"at": "2026-05-05T20:00:00+00:00", "zone": "Asia/Shanghai"}
        triggers.JOBS["test_triggers.count_up"](Work(payload=payload))
        assert seen[0].isoformat() == "2026-05-06T04:00:00+08:00"

    def test_calls_a_job_without_arguments(self):
        seen = []

        @triggers.every(minutes=30)
        def count_up() -> None:
            seen.append(1)

        triggers.JOBS["test_triggers.count_up"](Work())
        assert seen == [1]
        assert triggers.RULES["test_triggers.count_up"].minutes == 30


class TestDue:
    def test_reads_arguments_as_declared(self):
        seen = []

        @triggers.due
        def remind(who: UUID, day: date, at: datetime, amount: Decimal, note: str, count: int) -> None:
            seen.extend((who, day, at, amount, note, count))

        who, at = uuid4(), datetime(2026, 5, 6, 7, tzinfo=UTC)
        asked = {"who": who, "day": at.date(), "at": at, "amount": Decimal("1.50"), "note": "x", "count": 3}
        triggers.JOBS["test_triggers.remind"](Work(payload=events.plain(asked)))
        assert seen == list(asked.values())


class TestOn:
    def test_asks_for_every_event_of_these_names(self, monkeypatch):
        wanted = []
        monkeypatch.setattr(events, "want", lambda *pair: wanted.append(pair))

        @triggers.on("account.claimed", "account.released")
        def note(event: object) -> None: ...

        assert wanted == [("account.claimed", "test_triggers.note"), ("account.released", "test_triggers.note")]

    def test_refuses_two_jobs_of_one_name(self):
        def note(event: object) -> None: ...

        triggers.due(note)
        with pytest.raises(ValueError, match="two jobs"):
            triggers.due(note)
