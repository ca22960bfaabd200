"""`saas worker`."""

from __future__ import annotations

import click

from saas import clock, config
from saas.jobs.worker import main
from saas.run import child, logs


@click.command()
def worker() -> int:
    """Do the work that events and the clock ask for, until stopped."""
    settings = config.load()
    if settings.local:
        child.die_with_parent(15)
    clock.shift(settings.clock_offset)
    logs.to_stdout("worker")
    return main(settings)
