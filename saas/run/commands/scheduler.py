"""`saas scheduler`."""

from __future__ import annotations

import click

from saas import clock, config
from saas.jobs.scheduler import main
from saas.run import child, logs


@click.command()
def scheduler() -> int:
    """Keep the clock of all workspaces, until stopped. Any number may run: one leads."""
    settings = config.load()
    if settings.local:
        child.die_with_parent(15)
    clock.shift(settings.clock_offset)
    logs.to_stdout("scheduler")
    return main(settings)
