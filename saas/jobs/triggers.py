"""What starts a job: a fact (`on`), the clock (`every`), or a date that an action has set (`due`).

A job is named `module.function` ("crm.warn_owner"); that name stands in its deliveries, so a job that is renamed leaves
its open deliveries behind. A new module of jobs is one word in `MODULES`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar, get_type_hints
from uuid import UUID
from zoneinfo import ZoneInfo

from croniter import croniter

import saas.jobs
from saas import clock
from saas.tenants import events
from saas.tenants.models import Event

MODULES = ("tenants", "billing", "crm")
DAY = 24 * 60  # minutes
CLOCKS_CHANGE = {1, 2}  # hours of the day

Job = TypeVar("Job", bound=Callable[..., None])


@dataclass(frozen=True)
class Work:
    """What a delivery hands to its job."""

    event: Event | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Occurrence:
    """One time at which a rule is due: `key` makes it once, `at` is the instant (UTC)."""

    key: str
    at: datetime


@dataclass(frozen=True)
class Rule:
    """When the clock starts a job: at wall times of each workspace (`cron`), or every so many minutes (UTC)."""

    job: str
    cron: str = ""
    minutes: int = 0

    def latest(self, zone: str, after: datetime, until: datetime) -> Occurrence | None:
        """The last occurrence later than `after` and not later than `until` (instants, UTC) in `zone` (IANA).

        A wall time that the change to summer skips falls on the first instant after it; one that happens twice, on the
        first of the two.
        """
        found = self._on_the_wall(zone, until) if self.cron else self._on_the_grid(until)
        return found if found.at > after else None

    def _on_the_grid(self, until: datetime) -> Occurrence:
        midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
        step = timedelta(minutes=self.minutes)
        at = midnight + (until - midnight) // step * step
        return Occurrence(at.strftime("%Y-%m-%dT%H:%MZ"), at)

    def _on_the_wall(self, zone: str, until: datetime) -> Occurrence:
        # Clocks are never moved by more than a day, so no wall time past this is due yet.
        walls = croniter(self.cron, clock.local(until, zone).replace(tzinfo=None) + timedelta(days=1))
        while True:
            wall: datetime = walls.get_prev(datetime)  # type: ignore[no-untyped-call]
            at = clock.instant_of(wall, zone)
            if at <= until:
                return Occurrence(wall.isoformat(timespec="minutes"), at)


JOBS: dict[str, Callable[[Work], None]] = {}
RULES: dict[str, Rule] = {}


def on(*names: str) -> Callable[[Job], Job]:
    """The job answers every event of these names; it is called with the Event, once for a batch."""

    def mark(job: Job) -> Job:
        def run(work: Work) -> None:
            if work.event is None:
                raise ValueError(f"{name_of(job)} was asked for without an event")
            job(work.event)

        name = _register(job, run)
        for event in names:
            events.want(event, name)
        return job

    return mark


def every(*, cron: str = "", minutes: int = 0) -> Callable[[Job], Job]:
    """The job runs in each open workspace, by its own clock.

    Args:
        cron: five fields, in the workspace's local time; the hour is named and neither 1 nor 2, where clocks change.
        minutes: instead of `cron`: every so many minutes; divides a day.

    The job may take one argument: the time it was due, aware, in the workspace's zone. A time that passed while nobody
    kept the clock is made up for once, if it is less than 24 h ago.

    Raises:
        ValueError: the times are not of this form.
    """
    _check_times(cron, minutes)

    def mark(job: Job) -> Job:
        takes_time = job.__code__.co_argcount > 0

        def run(work: Work) -> None:
            if takes_time:
                job(datetime.fromisoformat(work.payload["at"]).astimezone(ZoneInfo(work.payload["zone"])))
            else:
                job()

        name = _register(job, run)
        RULES[name] = Rule(name, cron, minutes)
        return job

    return mark


def due(job: Job) -> Job:
    """The job is called at the time for which an action asked with `events.deliver`, with the payload as arguments.

    A payload holds what JSON can; an argument declared as UUID, datetime, date or Decimal is read as such.
    """

    def run(work: Work) -> None:
        hints = get_type_hints(job)
        job(**{name: _read(value, hints.get(name)) for name, value in work.payload.items()})

    _register(job, run)
    return job


def name_of(job: Callable[..., None]) -> str:
    """The name under which a job's deliveries are kept."""
    return f"{job.__module__.rpartition('.')[2]}.{job.__name__}"


def load() -> None:
    """Import every module of jobs, so that events find who wants them."""
    present = {module.name for module in pkgutil.iter_modules(saas.jobs.__path__)}
    for name in MODULES:
        if name in present:
            importlib.import_module(f"saas.jobs.{name}")


def _register(job: Callable[..., None], run: Callable[[Work], None]) -> str:
    name = name_of(job)
    if name in JOBS:
        raise ValueError(f"there are two jobs named {name}")
    JOBS[name] = run
    return name


def _check_times(cron: str, minutes: int) -> None:
    if bool(cron) == bool(minutes):
        raise ValueError("a rule has either cron or minutes")
    if minutes and (minutes < 1 or DAY % minutes):
        raise ValueError(f"{minutes} minutes don't divide a day")
    if cron:
        hours = set(croniter.expand(cron)[0][1]) if len(cron.split()) == 5 else set()
        if not hours or "*" in hours:
            raise ValueError(f"{cron!r} names no hour of the day; use minutes for what runs all day")
        if hours & CLOCKS_CHANGE:
            raise ValueError(f"{cron!r} falls between 1 and 3, where clocks change")


def _read(value: Any, kind: Any) -> Any:
    if not isinstance(value, str):
        return value
    if kind in (UUID, Decimal):
        return kind(value)
    if kind is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    return date.fromisoformat(value) if kind is date else value
