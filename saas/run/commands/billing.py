"""`saas billing`."""

from __future__ import annotations

import click
from flask import current_app

from saas.billing import queries
from saas.billing.actions import reconciling
from saas.config import Config
from saas.db import db
from saas.errors import BusinessError, SetupError
from saas.run.commands._app import app
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Tenant


@click.group()
def billing() -> None:
    """Bring what workspaces rent in line with Stripe."""


@billing.command()
@click.argument("workspace", required=False)
def reconcile(workspace: str | None) -> None:
    """Look at everything at Stripe, for WORKSPACE or for all: settle what has no answer, fetch the truth, write it."""
    with app():
        config: Config = current_app.extensions["config"]
        if not config.has_billing:
            raise SetupError("STRIPE_API_KEY is not set: nothing is charged, so there is nothing to reconcile.")
        failed = [tenant.slug for tenant in _meant(workspace) if not _reconcile(tenant)]
    if failed:
        raise SetupError(f"Not reconciled: {', '.join(failed)}. Run this again when Stripe answers.")


def _meant(slug: str | None) -> list[Tenant]:
    if slug is None:
        found = queries.renting()
    elif (one := tenants.tenant_by_slug(slug)) is not None:
        found = [one]
    else:
        raise SetupError(f"There is no workspace {slug!r}.")
    db.session.expunge_all()  # first: a rollback would empty the rows
    db.session.rollback()
    return found


def _reconcile(tenant: Tenant) -> bool:
    """One workspace, with a line that says what changed; False when Stripe didn't answer."""
    try:
        with scope.enter(tenant.id):
            changed = reconciling.reconcile()
    except BusinessError as error:
        click.echo(f"{tenant.slug}: {error}", err=True)
        return False
    said = ", ".join(f"{name} {before} → {after}" for name, (before, after) in changed.items())
    click.echo(f"{tenant.slug}: {said or 'in line'}")
    return True
