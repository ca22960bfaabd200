"""Bars 36 to 40 in their short modes: real processes, killed without warning at random points.

A job leaves one mark, so marks that lack are work lost, and marks too many are work doubled. Seeds are printed.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from redis import Redis as Client
from sqlalchemy import create_engine, select, text

from saas import clock
from saas.config import Config
from saas.db import db
from saas.run import redis
from saas.tenants import events, scope
from saas.tenants.models import Delivery, Setting
from tests.factories import make_tenant
from tests.jobs.conftest import ask, deliveries
from tests.jobs.play import HALF_HOURS

pytestmark = [pytest.mark.quick, pytest.mark.timeout(240)]

PATIENCE = 90.0  # s until all must be done; far more than it takes


class Play:
    """The process that forks workers, schedulers and writers."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        reading, writing = os.pipe()
        self.log = log
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.jobs import play; play.main()", str(writing)],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=log.open("w"),
            stderr=subprocess.STDOUT,
            pass_fds=[writing],
            text=True,
        )
        os.close(writing)
        self._answers = os.fdopen(reading)
        assert self._answers.readline() == "ready\n", log.read_text()
        self._alive: list[int] = []

    def start(self, *words: object) -> int:
        """Fork a child; its process id."""
        assert self._process.stdin
        self._process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self._process.stdin.flush()
        self._alive.append(int(self._answers.readline()))
        return self._alive[-1]

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL, timeout: float = 30) -> None:
        """Send a signal to a child and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        until(lambda: not Path(f"/proc/{pid}").exists(), timeout)
        self._alive.remove(pid)

    def end_children(self) -> None:
        """Kill every child."""
        for pid in list(self._alive):
            self.kill(pid)

    def end(self) -> None:
        """End it all."""
        self._process.kill()
        self._process.wait()
        self._answers.close()


@pytest.fixture(scope="module")
def own_redis() -> Iterator[redis.Redis]:
    """A Redis that may be killed."""
    with redis.temporary() as server:
        yield server


@pytest.fixture(scope="module")
def stage(config: Config, own_redis: redis.Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """One process for all tests here: loading the app takes seconds."""
    env = {
        "DATABASE_URL": config.database_url,
        "DATABASE_PLATFORM_URL": config.platform_url,
        "REDIS_URL": own_redis.url(),
        "SECRET_KEY": config.secret_key,
        "SAAS_PUBLIC_URL": config.public_url,
        "SAAS_DATA_DIR": str(config.data_dir),
    }
    made = Play(env, tmp_path_factory.mktemp("play") / "log")
    yield made
    made.end()


@pytest.fixture
def play(stage: Play, context: None) -> Iterator[Play]:
    """The stage, empty at the end of the test."""
    yield stage
    stage.end_children()


@pytest.fixture
def chance() -> random.Random:
    """The test's dice, their seed printed."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


