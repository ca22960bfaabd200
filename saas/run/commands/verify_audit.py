"""`saas verify-audit`."""

from __future__ import annotations

from uuid import UUID

import click

from saas.errors import SetupError
from saas.jobs import sealer
from saas.run.commands._app import app
from saas.tenants import queries, scope
from saas.tenants.actions import chain
from saas.tenants.actions.chain import Check

SHOWN = 50  # findings of one workspace


@click.command()
@click.argument("workspace", required=False)
def verify_audit(workspace: str | None) -> int:
    """Check that nobody altered, removed, moved or slipped in an event of WORKSPACE; of all where left out.

    Exit status 1 when something is wrong.
    """
    with app():
        checks = [(slug, _check(tenant_id)) for tenant_id, slug in _wanted(workspace)]
    for slug, found in checks:
        click.echo(_line(slug, found))
        for finding in found.findings[:SHOWN]:
            click.echo(f"  {finding}", err=True)
        if len(found.findings) > SHOWN:
            click.echo(f"  and {len(found.findings) - SHOWN} more", err=True)
        if found.tail:
            click.echo("  not sealed yet: " + " ".join(str(event_id) for event_id in found.tail))
    return 0 if all(found.is_whole for _slug, found in checks) else 1


def _wanted(slug: str | None) -> list[tuple[UUID, str]]:
    found = [row for row in queries.tenants() if slug in (None, row[1])]
    if slug is not None and not found:
        raise SetupError(f"There is no workspace {slug!r}.")
    return found


def _check(tenant_id: UUID) -> Check:
    anchor = sealer.anchor_of(tenant_id)
    with scope.enter(tenant_id):
        return chain.verify(anchor)


def _line(slug: str, found: Check) -> str:
    state = "whole" if found.is_whole else f"{len(found.findings)} wrong"
    anchor = f"anchored at {found.anchored}" if found.anchored is not None else "no anchor on this machine"
    return f"{slug}: {state}; {found.sealed} sealed, {found.unsealed} not sealed yet, {anchor}"
