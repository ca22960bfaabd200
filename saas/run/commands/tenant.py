"""`saas tenant`."""

from __future__ import annotations

import click

from saas.db import db
from saas.run.commands._app import app, mail_address
from saas.tenants import queries
from saas.tenants.actions import users, workspaces


@click.group()
def tenant() -> None:
    """Make workspaces."""


@tenant.command()
@click.argument("slug")
@click.option("--name", required=True, help="The company's name.")
@click.option("--owner-email", required=True, callback=mail_address)
@click.option("--owner-password", required=True, help="For an owner who is not known yet; a known one keeps his own.")
@click.option("--owner-name", help="Left out: what stands before the @.")
@click.option("--locale", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--timezone", default="UTC", show_default=True)
@click.option("--currency", default="USD", show_default=True)
def create(
    slug: str,
    name: str,
    owner_email: str,
    owner_password: str,
    owner_name: str | None,
    locale: str,
    timezone: str,
    currency: str,
) -> None:
    """Open the workspace SLUG in trial, with its owner."""
    with app():
        workspaces.check_place(locale, timezone, currency)
        owner = queries.user_by_email(owner_email) or users.register(
            owner_email,
            owner_name or owner_email.partition("@")[0],
            owner_password,
            locale=locale,
            timezone=timezone,
        )
        db.session.commit()
        made = workspaces.create(slug, name, owner, locale=locale, timezone=timezone, currency=currency)
        click.echo(f"/{made.slug}/")
