"""`saas operator`."""

from __future__ import annotations

import click

from saas.db import db
from saas.run.commands._app import app, mail_address
from saas.tenants.actions import operators


@click.group()
def operator() -> None:
    """Make those known who run the service; they sign in at /_platform/sign-in."""


@operator.command()
@click.option("--email", required=True, callback=mail_address)
@click.option("--password", required=True, help="The first sign-in asks for a phone with an authenticator app too.")
@click.option("--name", help="Left out: what stands before the @.")
def create(email: str, password: str, name: str | None) -> None:
    """Let someone see how all workspaces are doing."""
    with app():
        operators.create(email, name or email.partition("@")[0], password)
        db.session.commit()


@operator.command()
@click.option("--email", required=True, callback=mail_address)
@click.option("--password", required=True, help="The new one.")
def reset(email: str, password: str) -> None:
    """Let an operator who lost password or phone begin anew, with another phone."""
    with app():
        operators.reset(email, password)
        db.session.commit()


@operator.command()
@click.option("--email", required=True, callback=mail_address)
def disable(email: str) -> None:
    """Shut an operator out at once."""
    with app():
        operators.disable(email)
        db.session.commit()
