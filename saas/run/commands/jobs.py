"""`saas jobs`."""

from __future__ import annotations

import json
from uuid import UUID

import click

from saas.db import db
from saas.errors import NotFound, SetupError
from saas.run.commands._app import app
from saas.tenants import queries, scope
from saas.tenants.actions import trail


@click.group()
def jobs() -> None:
    """Work that waits, and work that was given up."""


@jobs.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """How much work waits in all workspaces, and what was given up."""
    total = {"due": 0, "planned": 0, "running": 0, "stopped": 0}
    stopped: list[dict[str, str]] = []
    with app():
        for tenant_id, slug in queries.tenants():
            with scope.enter(tenant_id):
                for name, number in queries.count_deliveries().items():
                    total[name] += number
                stopped += [
                    {
                        "id": str(row.id),
                        "workspace": slug,
                        "job": row.handler,
                        "since": row.gave_up_at.isoformat() if row.gave_up_at else "",
                        "error": row.last_error or "",
                    }
                    for row in queries.stopped_deliveries()
                ]
    if as_json:
        click.echo(json.dumps(total | {"stopped_jobs": stopped}, indent=2, ensure_ascii=False))
        return
    click.echo("  ".join(f"{name} {number}" for name, number in total.items()))
    for row in stopped:
        click.echo(f"{row['id']}  {row['workspace']}  {row['job']}  {row['since']}  {row['error']}")


@jobs.command()
@click.argument("job_id", metavar="ID", type=click.UUID)
def retry(job_id: UUID) -> None:
    """Try the job ID again, which was given up."""
    with app():
        for tenant_id, slug in queries.tenants():
            with scope.enter(tenant_id):
                try:
                    row = trail.retry(job_id, by=scope.SYSTEM)
                except NotFound:
                    continue
                db.session.commit()
                click.echo(f"{row.handler} in {slug} is tried again.")
                return
    raise SetupError(f"There is no job {job_id}. `saas jobs status` lists those that were given up.")
