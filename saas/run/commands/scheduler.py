"""`saas scheduler`."""

from __future__ import annotations

import signal

import click

from saas import config
from saas.app import create_app
from saas.jobs.scheduler import main
from saas.run import child, logs, processes, servers


@click.command()
def scheduler() -> None:
    """Keep the clock of all workspaces, until stopped. Any number may run: one leads."""
    settings = config.load()
    if settings.local:
        child.die_with_parent(signal.SIGTERM)
    logs.to_stdout("scheduler")
    servers.check(settings)
    processes.end_now(main(create_app(settings)))
