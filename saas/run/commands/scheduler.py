"""`saas scheduler`."""

from __future__ import annotations

import signal

import click

from saas import config
from saas.app import create_app
from saas.jobs.scheduler import main
from saas.run import child, logs, roles


@click.command()
def scheduler() -> int:
    """Keep the clock of all workspaces, until stopped. Any number may run: one leads."""
    settings = config.load()
    if settings.local:
        child.die_with_parent(signal.SIGTERM)
    logs.to_stdout("scheduler")
    roles.check(settings)
    return main(create_app(settings))
