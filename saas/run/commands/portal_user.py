"""`saas portal-user`."""

from __future__ import annotations

import click

from saas.db import db
from saas.run.commands._app import inside, mail_address
from saas.tenants import portal_kinds
from saas.tenants.actions import portal_users
from saas.tenants.models import PortalKind
from saas.tenants.scope import SYSTEM


@click.group()
def portal_user() -> None:
    """Let people of customers and partners into the portals."""


@portal_user.command()
@click.argument("workspace")
@click.option("--kind", type=click.Choice([kind.value for kind in PortalKind]), required=True)
@click.option("--account", required=True, help="The company's name or number; it is added where it is missing.")
@click.option("--name", help="The person's; left out: what stands before the @.")
@click.option("--email", required=True, callback=mail_address)
@click.option("--password", required=True)
@click.option("--role", help="customer or customer_manager, partner; left out: the first.")
def create(
    workspace: str, kind: str, account: str, name: str | None, email: str, password: str, role: str | None
) -> None:
    """Let somebody into a portal of WORKSPACE at once, without an invitation."""
    with inside(workspace):
        portal = portal_kinds.of(PortalKind(kind))
        subject = portal.make(account, name or email.partition("@")[0], email.strip().lower())
        portal_users.admit(
            portal.kind, subject, email=email, role=role or portal.roles[0], password=password, by=SYSTEM
        )
        db.session.commit()
        click.echo(f"/{workspace}/{portal.path}/sign-in")
