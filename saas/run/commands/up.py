"""`saas up`."""

from __future__ import annotations

import click

from saas.run.up import up as run_up


@click.command()
def up() -> int:
    """Start everything on this machine: database, Redis, web, workers, scheduler. Ctrl-C stops it all."""
    return run_up()
