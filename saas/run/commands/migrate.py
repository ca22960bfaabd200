"""`saas migrate`."""

from __future__ import annotations

import click

from migrations.upgrade import upgrade
from saas import config


@click.command()
def migrate() -> None:
    """Create the database roles where missing and apply what is new; safe to run twice."""
    upgrade(config.load(with_admin=True))
