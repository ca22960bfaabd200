"""Real workers, schedulers and writers for the tests that kill them, with jobs and shorter times of the tests' own.

`main`, run as a process, loads the app once and forks one child for each line it reads: `worker`, `scheduler`,
`scheduler SPEED BASE BEGUN`, `writer TENANT NUMBER`. It answers with the child's process id. Children die with it.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy.orm import configure_mappers

from saas import clock, config
from saas.app import create_app
from saas.db import db
from saas.jobs import runner, scheduler, sealer, triggers, worker
from saas.run import child, logs
from saas.tenants import events, scope
from saas.tenants.actions import trail
from saas.tenants.models import Setting

HALF_HOURS = [f"{minute} {hour} * * *" for hour in range(24) if hour not in {1, 2} for minute in (0, 30)]


@triggers.due
def effect(number: int, pause: float = 0.0) -> None:
    """Leave a mark that can be counted; a second time would leave a second one."""
    db.session.add(Setting(key=f"effect {number} {uuid4().hex}", value={}))
    db.session.flush()
    time.sleep(random.random() * pause)


@triggers.due
def chunks(number: int) -> None:
    """Ten chunks, each committed with a heartbeat; goes on where it stopped."""
    done = db.session.query(Setting).filter(Setting.key.startswith(f"chunk {number} ")).count()
    for part in range(done, 10):
        db.session.add(Setting(key=f"chunk {number} {part} {uuid4().hex}", value={}))
        time.sleep(0.01)
        runner.heartbeat()


@triggers.due
def slow(seconds: float) -> None:
    """Take some time, then leave a mark."""
    time.sleep(seconds)
    db.session.add(Setting(key=f"slow {uuid4().hex}", value={}))


def hurry() -> None:
    """Wait as briefly as a test needs."""
    runner.LEASE, runner.MARGIN = timedelta(seconds=3), timedelta(seconds=0.5)
    worker.SWEEP, worker.POLL, worker.LISTEN, worker.LONGEST_REST = 1.0, 0.3, 1, 1.0
    scheduler.TICK, scheduler.SWEEP = 0.2, 1.0
    sealer.SLICE = 0.5


def linger() -> None:
    """Wait between a job's effect and its mark, so that kills fall there too."""
    finish = trail.finish

    def late(hold: trail.Hold) -> bool:
        time.sleep(random.random() * 0.04)
        return finish(hold)

    trail.finish = late


def run_scheduler(app: Flask, speed: float = 1, base: float = 0, begun: float = 0) -> int:
    """Keep a clock that showed `base` at `begun` (s, Unix time) and runs `speed` times as fast; 44 rules a day."""

    def now() -> datetime:
        return datetime.fromtimestamp(base + (time.time() - begun) * speed, UTC)

    if base:
        clock.now = now
        clock.offset = lambda: now() - datetime.now(UTC)
    triggers.RULES.clear()
    triggers.RULES.update({f"play.{cron}": triggers.Rule(f"play.{cron}", cron) for cron in HALF_HOURS})
    return scheduler.main(app)


def write(app: Flask, tenant_id: UUID, number: int) -> int:
    """Commit facts, each asking for its effect, until killed."""
    while True:
        with app.app_context(), scope.enter(tenant_id):
            db.session.add(Setting(key=f"fact {number}", value={}))
            events.deliver("play.effect", key=str(number), due_at=clock.now(), payload={"number": number})
            db.session.commit()
        number += 1


def start(app: Flask, words: list[str]) -> int:
    """Become what was asked for."""
    if words[0] == "worker":
        return worker.main(app)
    if words[0] == "scheduler":
        return run_scheduler(app, *map(float, words[1:]))
    return write(app, UUID(words[1]), int(words[2]))


def main() -> None:
    """Fork a child for each line."""
    logs.to_stdout("play")
    app = create_app(config.load())
    configure_mappers()
    hurry()
    linger()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    answers = os.fdopen(int(sys.argv[1]), "w", buffering=1)
    answers.write("ready\n")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            child.die_with_parent(signal.SIGKILL)
            answers.close()
            os._exit(start(app, line.split()))
        answers.write(f"{pid}\n")
