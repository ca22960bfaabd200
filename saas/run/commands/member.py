"""`saas member`."""

from __future__ import annotations

import click

from saas.db import db
from saas.run.commands._app import inside, mail_address
from saas.tenants import queries
from saas.tenants.actions import people, users


@click.group()
def member() -> None:
    """Make members of a workspace."""


@member.command()
@click.argument("workspace")
@click.option("--email", required=True, callback=mail_address)
@click.option("--password", required=True, help="For someone who is not known yet; a known one keeps his own.")
@click.option("--role", required=True, help="See `saas role list WORKSPACE`.")
@click.option("--name", help="Left out: what stands before the @.")
def create(workspace: str, email: str, password: str, role: str, name: str | None) -> None:
    """Let someone into WORKSPACE at once, without an invitation."""
    with inside(workspace) as tenant:
        people.staff_role(role)
        user = queries.user_by_email(email) or users.register(
            email, name or email.partition("@")[0], password, locale=tenant.locale, timezone=tenant.timezone
        )
        db.session.commit()
        people.admit(user, role)
        db.session.commit()
