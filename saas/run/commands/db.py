"""`saas db`."""

from __future__ import annotations

import click

from saas.app import load_models
from saas.run import admin, citus


@click.group()
def db() -> None:
    """Where the database's tables lie."""


@db.command()
def distribute() -> None:
    """Spread workspaces over the machines of a Citus cluster; safe to run twice."""
    load_models()
    with admin.reached() as settings:
        spread, copied = citus.distribute(settings)
    click.echo(f"distributed by workspace: {len(spread)} tables; copied to every machine: {len(copied)}")
