"""`saas worker`."""

from __future__ import annotations

import signal

import click

from saas import config
from saas.app import create_app
from saas.jobs.worker import main
from saas.run import child, logs, processes, servers


@click.command()
def worker() -> None:
    """Do the work that events and the clock ask for, until stopped."""
    settings = config.load()
    if settings.local:
        child.die_with_parent(signal.SIGTERM)
    logs.to_stdout("worker")
    servers.check(settings)
    processes.end_now(main(create_app(settings)))
