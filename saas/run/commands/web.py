"""`saas web`."""

from __future__ import annotations

import signal
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click
from granian.constants import Interfaces
from granian.server import Server

from saas import clock, config
from saas.run import child, logs

APP = "wsgi:app"
THREADS = 2  # per process: one waits for the database while the other works
LAST_REQUESTS = 2  # s a worker has to finish what it began


@click.command()
def web() -> None:
    """Serve pages on HOST and PORT with WEB_PROCESSES processes, until stopped."""
    settings = config.load()
    if settings.local:
        child.die_with_parent(signal.SIGTERM)
    logs.to_stdout("web")
    server = Server(
        APP,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        blocking_threads=THREADS,
        log_dictconfig=logs.granian(),
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_REQUESTS,
    )
    server.serve(target_loader=load)


def load(target: str) -> Callable[..., Any]:
    """Import the app inside a worker, which must not outlive its parent."""
    child.die_with_parent(signal.SIGKILL)
    clock.shift(config.load().clock_offset)
    module, _, name = target.partition(":")
    app: Callable[..., Any] = getattr(import_module(module), name)
    return app