def until(question: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until the answer is true."""
    deadline = time.monotonic() + patience
    while not question():
        assert time.monotonic() < deadline, "not done in time"
        time.sleep(0.05)


def count(tenant_id: UUID, prefix: str) -> Counter[str]:
    """How many marks there are of each number."""
    with scope.enter(tenant_id):
        keys = list(db.session.scalars(select(Setting.key).where(Setting.key.startswith(prefix))))
    return Counter(key.split()[1] for key in keys)


def is_done(tenant_id: UUID) -> bool:
    """True when nothing is left to do."""
    return all(row.done_at for row in deliveries(tenant_id))


def ask_many(tenant_id: UUID, name: str, numbers: range, **payload: object) -> None:
    """Ask for many effects in one transaction."""
    due = clock.now()
    rows = [{"handler": name, "key": str(n), "due_at": due, "payload": {"number": n, **payload}} for n in numbers]
    with scope.enter(tenant_id):
        events.deliver_many(rows)
        db.session.commit()


class TestKills:
    def test_nothing_is_lost_or_doubled(self, play, chance):
        """Bar 36: twenty kills of workers and schedulers over 198 deliveries."""
        tenants = [make_tenant().id for _ in range(3)]
        for tenant_id in tenants:
            ask_many(tenant_id, "play.effect", range(60), pause=0.06)
            ask_many(tenant_id, "play.chunks", range(100, 106))
        roles = ["worker", "worker", "scheduler"]
        pids = [play.start(role) for role in roles]
        for _ in range(20):
            time.sleep(chance.uniform(0.02, 0.35))
            victim = chance.choice([0, 0, 1, 1, 2])
            play.kill(pids[victim])
            pids[victim] = play.start(roles[victim])
        until(lambda: all(is_done(tenant_id) for tenant_id in tenants))
        for tenant_id in tenants:
            assert count(tenant_id, "effect ") == dict.fromkeys(map(str, range(60)), 1)
            assert count(tenant_id, "chunk ") == dict.fromkeys(map(str, range(100, 106)), 10)

    def test_the_database_hangs_up_on_everybody(self, play, config):
        """Workers and schedulers wait and go on; what was open is undone and done again."""
        tenant_id = make_tenant().id
        ask_many(tenant_id, "play.effect", range(40), pause=0.05)
        pids = [play.start("worker"), play.start("scheduler")]
        for _ in range(4):
            time.sleep(0.3)
            hang_up(config)
        until(lambda: is_done(tenant_id))
        assert count(tenant_id, "effect ") == dict.fromkeys(map(str, range(40)), 1)
        assert all(Path(f"/proc/{pid}").exists() for pid in pids)


class TestOutbox:
    def test_no_fact_without_effect_and_no_effect_without_fact(self, play, own_redis, chance):
        """Bar 37: the writer is killed around its commits; Redis is emptied, then killed."""
        tenant_id = make_tenant().id
        play.start("worker")
        for number in range(12):
            writer = play.start("writer", tenant_id, number * 1000)
            until(lambda first=f"{number * 1000}": first in count(tenant_id, "fact "))
            time.sleep(chance.uniform(0, 0.2))
            play.kill(writer)
            if number == 4:
                Client.from_url(own_redis.url()).flushall()
            if number == 8:
                end_redis(own_redis)
        facts = set(count(tenant_id, "fact "))
        until(lambda: is_done(tenant_id))
        own_redis.start()
        assert len(facts) >= 12
        assert count(tenant_id, "effect ") == dict.fromkeys(facts, 1)

    def test_goes_back_to_redis_once_it_answers(self, play, own_redis):
        tenant_id = make_tenant().id
        end_redis(own_redis)
        worker = play.start("worker")
        ask_many(tenant_id, "play.effect", range(3))
        until(lambda: is_done(tenant_id))
        own_redis.start()
        client = Client.from_url(own_redis.url(), client_name="test")
        until(lambda: any("blmove" in row["cmd"] for row in client.client_list()))
        assert Path(f"/proc/{worker}").exists()

    def test_ends_after_the_delivery_at_hand(self, play):
        tenant_id = make_tenant().id
        ask(tenant_id, "play.slow", *"abc", seconds=0.8)
        worker = play.start("worker")
        until(lambda: any(row.attempts for row in deliveries(tenant_id)))
        play.kill(worker, signal.SIGTERM)
        rows = deliveries(tenant_id)
        assert sum(row.done_at is not None for row in rows) in {1, 2}  # the second may have begun in between
        assert all(row.lease is None for row in rows)

    def test_ends_at_once_while_it_waits(self, play):
        workers = [play.start("worker"), play.start("scheduler")]
        time.sleep(1)
        for pid in workers:
            play.kill(pid, signal.SIGTERM, timeout=10)


class TestClock:
    def test_three_schedulers_write_each_occurrence_once(self, play, chance):
        """Bars 38 and 39: thirty hours in fifteen seconds over two changes of clocks, all the while schedulers die."""
        base = datetime(2026, 4, 4, 12, tzinfo=UTC)  # Lord Howe and Santiago set their clocks back within the day
        zones = ["Australia/Lord_Howe", "America/Santiago", "Asia/Shanghai", "Europe/Berlin"]
        tenants = {zone: make_tenant(timezone=zone, created_at=base - timedelta(days=9)).id for zone in zones}
        words = ("scheduler", 2 * 3600, base.timestamp(), time.time())
        pids = [play.start(*words) for _ in range(3)]
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            time.sleep(chance.uniform(0.3, 1.5))
            victim = chance.randrange(3)
            play.kill(pids[victim])
            pids[victim] = play.start(*words)
        for zone, tenant_id in tenants.items():
            wanted = expected(zone, base, base + timedelta(hours=30))
            assert 44 < len(wanted) < 65
            until(lambda wanted=wanted, tenant_id=tenant_id: wanted <= written(tenant_id).keys())
            found = written(tenant_id)
            assert set(found.values()) == {1}
            assert set(found) <= expected(zone, base - timedelta(days=2), base + timedelta(days=9))


class TestFairness:
    def test_one_workspaces_flood_does_not_hold_up_another(self, play):
        """Bar 40: the other's job is done while most of the flood still waits."""
        flooder, other = make_tenant().id, make_tenant().id
        ask_many(flooder, "play.effect", range(240), pause=0.01)
        play.start("worker")
        until(lambda: count(flooder, "effect "))
        ask_many(other, "play.effect", range(1))
        until(lambda: is_done(other))
        assert len(count(flooder, "effect ")) < 200


def expected(zone: str, first: datetime, last: datetime) -> set[tuple[str, str]]:
    """(job, key) of every half hour of the wall clock in `zone` whose instant lies between the two."""
    found = set()
    for day in range(-1, (last - first).days + 3):
        for cron in HALF_HOURS:
            minute, hour = (int(word) for word in cron.split()[:2])
            wall = (first + timedelta(days=day)).replace(hour=hour, minute=minute, second=0, tzinfo=None)
            if first < clock.instant_of(wall, zone) <= last:
                found.add((f"play.{cron}", wall.isoformat(timespec="minutes")))
    return found


def written(tenant_id: UUID) -> Counter[tuple[str, str]]:
    """How often each occurrence stands in the database."""
    with scope.enter(tenant_id):
        rows = db.session.execute(select(Delivery.handler, Delivery.key)).all()
    return Counter((row.handler, row.key) for row in rows)


def end_redis(server: redis.Redis) -> None:
    """Kill it without warning."""
    assert server._process
    server._process.kill()
    server._process.wait()


def hang_up(config: Config) -> None:
    """Have the server end every session of the app's and the platform's role."""
    for engine in (db.engines[None], db.engines["platform"]):
        engine.dispose()  # our own
    mighty = create_engine(config.admin_url)
    ended = (
        "select pg_terminate_backend(pid) from pg_stat_activity where usename in ('seaport_app', 'seaport_platform')"
    )
    with mighty.connect() as connection:
        connection.execute(text(ended))
    mighty.dispose()
