"""`saas check-stock`."""

from __future__ import annotations

from uuid import UUID

import click

from saas.crm.inventory import queries as stock
from saas.errors import SetupError
from saas.run.commands._app import app
from saas.tenants import queries, scope


@click.command()
@click.argument("workspace", required=False)
def check_stock(workspace: str | None) -> int:
    """Check that what is stored of WORKSPACE's stock is the sum of its movements; of all where left out.

    Exit status 1 when something is wrong.
    """
    with app():
        checks = [(slug, _check(tenant_id)) for tenant_id, slug in _wanted(workspace)]
    for slug, found in checks:
        click.echo(f"{slug}: {'adds up' if not found else f'{len(found)} wrong'}")
        for line in found:
            click.echo(f"  {line}", err=True)
    return 1 if any(found for _slug, found in checks) else 0


def _wanted(slug: str | None) -> list[tuple[UUID, str]]:
    found = [row for row in queries.tenants() if slug in (None, row[1])]
    if slug is not None and not found:
        raise SetupError(f"There is no workspace {slug!r}.")
    return found


def _check(tenant_id: UUID) -> list[str]:
    with scope.enter(tenant_id):
        return [
            f"{one.product}, {one.warehouse or 'all warehouses'}: {one.column} is {one.stored}, not {one.explained}"
            for one in stock.mismatches()
        ]
